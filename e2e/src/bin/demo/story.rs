//! The demo from beginning to end: install, judge, show, mend, show again, and what to try next.
//!
//! It must not talk to the cluster itself. Next: `place.rs` and `shop.rs` for what happens, `verdicts.rs` for
//! what is shown.

use std::{collections::BTreeSet, future::pending};

use seaworthy_e2e::{OPERATOR_ACCOUNT, OPERATOR_NAMESPACE};

use crate::{
    failure::Failure,
    place::{Place, Running, SHOP, consent},
    remedies::remedies,
    screen::{Screen, line},
    shop::{self, POLICY, Standing},
    stop::Stop,
    verdicts::{Verdict, table, what_to_fix},
};

/// Lines of the operator's log that are shown when the demo fails.
const LOG_LINES: usize = 15;

/// Tells it, and cleans up however it ends.
pub(crate) async fn tell(screen: &Screen, once: bool) -> Result<(), Failure> {
    let foreign = consent(once)?;
    let mut stop = Stop::listen()?;
    screen.step(if foreign {
        "going to the cluster of KUBECONFIG"
    } else {
        "starting a control plane: etcd, kube-apiserver, kube-controller-manager"
    });
    let place = tokio::select! {
        place = Place::find(foreign) => place?,
        () = stop.asked() => return Err(Failure::Interrupted),
    };
    let mut operator = None;
    let mut told = false;
    let outcome = tokio::select! {
        outcome = show(screen, &place, (&mut operator, &mut told), once) => outcome,
        () = stop.asked() => Ok(()),
    };
    screen.step("cleaning up");
    let outcome = outcome.map_err(|error| with_log(error, operator.as_ref()));
    let left = place.leave(operator).await;
    drop(place);
    outcome.and(left)?;
    if !told {
        return Err(Failure::Interrupted);
    }
    screen.step("done");
    Ok(())
}

fn with_log(error: Failure, operator: Option<&Running>) -> Failure {
    let Some(log) = operator.and_then(|running| running.operator.log().ok()) else { return error };
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n");
    Failure::Untold { error: Box::new(error), log: last }
}

async fn show(
    screen: &Screen,
    place: &Place,
    (operator, told): (&mut Option<Running>, &mut bool),
    once: bool,
) -> Result<(), Failure> {
    screen.step("installing deploy/: CRDs, namespace, ServiceAccount, rights");
    place.install().await?;
    screen.step("starting the operator, with the token and the rights of its own ServiceAccount:");
    line(&format!("         system:serviceaccount:{OPERATOR_NAMESPACE}:{OPERATOR_ACCOUNT}"));
    let running = operator.insert(place.operator().await?);
    screen.step("applying deploy/samples: a shop, its TLS Secret, and two policies");
    shop::open(place).await?;
    let before = shop::judged(place, "False").await?;
    show_what_is_wrong(screen, &before).await?;

    screen.heading("Mending it");
    screen.step("applying deploy/samples/fixes");
    shop::mend(place).await?;
    let after = shop::judged(place, "True").await?;
    let gains = gained(&before, &after);
    shop::told(place, gains).await?;
    show_what_became_of_it(screen, place, &after).await?;
    screen.heading(&format!("All of it took {:.1} s.", screen.seconds()));
    *told = true;
    if once {
        return Ok(());
    }
    next(screen, place, running);
    pending().await
}

async fn show_what_is_wrong(screen: &Screen, standing: &Standing) -> Result<(), Failure> {
    let Standing { ready, counted, verdicts } = standing;
    screen.step("every workload is judged");
    screen.heading(&format!("The verdicts, from the reports in namespace {SHOP}"));
    line(&table(verdicts, screen));
    let shown = u64::try_from(verdicts.len()).unwrap_or(u64::MAX);
    line(&format!(
        "({counted} workloads count; {} bare Pods and Jobs get their report after a minute of life)",
        counted.saturating_sub(shown)
    ));
    line(&format!("\nReadinessPolicy/{POLICY}: Ready is {}\n  {}", ready.0, ready.1));
    let failing: BTreeSet<String> = verdicts.iter().flat_map(Verdict::failing).collect();
    let remedies = remedies(failing).await?;
    screen.heading("What fails, and how to fix it");
    line(&what_to_fix(verdicts, &remedies, screen));
    Ok(())
}

/// How many workloads were not ready and are.
fn gained(before: &Standing, after: &Standing) -> usize {
    let was_ready: BTreeSet<&str> =
        before.verdicts.iter().filter(|v| v.is_ready()).map(|v| v.uid.as_str()).collect();
    let known: BTreeSet<&str> = before.verdicts.iter().map(|v| v.uid.as_str()).collect();
    let now = after.verdicts.iter().filter(|v| v.is_ready() && known.contains(v.uid.as_str()));
    now.filter(|v| !was_ready.contains(v.uid.as_str())).count()
}

async fn show_what_became_of_it(screen: &Screen, place: &Place, after: &Standing) -> Result<(), Failure> {
    screen.step(&format!("Ready is {}: {}", after.ready.0, after.ready.1));
    let policy = format!("readinesspolicy/{POLICY}");
    let commands: [&[&str]; 3] = [
        &["get", "readiness", "-n", SHOP],
        &[
            "get",
            "events",
            "-n",
            SHOP,
            "--field-selector=reportingComponent=seaworthy.dev/controller",
            "-o=custom-columns=REASON:.reason,KIND:.involvedObject.kind,NAME:.involvedObject.name,NOTE:.message",
        ],
        &["wait", "-n", SHOP, "--for=condition=Ready", &policy, "--timeout=30s"],
    ];
    for arguments in commands {
        let output = place.kubectl(arguments).await?;
        screen.heading(&format!("$ kubectl {}", arguments.join(" ")));
        line(output.trim_end());
    }
    Ok(())
}

fn next(screen: &Screen, place: &Place, running: &Running) {
    screen.heading("What to try next, in another terminal");
    let (kubeconfig, kubectl) = (place.kubeconfig().display(), place.kubectl_command());
    line(&format!(
        "  export KUBECONFIG={kubeconfig}
  alias kubectl='{kubectl}'
  kubectl get readiness -n {SHOP} --watch
  kubectl describe readiness -n {SHOP} deployment-payments
  kubectl get readinesspolicies,clusterreadinesspolicies -A
  # break something, and mend it again:
  kubectl patch deployment payments -n {SHOP} --type=json \\
    -p='[{{\"op\": \"remove\", \"path\": \"/spec/template/spec/containers/0/resources/limits/memory\"}}]'
  kubectl apply --server-side --force-conflicts -f deploy/samples/fixes
  # the operator: its metrics, and its log
  curl http://127.0.0.1:{}/metrics
  less {}",
        running.port.number(),
        running.operator.log_path().display(),
    ));
    screen.heading("Ctrl-C ends it and cleans up.");
}

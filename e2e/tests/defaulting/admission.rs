//! The checks that stand for Pod Security Admission, against its answer.

use seaworthy::{
    catalogue::{Outcome, WorkloadSubject},
    checks::{
        find,
        pod_security::{CONTROLS, Level},
    },
    engine::judge::judge,
    inventory::{Inventory, Kind, Object, Workload, decode::decode, lookup::Coverage},
};
use serde_json::Value;

use super::{
    Server, count,
    pods::{Wanted, pod},
    random::Choices,
};

const SENT: usize = 500;
const COMPARED: usize = 300;
const SEED: u64 = 3;

pub(crate) async fn verdicts_equal_pod_security_admission(server: &Server) -> Vec<String> {
    let mut choices = Choices::seeded(SEED);
    let make = |index| pod(&mut choices, &format!("p{index}"), Wanted::NearlySecure);
    let sent: Vec<_> = (0..SENT).map(make).collect();
    [
        one_level(server, &sent, "baseline", Level::Baseline).await,
        one_level(server, &sent, "restricted", Level::Restricted).await,
    ]
    .concat()
}

async fn one_level(server: &Server, sent: &[Value], namespace: &str, level: Level) -> Vec<String> {
    let answers = server.dry_runs(&format!("/api/v1/namespaces/{namespace}/pods"), sent).await;
    let (mut allowed, mut denied, mut refused, mut differences) = (0, 0, Vec::new(), Vec::new());
    for (sent, answer) in sent.iter().zip(answers) {
        let theirs = match answer {
            Ok(_) => None,
            Err((403, message)) if message.contains("violates PodSecurity") => Some(message),
            Err((_, message)) => {
                refused.push(message);
                continue;
            }
        };
        *(if theirs.is_some() { &mut denied } else { &mut allowed }) += 1;
        let failing = failing(sent, level);
        if failing.is_empty() != theirs.is_none() {
            differences.push(format!("{sent}\n  ours at {namespace}: {failing:?}\n  the server: {theirs:?}"));
        }
    }
    count(&format!("{namespace}: {allowed} allowed, {denied} denied"), allowed + denied, &refused);
    assert!(allowed + denied >= COMPARED, "only {} pods", allowed + denied);
    assert!(allowed >= COMPARED / 6 && denied >= COMPARED / 6, "{allowed} allowed, {denied} denied");
    differences
}

/// Ids of the controls up to this level that one of our checks does not let the pod pass.
fn failing(pod: &Value, level: Level) -> Vec<&'static str> {
    let Ok(Object::Workload(workload)) = decode(Kind::Pod, &pod.to_string()) else { panic!("a pod: {pod}") };
    let controls = CONTROLS.iter().filter(|control| control.level <= level);
    let refuses = |checks: &[(&str, &str)]| checks.iter().any(|check| !passes(check, &workload));
    controls.filter(|control| refuses(control.checks)).map(|control| control.id).collect()
}

fn passes((name, parameters): &(&str, &str), workload: &Workload) -> bool {
    let check = find(name).unwrap();
    let compiled = (check.compile)(&serde_json::from_str(parameters).unwrap()).unwrap();
    let inventory = Inventory::with_coverage(Coverage::Complete);
    let namespace = inventory.namespace(&workload.metadata.namespace);
    let now = jiff::Timestamp::UNIX_EPOCH;
    let judged = judge(check, &compiled, &WorkloadSubject { workload, namespace, now });
    matches!(judged.outcome, Outcome::Pass | Outcome::NotApplicable)
}

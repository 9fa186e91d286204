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
use serde_json::{Value, json};

use super::{
    Server, count,
    pods::{Wanted, pod},
    random::Choices,
};

const SENT: usize = 500;
const COMPARED: usize = 300;
/// Pods that are sent to a namespace that pins a version.
const SENT_TO_PINNED: usize = 120;
const SEED: u64 = 3;

/// The versions before and from which a control changes, and the newest.
const VERSIONS: &[&str] = &[
    "latest", "v1.0", "v1.7", "v1.8", "v1.18", "v1.19", "v1.21", "v1.22", "v1.23", "v1.24", "v1.25", "v1.26",
    "v1.27", "v1.28", "v1.29", "v1.30", "v1.31", "v1.32", "v1.33", "v1.34", "v1.35", "v1.36", "v1.37",
];
/// What the server says of the controls of which each must have refused some pod.
const REASONS: &[&str] = &[
    "hostPath volumes",
    "hostPort",
    "restricted volume types",
    "forbidden sysctls",
    "probe or lifecycle host",
    "hostProcess",
    "runAsNonRoot",
    "seccompProfile",
];

/// A Pod Security Standard at a version.
#[derive(Clone, Copy)]
pub(crate) struct Standard {
    level: Level,
    pub(crate) version: &'static str,
}

/// Each level at each version.
pub(crate) fn standards() -> impl Iterator<Item = Standard> {
    let levels = [Level::Baseline, Level::Restricted].into_iter();
    levels.flat_map(|level| VERSIONS.iter().map(move |version| Standard { level, version }))
}

impl Standard {
    pub(crate) const fn level_name(self) -> &'static str {
        match self.level {
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }

    /// The namespace that enforces it.
    pub(crate) fn namespace(self) -> String {
        format!("{}-{}", self.level_name(), self.version.replace('.', "-"))
    }

    const fn is_latest(self) -> bool {
        self.version.len() == "latest".len()
    }
}

pub(crate) async fn verdicts_equal_pod_security_admission(server: &Server) -> Vec<String> {
    let mut choices = Choices::seeded(SEED);
    let make = |index| pod(&mut choices, &format!("p{index}"), Wanted::NearlySecure);
    let sent: Vec<_> = (0..SENT).map(make).collect();
    let mut differences = Vec::new();
    let mut refusals = String::new();
    for standard in standards() {
        let sent = if standard.is_latest() { &sent } else { &sent[..SENT_TO_PINNED] };
        differences.extend(one_standard(server, sent, standard, &mut refusals).await);
    }
    for reason in REASONS {
        assert!(refusals.contains(reason), "no pod was refused for {reason}");
    }
    differences
}

async fn one_standard(
    server: &Server,
    sent: &[Value],
    standard: Standard,
    refusals: &mut String,
) -> Vec<String> {
    let namespace = standard.namespace();
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
        let ours = failing(sent, standard);
        if ours.iter().any(|failing| failing.is_empty() != theirs.is_none()) {
            differences.push(format!("{sent}\n  ours in {namespace}: {ours:?}\n  the server: {theirs:?}"));
        }
        refusals.extend(theirs);
    }
    count(&format!("{namespace}: {allowed} allowed, {denied} denied"), allowed + denied, &refused);
    let enough = if standard.is_latest() { COMPARED } else { SENT_TO_PINNED / 2 };
    assert!(allowed + denied >= enough, "only {} pods", allowed + denied);
    assert!(allowed >= enough / 6 && denied >= enough / 6, "{allowed} allowed, {denied} denied");
    differences
}

/// What refuses the pod, by each of our ways to say so: the check of the whole standard, and, for the
/// newest version, the checks of single controls.
fn failing(pod: &Value, standard: Standard) -> Vec<Vec<&'static str>> {
    let Ok(Object::Workload(workload)) = decode(Kind::Pod, &pod.to_string()) else { panic!("a pod: {pod}") };
    let parameters = json!({"level": standard.level_name(), "version": standard.version}).to_string();
    let whole = (!passes("pss-level", &parameters, &workload)).then_some("pss-level");
    let mut ways = vec![Vec::from_iter(whole)];
    if standard.is_latest() {
        ways.push(failing_controls(&workload, standard.level));
    }
    ways
}

/// Ids of the controls up to this level that one of our checks does not let the pod pass.
fn failing_controls(workload: &Workload, level: Level) -> Vec<&'static str> {
    let controls = CONTROLS.iter().filter(|control| control.level <= level);
    let refuses =
        |checks: &[(&str, &str)]| checks.iter().any(|(name, parameters)| !passes(name, parameters, workload));
    controls.filter(|control| refuses(control.checks)).map(|control| control.id).collect()
}

fn passes(name: &str, parameters: &str, workload: &Workload) -> bool {
    let check = find(name).unwrap();
    let compiled = (check.compile)(&serde_json::from_str(parameters).unwrap()).unwrap();
    let inventory = Inventory::with_coverage(Coverage::Complete);
    let namespace = inventory.namespace(&workload.metadata.namespace);
    let now = jiff::Timestamp::UNIX_EPOCH;
    let judged = judge(check, &compiled, &WorkloadSubject { workload, namespace, now });
    matches!(judged.outcome, Outcome::Pass | Outcome::NotApplicable)
}

//! What the check `pss-level` says of a pod, by each standard.
//!
//! Next: [`super::tally`] compares it.

use std::sync::OnceLock;

use seaworthy::{
    catalogue::{Check, Compiled, Outcome, WorkloadSubject},
    checks::{
        find,
        pod_security::{CONTROLS, Level},
    },
    engine::judge::judge,
    inventory::{Inventory, Kind, Object, Workload, decode::decode, lookup::Coverage},
};
use serde_json::{Value, json};

/// The newest minor of Kubernetes of which the standards are known.
const NEWEST: u8 = 37;

/// A Pod Security Standard at a version, ready to judge.
pub(crate) struct Standard {
    pub(crate) level: &'static str,
    pub(crate) version: String,
    compiled: Compiled,
}

/// What is said of a pod.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Ids of the controls that refuse it.
    pub(crate) controls: Vec<String>,
    /// How many more there are.
    pub(crate) more: usize,
}

/// Each level at each version.
pub(crate) struct Standards {
    check: &'static Check,
    pub(crate) all: Vec<Standard>,
}

impl Standards {
    pub(crate) fn all() -> &'static Self {
        static ALL: OnceLock<Standards> = OnceLock::new();
        ALL.get_or_init(|| {
            let check = find("pss-level").unwrap();
            let versions = || {
                std::iter::once("latest".to_owned()).chain((0..=NEWEST).map(|minor| format!("v1.{minor}")))
            };
            let pairs = ["baseline", "restricted"]
                .into_iter()
                .flat_map(|level| versions().map(move |version| (level, version)));
            let standard = |(level, version): (&'static str, String)| {
                let parameters = json!({"level": level, "version": version});
                let compiled = (check.compile)(parameters.as_object().unwrap()).unwrap();
                Standard { level, version, compiled }
            };
            Self { check, all: pairs.map(standard).collect() }
        })
    }

    /// Level and version of each.
    pub(crate) fn names(&self) -> Vec<(&str, &str)> {
        self.all.iter().map(|standard| (standard.level, standard.version.as_str())).collect()
    }

    /// What each says of a pod.
    pub(crate) fn judge(&'static self, pod: &Value) -> impl Iterator<Item = (&'static Standard, Said)> {
        let workload = workload(pod);
        self.all.iter().map(move |standard| (standard, self.said(standard, &workload)))
    }

    /// What one says of a pod.
    pub(crate) fn said(&self, standard: &Standard, workload: &Workload) -> Said {
        let judged = judged(self.check, &standard.compiled, workload);
        let Some((_, list)) = judged.as_deref().and_then(|message| message.split_once(" refuses the pod: "))
        else {
            assert_eq!(judged, None, "the message has changed");
            return Said { controls: Vec::new(), more: 0 };
        };
        let (list, more) = match list.split_once(" and ") {
            Some((list, more)) => (list, more.strip_suffix(" more").unwrap().parse().unwrap()),
            None => (list, 0),
        };
        Said { controls: list.split(", ").map(str::to_owned).collect(), more }
    }
}

impl Standard {
    /// The namespace that enforces it.
    pub(crate) fn namespace(&self) -> String {
        format!("{}-{}", self.level, self.version.replace('.', "-"))
    }

    pub(crate) fn is_latest(&self) -> bool {
        self.version == "latest"
    }
}

impl Said {
    /// Whether the library says the same.
    pub(crate) fn equals(&self, theirs: &[String]) -> bool {
        theirs.len() == self.controls.len() + self.more && theirs.starts_with(&self.controls)
    }
}

pub(crate) fn workload(pod: &Value) -> Workload {
    match decode(Kind::Pod, &pod.to_string()) {
        Ok(Object::Workload(workload)) => *workload,
        other => panic!("{other:?}: {pod}"),
    }
}

/// The controls of the newest version that one of the checks for single controls does not let the pod pass.
pub(crate) fn failing_controls(workload: &Workload, level: &str) -> Vec<&'static str> {
    let level: Level = serde_json::from_value(json!(level)).unwrap();
    let passes = |(name, parameters): &(&str, &str)| {
        let check = find(name).unwrap();
        let compiled = (check.compile)(&serde_json::from_str(parameters).unwrap()).unwrap();
        judged(check, &compiled, workload).is_none()
    };
    let controls = CONTROLS.iter().filter(|control| control.level <= level);
    controls.filter(|control| !control.checks.iter().all(passes)).map(|control| control.id).collect()
}

/// What a check has against a pod.
fn judged(check: &Check, compiled: &Compiled, workload: &Workload) -> Option<String> {
    static INVENTORY: OnceLock<Inventory> = OnceLock::new();
    let inventory = INVENTORY.get_or_init(|| Inventory::with_coverage(Coverage::Complete));
    let namespace = inventory.namespace(&workload.metadata.namespace);
    let now = jiff::Timestamp::UNIX_EPOCH;
    let judged = judge(check, compiled, &WorkloadSubject { workload, namespace, now });
    match judged.outcome {
        Outcome::Pass | Outcome::NotApplicable => None,
        Outcome::Fail => Some(judged.findings[0].message.clone()),
        other => panic!("{} is {other:?}", check.name),
    }
}

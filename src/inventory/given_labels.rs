//! Labels that pods get from the server and its controllers, beside those of their template.
//!
//! A Service may select by them, so that whether it selects pods of a workload is not told by the template alone. Where
//! the value of such a label is not known before the pods are there, any will do. It must not judge. Next:
//! [`super::reach`], [`super::index`].

use super::kind::Kind;
use super::labels::Labels;
use super::workload::Workload;

/// Labels that the server and its controllers give to pods.
const GIVEN: &[&str] = &[
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

/// Whether pods get a label of this key from elsewhere than their template.
pub fn is_given(key: &str) -> bool {
    GIVEN.contains(&key)
}

/// Whether a Service's selector picks pods of a workload, be it a single one; an empty one picks none.
pub(super) fn selects(selector: &Labels, workload: &Workload) -> bool {
    let carries = |key: &str, value: &str| match workload.pod_labels.get(key) {
        Some(own) => own == value,
        None => is_given(key) && may_carry(workload, key, value),
    };
    !selector.is_empty() && selector.iter().all(|(key, value)| carries(key, value))
}

/// Whether some pod of a workload can get this label.
fn may_carry(workload: &Workload, key: &str, value: &str) -> bool {
    let name: &str = &workload.metadata.name;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_numbered =
        || value.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')).is_some_and(is_number);
    match (key, workload.kind) {
        ("statefulset.kubernetes.io/pod-name", Kind::StatefulSet)
        | ("batch.kubernetes.io/job-name" | "job-name", Kind::CronJob) => is_numbered(),
        ("apps.kubernetes.io/pod-index", Kind::StatefulSet)
        | ("batch.kubernetes.io/job-completion-index", Kind::Job | Kind::CronJob) => is_number(value),
        ("batch.kubernetes.io/job-name" | "job-name", Kind::Job) => value == name,
        ("batch.kubernetes.io/controller-uid" | "controller-uid", Kind::Job | Kind::CronJob)
        | ("controller-revision-hash", Kind::StatefulSet | Kind::DaemonSet)
        | ("pod-template-generation", Kind::DaemonSet)
        | ("pod-template-hash", Kind::Deployment | Kind::ReplicaSet)
        | ("topology.kubernetes.io/region" | "topology.kubernetes.io/zone", _) => true,
        // A bare Pod carries what it carries, and so does what a custom resource makes, as far as anybody knows.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::Object;
    use crate::inventory::decode::decode;

    fn picks(kind: Kind, selector: &Value) -> bool {
        let template = json!({"metadata": {"labels": {"app": "db"}}});
        let spec = if kind == Kind::CronJob {
            json!({"jobTemplate": {"spec": {"template": template}}})
        } else {
            json!({ "template": template })
        };
        let object = json!({"metadata": {"name": "db", "namespace": "shop"}, "spec": spec});
        let Object::Workload(workload) = decode(kind, &object.to_string()).unwrap() else {
            panic!("a workload")
        };
        let pairs = selector.as_object().unwrap().iter();
        let pairs = pairs.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()));
        selects(&pairs.collect(), &workload)
    }

    #[test]
    fn a_selector_may_pick_single_pods_of_a_workload() {
        let pod = "statefulset.kubernetes.io/pod-name";
        for (kind, selector, expected) in [
            (Kind::StatefulSet, json!({"app": "db"}), true),
            (Kind::StatefulSet, json!({"app": "db", pod: "db-0"}), true),
            (Kind::StatefulSet, json!({pod: "db-12"}), true),
            (Kind::StatefulSet, json!({pod: "other-0"}), false),
            (Kind::StatefulSet, json!({pod: "db-main"}), false),
            (Kind::StatefulSet, json!({"app": "web", pod: "db-0"}), false),
            (Kind::StatefulSet, json!({"apps.kubernetes.io/pod-index": "0"}), true),
            (Kind::StatefulSet, json!({"role": "primary"}), false),
            (Kind::Deployment, json!({"app": "db", pod: "db-0"}), false),
            (Kind::Deployment, json!({"app": "db", "pod-template-hash": "5d4f"}), true),
            (Kind::Job, json!({"job-name": "db"}), true),
            (Kind::Job, json!({"job-name": "other"}), false),
            (Kind::CronJob, json!({"job-name": "db-29000000"}), true),
            (Kind::StatefulSet, json!({}), false),
        ] {
            assert_eq!(picks(kind, &selector), expected, "{kind} {selector}");
        }
    }
}

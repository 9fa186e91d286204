use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::spread::{Means, Wanted};

/// Parameters of `spread-nodes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// What counts as spread.
    accept: Vec<Means>,
    /// Further node labels whose values are nodes or larger than nodes.
    topology_keys: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { accept: Means::ALL.to_vec(), topology_keys: Vec::new() }
    }
}

check! {
    /// ## What it checks
    /// A workload with two replicas or more keeps them on different nodes: by pod anti-affinity (preferred
    /// or required) or by a topology spread constraint over `kubernetes.io/hostname`, either of which
    /// selects the workload's own pods in its own namespace, and more of them than each by itself (`matchLabelKeys`).
    /// What an autoscaler may go down to counts instead of the
    /// workload's own `replicas`.
    ///
    /// ## Why it matters
    /// The scheduler may put every replica on one node. When that node fails or is drained, all of them are
    /// gone at once.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 2
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 2
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       topologySpreadConstraints:
    ///         - maxSkew: 1
    ///           topologyKey: kubernetes.io/hostname
    ///           whenUnsatisfiable: ScheduleAnyway
    ///           labelSelector: {matchLabels: {app: web}}
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Add a topology spread constraint over `kubernetes.io/hostname` whose `labelSelector` matches the
    /// labels of the pod template.
    ///
    /// ## Parameters
    /// - `accept`: what counts, of `antiAffinity` and `spread` (default both).
    /// - `topologyKeys`: further node labels that count as the node's name does (default empty).
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Topology Spread Constraints, Assigning Pods to Nodes
    name: "spread-nodes",
    family: Availability,
    severity: Medium,
    title: "Replicas are on different nodes",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [HorizontalPodAutoscaler, ScaledObject, Namespace],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let own = parameters.topology_keys.iter().map(String::as_str);
    let keys = std::iter::once("kubernetes.io/hostname").chain(own).collect();
    Wanted { domains: "nodes", keys, accept: &parameters.accept, least: 2 }.judge(subject)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{scaled_object, scaler};
    use crate::inventory::lookup::Coverage;

    fn bare() -> Case {
        Case::of(&CHECK).pod(json!({"topologySpreadConstraints": null, "affinity": null}))
    }

    fn constraint(key: &str, app: &str) -> Value {
        json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": app}}}]})
    }

    fn anti_affinity(term: Value) -> Value {
        let mut whole = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}});
        crate::checks::testing::merge(&mut whole, term);
        json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [whole]}}})
    }

    #[test]
    fn disagreement_35_either_means_counts_and_zones_are_no_nodes() {
        assert_eq!(bare().fields(), ["spec.template.spec.topologySpreadConstraints"]);
        assert_eq!(bare().pod(constraint("kubernetes.io/hostname", "web")).outcome(), Outcome::Pass);
        assert_eq!(bare().pod(constraint("topology.kubernetes.io/zone", "web")).outcome(), Outcome::Fail);
        let term = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}});
        for (field, entry) in
            [("required", term.clone()), ("preferred", json!({"weight": 1, "podAffinityTerm": term}))]
        {
            let list = format!("{field}DuringSchedulingIgnoredDuringExecution");
            let case = bare().pod(json!({"affinity": {"podAntiAffinity": {list: [entry]}}}));
            assert_eq!(case.clone().outcome(), Outcome::Pass, "{field}");
            assert_eq!(case.parameters(json!({"accept": ["spread"]})).outcome(), Outcome::Fail, "{field}");
        }
    }

    #[test]
    fn what_is_missing_is_what_is_accepted() {
        let message = |accept: Value| bare().parameters(json!({"accept": accept})).message();
        let rest = "keeps the replicas on different nodes";
        assert_eq!(message(json!(["spread"])), format!("no topology spread constraint {rest}"));
        assert_eq!(message(json!(["antiAffinity"])), format!("no pod anti-affinity {rest}"));
        let neither = format!("neither topology spread constraint nor pod anti-affinity {rest}");
        assert_eq!(bare().message(), neither);
    }

    #[test]
    fn disagreement_35_custom_keys_count_when_named() {
        let case = bare().pod(constraint("rack.example/name", "web"));
        assert_eq!(case.clone().outcome(), Outcome::Fail);
        assert_eq!(case.parameters(json!({"topologyKeys": ["rack.example/name"]})).outcome(), Outcome::Pass);
    }

    #[test]
    fn what_selects_other_pods_keeps_nothing_apart() {
        let case = bare().pod(constraint("kubernetes.io/hostname", "www"));
        assert_eq!(case.fields(), ["spec.template.spec.topologySpreadConstraints[0].labelSelector"]);
        let no_selector = bare().pod(anti_affinity(json!({"labelSelector": null})));
        assert_eq!(no_selector.outcome(), Outcome::Fail);
    }

    #[test]
    fn what_counts_only_the_pod_itself_keeps_none_apart() {
        let keys = || json!({"matchLabelKeys": ["statefulset.kubernetes.io/pod-name"]});
        let mut spread = constraint("kubernetes.io/hostname", "web");
        crate::checks::testing::merge(&mut spread["topologySpreadConstraints"][0], keys());
        for pod in [spread, anti_affinity(keys())] {
            assert_eq!(bare().pod(pod.clone()).outcome(), Outcome::Pass, "pods of a Deployment have none");
            let stateful = bare().workload(json!({"kind": "StatefulSet"})).pod(pod);
            assert!(stateful.fields()[0].ends_with("[0].matchLabelKeys[0]"), "{:?}", stateful.fields());
        }
    }

    #[test]
    fn terms_over_namespaces_count_when_the_own_one_is_among_them() {
        let with = |term| bare().pod(anti_affinity(term)).outcome();
        assert_eq!(with(json!({"namespaces": ["shop"]})), Outcome::Pass);
        assert_eq!(with(json!({"namespaces": ["other"]})), Outcome::Fail);
        assert_eq!(with(json!({"namespaceSelector": {}})), Outcome::Pass);
        assert_eq!(with(json!({"namespaceSelector": {"matchLabels": {"team": "a"}}})), Outcome::Unknown);
        let named =
            |name: &str| json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}});
        assert_eq!(with(named("shop")), Outcome::Pass, "every namespace has this label");
        assert_eq!(with(named("bank")), Outcome::Fail);
        assert_eq!(with(json!({"mismatchLabelKeys": ["app"]})), Outcome::Fail, "its own pods are left out");
        assert_eq!(with(json!({"mismatchLabelKeys": ["tier"]})), Outcome::Pass, "it has no such label");
    }

    #[test]
    fn what_an_autoscaler_may_go_down_to_counts_instead_of_the_own_replicas() {
        let with = |own: i64, scaler: Value| bare().workload(json!({"spec": {"replicas": own}})).with(scaler);
        assert_eq!(with(1, scaler("web", json!({"minReplicas": 2}))).outcome(), Outcome::Fail);
        assert_eq!(with(9, scaler("web", json!({"minReplicas": 1}))).outcome(), Outcome::NotApplicable);
        let keda = |least: i64| scaled_object("web", json!({"minReplicaCount": least}));
        assert_eq!(with(1, keda(2)).outcome(), Outcome::Fail);
        assert_eq!(with(9, keda(0)).outcome(), Outcome::NotApplicable);
        assert_eq!(with(0, keda(2)).outcome(), Outcome::Fail, "what KEDA scaled to zero it starts again");
    }

    #[test]
    fn disagreement_44_autoscalers_that_were_not_given_leave_open_what_nothing_keeps_apart() {
        let partial = bare().coverage(Coverage::Partial);
        assert_eq!(
            (partial.outcome(), partial.fields()),
            (Outcome::Unknown, vec!["spec.replicas".to_owned()])
        );
        let kept = partial.clone().pod(constraint("kubernetes.io/hostname", "web"));
        assert_eq!(kept.outcome(), Outcome::Pass);
        assert_eq!(partial.with(scaler("web", json!({}))).outcome(), Outcome::Fail);
    }

    #[test]
    fn fewer_than_two_replicas_cannot_be_spread() {
        for replicas in [json!(0), json!(1), json!(null)] {
            let case = bare().workload(json!({"spec": {"replicas": replicas}}));
            assert_eq!(case.outcome(), Outcome::NotApplicable, "{replicas}");
        }
        assert_eq!(bare().workload(json!({"kind": "DaemonSet"})).outcome(), Outcome::NotApplicable);
    }
}

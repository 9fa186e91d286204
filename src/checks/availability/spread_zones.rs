use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::spread::{Means, Wanted};

/// Node labels whose values are zones: the one of today and the one before it.
const ZONES: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

/// Parameters of `spread-zones`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// What counts as spread.
    accept: Vec<Means>,
    /// Further node labels whose values are zones.
    topology_keys: Vec<String>,
    /// In how many zones the replicas must be able to be.
    min_zones: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { accept: Means::ALL.to_vec(), topology_keys: Vec::new(), min_zones: 2 }
    }
}

check! {
    /// ## What it checks
    /// A workload with two replicas or more keeps them in different zones: by pod anti-affinity (preferred
    /// or required) or by a topology spread constraint over `topology.kubernetes.io/zone`, either of which
    /// selects the workload's own pods in its own namespace, and more of them than each by itself (`matchLabelKeys`).
    /// It has as many replicas as they are to be in zones. What an autoscaler may go down to counts instead of the
    /// workload's own `replicas`. In which zones the pods really are is not looked at.
    ///
    /// ## Why it matters
    /// A zone fails as a whole: power, network, or a storage system. Replicas that all lie in one zone fail
    /// with it.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 3
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
    ///   replicas: 3
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       topologySpreadConstraints:
    ///         - maxSkew: 1
    ///           topologyKey: topology.kubernetes.io/zone
    ///           whenUnsatisfiable: ScheduleAnyway
    ///           labelSelector: {matchLabels: {app: web}}
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Add a topology spread constraint over `topology.kubernetes.io/zone` whose `labelSelector` matches
    /// the labels of the pod template.
    ///
    /// ## Parameters
    /// - `accept`: what counts, of `antiAffinity` and `spread` (default both).
    /// - `topologyKeys`: further node labels whose values are zones (default empty).
    /// - `minZones`: in how many zones the replicas must be able to be (default 2). One replica is not judged.
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Topology Spread Constraints, Running in multiple zones
    name: "spread-zones",
    family: Availability,
    severity: Medium,
    title: "Replicas are in different zones",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [HorizontalPodAutoscaler, ScaledObject, Namespace],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let own = parameters.topology_keys.iter().map(String::as_str);
    let keys = ZONES.into_iter().chain(own).collect();
    Wanted { domains: "zones", keys, accept: &parameters.accept, least: parameters.min_zones }.judge(subject)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn over(key: &str) -> Case {
        let constraint = json!({"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": "web"}}});
        Case::of(&CHECK).pod(json!({"topologySpreadConstraints": [constraint]}))
    }

    #[test]
    fn disagreement_35_nodes_are_no_zones() {
        assert_eq!(over("kubernetes.io/hostname").fields(), ["spec.template.spec.topologySpreadConstraints"]);
        for key in ZONES {
            assert_eq!(over(key).outcome(), Outcome::Pass, "{key}");
        }
    }

    #[test]
    fn fewer_replicas_than_zones_cannot_be_in_all_of_them() {
        let three = |replicas: i64| {
            let case = over(ZONES[0]).workload(json!({"spec": {"replicas": replicas}}));
            case.parameters(json!({"minZones": 3}))
        };
        assert_eq!(three(2).message(), "2 replicas cannot be in 3 zones");
        assert_eq!(three(2).fields(), ["spec.replicas"]);
        assert_eq!(three(3).outcome(), Outcome::Pass);
        assert_eq!(three(1).outcome(), Outcome::NotApplicable);
        assert_eq!(three(9).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn one_means_can_be_asked_for() {
        let case = over("topology.kubernetes.io/zone").parameters(json!({"accept": ["antiAffinity"]}));
        assert_eq!(case.fields(), ["spec.template.spec.affinity.podAntiAffinity"]);
    }
}

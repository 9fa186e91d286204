use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::checks::spread::selects_own_pods;
use crate::inventory::Kind;
use crate::inventory::scheduling::TopologySpreadConstraint;

/// The label that tells the pods of one revision of a Deployment from those of another.
const REVISION: &str = "pod-template-hash";

check! {
    /// ## What it checks
    /// Each topology spread constraint does what it looks like: it selects the workload's own pods,
    /// `maxSkew` and `minDomains` are above zero, `minDomains` stands only beside `DoNotSchedule`, the
    /// topology key is there, and no two constraints have the same key and the same `whenUnsatisfiable`. A
    /// `DoNotSchedule` constraint of a Deployment counts the pods of one revision (`matchLabelKeys:
    /// [pod-template-hash]`).
    ///
    /// ## Why it matters
    /// A constraint without a selector, or with that of another workload, counts other pods or none, so the
    /// replicas are not spread, and nothing says so. When pods of the old revision count during a rollout,
    /// the new ones end up uneven or do not start.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   topologySpreadConstraints:
    ///     - maxSkew: 1
    ///       topologyKey: kubernetes.io/hostname
    ///       whenUnsatisfiable: ScheduleAnyway
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   topologySpreadConstraints:
    ///     - maxSkew: 1
    ///       topologyKey: kubernetes.io/hostname
    ///       whenUnsatisfiable: ScheduleAnyway
    ///       labelSelector: {matchLabels: {app: web}}
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Give the constraint a `labelSelector` that matches the labels of the pod template, and correct the
    /// field that the message names.
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Topology Spread Constraints
    name: "topology-spread-valid",
    family: Availability,
    severity: Low,
    title: "Topology spread constraints do what they look like",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let constraints = &subject.pod().topology_spread_constraints;
    if constraints.is_empty() {
        return Judgement::not_applicable("the pods have no topology spread constraint");
    }
    let statements = constraints.iter().enumerate().flat_map(|(index, constraint)| {
        let earlier = constraints.iter().take(index);
        let twice = earlier.clone().any(|other| same(other, constraint));
        let twice = twice.then(|| ("topologyKey", "another constraint has the same key and way".to_owned()));
        let problems = numbers(constraint).into_iter().chain(pods(subject, constraint)).chain(twice);
        problems.map(move |(field, message)| {
            Statement::fail(pod(format!("topologySpreadConstraints[{index}].{field}")), message)
        })
    });
    statements.collect()
}

fn same(one: &TopologySpreadConstraint, other: &TopologySpreadConstraint) -> bool {
    one.topology_key == other.topology_key && one.when_unsatisfiable == other.when_unsatisfiable
}

fn numbers(constraint: &TopologySpreadConstraint) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    let hard = *constraint.when_unsatisfiable == *"DoNotSchedule";
    if constraint.max_skew <= 0 {
        problems.push(("maxSkew", format!("maxSkew is {}, not above 0", constraint.max_skew)));
    }
    match constraint.min_domains {
        Some(least) if least <= 0 => {
            problems.push(("minDomains", format!("minDomains is {least}, not above 0")));
        }
        Some(_) if !hard => {
            problems.push(("minDomains", "minDomains has no place beside ScheduleAnyway".to_owned()));
        }
        _ => {}
    }
    if constraint.topology_key.is_empty() {
        problems.push(("topologyKey", "no topologyKey is set".to_owned()));
    }
    if !hard && *constraint.when_unsatisfiable != *"ScheduleAnyway" {
        let message = "whenUnsatisfiable is neither DoNotSchedule nor ScheduleAnyway";
        problems.push(("whenUnsatisfiable", message.to_owned()));
    }
    problems
}

fn pods(subject: &WorkloadSubject<'_>, constraint: &TopologySpreadConstraint) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    let selector = constraint.label_selector.as_deref();
    if selector.is_none() {
        problems.push((
            "labelSelector",
            "without a labelSelector no pod counts, so nothing is spread".to_owned(),
        ));
    } else if !selects_own_pods(subject, selector) {
        problems
            .push(("labelSelector", "the labelSelector does not match the workload's own pods".to_owned()));
    }
    let hard = *constraint.when_unsatisfiable == *"DoNotSchedule";
    let by_revision = constraint.match_label_keys.iter().any(|key| key == REVISION);
    if subject.workload.kind == Kind::Deployment && hard && !by_revision {
        let message = format!("without {REVISION}, pods of the old revision count during a rollout");
        problems.push(("matchLabelKeys", message));
    }
    problems
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::{Case, merge};

    fn of(patch: Value) -> Case {
        let mut constraint = json!({"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "web"}}, "matchLabelKeys": ["pod-template-hash"]});
        merge(&mut constraint, patch);
        Case::of(&CHECK).pod(json!({"topologySpreadConstraints": [constraint]}))
    }

    #[test]
    fn each_field_is_judged_where_it_stands() {
        assert_eq!(of(json!({})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"minDomains": 2})).outcome(), Outcome::Pass);
        for (patch, field) in [
            (json!({"maxSkew": 0}), "maxSkew"),
            (json!({"minDomains": 0}), "minDomains"),
            (json!({"minDomains": 2, "whenUnsatisfiable": "ScheduleAnyway"}), "minDomains"),
            (json!({"topologyKey": ""}), "topologyKey"),
            (json!({"whenUnsatisfiable": "Sometimes"}), "whenUnsatisfiable"),
            (json!({"labelSelector": null}), "labelSelector"),
            (json!({"labelSelector": {"matchLabels": {"app": "www"}}}), "labelSelector"),
            (json!({"matchLabelKeys": null}), "matchLabelKeys"),
        ] {
            let fields = of(patch).fields();
            assert_eq!(fields, [format!("spec.template.spec.topologySpreadConstraints[0].{field}")]);
        }
    }

    #[test]
    fn revisions_matter_to_deployments_that_must_be_spread() {
        let without = json!({"matchLabelKeys": null});
        assert_eq!(of(without.clone()).workload(json!({"kind": "StatefulSet"})).outcome(), Outcome::Pass);
        let mut soft = without;
        soft["whenUnsatisfiable"] = json!("ScheduleAnyway");
        assert_eq!(of(soft).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_server_takes_a_key_once_for_each_way() {
        let one = json!({"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": "web"}}});
        let case = Case::of(&CHECK).pod(json!({"topologySpreadConstraints": [one, one]}));
        assert_eq!(case.fields(), ["spec.template.spec.topologySpreadConstraints[1].topologyKey"]);
        let mut hard = one.clone();
        merge(
            &mut hard,
            json!({"whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["pod-template-hash"]}),
        );
        let mut other = one.clone();
        merge(&mut other, json!({"topologyKey": "rack"}));
        let case = Case::of(&CHECK).pod(json!({"topologySpreadConstraints": [one, hard, other]}));
        assert_eq!(case.outcome(), Outcome::Pass);
    }

    #[test]
    fn without_constraints_it_is_not_applicable() {
        let case = Case::of(&CHECK).pod(json!({"topologySpreadConstraints": null}));
        assert_eq!(case.outcome(), Outcome::NotApplicable);
    }
}

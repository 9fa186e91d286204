use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::lookup::Cause;

check! {
    /// ## What it checks
    /// The `podSelector` of every NetworkPolicy matches the pods of some workload of its namespace. An empty one
    /// is for whatever pods there will be and is in order. Peers are not judged.
    ///
    /// Beside a file with a custom resource whose controller may make pods (any with a `spec`, but for groups that are
    /// known to make none, such as `cert-manager.io`) it is Unknown whether there are such pods; name the kind in
    /// `customKinds` of the policy if it holds a template. In a cluster the pods themselves are seen.
    ///
    /// ## Why it matters
    /// A policy that selects nothing isolates nothing, while whoever wrote it believes that it does. As a rule the
    /// labels of a workload were changed and the policy was forgotten.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Correct the selector so that it matches the labels in the workload's pod template, or delete the policy.
    ///
    /// ## References
    /// - Kubernetes documentation: Network Policies
    name: "dangling-network-policy",
    family: Network,
    severity: Low,
    title: "Every NetworkPolicy selects pods",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [NetworkPolicy],
    parameters: NoParameters,
    rule: Orphan([NetworkPolicy], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::NetworkPolicy(policy) = subject.object else { return Judgement::default() };
    let selector = &policy.spec.pod_selector;
    if selector.is_empty() {
        return Judgement::pass();
    }
    let workloads = subject.namespace.workloads_matching(selector);
    if !workloads.found.is_empty() {
        return Judgement::pass();
    }
    match (workloads.incomplete, subject.namespace.maker()) {
        (Some(cause), _) => {
            let message = "whether the policy selects any pod is not known";
            Statement::unknown(cause, at("spec.podSelector"), message).into()
        }
        (None, Some(maker)) => {
            let message =
                format!("whether the policy selects pods that {} makes is not known", quoted(maker, 80));
            Statement::unknown(Cause::NotGiven, at("spec.podSelector"), message).into()
        }
        (None, None) => {
            Judgement::fail(at("spec.podSelector"), "no workload has the labels that the policy selects")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::baseline;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn of(selector: Value) -> ObjectCase {
        let spec = json!({ "podSelector": selector });
        let policy = json!({"kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec});
        ObjectCase::of(&CHECK, policy).with(baseline())
    }

    #[test]
    fn the_selector_must_match_the_labels_of_some_template() {
        assert_eq!(of(json!({"matchLabels": {"app": "web"}})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"matchLabels": {"app": "gone"}})).fields(), ["spec.podSelector"]);
    }

    #[test]
    fn pods_of_a_custom_resource_that_nobody_sees_leave_it_open() {
        let gone = of(json!({"matchLabels": {"app": "gone"}})).beside_maker("Rollout (argoproj.io)");
        assert_eq!(
            gone.message(),
            "whether the policy selects pods that Rollout (argoproj.io) makes is not known"
        );
        assert_eq!(gone.outcome(), Outcome::Unknown);
        let web = of(json!({"matchLabels": {"app": "web"}})).beside_maker("Rollout (argoproj.io)");
        assert_eq!(web.outcome(), Outcome::Pass);
    }

    #[test]
    fn an_empty_selector_is_for_pods_to_come() {
        let policy =
            json!({"kind": "NetworkPolicy", "metadata": {"name": "deny"}, "spec": {"podSelector": {}}});
        assert_eq!(ObjectCase::of(&CHECK, policy).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_44_workloads_that_are_not_known_leave_it_open() {
        let gone = of(json!({"matchLabels": {"app": "gone"}}));
        assert_eq!(gone.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::lookup::Cause;

check! {
    /// ## What it checks
    /// The selector of every PodDisruptionBudget matches the pods of some workload of its namespace.
    ///
    /// Beside a file with a custom resource whose controller may make pods (any with a `spec`, but for groups that are
    /// known to make none, such as `cert-manager.io`) it is Unknown whether there are such pods; name the kind in
    /// `customKinds` of the policy if it holds a template. In a cluster the pods themselves are seen.
    ///
    /// ## Why it matters
    /// A budget that selects nothing protects nothing, while whoever wrote it believes that it does. As a rule the
    /// labels of a workload were changed and the budget was forgotten.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: web}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: web}}
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
    /// Correct the selector so that it matches the labels in the workload's pod template, or delete the budget.
    ///
    /// ## References
    /// - Kubernetes documentation: Specifying a Disruption Budget for your Application
    name: "pdb-dangling",
    family: Availability,
    severity: Low,
    title: "Every disruption budget selects pods",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [PodDisruptionBudget],
    parameters: NoParameters,
    rule: Orphan([PodDisruptionBudget], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::PodDisruptionBudget(budget) = subject.object else { return Judgement::default() };
    let Some(selector) = &budget.spec.selector else {
        return Judgement::fail(at("spec"), "the budget has no selector: it selects no pod");
    };
    let workloads = subject.namespace.workloads_matching(selector);
    if !workloads.found.is_empty() {
        return Judgement::pass();
    }
    match (workloads.incomplete, subject.namespace.maker()) {
        (Some(cause), _) => {
            let message = "whether the budget selects any pod is not known";
            Statement::unknown(cause, at("spec.selector"), message).into()
        }
        (None, Some(maker)) => {
            let message =
                format!("whether the budget selects pods that {} makes is not known", quoted(maker, 80));
            Statement::unknown(Cause::NotGiven, at("spec.selector"), message).into()
        }
        (None, None) => {
            Judgement::fail(at("spec.selector"), "no workload has the labels that the budget selects")
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

    fn of(spec: Value) -> ObjectCase {
        let budget = json!({"kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec});
        ObjectCase::of(&CHECK, budget)
    }

    #[test]
    fn disagreement_33_the_whole_selector_decides_on_the_labels_of_templates() {
        let by = |selector: Value| of(json!({ "selector": selector })).with(baseline());
        assert_eq!(by(json!({"matchLabels": {"app": "web"}})).outcome(), Outcome::Pass);
        assert_eq!(by(json!({"matchLabels": {"app": "gone"}})).fields(), ["spec.selector"]);
        let not_web = json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]});
        assert_eq!(by(not_web).outcome(), Outcome::Fail);
        assert_eq!(by(json!({})).outcome(), Outcome::Pass, "an empty one selects every pod");
    }

    #[test]
    fn pods_of_a_custom_resource_that_nobody_sees_leave_it_open() {
        let gone = of(json!({"selector": {"matchLabels": {"app": "gone"}}}));
        let judged = gone.beside_maker("Rollout (argoproj.io)").judged();
        let message = "whether the budget selects pods that Rollout (argoproj.io) makes is not known";
        assert_eq!(
            (judged.findings[0].message.as_str(), judged.findings[0].cause),
            (message, Some(Cause::NotGiven))
        );
        let web = of(json!({"selector": {"matchLabels": {"app": "web"}}})).with(baseline());
        assert_eq!(web.beside_maker("Rollout (argoproj.io)").outcome(), Outcome::Pass);
    }

    #[test]
    fn without_a_selector_or_without_pods_it_selects_nothing() {
        assert_eq!(of(json!({})).fields(), ["spec"]);
        assert_eq!(of(json!({"selector": {}})).outcome(), Outcome::Fail);
        let partial = of(json!({"selector": {}})).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown, "rule 44");
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::helpers::pod_labels;
use crate::checks::hooks::{Served, judge_webhooks};
use crate::checks::namespaces::{NAME, picks};
use crate::checks::replicas::{Replicas, effective};
use crate::checks::scalers;
use crate::inventory::admission::Webhook;
use crate::inventory::labels::Labels;
use crate::inventory::lookup::Cause;

/// Parameters of `webhook-safety`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Longest `timeoutSeconds`.
    max_timeout_seconds: i64,
    /// Fewest replicas that answer a webhook without which the API server refuses.
    min_replicas: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { max_timeout_seconds: 10, min_replicas: 2 }
    }
}

check! {
    /// ## What it checks
    /// Of admission webhooks that the workload answers: `timeoutSeconds` is at most `maxTimeoutSeconds`. Where
    /// `failurePolicy` is `Fail` (the API's default), the workload has at least `minReplicas` replicas (an
    /// autoscaler's least ones) and a PodDisruptionBudget, and the `namespaceSelector` leaves out `kube-system` and the
    /// workload's own namespace, or the `objectSelector` the workload's own pods. The labels of both Namespaces
    /// decide; one that was not given has its name for certain, and whether a selector leaves it out that asks for another
    /// label is Unknown. The labels of `kube-system` are in sight of a ClusterReadinessPolicy; with a ReadinessPolicy
    /// nothing is said of it where they would decide. Whether `matchConditions` leave
    /// them out instead is Unknown: expressions are not evaluated.
    ///
    /// ## Why it matters
    /// While nobody answers such a webhook the API server refuses what it is asked about. If that includes the
    /// pods that would answer, or those of the cluster itself, nothing comes back without a person who
    /// deletes the webhook.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: hook, namespace: shop, labels: {app: hook}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: hook, namespace: shop}
    /// spec:
    ///   selector: {app: hook}
    ///   ports: [{port: 443}]
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: hook}
    /// webhooks:
    ///   - name: pods.hook.example
    ///     admissionReviewVersions: [v1]
    ///     sideEffects: None
    ///     clientConfig: {service: {namespace: shop, name: hook}}
    ///     rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: hook, namespace: shop, labels: {app: hook}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: hook, namespace: shop}
    /// spec:
    ///   selector: {app: hook}
    ///   ports: [{port: 443}]
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: hook}
    /// webhooks:
    ///   - name: pods.hook.example
    ///     admissionReviewVersions: [v1]
    ///     sideEffects: None
    ///     failurePolicy: Ignore
    ///     timeoutSeconds: 5
    ///     clientConfig: {service: {namespace: shop, name: hook}}
    ///     rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    ///
    /// ## How to fix
    /// Let the webhook's `namespaceSelector` leave out both namespaces by their label `kubernetes.io/metadata.name`, run two
    /// replicas with a budget, and set `timeoutSeconds: 5`. Where an answer is no must: `failurePolicy: Ignore`.
    ///
    /// ## Parameters
    /// - `maxTimeoutSeconds`: longest `timeoutSeconds` of a webhook (default 10).
    /// - `minReplicas`: fewest replicas of a workload that must answer (default 2).
    ///
    /// ## References
    /// - Kubernetes documentation: Admission Webhook Good Practices
    name: "webhook-safety",
    family: Network,
    severity: Medium,
    title: "A webhook that does not answer stops nothing it needs",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [
        Service, ValidatingWebhookConfiguration, MutatingWebhookConfiguration, PodDisruptionBudget,
        HorizontalPodAutoscaler, ScaledObject, Namespace,
    ],
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let mut must_answer = false;
    let mut judgement = judge_webhooks(subject, CHECK.severity, |served| {
        must_answer |= served.webhook.failure_policy() == "Fail";
        of_webhook(subject, served, parameters)
    });
    if must_answer {
        judgement.statements.extend(of_workload(subject, parameters));
    }
    judgement
}

fn of_webhook(subject: &WorkloadSubject<'_>, served: &Served<'_>, parameters: &Parameters) -> Vec<Statement> {
    let Served { webhook, path, .. } = served;
    let name = quoted(&webhook.name, 80);
    let mut statements = Vec::new();
    let (timeout, most) = (webhook.timeout_seconds(), parameters.max_timeout_seconds);
    if timeout > most {
        let message = format!("the webhook {name} may take {timeout} s, more than {most} s");
        statements.push(Statement::fail(at(format!("{path}.timeoutSeconds")), message));
    }
    if webhook.failure_policy() == "Fail" {
        let mut namespaces = vec!["kube-system", subject.namespace.name()];
        namespaces.dedup();
        statements.extend(namespaces.into_iter().filter_map(|one| of_namespace(subject, served, one)));
    }
    statements
}

/// What there is to say of a namespace without which nobody may answer.
fn of_namespace(subject: &WorkloadSubject<'_>, served: &Served<'_>, namespace: &str) -> Option<Statement> {
    let Served { webhook, path, .. } = served;
    let name = quoted(&webhook.name, 80);
    if leaves_out(webhook, &subject.workload.pod_labels, namespace) {
        return None;
    }
    let field = || at(format!("{path}.namespaceSelector"));
    match asks_about(subject, webhook, namespace)? {
        Ok(false) => None,
        Err(cause) => {
            let message = format!("whether the webhook {name} is asked about {namespace} is not known");
            Some(Statement::unknown(cause, field(), message))
        }
        Ok(true) if webhook.is_conditional => {
            let message =
                format!("whether the conditions of the webhook {name} leave out {namespace} is not known");
            Some(Statement::unknown(Cause::Undecidable, at(format!("{path}.matchConditions")), message))
        }
        Ok(true) => {
            let message =
                format!("without an answer from the webhook {name}, requests in {namespace} are refused");
            Some(Statement::fail(field(), message))
        }
    }
}

/// Whether objects of this namespace are sent; absent where the labels decide of a namespace that is out of sight.
fn asks_about(
    subject: &WorkloadSubject<'_>,
    webhook: &Webhook,
    namespace: &str,
) -> Option<Result<bool, Cause>> {
    let selector = &webhook.namespace_selector;
    if let Some(there) = subject.namespace.elsewhere(namespace) {
        return Some(picks(&there, selector));
    }
    let labels: Labels = [(NAME.to_owned(), namespace.to_owned())].into_iter().collect();
    selector.matches_known(&labels).map(Ok)
}

/// Whether the pods that answer are left out by their labels; those of `kube-system` never are.
fn leaves_out(webhook: &Webhook, pod_labels: &Labels, namespace: &str) -> bool {
    namespace != "kube-system" && !webhook.object_selector.matches(pod_labels)
}

fn of_workload(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Vec<Statement> {
    let mut statements = Vec::new();
    let least = parameters.min_replicas;
    match effective(subject) {
        Replicas::Known(replicas) if replicas < least => {
            let message = format!("{replicas} replicas answer a webhook without which requests are refused");
            statements.push(Statement::fail(at("spec.replicas"), message));
        }
        Replicas::Unknown(cause) => {
            statements.push(Statement::unknown(cause, at("spec.replicas"), scalers::NOT_KNOWN));
        }
        Replicas::Known(_) => {}
        Replicas::None => return statements,
    }
    let budgets = subject.namespace.pod_disruption_budgets_selecting(&subject.workload.pod_labels);
    if budgets.found.is_empty() {
        let field = pod_labels(subject);
        statements.push(match budgets.incomplete {
            None => {
                Statement::fail(field, "no PodDisruptionBudget keeps somebody there to answer the webhook")
            }
            Some(cause) => Statement::unknown(
                cause,
                field,
                "whether a PodDisruptionBudget selects the pods is not known",
            ),
        });
    }
    statements
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::{Case, merge};
    use crate::checks::testing_neighbours::behind_service;

    fn outside() -> Value {
        let names = json!(["kube-system", "shop"]);
        let key = "kubernetes.io/metadata.name";
        json!({"matchExpressions": [{"key": key, "operator": "NotIn", "values": names}]})
    }

    /// The workload, with a budget, answers this webhook.
    fn with(patch: Value) -> Case {
        let mut webhook = json!({"name": "a.example", "clientConfig": {"service": {"namespace": "shop", "name": "web"}},
            "namespaceSelector": outside()});
        merge(&mut webhook, patch);
        let metadata = json!({"name": "hook"});
        let selector = json!({"matchLabels": {"app": "web"}});
        behind_service(&CHECK, json!({}))
            .with(json!({"kind": "ValidatingWebhookConfiguration", "metadata": metadata, "webhooks": [webhook]}))
            .with(json!({"kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": {"selector": selector}}))
    }

    #[test]
    fn one_that_must_answer_is_replicated_and_leaves_what_it_needs_alone() {
        assert_eq!(with(json!({})).outcome(), Outcome::Pass);
        let alone = with(json!({})).workload(json!({"spec": {"replicas": 1}}));
        assert_eq!(alone.fields(), ["spec.replicas"]);
        let everywhere = json!({"namespaceSelector": null});
        assert_eq!(with(everywhere.clone()).fields().len(), 2, "kube-system and its own");
        let ignored = with(json!({"namespaceSelector": null, "failurePolicy": "Ignore"}));
        assert_eq!(ignored.workload(json!({"spec": {"replicas": 1}})).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_labels_of_both_namespaces_decide() {
        let namespace = |name: &str, labels: Value| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        let of = |selector: Value| with(json!({"namespaceSelector": selector})).everywhere();
        let marked = json!({"matchExpressions": [{"key": "control-plane", "operator": "DoesNotExist"}]});
        let known = |system: Value, own: Value| {
            of(marked.clone()).with(namespace("kube-system", system)).with(namespace("shop", own))
        };
        let mark = || json!({"control-plane": "y"});
        assert_eq!(known(mark(), mark()).outcome(), Outcome::Pass);
        assert!(known(mark(), json!({})).message().contains("requests in shop are refused"));
        assert!(known(json!({}), mark()).message().contains("requests in kube-system are refused"));
        let labelled = of(json!({"matchExpressions": null, "matchLabels": {"team": "shop"}}));
        let own = labelled.clone().with(namespace("shop", json!({"team": "shop"})));
        let found = own.with(namespace("kube-system", json!({}))).judged().findings;
        assert_eq!((found.len(), found[0].outcome), (1, Outcome::Fail), "its own");
        assert_eq!(labelled.outcome(), Outcome::Unknown, "neither was given");
        let out_of_sight = with(json!({"namespaceSelector": marked})).with(namespace("shop", mark()));
        assert_eq!(
            out_of_sight.outcome(),
            Outcome::Pass,
            "a policy of the namespace does not see kube-system"
        );
    }

    #[test]
    fn its_own_pods_may_be_left_out_by_their_labels() {
        let not_own = json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]});
        let case = with(json!({"namespaceSelector": null, "objectSelector": not_own}));
        assert!(case.message().contains("kube-system"));
    }

    #[test]
    fn conditions_may_leave_out_what_selectors_do_not() {
        let conditions = json!([{"name": "a", "expression": "request.namespace != 'kube-system'"}]);
        let case = with(json!({"namespaceSelector": null, "matchConditions": conditions}));
        assert_eq!(case.outcome(), Outcome::Unknown);
        assert_eq!(case.fields(), ["webhooks[0].matchConditions"; 2]);
    }

    #[test]
    fn nobody_waits_long() {
        let slow = with(json!({"timeoutSeconds": 30}));
        assert_eq!(slow.fields(), ["webhooks[0].timeoutSeconds"]);
        assert_eq!(slow.parameters(json!({"maxTimeoutSeconds": 30})).outcome(), Outcome::Pass);
    }

    #[test]
    fn who_answers_no_webhook_is_not_concerned() {
        assert_eq!(behind_service(&CHECK, json!({})).outcome(), Outcome::NotApplicable);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}

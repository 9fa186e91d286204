use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{at, key_of, quoted};
use crate::checks::helpers::pod_labels;
use crate::inventory::given_labels::is_given;
use crate::inventory::labels::Labels;
use crate::inventory::lookup::Cause;
use crate::inventory::network_policy::{NetworkPolicy, NetworkPolicySpec};
use crate::inventory::selector::Selector;
use crate::inventory::snapshot::NamespaceView;
use crate::inventory::{Kind, Object};

check! {
    /// ## What it checks
    /// The `podSelector` of every NetworkPolicy matches the pods of some workload of its namespace, and so does that of
    /// each peer of its rules which has no `namespaceSelector`. An empty one is for whatever pods there will be and is in
    /// order. Peers of a direction that the policy does not isolate are not judged, nor those in other namespaces, by
    /// address, or by a label that pods get from elsewhere than their template.
    ///
    /// What is wrong with the peers of a policy that selects pods is told with their workloads.
    ///
    /// Beside a file with a custom resource whose controller may make pods (any with a `spec`, but for groups that are
    /// known to make none, such as `cert-manager.io`) it is Unknown whether there are such pods; name the kind in
    /// `customKinds` of the policy if it holds a template. In a cluster the pods themselves are seen.
    ///
    /// ## Why it matters
    /// A policy that selects nothing isolates nothing, while whoever wrote it believes that it does; a peer that
    /// matches nothing lets nobody in, and who was meant stands outside. As a rule the labels of a workload were
    /// changed and the policy was forgotten.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///     - from:
    ///         - podSelector: {matchLabels: {app: client}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///     - from:
    ///         - podSelector: {matchLabels: {app: client}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: client, namespace: shop, labels: {app: client}}
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
    title: "NetworkPolicies select pods and peers that are there",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [NetworkPolicy],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [NetworkPolicy] of_orphan,
}

/// The policies that select a workload's pods select something; their peers are another matter.
fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let policies = subject.namespace.network_policies_selecting(&subject.workload.pod_labels);
    // What was not given is not judged, as no file is that was not given.
    let hidden = policies.incomplete.filter(|cause| *cause != Cause::NotGiven);
    if policies.found.is_empty() && hidden.is_none() {
        return Judgement::not_applicable("no NetworkPolicy selects the pods");
    }
    let mut statements = Vec::new();
    for policy in &policies.found {
        let of_peers = of_peers(policy, subject.namespace, Some(&subject.workload.pod_labels)).into_iter();
        statements.extend(of_peers.map(|one| one.about(key_of(Kind::NetworkPolicy, &policy.metadata))));
    }
    if let Some(cause) = hidden {
        let message = "which NetworkPolicies select the pods is not known in full";
        statements.push(Statement::unknown(cause, pod_labels(subject), message));
    }
    statements.into_iter().collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::NetworkPolicy(policy) = subject.object else { return Judgement::default() };
    let own = &policy.spec.pod_selector;
    let selected =
        (!own.is_empty()).then(|| of_selector(own, "the policy", "spec.podSelector", subject.namespace));
    let peers = of_peers(policy, subject.namespace, None);
    selected.flatten().into_iter().chain(peers).collect()
}

/// The peers that matter and match no pod, be it one of the workload that is judged: it may be about to come.
fn of_peers(
    policy: &NetworkPolicy,
    namespace: NamespaceView<'_>,
    own_labels: Option<&Labels>,
) -> Vec<Statement> {
    let NetworkPolicySpec { isolates_ingress, isolates_egress, ingress, egress, .. } = &policy.spec;
    let directions =
        [(*isolates_ingress, "ingress", "from", ingress), (*isolates_egress, "egress", "to", egress)];
    let mut statements = Vec::new();
    for (_, direction, list, rules) in directions.into_iter().filter(|(isolates, ..)| *isolates) {
        for (rule, peers) in rules.iter().map(|rule| &rule.peers).enumerate() {
            for (place, peer) in peers.iter().enumerate() {
                let is_told = |own: &&Selector| {
                    let is_own = own_labels.is_some_and(|labels| own.matches(labels));
                    !own.is_empty() && !own.asks(is_given) && !is_own
                };
                let Some(selector) = peer.own_pods().filter(is_told) else { continue };
                let field = format!("spec.{direction}[{rule}].{list}[{place}].podSelector");
                statements.extend(of_selector(selector, "the peer", &field, namespace));
            }
        }
    }
    statements
}

/// What is wrong with a selector for pods of this namespace.
fn of_selector(
    selector: &Selector,
    who: &str,
    field: &str,
    namespace: NamespaceView<'_>,
) -> Option<Statement> {
    let workloads = namespace.workloads_matching(selector);
    if !workloads.found.is_empty() {
        return None;
    }
    let field = at(field.to_owned());
    Some(match (workloads.incomplete, namespace.maker()) {
        (Some(cause), _) => {
            Statement::unknown(cause, field, format!("whether {who} selects any pod is not known"))
        }
        (None, Some(maker)) => {
            let message = format!("whether {who} selects pods that {} makes is not known", quoted(maker, 80));
            Statement::unknown(Cause::NotGiven, field, message)
        }
        (None, None) => Statement::fail(field, format!("no workload has the labels that {who} selects")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::{Case, baseline};
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

    fn with_peer(peer: &Value) -> Value {
        let spec = json!({"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}, {"from": [peer]}]});
        json!({"kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec})
    }

    #[test]
    fn a_peer_of_the_own_namespace_must_match_some_template_too() {
        let of = |peer: Value| {
            Case::of(&CHECK).with(with_peer(&peer)).with({
            let mut client = baseline();
            crate::checks::testing::merge(
                &mut client,
                json!({"metadata": {"name": "client"}, "spec": {"template": {"metadata": {"labels": {"app": "client"}}}}}),
            );
            client
        })
        };
        let found = of(json!({"podSelector": {"matchLabels": {"app": "gone"}}})).judged().findings.remove(0);
        assert_eq!(found.field, "spec.ingress[1].from[0].podSelector");
        assert_eq!(found.object.unwrap().to_string(), "NetworkPolicy shop/web");
        assert_eq!(of(json!({"podSelector": {"matchLabels": {"app": "client"}}})).outcome(), Outcome::Pass);
        for silent in [
            json!({"podSelector": {}}),
            json!({"podSelector": {"matchLabels": {"app": "gone"}}, "namespaceSelector": {}}),
            json!({"ipBlock": {"cidr": "10.0.0.0/8"}}),
            json!({"podSelector": {"matchLabels": {"batch.kubernetes.io/job-name": "load"}}}),
        ] {
            assert_eq!(of(silent.clone()).outcome(), Outcome::Pass, "{silent}");
        }
    }

    #[test]
    fn the_workload_itself_is_a_peer_also_before_it_is_there() {
        let own = with_peer(&json!({"podSelector": {"matchLabels": {"app": "web"}}}));
        assert_eq!(Case::of(&CHECK).with(own).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_peer_may_be_among_what_is_not_known_and_a_policy_that_no_file_gives_is_not_judged() {
        let gone = json!({"podSelector": {"matchLabels": {"app": "gone"}}});
        let of = |coverage| Case::of(&CHECK).with(with_peer(&gone)).coverage(coverage).outcome();
        assert_eq!([of(Coverage::Partial), of(Coverage::Forbidden)], [Outcome::Unknown; 2]);
        let none = |coverage| Case::of(&CHECK).coverage(coverage).outcome();
        assert_eq!(none(Coverage::Complete), Outcome::NotApplicable);
        assert_eq!(none(Coverage::Partial), Outcome::NotApplicable);
        assert_eq!(none(Coverage::Forbidden), Outcome::Unknown);
    }

    #[test]
    fn peers_of_a_direction_that_is_not_isolated_and_those_of_orphans() {
        let gone = json!({"podSelector": {"matchLabels": {"app": "gone"}}});
        let mut out = with_peer(&json!({"podSelector": {}}));
        out["spec"]["egress"] = json!([{"to": [gone]}]);
        let both = Case::of(&CHECK).with(out.clone());
        assert_eq!(both.fields(), ["spec.egress[0].to[0].podSelector"]);
        out["spec"]["policyTypes"] = json!(["Ingress"]);
        assert_eq!(Case::of(&CHECK).with(out.clone()).outcome(), Outcome::Pass);
        out["spec"]["policyTypes"] = json!(["Egress"]);
        out["spec"]["podSelector"] = json!({"matchLabels": {"app": "gone"}});
        let alone = ObjectCase::of(&CHECK, out).with(baseline());
        assert_eq!(alone.fields(), ["spec.podSelector", "spec.egress[0].to[0].podSelector"]);
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

use std::collections::BTreeSet;

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::{PARKED, object, pod};
use crate::checks::replicas::{Replicas, of_any_kind};
use crate::checks::scalers;
use crate::checks::spread::keeps_own_apart;
use crate::inventory::lenient::Round;
use crate::inventory::lookup::Cause;
use crate::inventory::node::Node;
use crate::inventory::scheduling::PodAffinityTerm;

check! {
    /// ## What it checks
    /// Where required pod anti-affinity keeps the pods of a workload away from each other, there are enough different
    /// values of its `topologyKey` among the nodes for all replicas, and for those that a rolling update makes beside them
    /// (`maxSurge`, rounded as the server does).
    ///
    /// Nodes count that the scheduler may choose: not cordoned and without taints that the pods do not tolerate, with the
    /// labels of their `nodeSelector` and what their required node affinity asks for. What an autoscaler may go down to
    /// counts instead of the workload's own `replicas`; how far it may go up is not looked at. A node without the label
    /// takes any number of the pods, as for the scheduler.
    ///
    /// How much room there is, where volumes lie and nodes that an autoscaler of nodes would add are not looked at. Without
    /// any Node it is not known: files hold none, as a rule. What the scheduler says of pods that wait is not looked at yet: as
    /// long as that is so, the check is in no profile.
    ///
    /// ## Why it matters
    /// A pod that may share a node with none of the others waits until there is another node. With as many nodes as
    /// replicas, the first new pod of a rollout has nowhere to go, and the rollout ends there.
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
    ///       affinity:
    ///         podAntiAffinity:
    ///           requiredDuringSchedulingIgnoredDuringExecution:
    ///             - topologyKey: kubernetes.io/hostname
    ///               labelSelector: {matchLabels: {app: web}}
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Node
    /// metadata: {name: n1, labels: {kubernetes.io/hostname: n1}}
    /// ---
    /// apiVersion: v1
    /// kind: Node
    /// metadata: {name: n2, labels: {kubernetes.io/hostname: n2}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 2
    ///   strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       affinity:
    ///         podAntiAffinity:
    ///           requiredDuringSchedulingIgnoredDuringExecution:
    ///             - topologyKey: kubernetes.io/hostname
    ///               labelSelector: {matchLabels: {app: web}}
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Node
    /// metadata: {name: n1, labels: {kubernetes.io/hostname: n1}}
    /// ---
    /// apiVersion: v1
    /// kind: Node
    /// metadata: {name: n2, labels: {kubernetes.io/hostname: n2}}
    /// ```
    ///
    /// ## How to fix
    /// Set `maxSurge: 0` and `maxUnavailable: 1`, so that a rollout needs no further node; take fewer replicas, or nodes
    /// more; or make the anti-affinity a preferred one, or a topology spread constraint.
    ///
    /// ## References
    /// - Kubernetes documentation: Assigning Pods to Nodes, Inter-pod affinity and anti-affinity
    /// - Kubernetes documentation: Deployments, Max Surge
    name: "anti-affinity-satisfiable",
    family: Availability,
    severity: Medium,
    title: "There are nodes enough for pods that must not share one",
    profiles: [],
    reads: [HorizontalPodAutoscaler, ScaledObject, Node, Namespace],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

/// A required term that keeps the workload's own pods apart, or may.
struct Apart<'a> {
    /// Its place.
    index: usize,
    term: &'a PodAffinityTerm,
    /// Why it is not known whether it does.
    doubt: Option<Cause>,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let terms = terms(subject);
    if terms.is_empty() {
        return Judgement::not_applicable("no required anti-affinity keeps the workload's own pods apart");
    }
    if subject.pod().node_name.is_some() {
        return Judgement::not_applicable("the pods name their node, and no scheduler is asked");
    }
    if scalers::is_parked(subject) {
        return Judgement::not_applicable(PARKED);
    }
    let replicas = match of_any_kind(subject) {
        Replicas::None => return Judgement::not_applicable("the kind has no replicas to keep apart"),
        Replicas::Known(replicas) => replicas,
        Replicas::Unknown(cause) => {
            return Statement::unknown(cause, object("spec.replicas"), scalers::NOT_KNOWN).into();
        }
    };
    if terms.iter().all(|apart| replicas + surge(subject, apart.term, replicas) <= 1) {
        return Judgement::not_applicable("one pod at a time has nothing to be kept apart from");
    }
    terms.iter().filter_map(|apart| of_term(subject, apart, replicas)).collect()
}

fn terms<'a>(subject: &WorkloadSubject<'a>) -> Vec<Apart<'a>> {
    let Some(affinity) = &subject.pod().affinity else { return Vec::new() };
    let required = affinity.pod_anti_affinity.required.iter().enumerate();
    let apart = required.filter_map(|(index, term)| match keeps_own_apart(subject, term) {
        Ok(true) => Some(Apart { index, term, doubt: None }),
        Ok(false) => None,
        Err(cause) => Some(Apart { index, term, doubt: Some(cause) }),
    });
    apart.collect()
}

/// How many pods a rolling update makes beside the replicas that the term keeps away from those.
fn surge(subject: &WorkloadSubject<'_>, term: &PodAffinityTerm, replicas: i64) -> i64 {
    let is_of_one_revision = term.match_label_keys.iter().any(|key| key == "pod-template-hash");
    let rollout = subject.workload.rollout.as_ref().filter(|_| !is_of_one_revision);
    let surge = rollout.and_then(|rollout| rollout.max_surge.as_ref()?.of_total(replicas, Round::Up));
    surge.unwrap_or_default().max(0)
}

fn of_term(subject: &WorkloadSubject<'_>, apart: &Apart<'_>, replicas: i64) -> Option<Statement> {
    let surge = surge(subject, apart.term, replicas);
    let nodes = subject.namespace.nodes();
    let eligible = nodes.found.iter().copied().filter(|node| node.takes(subject.pod()));
    if are_enough(eligible, &apart.term.topology_key, replicas + surge) {
        return None;
    }
    let field = pod(format!(
        "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[{}].topologyKey",
        apart.index
    ));
    let key = quoted(&apart.term.topology_key, 63);
    let none = nodes.found.is_empty().then_some(Cause::NotGiven);
    // A RuntimeClass may bring tolerations of its own.
    let added = subject.pod().runtime_class_name.is_some().then_some(Cause::Undecidable);
    if let Some(cause) = nodes.incomplete.or(none).or(apart.doubt).or(added) {
        let message = format!("whether the nodes have enough different {key} for the pods is not known");
        return Some(Statement::unknown(cause, field, message));
    }
    let more = if surge > 0 { format!(" and {surge} more in a rollout") } else { String::new() };
    let message = format!(
        "{replicas} replicas{more} must each have another {key}, and the nodes that may run them have fewer"
    );
    Some(Statement::fail(field, message))
}

/// Whether these nodes have so many different values of a label. On one without the label nothing is kept apart.
fn are_enough<'a>(nodes: impl Iterator<Item = &'a Node>, key: &str, wanted: i64) -> bool {
    let mut domains = BTreeSet::new();
    for node in nodes {
        let Some(domain) = node.metadata.labels.get(key) else { return true };
        domains.insert(domain);
    }
    i64::try_from(domains.len()).is_ok_and(|domains| domains >= wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::scaler;
    use crate::inventory::Kind;
    use crate::inventory::lookup::Coverage;

    const HOST: &str = "kubernetes.io/hostname";

    fn apart(term: Value) -> Case {
        let mut full = json!({"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "web"}}});
        crate::checks::testing::merge(&mut full, term);
        let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": [full]});
        Case::of(&CHECK).pod(json!({"affinity": {"podAntiAffinity": required}}))
    }

    fn node(name: &str, patch: Value) -> Value {
        let mut node = json!({"kind": "Node", "metadata": {"name": name, "labels": {HOST: name}}});
        crate::checks::testing::merge(&mut node, patch);
        node
    }

    fn with_nodes(case: Case, number: usize) -> Case {
        (0..number).fold(case, |case, index| case.with(node(&format!("n{index}"), json!({}))))
    }

    fn rolling(replicas: i64, surge: Value) -> Case {
        let strategy = json!({"rollingUpdate": {"maxSurge": surge, "maxUnavailable": 1}});
        apart(json!({})).workload(json!({"spec": {"replicas": replicas, "strategy": strategy}}))
    }

    #[test]
    fn there_is_a_node_for_each_replica_and_for_those_of_a_rollout() {
        let few = with_nodes(rolling(3, json!(1)), 3);
        assert_eq!(
            few.message(),
            "3 replicas and 1 more in a rollout must each have another kubernetes.io/hostname, and the nodes \
             that may run them have fewer"
        );
        let term = "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]";
        assert_eq!(few.fields(), [format!("spec.template.spec.{term}.topologyKey")]);
        assert_eq!(with_nodes(rolling(3, json!(1)), 4).outcome(), Outcome::Pass);
        assert_eq!(with_nodes(rolling(3, json!(0)), 3).outcome(), Outcome::Pass);
        let none_more = with_nodes(rolling(3, json!(0)), 2).message();
        assert!(none_more.starts_with("3 replicas must each have another"), "{none_more}");
    }

    #[test]
    fn a_share_of_more_pods_is_rounded_up_and_the_default_is_a_quarter() {
        assert_eq!(with_nodes(rolling(5, json!("20%")), 6).outcome(), Outcome::Pass);
        assert_eq!(with_nodes(rolling(5, json!("21%")), 6).outcome(), Outcome::Fail);
        assert_eq!(with_nodes(rolling(5, json!("21%")), 7).outcome(), Outcome::Pass);
        assert_eq!(with_nodes(apart(json!({})), 2).outcome(), Outcome::Fail, "of two that is one");
        let recreated = apart(json!({})).workload(json!({"spec": {"strategy": {"type": "Recreate"}}}));
        assert_eq!(with_nodes(recreated, 2).outcome(), Outcome::Pass);
        let spec = json!({"replicas": 2, "strategy": null});
        let stateful = apart(json!({})).workload(json!({"kind": "StatefulSet", "spec": spec}));
        assert_eq!(with_nodes(stateful, 2).outcome(), Outcome::Pass, "a StatefulSet makes none");
    }

    #[test]
    fn nodes_that_the_pods_may_not_run_on_do_not_count() {
        let three = || with_nodes(apart(json!({})), 2);
        let of = |patch: Value| three().with(node("last", patch)).outcome();
        assert_eq!(of(json!({})), Outcome::Pass);
        assert_eq!(of(json!({"spec": {"unschedulable": true}})), Outcome::Fail);
        let tainted = || json!({"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}});
        assert_eq!(of(tainted()), Outcome::Fail);
        let tolerant = three().pod(json!({"tolerations": [{"key": "gpu", "operator": "Exists"}]}));
        assert_eq!(tolerant.with(node("last", tainted())).outcome(), Outcome::Pass);
        let pooled = three().pod(json!({"nodeSelector": {"pool": "web"}}));
        assert_eq!(pooled.with(node("last", json!({}))).outcome(), Outcome::Fail);
    }

    #[test]
    fn domains_are_values_of_the_key_and_nodes_without_it_have_no_limit() {
        let zones = |zones: &[&str]| {
            let nodes = zones.iter().enumerate();
            nodes.fold(apart(json!({"topologyKey": "zone"})), |case, (index, zone)| {
                case.with(node(&format!("n{index}"), json!({"metadata": {"labels": {"zone": zone}}})))
            })
        };
        assert_eq!(zones(&["a", "b", "b", "b"]).outcome(), Outcome::Fail);
        assert_eq!(zones(&["a", "b", "c"]).outcome(), Outcome::Pass);
        assert_eq!(zones(&["a"]).with(node("other", json!({}))).outcome(), Outcome::Pass);
    }

    #[test]
    fn terms_about_other_pods_are_no_concern_of_it() {
        for term in [
            json!({"labelSelector": {"matchLabels": {"app": "api"}}}),
            json!({"namespaces": ["other"]}),
            json!({"mismatchLabelKeys": ["app"]}),
        ] {
            assert_eq!(with_nodes(apart(term.clone()), 1).outcome(), Outcome::NotApplicable, "{term}");
        }
        assert_eq!(with_nodes(Case::of(&CHECK), 1).outcome(), Outcome::NotApplicable);
        let of_pods = apart(json!({"matchLabelKeys": ["apps.kubernetes.io/pod-index"]}));
        assert_eq!(with_nodes(of_pods.clone(), 2).outcome(), Outcome::Fail, "pods of a Deployment have none");
        let stateful = of_pods.workload(json!({"kind": "StatefulSet", "spec": {"strategy": null}}));
        assert_eq!(with_nodes(stateful, 1).outcome(), Outcome::NotApplicable);
        let of_revision = apart(json!({"matchLabelKeys": ["pod-template-hash"]}));
        assert_eq!(with_nodes(of_revision.clone(), 2).outcome(), Outcome::Pass, "old and new ones may meet");
        assert_eq!(with_nodes(of_revision, 1).outcome(), Outcome::Fail);
    }

    #[test]
    fn what_an_autoscaler_may_go_down_to_counts() {
        let scaled = |least: i64| apart(json!({})).with(scaler("web", json!({"minReplicas": least})));
        assert_eq!(with_nodes(scaled(4), 4).outcome(), Outcome::Fail);
        assert_eq!(with_nodes(scaled(4), 5).outcome(), Outcome::Pass);
    }

    #[test]
    fn one_pod_at_a_time_and_pods_past_the_scheduler_are_left_out() {
        let single = |surge: i64| with_nodes(rolling(1, json!(surge)), 1).outcome();
        assert_eq!((single(0), single(1)), (Outcome::NotApplicable, Outcome::Fail));
        let pinned = apart(json!({})).pod(json!({"nodeName": "n0"}));
        assert_eq!(with_nodes(pinned, 1).outcome(), Outcome::NotApplicable);
        let parked = apart(json!({})).workload(json!({"spec": {"replicas": 0}}));
        assert_eq!(with_nodes(parked, 1).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn what_is_not_known_of_nodes_leaves_it_open_unless_those_known_are_enough() {
        let of = |number: usize, coverage: Coverage| {
            with_nodes(apart(json!({})), number).coverage_of(Kind::Node, coverage).outcome()
        };
        assert_eq!(of(2, Coverage::Partial), Outcome::Unknown);
        assert_eq!(of(3, Coverage::Partial), Outcome::Pass);
        assert_eq!(of(0, Coverage::Complete), Outcome::Unknown, "files hold no Nodes");
        assert_eq!(of(2, Coverage::Forbidden), Outcome::Unknown);
        let sandboxed = apart(json!({})).pod(json!({"runtimeClassName": "gvisor"}));
        assert_eq!(with_nodes(sandboxed, 2).outcome(), Outcome::Unknown, "it may bring tolerations");
    }

    #[test]
    fn disagreement_44_autoscalers_that_were_not_given_leave_it_open() {
        let case = with_nodes(apart(json!({})), 9).coverage_of(Kind::ScaledObject, Coverage::Partial);
        assert_eq!(case.outcome(), Outcome::Unknown);
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::inventory::Kind;
use crate::inventory::lookup::Cause;
use crate::inventory::pod::PodSpec;
use crate::inventory::scheduling::{NodeSelector, NodeSelectorTerm};

const HOSTNAME: &str = "kubernetes.io/hostname";

/// Labels of the nodes that run the control plane.
const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// Parameters of `scheduling-constraints`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether pods must say which nodes they need, by `nodeSelector` or required node affinity.
    require_node_affinity: bool,
    /// Whether there must be a node that the pods ask for.
    look_at_nodes: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { require_node_affinity: false, look_at_nodes: true }
    }
}

check! {
    /// ## What it checks
    /// The pods are not pinned to one node (`nodeName`, or a node selector or required node affinity over
    /// the node's name), are not let or sent onto the nodes of the control plane, and their required node
    /// affinity can be met: it has terms, and they hold requirements. With `requireNodeAffinity`, they say
    /// which nodes they need.
    ///
    /// Some Node has the labels of their `nodeSelector`, and what their required node affinity asks for. Taints, cordons
    /// and room are not looked at, nor nodes that an autoscaler of nodes would add. A DaemonSet may be for nodes that
    /// are not there yet, and what is scaled to zero has no pods to place. Without any Node it is not known: files hold
    /// none, as a rule. With `lookAtNodes: false` no Node is looked at; then the check needs nothing but the object, and
    /// can refuse it at admission.
    ///
    /// ## Why it matters
    /// A pod that is pinned to a node is gone with it; `nodeName` also goes past the scheduler, its taints
    /// and its room. A pod beside the control plane takes the room of what the whole cluster depends on.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   nodeSelector:
    ///     kubernetes.io/hostname: node-7
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       nodeSelector: {kubernetes.io/arch: amd64}
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Node
    /// metadata: {name: n1, labels: {kubernetes.io/arch: amd64}}
    /// ```
    ///
    /// ## How to fix
    /// Ask for a property of nodes (`nodeSelector` over architecture, pool or disk), not for a node. Remove
    /// the toleration of the control plane's taint. Where no node is what they ask for, correct the label, or add such a node.
    ///
    /// ## Parameters
    /// - `requireNodeAffinity`: whether pods must say which nodes they need (default false).
    /// - `lookAtNodes`: whether there must be a Node that the pods ask for (default true).
    ///
    /// ## References
    /// - Kubernetes documentation: Assigning Pods to Nodes, Taints and Tolerations
    name: "scheduling-constraints",
    family: Availability,
    severity: Low,
    title: "Pods are pinned neither to a node nor to the control plane",
    profiles: [],
    reads: [Node],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let spec = subject.pod();
    let required = spec.required_nodes();
    let mut problems = direct(spec);
    problems.extend(required.into_iter().flat_map(affinity));
    if parameters.require_node_affinity && spec.node_selector.is_empty() && required.is_none() {
        let message = "the pods do not say which nodes they need";
        problems.push(("affinity.nodeAffinity".to_owned(), message.to_owned()));
    }
    if problems.is_empty() && parameters.look_at_nodes {
        return without_nodes(subject).into_iter().collect();
    }
    problems.into_iter().map(|(field, message)| Statement::fail(pod(field), message)).collect()
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    if parameters.look_at_nodes { CHECK.reads } else { &[] }
}

/// What there is to say of pods that ask for nodes of which there is none.
fn without_nodes(subject: &WorkloadSubject<'_>) -> Option<Statement> {
    let (spec, workload) = (subject.pod(), subject.workload);
    if !spec.asks_for_nodes() || workload.kind == Kind::DaemonSet || workload.is_parked() {
        return None;
    }
    let nodes = subject.namespace.nodes();
    if nodes.found.iter().any(|node| node.is_wanted_by(spec)) {
        return None;
    }
    let path = if spec.node_selector.is_empty() { "affinity.nodeAffinity" } else { "nodeSelector" };
    let none = nodes.found.is_empty().then_some(Cause::NotGiven);
    Some(match nodes.incomplete.or(none) {
        Some(cause) => {
            let message = "whether there is a node that the pods ask for is not known";
            Statement::unknown(cause, pod(path), message)
        }
        None => Statement::fail(pod(path), "no node is what the pods ask for"),
    })
}

fn direct(spec: &PodSpec) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    if spec.node_name.as_deref().is_some_and(|name| !name.is_empty()) {
        problems.push((
            "nodeName".to_owned(),
            "nodeName pins the pods to one node, past the scheduler".to_owned(),
        ));
    }
    for key in spec.node_selector.keys() {
        if let Some(message) = objection(key) {
            problems.push((format!("nodeSelector[{key}]"), message.to_owned()));
        }
    }
    if let Some(index) = spec.tolerations.control_plane {
        let message = "the toleration lets the pods onto the nodes of the control plane";
        problems.push((format!("tolerations[{index}]"), message.to_owned()));
    }
    problems
}

fn objection(key: &str) -> Option<&'static str> {
    if key == HOSTNAME {
        return Some("the selector pins the pods to one node by its name");
    }
    CONTROL_PLANE.contains(&key).then_some("the selector sends the pods to the nodes of the control plane")
}

fn affinity(selector: &NodeSelector) -> Vec<(String, String)> {
    let path = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    let terms = &selector.node_selector_terms;
    let met = terms.iter().any(|term| !term.match_expressions.is_empty() || !term.match_fields.is_empty());
    if !met {
        return vec![(path.to_owned(), "no term holds a requirement, so no node matches".to_owned())];
    }
    let problems = terms.iter().enumerate().filter_map(|(index, term)| {
        term_objection(term).map(|message| (format!("{path}[{index}]"), message.to_owned()))
    });
    problems.collect()
}

/// What there is to say of a term. To keep off a node, or off the control plane, pins nothing.
fn term_objection(term: &NodeSelectorTerm) -> Option<&'static str> {
    let draws = |operator: &str| matches!(operator, "In" | "Exists" | "Gt" | "Lt");
    let fields = term.match_fields.iter().filter(|one| one.operator == "In" && one.key == "metadata.name");
    let named = fields.map(|_| objection(HOSTNAME)).next().flatten();
    // Existing is what every node's name does.
    let mut expressions = term
        .match_expressions
        .iter()
        .filter(|one| draws(&one.operator) && (one.key != HOSTNAME || one.operator == "In"));
    named.or_else(|| expressions.find_map(|one| objection(&one.key)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn node(labels: Value) -> Value {
        json!({"kind": "Node", "metadata": {"name": "n1", "labels": labels}})
    }

    fn of(pod: Value) -> Case {
        Case::of(&CHECK).pod(pod).parameters(json!({"lookAtNodes": false}))
    }

    fn required(terms: Value) -> Case {
        let selector = json!({"nodeSelectorTerms": terms});
        of(
            json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}}),
        )
    }

    #[test]
    fn pins_are_found_wherever_they_are() {
        let at = |field: &str| vec![format!("spec.template.spec.{field}")];
        assert_eq!(of(json!({"nodeName": "n1"})).fields(), at("nodeName"));
        assert_eq!(
            of(json!({"nodeSelector": {HOSTNAME: "n1"}})).fields(),
            at(&format!("nodeSelector[{HOSTNAME}]"))
        );
        let tolerations = json!([{"key": "a", "operator": "Exists"}, {"operator": "Exists"}]);
        assert_eq!(of(json!({"tolerations": tolerations})).fields(), at("tolerations[1]"));
    }

    #[test]
    fn a_term_that_keeps_off_is_no_pin() {
        let term = |key: &str, operator: &str| json!([{"matchExpressions": [{"key": key, "operator": operator, "values": ["x"]}]}]);
        assert_eq!(required(term(HOSTNAME, "In")).outcome(), Outcome::Fail);
        assert_eq!(required(term(HOSTNAME, "NotIn")).outcome(), Outcome::Pass);
        assert_eq!(required(term(CONTROL_PLANE[0], "Exists")).outcome(), Outcome::Fail);
        assert_eq!(required(term(HOSTNAME, "Exists")).outcome(), Outcome::Pass, "every node has a name");
        assert_eq!(required(term(CONTROL_PLANE[0], "DoesNotExist")).outcome(), Outcome::Pass);
        let by_field = |key: &str, operator: &str| {
            required(json!([{"matchFields": [{"key": key, "operator": operator, "values": ["n1"]}]}]))
        };
        assert_eq!(by_field("metadata.name", "In").message(), objection(HOSTNAME).unwrap());
        assert_eq!(by_field("metadata.name", "NotIn").outcome(), Outcome::Pass);
        assert_eq!(by_field("metadata.namespace", "In").outcome(), Outcome::Pass);
    }

    #[test]
    fn what_no_node_can_meet_is_said() {
        assert!(required(json!([])).message().contains("no node matches"));
        assert!(required(json!([{}])).message().contains("no node matches"));
    }

    #[test]
    fn the_node_of_a_live_pod_is_the_schedulers_choice() {
        let case = of(json!({})).workload(json!({"kind": "Pod", "spec": {"nodeName": "n1"}}));
        assert_eq!(case.outcome(), Outcome::Pass);
    }

    #[test]
    fn node_affinity_can_be_asked_for() {
        let asked =
            |pod: Value| of(pod).parameters(json!({"requireNodeAffinity": true, "lookAtNodes": false}));
        assert_eq!(asked(json!({})).fields(), ["spec.template.spec.affinity.nodeAffinity"]);
        assert_eq!(asked(json!({"nodeSelector": {"pool": "web"}})).outcome(), Outcome::Pass);
    }

    #[test]
    fn there_is_a_node_that_the_pods_ask_for() {
        let ssd = || Case::of(&CHECK).pod(json!({"nodeSelector": {"disk": "ssd"}}));
        let slow = ssd().with(node(json!({"disk": "hdd"})));
        assert_eq!(slow.message(), "no node is what the pods ask for");
        assert_eq!(slow.fields(), ["spec.template.spec.nodeSelector"]);
        assert_eq!(ssd().with(node(json!({"disk": "ssd"}))).outcome(), Outcome::Pass);
        let cordoned = json!({"spec": {"unschedulable": true}});
        let mut kept = node(json!({"disk": "ssd"}));
        crate::checks::testing::merge(&mut kept, cordoned);
        assert_eq!(ssd().with(kept).outcome(), Outcome::Pass, "a cordon comes and goes");
        let expressions =
            json!([{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]);
        let affinity = required(expressions).parameters(json!({})).with(node(json!({"disk": "hdd"})));
        assert_eq!(affinity.fields(), ["spec.template.spec.affinity.nodeAffinity"]);
        let daemons = slow.clone().workload(json!({"kind": "DaemonSet"}));
        assert_eq!(daemons.outcome(), Outcome::Pass);
        let parked = slow.workload(json!({"spec": {"replicas": 0}}));
        assert_eq!(parked.outcome(), Outcome::Pass);
    }

    #[test]
    fn nodes_that_were_not_given_leave_it_open_unless_none_is_looked_at() {
        let ssd = || Case::of(&CHECK).pod(json!({"nodeSelector": {"disk": "ssd"}}));
        assert_eq!(ssd().outcome(), Outcome::Unknown, "files hold no Nodes");
        let partial = ssd().with(node(json!({"disk": "hdd"}))).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown);
        let alone = json!({"lookAtNodes": false});
        assert_eq!(ssd().parameters(alone.clone()).outcome(), Outcome::Pass);
        let reads = |given: Value| (CHECK.compile)(given.as_object().unwrap()).unwrap().reads;
        assert_eq!((reads(alone), reads(json!({}))), (&[][..], CHECK.reads));
    }
}

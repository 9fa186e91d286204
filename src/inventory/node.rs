//! Nodes, as far as the scheduler reads them: labels, taints, and whether they take new pods at all; and the versions of
//! what runs on them.
//!
//! What a node reports of itself every few seconds (conditions, images, addresses) is not kept, so that a heartbeat is no
//! change. It must not judge, nor count room. Next: [`super::scheduling`] for what pods ask of nodes.

use std::sync::LazyLock;

use serde::Deserialize;

use super::labels::Labels;
use super::lenient::{boxed_list, null_is_default};
use super::metadata::Metadata;
use super::pod::PodSpec;
use super::scheduling::NodeSelectorTerm;
use super::selector::LabelSelectorRequirement;
use super::shared::Shared;

/// What a cordon is to the scheduler.
static CORDON: LazyLock<Taint> = LazyLock::new(|| Taint {
    key: "node.kubernetes.io/unschedulable".into(),
    value: Box::default(),
    effect: "NoSchedule".into(),
});

/// A Node, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: NodeSpec,
    /// Status.
    #[serde(deserialize_with = "null_is_default")]
    pub status: NodeStatus,
}

/// `status` of a Node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    /// What runs on it, alike on all nodes of a pool.
    #[serde(deserialize_with = "null_is_default")]
    pub node_info: Shared<NodeInfo>,
}

/// Versions of what runs on a node, as it tells them; empty for what it does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeInfo {
    /// Of the kubelet, as in `v1.22.1-gke.100`.
    #[serde(deserialize_with = "null_is_default")]
    pub kubelet_version: Box<str>,
    /// Of the kernel, as in `5.4.0-90-generic`.
    #[serde(deserialize_with = "null_is_default")]
    pub kernel_version: Box<str>,
    /// What runs containers and its version, as in `containerd://1.6.1`.
    #[serde(deserialize_with = "null_is_default")]
    pub container_runtime_version: Box<str>,
    /// `linux` or `windows`.
    #[serde(deserialize_with = "null_is_default")]
    pub operating_system: Box<str>,
}

/// `spec` of a Node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NodeSpec {
    /// Whether it is cordoned.
    #[serde(deserialize_with = "null_is_default")]
    pub unschedulable: bool,
    /// What keeps pods off that do not tolerate it.
    #[serde(deserialize_with = "boxed_list")]
    pub taints: Box<[Taint]>,
}

/// A taint. When it was added is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Taint {
    /// Key.
    #[serde(deserialize_with = "null_is_default")]
    pub key: Box<str>,
    /// Value; empty for none.
    #[serde(deserialize_with = "null_is_default")]
    pub value: Box<str>,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    #[serde(deserialize_with = "null_is_default")]
    pub effect: Box<str>,
}

impl Node {
    /// The node as it is kept. Agents write what they know into annotations of live ones all the time.
    pub(super) fn stored(mut self) -> Self {
        if self.metadata.served.is_some() && !self.metadata.annotations.is_empty() {
            self.metadata.annotations = Labels::default();
        }
        self
    }

    /// Whether the scheduler may place such a pod here, by what both say of each other: not by how much room there is.
    pub fn takes(&self, pod: &PodSpec) -> bool {
        self.is_wanted_by(pod) && self.taints_that_keep_off().all(|taint| pod.tolerations.tolerate(taint))
    }

    /// The same, but for cordons and what tells of the node's state: those come and go.
    pub fn may_take(&self, pod: &PodSpec) -> bool {
        let is_lasting = |taint: &&Taint| !taint.key.starts_with("node.kubernetes.io/");
        let mut lasting = self.taints_that_keep_off().filter(is_lasting);
        self.is_wanted_by(pod) && lasting.all(|taint| pod.tolerations.tolerate(taint))
    }

    /// Whether it is one of those that such a pod asks for, by its `nodeSelector` and required node affinity.
    pub fn is_wanted_by(&self, pod: &PodSpec) -> bool {
        let labels = &self.metadata.labels;
        let selected = pod.node_selector.iter().all(|(key, value)| labels.get(key) == Some(value));
        selected
            && pod
                .required_nodes()
                .is_none_or(|required| required.node_selector_terms.iter().any(|term| self.is_of(term)))
    }

    /// Whether the node is what a term asks for. A term without requirements asks for nothing.
    fn is_of(&self, term: &NodeSelectorTerm) -> bool {
        let name = |key: &str| (key == "metadata.name").then(|| self.metadata.name.as_str());
        let is_empty = term.match_expressions.is_empty() && term.match_fields.is_empty();
        !is_empty
            && term.match_expressions.iter().all(|one| holds(one, self.metadata.labels.get(&one.key)))
            && term.match_fields.iter().all(|one| holds(one, name(&one.key)))
    }

    /// What keeps pods off that do not tolerate it; a cordon does as a taint would.
    fn taints_that_keep_off(&self) -> impl Iterator<Item = &Taint> {
        let cordon = self.spec.unschedulable.then(|| &*CORDON);
        let all = self.spec.taints.iter().chain(cordon);
        all.filter(|taint| matches!(&*taint.effect, "NoSchedule" | "NoExecute"))
    }
}

/// Whether a requirement holds of a label or field with this value, or without one. Operators are those of nodes; one
/// that the API server would refuse holds of none.
fn holds(requirement: &LabelSelectorRequirement, value: Option<&str>) -> bool {
    let LabelSelectorRequirement { operator, values, .. } = requirement;
    let is_listed = |value: &str| values.iter().any(|own| own == value);
    let numbers = || {
        let asked = values.first().filter(|_| values.len() == 1)?;
        Some((value?.parse::<i64>().ok()?, asked.parse::<i64>().ok()?))
    };
    match operator.as_str() {
        "In" => value.is_some_and(is_listed),
        "NotIn" => !value.is_some_and(is_listed),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => numbers().is_some_and(|(own, asked)| own > asked),
        "Lt" => numbers().is_some_and(|(own, asked)| own < asked),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::{Kind, Object};

    fn node(object: Value) -> Node {
        let Ok(Object::Node(node)) = decode(Kind::Node, &object.to_string()) else { panic!("{object}") };
        *node
    }

    fn takes(node: Value, pod: Value) -> bool {
        let pod: PodSpec = serde_json::from_value(pod).unwrap();
        self::node(node).takes(&pod)
    }

    fn tainted(effect: &str) -> Value {
        json!({"metadata": {"name": "n1"}, "spec": {"taints": [{"key": "gpu", "value": "a", "effect": effect}]}})
    }

    #[test]
    fn what_a_node_reports_of_itself_is_no_change() {
        let with = |version: &str, beat: &str| {
            node(json!({"metadata": {"name": "n1", "uid": "u", "resourceVersion": version,
                    "annotations": {"agent.example/seen": beat}, "labels": {"zone": "a"}},
                "spec": {"podCIDR": "10.0.0.0/24", "taints": [{"key": "a", "effect": "NoSchedule", "timeAdded": beat}]},
                "status": {"conditions": [{"type": "Ready", "lastHeartbeatTime": beat}], "images": [{"sizeBytes": 1}],
                    "nodeInfo": {"kernelVersion": "6.1.0", "bootID": beat}}}))
        };
        let (before, after) = (with("1", "2026-01-01T00:00:00Z"), with("2", "2026-01-01T00:05:00Z"));
        assert_eq!(before, after);
        let mut newer = after;
        newer.status.node_info.kernel_version = "6.1.1".into();
        assert_ne!(before, newer, "what runs on it is");
        let file = node(json!({"metadata": {"name": "n1", "annotations": {"a": "b"}}}));
        assert_eq!(file.metadata.annotations.get("a"), Some("b"), "of a file");
    }

    #[test]
    fn a_taint_keeps_pods_off_that_do_not_tolerate_it() {
        let of =
            |effect: &str, toleration: Value| takes(tainted(effect), json!({"tolerations": [toleration]}));
        let none = json!({"key": "other", "operator": "Exists"});
        assert!(!of("NoSchedule", none.clone()) && !of("NoExecute", none.clone()));
        assert!(of("PreferNoSchedule", none), "it is a wish");
        for (toleration, is_taken) in [
            (json!({"operator": "Exists"}), true),
            (json!({"key": "gpu", "operator": "Exists"}), true),
            (json!({"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}), true),
            (json!({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}), false),
            (json!({"key": "gpu", "value": "a"}), true),
            (json!({"key": "gpu", "operator": "Equal", "value": "b"}), false),
            (json!({"key": "gpu", "operator": "Like", "value": "a"}), false),
            (json!({}), false),
        ] {
            assert_eq!(of("NoSchedule", toleration.clone()), is_taken, "{toleration}");
        }
    }

    #[test]
    fn numbers_of_taints_are_compared() {
        let of = |operator: &str, value: &str| {
            let taints = json!([{"key": "sla", "value": "950", "effect": "NoSchedule"}]);
            let toleration = json!({"key": "sla", "operator": operator, "value": value});
            takes(
                json!({"metadata": {"name": "n1"}, "spec": {"taints": taints}}),
                json!({"tolerations": [toleration]}),
            )
        };
        assert!(of("Gt", "900") && !of("Gt", "950") && of("Lt", "1000") && !of("Lt", "x"));
    }

    #[test]
    fn what_every_pod_tolerates_keeps_none_off() {
        let lost = |effect: &str| json!([{"key": "node.kubernetes.io/unreachable", "effect": effect}]);
        let of = |effect: &str| {
            takes(json!({"metadata": {"name": "n1"}, "spec": {"taints": lost(effect)}}), json!({}))
        };
        assert!(of("NoExecute") && !of("NoSchedule"));
    }

    #[test]
    fn a_cordon_keeps_pods_off_that_do_not_tolerate_it() {
        let node = || json!({"metadata": {"name": "n1"}, "spec": {"unschedulable": true}});
        assert!(!takes(node(), json!({})));
        let key = "node.kubernetes.io/unschedulable";
        assert!(takes(node(), json!({"tolerations": [{"key": key, "operator": "Exists"}]})));
    }

    #[test]
    fn a_cordon_and_the_state_of_a_node_come_and_go() {
        let may_take = |spec: Value| {
            node(json!({"metadata": {"name": "n1"}, "spec": spec})).may_take(&PodSpec::default())
        };
        let taints = |key: &str| json!({"taints": [{"key": key, "effect": "NoSchedule"}]});
        assert!(may_take(json!({"unschedulable": true})) && may_take(taints("node.kubernetes.io/not-ready")));
        assert!(!may_take(taints("gpu")));
    }

    #[test]
    fn labels_and_names_are_what_pods_ask_for() {
        let node = || json!({"metadata": {"name": "n1", "labels": {"zone": "a", "cores": "8"}}});
        assert!(takes(node(), json!({"nodeSelector": {"zone": "a"}})));
        assert!(!takes(node(), json!({"nodeSelector": {"zone": "b"}})));
        let asks = |terms: Value| {
            let required = json!({"nodeSelectorTerms": terms});
            takes(
                node(),
                json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}),
            )
        };
        let of = |key: &str, operator: &str, values: Value| {
            asks(json!([{"matchExpressions": [{"key": key, "operator": operator, "values": values}]}]))
        };
        assert!(of("zone", "In", json!(["b", "a"])) && !of("zone", "In", json!(["b"])));
        assert!(of("zone", "NotIn", json!(["b"])) && of("disk", "NotIn", json!(["b"])));
        assert!(of("zone", "Exists", json!([])) && of("disk", "DoesNotExist", json!([])));
        assert!(
            of("cores", "Gt", json!(["4"]))
                && !of("cores", "Lt", json!(["4"]))
                && !of("zone", "Gt", json!(["4"]))
        );
        assert!(!of("zone", "Is", json!(["a"])));
        let named = |name: &str| json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]}]});
        assert!(asks(json!([named("n2"), named("n1")])), "one term is enough");
        assert!(!asks(json!([named("n2")])) && !asks(json!([{}])) && !asks(json!([])));
    }
}

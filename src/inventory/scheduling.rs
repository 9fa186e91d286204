//! Where the pods of a workload may run, and how they are spread, lean.
//!
//! It must not judge. Next: [`super::pod`] holds these, [`super::node`] is what they are about.

use serde::{Deserialize, Deserializer};

use super::lenient::{list, null_is_default};
use super::node::Taint;
use super::selector::{LabelSelector, LabelSelectorRequirement};
use super::shared::Shared;

/// One entry of a pod's `topologySpreadConstraints`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TopologySpreadConstraint {
    /// By how many pods two domains may differ.
    #[serde(deserialize_with = "null_is_default")]
    pub max_skew: i64,
    /// The fewest domains that are taken to exist.
    pub min_domains: Option<i64>,
    /// Node label whose values are the domains.
    #[serde(deserialize_with = "null_is_default")]
    pub topology_key: Box<str>,
    /// `DoNotSchedule` or `ScheduleAnyway`.
    #[serde(deserialize_with = "null_is_default")]
    pub when_unsatisfiable: Box<str>,
    /// The pods that are counted; absent counts none. Constraints of one pod mostly have the same.
    pub label_selector: Option<Shared<LabelSelector>>,
    /// Labels that counted pods have in common with the one to be placed.
    #[serde(deserialize_with = "list")]
    pub match_label_keys: Vec<String>,
}

/// `affinity` of a pod, without what draws pods together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Affinity {
    /// Which nodes.
    #[serde(deserialize_with = "null_is_default")]
    pub node_affinity: NodeAffinity,
    /// Which pods to stay away from.
    #[serde(deserialize_with = "null_is_default")]
    pub pod_anti_affinity: PodAntiAffinity,
}

/// `nodeAffinity`, as far as it is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct NodeAffinity {
    /// The nodes that the pod may run on.
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: Option<NodeSelector>,
}

/// A selector of nodes: one of its terms must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelector {
    /// The terms.
    #[serde(deserialize_with = "list")]
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

/// A term of a node selector: all its requirements must hold; one without any matches nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelectorTerm {
    /// Requirements on labels. The operators are those of nodes: `Gt` and `Lt` too.
    #[serde(deserialize_with = "list")]
    pub match_expressions: Vec<LabelSelectorRequirement>,
    /// Requirements on fields.
    #[serde(deserialize_with = "list")]
    pub match_fields: Vec<LabelSelectorRequirement>,
}

/// `podAntiAffinity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct PodAntiAffinity {
    /// Terms that must hold.
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution", deserialize_with = "list")]
    pub required: Vec<PodAffinityTerm>,
    /// Terms that should hold.
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution", deserialize_with = "list")]
    pub preferred: Vec<WeightedPodAffinityTerm>,
}

/// A term that should hold. Its weight is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WeightedPodAffinityTerm {
    /// The term.
    #[serde(deserialize_with = "null_is_default")]
    pub pod_affinity_term: PodAffinityTerm,
}

/// Which pods, and over which domains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodAffinityTerm {
    /// The pods; absent means none.
    pub label_selector: Option<LabelSelector>,
    /// Namespaces of the pods by name.
    #[serde(deserialize_with = "list")]
    pub namespaces: Vec<String>,
    /// Namespaces of the pods by label; absent together with `namespaces` means the pod's own.
    pub namespace_selector: Option<LabelSelector>,
    /// Labels of the pod by whose value only pods with the same one count.
    #[serde(deserialize_with = "list")]
    pub match_label_keys: Vec<String>,
    /// Labels of the pod by whose value pods with the same one are left out.
    #[serde(deserialize_with = "list")]
    pub mismatch_label_keys: Vec<String>,
    /// Node label whose values are the domains.
    #[serde(deserialize_with = "null_is_default")]
    pub topology_key: String,
}

impl PodAntiAffinity {
    /// Every term, required ones first.
    pub fn terms(&self) -> impl Iterator<Item = &PodAffinityTerm> {
        self.required.iter().chain(self.preferred.iter().map(|weighted| &weighted.pod_affinity_term))
    }
}

/// Taints that keep ordinary pods off the control plane.
const CONTROL_PLANE_TAINTS: &[&str] =
    &["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// `tolerations` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tolerations {
    /// Those that not every pod has.
    own: Box<[Toleration]>,
    /// The place of the first one that lets a pod onto the control plane.
    pub control_plane: Option<u16>,
}

/// One entry of `tolerations`. How long it holds is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
struct Toleration {
    #[serde(deserialize_with = "null_is_default")]
    key: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    operator: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    value: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    effect: Box<str>,
}

/// Taints of nodes that are lost: the server gives every pod that says nothing else a toleration of them, for a while.
const LOST: &[&str] = &["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

impl Tolerations {
    /// Whether one of them tolerates a taint.
    pub(super) fn tolerate(&self, taint: &Taint) -> bool {
        is_tolerated_by_all(&taint.key, &taint.effect) || self.own.iter().any(|one| one.tolerates(taint))
    }
}

impl<'de> Deserialize<'de> for Tolerations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut own: Vec<Toleration> = list(deserializer)?;
        let place = own.iter().position(Toleration::lets_onto_control_plane);
        // A live pod has these, and its template does not.
        own.retain(|one| &*one.operator != "Exists" || !is_tolerated_by_all(&one.key, &one.effect));
        let control_plane = place.and_then(|place| u16::try_from(place).ok());
        Ok(Self { own: own.into(), control_plane })
    }
}

fn is_tolerated_by_all(key: &str, effect: &str) -> bool {
    effect == "NoExecute" && LOST.contains(&key)
}

impl Toleration {
    fn lets_onto_control_plane(&self) -> bool {
        let any = self.key.is_empty() && &*self.operator == "Exists";
        any || CONTROL_PLANE_TAINTS.contains(&&*self.key)
    }

    /// As the scheduler reads it. What it compares as numbers must be some.
    fn tolerates(&self, taint: &Taint) -> bool {
        let is_meant = (self.effect.is_empty() || self.effect == taint.effect)
            && (self.key.is_empty() || self.key == taint.key);
        let numbers = || Some((taint.value.parse::<i64>().ok()?, self.value.parse::<i64>().ok()?));
        is_meant
            && match &*self.operator {
                // Without a key, only `Exists` is about all of them.
                "" | "Equal" => self.key == taint.key && self.value == taint.value,
                "Exists" => true,
                "Gt" => numbers().is_some_and(|(of_taint, own)| of_taint > own),
                "Lt" => numbers().is_some_and(|(of_taint, own)| of_taint < own),
                _ => false,
            }
    }
}

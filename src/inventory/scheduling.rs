//! Where the pods of a workload may run, and how they are spread, lean.
//!
//! It must not judge, nor know nodes. Next: [`super::pod`] holds these.

use serde::{Deserialize, Deserializer};

use super::lenient::{list, null_is_default};
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

#[derive(Default, Deserialize)]
#[serde(default)]
struct Toleration {
    #[serde(deserialize_with = "null_is_default")]
    key: String,
    #[serde(deserialize_with = "null_is_default")]
    operator: String,
}

/// The place of the first toleration that lets a pod onto the control plane: all that is kept of
/// `tolerations`, to which the server adds some of its own.
pub(super) fn control_plane_toleration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u16>, D::Error> {
    let tolerations: Vec<Toleration> = list(deserializer)?;
    let lets = |toleration: &Toleration| {
        let any = toleration.key.is_empty() && toleration.operator == "Exists";
        any || CONTROL_PLANE_TAINTS.contains(&toleration.key.as_str())
    };
    Ok(tolerations.iter().position(lets).and_then(|place| u16::try_from(place).ok()))
}

//! VerticalPodAutoscalers: of which pods they set the requests, and of which containers which ones.
//!
//! It must not judge. Next: [`super::autoscaler`] for what sets the number of pods, [`super::snapshot`].

use serde::Deserialize;

use super::autoscaler::{ScaleTarget, can_be_resized};
use super::kind::Kind;
use super::lenient::{list, null_is_default};
use super::metadata::Metadata;
use super::name::Name;

/// Name of the policy for the containers without one of their own.
const OTHERS: &str = "*";

/// Of a whole object or of a container: nothing is set, but it is said what would be.
const OFF: &str = "Off";

/// A VerticalPodAutoscaler, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VerticalPodAutoscaler {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: VerticalPodAutoscalerSpec,
}

/// `spec` of a VerticalPodAutoscaler, with its defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct VerticalPodAutoscalerSpec {
    /// What makes the pods. Of a kind of Kubernetes itself the autoscaler reads no group, so that it is the right one here.
    pub target: ScaleTarget,
    /// Whether it sets anything, at whatever moment.
    pub updates: bool,
    /// What it does to which containers.
    pub policies: Box<[ContainerPolicy]>,
}

/// One entry of `containerPolicies`, reduced to what is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerPolicy {
    /// Name of the container; `*` for those without a policy of their own.
    container: Name,
    cpu: bool,
    memory: bool,
}

impl VerticalPodAutoscalerSpec {
    /// Whether it sets this resource, `cpu` or `memory`, of the container of this name.
    pub fn sets(&self, container: &str, resource: &str) -> bool {
        let own = self.policies.iter().find(|policy| policy.container == container);
        self.updates && own.map_or_else(|| self.sets_of_others(resource), |own| own.sets(resource))
    }

    /// Whether it sets this resource of pods of which nobody knows the containers; absent where that depends on those.
    pub fn sets_of_any(&self, resource: &str) -> Option<bool> {
        let of_others = self.updates && self.sets_of_others(resource);
        let mut named = self.policies.iter().filter(|policy| policy.container != OTHERS);
        let is_same = named.all(|policy| (self.updates && policy.sets(resource)) == of_others);
        is_same.then_some(of_others)
    }

    /// Of several such policies the last one counts.
    fn sets_of_others(&self, resource: &str) -> bool {
        let policy = self.policies.iter().rev().find(|policy| policy.container == OTHERS);
        policy.map_or_else(|| is_resource(resource), |policy| policy.sets(resource))
    }
}

impl ContainerPolicy {
    fn sets(&self, resource: &str) -> bool {
        match resource {
            "cpu" => self.cpu,
            "memory" => self.memory,
            _ => false,
        }
    }
}

fn is_resource(name: &str) -> bool {
    matches!(name, "cpu" | "memory")
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    #[serde(deserialize_with = "null_is_default")]
    target_ref: ScaleTarget,
    #[serde(deserialize_with = "null_is_default")]
    update_policy: UpdatePolicy,
    #[serde(deserialize_with = "null_is_default")]
    resource_policy: ResourcePolicy,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UpdatePolicy {
    #[serde(deserialize_with = "null_is_default")]
    update_mode: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourcePolicy {
    #[serde(deserialize_with = "list")]
    container_policies: Vec<WrittenPolicy>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WrittenPolicy {
    #[serde(deserialize_with = "null_is_default")]
    container_name: Name,
    #[serde(deserialize_with = "null_is_default")]
    mode: Box<str>,
    /// Both where it is not said; none where the list is empty.
    controlled_resources: Option<Vec<Box<str>>>,
}

impl From<Written> for VerticalPodAutoscalerSpec {
    fn from(written: Written) -> Self {
        let mut target = written.target_ref;
        let mut made = Kind::WORKLOADS.iter().filter(|kind| can_be_resized(**kind));
        if let Some(kind) = made.find(|kind| target.kind == kind.as_str()) {
            target.api_version = kind.api_version().as_str().into();
        }
        let policies = written.resource_policy.container_policies.into_iter().map(ContainerPolicy::from);
        Self { target, updates: *written.update_policy.update_mode != *OFF, policies: policies.collect() }
    }
}

impl From<WrittenPolicy> for ContainerPolicy {
    fn from(written: WrittenPolicy) -> Self {
        let resources = written.controlled_resources;
        let controls = |resource: &str| {
            let is_listed = |listed: &Vec<Box<str>>| listed.iter().any(|one| **one == *resource);
            *written.mode != *OFF && resources.as_ref().is_none_or(is_listed)
        };
        let (cpu, memory) = (controls("cpu"), controls("memory"));
        Self { container: written.container_name, cpu, memory }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(spec: Value) -> VerticalPodAutoscalerSpec {
        serde_json::from_value(spec).unwrap()
    }

    fn with(policies: Value) -> VerticalPodAutoscalerSpec {
        of(json!({"resourcePolicy": {"containerPolicies": policies}}))
    }

    #[test]
    fn a_kind_of_kubernetes_is_known_without_its_group() {
        for version in [json!("apps/v1"), json!("extensions/v1beta1"), Value::Null] {
            let target = json!({"apiVersion": version, "kind": "Deployment", "name": "web"});
            assert!(of(json!({ "targetRef": target })).target.is(Kind::Deployment, "web"), "{version}");
        }
        let custom = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"});
        assert_eq!(of(json!({ "targetRef": custom })).target.group(), "argoproj.io");
        let pod = of(json!({"targetRef": {"apiVersion": "v1", "kind": "Pod", "name": "web"}})).target;
        assert!(pod.is(Kind::Pod, "web") && !pod.resizes(Kind::Pod, "web"));
    }

    #[test]
    fn all_modes_but_one_set_what_it_controls() {
        let in_mode = |mode: Value| of(json!({"updatePolicy": {"updateMode": mode}})).sets("app", "cpu");
        for mode in ["Auto", "Initial", "Recreate", "InPlaceOrRecreate"] {
            assert!(in_mode(json!(mode)), "{mode}");
        }
        assert!(in_mode(Value::Null) && !in_mode(json!("Off")));
        let nothing = of(json!({}));
        assert!(nothing.sets("app", "memory") && !nothing.sets("app", "ephemeral-storage"));
    }

    #[test]
    fn the_policy_of_a_container_counts_before_that_of_the_others() {
        let spec = with(json!([{"containerName": "*", "mode": "Off"}, {"containerName": "app"}]));
        assert!(spec.sets("app", "cpu") && !spec.sets("proxy", "cpu"));
        let spec = with(json!([{"containerName": "*", "controlledResources": ["memory"]}]));
        assert!(spec.sets("app", "memory") && !spec.sets("app", "cpu"));
        let last =
            with(json!([{"containerName": "*", "mode": "Off"}, {"containerName": "*", "mode": "Auto"}]));
        assert!(last.sets("app", "cpu"));
        assert!(!with(json!([{"containerName": "*", "controlledResources": []}])).sets("app", "cpu"));
        assert!(with(json!([{"containerName": "*", "controlledResources": null}])).sets("app", "cpu"));
    }

    #[test]
    fn of_containers_that_nobody_knows_it_is_said_where_it_is_the_same_for_all() {
        assert_eq!(of(json!({})).sets_of_any("cpu"), Some(true));
        assert_eq!(of(json!({"updatePolicy": {"updateMode": "Off"}})).sets_of_any("cpu"), Some(false));
        let memory = json!(["memory"]);
        let all = json!([{"containerName": "*", "controlledResources": memory},
            {"containerName": "app", "controlledResources": memory}]);
        let all = with(all);
        assert_eq!((all.sets_of_any("cpu"), all.sets_of_any("memory")), (Some(false), Some(true)));
        let one = with(json!([{"containerName": "proxy", "mode": "Off"}]));
        assert_eq!(one.sets_of_any("cpu"), None);
    }
}

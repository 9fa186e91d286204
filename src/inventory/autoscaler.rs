//! HorizontalPodAutoscalers: between how many replicas, and by what.
//!
//! It must not judge. A file may be of `autoscaling/v1`, which says the same in one field; it is read as what
//! the server returns for it in `v2`. Next: [`super::snapshot`].

use serde::Deserialize;

use super::kind::Kind;
use super::lenient::{list, null_is_default};
use super::metadata::Metadata;
use super::name::Name;
use super::shared::Shared;

/// A HorizontalPodAutoscaler, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HorizontalPodAutoscaler {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: HorizontalPodAutoscalerSpec,
}

/// `spec` of a HorizontalPodAutoscaler, with the API's defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct HorizontalPodAutoscalerSpec {
    /// What is scaled.
    pub target: ScaleTarget,
    /// Fewest replicas; the API's default is 1.
    pub min_replicas: i64,
    /// Most replicas.
    pub max_replicas: i64,
    /// By what it scales; the API's default is 80 % of the CPU requests.
    pub metrics: Shared<[ScaleMetric]>,
    /// `behavior.scaleDown.stabilizationWindowSeconds`, if it is given.
    pub scale_down_window: Option<i64>,
}

/// `scaleTargetRef`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScaleTarget {
    /// `group/version` of the target.
    #[serde(deserialize_with = "null_is_default")]
    pub api_version: Name,
    /// Kind of the target.
    #[serde(deserialize_with = "null_is_default")]
    pub kind: Name,
    /// Name of the target.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Name,
}

/// One entry of `metrics`, reduced to what depends on the containers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScaleMetric {
    /// `Resource`, `ContainerResource`, `Pods`, `Object` or `External`.
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub kind: Box<str>,
    /// Of `Resource`.
    pub resource: Option<ResourceMetric>,
    /// Of `ContainerResource`.
    pub container_resource: Option<Box<ResourceMetric>>,
}

/// A metric of the pods' own resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceMetric {
    /// `cpu` or `memory`.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Box<str>,
    /// The container, of `ContainerResource`.
    #[serde(deserialize_with = "null_is_default")]
    pub container: Box<str>,
    /// What it is held to.
    #[serde(deserialize_with = "null_is_default")]
    pub target: MetricTarget,
}

/// `target` of a metric.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MetricTarget {
    /// `Utilization` (a percentage of the requests), `Value` or `AverageValue`.
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub kind: Box<str>,
    /// Percentage of the requests, of `Utilization`.
    pub average_utilization: Option<i64>,
}

impl ScaleTarget {
    /// Whether this is the workload of this kind and name, in whatever version of its group. Controllers ask the
    /// server for the kind in just this group: one that is left out, or of an old version, they do not find.
    pub fn is(&self, kind: Kind, name: &str) -> bool {
        self.group() == kind.info().group && self.kind == kind.as_str() && self.name == name
    }

    /// Whether another one means the same, in whatever version of its group.
    pub fn is_same(&self, other: &Self) -> bool {
        self.group() == other.group() && self.kind == other.kind && self.name == other.name
    }

    /// The group of the target; the one without a name where no version, or one without a group, is given.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether this is that workload, and one that can be scaled: what scales nothing belongs to nobody.
    pub fn scales(&self, kind: Kind, name: &str) -> bool {
        can_be_scaled(kind) && self.is(kind, name)
    }

    /// The same of one whose pods something makes, so that they can get other requests.
    pub fn resizes(&self, kind: Kind, name: &str) -> bool {
        can_be_resized(kind) && self.is(kind, name)
    }
}

/// Whether objects of this kind have a number of replicas that can be changed. Custom ones may.
pub fn can_be_scaled(kind: Kind) -> bool {
    !matches!(kind, Kind::DaemonSet | Kind::Job | Kind::CronJob | Kind::Pod)
}

/// Whether objects of this kind make pods, which can get other requests than their template says.
pub fn can_be_resized(kind: Kind) -> bool {
    kind != Kind::Pod
}

impl ResourceMetric {
    /// Whether it needs requests: a percentage of nothing is nothing.
    pub fn is_utilization(&self) -> bool {
        *self.target.kind == *"Utilization"
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Written {
    #[serde(deserialize_with = "null_is_default")]
    scale_target_ref: ScaleTarget,
    min_replicas: Option<i64>,
    #[serde(deserialize_with = "null_is_default")]
    max_replicas: i64,
    #[serde(deserialize_with = "list")]
    metrics: Vec<ScaleMetric>,
    #[serde(deserialize_with = "null_is_default")]
    behavior: Behavior,
    /// Of `autoscaling/v1`.
    #[serde(rename = "targetCPUUtilizationPercentage")]
    target_cpu: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Behavior {
    #[serde(deserialize_with = "null_is_default")]
    scale_down: ScaleDown,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScaleDown {
    stabilization_window_seconds: Option<i64>,
}

impl From<Written> for HorizontalPodAutoscalerSpec {
    fn from(written: Written) -> Self {
        let metrics = if written.metrics.is_empty() {
            vec![cpu(written.target_cpu.unwrap_or(80))]
        } else {
            written.metrics
        };
        Self {
            target: written.scale_target_ref,
            min_replicas: written.min_replicas.unwrap_or(1),
            max_replicas: written.max_replicas,
            metrics: metrics.into_iter().collect(),
            scale_down_window: written.behavior.scale_down.stabilization_window_seconds,
        }
    }
}

fn cpu(percent: i64) -> ScaleMetric {
    let target = MetricTarget { kind: "Utilization".into(), average_utilization: Some(percent) };
    let resource = ResourceMetric { name: "cpu".into(), container: Box::default(), target };
    ScaleMetric { kind: "Resource".into(), resource: Some(resource), container_resource: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(json: &str) -> HorizontalPodAutoscalerSpec {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_left_out_is_what_the_server_stores() {
        let spec = spec(r#"{"minReplicas":null,"maxReplicas":5,"metrics":null,"behavior":null}"#);
        assert_eq!((spec.min_replicas, spec.max_replicas, spec.scale_down_window), (1, 5, None));
        assert_eq!(*spec.metrics, [cpu(80)]);
        assert!(spec.metrics[0].resource.as_ref().unwrap().is_utilization());
    }

    #[test]
    fn the_first_version_says_its_percentage_in_a_field_of_its_own() {
        assert_eq!(spec(r#"{"targetCPUUtilizationPercentage":60}"#).metrics[..], [cpu(60)]);
    }

    #[test]
    fn a_target_is_told_by_group_kind_and_name_and_not_by_version() {
        let target = |version: &str, kind: &str| ScaleTarget {
            api_version: version.into(),
            kind: kind.into(),
            name: "web".into(),
        };
        for version in ["apps/v1", "apps/v1beta2"] {
            assert!(target(version, "Deployment").is(Kind::Deployment, "web"), "{version}");
        }
        for version in ["extensions/v1beta1", "", "v1", "apps"] {
            assert!(!target(version, "Deployment").is(Kind::Deployment, "web"), "{version}");
        }
        for version in ["v1", ""] {
            let controller = target(version, "ReplicationController");
            assert!(controller.is(Kind::ReplicationController, "web"), "{version}");
        }
        assert!(!target("example.com/v1", "Deployment").is(Kind::Deployment, "web"));
        assert!(!target("apps/v1", "StatefulSet").is(Kind::Deployment, "web"));
        assert!(!target("apps/v1", "Deployment").is(Kind::Deployment, "api"));
    }
}

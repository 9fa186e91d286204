//! ScaledObjects of KEDA: what they scale, and between how many replicas.
//!
//! KEDA makes a HorizontalPodAutoscaler of each, and starts and stops the last replica itself. It must not judge. Next:
//! [`super::autoscaler`] for the autoscaler that is made.

use serde::Deserialize;

use super::autoscaler::{HorizontalPodAutoscaler, ScaleTarget};
use super::kind::Kind;
use super::lenient::{list, null_is_default};
use super::metadata::Metadata;

/// Annotation that keeps the target at this many replicas.
const PAUSED_AT: &str = "autoscaling.keda.sh/paused-replicas";

/// Annotation that leaves the target with as many replicas as it has.
const PAUSED: &str = "autoscaling.keda.sh/paused";

/// A ScaledObject, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ScaledObject {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: ScaledObjectSpec,
}

/// `spec` of a ScaledObject, with KEDA's defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct ScaledObjectSpec {
    /// What is scaled; a Deployment where no kind is named.
    pub target: ScaleTarget,
    /// Fewest replicas while there is something to do; 0 where it is not said.
    pub min_replicas: i64,
    /// Replicas while there is nothing to do, if another number than the fewest.
    pub idle_replicas: Option<i64>,
    /// Most replicas; 100 where it is not said.
    pub max_replicas: i64,
    /// Name of the autoscaler that is made, if it is chosen.
    pub autoscaler: Box<str>,
    /// The triggers that go by what the pods use.
    pub triggers: Box<[ResourceTrigger]>,
}

/// A trigger of type `cpu` or `memory`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceTrigger {
    /// Its place among all triggers.
    pub index: usize,
    /// `cpu` or `memory`.
    pub resource: Box<str>,
    /// The container whose use counts; that of all of them without a name.
    pub container: Box<str>,
}

/// Whether KEDA scales the target at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// It does.
    No,
    /// It leaves as many replicas as there are.
    AsItIs,
    /// It keeps this many.
    At(i64),
}

impl ScaledObject {
    /// Whether it is paused. What is no number, or neither true nor false, pauses it too.
    pub fn pause(&self) -> Pause {
        let annotations = &self.metadata.annotations;
        let untrue = |value: &str| ["0", "f", "F", "false", "FALSE", "False"].contains(&value);
        match (annotations.get(PAUSED_AT), annotations.get(PAUSED)) {
            (Some(number), _) => number.parse().map_or(Pause::AsItIs, Pause::At),
            (None, Some(value)) if !untrue(value) => Pause::AsItIs,
            _ => Pause::No,
        }
    }

    /// Whether it starts replicas where there is none.
    pub fn may_start(&self) -> bool {
        match self.pause() {
            Pause::No => self.spec.max_replicas > 0,
            Pause::AsItIs => false,
            Pause::At(number) => number > 0,
        }
    }

    /// Whether KEDA made this autoscaler for it, or took it over.
    pub fn owns(&self, scaler: &HorizontalPodAutoscaler) -> bool {
        let (own, group) = (&self.metadata.name, Kind::ScaledObject.info().group);
        let named = match &*self.spec.autoscaler {
            "" => scaler.metadata.name.strip_prefix("keda-hpa-") == Some(own),
            chosen => *chosen == *scaler.metadata.name,
        };
        let mut owners = scaler.metadata.owner_references().iter();
        named
            || owners.any(|owner| {
                owner.group() == group && owner.kind == Kind::ScaledObject.as_str() && owner.name == *own
            })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    #[serde(deserialize_with = "null_is_default")]
    scale_target_ref: ScaleTarget,
    min_replica_count: Option<i64>,
    idle_replica_count: Option<i64>,
    max_replica_count: Option<i64>,
    #[serde(deserialize_with = "null_is_default")]
    advanced: Advanced,
    #[serde(deserialize_with = "list")]
    triggers: Vec<Trigger>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Trigger {
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    kind: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    metadata: TriggerMetadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TriggerMetadata {
    #[serde(deserialize_with = "null_is_default")]
    container_name: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Advanced {
    #[serde(deserialize_with = "null_is_default")]
    horizontal_pod_autoscaler_config: Made,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Made {
    #[serde(deserialize_with = "null_is_default")]
    name: Box<str>,
}

impl From<Written> for ScaledObjectSpec {
    fn from(written: Written) -> Self {
        let mut target = written.scale_target_ref;
        if target.kind.is_empty() {
            target.kind = Kind::Deployment.as_str().into();
        }
        if target.api_version.is_empty() {
            target.api_version = Kind::Deployment.api_version().into();
        }
        let triggers = written.triggers.into_iter().enumerate();
        let of_resources = triggers.filter(|(_, trigger)| matches!(&*trigger.kind, "cpu" | "memory"));
        let triggers = of_resources.map(|(index, trigger)| ResourceTrigger {
            index,
            resource: trigger.kind,
            container: trigger.metadata.container_name,
        });
        Self {
            triggers: triggers.collect(),
            target,
            min_replicas: written.min_replica_count.unwrap_or(0),
            idle_replicas: written.idle_replica_count,
            max_replicas: written.max_replica_count.unwrap_or(100),
            autoscaler: written.advanced.horizontal_pod_autoscaler_config.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(annotations: Value, spec: Value) -> ScaledObject {
        let metadata = json!({"name": "web", "annotations": annotations});
        serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap()
    }

    #[test]
    fn what_is_left_out_is_what_keda_takes() {
        let spec = of(json!({}), json!({"scaleTargetRef": {"name": "web"}, "advanced": null})).spec;
        assert!(spec.target.is(Kind::Deployment, "web") && !spec.target.is(Kind::StatefulSet, "web"));
        assert_eq!((spec.min_replicas, spec.idle_replicas, spec.max_replicas), (0, None, 100));
        let target = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web"});
        let spec = of(json!({}), json!({"scaleTargetRef": target, "minReplicaCount": 2})).spec;
        assert!(spec.target.is(Kind::StatefulSet, "web") && spec.min_replicas == 2);
    }

    #[test]
    fn of_the_triggers_those_count_that_go_by_what_pods_use() {
        let triggers = json!([null, {"type": "cron", "metadata": {"start": "0 8 * * *"}},
            {"type": "cpu", "metadata": {"value": "60"}},
            {"type": "memory", "metadata": {"value": "60", "containerName": "app"}}]);
        let spec = of(json!({}), json!({"scaleTargetRef": {"name": "web"}, "triggers": triggers})).spec;
        let told: Vec<_> =
            spec.triggers.iter().map(|one| (one.index, &*one.resource, &*one.container)).collect();
        assert_eq!(told, [(2, "cpu", ""), (3, "memory", "app")]);
        assert!(of(json!({}), json!({"triggers": null})).spec.triggers.is_empty());
    }

    #[test]
    fn annotations_pause_it() {
        for (annotations, pause, may_start) in [
            (json!({}), Pause::No, true),
            (json!({PAUSED: "false"}), Pause::No, true),
            (json!({PAUSED: "true"}), Pause::AsItIs, false),
            (json!({PAUSED: "soon"}), Pause::AsItIs, false),
            (json!({PAUSED_AT: "3", PAUSED: "false"}), Pause::At(3), true),
            (json!({PAUSED_AT: "0"}), Pause::At(0), false),
            (json!({PAUSED_AT: "some"}), Pause::AsItIs, false),
        ] {
            let paused = of(annotations.clone(), json!({}));
            assert_eq!((paused.pause(), paused.may_start()), (pause, may_start), "{annotations}");
        }
    }

    #[test]
    fn its_autoscaler_is_known_by_name_or_owner() {
        let made = |name: &str, owner: &str| -> HorizontalPodAutoscaler {
            let owner =
                json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": owner, "uid": "1"});
            let metadata = json!({"name": name, "ownerReferences": [owner]});
            serde_json::from_value(json!({ "metadata": metadata })).unwrap()
        };
        let own = of(json!({}), json!({}));
        assert!(own.owns(&made("keda-hpa-web", "gone")) && own.owns(&made("any", "web")));
        assert!(!own.owns(&made("web", "other")));
        let config = json!({"horizontalPodAutoscalerConfig": {"name": "edge"}});
        let named = of(json!({}), json!({ "advanced": config }));
        assert!(named.owns(&made("edge", "gone")) && !named.owns(&made("keda-hpa-web", "gone")));
    }
}

//! The seaworthy workload of `tests/fixtures/baseline.json`, as every kind and with a container of every
//! class.

use seaworthy::inventory::container::ContainerClass;
use seaworthy::inventory::{Kind, Object, Workload};
use serde_json::{Value, json};

use super::judging;

/// A workload under construction.
pub(crate) struct Baseline {
    /// The kind it becomes in the end.
    pub(crate) kind: Kind,
    /// Class of the container under test.
    pub(crate) class: ContainerClass,
    object: Value,
}

impl Baseline {
    /// The baseline with a container of this class to be tested; for an app container that is its first.
    pub(crate) fn new(kind: Kind, class: ContainerClass) -> Self {
        let object: Value = serde_json::from_str(include_str!("../fixtures/baseline.json")).unwrap();
        let mut baseline = Self { kind, class, object: as_kind(&object, kind) };
        if class != ContainerClass::App {
            let pod = baseline.pod_mut();
            let copy = of_class(pod["containers"][0].clone(), class);
            pod[class.list()] = json!([copy]);
        }
        baseline
    }

    /// Merges a patch into the whole workload.
    pub(crate) fn patch(&mut self, patch: &Value) {
        merge(&mut self.object, patch);
    }

    /// Merges a patch into the pod spec.
    pub(crate) fn patch_pod(&mut self, patch: &Value) {
        merge(self.pod_mut(), patch);
    }

    /// Merges a patch into the container under test.
    pub(crate) fn patch_container(&mut self, patch: &Value) {
        let list = self.class.list();
        merge(&mut self.pod_mut()[list][0], patch);
    }

    /// The workload.
    pub(crate) const fn object(&self) -> &Value {
        &self.object
    }

    fn pod_mut(&mut self) -> &mut Value {
        let path = match self.kind {
            Kind::Pod => "/spec",
            Kind::CronJob => "/spec/jobTemplate/spec/template/spec",
            _ => "/spec/template/spec",
        };
        self.object.pointer_mut(path).unwrap()
    }
}

fn as_kind(deployment: &Value, kind: Kind) -> Value {
    let mut metadata = deployment["metadata"].clone();
    let (mut spec, template) = (deployment["spec"].clone(), deployment["spec"]["template"].clone());
    let batch = {
        let mut template = template.clone();
        template["spec"]["restartPolicy"] = json!("Never");
        template
    };
    let spec = match kind {
        Kind::Pod => {
            metadata["labels"] = template["metadata"]["labels"].clone();
            metadata["ownerReferences"] = json!([owner()]);
            template["spec"].clone()
        }
        Kind::Job => {
            metadata["ownerReferences"] = json!([owner()]);
            json!({"activeDeadlineSeconds": 3600, "ttlSecondsAfterFinished": 3600, "template": batch})
        }
        Kind::CronJob => json!({"schedule": "0 3 * * *", "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 600,
            "jobTemplate": {"spec": {"activeDeadlineSeconds": 3600, "template": batch}}}),
        Kind::ReplicationController => {
            json!({"replicas": spec["replicas"], "selector": spec["selector"]["matchLabels"], "template": template})
        }
        Kind::DaemonSet => {
            merge(&mut spec, &json!({"replicas": null}));
            spec
        }
        Kind::ReplicaSet => {
            merge(&mut spec, &json!({"revisionHistoryLimit": null}));
            spec
        }
        Kind::StatefulSet => {
            spec["serviceName"] = json!("web");
            spec
        }
        _ => spec,
    };
    json!({"apiVersion": kind.api_version(), "kind": kind.as_str(), "metadata": metadata, "spec": spec})
}

/// A custom resource: a Pod or a Job that nobody manages is not in order.
fn owner() -> Value {
    json!({"apiVersion": "shop.example/v1", "kind": "Shop", "name": "web", "uid": "6d7b", "controller": true})
}

/// The copy of a container in a class, without the fields that the class cannot have.
fn of_class(mut container: Value, class: ContainerClass) -> Value {
    const PROBES: &[&str] = &["readinessProbe", "livenessProbe", "startupProbe"];
    container["name"] = json!("tested");
    let gone: &[&str] = match class {
        ContainerClass::App => &[],
        ContainerClass::Sidecar => {
            container["restartPolicy"] = json!("Always");
            &[]
        }
        ContainerClass::Init => PROBES,
        ContainerClass::Ephemeral => {
            &["readinessProbe", "livenessProbe", "startupProbe", "ports", "resources"]
        }
    };
    for field in gone {
        container.as_object_mut().unwrap().remove(*field);
    }
    container
}

/// A workload.
pub(crate) fn workload(value: &Value) -> Workload {
    match judging::object(value) {
        Object::Workload(workload) => *workload,
        other => panic!("not a workload: {other:?}"),
    }
}

/// JSON merge patch (RFC 7396).
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut target[key], value);
        }
    }
}

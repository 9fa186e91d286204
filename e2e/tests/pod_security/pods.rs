//! Pods that the Restricted standard lets in, with a few changes each, among them every field that Pod
//! Security Admission reads.
//!
//! It must not know what a standard says of them. Next: [`super::changes`] for the changes.

use serde_json::{Value, json};

use super::changes;
use super::random::Choices;

/// What pods are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Such as the API server takes, if Pod Security Admission does; but for a few.
    Valid,
    /// Whatever decodes.
    Anything,
}

/// The lists of containers of a pod.
const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// The pod of this number.
pub(crate) fn pod(seed: u64, number: usize, wanted: Wanted) -> Value {
    // Neighbours in number are no neighbours in the stream of choices.
    let mut choices = Choices::seeded((seed << 32) ^ u64::try_from(number).unwrap());
    let windows = choices.percent(10);
    let mut pod = secure(&mut choices, windows, wanted);
    pod["metadata"]["name"] = json!(format!("p{number}"));
    let most = if wanted == Wanted::Valid { 3 } else { 5 };
    for _ in 0..choices.below(most + 1) {
        changes::change(&mut pod, &mut choices, windows, wanted);
    }
    give_host_ports(&mut pod);
    pod
}

/// A pod that each standard lets in. What holds for all its containers is said of the pod or of each.
fn secure(choices: &mut Choices, windows: bool, wanted: Wanted) -> Value {
    let on_pod = choices.percent(60);
    let identity = if windows {
        json!({"runAsNonRoot": true})
    } else {
        json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}})
    };
    let mut names = 0;
    let mut container = |extra: Value| {
        names += 1;
        let mut container =
            json!({"name": format!("c{names}"), "image": "registry.example/app:1", "securityContext": {}});
        if !windows {
            let confined = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
            merge(&mut container["securityContext"], &confined);
        }
        if !on_pod {
            merge(&mut container["securityContext"], &identity);
        }
        merge(&mut container, &extra);
        container
    };
    let mut spec = json!({"automountServiceAccountToken": false, "securityContext": {}});
    let app = 1 + choices.below(2);
    spec["containers"] = (0..app).map(|_| container(json!({}))).collect();
    if choices.percent(40) {
        spec["initContainers"] = json!([container(json!({}))]);
    }
    if choices.percent(25) {
        let list = spec["initContainers"].as_array().cloned().unwrap_or_default();
        spec["initContainers"] = [list, vec![container(json!({"restartPolicy": "Always"}))]].concat().into();
    }
    if wanted == Wanted::Anything && choices.percent(25) {
        spec["ephemeralContainers"] = json!([container(json!({}))]);
    }
    if on_pod {
        merge(&mut spec["securityContext"], &identity);
    }
    if windows {
        spec["os"] = json!({"name": "windows"});
    }
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec})
}

/// The containers of one list.
pub(crate) fn containers<'a>(pod: &'a mut Value, list: &str) -> impl Iterator<Item = &'a mut Value> {
    pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Every container of a pod.
pub(crate) fn all_containers(pod: &mut Value) -> Vec<&mut Value> {
    let spec = pod["spec"].as_object_mut().unwrap();
    let lists = spec.iter_mut().filter(|(key, _)| LISTS.contains(&key.as_str()));
    lists.filter_map(|(_, list)| list.as_array_mut()).flatten().collect()
}

/// What the API server does before Pod Security Admission looks, and the library alone does not.
fn give_host_ports(pod: &mut Value) {
    if pod["spec"]["hostNetwork"] != true {
        return;
    }
    for list in &LISTS[..2] {
        for container in containers(pod, list) {
            for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
                port["hostPort"] = port["containerPort"].clone();
            }
        }
    }
}

/// A JSON merge patch.
pub(crate) fn merge(value: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    for (key, patch) in fields {
        if patch.is_null() {
            value.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut value[key.as_str()], patch);
        }
    }
}

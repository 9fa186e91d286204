//! From the bytes of an `AdmissionReview` to the change that is to be judged.
//!
//! It must not judge, nor quote what it cannot read. Next: [`super::server`].

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::engine::admission::Change;
use crate::engine::neighbours::NEIGHBOURS;
use crate::inventory::custom::CustomKind;
use crate::inventory::decode::{decode_live_pod, decode_or_broken};
use crate::inventory::{Kind, Object};
use crate::render::webhook::DEBUG_CONTAINERS;

/// Why a request cannot be answered at all.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum QuestionError {
    /// It is no `AdmissionReview` of version v1.
    #[error("not an AdmissionReview of admission.k8s.io/v1 with a request")]
    Shape,
}

/// What the API server asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The request's uid, which the answer repeats.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// What is to be judged; none where nothing is: another kind, another subresource, a deletion. More than one where
    /// policies say of a custom kind that its template lies at different paths.
    pub changes: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    api_version: String,
    kind: String,
    #[serde(borrow)]
    request: Request<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    uid: String,
    #[serde(default)]
    kind: RequestKind,
    resource: Resource,
    #[serde(default)]
    sub_resource: String,
    #[serde(default)]
    namespace: String,
    operation: String,
    #[serde(borrow, default)]
    object: Option<&'a RawValue>,
    #[serde(borrow, default)]
    old_object: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Resource {
    group: String,
    resource: String,
}

#[derive(Default, Deserialize)]
struct RequestKind {
    #[serde(default)]
    kind: String,
}

/// Reads what is asked.
pub fn read(body: &[u8]) -> Result<Question, QuestionError> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|_| QuestionError::Shape)?;
    if envelope.api_version != "admission.k8s.io/v1" || envelope.kind != "AdmissionReview" {
        return Err(QuestionError::Shape);
    }
    let request = envelope.request;
    let changes = kinds(&request).into_iter().filter_map(|kind| change(kind, &request)).collect();
    Ok(Question { uid: request.uid, namespace: request.namespace, changes })
}

/// What the object is to policies. What resource a custom kind is, only the API server knows: it says the kind, too.
fn kinds(request: &Request<'_>) -> Vec<Kind> {
    let Resource { group, resource } = &request.resource;
    let asked = |kind: &&Kind| {
        let info = kind.info();
        info.group == group && info.plural == resource
    };
    match Kind::WORKLOADS.iter().chain(&NEIGHBOURS).find(asked) {
        Some(kind) => vec![*kind],
        None => CustomKind::named(group, &request.kind.kind).into_iter().map(Kind::Custom).collect(),
    }
}

fn change(kind: Kind, request: &Request<'_>) -> Option<Change> {
    let adds_debug_containers = match request.sub_resource.as_str() {
        "" => false,
        DEBUG_CONTAINERS if kind == Kind::Pod => true,
        _ => return None,
    };
    let object = |json: Option<&RawValue>| {
        let json = json?.get();
        // Of a Pod that is managed only its template was asked about, which holds no debug container.
        let read = if adds_debug_containers { decode_live_pod(json) } else { decode_or_broken(kind, json) };
        let mut object = read.ok()?;
        // What is created need not say where.
        object.metadata_mut().namespace = request.namespace.as_str().into();
        Some(object)
    };
    let after: Object = object(request.object)?;
    match request.operation.as_str() {
        "CREATE" if !adds_debug_containers => Some(Change { after, before: None, adds_debug_containers }),
        // Without what it was, nothing can be said to be worse.
        "UPDATE" => Some(Change { after, before: Some(object(request.old_object)?), adds_debug_containers }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn review(patch: Value) -> Value {
        let mut request = json!({
            "uid": "u1", "operation": "CREATE", "namespace": "shop",
            "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
            "resource": {"group": "apps", "version": "v1", "resource": "deployments"},
            "object": {"metadata": {"generateName": "web-"}, "spec": {}}, "oldObject": null,
        });
        request.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
        json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})
    }

    fn asked(patch: Value) -> Question {
        read(review(patch).to_string().as_bytes()).unwrap()
    }

    fn change(question: Question) -> Option<Change> {
        let mut changes = question.changes;
        assert!(changes.len() <= 1, "{changes:?}");
        changes.pop()
    }

    #[test]
    fn an_object_without_name_and_namespace_lies_where_the_request_says() {
        let question = asked(json!({}));
        let change = change(question).unwrap();
        assert_eq!(change.after.metadata().namespace, "shop");
        assert_eq!((change.after.metadata().name.as_str(), change.before), ("", None));
    }

    #[test]
    fn what_is_not_to_be_judged_is_not() {
        for patch in [
            json!({"subResource": "scale"}),
            json!({"subResource": "ephemeralcontainers"}),
            json!({"operation": "DELETE", "oldObject": {"metadata": {}}, "object": null}),
            json!({"operation": "UPDATE"}),
            json!({"operation": "CONNECT"}),
            json!({"resource": {"group": "", "version": "v1", "resource": "secrets"}}),
            json!({"resource": {"group": "example.org", "version": "v1", "resource": "deployments"}}),
        ] {
            assert_eq!(change(asked(patch.clone())), None, "{patch}");
        }
        let edit = json!({"operation": "UPDATE", "oldObject": {"metadata": {"name": "web"}, "spec": {}}});
        assert!(change(asked(edit)).unwrap().before.is_some());
    }

    #[test]
    fn a_debug_container_is_judged_whatever_manages_its_pod_and_no_other_subresource_is() {
        let owner = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "u",
            "controller": true});
        let pod = json!({"metadata": {"name": "web-1-a", "ownerReferences": [owner]},
            "spec": {"containers": [{"name": "app"}]}});
        let mut debugged = pod.clone();
        debugged["spec"]["ephemeralContainers"] = json!([{"name": "debug"}]);
        let asked = |patch: Value| {
            let mut edit = json!({"operation": "UPDATE", "oldObject": pod, "object": debugged,
                "resource": {"group": "", "version": "v1", "resource": "pods"}});
            edit.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
            change(asked(edit))
        };
        let added = asked(json!({"subResource": "ephemeralcontainers"})).unwrap();
        assert!(added.adds_debug_containers);
        let containers = [added.before.unwrap(), added.after].map(|object| match object {
            Object::Workload(pod) => (pod.metadata.namespace.to_string(), pod.pod.ephemeral_containers.len()),
            object => panic!("a Pod with its spec: {object:?}"),
        });
        assert_eq!(containers, [("shop".to_owned(), 0), ("shop".to_owned(), 1)]);
        let broken =
            asked(json!({"subResource": "ephemeralcontainers", "oldObject": {"metadata": {}, "spec": 7}}));
        assert!(matches!(broken.unwrap().before, Some(Object::Broken(..))));
        for subresource in ["status", "resize", "exec", "binding"] {
            assert_eq!(asked(json!({"subResource": subresource})), None, "{subresource}");
        }
        let unknown_before = json!({"subResource": "ephemeralcontainers", "oldObject": null});
        assert_eq!(asked(unknown_before), None);
        assert_eq!(asked(json!({"subResource": "ephemeralcontainers", "operation": "CREATE"})), None);
        assert!(!asked(json!({})).unwrap().adds_debug_containers);
    }

    #[test]
    fn an_object_of_another_shape_is_a_question_all_the_same() {
        let broken = change(asked(json!({"object": {"metadata": {}, "spec": {"template": 7}}}))).unwrap();
        assert!(matches!(broken.after, Object::Broken(..)));
    }

    #[test]
    fn a_custom_kind_is_judged_by_each_template_that_policies_name_and_as_what_the_server_calls_it() {
        let rollout = |kind: &str, subresource: &str| {
            asked(
                json!({"kind": {"group": "rollouts.example", "version": "v1", "kind": kind}, "subResource": subresource,
                "resource": {"group": "rollouts.example", "version": "v1", "resource": "rollouts"},
                "object": {"apiVersion": "rollouts.example/v1", "kind": kind, "metadata": {"name": "web"},
                    "spec": {"template": {"spec": {"containers": [{"name": "app"}]}}}}}),
            )
        };
        assert_eq!(rollout("Rollout", "").changes, [], "no policy names it");
        let named = ["spec.jobTemplate", "spec.template"];
        let named = named.map(|path| Kind::Custom(CustomKind::of("rollouts.example", "Rollout", path)));
        let changes = rollout("Rollout", "").changes;
        let after: Vec<&Object> = changes.iter().map(|change| &change.after).collect();
        assert_eq!(after.iter().map(|object| object.kind()).collect::<Vec<_>>(), named);
        assert!(matches!(after[..], [Object::Broken(..), Object::Workload(_)]), "{after:?}");
        assert!(after.iter().all(|object| object.metadata().namespace == "shop"));
        assert_eq!(rollout("Rollout", "scale").changes, []);
        assert_eq!(rollout("Experiment", "").changes, []);
    }

    #[test]
    fn garbage_is_refused() {
        let mut old = review(json!({}));
        old["apiVersion"] = json!("admission.k8s.io/v1beta1");
        for body in ["", "{}", "[]", "\u{0}", &old.to_string(), "{\"kind\":\"AdmissionReview\"}"] {
            assert_eq!(read(body.as_bytes()), Err(QuestionError::Shape), "{body}");
        }
    }
}

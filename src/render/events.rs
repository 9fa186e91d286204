//! Events (`events.k8s.io/v1`), as the API server accepts them.
//!
//! It must not decide when there is one: [`crate::controller`] does, on transitions only. Next:
//! [`super::report`].

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::API_VERSION;
use crate::engine::policy::PolicyKey;
use crate::engine::subject::Identity;
use crate::inventory::decode::hash;

/// Most bytes of a note; the API server refuses one more.
pub const NOTE_MAX: usize = 1024;

/// What happened. A closed set: it is also a metric label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventReason {
    /// A workload is not ready any more, or was found not ready.
    ReadinessLost,
    /// A workload is ready again.
    ReadinessGained,
    /// A policy's spec is not valid.
    PolicyInvalid,
    /// Not every workload of a policy passes any more, and a policy, a label or a right changed that.
    ComplianceLost,
    /// Every workload of a policy passes again, for the same sort of cause.
    ComplianceGained,
}

impl EventReason {
    /// The reason as in the Event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadinessLost => "ReadinessLost",
            Self::ReadinessGained => "ReadinessGained",
            Self::PolicyInvalid => "PolicyInvalid",
            Self::ComplianceLost => "ComplianceLost",
            Self::ComplianceGained => "ComplianceGained",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::ReadinessGained | Self::ComplianceGained => "Normal",
            Self::ReadinessLost | Self::PolicyInvalid | Self::ComplianceLost => "Warning",
        }
    }
}

/// An object that an Event is about, or names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventObject {
    /// `apiVersion`.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Uid; empty when it is not known.
    pub uid: String,
}

impl EventObject {
    /// What a report is about. An owner has the namespace of what it owns, where its Event lies, also if it
    /// is in none: the API server wants the two to be the same.
    pub fn subject(Identity { key, api_version, uid }: &Identity) -> Self {
        Self {
            api_version: api_version.clone(),
            kind: key.kind.as_str().to_owned(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            uid: uid.clone(),
        }
    }

    /// A policy.
    pub fn policy(key: &PolicyKey, uid: &str) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: key.kind().to_owned(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            uid: uid.to_owned(),
        }
    }

    fn reference(&self) -> Value {
        let mut reference = json!({"apiVersion": self.api_version, "kind": self.kind, "name": self.name});
        if let Some(fields) = reference.as_object_mut() {
            for (name, value) in [("namespace", &self.namespace), ("uid", &self.uid)] {
                if !value.is_empty() {
                    fields.insert(name.to_owned(), value.clone().into());
                }
            }
        }
        reference
    }
}

/// Something that happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What.
    pub reason: EventReason,
    /// To which object.
    pub regarding: EventObject,
    /// The other object: the policy of a workload's Event.
    pub related: Option<EventObject>,
    /// In words.
    pub note: String,
}

/// The namespace in which the Event lies: that of the object, `default` for cluster-scoped ones.
pub fn namespace(happening: &Happening) -> &str {
    let namespace = happening.regarding.namespace.as_str();
    if namespace.is_empty() { "default" } else { namespace }
}

/// The Event. `instance` names this process.
pub fn event(happening: &Happening, instance: &str, now: Timestamp) -> Value {
    let time = now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let end = happening.note.floor_char_boundary(NOTE_MAX);
    let mut event = json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": { "name": name(happening, instance, &time), "namespace": namespace(happening) },
        "eventTime": time,
        "reportingController": "seaworthy.dev/controller",
        "reportingInstance": cut(instance, 128),
        "action": "Evaluate",
        "reason": happening.reason.as_str(),
        "type": happening.reason.kind(),
        "regarding": happening.regarding.reference(),
        "note": happening.note.get(..end).unwrap_or_default(),
    });
    if let (Some(related), Some(fields)) = (&happening.related, event.as_object_mut()) {
        fields.insert("related".to_owned(), related.reference());
    }
    event
}

/// The object's name and 16 hex digits, at most 253 characters.
fn name(happening: &Happening, instance: &str, time: &str) -> String {
    let digits = hash(&format!("{happening:?} {instance} {time}"));
    format!("{}.{digits}", cut(&happening.regarding.name, 236).trim_end_matches(['.', '-']))
}

fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::SubjectKey;

    fn happening(name: &str, note: String) -> Happening {
        let key = SubjectKey::of_reference("shop", ("apps/v1", "Deployment", name));
        let identity = Identity { key, api_version: "apps/v1".to_owned(), uid: "u".to_owned() };
        Happening {
            reason: EventReason::ReadinessLost,
            regarding: EventObject::subject(&identity),
            related: None,
            note,
        }
    }

    #[test]
    fn a_note_is_cut_on_a_character_and_a_name_fits() {
        let now = "2026-01-01T00:00:00.1234567Z".parse().unwrap();
        let event = event(&happening(&"x".repeat(253), "é".repeat(600)), "pod-1", now);
        assert_eq!(event["note"].as_str().unwrap().len(), NOTE_MAX);
        assert_eq!(event["metadata"]["name"].as_str().unwrap().len(), 253);
        assert_eq!(event["eventTime"], "2026-01-01T00:00:00.123456Z");
    }

    #[test]
    fn an_event_on_a_cluster_policy_lies_in_default() {
        let policy = PolicyKey { namespace: String::new(), name: "all".to_owned() };
        let regarding = EventObject::policy(&policy, "u");
        let happening = Happening { regarding, ..happening("x", String::new()) };
        assert_eq!(namespace(&happening), "default");
    }
}

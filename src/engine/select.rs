//! Which policies are about a workload, or about an object that no workload reaches.
//!
//! It must not judge. Next: [`super::evaluate`].

use super::policy::{EffectivePolicy, Namespaces};
use super::subject::Subject;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::{Inventory, Kind, Metadata};

/// Whether a policy is about a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selected {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The labels of the namespace would say, and they are not known.
    Unknown(Cause),
}

/// Whether a policy is about something of a subject, or may be.
pub fn may_be_about(policy: &EffectivePolicy, subject: &Subject<'_>, inventory: &Inventory) -> bool {
    let is_about = |kind, metadata| select(policy, kind, metadata, inventory) != Selected::No;
    subject.members.iter().any(|member| is_about(member.key.kind, member.target.metadata()))
}

/// Whether a policy is about the object with this kind and metadata. `targets.kinds` is about workloads only. A
/// namespaceSelector leaves out no object that is in no namespace, as with admission webhooks.
pub fn select(policy: &EffectivePolicy, kind: Kind, object: &Metadata, inventory: &Inventory) -> Selected {
    let selection = &policy.selection;
    if !policy.judges(kind) || !selection.labels.matches(&object.labels) {
        return Selected::No;
    }
    let name = if kind == Kind::Namespace { &object.name } else { &object.namespace };
    match &selection.namespaces {
        Namespaces::Own(namespace) if namespace == name => Selected::Yes,
        Namespaces::Own(_) => Selected::No,
        Namespaces::Matching { .. } if !kind.info().namespaced && kind != Kind::Namespace => Selected::Yes,
        Namespaces::Matching { labels, excluded } => {
            if excluded.iter().any(|glob| glob.matches(name)) {
                return Selected::No;
            }
            let Some(labels) = labels else { return Selected::Yes };
            match inventory.namespace_metadata(name) {
                Lookup::Found(namespace) if labels.matches(&namespace.labels) => Selected::Yes,
                Lookup::Found(_) | Lookup::Missing => Selected::No,
                // A file does not say what its namespace is labelled with: taken as matching.
                Lookup::Unknown(Cause::NotGiven) => Selected::Yes,
                Lookup::Unknown(cause) => Selected::Unknown(cause),
            }
        }
    }
}

//! Which policies are about a workload.
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

/// Whether a policy is about the workload with this kind and metadata.
pub fn select(policy: &EffectivePolicy, kind: Kind, workload: &Metadata, inventory: &Inventory) -> Selected {
    let selection = &policy.selection;
    if !selection.kinds.contains(&kind) || !selection.labels.matches(&workload.labels) {
        return Selected::No;
    }
    // What a custom resource owns that is judged itself is judged with its template.
    if workload.controller().is_some_and(|owner| selection.has_custom(owner.group(), &owner.kind)) {
        return Selected::No;
    }
    match &selection.namespaces {
        Namespaces::Own(namespace) if *namespace == workload.namespace => Selected::Yes,
        Namespaces::Own(_) => Selected::No,
        Namespaces::Matching { labels, excluded } => {
            if excluded.iter().any(|glob| glob.matches(&workload.namespace)) {
                return Selected::No;
            }
            let Some(labels) = labels else { return Selected::Yes };
            match inventory.namespace_metadata(&workload.namespace) {
                Lookup::Found(namespace) if labels.matches(&namespace.labels) => Selected::Yes,
                Lookup::Found(_) | Lookup::Missing => Selected::No,
                // A file does not say what its namespace is labelled with: taken as matching.
                Lookup::Unknown(Cause::NotGiven) => Selected::Yes,
                Lookup::Unknown(cause) => Selected::Unknown(cause),
            }
        }
    }
}

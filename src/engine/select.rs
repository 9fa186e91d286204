//! Which policies are about a workload, or about an object that no workload reaches.
//!
//! It must not judge. Next: [`super::evaluate`].

use super::policy::{EffectivePolicy, Namespaces};
use super::subject::Subject;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::selector::Glob;
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
    match because(policy, kind, object, inventory) {
        Because::Matches => Selected::Yes,
        Because::Unknown(cause) => Selected::Unknown(cause),
        Because::Kind
        | Because::Labels
        | Because::Owner
        | Because::OtherNamespace
        | Because::Excluded(_)
        | Because::NamespaceLabels
        | Because::NoNamespace => Selected::No,
    }
}

/// Why a policy is about an object, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because<'a> {
    /// Everything that the policy asks for is so.
    Matches,
    /// `targets.kinds` does not name its kind, or no check judges it.
    Kind,
    /// `targets.selector` does not match its labels.
    Labels,
    /// What manages it is judged with its template: `targets.customKinds` names its kind.
    Owner,
    /// The policy is another namespace's.
    OtherNamespace,
    /// `targets.excludeNamespaces` holds this pattern.
    Excluded(&'a Glob),
    /// `targets.namespaceSelector` does not match the labels of its namespace.
    NamespaceLabels,
    /// Its namespace is not there.
    NoNamespace,
    /// The labels of its namespace would say, and they are not known.
    Unknown(Cause),
}

/// Why a policy is about the object with this kind and metadata, or is not: the first reason against it.
pub fn because<'a>(
    policy: &'a EffectivePolicy,
    kind: Kind,
    object: &Metadata,
    inventory: &Inventory,
) -> Because<'a> {
    let selection = &policy.selection;
    if !policy.judges(kind) {
        return Because::Kind;
    }
    if !selection.labels.matches(&object.labels) {
        return Because::Labels;
    }
    // What a custom resource owns that is judged itself is judged with its template.
    if object.controller().is_some_and(|owner| selection.has_custom(owner.group(), &owner.kind)) {
        return Because::Owner;
    }
    let name = if kind == Kind::Namespace { &object.name } else { &object.namespace };
    match &selection.namespaces {
        Namespaces::Own(namespace) if namespace == name => Because::Matches,
        Namespaces::Own(_) => Because::OtherNamespace,
        Namespaces::Matching { .. } if !kind.info().namespaced && kind != Kind::Namespace => Because::Matches,
        Namespaces::Matching { labels, excluded } => {
            if let Some(glob) = excluded.iter().find(|glob| glob.matches(name)) {
                return Because::Excluded(glob);
            }
            let Some(labels) = labels else { return Because::Matches };
            match inventory.namespace_metadata(name) {
                Lookup::Found(namespace) if labels.matches(&namespace.labels) => Because::Matches,
                Lookup::Found(_) => Because::NamespaceLabels,
                Lookup::Missing => Because::NoNamespace,
                // A file does not say what its namespace is labelled with: taken as matching.
                Lookup::Unknown(Cause::NotGiven) => Because::Matches,
                Lookup::Unknown(cause) => Because::Unknown(cause),
            }
        }
    }
}

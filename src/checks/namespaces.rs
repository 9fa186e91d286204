//! What a namespace has for its workloads as a whole, and whether a selector picks one, as several checks ask.
//!
//! It must not decide what a namespace needs. Next: `resources/namespace_quota.rs`.

use crate::catalogue::{Field, Judgement, Statement, WorkloadSubject};
use crate::inventory::Kind;
use crate::inventory::labels::Labels;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::object::ObjectKey;
use crate::inventory::selector::Selector;
use crate::inventory::snapshot::NamespaceView;

/// The label that every namespace has, whether it was given or not.
pub(super) const NAME: &str = "kubernetes.io/metadata.name";

/// The workload's namespace as an object.
pub(super) fn namespace_key(subject: &WorkloadSubject<'_>) -> ObjectKey {
    ObjectKey { namespace: "".into(), kind: Kind::Namespace, name: subject.namespace.name().into() }
}

/// Whether a selector picks a namespace by its labels, or why that is not known.
pub(super) fn picks(namespace: &NamespaceView<'_>, selector: &Selector) -> Result<bool, Cause> {
    let (mut labels, cause) = match namespace.metadata() {
        Lookup::Found(metadata) => (metadata.labels.clone(), None),
        // A workload without its namespace is one whose namespace nobody gave.
        Lookup::Missing => (Labels::new(), Some(Cause::NotGiven)),
        Lookup::Unknown(cause) => (Labels::new(), Some(cause)),
    };
    labels.insert(NAME, namespace.name());
    match cause {
        None => Ok(selector.matches(&labels)),
        Some(cause) => selector.matches_known(&labels).ok_or(cause),
    }
}

/// What a namespace should have: objects of one kind that together cover some resources.
pub(super) struct Wanted<'a> {
    /// The kind.
    pub(super) kind: Kind,
    /// Path in an object of that kind where the resources stand.
    pub(super) path: &'static str,
    /// Names of the objects that are there.
    pub(super) names: Vec<&'a str>,
    /// Why there may be more of them.
    pub(super) incomplete: Option<Cause>,
    /// What they should say of a resource, as in "no `LimitRange` has a default for".
    pub(super) verb: &'static str,
}

impl Wanted<'_> {
    /// What to say when these resources are not covered. An object that stands alone is where they belong; else
    /// it is the namespace that lacks one.
    pub(super) fn judge(&self, subject: &WorkloadSubject<'_>, missing: &[&str]) -> Judgement {
        let Self { kind, path, verb, .. } = self;
        if missing.is_empty() {
            return Judgement::pass();
        }
        let name = Field::Object("metadata.name".into());
        let missing = missing.join(", ");
        if let Some(cause) = self.incomplete {
            let message = format!("whether a {kind} {verb} {missing} is not known");
            return Statement::unknown(cause, name, message).about(namespace_key(subject)).into();
        }
        if let [only] = self.names[..] {
            let key =
                ObjectKey { namespace: subject.namespace.name().into(), kind: *kind, name: only.into() };
            let message = format!("the only {kind} of the namespace {verb} no {missing}");
            Statement::fail(Field::Object((*path).into()), message).about(key).into()
        } else {
            let message = format!("no {kind} of the namespace {verb} {missing}");
            Statement::fail(name, message).about(namespace_key(subject)).into()
        }
    }
}

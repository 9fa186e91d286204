//! The namespaces that a selector matches, and whether pods in one match another.
//!
//! A policy of a namespace sees no other; files tell of a namespace by the objects in it, but not its labels. It must not
//! say what a check makes of finding none. Next: [`super::workloads`].

use super::super::index::Term;
use super::super::kind::Kind;
use super::super::lookup::{Cause, Coverage};
use super::super::object::{Object, ObjectKey};
use super::super::selector::Selector;
use super::{Inventory, NamespaceView};

/// The label that the server gives every namespace: its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Where a cluster runs what it needs itself.
const SYSTEM: &str = "kube-system";

/// Namespaces that the server makes.
const MADE_BY_THE_SERVER: &[&str] = &["default", "kube-node-lease", "kube-public", SYSTEM];

/// The namespaces that a selector matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching<'a> {
    /// Those in sight that match for certain, in order.
    pub found: Vec<&'a str>,
    /// Why one in sight may match that is not among them.
    pub incomplete: Option<Cause>,
    /// Whether one may match that is out of sight.
    pub is_hidden: bool,
}

/// Whether a namespace has pods that a selector matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds<'a> {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// What may make such pods is there, and they are not known.
    Maybe(&'a str),
    /// Nobody here knows.
    Unknown(Cause),
}

impl<'a> NamespaceView<'a> {
    /// The namespaces that a selector matches.
    pub fn namespaces_matching(&self, selector: &Selector) -> Matching<'a> {
        if self.inventory.coverage(Kind::Namespace) == Coverage::Stale {
            return Matching { incomplete: Some(Cause::Stale), ..Matching::default() };
        }
        if !self.sees_others {
            return self.own_matching(selector);
        }
        let mut matching = Matching { incomplete: self.inventory.namespaces_gap(), ..Matching::default() };
        for object in self.inventory.namespaces_about(selector) {
            let name = object.metadata().name.as_str();
            match known(selector, name, Some(object)) {
                Some(true) => matching.found.push(name),
                Some(false) => {}
                None => matching.incomplete = matching.incomplete.or(Some(Cause::Undecodable)),
            }
        }
        // In a cluster whatever lies in a namespace says nothing that the Namespace does not say.
        if !self.inventory.live {
            self.inventory.add_those_not_given(selector, &mut matching);
        }
        matching
    }

    fn own_matching(&self, selector: &Selector) -> Matching<'a> {
        let matches = known(selector, self.namespace, self.inventory.namespace_of(self.namespace));
        let names = selector.demanded_of(NAME_LABEL);
        let is_hidden = names.is_none_or(|names| names.iter().any(|name| *name != self.namespace));
        let gap = self.inventory.coverage_in(Kind::Namespace, self.namespace).gap();
        Matching {
            found: (matches == Some(true)).then_some(self.namespace).into_iter().collect(),
            incomplete: matches.is_none().then_some(gap.unwrap_or(Cause::Undecidable)),
            is_hidden,
        }
    }

    /// Whether this namespace has pods of a workload that a selector matches, those that came to their end included.
    pub fn holds_pods(&self, selector: &Selector) -> Holds<'a> {
        let Self { inventory, namespace, .. } = *self;
        let is_seen = |kind| !inventory.coverage_in(kind, namespace).is_blind();
        if inventory.any_selected(namespace, selector, |workload| is_seen(workload.kind)) {
            return Holds::Yes;
        }
        // What a cluster runs itself stands in no file.
        let not_given = (!inventory.live && namespace == SYSTEM).then_some(Cause::NotGiven);
        match (self.workloads_gap().or(not_given), self.maker()) {
            (Some(cause), _) => Holds::Unknown(cause),
            (None, Some(maker)) => Holds::Maybe(maker),
            (None, None) => Holds::No,
        }
    }
}

impl Inventory {
    /// A Namespace, whatever its shape.
    fn namespace_of(&self, name: &str) -> Option<&Object> {
        self.get(&ObjectKey { namespace: "".into(), kind: Kind::Namespace, name: name.into() })
    }

    /// Whether a namespace matches or may match, as far as is known.
    pub(in super::super) fn may_match(&self, selector: &Selector, name: &str) -> bool {
        known(selector, name, self.namespace_of(name)) != Some(false)
    }

    /// Why there may be a namespace of which nothing is known.
    fn namespaces_gap(&self) -> Option<Cause> {
        // Where files are all there is, a namespace of which nothing is given is not there.
        let is_all_given = !self.live && self.coverage(Kind::default()) == Coverage::Complete;
        self.coverage_everywhere(Kind::Namespace).gap().filter(|_| !is_all_given)
    }

    /// The Namespaces that a selector may match, and those that do not have the shape of one, in order.
    fn namespaces_about(&self, selector: &Selector) -> Vec<&Object> {
        if let Some(names) = selector.demanded_of(NAME_LABEL) {
            return super::entered::in_order(
                names.into_iter().filter_map(|name| self.namespace_of(name)).collect(),
            );
        }
        let Some((key, values)) = selector.demanded() else {
            return self.objects_of(Kind::Namespace, "").collect();
        };
        let terms = values.into_iter().map(|value| Term::Carries(key, value));
        let found = terms.flat_map(|term| self.candidates("", term));
        let broken = self.broken_everywhere(Kind::Namespace);
        super::entered::in_order(found.chain(broken).filter(|one| one.kind() == Kind::Namespace).collect())
    }

    /// Adds the namespaces that are there and have no Namespace among the files: nothing but their name is known.
    fn add_those_not_given<'a>(&'a self, selector: &Selector, matching: &mut Matching<'a>) {
        for name in self.named_by_objects().filter(|name| self.namespace_of(name).is_none()) {
            match selector.matches_known(&[(NAME_LABEL, name)].into()) {
                Some(true) => matching.found.push(name),
                Some(false) => {}
                None => matching.incomplete = matching.incomplete.or(Some(Cause::NotGiven)),
            }
        }
        let by_the_server = MADE_BY_THE_SERVER.iter().filter(|name| self.namespace_of(name).is_none());
        let matched = by_the_server.filter(|name| selector.matches(&[(NAME_LABEL, **name)].into()));
        matching.found.extend(matched);
        matching.found.sort_unstable();
        matching.found.dedup();
    }

    /// The namespaces in which an object lies, in order.
    fn named_by_objects(&self) -> impl Iterator<Item = &str> {
        let mut last = String::new();
        std::iter::from_fn(move || {
            // No name holds this character.
            let next = ObjectKey {
                namespace: format!("{last}\0").as_str().into(),
                kind: Kind::default(),
                name: "".into(),
            };
            let (key, _) = self.entries.range(next..).next()?;
            (*key.namespace).clone_into(&mut last);
            Some(&*key.namespace)
        })
    }
}

/// Whether a selector matches a namespace, of which an object may be there; absent where a label that is not known decides.
fn known(selector: &Selector, name: &str, object: Option<&Object>) -> Option<bool> {
    match object {
        Some(Object::Namespace(own)) if own.labels.contains_key(NAME_LABEL) => {
            Some(selector.matches(&own.labels))
        }
        Some(Object::Namespace(own)) => {
            Some(selector.matches(&own.labels.iter().chain([(NAME_LABEL, name)]).collect()))
        }
        _ => selector.matches_known(&[(NAME_LABEL, name)].into()),
    }
}

#[cfg(test)]
#[path = "namespaces_tests.rs"]
mod tests;

//! Kinds of custom resources: those that hold a pod template, as policies name them, and those whose definition files give.
//!
//! Which there are is not known when this is built, and a [`super::Kind`] is a word that is copied everywhere:
//! so each that a policy or a definition names is kept for the life of the process, once. Both are few, and so are the
//! kinds they name. It must not know in which version one is served. Next: [`super::decode`], [`super::schema::custom`].

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::kind::KindInfo;

type Name = (String, String, String, bool);

static KNOWN: Mutex<BTreeMap<Name, CustomKind>> = Mutex::new(BTreeMap::new());

/// A kind of custom resource, with where its pod template lies.
#[derive(Clone, Copy, Debug)]
pub struct CustomKind(&'static Custom);

#[derive(Debug)]
struct Custom {
    info: KindInfo,
    /// From the root of the object, such as `spec.template`.
    template_path: String,
    /// Where the pod's spec lies: in the template.
    pod_path: String,
}

impl CustomKind {
    /// The kind of this name whose template lies at this path, such as `spec.template`.
    pub fn of(group: &str, kind: &str, template_path: &str) -> Self {
        Self::kept((group, kind, template_path), true)
    }

    /// The kind of this name as its definition has it, whether or not its objects hold a template.
    pub fn defined(group: &str, kind: &str, namespaced: bool) -> Self {
        Self::kept((group, kind, ""), namespaced)
    }

    fn kept((group, kind, template_path): (&str, &str, &str), namespaced: bool) -> Self {
        let name = (group.to_owned(), kind.to_owned(), template_path.to_owned(), namespaced);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(name).or_insert_with(|| Self::new((group, kind, template_path), namespaced))
    }

    /// Those of this name that a policy has named since the process began: one for each path to a template.
    pub fn named(group: &str, kind: &str) -> Vec<Self> {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let is_named = |custom: &Self| !custom.template_path().is_empty() && custom.is(group, kind);
        known.values().copied().filter(is_named).collect()
    }

    fn new((group, kind, template_path): (&str, &str, &str), namespaced: bool) -> Self {
        let keep = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let info = KindInfo {
            group: keep(group.to_owned()),
            version: "",
            kind: keep(kind.to_owned()),
            // What the server calls it is not known; in logs and metrics this tells it from all others.
            plural: keep(format!("{}.{group}.{template_path}", kind.to_lowercase())),
            namespaced,
            field_selector: "",
            label_selector: "",
        };
        let (template_path, pod_path) = (template_path.to_owned(), format!("{template_path}.spec"));
        Self(Box::leak(Box::new(Custom { info, template_path, pod_path })))
    }

    /// What is known of it: not its version, nor its plural.
    pub const fn info(self) -> KindInfo {
        self.0.info
    }

    /// Path from the object's root to its pod template.
    pub fn template_path(self) -> &'static str {
        &self.0.template_path
    }

    /// Path from the object's root to its pod spec.
    pub const fn pod_path(self) -> &'static str {
        self.0.pod_path.as_str()
    }

    /// Whether it is this kind of this group.
    pub fn is(self, group: &str, kind: &str) -> bool {
        self.0.info.group == group && self.0.info.kind == kind
    }

    fn name(self) -> ([&'static str; 3], bool) {
        let info = &self.0.info;
        ([info.group, info.kind, self.0.template_path.as_str()], info.namespaced)
    }
}

impl PartialEq for CustomKind {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for CustomKind {}

impl PartialOrd for CustomKind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CustomKind {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(&other.name())
    }
}

impl std::hash::Hash for CustomKind {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_is_named_twice_is_one() {
        let one = CustomKind::of("argoproj.io", "Rollout", "spec.template");
        let again = CustomKind::of("argoproj.io", "Rollout", "spec.template");
        assert!(std::ptr::eq(one.0, again.0));
        let other = CustomKind::of("argoproj.io", "Rollout", "spec.other");
        assert_eq!(CustomKind::named("argoproj.io", "Rollout"), [other, one]);
        assert_eq!(CustomKind::named("argoproj.io", "Experiment"), []);
        assert_ne!(one, other);
        assert!(one.is("argoproj.io", "Rollout") && other < one);
        assert_eq!(one.pod_path(), "spec.template.spec");
    }

    #[test]
    fn one_that_a_definition_names_is_no_policys() {
        let (one, cluster) = (
            CustomKind::defined("example.com", "Axle", true),
            CustomKind::defined("example.com", "Axle", false),
        );
        assert_ne!(one, cluster);
        assert!(one.info().namespaced && !cluster.info().namespaced);
        assert_eq!(CustomKind::named("example.com", "Axle"), []);
    }
}

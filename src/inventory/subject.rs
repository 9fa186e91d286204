//! What a report is about: a workload, or the object that owns Pods and Jobs directly.
//!
//! A subject is an object by group, kind, namespace and name, whether or not the inventory can hold it: a
//! custom resource is never read, only named by what it owns. It must not know what is judged of it. Next:
//! [`super::owners`] for what an owner owns.

use std::fmt;

use super::kind::Kind;
use super::metadata::OwnerReference;
use super::object::ObjectKey;

/// Which object a report is about. The order is the order of sorted output, by namespace first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey {
    /// Namespace that its report lies in: its own, where it has one. An owner may have none; nobody here knows
    /// the scope of its kind, and it has a subject in each namespace with something that it owns.
    pub namespace: String,
    /// Kind.
    pub kind: SubjectKind,
    /// Name.
    pub name: String,
}

/// Kind of a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// One that Seaworthy reads.
    Known(Kind),
    /// Any other, as an owner reference names it. Boxed: most keys have none.
    Other(Box<OtherKind>),
}

/// A kind that Seaworthy does not read. Its version is no part of it: one object is served in several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherKind {
    /// API group, empty for the core group.
    pub group: String,
    /// Kind as in manifests.
    pub kind: String,
}

impl SubjectKey {
    /// The subject that an owner reference names, with its report in this namespace.
    pub fn of_reference(namespace: &str, (api_version, kind, name): (&str, &str, &str)) -> Self {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let other = || Box::new(OtherKind { group: group.to_owned(), kind: kind.to_owned() });
        let kind = Kind::find(group, kind).map_or_else(|| SubjectKind::Other(other()), SubjectKind::Known);
        Self { namespace: namespace.to_owned(), kind, name: name.to_owned() }
    }

    /// The owner of an object in this namespace.
    pub fn of_owner(namespace: &str, owner: &OwnerReference) -> Self {
        Self::of_reference(namespace, (&owner.api_version, &owner.kind, &owner.name))
    }

    /// A key that comes before every other of this namespace.
    pub fn first_in(namespace: &str) -> Self {
        let kind = SubjectKind::Known(Kind::default());
        Self { namespace: namespace.to_owned(), kind, name: String::new() }
    }

    /// The namespace that it lies in itself, empty for what is known to lie in none.
    pub fn own_namespace(&self) -> &str {
        match self.kind {
            SubjectKind::Known(kind) if !kind.info().namespaced => "",
            _ => &self.namespace,
        }
    }

    /// The object of a known kind that it is, if it is one.
    pub fn object(&self) -> Option<ObjectKey> {
        let SubjectKind::Known(kind) = self.kind else { return None };
        Some(ObjectKey { namespace: self.own_namespace().into(), kind, name: self.name.as_str().into() })
    }

    /// The kind of workload that it is, if it is one.
    pub fn workload_kind(&self) -> Option<Kind> {
        match self.kind {
            SubjectKind::Known(kind) if kind.is_workload() => Some(kind),
            _ => None,
        }
    }
}

impl SubjectKind {
    /// API group, empty for the core group.
    pub fn group(&self) -> &str {
        match self {
            Self::Known(kind) => kind.info().group,
            Self::Other(other) => &other.group,
        }
    }

    /// Kind as in manifests.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(kind) => kind.as_str(),
            Self::Other(other) => &other.kind,
        }
    }
}

impl From<ObjectKey> for SubjectKey {
    fn from(ObjectKey { namespace, kind, name }: ObjectKey) -> Self {
        // A custom resource is the same subject whatever reads it: what owns Pods, or what holds a template.
        // So is a Secret, whatever was read of it.
        let kind = if kind == Kind::SecretMetadata { Kind::Secret } else { kind };
        let kind = match kind.custom() {
            Some(_) => {
                let (group, kind) = (kind.info().group.to_owned(), kind.info().kind.to_owned());
                SubjectKind::Other(Box::new(OtherKind { group, kind }))
            }
            None => SubjectKind::Known(kind),
        };
        Self { namespace: namespace.into(), kind, name: name.into() }
    }
}

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind.as_str())?;
        let namespace = self.own_namespace();
        if !namespace.is_empty() {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_the_cluster_is_told_without_the_namespace_of_its_report() {
        let key = |kind| ObjectKey { namespace: "".into(), kind, name: "shop".into() };
        let namespace = SubjectKey { namespace: "shop".to_owned(), ..key(Kind::Namespace).into() };
        assert_eq!((namespace.to_string().as_str(), namespace.own_namespace()), ("Namespace shop", ""));
        assert_eq!(namespace.object(), Some(key(Kind::Namespace)));
        let service = SubjectKey { namespace: "shop".to_owned(), ..key(Kind::Service).into() };
        assert_eq!(service.to_string(), "Service shop/shop");
    }

    fn named(api_version: &str, kind: &str) -> SubjectKey {
        SubjectKey::of_reference("shop", (api_version, kind, "db"))
    }

    #[test]
    fn a_reference_to_a_known_kind_is_that_object_and_any_other_keeps_its_group() {
        let deployment = ObjectKey { namespace: "shop".into(), kind: Kind::Deployment, name: "db".into() };
        assert_eq!(named("apps/v1", "Deployment"), SubjectKey::from(deployment.clone()));
        assert_eq!(named("apps/v1", "Deployment").object(), Some(deployment));
        let cluster = named("db.example/v1", "Cluster");
        assert_eq!((cluster.kind.group(), cluster.to_string().as_str()), ("db.example", "Cluster shop/db"));
        assert_eq!(cluster, named("db.example/v2", "Cluster"), "the version is no part of it");
        assert_ne!(cluster, named("other.example/v1", "Cluster"));
        assert_eq!((cluster.object(), cluster.workload_kind()), (None, None));
        assert_eq!(named("v1", "Namespace").object().unwrap().namespace, "");
        assert_eq!(named("v1", "Namespace").namespace, "shop", "its report lies there");
    }

    #[test]
    fn subjects_of_one_namespace_stand_together() {
        let elsewhere = SubjectKey { namespace: "zoo".to_owned(), ..named("apps/v1", "Deployment") };
        let mut keys = [elsewhere.clone(), named("db.example/v1", "Cluster"), named("v1", "Pod")];
        keys.sort();
        assert!(SubjectKey::first_in("shop") < keys[0]);
        assert_eq!(keys[2], elsewhere);
        assert!(keys[1] < SubjectKey::first_in("zoo"));
    }
}

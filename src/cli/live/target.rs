//! What a command line names: `deployment/web`, `rpol/gate`, `cluster.postgresql.cnpg.io/main`.
//!
//! Kinds are known by the names that kubectl knows them by. A custom resource is named by its kind and group, as
//! its report is. It must not ask the cluster. Next: [`super::wait`].

use crate::inventory::subject::{OtherKind, SubjectKind};
use crate::inventory::{Kind, SubjectKey};
use crate::ops::resource::{
    CLUSTER_READINESS_POLICIES, ObjectKey, READINESS_POLICIES, READINESS_REPORTS, ResourceRef,
};

/// Why a name is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not of the form `kind/name`.
    #[error("{0:?} is not of the form KIND/NAME, as in deployment/web")]
    Form(String),
    /// No kind of this name.
    #[error(
        "{0:?} is no kind of workload, policy or report; name a custom resource with its group, as in \
         cluster.postgresql.cnpg.io/main"
    )]
    Kind(String),
}

/// What was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A workload of a built-in kind.
    Workload {
        /// Its kind.
        kind: Kind,
        /// How it is asked for.
        resource: ResourceRef,
        /// Its name.
        name: String,
    },
    /// A policy of either kind.
    Policy {
        /// How it is asked for.
        resource: ResourceRef,
        /// Its name.
        name: String,
    },
    /// A report by its own name.
    Report {
        /// Its name.
        name: String,
    },
    /// A custom resource that is judged by what it owns. It is only known by its report.
    Owner {
        /// Its group and kind.
        kind: OtherKind,
        /// Its name.
        name: String,
    },
}

/// What kubectl calls the kinds of workloads for short.
const SHORT: [(&str, Kind); 7] = [
    ("deploy", Kind::Deployment),
    ("sts", Kind::StatefulSet),
    ("ds", Kind::DaemonSet),
    ("rs", Kind::ReplicaSet),
    ("rc", Kind::ReplicationController),
    ("cj", Kind::CronJob),
    ("po", Kind::Pod),
];

impl Target {
    /// Reads `KIND/NAME`.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let form = || TargetError::Form(text.to_owned());
        let (given, name) = text.split_once('/').ok_or_else(form)?;
        if given.is_empty() || name.is_empty() || name.contains('/') {
            return Err(form());
        }
        let (kind, name) = (given.to_lowercase(), name.to_owned());
        let is = |resource: &ResourceRef, short: &str| {
            kind == resource.kind.to_lowercase() || kind == *resource.plural || kind == short
        };
        for (resource, short) in [(&READINESS_POLICIES, "rpol"), (&CLUSTER_READINESS_POLICIES, "crpol")] {
            if is(resource, short) {
                return Ok(Self::Policy { resource: resource.clone(), name });
            }
        }
        if is(&READINESS_REPORTS, "readiness") {
            return Ok(Self::Report { name });
        }
        if let Some(kind) = workload_kind(&kind) {
            return Ok(Self::Workload { kind, resource: kind.info().into(), name });
        }
        match given.split_once('.') {
            Some((kind, group)) if !kind.is_empty() && !group.is_empty() => {
                let kind = OtherKind { group: group.to_owned(), kind: kind.to_owned() };
                Ok(Self::Owner { kind, name })
            }
            _ => Err(TargetError::Kind(given.to_owned())),
        }
    }

    /// What is judged, if it is not a policy; none for a report, which is known by its own name.
    pub fn subject(&self, namespace: &str) -> Option<SubjectKey> {
        let (kind, name) = match self {
            Self::Workload { kind, name, .. } => (SubjectKind::Known(*kind), name),
            Self::Owner { kind, name } => (SubjectKind::Other(Box::new(kind.clone())), name),
            Self::Policy { .. } | Self::Report { .. } => return None,
        };
        Some(SubjectKey { namespace: namespace.to_owned(), kind, name: name.clone() })
    }

    /// The object to read: the workload, the policy or the report.
    pub fn object<'a>(&'a self, namespace: &'a str) -> ObjectKey<'a> {
        let (resource, name) = match self {
            Self::Workload { resource, name, .. } | Self::Policy { resource, name } => (resource, name),
            Self::Report { name } | Self::Owner { name, .. } => (&READINESS_REPORTS, name),
        };
        resource.object(resource.namespaced.then_some(namespace), name)
    }

    /// In words.
    pub fn describe(&self, namespace: &str) -> String {
        match self {
            Self::Policy { resource, name } if !resource.namespaced => format!("{} {name}", resource.kind),
            Self::Workload { resource, name, .. } | Self::Policy { resource, name } => {
                format!("{} {namespace}/{name}", resource.kind)
            }
            Self::Report { name } => format!("ReadinessReport {namespace}/{name}"),
            Self::Owner { kind, name } => format!("{} {namespace}/{name}", kind.kind),
        }
    }
}

fn workload_kind(name: &str) -> Option<Kind> {
    let short = SHORT.iter().find(|(short, _)| *short == name).map(|(_, kind)| *kind);
    let is = |kind: &&Kind| {
        let info = kind.info();
        name == info.kind.to_lowercase()
            || name == info.plural
            || name == format!("{}.{}", info.plural, info.group)
    };
    short.or_else(|| Kind::WORKLOADS.iter().find(is).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_the_names_that_kubectl_knows() {
        for text in
            ["deployment/web", "deploy/web", "Deployment/web", "deployments/web", "deployments.apps/web"]
        {
            let target = Target::parse(text).unwrap();
            assert_eq!(target.object("shop").path(None), "/apis/apps/v1/namespaces/shop/deployments/web");
            assert_eq!(target.subject("shop").unwrap().to_string(), "Deployment shop/web");
        }
        let policy = Target::parse("crpol/all").unwrap();
        assert_eq!(
            policy.object("shop").path(None),
            "/apis/seaworthy.dev/v1alpha1/clusterreadinesspolicies/all"
        );
        assert_eq!(policy.describe("shop"), "ClusterReadinessPolicy all");
        assert_eq!(policy.subject("shop"), None);
    }

    #[test]
    fn a_custom_resource_is_named_with_its_group() {
        let target = Target::parse("Cluster.postgresql.cnpg.io/main").unwrap();
        let subject = target.subject("data").unwrap();
        assert_eq!(crate::render::report::name(&subject), "cluster.postgresql.cnpg.io-main");
    }

    #[test]
    fn what_is_no_name_is_said_with_the_way_out() {
        for text in ["web", "deployment/", "/web", "a/b/c"] {
            assert_eq!(Target::parse(text), Err(TargetError::Form(text.to_owned())));
        }
        assert_eq!(Target::parse("widget/web"), Err(TargetError::Kind("widget".to_owned())));
    }
}

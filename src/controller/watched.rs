//! What the controller watches, and what arrives from it.
//!
//! It must not do anything with what arrives. Next: [`super::feed`] fills the channel,
//! [`super::state`] empties it.

use std::collections::BTreeSet;

use crate::api::policy_status::PolicyStatus;
use crate::checks;
use crate::engine::policy::PolicyKey;
use crate::inventory::lookup::Coverage;
use crate::inventory::object::ObjectKey;
use crate::inventory::{Kind, Object};
use crate::ops::metadata::ObjectMetadata;
use crate::ops::resource::{CLUSTER_READINESS_POLICIES, READINESS_POLICIES, READINESS_REPORTS, ResourceRef};
use crate::ops::watch::{Unavailable, WatchSpec};

/// A kind of object that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Watched {
    /// A kind of the inventory.
    Kind(Kind),
    /// ReadinessPolicies.
    Policies,
    /// ClusterReadinessPolicies.
    ClusterPolicies,
    /// The operator's own reports, as metadata.
    Reports,
}

impl Watched {
    /// What is watched whatever policies read: workloads, namespaces and the operator's own kinds.
    pub fn always() -> Vec<Self> {
        Self::all().into_iter().filter(|watched| watched.is_always()).collect()
    }

    /// Whether it is watched whatever policies read.
    pub fn is_always(self) -> bool {
        match self {
            Self::Kind(kind) => Kind::WORKLOADS.contains(&kind) || kind == Kind::Namespace,
            Self::Policies | Self::ClusterPolicies | Self::Reports => true,
        }
    }

    /// Everything that this operator may come to watch.
    pub fn all() -> Vec<Self> {
        let kinds: BTreeSet<Kind> =
            Kind::WORKLOADS.iter().copied().chain([Kind::Namespace]).chain(checks::watched()).collect();
        let own = [Self::Policies, Self::ClusterPolicies, Self::Reports];
        kinds.into_iter().map(Self::Kind).chain(own).collect()
    }

    /// The resource.
    pub fn resource(self) -> ResourceRef {
        match self {
            Self::Kind(kind) => kind.info().into(),
            Self::Policies => READINESS_POLICIES.clone(),
            Self::ClusterPolicies => CLUSTER_READINESS_POLICIES.clone(),
            Self::Reports => READINESS_REPORTS.clone(),
        }
    }

    /// How it is watched; of a kind that is discovered only its feed knows the resource.
    pub fn spec(self) -> WatchSpec {
        let (field_selector, label_selector) = match self {
            Self::Kind(kind) => (kind.info().field_selector, kind.info().label_selector),
            _ => ("", ""),
        };
        WatchSpec {
            resource: self.resource(),
            namespace: None,
            field_selector: field_selector.to_owned(),
            label_selector: label_selector.to_owned(),
            metadata_only: self.is_metadata_only(),
            label: self.label(),
        }
    }

    /// How many objects a page of its lists holds, where it is this many of most kinds: a page is in memory at once,
    /// and a definition of a custom resource is a hundred times as large as most objects.
    pub fn page_size(self, of_most: u32) -> u32 {
        match self {
            Self::Kind(Kind::CustomResourceDefinition) => of_most.min(10),
            // Each tells of every image that it holds.
            Self::Kind(Kind::Node) => of_most.min(25),
            _ => of_most,
        }
    }

    fn is_metadata_only(self) -> bool {
        matches!(self, Self::Reports) || matches!(self, Self::Kind(kind) if kind.is_metadata_only())
    }

    /// What it is called in logs and metrics: the plural of its resource, of which there is one watch but for
    /// Secrets and ReplicaSets, with its group where that is not the only one of its name.
    pub fn label(self) -> String {
        let plural = self.resource().plural;
        match self {
            Self::Kind(kind) if kind.is_metadata_only() => format!("{plural} (metadata)"),
            Self::Kind(Kind::Revision) => format!("{plural} (revisions)"),
            Self::Kind(kind) if kind.own_name() != kind.as_str() => format!("{plural}.{}", kind.info().group),
            _ => plural.into_owned(),
        }
    }
}

/// A policy as it stands on the server.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyObject {
    /// Which policy.
    pub key: PolicyKey,
    /// Its uid.
    pub uid: String,
    /// Generation of its spec.
    pub generation: i64,
    /// Version of this state on the server; 0 when it is no number.
    pub version: u64,
    /// Moment of its creation in seconds since 1970; 0 when unknown.
    pub created: i64,
    /// The spec, or why it cannot be read.
    pub spec: Result<PolicySpecObject, String>,
    /// The status that was last written.
    pub status: PolicyStatus,
}

/// The spec of a policy of either kind.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicySpecObject {
    /// Of a ReadinessPolicy.
    Namespaced(Box<crate::api::policy::ReadinessPolicySpec>),
    /// Of a ClusterReadinessPolicy.
    Cluster(Box<crate::api::policy::ClusterReadinessPolicySpec>),
}

impl Message {
    /// What it is about, if that is a kind of the inventory.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Restarted(Watched::Kind(kind))
            | Self::Synced(Watched::Kind(kind))
            | Self::Unavailable(Watched::Kind(kind), _)
            | Self::Covered(Watched::Kind(kind), ..) => Some(*kind),
            Self::Object(object) => Some(object.kind()),
            Self::ObjectGone(key, _) => Some(key.kind),
            _ => None,
        }
    }
}

/// What a watch tells the controller.
#[derive(Debug)]
pub enum Message {
    /// A list begins.
    Restarted(Watched),
    /// A list has ended.
    Synced(Watched),
    /// The kind cannot be watched.
    Unavailable(Watched, Unavailable),
    /// How much of the kind is known in a namespace; only where not all are watched at once.
    Covered(Watched, String, Coverage),
    /// An object is there, as new or as it was.
    Object(Box<Object>),
    /// An object is gone.
    ObjectGone(ObjectKey, String),
    /// A policy is there.
    Policy(Box<PolicyObject>),
    /// A policy is gone.
    PolicyGone(PolicyKey, String),
    /// A report is there.
    Report(Box<ObjectMetadata>),
    /// A report is gone: namespace, name and uid.
    ReportGone(String, String, String),
    /// The server has this minor of Kubernetes.
    ServerMinor(u8),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_secrets_that_are_not_for_tls_nothing_but_metadata_is_asked_for() {
        let [whole, named] = [Kind::Secret, Kind::SecretMetadata].map(|kind| Watched::Kind(kind).spec());
        assert_eq!((whole.field_selector.as_str(), whole.metadata_only), ("type=kubernetes.io/tls", false));
        assert_eq!((named.field_selector.as_str(), named.metadata_only), ("", true));
        assert_eq!(whole.resource, named.resource);
    }

    #[test]
    fn large_objects_come_in_small_pages() {
        let sizes =
            [Kind::CustomResourceDefinition, Kind::Pod].map(|kind| Watched::Kind(kind).page_size(100));
        assert_eq!(sizes, [10, 100]);
        assert_eq!(Watched::Kind(Kind::CustomResourceDefinition).page_size(4), 4);
    }

    #[test]
    fn every_watch_has_a_label_of_its_own() {
        let all = Watched::all();
        let labels: BTreeSet<String> = all.iter().map(|watched| watched.label()).collect();
        assert_eq!(labels.len(), all.len());
    }
}

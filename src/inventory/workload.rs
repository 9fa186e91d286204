//! A workload: whatever makes pods, or is one.
//!
//! It must not know policies. Next: [`super::decode`] makes it from JSON.

use super::batch::{CronSettings, JobSettings};
use super::kind::Kind;
use super::labels::Labels;
use super::marked::MarkedMetadata;
use super::metadata::{Metadata, OwnerReference};
use super::object::ObjectKey;
use super::pod::PodSpec;
use super::rollout::Rollout;
use super::selector::LabelSelector;
use super::shared::Shared;

/// A workload with the pod that the API server would make of its template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// One of [`Kind::WORKLOADS`], or a custom one.
    pub kind: Kind,
    /// Whether the controller of a StatefulSet or a DaemonSet has still to see its spec: the revision of that may not be
    /// there yet. Nobody asks that of other kinds.
    pub is_unobserved: bool,
    /// Metadata of the workload itself.
    pub metadata: Metadata,
    /// Wanted replicas with the API's default; absent for kinds without.
    pub replicas: Option<i64>,
    /// Whether `replicas` is written; always so on a server.
    pub replicas_written: bool,
    /// The Service that gives the pods of a StatefulSet their names, where one is named.
    pub service_name: Option<Box<str>>,
    /// How it replaces its pods; absent for kinds that do not.
    pub rollout: Option<Shared<Rollout>>,
    /// How it finds its pods.
    pub selection: Selection,
    /// What a CronJob says of its runs; absent for other kinds.
    pub cron: Option<Box<CronSettings>>,
    /// What a Job, or the Jobs of a CronJob, say of their end; absent for other kinds.
    pub job: Option<Box<JobSettings>>,
    /// The claims that a StatefulSet makes for each of its pods; absent where it makes none.
    pub claims: Option<Box<ClaimTemplates>>,
    /// Labels of its pods.
    pub pod_labels: Labels,
    /// Annotations of its pods.
    pub pod_annotations: Labels,
    /// The effective pod that checks read.
    pub pod: PodSpec,
    /// Hash of the template as the server sent it: 16 hex digits; empty for one that was read from a file, of which
    /// nobody reports.
    pub template_hash: String,
    /// Where it is in its life.
    pub phase: Phase,
}

/// `volumeClaimTemplates` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimTemplates {
    /// Each of them.
    pub templates: Vec<ClaimTemplate>,
}

/// One of a StatefulSet's `volumeClaimTemplates`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimTemplate {
    /// Its name, which is that of the volume that pods get.
    pub name: Box<str>,
    /// The class of the claims: absent leaves it to the cluster, empty asks for volumes without one.
    pub storage_class_name: Option<Box<str>>,
    /// What of the metadata of the claims holds a credential.
    pub metadata: MarkedMetadata,
}

/// How a workload finds its pods. A selector that does is not kept: it says nothing that the pods' labels do
/// not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// The kind has no selector of its own, or the server makes it.
    #[default]
    None,
    /// The selector matches the pods of its own template.
    Own,
    /// The server needs a selector and there is none.
    Missing,
    /// The selector does not match the template's labels, asks for nothing, or is not valid.
    Other(Box<LabelSelector>),
}

/// Where a workload is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It runs, or will.
    #[default]
    Active,
    /// A Job or Pod that has come to its end.
    Finished,
    /// A CronJob or Job that is suspended.
    Suspended,
}

impl Workload {
    /// The workload's key.
    pub fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: self.kind,
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
        }
    }

    /// Whether it runs to an end: probes, replicas and budgets make no sense for it.
    pub fn is_batch(&self) -> bool {
        matches!(self.kind, Kind::Job | Kind::CronJob)
            || (self.kind == Kind::Pod && self.pod.restart_policy != "Always")
    }

    /// Whether somebody parked it: scaled to zero, or a suspended CronJob.
    pub fn is_parked(&self) -> bool {
        self.replicas == Some(0) || self.phase == Phase::Suspended
    }

    /// Whether its pods mount this PersistentVolumeClaim by name.
    pub fn names_claim(&self, claim: &str) -> bool {
        self.pod.claim_names().any(|name| name == claim)
    }

    /// Whether it is a StatefulSet that makes this PersistentVolumeClaim for one of its pods.
    pub fn makes_claim(&self, claim: &str) -> bool {
        let templates = self.claims.iter().flat_map(|claims| &claims.templates);
        templates.into_iter().any(|template| {
            let rest = claim.strip_prefix(&format!("{}-{}-", template.name, self.metadata.name));
            rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
        })
    }

    /// The custom resource that manages it, if one does.
    pub fn owner(&self) -> Option<&OwnerReference> {
        self.metadata.controller()
    }

    /// Path from the object's root to its pod spec.
    pub const fn pod_path(&self) -> &'static str {
        match self.kind {
            Kind::Pod => "spec",
            Kind::CronJob => "spec.jobTemplate.spec.template.spec",
            Kind::Custom(custom) => custom.pod_path(),
            _ => "spec.template.spec",
        }
    }
}

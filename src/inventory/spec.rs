//! The parts of a workload's JSON that [`super::decode`] takes apart.
//!
//! It must hold nothing that outlives decoding. Next: [`super::decode`].

use serde::Deserialize;

use super::batch::JobFields;
use super::kind::Kind;
use super::labels::Labels;
use super::lenient::{list, null_is_default, string_map};
use super::marked::MarkedMetadata;
use super::metadata::annotations;
use super::rollout::{RolloutFields, Strategy};
use super::workload::{ClaimTemplate, ClaimTemplates};

/// `spec` of any workload. A kind's own fields are absent from the others. `L` stands for parts that are read later.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Deserialize<'de>"))]
pub(super) struct WorkloadSpec<L> {
    pub(super) replicas: Option<i64>,
    pub(super) service_name: Option<Box<str>>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) suspend: bool,
    pub(super) template: Option<L>,
    pub(super) job_template: Option<L>,
    pub(super) selector: Option<L>,
    #[serde(default, deserialize_with = "list")]
    volume_claim_templates: Vec<WrittenClaim>,
    strategy: Option<Strategy>,
    update_strategy: Option<Strategy>,
    #[serde(default, deserialize_with = "null_is_default")]
    min_ready_seconds: i64,
    progress_deadline_seconds: Option<i64>,
    revision_history_limit: Option<i64>,
}

/// A template of claims: one of a StatefulSet's `volumeClaimTemplates`, or that of a pod's volume.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WrittenClaim {
    #[serde(deserialize_with = "null_is_default")]
    metadata: ClaimTemplateMetadata,
    #[serde(deserialize_with = "null_is_default")]
    spec: ClaimTemplateSpec,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClaimTemplateSpec {
    storage_class_name: Option<Box<str>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClaimTemplateMetadata {
    #[serde(deserialize_with = "null_is_default")]
    name: Box<str>,
    #[serde(deserialize_with = "string_map")]
    labels: Labels,
    #[serde(deserialize_with = "annotations")]
    annotations: Labels,
}

impl WrittenClaim {
    /// The class that the claims want, and what of their metadata holds a credential.
    pub(super) fn into_parts(self) -> (Option<Box<str>>, MarkedMetadata) {
        let ClaimTemplateMetadata { labels, annotations, .. } = &self.metadata;
        let marked = MarkedMetadata::of(labels, annotations);
        (self.spec.storage_class_name, marked)
    }
}

impl<L> WorkloadSpec<L> {
    /// The claims that are made for each pod.
    pub(super) fn claims(&mut self) -> Option<Box<ClaimTemplates>> {
        let templates = std::mem::take(&mut self.volume_claim_templates);
        let templates: Vec<_> = templates
            .into_iter()
            .map(|WrittenClaim { metadata, spec }| ClaimTemplate {
                metadata: MarkedMetadata::of(&metadata.labels, &metadata.annotations),
                name: metadata.name,
                storage_class_name: spec.storage_class_name,
            })
            .collect();
        (!templates.is_empty()).then(|| Box::new(ClaimTemplates { templates }))
    }

    /// The fields that say how pods of this kind are replaced. Another kind's field is none of its own: the server
    /// drops it.
    pub(super) fn rollout(&mut self, kind: Kind) -> RolloutFields {
        let own = if kind == Kind::Deployment { &mut self.strategy } else { &mut self.update_strategy };
        RolloutFields {
            strategy: own.take().unwrap_or_default(),
            min_ready_seconds: self.min_ready_seconds,
            progress_deadline_seconds: self.progress_deadline_seconds,
            revision_history_limit: self.revision_history_limit,
        }
    }
}

/// `jobTemplate` of a CronJob.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Deserialize<'de>"))]
pub(super) struct JobTemplate<L> {
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) metadata: MarkedMetadata,
    pub(super) spec: Option<JobFields<L>>,
}

/// `status` of a workload: whether it has come to its end, what its controller has seen of it, and nothing else.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WorkloadStatus {
    #[serde(deserialize_with = "null_is_default")]
    pub(super) observed_generation: i64,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) phase: String,
    #[serde(deserialize_with = "list")]
    pub(super) conditions: Vec<StatusCondition>,
}

/// One of a status's conditions.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusCondition {
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub(super) kind: String,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) status: String,
}

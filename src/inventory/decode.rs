//! From an object's JSON text to its lean form.
//!
//! The same function serves watch events, files and admission; a file that was read into a tree needs no text. It must
//! not quote values in errors: the text may be a Secret's. Next: [`super::snapshot`].

mod custom;
mod joined;
mod source;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use self::source::Source;
use super::batch::{CronSettings, JobFields};
use super::default::{drop_token_volume, effective_pod};
use super::kind::Kind;
use super::labels::Labels;
use super::lenient::{null_is_default, string_map};
use super::limit_range::LimitRange;
use super::metadata::{Metadata, OwnerReference};
use super::object::{Ingress, Managed, Manifest, Object, Secret, Service};
use super::pod::{PodTemplate, TemplateMetadata};
use super::revision::{self, Revision, WrittenRevision};
use super::rollout::Rollout;
use super::secret::{Changes, SecretFacts};
use super::selector::LabelSelector;
use super::spec::{JobTemplate, WorkloadSpec, WorkloadStatus};
use super::tree::Tree;
use super::workload::{Phase, Selection, Workload};
use super::written::{Shape, Written};

/// Why an object could not be read.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// A field has a type that the API does not know.
    #[error("{part} does not have the shape of a {kind}: {problem}")]
    Shape {
        /// Kind that was expected.
        kind: Kind,
        /// Part of the object, as a path; `object` for its root.
        part: &'static str,
        /// What is wrong, without values.
        problem: String,
    },
}

/// Reads an object of this kind.
pub fn decode(kind: Kind, json: &str) -> Result<Object, DecodeError> {
    let mut object = decode_lean(kind, json)?;
    if !matches!(object, Object::Owned(..)) {
        object.metadata_mut().written = written(kind, json).map(Into::into);
    }
    Ok(object)
}

/// Reads an object of this kind from its document; how it was written is for others to say. An error tells no place: that
/// of the document's text does.
pub fn decode_document(kind: Kind, document: &Tree<'_>) -> Result<Object, DecodeError> {
    decode_lean(kind, document)
}

/// How an object was written. The version in which a custom resource is served is known from itself alone.
fn written(kind: Kind, json: &str) -> Option<Written> {
    match kind {
        // The annotation that says it holds every value.
        Kind::SecretMetadata | Kind::Revision | Kind::ControllerRevision => None,
        Kind::Custom(_) => {
            let Head { api_version } = serde_json::from_str(json).ok()?;
            Some(Written { api_version, shape: Shape::Taken })
        }
        _ => Written::applied(json, &kind.api_version()),
    }
}

fn decode_lean<'a, S: Source<'a>>(kind: Kind, json: S) -> Result<Object, DecodeError> {
    match kind {
        Kind::Namespace => {
            Ok(Object::Namespace(Box::new(parse::<MetadataOnly>(kind, "object", json)?.metadata)))
        }
        Kind::Service => Ok(Object::Service(Box::new(parse::<Service>(kind, "object", json)?.stored()))),
        Kind::Ingress => Ok(Object::Ingress(Box::new(parse::<Ingress>(kind, "object", json)?))),
        Kind::LimitRange => {
            Ok(Object::LimitRange(Box::new(LimitRange::stored(parse(kind, "object", json)?))))
        }
        Kind::Secret => {
            let metadata = parse::<MetadataOnly>(kind, "metadata", json)?.metadata;
            let facts = parse::<SecretFacts>(kind, "object", json)?;
            // What is noted beside it is no part of it: where that has not its shape, nothing is known of it.
            let changes = parse::<Changes>(kind, "metadata", json).unwrap_or_default();
            Ok(Object::Secret(Box::new(Secret { metadata, facts, changes })))
        }
        Kind::SecretMetadata => Ok(Object::SecretMetadata(Box::new(parse(kind, "metadata", json)?))),
        Kind::Revision => decode_revision(kind, json),
        Kind::ControllerRevision => decode_controller_revision(kind, json),
        Kind::Manifest(_) | Kind::Resource(_) => {
            let metadata = parse::<MetadataOnly>(kind, "object", json)?.metadata;
            Ok(Object::Manifest(Box::new(Manifest { kind, metadata })))
        }
        Kind::Custom(custom) => custom::decode(custom, &json.text()),
        _ if kind.is_workload() => decode_workload(kind, json),
        _ => joined::decode(kind, json),
    }
}

/// A ReplicaSet that no Deployment made is nobody's revision, whatever stands in it.
fn decode_revision<'a, S: Source<'a>>(kind: Kind, json: S) -> Result<Object, DecodeError> {
    let envelope: Envelope<S::Later> = parse(kind, "object", json)?;
    let metadata = envelope.metadata;
    let Some((owner_kind, owner)) = owner_of_revision(kind, &metadata) else {
        return Ok(Object::Owned(Box::new(Managed { kind, metadata })));
    };
    let spec = parse_part(kind, "spec", json.part("spec", envelope.spec))?;
    let number = revision::number(&metadata);
    Ok(Object::Revision(Box::new(Revision::of(metadata, (owner_kind, &owner), number, spec))))
}

/// Others than StatefulSets and DaemonSets keep what they like in ControllerRevisions.
fn decode_controller_revision<'a, S: Source<'a>>(kind: Kind, json: S) -> Result<Object, DecodeError> {
    let metadata = parse::<MetadataOnly>(kind, "metadata", json)?.metadata;
    let Some((owner_kind, owner)) = owner_of_revision(kind, &metadata) else {
        return Ok(Object::Owned(Box::new(Managed { kind, metadata })));
    };
    let WrittenRevision { revision, data } = parse(kind, "object", json)?;
    Ok(Object::Revision(Box::new(Revision::of(metadata, (owner_kind, &owner), revision, data.spec))))
}

/// The workload of which an object with this metadata is a revision.
fn owner_of_revision(kind: Kind, metadata: &Metadata) -> Option<(Kind, OwnerReference)> {
    let controller = metadata.controller();
    revision::owner_kind(kind, controller).zip(controller.cloned())
}

/// Reads an object of this kind; one that cannot be read becomes [`Object::Broken`], so that its own
/// verdict is Unknown and nobody else's suffers. Fails only when not even its name can be read.
pub fn decode_or_broken(kind: Kind, json: &str) -> Result<Object, DecodeError> {
    decode(kind, json).or_else(|error| broken(kind, json, &error))
}

/// Reads a Pod with its spec, whatever manages it: one that is asked about for itself. It becomes
/// [`Object::Broken`] as with [`decode_or_broken`].
pub fn decode_live_pod(json: &str) -> Result<Object, DecodeError> {
    let envelope = parse(Kind::Pod, "object", json)?;
    workload(Kind::Pod, envelope, json).or_else(|error| broken(Kind::Pod, json, &error))
}

fn broken(kind: Kind, json: &str, error: &DecodeError) -> Result<Object, DecodeError> {
    let mut metadata = parse::<MetadataOnly>(kind, "metadata", json)?.metadata;
    metadata.written = written(kind, json).map(Into::into);
    let DecodeError::Shape { part, problem, .. } = error;
    Ok(Object::broken(kind, metadata, &format!("{part}: {problem}")))
}

fn decode_workload<'a, S: Source<'a>>(kind: Kind, json: S) -> Result<Object, DecodeError> {
    let envelope: Envelope<S::Later> = parse(kind, "object", json)?;
    if is_managed(kind, envelope.metadata.controller()) {
        let metadata = envelope.metadata;
        return Ok(Object::Owned(Box::new(Managed { kind, metadata })));
    }
    workload(kind, envelope, json)
}

fn workload<'a, S: Source<'a>>(
    kind: Kind,
    envelope: Envelope<S::Later>,
    json: S,
) -> Result<Object, DecodeError> {
    let mut metadata = envelope.metadata;
    let whole = json.part("spec", envelope.spec);
    let mut spec: WorkloadSpec<S::Later> = parse_part(kind, "spec", whole)?;
    let part = |path: &str, later: Option<S::Later>| whole.and_then(|whole| whole.part(path, later));
    let job_template = part("jobTemplate", spec.job_template.take());
    let (cron, mut job) = batch(kind, whole, job_template)?;
    let (template_part, template) = match kind {
        Kind::Pod => (whole, pod_template(&metadata, parse_part(kind, "spec", whole)?)),
        Kind::CronJob => {
            let later = job.as_mut().and_then(|job| job.template.take());
            let template = part("jobTemplate.spec.template", later);
            (template, parse_part::<_, PodTemplate>(kind, "spec.jobTemplate.spec.template", template)?)
        }
        _ => {
            let template = part("template", spec.template.take());
            (template, parse_part::<_, PodTemplate>(kind, "spec.template", template)?)
        }
    };
    let selector = part("selector", spec.selector.take());
    let template_hash = template_part.map_or(Some(EMPTY), Source::sent).map(hash).unwrap_or_default();
    let TemplateMetadata { labels, annotations } = template.metadata.clone();
    // The server gives these, when they have no labels, those of their pods.
    if matches!(kind, Kind::ReplicationController | Kind::Job) && metadata.labels.is_empty() {
        metadata.labels.clone_from(&labels);
    }
    Ok(Object::Workload(Box::new(Workload {
        kind,
        is_unobserved: is_unobserved(kind, &metadata, &envelope.status),
        metadata,
        replicas: has_replicas(kind).then(|| spec.replicas.unwrap_or(1)),
        replicas_written: spec.replicas.is_some(),
        service_name: spec.service_name.take().filter(|name| kind == Kind::StatefulSet && !name.is_empty()),
        rollout: Rollout::of(kind, spec.rollout(kind)),
        selection: selection(kind, selector, &labels)?,
        cron: cron.map(|cron| Box::new(cron.defaulted())),
        job: job.map(|job| Box::new(job.settings())),
        claims: if kind == Kind::StatefulSet { spec.claims() } else { None },
        pod_labels: labels,
        pod_annotations: annotations,
        pod: effective_pod(template),
        template_hash,
        phase: phase(kind, spec.suspend, &envelope.status),
    })))
}

/// What a CronJob says of its runs, and what it or a Job says of those.
type Batch<L> = (Option<CronSettings>, Option<JobFields<L>>);

/// What a CronJob or Job says beside its pods.
fn batch<'a, S: Source<'a>>(
    kind: Kind,
    spec: Option<S>,
    job_template: Option<S>,
) -> Result<Batch<S::Later>, DecodeError> {
    match kind {
        Kind::Job => Ok((None, Some(parse_part(kind, "spec", spec)?))),
        Kind::CronJob => {
            let part = "spec.jobTemplate";
            let template: JobTemplate<S::Later> = parse_part(kind, part, job_template)?;
            let fields = template.spec.map_or_else(|| parse(kind, part, EMPTY), Ok)?;
            let mut cron: CronSettings = parse_part(kind, "spec", spec)?;
            cron.jobs = template.metadata;
            Ok((Some(cron), Some(fields)))
        }
        _ => Ok((None, None)),
    }
}

fn selection<'a, S: Source<'a>>(
    kind: Kind,
    selector: Option<S>,
    labels: &Labels,
) -> Result<Selection, DecodeError> {
    let part = "spec.selector";
    let selector: Option<LabelSelector> = match (kind, selector) {
        (Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet | Kind::ReplicaSet, None) => None,
        (Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet | Kind::ReplicaSet, Some(selector)) => {
            Some(parse(kind, part, selector)?)
        }
        (Kind::ReplicationController, selector) => {
            let given: Option<GivenLabels> =
                selector.map(|selector| parse(kind, part, selector)).transpose()?;
            let given = given.unwrap_or_default().0;
            // The server takes the template's labels for an absent or empty one.
            let match_labels = if given.is_empty() { labels.clone() } else { given };
            Some(LabelSelector { match_labels, match_expressions: Vec::new() })
        }
        _ => return Ok(Selection::None),
    };
    let Some(selector) = selector else { return Ok(Selection::Missing) };
    let own = selector.compile().is_ok_and(|compiled| !compiled.is_empty() && compiled.matches(labels));
    Ok(if own { Selection::Own } else { Selection::Other(Box::new(selector)) })
}

/// Whether a built-in workload, or the node, manages this object, so that it is never judged itself.
pub(crate) fn is_managed(kind: Kind, controller: Option<&OwnerReference>) -> bool {
    let Some(owner) = controller else { return false };
    let built_in = Kind::find(owner.group(), &owner.kind).is_some_and(Kind::is_workload);
    let node = kind == Kind::Pod && owner.kind == "Node" && owner.group().is_empty();
    built_in || node
}

fn is_unobserved(kind: Kind, metadata: &Metadata, status: &WorkloadStatus) -> bool {
    matches!(kind, Kind::StatefulSet | Kind::DaemonSet) && status.observed_generation < metadata.generation()
}

const fn has_replicas(kind: Kind) -> bool {
    matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::ReplicaSet | Kind::ReplicationController)
}

fn phase(kind: Kind, suspend: bool, status: &WorkloadStatus) -> Phase {
    let finished = match kind {
        Kind::Pod => matches!(status.phase.as_str(), "Succeeded" | "Failed"),
        Kind::Job => status
            .conditions
            .iter()
            .any(|c| c.status == "True" && matches!(c.kind.as_str(), "Complete" | "Failed")),
        _ => false,
    };
    if finished {
        Phase::Finished
    } else if suspend {
        Phase::Suspended
    } else {
        Phase::Active
    }
}

fn pod_template(metadata: &Metadata, mut spec: super::pod::PodSpec) -> PodTemplate {
    // The scheduler writes it; nobody pinned the pod.
    spec.node_name = None;
    drop_token_volume(&mut spec);
    let metadata =
        TemplateMetadata { labels: metadata.labels.clone(), annotations: metadata.annotations.clone() };
    PodTemplate { metadata, spec }
}

/// What an absent part is read as.
const EMPTY: &str = "{}";

fn parse_part<'a, S: Source<'a>, T: Deserialize<'a>>(
    kind: Kind,
    part: &'static str,
    json: Option<S>,
) -> Result<T, DecodeError> {
    match json {
        Some(json) => parse(kind, part, json),
        None => parse(kind, part, EMPTY),
    }
}

fn parse<'a, T: Deserialize<'a>>(
    kind: Kind,
    part: &'static str,
    json: impl Source<'a>,
) -> Result<T, DecodeError> {
    json.read().map_err(|error| DecodeError::Shape { kind, part, problem: problem(kind, &error) })
}

/// A decoder's words, without the values it quotes: any of them may be a credential.
fn problem(kind: Kind, error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    if matches!(kind, Kind::Secret | Kind::SecretMetadata | Kind::ConfigMap) {
        return place;
    }
    let words = error.to_string();
    let harmless = ["missing field", "duplicate field"].iter().any(|start| words.starts_with(start));
    if harmless || !error.is_data() {
        return words;
    }
    // "invalid type: string "...", expected a map": the type, and what belongs there.
    let found = words.strip_prefix("invalid type: ").and_then(|rest| rest.split([' ', ',']).next());
    let expected = words.rsplit_once(", expected ").map(|(_, expected)| expected);
    match found.zip(expected) {
        Some((found, expected)) => format!("invalid type: {found}, expected {expected}"),
        None => format!("invalid value at {place}"),
    }
}

/// The first 16 hex digits of the SHA-256 of a text.
pub(crate) fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(String::with_capacity(16), |mut hex, byte| {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        hex.push(digit(byte >> 4));
        hex.push(digit(byte & 15));
        hex
    })
}

#[derive(Default, Deserialize)]
struct GivenLabels(#[serde(deserialize_with = "string_map")] Labels);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    api_version: Box<str>,
}

#[derive(Deserialize)]
struct MetadataOnly {
    #[serde(default, deserialize_with = "null_is_default")]
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Deserialize<'de>"))]
struct Envelope<L> {
    #[serde(default, deserialize_with = "null_is_default")]
    metadata: Metadata,
    spec: Option<L>,
    #[serde(default, deserialize_with = "null_is_default")]
    status: WorkloadStatus,
}

#[cfg(test)]
mod tests;

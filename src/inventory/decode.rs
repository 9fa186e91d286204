//! From an object's JSON text to its lean form.
//!
//! The same function serves watch events, files and admission. It must not quote values in errors: the
//! text may be a Secret's. Next: [`super::snapshot`].

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::default::effective_pod;
use super::kind::Kind;
use super::lenient::{list, null_is_default};
use super::limit_range::LimitRange;
use super::metadata::{Metadata, OwnerReference};
use super::object::{Ingress, Object, Secret, Service};
use super::pod::{PodTemplate, TemplateMetadata};
use super::secret::SecretFacts;
use super::workload::{Phase, Workload};

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
    match kind {
        Kind::Namespace => {
            Ok(Object::Namespace(Box::new(parse::<MetadataOnly>(kind, "object", json)?.metadata)))
        }
        Kind::Service => Ok(Object::Service(Box::new(parse::<Service>(kind, "object", json)?))),
        Kind::Ingress => Ok(Object::Ingress(Box::new(parse::<Ingress>(kind, "object", json)?))),
        Kind::LimitRange => {
            Ok(Object::LimitRange(Box::new(LimitRange::stored(parse(kind, "object", json)?))))
        }
        Kind::Secret => {
            let metadata = parse::<MetadataOnly>(kind, "metadata", json)?.metadata;
            let facts = parse::<SecretFacts>(kind, "object", json)?;
            Ok(Object::Secret(Box::new(Secret { metadata, facts })))
        }
        _ => decode_workload(kind, json),
    }
}

/// Reads an object of this kind; one that cannot be read becomes [`Object::Broken`], so that its own
/// verdict is Unknown and nobody else's suffers. Fails only when not even its name can be read.
pub fn decode_or_broken(kind: Kind, json: &str) -> Result<Object, DecodeError> {
    decode(kind, json).or_else(|error| {
        let metadata = parse::<MetadataOnly>(kind, "metadata", json)?.metadata;
        let DecodeError::Shape { part, problem, .. } = &error;
        Ok(Object::Broken(kind, Box::new(metadata), format!("{part}: {problem}")))
    })
}

fn decode_workload(kind: Kind, json: &str) -> Result<Object, DecodeError> {
    let envelope: Envelope<'_> = parse(kind, "object", json)?;
    let mut metadata = envelope.metadata;
    if is_managed(kind, metadata.controller()) {
        return Ok(Object::Owned(kind, Box::new(metadata)));
    }
    let spec_text = envelope.spec.map_or("{}", RawValue::get);
    let spec: WorkloadSpec<'_> = parse(kind, "spec", spec_text)?;
    let (template_text, template) = match kind {
        Kind::Pod => (spec_text, pod_template(&metadata, parse(kind, "spec", spec_text)?)),
        Kind::CronJob => {
            let job: JobTemplate<'_> = parse(kind, "spec.jobTemplate", raw_text(spec.job_template))?;
            let text = raw_text(job.spec.and_then(|spec| spec.template));
            (text, parse::<PodTemplate>(kind, "spec.jobTemplate.spec.template", text)?)
        }
        _ => {
            let text = raw_text(spec.template);
            (text, parse::<PodTemplate>(kind, "spec.template", text)?)
        }
    };
    let template_hash = hash(template_text);
    let TemplateMetadata { labels, annotations } = template.metadata.clone();
    // The server gives these, when they have no labels, those of their pods.
    if matches!(kind, Kind::ReplicationController | Kind::Job) && metadata.labels.is_empty() {
        metadata.labels.clone_from(&labels);
    }
    Ok(Object::Workload(Box::new(Workload {
        kind,
        metadata,
        replicas: has_replicas(kind).then(|| spec.replicas.unwrap_or(1)),
        pod_labels: labels,
        pod_annotations: annotations,
        pod: effective_pod(template),
        template_hash,
        phase: phase(kind, spec.suspend, &envelope.status),
    })))
}

/// Whether a built-in workload, or the node, manages this object, so that it is never judged itself.
pub(crate) fn is_managed(kind: Kind, controller: Option<&OwnerReference>) -> bool {
    let Some(owner) = controller else { return false };
    let built_in = Kind::find(owner.group(), &owner.kind).is_some_and(Kind::is_workload);
    let node = kind == Kind::Pod && owner.kind == "Node" && owner.group().is_empty();
    built_in || node
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

fn pod_template(metadata: &Metadata, spec: super::pod::PodSpec) -> PodTemplate {
    let metadata =
        TemplateMetadata { labels: metadata.labels.clone(), annotations: metadata.annotations.clone() };
    PodTemplate { metadata, spec }
}

fn raw_text(raw: Option<&RawValue>) -> &str {
    raw.map_or("{}", RawValue::get)
}

fn parse<'a, T: Deserialize<'a>>(kind: Kind, part: &'static str, json: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(json).map_err(|error| DecodeError::Shape {
        kind,
        part,
        problem: problem(kind, &error),
    })
}

/// A decoder's words, without the values it may quote when the object is a Secret.
fn problem(kind: Kind, error: &serde_json::Error) -> String {
    if kind == Kind::Secret {
        format!("line {} column {}", error.line(), error.column())
    } else {
        error.to_string()
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

#[derive(Deserialize)]
struct MetadataOnly {
    #[serde(default, deserialize_with = "null_is_default")]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default, deserialize_with = "null_is_default")]
    metadata: Metadata,
    #[serde(borrow, default)]
    spec: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "null_is_default")]
    status: WorkloadStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WorkloadSpec<'a> {
    replicas: Option<i64>,
    #[serde(deserialize_with = "null_is_default")]
    suspend: bool,
    #[serde(borrow)]
    template: Option<&'a RawValue>,
    #[serde(borrow)]
    job_template: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct JobTemplate<'a> {
    #[serde(borrow, default)]
    spec: Option<JobTemplateSpec<'a>>,
}

#[derive(Deserialize)]
struct JobTemplateSpec<'a> {
    #[serde(borrow, default)]
    template: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WorkloadStatus {
    #[serde(deserialize_with = "null_is_default")]
    phase: String,
    #[serde(deserialize_with = "list")]
    conditions: Vec<StatusCondition>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatusCondition {
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    kind: String,
    #[serde(deserialize_with = "null_is_default")]
    status: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_of_a_replica_set_is_cut_to_its_metadata() {
        let json = r#"{"metadata":{"name":"web-1","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","uid":"u","controller":true}]},
            "spec":{"containers":"not even a list"}}"#;
        assert!(matches!(decode(Kind::Pod, json), Ok(Object::Owned(Kind::Pod, _))));
    }

    #[test]
    fn a_deployment_that_a_custom_resource_owns_is_a_workload() {
        let json = r#"{"metadata":{"name":"db","ownerReferences":[{"apiVersion":"db.example/v1","kind":"Cluster","name":"db","uid":"u","controller":true}]}}"#;
        let Ok(Object::Workload(workload)) = decode(Kind::Deployment, json) else { panic!("not a workload") };
        assert_eq!(workload.owner().map(|owner| owner.kind.as_str()), Some("Cluster"));
        assert_eq!(workload.replicas, Some(1));
    }

    #[test]
    fn a_wrong_type_is_an_error_that_names_the_part() {
        let error = decode(Kind::Deployment, r#"{"spec":{"template":{"spec":{"containers":[{"name":3}]}}}}"#);
        let message = error.unwrap_err().to_string();
        assert!(message.starts_with("spec.template does not have the shape of a Deployment"), "{message}");
    }

    #[test]
    fn a_status_only_change_is_no_change() {
        let at = |version: &str, status: &str| {
            let json = format!(
                r#"{{"metadata":{{"name":"web","resourceVersion":"{version}"}},"spec":{{"replicas":2}},"status":{status}}}"#
            );
            decode(Kind::Deployment, &json).unwrap()
        };
        assert_eq!(at("1", "{}"), at("2", r#"{"readyReplicas":2}"#));
    }

    #[test]
    fn kinds_to_which_the_server_gives_the_labels_of_their_pods_have_them_in_files_too() {
        let json = r#"{"spec":{"template":{"metadata":{"labels":{"app":"web"}}}}}"#;
        let labels = |kind| decode(kind, json).unwrap().metadata().labels.len();
        assert_eq!((labels(Kind::ReplicationController), labels(Kind::Job)), (1, 1));
        assert_eq!((labels(Kind::ReplicaSet), labels(Kind::Deployment)), (0, 0));
        let own =
            r#"{"metadata":{"labels":{"a":"b"}},"spec":{"template":{"metadata":{"labels":{"c":"d"}}}}}"#;
        let job = decode(Kind::Job, own).unwrap();
        assert_eq!(job.metadata().labels.keys().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn ends_and_suspension_are_seen() {
        let phase = |kind, json: &str| match decode(kind, json) {
            Ok(Object::Workload(workload)) => workload.phase,
            other => panic!("{other:?}"),
        };
        assert_eq!(phase(Kind::Pod, r#"{"status":{"phase":"Succeeded"}}"#), Phase::Finished);
        assert_eq!(phase(Kind::CronJob, r#"{"spec":{"suspend":true}}"#), Phase::Suspended);
        let done = r#"{"status":{"conditions":[{"type":"Complete","status":"True"}]}}"#;
        assert_eq!(phase(Kind::Job, done), Phase::Finished);
    }
}

//! Decoding of custom resources that hold a pod template: their metadata, the template, and how many pods they
//! want, where that stands where it does by convention.
//!
//! It must not read anything else of them: their other fields mean whatever their authors say. Next:
//! [`super::super::custom`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::custom::CustomKind;
use super::super::default::effective_pod;
use super::super::kind::Kind;
use super::super::object::Object;
use super::super::pod::{PodTemplate, TemplateMetadata};
use super::super::workload::Workload;
use super::{DecodeError, MetadataOnly, hash, parse};

pub(super) fn decode(custom: CustomKind, json: &str) -> Result<Object, DecodeError> {
    let kind = Kind::Custom(custom);
    let metadata = parse::<MetadataOnly>(kind, "object", json)?.metadata;
    let text = dig(custom, json)?;
    let template: PodTemplate = parse(kind, custom.template_path(), text)?;
    let TemplateMetadata { labels, annotations } = template.metadata.clone();
    let replicas = replicas(json);
    Ok(Object::Workload(Box::new(Workload {
        kind,
        metadata,
        replicas,
        replicas_written: replicas.is_some(),
        pod_labels: labels,
        pod_annotations: annotations,
        pod: effective_pod(template),
        template_hash: hash(text),
        ..Workload::default()
    })))
}

/// The text of the pod template.
fn dig(custom: CustomKind, json: &str) -> Result<&str, DecodeError> {
    let kind = Kind::Custom(custom);
    let missing = || DecodeError::Shape {
        kind,
        part: custom.template_path(),
        problem: "there is no pod template".to_owned(),
    };
    custom.template_path().split('.').try_fold(json, |json, step| {
        let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(json).map_err(|_| missing())?;
        let found = fields.get(step).filter(|value| value.get() != "null");
        found.map(|value| value.get()).ok_or_else(missing)
    })
}

fn replicas(json: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Scaled {
        spec: Replicas,
    }
    #[derive(Deserialize)]
    struct Replicas {
        replicas: Value,
    }
    serde_json::from_str::<Scaled>(json).ok()?.spec.replicas.as_i64()
}

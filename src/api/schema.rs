//! The `CustomResourceDefinitions`: what the derived ones need before the API server should have them.
//!
//! Everything that a field can say for itself is on the field; here is what concerns all of them. Next:
//! `tests/generated.rs`, which keeps the files in `crds/` equal.

use kube::CustomResourceExt;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::policy::{ClusterReadinessPolicy, ReadinessPolicy};
use super::report::ReadinessReport;
use crate::inventory::kind::Kind;

/// The `CustomResourceDefinitions` with the names of their files, sorted. `check_names` are the values that
/// `checks[].name` of a policy may have.
pub fn crds(check_names: &[&str]) -> Result<Vec<(String, Value)>, serde_json::Error> {
    let mut crds = [
        serde_json::to_value(ClusterReadinessPolicy::crd())?,
        serde_json::to_value(ReadinessPolicy::crd())?,
        serde_json::to_value(ReadinessReport::crd())?,
    ];
    for schema in crds.iter_mut().filter_map(|crd| crd.pointer_mut(SCHEMA)) {
        tidy(schema);
        strip_status_defaults(schema);
    }
    let [cluster_policy, policy, report] = &mut crds;
    for schema in [cluster_policy, policy].into_iter().filter_map(|crd| crd.pointer_mut(SCHEMA)) {
        finish_policy(schema, check_names);
    }
    // One request writes spec and status of a report together.
    if let Some(version) = report.pointer_mut("/spec/versions/0").and_then(Value::as_object_mut) {
        version.remove("subresources");
    }
    for (crd, columns) in crds.iter_mut().zip([POLICY_COLUMNS, POLICY_COLUMNS, REPORT_COLUMNS]) {
        set_columns(crd, columns);
    }
    Ok(crds.into_iter().map(|crd| (file_name(&crd), crd)).collect())
}

const SCHEMA: &str = "/spec/versions/0/schema/openAPIV3Schema";

/// What `kubectl get` shows: name, type and path of each column.
type Columns = &'static [(&'static str, &'static str, &'static str)];

const READY: &str = r#".status.conditions[?(@.type=="Ready")].status"#;
const COMPLIANT: &str = r#".status.conditions[?(@.type=="Compliant")].status"#;
const REASON: &str = r#".status.conditions[?(@.type=="Ready")].reason"#;

const POLICY_COLUMNS: Columns = &[
    ("Ready", "string", READY),
    ("Compliant", "string", COMPLIANT),
    ("Workloads", "integer", ".status.workloads.total"),
    ("Not-Ready", "integer", ".status.workloads.notReady"),
    ("Score", "integer", ".status.score"),
    ("Reason", "string", REASON),
    ("Age", "date", ".metadata.creationTimestamp"),
];

const REPORT_COLUMNS: Columns = &[
    ("Ready", "string", READY),
    ("Fail", "integer", ".status.summary.fail"),
    ("Warn", "integer", ".status.summary.warn"),
    ("Score", "integer", ".status.score"),
    ("Reason", "string", REASON),
    ("Age", "date", ".metadata.creationTimestamp"),
];

fn set_columns(crd: &mut Value, columns: Columns) {
    let columns: Vec<Value> = columns
        .iter()
        .map(|(name, type_, path)| json!({"name": name, "type": type_, "jsonPath": path}))
        .collect();
    if let Some(version) = crd.pointer_mut("/spec/versions/0").and_then(Value::as_object_mut) {
        version.insert("additionalPrinterColumns".to_owned(), json!(columns));
    }
}

fn file_name(crd: &Value) -> String {
    let text = |pointer| crd.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{}_{}.yaml", text("/spec/group"), text("/spec/names/plural"))
}

fn finish_policy(schema: &mut Value, check_names: &[&str]) {
    // On the property itself: kstatus must not call an object Current that the operator has not seen, and
    // a default on the field alone would show only once there is a status.
    if let Some(status) = schema.pointer_mut("/properties/status").and_then(Value::as_object_mut) {
        status.insert("default".to_owned(), json!({"observedGeneration": -1}));
    }
    let mut names = check_names.to_vec();
    names.sort_unstable();
    names.dedup();
    let name = schema.pointer_mut("/properties/spec/properties/checks/items/properties/name");
    if let Some(name) = name.and_then(Value::as_object_mut) {
        name.insert("enum".to_owned(), json!(names));
    }
}

/// Removes from a schema, at every depth, what means nothing to the API server or would surprise users.
fn tidy(schema: &mut Value) {
    if let Some(schema) = schema.as_object_mut() {
        // The API server drops a null where a field is not nullable, and for enums nullable would need
        // null among the values.
        schema.remove("nullable");
        schema.remove("title");
        tidy_default(schema);
        tidy_numbers(schema);
        tidy_description(schema);
    }
    for_each_inner(schema, tidy);
}

/// A default deep in a status would show on objects whose status the operator has not written.
fn strip_status_defaults(schema: &mut Value) {
    if let Some(status) = schema.pointer_mut("/properties/status") {
        strip_defaults(status);
    }
}

fn strip_defaults(schema: &mut Value) {
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("default");
    }
    for_each_inner(schema, strip_defaults);
}

fn for_each_inner(schema: &mut Value, visit: fn(&mut Value)) {
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(keyword) {
            visit(inner);
        }
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(visit);
    }
}

/// Empty defaults go; an object's default is left to the defaults of its fields, so that each is said once.
fn tidy_default(schema: &mut Map<String, Value>) {
    match schema.get("default") {
        Some(Value::Object(_)) => schema.insert("default".to_owned(), json!({})),
        Some(Value::Array(items)) if items.is_empty() => schema.remove("default"),
        Some(Value::Null) => schema.remove("default"),
        _ => None,
    };
}

/// The API server knows no formats of unsigned integers, and warns of them; bounds of integers are integers.
fn tidy_numbers(schema: &mut Map<String, Value>) {
    let signed = match schema.get("format").and_then(Value::as_str) {
        Some("uint8" | "uint16") => Some("int32"),
        Some("uint" | "uint32" | "uint64") => Some("int64"),
        _ => None,
    };
    if let Some(signed) = signed {
        schema.insert("format".to_owned(), json!(signed));
    }
    for keyword in ["minimum", "maximum"] {
        let bound = schema.get(keyword).map(ToString::to_string);
        if let Some(whole) = bound.and_then(|bound| bound.strip_suffix(".0")?.parse::<i64>().ok()) {
            schema.insert(keyword.to_owned(), json!(whole));
        }
    }
}

/// Where the source breaks its lines, and what it marks as code, is nothing to users; paragraphs stay.
fn tidy_description(schema: &mut Map<String, Value>) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        let paragraphs = description.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
        *description = paragraphs.collect::<Vec<_>>().join("\n\n").replace('`', "");
    }
}

/// Free parameters: each check decodes its own.
pub(super) fn parameters_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

/// A label selector as the API server has it, with bounds, and refused where it could select nothing
/// because it is malformed.
pub(super) fn selector_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "matchLabels": {
                "description": "Labels that must have exactly these values.",
                "type": "object",
                "maxProperties": 64,
                "additionalProperties": { "type": "string", "maxLength": 63 },
            },
            "matchExpressions": {
                "description": "Requirements that must all hold.",
                "type": "array",
                "maxItems": 64,
                "items": requirement_schema(),
            },
        },
    })
}

fn requirement_schema() -> Value {
    json!({
        "type": "object",
        "required": ["key", "operator"],
        "properties": {
            "key": {
                "description": "The label that the requirement is about.",
                "type": "string",
                "minLength": 1,
                "maxLength": 317,
            },
            "operator": {
                "description": "How the label relates to the values.",
                "type": "string",
                "enum": ["In", "NotIn", "Exists", "DoesNotExist"],
            },
            "values": {
                "description": "Values for In and NotIn; none for Exists and DoesNotExist.",
                "type": "array",
                "maxItems": 64,
                "items": { "type": "string", "maxLength": 63 },
            },
        },
        "x-kubernetes-validations": [{
            "rule": "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            "message": "In and NotIn need values; Exists and DoesNotExist take none",
            "fieldPath": ".values",
        }],
    })
}

/// What the selection of workloads must satisfy: it names no kind that nobody knows.
pub(super) fn target_rules() -> Value {
    let known: Vec<String> = Kind::WORKLOADS.iter().map(|kind| format!("'{kind}'")).collect();
    let list = known.join(", ");
    let kind_names = Kind::WORKLOADS.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    json!([{
        "rule": format!(
            "!has(self.kinds) || self.kinds.all(k, k in [{list}] || (has(self.customKinds) && self.customKinds.exists(c, c.kind == k)))"
        ),
        "message": format!("kinds holds a kind of workload that is not known: use {kind_names}, or describe it in customKinds"),
        "fieldPath": ".kinds",
    }])
}

#[cfg(test)]
mod tests;

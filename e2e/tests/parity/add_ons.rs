//! Definitions of the kinds that Seaworthy reads and that are installed beside Kubernetes.
//!
//! They say what the kinds are called, and let any object pass. It must not know what stands in one.

use seaworthy::inventory::Kind;
use serde_json::{Value, json};

/// A definition of each of them.
pub(crate) fn definitions() -> Vec<Value> {
    kinds().map(definition).collect()
}

/// Whether an object is of one of them.
pub(crate) fn is_one(object: &Value) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    kinds().any(|kind| kind.info().group == group && object["kind"] == kind.as_str())
}

fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| kind.is_of_others())
}

fn definition(kind: Kind) -> Value {
    let info = kind.info();
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let names = json!({"kind": info.kind, "plural": info.plural, "singular": info.kind.to_lowercase(),
        "listKind": format!("{}List", info.kind)});
    // Some are written in versions of earlier releases as well.
    let earlier = if kind.is_discovered() { &["v1alpha2", "v1alpha3"][..] } else { &[] };
    let versions: Vec<Value> = [info.version]
        .iter()
        .chain(earlier)
        .map(|version| {
            json!({"name": version, "served": true, "storage": *version == info.version, "schema": schema})
        })
        .collect();
    let scope = if info.namespaced { "Namespaced" } else { "Cluster" };
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{}.{}", info.plural, info.group),
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
        "spec": {"group": info.group, "scope": scope, "names": names, "versions": versions}})
}

//! The objects that are judged thrice: the samples, the mended samples, and those of the checks' fixtures.
//!
//! Every set has namespaces of its own, so that none bears on another. It must not know what a check says.

use std::path::{Path, PathBuf};

use seaworthy::checks;
use seaworthy::cli::load::{Bounds, load};
use seaworthy::inventory::Kind;
use seaworthy_e2e::workloads::{WORKLOAD_KINDS, good_pod, namespace, workload};
use serde_json::{Value, json};

use super::add_ons;

/// Cases of each check's fixture that are tried, beside those with objects of kinds that few cases have.
const CASES: usize = 4;

/// Namespaces for cases that need other objects, beside those.
const SURROUNDED: usize = 100;

/// Every object, in an order in which they can be made.
pub(crate) fn all() -> Vec<Value> {
    let mut objects = samples("samples", &["deploy/samples"]);
    objects.extend(samples("fixes", &["deploy/samples", "deploy/samples/fixes"]));
    objects.extend(from_fixtures());
    objects
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The objects of these folders in a namespace of another name; of one that is given twice the last one.
fn samples(name: &str, folders: &[&str]) -> Vec<Value> {
    let mut objects: Vec<Value> = Vec::new();
    for folder in folders {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
        files.sort();
        let loaded =
            load(&files, &Bounds::default(), &|document| document.value.to_value(), &mut |mut object, _| {
                if object["apiVersion"].as_str().is_some_and(|version| version.starts_with("seaworthy.dev/"))
                {
                    return;
                }
                if object["kind"] == "Namespace" {
                    object["metadata"]["name"] = name.into();
                } else {
                    object["metadata"]["namespace"] = name.into();
                }
                let key = |object: &Value| (object["kind"].clone(), object["metadata"]["name"].clone());
                match objects.iter_mut().find(|known| key(known) == key(&object)) {
                    Some(known) => *known = object,
                    None => objects.push(object),
                }
            });
        assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    }
    objects
}

fn from_fixtures() -> Vec<Value> {
    let mut objects = vec![namespace("plain")];
    let (mut number, mut surrounded) = (0, 0);
    for check in checks::ALL {
        let path = root().join(format!("tests/fixtures/checks/{}.json", check.name));
        let fixture: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = fixture["cases"].as_array().unwrap();
        let cases = cases.iter().filter(|case| case["coverage"].is_null()).enumerate();
        for (place_in_file, case) in cases {
            let is_rare = holds_add_on(case);
            if place_in_file >= CASES && !is_rare {
                continue;
            }
            let kind = WORKLOAD_KINDS[number % WORKLOAD_KINDS.len()];
            number += 1;
            if case["with"].is_null() && case["object"].is_null() {
                objects.push(patched(kind, ("plain", &format!("w{number}")), case));
            } else if is_rare || surrounded < SURROUNDED {
                surrounded += usize::from(!is_rare);
                let place = format!("with-{number}");
                objects.push(namespace(&place));
                objects.extend(case["with"].as_array().into_iter().flatten().map(|one| moved(one, &place)));
                match &case["object"] {
                    Value::Null => objects.push(patched(kind, (&place, "web"), case)),
                    object => objects.push(moved(object, &place)),
                }
            }
        }
    }
    objects
}

/// Whether there is an object of a kind that is installed beside Kubernetes.
fn holds_add_on(case: &Value) -> bool {
    let others = case["with"].as_array().into_iter().flatten();
    others.chain([&case["object"]]).any(add_ons::is_one)
}

/// A neighbour of a case, in the namespace of the case.
fn moved(object: &Value, place: &str) -> Value {
    let mut object = object.clone();
    match object["kind"].as_str().unwrap_or_default() {
        "Namespace" => object["metadata"]["name"] = place.into(),
        kind if is_namespaced(kind) => object["metadata"]["namespace"] = place.into(),
        _ => {}
    }
    object
}

fn is_namespaced(kind: &str) -> bool {
    let known = Kind::ALL.iter().find(|known| known.as_str() == kind);
    known.is_none_or(|known| known.info().namespaced)
}

fn patched(kind: &str, who: (&str, &str), case: &Value) -> Value {
    let mut pod = good_pod().unwrap();
    merge(&mut pod["containers"][0], &case["container"]);
    merge(&mut pod, &case["pod"]);
    let mut object = workload(kind, who, &pod);
    merge(&mut object, &case["workload"]);
    object["metadata"]["namespace"] = who.0.into();
    object["metadata"]["name"] = who.1.into();
    object
}

/// JSON merge patch (RFC 7396), in which an absent patch changes nothing.
fn merge(target: &mut Value, patch: &Value) {
    for (key, value) in patch.as_object().into_iter().flatten() {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(key);
        } else if value.is_object() {
            if !target[key.as_str()].is_object() {
                target[key.as_str()] = json!({});
            }
            merge(&mut target[key.as_str()], value);
        } else {
            target[key.as_str()] = value.clone();
        }
    }
}

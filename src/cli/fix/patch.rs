//! Answers to what no plain file holds: of charts, kustomizations and a cluster. They are told as a
//! patch of each object, with the place where it goes, and nothing is changed.
//!
//! A patch is one that `kubectl patch` and Kustomize take: containers in it are known by their names. It must not decide
//! what an answer is. Next: [`super`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::edit::Named;
use crate::catalogue::fix::Answer;
use crate::cli::load::{Bounds, load_text, yaml};
use crate::render::run::{Location, RunFinding};
use crate::render::style::visible;
use crate::render::yaml::to_yaml;

/// One value that should be another.
pub(super) struct Wanted<'a> {
    pub(super) finding: &'a RunFinding,
    pub(super) answer: Answer,
    pub(super) object: Named,
    pub(super) api_version: String,
}

/// What is told.
#[derive(Debug, Default)]
pub(super) struct Patches {
    /// How many values are told of.
    pub(super) count: usize,
    objects: BTreeMap<(String, Named), Told>,
}

/// What is told of one object.
#[derive(Debug, Default)]
struct Told {
    /// Where each value stands or belongs, and what it should be.
    lines: Vec<String>,
    patch: Value,
}

impl Patches {
    /// Takes in one value.
    pub(super) fn add(&mut self, wanted: Wanted<'_>, bounds: &Bounds) {
        let Wanted { finding, answer, object, api_version } = wanted;
        let (merged, location) = (&finding.merged, &finding.location);
        self.count += 1;
        let field = &merged.found.field;
        let should = match answer {
            Answer::Member(_) => "holds",
            Answer::True | Answer::False | Answer::Text(_) => "is",
        };
        let word = value(answer);
        let word = word.as_array().and_then(|list| list.first()).unwrap_or(&word);
        let word = word.as_str().map_or_else(|| word.to_string(), str::to_owned);
        let line = format!("{location}: {}: {field} {should} {word}", merged.check);
        let told = self.objects.entry((place(location, &object), object.clone())).or_default();
        told.lines.push(line);
        // A list in a patch is all that there is.
        let replaces = matches!(answer, Answer::Member(_)) && finding.missing.is_none();
        let value = patch(field, merged.found.container.as_deref(), value(answer)).filter(|_| !replaces);
        if let Some(value) = value {
            if told.patch.is_null() {
                let metadata = metadata(location, &object, bounds);
                told.patch = json!({"apiVersion": api_version, "kind": object.kind, "metadata": metadata});
            }
            merge(&mut told.patch, value);
        }
    }

    /// All of it, as comments and YAML.
    pub(super) fn told(&self) -> String {
        let mut out = String::new();
        for ((place, _), told) in &self.objects {
            // Writing to a String does not fail.
            let _ = writeln!(out, "# {}", visible(place));
            for line in &told.lines {
                let _ = writeln!(out, "#   {}", visible(line));
            }
            if !told.patch.is_null() {
                out.push_str(&to_yaml(&told.patch));
                out.push_str("---\n");
            }
        }
        out
    }
}

/// Where the patch of an object goes.
fn place(location: &Location, object: &Named) -> String {
    let Named { kind, namespace, name } = object;
    let who =
        if namespace.is_empty() { format!("{kind} {name}") } else { format!("{kind} {namespace}/{name}") };
    match &location.rendered {
        Some(label) if is_kustomization(label) => {
            format!("{who}: below `patches` in the kustomization of {label}, or in {}", location.file)
        }
        Some(label) => format!("{who}: in {}, or in the values that {label} takes", location.file),
        None => {
            let scope = if namespace.is_empty() { String::new() } else { format!(" -n {namespace}") };
            let kind = kind.to_lowercase();
            format!(
                "{who}: where its manifest is kept, or `kubectl patch {kind} {name}{scope} --patch-file FILE`"
            )
        }
    }
}

fn is_kustomization(label: &str) -> bool {
    let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    names.iter().any(|name| Path::new(label).join(name).is_file())
}

/// By what a patch knows its object. A kustomization patches what its base holds, before it gives other names.
fn metadata(location: &Location, object: &Named, bounds: &Bounds) -> Value {
    let Named { kind, namespace, name } = object;
    if location.rendered.as_ref().is_some_and(|label| is_kustomization(label)) {
        let text = fs::read_to_string(&*location.file).unwrap_or_default();
        let mut bases = Vec::new();
        load_text(&location.file, &text, bounds, &mut |document| {
            let value = document.value.to_value();
            let base = value.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned);
            let is_alike = value.get("kind") == Some(&json!(kind));
            let namespace = value.pointer("/metadata/namespace").cloned();
            bases.extend(base.filter(|base| is_alike && name.contains(base.as_str())).zip(Some(namespace)));
        });
        if let [(base, namespace)] = bases.as_slice() {
            return match namespace {
                Some(namespace) => json!({"name": base, "namespace": namespace}),
                None => json!({"name": base}),
            };
        }
    }
    if namespace.is_empty() { json!({"name": name}) } else { json!({"name": name, "namespace": namespace}) }
}

fn value(answer: Answer) -> Value {
    match answer {
        Answer::True => Value::Bool(true),
        Answer::False => Value::Bool(false),
        Answer::Text(word) => json!(word),
        Answer::Member(word) => json!([word]),
    }
}

/// An object with this value at a path only; nothing where an item of a list has no name that is known.
fn patch(path: &str, container: Option<&str>, value: Value) -> Option<Value> {
    let steps: Vec<&str> = yaml::steps(path).collect();
    let mut value = value;
    for (index, step) in steps.iter().enumerate().rev() {
        if step.parse::<usize>().is_err() {
            value = Value::Object(Map::from_iter([((*step).to_owned(), value)]));
            continue;
        }
        let list = index.checked_sub(1).and_then(|before| steps.get(before))?;
        if !["containers", "initContainers", "ephemeralContainers"].contains(list) {
            return None;
        }
        let mut item = Map::from_iter([("name".to_owned(), json!(container?))]);
        item.extend(value.as_object()?.clone());
        value = json!([item]);
    }
    Some(value)
}

/// Adds what a value says to another; items of lists are known by their names.
fn merge(into: &mut Value, value: Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(value)) => {
            for (key, value) in value {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(value)) => {
            for value in value {
                let same = |item: &&mut Value| match value.get("name") {
                    Some(name) => item.get("name") == Some(name),
                    None => **item == value,
                };
                match into.iter_mut().find(same) {
                    Some(item) => merge(item, value),
                    None => into.push(value),
                }
            }
        }
        (into, value) => *into = value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_known_by_their_names() {
        let path = "spec.template.spec.containers[1].securityContext.privileged";
        let mut one = patch(path, Some("app"), Value::Bool(false)).unwrap();
        let item = json!({"name": "app", "securityContext": {"privileged": false}});
        assert_eq!(one, json!({"spec": {"template": {"spec": {"containers": [item]}}}}));
        merge(
            &mut one,
            patch("spec.template.spec.containers[1].tty", Some("app"), Value::Bool(false)).unwrap(),
        );
        merge(
            &mut one,
            patch("spec.template.spec.containers[0].tty", Some("b"), Value::Bool(false)).unwrap(),
        );
        let items = &one["spec"]["template"]["spec"]["containers"];
        let app = json!({"name": "app", "securityContext": {"privileged": false}, "tty": false});
        assert_eq!(*items, json!([app, {"name": "b", "tty": false}]));
    }

    #[test]
    fn an_item_without_a_name_has_no_patch() {
        let path = "spec.containers[0].volumeMounts[1].readOnly";
        assert_eq!(patch(path, Some("app"), Value::Bool(true)), None);
        assert_eq!(patch("spec.containers[0].tty", None, Value::Bool(true)), None);
    }
}

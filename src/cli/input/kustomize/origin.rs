//! Which file of a base an object is from, and where its fields stand there.
//!
//! A field is placed in the base where the base says the same; what was changed on the way is told at the object.
//! Next: [`super`].

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::cli::load::{self, Bounds, Comment, Document, FieldPlace, Places, yaml};
use crate::cli::suppress::Ignores;
use crate::render::run::{Location, Position};

const ORIGIN: &str = "config.kubernetes.io/origin";
const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// An object, and the document of a base that it is made of.
#[derive(Debug)]
pub(in crate::cli) struct Held {
    /// The kustomization that was rendered.
    label: Arc<str>,
    /// The file of the base, or of what made the object.
    file: Arc<str>,
    value: Value,
    base: Option<Arc<Base>>,
}

/// A document of a base.
#[derive(Debug)]
struct Base {
    value: Value,
    places: Places,
    /// What its comments suppress: no render has them.
    ignores: Ignores,
}

impl Held {
    /// What was rendered, for people.
    pub(in crate::cli::input) fn label(&self) -> Arc<str> {
        Arc::clone(&self.label)
    }

    /// The file that the object is from.
    pub(in crate::cli::input) fn file(&self) -> Arc<str> {
        Arc::clone(&self.file)
    }

    /// Where the object begins.
    pub(in crate::cli::input) fn beginning(&self) -> Option<Position> {
        Some(self.base.as_ref()?.places.find("")?.position)
    }

    /// The comments of the document of the base.
    pub(in crate::cli::input) fn ignores(&self) -> Ignores {
        self.base.as_ref().map(|base| base.ignores.clone()).unwrap_or_default()
    }

    /// Where a field stands, if the base says of it what the render says.
    pub(in crate::cli::input) fn field(&self, path: &str) -> Option<FieldPlace> {
        let base = self.base.as_ref()?;
        is_same(&self.value, &base.value, path).then(|| base.places.find(path)).flatten()
    }
}

/// Whether two objects say the same at a path: the same value, or both none, in items of the same name.
fn is_same(one: &Value, other: &Value, path: &str) -> bool {
    let (mut one, mut other) = (one, other);
    for step in yaml::steps(path) {
        let child = |value: &'_ Value| match value {
            Value::Object(map) => map.contains_key(step),
            Value::Array(items) => step.parse::<usize>().is_ok_and(|index| index < items.len()),
            _ => false,
        };
        match (child(one), child(other)) {
            (false, false) => return one.is_object() == other.is_object(),
            (true, true) => {}
            _ => return false,
        }
        let enter = |value: &'_ Value| -> Option<Value> {
            match value {
                Value::Array(items) => items.get(step.parse::<usize>().ok()?)?.get("name").cloned(),
                _ => None,
            }
        };
        if enter(one) != enter(other) {
            return false;
        }
        let (Some(below), Some(beside)) = (inner(one, step), inner(other, step)) else { return false };
        (one, other) = (below, beside);
    }
    one == other
}

fn inner<'a>(value: &'a Value, step: &str) -> Option<&'a Value> {
    match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    }
}

/// Says of each object of a render where it is from.
#[derive(Debug)]
pub(in crate::cli::input) struct Origins {
    label: Arc<str>,
    /// The folder that paths are relative to.
    folder: PathBuf,
    /// Whether comments suppress findings.
    comments: bool,
    files: BTreeMap<PathBuf, Vec<Arc<Base>>>,
    /// Comments of those that are in no document.
    loose: Vec<(Location, Comment)>,
}

impl Origins {
    pub(in crate::cli::input) fn new(label: Arc<str>, folder: PathBuf, comments: bool) -> Self {
        Self { label, folder, comments, files: BTreeMap::new(), loose: Vec::new() }
    }

    /// Takes off what was asked for only here, and says where an object is from.
    pub(in crate::cli::input) fn take(&mut self, value: &mut Value, bounds: &Bounds) -> Held {
        let told =
            strip(value).and_then(|text| yaml::parse(&text, bounds).ok().flatten()).map(|told| told.value);
        let text = |key: &str| told.as_ref()?.get(key)?.as_str().map(str::to_owned);
        let (label, remote) = (Arc::clone(&self.label), text("repo"));
        let held = |file: String, base| Held { label, file: file.into(), value: value.clone(), base };
        match (remote, text("path").or_else(|| text("configuredIn"))) {
            (Some(repository), path) => held(format!("{repository}/{}", path.unwrap_or_default()), None),
            (None, Some(path)) => {
                let path = normal(&self.folder.join(path));
                let name = named(&path);
                let base = self.base(&path, value, bounds);
                held(name, base)
            }
            (None, None) => held(self.label.to_string(), None),
        }
    }

    /// Comments of the files of bases that are in no document.
    pub(in crate::cli::input) fn into_loose(self) -> Vec<(Location, Comment)> {
        self.loose
    }

    /// The document of a file that an object is made of: its kind, and its name or the longest part of it.
    fn base(&mut self, path: &Path, object: &Value, bounds: &Bounds) -> Option<Arc<Base>> {
        if !self.files.contains_key(path) {
            let (found, loose) = documents(path, bounds, self.comments);
            self.files.insert(path.to_owned(), found);
            self.loose.extend(loose);
        }
        let bases = self.files.get(path)?;
        let name = |value: &Value| value.pointer("/metadata/name")?.as_str().map(str::to_owned);
        let own = name(object)?;
        let of_kind = || bases.iter().filter(|base| base.value.get("kind") == object.get("kind"));
        let is = |base: &&Arc<Base>| name(&base.value).is_some_and(|name| name == own);
        // With a prefix or a suffix: of what it may be made of, that of the longest name.
        let length =
            |base: &Arc<Base>| name(&base.value).filter(|name| own.contains(name)).map(|name| name.len());
        let longest = of_kind().filter_map(length).max();
        let mut parts = of_kind().filter(|base| longest.is_some() && length(base) == longest);
        let only = parts.next().filter(|_| parts.next().is_none());
        of_kind().find(is).or(only).cloned()
    }
}

/// The documents of a file, and the comments that are in none; nothing if it cannot be read.
fn documents(
    path: &Path,
    bounds: &Bounds,
    reads_comments: bool,
) -> (Vec<Arc<Base>>, Vec<(Location, Comment)>) {
    let Ok(text) = std::fs::read_to_string(path) else { return Default::default() };
    let mut found = Vec::new();
    let name: Arc<str> = named(path).into();
    let loaded =
        load::load_text(&name, &text, bounds, &mut |Document {
                                                        location, value, places, comments, ..
                                                    }| {
            let comments = if reads_comments { comments } else { Vec::new() };
            let ignores = Ignores::of(&location, &comments, &places);
            found.push(Arc::new(Base { value: value.to_value(), places, ignores }));
        });
    (found, if reads_comments { loaded.comments } else { Vec::new() })
}

/// A path for people: from the folder that the command was started in, also where it does not lie below.
fn named(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize());
    here.map_or_else(|_| path.to_owned(), |here| super::relative(&here, path)).display().to_string()
}

/// The annotation that says where an object is from, off the object.
fn strip(value: &mut Value) -> Option<String> {
    let metadata = value.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_object_mut()?;
    let origin = annotations.remove(ORIGIN);
    annotations.remove(TRANSFORMATIONS);
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    origin?.as_str().map(str::to_owned)
}

/// A path without `..`, where no link is on the way.
fn normal(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| {
        path.components().fold(PathBuf::new(), |mut path, part| {
            match part {
                Component::ParentDir => drop(path.pop()),
                other => path.push(other),
            }
            path
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_the_bases_where_both_say_the_same() {
        let object = |memory: Value, containers: [&str; 2]| {
            let items =
                containers.map(|name| json!({"name": name, "resources": {"limits": {"memory": memory}}}));
            json!({"spec": {"containers": items, "labels": {"a.b/c": "x"}}})
        };
        let one = object(json!("1Gi"), ["app", "proxy"]);
        let memory = "spec.containers[0].resources.limits.memory";
        assert!(is_same(&one, &object(json!("1Gi"), ["app", "proxy"]), memory));
        assert!(!is_same(&one, &object(json!("2Gi"), ["app", "proxy"]), memory));
        assert!(!is_same(&one, &object(json!("1Gi"), ["proxy", "app"]), memory));
        assert!(is_same(
            &one,
            &object(json!("1Gi"), ["app", "other"]),
            "spec.containers[0].resources.limits.cpu"
        ));
        assert!(!is_same(&one, &json!({"spec": {}}), memory));
        assert!(is_same(&one, &one.clone(), "spec.labels[a.b/c]"));
    }

    #[test]
    fn an_object_is_made_of_the_one_with_the_longest_name_that_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().canonicalize().unwrap().join("a.yaml");
        let object = |name: &str| format!("kind: Pod\nmetadata: {{name: {name}}}\n");
        let objects = ["web", "web-admin", "api", "web-debug"].map(object).join("---\n");
        std::fs::write(&file, objects).unwrap();
        let mut origins = Origins::new("app".into(), folder.path().to_owned(), true);
        let mut line = |name: &str| {
            let annotations = json!({ORIGIN: "path: a.yaml\n"});
            let metadata = json!({"name": name, "annotations": annotations});
            let held = origins.take(&mut json!({"kind": "Pod", "metadata": metadata}), &Bounds::default());
            assert!(!Path::new(&*held.file()).is_absolute(), "{}", held.file());
            assert_eq!(Path::new(&*held.file()).canonicalize().unwrap(), file);
            held.beginning().map(|place| place.line)
        };
        assert_eq!(line("prod-web"), Some(1));
        assert_eq!(line("prod-web-admin-x"), Some(4));
        assert_eq!(line("web-admin"), Some(4));
        assert_eq!(line("web-api"), None, "both may be meant");
        assert_eq!(line("db"), None);
    }

    #[test]
    fn annotations_that_were_asked_for_are_taken_off_and_others_stay() {
        let mut value =
            json!({"metadata": {"annotations": {ORIGIN: "path: a.yaml\n", TRANSFORMATIONS: "- x"}}});
        assert_eq!(strip(&mut value).as_deref(), Some("path: a.yaml\n"));
        assert_eq!(value, json!({"metadata": {}}));
        let mut value = json!({"metadata": {"annotations": {ORIGIN: "path: a.yaml\n", "own": "x"}}});
        strip(&mut value);
        assert_eq!(value, json!({"metadata": {"annotations": {"own": "x"}}}));
    }
}

//! A chart as it lies in a folder: its name, what it needs, and a copy of it with marks.
//!
//! It must not render. Next: [`super::mark`].

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::mark::{self, Block};
use crate::cli::load::{Bounds, files, yaml};

/// How deep a chart may nest folders.
const DEPTH_MAX: usize = 32;

/// A file of templates: its name for people, and its lines.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) name: Arc<str>,
    pub(super) lines: Vec<String>,
}

/// What was copied.
#[derive(Debug, Default)]
pub(super) struct Copied {
    pub(super) templates: Vec<Template>,
    pub(super) blocks: Vec<Block>,
}

/// A YAML file; null for one that cannot be read.
fn yaml_file(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_default();
    yaml::parse(&text, &Bounds::default()).ok().flatten().map_or(Value::Null, |parsed| parsed.value)
}

/// The name of a chart.
pub(super) fn name(chart: &Path) -> Option<String> {
    yaml_file(&chart.join("Chart.yaml")).get("name")?.as_str().map(str::to_owned)
}

/// Whether a chart says that it is a library.
pub(super) fn is_library(chart: &Path) -> bool {
    yaml_file(&chart.join("Chart.yaml")).get("type").and_then(Value::as_str) == Some("library")
}

/// The charts that it needs and that are not in it.
pub(super) fn absent(chart: &Path) -> Vec<String> {
    let mut needed = BTreeSet::new();
    for file in ["Chart.yaml", "requirements.yaml"] {
        let about = yaml_file(&chart.join(file));
        let list = about.get("dependencies").and_then(Value::as_array);
        let names = list.into_iter().flatten().filter_map(|needed| needed.get("name")?.as_str());
        needed.extend(names.map(str::to_owned));
    }
    if needed.is_empty() {
        return Vec::new();
    }
    let entries = fs::read_dir(chart.join("charts")).into_iter().flatten().filter_map(Result::ok);
    let (mut folders, mut archives) = (BTreeSet::new(), Vec::new());
    for path in entries.map(|entry| entry.path()) {
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.extension().is_some_and(|extension| extension == "tgz") {
            archives.push(file.to_owned());
        } else {
            folders.extend(name(&path));
        }
    }
    let is_there = |name: &String| {
        folders.contains(name) || archives.iter().any(|file| file.starts_with(&format!("{name}-")))
    };
    needed.into_iter().filter(|name| !is_there(name)).collect()
}

/// The files `ci/*-values.yaml`, in order.
pub(super) fn ci_values(chart: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(chart.join("ci")).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.to_str().is_some_and(|name| name.ends_with("-values.yaml")));
    files.sort();
    files
}

/// Copies a chart, with marks on its templates.
pub(super) fn copy(from: &Path, to: &Path, marks_helpers: bool) -> io::Result<Copied> {
    let mut copied = Copied::default();
    copied.folder(from, to, (marks_helpers, 0))?;
    Ok(copied)
}

impl Copied {
    /// The same, with the files below a folder named as below another.
    pub(super) fn named(mut self, folder: &Path, name: &Path) -> Self {
        for template in &mut self.templates {
            if let Ok(below) = Path::new(&*template.name).strip_prefix(folder) {
                template.name = files::name(&name.join(below));
            }
        }
        self
    }

    fn folder(&mut self, from: &Path, to: &Path, (helpers, depth): (bool, usize)) -> io::Result<()> {
        if depth > DEPTH_MAX {
            return Err(io::Error::other("folders nest too deep"));
        }
        fs::create_dir_all(to)?;
        let mut paths: Vec<PathBuf> =
            fs::read_dir(from)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
        paths.sort();
        for path in paths {
            let Some(name) = path.file_name() else { continue };
            let target = to.join(name);
            // Helm follows links, too.
            if path.is_dir() {
                self.folder(&path, &target, (helpers, depth + 1))?;
            } else if let Some(text) = template(&path).then(|| fs::read_to_string(&path).ok()).flatten() {
                let is_helper = name.to_string_lossy().starts_with('_');
                let marked = mark::mark(&text, self.templates.len(), is_helper, helpers);
                fs::write(&target, marked.text)?;
                self.blocks.extend(marked.blocks);
                let name = path.strip_prefix(".").unwrap_or(&path).to_string_lossy().into();
                self.templates.push(Template { name, lines: text.lines().map(str::to_owned).collect() });
            } else {
                fs::copy(&path, &target)?;
            }
        }
        Ok(())
    }
}

/// Whether a file holds templates, or manifests that are taken as they are.
fn template(path: &Path) -> bool {
    let extension = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    let folders = path.parent().into_iter().flat_map(Path::components);
    matches!(extension, "yaml" | "yml" | "tpl")
        && folders.into_iter().any(|part| part.as_os_str() == "templates" || part.as_os_str() == "crds")
}

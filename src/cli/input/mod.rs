//! What the inputs of a command stand for: patterns become paths, folders their files, charts and kustomizations.
//!
//! What a configuration file excludes is not there, however it was reached. It must not judge. Next: [`glob`] and
//! [`folders`] for what is an input, [`whole`] for files of what is rendered, [`rendering`] for what is made of those that are rendered,
//! [`crate::cli::load`], which reads files.

mod folders;
pub(super) mod glob;
mod helm;
mod kustomize;
pub(super) mod origin;
mod program;
pub(super) mod rendering;
mod whole;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

pub(super) use self::folders::Rendered;
use self::rendering::Rendering;
use self::whole::Wholes;
use super::config::settings::Excludes;
use super::load::files::{self, Found, Instead, Source};
use super::load::plain::plain;
use super::load::walk::{Skip, walk};
use crate::render::run::Problem;

/// How charts and kustomizations are rendered.
#[derive(Args, Clone, Debug, Default)]
pub struct RenderArguments {
    /// File with values for every chart, or its URL with --allow-remote; may be repeated
    #[arg(long, value_name = "FILE")]
    pub helm_values: Vec<String>,
    /// Value for every chart, as `helm --set` takes it; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub helm_set: Vec<String>,
    /// Render each chart once with every ci/*-values.yaml that it holds
    #[arg(long)]
    pub helm_ci_values: bool,
    /// API that charts may take for served, as in monitoring.coreos.com/v1; may be repeated
    #[arg(long, value_name = "GROUP/VERSION", value_delimiter = ',')]
    pub api_versions: Vec<String>,
    /// Version of Kubernetes that charts are rendered for, and by which deprecated-api and removed-api judge files
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// Take a file of a chart or a kustomization for all of it, as what a commit changes is
    #[arg(long)]
    pub whole: bool,
    /// Let Helm and Kustomize fetch what is remote
    #[arg(long)]
    pub allow_remote: bool,
}

/// What the inputs stand for.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Files that are read as they are, each once.
    pub(super) files: Vec<Found>,
    /// What has to be rendered, each once.
    pub(super) rendered: Vec<Rendered>,
    /// What stands for nothing.
    pub(super) problems: Vec<Problem>,
    /// What is worth knowing.
    pub(super) notes: Vec<String>,
}

impl Inputs {
    /// Of these paths and patterns. `whole`: a file of a chart or a kustomization stands for all of that.
    pub(super) fn resolve(paths: &[PathBuf], excludes: &Excludes, whole: bool) -> Self {
        let mut inputs = Self::default();
        let mut found = Vec::new();
        let wholes = whole.then(|| Wholes::here(excludes));
        let of = |path: &Path| wholes.as_ref().filter(|_| !path.is_dir()).and_then(|wholes| wholes.of(path));
        for path in paths {
            if path.as_os_str() == "-" {
                found.push(Ok(Source::standard_input()));
            } else if let Some(rendered) = of(path) {
                inputs.rendered.extend(rendered);
            } else if glob::is_pattern(path) {
                match glob::expand(path, excludes) {
                    Ok(fitting) if fitting.is_empty() => inputs.nothing_fits(path, excludes),
                    Ok(fitting) => fitting.iter().for_each(|path| inputs.path(path, excludes, &mut found)),
                    Err(error) => inputs.problem(path, &error),
                }
            } else {
                inputs.path(path, excludes, &mut found);
            }
        }
        // Below one folder, each file of its own is met once.
        let may_repeat = |found: &Found| found.as_ref().is_ok_and(|source| !source.is_plain());
        let repeats = paths.len() > 1
            || paths.iter().any(|path| glob::is_pattern(path))
            || found.iter().any(may_repeat);
        inputs.files = if repeats { files::once(found.into_iter()) } else { found };
        // Each once, by the name that comes first.
        let mut seen = BTreeSet::new();
        inputs.rendered.retain(|rendered| seen.insert(rendered.identity()));
        inputs.rendered.sort();
        inputs
    }

    /// The same, as if these files said something else.
    pub(super) fn saying(mut self, instead: &Instead) -> Self {
        let Instead { texts, outputs } = instead;
        let (notes, mut files) = (&mut self.notes, self.files);
        files.retain(|found| {
            let written = found.as_ref().ok().filter(|source| source.is_one_of(outputs));
            notes.extend(written.map(|source| format!("{} is not read: this run writes it", source.name())));
            written.is_none()
        });
        if !texts.is_empty() {
            files = files.into_iter().map(|found| found.map(|source| source.saying(texts))).collect();
        }
        self.files = files;
        self
    }

    fn path(&mut self, path: &Path, excludes: &Excludes, found: &mut Vec<Found>) {
        let path = &*plain(path);
        let is_folder = path.is_dir();
        if !excludes.is_empty() && path.canonicalize().is_ok_and(|path| excludes.holds(&path, is_folder)) {
            self.notes.push(format!("{} is not read: a configuration file excludes it", path.display()));
        } else if is_folder {
            let mut files = walk(path, skip(path, excludes));
            let before: Vec<PathBuf> = files.iter().flatten().map(|file| file.path.clone()).collect();
            let rendered = folders::split(path, &mut files);
            let unnamed = if rendered.is_empty() { Vec::new() } else { folders::unnamed(&before) };
            self.notes.extend(unnamed.into_iter().map(|(file, folder)| {
                format!(
                    "{} is not read: the kustomization in {} does not name it",
                    file.display(),
                    folder.display()
                )
            }));
            self.rendered.extend(rendered.into_iter().map(Rendered::plain));
            found.extend(files.into_iter().map(|found| found.map(Source::below)));
        } else if let Some(what) = folders::made_by(path) {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or_else(|| Path::new(".")).display();
            self.notes.push(format!(
                "{} says what {what} is made from: name {folder} to have it rendered",
                path.display()
            ));
        } else if path.extension().is_some_and(|extension| extension == "tgz") {
            self.rendered.push(Rendered::Chart(path.to_owned()));
        } else {
            found.push(Ok(Source::file(path.to_owned())));
        }
    }

    /// A pattern that nothing fits, or nothing that is not excluded.
    fn nothing_fits(&mut self, pattern: &Path, excludes: &Excludes) {
        let is_excluded = !excludes.is_empty()
            && glob::expand(pattern, &Excludes::default()).is_ok_and(|fitting| !fitting.is_empty());
        if is_excluded {
            let pattern = pattern.display();
            self.notes.push(format!("what fits {pattern} is not read: a configuration file excludes it"));
        } else {
            self.problem(pattern, "nothing fits this pattern");
        }
    }

    fn problem(&mut self, path: &Path, message: &str) {
        let file = Some(path.to_string_lossy().into());
        self.problems.push(Problem {
            file,
            document: None,
            line: None,
            column: None,
            message: message.to_owned(),
        });
    }
}

/// What is skipped on the way through a folder.
fn skip(folder: &Path, excludes: &Excludes) -> Option<Skip> {
    if excludes.is_empty() {
        return None;
    }
    let (folder, real, excludes) = (folder.to_owned(), folder.canonicalize().ok()?, excludes.clone());
    Some(Box::new(move |path, is_folder| {
        path.strip_prefix(&folder).is_ok_and(|below| excludes.holds(&real.join(below), is_folder))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rendered_is_so_once_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for file in ["web/Chart.yaml", "app/kustomization.yaml"] {
            std::fs::create_dir_all(at(file).parent().unwrap()).unwrap();
            std::fs::write(at(file), "").unwrap();
        }
        let names = ["web", "app/../web", "app", "./app/.", "web/../app", "web"];
        let inputs = Inputs::resolve(&names.map(at), &Excludes::default(), false);
        assert_eq!(inputs.rendered, [Rendered::Chart(at("web")), Rendered::Kustomization(at("app"))]);
    }
}

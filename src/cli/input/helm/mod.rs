//! Charts, rendered by the user's own Helm without a network.
//!
//! What is judged is the render as it is. A second one, of a copy with marks, only says where lines are from. It must
//! not judge. Next: [`chart`] for what lies in a folder, [`mark`] and [`trace`] for the lines.

mod chart;
mod mark;
mod packed;
mod trace;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::program::{self, ProgramError};
use super::{RenderArguments, Rendering};
use crate::cli::load::{Bounds, files};
use crate::render::run::Position;
use chart::Template;
use mark::TemplateLine;

/// The lines of a render, and where each is from.
#[derive(Debug)]
pub(in crate::cli) struct Trace {
    /// What was rendered.
    label: Arc<str>,
    rendered: Vec<String>,
    /// Which file each line is from.
    sources: Vec<Arc<str>>,
    lines: Vec<Option<TemplateLine>>,
    templates: Vec<Template>,
}

impl Trace {
    /// What was rendered, for people.
    pub(super) fn label(&self) -> Arc<str> {
        Arc::clone(&self.label)
    }

    /// The file that a place of the render is from, and the place in it, if that is known.
    pub(super) fn place(&self, at: Position) -> (Arc<str>, Option<Position>) {
        let index = at.line.saturating_sub(1);
        let traced = self.lines.get(index).copied().flatten().and_then(|TemplateLine { file, line }| {
            let template = self.templates.get(file)?;
            let column = trace::column(self.rendered.get(index)?, template.lines.get(line - 1)?, at.column);
            Some((Arc::clone(&template.name), Some(Position { line, column })))
        });
        let source = || self.sources.get(index).map_or_else(|| self.label(), Arc::clone);
        traced.unwrap_or_else(|| (source(), None))
    }
}

/// Whether a folder holds a library of templates, which only another chart can use.
pub(super) fn is_library(chart: &Path) -> bool {
    chart::is_library(chart)
}

/// One set of values for a chart.
struct Release<'a> {
    chart: &'a Path,
    name: String,
    namespace: &'a str,
    ci_values: Option<PathBuf>,
    arguments: &'a RenderArguments,
}

/// Renders a chart, with each set of values that is asked for.
pub(super) fn render(
    path: &Path,
    arguments: &RenderArguments,
    namespace: &str,
    bounds: &Bounds,
) -> Vec<Result<Rendering, String>> {
    let is_folder = path.is_dir();
    let remote = arguments.helm_values.iter().find(|file| file.contains("://"));
    if let Some(remote) = remote.filter(|_| !arguments.allow_remote) {
        return vec![Err(format!("{remote} is remote: it is not fetched without --allow-remote"))];
    }
    let absent = chart::absent(path);
    if !absent.is_empty() {
        let (names, chart) = (absent.join(", "), quoted(&path.display().to_string()));
        return vec![Err(format!("{names} is not in charts/: run `helm dependency build {chart}`"))];
    }
    let mut values: Vec<Option<PathBuf>> = if arguments.helm_ci_values {
        chart::ci_values(path).into_iter().map(Some).collect()
    } else {
        Vec::new()
    };
    if values.is_empty() {
        values.push(None);
    }
    let name = chart::name(path).filter(|_| is_folder).unwrap_or_else(|| "release-name".to_owned());
    let releases = values.into_iter().map(|ci_values| {
        let release = Release { chart: path, name: name.clone(), namespace, ci_values, arguments };
        release.rendering(bounds).map_err(|error| error.to_string())
    });
    releases.collect()
}

impl Release<'_> {
    fn rendering(&self, bounds: &Bounds) -> Result<Rendering, ProgramError> {
        let text = self.template(self.chart, bounds)?;
        let mut label = self.chart.display().to_string();
        if let Some(file) = self.ci_values.as_ref().and_then(|file| file.file_name()) {
            label = format!("{label} with ci/{}", file.to_string_lossy());
        }
        let rendered: Vec<&str> = text.lines().collect();
        let (lines, templates) = self.traced(&rendered, bounds).unwrap_or_default();
        let trace = Trace {
            label: label.as_str().into(),
            sources: sources(&rendered, self.chart),
            lines,
            templates,
            rendered: rendered.into_iter().map(str::to_owned).collect(),
        };
        Ok(Rendering::of_chart(label.into(), text, trace))
    }

    /// Where lines are from; nothing if the copy cannot be made or rendered: then only files are told. A
    /// packed chart is laid out for it first.
    fn traced(
        &self,
        rendered: &[&str],
        bounds: &Bounds,
    ) -> Option<(Vec<Option<TemplateLine>>, Vec<Template>)> {
        let laid_out = tempfile::tempdir().ok()?;
        let chart = if self.chart.is_dir() {
            self.chart.to_owned()
        } else {
            packed::unpack(self.chart, laid_out.path(), bounds.file_bytes).ok()?
        };
        // A helper whose text is read by others may not bear marks.
        [true, false].into_iter().find_map(|marks_helpers| {
            let folder = tempfile::tempdir().ok()?;
            let copy = folder.path().join(chart.canonicalize().ok()?.file_name()?);
            let copied = chart::copy(&chart, &copy, marks_helpers).ok()?;
            let chart::Copied { templates, blocks } = copied.named(&chart, self.chart);
            let marked = self.template(&copy, bounds).ok()?;
            Some((trace::pair(rendered, &marked, &blocks), templates))
        })
    }

    fn template(&self, chart: &Path, bounds: &Bounds) -> Result<String, ProgramError> {
        let mut command = Command::new("helm");
        command.args(["template", &self.name]).arg(chart);
        command.args(["--namespace", self.namespace, "--include-crds", "--skip-tests"]);
        let RenderArguments { helm_values, helm_set, api_versions, kube_version, .. } = self.arguments;
        command.args(helm_values.iter().flat_map(|file| ["--values", file]));
        if let Some(file) = &self.ci_values {
            command.arg("--values").arg(file);
        }
        command.args(helm_set.iter().flat_map(|set| ["--set", set]));
        command.args(api_versions.iter().flat_map(|version| ["--api-versions", version]));
        command.args(kube_version.iter().flat_map(|version| ["--kube-version", version]));
        program::run(command, bounds.file_bytes)
    }
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./+,:@%=".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Which file each line is from, as Helm tells it above each document.
fn sources(rendered: &[&str], chart: &Path) -> Vec<Arc<str>> {
    let mut current: Arc<str> = chart.to_string_lossy().into();
    let before = std::iter::once(&"---").chain(rendered);
    let source = |(line, before): (&&str, &&str)| {
        let told = line.strip_prefix("# Source: ").filter(|_| *before == "---");
        if let Some((_, path)) = told.and_then(|told| told.split_once('/')) {
            current = files::name(&chart.join(path));
        }
        Arc::clone(&current)
    };
    rendered.iter().zip(before).map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_a_path_as_a_shell_takes_it() {
        for (path, expected) in [("charts/a", "charts/a"), ("c h", "'c h'"), ("it's", "'it'\\''s'")] {
            assert_eq!(quoted(path), expected);
        }
    }

    #[test]
    fn each_document_is_from_the_file_that_helm_tells() {
        let rendered = [
            "---",
            "# Source: web/templates/a.yaml",
            "a: 1",
            "---",
            "# Source: web/charts/x/b.yaml",
            "b: |",
            "# Source: no/c",
        ];
        let found = sources(&rendered, Path::new("charts/web"));
        let names: Vec<&str> = found.iter().map(|name| &**name).collect();
        let (first, second) = ("charts/web/templates/a.yaml", "charts/web/charts/x/b.yaml");
        assert_eq!(names, ["charts/web", first, first, first, second, second, second]);
    }
}

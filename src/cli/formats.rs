//! Which formats a run is written in, and where each goes.
//!
//! At most one goes to standard output, which holds nothing else then. It must not know what a format looks
//! like. Next: [`crate::render::format`].

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use clap::ValueEnum;
use thiserror::Error;

use super::frames::Files;
use super::load::{self, Bounds};
use super::objects::identity;
use super::output::{self, Output};
use super::same_file::is_same;
use crate::catalogue::parameters::nearest;
use crate::render::format::{Format, Piece, Pieces, Stream};
use crate::render::github::GitHub;
use crate::render::gitlab::GitLab;
use crate::render::html::Html;
use crate::render::json::{self, Json};
use crate::render::jsonl::JsonLines;
use crate::render::junit::JUnit;
use crate::render::markdown::Markdown;
use crate::render::run::Totals;
use crate::render::sarif::Sarif;
use crate::render::text::{Concise, Text};

/// A format of `seaworthy check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// For people.
    Text,
    /// For people and editors: one line for each finding.
    Concise,
    /// For programs.
    Json,
    /// For programs that read while it runs: one JSON object a line.
    Jsonl,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For test reports.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// Code Quality of GitLab.
    Gitlab,
    /// For comments and summaries.
    Markdown,
    /// One page by itself.
    Html,
}

/// A format and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputArgument {
    /// The format.
    pub format: FormatName,
    /// The file; nothing for standard output.
    pub file: Option<PathBuf>,
}

/// Why an output cannot be written.
#[derive(Debug, Error)]
pub enum FormatError {
    /// No format is called so.
    #[error("there is no format `{0}`; {1}")]
    Unknown(String, String),
    /// Two formats would be mixed.
    #[error("two outputs go to {0}; give one of them a file, as in `-o sarif=FILE`")]
    Twice(String),
    /// What stands there would be lost.
    #[error("{0} holds Kubernetes objects, which the output would replace; give it another file")]
    Manifest(String),
    /// What the run reads would be lost.
    #[error("the output {0} would replace {1}, which this run reads; give it another file")]
    Read(String, String),
    /// What the run reads and writes besides would be lost.
    #[error("{0} is the baseline, which the output would replace; give it another file")]
    Baseline(String),
    /// The file or standard output does not take it.
    #[error("cannot write {0}: {1}")]
    Write(String, io::Error),
    /// A value does not fit the format.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl FromStr for OutputArgument {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let format = FormatName::from_str(name, true).map_err(|_| {
            let values = FormatName::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
            let hint = nearest(name, names.iter().map(String::as_str)).map_or_else(
                || format!("known are {}", names.join(", ")),
                |nearest| format!("did you mean `{nearest}`?"),
            );
            FormatError::Unknown(name.to_owned(), hint)
        })?;
        let file = file.filter(|file| !file.is_empty() && *file != "-");
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}

/// The formats of a run, each with its file.
pub type Formats = Vec<(Box<dyn Format>, Option<PathBuf>)>;

/// What standard output is for, beside formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StandardOutput {
    /// Nothing else: the format that no file is given for goes there.
    Free,
    /// A difference, which stands alone: nothing is told beside it.
    Difference,
    /// What standard input says, changed: what is told for people goes to standard error.
    Changed,
}

/// The formats that the arguments name; text if they name none. Where standard output is taken by something else,
/// none may go there.
pub(super) fn plan(
    arguments: &[OutputArgument],
    statistics: bool,
    standard_output: StandardOutput,
) -> Result<Formats, FormatError> {
    if standard_output != StandardOutput::Free && arguments.iter().any(|argument| argument.file.is_none()) {
        return Err(FormatError::Twice(place(None)));
    }
    if standard_output == StandardOutput::Difference && arguments.is_empty() {
        return Ok(Vec::new());
    }
    let is_aside = standard_output == StandardOutput::Changed;
    let text = [OutputArgument { format: FormatName::Text, file: None }];
    let arguments = if arguments.is_empty() { &text } else { arguments };
    for (index, argument) in arguments.iter().enumerate() {
        let same = |other: &&OutputArgument| is_one(other.file.as_deref(), argument.file.as_deref());
        if arguments.iter().take(index).any(|other| same(&other)) {
            return Err(FormatError::Twice(place(argument.file.as_deref())));
        }
        if argument.file.as_deref().is_some_and(holds_objects) {
            return Err(FormatError::Manifest(place(argument.file.as_deref())));
        }
    }
    let folder = std::env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default();
    let formats = arguments
        .iter()
        .map(|argument| (format(argument, (statistics, is_aside), &folder), argument.file.clone()));
    Ok(formats.collect())
}

/// The files that a run writes, where each really is, as far as they are there.
pub(super) fn files(arguments: &[OutputArgument]) -> Vec<PathBuf> {
    let files = arguments.iter().filter_map(|argument| argument.file.as_deref());
    files.filter_map(|file| file.canonicalize().ok()).collect()
}

/// That no output goes to the file of a baseline.
pub(super) fn spare(baseline: Option<&Path>, arguments: &[OutputArgument]) -> Result<(), FormatError> {
    let is_it = |argument: &&OutputArgument| is_one(argument.file.as_deref(), baseline);
    match arguments.iter().find(is_it).filter(|_| baseline.is_some()) {
        Some(argument) => Err(FormatError::Baseline(place(argument.file.as_deref()))),
        None => Ok(()),
    }
}

/// Whether two outputs go to one place, whatever it is called.
fn is_one(one: Option<&Path>, other: Option<&Path>) -> bool {
    real(one) == real(other) || one.zip(other).is_some_and(|(one, other)| is_same(one, other))
}

/// What is the same for two names of one file, also of one that is not there yet.
fn real(file: Option<&Path>) -> Option<PathBuf> {
    let file = file?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new(".")).canonicalize();
    let later = folder.ok().zip(file.file_name()).map(|(folder, name)| folder.join(name));
    Some(file.canonicalize().ok().or(later).unwrap_or_else(|| file.to_owned()))
}

/// Whether somebody's manifest stands there. Only what is named like one is looked at.
fn holds_objects(file: &Path) -> bool {
    let is_named = file
        .extension()
        .is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|is| extension.eq_ignore_ascii_case(is)));
    let mut holds = false;
    // The one of the run before may be large.
    if is_named && file.is_file() && !begins_like_a_run(file) {
        load::load(
            &[file.to_owned()],
            &Bounds::default(),
            &|document| identity(&document.value).is_some(),
            &mut |is_object, _| holds |= is_object,
        );
    }
    holds
}

fn begins_like_a_run(file: &Path) -> bool {
    let mut begin = [0; json::BEGINS.len()];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == *json::BEGINS.as_bytes()
}

fn place(file: Option<&Path>) -> String {
    file.map_or_else(|| "standard output".to_owned(), |file| file.display().to_string())
}

fn format(argument: &OutputArgument, (statistics, is_aside): (bool, bool), folder: &str) -> Box<dyn Format> {
    let folder = folder.to_owned();
    // Colours and links are for terminals, and so is their width.
    let style = match argument.file {
        None if !is_aside => output::style(),
        _ => output::plain(),
    };
    match argument.format {
        FormatName::Text => Box::new(Text { style, statistics, sources: Arc::new(Files) }),
        FormatName::Concise => Box::new(Concise { statistics }),
        FormatName::Json => Box::new(Json::new(statistics)),
        FormatName::Jsonl => Box::new(JsonLines::default()),
        FormatName::Sarif => Box::new(Sarif { folder }),
        FormatName::Junit => Box::new(JUnit),
        FormatName::Github => Box::new(GitHub { folder }),
        FormatName::Gitlab => Box::new(GitLab { folder }),
        FormatName::Markdown => Box::new(Markdown { folder }),
        FormatName::Html => Box::new(Html),
    }
}

/// Every output of a run, open.
pub(super) struct Outputs<'a> {
    open: Vec<Open<'a>>,
}

struct Open<'a> {
    format: &'a dyn Format,
    stream: Stream,
    output: Output,
    place: String,
}

impl Open<'_> {
    fn pieces(&mut self, pieces: Vec<Piece>) -> Result<(), FormatError> {
        let texts = self.stream.join(self.format, pieces);
        texts.into_iter().try_for_each(|text| self.text(text))
    }

    fn text(&mut self, text: Cow<'static, str>) -> Result<(), FormatError> {
        self.output.write(text).map_err(|error| FormatError::Write(self.place.clone(), error))
    }
}

impl<'a> Outputs<'a> {
    /// Opens all, and writes what comes before the findings. `is_aside`: what has no file goes to standard error.
    pub(super) fn open(formats: &'a Formats, is_aside: bool) -> Result<Self, FormatError> {
        let mut open = Vec::new();
        for (format, file) in formats {
            let place = place(file.as_deref());
            let output = match file {
                None if is_aside => Output::error(),
                None => Output::standard(),
                Some(file) => Output::file(file).map_err(|error| FormatError::Write(place.clone(), error))?,
            };
            open.push(Open { format: format.as_ref(), stream: Stream::default(), output, place });
        }
        for output in &mut open {
            let start = output.format.start()?;
            output.text(start.into())?;
        }
        Ok(Self { open })
    }

    /// Writes what the formats made of a workload.
    pub(super) fn write(&mut self, made: Vec<Pieces>) -> Result<(), FormatError> {
        for (output, pieces) in self.open.iter_mut().zip(made) {
            output.pieces(pieces?)?;
        }
        Ok(())
    }

    /// Writes what comes after the findings.
    pub(super) fn finish(self, totals: &Totals) -> Result<(), FormatError> {
        for mut output in self.open {
            let pieces = output.format.idle(&totals.idle)?;
            output.pieces(pieces)?;
            let end = output.format.end(totals, &output.stream)?;
            output.text(end.into())?;
            if output.stream.cut > 0 {
                let (cut, limit) = (output.stream.cut, output.format.limit());
                output::note(&format!(
                    "{}: {cut} findings are left out: {limit} are the most that fit",
                    output.place
                ));
            }
            let Open { output, place, .. } = output;
            output.finish().map_err(|error| FormatError::Write(place, error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<OutputArgument, String> {
        text.parse().map_err(|error: FormatError| error.to_string())
    }

    #[test]
    fn an_output_is_a_format_and_perhaps_a_file() {
        let sarif = |file: Option<&str>| {
            Ok(OutputArgument { format: FormatName::Sarif, file: file.map(PathBuf::from) })
        };
        assert_eq!(parsed("sarif"), sarif(None));
        assert_eq!(parsed("SARIF=a=b.sarif"), sarif(Some("a=b.sarif")));
        assert_eq!(parsed("sarif=-"), sarif(None));
        assert_eq!(parsed("sarf"), Err("there is no format `sarf`; did you mean `sarif`?".to_owned()));
    }

    #[test]
    fn two_outputs_never_share_a_place() {
        let planned = |arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(|text| parsed(text).unwrap()).collect();
            plan(&arguments, false, StandardOutput::Free)
                .map(|formats| formats.len())
                .map_err(|error| error.to_string())
        };
        assert_eq!(planned(&[]), Ok(1));
        assert_eq!(planned(&["json", "sarif=a", "text=b"]), Ok(3));
        for arguments in [["json", "text"], ["json=a", "text=a"]] {
            assert!(planned(&arguments).unwrap_err().starts_with("two outputs go to "), "{arguments:?}");
        }
    }
}

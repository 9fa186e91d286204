//! `seaworthy check`: judges the objects in files.
//!
//! Every verdict is the engine's. Next: [`super::judging`], and [`super::formats`] for what is printed.

use std::num::ParseIntError;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use jiff::Timestamp;
use thiserror::Error;

use super::add_ignores;
use super::baseline::{BaselineArguments, BaselineFileError, Known, Seen};
use super::fix::{self, FixArguments};
use super::formats::{self, FormatError, FormatName, Formats, OutputArgument, Outputs, StandardOutput};
use super::input::RenderArguments;
use super::judging::{self, Read};
use super::live::{LiveError, context};
use super::load::{
    Bounds,
    files::{Instead, Texts},
};
use super::policies::narrow::{NarrowError, Narrowing};
use super::{exit, output};
use crate::api::Profile;
use crate::api::severity::FailOn;
use crate::render::baseline::{Baseline, Entry, failures};
use crate::render::format::Pieces;
use crate::render::run::{RunWorkload, Totals};
use crate::render::style::Style;
use crate::render::text::end;

/// Arguments of `seaworthy check`.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct CheckArguments {
    /// Files and folders of YAML or JSON, charts, kustomizations, and patterns of them (* ? [] {} **); - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How to judge.
    #[command(flatten)]
    pub judging: JudgingArguments,
    /// Look other objects up in a cluster: what is given counts in place of what is there
    #[arg(long, conflicts_with = "complete")]
    pub against_cluster: bool,
    /// Context of the kubeconfig, for --against-cluster
    #[arg(long, value_name = "NAME", requires = "against_cluster")]
    pub context: Option<String>,
    /// Findings that are known.
    #[command(flatten)]
    pub baseline: BaselineArguments,
    /// Write a comment with this reason above everything that fails, so that the next run suppresses it
    #[arg(long, value_name = "REASON", value_parser = add_ignores::reason)]
    pub add_ignores: Option<String>,
    /// What is changed in files.
    #[command(flatten)]
    pub fixes: FixArguments,
    /// Exit with 1 also when something is unknown or pending
    #[arg(long)]
    pub fail_on_unknown: bool,
    /// Exit with 0 where it would be 1
    #[arg(long)]
    pub exit_zero: bool,
    /// Exit with 0 where nothing was checked
    #[arg(long)]
    pub allow_empty: bool,
    /// Count findings by check: instead of telling them in text, beside them in JSON
    #[arg(long)]
    pub statistics: bool,
    /// What to write: FORMAT to standard output, FORMAT=FILE to a file; may be repeated
    ///
    /// Formats: text (default), concise, json, jsonl, sarif, junit, github, gitlab, markdown, html
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub output: Vec<OutputArgument>,
}

/// How objects are judged, whatever is printed.
#[derive(Args, Clone, Debug)]
pub struct JudgingArguments {
    /// File with a ReadinessPolicy or ClusterReadinessPolicy; may be repeated
    #[arg(long, value_name = "FILE")]
    pub policy: Vec<PathBuf>,
    /// Profile to check; without it and without --policy, Standard
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = profile_parser())]
    pub profile: Option<Profile>,
    /// Lowest severity that fails; replaces what the policies say
    #[arg(long, value_name = "SEVERITY", ignore_case = true, value_parser = fail_on_parser())]
    pub fail_on: Option<FailOn>,
    /// Only these checks or families, also those that no policy asks for
    #[arg(long, value_name = "CHECK,...", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Not these checks or families; counts more than --select
    #[arg(long, value_name = "CHECK,...", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// The input is all there is: what is not given does not exist
    #[arg(long)]
    pub complete: bool,
    /// Namespace of objects that name none
    #[arg(long, short, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Count what comments in the files and configuration files suppress as well
    #[arg(long)]
    pub no_ignores: bool,
    /// This configuration file, instead of the nearest .seaworthy.yaml above each input
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// No configuration file
    #[arg(long)]
    pub no_config: bool,
    /// How charts and kustomizations are rendered.
    #[command(flatten)]
    pub rendering: RenderArguments,
    /// Judge as at this time: a day (its beginning, in UTC) or a moment as in RFC 3339
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub now: Option<Timestamp>,
    /// Most bytes of a file
    #[arg(long, value_name = "BYTES", default_value_t = Bounds::default().file_bytes)]
    pub max_file_size: u64,
    /// Deepest nesting of a document
    #[arg(long, value_name = "LEVELS", default_value_t = Bounds::default().depth, value_parser = depth)]
    pub max_depth: usize,
    /// Most values of a document, after aliases are replaced
    #[arg(long, value_name = "NUMBER", default_value_t = Bounds::default().nodes)]
    pub max_nodes: usize,
}

impl JudgingArguments {
    /// What a document may hold.
    pub fn bounds(&self) -> Bounds {
        Bounds { file_bytes: self.max_file_size, depth: self.max_depth, nodes: self.max_nodes }
    }

    /// Which checks run.
    pub(super) fn narrowing(&self) -> Result<Narrowing, NarrowError> {
        Narrowing::new(&self.select, &self.ignore)
    }
}

/// Why a run came to no end.
#[derive(Debug, Error)]
pub(super) enum CheckError {
    #[error(transparent)]
    Narrow(#[from] NarrowError),
    #[error(transparent)]
    Cluster(#[from] LiveError),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error(transparent)]
    Baseline(#[from] BaselineFileError),
    #[error("cannot write: {0}")]
    Write(#[from] std::io::Error),
}

/// Deepest nesting that may be asked for: what is nested is read, changed and let go level by level, on a stack that
/// ends.
const DEPTH_MAX: usize = 1_000;

fn depth(text: &str) -> Result<usize, String> {
    let depth: usize = text.parse().map_err(|error: ParseIntError| error.to_string())?;
    if depth > DEPTH_MAX {
        return Err(format!("{DEPTH_MAX} levels are the most that can be read"));
    }
    Ok(depth)
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let midnight = format!("{text}T00:00:00Z");
    let moment = text.parse().or_else(|_| midnight.parse());
    moment.map_err(|_| "neither a day (2026-03-31) nor a moment (2026-03-31T12:00:00Z)".to_owned())
}

pub(super) fn profile_parser() -> impl clap::builder::TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::ALL.iter().map(|profile| profile.as_str())).map(|name| {
        let named = |profile: &&Profile| profile.as_str().eq_ignore_ascii_case(&name);
        Profile::ALL.iter().find(named).copied().unwrap_or_default()
    })
}

pub(super) fn fail_on_parser() -> impl clap::builder::TypedValueParser<Value = FailOn> {
    let names = ["critical", "high", "medium", "low", "info", "never"];
    PossibleValuesParser::new(names).map(|name| match name.to_lowercase().as_str() {
        "critical" => FailOn::Critical,
        "high" => FailOn::High,
        "medium" => FailOn::Medium,
        "low" => FailOn::Low,
        "info" => FailOn::Info,
        _ => FailOn::Never,
    })
}

/// Runs the command.
pub fn run(arguments: &CheckArguments) -> ExitCode {
    told(arguments, planned(arguments).and_then(|formats| run_with(arguments, &formats)))
}

/// Changes files first, if that is asked for.
fn run_with(arguments: &CheckArguments, formats: &Formats) -> Result<Totals, CheckError> {
    let mut unwritten = Vec::new();
    if arguments.fixes.asks() {
        let fixed = fix::run(&|texts| read_saying(arguments, texts), arguments.fixes, &arguments.judging)?;
        output::notes(&fixed.notes, &[]);
        unwritten = fixed.problems;
    }
    let mut read = read(arguments)?;
    read.problems.extend(unwritten);
    check(arguments, read, formats)
}

/// The formats of the run, and that none of them takes the place of what is needed.
fn planned(arguments: &CheckArguments) -> Result<Formats, CheckError> {
    let formats = formats::plan(&arguments.output, arguments.statistics, standard_output(arguments))?;
    for file in [&arguments.baseline.baseline, &arguments.baseline.write_baseline] {
        formats::spare(file.as_deref(), &arguments.output)?;
    }
    Ok(formats)
}

/// What standard output is for, beside formats.
fn standard_output(arguments: &CheckArguments) -> StandardOutput {
    if arguments.fixes.diff {
        StandardOutput::Difference
    } else if arguments.fixes.fix && arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        StandardOutput::Changed
    } else {
        StandardOutput::Free
    }
}

/// Judges what was read, prints it as the arguments say, and says how it came out.
pub(super) fn finish<E: Into<CheckError>>(arguments: &CheckArguments, read: Result<Read, E>) -> ExitCode {
    let read = read.map_err(Into::into);
    told(arguments, read.and_then(|read| check(arguments, read, &planned(arguments)?)))
}

/// Says how it came out.
fn told(arguments: &CheckArguments, ran: Result<Totals, CheckError>) -> ExitCode {
    match ran {
        Ok(totals) => {
            output::notes(&totals.notes, &[]);
            exit_code(&totals, arguments).into()
        }
        Err(error) => {
            output::error(&error.to_string());
            exit::INCOMPLETE.into()
        }
    }
}

/// What is made of one workload.
struct Made {
    pieces: Vec<Pieces>,
    failures: Vec<Entry>,
    seen: Option<Seen>,
    ignores: Option<add_ignores::Wanted>,
}

/// Reads what the arguments name.
fn read(arguments: &CheckArguments) -> Result<Read, CheckError> {
    read_saying(arguments, &Texts::new())
}

/// The same, as if these files said something else.
fn read_saying(arguments: &CheckArguments, texts: &Texts) -> Result<Read, CheckError> {
    let narrowing = arguments.judging.narrowing()?;
    let instead = Instead { texts: texts.clone(), outputs: formats::files(&arguments.output) };
    let mut read = Read::saying(&arguments.paths, &arguments.judging, narrowing, &instead)?;
    if arguments.against_cluster {
        context::add(&mut read, arguments.context.as_deref())?;
    }
    Ok(read)
}

/// Judges, and writes each workload as soon as it is judged.
fn check(arguments: &CheckArguments, read: Read, formats: &Formats) -> Result<Totals, CheckError> {
    let known = Known::read(&arguments.baseline)?;
    let read = read.with_known(known.clone());
    output::notes(&read.notes, &read.problems);
    let is_aside = standard_output(arguments) == StandardOutput::Changed;
    let mut outputs = Outputs::open(formats, is_aside)?;
    let (mut found, mut seen) = (Baseline::default(), Seen::default());
    let keeps = arguments.baseline.writes();
    let make = |workload: &RunWorkload| Made {
        pieces: formats.iter().map(|(format, _)| format.workload(workload)).collect(),
        failures: if keeps && !workload.is_deleting { failures(workload) } else { Vec::new() },
        seen: arguments.baseline.update_baseline.then(|| {
            let mut seen = Seen::default();
            seen.add(workload);
            seen
        }),
        ignores: arguments.add_ignores.as_ref().map(|_| {
            let mut wanted = add_ignores::Wanted::default();
            wanted.add(workload);
            wanted
        }),
    };
    let mut ignores = add_ignores::Wanted::default();
    let mut totals =
        judging::judge(&read, arguments.judging.now.unwrap_or_else(Timestamp::now), &make, &mut |made| {
            made.failures.into_iter().for_each(|entry| found.add(entry));
            made.seen.into_iter().for_each(|more| seen.join(more));
            made.ignores.into_iter().for_each(|wanted| ignores.join(wanted));
            outputs.write(made.pieces)
        })?;
    outputs.finish(&totals)?;
    totals.notes.extend(passed_over(&totals, tells_text(arguments)));
    // What stands in a cluster is not given, and exists.
    let is_all_there_is = !arguments.against_cluster && read.is_complete();
    known.write(&arguments.baseline, (&found, &seen), (&read, &totals, is_all_there_is))?;
    if let Some(reason) = &arguments.add_ignores {
        let written = ignores.write(reason, &arguments.judging.bounds());
        totals.notes.extend(written.notes);
        // What has a comment now does not fail the next run.
        totals.failing = totals.failing.min(written.left);
    }
    // The process ends next, and taking apart what was read, block by block, would be a part of what it takes.
    std::mem::forget(read);
    Ok(totals)
}

/// Whether people are told what a run came to.
fn tells_text(arguments: &CheckArguments) -> bool {
    let is_told = |output: &OutputArgument| output.format == FormatName::Text && output.file.is_none();
    arguments.output.is_empty() && !arguments.fixes.diff || arguments.output.iter().any(is_told)
}

/// What was read and not checked, for those who are not told otherwise.
fn passed_over(totals: &Totals, is_told: bool) -> Option<String> {
    let total = totals.workloads.total + totals.orphans.total + totals.deleting;
    let skipped = totals.input.skipped;
    if is_told || (total > 0 && skipped == 0) {
        return None;
    }
    if total == 0 {
        return Some(end(totals, Style::plain(usize::MAX)).trim_end().to_owned());
    }
    let (documents, are) = if skipped == 1 { ("document", "is") } else { ("documents", "are") };
    Some(format!("{skipped} {documents} {are} skipped: not Kubernetes"))
}

/// 2 beats 1, 1 beats 3, whatever is printed.
fn exit_code(totals: &Totals, arguments: &CheckArguments) -> u8 {
    let total = totals.workloads.total + totals.orphans.total + totals.deleting;
    if !totals.problems.is_empty() {
        exit::INCOMPLETE
    } else if totals.failing > 0 || (arguments.fail_on_unknown && totals.open > 0) {
        if arguments.exit_zero { exit::OK } else { exit::FAILED }
    } else if total == 0 && !arguments.allow_empty {
        exit::NOTHING
    } else {
        exit::OK
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

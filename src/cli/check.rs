//! `seaworthy check`: judges the objects in files.
//!
//! Every verdict is the engine's. Next: [`super::judging`].

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::exit;
use super::judging::{self, Read};
use super::load::Bounds;
use super::output::{self, Output};
use crate::api::Profile;
use crate::api::severity::FailOn;
use crate::render::run::{RunWorkload, Totals};
use crate::render::{json, text};

/// Arguments of `seaworthy check`.
#[derive(Args, Clone, Debug)]
pub struct CheckArguments {
    /// Files and folders of YAML or JSON; - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// File with a ReadinessPolicy or ClusterReadinessPolicy; may be repeated
    #[arg(long, value_name = "FILE")]
    pub policy: Vec<PathBuf>,
    /// Profile to check; without it and without --policy, Standard
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = profile_parser())]
    pub profile: Option<Profile>,
    /// Lowest severity that fails; replaces what the policies say
    #[arg(long, value_name = "SEVERITY", ignore_case = true, value_parser = fail_on_parser())]
    pub fail_on: Option<FailOn>,
    /// Exit with 1 also when something is unknown or pending
    #[arg(long)]
    pub fail_on_unknown: bool,
    /// The input is all there is: what is not given does not exist
    #[arg(long)]
    pub complete: bool,
    /// Namespace of objects that name none
    #[arg(long, short, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Count what comments in the files suppress as well
    #[arg(long)]
    pub no_ignores: bool,
    /// Judge as at this time: a day (its beginning, in UTC) or a moment as in RFC 3339
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub now: Option<Timestamp>,
    /// Most bytes of a file
    #[arg(long, value_name = "BYTES", default_value_t = Bounds::default().file_bytes)]
    pub max_file_size: u64,
    /// Deepest nesting of a document
    #[arg(long, value_name = "LEVELS", default_value_t = Bounds::default().depth)]
    pub max_depth: usize,
    /// Most values of a document, after aliases are replaced
    #[arg(long, value_name = "NUMBER", default_value_t = Bounds::default().nodes)]
    pub max_nodes: usize,
    /// What to print
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

impl CheckArguments {
    fn bounds(&self) -> Bounds {
        Bounds { file_bytes: self.max_file_size, depth: self.max_depth, nodes: self.max_nodes }
    }
}

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For people and editors: one line for each finding.
    Concise,
    /// For programs.
    Json,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let midnight = format!("{text}T00:00:00Z");
    let moment = text.parse().or_else(|_| midnight.parse());
    moment.map_err(|_| "neither a day (2026-03-31) nor a moment (2026-03-31T12:00:00Z)".to_owned())
}

fn profile_parser() -> impl clap::builder::TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::ALL.iter().map(|profile| profile.as_str())).map(|name| {
        let named = |profile: &&Profile| profile.as_str().eq_ignore_ascii_case(&name);
        Profile::ALL.iter().find(named).copied().unwrap_or_default()
    })
}

fn fail_on_parser() -> impl clap::builder::TypedValueParser<Value = FailOn> {
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
    let read = Read::new(arguments, &arguments.bounds());
    output::notes(&read.notes, &read.problems);
    match print(arguments, read) {
        Ok(totals) => {
            output::notes(&totals.notes, &[]);
            exit_code(&totals, arguments.fail_on_unknown).into()
        }
        Err(error) => {
            output::error(&error.to_string());
            exit::INCOMPLETE.into()
        }
    }
}

/// Judges, and prints each workload as soon as it is judged.
fn print(arguments: &CheckArguments, read: Read) -> io::Result<Totals> {
    let mut out = Output::new();
    let now = arguments.now.unwrap_or_else(Timestamp::now);
    match arguments.output {
        Format::Json => {
            let writer = json::Writer::default();
            let mut any = false;
            out.write(&json::Writer::start())?;
            let totals = judging::judge(read, now, &|workload| writer.workload(workload), &mut |findings| {
                let findings = findings?;
                if any && !findings.is_empty() {
                    out.write(json::Writer::SEPARATOR)?;
                }
                any |= !findings.is_empty();
                out.write(&findings)
            })?;
            out.write(&json::Writer::end(&totals, any)?)?;
            out.finish().map(|()| totals)
        }
        Format::Text | Format::Concise => {
            let style = output::style();
            let concise = arguments.output == Format::Concise;
            let render = |workload: &RunWorkload| {
                if concise { text::concise(workload) } else { text::workload(workload, style) }
            };
            let totals = judging::judge(read, now, &render, &mut |text| out.write(&text))?;
            if !concise {
                out.write(&text::end(&totals, style))?;
            }
            out.finish().map(|()| totals)
        }
    }
}

fn exit_code(totals: &Totals, fail_on_unknown: bool) -> u8 {
    let (counts, orphans) = (totals.workloads, totals.orphans);
    let open = counts.unknown + counts.pending + orphans.unknown + orphans.pending;
    if !totals.problems.is_empty() {
        exit::INCOMPLETE
    } else if counts.not_ready + orphans.not_ready > 0 || (fail_on_unknown && open > 0) {
        exit::FAILED
    } else if counts.total + orphans.total == 0 {
        exit::NOTHING
    } else {
        exit::OK
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

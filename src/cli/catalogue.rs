//! `seaworthy explain`, `seaworthy checks`, `seaworthy crds`: what the product itself knows.
//!
//! Next: [`crate::render::catalogue`].

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{exit, output};
use crate::api::schema::crds;
use crate::catalogue::parameters::nearest;
use crate::checks;
use crate::render::idle::IdleRule;
use crate::render::{catalogue, json, yaml};

/// Arguments of `seaworthy explain`.
#[derive(Args, Clone, Debug)]
pub struct ExplainArguments {
    /// Name of a check, as in findings, or what another tool calls it (C-0016, KSV012)
    pub check: String,
}

/// Arguments of `seaworthy checks`.
#[derive(Args, Clone, Debug)]
pub struct ChecksArguments {
    /// What to print
    #[arg(long, short, value_enum, default_value_t = ListFormat::Text)]
    pub output: ListFormat,
}

/// How to print the list of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Prints the manual of a check; a list, where another tool has several checks under this name.
pub fn explain(arguments: &ExplainArguments) -> ExitCode {
    let name = arguments.check.as_str();
    if let Some(check) = checks::find(name) {
        return finish(Ok(catalogue::explain(check, output::style())));
    }
    if let Some(rule) = IdleRule::find(name) {
        return finish(Ok(catalogue::explain_idle(rule, output::style())));
    }
    match checks::peers::find(name).as_slice() {
        [] => {}
        [check] => return finish(Ok(catalogue::explain(check, output::style()))),
        several => return finish(Ok(catalogue::list(several, output::style()))),
    }
    let names = checks::names();
    let hint = nearest(name, names.iter().copied()).map_or_else(
        || "`seaworthy checks` lists them all".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    output::error(&format!("there is no check `{name}`; {hint}"));
    exit::INCOMPLETE.into()
}

/// Prints a list of all checks.
pub fn checks(arguments: &ChecksArguments) -> ExitCode {
    finish(match arguments.output {
        ListFormat::Json => json::checks(checks::ALL),
        ListFormat::Text => Ok(catalogue::list(checks::ALL, output::style())),
    })
}

/// Prints the `CustomResourceDefinitions`.
pub fn definitions() -> ExitCode {
    let crds = crds(&checks::names());
    finish(crds.map(|crds| yaml::to_yaml_documents(crds.iter().map(|(_, crd)| crd))))
}

fn finish(text: Result<String, serde_json::Error>) -> ExitCode {
    match text.map_err(std::io::Error::other).and_then(|text| output::print(&text)) {
        Ok(()) => exit::OK.into(),
        Err(error) => {
            output::error(&error.to_string());
            exit::INCOMPLETE.into()
        }
    }
}

//! `seaworthy completions`, `seaworthy version`, and the reference of all commands: the program about itself.
//!
//! It must not know any command: the caller hands the tree of all of them in. Next: the binary's `main`.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Arg, Args, Command};
use clap_complete::Shell;
use serde_json::json;

use super::catalogue::ListFormat;
use super::{exit, output};
use crate::api::{API_VERSION, NEWEST_PROFILE_VERSION};
use crate::checks;

/// Arguments of `seaworthy completions`.
#[derive(Args, Clone, Debug)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `seaworthy version`.
#[derive(Args, Clone, Debug)]
pub struct VersionArguments {
    /// What to print
    #[arg(long, short, value_enum, default_value_t = ListFormat::Text)]
    pub output: ListFormat,
}

/// Prints a script for a shell.
pub fn completions(arguments: &CompletionsArguments, mut command: Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "seaworthy", &mut script);
    finish(&String::from_utf8_lossy(&script))
}

/// Prints the version.
pub fn version(arguments: &VersionArguments) -> ExitCode {
    let version = env!("CARGO_PKG_VERSION");
    finish(&match arguments.output {
        ListFormat::Text => format!("seaworthy {version}\n"),
        ListFormat::Json => {
            let document = json!({
                "schemaVersion": 1,
                "version": version,
                "apiVersion": API_VERSION,
                "profileVersion": NEWEST_PROFILE_VERSION,
                "checks": checks::ALL.len(),
            });
            format!("{document:#}\n")
        }
    })
}

/// Prints every command with its arguments, as Markdown.
pub fn reference(mut command: Command) -> ExitCode {
    command.build();
    let mut out = "<!-- From here on made from the command line itself by tests/formats.rs; do not edit. -->\n\n\
        # Every command\n\nExit codes, of every command that judges: 0 nothing at or above `failOn`; 1 something fails; 2 not\n\
        everything could be done; 3 nothing was checked. 2 counts more than 1, and 1 more than 3, whatever the\n\
        output format.\n"
        .to_owned();
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        if command.get_name() != "help" {
            section(&mut out, command);
        }
    }
    finish(&out)
}

// Writing to a String does not fail, so results of `writeln!` are dropped in this file.

fn section(out: &mut String, command: &Command) {
    let _ = writeln!(out, "\n## {}\n", command.get_name());
    if let Some(about) = command.get_about() {
        let _ = writeln!(out, "{about}.");
    }
    let arguments: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set() && argument.get_id() != "help")
        .collect();
    if arguments.is_empty() {
        return;
    }
    out.push_str("\n| argument | |\n|---|---|\n");
    for argument in arguments {
        let _ = writeln!(out, "| `{}` | {} |", name(argument), words(argument));
    }
}

fn name(argument: &Arg) -> String {
    let long = argument.get_long().map(|long| format!("--{long}"));
    let short = argument.get_short().map(|short| format!("-{short}"));
    let mut name = [short, long].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let takes = argument.get_action().takes_values();
    let values = argument.get_value_names().filter(|_| takes).unwrap_or_default();
    for value in values {
        let _ = write!(name, "{}{value}", if name.is_empty() { "" } else { " " });
    }
    name
}

fn words(argument: &Arg) -> String {
    let help = argument.get_long_help().or_else(|| argument.get_help());
    let mut words =
        help.map(ToString::to_string).unwrap_or_default().replace("\n\n", ". ").replace('\n', " ");
    let values: Vec<String> =
        argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if argument.get_action().takes_values() && !values.is_empty() {
        let _ = write!(words, ": {}", values.join(", "));
    }
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        let _ = write!(words, " (default {})", defaults.join(", "));
    }
    words.replace('|', "\\|")
}

fn finish(text: &str) -> ExitCode {
    match output::print(text) {
        Ok(()) => exit::OK.into(),
        Err(error) => {
            output::error(&error.to_string());
            exit::INCOMPLETE.into()
        }
    }
}

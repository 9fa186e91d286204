//! `seaworthy config`: what counts for a run, and where each setting is from.
//!
//! It must not decide anything: it prints what `check` with the same arguments would follow. Next:
//! [`super::settings`].

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::settings::{Setting, Settings};
use crate::cli::catalogue::ListFormat;
use crate::cli::check::JudgingArguments;
use crate::cli::suppress::rule::Rule;
use crate::cli::{exit, output};

/// Commands about `.seaworthy.yaml`.
#[derive(Subcommand, Clone, Debug)]
pub enum ConfigCommand {
    /// Print each setting that counts for these inputs, and where it is from
    Show(Box<ShowArguments>),
    /// Print the JSON Schema of .seaworthy.yaml
    Schema,
}

/// Arguments of `seaworthy config show`: those of `check` that decide how objects are judged.
#[derive(Args, Clone, Debug)]
pub struct ShowArguments {
    /// Inputs as `check` takes them
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// What flags say.
    #[command(flatten)]
    pub judging: JudgingArguments,
    /// What to print
    #[arg(long, short, value_enum, default_value_t = ListFormat::Text)]
    pub output: ListFormat,
}

/// Runs a command. Exit 2 if a file is wrong.
pub fn run(command: &ConfigCommand) -> ExitCode {
    let (text, code) = match command {
        ConfigCommand::Schema => (format!("{:#}\n", super::schema()), exit::OK),
        ConfigCommand::Show(arguments) => {
            let settings = Settings::new(&arguments.paths, &arguments.judging);
            output::notes(&[], &settings.problems);
            let code = if settings.problems.is_empty() { exit::OK } else { exit::INCOMPLETE };
            (told(&settings, arguments.output), code)
        }
    };
    match output::print(&text) {
        Ok(()) => code.into(),
        Err(error) => {
            output::error(&error.to_string());
            exit::INCOMPLETE.into()
        }
    }
}

fn told(settings: &Settings, format: ListFormat) -> String {
    let rows = rows(settings);
    match format {
        ListFormat::Text => text(&rows),
        ListFormat::Json => {
            let rows: Vec<Value> = rows
                .into_iter()
                .map(|(key, setting)| json!({"key": key, "value": setting.value, "from": setting.from}))
                .collect();
            let document = json!({"schemaVersion": 1, "files": settings.files, "settings": rows});
            format!("{document:#}\n")
        }
    }
}

type Row = (&'static str, Setting<Value>);

fn rows(settings: &Settings) -> Vec<Row> {
    fn row<T>(key: &'static str, setting: &Setting<T>, value: impl Fn(&T) -> Value) -> Row {
        (key, Setting { value: value(&setting.value), from: setting.from.clone() })
    }
    let named = |is_default: bool, name: &str| if is_default { json!(name) } else { Value::Null };
    let by_itself = settings.policies.value.is_empty();
    let mut rows = vec![
        row("profile", &settings.profile, |profile| {
            profile.map_or_else(|| named(by_itself, "Standard"), |profile| json!(profile.as_str()))
        }),
        row("policies", &settings.policies, |files| json!(files)),
        row("failOn", &settings.fail_on, |fail_on| {
            fail_on.map_or_else(|| json!("as the policy says"), |fail_on| json!(fail_on.to_string()))
        }),
        row("namespace", &settings.namespace, |namespace| {
            namespace.as_ref().map_or_else(|| json!("as the policy says, else default"), |name| json!(name))
        }),
        row("complete", &settings.complete, |complete| json!(complete)),
    ];
    rows.extend(settings.exclude.iter().map(|setting| row("exclude", setting, |pattern| json!(pattern))));
    rows.extend(
        settings
            .suppress
            .iter()
            .map(|rule| ("suppress", Setting { value: json!(rule.to_string()), from: rule_place(rule) })),
    );
    rows
}

/// File and line of a suppression, as of every other setting.
fn rule_place(rule: &Rule) -> String {
    let at = rule.location();
    at.position.map_or_else(|| at.file.to_string(), |position| format!("{}:{}", at.file, position.line))
}

fn text(rows: &[Row]) -> String {
    let value = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let cells: Vec<(&str, String, &str)> =
        rows.iter().map(|(key, setting)| (*key, value(&setting.value), setting.from.as_str())).collect();
    let width = cells.iter().map(|(_, value, _)| value.chars().count()).filter(|width| *width <= 48).max();
    let width = width.unwrap_or_default();
    let lines = cells.iter().map(|(key, value, from)| format!("{key:<10} {value:<width$}  {from}\n"));
    lines.collect::<Vec<_>>().concat()
}

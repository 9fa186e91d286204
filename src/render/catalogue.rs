//! The manual of a check, and the list of all checks, as text.
//!
//! Next: [`crate::catalogue::check`] for where the manual comes from.

use std::fmt::Write as _;

use serde_json::Value;

use super::idle::IdleRule;
use super::peers;
use super::style::{Colour, Style};
use crate::catalogue::{Check, NEWEST_PROFILE_VERSION, Profile};

/// Names of the profiles that hold a check, from small to large.
pub fn profiles(check: &Check) -> Vec<&'static str> {
    let holds = |profile: &&Profile| check.membership(**profile, NEWEST_PROFILE_VERSION).is_some();
    Profile::ALL.iter().filter(holds).map(|profile| profile.as_str()).collect()
}

// Writing to a String does not fail, so results of `writeln!` are dropped in this file.

/// Everything that is known about a check.
pub fn explain(check: &Check, style: Style) -> String {
    let mut out = String::new();
    let profiles = profiles(check);
    let profiles =
        if profiles.is_empty() { "none, a policy must name it".to_owned() } else { profiles.join(", ") };
    let _ = writeln!(out, "{}: {}", style.paint(Colour::Bold, check.name), check.title);
    let _ = writeln!(out);
    let _ = writeln!(out, "  Family    {}", check.family);
    let _ = writeln!(out, "  Severity  {}", check.severity);
    let _ = writeln!(out, "  Profiles  {profiles}");
    let reads = check.kinds_read();
    if !reads.is_empty() {
        let _ = writeln!(out, "  Reads     {}", reads.join(", "));
    }
    let judges = check.kinds_judged();
    if !judges.is_empty() {
        let _ = writeln!(out, "  Judges    {}", judges.join(", "));
    }
    for (name, default) in defaults(check) {
        let _ = writeln!(out, "  Parameter {name}, default {default}");
    }
    manual(&mut out, &check.manual(), style);
    elsewhere(&mut out, check, style);
    out
}

/// What is known about a suppression that suppresses nothing.
pub fn explain_idle(rule: IdleRule, style: Style) -> String {
    let name = style.paint(Colour::Bold, rule.name());
    format!(
        "{name}: {}\n\n  Severity  {}, whatever failOn says\n\n{}\n{}\n",
        rule.title(),
        IdleRule::SEVERITY,
        style.paint(Colour::Bold, "How to fix"),
        style.wrap(rule.remediation(), 2)
    )
}

/// What other tools call the check, if any has it.
fn elsewhere(out: &mut String, check: &Check, style: Style) {
    let tools = peers::by_tool(check);
    if tools.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", style.paint(Colour::Bold, peers::HEADING));
    for (tool, ids) in tools {
        let _ = writeln!(out, "{}", style.wrap(&format!("{tool}: {}", ids.join(", ")), 2));
    }
}

/// The parameters of a check with their defaults.
fn defaults(check: &Check) -> Vec<(String, Value)> {
    let schema = (check.schema)();
    let properties = schema.get("properties").and_then(Value::as_object);
    let compiled = (check.compile)(&serde_json::Map::new());
    let values: Value = compiled
        .ok()
        .and_then(|compiled| serde_json::from_str(&compiled.parameters).ok())
        .unwrap_or_default();
    properties
        .into_iter()
        .flat_map(|properties| properties.keys())
        .map(|name| (name.clone(), values.get(name).cloned().unwrap_or_default()))
        .collect()
}

/// Markdown as text: headings, wrapped paragraphs and lists; code stays as it is.
fn manual(out: &mut String, manual: &str, style: Style) {
    let mut paragraph = String::new();
    let mut code = false;
    for line in manual.lines() {
        let fence = line.trim_start().starts_with("```");
        let item = line.trim_start().starts_with("- ");
        if fence || code || item || line.trim().is_empty() || line.starts_with('#') {
            flush(out, &mut paragraph, style);
        }
        if fence {
            code = !code;
        } else if code {
            let _ = writeln!(out, "      {line}");
        } else if let Some(heading) = line.strip_prefix("## ") {
            let _ = writeln!(out, "\n{}", style.paint(Colour::Bold, heading));
        } else if !line.trim().is_empty() {
            paragraph.push_str(line.trim());
            paragraph.push(' ');
        }
    }
    flush(out, &mut paragraph, style);
}

fn flush(out: &mut String, paragraph: &mut String, style: Style) {
    if !paragraph.is_empty() {
        let _ = writeln!(out, "{}", style.wrap(paragraph, 2));
        paragraph.clear();
    }
}

/// One line for each check.
pub fn list(checks: &[&Check], style: Style) -> String {
    let mut out = String::new();
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    for check in checks {
        let first = profiles(check).first().copied().unwrap_or("-");
        let name = style.paint(Colour::Bold, &format!("{:<width$}", check.name));
        let severity = check.severity.as_str();
        let family = check.family.as_str();
        let _ = writeln!(out, "{name}  {severity:<8}  {first:<8}  {family:<9}  {}", check.title);
    }
    out
}

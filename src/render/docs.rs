//! The pages of `docs/checks`: one per check and an index, made from the registry.
//!
//! A page adds to the manual of a check what the code says of it; it must not say anything else. Next:
//! `tests/generated.rs`, which keeps the files equal.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::peers;
use super::yaml::to_yaml;
use crate::catalogue::check::Family;
use crate::catalogue::profile::Profile;
use crate::catalogue::{Check, Membership, Severity};
use crate::checks;

const HEADER: &str = "<!-- Made from the code by tests/generated.rs; do not edit. -->\n";

/// Every page by the name of its file.
pub fn check_pages() -> BTreeMap<String, String> {
    let pages = checks::ALL.iter().map(|check| (format!("{}.md", check.name), page(check)));
    pages.chain([("README.md".to_owned(), index())]).collect()
}

/// The index: every check by family, by profile, by severity, and by what other tools call it.
fn index() -> String {
    let mut lines = vec![
        format!("{HEADER}# Checks\n"),
        format!(
            "{} checks, by what they are about. A profile holds the checks of every smaller one: Baseline,",
            checks::ALL.len()
        ),
        "Standard, Strict. A check without a profile is in force only where a policy names it.".to_owned(),
    ];
    for family in Family::ALL {
        let mut members: Vec<&Check> =
            checks::ALL.iter().copied().filter(|check| check.family == *family).collect();
        members.sort_unstable_by_key(|check| check.name);
        if members.is_empty() {
            continue;
        }
        lines.push(format!("\n## {family}\n\n| check | severity | from profile | |\n|---|---|---|---|"));
        lines.extend(members.into_iter().map(|check| {
            let Check { name, severity, title, .. } = check;
            let profile = check.profiles.first().map_or("-", |membership| membership.profile.as_str());
            format!("| [{name}]({name}.md) | {severity} | {profile} | {} |", cell(title))
        }));
    }
    lines.join("\n") + "\n" + &by_profile() + &by_severity() + &peers::index()
}

/// The section of the index: the checks of each profile in its newest version.
fn by_profile() -> String {
    let profiles = [Profile::Baseline, Profile::Standard, Profile::Strict];
    let rows = profiles.map(|profile| {
        let begin = |check: &&Check| check.profiles.first().is_some_and(|first| first.profile == profile);
        (profile.as_str(), links(begin))
    });
    let without = ("none", links(|check| check.profiles.is_empty()));
    let head = "\n## By profile\n\nWhere a check begins; every larger profile holds it as well.\n";
    listed(head, rows.into_iter().chain([without]))
}

/// The section of the index: the checks of each severity, which a policy and a profile may change.
fn by_severity() -> String {
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];
    let rows = severities.map(|severity| (severity.as_str(), links(|check| check.severity == severity)));
    let head = "\n## By severity\n\nA profile or a policy may say another one.\n";
    listed(head, rows.into_iter())
}

fn listed(head: &str, rows: impl Iterator<Item = (&'static str, Vec<String>)>) -> String {
    let rows = rows.map(|(name, links)| format!("| {name} | {} | {} |\n", links.len(), links.join(", ")));
    format!("{head}\n| | number | checks |\n|---|---|---|\n{}", rows.collect::<String>())
}

/// Links to the pages of some checks, by name.
fn links(is_meant: impl Fn(&&Check) -> bool) -> Vec<String> {
    let mut names: Vec<&str> = checks::ALL.iter().copied().filter(is_meant).map(|check| check.name).collect();
    names.sort_unstable();
    names.into_iter().map(|name| format!("[{name}]({name}.md)")).collect()
}

/// The page of one check.
fn page(check: &Check) -> String {
    let Check { name, title, family, severity, .. } = check;
    let (profiles, reads, judges) = (profiles(check), reads(check), judges(check));
    let facts = format!(
        "| | |\n|---|---|\n| family | {family} |\n| severity | {severity} |\n\
         | profiles | {profiles} |\n| also reads | {reads} |{judges}"
    );
    let manual = check.manual();
    let parameters = parameters(check);
    let manual = match manual.split_once("\n## Parameters\n") {
        Some((before, after)) if !parameters.is_empty() => {
            format!("{}\n\n## Parameters\n{}\n{}", before.trim(), table(&parameters), after.trim_end())
        }
        _ => manual.trim().to_owned(),
    };
    format!(
        "{HEADER}# {name}\n\n{title}.\n\n{facts}\n\n{manual}\n\n{}\n{}",
        peers::section(check),
        usage(check)
    )
}

fn profiles(check: &Check) -> String {
    if check.profiles.is_empty() {
        return "none: a policy must name it".to_owned();
    }
    let entries = check.profiles.iter().map(|Membership { profile, since, severity, parameters }| {
        let severity = severity.map(|severity| format!(", {severity}")).unwrap_or_default();
        let parameters = parameters.map(|json| format!(", with `{}`", cell(json))).unwrap_or_default();
        format!("{profile} from version {since}{severity}{parameters}")
    });
    entries.collect::<Vec<_>>().join("; ")
}

fn reads(check: &Check) -> String {
    let kinds = check.kinds_read();
    if kinds.is_empty() { "nothing but the workload".to_owned() } else { kinds.join(", ") }
}

/// The row of what it judges beside workloads, if it does.
fn judges(check: &Check) -> String {
    let kinds = check.kinds_judged();
    if kinds.is_empty() { String::new() } else { format!("\n| also judges | {} |", kinds.join(", ")) }
}

/// Name and schema of each parameter, in alphabetical order.
fn parameters(check: &Check) -> Vec<(String, Value)> {
    let properties = (check.schema)().get("properties").and_then(Value::as_object).cloned();
    let mut parameters: Vec<_> = properties.unwrap_or_default().into_iter().collect();
    parameters.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    parameters
}

fn table(parameters: &[(String, Value)]) -> String {
    let rows = parameters.iter().map(|(name, schema)| {
        let default =
            schema.get("default").map_or_else(|| "-".to_owned(), |value| format!("`{}`", bare(value)));
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        format!("| `{name}` | {} | {} | {} |\n", values(schema), cell(&default), cell(description))
    });
    format!("\n| parameter | value | default | |\n|---|---|---|---|\n{}", rows.collect::<String>())
}

/// What a parameter can be: its values, else its type.
fn values(schema: &Value) -> String {
    let list = |key| schema.get(key).and_then(Value::as_array);
    if let Some(values) = list("enum") {
        let values =
            values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        return values.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(branches) = list("oneOf").or_else(|| list("anyOf")) {
        return branches.iter().map(values).collect::<Vec<_>>().join(", ");
    }
    if let Some(value) = schema.get("const").and_then(Value::as_str) {
        return format!("`{value}`");
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => format!("list of {}", schema.get("items").map(values).unwrap_or_default()),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some(kind) => kind.to_owned(),
        None => "any".to_owned(),
    }
}

/// A value as people write it: text without quotes.
fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// How a policy names the check, with every parameter at its default.
fn usage(check: &Check) -> String {
    let defaults: Map<String, Value> = parameters(check)
        .into_iter()
        .filter_map(|(name, schema)| Some((name, schema.get("default")?.clone())))
        .collect();
    let mut setting = json!({"name": check.name, "severity": check.severity.as_str()});
    if let (false, Some(setting)) = (defaults.is_empty(), setting.as_object_mut()) {
        setting.insert("parameters".to_owned(), Value::Object(defaults));
    }
    let policy = to_yaml(&json!({"spec": {"checks": [setting]}}));
    format!("## In a policy\n\n```yaml\n{policy}```\n")
}

/// Text for a cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_page_and_the_index_links_to_it() {
        let pages = check_pages();
        assert_eq!(pages.len(), checks::ALL.len() + 1);
        for name in checks::names() {
            // In its family, in its profile, in its severity.
            let index = pages["README.md"].split("\n## From another tool").next().unwrap();
            assert_eq!(index.matches(&format!("({name}.md)")).count(), 3, "{name}");
        }
    }

    #[test]
    fn parameters_are_a_table_of_the_schema() {
        let page = page(checks::find("run-as-non-root").unwrap());
        let table = page.split_once("## Parameters\n").unwrap().1;
        assert!(
            table.contains("| `relaxUserNamespaces` | `true`, `false` | `true` | Whether a pod"),
            "{table}"
        );
        assert!(table.contains("| `mode` | `strict`, `effective` | `strict` |"), "{table}");
        assert!(page.contains("    relaxUserNamespaces: true\n"), "{page}");
    }

    #[test]
    fn text_in_a_table_stays_in_its_cell() {
        assert_eq!(cell("one\n two | three"), "one two \\| three");
    }
}

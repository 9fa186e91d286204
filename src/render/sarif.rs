//! SARIF 2.1.0, as GitHub's code scanning reads it.
//!
//! Every check is a rule with its manual, also if it finds nothing. What only says that other objects are not
//! among the files is no result, but counted in a notification. Next: [`super::fingerprint`] for what
//! recognizes a result in the next run.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::fingerprint::Identity;
use super::format::{Format, Piece, Pieces, Stream, relative};
use super::idle::{Idle, IdleRule};
use super::run::{Location, RunFinding, RunWorkload, Totals};
use super::style::visible;
use crate::catalogue::check::Family;
use crate::catalogue::{Check, Outcome, Severity};
use crate::checks;
use crate::engine::report::message;

/// Most results that GitHub takes of one run.
pub const RESULTS_MAX: usize = 25_000;

/// One SARIF log with one run.
#[derive(Clone, Debug)]
pub struct Sarif {
    /// The folder that the run was started in: files below it are told relative to it.
    pub folder: String,
}

impl Format for Sarif {
    fn start(&self) -> Result<String, serde_json::Error> {
        let rules: Vec<Value> =
            checks::ALL.iter().map(|check| rule(check)).chain(IdleRule::ALL.map(idle_rule)).collect();
        let driver = json!({
            "name": "Seaworthy",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        });
        let driver = serde_json::to_string(&driver)?;
        Ok(format!(
            "{{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{{\
             \"tool\":{{\"driver\":{driver}}},\n\"columnKind\":\"unicodeCodePoints\",\n\"results\":["
        ))
    }

    fn workload(&self, workload: &RunWorkload) -> Pieces {
        let told = workload.findings.iter().filter(|finding| !finding.is_unseen());
        told.map(|finding| self.result(workload, finding)).collect()
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        idle.iter().map(|idle| self.suppression(idle)).collect()
    }

    fn separator(&self) -> &'static str {
        ","
    }

    fn limit(&self) -> usize {
        RESULTS_MAX
    }

    fn end(&self, totals: &Totals, stream: &Stream) -> Result<String, serde_json::Error> {
        let mut told: Vec<Value> =
            totals.problems.iter().map(|problem| notification("error", problem)).collect();
        if stream.cut > 0 {
            let words = format!("{} results are left out: {RESULTS_MAX} are the most that fit", stream.cut);
            told.push(notification("warning", &words));
        }
        if totals.unseen > 0 {
            let words =
                format!("{} findings are unknown: other objects are not among the files", totals.unseen);
            told.push(notification("note", &words));
        }
        let invocations = json!([{
            "executionSuccessful": totals.problems.is_empty(),
            "toolExecutionNotifications": told,
        }]);
        Ok(format!("\n],\n\"invocations\":{}}}]}}\n", serde_json::to_string(&invocations)?))
    }
}

impl Sarif {
    fn result(&self, workload: &RunWorkload, finding: &RunFinding) -> Result<Piece, serde_json::Error> {
        let merged = &finding.merged;
        let identity = Identity::of(workload, finding);
        let undecided = matches!(merged.outcome, Outcome::Unknown | Outcome::Pending);
        let mut name = identity.object.clone();
        for part in [&identity.container, &identity.field].into_iter().flatten() {
            name = format!("{name}/{part}");
        }
        let mut result = json!({
            "ruleId": merged.check,
            "ruleIndex": checks::ALL.iter().position(|check| check.name == merged.check),
            // Only what fails has a level.
            "kind": if undecided { "open" } else { "fail" },
            "level": if undecided { "none" } else { level(merged.severity) },
            "message": {"text": words(workload, finding)},
            "locations": [{
                "physicalLocation": self.place(&finding.location),
                "logicalLocations": [{"fullyQualifiedName": visible(&name), "kind": "resource"}],
            }],
        });
        let lists = [
            ("relatedLocations", self.related(workload, finding)),
            ("suppressions", suppression(finding).into_iter().collect()),
        ];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            if let Some(fields) = result.as_object_mut() {
                fields.insert(name.to_owned(), Value::Array(list));
            }
        }
        piece(&result, &identity)
    }

    /// Other places that a finding is about; and where the workload stands, of one about another object that belongs
    /// to it.
    fn related(&self, workload: &RunWorkload, finding: &RunFinding) -> Vec<Value> {
        let place = |location: &Location, words: &str| json!({"physicalLocation": self.place(location), "message": {"text": visible(words)}});
        let is_elsewhere = finding.merged.found.object.is_some() && finding.location != workload.location;
        let of_workload = is_elsewhere.then(|| place(&workload.location, &workload.key.to_string()));
        let others = finding.related.iter().map(|related| place(&related.location, related.message));
        others.chain(of_workload).collect()
    }

    /// A suppression that suppresses nothing.
    fn suppression(&self, idle: &Idle) -> Result<Piece, serde_json::Error> {
        let index = IdleRule::ALL.iter().position(|rule| *rule == idle.rule);
        let result = json!({
            "ruleId": idle.rule.name(),
            "ruleIndex": index.map(|index| checks::ALL.len() + index),
            "kind": "fail",
            "level": level(IdleRule::SEVERITY),
            "message": {"text": visible(&idle.message)},
            "locations": [{"physicalLocation": self.place(&idle.location)}],
        });
        piece(&result, &idle.identity())
    }

    fn place(&self, location: &Location) -> Value {
        let path = relative(&location.file, &self.folder);
        let artifact = if path.starts_with('/') {
            json!({"uri": format!("file://{}", encoded(path))})
        } else {
            json!({"uri": encoded(path), "uriBaseId": "%SRCROOT%"})
        };
        // GitHub refuses a result without a line.
        let region = location.position.map_or_else(
            || json!({"startLine": 1}),
            |at| json!({"startLine": at.line, "startColumn": at.column}),
        );
        json!({"artifactLocation": artifact, "region": region})
    }
}

fn piece(result: &Value, identity: &Identity) -> Result<Piece, serde_json::Error> {
    let mut text = format!("\n{}", serde_json::to_string(result)?);
    text.truncate(text.len() - 1);
    // The one name of a fingerprint that GitHub reads.
    text.push_str(",\"partialFingerprints\":{\"primaryLocationLineHash\":\"");
    Ok(Piece::unique(text, identity.fingerprint(), "\"}}"))
}

fn words(workload: &RunWorkload, finding: &RunFinding) -> String {
    let container = finding.merged.found.container.as_ref();
    let container = container.map_or_else(String::new, |name| format!(", container {name}"));
    let missing = finding.missing.as_ref();
    let missing = missing.map_or_else(String::new, |missing| format!(" (`{}` goes here)", missing.path));
    visible(&format!("{}{container}: {}{missing}", finding.subject(workload), message(&finding.merged)))
}

/// Why a result counts nowhere: in the file itself, or elsewhere.
fn suppression(finding: &RunFinding) -> Option<Value> {
    if let Some(accepted) = finding.accepted() {
        let kind = if accepted.is_in_source() { "inSource" } else { "external" };
        let mut told =
            json!({"kind": kind, "status": "accepted", "justification": visible(&accepted.reason)});
        if let Some((until, fields)) = accepted.until.as_ref().zip(told.as_object_mut()) {
            fields.insert("properties".to_owned(), json!({ "until": until }));
        }
        return Some(told);
    }
    let is_known = finding.merged.outcome == Outcome::Fail && finding.baselined;
    is_known.then(|| json!({"kind": "external", "status": "accepted", "justification": "in the baseline"}))
}

fn notification(level: &str, words: &impl ToString) -> Value {
    json!({"level": level, "message": {"text": visible(&words.to_string())}})
}

fn rule(check: &Check) -> Value {
    let first = |text: String| text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let what = check.section("What it checks").map(first).filter(|text| !text.is_empty());
    let manual = check.manual();
    let score = security_severity(check);
    // GitHub lists what has this tag as a matter of security.
    let tags: BTreeSet<&str> =
        ["kubernetes", check.family.as_str()].into_iter().chain(score.map(|_| "security")).collect();
    let mut properties = json!({"tags": tags});
    if let (Some(score), Some(fields)) = (score, properties.as_object_mut()) {
        fields.insert("security-severity".to_owned(), score.into());
    }
    json!({
        "id": check.name,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": what.unwrap_or_else(|| check.title.to_owned())},
        "help": {"text": manual, "markdown": manual},
        "defaultConfiguration": {"level": level(check.severity)},
        "properties": properties,
    })
}

fn idle_rule(rule: IdleRule) -> Value {
    json!({
        "id": rule.name(),
        "shortDescription": {"text": rule.title()},
        "fullDescription": {"text": rule.title()},
        "help": {"text": rule.remediation(), "markdown": rule.remediation()},
        "defaultConfiguration": {"level": level(IdleRule::SEVERITY)},
        "properties": {"tags": ["kubernetes", "suppressions"]},
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// In GitHub's scale from 0 to 10, for checks that are about security only.
const fn security_severity(check: &Check) -> Option<&'static str> {
    if !matches!(check.family, Family::Security | Family::Identity | Family::Secrets | Family::Tls) {
        return None;
    }
    Some(match check.severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.1",
    })
}

/// A path as a URI.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(encoded("a b/ü#1.yaml"), "a%20b/%C3%BC%231.yaml");
        let place = |file: &str| {
            let sarif = Sarif { folder: "/repo".to_owned() };
            sarif.place(&Location { file: file.into(), document: 1, position: None, rendered: None })
        };
        assert_eq!(
            place("/repo/a.yaml")["artifactLocation"],
            json!({"uri": "a.yaml", "uriBaseId": "%SRCROOT%"})
        );
        assert_eq!(place("/other/a.yaml")["artifactLocation"], json!({"uri": "file:///other/a.yaml"}));
    }

    #[test]
    fn only_security_has_a_security_severity_and_every_rule_has_its_manual() {
        for check in checks::ALL {
            let rule = rule(check);
            let scored = rule["properties"].get("security-severity").is_some();
            let about = ["security", "identity", "secrets", "tls"].contains(&check.family.as_str());
            assert_eq!(scored, about, "{}", check.name);
            assert!(rule["help"]["markdown"].as_str().unwrap().contains("## How to fix"), "{}", check.name);
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
        }
    }
}

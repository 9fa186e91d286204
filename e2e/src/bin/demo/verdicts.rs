//! Reports as a table, and what fails with how to fix it.
//!
//! It must not judge: every word of a verdict is the operator's. Next: `remedies.rs` for the fixes.

use std::collections::{BTreeMap, BTreeSet};

use seaworthy_e2e::condition;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    remedies::Remedy,
    screen::{Emphasis, Screen, wrap},
};

/// How many workloads are named per check; the others are counted.
const NAMED: usize = 2;

/// What the demo shows of a report.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) workload: String,
    pub(crate) ready: String,
    pub(crate) uid: String,
    /// Generation of the workload that was judged.
    pub(crate) generation: Option<i64>,
    score: Option<i64>,
    findings: Vec<Finding>,
}

#[derive(Debug, Clone, Deserialize)]
struct Finding {
    check: String,
    severity: Severity,
    outcome: String,
    container: Option<String>,
    message: String,
}

// In the order in which findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl Verdict {
    /// Reads a report.
    pub(crate) fn of(report: &Value) -> Self {
        let text = |path: &str| report.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |path: &str| report.pointer(path).and_then(Value::as_i64);
        let findings = report.pointer("/status/findings").and_then(Value::as_array);
        let findings = findings.into_iter().flatten();
        Self {
            workload: format!("{}/{}", text("/spec/subject/kind"), text("/spec/subject/name")),
            ready: condition(report, "Ready").split(' ').next().unwrap_or_default().to_owned(),
            uid: text("/spec/subject/uid"),
            generation: number("/status/workloadGeneration"),
            score: number("/status/score"),
            findings: findings.filter_map(|finding| Finding::deserialize(finding).ok()).collect(),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready == "True"
    }

    /// The checks that fail, in order of name.
    pub(crate) fn failing(&self) -> BTreeSet<String> {
        self.failed().map(|finding| finding.check.clone()).collect()
    }

    fn failed(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.outcome == "Fail")
    }
}

/// The table of all verdicts.
pub(crate) fn table(verdicts: &[Verdict], screen: &Screen) -> String {
    let widest = verdicts.iter().map(|verdict| verdict.workload.len()).max().unwrap_or_default().max(8);
    let indent = widest + 2 + 8 + 7;
    let head = format!("{:widest$}  {:8}{:<7}FAILING CHECKS", "WORKLOAD", "READY", "SCORE");
    let rows = verdicts.iter().map(|verdict| {
        let score = verdict.score.map_or_else(|| "-".to_owned(), |score| score.to_string());
        let ready = format!("{:8}", verdict.ready);
        let first = format!("{:widest$}  {ready}{score:<7}", verdict.workload);
        let failing: Vec<String> = verdict.failing().into_iter().collect();
        let failing = if failing.is_empty() { "-".to_owned() } else { failing.join(", ") };
        let emphasis = if verdict.is_ready() { Emphasis::Good } else { Emphasis::Bad };
        // Painted last: colours have no width.
        wrap(&first, &failing, indent).replacen(&ready, &screen.paint(emphasis, &ready), 1)
    });
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

/// Every check that fails, the worst first: where, and how to fix it.
pub(crate) fn what_to_fix(
    verdicts: &[Verdict],
    remedies: &BTreeMap<String, Remedy>,
    screen: &Screen,
) -> String {
    let mut by_check: BTreeMap<(Severity, &str), Vec<(&str, &Finding)>> = BTreeMap::new();
    for verdict in verdicts {
        for finding in verdict.failed() {
            let found = by_check.entry((finding.severity, &finding.check)).or_default();
            found.push((&verdict.workload, finding));
        }
    }
    let blocks = by_check.into_iter().map(|((severity, check), found)| {
        let remedy = remedies.get(check);
        let title = remedy.map_or("", |remedy| &remedy.title);
        let head = format!("{}  {severity:?}: {title}", screen.paint(Emphasis::Bold, check));
        let fix = remedy.map(|remedy| wrap("    fix: ", &remedy.fix, 9));
        let mut places: Vec<String> =
            found.iter().map(|(workload, finding)| place(workload, finding)).collect();
        // Two policies that ask with different parameters may find the same.
        places.dedup();
        let rest = places.len().saturating_sub(NAMED);
        let rest = (rest > 0).then(|| format!("  and {rest} more"));
        std::iter::once(head)
            .chain(places.into_iter().take(NAMED))
            .chain(rest)
            .chain(fix)
            .collect::<Vec<_>>()
            .join("\n")
    });
    blocks.collect::<Vec<_>>().join("\n")
}

fn place(workload: &str, finding: &Finding) -> String {
    let container = finding.container.as_ref().map_or_else(String::new, |name| format!(", container {name}"));
    wrap("  ", &format!("{workload}{container}: {}", finding.message), 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report() -> Value {
        let finding = |severity: &str, check: &str, outcome: &str| {
            json!({
                "check": check, "severity": severity, "outcome": outcome, "container": "app", "message": "no limit",
            })
        };
        json!({
            "spec": {"subject": {"kind": "Deployment", "name": "web", "uid": "u"}},
            "status": {
                "workloadGeneration": 2, "score": 40,
                "conditions": [{"type": "Ready", "status": "False", "reason": "ChecksFailed"}],
                "findings": [
                    finding("High", "memory-limits", "Fail"),
                    finding("Critical", "host-pid", "Fail"),
                    finding("Critical", "tls-secret-valid", "Unknown"),
                ],
            },
        })
    }

    #[test]
    fn a_row_says_what_the_report_says() {
        let verdict = Verdict::of(&report());
        assert_eq!((verdict.generation, verdict.uid.as_str()), (Some(2), "u"));
        let table = table(&[verdict], &Screen::plain());
        let row = table.lines().nth(1).unwrap();
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(words, ["Deployment/web", "False", "40", "host-pid,", "memory-limits"]);
    }

    #[test]
    fn the_worst_comes_first_and_only_what_fails() {
        let mut report = report();
        let twice = report["status"]["findings"][1].clone();
        report["status"]["findings"].as_array_mut().unwrap().push(twice);
        let verdicts = [Verdict::of(&report)];
        let remedy = Remedy { title: "A title".to_owned(), fix: "Set it.".to_owned() };
        let remedies = BTreeMap::from([("memory-limits".to_owned(), remedy)]);
        let text = what_to_fix(&verdicts, &remedies, &Screen::plain());
        assert_eq!(
            text,
            "host-pid  Critical: \n  Deployment/web, container app: no limit\n\
             memory-limits  High: A title\n  Deployment/web, container app: no limit\n    fix: Set it."
        );
    }
}

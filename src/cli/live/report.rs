//! `seaworthy report`: what the operator says of workloads, with how to fix it.
//!
//! Reports hold no advice: it comes from the manual of each check. It must not judge. Next:
//! [`crate::api::report`].

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::target::Target;
use super::wait::subject_report;
use super::{Cluster, ClusterArguments, LiveError, ask, condition, text};
use crate::checks;
use crate::cli::catalogue::ListFormat;
use crate::cli::{exit, output};
use crate::inventory::subject::SubjectKey;
use crate::ops::resource::READINESS_REPORTS;
use crate::render::style::{Colour, Style, visible};

/// Arguments of `seaworthy report`.
#[derive(Args, Clone, Debug)]
pub struct ReportArguments {
    /// Workload or report, as KIND/NAME; without it, every report of the namespace
    #[arg(value_name = "KIND/NAME", conflicts_with = "all_namespaces")]
    pub target: Option<String>,
    /// Which cluster.
    #[command(flatten)]
    pub cluster: ClusterArguments,
    /// Reports of all namespaces
    #[arg(long, short = 'A', conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// What to print
    #[arg(long, short, value_enum, default_value_t = ListFormat::Text)]
    pub output: ListFormat,
}

/// Prints. Exit 0 when everything is ready, 1 when something is not, 3 when there is no report, 2 when the
/// cluster does not say.
pub fn run(arguments: &ReportArguments) -> ExitCode {
    ask(|| show(arguments.clone()))
}

async fn show(arguments: ReportArguments) -> Result<u8, LiveError> {
    let target = arguments.target.as_deref().map(Target::parse).transpose()?;
    let cluster = Cluster::connect(&arguments.cluster)?;
    cluster.must_serve_reports().await?;
    let mut reports = reports(&cluster, target.as_ref(), arguments.all_namespaces).await?;
    reports.sort_by_key(|report| {
        [text(report, "/metadata/namespace"), text(report, "/metadata/name")].map(str::to_owned)
    });
    let printed = match arguments.output {
        ListFormat::Text => {
            let style = output::style();
            style.fit(reports.iter().map(|report| as_text(report, style)).collect())
        }
        ListFormat::Json => as_json(&reports),
    };
    output::print(&printed)?;
    let is_ready = |report: &Value| {
        condition(report, "Ready").is_some_and(|condition| text(condition, "/status") == "True")
    };
    Ok(match reports.as_slice() {
        [] => {
            output::error("no report: no policy is about it, or it was not judged yet");
            exit::NOTHING
        }
        all if all.iter().all(is_ready) => exit::OK,
        _ => exit::FAILED,
    })
}

async fn reports(
    cluster: &Cluster,
    target: Option<&Target>,
    everywhere: bool,
) -> Result<Vec<Value>, LiveError> {
    match target {
        None => {
            let namespace = (!everywhere).then_some(cluster.namespace.as_str());
            cluster.list(&READINESS_REPORTS, namespace).await
        }
        Some(target @ Target::Report { .. }) => Ok(cluster.object(target).await?.into_iter().collect()),
        Some(target @ Target::Policy { .. }) => {
            Err(super::target::TargetError::Kind(target.describe(&cluster.namespace)).into())
        }
        Some(target) => Ok(subject_report(cluster, target).await?.into_iter().collect()),
    }
}

// Writing to a String does not fail, so results of `writeln!` are dropped in this file.

fn as_text(report: &Value, style: Style) -> String {
    let mut out = String::new();
    let who = style.paint(Colour::Bold, &visible(&subject(report).to_string()));
    let ready = condition(report, "Ready");
    let status = ready.map_or("Unknown", |condition| text(condition, "/status"));
    let (colour, word) = match status {
        "True" => (Colour::Green, "ready"),
        "False" => (Colour::Red, "not ready"),
        _ => (Colour::Yellow, "unknown"),
    };
    let why = ready.map_or("", |condition| text(condition, "/message"));
    let _ = writeln!(out, "{who}: {}  {}", style.paint(colour, word), visible(why));
    for finding in findings(report) {
        one(&mut out, finding, style);
    }
    if let Some(cut) = report.pointer("/status/findingsCut").and_then(Value::as_u64) {
        let _ = writeln!(out, "  and {cut} more, which the report has no room for");
    }
    out.push('\n');
    out
}

fn subject(report: &Value) -> SubjectKey {
    let of = |part: &str| text(report, &format!("/spec/subject/{part}"));
    SubjectKey::of_reference(text(report, "/metadata/namespace"), (of("apiVersion"), of("kind"), of("name")))
}

fn one(out: &mut String, finding: &Value, style: Style) {
    let [check, severity, outcome, container, field, message] =
        ["check", "severity", "outcome", "container", "field", "message"]
            .map(|key| visible(finding.get(key).and_then(Value::as_str).unwrap_or_default()));
    let colour = if outcome == "Fail" { Colour::Red } else { Colour::Yellow };
    let container = if container.is_empty() { container } else { format!("  container {container}") };
    let outcome = style.paint(colour, &format!("{:<8}", outcome.to_lowercase()));
    let _ = writeln!(out, "  {outcome}{:<9} {check}{container}", severity.to_lowercase());
    let _ = writeln!(out, "{}", style.wrap(&message, 12));
    if !field.is_empty() {
        let _ = writeln!(out, "            {}", style.paint(Colour::Dim, &field));
    }
    let fix = checks::find(&check).map(crate::catalogue::Check::remediation).unwrap_or_default();
    if let Some(first) = fix.split("\n\n").next().filter(|fix| !fix.is_empty()) {
        let _ = writeln!(out, "{}", style.wrap(&format!("fix: {first}"), 12));
    }
}

fn findings(report: &Value) -> impl Iterator<Item = &Value> {
    report.pointer("/status/findings").and_then(Value::as_array).into_iter().flatten()
}

/// The reports as the server has them, each finding with its remediation.
fn as_json(reports: &[Value]) -> String {
    let mut reports = reports.to_vec();
    for report in &mut reports {
        if let Some(metadata) = report.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        let findings = report.pointer_mut("/status/findings").and_then(Value::as_array_mut);
        for finding in findings.into_iter().flatten() {
            let check = finding.get("check").and_then(Value::as_str).and_then(checks::find);
            if let (Some(check), Some(fields)) = (check, finding.as_object_mut()) {
                fields.insert("remediation".to_owned(), check.remediation().into());
            }
        }
    }
    format!("{:#}\n", json!({"schemaVersion": 1, "reports": reports}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Value {
        json!({
            "metadata": {"namespace": "shop", "name": "deployment-web", "managedFields": []},
            "spec": {"subject": {"kind": "Deployment", "name": "web"}},
            "status": {
                "conditions": [{"type": "Ready", "status": "False", "message": "1 check failed"}],
                "findings": [{"check": "memory-limits", "severity": "High", "outcome": "Fail", "container": "app",
                    "field": "spec.x", "message": "no limit"}],
                "findingsCut": 2,
            },
        })
    }

    #[test]
    fn a_finding_says_how_to_fix_it() {
        let style = Style::plain(100);
        let text = as_text(&report(), style);
        for part in ["Deployment shop/web: not ready", "memory-limits  container app", "fix: ", "2 more"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let json: Value = serde_json::from_str(&as_json(&[report()])).unwrap();
        assert!(json.pointer("/reports/0/status/findings/0/remediation").is_some());
        assert!(json.pointer("/reports/0/metadata/managedFields").is_none());
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let mut report = report();
        report["status"]["findings"][0]["message"] = "a\u{1b}[31mb".into();
        assert!(!as_text(&report, Style::plain(100)).contains('\u{1b}'));
    }
}

//! `seaworthy wait`: until the verdict on a workload's present generation, or on a policy's, is in.
//!
//! A report or condition about an earlier generation is never taken for an answer. It must not judge: what is
//! printed is the operator's. Next: [`super::target`].

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::target::Target;
use super::{Cluster, ClusterArguments, LiveError, ask, condition, text};
use crate::cli::{exit, output};
use crate::inventory::SubjectKey;
use crate::ops::resource::READINESS_REPORTS;
use crate::render::report;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Arguments of `seaworthy wait`.
#[derive(Args, Clone, Debug)]
pub struct WaitArguments {
    /// Workload, policy or report, as KIND/NAME
    #[arg(value_name = "KIND/NAME")]
    pub target: String,
    /// Which cluster.
    #[command(flatten)]
    pub cluster: ClusterArguments,
    /// Seconds to wait at most
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub timeout: u32,
}

/// What one look showed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Look {
    /// The verdict is in, and good.
    Ready(String),
    /// Not yet, and why.
    NotYet(String),
    /// Waiting cannot help, and why.
    Failed(String),
}

/// Waits. Exit 0 when it is ready, 1 when it is not by the end or cannot become so, 2 when nobody can tell.
pub fn run(arguments: &WaitArguments) -> ExitCode {
    ask(|| wait(arguments.clone()))
}

async fn wait(arguments: WaitArguments) -> Result<u8, LiveError> {
    let target = Target::parse(&arguments.target)?;
    let end = Instant::now() + Duration::from_secs(arguments.timeout.into());
    let cluster = Cluster::connect(&arguments.cluster)?;
    cluster.must_serve_reports().await?;
    let who = target.describe(&cluster.namespace);
    let mut said = String::new();
    loop {
        let look = match look(&cluster, &target).await {
            Ok(look) => look,
            Err(error) if error.may_pass() && Instant::now() < end => Look::NotYet(error.to_string()),
            Err(error) => return Err(error),
        };
        let (line, code) = match look {
            Look::Ready(why) => (format!("{who}: ready: {why}"), Some(exit::OK)),
            Look::Failed(why) => (format!("{who}: failed: {why}"), Some(exit::FAILED)),
            Look::NotYet(why) => (format!("{who}: {why}"), None),
        };
        if line != said {
            output::print(&format!("{line}\n"))?;
            said = line;
        }
        if let Some(code) = code {
            return Ok(code);
        }
        if Instant::now() + PAUSE > end {
            output::error(&format!("{who} is not ready after {} s", arguments.timeout));
            return Ok(exit::FAILED);
        }
        sleep(PAUSE).await;
    }
}

async fn look(cluster: &Cluster, target: &Target) -> Result<Look, LiveError> {
    match target {
        Target::Policy { .. } => Ok(policy(cluster.object(target).await?.as_ref())),
        Target::Report { .. } => Ok(reported(cluster.object(target).await?.as_ref())),
        Target::Owner { .. } => Ok(reported(subject_report(cluster, target).await?.as_ref())),
        Target::Workload { .. } => {
            // The workload first: a report that names its generation is then about it or a later state.
            let object = cluster.object(target).await?;
            Ok(workload(object.as_ref(), subject_report(cluster, target).await?.as_ref()))
        }
    }
}

/// The report on what was named, by either of its names.
pub(super) async fn subject_report(cluster: &Cluster, target: &Target) -> Result<Option<Value>, LiveError> {
    let Some(subject) = target.subject(&cluster.namespace) else { return Ok(None) };
    for name in [report::name(&subject), report::hashed_name(&subject)] {
        let found = cluster.get(READINESS_REPORTS.object(Some(&cluster.namespace), &name)).await?;
        if found.as_ref().is_some_and(|report| is_about(report, &subject)) {
            return Ok(found);
        }
    }
    Ok(None)
}

fn is_about(report: &Value, subject: &SubjectKey) -> bool {
    let [api_version, kind, name] =
        ["/spec/subject/apiVersion", "/spec/subject/kind", "/spec/subject/name"].map(|at| text(report, at));
    let named = SubjectKey::of_reference(&subject.namespace, (api_version, kind, name));
    // People write kinds of custom resources in any case, and the report has them as they are.
    named.name == subject.name
        && named.kind.group() == subject.kind.group()
        && named.kind.as_str().eq_ignore_ascii_case(subject.kind.as_str())
}

fn workload(object: Option<&Value>, report: Option<&Value>) -> Look {
    let Some(object) = object else { return Look::NotYet("does not exist".to_owned()) };
    let generation = object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default();
    let Some(report) = report else {
        let why = format!("generation {generation} is not judged yet: there is no report");
        return Look::NotYet(why);
    };
    if text(report, "/spec/subject/uid") != text(object, "/metadata/uid") {
        return Look::NotYet("the report is about an earlier object of this name".to_owned());
    }
    let judged = report.pointer("/status/workloadGeneration").and_then(Value::as_i64).unwrap_or_default();
    if judged != generation {
        let why = format!("generation {generation} is not judged yet: the report is about {judged}");
        return Look::NotYet(why);
    }
    match reported(Some(report)) {
        Look::Ready(why) => Look::Ready(format!("generation {generation}: {why}")),
        Look::NotYet(why) => Look::NotYet(format!("generation {generation}: {why}")),
        failed @ Look::Failed(_) => failed,
    }
}

fn reported(report: Option<&Value>) -> Look {
    let Some(report) = report else { return Look::NotYet("there is no report".to_owned()) };
    ready(condition(report, "Ready"))
}

fn ready(condition: Option<&Value>) -> Look {
    let Some(condition) = condition else { return Look::NotYet("there is no verdict yet".to_owned()) };
    let why = format!("{} ({})", text(condition, "/message"), text(condition, "/reason"));
    match text(condition, "/status") {
        "True" => Look::Ready(why),
        status => Look::NotYet(format!("Ready is {status}: {why}")),
    }
}

fn policy(policy: Option<&Value>) -> Look {
    let Some(policy) = policy else { return Look::NotYet("does not exist".to_owned()) };
    let generation = policy.pointer("/metadata/generation").and_then(Value::as_i64);
    let is_current =
        |condition: &&Value| condition.pointer("/observedGeneration").and_then(Value::as_i64) == generation;
    if policy.pointer("/status/observedGeneration").and_then(Value::as_i64) != generation {
        return Look::NotYet(format!("generation {} is not judged yet", generation.unwrap_or_default()));
    }
    let stalled = condition(policy, "Stalled").filter(is_current);
    if let Some(stalled) = stalled.filter(|stalled| text(stalled, "/status") == "True") {
        return Look::Failed(format!("{} ({})", text(stalled, "/message"), text(stalled, "/reason")));
    }
    ready(condition(policy, "Ready").filter(is_current))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(generation: i64) -> Value {
        json!({"metadata": {"name": "web", "uid": "u", "generation": generation}})
    }

    fn report(generation: i64, status: &str) -> Value {
        let ready = json!({"type": "Ready", "status": status, "reason": "R", "message": "m"});
        json!({
            "spec": {"subject": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u"}},
            "status": {"workloadGeneration": generation, "conditions": [ready]},
        })
    }

    fn is_ready(look: &Look) -> bool {
        matches!(look, Look::Ready(_))
    }

    #[test]
    fn only_a_report_on_the_present_generation_is_an_answer() {
        assert!(is_ready(&workload(Some(&deployment(2)), Some(&report(2, "True")))));
        for other in [1, 3] {
            let look = workload(Some(&deployment(2)), Some(&report(other, "True")));
            assert!(matches!(look, Look::NotYet(_)), "{look:?}");
        }
        assert!(!is_ready(&workload(Some(&deployment(2)), Some(&report(2, "False")))));
        assert!(!is_ready(&workload(Some(&deployment(2)), None)));
        assert!(!is_ready(&workload(None, Some(&report(2, "True")))));
    }

    #[test]
    fn a_report_on_an_earlier_object_of_the_name_is_no_answer() {
        let mut recreated = deployment(2);
        recreated["metadata"]["uid"] = "other".into();
        assert!(!is_ready(&workload(Some(&recreated), Some(&report(2, "True")))));
    }

    #[test]
    fn a_policy_that_stalled_has_failed_and_one_of_an_earlier_generation_says_nothing() {
        let status = |generation: i64, type_: &str, status: &str| {
            json!({
                "metadata": {"generation": 2},
                "status": {"observedGeneration": generation, "conditions": [{"type": type_, "status": status,
                    "observedGeneration": generation, "reason": "R", "message": "m"}]},
            })
        };
        assert!(is_ready(&policy(Some(&status(2, "Ready", "True")))));
        assert!(matches!(policy(Some(&status(1, "Ready", "True"))), Look::NotYet(_)));
        assert!(matches!(policy(Some(&status(2, "Ready", "False"))), Look::NotYet(_)));
        assert!(matches!(policy(Some(&status(2, "Stalled", "True"))), Look::Failed(_)));
        assert!(matches!(policy(Some(&status(1, "Stalled", "True"))), Look::NotYet(_)));
    }
}

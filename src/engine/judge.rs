//! One check on one workload.
//!
//! The only place that runs a check: it walks the containers, makes paths absolute, and turns a check
//! that panics into an Unknown of its own. It must not know policies. Next: [`super::evaluate`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::catalogue::outcome::earlier;
use crate::catalogue::{
    Check, Compiled, ContainerSubject, Field, Judgement, Outcome, Rule, Severity, Statement, WorkloadSubject,
};
use crate::inventory::Workload;
use crate::inventory::lookup::Cause;
use crate::inventory::object::ObjectKey;

/// What one check says of one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The worst outcome of all containers; `NotApplicable` when it has nothing to say of any.
    pub outcome: Outcome,
    /// Everything that did not pass, in the order of the pod spec.
    pub findings: Vec<Found>,
    /// When time alone can next change this.
    pub next_change: Option<Timestamp>,
}

/// One thing that did not pass, before any policy has weighed it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// `Fail`, `Unknown` or `Pending`.
    pub outcome: Outcome,
    /// Why it is unknown, if it is.
    pub cause: Option<Cause>,
    /// Severity of this very finding, for a check that grades.
    pub grade: Option<Severity>,
    /// The object it is about, when that is not the workload.
    pub object: Option<ObjectKey>,
    /// The container it is about, if it is about one.
    pub container: Option<String>,
    /// Path from the root of the object it is about.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

/// Runs a check on a workload.
pub fn judge(check: &Check, compiled: &Compiled, subject: &WorkloadSubject<'_>) -> Judged {
    // A panic is a defect of one check: it costs that check's verdict and no other. Checks hold no state,
    // so nothing can be left half done.
    catch_unwind(AssertUnwindSafe(|| run(&compiled.rule, subject))).unwrap_or_else(|_| {
        let message = format!("the check {} failed; this is a defect of Seaworthy", check.name);
        let judgement = Statement::unknown(Cause::Internal, Field::Object(String::new()), message).into();
        let mut judged = Judged::nothing();
        judged.add(judgement, subject.workload, None);
        judged
    })
}

/// What a check says of a workload that could not be decoded.
pub fn undecodable(problem: &str) -> Judged {
    let found = Found {
        outcome: Outcome::Unknown,
        cause: Some(Cause::Undecodable),
        grade: None,
        object: None,
        container: None,
        field: String::new(),
        message: problem.to_owned(),
    };
    Judged { outcome: Outcome::Unknown, findings: vec![found], next_change: None }
}

fn run(rule: &Rule, subject: &WorkloadSubject<'_>) -> Judged {
    let mut judged = Judged::nothing();
    match rule {
        Rule::Workload(evaluate) => judged.add(evaluate(subject), subject.workload, None),
        Rule::Container(classes, evaluate) => {
            for container in subject.containers().filter(|container| classes.contain(container.class)) {
                judged.add(evaluate(&container), subject.workload, Some(&container));
            }
        }
    }
    judged
}

impl Judged {
    const fn nothing() -> Self {
        Self { outcome: Outcome::NotApplicable, findings: Vec::new(), next_change: None }
    }

    fn add(&mut self, judgement: Judgement, workload: &Workload, container: Option<&ContainerSubject<'_>>) {
        self.outcome = self.outcome.max(judgement.outcome());
        self.next_change = earlier(self.next_change, judgement.next_change);
        for statement in judgement.statements {
            let found = found(statement, workload, container);
            // A pod-level fault is seen from every container; it is one finding.
            if !self.findings.contains(&found) {
                self.findings.push(found);
            }
        }
    }
}

fn found(statement: Statement, workload: &Workload, container: Option<&ContainerSubject<'_>>) -> Found {
    let Statement { outcome, cause, grade, field, message, object } = statement;
    let (field, container) = match (field, container) {
        (Field::Container(path), Some(container)) => {
            (join(&container.path(), &path), Some(container.container.name.clone()))
        }
        (Field::Container(path) | Field::Pod(path), _) => (join(workload.pod_path(), &path), None),
        (Field::Object(path), _) => (path, None),
    };
    Found { outcome, cause, grade, object, container, field, message }
}

fn join(parent: &str, path: &str) -> String {
    if path.is_empty() { parent.to_owned() } else { format!("{parent}.{path}") }
}

//! One check on one workload, or on one object that no workload reaches.
//!
//! The only place that runs a check: it walks the containers, makes paths absolute, and turns a check
//! that panics into an Unknown of its own. It must not know policies. Next: [`super::evaluate`].

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::catalogue::outcome::earlier;
use crate::catalogue::{
    Check, Compiled, ContainerSubject, Field, Judgement, ObjectRule, ObjectSubject, Outcome, Rule, Severity,
    Statement, WorkloadSubject,
};
use crate::inventory::Kind;
use crate::inventory::labels::Labels;
use crate::inventory::lookup::Cause;
use crate::inventory::object::{ObjectKey, Undecodable};
use crate::inventory::reach::can_belong;

/// So many findings are compared one by one; more are sorted, or thousands of containers would cost their square.
const FEW: usize = 32;

/// What one check says of one workload. What was found may be kept together with what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged<F = Found> {
    /// The worst outcome of all containers; `NotApplicable` when it has nothing to say of any.
    pub outcome: Outcome,
    /// Everything that did not pass, in the order of the pod spec.
    pub findings: Vec<F>,
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
    /// Another object without which it would be nothing.
    pub related: Option<Box<ObjectKey>>,
}

impl AsRef<Self> for Found {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Runs a check on a workload, and on the objects that belong to it.
pub fn judge(check: &Check, compiled: &Compiled, subject: &WorkloadSubject<'_>) -> Judged {
    judge_keeping(check, compiled, subject)
}

/// The same, with findings as they are kept.
pub(super) fn judge_keeping<F: From<Found> + AsRef<Found>>(
    check: &Check,
    compiled: &Compiled,
    subject: &WorkloadSubject<'_>,
) -> Judged<F> {
    caught(check, &subject.workload.metadata.annotations, || {
        let mut judged = run(&compiled.rule, subject);
        let namespace = subject.workload.metadata.namespace.as_str();
        if let Some(rule) = &compiled.judges
            && compiled.judges_in.is_none_or(|only| only == namespace)
        {
            of_belonging(rule, subject, &mut judged);
        }
        judged.make_distinct();
        judged
    })
}

/// Runs a check on a workload alone: what is found of other objects is not its writer's doing.
pub(super) fn judge_alone(check: &Check, compiled: &Compiled, subject: &WorkloadSubject<'_>) -> Judged {
    caught(check, &subject.workload.metadata.annotations, || {
        let mut judged = run(&compiled.rule, subject);
        judged.make_distinct();
        judged
    })
}

/// Runs a check on an object that is no workload.
pub fn judge_object<F: From<Found> + AsRef<Found>>(
    check: &Check,
    rule: &ObjectRule,
    subject: &ObjectSubject<'_>,
) -> Judged<F> {
    caught(check, &subject.object.metadata().annotations, || {
        let mut judged = Judged::nothing();
        let mut judgement = (rule.evaluate)(subject);
        let key = subject.object.key();
        for statement in &mut judgement.statements {
            statement.object.take_if(|object| *object == key);
        }
        judged.add(judgement, "", None);
        judged.make_distinct();
        judged
    })
}

fn caught<F: From<Found>>(check: &Check, annotations: &Labels, judge: impl Fn() -> Judged<F>) -> Judged<F> {
    #[cfg(not(debug_assertions))]
    let _ = annotations;
    // A panic is a defect of one check: it costs that check's verdict and no other. Checks hold no state,
    // so nothing can be left half done.
    let run = || {
        #[cfg(debug_assertions)]
        super::injected::panic_if_asked(check.name, annotations);
        judge()
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let message = format!("the check {} failed; this is a defect of Seaworthy", check.name);
        unknown(Cause::Internal, message)
    })
}

/// What a check says of an object that could not be decoded: it stands where that failed.
pub fn undecodable<F: From<Found>>(broken: &Undecodable) -> Judged<F> {
    unknown_at(broken.field.to_string(), Cause::Undecodable, broken.problem.to_string())
}

/// What a check says of an object whose kind cannot be seen any more.
pub fn unseen<F: From<Found>>(kind: Kind, cause: Cause) -> Judged<F> {
    unknown(cause, format!("what is known of this {kind} may be out of date: {cause}"))
}

/// What a check says of something that was never seen and may be there.
pub fn hidden<F: From<Found>>(what: &str, cause: Cause) -> Judged<F> {
    unknown(cause, format!("{what} cannot be seen"))
}

fn unknown<F: From<Found>>(cause: Cause, message: String) -> Judged<F> {
    unknown_at(String::new(), cause, message)
}

fn unknown_at<F: From<Found>>(field: String, cause: Cause, message: String) -> Judged<F> {
    let found = Found {
        outcome: Outcome::Unknown,
        cause: Some(cause),
        grade: None,
        object: None,
        container: None,
        field,
        message,
        related: None,
    };
    Judged { outcome: Outcome::Unknown, findings: vec![found.into()], next_change: None }
}

fn run<F: From<Found> + AsRef<Found>>(rule: &Rule, subject: &WorkloadSubject<'_>) -> Judged<F> {
    let mut judged = Judged::nothing();
    match rule {
        Rule::Workload(evaluate) => judged.add(evaluate(subject), subject.workload.pod_path(), None),
        Rule::Container(classes, evaluate) => {
            // One list after the other: asked for one by one, each would be looked for in all lists.
            let containers = subject.containers().filter(|container| classes.contain(container.class));
            containers.for_each(|container| {
                judged.add(evaluate(&container), subject.workload.pod_path(), Some(&container));
            });
        }
        Rule::Object(rule) => of_reached(rule, subject, &mut judged),
        Rule::Orphan(_) => {}
    }
    judged
}

/// What is said of each object of some kinds that the workload reaches.
fn of_reached<F: From<Found> + AsRef<Found>>(
    rule: &ObjectRule,
    subject: &WorkloadSubject<'_>,
    judged: &mut Judged<F>,
) {
    for kind in rule.kinds {
        if let Some(cause) = of_kind((rule, *kind), subject, judged) {
            not_in_full(*kind, cause, subject, judged);
        }
    }
}

/// What is said of each object that the workload reaches where the check judges such objects in themselves. What was
/// not given is not judged, as no file is that was not given; what a cluster does not show may fail.
fn of_belonging<F: From<Found> + AsRef<Found>>(
    rule: &ObjectRule,
    subject: &WorkloadSubject<'_>,
    judged: &mut Judged<F>,
) {
    for kind in rule.kinds.iter().filter(|kind| can_belong(**kind)) {
        let incomplete = of_kind((rule, *kind), subject, judged);
        if let Some(cause) = incomplete.filter(|cause| *cause != Cause::NotGiven) {
            not_in_full(*kind, cause, subject, judged);
        }
    }
}

/// What is said of the objects of one kind, and why there may be more.
fn of_kind<F: From<Found> + AsRef<Found>>(
    (rule, kind): (&ObjectRule, Kind),
    subject: &WorkloadSubject<'_>,
    judged: &mut Judged<F>,
) -> Option<Cause> {
    let WorkloadSubject { workload, namespace, now } = *subject;
    let reached = namespace.reached_by(workload, kind);
    for object in &reached.found {
        let mut judgement = (rule.evaluate)(&ObjectSubject { object, namespace, now });
        for statement in &mut judgement.statements {
            statement.object.get_or_insert_with(|| object.key());
        }
        judged.add(judgement, workload.pod_path(), None);
    }
    reached.incomplete
}

fn not_in_full<F: From<Found> + AsRef<Found>>(
    kind: Kind,
    cause: Cause,
    subject: &WorkloadSubject<'_>,
    judged: &mut Judged<F>,
) {
    let message = format!("which {kind} objects belong to the workload is not known in full");
    let statement = Statement::unknown(cause, Field::Object("".into()), message);
    judged.add(statement.into(), subject.workload.pod_path(), None);
}

impl<F> Judged<F> {
    /// It has nothing to say.
    pub const fn nothing() -> Self {
        Self { outcome: Outcome::NotApplicable, findings: Vec::new(), next_change: None }
    }
}

impl<F: From<Found> + AsRef<Found>> Judged<F> {
    #[inline]
    fn add(&mut self, judgement: Judgement, pod_path: &str, container: Option<&ContainerSubject<'_>>) {
        self.outcome = self.outcome.max(judgement.outcome());
        self.next_change = earlier(self.next_change, judgement.next_change);
        // Most checks find nothing.
        if !judgement.statements.is_empty() {
            self.add_found(judgement.statements, pod_path, container);
        }
    }

    fn add_found(
        &mut self,
        statements: Vec<Statement>,
        pod_path: &str,
        container: Option<&ContainerSubject<'_>>,
    ) {
        if self.findings.is_empty() {
            self.findings.reserve_exact(statements.len());
        }
        for statement in statements {
            let found = found(statement, pod_path, container);
            // A pod-level fault is seen from every container; it is one finding.
            if self.findings.len() > FEW || !self.findings.iter().any(|known| *known.as_ref() == found) {
                self.findings.push(found.into());
            }
        }
    }

    /// Each finding once, at its first place, where they were too many to be compared as they came.
    #[inline]
    fn make_distinct(&mut self) {
        if self.findings.len() > FEW {
            self.keep_first();
        }
    }

    fn keep_first(&mut self) {
        let mut seen = BTreeSet::new();
        let first: Vec<bool> = self.findings.iter().map(|found| seen.insert(found.as_ref())).collect();
        let mut first = first.into_iter();
        self.findings.retain(|_| first.next().unwrap_or(true));
    }
}

fn found(statement: Statement, pod_path: &str, container: Option<&ContainerSubject<'_>>) -> Found {
    let Statement { outcome, cause, grade, field, message, object, related } = statement;
    let (field, container) = match (field, container) {
        (Field::Container(path), Some(container)) => {
            (container.path_to(&path), Some(container.container.name.as_str().to_owned()))
        }
        (Field::Container(path) | Field::Pod(path), _) => (join(pod_path, &path), None),
        (Field::Object(path), _) => (path.into_owned(), None),
    };
    Found { outcome, cause, grade, object, container, field, message: message.into_owned(), related }
}

fn join(parent: &str, path: &str) -> String {
    if path.is_empty() { parent.to_owned() } else { [parent, ".", path].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;
    use crate::inventory::{Inventory, Kind, Object};

    /// With `cargo test --release` this shows that a release knows no such annotation.
    #[test]
    fn a_check_that_panics_is_unknown_and_only_builds_with_assertions_can_be_asked_to() {
        let json = r#"{"metadata":{"name":"web","namespace":"shop",
            "annotations":{"testing.seaworthy.dev/panic":"run-as-non-root"}},
            "spec":{"template":{"spec":{"containers":[{"name":"app"}]}}}}"#;
        let Object::Workload(workload) = decode(Kind::Deployment, json).unwrap() else {
            panic!("a workload")
        };
        let inventory = Inventory::with_coverage(Coverage::Complete);
        let outcome = |name: &str| {
            let check = crate::checks::find(name).unwrap();
            let compiled = (check.compile)(&serde_json::Map::new()).unwrap();
            let namespace = inventory.namespace("shop");
            let now = Timestamp::UNIX_EPOCH;
            judge(check, &compiled, &WorkloadSubject { workload: &workload, namespace, now }).outcome
        };
        let expected = if cfg!(debug_assertions) { Outcome::Unknown } else { Outcome::Fail };
        assert_eq!(outcome("run-as-non-root"), expected);
        assert_eq!(outcome("memory-limits"), Outcome::Fail);
    }

    #[test]
    fn each_finding_is_there_once_at_its_first_place_however_many_there_are() {
        for number in [2, FEW - 1, FEW, FEW + 1, 10 * FEW] {
            let mut judged: Judged = Judged::nothing();
            for container in 0..number {
                // One fault of the whole pod, seen from every container, beside one of its own, in falling order.
                let own = format!("volumes[{}]", number - container);
                let fields = [Field::Pod(own.into()), Field::Pod("hostPID".into())];
                judged.add(
                    fields.map(|field| Statement::fail(field, "no")).into_iter().collect(),
                    "spec",
                    None,
                );
            }
            judged.make_distinct();
            let fields: Vec<_> = judged.findings.into_iter().map(|found| found.field).collect();
            let mut expected: Vec<_> =
                (1..=number).rev().map(|index| format!("spec.volumes[{index}]")).collect();
            expected.insert(1, "spec.hostPID".to_owned());
            assert_eq!(fields, expected);
        }
    }
}

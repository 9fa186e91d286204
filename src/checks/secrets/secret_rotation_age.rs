use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::outcome::earlier;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, key_of, quoted};
use crate::checks::helpers::pod;
use crate::checks::references::{Reference, secrets};
use crate::inventory::Kind;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::secret::Changes;
use crate::inventory::snapshot::NamedSecret;

/// Parameters of `secret-rotation-age`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Days after which a Secret's data must have been changed.
    max_age_days: u16,
    /// Annotations of a Secret that say when its data were last changed, as a time or a day.
    annotations: BTreeSet<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { max_age_days: 90, annotations: BTreeSet::from(["seaworthy.dev/rotated-at".to_owned()]) }
    }
}

check! {
    /// ## What it checks
    /// The data of every Secret that the pod names (in variables, volumes and for pulling images) were last changed less
    /// than `maxAgeDays` ago. When that was is told by the server, which notes in `metadata.managedFields` when each of those
    /// who own a part of the data last wrote, or by an annotation of the Secret that holds a time (RFC 3339) or a day, which
    /// begins in UTC. The latest counts; one that is still to come does not until then.
    ///
    /// The server's note is of the writer's last change of any field that it owns, labels among them, so that the data can be
    /// older than it says, and never younger: what fails is as old as is said. Whether the new value is
    /// another, and whether programs have taken it up, is not looked at, nor are the stores and objects that Secrets
    /// are made of: as long as that is so, the check is in no profile. A Secret of which neither is told is Unknown; in files
    /// that is most.
    ///
    /// ## Why it matters
    /// A credential gets around with time: into backups, logs, laptops of those who left. One that is changed regularly is
    /// worth less to whoever found it, and shows that changing it works before it has to.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       envFrom: [{secretRef: {name: database}}]
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: database
    ///   annotations: {seaworthy.dev/rotated-at: "2020-01-01"}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       envFrom: [{secretRef: {name: database}}]
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: database
    ///   annotations: {seaworthy.dev/rotated-at: "2025-12-01T00:00:00Z"}
    /// ```
    ///
    /// ## How to fix
    /// Make a new credential where it is valid, put it into the Secret or its store, restart what reads it only at its
    /// start, and withdraw the old one. Let whatever does that also set the annotation, where the value comes from
    /// elsewhere.
    ///
    /// ## Parameters
    /// - `maxAgeDays`: days after which the data must have been changed (default 90).
    /// - `annotations`: annotations that say when they were (default `seaworthy.dev/rotated-at`).
    ///
    /// ## References
    /// - Kubernetes documentation: Good practices for Kubernetes Secrets
    /// - Kubernetes documentation: Server-Side Apply, Field management
    /// - Amazon EKS Best Practices: Data encryption and secrets management, Rotate your secrets periodically
    name: "secret-rotation-age",
    family: Secrets,
    severity: Medium,
    title: "Secrets were changed not too long ago",
    profiles: [],
    reads: [Secret, SecretMetadata],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let references = secrets(subject.pod());
    let mut seen = BTreeSet::new();
    let named = references.iter().filter(|one| !one.name.is_empty() && seen.insert(one.name));
    let (mut statements, mut next_change, mut is_any) = (Vec::new(), None, false);
    for reference in named {
        match subject.namespace.secret(reference.name) {
            Lookup::Found(secret) => {
                is_any = true;
                let age = Age::of(secret.changes(), subject.now, parameters);
                next_change = earlier(next_change, age.next_change(subject.now));
                statements.extend(of_secret(reference, secret, &age, subject.now));
            }
            // That it is missing is the finding of another check.
            Lookup::Missing => {}
            Lookup::Unknown(cause) => {
                let message = format!("nothing is known of Secret {}", quoted(reference.name, 80));
                let field = pod(format!("{}.{}", reference.path, reference.name_field));
                statements.push(Statement::unknown(cause, field, message));
            }
        }
    }
    if statements.is_empty() && !is_any {
        return Judgement::not_applicable("the pod names no Secret that is there");
    }
    Judgement { statements, not_applicable: None, next_change }
}

/// How old a Secret's data are.
struct Age {
    /// When they were last changed, if that is told.
    changed: Option<Timestamp>,
    /// When they are too old.
    due: Option<Timestamp>,
    /// When the first annotation of those to come counts.
    to_come: Option<Timestamp>,
}

impl Age {
    fn of(changes: &Changes, now: Timestamp, parameters: &Parameters) -> Self {
        let noted = parameters.annotations.iter().filter_map(|key| changes.noted(key));
        let (past, to_come): (Vec<_>, Vec<_>) = noted.partition(|moment| *moment <= now);
        let changed = past.into_iter().chain(changes.written()).max();
        let most = SignedDuration::from_hours(24 * i64::from(parameters.max_age_days));
        let due = changed.and_then(|changed| changed.saturating_add(most).ok());
        Self { changed, due, to_come: to_come.into_iter().min() }
    }

    fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        earlier(self.due.filter(|due| *due > now), self.to_come)
    }
}

fn of_secret(
    reference: &Reference<'_>,
    secret: NamedSecret<'_>,
    age: &Age,
    now: Timestamp,
) -> Option<Statement> {
    let name = quoted(reference.name, 80);
    let statement = match age.changed.zip(age.due) {
        Some((_, due)) if due > now => return None,
        Some((changed, due)) => {
            let message = format!("Secret {name} was last changed at {changed}; that was due by {due}");
            Statement::fail(at("data"), message)
        }
        None => {
            let message = format!(
                "when Secret {name} was last changed is not known: neither managedFields nor an annotation says it"
            );
            Statement::unknown(Cause::Undecidable, at("metadata"), message)
        }
    };
    Some(statement.about(key_of(Kind::Secret, secret.metadata())))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn case() -> Case {
        Case::of(&CHECK).container(json!({"envFrom": [{"secretRef": {"name": "database"}}]}))
    }

    fn with(metadata: Value) -> Case {
        let mut metadata = metadata;
        metadata["name"] = json!("database");
        case().with(json!({"kind": "Secret", "metadata": metadata}))
    }

    fn written(time: &str) -> Value {
        json!([{"manager": "kubectl", "time": time, "fieldsV1": {"f:data": {"f:password": {}}}}])
    }

    fn noted(time: &str) -> Value {
        json!({"seaworthy.dev/rotated-at": time})
    }

    #[test]
    fn it_fails_from_the_moment_on_at_which_the_change_is_due() {
        let changed = with(json!({"managedFields": written("2025-10-03T00:00:00Z")}));
        let due = "2026-01-01T00:00:00Z";
        for (now, outcome, next) in
            [("2025-12-31T23:59:59Z", Outcome::Pass, Some(due)), (due, Outcome::Fail, None)]
        {
            let judged = changed.clone().at(now).judged();
            let found = judged.next_change.map(|moment| moment.to_string());
            assert_eq!((judged.outcome, found.as_deref()), (outcome, next), "{now}");
        }
        let message =
            "Secret database was last changed at 2025-10-03T00:00:00Z; that was due by 2026-01-01T00:00:00Z";
        assert_eq!(changed.message(), message);
        assert_eq!(changed.clone().at("2027-01-01T00:00:00Z").message(), message, "the same on another day");
        let longer = changed.parameters(json!({"maxAgeDays": 91})).judged();
        assert_eq!(longer.next_change.unwrap().to_string(), "2026-01-02T00:00:00Z");
    }

    #[test]
    fn the_latest_of_all_that_is_told_counts() {
        let (old, new) = ("2025-01-01T00:00:00Z", "2025-12-01T00:00:00Z");
        for (managed, noted_at) in [(old, new), (new, old)] {
            let both = with(json!({"managedFields": written(managed), "annotations": noted(noted_at)}));
            assert_eq!(both.outcome(), Outcome::Pass, "{managed}");
        }
        let own = json!({"annotations": {"shop.example/rotated": new}, "managedFields": written(old)});
        assert_eq!(with(own.clone()).outcome(), Outcome::Fail);
        let named = with(own).parameters(json!({"annotations": ["shop.example/rotated"]}));
        assert_eq!(named.outcome(), Outcome::Pass);
    }

    #[test]
    fn an_annotation_of_a_day_to_come_counts_when_that_comes() {
        let judged = with(json!({"annotations": noted("2126-01-01")})).judged();
        assert_eq!(judged.outcome, Outcome::Unknown);
        assert_eq!(judged.next_change.unwrap().to_string(), "2126-01-01T00:00:00Z");
    }

    #[test]
    fn what_nobody_tells_is_not_known() {
        for metadata in [json!({}), json!({"managedFields": []}), json!({"annotations": noted("last week")})]
        {
            assert_eq!(with(metadata.clone()).outcome(), Outcome::Unknown, "{metadata}");
        }
        for coverage in [Coverage::Forbidden, Coverage::Partial] {
            assert_eq!(case().coverage(coverage).outcome(), Outcome::Unknown);
        }
        assert_eq!(case().outcome(), Outcome::NotApplicable, "that it is missing is said elsewhere");
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}

//! The whole object that is applied for a report, and how to tell whether it is already there.
//!
//! A report carries one annotation that says what was written: a hash of its content, the generation
//! that the server gave it, and since when its verdict stands. So a restarted operator, a standby
//! replica and a foreign edit are all told from metadata alone. It must not hold anything that moves by
//! itself. Next: the controller's plan.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::condition::{ConditionStatus, ConditionType};
use crate::api::report::ReportStatus;
use crate::api::{API_VERSION, names};
use crate::engine::evaluate::Evaluation;
use crate::engine::report::{Readiness, readiness, report};
use crate::engine::subject::{Identity, Target};
use crate::inventory::decode::hash;
use crate::inventory::{SubjectKey, Uid};

/// Annotation that says what was written.
pub const WRITTEN_ANNOTATION: &str = "seaworthy.dev/written";
/// Annotation with the policies that are about the subject, so that a restarted operator knows which
/// workloads a policy selected before somebody broke it.
pub const POLICIES_ANNOTATION: &str = "seaworthy.dev/policies";
/// Label with the verdict: `Ready`, `NotReady` or `Unknown`.
pub const VERDICT_LABEL: &str = "seaworthy.dev/verdict";
/// Label with the kind of the subject.
pub const SUBJECT_KIND_LABEL: &str = "seaworthy.dev/subject-kind";
/// Label that says who writes the object.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// Label that keeps Velero from backing reports up: a restored one would be about another cluster.
pub const VELERO_EXCLUDE_LABEL: &str = "velero.io/exclude-from-backup";

/// Every label that a report carries.
pub const OWN_LABELS: [&str; 4] = [MANAGED_BY_LABEL, VERDICT_LABEL, SUBJECT_KIND_LABEL, VELERO_EXCLUDE_LABEL];

/// What the annotation of a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Hash of the content.
    pub hash: String,
    /// Generation of the report after that write; a greater one is somebody else's.
    pub generation: i64,
    /// Since when the verdict stands.
    pub since: Timestamp,
}

impl Written {
    /// Reads the annotation; nothing when it is not ours.
    pub fn parse(annotation: &str) -> Option<Self> {
        let mut parts = annotation.split(' ');
        let written = Self {
            hash: parts.next()?.to_owned(),
            generation: parts.next()?.parse().ok()?,
            since: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(written)
    }

    fn annotation(&self) -> String {
        format!("{} {} {}", self.hash, self.generation, self.since)
    }
}

/// A report as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct DesiredReport {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// API group and version of the subject.
    pub subject_api_version: String,
    /// Uid of the subject.
    pub subject_uid: Uid,
    /// How ready the subject is.
    pub readiness: Readiness,
    /// Hash of everything but times and generations.
    pub hash: String,
    labels: Value,
    spec: Value,
    status: ReportStatus,
    owner_reference: Value,
}

impl DesiredReport {
    /// The report of this name on a subject: a workload, unless it is an owner or cannot be seen.
    pub fn of(
        (name, identity): (&str, &Identity),
        workload: Option<Target<'_>>,
        evaluation: &Evaluation,
    ) -> Self {
        let Identity { key, api_version, uid } = identity;
        let readiness = readiness(evaluation);
        let status = report(workload, evaluation);
        let subject =
            json!({"apiVersion": api_version, "kind": key.kind.as_str(), "name": key.name, "uid": uid});
        let mut spec = json!({ "subject": subject });
        let owner = workload.and_then(|target| target.metadata().controller());
        if let (Some(owner), Some(fields)) = (owner, spec.as_object_mut()) {
            let owner = json!({"apiVersion": owner.api_version, "kind": owner.kind, "name": owner.name});
            fields.insert("owner".to_owned(), owner);
        }
        let mut owner_reference = subject;
        if let Some(reference) = owner_reference.as_object_mut() {
            reference.insert("controller".to_owned(), false.into());
            reference.insert("blockOwnerDeletion".to_owned(), false.into());
        }
        let labels = json!({
            MANAGED_BY_LABEL: "seaworthy",
            VERDICT_LABEL: verdict_label(readiness.status),
            SUBJECT_KIND_LABEL: key.kind.as_str(),
            VELERO_EXCLUDE_LABEL: "true",
        });
        let content = json!([labels, spec, status, owner_reference, readiness_text(&readiness)]);
        Self {
            name: name.to_owned(),
            namespace: key.namespace.clone(),
            subject_api_version: api_version.clone(),
            subject_uid: uid.as_str().into(),
            readiness,
            hash: hash(&content.to_string()),
            labels,
            spec,
            status,
            owner_reference,
        }
    }

    /// The object to apply, and what its annotation says. `uid` is the present report's, if there is one.
    pub fn body(&self, uid: Option<&str>, generation: i64, since: Timestamp) -> Value {
        let written = Written { hash: self.hash.clone(), generation, since };
        let mut status = serde_json::to_value(&self.status).unwrap_or_default();
        if let Some(fields) = status.as_object_mut() {
            let condition = json!([{
                "type": ConditionType::Ready.as_str(),
                "status": self.readiness.status.as_str(),
                "reason": self.readiness.reason.as_str(),
                "message": self.readiness.message,
                "lastTransitionTime": whole_second(since).to_string(),
            }]);
            fields.insert("conditions".to_owned(), condition);
        }
        let mut metadata = json!({
            "name": self.name,
            "namespace": self.namespace,
            "labels": self.labels,
            "annotations": { WRITTEN_ANNOTATION: written.annotation(), POLICIES_ANNOTATION: self.policies() },
            "ownerReferences": [self.owner_reference],
        });
        if let (Some(uid), Some(fields)) = (uid, metadata.as_object_mut()) {
            fields.insert("uid".to_owned(), uid.into());
        }
        json!({
            "apiVersion": API_VERSION, "kind": "ReadinessReport",
            "metadata": metadata, "spec": self.spec, "status": status,
        })
    }

    /// The policies that are about the subject, as the annotation names them.
    pub fn policies(&self) -> String {
        let policies: Vec<&str> =
            self.status.policies.iter().map(|verdict| verdict.policy.as_str()).collect();
        policies.join(",")
    }

    /// Labels that the report must carry, as name and value.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
    }
}

/// Name of the report on this subject.
pub fn name(key: &SubjectKey) -> String {
    names::report_name(key.kind.group(), key.kind.as_str(), &key.name)
}

/// Its name where another subject has the first.
pub fn hashed_name(key: &SubjectKey) -> String {
    names::hashed_report_name(key.kind.group(), key.kind.as_str(), &key.name)
}

/// The verdict as the label says it.
pub const fn verdict_label(status: ConditionStatus) -> &'static str {
    match status {
        ConditionStatus::True => "Ready",
        ConditionStatus::False => "NotReady",
        ConditionStatus::Unknown => "Unknown",
    }
}

/// A moment without its fraction, as conditions hold it.
pub fn whole_second(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

fn readiness_text(readiness: &Readiness) -> Value {
    json!([readiness.status.as_str(), readiness.reason.as_str(), readiness.message])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Kind, ObjectKey};

    #[test]
    fn kinds_of_one_name_have_reports_of_their_own() {
        let of = |kind| ObjectKey { namespace: "shop".into(), kind, name: "edge".into() }.into();
        let names = [Kind::Gateway, Kind::IstioGateway].map(|kind| name(&of(kind)));
        assert_eq!(names, ["gateway.gateway.networking.k8s.io-edge", "gateway.networking.istio.io-edge"]);
    }

    #[test]
    fn the_annotation_reads_back() {
        let written = Written {
            hash: "0123456789abcdef".to_owned(),
            generation: 7,
            since: "2026-01-01T00:00:00Z".parse().unwrap(),
        };
        assert_eq!(Written::parse(&written.annotation()), Some(written));
        for foreign in ["", "x", "x y z", "h 1", "h 1 2026-01-01T00:00:00Z more"] {
            assert_eq!(Written::parse(foreign), None, "{foreign}");
        }
    }
}

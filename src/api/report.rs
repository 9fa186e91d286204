//! The report on one workload: what the operator writes and people read.
//!
//! It must not hold what moves by itself (times of a pass, ages), nor advice: how to fix a finding is in
//! the documentation of its check. Next: [`super::names`] for what a report is called.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::severity::Severity;

/// How many findings a report lists at most.
pub const FINDINGS_MAX: usize = 64;

/// How many bytes the message of a finding has at most.
pub const FINDING_MESSAGE_MAX: usize = 256;

/// What a report is about.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "seaworthy.dev",
    version = "v1alpha1",
    kind = "ReadinessReport",
    plural = "readinessreports",
    shortname = "readiness",
    category = "seaworthy",
    namespaced,
    status = "ReportStatus",
    derive = "PartialEq",
    doc = "A ReadinessReport is the verdict on one workload, over every policy that selects it. The operator writes it; changes by others are undone."
)]
#[serde(rename_all = "camelCase")]
// One manager writes all of it, and a field set for each leaf would cost more than some reports.
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct ReadinessReportSpec {
    /// The object that was judged: a workload, or the custom resource that owns Pods and Jobs directly.
    pub subject: Subject,
    /// The custom resource that owns the subject, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Owner")]
    pub owner: Option<Owner>,
}

/// The object that was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// Its API group and version.
    #[schemars(length(max = 317))]
    pub api_version: String,
    /// Its kind.
    #[schemars(length(max = 63))]
    pub kind: String,
    /// Its name.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Its uid: a recreated object is another subject.
    #[schemars(length(max = 128))]
    pub uid: String,
}

/// A custom resource that owns the subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Its API group and version.
    #[schemars(length(max = 317))]
    pub api_version: String,
    /// Its kind.
    #[schemars(length(max = 63))]
    pub kind: String,
    /// Its name.
    #[schemars(length(max = 253))]
    pub name: String,
}

/// The verdict on a workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct ReportStatus {
    /// The generation of the workload that was judged. While it is behind the workload's own, the report
    /// is about an earlier state. Absent where a custom resource is judged by what it owns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_generation: Option<i64>,
    /// A hash of the pod template that was judged, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub template_hash: Option<String>,
    /// Ready: whether every policy that selects the workload is satisfied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub conditions: Vec<Condition>,
    /// How many checks came out how.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Summary")]
    pub summary: Option<Summary>,
    /// How much of what was asked for the workload satisfies, weighted by severity, 0 to 100. Absent when
    /// nothing was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub score: Option<u8>,
    /// The policies that select the workload, and the verdict of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1024))]
    pub policies: Vec<PolicyVerdict>,
    /// Everything that did not simply pass, the worst first, at most 64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FINDINGS_MAX))]
    pub findings: Vec<Finding>,
    /// How many findings were left out to keep the report small.
    #[serde(skip_serializing_if = "is_zero")]
    pub findings_cut: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// How many checks came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Summary {
    /// Checks that the workload satisfies.
    pub pass: u32,
    /// Checks that it fails, at or above failOn of a policy that asks for them.
    pub fail: u32,
    /// Checks that it fails, below failOn of every policy that asks for them.
    pub warn: u32,
    /// Checks that wait for time or for a person.
    pub pending: u32,
    /// Checks that could not be judged.
    pub unknown: u32,
    /// Checks that were waived.
    pub waived: u32,
    /// Checks that do not concern this workload.
    pub not_applicable: u32,
}

/// What one policy says of the workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyVerdict {
    /// The policy as Kind/name.
    #[schemars(length(max = 317))]
    pub policy: String,
    /// Its verdict by its own failOn: Ready, `NotReady`, Pending (time or a person will decide), Unknown
    /// (something could not be judged, or the policy is invalid) or Suspended (the policy counts for
    /// nothing).
    pub verdict: Verdict,
}

/// What a policy says of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// Every check at or above `failOn` passes.
    Ready,
    /// A check at or above `failOn` fails.
    NotReady,
    /// Time or a person will decide.
    Pending,
    /// Something could not be judged, or the policy is invalid.
    Unknown,
    /// The policy is suspended and counts for nothing.
    Suspended,
}

impl Verdict {
    /// The name as in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::NotReady => "NotReady",
            Self::Pending => "Pending",
            Self::Unknown => "Unknown",
            Self::Suspended => "Suspended",
        }
    }
}

/// One thing that did not simply pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The name of the check.
    #[schemars(length(max = 63))]
    pub check: String,
    /// The worst severity that a policy asks for it with.
    pub severity: Severity,
    /// How it came out: Fail, Unknown, Pending or Waived. A Fail below failOn of every policy that asks for
    /// it is a warning.
    pub outcome: FindingOutcome,
    /// The policies that ask for the check, as Kind/name.
    #[schemars(length(max = 1024), inner(length(max = 317)))]
    pub policies: Vec<String>,
    /// The object it is about, where that is not the subject of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "FindingObject")]
    pub object: Option<FindingObject>,
    /// The container it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub container: Option<String>,
    /// The path of the field it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub field: Option<String>,
    /// What is wrong, in one sentence.
    #[schemars(length(max = FINDING_MESSAGE_MAX))]
    pub message: String,
}

/// The object that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingObject {
    /// Its kind.
    #[schemars(length(max = 63))]
    pub kind: String,
    /// Its namespace; absent for an object that is not in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub namespace: Option<String>,
    /// Its name.
    #[schemars(length(max = 253))]
    pub name: String,
}

/// How a finding came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum FindingOutcome {
    /// It fails, at or above `failOn` of a policy that asks for it.
    Fail,
    /// It could not be judged.
    Unknown,
    /// Time or a person will decide.
    Pending,
    /// It was waived.
    Waived,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_finding_says_no_more_than_it_must() {
        let finding = Finding {
            check: "run-as-non-root".to_owned(),
            severity: Severity::High,
            outcome: FindingOutcome::Fail,
            policies: vec!["ReadinessPolicy/gate".to_owned()],
            object: None,
            container: Some("app".to_owned()),
            field: None,
            message: "container runs as root".to_owned(),
        };
        assert_eq!(
            serde_json::to_value(finding).unwrap(),
            json!({"check": "run-as-non-root", "severity": "High", "outcome": "Fail",
                "policies": ["ReadinessPolicy/gate"], "container": "app", "message": "container runs as root"})
        );
    }

    #[test]
    fn an_empty_status_says_nothing() {
        assert_eq!(serde_json::to_value(ReportStatus::default()).unwrap(), json!({}));
        let verdict = serde_json::to_value(Verdict::NotReady).unwrap();
        assert_eq!(verdict, Verdict::NotReady.as_str());
    }
}

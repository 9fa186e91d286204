//! What the operator answers on a policy.
//!
//! Bounded whatever the number of workloads, and without times that move on every pass. Next:
//! [`super::condition`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::severity::Severity;

/// How many failing checks a policy's status lists at most.
pub const FAILING_CHECKS_MAX: usize = 20;

/// How the workloads that a policy selects stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyStatus {
    /// The generation of the policy that was judged; -1 before the operator has seen the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Accepted, Compliant and Ready; Stalled and Reconciling only while they are True.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
    )]
    pub conditions: Vec<Condition>,
    /// How many workloads the policy selects, by verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "WorkloadCounts")]
    pub workloads: Option<WorkloadCounts>,
    /// The mean score of the workloads, 0 to 100. Absent when nothing was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub score: Option<u8>,
    /// The checks that most workloads fail, at most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FAILING_CHECKS_MAX))]
    pub failing_checks: Vec<FailingCheck>,
}

/// How many workloads a policy selects, by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkloadCounts {
    /// All workloads that the policy selects.
    pub total: u32,
    /// Workloads that pass every check at or above failOn.
    pub ready: u32,
    /// Workloads that fail a check at or above failOn.
    pub not_ready: u32,
    /// Workloads that wait for time or for a person.
    pub pending: u32,
    /// Workloads that could not be judged in full.
    pub unknown: u32,
}

/// A check that workloads fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailingCheck {
    /// The name of the check.
    #[schemars(length(max = 63))]
    pub check: String,
    /// Its severity in this policy.
    pub severity: Severity,
    /// How many workloads fail it.
    pub workloads: u32,
    /// How many findings there are. One about an object that serves several workloads counts once.
    #[serde(default)]
    pub findings: u32,
}

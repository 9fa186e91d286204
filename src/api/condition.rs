//! Conditions: how policies and reports say how they stand, as kstatus, kubectl and pipelines read them.
//!
//! Which condition a policy gets is not decided here. Next: [`super::policy_status`] and [`super::report`]
//! hold them.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many bytes the message of a condition has at most, as the API server has it.
pub const MESSAGE_MAX: usize = 32_768;

/// One aspect of how an object stands.
// Equal to metav1.Condition on the wire, but that reports leave out observedGeneration. Type and reason
// are text, so that an older operator can read what a newer one wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What the condition is about.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 316))]
    pub type_: String,
    /// True, False or Unknown.
    pub status: ConditionStatus,
    /// The generation of the object that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// When status last changed.
    pub last_transition_time: Time,
    /// Why, in one word for programs.
    #[schemars(length(min = 1, max = 1024))]
    pub reason: String,
    /// Why, in words for people.
    #[schemars(length(max = MESSAGE_MAX))]
    pub message: String,
}

/// The status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It cannot be said.
    Unknown,
}

impl ConditionStatus {
    /// The name as in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// The types of conditions, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionType {
    /// The policy is satisfied, or with `readyWhen: Evaluated` was evaluated; a report: every policy is.
    Ready,
    /// Every workload passes at or above `failOn`.
    Compliant,
    /// The spec is valid and in force.
    Accepted,
    /// Waiting cannot help. Written only when True.
    Stalled,
    /// The verdict is still to come. Written only when True.
    Reconciling,
}

impl ConditionType {
    /// The name as in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Compliant => "Compliant",
            Self::Accepted => "Accepted",
            Self::Stalled => "Stalled",
            Self::Reconciling => "Reconciling",
        }
    }
}

/// The reasons of conditions: a closed list, because pipelines and alerts match on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The spec is valid and in force.
    Accepted,
    /// The spec is not valid, or names a check whose family the installation has switched off.
    PolicyInvalid,
    /// The policy is suspended; of a report: every policy that selects the workload is.
    Suspended,
    /// The operator is making sure that it has seen everything that the API server has.
    Fencing,
    /// Fewer workloads than `minWorkloads`.
    NoWorkloads,
    /// Nothing is selected, and nothing need be.
    NothingSelected,
    /// Every check passes at or above `failOn`.
    AllPassed,
    /// A check at or above `failOn` fails.
    ChecksFailed,
    /// A check at or above `failOn` could not be judged.
    ChecksUnknown,
    /// A check at or above `failOn` waits for time or for a person.
    ChecksPending,
    /// Every workload was judged, which `readyWhen: Evaluated` asks for.
    Evaluated,
    /// The workload of this `revision` fails by its own spec: waiting cannot help.
    WorkloadFailed,
}

impl Reason {
    /// Every reason, in order.
    pub const ALL: &'static [Self] = &[
        Self::Accepted,
        Self::PolicyInvalid,
        Self::Suspended,
        Self::Fencing,
        Self::NoWorkloads,
        Self::NothingSelected,
        Self::AllPassed,
        Self::ChecksFailed,
        Self::ChecksUnknown,
        Self::ChecksPending,
        Self::Evaluated,
        Self::WorkloadFailed,
    ];

    /// The name as in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::PolicyInvalid => "PolicyInvalid",
            Self::Suspended => "Suspended",
            Self::Fencing => "Fencing",
            Self::NoWorkloads => "NoWorkloads",
            Self::NothingSelected => "NothingSelected",
            Self::AllPassed => "AllPassed",
            Self::ChecksFailed => "ChecksFailed",
            Self::ChecksUnknown => "ChecksUnknown",
            Self::ChecksPending => "ChecksPending",
            Self::Evaluated => "Evaluated",
            Self::WorkloadFailed => "WorkloadFailed",
        }
    }
}

/// A condition as it should be, before it is known since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredCondition {
    /// What the condition is about.
    pub type_: ConditionType,
    /// How it stands.
    pub status: ConditionStatus,
    /// Why, for programs.
    pub reason: Reason,
    /// Why, for people.
    pub message: String,
    /// The generation that was judged; nothing on reports.
    pub observed_generation: Option<i64>,
}

/// The conditions to write: exactly the desired ones, in the order of their types.
///
/// A condition keeps its `lastTransitionTime` while its status stays, whatever else of it changes.
pub fn set_conditions(
    previous: &[Condition],
    desired: &[DesiredCondition],
    now: Timestamp,
) -> Vec<Condition> {
    let mut desired: Vec<&DesiredCondition> = desired.iter().collect();
    desired.sort_by_key(|condition| condition.type_);
    desired.into_iter().map(|condition| set_condition(previous, condition, now)).collect()
}

fn set_condition(previous: &[Condition], desired: &DesiredCondition, now: Timestamp) -> Condition {
    let type_ = desired.type_.as_str();
    let since = previous
        .iter()
        .find(|condition| condition.type_ == type_ && condition.status == desired.status)
        .map_or_else(|| whole_seconds(now), |condition| condition.last_transition_time.clone());
    let message_end = desired.message.floor_char_boundary(MESSAGE_MAX);
    Condition {
        type_: type_.to_owned(),
        status: desired.status,
        observed_generation: desired.observed_generation,
        last_transition_time: since,
        reason: desired.reason.as_str().to_owned(),
        message: desired.message.get(..message_end).unwrap_or_default().to_owned(),
    }
}

/// The time as the wire has it, so that what is written equals what is read back.
fn whole_seconds(now: Timestamp) -> Time {
    Time(Timestamp::from_second(now.as_second()).unwrap_or(now))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ready(status: ConditionStatus, reason: Reason) -> DesiredCondition {
        DesiredCondition {
            type_: ConditionType::Ready,
            status,
            reason,
            message: "m".to_owned(),
            observed_generation: Some(3),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_wire_is_metav1() {
        let now = at("2026-11-22T07:00:00.75Z");
        let set = set_conditions(&[], &[ready(ConditionStatus::True, Reason::AllPassed)], now);
        let wire = serde_json::to_value(&set).unwrap();
        assert_eq!(
            wire,
            json!([{"type": "Ready", "status": "True", "observedGeneration": 3,
                "lastTransitionTime": "2026-11-22T07:00:00Z", "reason": "AllPassed", "message": "m"}])
        );
        let ours: Vec<Condition> = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(ours, set, "what is read back equals what was written");
        let theirs: Vec<k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition> =
            serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(serde_json::to_value(theirs).unwrap(), wire);
    }

    #[test]
    fn last_transition_time_moves_only_with_status() {
        let (first, second) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
        let failed = set_conditions(&[], &[ready(ConditionStatus::False, Reason::ChecksFailed)], first);
        let still = set_conditions(&failed, &[ready(ConditionStatus::False, Reason::NoWorkloads)], second);
        assert_eq!(still[0].reason, "NoWorkloads");
        assert_eq!(still[0].last_transition_time, Time(first));
        let passed = set_conditions(&still, &[ready(ConditionStatus::True, Reason::AllPassed)], second);
        assert_eq!(passed[0].last_transition_time, Time(second));
    }

    #[test]
    fn what_is_not_desired_goes_and_the_order_is_fixed() {
        let now = at("2026-01-01T00:00:00Z");
        let stalled = DesiredCondition {
            type_: ConditionType::Stalled,
            ..ready(ConditionStatus::True, Reason::PolicyInvalid)
        };
        let both = set_conditions(&[], &[stalled, ready(ConditionStatus::False, Reason::PolicyInvalid)], now);
        assert_eq!(both.iter().map(|c| c.type_.as_str()).collect::<Vec<_>>(), ["Ready", "Stalled"]);
        let one = set_conditions(&both, &[ready(ConditionStatus::True, Reason::AllPassed)], now);
        assert_eq!(one.len(), 1);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let mut desired = ready(ConditionStatus::True, Reason::AllPassed);
        desired.message = format!("x{}", "é".repeat(MESSAGE_MAX));
        let set = set_conditions(&[], &[desired], at("2026-01-01T00:00:00Z"));
        assert_eq!(set[0].message.len(), MESSAGE_MAX - 1);
    }

    #[test]
    fn reasons_are_told_apart_and_are_words() {
        let names: std::collections::BTreeSet<&str> = Reason::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(reason.as_str(), format!("{reason:?}"));
        }
    }
}

//! What a Job and a CronJob say beside their pods, with the API server's defaults.
//!
//! It must not judge: whether a schedule can be read is a check's business. Next: [`super::workload`]
//! holds these.

use serde::Deserialize;

use super::lenient::{given, null_is_default};
use super::marked::MarkedMetadata;

/// What a CronJob says of its runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CronSettings {
    /// When it runs, in cron's notation.
    #[serde(deserialize_with = "null_is_default")]
    pub schedule: String,
    /// Time zone of the schedule by its IANA name; absent means that of the controller manager.
    pub time_zone: Option<String>,
    /// Seconds after which a run that was missed is skipped; absent means never.
    pub starting_deadline_seconds: Option<i64>,
    /// `Allow` (the API's default), `Forbid` or `Replace`; empty reads as the default.
    #[serde(deserialize_with = "null_is_default")]
    concurrency_policy: String,
    /// What of the metadata of its Jobs holds a credential.
    #[serde(skip)]
    pub jobs: MarkedMetadata,
}

impl CronSettings {
    /// `Allow`, `Forbid` or `Replace`.
    pub fn concurrency_policy(&self) -> &str {
        if self.concurrency_policy.is_empty() { "Allow" } else { &self.concurrency_policy }
    }

    /// The same with the API's defaults spelled out, so that a file equals what the server stores.
    pub(super) fn defaulted(mut self) -> Self {
        if self.concurrency_policy == "Allow" {
            self.concurrency_policy.clear();
        }
        self
    }
}

/// What a Job, or the Jobs of a CronJob, say of their end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobSettings {
    /// Seconds after which the Job is ended.
    pub active_deadline_seconds: Option<i64>,
    /// How often failed pods are replaced, with the API's default of 6.
    pub backoff_limit: i64,
    /// Whether each index of the Job has a limit of its own.
    pub has_backoff_limit_per_index: bool,
    /// Whether a failure policy decides which failures count.
    pub has_pod_failure_policy: bool,
    /// Seconds after its end at which the Job is deleted.
    pub ttl_seconds_after_finished: Option<i64>,
}

/// `spec` of a Job, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Deserialize<'de>"))]
pub(super) struct JobFields<L> {
    pub(super) template: Option<L>,
    active_deadline_seconds: Option<i64>,
    backoff_limit: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    backoff_limit_per_index: bool,
    #[serde(default, deserialize_with = "given")]
    pod_failure_policy: bool,
    ttl_seconds_after_finished: Option<i64>,
}

impl<L> JobFields<L> {
    pub(super) fn settings(&self) -> JobSettings {
        // With a limit for each index, the server leaves the whole without one.
        let default = if self.backoff_limit_per_index { i64::from(i32::MAX) } else { 6 };
        JobSettings {
            active_deadline_seconds: self.active_deadline_seconds,
            backoff_limit: self.backoff_limit.unwrap_or(default),
            has_backoff_limit_per_index: self.backoff_limit_per_index,
            has_pod_failure_policy: self.pod_failure_policy,
            ttl_seconds_after_finished: self.ttl_seconds_after_finished,
        }
    }
}

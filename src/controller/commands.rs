//! What the controller wants done, why it judges, and how what it wanted has ended.
//!
//! It must not do anything. Next: [`super::state`] keeps, [`super::writer`] carries out.

use super::fence::Listing;
use super::reports::{ReportKey, ReportWrite};
use super::secrets::SecretName;
use crate::engine::policy::PolicyKey;
use crate::inventory::Kind;
use crate::inventory::lookup::SecretAnswer;
use crate::ops::calls::Written;
use crate::ops::error::ApiError;
use crate::render::events::Happening;

/// What the controller wants done.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// Write or delete a report.
    Report(ReportKey, ReportWrite),
    /// Write a policy's status.
    Status(PolicyKey, serde_json::Value),
    /// Ask what is known of this Secret, by namespace and name.
    Secret(SecretName),
    /// Send this Event.
    Event(Happening),
    /// List these kinds in the policy's namespace, for the fence of this generation.
    Fence(PolicyKey, i64, Vec<Kind>),
}

/// Why a workload is judged again; the greatest of several counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// Nothing about it changed: the first pass, or its report.
    Pass,
    /// A policy, the labels of its namespace or a right changed.
    Policy,
    /// The workload, or an object it is joined with, changed; or time passed.
    Workload,
}

/// A command that has ended.
#[derive(Debug)]
pub enum Done {
    /// A report was written, or refused.
    Report(ReportKey, Result<Written, ApiError>),
    /// A policy's status was written, or refused.
    Status(PolicyKey, Result<Written, ApiError>),
    /// What the server said of a Secret; nothing when it did not answer.
    Secret(SecretName, Option<SecretAnswer>),
    /// An Event was sent, or not: nobody waits for it.
    Event,
    /// What the server has for the fence of this policy and generation.
    Fence((PolicyKey, i64), Result<Listing, ApiError>),
}

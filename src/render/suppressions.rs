//! Suppressions that suppress nothing, as JSON.
//!
//! It must not decide which they are. Next: [`super::idle`], and [`super::json`] for what stands around them.

use serde::Serialize;

use super::idle::{Idle, IdleRule};
use super::run::Location;
use crate::catalogue::Severity;

/// A suppression that suppresses nothing.
#[derive(Serialize)]
struct Suppression<'a> {
    rule: &'static str,
    severity: Severity,
    checks: &'a [&'static str],
    message: &'a str,
    remediation: &'static str,
    location: Place<'a>,
    fingerprint: String,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    document: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rendered: Option<&'a str>,
}

/// One of them.
pub(super) fn suppression(idle: &Idle) -> impl Serialize + '_ {
    Suppression {
        rule: idle.rule.name(),
        severity: IdleRule::SEVERITY,
        checks: &idle.checks,
        message: &idle.message,
        remediation: idle.rule.remediation(),
        location: place(&idle.location),
        fingerprint: idle.identity().fingerprint().to_string(),
    }
}

fn place(location: &Location) -> Place<'_> {
    Place {
        file: &location.file,
        document: location.document,
        line: location.position.map(|position| position.line),
        column: location.position.map(|position| position.column),
        rendered: location.rendered.as_deref(),
    }
}

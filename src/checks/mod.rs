//! Placeholder.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

/// The names of all checks, sorted.
pub fn names() -> &'static [&'static str] {
    &["allow-privilege-escalation", "memory-limits", "readiness-probe", "run-as-non-root"]
}

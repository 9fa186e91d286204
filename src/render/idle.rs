//! Suppressions that suppress nothing: findings of a run about its own comments and configuration files.
//!
//! Each is about a place in a file and no object, so it counts in no verdict and no summary, and fails nothing. It must
//! not decide which they are: the command line does. Next: [`super::run`].

use super::fingerprint::Identity;
use super::run::Location;
use crate::catalogue::Severity;

/// Why a suppression suppresses nothing: the rule that its finding is told under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdleRule {
    /// No finding needs it.
    Unused,
    /// Its last day is over.
    Expired,
    /// It cannot be read.
    Malformed,
}

impl IdleRule {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Unused, Self::Expired, Self::Malformed];

    /// How severe each is: never more than a hint.
    pub const SEVERITY: Severity = Severity::Low;

    /// How each comes out, in one word: none fails.
    pub const WORD: &str = "warn";

    /// The rule of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Its name in every format.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unused => "unused-suppression",
            Self::Expired => "expired-suppression",
            Self::Malformed => "malformed-suppression",
        }
    }

    /// What it says.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unused => "A suppression that no finding needs",
            Self::Expired => "A suppression whose last day is over",
            Self::Malformed => "A suppression that cannot be read",
        }
    }

    /// How to mend it.
    pub const fn remediation(self) -> &'static str {
        match self {
            Self::Unused => {
                "Remove it, or the name of the check from it: left where it is, it would hide the same finding \
                 when that comes back. Only checks that ran are told."
            }
            Self::Expired => {
                "Fix what it accepted, then remove it. If that has to wait, give it a later day and say why. The \
                 finding itself counts again since that day."
            }
            Self::Malformed => {
                "Write it as `seaworthy: ignore[check, ...] reason=\"...\" until=YYYY-MM-DD`; the day may be left \
                 out, the reason may not."
            }
        }
    }
}

/// A comment, or an entry of a configuration file, that suppresses nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Why.
    pub rule: IdleRule,
    /// Where it stands.
    pub location: Location,
    /// The checks that this is about.
    pub checks: Vec<&'static str>,
    /// What is wrong with it.
    pub message: String,
}

impl Idle {
    /// What makes it the same in the next run: the file and the checks, but no line.
    pub fn identity(&self) -> Identity {
        Identity {
            check: self.rule.name().to_owned(),
            object: format!("suppression in {}", self.location.file),
            container: None,
            field: Some(self.checks.join(",")).filter(|checks| !checks.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;

    #[test]
    fn rules_are_found_by_name_and_no_check_is_called_so() {
        for rule in IdleRule::ALL {
            assert_eq!(IdleRule::find(rule.name()), Some(rule));
            assert!(checks::find(rule.name()).is_none(), "{}", rule.name());
        }
        assert_eq!(IdleRule::find("memory-limits"), None);
    }

    #[test]
    fn to_move_costs_no_identity() {
        let idle = |line: usize| Idle {
            rule: IdleRule::Unused,
            location: Location {
                file: "a.yaml".into(),
                document: line,
                position: Some(crate::render::run::Position { line, column: 1 }),
                rendered: None,
            },
            checks: vec!["memory-limits"],
            message: format!("line {line}"),
        };
        assert_eq!(idle(1).identity(), idle(7).identity());
        let expired = Idle { rule: IdleRule::Expired, ..idle(1) };
        assert_ne!(idle(1).identity(), expired.identity());
    }
}

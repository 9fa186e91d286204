//! What a comment that suppresses findings says.
//!
//! `# seaworthy: ignore[check, ...] reason="..." until=YYYY-MM-DD`: without a reason nobody can tell later
//! whether it still holds, so there is none without. It must not know where comments stand. Next: [`super`].

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::catalogue::parameters::nearest;
use crate::checks;
use crate::cli::load::yaml::{COMMENT_MARK, is_meant};
use crate::engine::waiver::last_day;

/// What a comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The checks, in order.
    pub(super) checks: Vec<&'static str>,
    /// Why.
    pub(super) reason: String,
    /// The last day on which it counts.
    pub(super) until: Option<Date>,
}

impl Said {
    /// Whether its last day, in UTC, is over.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now.to_zoned(TimeZone::UTC).date() > until)
    }
}

/// Reads a comment; nothing if it is not for this product.
pub(super) fn read(comment: &str) -> Option<Result<Said, String>> {
    match comment.trim().strip_prefix(COMMENT_MARK) {
        Some(rest) => Some(said(rest.trim())),
        // Nobody would know otherwise why it has no effect.
        None => is_meant(comment).then(|| Err(form())),
    }
}

fn form() -> String {
    "it reads `seaworthy: ignore[check, ...] reason=\"...\" until=YYYY-MM-DD`".to_owned()
}

fn said(text: &str) -> Result<Said, String> {
    let (names, rest) =
        text.strip_prefix("ignore[").and_then(|rest| rest.split_once(']')).ok_or_else(form)?;
    let checks = names.split(',').map(|name| check(name.trim())).collect::<Result<Vec<_>, _>>()?;
    let (mut reason, mut until) = (None, None);
    let mut rest = rest.trim_start();
    while !rest.is_empty() {
        rest = if let Some(quoted) = rest.strip_prefix("reason=\"") {
            let (words, rest) = quoted.split_once('"').ok_or_else(form)?;
            reason = Some(words.trim());
            rest
        } else if let Some(date) = rest.strip_prefix("until=") {
            let (date, rest) = date.split_at(date.find(char::is_whitespace).unwrap_or(date.len()));
            let day = last_day(date).ok_or_else(|| format!("`{date}` is no date: until=YYYY-MM-DD"))?;
            until = Some(day);
            rest
        } else {
            return Err(form());
        }
        .trim_start();
    }
    let reason = reason.filter(|reason| !reason.is_empty()).ok_or("it needs a reason: reason=\"...\"")?;
    Ok(Said { checks, reason: reason.to_owned(), until })
}

fn check(name: &str) -> Result<&'static str, String> {
    let names = checks::names();
    if let Some(check) = checks::find(name) {
        return Ok(check.name);
    }
    let hint = nearest(name, names.iter().copied()).map_or_else(
        || "`seaworthy checks` lists them all".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    Err(format!("there is no check `{name}`; {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(comment: &str) -> String {
        read(comment).unwrap().unwrap_err()
    }

    #[test]
    fn checks_reason_and_last_day_are_read() {
        let said = read(" seaworthy: ignore[memory-limits, image-tag] reason=\"ticket 7\" until=2026-03-31");
        let until = Some("2026-03-31".parse().unwrap());
        let checks = vec!["memory-limits", "image-tag"];
        assert_eq!(said, Some(Ok(Said { checks, reason: "ticket 7".to_owned(), until })));
        for other in [" seaworthy is a word", " Seaworthy: what it checks", " see #seaworthy: its channel"] {
            assert_eq!(read(other), None, "{other}");
        }
        for meant in [
            " Seaworthy: ignore[image-tag] reason=\"x\"",
            " nginx # seaworthy: ignore[image-tag] reason=\"x\"",
        ] {
            assert!(read(meant).unwrap().is_err(), "{meant}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(problem("seaworthy: ignore[memory-limits]").contains("needs a reason"));
        assert!(problem("seaworthy: ignore[memory-limits] reason=\" \"").contains("needs a reason"));
        assert!(
            problem("seaworthy: ignore[memory-limit] reason=\"x\"").contains("did you mean `memory-limits`?")
        );
        for until in ["soon", "20261231", "2026-12-31T10:00"] {
            let comment = format!("seaworthy: ignore[memory-limits] reason=\"x\" until={until}");
            assert!(problem(&comment).contains("no date"), "{until}");
        }
        for comment in ["ignore", "ignore all", "ignore[image-tag] because", "ignore[image-tag] reason=\"x"] {
            assert!(problem(&format!("seaworthy: {comment}")).contains("it reads"), "{comment}");
        }
    }

    #[test]
    fn its_last_day_counts_whole() {
        let said = read("seaworthy: ignore[image-tag] reason=\"x\" until=2026-03-31").unwrap().unwrap();
        assert!(!said.is_over("2026-03-31T23:59:59Z".parse().unwrap()));
        assert!(said.is_over("2026-04-01T00:00:00Z".parse().unwrap()));
    }
}

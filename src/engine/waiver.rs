//! Waivers in annotations: `waive.seaworthy.dev/<check>: "reason; until=YYYY-MM-DD"`.
//!
//! They count only for policies that say `allowAnnotationWaivers: true`, so that tenants cannot exempt
//! themselves. It must not decide which findings they touch: [`super::weigh`] does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Prefix of the annotation; the name of the check follows.
pub const WAIVER_PREFIX: &str = "waive.seaworthy.dev/";

/// A check that a workload's annotation waives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiver {
    /// In force until this moment: the end of its last day, in UTC.
    Until(Timestamp),
    /// It cannot be read, and why; it waives nothing.
    Unreadable(&'static str),
}

/// The waivers among these annotations, by name of check.
pub fn waivers(annotations: &BTreeMap<String, String>) -> BTreeMap<&str, Waiver> {
    annotations
        .range(WAIVER_PREFIX.to_owned()..)
        .map_while(|(key, value)| Some((key.strip_prefix(WAIVER_PREFIX)?, parse(value))))
        .collect()
}

fn parse(value: &str) -> Waiver {
    let Some((reason, until)) = value.rsplit_once(';') else {
        return Waiver::Unreadable("a waiver reads `reason; until=YYYY-MM-DD`");
    };
    if reason.trim().is_empty() {
        return Waiver::Unreadable("a waiver needs a reason");
    }
    let end = until
        .trim()
        .strip_prefix("until=")
        .and_then(|date| date.parse::<Date>().ok())
        .and_then(|date| date.tomorrow().ok())
        .and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    end.map_or(Waiver::Unreadable("a waiver ends with `until=YYYY-MM-DD`"), |end| {
        Waiver::Until(end.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_lasts_to_the_end_of_its_last_day() {
        let annotations = BTreeMap::from([
            ("app".to_owned(), "x".to_owned()),
            ("waive.seaworthy.dev/memory-limits".to_owned(), "ticket 7; until=2026-03-31".to_owned()),
            ("zzz".to_owned(), "x".to_owned()),
        ]);
        let end = "2026-04-01T00:00:00Z".parse().unwrap();
        assert_eq!(waivers(&annotations), BTreeMap::from([("memory-limits", Waiver::Until(end))]));
    }

    #[test]
    fn what_cannot_be_read_waives_nothing_and_says_why() {
        for value in ["because", "; until=2026-03-31", "because; until=soon", "because; 2026-03-31"] {
            assert!(matches!(parse(value), Waiver::Unreadable(_)), "{value}");
        }
    }
}

//! Waivers in annotations: `waive.seaworthy.dev/<check>: "reason; until=YYYY-MM-DD"`.
//!
//! They count only for policies that say `allowAnnotationWaivers: true`, so that tenants cannot exempt
//! themselves. It must not decide which findings they touch: [`super::weigh`] does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::inventory::labels::Labels;

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
pub fn waivers(annotations: &Labels) -> BTreeMap<&str, Waiver> {
    annotations
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(WAIVER_PREFIX)?, parse(value))))
        .collect()
}

/// What the waiver of a check says among these annotations: the reason, and the last day on which it counts.
pub fn said<'a>(annotations: &'a Labels, check: &str) -> Option<(&'a str, &'a str)> {
    let waives = |key: &str| key.strip_prefix(WAIVER_PREFIX) == Some(check);
    let (_, value) = annotations.iter().find(|(key, _)| waives(key))?;
    let (reason, until) = value.rsplit_once(';')?;
    Some((reason.trim(), until.trim().strip_prefix("until=")?))
}

/// The day that `YYYY-MM-DD` names, wherever somebody says until when an exception counts. No other way to write one:
/// nobody should wonder what an hour or a zone in it would mean.
pub fn last_day(text: &str) -> Option<Date> {
    let is_written_so = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_written_so.then(|| text.parse().ok()).flatten()
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
        .and_then(last_day)
        .and_then(|date| date.tomorrow().ok())
        .and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    end.map_or(Waiver::Unreadable("a waiver ends with `until=YYYY-MM-DD`"), |end| {
        Waiver::Until(end.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::report::Verdict;
    use crate::checks::testing::{baseline, merge};
    use crate::engine::evaluate::{Policies, evaluate};
    use crate::engine::policy::PolicyKey;
    use crate::engine::resolve::{Spec, resolve};
    use crate::engine::subject::{Subject, Target};
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;
    use crate::inventory::{Inventory, Kind};

    #[test]
    fn a_waiver_lasts_to_the_end_of_its_last_day() {
        let annotations = Labels::from([
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

    #[test]
    fn a_last_day_reads_year_month_day_and_nothing_else_does() {
        assert_eq!(last_day("2026-12-31"), Some(Date::constant(2026, 12, 31)));
        for text in [
            "20261231",
            "2026-12-31T10:00",
            "2026-12-31T10:00:00Z",
            "2026-12-31[Europe/Oslo]",
            "2026-365",
            "2026-W53-4",
            "+002026-12-31",
            "-2026-12-31",
            "2026-12-3",
            "2026-1-031",
            "2026/12/31",
            "2026-02-30",
            "2026-13-01",
            "2026 12 31",
            "",
        ] {
            assert_eq!(last_day(text), None, "{text}");
            assert!(matches!(parse(&format!("because; until={text}")), Waiver::Unreadable(_)), "{text}");
        }
    }

    /// What a policy makes of a workload without a memory limit that carries this waiver.
    fn outcome(waiver: &str, allowed: bool, now: &str) -> (Verdict, Option<Timestamp>, String) {
        let mut object = baseline();
        object["metadata"]["annotations"] = json!({"waive.seaworthy.dev/memory-limits": waiver});
        merge(&mut object["spec"]["template"]["spec"]["containers"][0], json!({"resources": null}));
        let object = decode(Kind::Deployment, &object.to_string()).unwrap();
        let spec = json!({"profile": "None", "checks": [{"name": "memory-limits"}], "allowAnnotationWaivers": allowed});
        let spec = serde_json::from_value(spec).unwrap();
        let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
        let effective =
            BTreeMap::from([(key.clone(), resolve(key.clone(), Spec::Namespaced(&spec)).unwrap())]);
        let policies = Policies { effective: &effective, invalid: &BTreeMap::new() };
        let inventory = Inventory::with_coverage(Coverage::Complete);
        let subject = Subject::of_workload(Target::of(&object).unwrap());
        let evaluation = evaluate(&subject, policies, &inventory, now.parse().unwrap());
        let message = crate::engine::report::message(&evaluation.findings[0]).into_owned();
        (evaluation.policies[&key].verdict, evaluation.next_change, message)
    }

    #[test]
    fn a_waiver_counts_until_it_ends_and_only_where_the_policy_allows_it() {
        const WAIVER: &str = "ticket 7; until=2026-03-31";
        let (during, after) = ("2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z");
        let (verdict, next_change, _) = outcome(WAIVER, true, during);
        assert_eq!((verdict, next_change), (Verdict::Ready, Some(after.parse().unwrap())));
        let (verdict, next_change, message) = outcome(WAIVER, true, after);
        assert_eq!((verdict, next_change), (Verdict::NotReady, None));
        assert!(message.ends_with("not waived: the waiver has ended"), "{message}");
        assert_eq!(outcome(WAIVER, false, during).0, Verdict::NotReady, "tenants cannot exempt themselves");
        let (verdict, _, message) = outcome("because", true, during);
        assert_eq!(verdict, Verdict::NotReady);
        assert!(message.contains("not waived: a waiver reads"), "{message}");
    }
}

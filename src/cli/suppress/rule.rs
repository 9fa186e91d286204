//! Suppressions that a configuration file says: by object and check.
//!
//! For what one may not or would not edit: charts of others, bases. It must not know files. Next:
//! [`crate::cli::config`] reads them, [`super`] counts what they suppress.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use globset::{Glob, GlobMatcher};
use jiff::Timestamp;
use jiff::civil::Date;

use super::comment::Said;
use super::idle::Uses;
use crate::catalogue::Outcome;
use crate::checks;
use crate::cli::config::{ObjectPattern, Suppression};
use crate::engine::waiver::last_day;
use crate::render::run::{Location, RunWorkload, Suppressed};

/// Everything that configuration files suppress.
pub(in crate::cli) type Rules = Arc<[Rule]>;

/// One entry of `suppress`.
#[derive(Debug)]
pub(in crate::cli) struct Rule {
    location: Location,
    said: Said,
    pattern: ObjectPattern,
    kind: Option<GlobMatcher>,
    namespace: Option<GlobMatcher>,
    name: Option<GlobMatcher>,
    /// Whether an object was judged that it is about.
    met: AtomicBool,
    uses: Uses,
}

impl Rule {
    /// From what a file says at a place.
    pub(in crate::cli) fn new(location: Location, said: &Suppression) -> Result<Self, String> {
        let ObjectPattern { kind, namespace, name } = &said.object;
        if kind.is_none() && namespace.is_none() && name.is_none() {
            return Err("object: at least one of kind, namespace and name is needed".to_owned());
        }
        if said.reason.trim().is_empty() {
            return Err("reason: it needs one".to_owned());
        }
        let glob = |pattern: &Option<String>| {
            let compiled = pattern.as_deref().map(Glob::new).transpose();
            compiled.map(|glob| glob.map(|glob| glob.compile_matcher())).map_err(|error| error.to_string())
        };
        let find = |name: &String| checks::find(name).map(|check| check.name);
        let names = said.checks.iter().map(|name| find(name).ok_or_else(|| format!("no check `{name}`")));
        let checks = names.collect::<Result<Vec<_>, _>>()?;
        let date =
            |date: &String| last_day(date).ok_or_else(|| format!("until: `{date}` is no date as YYYY-MM-DD"));
        let until: Option<Date> = said.until.as_ref().map(date).transpose()?;
        let (pattern, reason) = (said.object.clone(), said.reason.trim().to_owned());
        let said = Said { checks, reason, until };
        Ok(Self {
            location,
            uses: Uses::none(&said),
            said,
            pattern,
            kind: glob(kind)?,
            namespace: glob(namespace)?,
            name: glob(name)?,
            met: AtomicBool::new(false),
        })
    }

    /// Where it stands.
    pub(in crate::cli) fn location(&self) -> &Location {
        &self.location
    }

    /// What it says.
    pub(super) const fn said(&self) -> &Said {
        &self.said
    }

    /// What it was needed for.
    pub(super) const fn uses(&self) -> &Uses {
        &self.uses
    }

    /// Whether an object was judged that it is about.
    pub(super) fn is_met(&self) -> bool {
        self.met.load(Ordering::Relaxed)
    }

    fn is_about(&self, kind: &str, namespace: &str, name: &str) -> bool {
        let fits =
            |glob: &Option<GlobMatcher>, text: &str| glob.as_ref().is_none_or(|glob| glob.is_match(text));
        let is = fits(&self.kind, kind) && fits(&self.namespace, namespace) && fits(&self.name, name);
        if is {
            self.met.store(true, Ordering::Relaxed);
        }
        is
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ObjectPattern { kind, namespace, name } = &self.pattern;
        let any = |pattern: &Option<String>| pattern.clone().unwrap_or_else(|| "*".to_owned());
        write!(f, "{} of {} {}/{}", self.said.checks.join(", "), any(kind), any(namespace), any(name))?;
        write!(f, ": {}", self.said.reason)?;
        self.said.until.map_or(Ok(()), |until| write!(f, ", until {until}"))
    }
}

/// Suppresses what rules say of a workload's findings, but what a comment suppresses already.
pub(in crate::cli) fn apply(workload: &mut RunWorkload, rules: &[Rule], now: Timestamp) {
    let key = &workload.key;
    for rule in rules {
        rule.is_about(key.kind.as_str(), &key.namespace, &key.name);
        for finding in &mut workload.findings {
            let is_about = match &finding.merged.found.object {
                Some(object) => rule.is_about(object.kind.as_str(), &object.namespace, &object.name),
                None => rule.is_about(key.kind.as_str(), &key.namespace, &key.name),
            };
            if !is_about || !rule.said.checks.contains(&finding.merged.check) {
                continue;
            }
            rule.uses.add(&rule.said, finding.merged.check);
            let is_free = finding.suppressed.is_none() && finding.merged.outcome != Outcome::Waived;
            if is_free && !rule.said.is_over(now) {
                let until = rule.said.until.map(|until| until.to_string());
                let (reason, by) = (rule.said.reason.clone(), Arc::clone(&rule.location.file));
                finding.suppressed = Some(Box::new(Suppressed { by, reason, until }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::idle::{Collected, Ran};
    use super::*;
    use crate::render::idle::IdleRule;

    fn rule(kind: Option<&str>, name: Option<&str>) -> Result<Rule, String> {
        rule_until("2026-03-31", kind, name)
    }

    fn rule_until(until: &str, kind: Option<&str>, name: Option<&str>) -> Result<Rule, String> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let object = ObjectPattern { kind: owned(kind), namespace: None, name: owned(name) };
        let checks = vec!["memory-limits".to_owned()];
        let said = Suppression { checks, object, reason: "x".to_owned(), until: Some(until.to_owned()) };
        let location =
            Location { file: ".seaworthy.yaml".into(), document: 1, position: None, rendered: None };
        Rule::new(location, &said)
    }

    #[test]
    fn objects_are_named_by_pattern_and_somehow() {
        let jobs = rule(Some("{Job,CronJob}"), Some("nightly-*")).unwrap();
        assert!(jobs.is_about("CronJob", "shop", "nightly-report"));
        assert!(!jobs.is_about("CronJob", "shop", "report"));
        assert!(!jobs.is_about("Deployment", "shop", "nightly-report"));
        assert!(rule(None, None).unwrap_err().contains("at least one"));
        assert!(rule(None, Some("a[")).is_err());
    }

    #[test]
    fn its_last_day_reads_year_month_day() {
        assert!(rule_until("2026-12-31", Some("Job"), None).is_ok());
        for until in ["20261231", "2026-12-31T10:00", "soon"] {
            let problem = rule_until(until, Some("Job"), None).unwrap_err();
            assert!(problem.contains(&format!("`{until}` is no date")), "{problem}");
        }
    }

    #[test]
    fn it_is_told_when_it_ended_or_has_nothing_to_suppress() {
        let one = rule(Some("Job"), None).unwrap();
        let told = |now: &str, checks: &[&'static str], ignored: &[IdleRule]| {
            let (checks, ignored) = (checks.iter().copied().collect(), ignored.iter().copied().collect());
            let now = now.parse().unwrap();
            let ran = Ran { now, checks: &checks, ignored: &ignored, is_about_all: true };
            let mut collected = Collected::default();
            collected.rule(&one, &ran);
            collected.idle(&ran).pop().map(|idle| (idle.rule, idle.message))
        };
        let (before, after) = ("2026-03-31T23:00:00Z", "2026-04-01T00:00:00Z");
        let limits = ["memory-limits"];
        assert_eq!(told(before, &limits, &[]), None, "no object was there that it is about");
        let (which, message) = told(after, &[], &[]).unwrap();
        assert!(
            which == IdleRule::Expired && message.contains("since it ended with 2026-03-31"),
            "{message}"
        );
        one.is_about("Job", "shop", "web");
        assert_eq!(told(before, &["image-tag"], &[]), None, "the check did not run");
        assert_eq!(told(before, &limits, &[IdleRule::Unused]), None);
        let (which, message) = told(before, &limits, &[]).unwrap();
        let says = "suppresses nothing: no finding of memory-limits is here";
        assert!(which == IdleRule::Unused && message.contains(says), "{message}");
    }
}

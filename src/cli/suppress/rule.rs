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
use crate::catalogue::Outcome;
use crate::checks;
use crate::cli::config::{ObjectPattern, Suppression};
use crate::render::run::{RunWorkload, Suppressed};

/// Everything that configuration files suppress.
pub(in crate::cli) type Rules = Arc<[Rule]>;

/// One entry of `suppress`.
#[derive(Debug)]
pub(in crate::cli) struct Rule {
    place: String,
    file: Arc<str>,
    said: Said,
    pattern: ObjectPattern,
    kind: Option<GlobMatcher>,
    namespace: Option<GlobMatcher>,
    name: Option<GlobMatcher>,
    /// Whether an object was judged that it is about.
    met: AtomicBool,
    used: AtomicBool,
}

impl Rule {
    /// From what a file says at a place.
    pub(in crate::cli) fn new(place: String, file: Arc<str>, said: &Suppression) -> Result<Self, String> {
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
        let date = |date: &String| date.parse().map_err(|_| format!("until: `{date}` is no date"));
        let until: Option<Date> = said.until.as_ref().map(date).transpose()?;
        Ok(Self {
            place,
            file,
            said: Said { checks, reason: said.reason.trim().to_owned(), until },
            pattern: said.object.clone(),
            kind: glob(kind)?,
            namespace: glob(namespace)?,
            name: glob(name)?,
            met: AtomicBool::new(false),
            used: AtomicBool::new(false),
        })
    }

    /// File and line, for people.
    pub(in crate::cli) fn place(&self) -> &str {
        &self.place
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

    /// What is worth knowing of it, once everything is judged. Of an object that was not given it says nothing:
    /// the next run may be about that one.
    pub(in crate::cli) fn note(&self, now: Timestamp) -> Option<String> {
        let Self { place, said, .. } = self;
        match said.until {
            Some(until) if said.is_over(now) => {
                Some(format!("{place}: this suppresses nothing since it ended with {until}"))
            }
            _ if self.met.load(Ordering::Relaxed) && !self.used.load(Ordering::Relaxed) => {
                let checks = said.checks.join(", ");
                Some(format!("{place}: this suppresses nothing: no finding of {checks} is there"))
            }
            _ => None,
        }
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
            rule.used.store(true, Ordering::Relaxed);
            let is_free = finding.suppressed.is_none() && finding.merged.outcome != Outcome::Waived;
            if is_free && !rule.said.is_over(now) {
                let until = rule.said.until.map(|until| until.to_string());
                let (reason, by) = (rule.said.reason.clone(), Arc::clone(&rule.file));
                finding.suppressed = Some(Box::new(Suppressed { by, reason, until }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kind: Option<&str>, name: Option<&str>) -> Result<Rule, String> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let object = ObjectPattern { kind: owned(kind), namespace: None, name: owned(name) };
        let checks = vec!["memory-limits".to_owned()];
        let said =
            Suppression { checks, object, reason: "x".to_owned(), until: Some("2026-03-31".to_owned()) };
        Rule::new(".seaworthy.yaml:3".to_owned(), ".seaworthy.yaml".into(), &said)
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
    fn it_is_told_when_it_ended_or_has_nothing_to_suppress() {
        let (before, after) =
            ("2026-03-31T23:00:00Z".parse().unwrap(), "2026-04-01T00:00:00Z".parse().unwrap());
        let one = rule(Some("Job"), None).unwrap();
        assert_eq!(one.note(before), None);
        assert!(one.note(after).unwrap().contains("since it ended with 2026-03-31"));
        one.is_about("Job", "shop", "web");
        assert!(one.note(before).unwrap().contains("no finding of memory-limits is there"));
    }
}

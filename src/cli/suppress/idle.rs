//! Suppressions that suppress nothing: which of them a run tells, once everything is judged.
//!
//! What nobody could know is not told: of a check that did not run, of an object that no policy is about. A comment of
//! a template that is rendered several times is needed if one render needs it. Next: [`crate::render::idle`] for what is
//! told.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use super::Ignores;
use super::comment::Said;
use super::ignores::Ignore;
use super::rule::Rule;
use crate::cli::input::origin::Origin;
use crate::render::idle::{Idle, IdleRule};
use crate::render::run::{Location, Position};

/// Which of its checks a suppression was needed for.
#[derive(Debug, Default)]
pub(super) struct Uses(Box<[AtomicBool]>);

impl Uses {
    /// None yet.
    pub(super) fn none(said: &Said) -> Self {
        Self(said.checks.iter().map(|_| AtomicBool::new(false)).collect())
    }

    /// It was needed for this check.
    pub(super) fn add(&self, said: &Said, check: &str) {
        let own = said.checks.iter().zip(&self.0).filter(|(name, _)| **name == check);
        own.for_each(|(_, used)| used.store(true, Ordering::Relaxed));
    }

    fn missing(&self, said: &Said, ran: &Ran<'_>) -> BTreeSet<&'static str> {
        let unused = said.checks.iter().zip(&self.0).filter(|(_, used)| !used.load(Ordering::Relaxed));
        unused.map(|(name, _)| *name).filter(|name| ran.checks.contains(name)).collect()
    }
}

/// What a run was.
#[derive(Debug)]
pub(in crate::cli) struct Ran<'a> {
    pub(in crate::cli) now: Timestamp,
    /// The checks that ran.
    pub(in crate::cli) checks: &'a BTreeSet<&'static str>,
    /// What is not to be told.
    pub(in crate::cli) ignored: &'a BTreeSet<IdleRule>,
    /// Whether some policy was about every workload.
    pub(in crate::cli) is_about_all: bool,
}

/// What is wrong with a suppression.
enum Why {
    Malformed(String),
    Expired(String),
    /// No finding of these is there.
    Unused(BTreeSet<&'static str>),
}

/// The suppressions of a run, each once.
#[derive(Default)]
pub(in crate::cli) struct Collected(BTreeMap<Key, (Location, Why)>);

/// File, place, what kind of suppression, and what it says: what is rendered several times is one.
type Key = (Arc<str>, Option<Position>, &'static str, String);

impl Collected {
    /// Adds the comments of a document.
    pub(in crate::cli) fn comments(&mut self, ignores: &Ignores, origin: Option<&Origin>, ran: &Ran<'_>) {
        let can_be_idle = ignores.can_be_idle(ran.is_about_all);
        for ignore in ignores.iter() {
            let at =
                origin.map_or_else(|| ignore.location.clone(), |origin| origin.comment(&ignore.location));
            let words = match &ignore.said {
                Ok(said) => said.checks.join(", "),
                Err(problem) => problem.clone(),
            };
            self.add((Arc::clone(&at.file), at.position, "comment", words), at, ignore.why(ran, can_be_idle));
        }
    }

    /// Adds an entry of a configuration file.
    pub(in crate::cli) fn rule(&mut self, rule: &Rule, ran: &Ran<'_>) {
        let at = rule.location().clone();
        let key = (Arc::clone(&at.file), at.position, "entry", rule.said().checks.join(", "));
        self.add(key, at, of_said(rule.said(), ran, &|| rule.missing(ran)));
    }

    fn add(&mut self, key: Key, at: Location, why: Why) {
        match self.0.entry(key) {
            Entry::Vacant(entry) => drop(entry.insert((at, why))),
            Entry::Occupied(mut entry) => {
                if let ((_, Why::Unused(known)), Why::Unused(more)) = (entry.get_mut(), why) {
                    known.retain(|check| more.contains(check));
                }
            }
        }
    }

    /// Those that suppress nothing, in order of place.
    pub(in crate::cli) fn idle(self, ran: &Ran<'_>) -> Vec<Idle> {
        let told = self.0.into_iter().filter_map(|((.., what, words), (location, why))| {
            let (rule, checks, says) = match why {
                Why::Malformed(problem) => (IdleRule::Malformed, Vec::new(), format!(": {problem}")),
                Why::Expired(until) => {
                    (IdleRule::Expired, names(&words), format!(" since it ended with {until}"))
                }
                Why::Unused(checks) if checks.is_empty() => return None,
                Why::Unused(checks) => {
                    let missing = Vec::from_iter(checks).join(", ");
                    let says = format!(": no finding of {missing} is here");
                    (IdleRule::Unused, names(&missing), says)
                }
            };
            let nothing = if checks.len() < names(&words).len() && rule == IdleRule::Unused {
                "is not needed for all that it names"
            } else {
                "suppresses nothing"
            };
            let message = format!("this {what} {nothing}{says}");
            (!ran.ignored.contains(&rule)).then_some(Idle { rule, location, checks, message })
        });
        told.collect()
    }
}

/// The checks that a list names.
fn names(words: &str) -> Vec<&'static str> {
    words.split(", ").filter_map(|name| crate::checks::find(name).map(|check| check.name)).collect()
}

fn of_said(said: &Said, ran: &Ran<'_>, missing: &dyn Fn() -> BTreeSet<&'static str>) -> Why {
    match said.until {
        Some(until) if said.is_over(ran.now) => Why::Expired(until.to_string()),
        _ => Why::Unused(missing()),
    }
}

impl Ignore {
    fn why(&self, ran: &Ran<'_>, can_be_idle: bool) -> Why {
        let said = match &self.said {
            Ok(said) => said,
            Err(problem) => return Why::Malformed(problem.clone()),
        };
        let missing = || if can_be_idle { self.uses.missing(said, ran) } else { BTreeSet::new() };
        of_said(said, ran, &missing)
    }
}

impl Rule {
    /// The checks that it was not needed for. Of an object that was not given nothing is known: the next run may be
    /// about that one.
    fn missing(&self, ran: &Ran<'_>) -> BTreeSet<&'static str> {
        if self.is_met() { self.uses().missing(self.said(), ran) } else { BTreeSet::new() }
    }
}

//! A run of some checks only.
//!
//! A check that is selected runs, whether or not a policy asks for it: a run must not be green because nobody
//! asked. A policy that is left without checks is not in force. Next: [`super`].

use std::collections::BTreeSet;

use thiserror::Error;

use super::Policies;
use crate::api::Profile;
use crate::api::policy::{CheckSetting, PolicySpec};
use crate::catalogue::check::Family;
use crate::catalogue::parameters::nearest;
use crate::checks;
use crate::render::idle::IdleRule;

/// The policy that asks for what was selected and no other policy asks for.
const SELECTED: &str = "selected";

/// A name that is no check's.
#[derive(Debug, Error, PartialEq, Eq)]
pub(in crate::cli) enum NarrowError {
    /// Nothing is called so.
    #[error("there is no check `{name}`; {hint}")]
    Unknown {
        /// The name given.
        name: String,
        /// What may have been meant.
        hint: String,
    },
    /// Names are asked for, and none is given.
    #[error("--{0} names no check")]
    Nothing(&'static str),
    /// It is told of suppressions, whatever runs.
    #[error("`{0}` is no check, and told of every run: --ignore takes it")]
    Idle(&'static str),
}

/// Which checks run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Narrowing {
    select: Option<BTreeSet<&'static str>>,
    ignore: BTreeSet<&'static str>,
    /// What is not told of suppressions that suppress nothing.
    ignored: BTreeSet<IdleRule>,
}

impl Narrowing {
    /// From names of checks and families, and ids of other tools; without any to select, all.
    pub(in crate::cli) fn new(select: &[String], ignore: &[String]) -> Result<Self, NarrowError> {
        for (flag, names) in [("select", select), ("ignore", ignore)] {
            if !names.is_empty() && names.iter().all(|name| name.trim().is_empty()) {
                return Err(NarrowError::Nothing(flag));
            }
        }
        if let Some(rule) = select.iter().find_map(|name| IdleRule::find(name.trim())) {
            return Err(NarrowError::Idle(rule.name()));
        }
        let select = if select.is_empty() { None } else { Some(names(select)?) };
        let ignored = ignore.iter().filter_map(|name| IdleRule::find(name.trim())).collect();
        let others: Vec<String> =
            ignore.iter().filter(|name| IdleRule::find(name.trim()).is_none()).cloned().collect();
        Ok(Self { select, ignore: names(&others)?, ignored })
    }

    /// What is not told of suppressions that suppress nothing.
    pub(in crate::cli) const fn ignored(&self) -> &BTreeSet<IdleRule> {
        &self.ignored
    }

    /// Whether a check runs.
    pub(in crate::cli) fn runs(&self, check: &str) -> bool {
        self.select.as_ref().is_none_or(|select| select.contains(check)) && !self.ignore.contains(check)
    }
}

fn names(given: &[String]) -> Result<BTreeSet<&'static str>, NarrowError> {
    let mut found = BTreeSet::new();
    for name in given.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let before = found.len();
        found.extend(checks::find(name).map(|check| check.name));
        let family = checks::ALL.iter().filter(|check| check.family.as_str() == name);
        found.extend(family.map(|check| check.name));
        found.extend(checks::peers::find(name).iter().map(|check| check.name));
        let is_known = checks::find(name).is_some() || found.len() > before;
        if !is_known && checks::peers::find(name).is_empty() && !is_family(name) {
            return Err(NarrowError::Unknown { name: name.to_owned(), hint: hint(name) });
        }
    }
    Ok(found)
}

fn is_family(name: &str) -> bool {
    Family::find(name).is_some()
}

fn hint(name: &str) -> String {
    let families = Family::ALL.iter().map(|family| family.as_str());
    nearest(name, checks::names().into_iter().chain(families)).map_or_else(
        || "`seaworthy checks` lists them all".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    )
}

impl Policies {
    /// Leaves the checks that run, and asks for those that nobody else asks for.
    pub(super) fn narrow(&mut self, narrowing: &Narrowing) {
        if narrowing.select.is_none() && narrowing.ignore.is_empty() {
            return;
        }
        for policy in self.effective.values_mut() {
            policy.checks.retain(|asked| narrowing.runs(asked.check.name));
            policy.orphans = policy.checks.iter().flat_map(|asked| asked.compiled.orphan_kinds()).collect();
        }
        self.effective.retain(|_, policy| !policy.checks.is_empty());
        let selected = narrowing.select.iter().flatten().copied();
        let missing: Vec<&str> =
            selected.filter(|check| narrowing.runs(check) && !self.asks(check)).collect();
        if missing.is_empty() {
            return;
        }
        let setting = |name: &&str| CheckSetting {
            name: (*name).to_owned(),
            enabled: true,
            severity: None,
            parameters: None,
        };
        let checks = missing.iter().map(setting).collect();
        self.made(
            SELECTED.to_owned(),
            PolicySpec { profile: Profile::None, checks, ..PolicySpec::default() },
            true,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrowing(select: &[&str], ignore: &[&str]) -> Result<Narrowing, NarrowError> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Narrowing::new(&owned(select), &owned(ignore))
    }

    fn narrowed(profile: Profile, narrowing: &Narrowing) -> Vec<(String, Vec<&'static str>)> {
        let mut policies = Policies::default();
        policies.profile(profile, true);
        policies.narrow(narrowing);
        assert_eq!(policies.problems, []);
        let names = |checks: &[crate::engine::policy::EffectiveCheck]| {
            checks.iter().map(|it| it.check.name).collect()
        };
        policies.effective.iter().map(|(key, policy)| (key.name.clone(), names(&policy.checks))).collect()
    }

    #[test]
    fn what_is_selected_runs_whether_or_not_it_is_asked_for() {
        let both = narrowing(&["memory-limits", "image-digest"], &[]).unwrap();
        let expected = [
            ("profile-standard".to_owned(), vec!["memory-limits"]),
            ("selected".to_owned(), vec!["image-digest"]),
        ];
        assert_eq!(narrowed(Profile::Standard, &both), expected);
    }

    #[test]
    fn ignored_counts_more_and_a_policy_without_checks_is_gone() {
        let nothing = narrowing(&["memory-limits"], &["resources"]).unwrap();
        assert_eq!(narrowed(Profile::Standard, &nothing), []);
        let all = narrowed(Profile::Standard, &Narrowing::default());
        let fewer = narrowed(Profile::Standard, &narrowing(&[], &["memory-limits"]).unwrap());
        assert_eq!(all[0].1.len(), fewer[0].1.len() + 1);
    }

    #[test]
    fn what_is_told_of_suppressions_is_ignored_by_its_name_and_never_selected() {
        let both = narrowing(&[], &["unused-suppression", "image-tag"]).unwrap();
        assert_eq!(both.ignored().iter().collect::<Vec<_>>(), [&IdleRule::Unused]);
        assert!(both.ignore.contains("image-tag") && both.select.is_none());
        let error = narrowing(&["expired-suppression"], &[]).unwrap_err().to_string();
        assert!(error.contains("--ignore takes it"), "{error}");
    }

    #[test]
    fn ids_of_other_tools_name_checks() {
        assert_eq!(narrowing(&["CKV_K8S_20"], &[]), narrowing(&["allow-privilege-escalation"], &[]));
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_nearest() {
        let error = narrowing(&[], &["memory-limit"]).unwrap_err().to_string();
        assert_eq!(error, "there is no check `memory-limit`; did you mean `memory-limits`?");
        let error = narrowing(&["zzzzzzzzzzzz"], &[]).unwrap_err().to_string();
        assert!(error.ends_with("`seaworthy checks` lists them all"), "{error}");
    }
}

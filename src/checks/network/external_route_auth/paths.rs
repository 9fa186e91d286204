//! Which requests for a path a rule of Istio is about.
//!
//! It errs on the side of not being sure. Next: [`super::mesh`].

use crate::inventory::auth_policy::{Lists, RequestRule};

/// A path at the edge.
pub(super) struct Path<'a> {
    /// The path, as it is written.
    pub(super) text: &'a str,
    /// What else is meant by it.
    pub(super) reach: Reach,
    /// Whether requests come with another one to the workload.
    pub(super) is_rewritten: bool,
}

/// What is meant by a path beside itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing.
    Exact,
    /// All below it.
    Prefix,
    /// Whatever its controller makes of it.
    Open,
}

/// Keys of an operation that leave some request for a path to it.
const SOME: &[&str] = &["paths", "notPaths", "methods", "notMethods"];

impl Reach {
    /// By `pathType` of an Ingress, or `type` of a path of an HTTPRoute.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "Exact" => Self::Exact,
            "Prefix" | "PathPrefix" | "" => Self::Prefix,
            _ => Self::Open,
        }
    }
}

impl Path<'_> {
    /// Whether a rule is about every request for it, as far as what is asked for decides.
    pub(super) fn is_covered(&self, rule: &RequestRule) -> bool {
        let mut operations = rule.to.iter().map(|one| &one.operation);
        rule.to.is_empty() || operations.any(|one| self.is_covered_by(one))
    }

    /// Whether a rule may be about a request for it.
    pub(super) fn may_be(&self, rule: &RequestRule) -> bool {
        rule.to.is_empty() || rule.to.iter().any(|one| self.may_be_of(&one.operation))
    }

    /// Whether a rule is about some request for it for sure, as far as what is asked for decides.
    pub(super) fn is_met(&self, rule: &RequestRule) -> bool {
        let is_met_by = |one: &Lists| {
            let is_told = !self.is_open() || (one.of("paths").is_empty() && one.of("notPaths").is_empty());
            is_told && !one.has_others(SOME) && self.may_be_of(one)
        };
        rule.to.is_empty() || rule.to.iter().any(|one| is_met_by(&one.operation))
    }

    /// Whether with which paths requests come to the workload is not told.
    fn is_open(&self) -> bool {
        self.is_rewritten || self.reach == Reach::Open
    }

    fn is_covered_by(&self, operation: &Lists) -> bool {
        if operation.has_others(&["paths"]) {
            return false;
        }
        let words = operation.of("paths");
        words.is_empty() || self.is_within(words)
    }

    /// Whether all that is meant is within these words.
    fn is_within(&self, words: &[Box<str>]) -> bool {
        if self.is_open() {
            return words.iter().any(|word| &**word == "*");
        }
        let has = |wanted: &str| words.iter().any(|word| **word == *wanted);
        let prefixes = || words.iter().filter_map(|word| word.strip_suffix('*'));
        let itself = self.text.trim_end_matches('/');
        let is_named = has(self.text) || has(itself);
        let below = format!("{itself}/");
        prefixes().any(|prefix| self.text.starts_with(prefix))
            || (self.reach == Reach::Exact && is_named)
            || (is_named && prefixes().any(|prefix| below.starts_with(prefix)))
    }

    fn may_be_of(&self, operation: &Lists) -> bool {
        let (words, others) = (operation.of("paths"), operation.of("notPaths"));
        let is_named = words.is_empty() || words.iter().any(|word| self.may_be_one(word));
        is_named && (others.is_empty() || !self.is_within(others))
    }

    fn may_be_one(&self, word: &str) -> bool {
        if self.is_open() || word.contains('{') {
            return true;
        }
        let is_exact = self.reach == Reach::Exact;
        match (word.strip_suffix('*'), word.strip_prefix('*')) {
            (Some(prefix), _) => {
                self.text.starts_with(prefix) || (!is_exact && prefix.starts_with(self.text))
            }
            (None, Some(suffix)) => !is_exact || self.text.ends_with(suffix),
            (None, None) => word == self.text || (!is_exact && word.starts_with(self.text)),
        }
    }
}

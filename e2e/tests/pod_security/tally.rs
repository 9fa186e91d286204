//! What was compared, and whether it was enough.

use std::collections::BTreeMap;

use serde_json::Value;

use super::standards::{Said, Standard};

/// Controls of all standards.
const CONTROLS: usize = 19;
/// Of this many pods at least one must be let in by the newest version of each level, and one refused by each
/// control.
const ENOUGH: usize = 400;

/// Comparisons so far.
#[derive(Default)]
pub(crate) struct Tally {
    compared: usize,
    /// How many pods each control refused, over all standards.
    refused: BTreeMap<String, usize>,
    /// How many were let in at each level.
    let_in: BTreeMap<&'static str, usize>,
    differences: Vec<String>,
    /// How many the server refused for other reasons, and three of its messages.
    invalid: usize,
    reasons: Vec<String>,
}

impl Tally {
    /// Compares what we say with what they do.
    pub(crate) fn compare(&mut self, pod: &Value, standard: &Standard, ours: &Said, theirs: &[String]) {
        self.compared += 1;
        for control in theirs {
            *self.refused.entry(control.clone()).or_default() += 1;
        }
        if theirs.is_empty() {
            *self.let_in.entry(standard.level).or_default() += 1;
        }
        if !ours.equals(theirs) {
            let Standard { level, version, .. } = standard;
            self.differ(format!("{level} {version}: ours {ours:?}, theirs {theirs:?}\n{pod}"));
        }
    }

    pub(crate) fn differ(&mut self, difference: String) {
        self.differences.push(difference);
    }

    /// The server refused the pod, and not for its security.
    pub(crate) fn invalid(&mut self, reason: String) {
        self.invalid += 1;
        if self.reasons.len() < 3 {
            self.reasons.push(reason);
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.invalid += other.invalid;
        self.differences.extend(other.differences);
        self.reasons.extend(other.reasons);
        for (control, count) in other.refused {
            *self.refused.entry(control).or_default() += count;
        }
        for (level, count) in other.let_in {
            *self.let_in.entry(level).or_default() += count;
        }
    }

    /// Fails if there was a difference, or if the pods were too much alike to show one.
    pub(crate) fn finish(self, whom: &str, pods: usize) {
        let Self { compared, refused, let_in, differences, invalid, reasons } = self;
        eprintln!("{whom}: {pods} pods, {compared} verdicts compared, {} differ", differences.len());
        eprintln!("  let in: {let_in:?}\n  refused: {refused:?}\n  invalid: {invalid}, such as {reasons:#?}");
        let shown: Vec<_> = differences.iter().take(5).map(String::as_str).collect();
        assert!(differences.is_empty(), "{} differ, the first:\n{}", differences.len(), shown.join("\n\n"));
        assert!(invalid * 3 < compared, "too many are invalid: {invalid}");
        assert_eq!(refused.len(), CONTROLS, "some control refused no pod: {refused:?}");
        assert!(refused.values().all(|count| count * ENOUGH > pods), "seldom refused: {refused:?}");
        assert!(let_in.len() == 2 && let_in.values().all(|count| count * ENOUGH > pods), "{let_in:?}");
    }
}

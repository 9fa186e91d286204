//! A baseline: the findings that were there before, and do not fail a run until they are fixed.
//!
//! Sorted, an entry for each fingerprint, so that it merges well. It only shrinks: nothing here adds to one
//! that exists. It must not decide what fails. Next: [`super::fingerprint`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::fingerprint::Identity;
use super::run::{RunFinding, RunWorkload};
use crate::catalogue::Outcome;

/// Version of the files written here.
pub const SCHEMA_VERSION: u32 = 1;

/// Why a file is no baseline.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// Not JSON of this shape.
    #[error("not a baseline: {0}")]
    Shape(#[from] serde_json::Error),
    /// Written by a version to come.
    #[error("schemaVersion {0} is not known; this program reads {SCHEMA_VERSION}")]
    Version(u32),
}

/// Findings by fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<String, Entry>,
}

/// One finding, or several that nothing tells apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// What recognizes it.
    pub fingerprint: String,
    /// Name of the check.
    pub check: String,
    /// The object it is about.
    pub object: String,
    /// The container it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The field it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How many there are of one workload.
    pub count: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    schema_version: u32,
    findings: Vec<Entry>,
}

impl Baseline {
    /// Reads a baseline.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let file: File = serde_json::from_str(text)?;
        if file.schema_version != SCHEMA_VERSION {
            return Err(BaselineError::Version(file.schema_version));
        }
        let mut baseline = Self::default();
        file.findings.into_iter().for_each(|entry| baseline.add(entry));
        Ok(baseline)
    }

    /// The file, sorted by object, check, container and field.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        let mut findings: Vec<Entry> = self.entries.values().cloned().collect();
        findings.sort_by(|one, other| order(one).cmp(&order(other)));
        let file = File { schema_version: SCHEMA_VERSION, findings };
        serde_json::to_string_pretty(&file).map(|text| text + "\n")
    }

    /// Takes in an entry; of two for one finding the larger count stays.
    pub fn add(&mut self, entry: Entry) {
        let known = self.entries.entry(entry.fingerprint.clone()).or_insert_with(|| entry.clone());
        known.count = known.count.max(entry.count);
    }

    /// The same with entries of these checks only.
    #[must_use]
    pub fn only(mut self, is_wanted: impl Fn(&str) -> bool) -> Self {
        self.entries.retain(|_, entry| is_wanted(&entry.check));
        self
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many findings its entries stand for.
    pub fn count_of_all(&self) -> usize {
        self.entries.values().map(|entry| entry.count).sum()
    }

    /// Its entries, by fingerprint.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// How many findings of one workload it holds with this fingerprint.
    pub fn count(&self, fingerprint: &str) -> usize {
        self.entries.get(fingerprint).map_or(0, |entry| entry.count)
    }

    /// The same without what is fixed: what `found` lacks, of entries whose check looked at their object. Nobody knows
    /// what became of the others.
    #[must_use]
    pub fn without_fixed(&self, found: &Self, was_looked_at: impl Fn(&Entry) -> bool) -> Self {
        let kept = self.entries.values().filter_map(|entry| {
            let count = if was_looked_at(entry) {
                entry.count.min(found.count(&entry.fingerprint))
            } else {
                entry.count
            };
            (count > 0).then(|| (entry.fingerprint.clone(), Entry { count, ..entry.clone() }))
        });
        Self { entries: kept.collect() }
    }

    /// Marks the findings that it holds: of more than it holds, the rest is new.
    pub fn mark(&self, workload: &mut RunWorkload) {
        let mut left: BTreeMap<String, usize> = BTreeMap::new();
        let fingerprints: Vec<String> =
            workload.findings.iter().map(|it| entry(workload, it).fingerprint).collect();
        for (finding, fingerprint) in workload.findings.iter_mut().zip(fingerprints) {
            if finding.merged.outcome != Outcome::Fail {
                continue;
            }
            let count = self.count(&fingerprint);
            let left = left.entry(fingerprint).or_insert(count);
            finding.baselined = *left > 0;
            *left = left.saturating_sub(1);
        }
    }
}

/// What fails of a workload, as entries.
pub fn failures(workload: &RunWorkload) -> Vec<Entry> {
    counted(failing(workload).map(|(entry, _)| entry))
}

/// The same, and the fingerprints of what does so at or above `failOn`.
pub fn failures_and_blocking(workload: &RunWorkload) -> (Vec<Entry>, Vec<String>) {
    let failing: Vec<(Entry, bool)> = failing(workload).collect();
    let blocking = failing.iter().filter(|(_, blocks)| *blocks);
    let blocking = blocking.map(|(entry, _)| entry.fingerprint.clone()).collect();
    (counted(failing.into_iter().map(|(entry, _)| entry)), blocking)
}

/// What fails of a workload, and whether it does so at or above `failOn`.
fn failing(workload: &RunWorkload) -> impl Iterator<Item = (Entry, bool)> {
    let failing = workload.findings.iter().filter(|finding| finding.merged.outcome == Outcome::Fail);
    failing.map(|finding| (entry(workload, finding), finding.merged.blocks))
}

/// The entries of one workload, those that nothing tells apart as one.
pub fn counted(entries: impl IntoIterator<Item = Entry>) -> Vec<Entry> {
    let mut counted: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in entries {
        let count = entry.count;
        let known = counted.entry(entry.fingerprint.clone());
        known.and_modify(|known| known.count += count).or_insert(entry);
    }
    counted.into_values().collect()
}

fn entry(workload: &RunWorkload, finding: &RunFinding) -> Entry {
    let identity = Identity::of(workload, finding);
    let fingerprint = identity.fingerprint().to_string();
    let Identity { check, object, container, field } = identity;
    Entry { fingerprint, check, object, container, field, count: 1 }
}

/// What is undecided of a workload: checks, and the objects that they are about. It is not fixed.
pub fn undecided(workload: &RunWorkload) -> Vec<(String, String)> {
    let is_open = |finding: &&RunFinding| {
        finding.suppressed.is_none() && matches!(finding.merged.outcome, Outcome::Unknown | Outcome::Pending)
    };
    let open = workload.findings.iter().filter(is_open).map(|finding| Identity::of(workload, finding));
    open.map(|Identity { check, object, .. }| (check, object)).collect()
}

/// The order of output.
pub fn order(entry: &Entry) -> (&str, &str, Option<&str>, Option<&str>, &str) {
    let Entry { fingerprint, check, object, container, field, count: _ } = entry;
    (object, check, container.as_deref(), field.as_deref(), fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(entries: &[(&str, usize)]) -> Baseline {
        let mut baseline = Baseline::default();
        for (fingerprint, count) in entries {
            baseline.add(Entry {
                fingerprint: (*fingerprint).to_owned(),
                check: format!("check-{fingerprint}"),
                object: "Deployment.apps shop/web".to_owned(),
                container: None,
                field: None,
                count: *count,
            });
        }
        baseline
    }

    #[test]
    fn what_is_fixed_goes_and_nothing_is_added() {
        let old = baseline(&[("a", 2), ("b", 1), ("c", 1)]);
        let found = baseline(&[("a", 1), ("b", 3), ("d", 1)]);
        assert_eq!(old.without_fixed(&found, |_| true), baseline(&[("a", 1), ("b", 1)]));
        let narrowed = old.without_fixed(&found, |entry| entry.check != "check-c");
        assert_eq!(narrowed, baseline(&[("a", 1), ("b", 1), ("c", 1)]), "nobody looked whether c is fixed");
    }

    #[test]
    fn what_is_written_is_read_back_and_is_sorted() {
        let written = baseline(&[("b", 1), ("a", 2)]);
        let text = written.to_text().unwrap();
        assert_eq!(Baseline::parse(&text).unwrap(), written);
        assert!(text.find("check-a") < text.find("check-b"), "{text}");
    }

    #[test]
    fn another_file_is_no_baseline() {
        for text in ["", "[]", "{\"schemaVersion\": 1}", "{\"schemaVersion\": 2, \"findings\": []}"] {
            assert!(Baseline::parse(text).is_err(), "{text}");
        }
    }
}

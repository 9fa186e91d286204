//! Files of baselines: read, begun, and made shorter.
//!
//! `--baseline` only reads. Nothing ever adds to a file that is there. Next: [`crate::render::baseline`].

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;

use super::judging::Read;
use super::{output, subjects};
use crate::catalogue::Outcome;
use crate::render::baseline::{Baseline, BaselineError, Entry, undecided};
use crate::render::fingerprint::{object, subject};
use crate::render::run::{RunWorkload, Totals};

/// Arguments about baselines.
#[derive(Args, Clone, Debug, Default)]
pub struct BaselineArguments {
    /// Findings of this file are told, and do not fail
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Start a baseline with what fails now; the file must not be there
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,
    /// Take what is fixed out of the file of --baseline; nothing is added
    #[arg(long, requires = "baseline")]
    pub update_baseline: bool,
}

impl BaselineArguments {
    /// Whether a file is to be written.
    pub const fn writes(&self) -> bool {
        self.write_baseline.is_some() || self.update_baseline
    }
}

/// Why a baseline cannot be used.
#[derive(Debug, Error)]
pub enum BaselineFileError {
    /// The file cannot be read.
    #[error("cannot read {0}: {1}")]
    Read(String, io::Error),
    /// The file is something else.
    #[error("{0}: {1}")]
    Content(String, BaselineError),
    /// The file cannot be written.
    #[error("cannot write {0}: {1}")]
    Write(String, io::Error),
    /// There is a file already.
    #[error("{0} is there already; `--baseline {0} --update-baseline` makes it shorter")]
    Exists(String),
}

/// Which findings are known.
#[derive(Clone, Debug, Default)]
pub(super) enum Known {
    /// None.
    #[default]
    Nothing,
    /// Those that a file holds.
    Some(Baseline),
    /// All: they begin a file.
    All,
}

impl Known {
    /// What the arguments name.
    pub(super) fn read(arguments: &BaselineArguments) -> Result<Self, BaselineFileError> {
        if let Some(path) = &arguments.write_baseline {
            let exists = path.exists();
            return if exists { Err(BaselineFileError::Exists(name(path))) } else { Ok(Self::All) };
        }
        let Some(path) = &arguments.baseline else { return Ok(Self::Nothing) };
        let text = fs::read_to_string(path).map_err(|error| BaselineFileError::Read(name(path), error))?;
        let baseline =
            Baseline::parse(&text).map_err(|error| BaselineFileError::Content(name(path), error))?;
        Ok(Self::Some(baseline))
    }

    /// Marks what is known.
    pub(super) fn mark(&self, workload: &mut RunWorkload) {
        match self {
            Self::Nothing => {}
            Self::Some(baseline) => baseline.mark(workload),
            Self::All => workload
                .findings
                .iter_mut()
                .for_each(|finding| finding.baselined = finding.merged.outcome == Outcome::Fail),
        }
    }

    /// Writes what the arguments ask for.
    pub(super) fn write(
        &self,
        arguments: &BaselineArguments,
        (found, seen): (&Baseline, &Seen),
        (read, totals, is_complete): (&Read, &Totals, bool),
    ) -> Result<(), BaselineFileError> {
        if let Some(path) = &arguments.write_baseline {
            // What was not read has findings that nobody knows.
            if !totals.problems.is_empty() {
                output::note(&format!("{} is not written: not everything could be read", name(path)));
                return Ok(());
            }
            save(path, found)?;
            output::note(&format!("{}: {} findings", name(path), found.len()));
            return Ok(());
        }
        let (true, Some(path), Self::Some(old)) = (arguments.update_baseline, &arguments.baseline, self)
        else {
            return Ok(());
        };
        // What was not read may not be fixed.
        if !totals.problems.is_empty() || totals.workloads.total + totals.orphans.total == 0 {
            output::note(&format!("{} stays as it is: not everything could be read", name(path)));
            return Ok(());
        }
        let looked = Looked::new(read, seen, (totals, is_complete));
        let new = old.without_fixed(found, |entry| looked.at(entry));
        if new != *old {
            save(path, &new)?;
        }
        let alone = old.entries().filter(|entry| !looked.at(entry)).count();
        let alone = match alone {
            0 => String::new(),
            _ => format!("; of these, {alone} are left alone: this run does not decide them"),
        };
        output::note(&format!("{}: {} fixed, {} left{alone}", name(path), old.len() - new.len(), new.len()));
        Ok(())
    }
}

/// What was seen of subjects while they were judged.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The subjects that were judged, in the words of a baseline.
    judged: BTreeSet<String>,
    /// Checks that decided nothing, and the objects that they are about.
    undecided: BTreeSet<(String, String)>,
}

impl Seen {
    /// Adds one that was judged.
    pub(super) fn add(&mut self, workload: &RunWorkload) {
        self.judged.insert(subject(&workload.key));
        self.undecided.extend(undecided(workload));
    }

    /// Adds what others saw.
    pub(super) fn join(&mut self, mut other: Self) {
        self.judged.append(&mut other.judged);
        self.undecided.append(&mut other.undecided);
    }
}

/// What a run looked at: of anything else nobody knows whether it is fixed.
struct Looked<'a> {
    seen: &'a Seen,
    checks: BTreeSet<&'a str>,
    /// Everything that was given.
    given: BTreeSet<String>,
    /// What of it is judged by itself, if a policy is about it.
    subjects: BTreeSet<String>,
    /// Whether a policy is about every workload.
    is_about_all: bool,
    /// Whether what is not given does not exist.
    is_complete: bool,
}

impl<'a> Looked<'a> {
    fn new(read: &'a Read, seen: &'a Seen, (totals, is_complete): (&Totals, bool)) -> Self {
        let all = || std::iter::once(&read.objects).chain(&read.apart);
        let subjects = all().flat_map(subjects::of);
        Self {
            seen,
            checks: read.checks(),
            given: all().flat_map(|objects| &objects.given).map(|given| object(&given.key)).collect(),
            subjects: subjects.map(|judged| subject(&judged.subject().key)).collect(),
            is_about_all: totals.input.not_selected == 0,
            is_complete,
        }
    }

    /// Whether the check of an entry looked at its object, and decided.
    fn at(&self, entry: &Entry) -> bool {
        let Entry { check, object, .. } = entry;
        if !self.checks.contains(check.as_str())
            || self.seen.undecided.contains(&(check.clone(), object.clone()))
        {
            return false;
        }
        if self.seen.judged.contains(object) {
            return true;
        }
        if !self.given.contains(object) {
            return self.is_complete;
        }
        // What a workload reaches is judged with the workload.
        self.is_about_all && !self.subjects.contains(object)
    }
}

fn save(path: &Path, baseline: &Baseline) -> Result<(), BaselineFileError> {
    let text = baseline.to_text().map_err(io::Error::other);
    text.and_then(|text| fs::write(path, text)).map_err(|error| BaselineFileError::Write(name(path), error))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

//! Files of baselines: read, begun, and made shorter.
//!
//! `--baseline` only reads. Nothing ever adds to a file that is there. Next: [`crate::render::baseline`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;

use super::output;
use crate::catalogue::Outcome;
use crate::render::baseline::{Baseline, BaselineError};
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

    /// Writes what the arguments ask for. `ran`: whether a check ran; of others nobody knows what is fixed.
    pub(super) fn write(
        &self,
        arguments: &BaselineArguments,
        found: &Baseline,
        (totals, ran): (&Totals, &dyn Fn(&str) -> bool),
    ) -> Result<(), BaselineFileError> {
        if let Some(path) = &arguments.write_baseline {
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
        let new = old.without_fixed(found, ran);
        if new != *old {
            save(path, &new)?;
        }
        output::note(&format!("{}: {} fixed, {} left", name(path), old.len() - new.len(), new.len()));
        Ok(())
    }
}

fn save(path: &Path, baseline: &Baseline) -> Result<(), BaselineFileError> {
    let text = baseline.to_text().map_err(io::Error::other);
    text.and_then(|text| fs::write(path, text)).map_err(|error| BaselineFileError::Write(name(path), error))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

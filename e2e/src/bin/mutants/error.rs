//! Why mutants could not be judged.
//!
//! It must not describe a mutant's verdict: that is a result.

use std::{io, path::PathBuf};

/// Why mutants could not be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line is wrong.
    #[error("{0}\n\n{usage}", usage = crate::arguments::USAGE)]
    Usage(String),
    /// A file, a directory or a process failed.
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
    /// The list of mutants cannot be had.
    #[error("{0}")]
    Listing(String),
    /// A source file does not parse.
    #[error("{file}: {source}", file = file.display())]
    Source { file: PathBuf, source: syn::Error },
    /// Cargo fails for a reason that no mutant has to do with.
    #[error("cargo fails, and no mutant has to do with it:\n{0}")]
    Build(String),
    /// The tests fail as the tree is.
    #[error("without any mutant, tests of {suite} fail:\n{output}")]
    Red { suite: String, output: String },
}

impl Error {
    /// For `map_err`: what was tried.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

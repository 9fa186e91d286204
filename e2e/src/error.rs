//! Why the harness could not do what it was asked.
//!
//! It must not describe a verdict of a test: those are assertions in the tests themselves.

use std::{io, path::PathBuf};

/// Why the harness could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file, directory, pipe or socket failed.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A binary that the harness starts is not there.
    #[error("no binary {name}: {hint}")]
    NoBinary {
        /// Which one.
        name: String,
        /// How to get it.
        hint: String,
    },
    /// A process ended although it should run.
    #[error("{name} ended ({status}); its log {log} ends with:\n{tail}", log = log.display())]
    Ended {
        /// Which process.
        name: String,
        /// Its exit status.
        status: String,
        /// Its whole log.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// Something did not come about in time.
    #[error("not within {seconds} s: {awaited}; last seen: {seen}")]
    TooLate {
        /// What was awaited.
        awaited: String,
        /// How long.
        seconds: f64,
        /// What the last look showed instead.
        seen: String,
    },
    /// No loopback port is free.
    #[error("no free loopback port between {first} and {last}")]
    NoPort {
        /// First port that was tried.
        first: u16,
        /// Last port that was tried.
        last: u16,
    },
    /// A certificate could not be made.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A kubeconfig could not be read.
    #[error("kubeconfig: {0}")]
    Kubeconfig(Box<kube::config::KubeconfigError>),
    /// The API server refused, or could not be reached.
    #[error("API server: {0}")]
    Api(Box<kube::Error>),
    /// The API server does not serve a kind.
    #[error("{version} {kind} is not served")]
    NotServed {
        /// Its group and version.
        version: String,
        /// The kind.
        kind: String,
    },
    /// `kubectl` failed.
    #[error("kubectl {arguments}: {stderr}")]
    Kubectl {
        /// Its arguments.
        arguments: String,
        /// What it said.
        stderr: String,
    },
    /// Helm failed.
    #[error("helm {major}: helm {arguments}: {said}")]
    Helm {
        /// Which Helm.
        major: u8,
        /// Its arguments.
        arguments: String,
        /// What it said.
        said: String,
    },
    /// TLS could not be set up.
    #[error("TLS: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
    /// An answer did not have the form it should have.
    #[error("{what}: {source}")]
    Json {
        /// What was decoded.
        what: String,
        /// Why it failed.
        source: serde_json::Error,
    },
    /// The oracle has no answer.
    #[error("oracle: {0}")]
    Oracle(String),
    /// Something that holds for every test does not.
    #[error("what holds for every test does not: {0}")]
    Contract(String),
    /// This needs a control plane that the harness started itself.
    #[error("{0} is not possible on an existing cluster: unset KUBECONFIG, or set `own_control_plane`")]
    ExistingCluster(&'static str),
}

impl Error {
    /// Names what was tried, for `map_err`.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what: what.into(), source }
    }

    /// Names what was decoded, for `map_err`.
    pub(crate) fn json(what: impl Into<String>) -> impl FnOnce(serde_json::Error) -> Self {
        move |source| Self::Json { what: what.into(), source }
    }
}

impl From<kube::Error> for Error {
    fn from(error: kube::Error) -> Self {
        Self::Api(Box::new(error))
    }
}

impl From<kube::config::KubeconfigError> for Error {
    fn from(error: kube::config::KubeconfigError) -> Self {
        Self::Kubeconfig(Box::new(error))
    }
}

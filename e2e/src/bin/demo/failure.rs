//! Why the demo did not come to its end.
//!
//! It must not repair anything. Next: `main.rs` turns it into an exit code.

use seaworthy_e2e::Error;

/// Why the demo did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The harness, the API server or kubectl.
    #[error(transparent)]
    Harness(#[from] Error),
    /// What should have become true did not; with the end of the operator's log.
    #[error("{error}\n\nThe operator's log ends with:\n{log}")]
    Untold {
        /// What went wrong.
        error: Box<Self>,
        /// The last lines of the operator's log.
        log: String,
    },
    /// A certificate could not be made.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The kubeconfig that `KUBECONFIG` names could not be read.
    #[error("KUBECONFIG: {0}")]
    Kubeconfig(#[from] kube::config::KubeconfigError),
    /// The operator's binary could not be asked.
    #[error("seaworthy {0}")]
    Binary(String),
    /// Signals cannot be listened for.
    #[error("signals: {0}")]
    Signals(#[from] std::io::Error),
    /// The demo may not touch that cluster.
    #[error("{0}")]
    Refused(String),
    /// Somebody pressed Ctrl-C before the end.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// The exit code: 2 when nothing was tried.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Refused(_) => 2,
            Self::Interrupted => 130,
            _ => 1,
        }
    }
}

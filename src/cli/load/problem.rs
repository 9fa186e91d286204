//! Why a file cannot be read.
//!
//! Next: [`super::files`].

use thiserror::Error;

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The operating system says no.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The folder cannot be walked.
    #[error("cannot be read: {0}")]
    Walk(#[from] ignore::Error),
    /// It is a pipe, a socket or a device.
    #[error("a pipe, a socket or a device: it is read only if it is named by itself")]
    Pipe,
    /// It is larger than the bound.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// It is UTF-16.
    #[error("UTF-16 text, which Kubernetes does not read: save it as UTF-8")]
    Utf16,
}

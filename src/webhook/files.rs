//! The webhook's certificate from a directory: what cert-manager, or whoever made the Secret, keeps there.
//!
//! It must not hold on to what it read. Next: [`super::store`].

use std::path::Path;

use tokio::fs::read;
use zeroize::Zeroizing;

use super::certificate::Bundle;

/// The files of a Secret of type `kubernetes.io/tls` with its authority.
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";
const AUTHORITIES: &str = "ca.crt";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {file}: {source}")]
pub struct FileError {
    file: &'static str,
    source: std::io::Error,
}

/// Reads the three files as they are now.
pub async fn load(directory: &Path) -> Result<Bundle, FileError> {
    let text = async |file| read(directory.join(file)).await.map_err(|source| FileError { file, source });
    Ok(Bundle {
        chain: text(CERTIFICATE).await?,
        key: Zeroizing::new(text(KEY).await?),
        authorities: text(AUTHORITIES).await?,
    })
}

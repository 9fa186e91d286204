//! Where the webhook's certificate lies: a directory that somebody keeps, or the operator's own Secret.
//!
//! The Secret is written by the leader and read by all, so that every replica shows what the configuration trusts.
//! It must not decide when a new one is due. Next: [`super::registrar`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use zeroize::Zeroizing;

use super::certificate::Bundle;
use super::files::{FileError, load};
use crate::ops::client::ApiClient;
use crate::ops::error::ApiError;
use crate::ops::resource::SECRETS;
use crate::ops::secret::SecretContent;

const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";
const AUTHORITIES: &str = "ca.crt";

/// Where the certificate lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// Files that somebody else renews.
    Directory(PathBuf),
    /// A Secret that the operator keeps: namespace and name.
    Secret(String, String),
}

/// Why the certificate cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The Secret cannot be read.
    #[error("cannot read the webhook's Secret: {0}")]
    Secret(#[source] ApiError),
}

impl Store {
    /// What lies there now; none if a Secret is not there, or lacks something.
    pub async fn load(&self, client: &ApiClient) -> Result<Option<Bundle>, StoreError> {
        match self {
            Self::Directory(directory) => Ok(Some(load(directory).await?)),
            Self::Secret(namespace, name) => {
                let content = client.own_secret(namespace, name).await.map_err(StoreError::Secret)?;
                Ok(content.and_then(bundle))
            }
        }
    }

    /// Keeps a bundle in the Secret, which ends with its owner.
    pub async fn save(&self, client: &ApiClient, bundle: &Bundle, owner: Value) -> Result<(), ApiError> {
        let Self::Secret(namespace, name) = self else { return Ok(()) };
        let object = SECRETS.object(Some(namespace), name);
        client.apply_own_secret(object, &content(bundle), owner).await.map(drop)
    }
}

fn bundle(content: SecretContent) -> Option<Bundle> {
    let SecretContent(mut content) = content;
    let chain = content.remove(CERTIFICATE)?.to_vec();
    let authorities = content.remove(AUTHORITIES)?.to_vec();
    Some(Bundle { chain, key: content.remove(KEY)?, authorities })
}

fn content(bundle: &Bundle) -> SecretContent {
    let Bundle { chain, key, authorities } = bundle;
    SecretContent(BTreeMap::from([
        (AUTHORITIES.to_owned(), Zeroizing::new(authorities.clone())),
        (CERTIFICATE.to_owned(), Zeroizing::new(chain.clone())),
        (KEY.to_owned(), key.clone()),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_is_read_and_half_of_it_is_nothing() {
        let bundle_in = Bundle {
            chain: b"chain".to_vec(),
            key: Zeroizing::new(b"key".to_vec()),
            authorities: b"authorities".to_vec(),
        };
        assert!(bundle(content(&bundle_in)) == Some(bundle_in.clone()));
        let mut half = content(&bundle_in);
        half.0.remove(KEY);
        assert!(bundle(half).is_none());
    }
}

//! The one Secret that is the operator's own: read by name, and written by name.
//!
//! No other Secret is read with its content outside of the guard of a watch. Nothing here can be printed. Next:
//! [`super::calls`].

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::calls::{Written, decode_error};
use super::client::{ApiClient, Call};
use super::error::ApiError;
use super::resource::{ObjectKey, SECRETS};

/// The content of a Secret by key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretContent(pub BTreeMap<String, Zeroizing<Vec<u8>>>);

impl std::fmt::Debug for SecretContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretContent").finish_non_exhaustive()
    }
}

/// Borrowed from the answer, so that there is no copy to forget.
#[derive(Deserialize)]
struct Stored<'a> {
    #[serde(borrow, default)]
    data: BTreeMap<String, &'a str>,
}

impl ApiClient {
    /// The content of the operator's own Secret; none if it is not there.
    pub async fn own_secret(&self, namespace: &str, name: &str) -> Result<Option<SecretContent>, ApiError> {
        let uri = SECRETS.object(Some(namespace), name).path(None);
        let json = "application/json";
        let call = Call {
            method: Method::GET,
            uri,
            accept: json,
            content_type: json,
            body: Vec::new(),
            verb: "get",
            resource: &SECRETS.plural,
        };
        let body = match self.send(call).await {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other?,
        };
        let stored: Stored<'_> = serde_json::from_slice(&body).map_err(|error| decode_error(&error))?;
        let decoded = stored.data.into_iter().map(|(key, value)| {
            let bytes = STANDARD.decode(value.as_bytes()).map_err(|_| ApiError::Decode("no base64"))?;
            Ok((key, Zeroizing::new(bytes)))
        });
        Ok(Some(SecretContent(decoded.collect::<Result<_, ApiError>>()?)))
    }

    /// Writes the operator's own Secret, owned by whoever `owner` is.
    pub async fn apply_own_secret(
        &self,
        object: ObjectKey<'_>,
        content: &SecretContent,
        owner: Value,
    ) -> Result<Written, ApiError> {
        let data: BTreeMap<&str, String> =
            content.0.iter().map(|(key, value)| (key.as_str(), STANDARD.encode(value.as_slice()))).collect();
        let metadata = json!({
            "name": object.name,
            "namespace": object.namespace,
            "labels": { "app.kubernetes.io/name": "seaworthy", "app.kubernetes.io/managed-by": "seaworthy" },
            "ownerReferences": [owner],
        });
        // Not of the type that Seaworthy judges: it is nobody's but its own.
        let body = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data,
        });
        self.apply(object, &body, None).await
    }
}

//! What the server says of a Secret that no list of TLS Secrets showed, from metadata alone.
//!
//! It must not ask for the Secret itself. Next: [`crate::inventory::snapshot`] keeps the answer.

use super::calls::ListQuery;
use super::client::ApiClient;
use crate::inventory::Kind;
use crate::inventory::lookup::SecretAnswer;
use crate::ops::resource::ResourceRef;

impl ApiClient {
    /// What there is under this name; none if the question had no answer.
    pub async fn tls_secret(&self, namespace: &str, name: &str) -> Option<SecretAnswer> {
        let resource = ResourceRef::from(Kind::Secret.info());
        match self.get_metadata(resource.object(Some(namespace), name)).await {
            Ok(None) => return Some(SecretAnswer::Absent),
            Ok(Some(_)) => {}
            Err(error) if error.is_forbidden() => return Some(SecretAnswer::Refused),
            Err(_) => return None,
        }
        let field_selector = format!("metadata.name={name},{}", Kind::Secret.info().field_selector);
        let query = ListQuery {
            namespace: Some(namespace),
            field_selector: &field_selector,
            page_size: 1,
            ..ListQuery::default()
        };
        match self.list_metadata(&resource, &query).await {
            Ok(found) if found.is_empty() => Some(SecretAnswer::OtherType),
            Ok(_) => Some(SecretAnswer::Lagging),
            Err(error) if error.is_forbidden() => Some(SecretAnswer::Refused),
            Err(_) => None,
        }
    }
}

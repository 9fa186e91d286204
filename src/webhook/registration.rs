//! The ValidatingWebhookConfiguration on the server: brought to what is wanted, or taken away.
//!
//! It must not write what is so already, nor any other object. Next: [`super::registrar`].

use serde_json::{Value, json};

use crate::engine::admission::Scope;
use crate::ops::client::ApiClient;
use crate::ops::error::ApiError;
use crate::ops::resource::{CLUSTER_ROLES, VALIDATING_WEBHOOK_CONFIGURATIONS};
use crate::render::webhook::{Registration, says};

/// Uid of the ClusterRole of this name, if it is there.
pub async fn owner_uid(client: &ApiClient, name: &str) -> Result<Option<String>, ApiError> {
    let role = client.get_metadata(CLUSTER_ROLES.object(None, name)).await?;
    Ok(role.map(|role| role.uid))
}

/// That ClusterRole as an owner.
pub fn owner(name: &str, uid: &str) -> Value {
    json!({ "apiVersion": CLUSTER_ROLES.api_version(), "kind": &*CLUSTER_ROLES.kind, "name": name, "uid": uid })
}

/// Brings the configuration to what is wanted. Says whether anything was written.
pub async fn register(
    client: &ApiClient,
    registration: &Registration,
    scope: &Scope,
) -> Result<bool, ApiError> {
    let object = VALIDATING_WEBHOOK_CONFIGURATIONS.object(None, &registration.name);
    let wanted = registration.configuration(scope);
    if client.get_json(object).await?.is_some_and(|there| says(&there, &wanted)) {
        return Ok(false);
    }
    client.apply(object, &wanted, None).await.map(|_| true)
}

/// Takes the configuration away. Says whether there was one.
pub async fn unregister(client: &ApiClient, name: &str) -> Result<bool, ApiError> {
    let object = VALIDATING_WEBHOOK_CONFIGURATIONS.object(None, name);
    let Some(there) = client.get_metadata(object).await? else { return Ok(false) };
    match client.delete(object, Some(&there.uid)).await {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(true),
    }
}

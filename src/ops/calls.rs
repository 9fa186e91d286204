//! What the operator asks of the API server, apart from watches.
//!
//! Each call has the client's total deadline. A decoder's message is dropped, because it may quote
//! what it could not decode. Next: [`super::error`] for what a caller can learn from a failure.

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::{ApiClient, Call};
use super::error::ApiError;
use super::guarded::Guarded;
use super::metadata::{MetadataOnly, MetadataPage, ObjectMetadata, null_is_empty};
use super::resource::{ObjectKey, ResourceRef, encode};

/// The operator's field manager.
pub const FIELD_MANAGER: &str = "seaworthy";

const JSON: &str = "application/json";
const APPLY: &str = "application/apply-patch+yaml";
pub(crate) const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
pub(crate) const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// What the server stored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// Uid of the object.
    pub uid: String,
    /// Version that the write made, or found equal.
    pub resource_version: String,
    /// Generation after the write; 0 for kinds without.
    #[serde(default)]
    pub generation: i64,
}

/// Which objects to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery<'a> {
    /// Only this namespace; none for all, and for cluster-scoped kinds.
    pub namespace: Option<&'a str>,
    /// Field selector; empty for none.
    pub field_selector: &'a str,
    /// Label selector; empty for none.
    pub label_selector: &'a str,
    /// Objects per page; zero leaves it to the server.
    pub page_size: u32,
}

impl ApiClient {
    /// Forced server-side apply, of the object or of one of its subresources.
    pub async fn apply(
        &self,
        object: ObjectKey<'_>,
        body: &Value,
        subresource: Option<&str>,
    ) -> Result<Written, ApiError> {
        self.apply_text(object, encode_body(body)?, subresource).await
    }

    /// As [`Self::apply`], of an object that is JSON text already.
    pub async fn apply_text(
        &self,
        object: ObjectKey<'_>,
        body: Vec<u8>,
        subresource: Option<&str>,
    ) -> Result<Written, ApiError> {
        let uri = format!("{}?fieldManager={FIELD_MANAGER}&force=true", object.path(subresource));
        let call = Call { content_type: APPLY, ..call(Method::PATCH, "patch", object.resource, uri) };
        self.write(Call { body, ..call }).await
    }

    /// Creates an object; a taken name is [`ApiError::is_already_exists`].
    pub async fn create(
        &self,
        resource: &ResourceRef,
        namespace: Option<&str>,
        body: &Value,
    ) -> Result<Written, ApiError> {
        let uri = format!("{}?fieldManager={FIELD_MANAGER}", resource.path(namespace));
        let call = call(Method::POST, "create", resource, uri);
        self.write(Call { body: encode_body(body)?, ..call }).await
    }

    /// Replaces an object; with `metadata.resourceVersion` in the body, only that version
    /// ([`ApiError::is_conflict`] otherwise).
    pub async fn replace_json(&self, object: ObjectKey<'_>, body: &Value) -> Result<Written, ApiError> {
        let uri = format!("{}?fieldManager={FIELD_MANAGER}", object.path(None));
        let call = call(Method::PUT, "update", object.resource, uri);
        self.write(Call { body: encode_body(body)?, ..call }).await
    }

    /// Deletes an object; with a uid, only the one that has it ([`ApiError::is_conflict`] otherwise).
    pub async fn delete(&self, object: ObjectKey<'_>, uid: Option<&str>) -> Result<(), ApiError> {
        let call = call(Method::DELETE, "delete", object.resource, object.path(None));
        let mut body = json!({ "apiVersion": "v1", "kind": "DeleteOptions" });
        if let (Some(uid), Some(options)) = (uid, body.as_object_mut()) {
            options.insert("preconditions".to_owned(), json!({ "uid": uid }));
        }
        self.send(Call { body: encode_body(&body)?, ..call }).await.map(drop)
    }

    /// The whole object; none if there is no such object or kind. Not for Secrets.
    pub async fn get_json(&self, object: ObjectKey<'_>) -> Result<Option<Value>, ApiError> {
        found(self.read_json(call(Method::GET, "get", object.resource, object.path(None))).await)
    }

    /// An object's metadata, in a request that returns nothing else; none if there is no such object.
    pub async fn get_metadata(&self, object: ObjectKey<'_>) -> Result<Option<ObjectMetadata>, ApiError> {
        let call = call(Method::GET, "get", object.resource, object.path(None));
        let object = self.read_json(Call { accept: METADATA, ..call }).await;
        found(object.map(|object: MetadataOnly| object.metadata))
    }

    /// The metadata of every object asked for, as of one moment: a consistent read, page after page,
    /// each under the client's deadline. [`ApiError::category`] `expired` means to start again.
    pub async fn list_metadata(
        &self,
        resource: &ResourceRef,
        query: &ListQuery<'_>,
    ) -> Result<Vec<ObjectMetadata>, ApiError> {
        let mut objects = Vec::new();
        let mut token = String::new();
        loop {
            let uri = list_uri(resource, query, &token);
            let call = Call { accept: METADATA_LIST, ..call(Method::GET, "list", resource, uri) };
            let page: MetadataPage = self.read_json(call).await?;
            objects.extend(page.items.into_iter().map(|item| item.metadata));
            // A server that repeats its token would page for ever.
            if page.metadata.token.is_empty() || page.metadata.token == token {
                return Ok(objects);
            }
            token = page.metadata.token;
        }
    }

    /// Every object asked for, whole, as of one moment. Not for Secrets, and not for what can be without bound: all
    /// of it is held.
    pub async fn list_json(
        &self,
        resource: &ResourceRef,
        query: &ListQuery<'_>,
    ) -> Result<Vec<Value>, ApiError> {
        let mut objects = Vec::new();
        let mut token = String::new();
        loop {
            let uri = list_uri(resource, query, &token);
            let page: Page = self.read_json(call(Method::GET, "list", resource, uri)).await?;
            objects.extend(page.items);
            if page.metadata.token.is_empty() || page.metadata.token == token {
                return Ok(objects);
            }
            token = page.metadata.token;
        }
    }

    /// One page of a list, undecoded, and where the next one begins; pages of one list are of one moment.
    /// Secrets too: nothing prints what is [`Guarded`].
    pub async fn list_page(
        &self,
        resource: &ResourceRef,
        query: &ListQuery<'_>,
        token: &str,
    ) -> Result<(Vec<Guarded>, String), ApiError> {
        self.page(call(Method::GET, "list", resource, list_uri(resource, query, token)), token).await
    }

    /// The same of which nothing but the metadata is asked for.
    pub async fn list_metadata_page(
        &self,
        resource: &ResourceRef,
        query: &ListQuery<'_>,
        token: &str,
    ) -> Result<(Vec<Guarded>, String), ApiError> {
        let call = call(Method::GET, "list", resource, list_uri(resource, query, token));
        self.page(Call { accept: METADATA_LIST, ..call }, token).await
    }

    async fn page(&self, call: Call<'_>, token: &str) -> Result<(Vec<Guarded>, String), ApiError> {
        let page: GuardedPage = self.read_json(call).await?;
        // A server that repeats its token would page for ever.
        let next = if page.metadata.token == token { String::new() } else { page.metadata.token };
        Ok((page.items, next))
    }

    /// Whether the API server serves a resource in this version. Every authenticated user may ask.
    pub async fn is_served(&self, resource: &ResourceRef) -> Result<bool, ApiError> {
        #[derive(Deserialize)]
        struct Resources {
            #[serde(default)]
            resources: Vec<Named>,
        }
        #[derive(Deserialize)]
        struct Named {
            name: String,
        }
        let root = if resource.group.is_empty() { "api" } else { "apis" };
        let uri = format!("/{root}/{}", resource.api_version());
        let served: Option<Resources> = found(self.read_json(call(Method::GET, "get", resource, uri)).await)?;
        let names = served.map(|served| served.resources).unwrap_or_default();
        Ok(names.iter().any(|named| named.name == resource.plural))
    }

    async fn write(&self, call: Call<'_>) -> Result<Written, ApiError> {
        #[derive(Deserialize)]
        struct Stored {
            metadata: Written,
        }
        self.read_json(call).await.map(|stored: Stored| stored.metadata)
    }

    async fn read_json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ApiError> {
        let body = self.send(call).await?;
        serde_json::from_slice(&body).map_err(|error| decode_error(&error))
    }
}

/// One page of a list of undecoded objects.
#[derive(Deserialize)]
struct GuardedPage {
    #[serde(default)]
    metadata: super::metadata::PageMetadata,
    // Null, not empty, where nothing but metadata was asked for and there is none.
    #[serde(default, deserialize_with = "null_is_empty")]
    items: Vec<Guarded>,
}

/// One page of a list.
#[derive(Deserialize)]
struct Page {
    metadata: super::metadata::PageMetadata,
    #[serde(default)]
    items: Vec<Value>,
}

pub(super) fn call<'a>(
    method: Method,
    verb: &'static str,
    resource: &'a ResourceRef,
    uri: String,
) -> Call<'a> {
    Call { method, uri, accept: JSON, content_type: JSON, body: Vec::new(), verb, resource: &resource.plural }
}

fn list_uri(resource: &ResourceRef, query: &ListQuery<'_>, token: &str) -> String {
    let mut uri = resource.path(query.namespace);
    let mut separator = '?';
    let mut add = |name: &str, value: &str| {
        uri.push(separator);
        uri.push_str(name);
        uri.push('=');
        uri.push_str(&encode(value));
        separator = '&';
    };
    if query.page_size > 0 {
        add("limit", &query.page_size.to_string());
    }
    if !query.field_selector.is_empty() {
        add("fieldSelector", query.field_selector);
    }
    if !query.label_selector.is_empty() {
        add("labelSelector", query.label_selector);
    }
    if !token.is_empty() {
        add("continue", token);
    }
    uri
}

fn encode_body(body: &Value) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(body).map_err(|error| ApiError::Request(error.to_string()))
}

fn found<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Err(error) if error.is_not_found() => Ok(None),
        other => other.map(Some),
    }
}

pub(crate) fn decode_error(error: &serde_json::Error) -> ApiError {
    use serde_json::error::Category;
    ApiError::Decode(match error.classify() {
        Category::Io => "input",
        Category::Syntax => "syntax",
        Category::Data => "another shape than expected",
        Category::Eof => "it ends too early",
    })
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;

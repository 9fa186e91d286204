//! Under which version and plural the server serves a kind, and which version it has itself.
//!
//! Asked of documents that everybody may read, so that nobody needs rights on definitions. It
//! must not watch anything. Next: [`super::watch`].

use http::Method;
use serde::Deserialize;

use super::calls::{call, decode_error};
use super::client::ApiClient;
use super::error::ApiError;
use super::resource::{ResourceRef, encode};
use crate::inventory::Kind;
use crate::inventory::lifecycle::minor_of;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(default)]
    versions: Vec<Version>,
    preferred_version: Option<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
    kind: String,
    namespaced: bool,
}

/// What the server says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Server {
    #[serde(default)]
    git_version: String,
}

impl ApiClient {
    /// How a kind is served; none where the server was asked, and it is not. It is asked about those kinds only
    /// of which the version differs between installations. Where it does not say, the version of today is taken of one
    /// that is known.
    pub async fn served(&self, kind: Kind) -> Result<Option<ResourceRef>, ApiError> {
        let info = kind.info();
        if !kind.is_discovered() {
            return Ok(Some(info.into()));
        }
        match self.discover(info.group, info.kind).await {
            Err(error) if error.is_forbidden() && kind.custom().is_none() => Ok(Some(info.into())),
            found => found,
        }
    }

    /// The minor of Kubernetes that the server has; none where it does not say.
    pub async fn server_minor(&self) -> Result<Option<u8>, ApiError> {
        let server: Option<Server> = self.document("/version").await?;
        Ok(server.and_then(|server| minor_of(&server.git_version)))
    }

    /// How a kind of a group is served, in the group's preferred version if it is in that; none if it is not.
    pub async fn discover(&self, group: &str, kind: &str) -> Result<Option<ResourceRef>, ApiError> {
        let root = format!("/apis/{}", encode(group));
        let Some(found): Option<Group> = self.document(&root).await? else { return Ok(None) };
        for Version { version } in found.preferred_version.into_iter().chain(found.versions) {
            let path = format!("{root}/{}", encode(&version));
            let Some(served): Option<Resources> = self.document(&path).await? else { continue };
            // A subresource has the kind of what it is part of.
            let resource = served
                .resources
                .into_iter()
                .find(|resource| resource.kind == kind && !resource.name.contains('/'));
            if let Some(Resource { name, namespaced, .. }) = resource {
                return Ok(Some(ResourceRef {
                    group: group.to_owned().into(),
                    version: version.into(),
                    kind: kind.to_owned().into(),
                    plural: name.into(),
                    namespaced,
                }));
            }
        }
        Ok(None)
    }

    async fn document<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<Option<T>, ApiError> {
        static DISCOVERY: ResourceRef = ResourceRef {
            group: std::borrow::Cow::Borrowed(""),
            version: std::borrow::Cow::Borrowed(""),
            kind: std::borrow::Cow::Borrowed("APIGroup"),
            plural: std::borrow::Cow::Borrowed("apigroups"),
            namespaced: false,
        };
        match self.send(call(Method::GET, "get", &DISCOVERY, path.to_owned())).await {
            Ok(body) => serde_json::from_slice(&body).map(Some).map_err(|error| decode_error(&error)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::client::ClientOptions;
    use crate::ops::testing::{Server, answer};

    #[tokio::test]
    async fn the_server_says_which_version_it_has() {
        for (status, body, minor) in [
            (200, r#"{"major":"1","minor":"34+","gitVersion":"v1.34.2-gke.1000"}"#, Some(34)),
            (200, r#"{"gitVersion":"unknown"}"#, None),
            (404, "{}", None),
        ] {
            let server = Server::start(move |_, _| Some(answer(status, body))).await;
            let client = ApiClient::for_url(&server.url, ClientOptions::default()).unwrap();
            assert_eq!(client.server_minor().await.unwrap(), minor, "{body}");
            assert_eq!(server.asked()[0].uri, "/version");
        }
    }
}

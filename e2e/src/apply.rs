//! Server-side apply without a process for each: `kubectl` starts for a tenth of a second, and tests apply
//! thousands of times.
//!
//! It must not stand in where a test is about what a user of `kubectl` sees. Next: [`crate::Kubectl::apply`].

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use kube::Client;
use serde_json::Value;

use crate::Error;

/// Applies objects as the administrator.
pub(crate) struct Applier {
    client: Client,
    /// What kinds are called in paths, by version and kind: it stays, even where a CRD goes and comes.
    resources: Mutex<BTreeMap<(String, String), Resource>>,
}

#[derive(Clone)]
struct Resource {
    plural: String,
    namespaced: bool,
}

impl Applier {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, resources: Mutex::default() }
    }

    /// Applies one after the other, all of them, as `kubectl` does; the first error if there is one.
    pub(crate) async fn apply(&self, objects: &[Value]) -> Result<(), Error> {
        let mut all = Ok(());
        for object in objects {
            let applied = self.apply_one(object).await;
            all = all.and(applied);
        }
        all
    }

    async fn apply_one(&self, object: &Value) -> Result<(), Error> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (version, kind) = (text("/apiVersion"), text("/kind"));
        let Resource { plural, namespaced } = self.resource(version, kind).await?;
        let namespace = Some(text("/metadata/namespace")).filter(|name| !name.is_empty());
        let folder = if namespaced {
            format!("namespaces/{}/{plural}", namespace.unwrap_or("default"))
        } else {
            plural
        };
        let path = format!("{}/{folder}/{}", root(version), text("/metadata/name"));
        let request =
            http::Request::patch(format!("{path}?fieldManager=e2e&force=true&fieldValidation=Strict"))
                .header(http::header::CONTENT_TYPE, "application/apply-patch+yaml")
                .body(object.to_string().into_bytes())
                .map_err(|error| Error::Api(Box::new(kube::Error::HttpError(error))))?;
        self.client.request::<Value>(request).await?;
        Ok(())
    }

    async fn resource(&self, version: &str, kind: &str) -> Result<Resource, Error> {
        let key = (version.to_owned(), kind.to_owned());
        let known = self.resources.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let served = match version.split_once('/') {
            Some(_) => self.client.list_api_group_resources(version).await?,
            None => self.client.list_core_api_resources(version).await?,
        };
        let found =
            served.resources.into_iter().find(|found| found.kind == kind && !found.name.contains('/'));
        let found = found.ok_or_else(|| Error::NotServed { version: key.0.clone(), kind: key.1.clone() })?;
        let resource = Resource { plural: found.name, namespaced: found.namespaced };
        self.resources.lock().unwrap_or_else(PoisonError::into_inner).insert(key, resource.clone());
        Ok(resource)
    }
}

fn root(version: &str) -> String {
    let base = if version.contains('/') { "apis" } else { "api" };
    format!("/{base}/{version}")
}

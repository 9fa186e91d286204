//! What is asked of a live cluster, with the rights of whoever asks.
//!
//! These commands read and never write: verdicts are the operator's, in reports and conditions, or
//! the same engine's ([`audit`]). Next:
//! [`target`] for what can be named, [`survey`] for what is judged here and now, [`wait`], [`report`], [`audit`],
//! [`selection`] for the commands.

pub mod audit;
pub(super) mod context;
pub mod doctor;
mod labels;
pub mod report;
pub mod selection;
mod survey;
pub mod target;
pub mod wait;

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::{exit, output};
use crate::ops::client::{ApiClient, ClientOptions};
use crate::ops::error::ApiError;
use crate::ops::resource::{ObjectKey, READINESS_REPORTS};
use target::{Target, TargetError};

/// What these commands call themselves.
const USER_AGENT: &str = concat!("seaworthy-cli/", env!("CARGO_PKG_VERSION"));

/// One call takes at most this long.
const CALL_DEADLINE: Duration = Duration::from_secs(10);

/// Which cluster, and which namespace of it.
#[derive(Args, Clone, Debug, Default)]
pub struct ClusterArguments {
    /// Context of the kubeconfig; without it, the current one, or the Pod's own service account
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Namespace; without it, that of the context
    #[arg(long, short, value_name = "NAME")]
    pub namespace: Option<String>,
}

/// Why a question to a cluster has no answer.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// What was named cannot be looked for.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The API server did not answer, or refused.
    #[error("cannot read {what}: {source}{}", hint(.source))]
    Api {
        /// What was read.
        what: String,
        /// Why not.
        #[source]
        source: ApiError,
    },
    /// The `CustomResourceDefinitions` are not there.
    #[error("Seaworthy is not installed in this cluster: it does not serve readinessreports.seaworthy.dev")]
    NotInstalled,
    /// The object that was named is not there.
    #[error("{0} does not exist")]
    Absent(String),
    /// There is no runtime to ask in.
    #[error("cannot start: {0}")]
    Runtime(#[from] std::io::Error),
}

fn hint(error: &ApiError) -> &'static str {
    if error.is_forbidden() {
        "; ask for the right to read it, or for another context (--context)"
    } else {
        ""
    }
}

impl LiveError {
    pub(super) fn api(what: impl Into<String>) -> impl FnOnce(ApiError) -> Self {
        move |source| Self::Api { what: what.into(), source }
    }

    /// Whether the same question can have an answer a moment later.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Api { source, .. } if !source.is_forbidden() && source.code() != Some(401)
            && !matches!(source, ApiError::Config(_)))
    }
}

/// A cluster to ask, and the namespace that is meant.
pub(super) struct Cluster {
    client: ApiClient,
    pub(super) namespace: String,
}

impl Cluster {
    fn connect(arguments: &ClusterArguments) -> Result<Self, LiveError> {
        let options = ClientOptions {
            call_deadline: CALL_DEADLINE,
            user_agent: USER_AGENT,
            ..ClientOptions::default()
        };
        let client = ApiClient::connect_to(arguments.context.as_deref(), options)
            .map_err(LiveError::api("the kubeconfig"))?;
        let namespace = arguments.namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned());
        Ok(Self { client, namespace })
    }

    /// Fails if the operator's kinds are not there: without this, an absent report would look like a verdict that
    /// is still to come.
    async fn must_serve_reports(&self) -> Result<(), LiveError> {
        let served = self.client.is_served(&READINESS_REPORTS).await;
        let served = served.map_err(LiveError::api("which kinds the API server serves"))?;
        served.then_some(()).ok_or(LiveError::NotInstalled)
    }

    async fn get(&self, object: ObjectKey<'_>) -> Result<Option<Value>, LiveError> {
        let what = || format!("{} {}", object.resource.plural, object.name);
        self.client.get_json(object).await.map_err(LiveError::api(what()))
    }

    /// The object that was named.
    async fn object(&self, target: &Target) -> Result<Option<Value>, LiveError> {
        self.get(target.object(&self.namespace)).await
    }

    /// Every object of a resource in a namespace, or in all.
    async fn list(
        &self,
        resource: &crate::ops::resource::ResourceRef,
        namespace: Option<&str>,
    ) -> Result<Vec<Value>, LiveError> {
        let query = crate::ops::calls::ListQuery { namespace, page_size: 500, ..Default::default() };
        self.client.list_json(resource, &query).await.map_err(LiveError::api(resource.plural.clone()))
    }
}

/// Asks, on a runtime of its own.
fn on_runtime<T, F>(question: impl FnOnce() -> F) -> Result<T, LiveError>
where
    F: Future<Output = Result<T, LiveError>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(LiveError::from).and_then(|runtime| runtime.block_on(question()))
}

/// Asks, and turns what went wrong into a message and exit code 2.
fn ask<F>(question: impl FnOnce() -> F) -> ExitCode
where
    F: Future<Output = Result<u8, LiveError>>,
{
    match on_runtime(question) {
        Ok(code) => code.into(),
        Err(error) => {
            output::error(&error.to_string());
            exit::INCOMPLETE.into()
        }
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The condition of this type.
fn condition<'a>(object: &'a Value, type_: &str) -> Option<&'a Value> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|condition| text(condition, "/type") == type_)
}

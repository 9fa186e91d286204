//! Probes and lifecycle handlers.
//!
//! It must not decide which probes a workload needs. Next: [`super::container`].

use std::fmt;

use serde::{Deserialize, Deserializer};

use super::credential::{Shape, find, redact_address, redact_host};
use super::decode::hash;
use super::lenient::{IntOrString, list, null_is_default};

/// A liveness, readiness or startup probe. Times are in seconds; 0 reads as the API's default once
/// [`super::default::effective_pod`] has run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Probe {
    /// Command in the container.
    pub exec: Option<Box<ExecAction>>,
    /// HTTP request by the kubelet.
    pub http_get: Option<Box<HttpGetAction>>,
    /// TCP connection by the kubelet.
    pub tcp_socket: Option<Box<TcpSocketAction>>,
    /// gRPC health request by the kubelet.
    pub grpc: Option<Box<GrpcAction>>,
    /// Seconds before the first try.
    #[serde(deserialize_with = "null_is_default")]
    pub initial_delay_seconds: i64,
    /// Seconds until a try counts as failed.
    #[serde(deserialize_with = "null_is_default")]
    pub timeout_seconds: i64,
    /// Seconds between tries.
    #[serde(deserialize_with = "null_is_default")]
    pub period_seconds: i64,
    /// Successes in a row that make it succeed.
    #[serde(deserialize_with = "null_is_default")]
    pub success_threshold: i64,
    /// Failures in a row that make it fail.
    #[serde(deserialize_with = "null_is_default")]
    pub failure_threshold: i64,
    /// Overrides the pod's grace period when this probe ends the container.
    pub termination_grace_period_seconds: Option<i64>,
}

/// `lifecycle` of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lifecycle {
    /// Runs as soon as the container has started.
    pub post_start: Option<Box<LifecycleHandler>>,
    /// Runs before the container gets SIGTERM; its time counts as grace period.
    pub pre_stop: Option<Box<LifecycleHandler>>,
}

/// What a lifecycle hook does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LifecycleHandler {
    /// Command in the container.
    pub exec: Option<Box<ExecAction>>,
    /// HTTP request by the kubelet.
    pub http_get: Option<Box<HttpGetAction>>,
    /// TCP connection by the kubelet; the API keeps it, and no kubelet makes one.
    pub tcp_socket: Option<Box<TcpSocketAction>>,
    /// Waits.
    pub sleep: Option<SleepAction>,
}

/// `sleep`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct SleepAction {
    /// For how long.
    #[serde(deserialize_with = "null_is_default")]
    pub seconds: i64,
}

/// `exec`.
#[derive(Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "WrittenExec")]
pub struct ExecAction {
    /// Program and arguments; no shell. Without what has the shape of a credential.
    pub command: Vec<String>,
    /// The words that were, or held, a credential by its shape, each by its place.
    pub credentials: Box<[(u32, Shape)]>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrittenExec {
    #[serde(deserialize_with = "list")]
    command: Vec<String>,
}

impl From<WrittenExec> for ExecAction {
    fn from(WrittenExec { command }: WrittenExec) -> Self {
        let credentials =
            (0..).zip(&command).filter_map(|(place, word)| Some((place, find(word)?))).collect();
        Self { command: command.into_iter().map(redact_address).collect(), credentials }
    }
}

/// How many words there are, and none of them: what has no shape may be a credential as well.
impl fmt::Debug for ExecAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecAction").field("words", &self.command.len()).finish_non_exhaustive()
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    null_is_default(deserializer).map(redact_address)
}

fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    null_is_default(deserializer).map(redact_host)
}

/// `httpGet`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpGetAction {
    /// Host; empty means the pod's address. Without what stands before an `@`.
    #[serde(deserialize_with = "host")]
    pub host: String,
    /// Path; the API's default is `/`. Without the credentials in it.
    #[serde(deserialize_with = "address")]
    pub path: String,
    /// Port number or the name of a port of the same container.
    #[serde(deserialize_with = "null_is_default")]
    pub port: IntOrString,
    /// `HTTP` or `HTTPS`.
    #[serde(deserialize_with = "null_is_default")]
    pub scheme: String,
    /// Headers of the request.
    #[serde(deserialize_with = "list")]
    pub http_headers: Vec<HttpHeader>,
}

/// A header of a probe's request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct HttpHeader {
    /// Header name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Hash of its value, to tell two apart. The value is not kept: it may be a credential.
    #[serde(rename = "value", deserialize_with = "hashed")]
    pub value_hash: String,
}

fn hashed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    null_is_default::<_, String>(deserializer).map(|value| hash(&value))
}

/// `tcpSocket`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct TcpSocketAction {
    /// Host; empty means the pod's address.
    #[serde(deserialize_with = "null_is_default")]
    pub host: String,
    /// Port number or the name of a port of the same container.
    #[serde(deserialize_with = "null_is_default")]
    pub port: IntOrString,
}

/// `grpc`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct GrpcAction {
    /// Port number.
    #[serde(deserialize_with = "null_is_default")]
    pub port: i64,
    /// Service of the health request; the API's default is empty.
    #[serde(deserialize_with = "null_is_default")]
    pub service: String,
}

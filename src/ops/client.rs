//! The one API client: its configuration, deadlines and retries.
//!
//! No body is ever logged here, and no other module may hold a `kube::Client`. Next:
//! [`super::calls`] for what can be asked, [`super::watch`] for watches.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use http_body_util::BodyExt as _;
use kube::client::{Body, ClientBuilder};
use tokio::time::{Instant, timeout_at};
use tower::retry::Retry;
use tower::{ServiceExt as _, service_fn};

use super::error::{ApiError, Refusal};
use super::kubeconfig;
use super::metrics::Metrics;
use super::retry::{RetryOptions, RetryPolicy};

/// The limits of the API client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// Total time of a call that is not a watch: tries, waits and body included.
    pub call_deadline: Duration,
    /// Longest silence on a connection; over the watch timeout, so that a quiet watch is not cut.
    pub read_timeout: Duration,
    /// Longest time to connect.
    pub connect_timeout: Duration,
    /// What is tried again.
    pub retry: RetryOptions,
    /// What the client calls itself: audit logs tell the operator from its command line by it.
    pub user_agent: &'static str,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            call_deadline: Duration::from_secs(10),
            read_timeout: Duration::from_secs(38),
            connect_timeout: Duration::from_secs(5),
            retry: RetryOptions::default(),
            user_agent: concat!("seaworthy/", env!("CARGO_PKG_VERSION")),
        }
    }
}

/// The API client. Cheap to clone.
#[derive(Clone)]
pub struct ApiClient {
    client: kube::Client,
    options: ClientOptions,
    metrics: Option<Arc<Metrics>>,
    until: Option<Instant>,
}

/// One call, ready to be sent.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) uri: String,
    pub(crate) accept: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Verb as in RBAC rules, for metrics.
    pub(crate) verb: &'static str,
    /// Plural of the resource, for metrics.
    pub(crate) resource: &'a str,
}

impl ApiClient {
    /// A client for the cluster that `KUBECONFIG`, the user's own file, or the Pod's service account names.
    pub fn connect(options: ClientOptions) -> Result<Self, ApiError> {
        Self::connect_to(None, options)
    }

    /// A client for the cluster of a context of the kubeconfig; none means what [`Self::connect`] finds.
    pub fn connect_to(context: Option<&str>, options: ClientOptions) -> Result<Self, ApiError> {
        let config = kubeconfig::infer(context).map_err(|error| ApiError::Config(error.to_string()))?;
        Self::from_config(config, options)
    }

    /// A client for an API server without credentials, as tests and proxies offer it.
    pub fn for_url(url: &str, options: ClientOptions) -> Result<Self, ApiError> {
        let url = url.parse().map_err(|error: http::uri::InvalidUri| ApiError::Config(error.to_string()))?;
        Self::from_config(kube::Config::new(url), options)
    }

    fn from_config(mut config: kube::Config, options: ClientOptions) -> Result<Self, ApiError> {
        // kube's own layer tries 15 times and waits as long as the server likes.
        config.default_retry = false;
        config.connect_timeout = Some(options.connect_timeout);
        config.read_timeout = Some(options.read_timeout);
        // Without it the time that a pooled connection lay idle counts against the next answer.
        config.reset_reader_on_write = true;
        config.headers.push((header::USER_AGENT, HeaderValue::from_static(options.user_agent)));
        let builder = ClientBuilder::try_from(config).map_err(|error| ApiError::Config(chain(&error)))?;
        Ok(Self { client: builder.build(), options, metrics: None, until: None })
    }

    /// The same client, counting its calls.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// The same client, none of whose calls outlasts `until`: for writes, which the lease bounds
    /// ([`super::lease::Leadership::write_deadline`]).
    #[must_use]
    pub fn until(&self, until: Instant) -> Self {
        Self { until: Some(until), ..self.clone() }
    }

    /// The same client with another total deadline and a single try, for the Lease.
    #[must_use]
    pub(crate) fn single_try(&self, call_deadline: Duration) -> Self {
        let retry = RetryOptions { tries: 1, ..self.options.retry };
        Self { options: ClientOptions { call_deadline, retry, ..self.options }, ..self.clone() }
    }

    /// The namespace that the configuration names: in a Pod, its own.
    pub fn default_namespace(&self) -> &str {
        self.client.default_namespace()
    }

    /// The limits of this client.
    pub const fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// The metrics that this client counts into.
    pub(crate) const fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.metrics.as_ref()
    }

    /// The bare client: no retries, no total deadline.
    pub(crate) const fn bare(&self) -> &kube::Client {
        &self.client
    }

    /// Sends a call, and returns the body of a successful answer.
    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Bytes, ApiError> {
        let started = Instant::now();
        let (verb, resource) = (call.verb, call.resource);
        let result = self.send_in_time(started, call).await;
        if let Some(metrics) = &self.metrics {
            let outcome = result.as_ref().map_or_else(ApiError::category, |_| "ok");
            metrics.api_requests.with_label_values(&[verb, resource, outcome]).inc();
            metrics.api_request_seconds.with_label_values(&[verb]).observe(started.elapsed().as_secs_f64());
        }
        result
    }

    async fn send_in_time(&self, started: Instant, call: Call<'_>) -> Result<Bytes, ApiError> {
        let own = started + self.options.call_deadline;
        let deadline = self.until.map_or(own, |until| until.min(own));
        if deadline <= started {
            return Err(ApiError::TooLate);
        }
        let client = self.client.clone();
        let bare = service_fn(move |request| {
            let client = client.clone();
            async move { client.send(request).await }
        });
        let request = request(call)?;
        let service = Retry::new(RetryPolicy::new(self.options.retry), bare);
        let exchange = async { read(service.oneshot(request).await.map_err(transport)?).await };
        timeout_at(deadline, exchange).await.unwrap_or(Err(ApiError::Timeout(deadline - started)))
    }
}

fn request(call: Call<'_>) -> Result<Request<Body>, ApiError> {
    let mut request =
        Request::builder().method(call.method).uri(call.uri).header(header::ACCEPT, call.accept);
    if !call.body.is_empty() {
        request = request.header(header::CONTENT_TYPE, call.content_type);
    }
    request.body(Body::from(call.body)).map_err(|error| ApiError::Request(error.to_string()))
}

/// The whole body of a successful answer, or the refusal.
pub(crate) async fn read(response: http::Response<Body>) -> Result<Bytes, ApiError> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(transport)?.to_bytes();
    if parts.status.is_success() {
        Ok(body)
    } else {
        Err(Refusal::read(parts.status, &parts.headers, &body).into())
    }
}

/// kube's transport errors quote no bodies.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(crate) fn transport(error: kube::Error) -> ApiError {
    ApiError::Transport(chain(&error))
}

/// The error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

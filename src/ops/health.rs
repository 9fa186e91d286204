//! The health server: `/livez`, `/readyz` and `/metrics`.
//!
//! Liveness fails only for an ended or stuck task: never because the API server is away. Next:
//! [`super::tasks`] for liveness, [`super::metrics`] for what is served.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::{Encoder as _, Registry, TextEncoder};
use tokio::net::TcpListener;

use super::tasks::Tasks;

/// Why the health server does not run.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The listening socket broke.
    #[error("the health server ended: {0}")]
    Serve(#[source] std::io::Error),
}

/// The named conditions of readiness: each is ready, or says why not. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<Mutex<BTreeMap<String, String>>>);

impl Readiness {
    /// These conditions, none of them ready yet.
    pub fn new<'a>(conditions: impl IntoIterator<Item = &'a str>) -> Self {
        let waiting = conditions.into_iter().map(|name| (name.to_owned(), "not yet".to_owned()));
        Self(Arc::new(Mutex::new(waiting.collect())))
    }

    /// The condition holds.
    pub fn ready(&self, condition: &str) {
        self.lock().remove(condition);
    }

    /// The condition does not hold, or no longer.
    pub fn not_ready(&self, condition: &str, why: impl Into<String>) {
        self.lock().insert(condition.to_owned(), why.into());
    }

    /// What is not ready, and why; empty if all is.
    pub fn missing(&self) -> Vec<String> {
        self.lock().iter().map(|(condition, why)| format!("{condition}: {why}")).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the health server answers from.
#[derive(Clone)]
pub struct Health {
    /// For `/livez`.
    pub tasks: Tasks,
    /// For `/readyz`.
    pub readiness: Readiness,
    /// For `/metrics`.
    pub registry: Registry,
    /// Sets the gauges that are ages, before each scrape.
    pub before_scrape: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tasks, readiness, .. } = self;
        f.debug_struct("Health").field("tasks", tasks).field("readiness", readiness).finish_non_exhaustive()
    }
}

/// The health server, listening. Bound apart from [`HealthServer::serve`], so that a taken port is
/// known before anything else starts.
#[derive(Debug)]
pub struct HealthServer {
    listener: TcpListener,
    health: Health,
}

impl HealthServer {
    /// Listens on this address; port 0 takes a free one.
    pub async fn bind(address: SocketAddr, health: Health) -> Result<Self, HealthError> {
        let listener =
            TcpListener::bind(address).await.map_err(|source| HealthError::Bind { address, source })?;
        Ok(Self { listener, health })
    }

    /// The address that it listens on.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers until `stop` is done.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), HealthError> {
        let server = axum::serve(self.listener, router(self.health)).with_graceful_shutdown(stop);
        server.await.map_err(HealthError::Serve)
    }
}

/// The routes of the health server.
pub fn router(health: Health) -> Router {
    Router::new()
        .route("/livez", get(|State(health): State<Health>| async move { verdict(&health.tasks.failing()) }))
        .route(
            "/readyz",
            get(|State(health): State<Health>| async move { verdict(&health.readiness.missing()) }),
        )
        .route("/metrics", get(|State(health): State<Health>| async move { metrics(&health) }))
        .with_state(health)
}

fn verdict(wrong: &[String]) -> Response {
    if wrong.is_empty() {
        return (StatusCode::OK, "ok\n").into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, wrong.join("\n") + "\n").into_response()
}

fn metrics(health: &Health) -> Response {
    (health.before_scrape)();
    let encoder = TextEncoder::new();
    let mut text = Vec::new();
    match encoder.encode(&health.registry.gather(), &mut text) {
        Ok(()) => ([(header::CONTENT_TYPE, encoder.format_type().to_owned())], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    use super::*;
    use crate::ops::metrics::Metrics;

    fn health() -> (Health, Metrics) {
        let registry = Registry::new();
        let metrics = Metrics::new(&registry).unwrap();
        let queue = metrics.queue_depth.clone();
        let before_scrape = Arc::new(move || queue.with_label_values(&["dirty"]).set(7));
        let readiness = Readiness::new(["crds", "workloads"]);
        (Health { tasks: Tasks::default(), readiness, registry, before_scrape }, metrics)
    }

    async fn get(health: &Health, path: &str) -> (u16, String) {
        let request = axum::extract::Request::get(path).body(Body::empty()).unwrap();
        let response = router(health.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn readiness_lists_what_is_missing() {
        let (health, _) = health();
        assert_eq!(get(&health, "/readyz").await, (503, "crds: not yet\nworkloads: not yet\n".to_owned()));
        health.readiness.ready("crds");
        health.readiness.not_ready("workloads", "deployments: forbidden");
        assert_eq!(get(&health, "/readyz").await, (503, "workloads: deployments: forbidden\n".to_owned()));
        health.readiness.ready("workloads");
        assert_eq!(get(&health, "/readyz").await, (200, "ok\n".to_owned()));
    }

    #[tokio::test]
    async fn liveness_fails_for_a_task_and_not_for_readiness() {
        let (health, _) = health();
        let heartbeat = health.tasks.register("controller", Duration::from_mins(1));
        assert_eq!(get(&health, "/livez").await.0, 200);
        drop(heartbeat);
        assert_eq!(get(&health, "/livez").await, (503, "controller: ended\n".to_owned()));
    }

    #[tokio::test]
    async fn metrics_are_served_as_text_with_fresh_ages() {
        let (health, metrics) = health();
        metrics.events_dropped.with_label_values::<&str>(&[]).inc();
        let (status, text) = get(&health, "/metrics").await;
        assert_eq!(status, 200);
        assert!(text.contains("seaworthy_events_dropped_total 1\n"), "{text}");
        assert!(text.contains("seaworthy_queue_depth{queue=\"dirty\"} 7\n"), "{text}");
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error_and_a_stopped_server_ends() {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = HealthServer::bind(any, health().0).await.unwrap();
        let taken = HealthServer::bind(server.address().unwrap(), health().0).await;
        assert!(matches!(taken, Err(HealthError::Bind { .. })));
        server.serve(std::future::ready(())).await.unwrap();
    }
}

//! Carries commands out: bounded in flight, each within the time that the lease still allows.
//!
//! It must not decide what to write, nor write the same again: a refusal goes back to the state, which
//! plans anew with what is known then. Next: [`super::run`].

use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;

use super::commands::{Command, Done};
use super::fence::Listing;
use super::limiter::Limiter;
use super::reports::ReportWrite;
use crate::engine::policy::PolicyKey;
use crate::inventory::Kind;
use crate::ops::calls::{ListQuery, Written};
use crate::ops::client::ApiClient;
use crate::ops::error::ApiError;
use crate::ops::lease::Leadership;
use crate::ops::metrics::Metrics;
use crate::ops::resource::{CLUSTER_READINESS_POLICIES, EVENTS, READINESS_POLICIES, READINESS_REPORTS};
use crate::ops::tasks::Heartbeat;
use crate::render::events::{Happening, event, namespace};

/// What the writer needs.
#[derive(Clone)]
pub struct Writer {
    /// The client.
    pub client: ApiClient,
    /// Whether this replica may write, and how long a write may last.
    pub leadership: Leadership,
    /// Counts of writes.
    pub metrics: Arc<Metrics>,
    /// Most writes in flight.
    pub in_flight: usize,
    /// Objects per page of a list.
    pub page_size: u32,
    /// Name of this process in Events.
    pub instance: String,
    /// What keeps Events from becoming a flood.
    pub limiter: Arc<Mutex<Limiter>>,
}

impl Writer {
    /// Carries commands out until nobody sends any more and all are done.
    pub async fn run(
        self,
        mut commands: mpsc::UnboundedReceiver<Command>,
        done: mpsc::UnboundedSender<Done>,
        heartbeat: Heartbeat,
    ) {
        let mut running = FuturesUnordered::new();
        let mut open = true;
        while open || !running.is_empty() {
            heartbeat.beat();
            let room = open && running.len() < self.in_flight;
            tokio::select! {
                command = heartbeat.wait(commands.recv()), if room => match command {
                    Some(command) => running.push(self.carry_out(command)),
                    None => open = false,
                },
                Some(ended) = heartbeat.wait(running.next()), if !running.is_empty() => {
                    // Nobody listens any more only while the process ends.
                    let _ = done.send(ended);
                }
            }
        }
    }

    async fn carry_out(&self, command: Command) -> Done {
        match command {
            Command::Report(key, write) => {
                let outcome = self.report((&key.0, &key.1), write).await;
                self.note("report", (&key.0, &key.1), &outcome);
                Done::Report(key, outcome)
            }
            Command::Status(key, body) => {
                let outcome = self.status(&key, &body).await;
                self.note("status", (&key.namespace, &key.name), &outcome);
                Done::Status(key, outcome)
            }
            Command::Event(happening) => {
                self.event(&happening).await;
                Done::Event
            }
            Command::Secret(name) => {
                let answer = self.client.tls_secret(&name.0, &name.1).await;
                Done::Secret(name, answer)
            }
            Command::Fence(key, generation, kinds) => {
                let listing = self.list(&key.namespace, kinds).await;
                if let Err(error) = &listing {
                    tracing::warn!(policy = %key, category = error.category(), %error, "list for the fence failed");
                }
                Done::Fence((key, generation), listing)
            }
        }
    }

    fn note(&self, object: &str, (namespace, name): (&str, &str), outcome: &Result<Written, ApiError>) {
        let word = outcome.as_ref().map_or_else(ApiError::category, |_| "ok");
        self.metrics.writes.with_label_values(&[object, word]).inc();
        if let Err(error) = outcome {
            tracing::warn!(object, namespace, name, category = word, %error, "write refused");
        }
    }

    /// Sends an Event, unless there were too many. One that is refused is not sent again: the condition
    /// says what stands.
    async fn event(&self, happening: &Happening) {
        let now = Timestamp::now();
        let admitted = self.limiter.lock().is_ok_and(|mut limiter| limiter.admits(&happening.regarding, now));
        if !admitted {
            self.metrics.events_dropped.with_label_values::<&str>(&[]).inc();
            return;
        }
        let body = event(happening, &self.instance, now);
        let outcome = match self.client() {
            Ok(client) => client.create(&EVENTS, Some(namespace(happening)), &body).await,
            Err(error) => Err(error),
        };
        let regarding = &happening.regarding;
        self.note("event", (&regarding.namespace, &regarding.name), &outcome);
    }

    async fn status(&self, key: &PolicyKey, body: &Value) -> Result<Written, ApiError> {
        let resource = if key.is_cluster() { &CLUSTER_READINESS_POLICIES } else { &READINESS_POLICIES };
        let namespace = (!key.is_cluster()).then_some(key.namespace.as_str());
        self.client()?.apply(resource.object(namespace, &key.name), body, Some("status")).await
    }

    /// What the server has of these kinds in a namespace, now.
    async fn list(&self, namespace: &str, kinds: Vec<Kind>) -> Result<Listing, ApiError> {
        let mut listing = Listing::new();
        for kind in kinds {
            let info = kind.info();
            let query = ListQuery {
                namespace: Some(namespace),
                field_selector: info.field_selector,
                label_selector: info.label_selector,
                page_size: self.page_size,
            };
            // Since its watch listed it, it may have gone.
            let Some(resource) = self.client.served(kind).await? else { continue };
            listing.push((kind, self.client.list_metadata(&resource, &query).await?));
        }
        Ok(listing)
    }

    async fn report(&self, (namespace, name): (&str, &str), write: ReportWrite) -> Result<Written, ApiError> {
        let client = self.client()?;
        let object = READINESS_REPORTS.object(Some(namespace), name);
        match write {
            ReportWrite::Apply(body) => {
                client.apply_text(object, String::from(body).into_bytes(), None).await
            }
            ReportWrite::Delete(uid) => match client.delete(object, Some(&uid)).await {
                Err(error) if !error.is_not_found() => Err(error),
                _ => Ok(Written { uid, resource_version: String::new(), generation: 0 }),
            },
        }
    }

    /// The client with the deadline that the lease allows.
    fn client(&self) -> Result<ApiClient, ApiError> {
        self.leadership.write_deadline().map(|until| self.client.until(until)).ok_or(ApiError::TooLate)
    }
}

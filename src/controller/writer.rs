//! Carries commands out: bounded in flight, each within the time that the lease still allows.
//!
//! It must not decide what to write, nor write the same again: a refusal goes back to the state, which
//! plans anew with what is known then. Next: [`super::run`].

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::reports::ReportWrite;
use super::state::{Command, Done, WriteTarget};
use crate::ops::calls::Written;
use crate::ops::client::ApiClient;
use crate::ops::error::ApiError;
use crate::ops::lease::Leadership;
use crate::ops::metrics::Metrics;
use crate::ops::resource::{CLUSTER_READINESS_POLICIES, READINESS_POLICIES, READINESS_REPORTS};
use crate::ops::tasks::Heartbeat;

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
        let (object, target, result) = match command {
            Command::Report(key, write) => {
                let result = self.report((&key.0, &key.1), write).await;
                ("report", WriteTarget::Report(key), result)
            }
            Command::Status(key, body) => {
                let resource =
                    if key.is_cluster() { &CLUSTER_READINESS_POLICIES } else { &READINESS_POLICIES };
                let namespace = (!key.is_cluster()).then_some(key.namespace.as_str());
                let result = match self.client() {
                    Ok(client) => {
                        client.apply(resource.object(namespace, &key.name), &body, Some("status")).await
                    }
                    Err(error) => Err(error),
                };
                ("status", WriteTarget::Status(key), result)
            }
        };
        let outcome = result.as_ref().map_or_else(ApiError::category, |_| "ok");
        self.metrics.writes.with_label_values(&[object, outcome]).inc();
        if let Err(error) = &result {
            tracing::warn!(target = ?target, category = outcome, %error, "write refused");
        }
        Done { target, outcome: result }
    }

    async fn report(&self, (namespace, name): (&str, &str), write: ReportWrite) -> Result<Written, ApiError> {
        let client = self.client()?;
        let object = READINESS_REPORTS.object(Some(namespace), name);
        match write {
            ReportWrite::Apply(body) => client.apply(object, &body, None).await,
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

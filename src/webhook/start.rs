//! Starts the webhook beside the controller.
//!
//! It must not decide anything. Next: [`super::server`] and [`super::registrar`].

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::certificate::Shown;
use super::judge::{Asked, channel};
use super::options::WebhookOptions;
use super::registrar::Registrar;
use super::server::{Server, WebhookError};
use crate::engine::admission::Scope;
use crate::ops::client::ApiClient;
use crate::ops::lease::Leadership;
use crate::ops::metrics::Metrics;
use crate::ops::shutdown::Shutdown;
use crate::ops::tasks::Tasks;

/// Name of the task that looks after the webhook.
pub const REGISTRAR: &str = "webhook";

/// What the webhook has of the process that it runs in.
pub struct Surroundings<'a> {
    /// The client.
    pub client: &'a ApiClient,
    /// Whether this replica may write.
    pub leadership: &'a Leadership,
    /// Counts and durations.
    pub metrics: &'a Arc<Metrics>,
    /// Long-lived tasks, and after how long one of them counts as stuck.
    pub tasks: (&'a Tasks, Duration),
    /// The wish to stop.
    pub stop: &'a Shutdown,
    /// Namespace of the operator.
    pub namespace: &'a str,
}

/// The ends of the webhook that the owner of the state holds, and what runs.
#[derive(Debug)]
pub struct Webhook {
    /// Its questions; closed when there is no webhook.
    pub questions: mpsc::Receiver<Asked>,
    /// Takes what policies warn or deny in.
    pub scope: watch::Sender<Option<Scope>>,
    /// The server, where there is one. It ends some time after the process is to stop.
    pub server: Option<JoinHandle<()>>,
    /// The task that looks after it, and writes.
    pub registrar: Option<JoinHandle<()>>,
}

/// Starts what the flags ask for.
pub async fn start(options: &WebhookOptions, around: Surroundings<'_>) -> Result<Webhook, WebhookError> {
    let (judge, questions) = channel();
    let (scope, scopes) = watch::channel(None);
    let mut webhook = Webhook { questions, scope, server: None, registrar: None };
    if let Some(address) = options.webhook_address {
        let shown = Shown::default();
        let listener = Server::bind(address, shown.clone()).await?;
        tracing::info!(%address, "the webhook listens");
        let server = Server::new(judge, Arc::clone(around.metrics), around.namespace, around.stop.clone());
        let registrar = Registrar {
            client: around.client.clone(),
            leadership: around.leadership.clone(),
            scope: scopes,
            shown,
            options: options.clone(),
            namespace: around.namespace.to_owned(),
            metrics: Arc::clone(around.metrics),
        };
        let (tasks, stuck_after) = around.tasks;
        let drain = options.drain();
        webhook.server = Some(tasks.spawn("webhook server", stuck_after, move |heartbeat| async move {
            if let Err(error) = heartbeat.wait(server.serve(listener, drain)).await {
                tracing::error!(%error, "the webhook ended badly");
            }
        }));
        let stop = around.stop.clone();
        webhook.registrar =
            Some(tasks.spawn(REGISTRAR, stuck_after, move |heartbeat| registrar.run(stop, heartbeat)));
    }
    Ok(webhook)
}

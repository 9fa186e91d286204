//! The wiring: client, watches, the task that owns the state, writer, election, health, signals.
//!
//! It must not decide anything itself. Next: [`super::owner`].

use std::sync::Arc;
use std::time::Duration;

use prometheus::Registry;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};

use super::options::ControllerOptions;
use super::owner::Owner;
use super::vitals::{Lives, Vitals};
use super::watches::Watches;
use super::writer::Writer;
use crate::ops::client::ApiClient;
use crate::ops::error::ApiError;
use crate::ops::health::{Health, HealthError, HealthServer, Readiness};
use crate::ops::lease::{Elector, Leadership, LeaseOptions, elector, identity};
use crate::ops::metrics::Metrics;
use crate::ops::shutdown::{self, Shutdown};
use crate::ops::tasks::Tasks;
use crate::webhook::server::WebhookError;
use crate::webhook::start::{REGISTRAR, Surroundings, Webhook, start};

/// Name of the readiness condition that says whether every kind is known.
pub(super) const SYNCED: &str = "kinds";
/// Name of the readiness condition that goes when the process is to stop.
const RUNNING: &str = "running";
/// Name of the task that writes.
const WRITER: &str = "writer";
/// After how long without a sign of life a working task counts as stuck.
pub(super) const STUCK_AFTER: Duration = Duration::from_mins(1);

/// Why the controller could not run.
#[derive(Debug, thiserror::Error)]
pub enum ControllerError {
    /// The flags contradict each other.
    #[error("{0}")]
    Options(String),
    /// No client for the cluster.
    #[error("cannot set up the API client: {0}")]
    Client(#[source] ApiError),
    /// The metrics could not be registered.
    #[error("cannot register metrics: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The health server cannot run.
    #[error(transparent)]
    Health(#[from] HealthError),
    /// The webhook cannot run.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// Signals cannot be received.
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] std::io::Error),
}

/// Runs the controller until SIGTERM or SIGINT.
pub async fn run(options: ControllerOptions) -> Result<(), ControllerError> {
    if let Some(problem) = options.problem() {
        return Err(ControllerError::Options(problem));
    }
    let registry = Registry::new();
    let metrics = Arc::new(Metrics::new(&registry)?);
    let client = ApiClient::connect(options.client()).map_err(ControllerError::Client)?;
    let client = client.with_metrics(Arc::clone(&metrics));
    let (_trigger, stop) = shutdown::on_signals().map_err(ControllerError::Signals)?;
    let tasks = Tasks::default();
    let instance = identity();
    let namespace = options.namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned());
    let (leadership, election) = leadership(&options, &client, (&namespace, &instance));
    let webhook = webhook(&options, (&client, &namespace), &leadership, (&metrics, &tasks), &stop).await?;
    let readiness = Readiness::new([SYNCED]);
    let lives = Lives::default();
    let vitals = Vitals::new(lives.clone(), options.stale_after(), Arc::clone(&metrics));
    let health = health(&tasks, &readiness, registry, (&metrics, lives.clone()));
    let (finish, end) = shutdown::channel();
    let server = HealthServer::bind(options.health_address, health).await?;
    tracing::info!(address = %options.health_address, version = env!("CARGO_PKG_VERSION"), "start");
    let serving = tokio::spawn(server.serve(requested(end.clone())));

    let (watches, inbox) =
        Watches::new((options.watch(), options.places()), &client, &tasks, (lives, &metrics));
    let (commands, writes) = mpsc::unbounded_channel();
    let (done_sender, done) = mpsc::unbounded_channel();
    let writer = writer(&options, &client, (&leadership, &metrics), instance);
    let writing =
        tasks.spawn(WRITER, STUCK_AFTER, move |heartbeat| writer.run(writes, done_sender, heartbeat));
    let owner = Owner {
        inbox,
        questions: webhook.questions,
        scope: webhook.scope,
        commands: Some(commands),
        done,
        leads: leadership.subscribe(),
        leadership,
        readiness: readiness.clone(),
        vitals,
        watches,
        home: home(&options, &client),
        linger: options.linger(),
        families_off: options.families_off.iter().copied().collect(),
        metrics,
        stop: stop.clone(),
        end,
        waiting_since: None,
        owed: 0,
    };
    let judging = tasks.spawn_apart("judge", STUCK_AFTER, move |heartbeat| owner.run(heartbeat));
    let (ended, all_written) = shutdown::channel();
    let electing = election.map(|elector| tokio::spawn(elector.run(requested(all_written))));

    stop.requested().await;
    begin_to_stop(&readiness, &tasks);
    hand_over([Some(writing), webhook.registrar], &ended, electing).await;
    wind_down([webhook.server, Some(judging)], &finish).await;
    served(serving.await)
}

async fn webhook(
    options: &ControllerOptions,
    (client, namespace): (&ApiClient, &str),
    leadership: &Leadership,
    (metrics, tasks): (&Arc<Metrics>, &Tasks),
    stop: &Shutdown,
) -> Result<Webhook, WebhookError> {
    let tasks = (tasks, STUCK_AFTER);
    start(&options.webhook, Surroundings { client, leadership, metrics, tasks, stop, namespace }).await
}

fn writer(
    options: &ControllerOptions,
    client: &ApiClient,
    (leadership, metrics): (&Leadership, &Arc<Metrics>),
    instance: String,
) -> Writer {
    Writer {
        client: client.clone(),
        leadership: leadership.clone(),
        metrics: Arc::clone(metrics),
        in_flight: options.writes_in_flight.into(),
        page_size: options.page_size,
        instance,
        limiter: Arc::default(),
    }
}

/// How the health server ended.
fn served(ended: Result<Result<(), HealthError>, JoinError>) -> Result<(), ControllerError> {
    match ended {
        Ok(served) => served.map_err(ControllerError::Health),
        Err(error) => {
            tracing::error!(%error, "the health server ended badly");
            Ok(())
        }
    }
}

/// Nobody new is to come here, and that tasks end is what they should.
fn begin_to_stop(readiness: &Readiness, tasks: &Tasks) {
    tracing::info!("stopping");
    readiness.not_ready(RUNNING, "the process is to stop");
    tasks.retire(WRITER);
    tasks.retire(REGISTRAR);
}

/// Waits for the last write, then gives the Lease back. It does not wait for whoever is still answered.
async fn hand_over(
    writers: [Option<JoinHandle<()>>; 2],
    ended: &shutdown::Trigger,
    electing: Option<JoinHandle<()>>,
) {
    for task in writers.into_iter().flatten() {
        log_panic(task.await);
    }
    ended.request();
    if let Some(electing) = electing {
        log_panic(electing.await);
    }
    tracing::info!("nothing is written any more");
}

/// Waits until the webhook has answered, and ends the rest.
async fn wind_down([server, judging]: [Option<JoinHandle<()>>; 2], finish: &shutdown::Trigger) {
    if let Some(server) = server {
        log_panic(server.await);
    }
    finish.request();
    if let Some(judging) = judging {
        log_panic(judging.await);
    }
}

fn log_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a task ended badly");
    }
}

async fn requested(stop: Shutdown) {
    stop.requested().await;
}

fn leadership(
    options: &ControllerOptions,
    client: &ApiClient,
    (namespace, instance): (&str, &str),
) -> (Leadership, Option<Elector>) {
    if options.no_leader_election {
        return (Leadership::always(), None);
    }
    let lease = LeaseOptions {
        namespace: namespace.to_owned(),
        name: options.lease_name.clone(),
        identity: instance.to_owned(),
        timing: options.lease(),
    };
    let (leadership, elector) = elector(client, lease);
    (leadership, Some(elector))
}

/// Namespace of the operator itself.
fn home(options: &ControllerOptions, client: &ApiClient) -> String {
    options.namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned())
}

fn health(
    tasks: &Tasks,
    readiness: &Readiness,
    registry: Registry,
    (metrics, lives): (&Arc<Metrics>, Lives),
) -> Health {
    let metrics = Arc::clone(metrics);
    let before_scrape = Arc::new(move || lives.set_ages(&metrics));
    Health { tasks: tasks.clone(), readiness: readiness.clone(), registry, before_scrape }
}

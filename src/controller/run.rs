//! The loop that owns the state, and the wiring around it.
//!
//! One task owns [`State`]: it takes messages in, judges in slices so that none of them starves, and hands
//! commands to the writer. It must not decide anything itself. Next: [`super::state`].

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use prometheus::Registry;
use tokio::sync::{mpsc, watch};

use super::feed::feed;
use super::options::ControllerOptions;
use super::state::{Command, Done, State};
use super::vitals::Vitals;
use super::watched::{Message, Watched};
use super::writer::Writer;
use crate::ops::client::ApiClient;
use crate::ops::error::ApiError;
use crate::ops::health::{Health, HealthError, HealthServer, Readiness};
use crate::ops::lease::{Elector, Leadership, LeaseOptions, elector, identity};
use crate::ops::life::ProofOfLife;
use crate::ops::metrics::Metrics;
use crate::ops::shutdown::{self, Shutdown};
use crate::ops::tasks::{Heartbeat, Tasks};

/// Name of the readiness condition that says whether every kind is known.
const SYNCED: &str = "kinds";
/// After how long without a sign of life a working task counts as stuck.
const STUCK_AFTER: Duration = Duration::from_secs(60);
/// Workloads judged between two looks at what else has happened.
const SLICE: usize = 64;

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
    let client = ApiClient::connect(options.client()).await.map_err(ControllerError::Client)?;
    let client = client.with_metrics(Arc::clone(&metrics));
    let (_trigger, stop) = shutdown::on_signals().map_err(ControllerError::Signals)?;
    let tasks = Tasks::default();
    let (leadership, election) = leadership(&options, &client);
    let readiness = Readiness::new([SYNCED]);
    let lives: Vec<_> =
        Watched::all().into_iter().map(|watched| (watched, Arc::new(ProofOfLife::default()))).collect();

    let vitals = Vitals::new(lives.clone(), options.stale_after(), Arc::clone(&metrics));
    let health = health(&tasks, &readiness, registry, (&metrics, &lives));
    let server = HealthServer::bind(options.health_address, health).await?;
    tracing::info!(address = %options.health_address, version = env!("CARGO_PKG_VERSION"), "starting");
    let serving = tokio::spawn(server.serve(requested(stop.clone())));

    let (messages, inbox) = mpsc::channel(1024);
    for (watched, life) in lives {
        let name = format!("watch {}", watched.resource().plural);
        let (client, messages, watch) = (client.clone(), messages.clone(), options.watch());
        let feeding = move |heartbeat| feed(watched, client, (watch, life), messages, heartbeat);
        drop(tasks.spawn(name, STUCK_AFTER, feeding));
    }
    drop(messages);

    let (commands, writes) = mpsc::unbounded_channel();
    let (done_sender, done) = mpsc::unbounded_channel();
    let writer = Writer {
        client: client.clone(),
        leadership: leadership.clone(),
        metrics: Arc::clone(&metrics),
        in_flight: options.writes_in_flight.into(),
    };
    let writing =
        tasks.spawn("writer", STUCK_AFTER, move |heartbeat| writer.run(writes, done_sender, heartbeat));
    let owner = Owner {
        inbox,
        commands,
        done,
        leads: leadership.subscribe(),
        leadership,
        readiness,
        vitals,
        metrics,
        stop: stop.clone(),
    };
    let judging = tasks.spawn("judge", STUCK_AFTER, move |heartbeat| owner.run(heartbeat));
    // The Lease is given back only after the last write has ended.
    let (ended, all_written) = shutdown::channel();
    let electing = election.map(|elector| tokio::spawn(elector.run(requested(all_written))));

    stop.requested().await;
    tracing::info!("stopping");
    for task in [judging, writing] {
        log_panic(task.await);
    }
    ended.request();
    if let Some(electing) = electing {
        log_panic(electing.await);
    }
    match serving.await {
        Ok(served) => served?,
        Err(error) => tracing::error!(%error, "the health server ended"),
    }
    Ok(())
}

fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a task ended badly");
    }
}

async fn requested(stop: Shutdown) {
    stop.requested().await;
}

fn leadership(options: &ControllerOptions, client: &ApiClient) -> (Leadership, Option<Elector>) {
    if options.no_leader_election {
        return (Leadership::always(), None);
    }
    let namespace = options.namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned());
    let lease = LeaseOptions {
        namespace,
        name: options.lease_name.clone(),
        identity: identity(),
        timing: options.lease(),
    };
    let (leadership, elector) = elector(client, lease);
    (leadership, Some(elector))
}

fn health(
    tasks: &Tasks,
    readiness: &Readiness,
    registry: Registry,
    (metrics, lives): (&Arc<Metrics>, &[(Watched, Arc<ProofOfLife>)]),
) -> Health {
    let metrics = Arc::clone(metrics);
    let lives: Vec<_> =
        lives.iter().map(|(watched, life)| (watched.resource().plural, Arc::clone(life))).collect();
    let before_scrape = Arc::new(move || {
        for (plural, life) in &lives {
            metrics.set_watch_age(plural, life);
        }
    });
    Health { tasks: tasks.clone(), readiness: readiness.clone(), registry, before_scrape }
}

/// The task that owns the state.
struct Owner {
    inbox: mpsc::Receiver<Message>,
    commands: mpsc::UnboundedSender<Command>,
    done: mpsc::UnboundedReceiver<Done>,
    leadership: Leadership,
    leads: watch::Receiver<bool>,
    readiness: Readiness,
    vitals: Vitals,
    metrics: Arc<Metrics>,
    stop: Shutdown,
}

impl Owner {
    async fn run(mut self, heartbeat: Heartbeat) {
        let mut state = State::new(&Watched::all());
        while !self.stop.is_requested() {
            heartbeat.beat();
            let look_again = self.vitals.look(&mut state);
            self.step(&mut state);
            if !heartbeat.wait(self.next(&mut state, look_again)).await {
                return;
            }
        }
    }

    /// Judges a slice and hands over what must be written.
    fn step(&self, state: &mut State) {
        state.lead(self.leadership.is_leader());
        let leader = i64::from(self.leadership.is_leader());
        self.metrics.leader.with_label_values::<&str>(&[]).set(leader);
        for command in state.judge(Timestamp::now(), SLICE) {
            // The writer lives as long as the process does.
            let _ = self.commands.send(command);
        }
        let backlog = i64::try_from(state.backlog()).unwrap_or(i64::MAX);
        self.metrics.queue_depth.with_label_values(&["workloads"]).set(backlog);
        let unusable = state.settled().unusable();
        if unusable.is_empty() {
            self.readiness.ready(SYNCED);
        } else {
            self.readiness.not_ready(SYNCED, unusable.join("; "));
        }
    }

    /// Waits for something to do and takes it in, with all that waits beside it. False when every watch
    /// has ended.
    async fn next(&mut self, state: &mut State, at_most: Duration) -> bool {
        let now = Timestamp::now();
        let wait =
            state.next_wake(now).map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        let wait = wait.map_or(at_most, |wait| wait.min(at_most));
        tokio::select! {
            message = self.inbox.recv() => {
                let Some(message) = message else { return false };
                state.handle(message);
            }
            Some(done) = self.done.recv() => state.written(&done, now),
            _ = self.leads.changed() => {}
            () = self.stop.requested() => {}
            () = tokio::time::sleep(wait) => {}
        }
        while let Ok(message) = self.inbox.try_recv() {
            state.handle(message);
        }
        while let Ok(done) = self.done.try_recv() {
            state.written(&done, now);
        }
        true
    }
}

//! The watches that run: one task per kind, begun and ended as the state asks.
//!
//! It must not choose: [`super::wanted`] does. Next: [`super::feed`], which each task runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::feed::{Place, feed};
use super::places::Places;
use super::run::STUCK_AFTER;
use super::server_version::{first, follow};
use super::vitals::Lives;
use super::watched::{Message, Watched};
use crate::ops::client::ApiClient;
use crate::ops::metrics::Metrics;
use crate::ops::tasks::Tasks;
use crate::ops::watch::WatchOptions;

/// The watches that run.
pub(super) struct Watches {
    client: ApiClient,
    options: WatchOptions,
    places: Places,
    tasks: Tasks,
    lives: Lives,
    metrics: Arc<Metrics>,
    messages: mpsc::Sender<Message>,
    running: BTreeMap<Watched, JoinHandle<()>>,
}

impl Watches {
    /// None yet, and where what they will send arrives.
    pub(super) fn new(
        (options, places): (WatchOptions, Places),
        client: &ApiClient,
        tasks: &Tasks,
        (lives, metrics): (Lives, &Arc<Metrics>),
    ) -> (Self, mpsc::Receiver<Message>) {
        let (messages, inbox) = mpsc::channel(1024);
        let (client, tasks, metrics) = (client.clone(), tasks.clone(), Arc::clone(metrics));
        (Self { client, options, places, tasks, lives, metrics, messages, running: BTreeMap::new() }, inbox)
    }

    /// What is watched whatever policies read.
    pub(super) fn always(&self) -> Vec<Watched> {
        self.places.always()
    }

    /// Begins to ask which version the server has; the minor, if it says so at once.
    pub(super) async fn ask_for_version(&self) -> Option<u8> {
        let known = first(&self.client).await;
        let (client, messages) = (self.client.clone(), self.messages.clone());
        let following = move |heartbeat| follow(client, known, messages, heartbeat);
        // It runs for as long as somebody listens.
        drop(self.tasks.spawn("server version", STUCK_AFTER, following));
        known
    }

    /// Begins to watch.
    pub(super) fn begin(&mut self, watched: Watched) {
        let (client, messages) = (self.client.clone(), self.messages.clone());
        let page_size = watched.page_size(self.options.page_size);
        let options = WatchOptions { page_size, ..self.options };
        let namespaces: Vec<Option<String>> = match self.places.of(watched) {
            Some(listed) => listed.iter().cloned().map(Some).collect(),
            None => vec![None],
        };
        let lives = self.lives.begin(watched, namespaces.len());
        let places: Vec<Place> = namespaces.into_iter().zip(lives).collect();
        let feeding = move |heartbeat| feed(watched, client, (options, places), messages, heartbeat);
        let task = self.tasks.spawn(name(watched), STUCK_AFTER, feeding);
        self.running.insert(watched, task);
    }

    /// Ends a watch. Whatever it sent is in the channel afterwards, and nothing more comes.
    pub(super) async fn end(&mut self, watched: Watched) {
        let Some(task) = self.running.remove(&watched) else { return };
        // Off the list first: it is meant to end.
        self.tasks.retire(&name(watched));
        task.abort();
        // It was cancelled, or has panicked, of which the log knows.
        let _ = task.await;
        self.lives.end(watched);
        self.metrics.forget_watch(&watched.label());
    }
}

fn name(watched: Watched) -> String {
    format!("watch {}", watched.label())
}

//! A watch of one resource that never ends: kube's watcher with our own failures, waits and proof of life.
//!
//! It must not decode an object beyond its name, nor keep any. What the watcher alone would get wrong,
//! and this module or [`super::tap`] sets right: a server that accepts and never answers, a refused
//! watch that is resumed at a version which is gone, garbage that silently drops an event. Next:
//! [`crate::controller`] consumes the events.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use kube::Api;
use kube::api::ApiResource;
use kube::runtime::watcher::{self, Config, Event};
use tokio::time::{Instant, sleep};

use super::backoff::{Backoff, Jitter};
use super::client::ApiClient;
use super::failure::Failure;
use super::guarded::Guarded;
use super::life::ProofOfLife;
use super::metrics::Metrics;
use super::resource::ResourceRef;
use super::tap::{Tap, tapped};

/// What to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchSpec {
    /// The resource.
    pub resource: ResourceRef,
    /// Only this namespace; none for all, and for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// Field selector; empty for none.
    pub field_selector: String,
    /// Label selector; empty for none.
    pub label_selector: String,
    /// Ask the server for metadata only.
    pub metadata_only: bool,
    /// What it is called in metrics.
    pub label: String,
}

/// The limits of a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchOptions {
    /// Objects per page of a list.
    pub page_size: u32,
    /// When the server ends a watch, in seconds. A dead connection is noticed 5 s later.
    pub timeout_seconds: u32,
    /// Wait after a first failure; it doubles from there.
    pub first_wait: Duration,
    /// Longest wait after a failure.
    pub longest_wait: Duration,
    /// Wait before a resource that is not served, or forbidden, is asked for again. One that was listed
    /// before counts as unavailable only when the refusals have lasted as long.
    pub unavailable_wait: Duration,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            page_size: 100,
            timeout_seconds: 30,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(30),
            unavailable_wait: Duration::from_secs(30),
        }
    }
}

/// Why a resource cannot be watched at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// The server does not know it (404).
    NotServed,
    /// The operator lacks the right (403).
    Forbidden,
}

/// One event of a watch.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// A list begins: what it does not name by `Synced` is gone. Objects are not gone before that.
    Restarted,
    /// An object of that list.
    Listed(Guarded),
    /// The list is complete.
    Synced,
    /// An object was added or changed.
    Applied(Guarded),
    /// An object is gone.
    Deleted {
        /// Its namespace.
        namespace: Option<String>,
        /// Its name.
        name: String,
        /// Its uid.
        uid: String,
    },
    /// The resource cannot be watched; it is asked for again, and then begins with `Restarted`.
    Unavailable(Unavailable),
    /// A list or watch failed ([`super::error::ApiError::category`]); it goes on after a wait.
    Failed(&'static str),
}

impl WatchEvent {
    /// The event's name, for metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Restarted => "restarted",
            Self::Listed(_) => "listed",
            Self::Synced => "synced",
            Self::Applied(_) => "applied",
            Self::Deleted { .. } => "deleted",
            Self::Unavailable(_) => "unavailable",
            Self::Failed(_) => "failed",
        }
    }
}

/// Watches a resource for ever. Nothing is sent while the stream is not polled; dropping it closes the watch.
pub fn watch(
    client: &ApiClient,
    spec: WatchSpec,
    options: WatchOptions,
    life: Arc<ProofOfLife>,
) -> impl Stream<Item = WatchEvent> + Send + use<> {
    let tap = Tap { life, metadata_only: spec.metadata_only };
    let metrics = client.metrics().cloned();
    let watching = Watching {
        client: tapped(client, tap),
        backoff: Backoff::new(options.first_wait, options.longest_wait),
        started: Instant::now(),
        spec,
        options,
        inner: None,
        listed: false,
        refused: None,
        told: None,
        doubted: None,
        wait: None,
        restarting: false,
        held: None,
    };
    stream::unfold((watching, metrics), |(mut watching, metrics)| async {
        let event = watching.next().await;
        if let Some(metrics) = &metrics {
            count(metrics, &watching.spec.label, &event);
        }
        Some((event, (watching, metrics)))
    })
}

fn count(metrics: &Metrics, resource: &str, event: &WatchEvent) {
    metrics.watch_events.with_label_values(&[resource, event.as_str()]).inc();
    let category = match event {
        WatchEvent::Failed(category) => category,
        WatchEvent::Unavailable(Unavailable::NotServed) => "not-found",
        WatchEvent::Unavailable(Unavailable::Forbidden) => "forbidden",
        _ => return,
    };
    metrics.watch_failures.with_label_values(&[resource, category]).inc();
}

type Watcher = Pin<Box<dyn Stream<Item = watcher::Result<Event<Guarded>>> + Send>>;

struct Watching {
    client: kube::Client,
    spec: WatchSpec,
    options: WatchOptions,
    backoff: Backoff,
    started: Instant,
    /// None: to be opened, which begins with a list.
    inner: Option<Watcher>,
    /// The resource was available when it was last listed.
    listed: bool,
    /// Since when it is refused without a break.
    refused: Option<Instant>,
    /// Why it is unavailable, as it was told last.
    told: Option<Unavailable>,
    /// Since when it is unavailable for another reason than that.
    doubted: Option<Instant>,
    /// To be waited for before the watcher is polled again.
    wait: Option<Duration>,
    /// A list began; told only once it brings something, so that an outage does not tell it again and again.
    restarting: bool,
    /// What comes after the `Restarted` that was just told.
    held: Option<WatchEvent>,
}

impl Watching {
    async fn next(&mut self) -> WatchEvent {
        if let Some(event) = self.held.take() {
            return event;
        }
        if let Some(wait) = self.wait.take() {
            sleep(wait).await;
        }
        loop {
            let inner = self.inner.get_or_insert_with(|| open(&self.client, &self.spec, &self.options));
            let event = match inner.next().await {
                Some(Ok(event)) => self.told(event),
                Some(Err(error)) => Some(self.failed(&error)),
                // The watcher never ends; if a later version does, it is opened anew.
                None => {
                    self.inner = None;
                    Some(self.again("ended", None))
                }
            };
            if let Some(event) = event {
                return event;
            }
        }
    }

    fn told(&mut self, event: Event<Guarded>) -> Option<WatchEvent> {
        match event {
            Event::Init => {
                self.restarting = true;
                None
            }
            Event::InitDone => {
                self.listed = true;
                (self.refused, self.told, self.doubted) = (None, None, None);
                Some(self.after_restart(WatchEvent::Synced))
            }
            // Nothing can be kept of an object without a name, and nothing can be wrong about it.
            Event::InitApply(object) | Event::Apply(object) | Event::Delete(object)
                if object.name().is_empty() =>
            {
                None
            }
            Event::InitApply(object) => Some(self.after_restart(WatchEvent::Listed(object))),
            Event::Apply(object) => Some(WatchEvent::Applied(object)),
            Event::Delete(object) => Some(WatchEvent::Deleted {
                namespace: object.namespace().map(str::to_owned),
                name: object.name().to_owned(),
                uid: object.uid().to_owned(),
            }),
        }
    }

    fn after_restart(&mut self, event: WatchEvent) -> WatchEvent {
        if std::mem::take(&mut self.restarting) {
            self.held = Some(event);
            return WatchEvent::Restarted;
        }
        event
    }

    fn failed(&mut self, error: &watcher::Error) -> WatchEvent {
        let failure = Failure::of(error);
        if failure.relist {
            self.inner = None;
        }
        if let Some(unavailable) = failure.unavailable {
            // A server that has just started refuses everybody until it has read its rules and its CRDs.
            let since = *self.refused.get_or_insert_with(Instant::now);
            let doubted = self.told.is_some_and(|told| told != unavailable);
            let since = if doubted { *self.doubted.get_or_insert_with(Instant::now) } else { since };
            if (self.listed || doubted) && since.elapsed() < self.options.unavailable_wait {
                return self.again(failure.category, failure.retry_after);
            }
            (self.listed, self.told, self.doubted) = (false, Some(unavailable), None);
            self.wait = Some(self.options.unavailable_wait);
            return WatchEvent::Unavailable(unavailable);
        }
        self.again(failure.category, failure.retry_after)
    }

    fn again(&mut self, category: &'static str, asked: Option<Duration>) -> WatchEvent {
        let own = self.backoff.after_failure(self.started.elapsed(), Jitter::random());
        self.wait = Some(asked.map_or(own, |asked| asked.max(own)));
        WatchEvent::Failed(category)
    }
}

fn open(client: &kube::Client, spec: &WatchSpec, options: &WatchOptions) -> Watcher {
    let resource = &spec.resource;
    let dynamic = ApiResource {
        group: resource.group.clone().into_owned(),
        version: resource.version.clone().into_owned(),
        api_version: resource.api_version(),
        kind: resource.kind.clone().into_owned(),
        plural: resource.plural.clone().into_owned(),
    };
    let api: Api<Guarded> = match &spec.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &dynamic),
        None => Api::all_with(client.clone(), &dynamic),
    };
    let mut config = Config::default().page_size(options.page_size).timeout(options.timeout_seconds);
    if !spec.field_selector.is_empty() {
        config = config.fields(&spec.field_selector);
    }
    if !spec.label_selector.is_empty() {
        config = config.labels(&spec.label_selector);
    }
    Box::pin(watcher::watcher(api, config))
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;

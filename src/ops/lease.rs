//! Leader election over a `Lease`: the driver of [`super::election`], and what the rest may ask of it.
//!
//! It must not decide anything that the state machine decides. Caches stay warm whoever leads: only
//! writes ask here. Next: [`crate::controller`] bounds each write by [`Leadership::write_deadline`].

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::backoff::random_u64;
use super::client::ApiClient;
use super::election::{Action, Answer, LeaseRecord, LeaseState, LeaseTiming, LeaseWrite};
use super::error::ApiError;
use super::resource::{LEASES, ObjectKey};

/// Which `Lease`, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseOptions {
    /// Namespace of the `Lease`.
    pub namespace: String,
    /// Name of the `Lease`.
    pub name: String,
    /// This replica, as nobody else is called ([`identity`]).
    pub identity: String,
    /// The times of the election.
    pub timing: LeaseTiming,
}

/// A name for this process: the Pod's, or the host's, and random digits, so that a container that
/// restarts in its Pod is another candidate.
pub fn identity() -> String {
    let named = |variable| std::env::var(variable).ok().filter(|name| !name.is_empty());
    let host = named("POD_NAME").or_else(|| named("HOSTNAME")).unwrap_or_else(|| "seaworthy".to_owned());
    format!("{host}_{:016x}", random_u64())
}

/// Whether this replica may write. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Leadership {
    held: Option<watch::Receiver<Option<Held>>>,
    leads: watch::Receiver<bool>,
}

/// A held `Lease`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    /// This replica stops leading then, unless it renews.
    until: Instant,
    /// The record expires then for this replica.
    expires: Instant,
}

/// Deadline of writes without an election: longer than any call.
const UNBOUNDED: Duration = Duration::from_hours(1);

impl Leadership {
    /// Always leading: for a single replica without an election.
    pub fn always() -> Self {
        Self { held: None, leads: watch::channel(true).1 }
    }

    /// Whether this replica leads at this moment. Judged by the clock, not by whether the driver got its turn.
    pub fn is_leader(&self) -> bool {
        self.write_deadline().is_some()
    }

    /// Until when a write that starts now may last ([`ApiClient::until`]); none if this replica may not write.
    pub fn write_deadline(&self) -> Option<Instant> {
        let now = Instant::now();
        match &self.held {
            None => Some(now + UNBOUNDED),
            Some(held) => {
                let held = *held.borrow();
                held.filter(|held| now < held.until).map(|held| held.expires)
            }
        }
    }

    /// Tells when this replica begins or ceases to lead.
    pub fn subscribe(&self) -> watch::Receiver<bool> {
        self.leads.clone()
    }
}

/// Stands for election; nothing is sent before [`Elector::run`].
pub fn elector(client: &ApiClient, options: LeaseOptions) -> (Leadership, Elector) {
    let (held, held_receiver) = watch::channel(None);
    let (leads, leads_receiver) = watch::channel(false);
    let elector = Elector {
        client: client.clone(),
        state: LeaseState::new(options.identity.clone(), options.timing),
        options,
        origin: Instant::now(),
        held,
        leads,
    };
    (Leadership { held: Some(held_receiver), leads: leads_receiver }, elector)
}

/// The driver of the election.
pub struct Elector {
    client: ApiClient,
    options: LeaseOptions,
    state: LeaseState,
    origin: Instant,
    held: watch::Sender<Option<Held>>,
    leads: watch::Sender<bool>,
}

impl Elector {
    /// Stands, leads, loses and stands again until `stop` is done, and then hands the `Lease` back.
    /// `stop` must not be done before the writes are: whoever takes over starts at once.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        loop {
            let action = self.state.action(self.now());
            self.publish();
            match action {
                Action::Wait(until) => tokio::select! {
                    () = &mut stop => break,
                    () = sleep_until(self.origin + until) => {}
                },
                action => {
                    self.call(action).await;
                    self.publish();
                    // Done, or about to be: not worth another call.
                    if futures::FutureExt::now_or_never(&mut stop).is_some() {
                        break;
                    }
                }
            }
        }
        self.release().await;
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    fn publish(&self) {
        let held = self.state.leads_until(self.now()).zip(self.state.expires());
        let held =
            held.map(|(until, expires)| Held { until: self.origin + until, expires: self.origin + expires });
        self.tell(held);
    }

    fn tell(&self, held: Option<Held>) {
        self.held.send_replace(held);
        let leads = held.is_some();
        let changed = self.leads.send_if_modified(|told| std::mem::replace(told, leads) != leads);
        if changed {
            tracing::info!(identity = %self.options.identity, leads, "leadership changed");
        }
        if let Some(metrics) = self.client.metrics() {
            metrics.leader.with_label_values::<&str>(&[]).set(i64::from(leads));
        }
    }

    async fn call(&mut self, action: Action) {
        let sent = self.now();
        // A leader's call must not outlast its leadership, or it would be told too late that it ended.
        let left = self.state.leads_until(sent).map(|until| until.saturating_sub(sent));
        let deadline = left.map_or(self.options.timing.call, |left| left.min(self.options.timing.call));
        let client = self.client.single_try(deadline);
        let answer = match action {
            Action::Read => read(&client, self.object()).await,
            Action::Write(write) => {
                let record = self.record(&write, &self.options.identity);
                self.write(&client, &write, record).await
            }
            Action::Wait(_) => return,
        };
        let answer = answer.unwrap_or_else(|error| {
            tracing::warn!(category = error.category(), %error, "a call for the lease failed");
            Answer::Failed
        });
        self.state.answered(sent, self.now(), answer);
    }

    async fn release(self) {
        let write = self.state.release(self.now());
        self.tell(None);
        let Some(write) = write else { return };
        let record = LeaseRecord { duration: Duration::from_secs(1), ..self.record(&write, "") };
        let client = self.client.single_try(self.options.timing.call);
        if let Err(error) = self.write(&client, &write, record).await {
            tracing::warn!(category = error.category(), %error, "the lease was not handed back; it expires");
        }
    }

    fn object(&self) -> ObjectKey<'_> {
        LEASES.object(Some(&self.options.namespace), &self.options.name)
    }

    fn record(&self, write: &LeaseWrite, holder: &str) -> LeaseRecord {
        let now = format!("{:.6}", jiff::Timestamp::now());
        LeaseRecord {
            holder: holder.to_owned(),
            duration: self.options.timing.duration,
            transitions: write.transitions,
            acquired: write.acquired.clone().unwrap_or_else(|| now.clone()),
            renewed: now,
        }
    }

    async fn write(
        &self,
        client: &ApiClient,
        write: &LeaseWrite,
        record: LeaseRecord,
    ) -> Result<Answer, ApiError> {
        let body = lease(&self.options, write.version.as_deref(), &record);
        let written = match &write.version {
            Some(_) => client.replace_json(self.object(), &body).await,
            None => client.create(&LEASES, Some(&self.options.namespace), &body).await,
        };
        match written {
            Ok(written) => Ok(Answer::Written(record, written.resource_version)),
            // A replaced Lease that is gone is looked at again like one that changed.
            Err(error)
                if error.is_conflict()
                    || error.is_already_exists()
                    || (write.version.is_some() && error.is_not_found()) =>
            {
                Ok(Answer::Conflict)
            }
            Err(error) => Err(error),
        }
    }
}

async fn read(client: &ApiClient, object: ObjectKey<'_>) -> Result<Answer, ApiError> {
    Ok(match client.get_json(object).await? {
        None => Answer::Absent,
        Some(lease) => {
            let Stored { metadata, spec } =
                serde_json::from_value(lease).map_err(|error| super::calls::decode_error(&error))?;
            Answer::Found(spec.record(), metadata.resource_version)
        }
    })
}

#[derive(Deserialize)]
struct Stored {
    metadata: Version,
    #[serde(default)]
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    resource_version: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    holder_identity: Option<String>,
    lease_duration_seconds: Option<u32>,
    lease_transitions: Option<i64>,
    acquire_time: Option<String>,
    renew_time: Option<String>,
}

impl Spec {
    fn record(self) -> LeaseRecord {
        LeaseRecord {
            holder: self.holder_identity.unwrap_or_default(),
            duration: Duration::from_secs(self.lease_duration_seconds.unwrap_or_default().into()),
            transitions: self.lease_transitions.unwrap_or_default(),
            acquired: self.acquire_time.unwrap_or_default(),
            renewed: self.renew_time.unwrap_or_default(),
        }
    }
}

fn lease(options: &LeaseOptions, version: Option<&str>, record: &LeaseRecord) -> Value {
    json!({
        "apiVersion": LEASES.api_version(),
        "kind": LEASES.kind,
        "metadata": { "name": options.name, "namespace": options.namespace, "resourceVersion": version },
        "spec": {
            "holderIdentity": record.holder,
            // The API knows whole seconds only: rounded up, so that nobody takes the Lease too early.
            "leaseDurationSeconds": record.duration.as_millis().div_ceil(1000).max(1),
            "leaseTransitions": record.transitions,
            "acquireTime": record.acquired,
            "renewTime": record.renewed,
        },
    })
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod tests;

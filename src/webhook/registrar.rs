//! Keeps the certificate, and has the API server ask while a policy warns or denies and somebody answers.
//!
//! Every replica shows the certificate; the leader makes it, and writes the configuration. Whatever is about to
//! be shown is trusted before. It must not judge. Next: [`super::registration`] and [`super::store`].

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::sleep;

use super::certificate::{Bundle, CertificateError, Serving, Shown, issue, trusted};
use super::options::{FailurePolicy, WebhookOptions};
use super::probe::{address, probe};
use super::registration::{owner, owner_uid, register, unregister};
use super::store::{Store, StoreError};
use crate::engine::admission::Scope;
use crate::ops::client::ApiClient;
use crate::ops::error::ApiError;
use crate::ops::lease::Leadership;
use crate::ops::metrics::Metrics;
use crate::ops::shutdown::Shutdown;
use crate::ops::tasks::Heartbeat;
use crate::render::webhook::{Endpoint, Registration};

/// Probes in a row that fail before the API server is told not to ask any more.
const PATIENCE: u32 = 3;
/// For so long a new authority is trusted before its certificate is shown.
const OVERLAP: Duration = Duration::from_secs(2);
/// How often a replica looks that has no certificate to show.
const WITHOUT: Duration = Duration::from_secs(1);

/// Why the webhook could not be looked after; it is tried again.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("there is no ClusterRole {0}, with whose end the configuration would end (--webhook-name)")]
    Owner(String),
}

/// What the registrar needs.
pub struct Registrar {
    /// The client.
    pub client: ApiClient,
    /// Whether this replica may write.
    pub leadership: Leadership,
    /// What policies warn or deny in; none while that is not known.
    pub scope: watch::Receiver<Option<Scope>>,
    /// Where the server takes its certificate from.
    pub shown: Shown,
    /// Flags.
    pub options: WebhookOptions,
    /// Namespace of the operator.
    pub namespace: String,
    /// For what is registered.
    pub metrics: Arc<Metrics>,
}

/// What the last look left behind.
#[derive(Default)]
struct Standing {
    /// Made, trusted, and not yet shown.
    pending: Option<Bundle>,
    failures: u32,
    /// Whether there is a configuration; unknown after a change of leader.
    registered: Option<bool>,
}

impl Registrar {
    /// Looks after everything until the process is to stop.
    pub async fn run(mut self, stop: Shutdown, heartbeat: Heartbeat) {
        let mut standing = Standing::default();
        let mut leads = self.leadership.subscribe();
        while !stop.is_requested() {
            heartbeat.beat();
            if let Err(problem) = heartbeat.wait(self.look(&mut standing, &stop)).await {
                tracing::warn!(%problem, "the webhook is not in order");
            }
            let is_wanted = self.is_wanted() && self.leadership.is_leader();
            self.metrics.webhook_wanted.with_label_values::<&str>(&[]).set(is_wanted.into());
            let registered = standing.registered == Some(true);
            self.metrics.webhook_registered.with_label_values::<&str>(&[]).set(registered.into());
            let ends = self.shown.not_after().map_or(0, Timestamp::as_second);
            self.metrics.webhook_certificate_expiry.with_label_values::<&str>(&[]).set(ends);
            let wait = self.wait(&standing);
            let pause = async {
                tokio::select! {
                    Ok(()) = self.scope.changed() => {}
                    Ok(()) = leads.changed() => standing.registered = None,
                    () = stop.requested() => {}
                    () = sleep(wait) => {}
                }
            };
            heartbeat.wait(pause).await;
        }
    }

    /// Whether some policy warns or denies.
    fn is_wanted(&self) -> bool {
        self.scope.borrow().as_ref().is_some_and(|scope| !scope.is_empty())
    }

    fn wait(&self, standing: &Standing) -> Duration {
        let interval = self.options.interval();
        if standing.pending.is_some() {
            interval.min(OVERLAP)
        } else if self.is_wanted() && self.shown.not_after().is_none() {
            interval.min(WITHOUT)
        } else {
            interval
        }
    }

    async fn look(&mut self, standing: &mut Standing, stop: &Shutdown) -> Result<(), Problem> {
        let scope = self.scope.borrow_and_update().clone();
        // Before anybody is asked, nobody needs a certificate.
        let Some(scope) = scope else { return Ok(()) };
        let Some(until) = self.leadership.write_deadline() else {
            *standing = Standing::default();
            return if scope.is_empty() { Ok(()) } else { self.load().await.map(drop) };
        };
        let client = self.client.until(until);
        if scope.is_empty() {
            return self.unregister(&client, standing).await;
        }
        let name = &self.options.webhook_name;
        let Some(uid) = owner_uid(&client, name).await? else { return Err(Problem::Owner(name.clone())) };
        let authorities = match self.store() {
            Store::Directory(_) => self.load().await?.map(|(bundle, _)| bundle.authorities),
            Store::Secret(..) => Some(self.renew(&client, standing, &uid).await?),
        };
        let Some(authorities) = authorities else { return Ok(()) };
        if !self.answers(&authorities, standing, stop).await {
            return if standing.failures < PATIENCE {
                Ok(())
            } else {
                self.unregister(&client, standing).await
            };
        }
        let registration = self.registration(&authorities, uid);
        if register(&client, &registration, &scope).await? {
            tracing::info!(
                name = registration.name,
                "the API server asks about what policies warn of or deny"
            );
        }
        standing.registered = Some(true);
        Ok(())
    }

    fn store(&self) -> Store {
        match &self.options.webhook_certificate_directory {
            Some(directory) => Store::Directory(directory.clone()),
            None => Store::Secret(self.namespace.clone(), self.options.in_namespace()),
        }
    }

    fn endpoint(&self) -> Endpoint {
        self.options.endpoint(&self.namespace)
    }

    /// Shows what lies in the store, if it can be shown.
    async fn load(&self) -> Result<Option<(Bundle, Serving)>, Problem> {
        let Some(bundle) = self.store().load(&self.client).await? else { return Ok(None) };
        let serving = Serving::read(&bundle)?;
        self.show(&serving);
        Ok(Some((bundle, serving)))
    }

    fn show(&self, serving: &Serving) {
        if self.shown.show(serving.clone()) {
            tracing::info!(until = %serving.not_after(), "the webhook shows another certificate");
        }
    }

    /// The authorities to trust, after whatever is due of the operator's own certificate.
    async fn renew(
        &self,
        client: &ApiClient,
        standing: &mut Standing,
        uid: &str,
    ) -> Result<Vec<u8>, Problem> {
        let now = Timestamp::now();
        let hosts = [address(&self.endpoint()).0];
        let loaded = match self.load().await {
            // Whatever cannot be shown is no certificate; it is the operator's own to replace.
            Err(Problem::Certificate(_)) => None,
            other => other?,
        };
        let loaded = loaded.filter(|(_, serving)| serving.is_for(&hosts));
        let Some((bundle, serving)) = loaded else {
            return self.keep(client, issue(&hosts, now, self.options.lifetime())?, uid).await;
        };
        if let Some(pending) = standing.pending.take() {
            return self.keep(client, pending, uid).await;
        }
        if now < serving.not_after() - self.options.lifetime() / 3 {
            return Ok(bundle.authorities);
        }
        let mut pending = issue(&hosts, now, self.options.lifetime())?;
        pending.authorities = trusted(&pending.authorities, &bundle.authorities, now);
        let authorities = pending.authorities.clone();
        standing.pending = Some(pending);
        Ok(authorities)
    }

    /// Keeps a bundle for every replica, and shows it.
    async fn keep(&self, client: &ApiClient, bundle: Bundle, uid: &str) -> Result<Vec<u8>, Problem> {
        let serving = Serving::read(&bundle)?;
        self.store().save(client, &bundle, owner(&self.options.webhook_name, uid)).await?;
        self.show(&serving);
        Ok(bundle.authorities)
    }

    async fn answers(&self, authorities: &[u8], standing: &mut Standing, stop: &Shutdown) -> bool {
        let endpoint = self.endpoint();
        let probed = tokio::select! {
            probed = probe(&endpoint, authorities) => probed,
            // The Lease is handed over when this task has ended: that must not wait for an answer.
            () = stop.requested() => return false,
        };
        match probed {
            Ok(()) => standing.failures = 0,
            Err(error) => {
                standing.failures = standing.failures.saturating_add(1);
                tracing::warn!(%error, "the webhook does not answer where the API server would ask");
            }
        }
        standing.failures == 0
    }

    fn registration(&self, authorities: &[u8], uid: String) -> Registration {
        use base64::Engine as _;
        Registration {
            name: self.options.webhook_name.clone(),
            endpoint: self.endpoint(),
            namespace: self.namespace.clone(),
            ca_bundle: base64::engine::general_purpose::STANDARD.encode(authorities),
            fail_closed: self.options.webhook_failure_policy == FailurePolicy::Fail,
            owner: (self.options.webhook_name.clone(), uid),
        }
    }

    async fn unregister(&self, client: &ApiClient, standing: &mut Standing) -> Result<(), Problem> {
        if standing.registered != Some(false) && unregister(client, &self.options.webhook_name).await? {
            tracing::info!("the API server does not ask any more");
        }
        standing.registered = Some(false);
        Ok(())
    }
}

//! The operator's machinery that knows nothing of checks: the one API client, watches, the Lease,
//! health, metrics, logging, shutdown.
//!
//! No other module may name `kube::Api` or `kube::Client`. Next: [`crate::controller`] uses all of it.

pub mod backoff;
pub mod calls;
pub mod client;
pub mod discovery;
pub mod election;
pub mod error;
pub(crate) mod failure;
pub mod footprint;
pub mod guarded;
pub mod health;
mod kubeconfig;
pub mod lease;
pub mod life;
pub mod logging;
pub mod metadata;
pub mod metrics;
mod proxy;
pub mod resource;
pub mod retry;
pub mod secret;
pub mod shutdown;
pub mod tap;
pub mod tasks;
#[cfg(test)]
pub(crate) mod testing;
mod tls_secret;
pub mod watch;

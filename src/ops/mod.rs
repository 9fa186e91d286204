//! The operator's machinery that knows nothing of checks: the one API client, watches, the Lease,
//! health, metrics, logging, shutdown.
//!
//! No other module may name `kube::Api` or `kube::Client`. Next: [`crate::controller`] uses all of it.

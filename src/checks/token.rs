//! Whether a pod holds anything by which the API server knows its ServiceAccount.
//!
//! It must not say whether that is wanted. Next: `identity/automount_sa_token.rs`.

use crate::catalogue::WorkloadSubject;
use crate::inventory::lookup::{Cause, Lookup};

/// Whether the server mounts a token: the pod's word stands before that of its ServiceAccount, and without
/// either it does.
pub(super) fn is_mounted(subject: &WorkloadSubject<'_>) -> Result<bool, Cause> {
    if let Some(own) = subject.pod().automount_token {
        return Ok(own);
    }
    match subject.namespace.service_account(&subject.pod().service_account_name) {
        Lookup::Found(account) => Ok(account.automount_token.unwrap_or(true)),
        Lookup::Missing => Ok(true),
        Lookup::Unknown(cause) => Err(cause),
    }
}

/// Whether the pod has a token, be it one that a volume of its own projects.
pub(super) fn is_held(subject: &WorkloadSubject<'_>) -> Result<bool, Cause> {
    let projected = subject.pod().volumes.iter().filter_map(|volume| volume.projected.as_ref());
    if projected.flat_map(|projected| &projected.sources).any(|source| source.service_account_token.is_some())
    {
        return Ok(true);
    }
    is_mounted(subject)
}

/// What a check of rights says of a pod that cannot use any.
pub(super) const NONE: &str = "the pods hold no token of their ServiceAccount";

//! Whether a pod holds anything by which the API server knows its ServiceAccount.
//!
//! It must not say whether that is wanted. Next: `identity/automount_sa_token.rs`.

use super::references;
use crate::catalogue::WorkloadSubject;
use crate::inventory::lookup::{Cause, Lookup};

/// The key of a Secret that holds a token.
const KEY: &str = "token";

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

/// Whether the pod has a token, be it one that a volume of its own projects, or one that never ends in a Secret.
pub(super) fn is_held(subject: &WorkloadSubject<'_>) -> Result<bool, Cause> {
    let projected = subject.pod().volumes.iter().filter_map(|volume| volume.projected.as_ref());
    if projected.flat_map(|projected| &projected.sources).any(|source| source.service_account_token.is_some())
    {
        return Ok(true);
    }
    match is_mounted(subject) {
        Ok(true) => Ok(true),
        mounted => match is_in_a_secret(subject) {
            Ok(false) => mounted,
            held => held,
        },
    }
}

/// Whether a Secret that the pod gets as files or variables holds a token of its ServiceAccount.
fn is_in_a_secret(subject: &WorkloadSubject<'_>) -> Result<bool, Cause> {
    let account = &subject.pod().service_account_name;
    let mut unknown = None;
    for secret in references::contents_of_secrets(subject.pod()) {
        if !secret.keys.is_empty() && secret.keys.iter().all(|(_, key)| *key != KEY) {
            continue;
        }
        match subject.namespace.secret(secret.name).map(|secret| secret.is_token_of(account)) {
            Lookup::Found(Some(true)) => return Ok(true),
            Lookup::Found(Some(false)) | Lookup::Missing => {}
            Lookup::Found(None) => unknown = unknown.or(Some(Cause::Undecidable)),
            Lookup::Unknown(cause) => unknown = unknown.or(Some(cause)),
        }
    }
    unknown.map_or(Ok(false), Err)
}

/// What a check of rights says of a pod that cannot use any.
pub(super) const NONE: &str = "the pods hold no token of their ServiceAccount";

//! Whether the settings of a container let it run as root.
//!
//! A user namespace of the pod is not looked at: what it changes is up to the check. It must not judge. Next:
//! `security/run_as_non_root.rs`.

use crate::catalogue::{ContainerSubject, Field};
use crate::checks::helpers::{container, pod};

/// How the settings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As Pod Security Admission does: `runAsNonRoot` alone counts, at both levels.
    Strict,
    /// By what runs in fact: a numeric user above 0 is as good.
    Effective,
}

/// The field that lets the container run as root, and what is wrong with it.
pub(super) fn fault(subject: &ContainerSubject<'_>, reading: Reading) -> Option<(Field, &'static str)> {
    let (own, pod_level) = (&subject.container.security_context, &subject.pod().security_context);
    let strict = reading == Reading::Strict;
    let non_root_user = || own.run_as_user.or(pod_level.run_as_user).is_some_and(|user| user > 0);
    if !strict && own.run_as_non_root != Some(true) && non_root_user() {
        return None;
    }
    let field = || container("securityContext.runAsNonRoot");
    let at_pod = || (pod("securityContext.runAsNonRoot"), "runAsNonRoot is false for the whole pod");
    match (own.run_as_non_root, pod_level.run_as_non_root) {
        (Some(false), _) => Some((field(), "runAsNonRoot is false")),
        (_, Some(false)) if strict => Some(at_pod()),
        (Some(true), _) | (None, Some(true)) => None,
        (None, Some(false)) => Some(at_pod()),
        (None, None) if non_root_user() => Some((
            field(),
            "runAsNonRoot is not set; the numeric runAsUser alone is accepted with mode: effective only",
        )),
        (None, None) => Some((field(), "runAsNonRoot is not set on the container nor on the pod")),
    }
}

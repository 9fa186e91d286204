//! How many replicas a workload has at the least: what an autoscaler may go down to, else what it asks for.
//!
//! It must not judge. Next: the checks of the families availability and resources.

use crate::catalogue::WorkloadSubject;
use crate::checks::scalers;
use crate::inventory::Kind;
use crate::inventory::lookup::Cause;

/// The least number of replicas of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replicas {
    /// The kind has none, or does not choose them.
    None,
    /// This many.
    Known(i64),
    /// An autoscaler may say otherwise, and whether there is one is not known.
    Unknown(Cause),
}

/// Why a check of how many replicas there are has nothing to say.
pub(super) const NO_REPLICAS: &str =
    "neither a Deployment nor a StatefulSet, nor of a custom kind with replicas";

/// The least number of replicas of a Deployment or StatefulSet, or of a custom kind that has some.
pub(super) fn effective(subject: &WorkloadSubject<'_>) -> Replicas {
    match subject.workload.kind {
        Kind::Deployment | Kind::StatefulSet | Kind::Custom(_) => of_any_kind(subject),
        _ => Replicas::None,
    }
}

/// The least number of replicas of a workload of any kind that has some. Of several autoscalers the lowest counts.
pub(super) fn of_any_kind(subject: &WorkloadSubject<'_>) -> Replicas {
    let Some(wanted) = subject.workload.replicas else { return Replicas::None };
    // An autoscaler leaves a workload alone that somebody scaled to zero.
    if scalers::is_parked(subject) {
        return Replicas::Known(0);
    }
    let scalers = scalers::of(subject);
    let least = scalers.found.iter().map(|scaler| {
        let [least, _] = scaler.range(wanted);
        least
    });
    match least.min() {
        Some(least) => Replicas::Known(least),
        None => scalers.incomplete.map_or(Replicas::Known(wanted), Replicas::Unknown),
    }
}

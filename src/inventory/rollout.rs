//! How a workload replaces its pods, with the API server's defaults.
//!
//! It must not judge. Next: [`super::workload`] holds it, [`super::spec`] reads it.

use serde::Deserialize;

use super::kind::Kind;
use super::lenient::{IntOrString, null_is_default};
use super::shared::Shared;

/// How a Deployment, StatefulSet or DaemonSet replaces its pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rollout {
    /// `RollingUpdate` (the API's default), `Recreate` or `OnDelete`.
    pub strategy: String,
    /// How many pods may be missing; absent unless rolling.
    pub max_unavailable: Option<IntOrString>,
    /// How many pods there may be beyond the wanted ones; absent unless rolling, and for a StatefulSet.
    pub max_surge: Option<IntOrString>,
    /// How many pods of a StatefulSet, from the first on, an update leaves as they are.
    pub partition: i64,
    /// Seconds a new pod must be ready before it counts.
    pub min_ready_seconds: i64,
    /// Seconds without progress after which a Deployment counts as failed; absent for other kinds.
    pub progress_deadline_seconds: Option<i64>,
    /// How many old revisions are kept.
    pub revision_history_limit: i64,
}

/// The fields of a workload's spec that make its [`Rollout`].
#[derive(Default)]
pub(super) struct RolloutFields {
    pub(super) strategy: Strategy,
    pub(super) min_ready_seconds: i64,
    pub(super) progress_deadline_seconds: Option<i64>,
    pub(super) revision_history_limit: Option<i64>,
}

/// `strategy` of a Deployment, `updateStrategy` of the others.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Strategy {
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    kind: String,
    #[serde(deserialize_with = "null_is_default")]
    rolling_update: RollingUpdate,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RollingUpdate {
    max_unavailable: Option<IntOrString>,
    max_surge: Option<IntOrString>,
    partition: Option<i64>,
}

impl Rollout {
    /// What the server makes of these fields; absent for kinds that do not roll.
    pub(super) fn of(kind: Kind, fields: RolloutFields) -> Option<Shared<Self>> {
        let quarter = || IntOrString::String("25%".to_owned());
        let (unavailable, surge, deadline) = match kind {
            Kind::Deployment => (quarter(), Some(quarter()), Some(600)),
            Kind::StatefulSet => (IntOrString::Int(1), None, None),
            Kind::DaemonSet => (IntOrString::Int(1), Some(IntOrString::Int(0)), None),
            _ => return None,
        };
        let Strategy { kind: mut strategy, rolling_update } = fields.strategy;
        if strategy.is_empty() {
            "RollingUpdate".clone_into(&mut strategy);
        }
        let rolling = strategy == "RollingUpdate";
        let partition = rolling_update.partition.filter(|_| rolling && kind == Kind::StatefulSet);
        let max_surge = rolling_update.max_surge.filter(|_| surge.is_some()).or(surge);
        Some(Shared::from(Self {
            max_unavailable: rolling.then(|| rolling_update.max_unavailable.unwrap_or(unavailable)),
            max_surge: max_surge.filter(|_| rolling),
            partition: partition.unwrap_or(0),
            strategy,
            min_ready_seconds: fields.min_ready_seconds,
            progress_deadline_seconds: deadline
                .map(|default| fields.progress_deadline_seconds.unwrap_or(default)),
            revision_history_limit: fields.revision_history_limit.unwrap_or(10),
        }))
    }
}

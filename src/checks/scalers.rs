//! What scales the replicas of a workload: HorizontalPodAutoscalers, and ScaledObjects of KEDA.
//!
//! It must not search. Next: [`crate::inventory::snapshot::Scaler`], [`super::around`], [`super::vertical`], the checks `hpa-*`.

use crate::catalogue::{Field, Judgement, ObjectSubject, Severity, Statement, WorkloadSubject};
use crate::checks::around::{Words, judge_each, key_of};
use crate::checks::helpers::PARKED;
use crate::inventory::autoscaler::{HorizontalPodAutoscaler, ScaleTarget};
use crate::inventory::lookup::{Known, Search};
use crate::inventory::metadata::Metadata;
use crate::inventory::scaled_object::{Pause, ScaledObject};
pub(super) use crate::inventory::snapshot::Scaler;
use crate::inventory::{Kind, Object, ObjectKey};

/// What is said when nobody here knows of every autoscaler.
pub(super) const NOT_KNOWN: &str = "whether an autoscaler scales the workload is not known";

/// Why nothing scales some kinds.
const WITHOUT_REPLICAS: &str = "the kind has no replicas that could be scaled";

/// What is said without an autoscaler.
pub(super) const WORDS: Words = Words {
    nothing: "no autoscaler scales the workload",
    doubt: "which autoscalers scale the workload is not known in full",
};

/// A field of a spec, and its value.
pub(super) type Bound = (&'static str, i64);

impl<'a> Scaler<'a> {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Horizontal(_) => Kind::HorizontalPodAutoscaler,
            Self::Scaled(_) => Kind::ScaledObject,
        }
    }

    pub(super) const fn metadata(self) -> &'a Metadata {
        match self {
            Self::Horizontal(scaler) => &scaler.metadata,
            Self::Scaled(scaler) => &scaler.metadata,
        }
    }

    pub(super) const fn target(self) -> &'a ScaleTarget {
        match self {
            Self::Horizontal(scaler) => &scaler.spec.target,
            Self::Scaled(scaler) => &scaler.spec.target,
        }
    }

    pub(super) fn key(self) -> ObjectKey {
        key_of(self.kind(), self.metadata())
    }

    /// Between how many replicas it scales while there is something to do.
    pub(super) const fn bounds(self) -> [Bound; 2] {
        match self {
            Self::Horizontal(HorizontalPodAutoscaler { spec, .. }) => {
                [("minReplicas", spec.min_replicas), ("maxReplicas", spec.max_replicas)]
            }
            Self::Scaled(ScaledObject { spec, .. }) => {
                [("minReplicaCount", spec.min_replicas), ("maxReplicaCount", spec.max_replicas)]
            }
        }
    }

    /// To how few replicas it goes down when there is nothing to do.
    pub(super) fn least(self) -> Bound {
        let [least, _] = self.bounds();
        match self {
            Self::Scaled(ScaledObject { spec, .. }) => {
                let idle = spec.idle_replicas.filter(|idle| *idle < spec.min_replicas);
                idle.map_or(least, |idle| ("idleReplicaCount", idle))
            }
            Self::Horizontal(_) => least,
        }
    }

    /// The fewest and the most replicas of a workload that has this many while nobody scales it.
    pub(super) fn range(self, own: i64) -> [i64; 2] {
        let (_, least) = self.least();
        let [_, (_, most)] = self.bounds();
        match self.pause() {
            Pause::No => [least, most],
            Pause::AsItIs => [own; 2],
            Pause::At(number) => [number; 2],
        }
    }

    /// Whether it is there and scales nothing.
    pub(super) fn is_paused(self) -> bool {
        self.pause() != Pause::No
    }

    fn pause(self) -> Pause {
        match self {
            Self::Scaled(scaler) => scaler.pause(),
            Self::Horizontal(_) => Pause::No,
        }
    }
}

/// Those that scale the workload. Of a HorizontalPodAutoscaler that KEDA made, the ScaledObject.
pub(super) fn of<'a>(subject: &WorkloadSubject<'a>) -> Known<'a, Scaler<'a>> {
    subject.namespace.scalers_of(subject.workload)
}

/// The HorizontalPodAutoscalers that scale it, those that KEDA made among them.
fn horizontal<'a>(subject: &WorkloadSubject<'a>) -> Known<'a, &'a HorizontalPodAutoscaler> {
    let workload = subject.workload;
    subject.namespace.horizontal_pod_autoscalers_of(workload.kind, &workload.metadata.name)
}

fn scaled<'a>(subject: &WorkloadSubject<'a>) -> Known<'a, &'a ScaledObject> {
    let workload = subject.workload;
    subject.namespace.scaled_objects_of(workload.kind, &workload.metadata.name)
}

/// Whether a ScaledObject starts the workload when there is something to do, and whether all are known.
pub(super) fn starting(subject: &WorkloadSubject<'_>) -> Search<()> {
    let scaled = scaled(subject);
    let starting = scaled.found.iter().filter(|one| one.may_start());
    Search { found: starting.map(|_| ()).collect(), incomplete: scaled.incomplete }
}

/// Whether somebody parked the workload. What KEDA scaled to zero it starts again.
pub(super) fn is_parked(subject: &WorkloadSubject<'_>) -> bool {
    let workload = subject.workload;
    let is_idle = || workload.replicas == Some(0) && !starting(subject).found.is_empty();
    workload.is_parked() && !is_idle()
}

/// Why no autoscaler can matter, if so.
pub(super) fn none_can_matter(subject: &WorkloadSubject<'_>) -> Option<Judgement> {
    if subject.workload.replicas.is_none() {
        return Some(Judgement::not_applicable(WITHOUT_REPLICAS));
    }
    // An autoscaler leaves a workload alone that somebody scaled to zero.
    is_parked(subject).then(|| Judgement::not_applicable(PARKED))
}

/// What a check says of everything that scales the workload. A statement about no other object is about the
/// autoscaler, unless its field lies in the pod.
pub(super) fn judge_scalers(
    subject: &WorkloadSubject<'_>,
    severity: Severity,
    judge: impl Fn(Scaler<'_>) -> Vec<Statement>,
) -> Judgement {
    if let Some(judgement) = none_can_matter(subject) {
        return judgement;
    }
    judge_each(subject, &of(subject), WORDS, severity, |scaler| about(scaler, judge(scaler)))
}

/// What a check says of every HorizontalPodAutoscaler of the workload, whoever made it.
pub(super) fn judge_horizontal(
    subject: &WorkloadSubject<'_>,
    severity: Severity,
    judge: impl Fn(&HorizontalPodAutoscaler) -> Vec<Statement>,
) -> Judgement {
    const WORDS: Words = Words {
        nothing: "no HorizontalPodAutoscaler scales the workload",
        doubt: "which HorizontalPodAutoscalers scale the workload is not known in full",
    };
    if subject.workload.replicas.is_none() {
        return Judgement::not_applicable(WITHOUT_REPLICAS);
    }
    if subject.workload.is_parked() {
        return Judgement::not_applicable(PARKED);
    }
    judge_each(subject, &horizontal(subject), WORDS, severity, |scaler| {
        about(Scaler::Horizontal(scaler), judge(scaler))
    })
}

/// What a check says of an autoscaler that scales no workload that is known. One that KEDA made is its ScaledObject's
/// matter.
pub(super) fn judge_alone(
    subject: &ObjectSubject<'_>,
    judge: impl Fn(Scaler<'_>) -> Vec<Statement>,
) -> Judgement {
    match subject.object {
        Object::HorizontalPodAutoscaler(scaler) if subject.namespace.is_made_by_keda(scaler) => {
            Judgement::not_applicable("KEDA made the autoscaler of a ScaledObject")
        }
        Object::HorizontalPodAutoscaler(scaler) => judge(Scaler::Horizontal(scaler)).into_iter().collect(),
        Object::ScaledObject(scaler) => judge(Scaler::Scaled(scaler)).into_iter().collect(),
        _ => Judgement::default(),
    }
}

fn about(scaler: Scaler<'_>, statements: Vec<Statement>) -> Vec<Statement> {
    let about = |statement: Statement| match statement.field {
        Field::Object(_) => statement.about(scaler.key()),
        _ => statement,
    };
    statements.into_iter().map(about).collect()
}

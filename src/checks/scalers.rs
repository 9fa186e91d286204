//! The HorizontalPodAutoscalers of a workload.
//!
//! It must not judge. Next: [`super::around`], the checks `hpa-*`.

use crate::catalogue::{Judgement, Severity, Statement, WorkloadSubject};
use crate::checks::around::{Words, judge_each, key_of};
use crate::checks::helpers::PARKED;
use crate::inventory::Kind;
use crate::inventory::autoscaler::HorizontalPodAutoscaler;
use crate::inventory::lookup::Search;

/// What is said without an autoscaler.
const WORDS: Words = Words {
    nothing: "no HorizontalPodAutoscaler scales the workload",
    doubt: "which HorizontalPodAutoscalers scale the workload is not known in full",
};

/// Those that scale the workload.
pub(super) fn of<'a>(subject: &WorkloadSubject<'a>) -> Search<&'a HorizontalPodAutoscaler> {
    let workload = subject.workload;
    subject.namespace.horizontal_pod_autoscalers_of(workload.kind, &workload.metadata.name)
}

/// Why no autoscaler can matter, if so.
pub(super) fn none_can_matter(subject: &WorkloadSubject<'_>) -> Option<Judgement> {
    if subject.workload.replicas.is_none() {
        return Some(Judgement::not_applicable("the kind has no replicas that could be scaled"));
    }
    // An autoscaler leaves a workload alone that somebody scaled to zero.
    subject.workload.is_parked().then(|| Judgement::not_applicable(PARKED))
}

/// What a check says of every autoscaler of the workload. A statement about no other object is about the
/// autoscaler, unless its field lies in the pod.
pub(super) fn judge_scalers(
    subject: &WorkloadSubject<'_>,
    severity: Severity,
    judge: impl Fn(&HorizontalPodAutoscaler) -> Vec<Statement>,
) -> Judgement {
    if let Some(judgement) = none_can_matter(subject) {
        return judgement;
    }
    judge_each(subject, &of(subject), WORDS, severity, |scaler| {
        let about = |statement: Statement| match statement.field {
            crate::catalogue::Field::Object(_) => {
                statement.about(key_of(Kind::HorizontalPodAutoscaler, &scaler.metadata))
            }
            _ => statement,
        };
        judge(scaler).into_iter().map(about).collect()
    })
}

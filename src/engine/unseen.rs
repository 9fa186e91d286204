//! What is said of a subject that cannot be seen, and of which only its report is known.
//!
//! It must not judge. Next: [`super::evaluate`] for what can be seen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::answers::Answers;
use super::evaluate::{Evaluation, Policies, PolicyOutcome};
use super::judge::hidden;
use super::merge::{Merge, merged};
use super::policy::{EffectiveCheck, EffectivePolicy, PolicyKey};
use super::weigh::weigh;
use crate::api::report::Verdict;
use crate::inventory::SubjectKey;
use crate::inventory::lookup::Cause;
use crate::inventory::owners::OWNED_KINDS;

/// What is said of a subject that cannot be seen, and of which only its report is known: each of the policies
/// that the report names, so far as it still can be about it, knows nothing.
pub fn evaluate_unseen(
    (subject, named): (&SubjectKey, &BTreeSet<PolicyKey>),
    policies: Policies<'_>,
    cause: Cause,
    now: Timestamp,
) -> Evaluation {
    let mut evaluation = Evaluation::default();
    for policy in policies.invalid.keys().filter(|policy| named.contains(policy)) {
        evaluation.policies.insert(policy.clone(), PolicyOutcome::without_checks(Verdict::Unknown));
    }
    let kind = subject.workload_kind();
    let kinds = kind.as_ref().map_or(&OWNED_KINDS[..], std::slice::from_ref);
    let orphan = subject.object().map(|object| object.kind).filter(|kind| !kind.is_workload());
    let is_about = |policy: &EffectivePolicy| match orphan {
        Some(kind) => policy.judges(kind),
        None => {
            policy.selection.has_custom(subject.kind.group(), subject.kind.as_str())
                || kinds.iter().any(|kind| policy.selection.kinds.contains(kind))
        }
    };
    let about = policies.about(&subject.namespace).filter(|policy| named.contains(&policy.key));
    let (suspended, asking): (Vec<_>, Vec<_>) =
        about.filter(|policy| is_about(policy)).partition(|policy| policy.suspended);
    for policy in suspended {
        let outcome = PolicyOutcome::without_checks(Verdict::Suspended);
        evaluation.policies.insert(policy.key.clone(), outcome);
    }
    let concerns = |check: &EffectiveCheck| orphan.is_none_or(|kind| check.compiled.is_on_live_orphans(kind));
    let what = format!("this {}", subject.kind.as_str());
    let answers = Answers::alike(&asking, concerns, || hidden(&what, cause));
    let waivers = BTreeMap::new();
    let mut merge = Merge::default();
    for policy in asking {
        let weighed = weigh(policy, answers.in_order(), &waivers, now);
        evaluation.policies.insert(policy.key.clone(), PolicyOutcome::of(&weighed, kind.is_none()));
        merge.add(&policy.key, weighed);
    }
    let (checks, are_several) = merge.finish();
    Evaluation { checks, findings: merged([(None, answers)].into_iter(), are_several), ..evaluation }
}

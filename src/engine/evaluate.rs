//! Every policy that is about a subject, judged together.
//!
//! Policies add up: none overrides another. Each distinct (check, parameters) runs once; each policy
//! weighs the result by its own severities and `failOn`; findings are merged over the policies that asked.
//! It must not decide what is written where. Next: [`super::members`] for what is judged, [`super::unseen`] for what cannot
//! be, [`super::report`] and [`super::tally`].

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

use jiff::Timestamp;

use super::answers::Answers;
use super::judge::Found;
use super::members::{JudgedMember, judge_members, judge_unseen, weigh_all};
use super::merge::{CheckOutcome, Merge, MergedFinding, merged};
use super::policy::{EffectiveCheck, EffectivePolicy, PolicyKey};
use super::select::{Selected, select};
use super::subject::Subject;
pub use super::unseen::evaluate_unseen;
use super::weigh::{Weighed, WeighedCheck, WeighedFinding, score};
use crate::api::report::Verdict;
use crate::api::severity::FailOn;
use crate::catalogue::outcome::earlier;
use crate::catalogue::{Outcome, Severity};
use crate::inventory::quick_hash::QuickHash;
use crate::inventory::{Inventory, Kind, SubjectKey};

/// The policies there are, and how they stand.
#[derive(Clone, Copy, Debug)]
pub struct Policies<'a> {
    /// Those in force, suspended ones included, in order.
    pub effective: &'a BTreeMap<PolicyKey, EffectivePolicy>,
    /// Those whose spec is not valid, with what they last selected.
    pub invalid: &'a BTreeMap<PolicyKey, BTreeSet<SubjectKey>>,
}

impl<'a> Policies<'a> {
    /// The policies in force that can be about a workload of this namespace: the cluster's, which come
    /// first in order, and the namespace's own.
    pub(super) fn about(&self, namespace: &str) -> impl Iterator<Item = &'a EffectivePolicy> + use<'a> {
        let first = PolicyKey { namespace: namespace.to_owned(), name: String::new() };
        let namespace = namespace.to_owned();
        let cluster = self.effective.iter().take_while(|(key, _)| key.is_cluster());
        let own = self.effective.range(first..).take_while(move |(key, _)| key.namespace == namespace);
        cluster.chain(own).map(|(_, policy)| policy)
    }
}

/// Everything that is said of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// What each policy that is about it makes of it, suspended and invalid ones included.
    pub policies: BTreeMap<PolicyKey, PolicyOutcome>,
    /// Findings over all policies, sorted.
    pub findings: Vec<MergedFinding>,
    /// Each distinct check: what it came to over all policies.
    pub checks: Vec<CheckOutcome>,
    /// When time alone can next change this.
    pub next_change: Option<Timestamp>,
}

impl Evaluation {
    /// Whether there is something to report of an object that no workload reaches: something is found or not known.
    pub fn is_worth_a_report(&self) -> bool {
        let says = |verdict| !matches!(verdict, Verdict::Ready | Verdict::Suspended);
        self.findings.iter().any(|finding| finding.outcome != Outcome::Waived)
            || self.policies.values().any(|outcome| says(outcome.verdict))
    }
}

/// What one policy makes of one subject, for its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyOutcome {
    /// Its verdict.
    pub verdict: Verdict,
    /// Score over its checks, in percent.
    pub score: Option<u8>,
    /// What its checks find or do not know, waived findings left out: by check, then by outcome.
    pub open: Box<[OpenCheck]>,
    /// What fails of other objects than the subject, which may belong to further workloads.
    pub shared: Box<[SharedFinding]>,
    /// Name of a check that fails at or above `failOn` and that nothing but a change of the workload
    /// itself can mend.
    pub hopeless: Option<&'static str>,
}

/// That a check came to this outcome in at least one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenCheck {
    /// Name of the check.
    pub check: &'static str,
    /// Fail, Unknown or Pending.
    pub outcome: Outcome,
    /// Severity of the worst finding with this outcome.
    pub severity: Severity,
    /// How many findings with this outcome are about the subject itself.
    pub own: u32,
}

/// A finding about another object than the subject: as many workloads have it as the object serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SharedFinding {
    /// Name of the check.
    pub check: &'static str,
    /// A hash of what identifies it: parameters, object, container and field. It is compared within one process only,
    /// and decides no verdict.
    pub identity: u64,
}

impl SharedFinding {
    fn of(asked: &EffectiveCheck, found: &Found) -> Option<Self> {
        let object = found.object.as_ref()?;
        let parts = (&asked.compiled.parameters, object, &found.container, &found.field);
        Some(Self { check: asked.name, identity: QuickHash.hash_one(parts) })
    }
}

/// Judges a subject by every policy that is about it, or about something of it.
pub fn evaluate(
    subject: &Subject<'_>,
    policies: Policies<'_>,
    inventory: &Inventory,
    now: Timestamp,
) -> Evaluation {
    let mut evaluation = Evaluation::default();
    for (policy, selected) in policies.invalid {
        if selected.contains(&subject.key) {
            evaluation.policies.insert(policy.clone(), PolicyOutcome::without_checks(Verdict::Unknown));
        }
    }
    let mut asking: Vec<Vec<&EffectivePolicy>> = vec![Vec::new(); subject.members.len()];
    for policy in policies.about(&subject.key.namespace) {
        for (member, asking) in subject.members.iter().zip(&mut asking) {
            match select(policy, member.key.kind, member.target.metadata(), inventory) {
                Selected::Yes if !policy.suspended => asking.push(policy),
                selected => {
                    if let Some(verdict) = unjudged(policy, selected) {
                        let outcome = PolicyOutcome::without_checks(verdict);
                        evaluation.policies.insert(policy.key.clone(), outcome);
                    }
                }
            }
        }
    }
    let judged = judge_members((subject, &asking), inventory, now);
    let unseen: Vec<(Kind, Answers<'_>)> = judge_unseen(subject, policies, inventory);
    let mut merge = Merge::default();
    for policy in policies.about(&subject.key.namespace) {
        let asked = judged.iter().zip(&asking);
        let asked = asked.filter(|(_, asking)| asking.iter().any(|asking| asking.key == policy.key));
        let asked: Vec<&JudgedMember<'_>> = asked.map(|(member, _)| member).collect();
        let Some(weighed) = weigh_all(policy, (&asked, &unseen), subject.is_owner(), now) else { continue };
        evaluation.next_change = earlier(evaluation.next_change, weighed.next_change);
        evaluation.policies.insert(policy.key.clone(), PolicyOutcome::of(&weighed, subject.is_owner()));
        merge.add(&policy.key, weighed);
    }
    let (checks, are_several) = merge.finish();
    let of_members = judged
        .into_iter()
        .map(|JudgedMember { member, answers, .. }| (subject.is_owner().then_some(&member.key), answers));
    let of_unseen = unseen.into_iter().map(|(_, answers)| (None, answers));
    Evaluation { checks, findings: merged(of_members.chain(of_unseen), are_several), ..evaluation }
}

/// The verdict of a policy that judges nothing of what it selects, if it selects it.
fn unjudged(policy: &EffectivePolicy, selected: Selected) -> Option<Verdict> {
    match selected {
        Selected::No => None,
        _ if policy.suspended => Some(Verdict::Suspended),
        // Whether the policy is about it is not known, so neither is its verdict.
        Selected::Unknown(_) if policy.fail_on != FailOn::Never => Some(Verdict::Unknown),
        Selected::Unknown(_) | Selected::Yes => Some(Verdict::Ready),
    }
}

impl PolicyOutcome {
    /// The outcome of a policy that has judged nothing.
    pub fn without_checks(verdict: Verdict) -> Self {
        Self { verdict, score: None, open: Box::default(), shared: Box::default(), hopeless: None }
    }

    pub(super) fn of<F: AsRef<Found>>(weighed: &Weighed<'_, F>, is_owner: bool) -> Self {
        let found = weighed.checks.iter().filter(|check| !check.findings.is_empty());
        let mut open = Vec::with_capacity(found.clone().count());
        let mut shared = Vec::new();
        for WeighedCheck { asked, findings, .. } in found {
            for outcome in [Outcome::Fail, Outcome::Unknown, Outcome::Pending] {
                let (mut worst, mut own) = (None, 0);
                for one in findings.iter().filter(|one| one.outcome == outcome) {
                    worst = worst.max(Some(one.severity));
                    own += u32::from(one.found.as_ref().object.is_none());
                    if outcome == Outcome::Fail {
                        shared.extend(SharedFinding::of(asked, one.found.as_ref()));
                    }
                }
                if let Some(severity) = worst {
                    open.push(OpenCheck { check: asked.name, outcome, severity, own });
                }
            }
        }
        shared.sort_unstable();
        shared.dedup();
        let hopeless = weighed
            .checks
            .iter()
            .find(|check| {
                let is_own = |one: &WeighedFinding<'_, F>| {
                    one.blocks && one.outcome == Outcome::Fail && one.found.as_ref().object.is_none()
                };
                check.findings.iter().any(is_own) && check.asked.compiled.reads.is_empty()
            })
            // Whoever owns Pods replaces them: those that fail now may be the last release's.
            .filter(|_| !is_owner)
            .map(|check| check.asked.name);
        let score = score(weighed.checks.iter().map(|check| (check.outcome, check.severity)));
        Self { verdict: weighed.verdict, score, open: open.into(), shared: shared.into(), hopeless }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::testing::{baseline, merge};
    use crate::engine::resolve::{Spec, resolve};
    use crate::engine::subject::Target;
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;
    use crate::inventory::{Inventory, Kind};

    /// The kinds that a policy with these parameters of `memory-limits` reads, and what is hopeless about
    /// a workload without a limit.
    fn without_limit(parameters: Value) -> (Vec<Kind>, Option<&'static str>) {
        let checks = json!([{"name": "memory-limits", "parameters": parameters}]);
        let spec = serde_json::from_value(json!({"profile": "None", "checks": checks})).unwrap();
        let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
        let policy = resolve(key.clone(), Spec::Namespaced(&spec)).unwrap();
        let mut object = baseline();
        let bare = json!([{"name": "app", "image": "registry.example/app:1.0.0"}]);
        merge(&mut object, json!({"spec": {"template": {"spec": {"containers": bare}}}}));
        let object = decode(Kind::Deployment, &object.to_string()).unwrap();
        let reads = policy.reads().into_iter().collect();
        let effective = BTreeMap::from([(key.clone(), policy)]);
        let policies = Policies { effective: &effective, invalid: &BTreeMap::new() };
        let inventory = Inventory::with_coverage(Coverage::Complete);
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let evaluation =
            evaluate(&Subject::of_workload(Target::of(&object).unwrap()), policies, &inventory, now);
        assert_eq!(evaluation.policies[&key].verdict, Verdict::NotReady);
        (reads, evaluation.policies[&key].hopeless)
    }

    #[test]
    fn a_failure_is_hopeless_only_if_the_check_reads_nothing_else_with_these_parameters() {
        assert_eq!(without_limit(json!({})), (vec![], Some("memory-limits")));
        // Somebody may still bring the LimitRange.
        assert_eq!(without_limit(json!({"countLimitRange": true})), (vec![Kind::LimitRange], None));
    }

    #[test]
    fn what_is_found_of_one_object_is_one_finding_on_whichever_workload() {
        let spec = serde_json::from_value(
            json!({"profile": "None", "checks": [{"name": "namespace-default-deny"}, {"name": "memory-limits"}]}),
        );
        let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
        let policy = resolve(key.clone(), Spec::Namespaced(&spec.unwrap())).unwrap();
        let effective = BTreeMap::from([(key.clone(), policy)]);
        let policies = Policies { effective: &effective, invalid: &BTreeMap::new() };
        let inventory = Inventory::with_coverage(Coverage::Complete);
        let of = |name: &str| {
            let mut object = baseline();
            let bare = json!([{"name": "app", "image": "registry.example/app:1.0.0"}]);
            let template = json!({"spec": {"containers": bare}});
            merge(&mut object, json!({"metadata": {"name": name}, "spec": {"template": template}}));
            let object = decode(Kind::Deployment, &object.to_string()).unwrap();
            let now = "2026-01-01T00:00:00Z".parse().unwrap();
            let subject = Subject::of_workload(Target::of(&object).unwrap());
            evaluate(&subject, policies, &inventory, now).policies[&key].clone()
        };
        let (web, api) = (of("web"), of("api"));
        assert_eq!((web.shared.len(), &web.shared), (1, &api.shared), "both directions are of one field");
        let own: Vec<_> = web.open.iter().map(|open| (open.check, open.own)).collect();
        assert_eq!(own, [("memory-limits", 1), ("namespace-default-deny", 0)]);
    }
}

//! Every policy that is about a workload, judged together.
//!
//! Policies add up: none overrides another. Each distinct (check, parameters) runs once; each policy
//! weighs the result by its own severities and `failOn`; findings are merged over the policies that asked.
//! It must not decide what is written where. Next: [`super::report`] and [`super::tally`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::judge::{Judged, judge, undecodable, unseen};
use super::merge::{CheckOutcome, Merge, MergedFinding};
use super::policy::{EffectiveCheck, EffectivePolicy, PolicyKey};
use super::select::{Selected, select};
use super::waiver::waivers;
use super::weigh::{Weighed, score, weigh};
use crate::api::report::Verdict;
use crate::api::severity::FailOn;
use crate::catalogue::outcome::earlier;
use crate::catalogue::{Outcome, Severity, WorkloadSubject};
use crate::inventory::object::ObjectKey;
use crate::inventory::small_map::SmallMap;
use crate::inventory::{Inventory, Metadata, Object, Workload};

/// What is judged: a workload, or what is known of one that could not be decoded.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A workload.
    Workload(&'a Workload),
    /// A workload whose text does not have the shape of its kind: its key, metadata and what is wrong.
    Broken(&'a Object, &'a str),
}

impl<'a> Target<'a> {
    /// The target that an object is, if it is one.
    pub fn of(object: &'a Object) -> Option<Self> {
        match object {
            Object::Workload(workload) => Some(Self::Workload(workload)),
            Object::Broken(kind, _, problem) if kind.is_workload() => Some(Self::Broken(object, problem)),
            _ => None,
        }
    }

    /// Metadata of the workload.
    pub const fn metadata(&self) -> &'a Metadata {
        match self {
            Self::Workload(workload) => &workload.metadata,
            Self::Broken(object, _) => object.metadata(),
        }
    }

    /// Key of the workload.
    pub fn key(&self) -> ObjectKey {
        match self {
            Self::Workload(workload) => workload.key(),
            Self::Broken(object, _) => object.key(),
        }
    }
}

/// The policies there are, and how they stand.
#[derive(Clone, Copy, Debug)]
pub struct Policies<'a> {
    /// Those in force, suspended ones included, in order.
    pub effective: &'a BTreeMap<PolicyKey, EffectivePolicy>,
    /// Those whose spec is not valid, with the workloads they last selected.
    pub invalid: &'a BTreeMap<PolicyKey, BTreeSet<ObjectKey>>,
}

impl<'a> Policies<'a> {
    /// The policies in force that can be about a workload of this namespace: the cluster's, which come
    /// first in order, and the namespace's own.
    fn about(&self, namespace: &str) -> impl Iterator<Item = &'a EffectivePolicy> + use<'a> {
        let first = PolicyKey { namespace: namespace.to_owned(), name: String::new() };
        let namespace = namespace.to_owned();
        let cluster = self.effective.iter().take_while(|(key, _)| key.is_cluster());
        let own = self.effective.range(first..).take_while(move |(key, _)| key.namespace == namespace);
        cluster.chain(own).map(|(_, policy)| policy)
    }
}

/// Everything that is said of one workload.
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

/// What one policy makes of one workload, for its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyOutcome {
    /// Its verdict.
    pub verdict: Verdict,
    /// Score over its checks, in percent.
    pub score: Option<u8>,
    /// Its checks that fail or are not known, with the severity of the worst finding.
    pub failing: SmallMap<&'static str, Severity>,
    /// Name of a check that fails at or above `failOn` and that nothing but a change of the workload
    /// itself can mend.
    pub hopeless: Option<&'static str>,
}

/// Judges a workload by every policy that is about it.
pub fn evaluate(
    target: Target<'_>,
    policies: Policies<'_>,
    inventory: &Inventory,
    now: Timestamp,
) -> Evaluation {
    let mut evaluation = Evaluation::default();
    let key = target.key();
    for (policy, selected) in policies.invalid {
        if selected.contains(&key) {
            evaluation.policies.insert(policy.clone(), PolicyOutcome::without_checks(Verdict::Unknown));
        }
    }
    let mut asking = Vec::new();
    for policy in policies.about(&key.namespace) {
        match select(policy, key.kind, target.metadata(), inventory) {
            Selected::No => {}
            _ if policy.suspended => {
                let outcome = PolicyOutcome::without_checks(Verdict::Suspended);
                evaluation.policies.insert(policy.key.clone(), outcome);
            }
            Selected::Yes => asking.push(policy),
            // Whether the policy is about it is not known, so neither is its verdict.
            Selected::Unknown(_) => {
                let verdict = if policy.fail_on == FailOn::Never { Verdict::Ready } else { Verdict::Unknown };
                evaluation.policies.insert(policy.key.clone(), PolicyOutcome::without_checks(verdict));
            }
        }
    }
    let judged = judge_all(target, &asking, inventory, now);
    let waivers = waivers(&target.metadata().annotations);
    let mut merge = Merge::default();
    for policy in asking {
        let weighed = weigh(policy, |check| judged.get(&question(check)).unwrap_or(&NOTHING), &waivers, now);
        evaluation.next_change = earlier(evaluation.next_change, weighed.next_change);
        evaluation.policies.insert(policy.key.clone(), PolicyOutcome::of(&weighed));
        merge.add(&policy.key, weighed);
    }
    (evaluation.checks, evaluation.findings) = merge.finish();
    evaluation
}

type Question<'a> = (&'static str, &'a str);

static NOTHING: Judged = Judged { outcome: Outcome::NotApplicable, findings: Vec::new(), next_change: None };

fn question(effective: &EffectiveCheck) -> Question<'_> {
    (effective.check.name, &effective.compiled.parameters)
}

fn judge_all<'a>(
    target: Target<'_>,
    asking: &[&'a EffectivePolicy],
    inventory: &Inventory,
    now: Timestamp,
) -> BTreeMap<Question<'a>, Judged> {
    let mut judged = BTreeMap::new();
    let kind = target.key().kind;
    let blind = inventory.coverage(kind).is_blind().then(|| inventory.coverage(kind).gap()).flatten();
    for effective in asking.iter().flat_map(|policy| &policy.checks) {
        judged.entry(question(effective)).or_insert_with(|| match target {
            _ if let Some(cause) = blind => unseen(kind, cause),
            Target::Workload(workload) => {
                let namespace = inventory.namespace(&workload.metadata.namespace);
                judge(effective.check, &effective.compiled, &WorkloadSubject { workload, namespace, now })
            }
            Target::Broken(_, problem) => undecodable(problem),
        });
    }
    judged
}

impl PolicyOutcome {
    fn without_checks(verdict: Verdict) -> Self {
        Self { verdict, score: None, failing: SmallMap::new(), hopeless: None }
    }

    fn of(weighed: &Weighed<'_>) -> Self {
        let failing = weighed
            .checks
            .iter()
            .filter(|check| matches!(check.outcome, Outcome::Fail | Outcome::Unknown))
            .map(|check| (check.check.name, check.severity))
            .collect();
        let hopeless = weighed
            .checks
            .iter()
            .find(|check| check.blocks && check.outcome == Outcome::Fail && check.reads.is_empty())
            .map(|check| check.check.name);
        let score = score(weighed.checks.iter().map(|check| (check.outcome, check.severity)));
        Self { verdict: weighed.verdict, score, failing, hopeless }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::testing::{baseline, merge};
    use crate::engine::resolve::{Spec, resolve};
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
        let evaluation = evaluate(Target::of(&object).unwrap(), policies, &inventory, now);
        assert_eq!(evaluation.policies[&key].verdict, Verdict::NotReady);
        (reads, evaluation.policies[&key].hopeless)
    }

    #[test]
    fn a_failure_is_hopeless_only_if_the_check_reads_nothing_else_with_these_parameters() {
        assert_eq!(without_limit(json!({})), (vec![], Some("memory-limits")));
        // Somebody may still bring the LimitRange.
        assert_eq!(without_limit(json!({"countLimitRange": true})), (vec![Kind::LimitRange], None));
    }
}

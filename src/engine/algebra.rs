//! What must hold of verdicts whatever the checks, policies and workloads are.
//!
//! Tests only. Next: [`super::weigh`] for one policy, [`super::evaluate`] for several.

mod generate;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use self::generate::{
    coverage, evaluation, found, impartial, inventory, judged, neighbours, now, policies, policy, said, spec,
    tweaks, verdict, with_verdicts, workload,
};
use super::judge::{Found, Judged, judge};
use super::report::{readiness, report};
use super::subject::Target;
use super::waiver::waivers;
use crate::api::condition::ConditionStatus;
use crate::api::report::Verdict;
use crate::catalogue::{Outcome, WorkloadSubject};
use crate::checks::testing::{baseline, merge};
use crate::inventory::decode::decode;
use crate::inventory::lookup::{Cause, Coverage};
use crate::inventory::{Kind, Object};

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Commutative, associative and idempotent: neither order nor grouping nor repetition matters.
    #[test]
    fn the_verdict_of_a_policy_depends_on_what_is_found_and_not_on_its_order(
        (all_found, shuffled) in proptest::collection::vec(found(), 0..6)
            .prop_flat_map(|found| (Just(found.clone()), Just(found).prop_shuffle())),
        cut in 0_usize..6,
    ) {
        let policy = impartial();
        let none = BTreeMap::new();
        let all = |parts: &[&[Found]]| {
            let parts: Vec<Judged> = parts.iter().map(|part| said(part.to_vec(), Outcome::Pass)).collect();
            verdict(&policy, &parts, &none)
        };
        let whole = all(&[&all_found]);
        prop_assert_eq!(whole, all(&[&shuffled]));
        let (one, other) = all_found.split_at(cut.min(all_found.len()));
        prop_assert_eq!(whole, all(&[one, other]));
        prop_assert_eq!(whole, all(&[other, one]));
        prop_assert_eq!(whole, all(&[&all_found, &shuffled, one]));
    }

    #[test]
    fn ready_over_several_policies_is_that_of_the_worst(
        verdicts in proptest::collection::vec(
            select(&[Verdict::Ready, Verdict::Pending, Verdict::Unknown, Verdict::NotReady, Verdict::Suspended][..]),
            1..6,
        ),
    ) {
        let order = [Verdict::NotReady, Verdict::Unknown, Verdict::Pending, Verdict::Ready, Verdict::Suspended];
        let worst = order.into_iter().find(|verdict| verdicts.contains(verdict)).unwrap();
        let status = |verdicts: &[Verdict]| readiness(&with_verdicts(verdicts)).status;
        prop_assert_eq!(status(&verdicts), status(&[worst]));
    }

    #[test]
    fn what_becomes_unknown_never_makes_ready_what_was_not(
        spec in spec(),
        said in proptest::collection::vec(judged(), 1..8),
        at in any::<prop::sample::Index>(),
        waived in any::<bool>(),
    ) {
        let Some(policy) = policy("gate", &spec) else { return Ok(()) };
        let annotations = crate::inventory::labels::Labels::from([(
            "waive.seaworthy.dev/memory-limits".to_owned(),
            "known; until=2030-01-01".to_owned(),
        )]);
        let waivers = if waived { waivers(&annotations) } else { BTreeMap::new() };
        let before = verdict(&policy, &said, &waivers);
        let mut less_known = said.clone();
        let changed = at.get_mut(&mut less_known);
        forget(changed);
        let after = verdict(&policy, &less_known, &waivers);
        prop_assert!(before == Verdict::Ready || after != Verdict::Ready, "{before:?} became {after:?}");
    }

    #[test]
    fn another_policy_never_makes_ready_what_was_not(
        workload in workload(),
        specs in proptest::collection::vec(spec(), 1..4),
        another in spec(),
        coverage in coverage(),
    ) {
        let before = policies(&specs);
        // Of suspended policies alone nothing is known, until one is there that judges.
        prop_assume!(before.values().any(|policy| !policy.suspended));
        let mut after = before.clone();
        after.extend(policy("another", &another).map(|policy| (policy.key.clone(), policy)));
        let mut objects = neighbours();
        objects.push(workload.clone());
        let inventory = inventory(&objects, coverage);
        let status = |policies| readiness(&evaluation(&workload, policies, &inventory)).status;
        prop_assert!(status(&before) == ConditionStatus::True || status(&after) != ConditionStatus::True);
    }

    /// What was found is moved to its place: nothing is lost, doubled, or put under another check.
    #[test]
    fn the_findings_over_several_policies_are_what_their_checks_find(
        workload in workload(),
        specs in proptest::collection::vec(spec(), 1..4),
        coverage in select(&[Coverage::Complete, Coverage::Partial, Coverage::NotServed][..]),
    ) {
        let policies = policies(&specs);
        let mut objects = neighbours();
        objects.push(workload.clone());
        let inventory = inventory(&objects, coverage);
        let Object::Workload(own) = &workload else { panic!("a workload") };
        let subject = WorkloadSubject { workload: own, namespace: inventory.namespace("shop"), now: now() };
        let asked = policies.values().filter(|policy| !policy.suspended).flat_map(|policy| &policy.checks);
        let expected: BTreeSet<(&str, &str, Found)> = asked
            .flat_map(|asked| {
                let found = judge(asked.check, &asked.compiled, &subject).findings.into_iter();
                found.map(|found| (asked.check.name, asked.compiled.parameters.as_str(), found))
            })
            .collect();
        let expected: Vec<_> = expected.into_iter().map(|(check, _, found)| (check, found)).collect();
        let findings = evaluation(&workload, &policies, &inventory).findings.into_iter();
        let mut findings: Vec<_> = findings.map(|finding| (finding.check, finding.found)).collect();
        findings.sort();
        prop_assert_eq!(findings, expected);
    }

    #[test]
    fn the_order_in_which_objects_came_does_not_matter(
        workload in workload(),
        specs in proptest::collection::vec(spec(), 1..4),
        coverage in coverage(),
        others in Just(neighbours()).prop_shuffle(),
    ) {
        let policies = policies(&specs);
        let told = |others: &[Object]| {
            let objects = [others, std::slice::from_ref(&workload)].concat();
            let evaluation = evaluation(&workload, &policies, &inventory(&objects, coverage));
            let report = report(Target::of(&workload), &evaluation);
            (serde_json::to_string(&report).unwrap(), evaluation)
        };
        let once = told(&neighbours());
        prop_assert_eq!(&once, &told(&others));
        prop_assert_eq!(&once, &told(&neighbours()));
    }
}

/// What passed or failed is not known any more.
fn forget(judged: &mut Judged) {
    if judged.outcome == Outcome::Pass {
        let message = "not known".to_owned();
        let unknown = Found {
            outcome: Outcome::Unknown,
            cause: Some(Cause::Stale),
            grade: None,
            object: None,
            container: None,
            field: String::new(),
            message,
            related: None,
        };
        judged.findings.push(unknown);
    }
    for found in judged.findings.iter_mut().filter(|found| found.outcome == Outcome::Fail) {
        found.outcome = Outcome::Unknown;
        found.cause = Some(Cause::Stale);
    }
    judged.outcome = judged.findings.iter().map(|found| found.outcome).max().unwrap_or(judged.outcome);
}

/// The generators are worth something only if they reach every verdict.
#[test]
fn the_tweaks_reach_every_status() {
    let status = |tweak: Option<usize>, spec, coverage| {
        let mut object = baseline();
        if let Some(index) = tweak {
            merge(&mut object, tweaks()[index].clone());
        }
        let workload = decode(Kind::Deployment, &object.to_string()).unwrap();
        readiness(&evaluation(
            &workload,
            &policies(&[spec]),
            &inventory(std::slice::from_ref(&workload), coverage),
        ))
        .status
    };
    let first = || json!({"profileVersion": 1});
    assert_eq!(status(None, first(), Coverage::NotServed), ConditionStatus::True);
    assert_eq!(status(Some(0), first(), Coverage::NotServed), ConditionStatus::False);
    let only = json!({"profile": "None", "checks": [{"name": "readiness-probe"}]});
    assert_eq!(status(Some(1), only, Coverage::Forbidden), ConditionStatus::Unknown);
}

//! One test for each row of the table in SEMANTICS (Conditions).

use super::*;
use crate::api::policy::{ClusterReadinessPolicySpec, ReadinessPolicySpec};
use crate::api::report::Verdict;
use crate::catalogue::{Family, Severity};
use crate::engine::evaluate::{OpenCheck, PolicyOutcome};
use crate::engine::policy::PolicyKey;
use crate::engine::resolve::{Spec, resolve, resolve_without};
use crate::engine::tally::Counting;

fn policy(spec: serde_json::Value) -> EffectivePolicy {
    let spec: ReadinessPolicySpec = serde_json::from_value(spec).unwrap();
    let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
    resolve(key, Spec::Namespaced(&spec)).unwrap()
}

fn cluster_policy() -> EffectivePolicy {
    let spec = ClusterReadinessPolicySpec::default();
    let key = PolicyKey { namespace: String::new(), name: "all".to_owned() };
    resolve(key, Spec::Cluster(&spec)).unwrap()
}

fn tally(verdicts: &[Verdict]) -> Tally {
    let mut tally = Tally::default();
    for verdict in verdicts {
        let hopeless = (*verdict == Verdict::NotReady).then_some("memory-limits");
        let outcome = PolicyOutcome {
            verdict: *verdict,
            score: None,
            open: Box::default(),
            shared: Box::default(),
            hopeless,
        };
        tally.add(Counting::Workload, &outcome);
    }
    tally
}

/// The same with an object that no workload reaches.
fn with_orphan(verdicts: &[Verdict], orphan: Verdict) -> Tally {
    let mut tally = tally(verdicts);
    tally.add(Counting::Orphan, &PolicyOutcome::without_checks(orphan));
    tally
}

/// What a policy says, as `Type=Status Reason` in order of type.
fn says(policy: &EffectivePolicy, tally: &Tally, fenced: bool) -> Vec<String> {
    shown(Standing::InForce { policy, tally, fenced })
}

fn shown(standing: Standing<'_>) -> Vec<String> {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let status = policy_status(standing, 7, &PolicyStatus::default(), now);
    assert_eq!(status.observed_generation, Some(7));
    status
        .conditions
        .iter()
        .map(|condition| {
            assert_eq!(condition.observed_generation, Some(7));
            format!("{}={} {}", condition.type_, condition.status.as_str(), condition.reason)
        })
        .collect()
}

const ACCEPTED: &str = "Accepted=True Accepted";

#[test]
fn case_1_invalid() {
    let problems =
        [Problem { field: "spec.checks".to_owned(), message: "the policy holds no check".to_owned() }];
    let expected = [
        "Ready=False PolicyInvalid",
        "Compliant=Unknown PolicyInvalid",
        "Accepted=False PolicyInvalid",
        "Stalled=True PolicyInvalid",
    ];
    assert_eq!(shown(Standing::Invalid(&problems)), expected);
}

#[test]
fn a_family_switched_off_is_said_where_the_policy_is_accepted() {
    let accepted = |families: &[Family]| {
        let key = PolicyKey { namespace: String::new(), name: "all".to_owned() };
        let spec = ClusterReadinessPolicySpec::default();
        let off = families.iter().copied().collect();
        let policy = resolve_without(&off, key, Spec::Cluster(&spec)).unwrap();
        let tally = Tally::default();
        let standing = Standing::InForce { policy: &policy, tally: &tally, fenced: true };
        let status =
            policy_status(standing, 7, &PolicyStatus::default(), "2026-01-01T00:00:00Z".parse().unwrap());
        let accepted = status.conditions.into_iter().find(|condition| condition.type_ == "Accepted").unwrap();
        (accepted.status, accepted.message)
    };
    assert_eq!(accepted(&[]), (True, "the policy is in force".to_owned()));
    let (status, message) = accepted(&[Family::Tls, Family::Identity]);
    assert_eq!(status, True);
    assert!(message.ends_with("that this installation has switched off: identity, tls"), "{message}");
}

#[test]
fn case_2_suspended() {
    let suspended = policy(serde_json::json!({"suspend": true}));
    let expected = ["Ready=Unknown Suspended", "Compliant=Unknown Suspended", ACCEPTED];
    assert_eq!(says(&suspended, &tally(&[Verdict::NotReady]), true), expected);
    let evaluated = policy(serde_json::json!({"suspend": true, "readyWhen": "Evaluated"}));
    assert_eq!(says(&evaluated, &Tally::default(), true)[0].split(' ').next(), Some("Ready=True"));
}

#[test]
fn case_3_the_fence_has_not_passed() {
    let expected =
        ["Ready=Unknown Fencing", "Compliant=Unknown Fencing", ACCEPTED, "Reconciling=True Fencing"];
    assert_eq!(says(&policy(serde_json::json!({})), &tally(&[Verdict::Ready]), false), expected);
    let evaluated = policy(serde_json::json!({"readyWhen": "Evaluated"}));
    assert_eq!(says(&evaluated, &tally(&[Verdict::Ready]), false), expected);
    let cluster = says(&cluster_policy(), &tally(&[Verdict::Ready]), false);
    assert_eq!(cluster, ["Ready=True AllPassed", "Compliant=True AllPassed", ACCEPTED], "no fence");
}

#[test]
fn case_4_a_release_fails_by_its_own_spec() {
    let released = policy(serde_json::json!({"revision": "1", "targets": {"minWorkloads": 5}}));
    let expected = [
        "Ready=False WorkloadFailed",
        "Compliant=False WorkloadFailed",
        ACCEPTED,
        "Stalled=True WorkloadFailed",
    ];
    assert_eq!(says(&released, &tally(&[Verdict::NotReady]), true), expected);
    let unreleased = policy(serde_json::json!({}));
    assert!(!says(&unreleased, &tally(&[Verdict::NotReady]), true).iter().any(|c| c.starts_with("Stalled")));
}

#[test]
fn case_5_too_few_workloads() {
    let expected =
        ["Ready=False NoWorkloads", "Compliant=False NoWorkloads", ACCEPTED, "Reconciling=True NoWorkloads"];
    assert_eq!(says(&policy(serde_json::json!({})), &Tally::default(), true), expected);
    let evaluated = policy(serde_json::json!({"readyWhen": "Evaluated"}));
    let expected = ["Ready=True Evaluated", "Compliant=False NoWorkloads", ACCEPTED];
    assert_eq!(says(&evaluated, &Tally::default(), true), expected);
}

#[test]
fn cases_6_to_9_the_worst_verdict_decides() {
    use Verdict::{NotReady, Pending, Ready, Unknown};
    let plain = policy(serde_json::json!({}));
    let both = |verdicts: &[Verdict]| {
        let shown = says(&plain, &tally(verdicts), true);
        assert_eq!(shown.len(), 3, "neither Stalled nor Reconciling");
        shown[1].trim_start_matches("Compliant=").to_owned()
    };
    assert_eq!(both(&[Ready, Pending, Unknown, NotReady]), "False ChecksFailed");
    assert_eq!(both(&[Ready, Pending, Unknown]), "Unknown ChecksUnknown");
    assert_eq!(both(&[Ready, Pending]), "False ChecksPending");
    assert_eq!(both(&[Ready]), "True AllPassed");
    let none = says(&cluster_policy(), &Tally::default(), true);
    assert_eq!(none[1], "Compliant=True NothingSelected");
}

#[test]
fn a_release_stalls_a_readiness_policy_and_no_cluster_policy() {
    let spec = serde_json::from_str(r#"{"revision":"1"}"#).unwrap();
    let key = PolicyKey { namespace: String::new(), name: "all".to_owned() };
    let everywhere = resolve(key, Spec::Cluster(&spec)).unwrap();
    let expected = ["Ready=False ChecksFailed", "Compliant=False ChecksFailed", ACCEPTED];
    assert_eq!(says(&everywhere, &tally(&[Verdict::NotReady]), true), expected);
}

#[test]
fn an_object_that_no_workload_reaches_counts_as_a_target_and_not_as_a_workload() {
    let of = |verdicts: &[Verdict], orphan| {
        let says = says(&policy(serde_json::json!({})), &with_orphan(verdicts, orphan), true);
        says[1].clone()
    };
    let ready = &[Verdict::Ready][..];
    assert_eq!(of(ready, Verdict::NotReady), "Compliant=False ChecksFailed");
    assert_eq!(of(ready, Verdict::Unknown), "Compliant=Unknown ChecksUnknown");
    assert_eq!(of(ready, Verdict::Pending), "Compliant=False ChecksPending");
    assert_eq!(of(ready, Verdict::Ready), "Compliant=True AllPassed");
    assert_eq!(of(&[], Verdict::NotReady), "Compliant=False NoWorkloads", "minWorkloads is about workloads");
    let names = [(1, 0), (0, 2), (1, 1)].map(|(workloads, orphans)| who(workloads, 3, orphans));
    assert_eq!(names, ["1 of 3 workloads", "2 other objects", "1 of 3 workloads and 1 other object"]);
}

#[test]
fn a_message_names_what_blocks_as_the_report_of_a_workload_does() {
    use Outcome::{Fail, Pending, Unknown};
    let said = |fail_on: &str, verdict, found: &[(Outcome, &'static str, Severity)]| {
        let open = found.iter().map(|(outcome, check, severity)| OpenCheck {
            check,
            outcome: *outcome,
            severity: *severity,
            own: 1,
        });
        let outcome = PolicyOutcome { open: open.collect(), ..PolicyOutcome::without_checks(verdict) };
        let mut tally = Tally::default();
        tally.add(Counting::Workload, &outcome);
        case(&policy(serde_json::json!({ "failOn": fail_on })), &tally, true).verdict.2
    };
    let (high, low) = ((Fail, "memory-limits", Severity::High), (Fail, "image-tag", Severity::Low));
    let unknown = (Unknown, "pdb-present", Severity::Medium);
    let both = "1 of 1 workload not ready; 2 checks failed: memory-limits, image-tag";
    assert_eq!(said("Low", Verdict::NotReady, &[high, low, unknown]), both);
    let one = "1 of 1 workload not ready; 1 check failed: memory-limits";
    assert_eq!(said("Medium", Verdict::NotReady, &[high, low, unknown]), one);
    let not_known = "the verdict on 1 of 1 workload is not known; 1 check not known: pdb-present";
    assert_eq!(said("Medium", Verdict::Unknown, &[low, unknown]), not_known);
    assert_eq!(said("Medium", Verdict::Unknown, &[]), "the verdict on 1 of 1 workload is not known");
    let waits = (Pending, "tls-cert-expiry", Severity::High);
    let pending = "1 of 1 workload pending; 1 check pending: tls-cert-expiry";
    assert_eq!(said("Medium", Verdict::Pending, &[low, waits]), pending);
}

#[test]
fn a_message_counts_more_checks_than_the_status_lists() {
    let names = crate::checks::ALL.iter().take(30).map(|check| check.name);
    let open =
        names.map(|check| OpenCheck { check, outcome: Outcome::Fail, severity: Severity::High, own: 1 });
    let outcome = PolicyOutcome { open: open.collect(), ..PolicyOutcome::without_checks(Verdict::NotReady) };
    let mut tally = Tally::default();
    tally.add(Counting::Workload, &outcome);
    let message = case(&policy(serde_json::json!({})), &tally, true).verdict.2;
    assert!(message.contains("30 checks failed") && message.ends_with("and 25 more"), "{message}");
}

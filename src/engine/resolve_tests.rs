//! What policies come to, and what is said of those that are wrong.

use serde_json::json;

use super::*;
use crate::api::report::Verdict;
use crate::catalogue::{Outcome, Severity};
use crate::checks::testing::{baseline, merge};
use crate::engine::evaluate::{Evaluation, Policies, evaluate};
use crate::engine::subject::{Subject, Target};
use crate::inventory::Inventory;
use crate::inventory::decode::decode_or_broken;
use crate::inventory::lookup::Coverage;

fn resolve_spec(spec: Value) -> Result<EffectivePolicy, Vec<Problem>> {
    let spec: ReadinessPolicySpec = serde_json::from_value(spec).unwrap();
    let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
    resolve(key, Spec::Namespaced(&spec))
}

fn problem(spec: Value) -> (String, String) {
    let mut problems = resolve_spec(spec).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let Problem { field, message } = problems.remove(0);
    (field, message)
}

#[test]
fn the_default_is_the_standard_profile() {
    let policy = resolve_spec(json!({})).unwrap();
    let in_standard = checks::ALL.iter().filter(|check| {
        check.membership(crate::catalogue::Profile::Standard, NEWEST_PROFILE_VERSION).is_some()
    });
    assert_eq!(policy.checks.len(), in_standard.count());
    assert_eq!(policy.min_workloads, 1);
}

#[test]
fn naming_a_check_enables_it_and_disabling_takes_it_out() {
    let named =
        resolve_spec(json!({"profile": "None", "checks": [{"name": "memory-limits", "severity": "Low"}]}));
    let named = named.unwrap();
    assert_eq!(named.checks.len(), 1);
    assert_eq!(named.checks[0].severity(Some(Severity::Critical)), Severity::Low);
    let without = resolve_spec(json!({"checks": [{"name": "memory-limits", "enabled": false}]})).unwrap();
    assert!(!without.checks.iter().any(|check| check.check.name == "memory-limits"));
}

#[test]
fn a_policy_without_any_check_is_invalid() {
    let (field, message) = problem(json!({"profile": "None"}));
    assert_eq!(field, "spec.checks");
    assert!(message.contains("no check"));
}

#[test]
fn an_unknown_parameter_names_the_field_and_the_nearest_key() {
    let (field, message) =
        problem(json!({"checks": [{"name": "run-as-non-root", "parameters": {"mod": "strict"}}]}));
    assert_eq!(field, "spec.checks[0].parameters.mod");
    assert!(message.contains("did you mean `mode`?"), "{message}");
}

#[test]
fn an_unknown_check_kind_or_version_names_what_is_near() {
    assert!(problem(json!({"checks": [{"name": "run-as-nonroot"}]})).1.contains("`run-as-non-root`"));
    let (field, message) = problem(json!({"targets": {"kinds": ["Deployments"]}}));
    assert_eq!(field, "spec.targets.kinds[0]");
    assert!(message.contains("`Deployment`"));
    assert_eq!(problem(json!({"profileVersion": 99})).0, "spec.profileVersion");
}

#[test]
fn a_selector_that_does_not_compile_names_its_field() {
    let selector = json!({"matchExpressions": [{"key": "app", "operator": "Like", "values": ["x"]}]});
    let (field, _) = problem(json!({"targets": {"selector": selector}}));
    assert_eq!(field, "spec.targets.selector.matchExpressions[0].operator");
}

#[test]
fn custom_kinds_are_kinds_beside_the_built_in_ones() {
    let targets = |group: &str, path: &str, kinds: Value| {
        let custom = json!([{"group": group, "kind": "Rollout", "templatePath": path}]);
        json!({"targets": {"customKinds": custom, "kinds": kinds}})
    };
    let kinds = |kinds| {
        let policy = resolve_spec(targets("argoproj.io", ".spec.template", kinds)).unwrap();
        policy.selection.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(json!(["Rollout"])), ["Rollout"]);
    assert_eq!(kinds(json!(["Deployment"])), ["Deployment"]);
    assert_eq!(kinds(json!([])).len(), Kind::WORKLOADS.len() + 1);
    let refused = |group: &str, path: &str| problem(targets(group, path, json!([]))).0;
    assert_eq!(refused("apps", ".spec.template"), "spec.targets.customKinds[0]");
    assert_eq!(refused("argoproj.io", ".spec[0]"), "spec.targets.customKinds[0].templatePath");
}

const OFF: &[Family] = &[Family::Tls, Family::Network, Family::Security];

fn resolve_spec_without(off: &[Family], spec: Value) -> Result<EffectivePolicy, Vec<Problem>> {
    let spec: ReadinessPolicySpec = serde_json::from_value(spec).unwrap();
    let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
    resolve_without(&off.iter().copied().collect(), key, Spec::Namespaced(&spec))
}

/// What a policy of the profile Strict makes of the baseline with this patch, where these families are off.
fn evaluated(off: &[Family], patch: Value, coverage: Coverage) -> Evaluation {
    let policy = resolve_spec_without(off, json!({"profile": "Strict"})).unwrap();
    let mut object = baseline();
    merge(&mut object, json!({"metadata": {"namespace": "shop"}}));
    merge(&mut object, patch);
    let object = decode_or_broken(Kind::Deployment, &object.to_string()).unwrap();
    let effective = BTreeMap::from([(policy.key.clone(), policy)]);
    let policies = Policies { effective: &effective, invalid: &BTreeMap::new() };
    let mut inventory = Inventory::with_coverage(coverage);
    inventory.set_coverage(Kind::Deployment, Coverage::Complete);
    let subject = Subject::of_workload(Target::of(&object).unwrap());
    evaluate(&subject, policies, &inventory, jiff::Timestamp::UNIX_EPOCH)
}

fn family_of(name: &str) -> Family {
    checks::find(name).unwrap().family
}

/// A policy that names such a check alone has its kinds watched for it; Standard asks for no more than it did, but for the
/// volumes that claims lead to, and for what else lies in namespaces and may be in the wrong one or hold a credential.
#[test]
fn what_standard_judges_in_itself_other_checks_of_it_read() {
    let standard = resolve_spec(json!({})).unwrap();
    let mut read: BTreeSet<Kind> =
        standard.checks.iter().flat_map(|check| check.compiled.reads.iter().copied()).collect();
    let more = [
        Kind::PersistentVolume,
        Kind::DestinationRule,
        Kind::BackendTrafficPolicy,
        Kind::ServiceProfile,
        Kind::SecurityPolicy,
        Kind::AuthorizationPolicy,
        Kind::PeerAuthentication,
        Kind::BackendTlsPolicy,
        Kind::Schedule,
    ];
    assert!(more.into_iter().all(|kind| read.insert(kind)));
    assert!(standard.checks.iter().any(|check| check.compiled.judges.is_some()));
    assert_eq!(standard.reads(), read);
}

#[test]
fn a_family_switched_off_is_not_applicable_when_it_came_with_the_profile() {
    let privileged = || {
        let app = json!([{"name": "app", "securityContext": {"privileged": true}}]);
        json!({"spec": {"template": {"spec": {"containers": app}}}})
    };
    let broken = || json!({"spec": {"template": 7}});
    let found = |off, patch, coverage| {
        let evaluation = evaluated(off, patch, coverage);
        let families = evaluation.findings.iter().map(|finding| family_of(finding.check));
        families.collect::<BTreeSet<Family>>()
    };
    for (patch, coverage) in [
        (privileged(), Coverage::Complete),
        (privileged(), Coverage::Forbidden),
        // Not even Unknown, when nobody can say what the workload is.
        (broken(), Coverage::Complete),
    ] {
        assert!(found(&[], patch.clone(), coverage).contains(&Family::Security));
        let others = found(OFF, patch, coverage);
        assert!(!others.is_empty() && OFF.iter().all(|off| !others.contains(off)), "{others:?}");
    }
    // They stay among the checks, and count as not applicable.
    let evaluation = evaluated(OFF, privileged(), Coverage::Complete);
    let off = evaluation.checks.iter().filter(|check| OFF.contains(&family_of(check.check)));
    let outcomes: Vec<Outcome> = off.map(|check| check.outcome).collect();
    assert!(outcomes.len() > 10 && outcomes.iter().all(|outcome| *outcome == Outcome::NotApplicable));
    let all = evaluated(Family::ALL, privileged(), Coverage::Forbidden);
    assert_eq!(all.policies.values().map(|policy| policy.verdict).collect::<Vec<_>>(), [Verdict::Ready]);
    assert!(all.findings.is_empty() && all.policies.values().all(|policy| policy.score.is_none()));
}

#[test]
fn a_family_switched_off_makes_a_policy_invalid_that_names_one_of_its_checks() {
    let spec = json!({"checks": [{"name": "memory-limits"}, {"name": "tls-secret-valid"}]});
    assert!(resolve_spec_without(&[Family::Network], spec.clone()).is_ok());
    let problems = resolve_spec_without(&[Family::Tls, Family::Network], spec).unwrap_err();
    let [Problem { field, message }] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(field, "spec.checks[1].name");
    for named in ["`tls-secret-valid`", "checks of tls", "`rbac.families.tls`"] {
        assert!(message.contains(named), "{message}");
    }
    let refused = json!({"checks": [{"name": "tls-secret-valid", "enabled": false}]});
    assert!(resolve_spec_without(&[Family::Tls], refused).is_ok(), "who wants none gets none");
}

#[test]
fn a_family_switched_off_is_said_and_what_only_it_reads_is_not_asked_for() {
    let on = resolve_spec(json!({})).unwrap();
    let off = resolve_spec_without(&[Family::Tls], json!({})).unwrap();
    assert!(on.switched_off.is_empty());
    assert_eq!(off.switched_off, BTreeSet::from([Family::Tls]));
    let names =
        |policy: &EffectivePolicy| policy.checks.iter().map(|check| check.check.name).collect::<Vec<_>>();
    assert_eq!(names(&on), names(&off));
    let others = on.checks.iter().filter(|check| check.check.family != Family::Tls);
    let read: BTreeSet<Kind> = others.flat_map(|check| check.compiled.watches()).collect();
    assert_eq!(off.reads(), read);
    assert_ne!(on.reads(), read);
    let none = resolve_spec_without(Family::ALL, json!({"profile": "Strict"})).unwrap();
    assert!(none.reads().is_empty() && none.orphans.is_empty());
    // None of its checks is in this policy, so it is not about it.
    let only = json!({"profile": "None", "checks": [{"name": "memory-limits"}]});
    assert!(resolve_spec_without(&[Family::Tls], only).unwrap().switched_off.is_empty());
}

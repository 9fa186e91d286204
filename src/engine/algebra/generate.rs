//! Policies, outcomes, workloads and their neighbours for the properties in [`super`].
//!
//! It must not know a property.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::api::policy::ReadinessPolicySpec;
use crate::api::report::Verdict;
use crate::catalogue::{Outcome, Severity};
use crate::checks;
use crate::checks::testing::{baseline, merge};
use crate::engine::evaluate::{Evaluation, Policies, PolicyOutcome, evaluate};
use crate::engine::judge::{Found, Judged};
use crate::engine::policy::{EffectivePolicy, PolicyKey};
use crate::engine::resolve::{Spec, resolve};
use crate::engine::subject::{Subject, Target};
use crate::engine::waiver::Waiver;
use crate::engine::weigh::weigh;
use crate::inventory::decode::{decode, decode_or_broken};
use crate::inventory::lookup::{Cause, Coverage};
use crate::inventory::{Inventory, Kind, Object};

pub(super) type Effective = BTreeMap<PolicyKey, EffectivePolicy>;

pub(super) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

// Policies.

/// The spec of a policy; `Err` of [`resolve`] for some, as in life.
pub(super) fn spec() -> impl Strategy<Value = Value> {
    let check = (select(checks::ALL), any::<bool>(), proptest::option::of(select(Severity::ALL))).prop_map(
        |(check, enabled, severity)| json!({"name": check.name, "enabled": enabled, "severity": severity}),
    );
    (
        select(&["None", "Baseline", "Standard", "Strict"][..]),
        proptest::collection::vec(check, 0..4),
        select(&["Critical", "High", "Medium", "Low", "Info", "Never"][..]),
        proptest::bool::weighted(0.2),
        any::<bool>(),
    )
        .prop_map(|(profile, checks, fail_on, suspend, waivers)| {
            json!({"profile": profile, "checks": checks, "failOn": fail_on, "suspend": suspend,
                "allowAnnotationWaivers": waivers})
        })
}

pub(super) fn policy(name: &str, spec: &Value) -> Option<EffectivePolicy> {
    let spec: ReadinessPolicySpec = serde_json::from_value(spec.clone()).unwrap();
    let key = PolicyKey { namespace: "shop".to_owned(), name: name.to_owned() };
    resolve(key, Spec::Namespaced(&spec)).ok()
}

pub(super) fn policies(specs: &[Value]) -> Effective {
    let numbered = specs.iter().enumerate();
    let valid = numbered.filter_map(|(index, spec)| policy(&format!("policy-{index}"), spec));
    valid.map(|policy| (policy.key.clone(), policy)).collect()
}

/// A policy over every check that leaves each finding the severity it has.
pub(super) fn impartial() -> EffectivePolicy {
    let checks: Vec<Value> = checks::names().into_iter().map(|name| json!({ "name": name })).collect();
    policy("impartial", &json!({"profile": "None", "checks": checks, "failOn": "Low"})).unwrap()
}

// What checks say.

pub(super) fn found() -> impl Strategy<Value = Found> {
    let outcome = select(&[Outcome::Fail, Outcome::Unknown, Outcome::Pending][..]);
    (outcome, proptest::option::of(select(Severity::ALL)), 0_u8..3).prop_map(|(outcome, grade, place)| {
        Found {
            outcome,
            cause: (outcome == Outcome::Unknown).then_some(Cause::NotSynced),
            grade,
            object: None,
            container: None,
            field: format!("spec.{place}"),
            message: "not as it should be".to_owned(),
            related: None,
        }
    })
}

pub(super) fn judged() -> impl Strategy<Value = Judged> {
    let quiet = select(&[Outcome::Pass, Outcome::NotApplicable][..]);
    (proptest::collection::vec(found(), 0..4), quiet).prop_map(|(findings, quiet)| said(findings, quiet))
}

pub(super) fn said(findings: Vec<Found>, quiet: Outcome) -> Judged {
    let outcome = findings.iter().map(|found| found.outcome).max().unwrap_or(quiet);
    Judged { outcome, findings, next_change: None }
}

pub(super) fn verdict(
    policy: &EffectivePolicy,
    said: &[Judged],
    waivers: &BTreeMap<&str, Waiver>,
) -> Verdict {
    let place = |name: &str| policy.checks.iter().position(|check| check.check.name == name).unwrap();
    weigh(policy, |check| Some(&said[place(check.check.name) % said.len()]), waivers, now()).verdict
}

// Workloads and what lies beside them.

/// Tweaks of the baseline, some of which fail, some of which leave something unknown.
pub(super) fn tweaks() -> Vec<Value> {
    let pod = |patch: Value| json!({"spec": {"template": {"spec": patch}}});
    let container = |name: &str, rest: Value| {
        let mut container = json!({"name": name, "image": "registry.example/app:1.0.0"});
        merge(&mut container, rest);
        container
    };
    vec![
        pod(json!({"containers": [container("bare", json!({}))]})),
        pod(json!({"initContainers": [container("proxy", json!({"restartPolicy": "Always"}))]})),
        pod(json!({"ephemeralContainers": [container("debug", json!({}))]})),
        pod(json!({"securityContext": null})),
        pod(json!({"hostUsers": false})),
        pod(json!({"os": {"name": "windows"}})),
        pod(json!({"volumes": [{"name": "scratch", "emptyDir": {}}]})),
        json!({"spec": {"replicas": 0}}),
        json!({"metadata": {"annotations": {"waive.seaworthy.dev/memory-limits": "known; until=2030-01-01"}}}),
    ]
}

pub(super) fn neighbours() -> Vec<Object> {
    let object = |kind, value: Value| decode_or_broken(kind, &value.to_string()).unwrap();
    let named =
        |name: &str, spec: Value| json!({"metadata": {"name": name, "namespace": "shop"}, "spec": spec});
    let service = |port: i64| json!({"selector": {"app": "web"}, "ports": [{"port": port}]});
    vec![
        object(Kind::Service, named("web", service(8080))),
        object(Kind::Service, named("other", service(9090))),
        object(Kind::Service, named("broken", json!({"ports": 3}))),
        object(
            Kind::Ingress,
            named(
                "web",
                json!({"tls": [{"secretName": "web"}], "defaultBackend": {"service": {"name": "web"}}}),
            ),
        ),
        object(
            Kind::LimitRange,
            named("defaults", json!({"limits": [{"type": "Container", "max": {"cpu": "1"}}]})),
        ),
        object(Kind::Namespace, json!({"metadata": {"name": "shop"}})),
        object(Kind::PodDisruptionBudget, named("web", json!({"selector": {"matchLabels": {"app": "web"}}}))),
        object(Kind::NetworkPolicy, named("web", json!({"podSelector": {"matchLabels": {"app": "web"}}}))),
        object(Kind::NetworkPolicy, named("broken", json!({"podSelector": 3}))),
    ]
}

pub(super) fn workload() -> impl Strategy<Value = Object> {
    let all = tweaks();
    let count = all.len();
    subsequence(all, 0..=count).prop_map(|tweaks| {
        let mut object = baseline();
        for tweak in tweaks {
            merge(&mut object, tweak);
        }
        decode(Kind::Deployment, &object.to_string()).unwrap()
    })
}

pub(super) fn coverage() -> impl Strategy<Value = Coverage> {
    select(&[Coverage::Complete, Coverage::Partial, Coverage::Forbidden, Coverage::NotServed][..])
}

pub(super) fn inventory(objects: &[Object], coverage: Coverage) -> Inventory {
    let mut inventory = Inventory::with_coverage(coverage);
    for object in objects {
        inventory.apply(object.clone());
    }
    inventory
}

pub(super) fn evaluation(workload: &Object, policies: &Effective, inventory: &Inventory) -> Evaluation {
    let subject = Subject::of_workload(Target::of(workload).unwrap());
    evaluate(&subject, Policies { effective: policies, invalid: &BTreeMap::new() }, inventory, now())
}

pub(super) fn with_verdicts(verdicts: &[Verdict]) -> Evaluation {
    let outcome = |verdict| PolicyOutcome {
        verdict,
        score: None,
        open: Box::default(),
        shared: Box::default(),
        hopeless: None,
    };
    let key = |index: usize| PolicyKey { namespace: "shop".to_owned(), name: format!("policy-{index}") };
    let policies =
        verdicts.iter().enumerate().map(|(index, verdict)| (key(index), outcome(*verdict))).collect();
    Evaluation { policies, ..Evaluation::default() }
}

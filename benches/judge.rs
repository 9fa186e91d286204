//! What it costs to judge one workload by every check, with all around it that checks look at.
//!
//! `make bench-judge`. A thousand applications in ten namespaces, a third hardened, a third partly, a third not; each
//! is a Deployment with a Service, a PodDisruptionBudget, a HorizontalPodAutoscaler, an Ingress, a NetworkPolicy and a
//! ServiceAccount. What is found around a workload is looked for once when all checks judge it, and by each again when it
//! is measured alone. The allocator is the binary's. `JUDGE_APPLICATIONS=90 JUDGE_ROUNDS=1 JUDGE_ALONE=no` is a short run
//! without single checks: what a profiler that counts instructions is to see.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench may fail, and prints"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use seaworthy::api::policy::ReadinessPolicySpec;
use seaworthy::catalogue::{Compiled, WorkloadSubject};
use seaworthy::checks;
use seaworthy::engine::evaluate::{Policies, evaluate};
use seaworthy::engine::judge::judge;
use seaworthy::engine::policy::{EffectivePolicy, PolicyKey};
use seaworthy::engine::resolve::{Spec, resolve};
use seaworthy::engine::subject::{Subject, Target};
use seaworthy::inventory::decode::decode;
use seaworthy::inventory::lookup::Coverage;
use seaworthy::inventory::{Inventory, Kind, Object};
use serde_json::{Value, json};

// The binary's, so that what is measured is what ships.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const APPLICATIONS: usize = 1_000;
const NAMESPACES: usize = 10;
const ROUNDS: usize = 15;
/// The most that judging and weighing one workload may take, on a release build and a quiet machine.
const BAR: Duration = Duration::from_micros(60);
/// Checks that are listed by themselves, the dearest first.
const LISTED: usize = 20;

fn main() {
    let inventory = inventory(number("JUDGE_APPLICATIONS", APPLICATIONS));
    let rounds = number("JUDGE_ROUNDS", ROUNDS);
    let policies: BTreeMap<PolicyKey, EffectivePolicy> = (0..NAMESPACES)
        .map(|number| policy(&namespace(number)))
        .map(|policy| (policy.key.clone(), policy))
        .collect();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let workloads: Vec<&Object> =
        inventory.objects().filter(|object| object.kind() == Kind::Deployment).collect();
    let invalid = BTreeMap::new();
    let policies = Policies { effective: &policies, invalid: &invalid };
    let mut findings = 0;
    let whole = fastest(rounds, || {
        findings = 0;
        for object in &workloads {
            let subject = Subject::of_workload(Target::of(object).unwrap());
            findings += black_box(evaluate(&subject, policies, &inventory, now)).findings.len();
        }
    });
    println!("{} checks over {} workloads, {findings} findings", checks::ALL.len(), workloads.len());
    let share =
        whole.as_secs_f64() / (BAR.as_secs_f64() * f64::from(u32::try_from(workloads.len()).unwrap()));
    println!("one workload, judged and weighed: {}, {share:.2} of the bar", each(whole, workloads.len()));
    if std::env::var_os("JUDGE_ALONE").is_some_and(|alone| alone == "no") {
        return;
    }
    let mut costs: Vec<(Duration, &str)> = Vec::new();
    for check in checks::ALL {
        let compiled: Compiled = (check.compile)(&serde_json::Map::new()).unwrap();
        let cost = fastest(rounds, || {
            for object in &workloads {
                let Object::Workload(workload) = object else { panic!("a workload") };
                let namespace = inventory.namespace(&workload.metadata.namespace);
                black_box(judge(check, &compiled, &WorkloadSubject { workload, namespace, now }));
            }
        });
        costs.push((cost, check.name));
    }
    let sum: Duration = costs.iter().map(|(cost, _)| *cost).sum();
    println!("checks alone: {}; the dearest:", each(sum, workloads.len()));
    costs.sort();
    for (cost, name) in costs.iter().rev().take(LISTED) {
        println!("  {} {name}", each(*cost, workloads.len()));
    }
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// The fastest of some rounds: whatever else runs on the machine only adds.
fn fastest(rounds: usize, mut round: impl FnMut()) -> Duration {
    let rounds = (0..rounds).map(|_| {
        let start = Instant::now();
        round();
        start.elapsed()
    });
    rounds.min().unwrap_or_default()
}

fn each(total: Duration, count: usize) -> String {
    format!("{:7.2} us", total.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap()))
}

fn namespace(number: usize) -> String {
    format!("team-{number}")
}

/// Every check, in one namespace.
fn policy(namespace: &str) -> EffectivePolicy {
    let checks: Vec<Value> = checks::names().into_iter().map(|name| json!({ "name": name })).collect();
    let spec: ReadinessPolicySpec =
        serde_json::from_value(json!({"profile": "None", "checks": checks, "failOn": "Low"})).unwrap();
    let key = PolicyKey { namespace: namespace.to_owned(), name: "all".to_owned() };
    resolve(key, Spec::Namespaced(&spec)).unwrap()
}

fn inventory(applications: usize) -> Inventory {
    let mut inventory = Inventory::with_coverage(Coverage::Complete);
    for number in 0..NAMESPACES {
        add(
            &mut inventory,
            Kind::Namespace,
            json!({"metadata": {"name": namespace(number),
            "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}),
        );
    }
    for number in 0..applications {
        let (name, namespace) = (format!("app-{number}"), namespace(number % NAMESPACES));
        let metadata = json!({"name": name, "namespace": namespace, "labels": labels(&name),
            "annotations": {"example.com/owner": "team@example.com"}});
        for (kind, spec) in around(&name) {
            add(&mut inventory, kind, json!({"metadata": metadata, "spec": spec}));
        }
        add(
            &mut inventory,
            Kind::ServiceAccount,
            json!({"metadata": metadata, "automountServiceAccountToken": false}),
        );
        add(
            &mut inventory,
            Kind::Deployment,
            json!({"metadata": metadata, "spec": deployment(number, &name)}),
        );
    }
    inventory
}

fn add(inventory: &mut Inventory, kind: Kind, object: Value) {
    drop(inventory.apply(decode(kind, &object.to_string()).unwrap()));
}

fn labels(name: &str) -> Value {
    json!({"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name, "app.kubernetes.io/version": "1.4.2"})
}

fn around(name: &str) -> Vec<(Kind, Value)> {
    let selector = json!({"app.kubernetes.io/name": name});
    let backend = json!({"service": {"name": name, "port": {"name": "http"}}});
    let host = format!("{name}.example.com");
    vec![
        (
            Kind::Service,
            json!({"selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}),
        ),
        (Kind::PodDisruptionBudget, json!({"maxUnavailable": 1, "selector": {"matchLabels": selector}})),
        (
            Kind::HorizontalPodAutoscaler,
            json!({"minReplicas": 2, "maxReplicas": 6, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}]}),
        ),
        (
            Kind::Ingress,
            json!({"ingressClassName": "nginx", "tls": [{"hosts": [host], "secretName": format!("{name}-tls")}],
                "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]}),
        ),
        (
            Kind::NetworkPolicy,
            json!({"podSelector": {"matchLabels": selector}, "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": "http"}]}]}),
        ),
    ]
}

fn deployment(number: usize, name: &str) -> Value {
    let hardened = number.is_multiple_of(3);
    let mut container = json!({"name": "app", "image": format!("registry.example.com/{name}:1.{}.0", number % 9),
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]});
    if number % 3 != 2 {
        container["resources"] =
            json!({"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}});
        container["readinessProbe"] = json!({"httpGet": {"path": "/ready", "port": "http"}});
    }
    let mut pod = json!({"serviceAccountName": name, "containers": [container]});
    if hardened {
        pod["securityContext"] =
            json!({"runAsNonRoot": true, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}});
        pod["containers"][0]["securityContext"] = json!({"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]}});
        pod["containers"][0]["livenessProbe"] = json!({"httpGet": {"path": "/live", "port": "http"}});
        pod["volumes"] = json!([{"name": "tmp", "emptyDir": {}}]);
        pod["containers"][0]["volumeMounts"] = json!([{"name": "tmp", "mountPath": "/tmp"}]);
    }
    let replicas = if hardened { 3 } else { 1 };
    json!({"replicas": replicas, "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
        "template": {"metadata": {"labels": labels(name)}, "spec": pod}})
}

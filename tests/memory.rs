//! What the operator keeps of a cluster, measured on the heap: a budget for each workload.
//!
//! The objects are as an API server sends them, in the proportions of the bench: each Deployment with a
//! Service, a PodDisruptionBudget, a HorizontalPodAutoscaler, three Pods that a ReplicaSet manages, and for three of ten
//! an Ingress and its TLS Secret. It must not depend on an allocator: bytes asked for are counted, not pages.
//! `SEAWORTHY_HEAP=file cargo test --test memory -- --nocapture` prints the table and leaves a profile by place
//! of allocation, in dhat's format.
#![cfg(test)]

use jiff::Timestamp;
use seaworthy::api::policy_status::PolicyStatus;
use seaworthy::controller::commands::{Command, Done};
use seaworthy::controller::reports::ReportWrite;
use seaworthy::controller::state::State;
use seaworthy::controller::watched::{Message, PolicyObject, PolicySpecObject, Watched};
use seaworthy::engine::policy::PolicyKey;
use seaworthy::inventory::Kind;
use seaworthy::inventory::decode::decode_or_broken;
use seaworthy::ops::calls::Written;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Bytes of heap for each workload, its share of everything else included. The workload is one that passes every
/// check, with a dozen annotations and everything that its pod can say: 10,000 of them and the process itself are to
/// fit in about 80 MiB.
const BUDGET: usize = 3_700;

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn baseline() -> Value {
    serde_json::from_str(include_str!("fixtures/baseline.json")).unwrap()
}

fn place(index: usize) -> (String, String) {
    (format!("team-{}", index / 100), format!("w-{index}"))
}

/// Metadata as the server sends it.
fn metadata(index: usize, suffix: &str) -> Value {
    let (namespace, name) = place(index);
    let name = format!("{name}{suffix}");
    let managed = json!([{
        "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "manager": "kubectl", "operation": "Apply",
        "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}},
    }]);
    json!({
        "name": name, "namespace": namespace, "uid": format!("00000000-0000-4000-8000-{index:012}"),
        "resourceVersion": (100_000 + index).to_string(), "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"app": name}, "managedFields": managed,
    })
}

fn deployment(index: usize) -> Value {
    let mut object = baseline();
    let mut metadata = metadata(index, "");
    metadata["annotations"] = json!({
        "deployment.kubernetes.io/revision": "1",
        "kubectl.kubernetes.io/last-applied-configuration": baseline().to_string(),
    });
    object["metadata"] = metadata;
    object["spec"]["template"]["metadata"]["labels"] = json!({"app": place(index).1});
    if index.is_multiple_of(4) {
        let limits = &mut object["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"];
        limits.as_object_mut().unwrap().remove("memory");
    }
    object
}

fn pod(index: usize, number: usize) -> Value {
    let mut metadata = metadata(index, &format!("-1-{number}"));
    metadata["ownerReferences"] = json!([{
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("{}-1", place(index).1), "controller": true,
        "uid": format!("00000000-0000-4000-8001-{index:012}"),
    }]);
    json!({"metadata": metadata, "spec": baseline()["spec"]["template"]["spec"]})
}

fn service(index: usize) -> Value {
    let ports = json!([{"port": 80, "targetPort": "http", "protocol": "TCP"}]);
    json!({"metadata": metadata(index, ""), "spec": {"selector": {"app": place(index).1}, "ports": ports}})
}

fn budget(index: usize) -> Value {
    let selector = json!({"matchLabels": {"app": place(index).1}});
    let spec = json!({"minAvailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow", "selector": selector});
    json!({"metadata": metadata(index, ""), "spec": spec})
}

fn autoscaler(index: usize) -> Value {
    let target = json!({"type": "Utilization", "averageUtilization": 80});
    let spec = json!({
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": place(index).1},
        "minReplicas": 2, "maxReplicas": 4,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    });
    json!({"metadata": metadata(index, ""), "spec": spec})
}

fn ingress(index: usize) -> Value {
    let name = place(index).1;
    let host = format!("{name}.example");
    let backend = json!({"service": {"name": name, "port": {"number": 80}}});
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
    let spec = json!({"tls": [{"hosts": [host], "secretName": name}], "rules": [{"host": host, "http": {"paths": paths}}]});
    json!({"metadata": metadata(index, ""), "spec": spec})
}

/// A certificate and its key, once for all Secrets.
struct Pair {
    certificate: String,
    key: String,
}

impl Pair {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["*.example".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        Self { certificate, key: key.serialize_pem() }
    }

    fn secret(&self, index: usize) -> Value {
        let data = json!({"tls.crt": self.certificate, "tls.key": self.key});
        json!({"metadata": metadata(index, ""), "type": "kubernetes.io/tls", "stringData": data})
    }
}

/// What the server sends of a Secret to who asks for metadata only.
fn metadata_of_secret(index: usize) -> Value {
    let mut metadata = metadata(index, "");
    metadata["managedFields"][0]["fieldsV1"] =
        json!({"f:data": {".": {}, "f:tls.crt": {}, "f:tls.key": {}}, "f:type": {}});
    json!({ "metadata": metadata })
}

fn give(state: &mut State, kind: Kind, object: &Value) {
    let object = decode_or_broken(kind, &object.to_string()).unwrap();
    state.handle(Message::Object(Box::new(object)));
}

fn policy() -> Message {
    Message::Policy(Box::new(PolicyObject {
        key: PolicyKey { namespace: String::new(), name: "all".to_owned() },
        uid: "p".to_owned(),
        generation: 1,
        version: 1,
        created: 0,
        spec: Ok(PolicySpecObject::Cluster(Box::new(serde_json::from_str("{}").unwrap()))),
        status: PolicyStatus::default(),
    }))
}

/// Judges everything and has every write accepted; returns the reports as they then are on the server.
fn settle(state: &mut State) -> Vec<Value> {
    let mut reports = Vec::new();
    while state.backlog() > 0 {
        for command in state.judge(now(), 64) {
            let Command::Report(key, ReportWrite::Apply(body)) = command else { continue };
            let mut body: Value = serde_json::from_str(&body).unwrap();
            let uid = format!("00000000-0000-4000-8002-{:012}", reports.len());
            let written = Written { uid: uid.clone(), resource_version: "200000".to_owned(), generation: 1 };
            state.done(Done::Report(key, Ok(written)), now());
            body["metadata"]["uid"] = uid.into();
            body["metadata"]["resourceVersion"] = "200000".into();
            body["metadata"]["generation"] = 1.into();
            reports.push(body["metadata"].take());
        }
    }
    reports
}

/// Bytes that are held after each step, by what it brought in.
fn held(workloads: usize, pair: &Pair) -> Vec<(&'static str, usize)> {
    let before = dhat::HeapStats::get().curr_bytes;
    let mut steps = Vec::new();
    let mut step = |what| steps.push((what, dhat::HeapStats::get().curr_bytes - before));
    let mut state = State::new(&Watched::all());
    state.lead(true, now());
    for watched in Watched::all() {
        state.handle(Message::Restarted(watched));
    }
    for index in 0..workloads {
        give(&mut state, Kind::Deployment, &deployment(index));
    }
    step("Deployments");
    for (index, number) in (0..workloads).flat_map(|index| (0..3).map(move |number| (index, number))) {
        give(&mut state, Kind::Pod, &pod(index, number));
    }
    step("their Pods");
    (0..workloads).for_each(|index| give(&mut state, Kind::Service, &service(index)));
    step("Services");
    (0..workloads).for_each(|index| give(&mut state, Kind::PodDisruptionBudget, &budget(index)));
    step("PodDisruptionBudgets");
    (0..workloads).for_each(|index| give(&mut state, Kind::HorizontalPodAutoscaler, &autoscaler(index)));
    step("HorizontalPodAutoscalers");
    let served = || (0..workloads).filter(|index| index % 10 < 3);
    served().for_each(|index| give(&mut state, Kind::Ingress, &ingress(index)));
    step("Ingresses");
    served().for_each(|index| give(&mut state, Kind::Secret, &pair.secret(index)));
    step("Secrets");
    served().for_each(|index| give(&mut state, Kind::SecretMetadata, &metadata_of_secret(index)));
    step("metadata of Secrets");
    state.handle(policy());
    for watched in Watched::all() {
        state.handle(Message::Synced(watched));
    }
    step("what is dirty");
    let reports = settle(&mut state);
    assert_eq!(reports.len(), workloads);
    for report in reports {
        let metadata = serde_json::from_value(report).unwrap();
        state.handle(Message::Report(Box::new(metadata)));
    }
    assert_eq!(state.backlog(), 0, "nothing is foreign");
    step("verdicts and reports");
    steps
}

#[test]
fn what_is_kept_of_a_workload_is_within_its_budget() {
    let builder = dhat::Profiler::builder();
    let _profiler = match std::env::var_os("SEAWORTHY_HEAP") {
        Some(file) => builder.file_name(file).trim_backtraces(Some(40)).build(),
        None => builder.testing().build(),
    };
    let pair = Pair::new();
    let (small, large) = (100, 500);
    // What is made once only is there after the first.
    drop(held(1, &pair));
    let (at_small, at_large) = (held(small, &pair), held(large, &pair));
    let each = |step: usize| (at_large[step].1 - at_small[step].1) / (large - small);
    let rows = at_small.iter().enumerate().map(|(step, (what, _))| format!("{:>6}  {what}", each(step)));
    let table = rows.collect::<Vec<_>>().join("\n");
    println!("bytes held for each workload once these are there, one after the other:\n{table}");
    assert!(each(at_small.len() - 1) <= BUDGET, "{table}");
}

//! The harness itself: if it lied, every other test of the suite would.
//!
//! The operator is not needed here: `kubectl proxy` stands in for it, a real process with a kubeconfig, a
//! port that answers `/readyz`, and requests that the audit log can show.

#![cfg(test)]

use std::{path::Path, time::Duration};

use k8s_openapi::api::{
    apps::v1::ReplicaSet,
    core::v1::{ConfigMap, Namespace, Pod},
};
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use seaworthy_e2e::{
    ControlPlane, Error, Operator, OperatorOptions, Options, Oracle, Port, eventually, try_eventually,
};
use serde_json::json;

const SOON: Duration = Duration::from_mins(1);

const OWN: Options =
    Options { controllers: true, scheduler: false, api_server_flags: Vec::new(), own_control_plane: true };

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: registry.example/web:1}]
";

const ACCOUNT: &str = "
apiVersion: v1
kind: ServiceAccount
metadata: {name: writer, namespace: default}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: writer, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: writer, namespace: default}]
";

// One control plane for the tests that only look at it: starting one is most of the time they take.
#[tokio::test(flavor = "multi_thread")]
async fn control_plane() {
    let control_plane = ControlPlane::start(OWN).await.unwrap();
    a_deployment_gets_a_replica_set_and_pods(&control_plane).await;
    the_audit_log_counts_changes_of_a_service_account(&control_plane).await;
    kubectl_returns_what_was_refused(&control_plane).await;
    an_operator_is_started_awaited_and_ended(&control_plane).await;
}

async fn a_deployment_gets_a_replica_set_and_pods(control_plane: &ControlPlane) {
    control_plane.apply(DEPLOYMENT).await.unwrap();
    let client = control_plane.client().unwrap();
    let sets: Api<ReplicaSet> = Api::namespaced(client.clone(), "default");
    let pods: Api<Pod> = Api::namespaced(client, "default");
    let web = ListParams::default().labels("app=web");
    eventually(SOON, "one ReplicaSet", async || {
        let found = sets.list(&web).await.map_err(|error| error.to_string())?.items.len();
        (found == 1).then_some(()).ok_or_else(|| format!("{found} ReplicaSets"))
    })
    .await;
    eventually(SOON, "two Pods", async || {
        let found = pods.list(&web).await.map_err(|error| error.to_string())?.items.len();
        (found == 2).then_some(()).ok_or_else(|| format!("{found} Pods"))
    })
    .await;
}

async fn the_audit_log_counts_changes_of_a_service_account(control_plane: &ControlPlane) {
    control_plane.apply(ACCOUNT).await.unwrap();
    let path = control_plane.kubeconfig_for_service_account("default", "writer").await.unwrap();
    let kubeconfig = Kubeconfig::read_from(path).unwrap();
    let config =
        kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    let maps: Api<ConfigMap> = Api::default_namespaced(client.clone());
    let secrets: Api<Namespace> = Api::all(client);
    let map: ConfigMap = serde_json::from_value(json!({"metadata": {"name": "counted"}})).unwrap();

    maps.create(&PostParams::default(), &map).await.unwrap();
    let audit = control_plane.audit().unwrap();
    let marker = audit.mark().await.unwrap();
    let change = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}});
    maps.patch("counted", &PatchParams::apply("writer"), &Patch::Apply(&change)).await.unwrap();
    maps.create(&PostParams { dry_run: true, ..PostParams::default() }, &map).await.unwrap_err();
    maps.get("counted").await.unwrap();
    maps.delete("counted", &kube::api::DeleteParams::default()).await.unwrap();
    secrets.list(&ListParams::default()).await.unwrap_err();

    let requests = audit.since(&marker).await.unwrap().by_service_account("default", "writer");
    let seen: Vec<_> =
        requests.iter().map(|request| (request.verb.as_str(), request.name.as_str(), request.code)).collect();
    assert_eq!(
        seen,
        [
            ("patch", "counted", 200),
            ("create", "counted", 409),
            ("get", "counted", 200),
            ("delete", "counted", 200),
            ("list", "", 403)
        ]
    );
    let writes = requests.writes();
    assert_eq!(writes.len(), 2, "the dry run stores nothing: {writes:?}");
    assert_eq!(
        writes.count_by_verb().into_iter().collect::<Vec<_>>(),
        [("delete".to_owned(), 1), ("patch".to_owned(), 1)]
    );
    let kind = ("patch".to_owned(), String::new(), "configmaps".to_owned());
    assert!(requests.kinds().contains(&kind), "{:?}", requests.kinds());
    let earlier = audit.all().await.unwrap().by_service_account("default", "writer").writes();
    assert_eq!(earlier.count_by_verb().get("create"), Some(&1), "what came before the marker is still there");
}

async fn kubectl_returns_what_was_refused(control_plane: &ControlPlane) {
    let good = control_plane.kubectl().run(&["get", "namespace", "default", "-o", "name"]).await.unwrap();
    assert_eq!((good.code, good.stdout.as_str()), (0, "namespace/default\n"));
    let bad = control_plane.kubectl().run(&["get", "namespace", "absent"]).await.unwrap();
    assert_eq!((bad.code, bad.stdout.as_str()), (1, ""));
    assert!(bad.stderr.contains("not found"), "{}", bad.stderr);
    let refused = control_plane.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: UPPER}}").await;
    assert!(matches!(refused, Err(Error::Kubectl { .. })), "{refused:?}");
}

async fn an_operator_is_started_awaited_and_ended(control_plane: &ControlPlane) {
    let port = Port::reserve().unwrap();
    let (binary, leading) = control_plane.kubectl().command();
    let mut arguments = leading.to_vec();
    arguments.extend(["proxy".to_owned(), format!("--port={}", port.number())]);
    let options = OperatorOptions {
        name: Some("proxy".to_owned()),
        binary: Some(binary.to_owned()),
        arguments,
        health_port: Some(port.number()),
        ..OperatorOptions::default()
    };
    let mut operator = Operator::start(control_plane, options.clone()).unwrap();
    operator.wait_ready(SOON).await.unwrap();
    assert!(runs(operator.pid()));
    assert!(operator.log().unwrap().contains("Starting to serve"));
    assert_eq!(operator.terminate(SOON).await.unwrap(), 128 + 15);
    assert!(!runs(operator.pid()));

    let mut operator = Operator::start(control_plane, options.clone()).unwrap();
    operator.wait_ready(SOON).await.unwrap();
    let pid = operator.pid();
    drop(operator);
    assert!(!runs(pid));

    let broken = OperatorOptions { arguments: vec!["no-such-component".to_owned()], ..options };
    let mut operator = Operator::start(control_plane, broken).unwrap();
    let error = operator.wait_ready(SOON).await.unwrap_err().to_string();
    assert!(error.contains("usage: controlplane"), "the log is quoted: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_keeps_data_and_teardown_leaves_nothing() {
    let mut control_plane = ControlPlane::start(Options { scheduler: true, ..OWN }).await.unwrap();
    let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: kept}}";
    control_plane.apply(namespace).await.unwrap();
    let before = control_plane.pids();
    control_plane.stop_api_server().unwrap();
    let namespaces: Api<Namespace> = Api::all(control_plane.client().unwrap());
    namespaces.get("kept").await.unwrap_err();
    control_plane.start_api_server().await.unwrap();
    namespaces.get("kept").await.unwrap();

    let after = control_plane.pids();
    let names: Vec<_> = after.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]);
    let changed: Vec<_> =
        before.iter().filter(|process| !after.contains(process)).map(|(name, _)| name).collect();
    assert_eq!(changed, [&"kube-apiserver"]);
    assert!(after.iter().all(|(_, pid)| runs(*pid)), "{after:?}");

    let directory = control_plane.directory().to_owned();
    drop(control_plane);
    assert!(!before.iter().chain(&after).any(|(_, pid)| runs(*pid)), "{before:?} {after:?}");
    assert!(!directory.exists());
}

#[tokio::test]
async fn the_oracle_speaks_for_kstatus_and_quantities() {
    let mut oracle = Oracle::start().unwrap();
    let stale = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "generation": 2},
        "status": {"observedGeneration": 1},
    });
    let kstatus = oracle.kstatus(&stale).unwrap();
    assert_eq!(kstatus.status, "InProgress", "{kstatus:?}");
    let quantities = oracle.quantities(&["1500m", "1 Gi"]).unwrap();
    assert!(quantities[0].valid && !quantities[1].valid);
    assert_eq!((quantities[0].canonical.as_str(), quantities[0].nano.as_str()), ("1500m", "1500000000"));
    let versions = oracle.versions().unwrap();
    let (kstatus, machinery) = (&versions["github.com/fluxcd/cli-utils"], &versions["k8s.io/apimachinery"]);
    println!("kstatus {kstatus}, apimachinery {machinery}");
    assert!(kstatus.starts_with("v1.") && machinery.starts_with("v0."), "{versions:?}");
    assert!(matches!(oracle.ask::<serde_json::Value>(&json!({"op": "absent"})), Err(Error::Oracle(_))));
}

// A test that is killed runs no destructor; the supervisor must still end what it watches over.
#[tokio::test]
async fn a_supervised_process_ends_when_its_test_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let supervisor = env!("CARGO_BIN_EXE_seaworthy-supervisor");
    // The shell is the test that is killed; it holds the only writing end of the pipe.
    let script = "sleep 600 | \"$1\" \"$2\" sleep 601 > \"$3\"";
    let pid_file = directory.path().join("pid");
    let mut test = std::process::Command::new("sh")
        .args(["-c", script, "sh", supervisor])
        .args([&log, &pid_file])
        .spawn()
        .unwrap();
    let pid = eventually(SOON, "the supervisor names its process", async || {
        std::fs::read_to_string(&pid_file).ok()?.trim().parse::<u32>().ok()
    })
    .await;
    assert!(runs(pid));
    let holder =
        children(test.id()).into_iter().find(|child| command_line(*child).contains("sleep\x00600")).unwrap();
    let killed =
        std::process::Command::new("sh").args(["-c", &format!("kill -KILL {holder}")]).status().unwrap();
    assert!(killed.success());
    try_eventually(SOON, "the process is gone", async || (!runs(pid)).then_some(())).await.unwrap();
    test.wait().unwrap();
}

fn runs(pid: u32) -> bool {
    // A zombie has ended; only its parent has not asked yet.
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

fn command_line(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default()
}

fn children(pid: u32) -> Vec<u32> {
    let path = Path::new("/proc").join(pid.to_string()).join("task").join(pid.to_string()).join("children");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

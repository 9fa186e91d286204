//! The same objects, judged by every check as files, as what the API server made of them, and by the controller:
//! the findings are the same.
//!
//! Only what a file alone can say may differ, and that is listed here with its reason.
#![cfg(test)]

mod add_ons;
mod objects;
mod verdicts;

use std::{collections::BTreeSet, path::Path, time::Duration};

use futures::{StreamExt, stream};
use seaworthy::inventory::selector::{is_label_key, is_label_value, is_subdomain};
use seaworthy_e2e::{Cluster, Ran, condition, eventually, workloads::cluster_policy};
use serde_json::{Value, json};

use verdicts::{Said, Subject, Verdicts, differences, of_report, of_run};

/// Bare Pods and Jobs have no report in their first minute.
const REPORTED: Duration = Duration::from_mins(3);

/// Fewest verdicts that must have been compared, and fewest that must not have been Pass.
const COMPARED: u64 = 20_000;
const NOT_PASS: u64 = 1_000;

/// Fewest objects of kinds that are installed beside Kubernetes.
const ADD_ONS: usize = 20;

/// Checks of what only a file can say, and why.
const OF_FILES: [(&str, &str); 8] = [
    ("deprecated-api", "the server answers in the newest version, whichever an object was written in"),
    ("schema-valid", "the server keeps no field that it does not know"),
    ("config-reload-strategy", "whether a Secret that is not for TLS is immutable is not in its metadata"),
    ("secret-immutable", "whether a Secret that is not for TLS is immutable is not in its metadata"),
    ("secret-min-length", "no value of a Secret is read in a cluster"),
    (
        "workload-identity",
        "which keys a Secret that is not for TLS has is in its metadata only where writers are noted",
    ),
    ("hpa-replicas-conflict", "on a server replicas always holds a number"),
    ("deprecated-service-account-field", "the server writes serviceAccountName over serviceAccount"),
];

#[tokio::test(flavor = "multi_thread")]
async fn files_cluster_and_controller_agree() {
    let cluster = Cluster::start().await.unwrap();
    define_add_ons(&cluster).await;
    let mut objects = objects::all();
    objects.iter_mut().for_each(answered);
    let of_add_ons = objects.iter().filter(|object| add_ons::is_one(object) && is_well_named(object));
    let sent: Vec<Value> = of_add_ons.cloned().collect();
    let applied = apply(&cluster, objects).await;
    let refused: Vec<&Value> = sent.iter().filter(|object| !applied.contains(object)).collect();
    assert!(refused.is_empty(), "their definitions let any object pass: {refused:#?}");
    let taken = applied.iter().filter(|object| sent.contains(object)).count();
    assert_eq!((taken, sent.len() > ADD_ONS), (sent.len(), true), "each is sent once: {:#?}", twice(&sent));
    let policy = everything();
    cluster.apply(std::slice::from_ref(&policy)).await.unwrap();

    let place = tempfile::tempdir().unwrap();
    let policy_file = place.path().join("policy.json");
    std::fs::write(&policy_file, policy.to_string()).unwrap();
    let folder = place.path().join("objects");
    std::fs::create_dir(&folder).unwrap();
    // The server's own roles are in no file of anybody's, and bindings name them.
    let own = cluster.get("/apis/rbac.authorization.k8s.io/v1/clusterroles").await.unwrap().unwrap();
    std::fs::write(folder.join("clusterroles.json"), own.to_string()).unwrap();
    for (number, object) in applied.iter().enumerate().filter(|(_, object)| object["kind"] != "ClusterRole") {
        let object = with_notes(&cluster, object).await;
        std::fs::write(folder.join(format!("{number:05}.json")), object.to_string()).unwrap();
    }
    let [policy_file, folder] = [&policy_file, &folder].map(|path| path.to_str().unwrap());
    let kubeconfig = cluster.plane().admin_kubeconfig();
    let common = ["--policy", policy_file, "-o", "json"];
    let files = judge(kubeconfig, &[&["check", folder, "--complete"], common.as_slice()].concat()).await;
    let live = judge(kubeconfig, &[&["audit", "-A"], common.as_slice()].concat()).await;

    let subjects: BTreeSet<_> = applied.iter().map(verdicts::subject).collect();
    let (from_files, from_cluster) = (of_run(&files, &subjects), of_run(&live, &subjects));
    let found = differences("file", &from_files, "cluster", &from_cluster, &OF_FILES);
    let shown: Vec<&str> = found.iter().take(60).map(String::as_str).collect();
    assert!(found.is_empty(), "{} differences, the first:\n{}", found.len(), shown.join("\n"));

    let _operator = cluster.operator("operator").await.unwrap();
    reports_agree(&cluster, &subjects, &from_cluster).await;

    let count = |field: &str| files["summary"][field].as_u64().unwrap();
    let not_pass: u64 = ["fail", "warn", "pending", "unknown"].iter().map(|field| count(field)).sum();
    let compared = not_pass + count("pass") + count("notApplicable");
    eprintln!("{} objects, {compared} verdicts compared, {not_pass} of them not Pass", applied.len());
    assert!(compared >= COMPARED, "{compared}");
    assert!(not_pass >= NOT_PASS, "{not_pass}");
    cluster.finish().await.unwrap();
}

/// Gives a route what its controllers say of it, as if they had seen it: nobody says it here, and until somebody does, it is
/// Pending in a cluster only. A status counts with its generation.
fn answered(object: &mut Value) {
    if !["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"]
        .iter()
        .any(|kind| object["kind"] == *kind)
    {
        return;
    }
    object["metadata"]["generation"] = json!(1);
    if object.get("status").is_none() {
        let conditions = ["Accepted", "ResolvedRefs"].map(|condition| {
            json!({"type": condition, "status": "True", "reason": condition, "observedGeneration": 1,
                "lastTransitionTime": "2026-01-01T00:00:00Z", "message": ""})
        });
        let parents = object["spec"]["parentRefs"].as_array().into_iter().flatten();
        let parents: Vec<Value> = parents
            .map(|parent| json!({"parentRef": parent, "controllerName": "a.example/b", "conditions": conditions}))
            .collect();
        object["status"] = json!({ "parents": parents });
    }
}

/// A Secret with what the server notes beside it of who wrote it and when: nobody can apply that, and a check reads it.
async fn with_notes(cluster: &Cluster, object: &Value) -> Value {
    let mut object = object.clone();
    if object["kind"] == "Secret" {
        let name = |field: &str| object["metadata"][field].as_str().unwrap_or("default").to_owned();
        let path = format!("/api/v1/namespaces/{}/secrets/{}", name("namespace"), name("name"));
        let live = cluster.get(&path).await.unwrap().unwrap();
        object["metadata"]["managedFields"] = live["metadata"]["managedFields"].clone();
    }
    object
}

/// Has the server serve every kind that is read.
async fn define_add_ons(cluster: &Cluster) {
    let definitions = add_ons::definitions();
    cluster.apply(&definitions).await.unwrap();
    for definition in &definitions {
        let crd = format!("crd/{}", definition["metadata"]["name"].as_str().unwrap());
        cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &crd]).await.unwrap();
    }
}

/// A policy that names every check.
fn everything() -> Value {
    let checks: Vec<Value> =
        seaworthy::checks::names().iter().map(|name| json!({"name": name, "enabled": true})).collect();
    cluster_policy("everything", &json!({"profile": "None", "checks": checks}))
}

async fn judge(kubeconfig: &Path, arguments: &[&str]) -> Value {
    let ran = Ran::against(kubeconfig, arguments).await.unwrap();
    assert_eq!(ran.code, 1, "{arguments:?}: {}", ran.err);
    ran.json().unwrap()
}

/// Makes the objects, and hands back those that the server took. Namespaces come first.
async fn apply(cluster: &Cluster, objects: Vec<Value>) -> Vec<Value> {
    let (namespaces, others): (Vec<_>, Vec<_>) =
        objects.into_iter().partition(|object| object["kind"] == "Namespace");
    for names in namespaces.chunks(8) {
        let made = names.iter().map(|object| cluster.namespace(object["metadata"]["name"].as_str().unwrap()));
        futures::future::join_all(made).await.into_iter().for_each(|made| made.unwrap());
    }
    let client = cluster.plane().client().unwrap();
    let mut taken = Vec::new();
    for object in &namespaces {
        // Whatever labels it has beside its name.
        if cluster.apply(std::slice::from_ref(object)).await.is_ok() {
            taken.push(object.clone());
        }
    }
    let sent = others.len();
    let made = stream::iter(others).map(|object| {
        let client = client.clone();
        async move {
            let request =
                http::Request::post(format!("{}?fieldValidation=Strict", verdicts::collection(&object)?))
                    .header("Content-Type", "application/json")
                    .body(object.to_string().into_bytes())
                    .unwrap();
            client.request::<Value>(request).await.ok().map(|_| object)
        }
    });
    taken.extend(made.buffered(8).filter_map(futures::future::ready).collect::<Vec<_>>().await);
    eprintln!("{} of {} objects were taken", taken.len() - namespaces.len(), sent);
    assert!(taken.len() * 2 > sent, "the server took {} of {sent}", taken.len());
    taken
}

/// Whether a server takes its name and its labels, whatever kind it is of.
fn is_well_named(object: &Value) -> bool {
    let metadata = &object["metadata"];
    let labels = metadata["labels"].as_object().into_iter().flatten();
    metadata["name"].as_str().is_some_and(is_subdomain)
        && labels
            .into_iter()
            .all(|(key, value)| is_label_key(key) && value.as_str().is_some_and(is_label_value))
}

/// Those that are given twice: the second would be refused.
fn twice(objects: &[Value]) -> Vec<String> {
    let name = |object: &Value| {
        let metadata = &object["metadata"];
        format!("{} {} {}", object["kind"], metadata["namespace"], metadata["name"])
    };
    let mut names: Vec<String> = objects.iter().map(name).collect();
    names.sort();
    names.chunk_by(|one, other| one == other).filter(|same| same.len() > 1).map(<[String]>::concat).collect()
}

/// Waits until every subject with a finding has a report, and each report says what the audit says.
async fn reports_agree(cluster: &Cluster, subjects: &BTreeSet<Subject>, audited: &Verdicts) {
    eventually(REPORTED, "every report says what the audit says", async || {
        let list = cluster.get("/apis/seaworthy.dev/v1alpha1/readinessreports").await.unwrap().unwrap();
        let reports = list["items"].as_array().unwrap().iter().map(of_report);
        let reports: Vec<_> = reports.filter(|(subject, ..)| subjects.contains(subject)).collect();
        let mut problems: Vec<String> =
            reports.iter().filter_map(|report| disagreement(report, audited)).collect();
        let reported: BTreeSet<&Subject> = reports.iter().map(|(subject, ..)| subject).collect();
        let finished = finished(cluster, audited).await;
        let missing =
            audited.keys().filter(|subject| !reported.contains(subject) && !finished.contains(*subject));
        problems.extend(missing.map(|subject| format!("{subject:?} has no report")));
        if problems.is_empty() { Ok(reports.len()) } else { Err(problems.join("\n")) }
    })
    .await;
}

fn disagreement(
    (subject, reported, cut): &(Subject, BTreeSet<Said>, u64),
    audited: &Verdicts,
) -> Option<String> {
    let empty = BTreeSet::new();
    let audited = audited.get(subject).unwrap_or(&empty);
    let only_reported: Vec<_> = reported.difference(audited).collect();
    let only_audited: Vec<_> = audited.difference(reported).collect();
    let same = only_reported.is_empty() && only_audited.len() as u64 == *cut;
    (!same).then(|| format!("{subject:?}: only reported: {only_reported:?}; only audited: {only_audited:?}"))
}

/// Jobs that have come to their end since the audit, and Pods that are gone: they have no report.
async fn finished(cluster: &Cluster, audited: &Verdicts) -> BTreeSet<Subject> {
    let jobs = cluster.get("/apis/batch/v1/jobs").await.unwrap().unwrap();
    let is_finished =
        |job: &&Value| job["status"]["completionTime"].is_string() || condition(job, "Failed") != "-";
    let finished = jobs["items"].as_array().unwrap().iter().filter(is_finished);
    let mut over: BTreeSet<Subject> = finished
        .map(|job| {
            let (_, namespace, name) = verdicts::subject(job);
            ("Job".to_owned(), namespace, name)
        })
        .collect();
    let pods = cluster.get("/api/v1/pods").await.unwrap().unwrap();
    let there: BTreeSet<Subject> = pods["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pod| {
            let (_, namespace, name) = verdicts::subject(pod);
            ("Pod".to_owned(), namespace, name)
        })
        .collect();
    over.extend(audited.keys().filter(|subject| subject.0 == "Pod" && !there.contains(*subject)).cloned());
    over
}

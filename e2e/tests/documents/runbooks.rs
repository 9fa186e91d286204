//! `docs/runbooks`: every command of every page, in a cluster with something to see for each.
//!
//! Nodes here run nothing, so logs are those of the operator beside them, and what only a node or a metrics server could
//! answer is asked as far as the API server knows it ([`AS_FAR_AS_THEY_GO`]).

use seaworthy_e2e::document::Document;
use seaworthy_e2e::workloads::{flawed_pod, policy, workload};
use seaworthy_e2e::{Output, Replica, eventually};
use serde_json::json;

use super::guide::Guide;
use super::left_out::{AS_FAR_AS_THEY_GO, documents};
use super::{Reader, SOON};

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_runbooks_runs() {
    let mut guide = Guide::open("docs/runbooks/SeaworthyAbsent.md", 4).await;
    guide.install().await;
    something_to_see(&mut guide.reader).await;
    let replica = guide.operator("operator").await;
    let reader = &guide.reader;
    // One that is newer than its policy, and not ready, has an Event.
    a_second_has_passed(reader).await;
    let late = workload("Deployment", ("shop", "late"), &flawed_pod().unwrap());
    reader.cluster.apply(&[late]).await.unwrap();
    let mut ran = 0;
    let pages = documents().into_iter().filter(|name| name.starts_with("docs/runbooks/"));
    for name in pages.chain(["docs/operations.md".to_owned()]) {
        let is_runbook = name.starts_with("docs/runbooks/");
        let document = Document::read(&name).unwrap();
        let blocks = document.blocks().iter().filter(|block| block.language == "sh");
        let before = ran;
        for block in blocks.filter(|block| is_runbook || block.not_run.is_some()) {
            for line in block.text.lines() {
                let line = as_far_as_it_goes(reader, line, &replica).await;
                says(reader, &name, &line).await;
                ran += 1;
            }
        }
        assert!(ran > before, "{name} says not what to look at");
    }
    assert!(ran >= 25, "only {ran} commands were run");
    guide.reader.cluster.finish().await.unwrap();
}

/// What is made from now on is newer than the policy: times of creation are whole seconds.
async fn a_second_has_passed(reader: &Reader) {
    let made = async |line: &str| reader.shell.run(line).await.unwrap().stdout;
    let template = "-n shop -o jsonpath='{.metadata.creationTimestamp}'";
    let policy = made(&format!("kubectl get readinesspolicy gate {template}")).await;
    assert!(policy.ends_with('Z'), "{policy}");
    let anything = format!("kubectl create configmap anything --dry-run=server {template}");
    eventually(SOON, "a second that is later than the policy's", async || {
        let now = made(&anything).await;
        if now > policy { Ok(()) } else { Err(now) }
    })
    .await;
}

/// A policy that warns, a workload that fails, a check that reads what is not served, and a quota that refuses a report.
async fn something_to_see(reader: &mut Reader) {
    reader.cluster.excuse_refusals_in("full");
    for namespace in ["shop", "full"] {
        reader.cluster.namespace(namespace).await.unwrap();
    }
    reader.cluster.allow_reports("full", 0).await.unwrap();
    let checks = json!([{"name": "memory-limits"}, {"name": "dangling-route"}]);
    let spec = json!({"profile": "None", "enforcement": "Warn", "checks": checks});
    for namespace in ["shop", "full"] {
        let web = workload("Deployment", (namespace, "web"), &flawed_pod().unwrap());
        reader.cluster.apply(&[policy(namespace, "gate", &spec), web]).await.unwrap();
    }
}

/// The command succeeds, soon; one that gets something gets it.
async fn says(reader: &Reader, document: &str, line: &str) {
    let must_print = line.starts_with("kubectl get ");
    eventually(SOON, &format!("{document}: {line}"), async || {
        let Output { code, stdout, stderr } = reader.shell.run(line).await.unwrap();
        let is_there = !must_print || !stdout.trim().is_empty();
        if code == 0 && is_there { Ok(()) } else { Err(format!("{code}: {stdout}{stderr}")) }
    })
    .await;
}

/// The line, or what of it can be asked here.
async fn as_far_as_it_goes(reader: &Reader, line: &str, replica: &Replica) -> String {
    let Some(begins) = AS_FAR_AS_THEY_GO.iter().find(|begins| line.starts_with(*begins)) else {
        return line.to_owned();
    };
    if *begins == "curl -s http://localhost:8081/" {
        return line.replace("localhost:8081", &replica.operator.health_address());
    }
    let (head, filter) = line.split_once(" | ").unwrap_or((line, "cat"));
    let words: Vec<&str> = head.split_whitespace().collect();
    let after = |flag: &str| words.iter().skip_while(|word| **word != flag).nth(1).copied();
    let namespace = after("-n").unwrap_or_else(|| panic!("{line}: in which namespace?"));
    match *begins {
        "kubectl logs " => {
            let selector = after("-l").unwrap_or_else(|| panic!("{line}: of which pods?"));
            // The pods are there, and a replica beside them says what is looked for.
            says(reader, line, &format!("kubectl get pods -n {namespace} -l {selector} -o name")).await;
            format!("{filter} < {}", replica.operator.log_path().display())
        }
        "kubectl top " => format!("kubectl get {} -n {namespace} -o name", words[2]),
        "kubectl port-forward " => {
            let (object, port) = (words[4], words[5]);
            let path = "{.spec.template.spec.containers[*].ports[*].containerPort}";
            let ports = format!("kubectl get {object} -n {namespace} -o jsonpath='{path}'");
            format!("{ports} | grep -w {port}")
        }
        _ => panic!("{line}: nothing of it is run"),
    }
}

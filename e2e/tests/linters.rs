//! What other linters say of what we ship: hadolint of the Dockerfile, kube-score of the rendered charts. Each finding is
//! mended, or listed here with its reason.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io::Write as _};

use seaworthy_e2e::{Helm, chart_path, helper};
use serde_json::Value;

/// Findings of kube-score that stay, with their reasons.
const LISTED: [(&str, &str); 2] = [
    (
        "container-image-pull-policy",
        "releases name the image by its digest, so what lies on a node is what is meant; `Always` would let no pod \
         start while the registry is away",
    ),
    (
        "deployment-has-host-podantiaffinity",
        "topology spread constraints spread the replicas over nodes and zones, which anti-affinity does worse",
    ),
];

const DIGEST: &str = "image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn hadolint_finds_nothing_in_the_dockerfile() {
    let fetched = Command::new(repository().join("e2e/hadolint")).stderr(Stdio::inherit()).output().unwrap();
    let hadolint = String::from_utf8(fetched.stdout).unwrap();
    let lint = |dockerfile: &Path| Command::new(hadolint.trim()).arg(dockerfile).output().unwrap();
    let output = lint(&repository().join("Dockerfile"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // It does look.
    let folder = tempfile::tempdir().unwrap();
    let dockerfile = folder.path().join("Dockerfile");
    fs::write(&dockerfile, "FROM debian\n").unwrap();
    assert!(String::from_utf8_lossy(&lint(&dockerfile).stdout).contains("DL3006"));
}

#[tokio::test]
async fn each_finding_of_kube_score_is_listed_with_its_reason() {
    let helm = Helm::find(4).unwrap();
    let ha = format!("{}/values-ha.yaml", chart_path("seaworthy"));
    let mut found = BTreeSet::new();
    for values in [vec![], vec!["--values", ha.as_str()]] {
        let chart = chart_path("seaworthy");
        let fixed = ["template", "seaworthy", &chart, "-n", "seaworthy-system", "--set", DIGEST];
        let scored = kube_score(&helm.run(&[&fixed, values.as_slice()].concat()).await.unwrap());
        assert!(scored.iter().any(|object| object["object_name"].as_str().unwrap().contains("Deployment")));
        for object in &scored {
            for check in object["checks"].as_array().unwrap() {
                // 10 is its best grade.
                if check["skipped"] != true && check["grade"].as_i64().unwrap() < 10 {
                    found.insert(check["check"]["id"].as_str().unwrap().to_owned());
                }
            }
        }
    }
    let listed: BTreeSet<String> = LISTED.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(found, listed, "mend it, or list it with its reason");
}

/// What kube-score says of manifests, an element for each object.
fn kube_score(manifests: &str) -> Vec<Value> {
    let mut process = Command::new(helper("kube-score").unwrap())
        .args(["score", "-", "--output-format=json", "--kubernetes-version=v1.33"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(manifests.as_bytes()).unwrap();
    // Its exit code is not 0 while it finds anything.
    let output = process.wait_with_output().unwrap();
    let scored: Value = serde_json::from_slice(&output.stdout).unwrap();
    scored.as_array().unwrap().clone()
}

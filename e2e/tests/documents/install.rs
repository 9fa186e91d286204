//! `docs/install.md`: with Helm, for some namespaces only, without Helm, from one to the other, and away again.

use std::collections::BTreeSet;
use std::fs;

use seaworthy_e2e::OPERATOR_NAMESPACE;

use super::Reader;

const WITH_HELM: [&str; 7] = [
    "With Helm",
    "Without a family of checks",
    "From a private registry",
    "On OpenShift",
    "Standing policies",
    "Some namespaces only",
    "Remove",
];
const WITHOUT: [&str; 2] = ["Without Helm", "From kubectl to Helm"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_installed_with_helm_works_and_goes() {
    let mut reader = Reader::of("docs/install.md", 4).await;
    for namespace in ["shop", "blog", "bank"] {
        reader.cluster.namespace(namespace).await.unwrap();
    }
    reader.follow("With Helm").await;
    reader.follow("Without a family of checks").await;
    let arguments = [
        "get",
        "deployments",
        "-n",
        OPERATOR_NAMESPACE,
        "-o",
        "jsonpath={.items[*].spec.template.spec.containers[0].args}",
    ];
    let arguments = reader.cluster.kubectl(&arguments).await.unwrap();
    assert!(arguments.contains("--families-off=tls"), "{arguments}");
    from_a_private_registry(&mut reader).await;
    reader.follow("On OpenShift").await;
    let replica = reader.cluster.operator("operator").await.unwrap();
    reader.follow("Standing policies").await;
    drop(replica);
    reader.follow("Some namespaces only").await;
    for namespace in [OPERATOR_NAMESPACE, "tenant-ops"] {
        let deployments =
            reader.cluster.kubectl(&["get", "deployments", "-n", namespace, "-o", "name"]).await;
        assert_eq!(deployments.unwrap().lines().count(), 1, "{namespace}");
    }
    reader.follow("Remove").await;
    let left = reader.cluster.kubectl(&["get", "crds,namespaces", "-o", "name"]).await.unwrap();
    assert!(!left.contains("seaworthy"), "{left}");
    assert_eq!(reader.executed, BTreeSet::from(WITH_HELM.map(str::to_owned)));
    // Whatever has commands is run by one of the two.
    let all = WITH_HELM.into_iter().chain(WITHOUT).map(str::to_owned);
    assert_eq!(reader.sections(), all.collect());
}

/// Whatever pod the release makes names the copied image by its digest, and the Secret.
async fn from_a_private_registry(reader: &mut Reader) {
    let credentials = r#"{"auths": {"registry.example": {"auth": "cmVhZGVyOnNlY3JldA=="}}}"#;
    fs::write(reader.directory.path().join("config.json"), credentials).unwrap();
    reader.follow("From a private registry").await;
    let shell = &reader.shell;
    let made = shell.run("helm get manifest seaworthy -n seaworthy-system").await.unwrap().stdout;
    let of_test = shell.run("helm get hooks seaworthy -n seaworthy-system").await.unwrap().stdout;
    for text in [made, of_test] {
        assert_eq!(text.matches("image: \"registry.example/platform/seaworthy@sha256:").count(), 1, "{text}");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let at = lines.iter().position(|line| *line == "imagePullSecrets:").unwrap();
        assert_eq!(lines[at + 1], "- name: registry");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_3_takes_over_as_written() {
    without(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_4_takes_over_as_written() {
    without(4).await;
}

async fn without(helm: u8) {
    let mut reader = Reader::of("docs/install.md", helm).await;
    reader.follow("Without Helm").await;
    reader.follow_those("From kubectl to Helm", |line| line.ends_with(&format!("# Helm {helm}"))).await;
    let replica = reader.cluster.operator("operator").await.unwrap();
    assert_eq!(replica.operator.get("/readyz").await.unwrap().0, 200);
    assert_eq!(reader.executed, BTreeSet::from(WITHOUT.map(str::to_owned)));
}

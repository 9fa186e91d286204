//! Secrets are readable in the whole cluster or not at all: without the right, what is about Secrets is
//! Unknown, and everything else is judged as ever.

use seaworthy_e2e::{
    Cluster, OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, eventually, is_judged,
    workloads::{flawed_pod, good_pod, policy, workload},
};
use serde_json::{Value, json};

use super::site::{SOON, finding_is, good_site, healthy, report_is, site};

#[tokio::test(flavor = "multi_thread")]
async fn proof_3_without_the_right_to_secrets_their_checks_are_unknown_and_others_are_judged() {
    let cluster = Cluster::start().await.unwrap();
    let right = right_to_secrets(&cluster).await;
    cluster.kubectl(&["delete", "clusterrolebinding", "seaworthy-secrets"]).await.unwrap();
    is_refused(&cluster, true).await;
    // The operator is ready without: Secrets are a right that need not be given.
    let replica = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let checks = ["memory-limits", "ingress-tls", "tls-secret-valid", "tls-cert-expiry"];
    let checks: Vec<Value> = checks.iter().map(|name| json!({"name": name})).collect();
    let mut objects = vec![
        policy("shop", "gate", &json!({"profile": "None", "checks": checks})),
        workload("Deployment", ("shop", "inner"), &good_pod().unwrap()),
        healthy("web"),
        healthy("flawed"),
    ];
    objects.extend(good_site("web").into_iter().chain(site("flawed", &flawed_pod().unwrap())));
    // Named by an Ingress and not there: without the right that is not known either.
    objects.extend(good_site("absent"));
    cluster.apply(&objects).await.unwrap();
    is_unknown(&cluster).await;

    cluster.apply(std::slice::from_ref(&right)).await.unwrap();
    report_is(&cluster, "web", "True AllPassed").await;
    let missing = ("tls-secret-valid", "Fail", "Critical", "does not exist", "False");
    finding_is(&cluster, "absent", &missing).await;
    report_is(&cluster, "flawed", "False ChecksFailed").await;

    cluster.kubectl(&["delete", "clusterrolebinding", "seaworthy-secrets"]).await.unwrap();
    is_unknown(&cluster).await;
    assert_eq!(replica.operator.get("/readyz").await.unwrap().0, 200);
    only_secrets_were_refused(&cluster).await;
}

/// The binding that gives the right, as it can be applied again.
async fn right_to_secrets(cluster: &Cluster) -> Value {
    let path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/seaworthy-secrets";
    let binding = cluster.get(path).await.unwrap().unwrap();
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "seaworthy-secrets"}, "roleRef": binding["roleRef"], "subjects": binding["subjects"]})
}

async fn is_refused(cluster: &Cluster, refused: bool) {
    let operator = format!("--as=system:serviceaccount:{OPERATOR_NAMESPACE}:{OPERATOR_ACCOUNT}");
    eventually(SOON, "the API server knows of the right", async || {
        let may = cluster.kubectl(&["auth", "can-i", "list", "secrets", "-A", &operator]).await;
        (may.is_err() == refused).then_some(())
    })
    .await;
}

async fn is_unknown(cluster: &Cluster) {
    is_refused(cluster, true).await;
    for name in ["web", "absent"] {
        for (check, severity) in
            [("ingress-tls", "High"), ("tls-secret-valid", "Critical"), ("tls-cert-expiry", "High")]
        {
            finding_is(cluster, name, &(check, "Unknown", severity, "(Forbidden)", "Unknown")).await;
        }
        report_is(cluster, name, "Unknown ChecksUnknown").await;
    }
    // What is not about Secrets is judged as ever.
    report_is(cluster, "inner", "True AllPassed").await;
    let flaw = ("memory-limits", "Fail", "High", "memory", "False");
    finding_is(cluster, "flawed", &flaw).await;
    finding_is(cluster, "flawed", &("ingress-tls", "Unknown", "High", "(Forbidden)", "False")).await;
    eventually(SOON, "the policy counts what is not known", async || {
        let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
        let counts = &policy["status"]["workloads"];
        let holds = is_judged(&policy)
            && counts["total"] == 4
            && counts["ready"] == 1
            && counts["notReady"] == 1
            && counts["unknown"] == 2;
        if holds { Ok(()) } else { Err(policy["status"].to_string()) }
    })
    .await;
}

async fn only_secrets_were_refused(cluster: &Cluster) {
    let requests = cluster.requests().await.unwrap();
    let refused = requests.filter(|request| matches!(request.code, 401 | 403));
    assert!(!refused.is_empty());
    let other = refused.filter(|request| request.resource != "secrets");
    assert!(other.is_empty(), "{:?}", &*other);
}

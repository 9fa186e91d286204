//! Without the right to Secrets, what depends on it is Unknown; with a family of checks switched off, its checks are not
//! applicable, and cannot be named; everything else is judged as ever.

use std::collections::BTreeSet;

use seaworthy_e2e::{
    OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, condition, eventually,
    workloads::{good_pod, policy, workload},
};
use serde_json::{Value, json};

use super::rig::{Rig, SOON};

#[tokio::test(flavor = "multi_thread")]
async fn with_access_none_checks_of_certificates_are_unknown() {
    lacks("secrets.access=none", &["secrets"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_that_is_off_is_not_applicable_and_no_policy_may_name_its_checks() {
    let rig = Rig::start(4).await;
    // A Secret is also what checks of these others read.
    let families = ["tls", "network", "secrets", "lifecycle", "configuration"];
    let off = families.map(|family| format!("rbac.families.{family}=false")).join(",");
    rig.upgrade_operator(&["--set", &off]).await;
    rig.cluster.namespace("shop").await.unwrap();
    let [service, ingress] = behind_an_ingress();
    let named =
        json!({"profile": "None", "checks": [{"name": "memory-limits"}, {"name": "tls-secret-valid"}]});
    let objects = [
        service,
        ingress,
        workload("Deployment", ("shop", "web"), &good_pod().unwrap()),
        policy("shop", "gate", &json!({"profile": "Baseline"})),
        policy("shop", "named", &named),
    ];
    rig.cluster.apply(&objects).await.unwrap();

    let replica = rig.installed(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT).await;
    for (name, accepted) in [("gate", "True Accepted"), ("named", "False PolicyInvalid")] {
        eventually(SOON, &format!("{name}: {accepted}"), async || {
            let policy = rig.cluster.policy("shop", name).await.unwrap().unwrap();
            let found = condition(&policy, "Accepted");
            if found == accepted { Ok(()) } else { Err(format!("{found}: {}", policy["status"])) }
        })
        .await;
        let policy = rig.cluster.policy("shop", name).await.unwrap().unwrap();
        assert!(policy["status"]["conditions"].to_string().contains("switched off"), "{policy:#}");
    }
    rig.cluster.kubectl(&["delete", "readinesspolicy", "named", "-n", "shop"]).await.unwrap();
    rig.cluster.wait("shop", "readiness/deployment-web", "Ready=True").await.unwrap();
    let report = rig.cluster.report("shop", "deployment-web").await.unwrap().unwrap();
    assert_eq!(report["status"]["summary"]["unknown"], 0, "{report:#}");
    assert!(report["status"]["summary"]["notApplicable"].as_u64().unwrap() > 0, "{report:#}");
    assert_eq!(replica.operator.get("/readyz").await.unwrap().0, 200);
    let refused = rig.cluster.requests().await.unwrap().filter(|request| matches!(request.code, 401 | 403));
    let refused: BTreeSet<&str> = refused.iter().map(|request| request.resource.as_str()).collect();
    assert!(!refused.contains("secrets") && !refused.contains("ingresses"), "nobody asks: {refused:?}");
}

/// A Service of the Deployment `web`, and an Ingress before it.
fn behind_an_ingress() -> [Value; 2] {
    let metadata = json!({"name": "web", "namespace": "shop"});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}});
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
        "spec": {"tls": [{"hosts": ["web.example"], "secretName": "web"}],
            "rules": [{"host": "web.example", "http": {"paths": paths}}]}});
    [service, ingress]
}

/// Installs with these values: what may be behind an Ingress is Unknown, what no Service selects is judged, and
/// the operator is refused these kinds and none that it was granted.
async fn lacks(values: &str, refused_kinds: &[&str]) {
    let rig = Rig::start(4).await;
    rig.upgrade_operator(&["--set", values]).await;
    rig.cluster.namespace("shop").await.unwrap();
    let [service, ingress] = behind_an_ingress();
    let checks = json!([{"name": "memory-limits"}, {"name": "tls-secret-valid"}]);
    let objects = [
        service,
        ingress,
        workload("Deployment", ("shop", "web"), &good_pod().unwrap()),
        workload("Deployment", ("shop", "inner"), &good_pod().unwrap()),
        policy("shop", "gate", &json!({"profile": "None", "checks": checks})),
    ];
    rig.cluster.apply(&objects).await.unwrap();

    let replica = rig.cluster.operator("operator").await.unwrap();
    for (name, ready) in [("web", "Unknown ChecksUnknown"), ("inner", "True AllPassed")] {
        eventually(SOON, &format!("{name}: {ready}"), async || {
            let report = rig.cluster.report("shop", &format!("deployment-{name}")).await.unwrap();
            let found = report.map_or_else(|| "no report".to_owned(), |report| condition(&report, "Ready"));
            if found == ready { Ok(()) } else { Err(found) }
        })
        .await;
    }
    assert_eq!(replica.operator.get("/readyz").await.unwrap().0, 200, "it is ready without");
    let refused = rig.cluster.requests().await.unwrap().filter(|request| matches!(request.code, 401 | 403));
    let refused: BTreeSet<&str> = refused.iter().map(|request| request.resource.as_str()).collect();
    assert!(refused_kinds.iter().all(|kind| refused.contains(kind)), "{refused:?}");
    let role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/seaworthy";
    let role = rig.cluster.get(role).await.unwrap().unwrap();
    let granted =
        role["rules"].as_array().unwrap().iter().flat_map(|rule| rule["resources"].as_array().unwrap());
    let both: Vec<_> = granted.filter(|kind| refused.contains(kind.as_str().unwrap())).collect();
    assert!(both.is_empty(), "granted, and refused: {both:?}");
}

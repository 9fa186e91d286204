//! Listed namespaces: their workloads are judged, with the rights that the chart gives in each; what lies outside is
//! not; a second installation judges other namespaces; Secrets may be read in fewer.

use std::collections::BTreeSet;

use seaworthy_e2e::workloads::{cluster_policy, flawed_pod, good_pod, memory_limits_only, policy, workload};
use seaworthy_e2e::{
    OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, Output, Replica, ReplicaOptions, chart_path, condition, eventually,
};
use serde_json::{Value, json};

use super::rig::{Rig, SOON};

const LISTED: &str = "rbac.scope=namespaces,rbac.namespaces={shop,blog}";

#[tokio::test(flavor = "multi_thread")]
async fn listed_namespaces_are_judged_and_nothing_else() {
    let rig = Rig::start(4).await;
    rig.namespaces(&["shop", "blog", "bank"]).await;
    rig.upgrade_operator(&["--set", LISTED]).await;
    rig.replicas_are_ready(2).await;
    let _replica = rig.installed(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT).await;
    for (namespace, pod) in [("shop", good_pod()), ("blog", flawed_pod()), ("bank", flawed_pod())] {
        rig.gate(namespace, &pod.unwrap()).await;
    }
    rig.cluster.apply(&[cluster_policy("all", &memory_limits_only())]).await.unwrap();
    rig.ready_is("shop", "True AllPassed").await;
    rig.ready_is("blog", "False ChecksFailed").await;
    // Both namespaces are watched, each for itself: what changes in one is seen, and what goes.
    rig.gate("blog", &good_pod().unwrap()).await;
    rig.ready_is("blog", "True AllPassed").await;
    rig.cluster.kubectl(&["delete", "deployment", "web", "-n", "shop"]).await.unwrap();
    rig.ready_is("shop", "False NoWorkloads").await;

    let outside = rig.cluster.policy("bank", "gate").await.unwrap().unwrap();
    let of_cluster = rig.cluster.cluster_policy("all").await.unwrap().unwrap();
    for policy in [outside, of_cluster] {
        assert_eq!(policy["status"], json!({"observedGeneration": -1}), "{policy:#}");
    }
    assert!(rig.cluster.reports("bank").await.unwrap().is_empty());
    let requests = rig.cluster.check().await.unwrap();
    let asked: BTreeSet<&str> = requests.iter().map(|request| request.namespace.as_str()).collect();
    assert_eq!(asked, BTreeSet::from(["", "blog", "shop", OPERATOR_NAMESPACE]));
    let everywhere = requests.iter().filter(|request| request.namespace.is_empty());
    let everywhere: BTreeSet<&str> = everywhere.map(|request| request.resource.as_str()).collect();
    // What is no resource are the versions of the server and of its groups.
    let in_none = BTreeSet::from(["", "namespaces"]);
    assert!(everywhere.is_subset(&in_none), "{everywhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_installation_judges_other_namespaces() {
    let rig = Rig::start(4).await;
    rig.namespaces(&["shop", "blog", "bank", "tenant"]).await;
    rig.upgrade_operator(&["--set", LISTED]).await;
    let _first = rig.installed(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT).await;

    // Whatever two releases would both have is refused by Helm.
    let Output { code, stderr, .. } = rig.second("").await;
    assert_ne!(code, 0);
    assert!(stderr.contains("CustomResourceDefinition") && stderr.contains("cannot be imported"), "{stderr}");

    // Without an object of the cluster: a tenant needs no right there.
    let own = "crds.enabled=false,priorityClass.create=false,rbac.clusterRole=false,rbac.scope=namespaces";
    let Output { code, stdout, stderr } = rig.second(&format!("{own},rbac.namespaces={{bank}}")).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    let manifest = rig.helm.run(&["get", "manifest", "second", "-n", "tenant"]).await.unwrap();
    for kind in ["Cluster", "CustomResourceDefinition", "PriorityClass"] {
        assert!(!manifest.contains(&format!("kind: {kind}")), "{manifest}");
    }
    let second = rig.installed("tenant", "second-seaworthy").await;
    for (namespace, pod) in [("shop", good_pod()), ("bank", flawed_pod())] {
        rig.gate(namespace, &pod.unwrap()).await;
    }
    rig.ready_is("shop", "True AllPassed").await;
    rig.ready_is("bank", "False ChecksFailed").await;
    assert_eq!(second.operator.get("/readyz").await.unwrap().0, 200, "it is ready without");
    // What is in no namespace the first may read; of the second's workloads it is not known.
    let mut pod = good_pod().unwrap();
    pod["runtimeClassName"] = "sandbox".into();
    let checks = json!({"profile": "None", "checks": [{"name": "config-refs-exist"}]});
    for (namespace, ready) in [("shop", "False ChecksFailed"), ("bank", "Unknown ChecksUnknown")] {
        rig.gate(namespace, &pod).await;
        rig.cluster.apply(&[policy(namespace, "gate", &checks)]).await.unwrap();
        rig.ready_is(namespace, ready).await;
    }
    let said = rig.doctor();
    assert!(!said.contains("both judge"), "{said}");

    let Output { code, stderr, .. } = rig.second(&format!("{own},rbac.namespaces={{bank,blog}}")).await;
    assert_eq!(code, 0, "{stderr}");
    let said = rig.doctor();
    let problem =
        "Deployment seaworthy-system/seaworthy and Deployment tenant/second-seaworthy both judge blog";
    assert!(said.contains(problem), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_go_in_one_namespace_cost_nothing_in_another() {
    let rig = Rig::start(4).await;
    rig.namespaces(&["shop", "blog"]).await;
    rig.upgrade_operator(&["--set", LISTED]).await;
    let replica = rig.installed(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT).await;
    for namespace in ["shop", "blog"] {
        rig.gate(namespace, &good_pod().unwrap()).await;
        rig.ready_is(namespace, "True AllPassed").await;
    }
    rig.cluster.kubectl(&["delete", "rolebinding", "seaworthy-judge", "-n", "blog"]).await.unwrap();
    eventually(SOON, "the operator is refused what is in blog", async || {
        let requests = rig.cluster.requests().await.unwrap();
        let mut refused = requests.iter().filter(|request| request.code == 403);
        refused.any(|request| request.namespace == "blog" && request.resource == "deployments").then_some(())
    })
    .await;
    rig.gate("blog", &flawed_pod().unwrap()).await;
    for (pod, ready) in [(flawed_pod(), "False ChecksFailed"), (good_pod(), "True AllPassed")] {
        rig.gate("shop", &pod.unwrap()).await;
        rig.ready_is("shop", ready).await;
    }
    assert_eq!(replica.operator.get("/readyz").await.unwrap().0, 200);
    // With the rights again, what happened meanwhile is judged.
    rig.upgrade_operator(&["--set", LISTED]).await;
    rig.ready_is("blog", "False ChecksFailed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_secrets_may_not_be_read_their_checks_are_unknown() {
    let rig = Rig::start(4).await;
    rig.namespaces(&["shop", "blog"]).await;
    rig.upgrade_operator(&["--set", "secrets.access=namespaces,secrets.namespaces={shop}"]).await;
    let _replica = rig.installed(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT).await;
    let checks = json!([{"name": "memory-limits"}, {"name": "tls-secret-valid"}]);
    for namespace in ["shop", "blog"] {
        rig.cluster.apply(&before_web(namespace)).await.unwrap();
        rig.gate(namespace, &good_pod().unwrap()).await;
        let gate = policy(namespace, "gate", &json!({"profile": "None", "checks": checks}));
        rig.cluster.apply(&[gate]).await.unwrap();
    }
    // The Secret is not there; that only one of the two can know.
    rig.ready_is("shop", "False ChecksFailed").await;
    rig.ready_is("blog", "Unknown ChecksUnknown").await;
    let requests = rig.cluster.check().await.unwrap();
    let secrets = requests.iter().filter(|request| request.resource == "secrets");
    let asked: BTreeSet<&str> = secrets.map(|request| request.namespace.as_str()).collect();
    assert!(asked.contains("shop") && !asked.contains("blog") && !asked.contains(""), "{asked:?}");
}

impl Rig {
    async fn namespaces(&self, names: &[&str]) {
        for name in names {
            self.cluster.namespace(name).await.unwrap();
        }
    }

    /// A replica as the Deployment of an installation has it: with its account, and looking where, and at what, it is
    /// told to.
    pub(crate) async fn installed(&self, namespace: &str, account: &str) -> Replica {
        let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{account}");
        let deployment = self.cluster.get(&path).await.unwrap().unwrap();
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        let arguments = container["args"].as_array().unwrap().iter().map(|one| one.as_str().unwrap());
        let flags = ["--watch-namespaces=", "--secret-namespaces=", "--families-off="];
        let is_scope = |one: &&str| flags.iter().any(|flag| one.starts_with(flag));
        let arguments: Vec<&str> = arguments.filter(is_scope).collect();
        assert!(!arguments.is_empty(), "{container:#}");
        let account = Some((namespace, account));
        let options = ReplicaOptions { arguments: &arguments, account, ..ReplicaOptions::default() };
        self.cluster.operator_with(namespace, options).await.unwrap()
    }

    /// A workload, and a policy that wants a memory limit.
    async fn gate(&self, namespace: &str, pod: &Value) {
        let objects = [
            workload("Deployment", (namespace, "web"), pod),
            policy(namespace, "gate", &memory_limits_only()),
        ];
        self.cluster.apply(&objects).await.unwrap();
    }

    async fn ready_is(&self, namespace: &str, ready: &str) {
        eventually(SOON, &format!("{namespace}: {ready}"), async || {
            let policy = self.cluster.policy(namespace, "gate").await.unwrap().unwrap();
            let found = condition(&policy, "Ready");
            if found == ready { Ok(()) } else { Err(format!("{found}: {}", policy["status"])) }
        })
        .await;
    }

    /// A release of another name in another namespace.
    async fn second(&self, values: &str) -> Output {
        let chart = chart_path("seaworthy");
        let arguments =
            ["upgrade", "--install", "second", &chart, "-n", "tenant", "--wait", "--timeout", "2m"];
        let values: &[&str] = if values.is_empty() { &[] } else { &["--set", values] };
        self.helm.try_run(&[&arguments, values].concat()).await.unwrap()
    }
}

/// A Service and an Ingress before the workload, with a Secret that is not there.
fn before_web(namespace: &str) -> [Value; 2] {
    let metadata = json!({"name": "web", "namespace": namespace});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}});
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
        "spec": {"tls": [{"hosts": ["web.example"], "secretName": "web"}],
            "rules": [{"host": "web.example", "http": {"paths": paths}}]}});
    [service, ingress]
}

//! What is asked in which way, and what the client is told.

use seaworthy_e2e::{
    Output, eventually,
    rollouts::{definition, right, rollout},
    workloads::{cluster_policy, flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

use super::rig::{CONFIGURATION, Rig, SOON};

fn flawed(kind: &str, name: &str) -> Value {
    workload(kind, ("shop", name), &flawed_pod().unwrap())
}

fn good(kind: &str, name: &str) -> Value {
    workload(kind, ("shop", name), &good_pod().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_policy_is_reported_warned_of_or_refused_as_it_says() {
    let rig = Rig::start().await;
    let replica = rig.operator("operator", &[]).await;
    rig.gate("Audit").await;
    let audited = rig.apply(&[flawed("Deployment", "old")], &[]).await;
    assert_eq!((audited.code, audited.stderr.as_str()), (0, ""));
    rig.cluster.wait("shop", "readiness/deployment-old", "Ready=False").await.unwrap();
    assert_eq!(rig.cluster.get(CONFIGURATION).await.unwrap(), None, "no policy warns or denies");

    rig.gate("Deny").await;
    it_cannot_wedge(&rig.registered().await);
    rig.denies(&[flawed("Deployment", "web")]).await;
    every_way_to_write_is_judged(&rig).await;
    edits_are_judged_by_what_they_make_worse(&rig).await;
    pods_and_what_controls_them(&rig).await;

    rig.gate("Warn").await;
    eventually(SOON, "it is let through with a warning", async || {
        let output = rig.apply(&[flawed("Deployment", "warned")], &["--dry-run=server"]).await;
        let told = output.stderr.contains("Warning: ReadinessPolicy/gate memory-limits: spec.template.spec");
        if output.code == 0 && told { Ok(()) } else { Err(output.stderr) }
    })
    .await;
    let (_, metrics) = replica.operator.get("/metrics").await.unwrap();
    for outcome in ["allowed", "warned", "denied"] {
        let counted = format!("seaworthy_admission_reviews_total{{outcome=\"{outcome}\"}}");
        assert!(metrics.contains(&counted), "{counted}: {metrics}");
    }

    rig.gate("Audit").await;
    rig.unregistered().await;
    rig.cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_kind_that_a_policy_names_is_refused_like_any_workload_and_nothing_else_of_its_group() {
    let rig = Rig::start().await;
    let _replica = rig.operator("operator", &[]).await;
    let mut experiments = definition();
    experiments["metadata"]["name"] = json!("experiments.argoproj.io");
    experiments["spec"]["names"] = json!({"kind": "Experiment", "plural": "experiments", "singular": "experiment", "listKind": "ExperimentList"});
    rig.cluster.apply(&[definition(), experiments]).await.unwrap();
    rig.cluster.kubectl(&["wait", "--for=condition=Established", "crd", "--all"]).await.unwrap();
    rig.cluster.apply(&right()).await.unwrap();
    let mut spec = memory_limits_only();
    spec["enforcement"] = json!("Deny");
    spec["targets"] = json!({"customKinds": [
        {"group": "argoproj.io", "kind": "Rollout", "templatePath": ".spec.template"}]});
    rig.cluster.apply(&[policy("shop", "gate", &spec)]).await.unwrap();

    let conditions = rig.registered().await["webhooks"][0]["matchConditions"].clone();
    assert!(conditions.to_string().contains("argoproj.io/Rollout"), "{conditions}");
    rig.denies(&[rollout(&flawed_pod().unwrap())]).await;
    rig.denies(&[flawed("Deployment", "web")]).await;
    rig.cluster.apply(&[rollout(&good_pod().unwrap())]).await.unwrap();
    let edit = rig.apply(&[rollout(&flawed_pod().unwrap())], &[]).await;
    let named = "ReadinessPolicy/gate memory-limits: spec.template.spec.containers[0]";
    assert!(edit.code != 0 && edit.stderr.contains(named), "{}", edit.stderr);
    let mut other = rollout(&flawed_pod().unwrap());
    other["kind"] = json!("Experiment");
    assert_eq!(rig.apply(&[other], &[]).await.code, 0, "no policy names the kind");
    rig.cluster.finish().await.unwrap();
}

fn it_cannot_wedge(configuration: &Value) {
    let webhook = &configuration["webhooks"][0];
    assert_eq!(configuration["metadata"]["ownerReferences"][0]["kind"], "ClusterRole");
    assert_eq!((&webhook["failurePolicy"], &webhook["timeoutSeconds"]), (&json!("Ignore"), &json!(3)));
    assert!(!webhook["clientConfig"]["caBundle"].as_str().unwrap().is_empty());
    let namespaces = webhook["namespaceSelector"].to_string();
    assert!(namespaces.contains("kube-system") && namespaces.contains("seaworthy-system"), "{namespaces}");
}

async fn every_way_to_write_is_judged(rig: &Rig) {
    let web = flawed("Deployment", "web");
    let text = web.to_string();
    let mut nameless = web.clone();
    nameless["metadata"] = json!({"generateName": "web-", "namespace": "shop", "labels": {"app": "web"}});
    for (arguments, input) in [
        (vec!["apply", "--server-side", "-f", "-"], &text),
        (vec!["create", "-f", "-"], &text),
        (vec!["create", "--dry-run=server", "-f", "-"], &text),
        (vec!["create", "-f", "-"], &nameless.to_string()),
    ] {
        let output = rig.input(&arguments, input).await;
        assert_ne!(output.code, 0, "{arguments:?}");
        for named in ["denied the request", "ReadinessPolicy/gate", "memory-limits", "containers[0]", "fix: "]
        {
            assert!(output.stderr.contains(named), "{arguments:?}: {}", output.stderr);
        }
    }
    for kind in ["StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod"] {
        let refused = rig.apply(&[flawed(kind, "web")], &[]).await;
        assert!(refused.stderr.contains("memory-limits"), "{kind}: {}", refused.stderr);
        let taken = rig.apply(&[good(kind, "web")], &[]).await;
        assert_eq!(taken.code, 0, "{kind}: {}", taken.stderr);
    }
}

async fn edits_are_judged_by_what_they_make_worse(rig: &Rig) {
    // What was there before the policy denied can be edited, scaled and told its status.
    let mut edited = flawed("Deployment", "old");
    edited["metadata"]["annotations"]["edited"] = json!("yes");
    let output = rig.apply(&[edited], &[]).await;
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("Warning: ReadinessPolicy/gate memory-limits"), "{}", output.stderr);
    for (command, pods) in
        [(vec!["scale", "deployment/old", "--replicas=2"], 2), (vec!["delete", "deployment/old"], 0)]
    {
        let output = rig.input(&[&command[..], &["-n", "shop"]].concat(), "").await;
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{command:?}");
        eventually(SOON, "what its controllers make of it is not stopped", async || {
            let path = "/api/v1/namespaces/shop/pods?labelSelector=app%3Dold";
            let there = rig.cluster.get(path).await.unwrap().unwrap()["items"].as_array().unwrap().len();
            if there == pods { Ok(()) } else { Err(format!("{there} pods")) }
        })
        .await;
    }
    // A patch that takes the limit away makes it worse.
    assert_eq!(rig.apply(&[good("Deployment", "web")], &[]).await.code, 0);
    let patch = r#"[{"op": "remove", "path": "/spec/template/spec/containers/0/resources/limits/memory"}]"#;
    let worse = rig.input(&["patch", "deployment/web", "-n", "shop", "--type=json", "-p", patch], "").await;
    assert!(worse.code != 0 && worse.stderr.contains("memory-limits"), "{}", worse.stderr);
}

async fn pods_and_what_controls_them(rig: &Rig) {
    let owner =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "sham", "uid": "1", "controller": true});
    let mut sham = flawed("Pod", "sham");
    sham["metadata"]["ownerReferences"] = json!([owner]);
    let refused = rig.apply(&[sham], &["--dry-run=server"]).await;
    assert!(refused.stderr.contains("memory-limits"), "an owner made up for the purpose: {}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_objects_warn_and_another_policy_of_the_cluster_adds_up() {
    let rig = Rig::start().await;
    let _replica = rig.operator("operator", &[]).await;
    let mut spec = json!({"profile": "None", "enforcement": "Deny", "checks": [{"name": "pdb-present"}]});
    rig.cluster.apply(&[policy("shop", "budgets", &spec)]).await.unwrap();
    let mut web = good("Deployment", "web");
    web["spec"]["replicas"] = json!(3);
    eventually(SOON, "what a budget would mend is warned of", async || {
        let output = rig.apply(std::slice::from_ref(&web), &["--dry-run=server"]).await;
        assert_eq!(output.code, 0, "{}", output.stderr);
        if output.stderr.contains("pdb-present") { Ok(()) } else { Err(output.stderr) }
    })
    .await;
    spec = memory_limits_only();
    spec["enforcement"] = json!("Deny");
    rig.cluster.apply(&[cluster_policy("limits", &spec)]).await.unwrap();
    rig.denies(&[flawed("Deployment", "web")]).await;
    // Neither the system nor the operator itself is ever judged.
    for namespace in ["kube-system", "seaworthy-system"] {
        let own = workload("Deployment", (namespace, "own"), &flawed_pod().unwrap());
        let output = rig.apply(&[own], &["--dry-run=server"]).await;
        assert!(!output.stderr.contains("memory-limits"), "{}", output.stderr);
    }
    // A namespace with finalizers still on its objects can go.
    rig.cluster.kubectl(&["delete", "namespace", "shop", "--timeout=60s"]).await.unwrap();
    rig.cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingress_is_warned_of_by_what_it_means_for_the_workload_behind_it() {
    let rig = Rig::start().await;
    let _replica = rig.operator("operator", &[]).await;
    let spec = json!({"profile": "None", "enforcement": "Deny", "checks": [{"name": "ingress-tls"}]});
    rig.cluster.apply(&[policy("shop", "gate", &spec)]).await.unwrap();
    let metadata = json!({"name": "web", "namespace": "shop"});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]}});
    let backend = json!({"service": {"name": "web", "port": {"name": "http"}}});
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
        "spec": {"rules": [{"host": "web.example", "http": {"paths": paths}}]}});
    rig.cluster.apply(&[good("Deployment", "web"), service]).await.unwrap();
    let warned = "Warning: ReadinessPolicy/gate ingress-tls: ";
    eventually(SOON, "the Ingress is let through with a warning", async || {
        let output = rig.apply(std::slice::from_ref(&ingress), &["--dry-run=server"]).await;
        assert_eq!(output.code, 0, "{}", output.stderr);
        if output.stderr.contains(warned) { Ok(()) } else { Err(output.stderr) }
    })
    .await;
    assert_eq!(rig.apply(std::slice::from_ref(&ingress), &[]).await.code, 0);
    // What is there is not said again for an edit of something else.
    rig.cluster.wait("shop", "readiness/deployment-web", "Ready=False").await.unwrap();
    let mut edited = ingress;
    edited["metadata"]["labels"] = json!({"edited": "yes"});
    let output = rig.apply(&[edited], &[]).await;
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    rig.cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ephemeral_container_is_judged_in_a_pod_of_its_own_and_in_one_that_a_workload_made() {
    let rig = Rig::start().await;
    let _replica = rig.operator("operator", &[]).await;
    let pods = [good("Pod", "bare"), good("Deployment", "web"), flawed("Pod", "old")];
    rig.cluster.apply(&pods).await.unwrap();
    let made = eventually(SOON, "the Deployment has its Pod", async || {
        let path = "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb";
        let pods = rig.cluster.get(path).await.unwrap().unwrap();
        pods["items"][0]["metadata"]["name"].as_str().map(str::to_owned).ok_or("no Pod")
    })
    .await;
    // About Deployments and Pods alike; what the old Pod fails is not the debug container's fault.
    let checks = json!([{"name": "memory-limits"}, {"name": "privileged-container"}]);
    let spec = json!({"profile": "None", "enforcement": "Deny", "checks": checks});
    rig.cluster.apply(&[policy("shop", "gate", &spec)]).await.unwrap();
    rig.denies(&[flawed("Deployment", "refused")]).await;
    for (pod, name) in [("bare", "one"), (made.as_str(), "two"), ("old", "three")] {
        let refused = add_debug_container(&rig, pod, name, true).await;
        assert_ne!(refused.code, 0, "{pod}");
        for said in ["denied the request", "privileged-container", "ephemeralContainers[0]"] {
            assert!(refused.stderr.contains(said), "{pod}: {}", refused.stderr);
        }
        assert!(!refused.stderr.contains("memory-limits"), "{pod}: {}", refused.stderr);
        let taken = add_debug_container(&rig, pod, name, false).await;
        assert_eq!(taken.code, 0, "{pod}: {}", taken.stderr);
        assert!(!taken.stderr.contains("ReadinessPolicy"), "{pod}: {}", taken.stderr);
    }
    rig.cluster.finish().await.unwrap();
}

/// Adds a debug container to a Pod.
async fn add_debug_container(rig: &Rig, pod: &str, name: &str, privileged: bool) -> Output {
    let profile = if privileged { "--profile=sysadmin" } else { "--profile=restricted" };
    let container = format!("--container={name}");
    let image = "--image=registry.example/tools:1.0.0";
    rig.input(&["debug", pod, "-n", "shop", image, profile, &container, "--attach=false"], "").await
}

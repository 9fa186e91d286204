//! The commands that judge what stands in a cluster, with few rights: `audit`, and `check --against-cluster`.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use seaworthy_e2e::{
    Cluster, Options, Ran,
    workloads::{flawed_pod, good_pod, workload},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Outcome of each finding, by the name of the object and the check.
fn outcomes(ran: &Ran) -> Vec<String> {
    let findings = ran.findings().unwrap();
    let told = findings.iter().map(|finding| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let name = text(&finding["object"]["name"]);
        format!("{name} {} {}", text(&finding["check"]), text(&finding["outcome"]))
    });
    let mut told: Vec<String> = told.collect();
    told.sort();
    told
}

async fn seaworthy(kubeconfig: &Path, arguments: &[&str]) -> Ran {
    Ran::against(kubeconfig, arguments).await.unwrap()
}

/// A file in a folder, its path as an argument.
fn file(folder: &TempDir, name: &str, objects: &[Value]) -> String {
    let path: PathBuf = folder.path().join(name);
    let text = objects.iter().map(|object| format!("---\n{object:#}\n")).collect::<Vec<_>>().concat();
    // What is JSON is YAML.
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// One check of the workload alone, and one that looks for a PodDisruptionBudget.
fn policy() -> Value {
    json!({
        "apiVersion": "seaworthy.dev/v1alpha1", "kind": "ClusterReadinessPolicy", "metadata": {"name": "two"},
        "spec": {
            "profile": "None", "profileVersion": 1, "failOn": "Low", "targets": {"kinds": ["Deployment"]},
            "checks": [{"name": "memory-limits"}, {"name": "pdb-present"}]
        }
    })
}

fn web(pod: &Value) -> Value {
    let mut web = workload("Deployment", ("shop", "web"), pod);
    web["spec"]["replicas"] = 2.into();
    web
}

fn budget(app: &str) -> Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": app}}}
    })
}

/// The right to read these resources, for the account `default` of this namespace.
fn rights(account: &str, rules: &Value) -> [Value; 2] {
    let name = json!({"name": account, "namespace": "shop"});
    let group = "rbac.authorization.k8s.io";
    [
        json!({"apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": name, "rules": rules}),
        json!({
            "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": name,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": account},
            "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": account}]
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_seen_is_told_and_never_fine() {
    let cluster = Cluster::bare(Options::default()).await.unwrap();
    for name in ["shop", "most", "none"] {
        cluster.namespace(name).await.unwrap();
    }
    cluster.apply(&[web(&good_pod().unwrap()), budget("web")]).await.unwrap();
    let read = |group: &str, resource: &str| json!({"apiGroups": [group], "resources": [resource], "verbs": ["get", "list"]});
    let few = rights("most", &json!([read("apps", "deployments")]));
    let others = rights("none", &json!([read("policy", "poddisruptionbudgets")]));
    cluster.apply(&[few, others].concat()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let policy = file(&folder, "policy.yaml", &[policy()]);
    let audit = ["audit", "-n", "shop", "-o", "json", "--policy", policy.as_str()];

    let admin = cluster.plane().admin_kubeconfig().to_owned();
    let ran = seaworthy(&admin, &audit).await;
    assert_eq!((ran.code, outcomes(&ran), ran.err.as_str()), (0, Vec::new(), ""));

    // A kind that is only looked up: unknown.
    let partial = cluster.plane().kubeconfig_for_service_account("most", "default").await.unwrap();
    let ran = seaworthy(&partial, &audit).await;
    assert_eq!((ran.code, outcomes(&ran)), (0, vec!["web pdb-present Unknown".to_owned()]), "{}", ran.err);
    let note = "note: not allowed to read poddisruptionbudgets: what depends on them is unknown";
    assert!(ran.err.lines().any(|line| line == note), "{}", ran.err);
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["summary"]["verdict"], "Unknown");
    assert_eq!(seaworthy(&partial, &[&audit[..], &["--fail-on-unknown"]].concat()).await.code, 1);

    // A kind that is judged: the run is not complete.
    let others_only = cluster.plane().kubeconfig_for_service_account("none", "default").await.unwrap();
    let ran = seaworthy(&others_only, &audit).await;
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("error: not allowed to list deployments: they are not judged"), "{}", ran.err);
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["summary"]["verdict"], "Unknown");

    // What fails, fails with few rights as well.
    cluster.apply(&[web(&flawed_pod().unwrap())]).await.unwrap();
    let ran = seaworthy(&partial, &audit).await;
    let both = ["web memory-limits Fail", "web pdb-present Unknown"].map(str::to_owned);
    assert_eq!((ran.code, outcomes(&ran)), (1, both.to_vec()), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_namespace_what_lies_in_others_is_read_where_it_may_be_and_never_taken_for_absent() {
    let cluster = Cluster::bare(Options::default()).await.unwrap();
    for name in ["shop", "other", "most"] {
        cluster.namespace(name).await.unwrap();
    }
    let ingress = |namespace: &str| {
        let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {"ingressClassName": "own", "rules": [{"host": "shop.example",
                "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]}})
    };
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": "robot", "namespace": "other"}});
    let binding = |name: &str, account: &str| {
        let group = "rbac.authorization.k8s.io";
        json!({"apiVersion": format!("{group}/v1"), "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": "other"}]})
    };
    let bindings = [binding("robots", "robot"), binding("ghosts", "ghost")];
    let around = [web(&good_pod().unwrap()), service, ingress("shop"), ingress("other"), account];
    cluster.apply(&[&around[..], &bindings].concat()).await.unwrap();
    let read = |group: &str, resources: &[&str]| json!({"apiGroups": [group], "resources": resources, "verbs": ["get", "list"]});
    let rules = json!([
        read("apps", &["deployments"]),
        read("networking.k8s.io", &["ingresses"]),
        read("", &["services"]),
    ]);
    cluster.apply(&rights("most", &rules)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut both = policy();
    both["spec"]["checks"] = json!([{"name": "ingress-host-unique"}, {"name": "rbac-dangling"}]);
    let mut one = both.clone();
    one["spec"]["checks"] = json!([{"name": "ingress-host-unique"}]);
    let both = file(&folder, "both.yaml", &[both]);
    let one = file(&folder, "one.yaml", &[one]);
    let audit = async |kubeconfig: &Path, policy: &str, place: &[&str]| {
        let all = [&["audit", "-o", "json", "--policy", policy], place].concat();
        let ran = seaworthy(kubeconfig, &all).await;
        let mut told = outcomes(&ran);
        // A bare cluster has bindings of its own to accounts that its controllers would make.
        told.retain(|one| !one.starts_with("system:"));
        (ran.code, told, ran.err)
    };
    let found = |told: &[&str]| told.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();

    // Whoever may read all sees the other claim; objects of the cluster are not of one namespace.
    let admin = cluster.plane().admin_kubeconfig().to_owned();
    let (code, outcomes, err) = audit(&admin, &both, &["-n", "shop"]).await;
    assert_eq!((code, outcomes), (1, found(&["web ingress-host-unique Fail"])), "{err}");
    let (code, outcomes, err) = audit(&admin, &both, &["-A"]).await;
    let all = ["ghosts rbac-dangling Fail", "web ingress-host-unique Fail", "web ingress-host-unique Fail"];
    assert_eq!((code, outcomes), (1, found(&all)), "{err}");
    // Nobody else knows whether there is one.
    let partial = cluster.plane().kubeconfig_for_service_account("most", "default").await.unwrap();
    let (code, outcomes, err) = audit(&partial, &one, &["-n", "shop"]).await;
    assert_eq!((code, outcomes), (0, found(&["web ingress-host-unique Unknown"])), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_is_the_context_of_files_and_what_is_given_counts_in_place_of_its_twin() {
    let cluster = Cluster::bare(Options::default()).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let live = [web(&flawed_pod().unwrap()), budget("web")];
    cluster.apply(&live).await.unwrap();
    let admin = cluster.plane().admin_kubeconfig().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let policy = file(&folder, "policy.yaml", &[policy()]);
    let mended = file(&folder, "web.yaml", &[web(&good_pod().unwrap())]);
    let other = file(&folder, "budget.yaml", &[budget("other")]);
    let check = async |arguments: &[&str]| {
        let all = [&["check", "-o", "json", "--policy", policy.as_str()], arguments].concat();
        let ran = seaworthy(&admin, &all).await;
        (ran.code, outcomes(&ran), ran.err)
    };
    let found = |told: &[&str]| told.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();

    // Without the cluster nobody knows; with it the budget is seen, and the file counts, not the flawed twin.
    let (code, outcomes, _) = check(&[&mended]).await;
    assert_eq!((code, outcomes), (0, found(&["web pdb-present Unknown"])));
    let (code, outcomes, err) = check(&["--against-cluster", &mended]).await;
    assert_eq!((code, outcomes, err.as_str()), (0, found(&[]), ""));

    // A budget in a file counts in place of the live one, for the live workload that it concerned as well.
    let (code, outcomes, err) = check(&["--against-cluster", &mended, &other]).await;
    assert_eq!((code, outcomes), (1, found(&["web pdb-present Fail"])), "{err}");
    let own = file(&folder, "own.yaml", &[budget("web")]);
    let (code, outcomes, err) = check(&["--against-cluster", &own]).await;
    assert_eq!((code, outcomes), (1, found(&["web memory-limits Fail"])));
    assert!(err.contains("concerns 1 of the cluster's workloads: judged as well"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_patch_that_is_told_for_a_live_object_mends_it() {
    let cluster = Cluster::bare(Options::default()).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let mut pod = good_pod().unwrap();
    pod["containers"][0]["tty"] = true.into();
    cluster.apply(&[web(&pod)]).await.unwrap();
    let admin = cluster.plane().admin_kubeconfig().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let own = file(&folder, "own.yaml", &[budget("web")]);
    let arguments = ["check", "--against-cluster", "--select", "interactive-tty", "--fail-on", "info"];
    let before = cluster.get("/apis/apps/v1/namespaces/shop/deployments/web").await.unwrap().unwrap();
    let ran = seaworthy(&admin, &[&arguments[..], &["--diff", &own]].concat()).await;
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("`kubectl patch deployment web -n shop --patch-file FILE`"), "{}", ran.out);
    let after = cluster.get("/apis/apps/v1/namespaces/shop/deployments/web").await.unwrap().unwrap();
    assert_eq!(after["metadata"]["generation"], before["metadata"]["generation"], "something was written");

    let patch = folder.path().join("patch.yaml");
    fs::write(&patch, ran.out.split("---").next().unwrap()).unwrap();
    let patch = patch.display().to_string();
    cluster.kubectl(&["patch", "deployment", "web", "-n", "shop", "--patch-file", &patch]).await.unwrap();
    let ran = seaworthy(&admin, &[&arguments[..], &[&own]].concat()).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_of_policies_counts_workloads_and_not_whatever_is_in_the_cluster() {
    let cluster = Cluster::bare(Options::default()).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let service = |name: &str, app: &str| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": {"app": app}, "ports": [{"port": 80}]}})
    };
    let settings = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "shop"}, "data": {"a": "b"}});
    let objects = [
        web(&flawed_pod().unwrap()),
        workload("Deployment", ("shop", "api"), &good_pod().unwrap()),
        service("web", "web"),
        service("lost", "nobody"),
        settings,
    ];
    cluster.apply(&objects).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, checks: &[&str]| {
        let checks: Vec<Value> = checks.iter().map(|check| json!({"name": check})).collect();
        let mut policy = policy();
        policy["spec"]["checks"] = checks.into();
        file(&folder, name, &[policy])
    };
    let old = of("old.yaml", &["host-network"]);
    let new = of("new.yaml", &["host-network", "memory-limits", "dangling-service"]);
    let admin = cluster.plane().admin_kubeconfig().to_owned();
    let diff = async |old: &str, new: &str| {
        let ran = seaworthy(&admin, &["policy", "diff", old, new, "--against-cluster"]).await;
        assert_eq!(ran.err, "");
        (ran.code, ran.out)
    };
    let said = "Deployment shop/web: Ready -> NotReady; fails memory-limits\n\
        Service shop/lost: NotSelected -> NotReady; fails dangling-service\n\
        changed: 1 of 2 workloads, 1 of 1 other object\n";
    assert_eq!(diff(&old, &new).await, (1, said.to_owned()));
    assert_eq!(diff(&old, &old).await, (0, "changed: 0 of 2 workloads\n".to_owned()));
    let nothing = of("nothing.yaml", &["cronjob-schedule"]);
    let mut none = policy();
    none["spec"]["targets"] = json!({"kinds": ["CronJob"]});
    none["spec"]["checks"] = json!([{"name": "cronjob-schedule"}]);
    let none = file(&folder, "none.yaml", &[none]);
    assert_eq!(diff(&none, &none).await, (3, "changed: 0 of 0 workloads\n".to_owned()));
    assert_eq!(diff(&nothing, &nothing).await, (0, "changed: 0 of 2 workloads\n".to_owned()));
}

/// Files do not show the roles that the server brings: what checks know of those is what it has.
#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_roles_are_known_as_it_has_them() {
    let cluster = Cluster::bare(Options::default()).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let group = "rbac.authorization.k8s.io";
    let of = |role: &str| {
        let name = json!({"name": role, "namespace": "shop"});
        let mut web = workload("Deployment", ("shop", role), &good_pod().unwrap());
        web["spec"]["template"]["spec"]["serviceAccountName"] = role.into();
        [
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": name}),
            json!({
                "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": name,
                "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
                "subjects": [{"kind": "ServiceAccount", "name": role, "namespace": "shop"}]
            }),
            web,
        ]
    };
    let objects = ["view", "edit", "admin"].map(of).concat();
    cluster.apply(&objects).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let names = seaworthy::checks::ALL.iter().map(|check| check.name);
    let rights = names.filter(|name| name.starts_with("rbac-") && *name != "rbac-dangling");
    let checks: Vec<Value> = rights.map(|name| json!({"name": name, "severity": "High"})).collect();
    let policy = json!({
        "apiVersion": "seaworthy.dev/v1alpha1", "kind": "ClusterReadinessPolicy", "metadata": {"name": "rights"},
        "spec": {"profile": "None", "profileVersion": 1, "failOn": "Low", "checks": checks}
    });
    let policy = file(&folder, "policy.yaml", &[policy]);
    let given = file(&folder, "given.yaml", &objects);
    let admin = cluster.plane().admin_kubeconfig().to_owned();
    let files = seaworthy(&admin, &["check", "--complete", "--policy", &policy, "-o", "json", &given]).await;
    let live = seaworthy(&admin, &["audit", "-n", "shop", "--policy", &policy, "-o", "json"]).await;
    // A table may say in two rules what the server says in one.
    let told = |ran: &Ran| outcomes(ran).into_iter().collect::<BTreeSet<_>>();
    let files = told(&files);
    assert!(files.iter().any(|told| told == "edit rbac-secrets-access Fail"), "{files:?}");
    assert!(!files.iter().any(|told| told.starts_with("view ")), "{files:?}");
    assert_eq!(files, told(&live));
}

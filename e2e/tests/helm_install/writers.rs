//! Who may write the policies of a namespace, by `rbac.aggregatePolicies`.

use seaworthy_e2e::{eventually, workloads::memory_limits_only, workloads::policy};
use serde_json::{Value, json};

use super::rig::{Rig, SOON};

const ROLES: [&str; 3] = ["view", "edit", "admin"];

#[tokio::test(flavor = "multi_thread")]
async fn those_write_policies_in_their_namespace_whom_the_value_names() {
    let rig = Rig::start(4).await;
    for namespace in ["shop", "bank"] {
        rig.cluster.namespace(namespace).await.unwrap();
    }
    for role in ROLES {
        rig.cluster.apply(&account_with(role)).await.unwrap();
    }
    // By default nobody, and so again once nobody is named any more.
    for (value, writers) in [
        (None, &[][..]),
        (Some("admin"), &["admin"]),
        (Some("edit"), &["edit", "admin"]),
        (Some("none"), &[]),
    ] {
        let set = value.map(|value| format!("rbac.aggregatePolicies={value}"));
        let more: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
        rig.upgrade_operator(&more).await;
        for role in ROLES {
            let may = writers.contains(&role);
            // The controller manager adds the rules up.
            eventually(SOON, &format!("{value:?}: {role} writes: {may}"), async || {
                let written = writes(&rig, role, "shop").await;
                if written == may { Ok(()) } else { Err(written) }
            })
            .await;
            assert!(!writes(&rig, role, "bank").await, "{role} writes in another namespace");
            assert!(!may_write(&rig, role, "clusterreadinesspolicies").await, "{role}");
            assert!(!may_write(&rig, role, "readinessreports").await, "{role} writes reports");
        }
    }
}

/// A service account that is bound to a role of Kubernetes' own in one namespace.
fn account_with(role: &str) -> [Value; 2] {
    let group = "rbac.authorization.k8s.io";
    let metadata = json!({"name": role, "namespace": "shop"});
    [
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}),
        json!({
            "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": role, "namespace": "shop"}],
        }),
    ]
}

/// Whether the account makes a policy, edits it and deletes it; nothing in between is left.
async fn writes(rig: &Rig, role: &str, namespace: &str) -> bool {
    let kubeconfig = rig.cluster.plane().kubeconfig_for_service_account("shop", role).await.unwrap();
    let kubectl = rig.cluster.plane().kubectl().with_kubeconfig(&kubeconfig);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    let name = format!("of-{role}");
    let spec = memory_limits_only();
    std::fs::write(&file, policy(namespace, &name, &spec).to_string()).unwrap();
    let file = file.display().to_string();
    let edit = json!({"spec": {"enforcement": "Deny"}}).to_string();
    let patch = ["patch", "readinesspolicy", &name, "-n", namespace, "--type=merge", "-p", &edit];
    let commands: [&[&str]; 3] = [&["create", "-f", &file], &patch, &["delete", "-f", &file]];
    let mut codes = Vec::new();
    for command in commands {
        let output = kubectl.run(command).await.unwrap();
        assert!(output.code == 0 || output.stderr.contains("Forbidden"), "{}", output.stderr);
        codes.push(output.code);
        if output.code != 0 {
            break;
        }
    }
    assert!(codes == [0, 0, 0] || codes == [1], "one verb without another: {codes:?}");
    codes == [0, 0, 0]
}

async fn may_write(rig: &Rig, role: &str, resource: &str) -> bool {
    let who = format!("--as=system:serviceaccount:shop:{role}");
    let resource = format!("{resource}.seaworthy.dev");
    let arguments = ["auth", "can-i", "create", &resource, "-n", "shop", &who];
    rig.cluster.plane().kubectl().run(&arguments).await.unwrap().code == 0
}

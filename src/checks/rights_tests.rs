//! Tests of how rules are read, by the check that looks for the rights to read Secrets and by others.

use serde_json::{Value, json};

use crate::catalogue::{Check, Outcome, Severity};
use crate::checks::find;
use crate::checks::testing_objects::ObjectCase;
use crate::checks::testing_rights::{account, binding, holding, holding_everywhere, rule};
use crate::inventory::Kind;
use crate::inventory::lookup::{Cause, Coverage};

fn check(name: &str) -> &'static Check {
    find(name).unwrap()
}

#[test]
fn rules_are_read_as_the_server_reads_them() {
    for (group, resource, verb, outcome) in [
        ("", "secrets", "get", Outcome::Fail),
        ("*", "secrets", "watch", Outcome::Fail),
        ("", "*", "list", Outcome::Fail),
        ("", "secrets", "*", Outcome::Fail),
        ("apps", "secrets", "get", Outcome::Pass),
        ("", "secrets/status", "get", Outcome::Pass),
        ("", "*/status", "get", Outcome::Pass),
        ("", "secrets", "delete", Outcome::Pass),
    ] {
        let rules = rule(group, resource, &[verb]);
        assert_eq!(holding(check("rbac-secrets-access"), &rules).outcome(), outcome, "{rules}");
    }
    let subresources = rule("", "*/exec", &["create"]);
    assert_eq!(holding(check("rbac-pod-exec"), &subresources).outcome(), Outcome::Fail);
    let names =
        json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["own"]}]);
    assert_eq!(holding(check("rbac-secrets-access"), &names).outcome(), Outcome::Pass);
}

/// A workload whose account has a Role of another namespace, which gives everything there.
fn holding_elsewhere(name: &str, namespace: &str) -> crate::checks::testing::Case {
    let rules = rule("*", "*", &["*"]);
    let mut bound = binding("RoleBinding", ("Role", "all"));
    bound["metadata"]["namespace"] = json!(namespace);
    account(check(name))
        .with(json!({"kind": "Role", "metadata": {"name": "all", "namespace": namespace}, "rules": rules}))
        .with(bound)
}

#[test]
fn roles_of_other_namespaces_count_where_a_policy_of_the_cluster_asks() {
    for name in [
        "rbac-cluster-admin",
        "rbac-secrets-access",
        "rbac-wildcards",
        "rbac-escalation-verbs",
        "rbac-pod-create",
        "rbac-pod-exec",
        "rbac-network-config-write",
        "rbac-control-plane-surface",
        "rbac-data-destruction",
        "workload-takeover-path",
    ] {
        let case = holding_elsewhere(name, "infra");
        assert_eq!(case.outcome(), Outcome::Pass, "{name}: out of scope of a policy of the namespace");
        let case = case.everywhere();
        assert_eq!(case.outcome(), Outcome::Fail, "{name}");
        let said = case.judged().findings;
        assert!(said.iter().all(|one| one.message.ends_with("by RoleBinding infra/it")), "{name}: {said:?}");
        let hidden = account(check(name)).everywhere().coverage_of(Kind::RoleBinding, Coverage::Partial);
        assert_eq!(hidden.outcome(), Outcome::Unknown, "{name}");
        let mut broken = binding("RoleBinding", ("Role", "all"));
        broken["metadata"]["namespace"] = json!("infra");
        broken["subjects"] = json!(7);
        assert_eq!(
            account(check(name)).with_broken(broken).everywhere().outcome(),
            Outcome::Unknown,
            "{name}"
        );
    }
    let over = holding_elsewhere("workload-takeover-path", "infra").everywhere();
    assert!(over.message().starts_with("the pods can take over namespace infra: they may "));
    let all = holding_elsewhere("rbac-cluster-admin", "infra").everywhere();
    assert_eq!(all.message(), "the pods have every right in namespace infra, by RoleBinding infra/it");
    let found = holding_elsewhere("rbac-secrets-access", "infra").everywhere().judged().findings.remove(0);
    assert_eq!(found.object.unwrap().to_string(), "Role infra/all");
}

#[test]
fn a_role_of_kube_system_reaches_its_objects_whatever_namespace_the_account_is_in() {
    let name = "rbac-network-config-write";
    let maps = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["update"], "resourceNames": ["coredns"]}]);
    let of = |namespace: &str| {
        let mut bound = binding("RoleBinding", ("Role", "all"));
        bound["metadata"]["namespace"] = json!(namespace);
        let role =
            json!({"kind": "Role", "metadata": {"name": "all", "namespace": namespace}, "rules": maps});
        account(check(name)).with(role).with(bound).everywhere().outcome()
    };
    assert_eq!([of("kube-system"), of("infra")], [Outcome::Fail, Outcome::Pass]);
}

#[test]
fn a_role_binding_gives_nothing_of_the_cluster() {
    let rules = rule("", "nodes/proxy", &["get"]);
    let name = check("rbac-control-plane-surface");
    assert_eq!(holding(name, &rules).outcome(), Outcome::Pass);
    assert_eq!(holding_everywhere(name, &rules).outcome(), Outcome::Fail);
}

#[test]
fn a_finding_is_about_the_role_and_names_the_binding() {
    let rules = json!([{"nonResourceURLs": ["/x"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]}]);
    let case = holding(check("rbac-secrets-access"), &rules);
    assert_eq!(case.message(), "the pods may get, list secrets, by RoleBinding it");
    let found = case.judged().findings.remove(0);
    assert_eq!(found.field, "rules[1].resources[1]");
    let object = found.object.unwrap();
    assert_eq!((object.kind, &*object.namespace, &*object.name), (Kind::Role, "shop", "own"));
    let case = account(check("rbac-secrets-access"))
        .with(binding("ClusterRoleBinding", ("ClusterRole", "cluster-admin")));
    assert_eq!(case.fields(), ["roleRef.name"]);
    assert_eq!(case.message(), "the pods may do anything with secrets, by ClusterRoleBinding it");
}

#[test]
fn accounts_of_others_and_roles_that_are_not_there_give_nothing() {
    let rules = rule("", "secrets", &["get"]);
    let other = holding(check("rbac-secrets-access"), &rules).pod(json!({"serviceAccountName": "api"}));
    assert_eq!(other.outcome(), Outcome::Pass);
    for (kind, name) in
        [("Role", "gone"), ("ClusterRole", "gone"), ("Role", "edit"), ("Role", "cluster-admin")]
    {
        let dangling = account(check("rbac-secrets-access")).with(binding("RoleBinding", (kind, name)));
        assert_eq!(dangling.outcome(), Outcome::Pass, "{kind} {name}");
    }
}

#[test]
fn listed_subjects_pass() {
    let rules = rule("", "secrets", &["get"]);
    let with = |subject: &str| {
        holding(check("rbac-secrets-access"), &rules)
            .parameters(json!({"allowSubjects": [subject]}))
            .outcome()
    };
    assert_eq!(with("shop/w*"), Outcome::Pass);
    assert_eq!(with("other/web"), Outcome::Fail);
}

#[test]
fn disagreement_44_bindings_and_roles_that_were_not_given_leave_it_open() {
    let unknown = |case: crate::checks::testing::Case, cause: Cause, what: &str| {
        let findings = case.judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(cause)), "{what}");
    };
    let secrets = check("rbac-secrets-access");
    for kind in [Kind::RoleBinding, Kind::ClusterRoleBinding] {
        unknown(account(secrets).coverage_of(kind, Coverage::Partial), Cause::NotGiven, kind.as_str());
    }
    let gone = account(secrets).with(binding("RoleBinding", ("Role", "gone")));
    unknown(gone.coverage_of(Kind::Role, Coverage::Forbidden), Cause::Forbidden, "the role");
    let of_server = account(secrets).with(binding("RoleBinding", ("ClusterRole", "system:node")));
    unknown(of_server, Cause::NotGiven, "system:node");
    let aggregated = |uid: Value| {
        let role =
            json!({"kind": "ClusterRole", "metadata": {"name": "own", "uid": uid}, "aggregationRule": {}});
        account(secrets).with(role).with(binding("RoleBinding", ("ClusterRole", "own")))
    };
    let of_file = aggregated(json!(null));
    assert_eq!(of_file.outcome(), Outcome::Pass, "it will be filled from none");
    unknown(of_file.coverage_of(Kind::ClusterRole, Coverage::Partial), Cause::NotGiven, "of a file");
    assert_eq!(aggregated(json!("u")).outcome(), Outcome::Pass, "the server has filled it");
}

#[test]
fn a_role_of_a_file_that_is_filled_from_others_has_their_rules_and_none_of_its_own() {
    let secrets = rule("", "secrets", &["get"]);
    let filled = |name: &str, labels: Value, from: Value, rules: &Value| {
        let aggregation = json!({"clusterRoleSelectors": [{"matchLabels": from}]});
        json!({"kind": "ClusterRole", "metadata": {"name": name, "labels": labels},
            "aggregationRule": aggregation, "rules": rules})
    };
    let part = |label: &str| json!({"kind": "ClusterRole", "metadata": {"name": "part", "labels": {"to": label}}, "rules": secrets});
    let bound = |role: Value| {
        account(check("rbac-secrets-access"))
            .with(role)
            .with(binding("ClusterRoleBinding", ("ClusterRole", "own")))
    };
    let own = || filled("own", json!({"to": "own"}), json!({"to": "own"}), &secrets);
    assert_eq!(bound(own()).outcome(), Outcome::Pass, "the controller takes its own rules away");
    let found = bound(own()).with(part("own")).judged().findings.remove(0);
    assert_eq!(found.object.unwrap().to_string(), "ClusterRole part");
    assert_eq!(bound(own()).with(part("other")).outcome(), Outcome::Pass);
    let between = filled("between", json!({"to": "own"}), json!({"to": "between"}), &json!([]));
    assert_eq!(bound(own()).with(between).with(part("between")).outcome(), Outcome::Fail, "through another");
    let of_server = |to: &str| {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{to}");
        bound(filled("own", json!({}), json!({ label: "true" }), &json!([]))).outcome()
    };
    assert_eq!(["view", "edit", "admin"].map(of_server), [Outcome::Pass, Outcome::Fail, Outcome::Fail]);
}

#[test]
fn what_the_server_makes_with_fixed_rules_is_known_and_its_roles_in_their_namespace() {
    let with = |role: &str| {
        account(check("rbac-secrets-access")).with(binding("ClusterRoleBinding", ("ClusterRole", role)))
    };
    assert_eq!(with("system:auth-delegator").outcome(), Outcome::Pass);
    assert_eq!(with("system:mine").outcome(), Outcome::Unknown, "another component may have made it");
    let partial = with("system:auth-delegator").coverage_of(Kind::ClusterRole, Coverage::Partial);
    assert_eq!(partial.outcome(), Outcome::Unknown, "somebody may have added to it");
    let signer = |namespace: &str| {
        let mut bound = binding("RoleBinding", ("Role", "system:controller:bootstrap-signer"));
        bound["metadata"]["namespace"] = json!(namespace);
        account(check("rbac-secrets-access")).with(bound).everywhere().outcome()
    };
    assert_eq!([signer("kube-system"), signer("infra")], [Outcome::Fail, Outcome::Pass]);
}

/// A binding that no workload uses, to these subjects, of a role that may read Secrets.
fn bound(subjects: &Value) -> ObjectCase {
    let rules = rule("", "secrets", &["get"]);
    let mut object = binding("RoleBinding", ("Role", "own"));
    object["subjects"] = subjects.clone();
    ObjectCase::of(check("rbac-secrets-access"), object)
        .with(json!({"kind": "Role", "metadata": {"name": "own"}, "rules": rules}))
}

#[test]
fn a_binding_by_itself_is_judged_for_the_accounts_that_are_not_the_clusters_own() {
    let subject = |kind: &str, namespace: &str| json!({"kind": kind, "name": "web", "namespace": namespace});
    let account = |namespace: &str| subject("ServiceAccount", namespace);
    let case = bound(&json!([account("shop")]));
    assert_eq!(case.message(), "its accounts may get secrets, by RoleBinding it");
    for subjects in [
        json!([]),
        json!([account("kube-system")]),
        json!([subject("User", "shop")]),
        json!([subject("Group", "kube-system")]),
    ] {
        assert_eq!(bound(&subjects).outcome(), Outcome::NotApplicable, "{subjects}");
    }
    let mixed = json!([subject("User", ""), account("kube-system"), account("other")]);
    assert_eq!(bound(&mixed).outcome(), Outcome::Fail);
}

#[test]
fn a_binding_by_itself_passes_when_every_account_is_listed() {
    let with = |namespaces: &[&str]| {
        let account = |namespace| json!({"kind": "ServiceAccount", "name": "web", "namespace": namespace});
        let subjects: Vec<Value> = namespaces.iter().map(account).collect();
        bound(&json!(subjects)).parameters(json!({"allowSubjects": ["shop/w*"]})).outcome()
    };
    assert_eq!(with(&["shop"]), Outcome::Pass);
    assert_eq!(with(&["kube-system", "shop"]), Outcome::Pass, "the cluster's own need no word");
    assert_eq!(with(&["shop", "other"]), Outcome::Fail);
}

#[test]
fn what_the_servers_own_roles_allow_at_least_is_known_where_nobody_shows_them() {
    let with = |role: &str| {
        account(check("rbac-secrets-access")).with(binding("RoleBinding", ("ClusterRole", role)))
    };
    assert_eq!(with("view").outcome(), Outcome::Pass);
    for role in ["edit", "admin"] {
        assert_eq!(
            with(role).message(),
            "the pods may get, list, watch secrets, by RoleBinding it",
            "{role}"
        );
        assert_eq!(with(role).fields(), ["roleRef.name"], "{role}");
    }
    let added = |to: &str| {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{to}");
        json!({"kind": "ClusterRole", "metadata": {"name": "more", "labels": {label: "true"}},
            "rules": rule("", "secrets", &["get"])})
    };
    let to_view = with("view").with(added("view")).judged().findings.remove(0);
    assert_eq!(to_view.object.unwrap().to_string(), "ClusterRole more");
    assert_eq!(with("view").with(added("edit")).outcome(), Outcome::Pass, "it adds to another");
    let partial = |role| with(role).coverage_of(Kind::ClusterRole, Coverage::Partial);
    assert_eq!(partial("view").outcome(), Outcome::Unknown, "others may add to it");
    assert_eq!(partial("edit").outcome(), Outcome::Fail, "nobody takes anything away");
}

#[test]
fn accounts_are_meant_by_user_names_and_groups_too() {
    let of = |kind: &str, name: &str| bound(&json!([{"kind": kind, "name": name}]));
    for (kind, name) in [
        ("User", "system:serviceaccount:shop:web"),
        ("Group", "system:serviceaccounts:shop"),
        ("Group", "system:serviceaccounts"),
        ("Group", "system:authenticated"),
    ] {
        assert_eq!(of(kind, name).message(), "its accounts may get secrets, by RoleBinding it", "{name}");
    }
    for (kind, name) in
        [("User", "system:serviceaccount:kube-system:x"), ("Group", "system:serviceaccounts:kube-system")]
    {
        assert_eq!(of(kind, name).outcome(), Outcome::NotApplicable, "{name}");
    }
    let group = |allowed: &str| {
        of("Group", "system:serviceaccounts:shop").parameters(json!({"allowSubjects": [allowed]})).outcome()
    };
    assert_eq!([group("shop/*"), group("shop/w*")], [Outcome::Pass, Outcome::Fail]);
}

#[test]
fn a_binding_of_users_and_groups_is_medium_at_most_where_they_count() {
    let of = |name: &str, subjects: Value| {
        let rules = json!([{"apiGroups": [""], "resources": ["pods/exec", "persistentvolumeclaims"],
            "verbs": ["create", "delete"]}]);
        let mut object = binding("RoleBinding", ("Role", "own"));
        object["subjects"] = subjects;
        ObjectCase::of(check(name), object)
            .with(json!({"kind": "Role", "metadata": {"name": "own"}, "rules": rules}))
    };
    let group = json!({"kind": "Group", "name": "developers"});
    let account = json!({"kind": "ServiceAccount", "name": "ci", "namespace": "shop"});
    let exec = of("rbac-pod-exec", json!([group]));
    assert_eq!(exec.message(), "its subjects may create pods/exec, by RoleBinding it");
    let grade = |case: ObjectCase| case.judged().findings.remove(0).grade;
    assert_eq!(grade(exec), Some(Severity::Medium));
    assert_eq!(grade(of("rbac-data-destruction", json!([group]))), Some(Severity::Low));
    assert_eq!(
        grade(of("rbac-pod-exec", json!([group, account]))),
        None,
        "of an account it is as bad as ever"
    );
    let allowed = |patterns: Value| {
        let case = of("rbac-pod-exec", json!([group, account]));
        case.parameters(json!({ "allowSubjects": patterns }))
    };
    assert_eq!(grade(allowed(json!(["shop/*"]))), Some(Severity::Medium), "the account may");
    assert_eq!(allowed(json!(["shop/*", "Group:dev*"])).outcome(), Outcome::Pass);
    assert_eq!(of("rbac-secrets-access", json!([group])).outcome(), Outcome::NotApplicable);
    let system = json!({"kind": "Group", "name": "system:nodes"});
    assert_eq!(of("rbac-pod-exec", json!([system])).outcome(), Outcome::NotApplicable);
}

#[test]
fn a_binding_whose_accounts_workloads_of_another_namespace_use_is_told_once() {
    for name in ["rbac-secrets-access", "rbac-pod-create", "rbac-cluster-admin", "rbac-system-subjects"] {
        let mut object = binding("RoleBinding", ("ClusterRole", "cluster-admin"));
        object["metadata"]["namespace"] = json!("infra");
        if name == "rbac-system-subjects" {
            object["subjects"] = json!([{"kind": "Group", "name": "system:authenticated"}]);
        }
        let of = |workloads: &[Value]| {
            let case = ObjectCase::of(check(name), object.clone());
            workloads.iter().fold(case, |case, workload| case.with(workload.clone()))
        };
        let web = json!({"kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"template": {"spec": {"serviceAccountName": "web"}}}});
        assert_eq!(of(std::slice::from_ref(&web)).everywhere().outcome(), Outcome::NotApplicable, "{name}");
        assert_eq!(of(&[web]).outcome(), Outcome::Fail, "{name}: a policy of infra does not see shop");
        assert_eq!(of(&[]).everywhere().outcome(), Outcome::Fail, "{name}: nobody else tells");
    }
}

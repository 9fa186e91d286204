use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::limits::MADE_OR_FILLED;
use crate::checks::rights::{Grant, Grants};
use crate::checks::server_made;
use crate::inventory::Object;
use crate::inventory::rbac::PolicyRule;

/// Parameters of `rbac-wildcards`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// API groups for which verbs and resources may be wildcards: an operator's own.
    allow_groups: Vec<String>,
}

check! {
    /// ## What it checks
    /// No role of the ServiceAccount that the pods run as has a `*` among its verbs, resources or API groups. In
    /// the groups of `allowGroups` verbs and resources may be wildcards, which is meant for the operator whose
    /// groups they are. A Role or ClusterRole that no workload has is judged by itself, unless the server fills it from others
    /// or makes it with wildcards; whether it is one of those its name tells (`cluster-admin`,
    /// `system:kube-controller-manager`, `system:kubelet-api-admin` and those of some controllers), not a label, nor how the
    /// name begins.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks; a policy of the namespace sees its own,
    /// and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// A wildcard allows more than anybody thought of, and more with every resource and verb that an upgrade
    /// or a CustomResourceDefinition adds: `*` on ServiceAccounts includes making tokens of them.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: web}
    /// rules: [{apiGroups: ["apps"], resources: [deployments], verbs: ["*"]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: web}
    /// rules: [{apiGroups: ["apps"], resources: [deployments], verbs: [get, list, watch]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## How to fix
    /// List the verbs, resources and groups that the workload uses.
    ///
    /// ## Parameters
    /// - `allowGroups`: API groups for which verbs and resources may be wildcards (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices, Least privilege
    name: "rbac-wildcards",
    family: Identity,
    severity: High,
    title: "Roles of workloads list what they allow",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [Role, ClusterRole] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let grants = Grants::of(subject);
    let wild = grants.found.iter().flat_map(|grant| of_grant(grant, &parameters.allow_groups));
    wild.chain(grants.doubts.iter().cloned()).collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let (Object::Role(role) | Object::ClusterRole(role)) = subject.object else {
        return Judgement::default();
    };
    let kind = subject.object.kind();
    if role.aggregates() || server_made::has_wildcards(kind, &role.metadata.name) {
        return Judgement::not_applicable(MADE_OR_FILLED);
    }
    let wild = wildcards(&role.rules, &parameters.allow_groups);
    if !wild.is_empty() && subject.namespace.is_had(kind, &role.metadata) {
        return Judgement::not_applicable("the workloads that have the role tell");
    }
    let fault = |(path, what): (String, &str)| {
        Statement::fail(Field::Object(path.into()), format!("the role has a right to every {what}"))
    };
    wild.into_iter().map(fault).collect()
}

fn of_grant(grant: &Grant<'_>, allowed: &[String]) -> Vec<Statement> {
    let fault =
        |(path, what): (String, &str)| grant.fault(&path, &format!("the pods have a right to every {what}"));
    wildcards(grant.rules(), allowed).into_iter().map(fault).collect()
}

/// The first wildcard of each rule: its path in the role, and what it stands for.
fn wildcards(rules: &[PolicyRule], allowed: &[String]) -> Vec<(String, &'static str)> {
    let wild = rules.iter().enumerate().filter_map(|(index, rule)| {
        let (path, what) = wildcard(rule, allowed)?;
        Some((format!("rules[{index}].{path}"), what))
    });
    wild.collect()
}

/// The first wildcard of a rule: its path, and what it stands for.
fn wildcard(rule: &PolicyRule, allowed: &[String]) -> Option<(String, &'static str)> {
    if !rule.api_groups.is_empty() && rule.api_groups.iter().all(|group| allowed.contains(group)) {
        return None;
    }
    let lists = [
        ("verbs", &rule.verbs, "verb"),
        ("resources", &rule.resources, "resource"),
        ("apiGroups", &rule.api_groups, "API group"),
    ];
    lists.into_iter().find_map(|(path, list, what)| {
        let place = list.iter().position(|entry| entry == "*" || entry.starts_with("*/"))?;
        Some((format!("{path}[{place}]"), what))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;
    use crate::checks::testing_rights::{account, binding, holding, rule};
    use crate::inventory::lookup::{Cause, Coverage};

    #[test]
    fn a_wildcard_fails_where_it_stands() {
        for (rules, path, what) in [
            (rule("apps", "deployments", &["get", "*"]), "verbs[1]", "verb"),
            (rule("apps", "*", &["get"]), "resources[0]", "resource"),
            (rule("apps", "*/scale", &["get"]), "resources[0]", "resource"),
            (rule("*", "deployments", &["get"]), "apiGroups[0]", "API group"),
        ] {
            let case = holding(&CHECK, &rules);
            assert_eq!(case.message(), format!("the pods have a right to every {what}, by RoleBinding it"));
            assert_eq!(case.fields(), [format!("rules[0].{path}")]);
        }
        assert_eq!(holding(&CHECK, &rule("apps", "deployments", &["get"])).outcome(), Outcome::Pass);
    }

    #[test]
    fn an_operator_may_do_anything_in_its_own_groups() {
        let allowed = |group: &str| {
            let case = holding(&CHECK, &rule(group, "*", &["*"]));
            case.parameters(json!({"allowGroups": ["shop.example"]})).outcome()
        };
        assert_eq!(allowed("shop.example"), Outcome::Pass);
        assert_eq!(allowed("apps"), Outcome::Fail);
        assert_eq!(allowed("*"), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_bindings_that_were_not_given_leave_it_open() {
        let findings = account(&CHECK).coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
    }

    #[test]
    fn a_role_that_no_workload_has_is_judged_by_itself() {
        let role = |kind: &str, name: &str| json!({"kind": kind, "metadata": {"name": name}, "rules": rule("apps", "*", &["get"])});
        for kind in ["Role", "ClusterRole"] {
            let alone = || ObjectCase::of(&CHECK, role(kind, "own")).everywhere();
            assert_eq!(alone().message(), "the role has a right to every resource", "{kind}");
            assert_eq!(alone().fields(), ["rules[0].resources[0]"], "{kind}");
            let bound = || alone().with(binding("RoleBinding", (kind, "own")));
            assert_eq!(bound().outcome(), Outcome::Fail, "{kind}: of an account that nobody uses");
            let web = json!({"kind": "Deployment", "metadata": {"name": "web"},
                "spec": {"template": {"spec": {"serviceAccountName": "web"}}}});
            assert_eq!(bound().with(web).outcome(), Outcome::NotApplicable, "{kind}: the workload tells");
            let own = json!({"allowGroups": ["apps"]});
            assert_eq!(alone().parameters(own).outcome(), Outcome::Pass, "{kind}");
        }
        let in_cluster = |name: &str| ObjectCase::of(&CHECK, role("ClusterRole", name)).outcome();
        for name in ["cluster-admin", "system:controller:generic-garbage-collector"] {
            assert_eq!(in_cluster(name), Outcome::NotApplicable, "{name}");
        }
        for name in ["system:x", "system:controller:x", "view"] {
            assert_eq!(in_cluster(name), Outcome::Fail, "{name}: anybody can call a role so, or add to it");
        }
        let mut made = role("ClusterRole", "own");
        made["metadata"]["labels"] = json!({"kubernetes.io/bootstrapping": "rbac-defaults"});
        assert_eq!(ObjectCase::of(&CHECK, made).outcome(), Outcome::Fail, "anybody can set the label");
        let mut filled = role("ClusterRole", "own");
        filled["aggregationRule"] = json!({});
        assert_eq!(ObjectCase::of(&CHECK, filled).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn a_role_had_in_another_namespace_is_told_once() {
        let mut bound = binding("RoleBinding", ("ClusterRole", "own"));
        bound["metadata"]["namespace"] = json!("infra");
        let role =
            json!({"kind": "ClusterRole", "metadata": {"name": "own"}, "rules": rule("apps", "*", &["get"])});
        let web = json!({"kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"serviceAccountName": "web"}}}});
        let case = ObjectCase::of(&CHECK, role).with(bound).with(web).everywhere();
        assert_eq!(case.outcome(), Outcome::NotApplicable);
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Severity, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::limits::{HELD_ELSEWHERE, OF_THE_SYSTEM};
use crate::checks::rights::{Grants, binding_key, binding_of, is_of_the_system};
use crate::checks::server_made;

/// Parameters of `rbac-cluster-admin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether users, groups and accounts of the system may have such a role.
    ignore_system: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { ignore_system: true }
    }
}

check! {
    /// ## What it checks
    /// No RoleBinding and no ClusterRoleBinding gives the ServiceAccount of the pods
    /// `cluster-admin`, or a role with a rule that allows every verb on every resource of every API group. A
    /// binding of such a role to anybody else is medium, be it a user, a group or accounts that no workload runs as; users, groups
    /// and accounts of the system are left out, unless a policy asks for them.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks; a policy of the namespace sees its own,
    /// and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// Whoever gets into one container of such a workload owns the cluster; with a RoleBinding, the namespace
    /// and all that runs in it.
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
    /// kind: ClusterRoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
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
    /// rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## How to fix
    /// Write a Role with the verbs and resources that the workload uses, and bind that with a RoleBinding in
    /// place of the ClusterRoleBinding. The audit log says which ones they are.
    ///
    /// ## Parameters
    /// - `ignoreSystem`: whether users and groups whose names begin with `system:`, `kubeadm:cluster-admins` and the
    ///   accounts of `kube-system` are left out (default true). The binding of `system:masters` that the server makes
    ///   always is.
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices, Least privilege
    name: "rbac-cluster-admin",
    family: Identity,
    severity: Critical,
    title: "No workload has every right",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [RoleBinding, ClusterRoleBinding] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &Parameters) -> Judgement {
    let grants = Grants::of(subject);
    let excesses = grants.found.iter().filter(|grant| grant.is_everything());
    let statements = excesses.map(|grant| {
        let message = format!("the pods have every right in {}, by {}", grant.place(), grant.shown());
        let field = Field::Object("roleRef.name".into());
        Statement::fail(field, message).about(binding_key(grant.binding))
    });
    statements.chain(grants.doubts.iter().cloned()).collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Some(binding) = binding_of(subject) else { return Judgement::default() };
    let mut subjects = binding.binding.subjects.iter();
    let first = subjects.find(|one| {
        let is_left_out = parameters.ignore_system && is_of_the_system(one);
        !is_left_out && !server_made::is_given(binding, one)
    });
    let Some(first) = first else {
        return Judgement::not_applicable(OF_THE_SYSTEM);
    };
    if subject.namespace.is_held_elsewhere(binding.binding) {
        return Judgement::not_applicable(HELD_ELSEWHERE);
    }
    let grants = Grants::of_binding(subject.namespace, binding);
    let statements = grants.found.iter().filter(|grant| grant.is_everything()).map(|grant| {
        let place = if grant.is_for_the_cluster() { "cluster" } else { "namespace" };
        let kind = match first.kind.as_str() {
            "User" => "user",
            "Group" => "group",
            kind => kind,
        };
        let message = format!("{kind} {} has every right in the {place}", quoted(&first.name, 100));
        Statement::fail(Field::Object("roleRef.name".into()), message).graded(Severity::Medium)
    });
    let doubts = grants.doubts.iter().cloned();
    statements.chain(doubts.map(|doubt| doubt.graded(Severity::Medium))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;
    use crate::checks::testing_rights::{account, binding, holding, holding_everywhere, rule};
    use crate::inventory::lookup::{Cause, Coverage};

    #[test]
    fn cluster_admin_fails_at_the_binding_in_the_cluster_and_in_the_namespace() {
        for (kind, place) in [("ClusterRoleBinding", "cluster"), ("RoleBinding", "namespace")] {
            let case = account(&CHECK).with(binding(kind, ("ClusterRole", "cluster-admin")));
            assert_eq!(case.message(), format!("the pods have every right in the {place}, by {kind} it"));
            assert_eq!(case.fields(), ["roleRef.name"]);
        }
        let own = account(&CHECK).with(binding("RoleBinding", ("Role", "cluster-admin")));
        assert_eq!(own.outcome(), Outcome::Pass, "a Role of that name is another");
    }

    #[test]
    fn a_role_of_wildcards_alone_is_the_same() {
        assert_eq!(holding(&CHECK, &rule("*", "*", &["*"])).outcome(), Outcome::Fail);
        assert_eq!(holding_everywhere(&CHECK, &rule("*", "*", &["*"])).outcome(), Outcome::Fail);
        for less in [rule("", "*", &["*"]), rule("*", "pods", &["*"]), rule("*", "*", &["get"])] {
            assert_eq!(holding_everywhere(&CHECK, &less).outcome(), Outcome::Pass, "{less}");
        }
    }

    #[test]
    fn disagreement_44_bindings_that_were_not_given_leave_it_open() {
        let findings = account(&CHECK).coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
    }

    #[test]
    fn other_holders_are_medium_and_the_system_is_left_out() {
        let of = |role: &str, subject: serde_json::Value| {
            let role = serde_json::json!({"kind": "ClusterRole", "name": role});
            let binding = serde_json::json!({"kind": "ClusterRoleBinding", "metadata": {"name": "it"},
                "roleRef": role, "subjects": [subject]});
            ObjectCase::of(&CHECK, binding)
        };
        let user = |name: &str| serde_json::json!({"kind": "User", "name": name});
        let account = |namespace: &str| serde_json::json!({"kind": "ServiceAccount", "namespace": namespace, "name": "deployer"});
        for holder in [user("jane"), account("ci")] {
            let found = of("cluster-admin", holder).judged().findings.remove(0);
            assert_eq!((found.grade, found.field.as_str()), (Some(Severity::Medium), "roleRef.name"));
        }
        for holder in [user("system:admin"), user("kubeadm:cluster-admins"), account("kube-system")] {
            let case = of("cluster-admin", holder);
            assert_eq!(case.outcome(), Outcome::NotApplicable);
            let asked = case.parameters(serde_json::json!({"ignoreSystem": false}));
            assert_eq!(asked.judged().findings.remove(0).grade, Some(Severity::Medium));
        }
        let own = serde_json::json!({"kind": "ClusterRoleBinding", "metadata": {"name": "cluster-admin"},
            "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "Group", "name": "system:masters"}]});
        let own = ObjectCase::of(&CHECK, own).parameters(serde_json::json!({"ignoreSystem": false}));
        assert_eq!(own.outcome(), Outcome::NotApplicable, "the server makes it");
        assert_eq!(
            of("gone", user("jane")).outcome(),
            Outcome::Pass,
            "a role that is not there gives nothing"
        );
        let partial = of("own", user("jane")).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown, "rule 44");
    }

    #[test]
    fn accounts_meant_by_user_names_and_groups_and_everybody_are_not_the_system() {
        let of = |kind: &str, name: &str| {
            let binding = serde_json::json!({"kind": "ClusterRoleBinding", "metadata": {"name": "it"},
                "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}, "subjects": [{"kind": kind, "name": name}]});
            ObjectCase::of(&CHECK, binding)
        };
        for (kind, name) in [
            ("Group", "system:serviceaccounts"),
            ("Group", "system:serviceaccounts:ci"),
            ("Group", "system:authenticated"),
            ("Group", "system:unauthenticated"),
            ("User", "system:anonymous"),
            ("User", "system:serviceaccount:prod:ci"),
        ] {
            let message = format!("{} {name} has every right in the cluster", kind.to_lowercase());
            assert_eq!(of(kind, name).message(), message);
        }
        for (kind, name) in [
            ("Group", "system:masters"),
            ("Group", "system:serviceaccounts:kube-system"),
            ("User", "system:serviceaccount:kube-system:x"),
        ] {
            assert_eq!(of(kind, name).outcome(), Outcome::NotApplicable, "{name}");
        }
    }
}

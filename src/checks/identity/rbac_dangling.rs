use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::checks::rights::is_made_by_the_server;
use crate::checks::server_made;
use crate::inventory::lookup::Lookup;
use crate::inventory::rbac::{RbacSubject, RoleBinding};
use crate::inventory::{Kind, Object};

check! {
    /// ## What it checks
    /// Every RoleBinding and ClusterRoleBinding refers to a role that exists, and every ServiceAccount among its
    /// subjects exists. Roles that the API server makes itself count as there. Of a binding in a namespace, accounts
    /// of other namespaces are not judged.
    ///
    /// ## Why it matters
    /// A binding without its role gives nothing to whoever relies on it. One without its ServiceAccount waits for
    /// whoever may create an account of that name, and gives it rights that nobody meant for it.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
    /// subjects: [{kind: User, name: jane}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: web, namespace: shop}
    /// rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// ```
    ///
    /// ## How to fix
    /// Correct the name in `roleRef` or `subjects`, create the Role, the ClusterRole or the ServiceAccount that
    /// is missing, or delete the binding.
    ///
    /// ## References
    /// - Kubernetes documentation: Using RBAC Authorization, RoleBinding and ClusterRoleBinding
    name: "rbac-dangling",
    family: Identity,
    severity: Low,
    title: "Every binding has its role and its accounts",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole, ServiceAccount],
    parameters: NoParameters,
    rule: Object([RoleBinding, ClusterRoleBinding], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let (Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding)) = subject.object else {
        return Judgement::default();
    };
    let accounts = binding.subjects.iter().enumerate().filter(|(_, one)| one.kind == "ServiceAccount");
    let accounts = accounts.filter_map(|(index, account)| of_account(subject, index, account));
    of_role(subject, binding).into_iter().chain(accounts).collect()
}

fn of_role(subject: &ObjectSubject<'_>, binding: &RoleBinding) -> Option<Statement> {
    let reference = &binding.role_ref;
    let shown = format!("{} {}", reference.kind, quoted(&reference.name, 100));
    let field = at("roleRef.name");
    match subject.namespace.role_of(binding) {
        Lookup::Found(_) => None,
        _ if is_of_the_server(binding) => None,
        Lookup::Missing => Some(Statement::fail(field, format!("{shown} does not exist"))),
        Lookup::Unknown(cause) => {
            Some(Statement::unknown(cause, field, format!("whether {shown} exists is not known")))
        }
    }
}

/// Whether the API server makes the role itself.
fn is_of_the_server(binding: &RoleBinding) -> bool {
    let reference = &binding.role_ref;
    if reference.kind == Kind::ClusterRole.as_str() {
        return is_made_by_the_server(&reference.name);
    }
    server_made::is_role(Kind::Role, &binding.metadata.namespace, &reference.name)
}

fn of_account(subject: &ObjectSubject<'_>, index: usize, account: &RbacSubject) -> Option<Statement> {
    let namespace = subject.namespace.elsewhere(&account.namespace)?;
    let shown = format!("ServiceAccount {}/{}", quoted(&account.namespace, 63), quoted(&account.name, 100));
    let field = at(format!("subjects[{index}].name"));
    match namespace.service_account(&account.name) {
        Lookup::Found(_) => None,
        Lookup::Missing => Some(Statement::fail(field, format!("{shown} does not exist"))),
        Lookup::Unknown(cause) => {
            Some(Statement::unknown(cause, field, format!("whether {shown} exists is not known")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn of(kind: &str, role: (&str, &str), subjects: &Value) -> ObjectCase {
        let role = json!({"kind": role.0, "name": role.1});
        let binding =
            json!({"kind": kind, "metadata": {"name": "it"}, "roleRef": role, "subjects": subjects});
        let there = |kind: &str| json!({"kind": kind, "metadata": {"name": "web"}});
        let case = ObjectCase::of(&CHECK, binding);
        case.with(there("Role")).with(there("ClusterRole")).with(there("ServiceAccount"))
    }

    fn account(namespace: &str, name: &str) -> Value {
        json!([{"kind": "ServiceAccount", "namespace": namespace, "name": name}])
    }

    #[test]
    fn the_role_must_be_there() {
        for kind in ["Role", "ClusterRole"] {
            assert_eq!(of("RoleBinding", (kind, "web"), &json!([])).outcome(), Outcome::Pass);
            let gone = of("RoleBinding", (kind, "gone"), &json!([]));
            assert_eq!(gone.message(), format!("{kind} gone does not exist"));
            assert_eq!(gone.fields(), ["roleRef.name"]);
        }
        for made in ["cluster-admin", "view", "system:node"] {
            assert_eq!(of("ClusterRoleBinding", ("ClusterRole", made), &json!([])).outcome(), Outcome::Pass);
        }
        assert_eq!(of("RoleBinding", ("Role", "view"), &json!([])).outcome(), Outcome::Fail);
        let reader = |namespace: &str| {
            let role = json!({"kind": "Role", "name": "extension-apiserver-authentication-reader"});
            let binding = json!({"kind": "RoleBinding", "metadata": {"name": "it", "namespace": namespace},
                "roleRef": role, "subjects": []});
            ObjectCase::of(&CHECK, binding).outcome()
        };
        assert_eq!([reader("kube-system"), reader("shop")], [Outcome::Pass, Outcome::Fail]);
    }

    #[test]
    fn accounts_must_be_there_where_they_can_be_seen() {
        let by = |kind: &str, subjects: &Value| of(kind, ("ClusterRole", "web"), subjects);
        assert_eq!(by("RoleBinding", &account("shop", "web")).outcome(), Outcome::Pass);
        let gone = by("RoleBinding", &account("shop", "gone"));
        assert_eq!(gone.message(), "ServiceAccount shop/gone does not exist");
        assert_eq!(gone.fields(), ["subjects[0].name"]);
        assert_eq!(
            by("RoleBinding", &account("other", "gone")).outcome(),
            Outcome::Pass,
            "it cannot be seen"
        );
        assert_eq!(by("ClusterRoleBinding", &account("other", "gone")).outcome(), Outcome::Fail);
        assert_eq!(by("RoleBinding", &account("shop", "default")).outcome(), Outcome::Pass);
        let people = json!([{"kind": "User", "name": "jane"}, {"kind": "Group", "name": "ops"}]);
        assert_eq!(by("RoleBinding", &people).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_44_what_was_not_given_is_not_known() {
        let case = of("RoleBinding", ("Role", "gone"), &account("shop", "gone")).coverage(Coverage::Partial);
        assert_eq!(case.judged().findings.len(), 2);
        assert_eq!(case.outcome(), Outcome::Unknown);
    }
}

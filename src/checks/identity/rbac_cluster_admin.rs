use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, Statement, WorkloadSubject};
use crate::checks::rights::{Grants, binding_key};

check! {
    /// ## What it checks
    /// No RoleBinding of the namespace and no ClusterRoleBinding gives the ServiceAccount of the pods
    /// `cluster-admin`, or a role with a rule that allows every verb on every resource of every API group.
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
    /// Write a role with the verbs and resources that the workload uses, and bind that. The audit log says which
    /// ones they are.
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices, Least privilege
    name: "rbac-cluster-admin",
    family: Identity,
    severity: Critical,
    title: "No workload has every right",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let grants = Grants::of(subject);
    let excesses = grants.found.iter().filter(|grant| grant.is_everything());
    let statements = excesses.map(|grant| {
        let place = if grant.is_for_the_cluster() { "cluster" } else { "namespace" };
        let message = format!("the pods have every right in the {place}, by {}", grant.shown());
        let field = Field::Object("roleRef.name".to_owned());
        Statement::fail(field, message).about(binding_key(grant.binding))
    });
    statements.chain(grants.doubts.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Outcome;
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
    fn rule_44_bindings_that_were_not_given_leave_it_open() {
        let findings = account(&CHECK).coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
    }
}

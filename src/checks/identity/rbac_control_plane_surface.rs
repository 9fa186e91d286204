use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, WorkloadSubject};
use crate::checks::dangers::CONTROL_PLANE;
use crate::checks::limits::{Allowed, judge, judge_any_binding};

check! {
    /// ## What it checks
    /// The ServiceAccount of the pods has no role that lets it use `nodes/proxy`, approve or sign certificates,
    /// write webhook configurations, create tokens of ServiceAccounts (`serviceaccounts/token`) or create
    /// `PersistentVolumes`. Rules that are limited to names (`resourceNames`) do not count; what belongs to the
    /// cluster needs a ClusterRoleBinding. A
    /// binding of accounts that no workload uses is judged by itself. So is one of users and groups, which is medium at
    /// most; the cluster's own are left out.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks; a policy of the namespace sees its own,
    /// and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// Each of these leads around the API server's own control: into every container of a node, to credentials
    /// of anybody, into every request, or to the files of the nodes.
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
    /// kind: ClusterRole
    /// metadata: {name: web}
    /// rules: [{apiGroups: [""], resources: [nodes/proxy], verbs: [get]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}
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
    /// kind: ClusterRole
    /// metadata: {name: web}
    /// rules: [{apiGroups: [""], resources: [nodes], verbs: [get]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## How to fix
    /// Take the rule out of the role, or limit it by `resourceNames` to what the workload owns. Name the
    /// ServiceAccounts that need it in `allowSubjects`.
    ///
    /// ## Parameters
    /// - `allowSubjects`: patterns of ServiceAccounts that may have these rights, as `namespace/name` with `*`
    ///   and `?`; of users and groups, as `User:name` and `Group:name` (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices
    name: "rbac-control-plane-surface",
    family: Identity,
    severity: High,
    title: "Workloads stay away from nodes, admission and certificates",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: Allowed,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [RoleBinding, ClusterRoleBinding] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Allowed) -> Judgement {
    judge(subject, parameters, CONTROL_PLANE)
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Allowed) -> Judgement {
    judge_any_binding(subject, parameters, CONTROL_PLANE, CHECK.severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_rights::{holding, holding_everywhere, rule};

    #[test]
    fn these_rights_fail_in_the_namespace_and_everywhere() {
        for (group, resource, verbs, here, everywhere) in [
            ("", "serviceaccounts/token", &["create"][..], Outcome::Fail, Outcome::Fail),
            ("", "nodes/proxy", &["get"][..], Outcome::Pass, Outcome::Fail),
            (
                "admissionregistration.k8s.io",
                "mutatingwebhookconfigurations",
                &["patch"][..],
                Outcome::Pass,
                Outcome::Fail,
            ),
            (
                "certificates.k8s.io",
                "certificatesigningrequests/approval",
                &["update"][..],
                Outcome::Pass,
                Outcome::Fail,
            ),
            ("", "persistentvolumes", &["create"][..], Outcome::Pass, Outcome::Fail),
            ("", "nodes", &["get"][..], Outcome::Pass, Outcome::Pass),
        ] {
            let rules = rule(group, resource, verbs);
            assert_eq!(holding(&CHECK, &rules).outcome(), here, "{rules}");
            assert_eq!(holding_everywhere(&CHECK, &rules).outcome(), everywhere, "{rules} everywhere");
        }
    }
}

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::limits::HELD_ELSEWHERE;
use crate::checks::rights::{binding_key, binding_of, unknown_bindings};
use crate::checks::server_made;
use crate::inventory::rbac::RbacSubject;
use crate::inventory::snapshot::Binding;

check! {
    /// ## What it checks
    /// No binding is for everybody, whether or not it reaches the ServiceAccount of pods: none of its subjects is
    /// `system:anonymous` or one of the groups `system:unauthenticated`, `system:authenticated` and
    /// `system:masters`. Left out is whom the API server itself names in a binding that it makes, and no other subject of
    /// it: `cluster-admin` for `system:masters`, `system:basic-user` and `system:discovery` for `system:authenticated`,
    /// `system:public-info-viewer` for both.
    ///
    /// RoleBindings of other namespaces count for a workload where a ClusterReadinessPolicy asks; a policy of the namespace
    /// sees its own, and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// What is bound to `system:authenticated` is given to every workload, user and node there is or will be;
    /// what is bound to `system:unauthenticated`, to whoever reaches the API server.
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
    /// kind: RoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects: [{kind: Group, name: system:authenticated}]
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
    /// kind: RoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## How to fix
    /// Name the ServiceAccounts, users and groups that need the role in `subjects`, and delete the binding for
    /// everybody.
    ///
    /// ## References
    /// - Kubernetes documentation: Using RBAC Authorization, Referring to subjects
    name: "rbac-system-subjects",
    family: Identity,
    severity: Critical,
    title: "No workload has a role that everybody has",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [RoleBinding, ClusterRoleBinding],
    parameters: NoParameters,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [RoleBinding, ClusterRoleBinding] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let bindings = subject.namespace.bindings_of(&subject.pod().service_account_name);
    let doubt = bindings.incomplete.map(|cause| unknown_bindings(subject, cause));
    bindings.found.iter().copied().filter_map(fault).chain(doubt).collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let found = binding_of(subject).and_then(|binding| Some((binding, everybody(binding)?)));
    let Some((binding, (index, everybody))) = found else {
        return Judgement::pass();
    };
    if subject.namespace.is_held_elsewhere(binding.binding) {
        return Judgement::not_applicable(HELD_ELSEWHERE);
    }
    let field = Field::Object(format!("subjects[{index}].name").into());
    Judgement::fail(field, format!("the role is bound to {}", everybody.name))
}

fn everybody(binding: Binding<'_>) -> Option<(usize, &RbacSubject)> {
    let is_wrong = |subject: &RbacSubject| is_everybody(subject) && !server_made::is_given(binding, subject);
    binding.binding.subjects.iter().enumerate().find(|(_, subject)| is_wrong(subject))
}

fn fault(binding: Binding<'_>) -> Option<Statement> {
    let (index, everybody) = everybody(binding)?;
    let message = format!("the role is bound to {}, and so to the pods", everybody.name);
    let field = Field::Object(format!("subjects[{index}].name").into());
    Some(Statement::fail(field, message).about(binding_key(binding)))
}

fn is_everybody(subject: &RbacSubject) -> bool {
    let groups = ["system:authenticated", "system:unauthenticated", "system:masters"];
    match subject.kind.as_str() {
        "Group" => groups.contains(&subject.name.as_str()),
        "User" => subject.name == "system:anonymous",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;
    use crate::checks::testing_rights::{account, binding};
    use crate::inventory::lookup::{Cause, Coverage};

    fn also_for(subject: Value) -> Case {
        let mut binding = binding("RoleBinding", ("ClusterRole", "view"));
        binding["subjects"].as_array_mut().unwrap().push(subject);
        account(&CHECK).with(binding)
    }

    #[test]
    fn a_binding_that_is_also_for_everybody_fails_at_that_subject() {
        for (kind, name) in [
            ("Group", "system:authenticated"),
            ("Group", "system:unauthenticated"),
            ("Group", "system:masters"),
            ("User", "system:anonymous"),
        ] {
            let case = also_for(json!({"kind": kind, "name": name}));
            assert_eq!(case.message(), format!("the role is bound to {name}, and so to the pods"));
            assert_eq!(case.fields(), ["subjects[1].name"]);
        }
        let team = also_for(json!({"kind": "Group", "name": "shop-team"}));
        assert_eq!(team.outcome(), Outcome::Pass);
    }

    #[test]
    fn what_does_not_reach_the_pods_and_what_the_server_makes_is_left_out() {
        let named = |name: &str, role: &str, group: &str| {
            let mut binding = binding("ClusterRoleBinding", ("ClusterRole", role));
            binding["metadata"]["name"] = json!(name);
            binding["subjects"] = json!([{"kind": "Group", "name": group}]);
            account(&CHECK).with(binding).outcome()
        };
        assert_eq!(named("mine", "view", "system:authenticated"), Outcome::Fail);
        assert_eq!(named("mine", "view", "system:unauthenticated"), Outcome::Pass);
        assert_eq!(named("system:discovery", "system:discovery", "system:authenticated"), Outcome::Pass);
        assert_eq!(named("system:discovery", "view", "system:authenticated"), Outcome::Fail);
    }

    #[test]
    fn a_binding_of_the_servers_is_left_out_for_those_alone_whom_the_server_names() {
        let of = |name: &str, group: &str| {
            let mut binding = binding("ClusterRoleBinding", ("ClusterRole", name));
            binding["metadata"]["name"] = json!(name);
            binding["subjects"] =
                json!([{"kind": "Group", "name": "system:masters"}, {"kind": "Group", "name": group}]);
            if name != "cluster-admin" {
                binding["subjects"].as_array_mut().unwrap().remove(0);
            }
            ObjectCase::of(&CHECK, binding)
        };
        for group in ["system:authenticated", "system:unauthenticated"] {
            let case = of("cluster-admin", group);
            assert_eq!(case.message(), format!("the role is bound to {group}"));
            assert_eq!(case.fields(), ["subjects[1].name"]);
            assert_eq!(of("system:public-info-viewer", group).outcome(), Outcome::Pass, "{group}");
        }
        assert_eq!(of("cluster-admin", "ops").outcome(), Outcome::Pass);
        assert_eq!(of("system:discovery", "system:unauthenticated").outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_bindings_that_were_not_given_leave_it_open() {
        let findings = account(&CHECK).coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
    }
}

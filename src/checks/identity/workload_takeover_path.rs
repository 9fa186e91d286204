use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::dangers::{CONTROL_PLANE, ESCALATION, PODS, SECRETS, SESSIONS};
use crate::checks::helpers::pod;
use crate::checks::limits::Allowed;
use crate::checks::right::Right;
use crate::checks::rights::Grants;
use crate::checks::token;

check! {
    /// ## What it checks
    /// Pods that hold a token have no right with which whoever gets into them takes over the namespace or the
    /// cluster: to read Secrets, to start or change pods, to get into other pods, to give themselves more
    /// rights or act as somebody else, or to get at nodes, admission and certificates. It is what the checks
    /// `rbac-secrets-access`, `rbac-pod-create`, `rbac-pod-exec`, `rbac-escalation-verbs` and
    /// `rbac-control-plane-surface` look for, taken together, as one finding.
    ///
    /// A token is one that the server mounts, that a volume projects, or that a Secret of type
    /// `kubernetes.io/service-account-token` holds which the pods mount or take variables from. In a cluster the operator
    /// sees of such a Secret the annotation alone that names the account: then the verdict is Unknown. A
    /// rule that is limited to names counts for `bind`, `escalate`, `impersonate` and for roles and bindings.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks; a policy of the namespace sees its own,
    /// and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// One fault in such a workload costs everything that runs beside it.
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
    /// rules: [{apiGroups: [""], resources: [secrets], verbs: [list]}]
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
    /// rules: [{apiGroups: [""], resources: [configmaps], verbs: [list]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## How to fix
    /// Narrow `resources` or `verbs` in the role that the finding names; or, if the workload does not talk to
    /// the API server, set `automountServiceAccountToken: false`.
    ///
    /// ## Parameters
    /// - `allowSubjects`: patterns of ServiceAccounts that may have these rights, as `namespace/name` with `*`
    ///   and `?` (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices, Privilege escalation risks
    name: "workload-takeover-path",
    family: Identity,
    severity: High,
    title: "Who gets into a pod gets no further than its namespace lets",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [ServiceAccount, Secret, SecretMetadata, RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: Allowed,
    sight: Named,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Allowed) -> Judgement {
    if parameters.includes(subject) {
        return Judgement::pass();
    }
    let held = token::is_held(subject);
    if held == Ok(false) {
        return Judgement::not_applicable(token::NONE);
    }
    let grants = Grants::of(subject);
    // From the widest right to the narrowest: the first is the one to name.
    let paths: Vec<Right> = [ESCALATION, CONTROL_PLANE, SECRETS, PODS, SESSIONS].concat();
    let excesses = grants.excesses(&paths);
    let widest =
        excesses.iter().find(|excess| excess.grant.is_for_the_cluster()).or_else(|| excesses.first());
    let Some(widest) = widest else { return grants.doubts.iter().cloned().collect() };
    let what = format!("{}, by {}", widest.what(), widest.grant.shown());
    let field = pod("serviceAccountName");
    match held {
        Err(cause) => {
            let message = format!("whether the pods hold a token is not known; with it they may {what}");
            Statement::unknown(cause, field, message).into()
        }
        Ok(_) => Judgement::fail(
            field,
            format!("the pods can take over {}: they may {what}", widest.grant.place()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_rights::{account, binding, holding, holding_everywhere, rule};
    use crate::inventory::Kind;
    use crate::inventory::lookup::{Cause, Coverage};

    #[test]
    fn any_of_the_paths_is_one_finding_at_the_account() {
        for (group, resource, verb) in [
            ("", "secrets", "list"),
            ("", "pods", "create"),
            ("", "pods/exec", "create"),
            ("rbac.authorization.k8s.io", "roles", "escalate"),
            ("", "serviceaccounts/token", "create"),
        ] {
            let case = holding(&CHECK, &rule(group, resource, &[verb]));
            let message = format!(
                "the pods can take over the namespace: they may {verb} {resource}, by RoleBinding it"
            );
            assert_eq!(case.message(), message);
            assert_eq!(case.fields(), ["spec.template.spec.serviceAccountName"]);
        }
        let everything =
            account(&CHECK).with(binding("ClusterRoleBinding", ("ClusterRole", "cluster-admin")));
        assert!(
            everything.message().starts_with("the pods can take over the cluster: they may do anything with")
        );
        assert_eq!(holding_everywhere(&CHECK, &rule("", "configmaps", &["get"])).outcome(), Outcome::Pass);
    }

    #[test]
    fn pods_without_a_token_have_no_path() {
        let case = holding(&CHECK, &rule("", "secrets", &["list"]));
        let none = case.clone().pod(json!({"automountServiceAccountToken": false}));
        assert_eq!(none.outcome(), Outcome::NotApplicable);
        let open = case.pod(json!({"automountServiceAccountToken": null}));
        assert_eq!(open.outcome(), Outcome::Fail);
        let unknown = open.coverage_of(Kind::ServiceAccount, Coverage::Forbidden).judged().findings.remove(0);
        assert_eq!((unknown.outcome, unknown.cause), (Outcome::Unknown, Some(Cause::Forbidden)));
    }

    #[test]
    fn disagreement_44_bindings_that_were_not_given_leave_it_open() {
        let findings = account(&CHECK).coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
    }

    #[test]
    fn a_token_in_a_secret_is_a_token_of_the_account_that_its_annotation_names() {
        let of = |account: &str, kind: &str, items: serde_json::Value| {
            let secret = json!({"kind": "Secret", "metadata": {"name": "tok",
                "annotations": {"kubernetes.io/service-account.name": account}}, "type": kind});
            let volume = json!({"name": "t", "secret": {"secretName": "tok", "items": items}});
            let case = holding(&CHECK, &rule("", "secrets", &["list"])).with(secret);
            case.pod(json!({"automountServiceAccountToken": false, "volumes": [volume]}))
        };
        let token = "kubernetes.io/service-account-token";
        assert_eq!(of("web", token, json!([])).outcome(), Outcome::Fail);
        assert_eq!(of("web", token, json!([{"key": "token", "path": "t"}])).outcome(), Outcome::Fail);
        assert_eq!(
            of("web", token, json!([{"key": "ca.crt", "path": "c"}])).outcome(),
            Outcome::NotApplicable
        );
        assert_eq!(of("api", token, json!([])).outcome(), Outcome::NotApplicable, "of another account");
        assert_eq!(of("web", "Opaque", json!([])).outcome(), Outcome::NotApplicable);
        let variable =
            json!({"env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "tok", "key": "token"}}}]});
        let by_variable = of("web", token, json!([{"key": "ca.crt", "path": "c"}])).container(variable);
        assert_eq!(by_variable.outcome(), Outcome::Fail);
        let hidden = of("web", token, json!([])).coverage_of(Kind::Secret, Coverage::Partial);
        assert_eq!(hidden.outcome(), Outcome::Fail, "it was given");
        let gone = holding(&CHECK, &rule("", "secrets", &["list"]))
            .pod(json!({"automountServiceAccountToken": false,
            "volumes": [{"name": "t", "secret": {"secretName": "tok"}}]}));
        assert_eq!(gone.outcome(), Outcome::NotApplicable, "without it no pod starts");
        let unknown = gone.coverage_of(Kind::Secret, Coverage::Partial).judged().findings.remove(0);
        assert_eq!((unknown.outcome, unknown.cause), (Outcome::Unknown, Some(Cause::NotGiven)));
    }
}

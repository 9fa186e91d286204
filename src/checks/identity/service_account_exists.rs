use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::inventory::lookup::Lookup;
use crate::inventory::service_account::DEFAULT_ACCOUNT;

check! {
    /// ## What it checks
    /// The ServiceAccount that the pod names exists in its namespace. The account `default`, which a pod has
    /// that names none, is made by the API server in every namespace and always passes.
    ///
    /// ## Why it matters
    /// The API server refuses to create a pod whose ServiceAccount does not exist. A Deployment with such a
    /// template is accepted, and never gets a pod.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
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
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web}
    /// ```
    ///
    /// ## How to fix
    /// Create the ServiceAccount in the workload's namespace, or correct the name in `serviceAccountName`.
    ///
    /// ## References
    /// - Kubernetes documentation: Configure Service Accounts for Pods
    name: "service-account-exists",
    family: Identity,
    severity: High,
    title: "The ServiceAccount of the pods exists",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [ServiceAccount],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let name = &subject.pod().service_account_name;
    if name == DEFAULT_ACCOUNT {
        return Judgement::pass();
    }
    let field = pod("serviceAccountName");
    match subject.namespace.service_account(name) {
        Lookup::Found(_) => Judgement::pass(),
        Lookup::Missing => {
            Judgement::fail(field, format!("ServiceAccount {name} does not exist in the namespace"))
        }
        // Its spec is of no concern here: one that does not decode is there.
        Lookup::Unknown(cause) => {
            let message = format!("whether ServiceAccount {name} exists is not known");
            Statement::unknown(cause, field, message).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::{Cause, Coverage};

    fn naming(name: &str) -> Case {
        Case::of(&CHECK).pod(json!({"serviceAccountName": name}))
    }

    #[test]
    fn an_account_that_is_not_there_fails_at_its_name() {
        let case = naming("web");
        assert_eq!(case.message(), "ServiceAccount web does not exist in the namespace");
        assert_eq!(case.fields(), ["spec.template.spec.serviceAccountName"]);
        let other = json!({"kind": "ServiceAccount", "metadata": {"name": "api"}});
        assert_eq!(case.clone().with(other).outcome(), Outcome::Fail);
        let own = json!({"kind": "ServiceAccount", "metadata": {"name": "web"}});
        assert_eq!(case.with(own).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_account_that_the_server_makes_is_there_whatever_is_known() {
        for coverage in [Coverage::Complete, Coverage::Partial, Coverage::Forbidden] {
            assert_eq!(naming("default").coverage(coverage).outcome(), Outcome::Pass);
            assert_eq!(Case::of(&CHECK).coverage(coverage).outcome(), Outcome::Pass, "none named");
        }
    }

    #[test]
    fn disagreement_44_files_without_the_accounts_of_the_namespace_say_nothing() {
        for (coverage, cause) in
            [(Coverage::Partial, Cause::NotGiven), (Coverage::Forbidden, Cause::Forbidden)]
        {
            let findings = naming("web").coverage(coverage).judged().findings;
            assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(cause)));
        }
    }
}

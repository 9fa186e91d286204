use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::checks::token;
use crate::inventory::service_account::DEFAULT_ACCOUNT;

/// Parameters of `dedicated-service-account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether pods that hold no token may be left with `default`.
    allow_unmounted_default: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { allow_unmounted_default: true }
    }
}

check! {
    /// ## What it checks
    /// The pods run as a ServiceAccount of their own, not as `default`, which every pod has that names none.
    /// Pods that hold no token of it have nothing to do with it: none is mounted, by the word of the pod or of
    /// the ServiceAccount, no volume projects one, and no Secret of type `kubernetes.io/service-account-token` that they
    /// mount or take variables from holds one. In a cluster the operator sees of such a Secret the annotation alone that
    /// names the account: then the verdict is Unknown.
    ///
    /// ## Why it matters
    /// What is given to `default` for one workload is given to every workload of the namespace that names no
    /// account, and nobody can tell from the audit log which of them did what.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Create a ServiceAccount for the workload and name it in `serviceAccountName`; or, if it does not talk to
    /// the API server, set `automountServiceAccountToken: false`.
    ///
    /// ## Parameters
    /// - `allowUnmountedDefault`: whether pods that hold no token may be left with `default` (default true).
    ///
    /// ## References
    /// - Kubernetes documentation: Service Accounts
    name: "dedicated-service-account",
    family: Identity,
    severity: Medium,
    title: "Pods with a token run as a ServiceAccount of their own",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [ServiceAccount, Secret, SecretMetadata],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.pod().service_account_name != DEFAULT_ACCOUNT {
        return Judgement::pass();
    }
    let field = pod("serviceAccountName");
    if !parameters.allow_unmounted_default {
        return Judgement::fail(field, "the pods run as default, not as a ServiceAccount of their own");
    }
    match token::is_held(subject) {
        Ok(false) => Judgement::not_applicable(token::NONE),
        Ok(true) => Judgement::fail(field, "the pods hold a token of the ServiceAccount default"),
        Err(cause) => {
            let message = "whether the pods hold a token of the ServiceAccount default is not known";
            Statement::unknown(cause, field, message).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::{Cause, Coverage};

    fn with(own: Value, of_account: Value) -> Case {
        let account = json!({"kind": "ServiceAccount", "metadata": {"name": "default"},
            "automountServiceAccountToken": of_account});
        Case::of(&CHECK).pod(json!({"automountServiceAccountToken": own})).with(account)
    }

    #[test]
    fn disagreement_38_the_default_account_fails_only_if_a_token_is_mounted() {
        let case = with(json!(null), json!(null));
        assert_eq!(case.message(), "the pods hold a token of the ServiceAccount default");
        assert_eq!(case.fields(), ["spec.template.spec.serviceAccountName"]);
        for (own, of_account, outcome) in [
            (json!(true), json!(false), Outcome::Fail),
            (json!(false), json!(true), Outcome::NotApplicable),
            (json!(null), json!(false), Outcome::NotApplicable),
            (json!(null), json!(true), Outcome::Fail),
        ] {
            assert_eq!(with(own.clone(), of_account.clone()).outcome(), outcome, "{own} {of_account}");
        }
        let strict = json!({"allowUnmountedDefault": false});
        assert_eq!(with(json!(false), json!(null)).parameters(strict).outcome(), Outcome::Fail);
        let named = with(json!(true), json!(null)).pod(json!({"serviceAccountName": "web"}));
        assert_eq!(named.outcome(), Outcome::Pass);
    }

    #[test]
    fn a_projected_token_is_a_token() {
        let sources = json!([{"serviceAccountToken": {"path": "token", "audience": "vault"}}]);
        let case = with(json!(false), json!(null));
        let case = case.pod(json!({"volumes": [{"name": "t", "projected": {"sources": sources}}]}));
        assert_eq!(case.outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_an_account_that_was_not_given_leaves_it_open_unless_the_pod_says() {
        let case = Case::of(&CHECK).pod(json!({"automountServiceAccountToken": null}));
        let findings = case.coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
        let says = Case::of(&CHECK).pod(json!({"automountServiceAccountToken": false}));
        assert_eq!(says.coverage(Coverage::Partial).outcome(), Outcome::NotApplicable);
    }
}

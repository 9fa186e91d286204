use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::OUT_OF_SCOPE;
use crate::checks::helpers::pod;
use crate::checks::rights::unknown_bindings;
use crate::checks::token;
use crate::inventory::Kind;
use crate::inventory::rbac::RoleBinding;
use crate::inventory::selector::{LabelSelector, Selector, SelectorError};

/// Parameters of `automount-sa-token`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Selector, by their own labels, of the workloads that talk to the API server.
    api_clients: Clients,
}

/// A selector that may be absent: then it selects nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Option<LabelSelector>", into = "Option<LabelSelector>")]
#[schemars(with = "Option<LabelSelector>")]
struct Clients {
    given: Option<LabelSelector>,
    selector: Option<Selector>,
}

impl From<Clients> for Option<LabelSelector> {
    fn from(clients: Clients) -> Self {
        clients.given
    }
}

impl TryFrom<Option<LabelSelector>> for Clients {
    type Error = SelectorError;

    fn try_from(given: Option<LabelSelector>) -> Result<Self, SelectorError> {
        let selector = given.as_ref().map(LabelSelector::compile).transpose()?;
        Ok(Self { given, selector })
    }
}

check! {
    /// ## What it checks
    /// The pods get no token for the API server: `automountServiceAccountToken` of the pod, or of its
    /// ServiceAccount where the pod says nothing, is false; unset means true. A workload that `apiClients`
    /// selects may have one, if a binding gives its ServiceAccount something to use it for. Bindings for
    /// everybody do not count.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks. To a policy of the namespace they are
    /// out of scope: if nothing that it sees binds the account, the check is not applicable.
    ///
    /// ## Why it matters
    /// Whoever gets into a container reads the token, and asks the API server for whatever its ServiceAccount
    /// may do: now, or once somebody gives it more. Few workloads talk to the API server at all.
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
    /// spec:
    ///   serviceAccountName: web
    ///   automountServiceAccountToken: false
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `automountServiceAccountToken: false` in the pod template. Let a policy's `apiClients` select the
    /// workloads that talk to the API server.
    ///
    /// ## Parameters
    /// - `apiClients`: a label selector, matched with the workload's own labels, of those that talk to the API
    ///   server (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Configure Service Accounts for Pods, Opt out of API credential automounting
    name: "automount-sa-token",
    family: Identity,
    severity: Medium,
    title: "Only clients of the API server get a token for it",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [ServiceAccount, RoleBinding, ClusterRoleBinding],
    reads_with: reads_with,
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
    fixes: [Fix::risky("automountServiceAccountToken", Answer::False)],
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    match parameters.api_clients.selector {
        Some(_) => CHECK.reads,
        None => &[Kind::ServiceAccount],
    }
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let field = pod("automountServiceAccountToken");
    match token::is_mounted(subject) {
        Ok(false) => return Judgement::pass(),
        Err(cause) => {
            let message = "whether the pods get a token for the API server is not known";
            return Statement::unknown(cause, field, message).into();
        }
        Ok(true) => {}
    }
    let labels = &subject.workload.metadata.labels;
    let is_client = parameters.api_clients.selector.as_ref().is_some_and(|clients| clients.matches(labels));
    if !is_client {
        return Judgement::fail(field, "the pods get a token for the API server");
    }
    let account = &subject.pod().service_account_name;
    let bindings = subject.namespace.bindings_of(account);
    if bindings.found.iter().any(|binding| names_account(subject, binding.binding)) {
        return Judgement::pass();
    }
    match bindings.incomplete {
        Some(cause) => unknown_bindings(subject, cause).into(),
        // A RoleBinding of another namespace may be what it is for.
        None if !subject.namespace.sees_others() => Judgement::not_applicable(OUT_OF_SCOPE),
        None => Judgement::fail(field, "the pods get a token for the API server, and no role to use it for"),
    }
}

/// Whether a binding is for this account, or those of its namespace, and not for everybody alike.
fn names_account(subject: &WorkloadSubject<'_>, binding: &RoleBinding) -> bool {
    let account = &subject.pod().service_account_name;
    binding
        .subjects
        .iter()
        .any(|bound| !bound.is_everybody() && bound.includes_account(subject.namespace.name(), account))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_rights::{account, binding};
    use crate::inventory::lookup::{Cause, Coverage};

    fn with(own: Value, of_account: Value) -> Case {
        let account = json!({"kind": "ServiceAccount", "metadata": {"name": "default"},
            "automountServiceAccountToken": of_account});
        Case::of(&CHECK).pod(json!({"automountServiceAccountToken": own})).with(account)
    }

    fn client() -> Case {
        account(&CHECK).parameters(json!({"apiClients": {"matchLabels": {"app": "web"}}}))
    }

    #[test]
    fn disagreement_39_the_effective_value_counts() {
        let case = with(json!(null), json!(null));
        assert_eq!(case.message(), "the pods get a token for the API server");
        assert_eq!(case.fields(), ["spec.template.spec.automountServiceAccountToken"]);
        for (own, of_account, outcome) in [
            (json!(true), json!(false), Outcome::Fail),
            (json!(false), json!(true), Outcome::Pass),
            (json!(null), json!(false), Outcome::Pass),
            (json!(null), json!(true), Outcome::Fail),
        ] {
            assert_eq!(with(own.clone(), of_account.clone()).outcome(), outcome, "{own} {of_account}");
        }
    }

    #[test]
    fn disagreement_39_a_client_of_the_api_may_have_a_token_if_it_has_a_role() {
        let message = "the pods get a token for the API server, and no role to use it for";
        assert_eq!(client().everywhere().message(), message);
        let bound = client().with(binding("RoleBinding", ("Role", "own")));
        assert_eq!(bound.outcome(), Outcome::Pass);
        let other = json!({"apiClients": {"matchLabels": {"app": "api"}}});
        assert_eq!(bound.parameters(other).outcome(), Outcome::Fail);
        let mut everybody = binding("ClusterRoleBinding", ("ClusterRole", "system:discovery"));
        everybody["subjects"] = json!([{"kind": "Group", "name": "system:authenticated"}]);
        assert_eq!(client().with(everybody).everywhere().outcome(), Outcome::Fail);
    }

    #[test]
    fn a_role_of_another_namespace_is_one_and_out_of_scope_of_a_policy_of_the_namespace() {
        let mut far = binding("RoleBinding", ("Role", "own"));
        far["metadata"]["namespace"] = json!("infra");
        for case in [client(), client().with(far.clone())] {
            let judged = case.judged();
            assert_eq!((judged.outcome, judged.findings.len()), (Outcome::NotApplicable, 0));
        }
        assert_eq!(client().with(far).everywhere().outcome(), Outcome::Pass);
        assert_eq!(client().everywhere().outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_what_was_not_given_is_not_known() {
        let unset = Case::of(&CHECK).pod(json!({"automountServiceAccountToken": null}));
        for case in [unset, client()] {
            let findings = case.coverage(Coverage::Partial).judged().findings;
            assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
        }
    }

    #[test]
    fn bindings_are_read_where_clients_are_selected() {
        let compile = |parameters: Value| (CHECK.compile)(parameters.as_object().unwrap());
        assert_eq!(compile(json!({})).unwrap().reads, [Kind::ServiceAccount]);
        assert_eq!(compile(json!({"apiClients": {}})).unwrap().reads, CHECK.reads);
        let given = json!({"matchLabels": {"app": "web"}});
        let clients: Clients = serde_json::from_value(given.clone()).unwrap();
        assert_eq!(serde_json::to_value(clients).unwrap(), given, "they are shown as they were given");
        let wrong = json!({"apiClients": {"matchLabels": {"not a key": "x"}}});
        assert_eq!(compile(wrong).unwrap_err().key(), "apiClients");
    }
}

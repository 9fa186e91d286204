use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::pod;
use crate::checks::repository::{Repositories, image};
use crate::inventory::Kind;
use crate::inventory::lookup::Lookup;

/// Parameters of `image-pull-secrets`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Registries, or repositories of them and all below, that want a credential.
    registries: Vec<Repositories>,
}

check! {
    /// ## What it checks
    /// A pod with an image of one of the listed private registries names `imagePullSecrets`, or its ServiceAccount
    /// does. Without a list there is nothing to compare with.
    ///
    /// ## Why it matters
    /// Without a credential the image can be pulled only where it happens to lie already: the pod starts on
    /// one node and not on the next.
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
    ///   imagePullSecrets:
    ///     - name: registry
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Make a Secret of type `kubernetes.io/dockerconfigjson` and name it in `imagePullSecrets`. Where
    /// nodes have a credential of their own, leave the registry out of the list.
    ///
    /// ## Parameters
    /// - `registries`: registries or repositories that want a credential (default none: the check is then
    ///   not applicable).
    ///
    /// ### With parameters
    /// ```yaml
    /// registries: [registry.example]
    /// ```
    ///
    /// ## References
    /// - Kubernetes documentation: Pull an Image from a Private Registry
    name: "image-pull-secrets",
    family: Images,
    severity: Low,
    title: "Images of private registries have a pull secret",
    profiles: [],
    reads: [ServiceAccount],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if parameters.registries.is_empty() {
        return Judgement::not_applicable("the policy lists no private registries");
    }
    let Ok(image) = image(subject) else {
        return Judgement::not_applicable("the image is of no registry");
    };
    let Some(private) = Repositories::find(&parameters.registries, &image) else {
        return Judgement::not_applicable("the image is of none of the private registries");
    };
    // The server gives the pod those of its account only where it names none itself.
    let own = &subject.pod().image_pull_secrets;
    if own.iter().any(|secret| !secret.name.is_empty()) {
        return Judgement::pass();
    }
    let account = if own.is_empty() {
        subject.workload.namespace.service_account(&subject.pod().service_account_name)
    } else {
        Lookup::Missing
    };
    let private = private.as_str();
    match account {
        Lookup::Found(account) if account.image_pull_secrets.iter().any(|one| !one.name.is_empty()) => {
            Judgement::pass()
        }
        Lookup::Found(_) | Lookup::Missing => {
            let message = format!("the pod has an image of {private}, and names no imagePullSecrets");
            Judgement::fail(pod("imagePullSecrets"), message)
        }
        Lookup::Unknown(cause) => {
            let message =
                format!("whether the ServiceAccount has imagePullSecrets for {private} is not known");
            Statement::unknown(cause, pod("imagePullSecrets"), message).into()
        }
    }
}

const fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    if parameters.registries.is_empty() { &[] } else { &[Kind::ServiceAccount] }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    #[test]
    fn those_of_the_account_count() {
        let private = Case::of(&CHECK).parameters(json!({"registries": ["registry.example"]}));
        let account = |secrets: serde_json::Value| json!({"kind": "ServiceAccount", "metadata": {"name": "web"}, "imagePullSecrets": secrets});
        let with = |secrets| {
            private.clone().pod(json!({"serviceAccountName": "web"})).with(account(secrets)).outcome()
        };
        assert_eq!([with(json!([{"name": "a"}])), with(json!([]))], [Outcome::Pass, Outcome::Fail]);
        assert_eq!(private.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn accounts_are_read_where_a_policy_names_registries() {
        let reads =
            |parameters: serde_json::Value| (CHECK.compile)(parameters.as_object().unwrap()).unwrap().reads;
        assert_eq!(reads(json!({})), []);
        assert_eq!(reads(json!({"registries": ["registry.example"]})), [Kind::ServiceAccount]);
    }

    #[test]
    fn one_finding_for_the_pod_and_none_for_public_images() {
        let private = Case::of(&CHECK).parameters(json!({"registries": ["registry.example"]}));
        assert_eq!(private.fields(), ["spec.template.spec.imagePullSecrets"]);
        let named = private.clone().pod(json!({"imagePullSecrets": [{"name": "registry"}]}));
        assert_eq!(named.outcome(), Outcome::Pass);
        assert_eq!(private.clone().pod(json!({"imagePullSecrets": [{}]})).outcome(), Outcome::Fail);
        assert_eq!(private.container(json!({"image": "nginx:1"})).outcome(), Outcome::NotApplicable);
    }
}

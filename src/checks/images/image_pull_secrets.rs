use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::pod;
use crate::checks::repository::{Repositories, image};

/// Parameters of `image-pull-secrets`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Registries, or repositories of them and all below, that want a credential.
    registries: Vec<Repositories>,
}

check! {
    /// ## What it checks
    /// A pod with an image of one of the listed private registries names `imagePullSecrets`. Those that its
    /// ServiceAccount may name are not looked at. Without a list there is nothing to compare with.
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
    reads: [],
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
    let named = subject.pod().image_pull_secrets.iter().any(|secret| !secret.name.is_empty());
    Judgement::require_or(named, || {
        let message = format!("the pod has an image of {}, and names no imagePullSecrets", private.as_str());
        Statement::fail(pod("imagePullSecrets"), message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

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

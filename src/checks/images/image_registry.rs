use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::repository::{Repositories, image, shown};

/// Parameters of `image-registry`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Registries, or repositories of them and all below, that images may come from.
    allowed: Vec<Repositories>,
}

check! {
    /// ## What it checks
    /// The image of every container of any class comes from one of the listed registries or repositories.
    /// Names are compared in full (`nginx` is `docker.io/library/nginx`), and part by part:
    /// `registry.example/team` allows `registry.example/team/app`, not `registry.example/teamwork`. Without
    /// a list there is nothing to compare with.
    ///
    /// ## Why it matters
    /// An image is a program that runs with the rights of the workload. Who may push to a registry decides
    /// what runs in the cluster, so it should be a registry that somebody answers for.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: nginx:1.27
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/mirror/nginx:1.27
    /// ```
    ///
    /// ## How to fix
    /// Copy the image to an allowed registry and name it there; or let the owner of the policy allow where
    /// it comes from.
    ///
    /// ## Parameters
    /// - `allowed`: registries (`registry.example`, `registry.example:5000`) or repositories
    ///   (`registry.example/team`) that images may come from (default none: the check is then not
    ///   applicable).
    ///
    /// ### With parameters
    /// ```yaml
    /// allowed: [registry.example]
    /// ```
    ///
    /// ## References
    /// - Kubernetes documentation: Images, Image names
    name: "image-registry",
    family: Images,
    severity: Medium,
    title: "Images come from allowed registries",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if parameters.allowed.is_empty() {
        return Judgement::not_applicable("the policy lists no registries");
    }
    match image(subject) {
        Ok(image) => Judgement::require_or(Repositories::find(&parameters.allowed, &image).is_some(), || {
            let message = format!("the image {} comes from none of the allowed registries", shown(&image));
            Statement::fail(container("image"), message)
        }),
        Err(problem) => Judgement::fail(container("image"), problem),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn outcome(image: &str, allowed: Value) -> Outcome {
        Case::of(&CHECK).container(json!({"image": image})).parameters(json!({"allowed": allowed})).outcome()
    }

    #[test]
    fn disagreement_27_names_are_compared_in_full() {
        for allowed in ["docker.io", "index.docker.io/library", "library/nginx"] {
            assert_eq!(outcome("nginx:1", json!([allowed])), Outcome::Pass, "{allowed}");
        }
        assert_eq!(outcome("nginx:1", json!(["quay.io", "docker.io/team"])), Outcome::Fail);
        assert_eq!(outcome("registry.example:5000/a:1", json!(["registry.example"])), Outcome::Fail);
    }

    #[test]
    fn a_host_that_only_begins_alike_is_another() {
        assert_eq!(outcome("registry.example.evil.test/a:1", json!(["registry.example"])), Outcome::Fail);
        assert_eq!(outcome("registry.example/a:1", json!(["registry.example/"])), Outcome::Pass);
    }

    #[test]
    fn an_entry_that_ends_inside_a_host_name_is_no_parameter() {
        let given = json!({"allowed": ["registry"]});
        let error = (CHECK.compile)(given.as_object().unwrap()).unwrap_err().to_string();
        assert!(error.contains("`registry` is neither a registry"), "{error}");
    }

    #[test]
    fn without_a_list_there_is_nothing_to_say() {
        assert_eq!(outcome("nginx", json!([])), Outcome::NotApplicable);
    }
}

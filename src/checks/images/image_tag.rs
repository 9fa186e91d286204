use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::repository::{image, shown};

/// Parameters of `image-tag`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Tags that move from one image to the next.
    mutable_tags: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { mutable_tags: vec!["latest".to_owned()] }
    }
}

check! {
    /// ## What it checks
    /// The image of every container of any class is a reference that can be pulled, and has a digest, or a
    /// tag that is not among the mutable ones. A reference without both means the tag `latest`. The port of
    /// a registry is no tag.
    ///
    /// ## Why it matters
    /// A tag that moves makes two pods of the same workload run different programs, and a rollback bring
    /// back something that nobody knows. What runs cannot be told from the manifest.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example:5000/app
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example:5000/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Name the version to run in `image`, as a tag that is never pushed twice, or better as a digest.
    ///
    /// ## Parameters
    /// - `mutableTags`: tags that move, exactly as they are written (default `latest`). No tag at all fails
    ///   whatever is in this list.
    ///
    /// ## References
    /// - Kubernetes documentation: Images
    /// - The grammar of references: github.com/distribution/reference
    name: "image-tag",
    family: Images,
    severity: High,
    title: "Images have a tag that does not move, or a digest",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let image = match image(subject) {
        Ok(image) => image,
        Err(problem) => return Judgement::fail(container("image"), problem),
    };
    if image.digest.is_some() {
        return Judgement::pass();
    }
    let is_mutable = |tag: &str| parameters.mutable_tags.iter().any(|mutable| mutable == tag);
    match image.tag {
        None => Judgement::fail(
            container("image"),
            format!("the image {} has neither a tag nor a digest, which means latest", shown(&image)),
        ),
        Some(tag) => Judgement::require_or(!is_mutable(tag), || {
            Statement::fail(container("image"), format!("the image {} has a tag that moves", shown(&image)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn image(text: &str) -> Case {
        Case::of(&CHECK).container(json!({"image": text}))
    }

    #[test]
    fn disagreement_27_the_port_of_a_registry_is_no_tag_and_a_digest_is_enough() {
        assert_eq!(image("host:5000/app").outcome(), Outcome::Fail);
        assert_eq!(image("host:5000/app:1.2").outcome(), Outcome::Pass);
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(image(&format!("app@{digest}")).outcome(), Outcome::Pass);
        assert_eq!(image(&format!("app:latest@{digest}")).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_mutable_tags_are_those_of_the_policy() {
        let stable = image("app:stable");
        assert_eq!(stable.outcome(), Outcome::Pass);
        let stable = stable.parameters(json!({"mutableTags": ["stable"]}));
        assert_eq!(stable.message(), "the image docker.io/library/app:stable has a tag that moves");
        assert_eq!(image("app").parameters(json!({"mutableTags": []})).outcome(), Outcome::Fail);
    }

    #[test]
    fn what_is_no_reference_is_not_shown() {
        let message = image("https://user:planted@registry.example/app:1").message();
        assert!(
            message.starts_with("the image cannot be pulled: ") && !message.contains("planted"),
            "{message}"
        );
    }

    #[test]
    fn disagreement_9_every_class_is_looked_at() {
        let init = json!({"initContainers": [{"name": "i", "image": "app"}, {"name": "s", "image": "app", "restartPolicy": "Always"}],
            "ephemeralContainers": [{"name": "e", "image": "app"}]});
        assert_eq!(Case::of(&CHECK).pod(init).fields().len(), 3);
    }
}

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::repository::{image, shown};

check! {
    /// ## What it checks
    /// The image of every container of any class is named with a digest.
    ///
    /// ## Why it matters
    /// A digest is the hash of what is pulled: nobody, not even the owner of the registry, can put
    /// something else in its place. Every tag can be pushed again.
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
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    /// ```
    ///
    /// ## How to fix
    /// Let the pipeline write the digest that the registry answered with behind the tag of `image`:
    /// `app:1.0.0@sha256:...`. The tag is then for people only.
    ///
    /// ## References
    /// - Kubernetes documentation: Images, Image digests
    /// - OCI image specification: Descriptors
    name: "image-digest",
    family: Images,
    severity: Low,
    title: "Images are named by their digest",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    match image(subject) {
        Ok(image) => Judgement::require_or(image.digest.is_some(), || {
            Statement::fail(container("image"), format!("the image {} has no digest", shown(&image)))
        }),
        Err(problem) => Judgement::fail(container("image"), problem),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn a_tag_is_no_digest_and_a_digest_needs_no_tag() {
        let image = |text: &str| Case::of(&CHECK).container(json!({"image": text}));
        assert_eq!(image("a:1").message(), "the image docker.io/library/a:1 has no digest");
        assert_eq!(image(&format!("a@sha256:{}", "0".repeat(64))).outcome(), Outcome::Pass);
        assert_eq!(image("a@sha256:0").outcome(), Outcome::Fail);
    }
}

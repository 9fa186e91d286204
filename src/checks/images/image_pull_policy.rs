use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::repository::{image, shown};
use crate::inventory::container::PullPolicy;

/// Parameters of `image-pull-policy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Which images must be asked for at every start.
    mode: Mode,
    /// Tags that move from one image to the next.
    mutable_tags: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { mode: Mode::default(), mutable_tags: vec!["latest".to_owned()] }
    }
}

/// Which images must be asked for at every start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// Those whose tag moves.
    #[default]
    MutableOnly,
    /// All of them: for nodes that several tenants share, where an image that one may pull must not be there
    /// for all.
    Always,
}

check! {
    /// ## What it checks
    /// `imagePullPolicy` is not `Never`, and is `Always` where the tag moves. With a digest, or a tag that
    /// stays, `IfNotPresent` is right. What is not set is what the server sets: `Always` for `latest` or no
    /// tag, else `IfNotPresent`.
    ///
    /// ## Why it matters
    /// With a tag that moves, each node runs what it happened to pull first. `Never` runs what somebody
    /// left on the node. The other way round, `Always` makes every restart depend on the registry without
    /// need.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       imagePullPolicy: Never
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       imagePullPolicy: IfNotPresent
    /// ```
    ///
    /// ## How to fix
    /// Remove `imagePullPolicy`, or set it to `IfNotPresent`. Where the tag moves, use another tag (see
    /// `image-tag`), or `Always` until then.
    ///
    /// ## Parameters
    /// - `mode`: `mutable-only` (default), or `always` for nodes that several tenants share, where an image
    ///   that one of them may pull must not be there for all.
    /// - `mutableTags`: tags that move (default `latest`, which is also what no tag means).
    ///
    /// ## References
    /// - Kubernetes documentation: Images, Image pull policy
    name: "image-pull-policy",
    family: Images,
    severity: Low,
    title: "Images are pulled when they may have changed",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::risky("imagePullPolicy", Answer::Text("Always"))],
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let Ok(image) = image(subject) else {
        return Judgement::not_applicable("the image cannot be pulled with any policy");
    };
    let field = container("imagePullPolicy");
    match subject.container.image_pull_policy {
        PullPolicy::Invalid => {
            Judgement::fail(field, "imagePullPolicy is none of Always, IfNotPresent and Never")
        }
        PullPolicy::Never => {
            Judgement::fail(field, "imagePullPolicy is Never: what runs is what somebody left on the node")
        }
        PullPolicy::Always => Judgement::pass(),
        PullPolicy::IfNotPresent | PullPolicy::Unset => {
            let moves = image.digest.is_none()
                && image
                    .effective_tag()
                    .is_some_and(|tag| parameters.mutable_tags.iter().any(|known| known == tag));
            let everything = parameters.mode == Mode::Always;
            let why = if moves { "whose tag moves" } else { "and the policy wants Always" };
            Judgement::require_or(!moves && !everything, || {
                let image = shown(&image);
                Statement::fail(
                    field,
                    format!("imagePullPolicy is IfNotPresent for the image {image}, {why}"),
                )
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn image(text: &str, policy: Value) -> Case {
        Case::of(&CHECK).container(json!({"image": text, "imagePullPolicy": policy}))
    }

    #[test]
    fn disagreement_28_always_is_wanted_with_mutable_tags_only() {
        let digest = format!("a:latest@sha256:{}", "0".repeat(64));
        assert_eq!(image("a:latest", json!("IfNotPresent")).outcome(), Outcome::Fail);
        assert_eq!(image("a", json!("IfNotPresent")).outcome(), Outcome::Fail);
        assert_eq!(image("a:1", json!("IfNotPresent")).outcome(), Outcome::Pass);
        assert_eq!(image(&digest, json!("IfNotPresent")).outcome(), Outcome::Pass);
    }

    #[test]
    fn what_is_not_set_is_what_the_server_sets() {
        assert_eq!(image("a:latest", Value::Null).outcome(), Outcome::Pass);
        let stable = image("a:stable", Value::Null).parameters(json!({"mutableTags": ["stable"]}));
        assert_eq!(stable.outcome(), Outcome::Fail);
    }

    #[test]
    fn never_and_what_the_server_refuses_fail() {
        assert_eq!(image("a:1", json!("Never")).outcome(), Outcome::Fail);
        assert_eq!(image("a:1", json!("Sometimes")).outcome(), Outcome::Fail);
    }

    #[test]
    fn a_policy_may_want_always() {
        let case = image("a:1", json!("IfNotPresent")).parameters(json!({"mode": "always"}));
        assert!(case.message().ends_with("and the policy wants Always"));
        assert_eq!(
            image("a:1", json!("Always")).parameters(json!({"mode": "always"})).outcome(),
            Outcome::Pass
        );
    }
}

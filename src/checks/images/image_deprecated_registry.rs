use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::repository::{Repositories, image};

/// Parameters of `image-deprecated-registry`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Registries, or repositories of them and all below, that get no new images.
    registries: Vec<Repositories>,
}

/// Registries that were frozen or shut down by who ran them.
const FROZEN: &[&str] = &[
    // Kubernetes blog, February 2023: frozen in favour of registry.k8s.io; what it was before has no new
    // images either.
    "k8s.gcr.io",
    "gcr.io/google_containers",
    "gcr.io/google-containers",
    // GitHub, 2021: replaced by ghcr.io.
    "docker.pkg.github.com",
    // ingress-nginx left it for registry.k8s.io in 2020.
    "quay.io/kubernetes-ingress-controller",
    // Bitnami, 2025: an archive that gets no updates.
    "docker.io/bitnamilegacy",
];

impl Default for Parameters {
    fn default() -> Self {
        Self { registries: FROZEN.iter().map(|prefix| Repositories::known(prefix)).collect() }
    }
}

check! {
    /// ## What it checks
    /// No image of any container comes from a registry or repository that its owner has frozen or given up,
    /// such as `k8s.gcr.io`.
    ///
    /// ## Why it matters
    /// A frozen registry gets no fixes: what comes from it grows old, and one day it answers no more, so
    /// that a pod that moves to another node does not start.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: k8s.gcr.io/pause:3.9
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.k8s.io/pause:3.9
    /// ```
    ///
    /// ## How to fix
    /// Name in `image` the registry that came after it: `registry.k8s.io` for `k8s.gcr.io`, `ghcr.io` for
    /// `docker.pkg.github.com`. Take a version that is still looked after.
    ///
    /// ## Parameters
    /// - `registries`: registries or repositories that get no new images (default: those known to be frozen
    ///   when this version was made: `k8s.gcr.io` and what came before it, `docker.pkg.github.com`,
    ///   `quay.io/kubernetes-ingress-controller`, `docker.io/bitnamilegacy`). A list of one's own replaces
    ///   it.
    ///
    /// ## References
    /// - Kubernetes blog: k8s.gcr.io Image Registry Will Be Frozen From the 3rd of April 2023
    name: "image-deprecated-registry",
    family: Images,
    severity: Medium,
    title: "Images come from registries that are still looked after",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let Ok(image) = image(subject) else {
        return Judgement::not_applicable("the image is of no registry");
    };
    Repositories::find(&parameters.registries, &image).map_or_else(Judgement::pass, |frozen| {
        let message = format!("the image comes from {}, which gets no new images", frozen.as_str());
        Judgement::fail(container("image"), message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn the_known_ones_are_written_in_full() {
        for prefix in FROZEN {
            let read = Repositories::try_from((*prefix).to_owned()).unwrap();
            assert_eq!(read, Repositories::known(prefix));
        }
    }

    #[test]
    fn the_successor_and_a_mirror_of_the_same_name_pass() {
        let outcome = |image: &str| Case::of(&CHECK).container(json!({"image": image})).outcome();
        assert_eq!(outcome("k8s.gcr.io/a:1"), Outcome::Fail);
        assert_eq!(outcome("bitnamilegacy/redis:7"), Outcome::Fail);
        assert_eq!(outcome("registry.example/k8s.gcr.io/a:1"), Outcome::Pass);
        assert_eq!(outcome("registry.k8s.io/a:1"), Outcome::Pass);
    }

    #[test]
    fn a_policy_has_its_own_list() {
        let case = Case::of(&CHECK).container(json!({"image": "old.example/a:1"}));
        assert_eq!(case.outcome(), Outcome::Pass);
        let case = case.parameters(json!({"registries": ["old.example"]}));
        assert_eq!(case.message(), "the image comes from old.example, which gets no new images");
    }
}

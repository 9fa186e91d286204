use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::labelling::{keys, said, unsaid};

/// Parameters of `release-identity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Keys that say the version.
    version: Vec<String>,
    /// Keys that say the commit it was built from.
    commit: Vec<String>,
    /// Keys that say what built it.
    builder: Vec<String>,
    /// Keys that say which change brought it.
    change: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            version: keys(&["app.kubernetes.io/version", "seaworthy.dev/version"]),
            commit: keys(&[
                "seaworthy.dev/commit",
                "app.kubernetes.io/commit",
                "org.opencontainers.image.revision",
            ]),
            builder: keys(&["seaworthy.dev/builder", "app.kubernetes.io/builder"]),
            change: keys(&["seaworthy.dev/change"]),
        }
    }
}

check! {
    /// ## What it checks
    /// Annotations or labels of the workload say its version, the commit that it was built from, what built
    /// it, and the change that brought it.
    ///
    /// ## Why it matters
    /// The way back from a fault in production to the line that made it leads over these: which version,
    /// which commit, which build, who decided that it goes out.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     app.kubernetes.io/version: 1.0.0
    ///     seaworthy.dev/commit: 8a1f0c2
    ///     seaworthy.dev/builder: https://ci.example/shop/web/1234
    ///     seaworthy.dev/change: CHG-4711
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Let the pipeline write the annotations when it renders the manifests; it knows all four.
    ///
    /// ## Parameters
    /// - `version`: keys, any of which may say the version; the first is the one that findings name
    ///   (default `app.kubernetes.io/version`, `seaworthy.dev/version`; an empty list asks for none).
    /// - `commit`: keys, any of which may say the commit; the first is the one that findings name (default
    ///   `seaworthy.dev/commit`, `app.kubernetes.io/commit`, `org.opencontainers.image.revision`; an empty
    ///   list asks for none).
    /// - `builder`: keys, any of which may say what built it; the first is the one that findings name
    ///   (default `seaworthy.dev/builder`, `app.kubernetes.io/builder`; an empty list asks for none).
    /// - `change`: keys, any of which may say which change brought it; the first is the one that findings
    ///   name (default `seaworthy.dev/change`; an empty list asks for none).
    ///
    /// ## References
    /// - Kubernetes documentation: Recommended Labels
    /// - SLSA: Provenance
    name: "release-identity",
    family: Configuration,
    severity: Low,
    title: "Workloads say which release they are",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let Parameters { version, commit, builder, change } = parameters;
    let wanted = [("version", version), ("commit", commit), ("builder", builder), ("change", change)];
    if wanted.iter().all(|(_, keys)| keys.is_empty()) {
        return Judgement::not_applicable("the policy asks for no release");
    }
    let asked = wanted.into_iter().filter(|(_, keys)| !keys.is_empty());
    let missing = asked.filter(|(_, keys)| said(subject.workload, keys).is_none());
    missing.map(|(what, keys)| unsaid(what, keys)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::Case;

    #[test]
    fn each_part_is_asked_for_unless_the_policy_does_not() {
        let none = json!({"metadata": {"annotations": null, "labels": null}});
        let case = Case::of(&CHECK).workload(none);
        assert_eq!(case.judged().findings.len(), 4);
        let labelled = json!({"metadata": {"labels": {"app.kubernetes.io/version": "1"}}});
        let case = case
            .workload(labelled)
            .parameters(json!({"commit": ["example.com/commit"], "builder": [], "change": []}));
        assert_eq!(
            case.message(),
            "the workload does not say its commit, as the annotation example.com/commit would"
        );
    }
}

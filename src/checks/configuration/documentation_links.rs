use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::labelling::{is_link, keys, said, unsaid};

/// Parameters of `documentation-links`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Keys of the link to the runbook.
    runbook: Vec<String>,
    /// Keys of the link to the architecture.
    architecture: Vec<String>,
    /// Keys of the link to how it is deployed.
    deployment: Vec<String>,
    /// Keys of the link to what to do when it fails.
    troubleshooting: Vec<String>,
    /// Keys of the link to the documentation of its API.
    api: Vec<String>,
    /// Keys of the link to who is on call.
    on_call: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            runbook: keys(&["seaworthy.dev/runbook", "a8r.io/runbook"]),
            architecture: keys(&["seaworthy.dev/architecture", "a8r.io/documentation"]),
            deployment: keys(&["seaworthy.dev/deployment", "a8r.io/repository"]),
            troubleshooting: keys(&["seaworthy.dev/troubleshooting", "a8r.io/bugs"]),
            api: keys(&["seaworthy.dev/api", "a8r.io/documentation"]),
            on_call: keys(&["seaworthy.dev/on-call", "a8r.io/incidents"]),
        }
    }
}

check! {
    /// ## What it checks
    /// Annotations of the workload link to its runbook, its architecture, how it is deployed, what to do
    /// when it fails, the documentation of its API, and who is on call. Each is an address of the web
    /// without a password in it. Whether it answers is not tried.
    ///
    /// ## Why it matters
    /// Documentation that cannot be found from the alert does not exist for the person who got it.
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
    ///     seaworthy.dev/runbook: https://wiki.example/shop/runbook
    ///     seaworthy.dev/architecture: https://wiki.example/shop/architecture
    ///     seaworthy.dev/deployment: https://wiki.example/shop/deployment
    ///     seaworthy.dev/troubleshooting: https://wiki.example/shop/troubleshooting
    ///     seaworthy.dev/api: https://wiki.example/shop/api
    ///     seaworthy.dev/on-call: https://wiki.example/shop/on-call
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Add the annotations to `metadata.annotations` of the workload. Several may link to one page. Where a
    /// workload cannot have one of them (no API), let the policy ask for less.
    ///
    /// ## Parameters
    /// - `runbook`: keys, any of which may say where the runbook is; the first is the one that findings
    ///   name (default `seaworthy.dev/runbook`, `a8r.io/runbook`; an empty list asks for none).
    /// - `architecture`: keys, any of which may say where the architecture is; the first is the one that
    ///   findings name (default `seaworthy.dev/architecture`, `a8r.io/documentation`; an empty list asks
    ///   for none).
    /// - `deployment`: keys, any of which may say how it is deployed; the first is the one that findings
    ///   name (default `seaworthy.dev/deployment`, `a8r.io/repository`; an empty list asks for none).
    /// - `troubleshooting`: keys, any of which may say what to do when it fails; the first is the one that
    ///   findings name (default `seaworthy.dev/troubleshooting`, `a8r.io/bugs`; an empty list asks for
    ///   none).
    /// - `api`: keys, any of which may say where the API is described; the first is the one that findings
    ///   name (default `seaworthy.dev/api`, `a8r.io/documentation`; an empty list asks for none).
    /// - `onCall`: keys, any of which may say who is on call; the first is the one that findings name
    ///   (default `seaworthy.dev/on-call`, `a8r.io/incidents`; an empty list asks for none).
    ///
    /// ## References
    /// - a8r.io: Annotations for humans, conventions for the keys
    name: "documentation-links",
    family: Configuration,
    severity: Low,
    title: "Workloads link to their documentation",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let Parameters { runbook, architecture, deployment, troubleshooting, api, on_call } = parameters;
    let wanted = [
        ("runbook", runbook),
        ("architecture", architecture),
        ("deployment", deployment),
        ("troubleshooting", troubleshooting),
        ("API documentation", api),
        ("on-call schedule", on_call),
    ];
    if wanted.iter().all(|(_, keys)| keys.is_empty()) {
        return Judgement::not_applicable("the policy asks for no links");
    }
    let asked = wanted.into_iter().filter(|(_, keys)| !keys.is_empty());
    let problems = asked.filter_map(|(what, keys)| match said(subject.workload, keys) {
        None => Some(unsaid(what, keys)),
        Some((_, value)) if is_link(value) => None,
        Some((field, _)) => Some(Statement::fail(field, format!("the {what} is no address of the web"))),
    });
    problems.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn each_topic_is_asked_for_unless_the_policy_does_not() {
        let none = json!({"metadata": {"annotations": null}});
        let case = Case::of(&CHECK).workload(none);
        assert_eq!(case.judged().findings.len(), 6);
        let less =
            json!({"architecture": [], "deployment": [], "troubleshooting": [], "api": [], "onCall": []});
        let linked = |link: &str| {
            let annotations = json!({"metadata": {"annotations": {"seaworthy.dev/runbook": link}}});
            case.clone().workload(annotations).parameters(less.clone())
        };
        assert_eq!(linked("https://wiki.example/shop").outcome(), Outcome::Pass);
        assert_eq!(linked("see the wiki").fields(), ["metadata.annotations[seaworthy.dev/runbook]"]);
    }
}

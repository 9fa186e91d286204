use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::namespaces::namespace_key;
use crate::checks::pod_security::Level;
use crate::inventory::Object;
use crate::inventory::labels::Labels;
use crate::inventory::lookup::{Cause, Lookup};

/// The label that says which pods the server refuses.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// The label that says by which version of the standards.
const VERSION: &str = "pod-security.kubernetes.io/enforce-version";

/// Namespaces that the API server makes, and makes again.
const MADE: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Parameters of `namespace-psa-labels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The lowest level that the namespace may enforce.
    level: Level,
    /// Whether the version of the standard must be pinned.
    require_pinned_version: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { level: Level::Baseline, require_pinned_version: false }
    }
}

check! {
    /// ## What it checks
    /// The workload's namespace has the label `pod-security.kubernetes.io/enforce` with the wanted level of the
    /// Pod Security Standards or a stricter one. Where it has `pod-security.kubernetes.io/enforce-version`, that is
    /// `latest` or a version as `v1.37`: the server takes the newest in the place of anything else. With
    /// `requirePinnedVersion` it is there, and not `latest`. A Namespace without workloads is judged by itself, unless the
    /// API server makes it.
    ///
    /// ## Why it matters
    /// The label makes the API server refuse pods that get at their node, whoever creates them and by whatever
    /// way. Without it a check of workloads tells of such a pod when it runs already.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
    /// ```
    ///
    /// ## How to fix
    /// Set the label on the namespace. A dry run of `kubectl label` names the pods that it would refuse.
    ///
    /// ## Parameters
    /// - `level`: the lowest level that will do, `baseline` (the default) or `restricted`.
    /// - `requirePinnedVersion`: whether the version must be pinned, so that an upgrade of the cluster refuses
    ///   nothing by itself (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Security Admission, Pod Security Admission labels for namespaces
    name: "namespace-psa-labels",
    family: Identity,
    severity: Medium,
    title: "The namespace enforces a Pod Security Standard",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Namespace],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [Namespace] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let unknown = |cause| {
        let message = "which Pod Security Standard the namespace enforces is not known";
        Statement::unknown(cause, label(ENFORCE), message).about(namespace_key(subject)).into()
    };
    let labels = match subject.namespace.metadata() {
        Lookup::Found(metadata) => &metadata.labels,
        // A workload without its namespace is one whose namespace nobody gave.
        Lookup::Missing => return unknown(Cause::NotGiven),
        Lookup::Unknown(cause) => return unknown(cause),
    };
    let about = |statement: Statement| statement.about(namespace_key(subject));
    of_labels(labels, parameters).into_iter().map(about).collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::Namespace(metadata) = subject.object else { return Judgement::default() };
    if subject.namespace.holds_workloads() {
        return Judgement::not_applicable("the workloads of the namespace tell");
    }
    if MADE.contains(&metadata.name.as_str()) {
        return Judgement::not_applicable("the API server makes the namespace, and nobody uses it");
    }
    of_labels(&metadata.labels, parameters).into_iter().collect()
}

fn of_labels(labels: &Labels, parameters: &Parameters) -> Vec<Statement> {
    [of_level(labels, parameters.level), of_version(labels, parameters)].into_iter().flatten().collect()
}

fn of_level(labels: &Labels, wanted: Level) -> Option<Statement> {
    let problem = match labels.get(ENFORCE) {
        Some("restricted") => return None,
        Some("baseline") if wanted == Level::Baseline => return None,
        Some(level @ ("baseline" | "privileged")) => format!("the namespace enforces the level {level} only"),
        Some(_) => "the label names no level of the Pod Security Standards".to_owned(),
        None => "the namespace enforces no Pod Security Standard".to_owned(),
    };
    Some(Statement::fail(label(ENFORCE), problem))
}

fn of_version(labels: &Labels, parameters: &Parameters) -> Option<Statement> {
    let problem = match labels.get(VERSION) {
        None | Some("latest") if parameters.require_pinned_version => {
            "the version of the Pod Security Standard is not pinned"
        }
        Some(version) if version != "latest" && !is_version(version) => {
            "the label names no version of the Pod Security Standards"
        }
        _ => return None,
    };
    Some(Statement::fail(label(VERSION), problem))
}

/// Whether the server takes a text for the version of a minor: it knows no sign, and no zero before another digit.
fn is_version(text: &str) -> bool {
    let Some(minor) = text.strip_prefix("v1.") else { return false };
    let is_number = !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (minor == "0" || !minor.starts_with('0'))
}

fn label(key: &str) -> Field {
    Field::Object(format!("metadata.labels[{key}]").into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::{Case, baseline};
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::Kind;
    use crate::inventory::lookup::Coverage;

    fn labelled(labels: Value) -> Case {
        let namespace = json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": labels}});
        Case::of(&CHECK).with(namespace)
    }

    #[test]
    fn the_level_is_the_wanted_one_or_a_stricter_one() {
        for (enforce, baseline, restricted) in [
            (json!("restricted"), Outcome::Pass, Outcome::Pass),
            (json!("baseline"), Outcome::Pass, Outcome::Fail),
            (json!("privileged"), Outcome::Fail, Outcome::Fail),
            (json!("strict"), Outcome::Fail, Outcome::Fail),
            (json!(null), Outcome::Fail, Outcome::Fail),
        ] {
            let case = labelled(json!({"pod-security.kubernetes.io/enforce": enforce}));
            let case = if enforce.is_null() { labelled(json!({})) } else { case };
            assert_eq!(case.outcome(), baseline, "{enforce}");
            assert_eq!(case.parameters(json!({"level": "restricted"})).outcome(), restricted, "{enforce}");
        }
    }

    #[test]
    fn the_finding_is_about_the_namespace() {
        let case = labelled(json!({"pod-security.kubernetes.io/warn": "restricted"}));
        assert_eq!(case.message(), "the namespace enforces no Pod Security Standard");
        let found = case.judged().findings.remove(0);
        assert_eq!(found.field, "metadata.labels[pod-security.kubernetes.io/enforce]");
        let object = found.object.unwrap();
        assert_eq!((object.kind, &*object.namespace, &*object.name), (Kind::Namespace, "", "shop"));
    }

    #[test]
    fn a_version_is_asked_for_on_demand() {
        let with = |version: Value| {
            let level = json!({"pod-security.kubernetes.io/enforce": "restricted",
                "pod-security.kubernetes.io/enforce-version": version});
            labelled(level).parameters(json!({"requirePinnedVersion": true})).outcome()
        };
        assert_eq!(with(json!("v1.37")), Outcome::Pass);
        assert_eq!(with(json!("latest")), Outcome::Fail);
        assert_eq!(with(json!(null)), Outcome::Fail);
    }

    #[test]
    fn a_version_that_is_none_fails_whether_or_not_one_is_asked_for() {
        let with = |version: &str| {
            labelled(json!({"pod-security.kubernetes.io/enforce": "restricted",
                "pod-security.kubernetes.io/enforce-version": version}))
        };
        for version in ["latest", "v1.0", "v1.37", "v1.120"] {
            assert_eq!(with(version).outcome(), Outcome::Pass, "{version}");
        }
        for version in ["foo", "", "1.37", "v1.", "v1.07", "v2.0", "Latest"] {
            assert_eq!(with(version).message(), "the label names no version of the Pod Security Standards");
        }
    }

    #[test]
    fn disagreement_44_a_namespace_that_was_not_given_is_not_known() {
        for coverage in [Coverage::Complete, Coverage::Partial] {
            let findings = Case::of(&CHECK).coverage(coverage).judged().findings;
            assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
        }
    }

    #[test]
    fn a_namespace_without_workloads_is_judged_by_itself() {
        let of = |labels: Value| {
            let namespace = json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": labels}});
            ObjectCase::of(&CHECK, namespace)
        };
        let privileged = || of(json!({"pod-security.kubernetes.io/enforce": "privileged"}));
        assert_eq!(privileged().message(), "the namespace enforces the level privileged only");
        assert_eq!(of(json!({"pod-security.kubernetes.io/enforce": "baseline"})).outcome(), Outcome::Pass);
        assert_eq!(privileged().with(baseline()).outcome(), Outcome::NotApplicable, "the workload tells");
        let mut elsewhere = baseline();
        elsewhere["metadata"]["namespace"] = json!("other");
        assert_eq!(privileged().with(elsewhere).outcome(), Outcome::Fail);
    }
}

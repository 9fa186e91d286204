use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, in_own_user_namespace, not_on_windows, pod};
use crate::inventory::Metadata;
use crate::inventory::lookup::Lookup;

/// Parameters of `run-as-high-uid-gid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Lowest user that is accepted.
    min_uid: i64,
    /// Lowest group that is accepted.
    min_gid: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { min_uid: 10_000, min_gid: 10_000 }
    }
}

/// Namespace annotation by which OpenShift says the users that it assigns.
const ASSIGNED_RANGE: &str = "openshift.io/sa.scc.uid-range";

check! {
    /// ## What it checks
    /// The effective `runAsUser` and `runAsGroup` of every container are set, and not below a minimum. Where
    /// OpenShift assigns users, or the pod has a user namespace of its own, there is nothing to check.
    ///
    /// ## Why it matters
    /// A low number is likely to be somebody on the node: whoever leaves the container then owns that
    /// account's files. Many good images use a number between 1000 and 65535, so no profile asks for this.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     runAsUser: 1000
    ///     runAsGroup: 10001
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     runAsUser: 10001
    ///     runAsGroup: 10001
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `runAsUser` and `runAsGroup` to a number above the minimum; see that the image's files can be
    /// read by it. Or set `hostUsers: false`, which maps every user to one that the node does not know.
    ///
    /// ## Parameters
    /// - `minUid`: lowest user that is accepted (default 10000).
    /// - `minGid`: lowest group that is accepted (default 10000).
    ///
    /// ## References
    /// - Kubernetes documentation: Configure a Security Context for a Pod or Container
    /// - KEP-127: user namespaces
    name: "run-as-high-uid-gid",
    family: Security,
    severity: Low,
    title: "Containers run as a user and group that the node does not know",
    profiles: [],
    reads: [Namespace],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject).or_else(|| in_own_user_namespace(subject)) {
        return judgement;
    }
    let namespace = subject.workload.namespace.metadata();
    if let Lookup::Found(metadata) = namespace
        && metadata.annotations.contains_key(ASSIGNED_RANGE)
    {
        return Judgement::not_applicable("OpenShift assigns users and groups in this namespace");
    }
    let (own, pod_level) = (&subject.container.security_context, &subject.pod().security_context);
    let user = ("runAsUser", own.run_as_user, pod_level.run_as_user, parameters.min_uid);
    let group = ("runAsGroup", own.run_as_group, pod_level.run_as_group, parameters.min_gid);
    [user, group]
        .into_iter()
        .filter_map(|(name, own, pod_level, minimum)| problem(name, own, pod_level, minimum))
        .map(|(field, problem)| statement(namespace, field, problem))
        .collect()
}

fn problem(name: &str, own: Option<i64>, pod_level: Option<i64>, minimum: i64) -> Option<(Field, String)> {
    let path = format!("securityContext.{name}");
    let low = |number| format!("{name} is {number}, which is below {minimum}");
    match (own, pod_level) {
        (Some(number), _) if number < minimum => Some((container(path), low(number))),
        (None, Some(number)) if number < minimum => Some((pod(path), low(number))),
        (None, None) => {
            Some((container(path), format!("{name} is not set; it has to be {minimum} or above")))
        }
        _ => None,
    }
}

fn statement(namespace: Lookup<&Metadata>, field: Field, problem: String) -> Statement {
    match namespace {
        Lookup::Unknown(cause) => {
            let message = format!("{problem}; whether OpenShift assigns it is not known");
            Statement::unknown(cause, field, message)
        }
        Lookup::Found(_) | Lookup::Missing => Statement::fail(field, problem),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn case(pod: &Value, own: &Value) -> Case {
        Case::of(&CHECK).pod(json!({ "securityContext": pod })).container(json!({ "securityContext": own }))
    }

    fn low() -> Case {
        case(&json!({"runAsUser": 9999}), &json!({}))
    }

    #[test]
    fn the_minimum_itself_passes_and_the_place_is_where_the_number_is() {
        assert_eq!(
            case(&json!({"runAsUser": 10_000, "runAsGroup": 10_000}), &json!({})).outcome(),
            Outcome::Pass
        );
        assert_eq!(low().fields(), ["spec.template.spec.securityContext.runAsUser"]);
        let own = case(&json!({}), &json!({"runAsGroup": 7}));
        assert_eq!(own.fields(), ["spec.template.spec.containers[0].securityContext.runAsGroup"]);
        assert_eq!(own.message(), "runAsGroup is 7, which is below 10000");
        assert_eq!(case(&json!({"runAsUser": null, "runAsGroup": null}), &json!({})).fields().len(), 2);
    }

    #[test]
    fn disagreement_05_the_minimum_is_a_parameter_and_no_profile_asks() {
        assert_eq!(low().parameters(json!({"minUid": 1000})).outcome(), Outcome::Pass);
        assert!(CHECK.profiles.is_empty());
    }

    #[test]
    fn disagreement_05_nothing_to_check_where_openshift_assigns_or_in_a_user_namespace() {
        let namespace = |annotations: Value| {
            json!({"apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": "shop", "annotations": annotations}})
        };
        let assigned = namespace(json!({"openshift.io/sa.scc.uid-range": "1000650000/10000"}));
        assert_eq!(low().with(assigned).outcome(), Outcome::NotApplicable);
        assert_eq!(low().with(namespace(json!({}))).coverage(Coverage::Partial).outcome(), Outcome::Fail);
        assert_eq!(low().pod(json!({"hostUsers": false})).outcome(), Outcome::NotApplicable);
        assert_eq!(low().pod(json!({"os": {"name": "windows"}})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn a_namespace_that_is_not_known_leaves_a_low_number_unknown_and_a_high_one_passing() {
        assert_eq!(low().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(case(&json!({}), &json!({})).coverage(Coverage::Forbidden).outcome(), Outcome::Pass);
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::pod_security::Level;
use crate::checks::pod_standard::{Version, refusals};

/// Parameters of `pss-level`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Level of the standard: `baseline` or `restricted`.
    level: Level,
    /// Version of the standard: `latest`, or `v1.0` to `v1.37`.
    version: Version,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { level: Level::Restricted, version: Version::LATEST }
    }
}

/// Where a message has no more room for another id.
const LONGEST_LIST: usize = 180;

check! {
    /// ## What it checks
    /// The API server's Pod Security Admission would let the pod in at this `level` and `version` of the Pod
    /// Security Standards. The finding names every control that refuses it, by its id there, and points to the
    /// first place at fault; the checks that stand for single controls point to each.
    ///
    /// ## Why it matters
    /// A namespace that enforces a standard refuses pods one by one, long after the Deployment was accepted,
    /// and nothing runs. This check gives that answer before: for a namespace that is to be tightened, or for a
    /// version that an upgrade will bring.
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
    ///   securityContext:
    ///     runAsNonRoot: true
    ///     seccompProfile:
    ///       type: RuntimeDefault
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         allowPrivilegeEscalation: false
    ///         capabilities:
    ///           drop: [ALL]
    /// ```
    ///
    /// ## How to fix
    /// Mend what the finding points to (most often in a `securityContext`), then what it points to next;
    /// `seaworthy explain` of the check that stands for a control says how. If the workload cannot meet the
    /// standard, judge it in a policy of its own at `level: baseline`.
    ///
    /// ## Parameters
    /// - `level`: `baseline` or `restricted` (the default).
    /// - `version`: version of the standard, `latest` (the default) or `v1.0` to `v1.37`. Pin it to what the
    ///   namespace pins.
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Security Standards
    /// - Kubernetes documentation: Pod Security Admission
    name: "pss-level",
    family: Security,
    severity: High,
    title: "Pods meet a Pod Security Standard as a whole",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let refusals = refusals(subject.workload, parameters.level, parameters.version);
    let controls: Vec<&str> = refusals.iter().map(|refusal| refusal.control).collect();
    match refusals.into_iter().next() {
        None => Judgement::pass(),
        Some(first) => Judgement::fail(first.field, message(&controls, parameters)),
    }
}

/// As many ids as there is room for, and how many more there are.
fn message(controls: &[&str], parameters: &Parameters) -> String {
    let level = match parameters.level {
        Level::Baseline => "baseline",
        Level::Restricted => "restricted",
    };
    let mut message = format!("the {level} standard ({}) refuses the pod: ", parameters.version);
    for (index, control) in controls.iter().enumerate() {
        if message.len() + control.len() > LONGEST_LIST {
            return format!("{message} and {} more", controls.len() - index);
        }
        message.push_str(if index == 0 { "" } else { ", " });
        message.push_str(control);
    }
    message
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn one_finding_names_every_control_and_points_to_the_first_place() {
        let case = Case::of(&CHECK)
            .container(json!({"securityContext": {"privileged": true, "capabilities": null}}));
        assert_eq!(case.fields(), ["spec.template.spec.containers[0].securityContext.privileged"]);
        let message = "the restricted standard (latest) refuses the pod: privileged, capabilities_restricted";
        assert_eq!(case.message(), message);
    }

    #[test]
    fn level_and_version_decide() {
        let case = Case::of(&CHECK).pod(json!({"securityContext": {"runAsUser": 0}}));
        let at = |level: &str, version: &str| {
            case.clone().parameters(json!({"level": level, "version": version})).outcome()
        };
        assert_eq!(at("restricted", "latest"), Outcome::Fail);
        assert_eq!(at("restricted", "v1.23"), Outcome::Fail);
        assert_eq!(at("restricted", "v1.22"), Outcome::Pass);
        assert_eq!(at("baseline", "latest"), Outcome::Pass);
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let options = json!({"hostProcess": true});
        let case = Case::of(&CHECK)
            .pod(json!({"hostNetwork": true, "volumes": [{"name": "v", "hostPath": {"path": "/"}}]}))
            .pod(json!({"securityContext": {"windowsOptions": options, "sysctls": [{"name": "a", "value": "b"}],
                "runAsNonRoot": false, "runAsUser": 0, "seccompProfile": {"type": "Unconfined"}}}))
            .container(json!({"securityContext":
                {"privileged": true, "capabilities": null, "procMount": "Unmasked"}}));
        let message = case.message();
        assert!(message.len() <= 200 && message.ends_with(" more"), "{message}");
    }

    #[test]
    fn a_list_that_just_fits_is_whole() {
        let parameters = Parameters::default();
        let room = LONGEST_LIST - message(&[], &parameters).len();
        for (length, cut) in [(room - 1, false), (room, false), (room + 1, true), (room + 2, true)] {
            let message = message(&[&"x".repeat(length)], &parameters);
            assert_eq!(message.ends_with(" and 1 more"), cut, "{length} of {room}");
        }
    }

    #[test]
    fn a_level_that_does_not_exist_is_refused() {
        let parameters = json!({"level": "privileged"});
        let error = (CHECK.compile)(parameters.as_object().unwrap()).unwrap_err();
        assert_eq!(error.key(), "level");
    }
}

//! Policies that are not in force, and those that nobody judges.
//!
//! It must not say how ready workloads are. Next: [`super::webhook`].

use serde_json::Value;

use super::super::{Cluster, LiveError, condition, text};
use super::Sign;
use super::scope::Installation;
use crate::ops::resource::{CLUSTER_READINESS_POLICIES, READINESS_POLICIES};

/// Every policy that is not in force, and whether one that is warns or denies.
pub(super) async fn look(
    cluster: &Cluster,
    installations: &[Installation],
) -> Result<(Vec<Sign>, bool), LiveError> {
    let mut signs = Vec::new();
    let mut is_enforced = false;
    let mut number = 0;
    for resource in [&CLUSTER_READINESS_POLICIES, &READINESS_POLICIES] {
        let listed = match cluster.list(resource, None).await {
            Ok(listed) => listed,
            // That it is not installed was said.
            Err(LiveError::Api { source, .. }) if source.is_not_found() => continue,
            Err(error) => {
                signs.push(Sign::hidden(error)?);
                continue;
            }
        };
        number += listed.len();
        is_enforced |= listed.iter().any(is_enforcing);
        signs.extend(listed.iter().filter_map(|policy| sign(&resource.kind, policy, installations)));
    }
    if signs.is_empty() {
        signs.push(Sign::Fine(match number {
            0 => "there is no policy: nothing is judged".to_owned(),
            1 => "the one policy is in force".to_owned(),
            _ => format!("{number} policies are in force"),
        }));
    }
    Ok((signs, is_enforced))
}

fn is_enforcing(policy: &Value) -> bool {
    let is_suspended = policy.pointer("/spec/suspend") == Some(&Value::Bool(true));
    matches!(text(policy, "/spec/enforcement"), "Warn" | "Deny") && !is_suspended
}

fn sign(kind: &str, policy: &Value, installations: &[Installation]) -> Option<Sign> {
    let [namespace, name] = ["/metadata/namespace", "/metadata/name"].map(|at| text(policy, at));
    let who =
        if namespace.is_empty() { format!("{kind} {name}") } else { format!("{kind} {namespace}/{name}") };
    if !installations.is_empty() && !installations.iter().any(|one| one.looks_at(namespace)) {
        let fix = "add its namespace to rbac.namespaces; a policy of the cluster needs rbac.scope: cluster";
        return Some(Sign::wrong(format!("{who} is looked at by no installation"), fix));
    }
    let accepted = condition(policy, "Accepted");
    if let Some(accepted) = accepted.filter(|accepted| text(accepted, "/status") == "False") {
        return Some(Sign::wrong(format!("{who} is not in force"), text(accepted, "/message")));
    }
    if policy.pointer("/status/observedGeneration") != policy.pointer("/metadata/generation") {
        let fix = "if this stays so, look at the logs of the operator";
        return Some(Sign::wrong(format!("{who} was not judged since it changed"), fix));
    }
    None
}

//! What the operator's account may do, against what the checks read and the operator writes.
//!
//! Roles are read as they stand; nobody is impersonated. Next: [`super::policies`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::{Cluster, LiveError, text};
use super::Sign;
use crate::checks;
use crate::inventory::Kind;
use crate::ops::resource::{CLUSTER_ROLES, ResourceRef};
use crate::render::manifests::{NAME, rbac};

/// A right: API group, resource and verb.
type Right = (String, String, String);

/// Whether the account has every right that the installation gives it.
pub(super) async fn look(cluster: &Cluster) -> Result<Vec<Sign>, LiveError> {
    let bindings: ResourceRef = Kind::ClusterRoleBinding.info().into();
    let bindings = match cluster.list(&bindings, None).await {
        Ok(bindings) => bindings,
        Err(error) => return Ok(vec![Sign::hidden(error)?]),
    };
    let mut rules = Vec::new();
    for binding in bindings.iter().filter(|binding| is_bound(binding, &cluster.namespace)) {
        match cluster.get(CLUSTER_ROLES.object(None, text(binding, "/roleRef/name"))).await {
            Ok(role) => rules.extend(role.as_ref().map(self::rules).unwrap_or_default()),
            Err(error) => return Ok(vec![Sign::hidden(error)?]),
        }
    }
    Ok(compared(&rules))
}

fn is_bound(binding: &Value, namespace: &str) -> bool {
    let subjects = binding.pointer("/subjects").and_then(Value::as_array).into_iter().flatten();
    let mut own = subjects.filter(|subject| text(subject, "/kind") == "ServiceAccount");
    own.any(|subject| text(subject, "/name") == NAME && text(subject, "/namespace") == namespace)
}

fn rules(role: &Value) -> Vec<Value> {
    role.get("rules").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Each kind of right that lacks, with what that means.
fn compared(rules: &[Value]) -> Vec<Sign> {
    let mut signs = Vec::new();
    let fix =
        "kubectl apply --server-side -f deploy/rbac.yaml, or helm upgrade; or grant it on purpose, and not";
    for role in rbac::objects(&checks::reads()).iter().filter(|role| text(role, "/kind") == "ClusterRole") {
        // What people may read is theirs.
        if !matches!(text(role, "/metadata/name"), NAME | rbac::SECRETS) {
            continue;
        }
        let wanted: BTreeSet<Right> = self::rules(role).iter().flat_map(rights).collect();
        let lacking: Vec<&Right> =
            wanted.iter().filter(|right| !rules.iter().any(|rule| gives(rule, right))).collect();
        let mut resources: Vec<&str> = lacking.iter().map(|(_, resource, _)| resource.as_str()).collect();
        resources.dedup();
        signs.extend(resources.iter().map(|resource| {
            let verbs: Vec<&str> = lacking
                .iter()
                .filter(|(_, own, _)| own == resource)
                .map(|(.., verb)| verb.as_str())
                .collect();
            Sign::wrong(
                format!("the operator may not {} {resource}{}", verbs.join(", "), meaning(resource)),
                fix,
            )
        }));
    }
    if signs.is_empty() {
        signs.push(Sign::Fine("the operator has every right that its checks need".to_owned()));
    }
    signs
}

/// The checks that are Unknown without it.
fn meaning(resource: &str) -> String {
    let reads =
        |check: &&&crate::catalogue::Check| check.reads.iter().any(|kind| kind.info().plural == resource);
    let names: Vec<&str> = checks::ALL.iter().filter(reads).map(|check| check.name).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(": {one} is unknown"),
        [first, second] => format!(": {first} and {second} are unknown"),
        [first, second, rest @ ..] => {
            format!(": {first}, {second} and {} more checks are unknown", rest.len())
        }
    }
}

/// The rights that a rule of the installation gives.
fn rights(rule: &Value) -> Vec<Right> {
    let [groups, resources, verbs] = ["/apiGroups", "/resources", "/verbs"].map(|at| list(rule, at));
    let mut rights = Vec::new();
    for group in &groups {
        for resource in &resources {
            rights
                .extend(verbs.iter().map(|verb| (group.to_string(), resource.to_string(), verb.to_string())));
        }
    }
    rights
}

fn list<'a>(rule: &'a Value, at: &str) -> Vec<&'a str> {
    rule.pointer(at).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn gives(rule: &Value, (group, resource, verb): &Right) -> bool {
    let holds = |at: &str, wanted: &str| list(rule, at).iter().any(|own| *own == "*" || *own == wanted);
    holds("/apiGroups", group) && holds("/resources", resource) && holds("/verbs", verb)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_installation_gives_is_enough_and_each_rule_of_it_is_needed() {
        let roles = rbac::objects(&checks::reads());
        let all: Vec<Value> =
            roles.iter().filter(|role| role["kind"] == "ClusterRole").flat_map(rules).collect();
        assert!(matches!(compared(&all).as_slice(), [Sign::Fine(_)]));
        assert!(matches!(
            compared(&[json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})]).as_slice(),
            [Sign::Fine(_)]
        ));
        let without: Vec<Value> =
            all.into_iter().filter(|rule| !list(rule, "/resources").contains(&"secrets")).collect();
        let [Sign::Wrong(what, _)] = &compared(&without)[..] else { panic!("one problem") };
        assert!(what.starts_with("the operator may not get, list, watch secrets: "), "{what}");
    }
}

//! What the operator's account may do, against what the checks read and the operator writes.
//!
//! Roles are read as they stand; nobody is impersonated. Next: [`super::policies`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::{Cluster, LiveError, text};
use super::Sign;
use super::scope::Installation;
use crate::checks;
use crate::inventory::Kind;
use crate::ops::resource::{CLUSTER_ROLES, ResourceRef};
use crate::render::manifests::{NAME, rbac};

/// A right: API group, resource and verb.
type Right = (String, String, String);

/// Whether the account has every right that the installation gives it: in the whole cluster, or in each namespace
/// that is listed.
pub(super) async fn look(cluster: &Cluster, own: Option<&Installation>) -> Result<Vec<Sign>, LiveError> {
    let account = own.map_or(NAME, |own| own.account.as_str());
    let everywhere = match granted(cluster, account, None).await {
        Ok(rules) => rules,
        Err(error) => return Ok(vec![Sign::hidden(error)?]),
    };
    let wanted = Wanted::of(own);
    let mut signs = compared("", &wanted.everywhere, &everywhere);
    for (namespace, rights) in &wanted.in_namespaces {
        match granted(cluster, account, Some(namespace)).await {
            Ok(mut rules) => {
                rules.extend(everywhere.iter().cloned());
                signs.extend(compared(&format!("in {namespace} "), rights, &rules));
            }
            Err(error) => signs.push(Sign::hidden(error)?),
        }
    }
    if signs.is_empty() {
        signs.push(Sign::Fine("the operator has every right that its checks need".to_owned()));
    }
    Ok(signs)
}

/// What is granted to the account, in the whole cluster or in one namespace.
async fn granted(cluster: &Cluster, account: &str, place: Option<&str>) -> Result<Vec<Value>, LiveError> {
    let kind = if place.is_some() { Kind::RoleBinding } else { Kind::ClusterRoleBinding };
    let bindings: ResourceRef = kind.info().into();
    let roles: ResourceRef = Kind::Role.info().into();
    let mut rules = Vec::new();
    for binding in cluster.list(&bindings, place).await? {
        if !is_bound(&binding, (account, &cluster.namespace)) {
            continue;
        }
        let name = text(&binding, "/roleRef/name");
        let role = match text(&binding, "/roleRef/kind") {
            "Role" => roles.object(place, name),
            _ => CLUSTER_ROLES.object(None, name),
        };
        rules.extend(cluster.get(role).await?.as_ref().map(self::rules).unwrap_or_default());
    }
    Ok(rules)
}

/// The rights that an installation needs, by where it needs them.
#[derive(Default)]
struct Wanted {
    everywhere: BTreeSet<Right>,
    in_namespaces: BTreeMap<String, BTreeSet<Right>>,
}

impl Wanted {
    fn of(own: Option<&Installation>) -> Self {
        let mut wanted = Self::default();
        let all = rbac::objects(&own.map_or_else(checks::watched, Installation::watched));
        // What people may read is theirs.
        let own_roles = all.iter().filter(|role| {
            text(role, "/kind") == "ClusterRole"
                && matches!(text(role, "/metadata/name"), NAME | rbac::SECRETS)
        });
        for right in own_roles.flat_map(rules).flat_map(|rule| rights(&rule)) {
            let listed = own.and_then(|own| match right.1.as_str() {
                "secrets" => own.secrets.as_ref(),
                _ => own.namespaces.as_ref(),
            });
            match listed {
                None => {
                    wanted.everywhere.insert(right);
                }
                Some(listed) if is_namespaced(&right) => {
                    for namespace in listed {
                        wanted.in_namespaces.entry(namespace.clone()).or_default().insert(right.clone());
                    }
                }
                // Nobody looks at policies of the cluster then, and a webhook is not a matter of course.
                Some(_) if is_read(&right) => {
                    wanted.everywhere.insert(right);
                }
                Some(_) => {}
            }
        }
        wanted
    }
}

fn is_namespaced((group, resource, _): &Right) -> bool {
    let is_own = group == crate::api::GROUP && !resource.starts_with("cluster");
    is_own || resource == "events" || kind_of(group, resource).is_some_and(|kind| kind.info().namespaced)
}

/// Whether checks read it.
fn is_read((group, resource, verb): &Right) -> bool {
    matches!(verb.as_str(), "list" | "watch") && kind_of(group, resource).is_some()
}

fn kind_of(group: &str, resource: &str) -> Option<Kind> {
    let is = |kind: &&Kind| kind.info().group == group && kind.info().plural == resource;
    Kind::ALL.iter().find(is).copied()
}

fn is_bound(binding: &Value, (account, namespace): (&str, &str)) -> bool {
    let subjects = binding.pointer("/subjects").and_then(Value::as_array).into_iter().flatten();
    let mut own = subjects.filter(|subject| text(subject, "/kind") == "ServiceAccount");
    own.any(|subject| text(subject, "/name") == account && text(subject, "/namespace") == namespace)
}

fn rules(role: &Value) -> Vec<Value> {
    role.get("rules").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Each kind of right that lacks somewhere, with what that means.
fn compared(place: &str, wanted: &BTreeSet<Right>, rules: &[Value]) -> Vec<Sign> {
    let fix = "kubectl apply --server-side -f deploy/rbac.yaml, or helm upgrade; or leave it so on purpose";
    let lacking: Vec<&Right> =
        wanted.iter().filter(|right| !rules.iter().any(|rule| gives(rule, right))).collect();
    let resources: BTreeSet<&str> = lacking.iter().map(|(_, resource, _)| resource.as_str()).collect();
    let sign = |resource: &str| {
        let of_it = lacking.iter().filter(|(_, own, _)| own == resource);
        let verbs: Vec<&str> = of_it.map(|(.., verb)| verb.as_str()).collect();
        let what =
            format!("{place}the operator may not {} {resource}{}", verbs.join(", "), meaning(resource));
        Sign::wrong(what, fix)
    };
    resources.into_iter().map(sign).collect()
}

/// The checks that are Unknown without it.
fn meaning(resource: &str) -> String {
    let reads =
        |check: &&&crate::catalogue::Check| check.watches().any(|kind| kind.info().plural == resource);
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

    fn said(own: Option<&Installation>, namespace: Option<&str>, rules: &[Value]) -> Vec<String> {
        let wanted = Wanted::of(own);
        let wanted = namespace.map_or(&wanted.everywhere, |namespace| &wanted.in_namespaces[namespace]);
        let what = |sign| match sign {
            Sign::Wrong(what, _) => what,
            other => panic!("{other:?}"),
        };
        compared("", wanted, rules).into_iter().map(what).collect()
    }

    fn all() -> Vec<Value> {
        let roles = rbac::objects(&checks::watched());
        roles.iter().filter(|role| role["kind"] == "ClusterRole").flat_map(rules).collect()
    }

    #[test]
    fn what_the_installation_gives_is_enough_and_each_rule_of_it_is_needed() {
        assert_eq!(said(None, None, &all()), [""; 0]);
        let any = json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]});
        assert_eq!(said(None, None, &[any]), [""; 0]);
        let without = all().into_iter().filter(|rule| !list(rule, "/resources").contains(&"secrets"));
        let said = said(None, None, &without.collect::<Vec<_>>());
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("the operator may not get, list, watch secrets: "), "{said:?}");
    }

    #[test]
    fn what_only_families_that_are_switched_off_would_read_is_not_wanted() {
        let arguments = json!(["controller", "--families-off=tls,configuration"]);
        let own =
            Installation::of(&json!({"spec": {"template": {"spec": {"containers": [{"args": arguments}]}}}}));
        let (all, without) = (said(None, None, &[]).join("; "), said(Some(&own), None, &[]).join("; "));
        for wanted in ["services", "deployments", "networkpolicies"] {
            assert!(without.contains(wanted), "{wanted}: {without}");
        }
        assert!(all.contains("tlsoptions") && !without.contains("tlsoptions"), "{without}");
    }

    #[test]
    fn with_listed_namespaces_rights_are_wanted_in_each_and_fewer_in_the_cluster() {
        let arguments = json!(["--watch-namespaces=shop,blog", "--secret-namespaces=shop"]);
        let own =
            Installation::of(&json!({"spec": {"template": {"spec": {"containers": [{"args": arguments}]}}}}));
        let everywhere = said(Some(&own), None, &[]).join("; ");
        assert!(
            everywhere.contains("list, watch namespaces") && everywhere.contains("list, watch clusterroles"),
            "{everywhere}"
        );
        assert!(!everywhere.contains("deployments") && !everywhere.contains("create"), "{everywhere}");
        for (namespace, reads_secrets) in [("shop", true), ("blog", false)] {
            let said = said(Some(&own), Some(namespace), &[]).join("; ");
            assert!(said.contains("deployments") && said.contains("readinesspolicies/status"), "{said}");
            assert_eq!(said.contains("secrets"), reads_secrets, "{namespace}: {said}");
            assert!(!said.contains("clusterreadinesspolicies") && !said.contains("clusterroles"), "{said}");
        }
    }
}

//! AuthorizationPolicies of Istio before the workloads behind a path, and at the Gateways of a route.
//!
//! It must not say what is wrong. Next: [`crate::inventory::auth_policy`].

use super::Asked;
use super::paths::Path;
use crate::inventory::NamespaceView;
use crate::inventory::auth_policy::{AuthorizationPolicy, RequestRule};
use crate::inventory::gateway::{HttpRoute, Reference};
use crate::inventory::lookup::{Cause, Lookup};

/// Whether one asks before every workload behind these Services, each with its namespace.
pub(super) fn before_services<'b>(
    namespace: NamespaceView<'b>,
    services: impl Iterator<Item = (&'b str, &'b str)>,
    path: &Path<'_>,
) -> Asked {
    services.filter_map(|service| before_service(namespace, service, path)).min().unwrap_or(Asked::No)
}

/// None where nothing is behind the Service.
fn before_service<'b>(
    namespace: NamespaceView<'b>,
    (place, name): (&'b str, &'b str),
    path: &Path<'_>,
) -> Option<Asked> {
    let Some(there) = namespace.elsewhere(place) else { return Some(Asked::Hidden) };
    let service = match there.service(name) {
        Lookup::Found(service) => service,
        Lookup::Missing => return None,
        Lookup::Unknown(cause) => return Some(Asked::Unknown(cause)),
    };
    let behind = there.workloads_behind(service);
    if behind.found.is_empty() {
        return behind.incomplete.map(Asked::Unknown);
    }
    let is_service = |one: &Reference| one.is_of(("", "Service"), ("", "")) && one.name == name;
    let targeting = there.authorization_policies();
    let at_service =
        asked(targeting.found.into_iter().filter(|one| one.spec.targets().any(is_service)), path);
    let before_each = behind.found.iter().map(|workload| {
        let about = there.authorization_policies_about(workload);
        asked(about.found.into_iter(), path).or_unknown(about.incomplete)
    });
    before_each.min().map(|least| least.max(at_service))
}

/// Whether one asks at each Gateway of a route.
pub(super) fn before_gateways(namespace: NamespaceView<'_>, route: &HttpRoute, path: &Path<'_>) -> Asked {
    let parents = route.spec.parent_refs.iter().filter(|parent| parent.is_gateway());
    let at_each = parents.filter_map(|parent| {
        let Some(there) = namespace.elsewhere(parent.namespace_from(namespace.name())) else {
            return Some(Asked::Hidden);
        };
        match there.gateway(&parent.name) {
            Lookup::Found(_) => {
                let policies = there.authorization_policies();
                let is_meant = |one: &Reference| {
                    one.kind.as_deref() == Some("Gateway") && one.is_gateway() && one.name == parent.name
                };
                let about = policies.found.into_iter().filter(|one| one.spec.targets().any(is_meant));
                Some(asked(about, path).or_unknown(policies.incomplete))
            }
            Lookup::Missing => None,
            Lookup::Unknown(cause) => Some(Asked::Unknown(cause)),
        }
    });
    at_each.min().unwrap_or(Asked::No)
}

/// Whether these, which are all about one workload or Gateway, let nobody reach a path who does not say who they are.
fn asked<'a>(policies: impl Iterator<Item = &'a AuthorizationPolicy>, path: &Path<'_>) -> Asked {
    let mut asked = Asked::No;
    let mut allowed: Option<Asked> = None;
    for policy in policies {
        let rules = &policy.spec.rules;
        match &*policy.spec.action {
            "AUDIT" => {}
            "DENY" => {
                if rules.iter().any(|rule| rule.is_about_strangers() && path.is_covered(rule)) {
                    return Asked::Yes;
                }
            }
            "CUSTOM" => {
                let of_rule = rules.iter().map(|rule| by_custom(rule, path));
                asked = asked.max(of_rule.max().unwrap_or(Asked::No));
            }
            _ => {
                let of_rule = rules.iter().map(|rule| by_allowing(rule, path));
                let least = of_rule.min().unwrap_or(Asked::Yes);
                allowed = Some(allowed.unwrap_or(Asked::Yes).min(least));
            }
        }
    }
    asked.max(allowed.unwrap_or(Asked::No))
}

/// Somebody else decides on requests that such a rule is about.
fn by_custom(rule: &RequestRule, path: &Path<'_>) -> Asked {
    match (rule.is_about_everybody() && path.is_covered(rule), path.may_be(rule)) {
        (true, _) => Asked::Yes,
        (false, true) => Asked::Unknown(Cause::Undecidable),
        (false, false) => Asked::No,
    }
}

/// Where there is such a rule, only requests that one is about get through.
fn by_allowing(rule: &RequestRule, path: &Path<'_>) -> Asked {
    if !path.may_be(rule) || rule.demands_a_token() {
        return Asked::Yes;
    }
    if rule.is_about_everybody() && path.is_met(rule) {
        Asked::No
    } else {
        Asked::Unknown(Cause::Undecidable)
    }
}

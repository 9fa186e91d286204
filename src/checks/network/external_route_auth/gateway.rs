//! SecurityPolicies of Envoy Gateway before a rule of a route.
//!
//! It must not say what is wrong. Next: [`crate::inventory::auth_policy`].

use super::Asked;
use crate::inventory::NamespaceView;
use crate::inventory::auth_policy::SecurityPolicy;
use crate::inventory::gateway::{Gateway, HttpRoute, HttpRouteRule, Reference};
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::metadata::Metadata;

/// Whether one asks before a rule: for the rule, the route, or at each of its Gateways. The closest counts.
pub(super) fn before_rule(namespace: NamespaceView<'_>, route: &HttpRoute, rule: &HttpRouteRule) -> Asked {
    let own = namespace.security_policies();
    let about = |section: &str| about(&own.found, "HTTPRoute", &route.metadata, section);
    let of_rule = if rule.name.is_empty() { Vec::new() } else { about(&rule.name) };
    let asked = closest([of_rule, about("")]);
    match asked {
        (asked, false) => asked.or_unknown(own.incomplete),
        (asked, true) => asked.or_unknown(own.incomplete).max(before_parents(namespace, route)),
    }
}

fn before_parents(namespace: NamespaceView<'_>, route: &HttpRoute) -> Asked {
    let parents = route.spec.parent_refs.iter().filter(|parent| parent.is_gateway());
    parents.filter_map(|parent| before_parent(namespace, parent)).min().unwrap_or(Asked::No)
}

/// At one Gateway; none where it does not exist, since nothing comes through it.
fn before_parent(namespace: NamespaceView<'_>, parent: &Reference) -> Option<Asked> {
    let Some(there) = namespace.elsewhere(parent.namespace_from(namespace.name())) else {
        return Some(Asked::Hidden);
    };
    match there.gateway(&parent.name) {
        Lookup::Found(gateway) => {
            let policies = there.security_policies();
            Some(at_gateway(gateway, parent, &policies.found).or_unknown(policies.incomplete))
        }
        Lookup::Missing => None,
        Lookup::Unknown(cause) => Some(Asked::Unknown(cause)),
    }
}

/// At every listener that the route is at.
fn at_gateway(gateway: &Gateway, parent: &Reference, policies: &[&SecurityPolicy]) -> Asked {
    let about = |section: &str| about(policies, "Gateway", &gateway.metadata, section);
    let meant = gateway.spec.listeners.iter().filter(|listener| listener.is_meant_by(parent));
    let at_each = meant.map(|listener| closest([about(&listener.name), about("")]).0);
    at_each.min().unwrap_or_else(|| closest([about("")]).0)
}

/// Those that are about a section of an object, or with an empty one about the whole of it.
fn about<'a>(
    policies: &[&'a SecurityPolicy],
    kind: &str,
    object: &Metadata,
    section: &str,
) -> Vec<&'a SecurityPolicy> {
    let is_meant = |policy: &&&SecurityPolicy| policy.spec.sections(kind, object).any(|own| own == section);
    policies.iter().filter(is_meant).copied().collect()
}

/// Whether the closest asks, from the closest on; and whether those that are further away count as well.
fn closest<const N: usize>(levels: [Vec<&SecurityPolicy>; N]) -> (Asked, bool) {
    let mut asked = Asked::No;
    for policies in levels.iter().filter(|policies| !policies.is_empty()) {
        let (asking, others): (Vec<_>, Vec<_>) =
            policies.iter().copied().partition(|policy: &&SecurityPolicy| policy.spec.asks());
        asked = asked.max(match (asking.is_empty(), others.is_empty()) {
            (false, true) => Asked::Yes,
            (true, _) => Asked::No,
            // One of them counts, and the others are refused.
            (false, false) => Asked::Unknown(Cause::Undecidable),
        });
        if asked == Asked::Yes || !policies.iter().all(|policy| policy.spec.is_merged) {
            return (asked, false);
        }
    }
    (asked, true)
}

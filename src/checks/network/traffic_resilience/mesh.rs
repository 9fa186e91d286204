//! What meshes and Envoy Gateway are told of how long to wait, how often to try, and whom to leave out.
//!
//! It must not ask for what a project does unless told otherwise. Next: [`super`] for HTTPRoutes and Ingresses.

use super::{Parameters, of_limit};
use crate::catalogue::{Judgement, Statement};
use crate::checks::around::at;
use crate::checks::durations::milliseconds;
use crate::checks::timeouts::gateway;
use crate::inventory::traffic_policy::{
    BackendTrafficPolicy, ConnectionPool, DestinationRule, OutlierDetection, PortPolicy, ServiceProfile,
};
use crate::inventory::virtual_service::{IstioRoute, VirtualService};

fn fail(path: &str, field: &str, message: impl Into<String>) -> Statement {
    Statement::fail(at(format!("{path}.{field}")), message.into())
}

fn tries(attempts: i64) -> u64 {
    attempts.max(0).unsigned_abs().saturating_add(1)
}

fn of_attempts(path: &str, field: &str, attempts: i64, parameters: Parameters) -> Option<Statement> {
    let most = parameters.max_retries;
    let message = format!("a request is tried again {attempts} times, more than {most}");
    (attempts > i64::from(most)).then(|| fail(path, field, message))
}

/// What is said of a VirtualService: of each of its rules for HTTP.
pub(super) fn of_virtual_service(one: &VirtualService, parameters: Parameters) -> Judgement {
    let rules = one.spec.http.iter().enumerate();
    let mut serving = rules.filter(|(_, rule)| !rule.route.is_empty()).peekable();
    if serving.peek().is_none() {
        return Judgement::not_applicable("no rule for HTTP sends requests to a backend");
    }
    serving.flat_map(|(index, rule)| of_rule(&format!("spec.http[{index}]"), rule, parameters)).collect()
}

fn of_rule(path: &str, rule: &IstioRoute, parameters: Parameters) -> Vec<Statement> {
    let retries = rule.retries.as_ref().filter(|retries| retries.attempts > 0);
    let each = retries.and_then(|retries| {
        let each = milliseconds(retries.per_try_timeout.as_deref()?);
        Some(each.map(|each| each.saturating_mul(tries(retries.attempts))))
    });
    // A limit of 0 is none: then that of each try is all there is.
    let whole = rule.timeout.as_deref().map(milliseconds).filter(|whole| *whole != Some(0) || each.is_none());
    let (field, limit) = match (whole, each) {
        (Some(whole), _) => ("timeout", whole),
        (None, Some(each)) => ("retries.perTryTimeout", each),
        (None, None) => ("timeout", Some(0)),
    };
    let limit = of_limit(limit, "Istio", parameters).map(|message| fail(path, field, message));
    let attempts = retries.map(|retries| retries.attempts);
    let attempts = attempts.and_then(|attempts| of_attempts(path, "retries.attempts", attempts, parameters));
    limit.into_iter().chain(attempts).collect()
}

/// What is said of a DestinationRule: somebody who fails is left out, or not waited for by everybody.
pub(super) fn of_destination_rule(rule: &DestinationRule) -> Judgement {
    const PATH: &str = "spec.trafficPolicy";
    const PORTS: &str = "portLevelSettings";
    const MESSAGE: &str = "nothing leaves out a host that fails, and nothing limits how much waits for one";
    let missing = |path: String| Statement::fail(at(path), MESSAGE);
    let whole = &rule.spec.traffic_policy;
    let (detection, pool) = (whole.outlier_detection.as_ref(), whole.connection_pool.as_ref());
    let is_whole_guarded = is_guarded(detection, pool);
    let mut statements = Vec::new();
    let of_ports = |path: &str, ports: &[PortPolicy]| -> Vec<Statement> {
        let open = ports
            .iter()
            .enumerate()
            .filter(|(_, port)| !is_guarded(port.outlier_detection.as_ref(), port.connection_pool.as_ref()));
        open.map(|(index, _)| missing(format!("{path}.{PORTS}[{index}]"))).collect()
    };
    let ports = of_ports(PATH, &whole.port_level_settings);
    // It may be about single ports only.
    if !is_whole_guarded && (whole.port_level_settings.is_empty() || !ports.is_empty()) {
        statements.push(missing(PATH.to_owned()));
    }
    statements.extend(ports);
    for (index, subset) in rule.spec.subsets.iter().enumerate() {
        let (path, own) = (format!("spec.subsets[{index}].trafficPolicy"), &subset.traffic_policy);
        let guarded =
            is_guarded(own.outlier_detection.as_ref().or(detection), own.connection_pool.as_ref().or(pool));
        // Of what they all lack it is said once.
        if is_whole_guarded && !guarded {
            statements.push(missing(path.clone()));
        }
        statements.extend(of_ports(&path, &own.port_level_settings));
    }
    statements.into_iter().collect()
}

fn is_guarded(detection: Option<&OutlierDetection>, pool: Option<&ConnectionPool>) -> bool {
    detection.is_some_and(OutlierDetection::is_on) || pool.is_some_and(ConnectionPool::is_limited)
}

/// What is said of a BackendTrafficPolicy: of what it sets, since routes may set the rest.
pub(super) fn of_backend_policy(policy: &BackendTrafficPolicy, parameters: Parameters) -> Judgement {
    let (request, retry) = (policy.spec.request_timeout(), policy.spec.retry.as_ref());
    let each = retry.and_then(|retry| Some((retry.timeout()?, tries(retry.attempts()))));
    let (field, limit) = match (request, each) {
        (None, None) if retry.is_none() => {
            return Judgement::not_applicable("the policy says nothing of time limits or tries");
        }
        (None, None) => ("", None),
        (Some(request), _) => ("timeout.http.requestTimeout", Some(gateway(request))),
        (None, Some((each, tries))) => {
            ("retry.perRetry.timeout", Some(gateway(each).map(|each| each.saturating_mul(tries))))
        }
    };
    let limit = limit.and_then(|limit| of_limit(limit, "the Gateway API", parameters));
    let limit = limit.map(|message| fail("spec", field, message));
    let attempts =
        retry.and_then(|retry| of_attempts("spec", "retry.numRetries", retry.attempts(), parameters));
    limit.into_iter().chain(attempts).collect()
}

/// What is said of a ServiceProfile: of each of its routes, and of the tries of all together.
pub(super) fn of_profile(profile: &ServiceProfile, parameters: Parameters) -> Judgement {
    let routes = &profile.spec.routes;
    if routes.is_empty() {
        return Judgement::not_applicable("the profile has no route");
    }
    let limits = routes.iter().enumerate().filter_map(|(index, route)| {
        let limit = if route.timeout.is_empty() { Some(0) } else { milliseconds(&route.timeout) };
        let message = of_limit(limit, "Linkerd", parameters)?;
        Some(fail(&format!("spec.routes[{index}]"), "timeout", message))
    });
    let most = parameters.max_retries;
    let is_any_tried = routes.iter().any(|route| route.is_retryable);
    let budget = profile.spec.retry_budget.as_ref().filter(|_| is_any_tried);
    let budget = budget.filter(|budget| budget.ratio() > f64::from(most)).map(|_| {
        fail(
            "spec",
            "retryBudget.retryRatio",
            format!("there may be more than {most} further tries for each request"),
        )
    });
    limits.chain(budget).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

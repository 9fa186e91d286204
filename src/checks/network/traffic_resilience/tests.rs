use serde_json::{Value, json};

use super::super::CHECK;
use crate::catalogue::Outcome;
use crate::checks::testing_objects::ObjectCase;

fn of(kind: &str, spec: Value) -> ObjectCase {
    ObjectCase::of(&CHECK, json!({"kind": kind, "metadata": {"name": "web"}, "spec": spec}))
}

fn rule(patch: Value) -> ObjectCase {
    let mut rule = json!({"route": [{"destination": {"host": "web"}}]});
    crate::checks::testing::merge(&mut rule, patch);
    of("VirtualService", json!({ "http": [rule] }))
}

#[test]
fn requests_of_a_virtual_service_have_an_end() {
    assert_eq!(rule(json!({})).fields(), ["spec.http[0].timeout"]);
    assert_eq!(rule(json!({})).message(), "nothing limits how long a request may take");
    for (timeout, outcome) in [
        ("10s", Outcome::Pass),
        ("1m", Outcome::Pass),
        ("0.5h", Outcome::Fail),
        ("1m0.001s", Outcome::Fail),
        ("500us", Outcome::Pass),
        ("0s", Outcome::Fail),
        ("-1s", Outcome::Fail),
    ] {
        assert_eq!(rule(json!({"timeout": timeout})).outcome(), outcome, "{timeout}");
    }
    assert_eq!(rule(json!({"timeout": "soon"})).message(), "this is no duration of Istio");
    let elsewhere = rule(json!({"route": null, "redirect": {"uri": "/"}}));
    assert_eq!(elsewhere.outcome(), Outcome::NotApplicable);
    assert_eq!(of("VirtualService", json!({"tcp": [{"route": []}]})).outcome(), Outcome::NotApplicable);
}

#[test]
fn tries_of_a_virtual_service_are_few_and_count_where_they_alone_are_limited() {
    let with = |retries: Value| rule(json!({"timeout": "10s", "retries": retries}));
    assert_eq!(with(json!({"attempts": 3})).outcome(), Outcome::Pass);
    assert_eq!(with(json!({"attempts": 4})).fields(), ["spec.http[0].retries.attempts"]);
    assert_eq!(with(json!({"attempts": 4})).parameters(json!({"maxRetries": 4})).outcome(), Outcome::Pass);
    let each =
        |attempts: i64, limit: &str| rule(json!({"retries": {"attempts": attempts, "perTryTimeout": limit}}));
    assert_eq!(each(2, "20s").outcome(), Outcome::Pass);
    assert_eq!(each(2, "21s").fields(), ["spec.http[0].retries.perTryTimeout"]);
    assert_eq!(each(0, "1s").fields(), ["spec.http[0].timeout"], "without tries their limit is none");
    let none = rule(json!({"timeout": "0s", "retries": {"attempts": 1, "perTryTimeout": "1s"}}));
    assert_eq!(none.outcome(), Outcome::Pass);
}

fn treated(policy: Value, subsets: Value) -> ObjectCase {
    of("DestinationRule", json!({"host": "web", "trafficPolicy": policy, "subsets": subsets}))
}

#[test]
fn a_destination_rule_leaves_out_who_fails_or_limits_what_waits() {
    let whole = |policy: Value| treated(policy, json!([]));
    assert_eq!(whole(json!(null)).fields(), ["spec.trafficPolicy"]);
    assert_eq!(whole(json!({"outlierDetection": {}})).outcome(), Outcome::Pass);
    assert_eq!(whole(json!({"outlierDetection": {"consecutive5xxErrors": 0}})).outcome(), Outcome::Fail);
    let pool = |pool: Value| whole(json!({ "connectionPool": pool })).outcome();
    assert_eq!(pool(json!({"http": {"http1MaxPendingRequests": 10}})), Outcome::Pass);
    assert_eq!(pool(json!({"tcp": {"connectTimeout": "1s"}})), Outcome::Fail);
}

#[test]
fn what_holds_for_all_does_not_hold_for_a_port_by_itself() {
    let port = |port: Value| treated(json!({"outlierDetection": {}, "portLevelSettings": [port]}), json!([]));
    assert_eq!(port(json!({"port": {"number": 80}})).fields(), ["spec.trafficPolicy.portLevelSettings[0]"]);
    assert_eq!(port(json!({"outlierDetection": {}})).outcome(), Outcome::Pass);
    let alone = |port: Value| treated(json!({"portLevelSettings": [port]}), json!([]));
    assert_eq!(alone(json!({"outlierDetection": {}})).outcome(), Outcome::Pass);
    assert_eq!(alone(json!({})).fields(), ["spec.trafficPolicy", "spec.trafficPolicy.portLevelSettings[0]"]);
}

#[test]
fn a_subset_has_what_all_have_unless_it_says_otherwise() {
    let off = json!({"outlierDetection": {"consecutive5xxErrors": 0}});
    let subset = |policy: Value| treated(json!({"outlierDetection": {}}), json!([{"trafficPolicy": policy}]));
    assert_eq!(subset(json!(null)).outcome(), Outcome::Pass);
    assert_eq!(subset(off.clone()).fields(), ["spec.subsets[0].trafficPolicy"]);
    let lacking = treated(json!(null), json!([{"trafficPolicy": off}]));
    assert_eq!(lacking.fields(), ["spec.trafficPolicy"], "it is said once");
    let port = subset(json!({"portLevelSettings": [{}]}));
    assert_eq!(port.fields(), ["spec.subsets[0].trafficPolicy.portLevelSettings[0]"]);
}

#[test]
fn a_policy_of_envoy_gateway_is_held_to_what_it_sets() {
    let policy = |spec: Value| of("BackendTrafficPolicy", spec);
    assert_eq!(policy(json!({"loadBalancer": {}})).outcome(), Outcome::NotApplicable);
    let timeout = |text: &str| policy(json!({"timeout": {"http": {"requestTimeout": text}}}));
    assert_eq!(timeout("10s").outcome(), Outcome::Pass);
    assert_eq!(timeout("2m").fields(), ["spec.timeout.http.requestTimeout"]);
    assert_eq!(timeout("0s").message(), "nothing limits how long a request may take");
    assert_eq!(timeout("1.5s").message(), "this is no duration of the Gateway API");
    assert_eq!(policy(json!({"retry": {}})).outcome(), Outcome::Pass, "it tries twice");
    assert_eq!(policy(json!({"retry": {"numRetries": 4}})).fields(), ["spec.retry.numRetries"]);
    let each = |limit: &str| policy(json!({"retry": {"perRetry": {"timeout": limit}}}));
    assert_eq!(each("20s").outcome(), Outcome::Pass);
    assert_eq!(each("21s").fields(), ["spec.retry.perRetry.timeout"]);
}

#[test]
fn routes_of_a_service_profile_have_an_end_and_a_budget() {
    let profile = |spec: Value| of("ServiceProfile", spec);
    assert_eq!(profile(json!({"routes": []})).outcome(), Outcome::NotApplicable);
    let route = |timeout: Value| profile(json!({"routes": [{"name": "GET /", "timeout": timeout}]}));
    assert_eq!(route(json!("300ms")).outcome(), Outcome::Pass);
    assert_eq!(route(json!(null)).fields(), ["spec.routes[0].timeout"]);
    assert_eq!(route(json!("soon")).message(), "this is no duration of Linkerd");
    assert_eq!(route(json!("61s")).message(), "a request may take longer than 60 s, tries included");
    let tried = |ratio: f64, is_tried: bool| {
        profile(json!({"routes": [{"timeout": "1s", "isRetryable": is_tried}],
            "retryBudget": {"retryRatio": ratio, "minRetriesPerSecond": 10, "ttl": "10s"}}))
    };
    assert_eq!(tried(3.0, true).outcome(), Outcome::Pass);
    assert_eq!(tried(3.5, true).fields(), ["spec.retryBudget.retryRatio"]);
    assert_eq!(tried(3.5, false).outcome(), Outcome::Pass, "nothing is tried again");
}

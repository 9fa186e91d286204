//! Tests of `secret-min-length`.

use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::checks::testing_objects::ObjectCase;
use crate::inventory::lookup::Coverage;

const LONG: &str = "an-example-of-a-text-that-is-long-enough";

fn secret(data: Value) -> Value {
    json!({"kind": "Secret", "metadata": {"name": "web"}, "stringData": data})
}

fn of(data: Value) -> ObjectCase {
    ObjectCase::of(&CHECK, secret(data))
}

#[test]
fn keys_are_known_by_their_names_however_they_are_written() {
    for key in ["JWT_SECRET", "jwt-secret", "jwtSecret", "app.jwt_signing_key"] {
        assert_eq!(of(json!({key: "x".repeat(31) + "y"})).outcome(), Outcome::Pass, "{key}");
        let short = of(json!({key: "x".repeat(30) + "y"}));
        assert_eq!(short.message(), format!("the value of {key} has fewer than 32 characters"));
        assert_eq!(short.fields(), [format!("data[{key}]")]);
    }
    assert_eq!(of(json!({"password": "eleven-long"})).outcome(), Outcome::Fail);
    assert_eq!(of(json!({"password": "twelve-chars"})).outcome(), Outcome::Pass);
    assert_eq!(of(json!({"user": "a"})).outcome(), Outcome::NotApplicable);
}

#[test]
fn long_words_that_anybody_tries_fail_too() {
    let weak = of(json!({"password": "password-12345"}));
    assert_eq!(weak.message(), "the value of password is among the first that anybody tries");
}

#[test]
fn data_is_measured_as_it_is_decoded_and_what_is_no_base64_is_not_known() {
    let data = |value: &str| {
        ObjectCase::of(
            &CHECK,
            json!({"kind": "Secret", "metadata": {"name": "web"}, "data": {"password": value}}),
        )
    };
    assert_eq!(data("dHdlbHZlLWNoYXJz").outcome(), Outcome::Pass);
    assert_eq!(data("ZWxldmVuLWxvbmc=").outcome(), Outcome::Fail);
    assert_eq!(data("???").outcome(), Outcome::Unknown);
    let shapeless = ObjectCase::of(&CHECK, json!({"kind": "Secret", "metadata": {"name": "web"}, "data": 7}));
    assert_eq!(shapeless.outcome(), Outcome::Unknown);
}

#[test]
fn the_first_rule_for_a_key_counts() {
    let rules = json!({"rules": [{"keys": ["pin"], "minLength": 4}, {"keys": ["p*"], "minLength": 40}]});
    assert_eq!(
        of(json!({"pin": "2718"})).parameters(rules.clone()).outcome(),
        Outcome::Fail,
        "digits alone are weak"
    );
    assert_eq!(of(json!({"pin": "27a8"})).parameters(rules.clone()).outcome(), Outcome::Pass);
    assert_eq!(of(json!({"pat": LONG})).parameters(rules).outcome(), Outcome::Pass);
}

#[test]
fn the_finding_is_on_the_workloads_that_name_the_secret_and_holds_nothing_of_the_value() {
    let case = Case::of(&CHECK)
        .container(json!({"envFrom": [{"secretRef": {"name": "web"}}]}))
        .with(secret(json!({"password": "hunter2"})));
    let judged = case.judged();
    assert_eq!(judged.findings[0].object.as_ref().unwrap().to_string(), "Secret shop/web");
    assert!(!format!("{judged:?}").contains("hunter"));
    assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
}

fn elsewhere(namespace: &str, data: Value) -> Value {
    let mut other = secret(data);
    other["metadata"]["namespace"] = json!(namespace);
    other
}

fn compared(other: Value) -> ObjectCase {
    let parameters = json!({"namespaces": ["{namespace}-staging"]});
    of(json!({"JWT_SECRET": LONG, "user": "shop"})).parameters(parameters).with(other)
}

#[test]
fn an_environment_has_values_of_its_own_under_the_keys_that_are_ruled() {
    let same = compared(elsewhere("shop-staging", json!({"JWT_SECRET": LONG, "user": "shop"}))).everywhere();
    assert_eq!(same.message(), "the value of JWT_SECRET is the same in shop-staging");
    assert_eq!(same.fields(), ["data[JWT_SECRET]"]);
    let trimmed = compared(elsewhere("shop-staging", json!({"JWT_SECRET": format!("{LONG}\n")})));
    assert_eq!(trimmed.everywhere().outcome(), Outcome::Fail);
    for other in [json!({"JWT_SECRET": format!("{LONG}-2")}), json!({"other": LONG})] {
        let differs = compared(elsewhere("shop-staging", other.clone())).everywhere();
        assert_eq!(differs.outcome(), Outcome::Pass, "{other}");
    }
    let unrelated = compared(elsewhere("bank", json!({"JWT_SECRET": LONG}))).everywhere();
    assert_eq!(unrelated.outcome(), Outcome::Pass);
}

#[test]
fn one_of_a_namespace_is_not_told_what_others_hold() {
    let same = compared(elsewhere("shop-staging", json!({"JWT_SECRET": LONG})));
    assert_eq!(same.outcome(), Outcome::Pass, "out of sight");
}

#[test]
fn what_the_other_environment_has_is_unknown_where_it_was_not_given_or_cannot_be_read() {
    let given = compared(elsewhere("bank", json!({}))).everywhere().coverage(Coverage::Partial);
    assert_eq!(given.message(), "whether values are the same in shop-staging is not known");
    let mut undecodable = elsewhere("shop-staging", json!({}));
    undecodable["data"] = json!({"JWT_SECRET": "???"});
    assert_eq!(compared(undecodable).everywhere().outcome(), Outcome::Unknown);
    let mut shapeless = elsewhere("shop-staging", json!({}));
    shapeless["data"] = json!(7);
    assert_eq!(compared(shapeless).everywhere().outcome(), Outcome::Unknown);
}

#[test]
fn a_secret_of_such_an_environment_is_compared_with_none_in_its_own() {
    let parameters = json!({"namespaces": ["shop", "shop"]});
    let own = of(json!({"JWT_SECRET": LONG})).parameters(parameters).everywhere();
    assert_eq!(own.outcome(), Outcome::Pass);
}

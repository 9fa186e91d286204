//! Tests of selectors.

use serde_json::json;

use super::*;

fn selector(value: serde_json::Value) -> LabelSelector {
    serde_json::from_value(value).unwrap()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn expression(key: &str, operator: &str, values: &[&str]) -> serde_json::Value {
    json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]})
}

#[test]
fn labels_that_nobody_knows_may_decide() {
    let known = Labels::from([("app".to_owned(), "web".to_owned())]);
    let answer = |json: &str| {
        let selector: Selector = serde_json::from_str(json).unwrap();
        selector.matches_known(&known)
    };
    assert_eq!(answer("{}"), Some(true));
    assert_eq!(answer(r#"{"matchLabels":{"app":"web"}}"#), Some(true));
    assert_eq!(answer(r#"{"matchLabels":{"app":"api","tier":"x"}}"#), Some(false));
    assert_eq!(answer(r#"{"matchLabels":{"app":"web","tier":"x"}}"#), None);
    assert_eq!(answer(r#"{"matchExpressions":[{"key":"tier","operator":"DoesNotExist"}]}"#), None);
    assert_eq!(answer(r#"{"matchExpressions":[{"key":"app","operator":"Exists"}]}"#), Some(true));
}

#[test]
fn a_label_is_demanded_where_a_requirement_lists_its_values() {
    let demanded = |json: &str| {
        let selector: Selector = serde_json::from_str(json).unwrap();
        selector.demanded().map(|(key, values)| format!("{key}={values:?}"))
    };
    assert_eq!(demanded(r#"{"matchLabels":{"app":"web"}}"#).as_deref(), Some(r#"app=["web"]"#));
    let expression = |operator: &str, values: &str| {
        demanded(&format!(
            r#"{{"matchExpressions":[{{"key":"a","operator":"{operator}","values":{values}}}]}}"#
        ))
    };
    assert_eq!(expression("In", r#"["x","y"]"#).as_deref(), Some(r#"a=["x", "y"]"#));
    assert_eq!(
        [expression("NotIn", r#"["x"]"#), expression("Exists", "[]"), demanded("{}")],
        [None, None, None]
    );
}

#[test]
fn an_empty_selector_matches_everything() {
    for value in [json!({}), json!({"matchLabels": {}, "matchExpressions": []}), json!({"matchLabels": null})]
    {
        let compiled = selector(value).compile().unwrap();
        assert!(compiled.is_empty());
        assert!(compiled.matches(&labels(&[])) && compiled.matches(&labels(&[("a", "b")])));
    }
}

#[test]
fn each_operator_matches_as_on_the_server() {
    let absent = labels(&[("other", "x")]);
    let here = labels(&[("app", "web")]);
    let different = labels(&[("app", "db")]);
    for (value, expected) in [
        (json!({"matchLabels": {"app": "web"}}), [false, true, false]),
        (expression("app", "In", &["web", "api"]), [false, true, false]),
        (expression("app", "NotIn", &["web"]), [true, false, true]),
        (expression("app", "Exists", &[]), [false, true, true]),
        (expression("app", "DoesNotExist", &[]), [true, false, false]),
    ] {
        let compiled = selector(value.clone()).compile().unwrap();
        let found = [&absent, &here, &different].map(|labels| compiled.matches(labels));
        assert_eq!(found, expected, "{value}");
    }
}

#[test]
fn all_requirements_must_hold() {
    let compiled = selector(json!({
        "matchLabels": {"app": "web", "tier": ""},
        "matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["dev"]}],
    }))
    .compile()
    .unwrap();
    assert!(compiled.matches(&labels(&[("app", "web"), ("tier", "")])));
    assert!(!compiled.matches(&labels(&[("app", "web")])));
    assert!(!compiled.matches(&labels(&[("app", "web"), ("tier", ""), ("env", "dev")])));
}

#[test]
fn an_error_names_the_field() {
    let second = json!({"matchExpressions": [
        {"key": "a", "operator": "Exists"}, {"key": "a", "operator": "In", "values": ["x", "-x"]}]});
    for (value, field, problem) in [
        (expression("a", "in", &["x"]), "matchExpressions[0].operator", SelectorProblem::Operator),
        (expression("a", "", &[]), "matchExpressions[0].operator", SelectorProblem::Operator),
        (expression("a", "Gt", &["1"]), "matchExpressions[0].operator", SelectorProblem::Operator),
        (expression("a", "In", &[]), "matchExpressions[0].values", SelectorProblem::ValuesMissing),
        (expression("a", "Exists", &["x"]), "matchExpressions[0].values", SelectorProblem::ValuesForbidden),
        (expression("", "Exists", &[]), "matchExpressions[0].key", SelectorProblem::Key),
        (second, "matchExpressions[1].values[1]", SelectorProblem::Value),
        (json!({"matchLabels": {"a b": "x"}}), "matchLabels[a b]", SelectorProblem::Key),
        (json!({"matchLabels": {"a": "x y"}}), "matchLabels[a]", SelectorProblem::Value),
    ] {
        let error = selector(value).compile().unwrap_err();
        assert_eq!((error.field.as_str(), error.problem), (field, problem));
        assert!(error.to_string().starts_with(field));
    }
}

#[test]
fn a_selector_is_written_as_it_was_read() {
    let value = json!({"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "Exists"}]});
    assert_eq!(serde_json::to_value(selector(value.clone())).unwrap(), value);
}

use serde_json::json;

use super::*;

fn problems(mut value: Value) -> Vec<String> {
    policy("ClusterReadinessPolicy", &mut value)
}

fn of_spec(spec: impl Into<Value>) -> Vec<String> {
    problems(
        json!({"apiVersion": "v", "kind": "k", "metadata": {"name": "n", "anything": 1}, "spec": spec.into()}),
    )
}

#[test]
fn a_policy_that_the_server_accepts_is_accepted() {
    let spec = json!({
        "profile": "Strict", "profileVersion": 1, "failOn": "Never", "revision": "7",
        "checks": [{"name": "memory-limits", "severity": "Low", "parameters": {"free": ["for", "all"]}}],
        "targets": {
            "kinds": ["Deployment"], "minWorkloads": 0, "excludeNamespaces": ["kube-*"],
            "selector": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]},
        },
    });
    assert_eq!(of_spec(spec), Vec::<String>::new());
    assert_eq!(problems(json!({"apiVersion": "v", "kind": "k"})), ["spec: required"]);
}

#[test]
fn unknown_keys_name_the_nearest_one() {
    assert_eq!(of_spec(json!({"failon": "High"})), ["spec.failon: unknown field; did you mean `failOn`?"]);
    let nested = of_spec(json!({"checks": [{"name": "memory-limits", "severty": "Low"}]}));
    assert_eq!(nested, ["spec.checks[0].severty: unknown field; did you mean `severity`?"]);
    assert!(
        problems(json!({"spec": {}, "sped": {}}))[0].starts_with("sped: unknown field; did you mean `spec`")
    );
}

#[test]
fn wrong_values_name_what_is_known() {
    let wrong = of_spec(json!({
        "profile": "Standart", "failOn": "Worst", "suspend": "yes", "profileVersion": 0,
        "checks": [{"severity": "Low"}], "targets": {"minWorkloads": 1.5, "kinds": [""]},
    }));
    assert_eq!(
        wrong,
        [
            "spec.checks[0].name: required",
            "spec.failOn: `Worst` is not known; known are Info, Low, Medium, High, Critical, Never",
            "spec.profile: `Standart` is not known; did you mean `Standard`?",
            "spec.profileVersion: 0 is less than 1",
            "spec.suspend: must be a boolean, not a string",
            "spec.targets.kinds[0]: 0 characters, at least 1 are needed",
            "spec.targets.minWorkloads: must be an integer, not a number",
        ]
    );
}

#[test]
fn bounds_and_sets_are_checked() {
    let long = "x".repeat(129);
    assert_eq!(
        of_spec(json!({"revision": long})),
        ["spec.revision: 129 characters, at most 128 are allowed"]
    );
    let twice = of_spec(json!({"targets": {"kinds": ["Pod", "Pod"]}}));
    assert_eq!(twice, ["spec.targets.kinds[1]: \"Pod\" is given twice"]);
    let labels = of_spec(json!({"targets": {"selector": {"matchLabels": {"a": 1}}}}));
    assert_eq!(labels, ["spec.targets.selector.matchLabels.a: must be a string, not a number"]);
}

#[test]
fn null_is_absent_where_a_default_stands() {
    let mut value = json!({"spec": {"failOn": null, "revision": null}});
    assert_eq!(policy("ReadinessPolicy", &mut value), ["spec.revision: must be a string, not null"]);
    assert_eq!(value, json!({"spec": {"revision": null}}));
}

/// A keyword that nobody looks at would let through what the API server refuses.
#[test]
fn every_keyword_of_the_schemas_is_known_here() {
    const KNOWN: &[&str] = &[
        "type",
        "properties",
        "items",
        "required",
        "enum",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "additionalProperties",
        "default",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-list-type",
        // Repeated by the engine, or of no consequence for what is accepted.
        "description",
        "format",
        "x-kubernetes-validations",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-map-type",
    ];
    fn keywords(schema: &Value, unknown: &mut Vec<String>) {
        for (keyword, value) in schema.as_object().unwrap() {
            match keyword.as_str() {
                "properties" => {
                    value.as_object().unwrap().values().for_each(|inner| keywords(inner, unknown));
                }
                "items" | "additionalProperties" if value.is_object() => keywords(value, unknown),
                keyword if KNOWN.contains(&keyword) => {}
                keyword => unknown.push(keyword.to_owned()),
            }
        }
    }
    let mut unknown = Vec::new();
    for (_, crd) in crds(&checks::names()).unwrap() {
        if let Some(spec) = crd.pointer(SCHEMA).and_then(|schema| schema.pointer("/properties/spec")) {
            keywords(spec, &mut unknown);
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

//! What must be true of every `CustomResourceDefinition`.

use super::*;
use crate::api::policy::{ClusterReadinessPolicySpec, ReadinessPolicySpec};

const POLICIES: [&str; 2] = ["ClusterReadinessPolicy", "ReadinessPolicy"];

fn generated() -> Vec<Value> {
    crds(&["memory-limits", "allow-privilege-escalation"]).unwrap().into_iter().map(|(_, crd)| crd).collect()
}

fn schema(kind: &str) -> Value {
    let crd = generated().into_iter().find(|crd| crd["spec"]["names"]["kind"] == kind).unwrap();
    crd.pointer(SCHEMA).unwrap().clone()
}

/// Calls `visit` with each schema and its path.
fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(path, schema);
    for keyword in ["items", "additionalProperties"] {
        if schema[keyword].is_object() {
            walk(&schema[keyword], &format!("{path}[]"), visit);
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(property, &format!("{path}.{name}"), visit);
    }
}

fn walk_all(visit: &mut impl FnMut(&str, &Value)) {
    for crd in generated() {
        let schema = crd.pointer(SCHEMA).unwrap();
        for part in ["spec", "status"] {
            walk(&schema["properties"][part], &format!("{}.{part}", crd["spec"]["names"]["kind"]), visit);
        }
    }
}

#[test]
fn file_names_are_sorted() {
    let names: Vec<String> = crds(&[]).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "seaworthy.dev_clusterreadinesspolicies.yaml",
            "seaworthy.dev_readinesspolicies.yaml",
            "seaworthy.dev_readinessreports.yaml"
        ]
    );
}

#[test]
fn every_list_and_every_text_is_bounded() {
    let mut seen = 0;
    walk_all(&mut |path, schema| {
        seen += 1;
        match schema["type"].as_str() {
            Some("array") => assert!(schema["maxItems"].is_u64(), "{path} has no maxItems"),
            Some("string") => assert!(
                schema["maxLength"].is_u64() || schema["enum"].is_array() || schema["format"] == "date-time",
                "{path} has no maxLength"
            ),
            Some(_) => {}
            None => panic!("{path} has no type"),
        }
    });
    assert!(seen > 100, "only {seen} schemas seen");
}

#[test]
fn every_field_is_described() {
    walk_all(&mut |path, schema| {
        assert!(path.ends_with("[]") || schema["description"].is_string(), "{path} has no description");
    });
}

#[test]
fn formats_are_known_and_nothing_is_nullable() {
    walk_all(&mut |path, schema| {
        if let Some(format) = schema["format"].as_str() {
            assert!(["int32", "int64", "date-time"].contains(&format), "{path} has format {format}");
        }
        assert!(schema.get("nullable").is_none(), "{path} is nullable");
        assert!(schema.get("anyOf").is_none(), "{path} has alternatives");
        assert_ne!(schema.get("default"), Some(&Value::Null), "{path} defaults to null");
    });
}

#[test]
fn status_defaults_to_unseen_on_policies_only() {
    for kind in POLICIES {
        let status = &schema(kind)["properties"]["status"];
        assert_eq!(status["default"], json!({"observedGeneration": -1}));
        walk(status, "", &mut |path, inner| {
            assert!(path.is_empty() || inner.get("default").is_none(), "{path} would leak into the status");
        });
    }
    assert!(schema("ReadinessReport")["properties"]["status"].get("default").is_none());
}

/// A column that names a field that is not there would be empty for ever.
#[test]
fn every_column_names_a_field() {
    for crd in generated() {
        let columns = crd.pointer("/spec/versions/0/additionalPrinterColumns").unwrap().as_array().unwrap();
        assert!(columns.len() >= 6);
        for path in columns.iter().map(|column| column["jsonPath"].as_str().unwrap()) {
            // Of one condition, its fields are those of any.
            let path = path
                .replace("[?(@.type==\"Ready\")]", ".items")
                .replace("[?(@.type==\"Compliant\")]", ".items")
                .replace('.', "/properties/")
                .replace("/properties/items", "/items");
            let known = path == "/properties/metadata/properties/creationTimestamp";
            assert!(known || crd.pointer(&format!("{SCHEMA}{path}")).is_some(), "{path}");
        }
    }
}

#[test]
fn a_report_has_no_status_subresource() {
    for crd in generated() {
        let subresources = crd.pointer("/spec/versions/0/subresources");
        if crd["spec"]["names"]["kind"] == "ReadinessReport" {
            assert_eq!(subresources, None);
        } else {
            assert_eq!(subresources, Some(&json!({"status": {}})));
        }
    }
}

#[test]
fn a_policy_needs_nothing_in_its_spec() {
    for kind in POLICIES {
        let spec = &schema(kind)["properties"]["spec"];
        assert!(spec.get("required").is_none());
        assert!(spec["properties"]["targets"].get("required").is_none());
        assert_eq!(spec["properties"]["targets"]["default"], json!({}));
        assert!(spec["x-kubernetes-validations"].is_array(), "flattening keeps the rules");
        assert!(spec["properties"]["targets"]["x-kubernetes-validations"].is_array());
    }
}

#[test]
fn the_names_of_checks_are_a_sorted_enum() {
    for kind in POLICIES {
        let name = &schema(kind)["properties"]["spec"]["properties"]["checks"]["items"]["properties"]["name"];
        assert_eq!(name["enum"], json!(["allow-privilege-escalation", "memory-limits"]));
    }
}

/// What the API server fills in must be what the types assume, or a file and a stored policy differ.
#[test]
fn defaults_of_the_schema_are_defaults_of_the_types() {
    let mut filled = json!({});
    fill(&schema("ReadinessPolicy")["properties"]["spec"], &mut filled);
    let stored: ReadinessPolicySpec = serde_json::from_value(filled).unwrap();
    let mut expected = ReadinessPolicySpec::default();
    expected.common.profile_version = Some(expected.common.profile_version());
    assert_eq!(stored, expected);
    assert_eq!(
        serde_json::from_value::<ReadinessPolicySpec>(json!({})).unwrap(),
        ReadinessPolicySpec::default()
    );

    let mut filled = json!({});
    fill(&schema("ClusterReadinessPolicy")["properties"]["spec"], &mut filled);
    assert_eq!(filled["targets"]["minWorkloads"], 0);
    let stored: ClusterReadinessPolicySpec = serde_json::from_value(filled).unwrap();
    assert_eq!(stored.targets, ClusterReadinessPolicySpec::default().targets);
    assert_eq!(stored.targets.exclude_namespaces.len(), 3);
}

/// Fills in defaults as the API server does.
fn fill(schema: &Value, value: &mut Value) {
    for (name, property) in schema["properties"].as_object().unwrap() {
        if value.get(name).is_none() && property.get("default").is_some() {
            value[name] = property["default"].clone();
        }
        if value.get(name).is_some_and(Value::is_object) {
            fill(property, &mut value[name]);
        }
    }
}

#[test]
fn each_definition_is_small() {
    for crd in generated() {
        let size = serde_json::to_vec(&crd).unwrap().len();
        assert!(size < 100_000, "{} has {size} bytes", crd["metadata"]["name"]);
    }
}

//! Custom resources, most of them with one thing wrong: what is found in them is what the API server refuses.
//!
//! The server decodes first, and validates what it could decode; both are asked for here. Next: [`super`].

use std::collections::BTreeSet;
use std::time::Duration;

use kube::Client;
use seaworthy::cli::load::{Bounds, yaml};
use seaworthy::inventory::schema::Flaw;
use seaworthy::inventory::schema::custom::Definition;
use seaworthy_e2e::{ControlPlane, Options};
use serde_json::{Value, json};

const PATH: &str = "/apis/example.com/v1/namespaces/default/gears";

/// What is said of a custom resource.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    /// Unknown fields and duplicate keys: then the server says nothing else.
    undecoded: BTreeSet<String>,
    is_refused: bool,
    /// The fields on account of which it is, if they are told.
    refused: BTreeSet<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_resources_are_judged_as_by_the_server() {
    let plane = ControlPlane::start(Options { own_control_plane: true, ..Options::default() }).await.unwrap();
    let client = plane.client().unwrap();
    create_definition(&client).await;
    let definition = Definition::of(&definition().into()).unwrap();
    let mut differences = Vec::new();
    let mut kinds = [0, 0, 0];
    for spec in specs() {
        let text = format!(
            r#"{{"apiVersion":"example.com/v1","kind":"Gear","metadata":{{"name":"one"}},"spec":{spec}}}"#
        );
        compare((&client, &definition), &text, &mut kinds, &mut differences).await;
    }
    for text in [
        r#"{"apiVersion":"example.com/v1","kind":"Gear","metadata":{"name":"one","lables":{}},"spec":{"teeth":3}}"#,
        r#"{"apiVersion":"example.com/v1","kind":"Gear","metadata":{"name":"one","labels":{"a":"b"}},"spec":{"teeth":3},"x":1}"#,
        r#"{"apiVersion":"example.com/v1","kind":"Gear","metadata":{"name":"much-too-long"},"spec":{"teeth":3}}"#,
        r#"{"apiVersion":"example.com/v1","kind":"Gear","metadata":{"name":"one"},"spec":{"teeth":3},"status":{"x":1}}"#,
        r#"{"apiVersion":"example.com/v1","kind":"Gear","metadata":{"name":"one"},"spec":{"teeth":3},"status":{}}"#,
        r#"{"apiVersion":"example.com/v1","kind":"Gear","metadata":{"name":"one"}}"#,
    ] {
        compare((&client, &definition), text, &mut kinds, &mut differences).await;
    }
    eprintln!("taken, undecoded, refused: {kinds:?}");
    assert!(kinds.iter().all(|count| *count >= 8), "too few: {kinds:?}");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n\n"));
}

async fn compare(
    (client, definition): (&Client, &Definition),
    text: &str,
    kinds: &mut [usize; 3],
    differences: &mut Vec<String>,
) {
    let (ours, theirs) = (ours(definition, text), theirs(client, text).await);
    let kind = if theirs.undecoded.is_empty() { 2 * usize::from(theirs.is_refused) } else { 1 };
    kinds[kind] += 1;
    let is_same = match kind {
        1 => ours.undecoded == theirs.undecoded,
        // Where combined schemas do not fit the server names no field.
        2 => {
            let has_place = !theirs.refused.is_empty() && !theirs.refused.contains("<nil>");
            let told = !has_place || ours.refused.is_subset(&theirs.refused);
            ours.undecoded.is_empty() && ours.is_refused && told
        }
        _ => ours == theirs,
    };
    if !is_same {
        differences.push(format!("ours {ours:?}\ntheirs {theirs:?}\n{text}"));
    }
}

fn ours(definition: &Definition, text: &str) -> Said {
    let parsed = yaml::parse(text, &Bounds::default()).unwrap().unwrap();
    let problems = definition.problems("example.com/v1", &parsed.value.into()).unwrap();
    let is_unknown = |flaw: &Flaw| matches!(flaw, Flaw::Unknown { .. });
    let (undecoded, refused): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|problem| is_unknown(&problem.flaw));
    let twice = parsed.duplicates.into_iter().map(|duplicate| duplicate.path);
    Said {
        undecoded: undecoded.into_iter().map(|problem| problem.field).chain(twice).collect(),
        is_refused: !refused.is_empty(),
        refused: refused.into_iter().map(|problem| problem.field).collect(),
    }
}

async fn theirs(client: &Client, text: &str) -> Said {
    let request = http::Request::post(format!("{PATH}?dryRun=All&fieldValidation=Strict"))
        .header("Content-Type", "application/json")
        .body(text.as_bytes().to_vec())
        .unwrap();
    let status = match client.request::<Value>(request).await {
        Ok(_) => return Said::default(),
        Err(kube::Error::Api(status)) => status,
        Err(error) => panic!("{error}: {text}"),
    };
    if let Some((_, errors)) = status.message.split_once("strict decoding error: ") {
        let named = errors.split(", ").filter_map(|part| {
            let name =
                part.strip_prefix("unknown field ").or_else(|| part.strip_prefix("duplicate field "))?;
            Some(name.trim_matches('"').to_owned())
        });
        return Said { undecoded: named.collect(), ..Said::default() };
    }
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let refused = causes.map(|cause| cause.field.clone()).collect();
    Said { undecoded: BTreeSet::new(), is_refused: true, refused }
}

async fn create_definition(client: &Client) {
    let request = http::Request::post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        .header("Content-Type", "application/json")
        .body(definition().to_string().into_bytes())
        .unwrap();
    client.request::<Value>(request).await.unwrap();
    for _ in 0..100 {
        let request = http::Request::get(PATH).body(Vec::new()).unwrap();
        if client.request::<Value>(request).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the definition is not served");
}

/// The specs of the resources, as text: some give a key twice.
fn specs() -> Vec<&'static str> {
    vec![
        // As they should be.
        r#"{"teeth":3}"#,
        r#"{"teeth":3.0,"ratio":2,"either":"80%"}"#,
        r#"{"teeth":3,"either":80,"optional":null}"#,
        r#"{"teeth":3,"defaulted":{"inner":null}}"#,
        r#"{"teeth":3,"colour":null}"#,
        r#"{"teeth":3,"any":{"x":[{"y":1}]}}"#,
        r#"{"teeth":3,"object":{"apiVersion":"v1","kind":"A","metadata":{"name":"a"},"spec":{}}}"#,
        r#"{"teeth":3,"labels":{"a":"b"},"parts":[{"name":"a"}]}"#,
        r#"{"teeth":3,"words":["a",null]}"#,
        r#"{"teeth":3,"choice":{"a":"x"}}"#,
        // What cannot be decoded.
        r#"{"teeth":3,"tooth":1}"#,
        r#"{"teeth":3,"teeth":4}"#,
        r#"{"teeth":3,"labels":{"a":"b","a":"c"}}"#,
        r#"{"teeth":3,"parts":[{"name":"a","nmae":"b"},{"name":"c"}]}"#,
        r#"{"teeth":3,"any":{"inner":{"x":1}}}"#,
        r#"{"teeth":3,"open":{"x":{"y":1}}}"#,
        r#"{"teeth":3,"object":{"apiVersion":"v1","kind":"A","metadata":{"name":"a","nmae":"b"},"spec":{"x":1}}}"#,
        r#"{"teeth":3,"object":{"apiVersion":"v1","kind":"A","x":1}}"#,
        // What is not valid.
        "{}",
        r#"{"teeth":null}"#,
        r#"{"teeth":"3"}"#,
        r#"{"teeth":3.5}"#,
        r#"{"teeth":18446744073709551615}"#,
        r#"{"teeth":2}"#,
        r#"{"teeth":101}"#,
        r#"{"teeth":3,"ratio":0}"#,
        r#"{"teeth":3,"ratio":"1"}"#,
        r#"{"teeth":3,"either":1.5}"#,
        r#"{"teeth":3,"either":true}"#,
        r#"{"teeth":3,"colour":"blue"}"#,
        r#"{"teeth":3,"words":[]}"#,
        r#"{"teeth":3,"words":["a","b","c"]}"#,
        r#"{"teeth":3,"words":[""]}"#,
        r#"{"teeth":3,"words":["long text"]}"#,
        r#"{"teeth":3,"words":["A"]}"#,
        r#"{"teeth":3,"words":{}}"#,
        r#"{"teeth":3,"parts":[null]}"#,
        r#"{"teeth":3,"parts":[{}]}"#,
        r#"{"teeth":3,"labels":{}}"#,
        r#"{"teeth":3,"labels":{"a":"b","c":"d","e":"f"}}"#,
        r#"{"teeth":3,"labels":{"a":1}}"#,
        r#"{"teeth":3,"choice":{}}"#,
        r#"{"teeth":3,"choice":{"a":"x","b":"y"}}"#,
        r#"{"teeth":3,"forbidden":"none"}"#,
        r#"{"teeth":3,"object":{"spec":{}}}"#,
        r#"{"teeth":3,"object":{"apiVersion":"","kind":"A"}}"#,
        r#"{"teeth":3,"digits":"٣"}"#,
        "[]",
    ]
}

fn definition() -> Value {
    let text = json!({"type": "string"});
    let spec = json!({"type": "object", "required": ["teeth"], "properties": {
        "teeth": {"type": "integer", "minimum": 3, "maximum": 100},
        "ratio": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
        "either": {"x-kubernetes-int-or-string": true},
        "optional": {"type": "string", "nullable": true},
        "defaulted": {"type": "object", "default": {"inner": "b"}, "required": ["inner"],
            "properties": {"inner": {"type": "string", "default": "a"}}},
        "colour": {"type": "string", "enum": ["red", "green"]},
        "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
            "properties": {"inner": {"type": "object", "properties": {"y": text}}}},
        "open": {"type": "object", "additionalProperties": {"type": "object"}},
        "object": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object"}}},
        "labels": {"type": "object", "additionalProperties": text, "minProperties": 1, "maxProperties": 2},
        "parts": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": text}}},
        "words": {"type": "array", "minItems": 1, "maxItems": 2,
            "items": {"type": "string", "default": "a", "minLength": 1, "maxLength": 4, "pattern": "^[a-z]*$"}},
        "choice": {"type": "object", "properties": {"a": text, "b": text},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        "forbidden": {"type": "string", "not": {"enum": ["none"]}},
        "digits": {"type": "string", "pattern": "^\\d+$"},
    }});
    let schema = json!({"type": "object", "required": ["spec"], "properties": {
        "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 6}}},
        "spec": spec,
        "status": {"type": "object", "required": ["ready"], "properties": {"ready": {"type": "boolean"}}},
    }});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gears.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced",
            "names": {"kind": "Gear", "listKind": "GearList", "plural": "gears", "singular": "gear"},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": schema}}]}})
}

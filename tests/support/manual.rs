//! The examples in the manuals of checks, as objects.
//!
//! It must not know any particular check.

use seaworthy::catalogue::{Check, Rule};
use seaworthy::engine::judge::Judged;
use seaworthy::inventory::Object;
use seaworthy::inventory::lookup::Coverage;
use serde_json::{Value, json};

use super::judging::{self, NAMESPACE};
use super::{orphans, yaml};

/// One example: the object that is judged, and what lies beside it.
pub(crate) struct Example {
    /// A Pod made of the fragment, or the first workload of full manifests; of a check of other objects the first
    /// one of its kinds.
    pub(crate) subject: Value,
    /// The other manifests.
    pub(crate) others: Vec<Value>,
    /// The parameters that it is meant for.
    pub(crate) parameters: Value,
}

/// The example under a heading of a check's manual.
pub(crate) fn example(check: &Check, heading: &str) -> Example {
    let section = check.section(heading).unwrap_or_else(|| panic!("{}: no `{heading}`", check.name));
    let body = section.split("### With parameters").next().unwrap_or_default();
    let mut manifests: Vec<Value> = yaml::documents(&block(check, heading, body));
    assert!(!manifests.is_empty(), "{}: `{heading}` is empty", check.name);
    let parameters = parameters(check);
    let is_subject = |manifest: &Value| match judging::compile(check, &parameters).rule {
        Rule::Object(rule) | Rule::Orphan(rule) => {
            rule.kinds.iter().any(|kind| manifest["kind"] == kind.as_str())
        }
        Rule::Container(..) | Rule::Workload(_) => is_workload(manifest),
    };
    let subject = match manifests.iter().position(is_subject) {
        Some(place) => manifests.remove(place),
        None => complete(manifests.remove(0)),
    };
    Example { subject, others: manifests, parameters }
}

/// What a check says of an example.
pub(crate) fn judge(check: &Check, example: &Example) -> Judged {
    let mut inventory = judging::inventory(&example.others, Coverage::Complete);
    let mut object = judging::object(&example.subject);
    if let Object::Workload(workload) = &object {
        return judging::judged(check, &example.parameters, workload, &inventory);
    }
    if object.kind().info().namespaced {
        object.metadata_mut().namespace = NAMESPACE.into();
    }
    inventory.apply(object.clone());
    orphans::judged_object(check, &example.parameters, &object, &inventory).unwrap()
}

fn is_workload(manifest: &Value) -> bool {
    let kind = manifest["kind"].as_str().unwrap_or_default();
    seaworthy::inventory::Kind::WORKLOADS.iter().any(|known| known.as_str() == kind)
}

/// A fragment is a Pod's; it says what matters and leaves the rest out.
fn complete(mut fragment: Value) -> Value {
    assert!(fragment.get("kind").is_none(), "neither a workload nor a fragment of a Pod: {fragment}");
    fragment["apiVersion"] = json!("v1");
    fragment["kind"] = json!("Pod");
    fragment["metadata"]["name"] = json!("example");
    fragment["metadata"]["namespace"] = json!(NAMESPACE);
    fragment
}

/// What stands in YAML under `### With parameters`, wherever in the manual that is.
fn parameters(check: &Check) -> Value {
    let manual = check.manual();
    let Some((_, rest)) = manual.split_once("### With parameters\n") else { return json!({}) };
    yaml::documents(&block(check, "With parameters", rest)).remove(0)
}

/// The first block of YAML in a text.
fn block(check: &Check, heading: &str, text: &str) -> String {
    let block = text.split_once("```yaml\n").and_then(|(_, rest)| rest.split_once("```"));
    block.unwrap_or_else(|| panic!("{}: no YAML under `{heading}`", check.name)).0.to_owned()
}

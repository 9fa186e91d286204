//! One check on objects given as JSON, in the namespace `shop`.
//!
//! It must not know any particular check.

use seaworthy::catalogue::WorkloadSubject;
use seaworthy::catalogue::{Check, Compiled};
use seaworthy::engine::judge::{Judged, judge};
use seaworthy::inventory::custom::CustomKind;
use seaworthy::inventory::decode::decode;
use seaworthy::inventory::lookup::Coverage;
use seaworthy::inventory::manifest_kind::ManifestKind;
use seaworthy::inventory::schema::custom::Definition;
use seaworthy::inventory::written::Written;
use seaworthy::inventory::{Inventory, Kind, Object, Workload};
use serde_json::Value;

/// The namespace of everything that is judged here.
pub(crate) const NAMESPACE: &str = "shop";

/// A check with its parameters.
pub(crate) fn compile(check: &Check, parameters: &Value) -> Compiled {
    let given = parameters.as_object().expect("parameters are an object");
    (check.compile)(given).unwrap_or_else(|error| panic!("{}: {error}", check.name))
}

/// An inventory that holds these objects.
pub(crate) fn inventory<'a>(objects: impl IntoIterator<Item = &'a Value>, coverage: Coverage) -> Inventory {
    let mut inventory = Inventory::with_coverage(coverage);
    let objects: Vec<&Value> = objects.into_iter().collect();
    for value in &objects {
        let mut object = object_among(value, &objects);
        if object.kind().info().namespaced && object.metadata().namespace.is_empty() {
            object.metadata_mut().namespace = NAMESPACE.into();
        }
        inventory.apply(object);
    }
    inventory
}

/// An object of any kind that Seaworthy reads, as a file gives it; a ReplicaSet of a Deployment as a revision of that.
pub(crate) fn object(value: &Value) -> Object {
    let kind = kind_of(value);
    let mut object = decode(kind, &value.to_string()).unwrap_or_else(|error| panic!("{error}: {value}"));
    if kind == Kind::ReplicaSet && matches!(object, Object::Owned(..)) {
        object = decode(Kind::Revision, &value.to_string()).unwrap();
    }
    let api_version = value["apiVersion"].as_str().map_or_else(|| kind.api_version(), str::to_owned);
    let written = Written::document(&api_version, kind.as_str(), &value.clone().into(), Some(&[]));
    object.metadata_mut().written = Some(written.into());
    object
}

/// The same; a custom resource by the definition of its kind that is among others.
pub(crate) fn object_among(value: &Value, others: &[&Value]) -> Object {
    let group =
        value["apiVersion"].as_str().and_then(|version| version.split_once('/')).map(|(group, _)| group);
    let defines = |other: &&&Value| {
        other["kind"] == "CustomResourceDefinition"
            && other["spec"]["names"]["kind"] == value["kind"]
            && other["spec"]["group"].as_str() == group
    };
    let Some(definition) = others.iter().find(defines) else { return object(value) };
    let definition = Definition::of(&(*definition).clone().into()).unwrap();
    let group = group.unwrap_or_default();
    let kind = Kind::find(group, value["kind"].as_str().unwrap()).unwrap_or_else(|| definition.kind());
    let mut object = decode(kind, &value.to_string()).unwrap();
    let written =
        Written::custom(&definition, value["apiVersion"].as_str().unwrap(), &value.clone().into(), &[]);
    object.metadata_mut().written = Some(written.into());
    object
}

/// The kind of an object.
pub(crate) fn kind_of(value: &Value) -> Kind {
    let name = value["kind"].as_str().unwrap_or_default();
    let group =
        value["apiVersion"].as_str().and_then(|version| version.split_once('/')).map(|(group, _)| group);
    let known = group.and_then(|group| Kind::find(group, name));
    let known = known.or_else(|| Kind::ALL.iter().copied().find(|kind| kind.as_str() == name));
    let manifest = || ManifestKind::find(group.unwrap_or_default(), name).map(Kind::Manifest);
    let known = known.or_else(manifest);
    // What others define may be a kind of a definition that is given.
    let others = group.filter(|group| group.contains('.') && !group.ends_with(".k8s.io"));
    let defined = || others.map(|group| Kind::Resource(CustomKind::defined(group, name, true)));
    let known = known.or_else(defined);
    known.unwrap_or_else(|| panic!("Seaworthy does not read `{name}`: {value}"))
}

/// A workload among what an inventory holds, at a fixed moment.
pub(crate) fn subject<'a>(workload: &'a Workload, inventory: &'a Inventory) -> WorkloadSubject<'a> {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    WorkloadSubject { workload, namespace: inventory.namespace(NAMESPACE).seeing_others(true), now }
}

/// What a check says of a workload.
pub(crate) fn judged(
    check: &Check,
    parameters: &Value,
    workload: &Workload,
    inventory: &Inventory,
) -> Judged {
    judge(check, &compile(check, parameters), &subject(workload, inventory))
}

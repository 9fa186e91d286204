//! Test support: a seaworthy workload plus one tweak, judged by one check.
//!
//! It must not know any particular check. The baseline passes every check; see `tests/checks.rs`.

use serde_json::{Value, json};

use crate::catalogue::{Check, Outcome, WorkloadSubject};
use crate::engine::judge::{Judged, judge};
use crate::inventory::custom::CustomKind;
use crate::inventory::decode::{decode, decode_or_broken};
use crate::inventory::lookup::Coverage;
use crate::inventory::written::Written;
use crate::inventory::{Inventory, Kind, Object, Workload};

/// Marks an object that is not to have the shape of its kind.
const BROKEN: &str = "isBroken";

/// One check on one tweaked workload.
#[derive(Clone)]
pub(crate) struct Case {
    check: &'static Check,
    object: Value,
    parameters: Value,
    others: Vec<(Value, bool)>,
    coverage: Coverage,
    coverage_of: Vec<(Kind, Coverage)>,
    now: &'static str,
    namespace_is_assumed: bool,
    written: Option<&'static str>,
    sees_others: bool,
    server_minor: Option<u8>,
}

impl Case {
    /// The baseline, judged by this check with its default parameters, in a namespace of which
    /// everything is known.
    pub(crate) fn of(check: &'static Check) -> Self {
        Self {
            check,
            object: baseline(),
            parameters: json!({}),
            others: Vec::new(),
            coverage: Coverage::Complete,
            coverage_of: Vec::new(),
            now: "2026-01-01T00:00:00Z",
            namespace_is_assumed: false,
            written: None,
            sees_others: false,
            server_minor: None,
        }
    }

    /// Merges a patch into the first container.
    pub(crate) fn container(mut self, patch: Value) -> Self {
        merge(&mut self.object["spec"]["template"]["spec"]["containers"][0], patch);
        self
    }

    /// Merges a patch into the pod spec.
    pub(crate) fn pod(mut self, patch: Value) -> Self {
        merge(&mut self.object["spec"]["template"]["spec"], patch);
        self
    }

    /// Merges a patch into the workload.
    pub(crate) fn workload(mut self, patch: Value) -> Self {
        merge(&mut self.object, patch);
        self
    }

    /// Judges it on a server of this minor.
    pub(crate) fn on_server(mut self, minor: u8) -> Self {
        self.server_minor = Some(minor);
        self
    }

    /// Judges it for a policy of the whole cluster.
    pub(crate) fn everywhere(mut self) -> Self {
        self.sees_others = true;
        self
    }

    /// Sets the check's parameters.
    pub(crate) fn parameters(mut self, parameters: Value) -> Self {
        self.parameters = parameters;
        self
    }

    /// Puts another object into the workload's namespace, unless it names another.
    pub(crate) fn with(mut self, object: Value) -> Self {
        self.others.push((object, false));
        self
    }

    /// Puts another object into the workload's namespace, as a file gives it.
    pub(crate) fn with_document(mut self, object: Value) -> Self {
        self.others.push((object, true));
        self
    }

    /// Puts another object beside it that does not have the shape of its kind.
    pub(crate) fn with_broken(self, mut object: Value) -> Self {
        object[BROKEN] = json!(true);
        self.with(object)
    }

    /// Makes the workload one of a file, written in this version.
    pub(crate) fn written(mut self, api_version: &'static str) -> Self {
        self.written = Some(api_version);
        self.workload(json!({"apiVersion": api_version}))
    }

    /// Sets how much is known of every kind.
    pub(crate) fn coverage(mut self, coverage: Coverage) -> Self {
        self.coverage = coverage;
        self
    }

    /// Sets how much is known of one kind.
    pub(crate) fn coverage_of(mut self, kind: Kind, coverage: Coverage) -> Self {
        self.coverage_of.push((kind, coverage));
        self
    }

    /// Sets the moment at which the workload is judged.
    pub(crate) fn at(mut self, now: &'static str) -> Self {
        self.now = now;
        self
    }

    /// Makes the workload one of a file that names no namespace, judged where nobody names one either.
    pub(crate) fn without_namespace(mut self) -> Self {
        self.namespace_is_assumed = true;
        self.workload(json!({"metadata": {"namespace": "default"}}))
    }

    /// What the check says.
    pub(crate) fn judged(&self) -> Judged {
        let kind = kind_of(&self.object);
        let mut inventory = Inventory::with_coverage(self.coverage);
        for (kind, coverage) in &self.coverage_of {
            inventory.set_coverage(*kind, *coverage);
        }
        for (value, is_document) in &self.others {
            let mut object = decode_or_broken(kind_of(value), &value.to_string()).unwrap();
            if object.kind() == Kind::ReplicaSet && matches!(object, Object::Owned(..)) {
                object = decode_or_broken(Kind::Revision, &value.to_string()).unwrap();
            }
            assert_eq!(matches!(object, Object::Broken(..)), value[BROKEN] == true, "{value}");
            if *is_document {
                object.metadata_mut().written = Some(document(value).into());
            }
            if object.kind().info().namespaced && object.metadata().namespace.is_empty() {
                object.metadata_mut().namespace = "shop".into();
            }
            inventory.apply(object);
        }
        inventory.set_server_minor(self.server_minor);
        let Ok(Object::Workload(mut workload)) = decode(kind, &self.object.to_string()) else {
            panic!("not a workload: {}", self.object)
        };
        if self.namespace_is_assumed {
            workload.metadata.assume_namespace();
        }
        if self.written.is_some() {
            workload.metadata.written = Some(document(&self.object).into());
        }
        let compiled = (self.check.compile)(self.parameters.as_object().unwrap()).unwrap();
        let subject = subject(&workload, &inventory, self.now);
        let namespace = subject.namespace.seeing_others(self.sees_others);
        judge(self.check, &compiled, &WorkloadSubject { namespace, ..subject })
    }

    /// The worst outcome.
    pub(crate) fn outcome(&self) -> Outcome {
        self.judged().outcome
    }

    /// The message of the only finding.
    pub(crate) fn message(&self) -> String {
        let findings = self.judged().findings;
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings[0].message.clone()
    }

    /// Paths of the findings.
    pub(crate) fn fields(&self) -> Vec<String> {
        self.judged().findings.into_iter().map(|finding| finding.field).collect()
    }
}

/// How a file gives an object.
pub(super) fn document(value: &Value) -> Written {
    let text = |key: &str| value[key].as_str().unwrap();
    Written::document(text("apiVersion"), text("kind"), &value.clone().into(), Some(&[]))
}

fn subject<'a>(workload: &'a Workload, inventory: &'a Inventory, now: &str) -> WorkloadSubject<'a> {
    WorkloadSubject { workload, namespace: inventory.namespace("shop"), now: now.parse().unwrap() }
}

pub(super) fn kind_of(object: &Value) -> Kind {
    let name = object["kind"].as_str().unwrap();
    let group =
        object["apiVersion"].as_str().and_then(|version| version.split_once('/')).map(|(group, _)| group);
    let named = group.and_then(|group| Kind::find(group, name));
    let known = named.or_else(|| Kind::ALL.iter().copied().find(|kind| kind.as_str() == name));
    known.unwrap_or_else(|| Kind::Custom(CustomKind::of(group.unwrap(), name, "spec.template")))
}

/// JSON merge patch (RFC 7396).
pub(crate) fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(&key);
        } else {
            merge(&mut target[&key], value);
        }
    }
}

/// A Deployment that passes every check.
pub(crate) fn baseline() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/baseline.json")).unwrap()
}

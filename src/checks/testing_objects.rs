//! Test support: one object that is no workload, judged by one check among others.
//!
//! It must not know any particular check. Next: [`super::testing`] for workloads.

use serde_json::{Value, json};

use super::testing::{document, kind_of};
use crate::catalogue::{Check, ObjectSubject, Outcome};
use crate::engine::judge::{Judged, judge_object};
use crate::inventory::custom::CustomKind;
use crate::inventory::decode::decode_or_broken;
use crate::inventory::lookup::Coverage;
use crate::inventory::{Inventory, Kind};

/// One check on one object.
pub(crate) struct ObjectCase {
    check: &'static Check,
    object: Value,
    parameters: Value,
    others: Vec<Value>,
    coverage: Coverage,
    sees_others: bool,
    is_live: bool,
    is_document: bool,
    maker: Option<&'static str>,
    custom: &'static [&'static str],
}

impl ObjectCase {
    /// This object, judged by this check with its default parameters, in a namespace of which everything is known.
    pub(crate) const fn of(check: &'static Check, object: Value) -> Self {
        Self {
            check,
            object,
            parameters: Value::Null,
            others: Vec::new(),
            coverage: Coverage::Complete,
            sees_others: false,
            is_live: false,
            is_document: false,
            maker: None,
            custom: &[],
        }
    }

    /// Judges it for a policy of the whole cluster.
    pub(crate) fn everywhere(self) -> Self {
        Self { sees_others: true, ..self }
    }

    /// Judges it as a file gives it.
    pub(crate) fn in_a_document(self) -> Self {
        Self { is_document: true, ..self }
    }

    /// Judges it in a cluster.
    pub(crate) fn live(self) -> Self {
        Self { is_live: true, ..self }
    }

    /// Puts something into its namespace that may become pods, and that no check reads.
    pub(crate) fn beside_maker(self, maker: &'static str) -> Self {
        Self { maker: Some(maker), ..self }
    }

    /// Judges it where policies name these custom kinds, as `group/kind`.
    pub(crate) fn naming(self, custom: &'static [&'static str]) -> Self {
        Self { custom, ..self }
    }

    /// Sets the check's parameters.
    pub(crate) fn parameters(self, parameters: Value) -> Self {
        Self { parameters, ..self }
    }

    /// Puts another object beside it; into its namespace, unless it names another.
    pub(crate) fn with(mut self, object: Value) -> Self {
        self.others.push(object);
        self
    }

    /// Sets how much is known of every kind.
    pub(crate) fn coverage(self, coverage: Coverage) -> Self {
        Self { coverage, ..self }
    }

    /// What the check says.
    pub(crate) fn judged(&self) -> Judged {
        let mut inventory = Inventory::with_coverage(self.coverage).live(self.is_live);
        for (group, kind) in self.custom.iter().filter_map(|name| name.split_once('/')) {
            let kind = Kind::Custom(CustomKind::of(group, kind, "spec.template"));
            inventory.set_coverage(kind, self.coverage);
        }
        if let Some(maker) = self.maker {
            inventory.note_maker("shop", maker.to_owned());
        }
        for other in self.others.iter().chain([&self.object]) {
            inventory.apply(object(other));
        }
        let mut object = object(&self.object);
        if self.is_document {
            object.metadata_mut().written = Some(document(&self.object).into());
            inventory.apply(object.clone());
        }
        let parameters = if self.parameters.is_null() { json!({}) } else { self.parameters.clone() };
        let compiled = (self.check.compile)(parameters.as_object().unwrap()).unwrap();
        let rule = compiled.on_orphans(object.kind()).expect("the check judges such objects");
        let namespace = inventory.around(&object).seeing_others(self.sees_others);
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        judge_object(self.check, rule, &ObjectSubject { object: &object, namespace, now })
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

fn object(value: &Value) -> crate::inventory::Object {
    let kind = kind_of(value);
    let mut object = decode_or_broken(kind, &value.to_string()).unwrap();
    if kind.info().namespaced && object.metadata().namespace.is_empty() {
        object.metadata_mut().namespace = "shop".into();
    }
    object
}

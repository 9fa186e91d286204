//! The cases in `tests/fixtures/checks/<check>.json`, expanded over container classes and workload kinds.
//!
//! The format, and what a check must cover, is what [`Fixture`] and its fields say.

use std::collections::BTreeMap;
use std::path::Path;

use seaworthy::catalogue::{Check, Field, Judgement, Outcome, Rule};
use seaworthy::engine::judge::{Judged, judge};
use seaworthy::inventory::container::ContainerClass;
use seaworthy::inventory::lookup::Coverage;
use seaworthy::inventory::{Kind, Object};
use serde::Deserialize;
use serde_json::{Value, json};

use super::baseline::{Baseline, workload};
use super::judging::{compile, inventory, object_among, subject};
use super::orphans::judged_object;

/// One fixture file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fixture {
    /// The cases.
    pub(crate) cases: Vec<Case>,
    /// Container classes and workload kinds that the check does not look at, each with the reason.
    #[serde(default)]
    pub(crate) not_looked_at: BTreeMap<String, String>,
}

/// A tweak of the baseline and what the check must say of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Case {
    /// What the case is about, in words.
    #[serde(rename = "case")]
    pub(crate) name: String,
    /// An object that is judged in place of a workload: one that no workload reaches.
    #[serde(default)]
    pub(crate) object: Option<Value>,
    #[serde(default)]
    pod: Option<Value>,
    #[serde(default)]
    container: Option<Value>,
    #[serde(default)]
    workload: Option<Value>,
    #[serde(default)]
    with: Vec<Value>,
    #[serde(default)]
    parameters: Option<Value>,
    #[serde(default)]
    classes: Option<Vec<String>>,
    #[serde(default)]
    kinds: Option<Vec<String>>,
    /// What the check says of the container under test, or of the workload when it judges as a whole.
    pub(crate) outcome: Outcome,
    #[serde(default)]
    coverage: Option<String>,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    contains: Option<String>,
}

/// A case on one kind of workload with one class of container.
pub(crate) struct Run<'a> {
    case: &'a Case,
    check: &'static Check,
    baseline: Baseline,
}

/// The fixture file of a check.
pub(crate) fn load(check: &Check) -> Result<Fixture, String> {
    let path = format!("tests/fixtures/checks/{}.json", check.name);
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path))
        .map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}

/// The container classes that a check looks at; a check of whole workloads is tried with an app container.
pub(crate) fn looked_at(check: &Check) -> Vec<ContainerClass> {
    let Rule::Container(classes, _) = compile(check, &json!({})).rule else {
        return vec![ContainerClass::App];
    };
    ContainerClass::ALL.iter().copied().filter(|class| classes.contain(*class)).collect()
}

/// A class as in fixture files.
pub(crate) fn class_name(class: ContainerClass) -> String {
    format!("{class:?}")
}

impl Case {
    /// The case on every kind and class that it is about.
    pub(crate) fn runs(&self, check: &'static Check) -> Vec<Run<'_>> {
        if self.object.is_some() {
            return Vec::new();
        }
        let classes = match &self.classes {
            None => looked_at(check),
            Some(names) => names.iter().map(|name| class(name)).collect(),
        };
        let kinds: Vec<Kind> = match &self.kinds {
            None => Kind::WORKLOADS.to_vec(),
            Some(names) => names.iter().map(|name| kind(name)).collect(),
        };
        let pairs = classes.into_iter().flat_map(|class| kinds.iter().map(move |kind| (class, *kind)));
        pairs.map(|(class, kind)| Run { case: self, check, baseline: self.build(kind, class) }).collect()
    }

    /// What the check says of the object, and what of that is not as the case says.
    pub(crate) fn judged_object(&self, check: &'static Check) -> Option<(Judged, Vec<String>)> {
        let value = self.object.as_ref()?;
        let inventory = inventory(self.with.iter().chain([value]), self.coverage());
        let others: Vec<&Value> = self.with.iter().collect();
        let key = object_among(value, &others).key();
        let object = inventory.objects().find(|object| {
            let own = object.key();
            (own.kind, &own.name) == (key.kind, &key.name)
        });
        let parameters = self.parameters.clone().unwrap_or_else(|| json!({}));
        let place = format!("{}, `{}`", check.name, self.name);
        let Some(judged) = judged_object(check, &parameters, object.unwrap(), &inventory) else {
            panic!("{place}: the check does not judge a {}", key.kind)
        };
        let mut problems = Vec::new();
        if judged.outcome != self.outcome {
            problems.push(format!("{place}: {} instead of {}: {judged:?}", judged.outcome, self.outcome));
        }
        if !self.is_worded_as_expected(&judged, "", "") {
            problems.push(format!("{place}: the words are others: {:?}", judged.findings));
        }
        Some((judged, problems))
    }

    fn is_worded_as_expected(&self, judged: &Judged, container: &str, pod_path: &str) -> bool {
        if self.field.is_none() && self.contains.is_none() {
            return true;
        }
        judged.findings.iter().any(|found| {
            let at = |field: &String| {
                [format!("{container}.{field}"), format!("{pod_path}.{field}"), field.clone()]
                    .contains(&found.field)
            };
            found.outcome == self.outcome
                && self.field.as_ref().is_none_or(at)
                && self.contains.as_ref().is_none_or(|words| found.message.contains(words))
        })
    }

    fn build(&self, kind: Kind, class: ContainerClass) -> Baseline {
        let mut baseline = Baseline::new(kind, class);
        self.workload.iter().for_each(|patch| baseline.patch(patch));
        self.pod.iter().for_each(|patch| baseline.patch_pod(patch));
        self.container.iter().for_each(|patch| baseline.patch_container(patch));
        baseline
    }

    fn coverage(&self) -> Coverage {
        match self.coverage.as_deref() {
            None | Some("Complete") => Coverage::Complete,
            Some("Partial") => Coverage::Partial,
            Some("Forbidden") => Coverage::Forbidden,
            Some(other) => panic!("{}: no coverage is called `{other}`", self.name),
        }
    }
}

impl Run<'_> {
    /// Kind and class.
    pub(crate) const fn place(&self) -> (Kind, ContainerClass) {
        (self.baseline.kind, self.baseline.class)
    }

    /// What is not as the case says; and what the check found, for whoever wants to look at its words.
    pub(crate) fn judged(&self) -> (Judged, Vec<String>) {
        let (workload, mut inventory) =
            (workload(self.baseline.object()), inventory(&self.case.with, self.case.coverage()));
        // As it is among all that is known wherever it is judged.
        inventory.apply(Object::Workload(Box::new(workload.clone())));
        let parameters = self.case.parameters.clone().unwrap_or_else(|| json!({}));
        let compiled = compile(self.check, &parameters);
        let subject = subject(&workload, &inventory);
        let judged = judge(self.check, &compiled, &subject);
        let mut problems = Vec::new();
        let tested = subject
            .containers()
            .find(|container| (container.class, container.index) == (self.baseline.class, 0));
        let outcome = match (&compiled.rule, tested) {
            (Rule::Container(classes, evaluate), Some(tested)) if classes.contain(tested.class) => {
                let judgement = evaluate(&tested);
                problems.extend(missing_from(&judged, &judgement, &tested.path(), workload.pod_path()));
                judgement.outcome()
            }
            (Rule::Container(..), _) => Outcome::NotApplicable,
            _ => judged.outcome,
        };
        if outcome != self.case.outcome {
            problems.push(format!("{outcome} instead of {}: {judged:?}", self.case.outcome));
        }
        let container = format!("{}.{}[0]", workload.pod_path(), self.baseline.class.list());
        if !self.case.is_worded_as_expected(&judged, &container, workload.pod_path()) {
            let (field, words) = (&self.case.field, &self.case.contains);
            problems.push(format!("no finding at {field:?} says {words:?}: {:?}", judged.findings));
        }
        let place = format!("{}, `{}`, {:?}", self.check.name, self.case.name, self.place());
        (judged, problems.into_iter().map(|problem| format!("{place}: {problem}")).collect())
    }
}

/// What the rule says of the container under test must come out of the engine as a finding.
fn missing_from(judged: &Judged, judgement: &Judgement, container: &str, pod: &str) -> Option<String> {
    let missing = judgement.statements.iter().find(|statement| {
        let field = match &statement.field {
            Field::Container(path) => format!("{container}.{path}"),
            Field::Pod(path) => format!("{pod}.{path}"),
            Field::Object(path) => path.to_string(),
        };
        let field = field.trim_end_matches('.');
        !judged.findings.iter().any(|found| found.field == field && found.message == statement.message)
    });
    missing.map(|statement| format!("the engine lost {statement:?}"))
}

fn class(name: &str) -> ContainerClass {
    let known = ContainerClass::ALL.iter().copied().find(|class| class_name(*class) == name);
    known.unwrap_or_else(|| panic!("no container class is called `{name}`"))
}

fn kind(name: &str) -> Kind {
    let known = Kind::WORKLOADS.iter().copied().find(|kind| kind.as_str() == name);
    known.unwrap_or_else(|| panic!("no kind of workload is called `{name}`"))
}

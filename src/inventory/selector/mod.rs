//! Label selectors as objects carry them, checked once and matched often, and globs over names.
//!
//! A selector that is absent means different things in different fields, so that case is the caller's.
//! It must not read objects. Next: `syntax` for what a label may be, `glob` for patterns.

mod glob;
mod syntax;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

pub use glob::{Glob, GlobError};
pub use syntax::{is_dns_label, is_label_key, is_label_value, is_service_name, is_subdomain};

use super::labels::Labels;
use super::lenient::{list, null_is_default, string_map};

/// A label selector, as it stands in an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels that must be there with exactly these values.
    #[serde(default, deserialize_with = "string_map", skip_serializing_if = "Labels::is_empty")]
    pub match_labels: Labels,
    /// Requirements that must all hold.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<LabelSelectorRequirement>,
}

/// One requirement of a label selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelectorRequirement {
    /// The label's key.
    #[serde(default, deserialize_with = "null_is_default")]
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`. A text, so that a wrong one is found when the selector is
    /// compiled and does not fail the object around it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub operator: String,
    /// The values of `In` and `NotIn`.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// A selector that is valid and ready to match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Labels that must be there with exactly these values: mostly all that it demands.
    labels: Labels,
    requirements: Box<[Requirement]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

/// As it stands in an object: one that the API server would refuse is an error that names its field.
impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        LabelSelector::deserialize(deserializer)?.compile().map_err(serde::de::Error::custom)
    }
}

/// A field of a selector that the API server would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct SelectorError {
    /// The field inside the selector, such as `matchExpressions[0].operator`.
    pub field: String,
    /// What is wrong with it.
    pub problem: SelectorProblem,
}

/// What can be wrong with a selector's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorProblem {
    /// The operator is not one of the four.
    #[error("must be In, NotIn, Exists or DoesNotExist")]
    Operator,
    /// `In` or `NotIn` without values.
    #[error("must not be empty with the operators In and NotIn")]
    ValuesMissing,
    /// `Exists` or `DoesNotExist` with values.
    #[error("must be empty with the operators Exists and DoesNotExist")]
    ValuesForbidden,
    /// A label key that no object can have.
    #[error(
        "a label key is at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends, and may have a DNS subdomain and '/' before it"
    )]
    Key,
    /// A label value that no object can have.
    #[error(
        "a label value is empty, or at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"
    )]
    Value,
}

impl LabelSelector {
    /// Checks the selector as the API server does; the first wrong field is the error.
    pub fn compile(&self) -> Result<Selector, SelectorError> {
        self.match_labels.iter().try_for_each(|(key, value)| label(key, value))?;
        let expressions = self.match_expressions.iter().enumerate().map(|(index, one)| one.compile(index));
        Ok(Selector {
            labels: self.match_labels.clone(),
            requirements: expressions.collect::<Result<_, _>>()?,
        })
    }
}

impl LabelSelectorRequirement {
    fn compile(&self, index: usize) -> Result<Requirement, SelectorError> {
        let fail = |field: &str, problem| {
            Err(SelectorError { field: format!("matchExpressions[{index}].{field}"), problem })
        };
        if !is_label_key(&self.key) {
            return fail("key", SelectorProblem::Key);
        }
        let test = match self.operator.as_str() {
            "In" => Test::In(self.values.clone()),
            "NotIn" => Test::NotIn(self.values.clone()),
            "Exists" => Test::Exists,
            "DoesNotExist" => Test::DoesNotExist,
            _ => return fail("operator", SelectorProblem::Operator),
        };
        match (&test, self.values.is_empty()) {
            (Test::In(_) | Test::NotIn(_), true) => return fail("values", SelectorProblem::ValuesMissing),
            (Test::Exists | Test::DoesNotExist, false) => {
                return fail("values", SelectorProblem::ValuesForbidden);
            }
            _ => {}
        }
        if let Some(position) = self.values.iter().position(|value| !is_label_value(value)) {
            return fail(&format!("values[{position}]"), SelectorProblem::Value);
        }
        Ok(Requirement { key: self.key.clone(), test })
    }
}

impl Selector {
    /// Whether these labels satisfy every requirement; an empty selector matches everything.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.requirements.iter().all(|requirement| requirement.matches(labels))
    }

    /// Whether whatever has these labels, and others that nobody knows, satisfies every requirement; absent where one
    /// of the others decides.
    pub fn matches_known(&self, known: &Labels) -> Option<bool> {
        let answers = || {
            let of_label = |(key, value)| known.get(key).map(|own| own == value);
            let of_known = |one: &Requirement| known.contains_key(&one.key).then(|| one.matches(known));
            self.labels.iter().map(of_label).chain(self.requirements.iter().map(of_known))
        };
        if answers().any(|answer| answer == Some(false)) {
            return Some(false);
        }
        answers().all(|answer| answer == Some(true)).then_some(true)
    }

    /// A label that whatever matches carries, with the values of which it has one; absent if there is none.
    pub fn demanded(&self) -> Option<(&str, Vec<&str>)> {
        let label = self.labels.iter().next().map(|(key, value)| (key, vec![value]));
        label.or_else(|| {
            self.requirements.iter().find_map(|requirement| match &requirement.test {
                Test::In(values) => Some((&*requirement.key, values.iter().map(|value| &**value).collect())),
                _ => None,
            })
        })
    }

    /// The values of which whatever matches has one under this key; absent where that is not demanded.
    pub fn demanded_of(&self, key: &str) -> Option<Vec<&str>> {
        let label = self.labels.get(key).map(|value| vec![value]);
        label.or_else(|| {
            let mut meant = self.requirements.iter().filter(|requirement| requirement.key == key);
            meant.find_map(|requirement| match &requirement.test {
                Test::In(values) => Some(values.iter().map(|value| &**value).collect()),
                _ => None,
            })
        })
    }

    /// The labels that must be there, to hold equal ones in their place.
    pub(super) const fn labels_mut(&mut self) -> &mut Labels {
        &mut self.labels
    }

    /// Whether it asks for a label of such a key, or for none of that key.
    pub fn asks(&self, is_meant: impl Fn(&str) -> bool) -> bool {
        let expressions = self.requirements.iter().map(|requirement| requirement.key.as_str());
        self.labels.keys().chain(expressions).any(is_meant)
    }

    /// Whether this selector matches whatever the labels are, because it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.requirements.is_empty()
    }
}

impl Requirement {
    fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match &self.test {
            Test::In(values) => value.is_some_and(|value| values.iter().any(|one| one == value)),
            Test::NotIn(values) => value.is_none_or(|value| !values.iter().any(|one| one == value)),
            Test::Exists => value.is_some(),
            Test::DoesNotExist => value.is_none(),
        }
    }
}

fn label(key: &str, value: &str) -> Result<(), SelectorError> {
    if !is_label_key(key) {
        return Err(SelectorError { field: format!("matchLabels[{key}]"), problem: SelectorProblem::Key });
    }
    if !is_label_value(value) {
        return Err(SelectorError { field: format!("matchLabels[{key}]"), problem: SelectorProblem::Value });
    }
    Ok(())
}

#[cfg(test)]
mod tests;

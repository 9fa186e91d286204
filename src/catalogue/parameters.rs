//! Typed parameters of checks, and errors that say which key was meant.
//!
//! It must not know policies. Next: [`super::check`].

use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

/// A check's parameters: every key has a default.
pub trait Parameters: Default + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {}

impl<T: Default + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static> Parameters for T {}

/// Parameters of a check that has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoParameters {}

/// Why parameters are not accepted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ParameterError {
    /// A key that the check does not know.
    #[error("unknown parameter `{key}`{}", hint(.nearest.as_deref(), .known))]
    UnknownKey {
        /// The key given.
        key: String,
        /// The known key that is nearest to it, if one is near.
        nearest: Option<String>,
        /// All known keys, in order.
        known: Vec<String>,
    },
    /// A value of the wrong type or outside what the check accepts.
    #[error("parameter `{key}`: {problem}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong.
        problem: String,
    },
}

impl ParameterError {
    /// The key at fault.
    pub fn key(&self) -> &str {
        match self {
            Self::UnknownKey { key, .. } | Self::Value { key, .. } => key,
        }
    }
}

fn hint(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None if known.is_empty() => "; this check has none".to_owned(),
        None => format!("; known are {}", known.join(", ")),
    }
}

/// Reads a check's parameters; absent keys have their defaults.
pub fn read<P: Parameters>(given: &Map<String, Value>) -> Result<P, ParameterError> {
    // Mostly there are none, for which no schema need be made.
    if given.is_empty() {
        return Ok(P::default());
    }
    let known = keys(&schema::<P>());
    let defaults = serde_json::to_value(P::default()).ok();
    let mut whole = match defaults {
        Some(Value::Object(defaults)) => defaults,
        _ => Map::new(),
    };
    for (key, value) in given {
        if !known.contains(key) {
            return Err(ParameterError::UnknownKey {
                key: key.clone(),
                nearest: nearest(key, known.iter().map(String::as_str)).map(str::to_owned),
                known,
            });
        }
        let before = whole.insert(key.clone(), value.clone());
        // Each key alone, so that the error can name it.
        if let Err(error) = serde_json::from_value::<P>(Value::Object(whole.clone())) {
            drop(before);
            return Err(ParameterError::Value { key: key.clone(), problem: error.to_string() });
        }
    }
    serde_json::from_value(Value::Object(whole))
        .map_err(|error| ParameterError::Value { key: String::new(), problem: error.to_string() })
}

/// JSON Schema of a check's parameters.
pub fn schema<P: Parameters>() -> Schema {
    schemars::generate::SchemaSettings::openapi3()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<P>()
}

/// Keys of an object schema, in order.
pub fn keys(schema: &Schema) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

/// The candidate that differs least from a word, if it differs little enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (b, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            let cost = diagonal + usize::from(a != *b);
            left = cost.min(above + 1).min(left + 1);
            *cell = left;
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase", default)]
    struct Sample {
        min_uid: i64,
        mode: Mode,
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    enum Mode {
        #[default]
        Strict,
        Effective,
    }

    fn given(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn absent_keys_have_defaults_and_given_ones_are_read() {
        let read: Sample = read(&given(serde_json::json!({"mode": "effective"}))).unwrap();
        assert_eq!(read, Sample { min_uid: 0, mode: Mode::Effective });
    }

    #[test]
    fn an_unknown_key_names_the_nearest_one() {
        let error = read::<Sample>(&given(serde_json::json!({"minUID": 3}))).unwrap_err();
        assert_eq!(error.to_string(), "unknown parameter `minUID`; did you mean `minUid`?");
        let error = read::<NoParameters>(&given(serde_json::json!({"x": 3}))).unwrap_err();
        assert_eq!(error.to_string(), "unknown parameter `x`; this check has none");
    }

    #[test]
    fn a_wrong_value_names_its_key() {
        let error = read::<Sample>(&given(serde_json::json!({"minUid": "many"}))).unwrap_err();
        assert!(error.to_string().starts_with("parameter `minUid`: "), "{error}");
        let error = read::<Sample>(&given(serde_json::json!({"mode": "lax"}))).unwrap_err();
        assert!(error.to_string().contains("`strict` or `effective`"), "{error}");
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(nearest("run-as-nonroot", ["run-as-non-root", "memory-limits"]), Some("run-as-non-root"));
        assert_eq!(nearest("xyz", ["run-as-non-root"]), None);
    }
}

//! The step from a failing example to the passing one, in parts, and those of them that a remediation names.
//!
//! It must not judge, nor know any particular check. Next: [`super::manual`] for the examples.

use std::collections::BTreeSet;

use seaworthy::engine::judge::Found;
use serde_json::Value;

use super::manual::Example;

/// One difference between two examples.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Which object: the subject is 0.
    object: usize,
    /// Where in it; empty for the object as a whole.
    path: Vec<Part>,
    /// What stands there in the failing example.
    before: Option<Value>,
    /// What stands there in the passing one.
    after: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Key(String),
    Index(usize),
}

/// Keys that every object has: who names them names nothing.
const EVERYWHERE: &[&str] = &["kind", "metadata", "name", "spec", "template"];
/// Keys that are no place by themselves for what lies in them.
const AROUND: &[&str] = &["containers", "namespace"];

/// The objects of both examples in pairs.
fn pairs(failing: &Example, passing: &Example) -> Vec<[Option<Value>; 2]> {
    let mut pairs = vec![[Some(failing.subject.clone()), Some(passing.subject.clone())]];
    let mut left: Vec<&Value> = passing.others.iter().collect();
    for object in &failing.others {
        let same = |other: &&Value| {
            other["kind"] == object["kind"] && other["metadata"]["name"] == object["metadata"]["name"]
        };
        let place = left
            .iter()
            .position(same)
            .or_else(|| left.iter().position(|other| other["kind"] == object["kind"]));
        let other = place.map(|place| left.remove(place).clone());
        pairs.push([Some(object.clone()), other]);
    }
    pairs.extend(left.into_iter().map(|object| [None, Some(object.clone())]));
    pairs
}

/// All differences.
pub(crate) fn steps(failing: &Example, passing: &Example) -> Vec<Step> {
    let mut steps = Vec::new();
    for (object, [before, after]) in pairs(failing, passing).into_iter().enumerate() {
        differences(object, &mut Vec::new(), (before.as_ref(), after.as_ref()), &mut steps);
    }
    steps
}

fn differences(
    object: usize,
    path: &mut Vec<Part>,
    (before, after): (Option<&Value>, Option<&Value>),
    steps: &mut Vec<Step>,
) {
    match (before, after) {
        _ if before == after => {}
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            for key in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                path.push(Part::Key(key.clone()));
                differences(object, path, (one.get(key), other.get(key)), steps);
                path.pop();
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                path.push(Part::Index(index));
                differences(object, path, (Some(one), Some(other)), steps);
                path.pop();
            }
        }
        _ => steps.push(Step { object, path: path.clone(), before: before.cloned(), after: after.cloned() }),
    }
}

/// The failing example with these steps taken.
pub(crate) fn take(steps: &[Step], failing: &Example, passing: &Example) -> Example {
    let mut objects: Vec<Option<Value>> =
        pairs(failing, passing).into_iter().map(|[before, _]| before).collect();
    for Step { object, path, after, .. } in steps {
        match (path.split_last(), after) {
            (None, after) => objects[*object].clone_from(after),
            (Some((last, parents)), after) => {
                let mut place = objects[*object].as_mut().unwrap();
                for part in parents {
                    place = match part {
                        Part::Key(key) => &mut place[key.as_str()],
                        Part::Index(index) => &mut place[index],
                    };
                }
                match (last, after) {
                    (Part::Key(key), Some(after)) => place[key.as_str()] = after.clone(),
                    (Part::Key(key), None) => drop(place.as_object_mut().unwrap().remove(key)),
                    (Part::Index(index), after) => place[index] = after.clone().unwrap_or_default(),
                }
            }
        }
    }
    let mut objects = objects.into_iter();
    let subject = objects.next().flatten().expect("the subject stays");
    Example { subject, others: objects.flatten().collect(), parameters: failing.parameters.clone() }
}

impl Step {
    /// Whether a text names what this step changes: its field or the one around it, a field or value that it
    /// brings or takes, or the kind of an object that it brings or takes.
    pub(crate) fn is_named(&self, text: &str) -> bool {
        let words: BTreeSet<String> = text
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .map(|word| word.strip_suffix('s').unwrap_or(word).to_lowercase())
            .collect();
        let is_in = |name: &str| {
            let lower = name.to_lowercase();
            let word = lower.strip_suffix('s').unwrap_or(&lower);
            !EVERYWHERE.contains(&name) && (words.contains(word) || (name.len() > 3 && text.contains(name)))
        };
        let given = self.after.as_ref().or(self.before.as_ref());
        if self.path.is_empty() {
            return given.and_then(|object| object["kind"].as_str()).is_some_and(is_in);
        }
        let keys = self.path.iter().rev().filter_map(|part| match part {
            Part::Key(key) => Some(key.as_str()),
            Part::Index(_) => None,
        });
        let of_field =
            |(distance, key): (usize, &str)| is_in(key) && (distance == 0 || !AROUND.contains(&key));
        keys.take(2).enumerate().any(of_field) || given.is_some_and(|value| holds(value, &is_in))
    }

    /// Whether a finding points to this place, to one in it or to one around it.
    pub(crate) fn is_pointed_to(&self, found: &Found, failing: &Example) -> bool {
        let meant = match &found.object {
            None => self.object == 0,
            Some(key) => {
                let objects: Vec<&Value> = std::iter::once(&failing.subject).chain(&failing.others).collect();
                let object = objects.get(self.object);
                object.is_some_and(|object| {
                    object["kind"] == key.kind.as_str() && object["metadata"]["name"] == *key.name
                })
            }
        };
        let place = self.place();
        meant && (found.field.starts_with(&place) || place.starts_with(&found.field))
    }

    fn place(&self) -> String {
        let parts = self.path.iter().enumerate().map(|(index, part)| match part {
            Part::Key(key) if index == 0 => key.clone(),
            Part::Key(key) => format!(".{key}"),
            Part::Index(index) => format!("[{index}]"),
        });
        parts.collect()
    }
}

fn holds(value: &Value, is_in: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| is_in(key) || holds(value, is_in)),
        Value::Array(items) => items.iter().any(|item| holds(item, is_in)),
        Value::String(text) => is_in(text),
        Value::Number(number) => is_in(&number.to_string()),
        _ => false,
    }
}

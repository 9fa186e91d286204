//! Objects of built-in kinds, most of them with something wrong in their shape.
//!
//! They need not make sense: the server decodes before it validates. Next: [`super`].

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::random::Choices;

/// Stands before a key that is given twice, until the text is made.
const TWICE: char = '\u{1}';
const DEPTH: usize = 8;

/// What may still be wrong with an object.
struct Flaws {
    left: usize,
    /// Whether a key may be given twice here: what decodes itself does not tell the server so.
    twice: bool,
}

/// The types that the crate holds, read by themselves.
pub(crate) struct Types {
    kinds: BTreeMap<(String, String), String>,
    fields: BTreeMap<String, Vec<(String, String)>>,
}

impl Types {
    pub(crate) fn read() -> Self {
        let text = include_str!("../../../src/inventory/schema/kinds.txt");
        let mut types = Self { kinds: BTreeMap::new(), fields: BTreeMap::new() };
        let mut current = String::new();
        for line in text.lines() {
            match *line.split(' ').collect::<Vec<_>>() {
                [version, kind, of] => {
                    types.kinds.insert((version.to_owned(), kind.to_owned()), of.to_owned());
                }
                [name, of] => {
                    let fields = types.fields.entry(current.clone()).or_default();
                    fields.push((name.to_owned(), of.to_owned()));
                }
                [name] => name.clone_into(&mut current),
                _ => {}
            }
        }
        types
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = (String, String)> {
        self.kinds.keys().cloned()
    }

    /// The text of an object.
    pub(crate) fn object(&self, (api_version, kind): (&str, &str), choices: &mut Choices) -> String {
        let of = &self.kinds[&(api_version.to_owned(), kind.to_owned())];
        let mut flaws = Flaws { left: choices.below(4), twice: true };
        let mut object = self.structure(of, 0, &mut flaws, choices);
        object.insert("apiVersion".to_owned(), api_version.into());
        object.insert("kind".to_owned(), kind.into());
        // What stands first is read first; a key that is given twice follows the first one.
        Value::Object(object).to_string().replace("\\u0001", "")
    }

    fn structure(
        &self,
        of: &str,
        depth: usize,
        flaws: &mut Flaws,
        choices: &mut Choices,
    ) -> Map<String, Value> {
        let mut object = Map::new();
        let none = Vec::new();
        let fields = self.fields.get(of).unwrap_or(&none);
        let share = if depth < 3 { 70 } else { 35 };
        for (name, of) in fields.iter().filter(|(name, _)| name != "apiVersion" && name != "kind") {
            if depth < DEPTH && choices.percent(share) {
                object.insert(name.clone(), self.value(of, depth + 1, flaws, choices));
            }
        }
        if flaws.left > 0 && choices.percent(8 + 4 * depth) {
            flaws.left -= 1;
            let upper = fields.last().map(|(name, _)| name.to_uppercase());
            let name = if choices.percent(50) { "nonsense".to_owned() } else { upper.unwrap_or_default() };
            if !fields.iter().any(|(known, _)| *known == name) && !name.is_empty() {
                object.insert(name, json!({"a": [1]}));
            }
        }
        if flaws.left > 0 && flaws.twice && choices.percent(8 + 4 * depth) {
            let twice = fields.iter().find(|(name, _)| object.contains_key(name));
            if let Some((name, of)) = twice {
                flaws.left -= 1;
                let again = self.value(of, DEPTH, &mut Flaws { left: 0, twice: false }, choices);
                object.insert(format!("{TWICE}{name}"), again);
            }
        }
        object
    }

    fn value(&self, of: &str, depth: usize, flaws: &mut Flaws, choices: &mut Choices) -> Value {
        if choices.percent(4) {
            return Value::Null;
        }
        if flaws.left > 0 && choices.percent(4) {
            flaws.left -= 1;
            return choices.one_of(&any()).clone();
        }
        if let Some(element) = of.strip_prefix("[]") {
            let length = if depth < DEPTH { choices.below(3) } else { 0 };
            return (0..length).map(|_| self.value(element, depth + 1, flaws, choices)).collect();
        }
        if let Some(element) = of.strip_prefix("{}") {
            let keys = ["a", "b"].into_iter().take(choices.below(3));
            return keys
                .map(|key| (key.to_owned(), self.value(element, depth + 1, flaws, choices)))
                .collect();
        }
        if of.contains('|') {
            let alternatives: Vec<&str> = of.split('|').collect();
            let twice = std::mem::replace(&mut flaws.twice, false);
            let value = self.value(alternatives[choices.below(alternatives.len())], depth, flaws, choices);
            flaws.twice = twice;
            return value;
        }
        match scalar(of) {
            Some(values) => choices.one_of(&values).clone(),
            None => Value::Object(self.structure(of, depth, flaws, choices)),
        }
    }
}

/// Values of every type of JSON, of which one field or another takes each.
fn any() -> Vec<Value> {
    vec![
        json!(true),
        json!(1),
        json!(1.5),
        json!(-1),
        json!(3_000_000_000_u64),
        json!(18_446_744_073_709_551_615_u64),
        json!(""),
        json!("text"),
        json!("1Gi"),
        json!("1GB"),
        json!("80%"),
        json!("aGk="),
        json!("2026-01-02T03:04:05Z"),
        json!("2026-13-02T03:04:05Z"),
        json!([]),
        json!([1]),
        json!(["a"]),
        json!({}),
    ]
}

fn scalar(of: &str) -> Option<Vec<Value>> {
    Some(match of {
        "string" => vec![json!(""), json!("a"), json!("Always")],
        "bool" => vec![json!(true), json!(false)],
        "int32" | "int64" => vec![json!(0), json!(-1), json!(8080)],
        "float64" => vec![json!(0), json!(1.5)],
        "bytes" => vec![json!(""), json!("aGk="), json!("aGkx\n")],
        "quantity" => vec![json!("1"), json!(1), json!("1.5Gi"), json!("-100m"), json!(0.5), json!("1e3")],
        "time" => vec![json!("2026-01-02T03:04:05Z"), json!("2026-01-02T03:04:05+02:00")],
        "microtime" => vec![json!("2026-01-02T03:04:05.000000Z")],
        "duration" => vec![json!("1h")],
        "intorstring" => vec![json!("80%"), json!(80)],
        "any" => vec![json!({}), json!({"a": 1})],
        _ => return None,
    })
}

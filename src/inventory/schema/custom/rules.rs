//! What the API server refuses of a custom resource once it has decoded it: values that the schema does not allow.
//!
//! A problem is told only where the server would tell one; where a part of a schema cannot be judged (a format, a pattern
//! that cannot be read), nothing is said that depends on it. It must not quote values: any of them may be a
//! credential. Next: [`super::node`].

use serde_json::{Number, Value};

use super::super::trail::{Flaw, Problem, Step, Trail};
use super::node::{Node, Pattern, shown};
use super::value::{MOST_EXACT, amount, count, expected, found, is_of_type, is_same};

/// What is wrong with an object.
pub(super) fn problems(object: &Value, node: &Node) -> Vec<Problem> {
    let mut rules = Rules::default();
    rules.value(object, node);
    rules.trail.found
}

#[derive(Default)]
struct Rules<'a> {
    trail: Trail<'a>,
    /// Whether something could not be judged.
    is_unsure: bool,
}

/// Whether a value is as some schema says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Valid,
    Invalid,
    Unsure,
}

fn verdict(value: &Value, node: &Node) -> Verdict {
    let mut rules = Rules::default();
    // Whether the object itself is looked at is told by its way.
    rules.trail.path.push(Step::Index(0));
    rules.value(value, node);
    match (rules.trail.found.is_empty(), rules.is_unsure) {
        (false, _) => Verdict::Invalid,
        (true, true) => Verdict::Unsure,
        (true, false) => Verdict::Valid,
    }
}

impl<'a> Rules<'a> {
    fn value(&mut self, value: &'a Value, node: &'a Node) {
        if self.trail.is_full() {
            return;
        }
        if value.is_null() {
            self.null(node);
            return;
        }
        if !is_of_type(value, node) {
            self.trail.add(Flaw::Type { expected: expected(node), found: found(value) });
            return;
        }
        self.is_unsure |= !node.format.is_empty();
        self.among(value, node);
        match value {
            Value::Number(number) => self.number(number, node),
            Value::String(text) => self.text(text, node),
            Value::Array(items) => self.list(items, node),
            Value::Object(fields) => self.mapping(fields, node),
            Value::Null | Value::Bool(_) => {}
        }
        self.combined(value, node);
    }

    /// Nothing else is asked of null.
    fn null(&mut self, node: &Node) {
        let has_type = !node.of.is_empty() || node.is_int_or_string;
        if has_type && !node.nullable {
            self.trail.add(Flaw::Type { expected: expected(node), found: "null" });
        } else if !node.values.is_empty() && !node.values.contains(&Value::Null) {
            self.is_unsure = true;
        }
    }

    fn among(&mut self, value: &Value, node: &Node) {
        if node.values.is_empty() || node.values.iter().any(|allowed| is_same(allowed, value)) {
            return;
        }
        let plain = |value: &Value| value.as_str().map_or_else(|| shown(&value.to_string()), shown);
        let names: Option<Vec<String>> = node.values.iter().map(plain).collect();
        let names = names.map(|names| names.join(", ")).filter(|names| names.len() <= 120);
        self.invalid(&names.map_or_else(
            || "the value is none of those that there are".to_owned(),
            |names| format!("the value is none of {names}"),
        ));
    }

    fn number(&mut self, number: &Number, node: &Node) {
        let Some(value) = number.as_f64() else { return };
        if let Some(least) = node.minimum {
            if node.exclusive_minimum && value <= least {
                self.invalid(&format!("the value must be greater than {least}"));
            } else if value < least {
                self.invalid(&format!("the value must be at least {least}"));
            }
        }
        if let Some(most) = node.maximum {
            if node.exclusive_maximum && value >= most {
                self.invalid(&format!("the value must be less than {most}"));
            } else if value > most {
                self.invalid(&format!("the value must be at most {most}"));
            }
        }
        let Some(of) = node.multiple_of else { return };
        // The rest of a division of other numbers is a matter of rounding.
        if value.fract() == 0.0 && of.fract() == 0.0 && of > 0.0 && value.abs() < MOST_EXACT {
            if value % of != 0.0 {
                self.invalid(&format!("the value must be a multiple of {of}"));
            }
        } else {
            self.is_unsure = true;
        }
    }

    fn text(&mut self, text: &str, node: &Node) {
        let length = || count(text.chars().count());
        if let Some(least) = node.min_length.filter(|least| length() < *least) {
            self.invalid(&format!("the text must have at least {}", amount(least, "character")));
        }
        if let Some(most) = node.max_length.filter(|most| length() > *most) {
            self.invalid(&format!("the text must have at most {}", amount(most, "character")));
        }
        match node.pattern() {
            Pattern::Absent => {}
            Pattern::Unreadable => self.is_unsure = true,
            Pattern::Of(_, pattern) if pattern.is_match(text) => {}
            Pattern::Of(pattern, _) => self.invalid(&shown(pattern).map_or_else(
                || "the text does not match the pattern of its schema".to_owned(),
                |pattern| format!("the text does not match the pattern {pattern}"),
            )),
        }
    }

    fn list(&mut self, items: &'a [Value], node: &'a Node) {
        self.size(items.len(), (node.min_items, node.max_items), "item");
        let Some(of) = &node.items else { return };
        for (index, item) in items.iter().enumerate() {
            self.below(Step::Index(index), item, of);
        }
    }

    fn mapping(&mut self, fields: &'a serde_json::Map<String, Value>, node: &'a Node) {
        self.size(fields.len(), (node.min_properties, node.max_properties), "field");
        let is_root = self.trail.path.is_empty();
        // The server names an object, and says when it was made, before it validates.
        let required = node.required.iter().filter(|name| !(is_root && &***name == "metadata"));
        for name in required.filter(|name| !fields.contains_key(&***name)) {
            self.lacking(name);
        }
        if node.is_embedded && !is_root {
            self.embedded(fields, node);
        }
        for (key, value) in fields {
            if let Some(of) = node.of_field(key) {
                if is_root && key == "metadata" {
                    self.name(value, of);
                } else {
                    self.below(Step::Key(key), value, of);
                }
            }
        }
    }

    /// Of the metadata of the object itself a schema can only say what names may be like.
    fn name(&mut self, metadata: &'a Value, node: &'a Node) {
        self.trail.path.push(Step::Field("metadata"));
        for key in ["name", "generateName"] {
            if let (Some(value), Some(of)) = (metadata.get(key), node.of_field(key)) {
                self.below(Step::Field(key), value, of);
            }
        }
        self.trail.path.pop();
    }

    /// An object within says what it is.
    fn embedded(&mut self, fields: &'a serde_json::Map<String, Value>, node: &Node) {
        for key in ["apiVersion", "kind"] {
            match fields.get(key) {
                None if node.required.iter().any(|name| &**name == key) => {}
                None => self.lacking(key),
                Some(Value::String(text)) if text.is_empty() => {
                    self.trail.path.push(Step::Field(key));
                    self.invalid("the text must not be empty");
                    self.trail.path.pop();
                }
                // Its schema says that it is text.
                Some(Value::String(_)) => {}
                Some(_) if node.properties.contains_key(key) => {}
                Some(other) => {
                    self.trail.path.push(Step::Field(key));
                    self.trail.add(Flaw::Type { expected: "a string", found: found(other) });
                    self.trail.path.pop();
                }
            }
        }
    }

    fn combined(&mut self, value: &'a Value, node: &'a Node) {
        for of in &node.all_of {
            self.value(value, of);
        }
        if !node.any_of.is_empty() {
            let verdicts = verdicts(value, &node.any_of);
            if verdicts.iter().all(|verdict| *verdict == Verdict::Invalid) {
                self.invalid("the value is as none of the schemas under anyOf of its definition say");
            }
            self.is_unsure |= !verdicts.contains(&Verdict::Valid);
        }
        if !node.one_of.is_empty() {
            let verdicts = verdicts(value, &node.one_of);
            let valid = verdicts.iter().filter(|verdict| **verdict == Verdict::Valid).count();
            if verdicts.iter().all(|verdict| *verdict == Verdict::Invalid) {
                self.invalid("the value is as none of the schemas under oneOf of its definition say");
            } else if valid > 1 {
                self.invalid(
                    "the value is as more than one of the schemas under oneOf of its definition say",
                );
            }
            self.is_unsure |= verdicts.contains(&Verdict::Unsure);
        }
        match node.not.as_deref().map(|of| verdict(value, of)) {
            Some(Verdict::Valid) => {
                self.invalid("the value is as the schema under not of its definition says");
            }
            Some(Verdict::Unsure) => self.is_unsure = true,
            Some(Verdict::Invalid) | None => {}
        }
    }

    fn below(&mut self, step: Step<'a>, value: &'a Value, node: &'a Node) {
        self.trail.path.push(step);
        self.value(value, node);
        self.trail.path.pop();
    }

    fn size(&mut self, size: usize, (least, most): (Option<i64>, Option<i64>), what: &str) {
        if let Some(least) = least.filter(|least| count(size) < *least) {
            self.invalid(&format!("there must be at least {}", amount(least, what)));
        }
        if let Some(most) = most.filter(|most| count(size) > *most) {
            self.invalid(&format!("there must be at most {}", amount(most, what)));
        }
    }

    fn lacking(&mut self, name: &str) {
        // The name need not live as long as what is looked at.
        let mut trail = Trail { path: self.trail.path.clone(), found: Vec::new() };
        trail.path.push(Step::Key(name));
        trail.add(Flaw::Required);
        if !self.trail.is_full() {
            self.trail.found.append(&mut trail.found);
        }
    }

    fn invalid(&mut self, what: &str) {
        self.trail.add(Flaw::Invalid(what.into()));
    }
}

fn verdicts(value: &Value, nodes: &[Node]) -> Vec<Verdict> {
    nodes.iter().map(|node| verdict(value, node)).collect()
}

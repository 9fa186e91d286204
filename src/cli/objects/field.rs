//! Which field stands at a place of compact JSON.
//!
//! Decoders say where in the text they stopped; people want the path. Next: [`super`].

use std::fmt::Write as _;

use crate::inventory::decode::DecodeError;
use crate::inventory::tree::Tree;

/// A decoder's words without the place at their end, and the column of that place.
fn split_place(problem: &str) -> (&str, Option<usize>) {
    let Some(start) = problem.rfind("line ") else { return (problem, None) };
    let Some((head, place)) = problem.split_at_checked(start) else { return (problem, None) };
    let column = place.split_once(" column ").and_then(|(_, column)| column.parse().ok());
    match column {
        Some(column) => (head.strip_suffix(" at ").unwrap_or(head), Some(column)),
        None => (problem, None),
    }
}

/// A decoder's words as those who write manifests say them.
fn plain(problem: &str) -> String {
    const INTEGERS: &[&str] = &["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "isize"];
    let Some((found, expected)) = problem.split_once(", expected ") else { return problem.to_owned() };
    let wanted = match expected {
        expected if expected.starts_with("struct ") || expected == "a map" => "a mapping",
        "a sequence" => "a list",
        expected if INTEGERS.contains(&expected) => "a whole number",
        expected => expected,
    };
    let found = match found.rsplit_once(": ") {
        Some((what, "map")) => format!("{what}: mapping"),
        Some((what, "sequence")) => format!("{what}: list"),
        Some((what, "floating" | "floating point")) => format!("{what}: number with a fraction"),
        _ => found.to_owned(),
    };
    let is_quoted = found.ends_with("boolean") && wanted.contains("string");
    let why = if is_quoted { " (y, yes, on, n, no and off are booleans: put quotes around)" } else { "" };
    format!("{found}, expected {wanted}{why}")
}

enum Step {
    Key(String),
    Index(usize),
}

/// The path of the value that holds this column, from 1, of JSON on one line without spaces.
fn at(json: &str, column: usize) -> String {
    let mut steps: Vec<Step> = Vec::new();
    let mut text: Option<Vec<u8>> = None;
    let mut key_comes = false;
    let mut escaped = false;
    for byte in json.bytes().take(column) {
        if let Some(open) = &mut text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    let closed = text.take().unwrap_or_default();
                    if key_comes && let Some(Step::Key(key)) = steps.last_mut() {
                        *key = String::from_utf8_lossy(&closed).into_owned();
                    }
                }
                byte => open.push(byte),
            }
            continue;
        }
        match byte {
            b'"' => text = Some(Vec::new()),
            b'{' => {
                steps.push(Step::Key(String::new()));
                key_comes = true;
            }
            b'[' => {
                steps.push(Step::Index(0));
                key_comes = false;
            }
            b'}' | b']' => drop(steps.pop()),
            b':' => key_comes = false,
            b',' => match steps.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(Step::Key(key)) => {
                    key.clear();
                    key_comes = true;
                }
                None => {}
            },
            _ => {}
        }
    }
    join(&steps)
}

fn join(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Index(index) => {
                // Writing to a String does not fail.
                let _ = write!(path, "[{index}]");
            }
            Step::Key(key) if key.is_empty() => {}
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
        }
    }
    path
}

/// The path of the field, and the error with it instead of a place in text that nobody has seen.
pub(super) fn describe(error: &DecodeError, value: &Tree<'_>) -> (String, String) {
    let DecodeError::Shape { part, problem, .. } = error;
    let (problem, column) = split_place(problem);
    let inner = match *part {
        "object" | "metadata" => Some(value),
        path => path.split('.').try_fold(value, |value, key| value.get(key)),
    };
    let prefix = if matches!(*part, "object" | "metadata") { "" } else { part };
    let found = inner.zip(column).map(|(inner, column)| at(&inner.to_string(), column));
    let path = match (prefix, found.unwrap_or_default()) {
        ("", found) => found,
        (prefix, found) if found.is_empty() => prefix.to_owned(),
        (prefix, found) => format!("{prefix}.{found}"),
    };
    let problem = if problem.is_empty() { "a value of the wrong type" } else { problem };
    (path, plain(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_that_of_the_value_at_the_column() {
        let json = r#"{"a":{"b":[1,{"c\"}":"x,y"}]},"d":3}"#;
        let path_of = |part: &str| at(json, json.find(part).unwrap() + 1);
        assert_eq!(path_of("1,"), "a.b[0]");
        assert_eq!(path_of("x,y"), "a.b[1].c}");
        assert_eq!(path_of("3}"), "d");
        assert_eq!(at(json, json.len()), "");
    }

    #[test]
    fn words_are_those_of_manifests() {
        for (problem, says) in [
            ("invalid type: string, expected i64", "invalid type: string, expected a whole number"),
            (
                "invalid type: sequence, expected struct WorkloadSpec",
                "invalid type: list, expected a mapping",
            ),
            (
                "invalid type: boolean, expected a string",
                "invalid type: boolean, expected a string (y, yes, on, n, no and off are booleans: put quotes around)",
            ),
            ("missing field `name`", "missing field `name`"),
        ] {
            assert_eq!(plain(problem), says);
        }
    }

    #[test]
    fn a_place_is_taken_from_the_end_of_the_words() {
        assert_eq!(split_place("wrong type at line 1 column 57"), ("wrong type", Some(57)));
        assert_eq!(split_place("line 1 column 5"), ("", Some(5)));
        assert_eq!(split_place("a line too many"), ("a line too many", None));
    }
}

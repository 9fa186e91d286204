//! From the text of a file to its documents.
//!
//! Split at lines that begin with `---`, before YAML is read, as kubectl does: so a broken document cannot
//! hide the next one. A file that begins with a brace is tried as JSON first. Next: [`super::yaml`].

use serde_json::{Deserializer, Value};

use super::unique::Unique;
use super::yaml::{self, Bounds, Parsed, YamlError, YamlProblem};

/// A document of a file.
#[derive(Debug)]
pub(super) struct Document {
    /// Line of the file on which it begins, from 1.
    pub(super) first_line: usize,
    /// Its value; nothing for one without content.
    pub(super) parsed: Result<Option<Parsed>, YamlError>,
}

/// The documents of a file, in order, each read when it is asked for.
pub(super) fn documents<'a>(text: &'a str, bounds: &'a Bounds) -> Box<dyn Iterator<Item = Document> + 'a> {
    if let Some(values) = json(text, bounds) {
        let document = |value| {
            let parsed = Ok(Some(Parsed { value, duplicates: Vec::new() }));
            Document { first_line: 1, parsed }
        };
        return Box::new(values.into_iter().map(document));
    }
    Box::new(split(text).into_iter().map(|chunk| Document {
        first_line: chunk.first_line,
        parsed: match chunk.separator {
            Some(rest) => Err(separator_error(rest)),
            None => yaml::parse(chunk.text, bounds),
        },
    }))
}

/// The values of a stream of JSON; nothing if it is none, or so large that its bounds must be watched.
fn json(text: &str, bounds: &Bounds) -> Option<Vec<Value>> {
    let begins = text.trim_start().starts_with('{');
    if !begins || text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() >= bounds.nodes / 2 {
        return None;
    }
    // One that gives a key twice is left to the reader of YAML, which tells.
    let values = Deserializer::from_str(text).into_iter::<Unique>();
    values.map(|value| value.map(|Unique(value)| value)).collect::<Result<_, _>>().ok()
}

#[derive(Debug, PartialEq)]
struct Chunk<'a> {
    first_line: usize,
    text: &'a str,
    /// What stands behind the dashes and does not belong there.
    separator: Option<&'a str>,
}

fn split(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut current = Chunk { first_line: 1, text: "", separator: None };
    let mut start = 0;
    let mut end = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if let Some(rest) = line.strip_prefix("---") {
            current.text = text.get(start..end).unwrap_or_default();
            start = end + line.len();
            let rest = rest.trim();
            let wrong = !rest.is_empty() && !rest.starts_with('#');
            let next = Chunk { first_line: index + 2, text: "", separator: wrong.then_some(rest) };
            chunks.push(std::mem::replace(&mut current, next));
        }
        end += line.len();
    }
    current.text = text.get(start..).unwrap_or_default();
    chunks.push(current);
    chunks
}

fn separator_error(rest: &str) -> YamlError {
    let message = format!("`---` must stand alone on its line, not before `{rest}`");
    // The line before the document's first.
    YamlError { line: 0, column: 1, problem: YamlProblem::Syntax(message) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Vec<Result<Value, String>> {
        documents(text, &Bounds::default())
            .filter_map(|document| match document.parsed {
                Ok(parsed) => parsed.map(|parsed| Ok(parsed.value)),
                Err(error) => Some(Err(format!("{}: {error}", document.first_line + error.line - 1))),
            })
            .collect()
    }

    #[test]
    fn documents_are_split_at_lines_of_dashes() {
        let two = [Ok(json!({"a": 1})), Ok(json!({"b": 2}))];
        assert_eq!(read("---\na: 1\n--- # next\r\n\n---\nb: 2"), two);
        assert_eq!(read("a: 1\n---\nb: 2\n---\n"), two);
        assert_eq!(read("a: |\n  x\n  ---\n  y\n"), [Ok(json!({"a": "x\n---\ny\n"}))]);
    }

    #[test]
    fn a_broken_document_costs_itself_only() {
        let read = read("a: 1\n---\nb: [\n---\nc: 3\n");
        assert_eq!((&read[0], &read[2]), (&Ok(json!({"a": 1})), &Ok(json!({"c": 3}))));
        assert!(read[1].is_err());
    }

    #[test]
    fn text_behind_dashes_is_an_error_on_that_line() {
        for rest in [" foo", " {a: 1}", "-"] {
            let read = read(&format!("a: 1\n---{rest}\nb: 2\n---\nc: 3\n"));
            assert_eq!(read.len(), 3, "{read:?}");
            assert!(
                read[1].as_ref().unwrap_err().starts_with("2: not YAML: `---` must stand alone"),
                "{read:?}"
            );
        }
    }

    #[test]
    fn json_that_gives_a_key_twice_is_read_as_yaml_is() {
        let text = r#"{"kind": "Pod", "spec": {"a": [{"b": 1, "b": 2}]}}"#;
        let bounds = Bounds::default();
        let document = documents(text, &bounds).next().unwrap().parsed.unwrap().unwrap();
        assert_eq!(document.value, json!({"kind": "Pod", "spec": {"a": [{"b": 2}]}}));
        let paths: Vec<&str> = document.duplicates.iter().map(|duplicate| duplicate.path.as_str()).collect();
        assert_eq!(paths, ["spec.a[0].b"]);
    }

    #[test]
    fn a_stream_of_json_is_json() {
        assert_eq!(read(" {\"a\":\"\\/\"}{\"b\":2}\n"), [Ok(json!({"a": "/"})), Ok(json!({"b": 2}))]);
        assert_eq!(read("{a: 1}\n---\n{b: yes}"), [Ok(json!({"a": 1})), Ok(json!({"b": true}))]);
    }
}

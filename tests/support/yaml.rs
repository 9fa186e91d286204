//! YAML as JSON values, for the examples of the manual and the sample manifests.
//!
//! It knows what those use: no anchors, no tags. The command line has the loader for other people's files.

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Every document that is not empty.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    let mut documents = Vec::new();
    let mut open: Vec<Node> = Vec::new();
    for next in Parser::new_from_str(text) {
        let (event, _) = next.unwrap_or_else(|error| panic!("not YAML: {error}\n{text}"));
        let done = match event {
            Event::Scalar(text, style, ..) => Some(scalar(&text, style)),
            Event::SequenceStart(..) => {
                open.push(Node::List(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Node::Map(Map::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => Some(open.pop().unwrap().close()),
            Event::Alias(..) => panic!("no aliases, please:\n{text}"),
            _ => None,
        };
        let Some(value) = done else { continue };
        match open.last_mut() {
            Some(parent) => parent.add(value),
            None if value.is_null() => {}
            None => documents.push(value),
        }
    }
    documents
}

enum Node {
    List(Vec<Value>),
    /// With the key whose value comes next.
    Map(Map<String, Value>, Option<String>),
}

impl Node {
    fn add(&mut self, value: Value) {
        match self {
            Self::List(items) => items.push(value),
            Self::Map(map, key) => match key.take() {
                Some(key) => assert!(map.insert(key.clone(), value).is_none(), "`{key}` stands twice"),
                None => *key = Some(value.as_str().expect("keys are text").to_owned()),
            },
        }
    }

    fn close(self) -> Value {
        match self {
            Self::List(items) => Value::Array(items),
            Self::Map(map, _) => Value::Object(map),
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<f64>().map(Value::from))
            .unwrap_or_else(|_| Value::from(text)),
    }
}

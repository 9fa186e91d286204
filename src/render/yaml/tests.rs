//! What the writer writes, by example and by reading it back.

use serde_json::json;

use super::*;

#[test]
fn a_manifest_reads_well() {
    let value = json!({
        "metadata": {"name": "web", "labels": {}, "annotations": {"note": "a: b", "empty": ""}},
        "spec": {"replicas": 3, "paused": false, "args": ["--port=80", "plain", [1, {"a": null}]], "none": []},
        "script": "echo a\n  echo b\n\necho c\n",
        "chomped": "one\ntwo",
    });
    assert_eq!(
        to_yaml(&value),
        r#"chomped: |-
  one
  two
metadata:
  annotations:
    empty: ""
    note: "a: b"
  labels: {}
  name: web
script: |
  echo a
    echo b

  echo c
spec:
  args:
  - "--port=80"
  - plain
  - - 1
    - a: null
  none: []
  paused: false
  replicas: 3
"#
    );
}

/// Separated by spaces, because the list is long.
const MISREAD_WORDS: &str = r"
y No ON null ~ True 1 -1 +1 0x1f 1e3 .5 .inf .NaN 2026-11-22 12:30:45 1_000 a: #a &a *a !a
| > %a @a `a 'a {a [a ] } , ? = << --- ...
";

const MISREAD_TEXTS: &[&str] = &[
    "",
    " ",
    "- a",
    "a: b",
    "a #b",
    "\"a",
    "? a",
    "a ",
    "\ta",
    "a\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}a",
    "\u{1f6a2}",
    "a\n\n",
    "\n",
    " a\nb",
    "a\n \nb",
    "a\n\tb\r\nc",
];

#[test]
fn text_that_could_be_something_else_is_quoted() {
    for text in MISREAD_WORDS.split_whitespace().chain(MISREAD_TEXTS.iter().copied()) {
        let yaml = to_yaml(&json!(text));
        assert!(yaml.starts_with('"') && yaml.ends_with("\"\n"), "{yaml}");
        assert_eq!(yaml.lines().count(), 1, "{yaml}");
    }
}

#[test]
fn text_that_nobody_can_misread_stands_as_it_is() {
    for text in [
        "a",
        "web-1",
        "a:b",
        "a#b",
        "seaworthy.dev/v1alpha1",
        "yes please",
        "it's",
        "nullable",
        "e3",
        ".spec.template",
        ".info",
    ] {
        assert_eq!(to_yaml(&json!(text)), format!("{text}\n"));
    }
}

#[test]
fn what_cannot_be_printed_is_escaped() {
    assert_eq!(
        to_yaml(&json!("\u{0}\u{7f}\u{2028}\u{1f6a2}é\"\\")),
        "\"\\x00\\x7F\\u2028\\U0001F6A2é\\\"\\\\\"\n"
    );
}

#[test]
fn numbers_are_numbers_in_every_version() {
    assert_eq!(
        to_yaml(&json!([1e300, 1.5e-9, 0.5, -3, u64::MAX])),
        "- 1.0e+300\n- 1.5e-9\n- 0.5\n- -3\n- 18446744073709551615\n"
    );
}

#[test]
fn documents_are_apart() {
    assert_eq!(to_yaml_documents([&json!({"a": 1}), &json!({})]), "a: 1\n---\n{}\n");
}

/// Reading back needs the parser, which is the shell's.
#[cfg(feature = "shell")]
mod read_back {
    use granit_parser::{Event, Parser, ScalarStyle};
    use proptest::prelude::*;

    use super::*;

    /// The only document of the text, scalars resolved as YAML 1.1 and 1.2 both would at their greediest.
    fn read(yaml: &str) -> Value {
        let mut events = Parser::new_from_str(yaml)
            .map(|event| event.unwrap_or_else(|error| panic!("{error}\n{yaml}")).0)
            .filter(|event| !matches!(event, Event::StreamStart | Event::DocumentStart(..)));
        let first = events.next().unwrap();
        let value = node(first, &mut events);
        assert!(matches!(events.next(), Some(Event::DocumentEnd)), "one document only:\n{yaml}");
        value
    }

    fn node<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Value {
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
            Event::Scalar(text, ..) => json!(text),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match events.next().unwrap() {
                        Event::SequenceEnd => return Value::Array(items),
                        event => items.push(node(event, events)),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut map = Map::new();
                loop {
                    match events.next().unwrap() {
                        Event::MappingEnd => return Value::Object(map),
                        key => {
                            let Value::String(key) = node(key, events) else { panic!("a key is not text") };
                            let event = events.next().unwrap();
                            let value = node(event, events);
                            assert!(map.insert(key, value).is_none(), "a key is there twice");
                        }
                    }
                }
            }
            event => panic!("unexpected {event:?}"),
        }
    }

    fn plain(text: &str) -> Value {
        match text.to_ascii_lowercase().as_str() {
            "" | "~" | "null" => Value::Null,
            "y" | "yes" | "on" | "true" => Value::Bool(true),
            "n" | "no" | "off" | "false" => Value::Bool(false),
            ".inf" | ".nan" => panic!("{text} is a number that JSON has not"),
            _ => number(text).unwrap_or_else(|| json!(text)),
        }
    }

    fn number(text: &str) -> Option<Value> {
        // Rust also takes `inf` and `nan`, which YAML does not.
        text.contains(|c: char| c.is_ascii_digit()).then_some(())?;
        let negative = text.parse::<i64>().map(Value::from);
        let integer = negative.or_else(|_| text.parse::<u64>().map(Value::from));
        // Rust's own parser, because serde_json's is not exact in the last digit.
        integer.ok().or_else(|| text.parse::<f64>().map(Value::from).ok())
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z]{0,4}",
            "[-a-zA-Z0-9.:#&*!|>%@`'\"{}\\[\\], ?=~_+\\\\/]{0,6}",
            "[a-b \n\t:#-]{0,12}",
            "[a-z]{1,3}(\n[ \t]{0,3}[a-z#:-]{0,3}){1,4}\n{0,2}",
            any::<String>(),
            proptest::sample::select(vec![
                "y", "No", "null", "~", "0o7", "1e3", "---", "...", "<<", "=", ".inf"
            ])
            .prop_map(str::to_owned),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            proptest::num::f64::NORMAL.prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(text(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_read_back_is_what_was_written(value in value()) {
            let yaml = to_yaml(&value);
            prop_assert_eq!(read(&yaml), value, "{}", yaml);
        }
    }
}

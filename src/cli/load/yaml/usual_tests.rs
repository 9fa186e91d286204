use proptest::prelude::*;
use serde_json::json;

use super::super::parse_any;
use super::*;

/// What is read, which must be what the parser reads.
fn read(text: &str) -> Option<serde_json::Value> {
    let bounds = Bounds::default();
    let parsed = parse(text, &bounds)?.map(|tree| tree.to_value());
    assert_eq!(parse_any(text, &bounds), Ok(Some(parsed.clone())), "{text}");
    Some(parsed.value)
}

#[test]
fn a_manifest_is_usual() {
    let text = "\
# An application.
---
apiVersion: apps/v1   # of old

kind: \"Deployment\"
metadata:
  name: 'web'
  labels: {}
  annotations:
  # One of them.
    example.com/url: https://example.com/a?b#c
    example.com/on: 'on'
spec:
  replicas: 3
  paused: no
  containers:
  - name: app
    args:
      - --port=80
      - -v
      - http://localhost:8080
      - 1.5
    env: []
    # Nothing else.
    resources:
      limits:
        cpu: 500m
  -   name: other
      image: a:1

  volumes:
    - emptyDir: {}
      name: ~
";
    let expected = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "labels": {}, "annotations": {
            "example.com/url": "https://example.com/a?b#c", "example.com/on": "on"}},
        "spec": {"replicas": 3, "paused": false, "containers": [
            {"name": "app", "args": ["--port=80", "-v", "http://localhost:8080", 1.5], "env": [],
                "resources": {"limits": {"cpu": "500m"}}},
            {"name": "other", "image": "a:1"},
        ], "volumes": [{"emptyDir": {}, "name": null}]},
    });
    assert_eq!(read(text), Some(expected));
}

#[test]
fn what_is_not_usual_is_left_to_the_parser() {
    for text in [
        "",
        "a",
        "- a",
        "a:",
        "a: |\n  b",
        "a: b\n  c",
        "a: b\n c: d",
        "a: b: c",
        "a: b:",
        "a: b\na: c",
        "a: *b",
        "a: &b c",
        "a: !!str 1",
        "a: [b]",
        "a: {b: c}",
        "a: \"b\\n\"",
        "a: 'b''c'",
        "a: 'b' c",
        "a: \"b",
        "a:\n  b",
        "yes: a",
        "1: a",
        "\"a\": b",
        "? a\n: b",
        "<<: a",
        "a:\tb",
        "a: b\r\n",
        "a: é",
        "a: b # seaworthy:ignore",
        "a:\n  - b\n  c: d",
        "a:\n - b\n - - c",
        "a: - b",
        "a:\n  b: c\n d: e",
        " a: b",
        "a: .inf",
        "a: b\n---\nc: d",
        "  ---\na: b",
        "a: @b",
        "a: []]",
        "a: [] b",
        "a: 'b'#c",
    ] {
        assert_eq!(parse(text, &Bounds::default()), None, "{text:?}");
    }
}

#[test]
fn bounds_hold() {
    let text = "a:\n  b:\n    - c: d\n";
    let read = |depth, nodes| {
        let bounds = Bounds { depth, nodes, ..Bounds::default() };
        (parse(text, &bounds).is_some(), parse_any(text, &bounds).is_ok())
    };
    assert_eq!([read(4, 100), read(3, 100), read(4, 5)], [(true, true), (false, false), (false, false)]);
    assert!(parse(&"a: 1\n".repeat(2), &Bounds::default()).is_none());
}

/// Lines that are nearly always of one form, in any order and at any depth.
fn text() -> impl Strategy<Value = String> {
    let indent = (0_usize..4).prop_map(|indent| " ".repeat(indent));
    let dash = prop::sample::select(vec!["", "", "", "- ", "-   ", "-", "- - "]);
    let key = prop::sample::select(vec![
        "a:", "b:", "c.d/e-f:", "a: ", "b:  ", "", "", "y:", "no:", "x", "null:", "a b:", "1:", "'q':",
        "-a:", "<<:",
    ]);
    let value = prop::sample::select(vec![
        "", "", "1", "x", "0755", "1_0", "1.50", "-", "-1", "--x", "---", "...", "~", "yes", "<<", "=", ".5",
        "x:y", "x: y", "x:", "x#y", "#y", "'q'", "\"q\"", "'q", "''", "\"\\n\"", "{}", "[]", "[", "{}x",
        "[1]", "|", ">-", "&a", "*a", "!t", "x  y", "x, y", "x]", "x}", "%x", "$x", "x 'y'", "?", "? x",
        ":x", "http://x", "(x)", "+1", "/x", "_", "1e3", "0x1f", "null", "x\ty", "é", "@x", "`x",
    ]);
    let end = prop::sample::select(vec![
        "\n", "\n", "\n", "\n\n", " # c\n", "#c\n", "  \n", "\n # c\n", "\r\n", "",
    ]);
    let line = (indent, dash, key, value, end)
        .prop_map(|(indent, dash, key, value, end)| [&indent, dash, key, value, end].concat());
    prop::collection::vec(line, 1..8).prop_map(|lines| lines.concat())
}

/// Lines of which most go together.
fn plausible() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["a", "b", "c", "d", "e", "f/g", "on", "h"]);
    let value = prop::sample::select(vec![
        "", ": 1", ": 'x'", ": x y", ": {}", ":", ":", ":", ": -1", ": # c", ": x # c",
    ]);
    let line = (0_usize..3, prop::sample::select(vec!["", "", "- "]), key, value);
    prop::collection::vec(line, 1..9).prop_map(|lines| {
        let mut depth = 0;
        let lines = lines.into_iter().map(|(up, dash, key, value)| {
            let line = format!("{}{dash}{key}{value}\n", " ".repeat(depth));
            depth = if value == ":" { depth + dash.len() + up } else { depth.saturating_sub(2 * up) };
            line
        });
        lines.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn what_is_read_is_what_the_parser_reads(text in prop_oneof![text(), plausible()]) {
        read(&text);
        read(&format!("z:\n{text}"));
    }
}

use std::fmt::Write as _;

use serde_json::json;

use super::*;

fn read(text: &str) -> Value {
    parse(text, &Bounds::default()).unwrap().map_or(Value::Null, |parsed| parsed.value)
}

fn refused(text: &str) -> YamlProblem {
    match parse(text, &Bounds::default()) {
        Err(error) => error.problem,
        Ok(parsed) => panic!("{text:?} was read as {parsed:?}"),
    }
}

/// Every row was tried on the Go libraries that Kubernetes reads with.
#[test]
fn plain_scalars_mean_what_they_mean_to_kubernetes() {
    for (text, value) in [
        ("0755", json!(493)),
        ("0o755", json!(493)),
        ("+0755", json!(493)),
        ("08", json!(8)),
        ("0b101", json!(5)),
        ("0b+101", json!(5)),
        ("-0b101", json!(-5)),
        ("1_000", json!(1000)),
        ("0x1F", json!(31)),
        ("1.0", json!(1)),
        ("1e3", json!(1000)),
        ("5.", json!(5)),
        (".5", json!(0.5)),
        (".1_5", json!(0.15)),
        ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
        ("18446744073709551616", json!(18_446_744_073_709_551_616_f64)),
        ("yes", json!(true)),
        ("y", json!(true)),
        ("On", json!(true)),
        ("off", json!(false)),
        ("N", json!(false)),
        ("~", json!(null)),
        ("Null", json!(null)),
        ("", json!(null)),
    ] {
        assert_eq!(read(&format!("a: {text}")), json!({ "a": value }), "{text}");
    }
}

#[test]
fn what_only_looks_like_a_number_or_a_word_stays_text() {
    for text in [
        "190:20:30",
        "2001-01-01",
        "=",
        "0x",
        "0b2",
        "oN",
        "tRUE",
        "nUll",
        "1e400",
        "100m",
        "1.5Gi",
        ".",
        "._5",
        "1.2.3",
        "--1",
        "+",
        "_1",
        "inf",
        "0x10000000000000000",
    ] {
        assert_eq!(read(&format!("a: {text}")), json!({ "a": text }), "{text}");
    }
    assert_eq!(read("a: 'yes'\nb: \"0755\"\nc: !!str 5\n"), json!({"a": "yes", "b": "0755", "c": "5"}));
}

#[test]
fn what_kubernetes_refuses_is_refused() {
    assert_eq!(refused("a: .inf"), YamlProblem::Number(".inf".to_owned()));
    assert_eq!(refused("a: .nan"), YamlProblem::Number(".nan".to_owned()));
    assert_eq!(refused("null: a"), YamlProblem::Key("null"));
    assert_eq!(refused("18446744073709551615: a"), YamlProblem::Key("a number above 2^63"));
    assert_eq!(refused("{{ x }}: a"), YamlProblem::Key("a mapping"));
    assert_eq!(refused("? [a]\n: b"), YamlProblem::Key("a list"));
    assert_eq!(refused("a: !!int x"), YamlProblem::Tag("!!int".to_owned()));
    assert_eq!(refused("a: !!timestamp x"), YamlProblem::Tag("!!timestamp".to_owned()));
    assert_eq!(refused("\ta: 1"), YamlProblem::Tab);
    assert_eq!(refused("-\ta"), YamlProblem::Tab);
    assert_eq!(refused(r#"a: "\/""#), YamlProblem::Escape);
    assert_eq!(refused(r#"a: "\uD83D\uDE00""#), YamlProblem::Escape);
    assert_eq!(refused("a: x\u{2028}y"), YamlProblem::LineBreak(0x2028));
    assert_eq!(refused("a: 1\rb: 2\r\n"), YamlProblem::LineBreak(0xD));
    assert!(matches!(refused("%YAML 1.2\n"), YamlProblem::Syntax(_)));
    assert!(matches!(refused("a: *b"), YamlProblem::Syntax(_)));
}

#[test]
fn notation_that_only_the_parser_takes_is_refused() {
    for text in [
        "a: {b:}",
        "a: [b:]",
        "a: {b:, c}",
        "a: [:b]",
        "a: [b?c]",
        "a: {\"b\nc\": d}",
        "a: &b.c d",
        "[? c :]",
    ] {
        assert!(matches!(refused(text), YamlProblem::Style(_)), "{text:?}");
    }
    for text in ["a: |\n  \tx\n", "a: |\n  x\n\t\n", "\t\na: 1\n", "a: 1\n\t\n", "a: 1\n \t# b\nc: 2\n"] {
        assert_eq!(refused(text), YamlProblem::Tab, "{text:?}");
    }
    for text in ["a: |2\n    \n \t ", "a:\n  b: |2\n  \t  "] {
        assert_eq!(refused(text), YamlProblem::Tab, "{text:?}");
    }
    assert_eq!(read("a: |\n  x\n  \ty\n"), json!({"a": "x\n\ty\n"}));
    assert_eq!(read("a: |2\n  \tx\n"), json!({"a": "\tx\n"}));
    assert_eq!(read("a: {\"b\":1, c:d: e}"), json!({"a": {"b": 1, "c:d": "e"}}));
    assert_eq!(read("a: [b:c, http://d/e]"), json!({"a": ["b:c", "http://d/e"]}));
}

#[test]
fn tabs_may_stand_inside_braces_brackets_and_quotes() {
    assert_eq!(read("a: {\n\tb: 1\n}\nc: \"x\n\ty\"\n"), json!({"a": {"b": 1}, "c": "x y"}));
    for text in ["a: {\n\tb: 1}\nc: |\n x\n \ty\n", "a: [\n\tb\n\t]\n", "a: {\n\tb: 1}\n\tc: 2\n"] {
        assert!(parse(text, &Bounds::default()).is_err(), "{text:?}");
    }
}

#[test]
fn a_tab_may_follow_the_colon_of_a_key() {
    let text = "kind:\tPod\na: \t\"b\"\nc:\t{d: e}\nf:\t# g\n  h: i\nj:\t|\n  k\nm:\t\n";
    let value = json!({"kind": "Pod", "a": "b", "c": {"d": "e"}, "f": {"h": "i"}, "j": "k\n", "m": null});
    assert_eq!(read(text), value);
    for text in ["? a\n:\tb\n", ":\ta\n", "a: b\n:\tc\n", "a:\t-\tb\n"] {
        assert!(parse(text, &Bounds::default()).is_err(), "{text:?}");
    }
}

#[test]
fn text_that_kubernetes_would_drop_in_silence_is_an_error() {
    assert_eq!(refused("a: 1\n...\nb: 2\n"), YamlProblem::Trailing);
    assert!(matches!(refused("  a: 1\nb: 2\n"), YamlProblem::Syntax(_)));
    assert_eq!(read("a: 1\n...\n"), json!({"a": 1}));
}

#[test]
fn keys_become_text() {
    for (key, text) in [
        ("y", "true"),
        ("n", "false"),
        ("0755", "493"),
        ("1.5", "1.5"),
        ("1e3", "1000"),
        ("1e6", "1e+06"),
        ("1234567.5", "1.2345675e+06"),
        ("0.00001", "1e-05"),
        ("'<<'", "<<"),
        ("2001-01-01", "2001-01-01"),
    ] {
        assert_eq!(read(&format!("{key}: x")), json!({ text: "x" }), "{key}");
    }
}

#[test]
fn of_a_key_given_twice_the_last_counts_and_both_places_are_told() {
    let parsed = parse("a: 1\nb: 2\na: 3\n", &Bounds::default()).unwrap().unwrap();
    assert_eq!(parsed.value, json!({"a": 3, "b": 2}));
    assert_eq!(
        parsed.duplicates,
        [DuplicateKey {
            key: "a".to_owned(),
            path: "a".to_owned(),
            first: Place { line: 1, column: 1 },
            last: Place { line: 3, column: 1 }
        }]
    );
}

#[test]
fn keys_that_are_the_same_only_in_json_are_an_error() {
    assert_eq!(refused("-0.0: a\n0.0: b\n"), YamlProblem::Collision { key: "0".to_owned(), first: 1 });
    assert_eq!(read("-.0: a\n0: b\n"), json!({"-0": "a", "0": "b"}));
    assert_eq!(refused("1: a\n'1': b\n"), YamlProblem::Collision { key: "1".to_owned(), first: 1 });
}

#[test]
fn merge_keys_merge_and_what_comes_later_wins() {
    assert_eq!(read("<<: {a: 2, b: 3}\na: 1\n"), json!({"a": 1, "b": 3}));
    assert_eq!(read("a: 1\n<<: {a: 2, b: 3}\n"), json!({"a": 2, "b": 3}));
    assert_eq!(read("<<: [{a: 2}, {a: 3, c: 4}]\n"), json!({"a": 2, "c": 4}));
    assert_eq!(read("x: &x {z: 1}\nw:\n  <<: *x\n"), json!({"x": {"z": 1}, "w": {"z": 1}}));
    assert_eq!(read("! \"<<\": {a: 1}\n\"<<\": 2\n"), json!({"a": 1, "<<": 2}));
    assert_eq!(refused("<<: null"), YamlProblem::Merge);
    assert_eq!(refused("x: &x [{z: 1}]\nw:\n  <<: *x\n"), YamlProblem::Merge);
}

#[test]
fn anchors_and_aliases_are_replaced() {
    assert_eq!(read("a: &x 1\nb: &x 2\nc: *x\n"), json!({"a": 1, "b": 2, "c": 2}));
    assert_eq!(read("a: &x 5\n*x : 1\n"), json!({"a": 5, "5": 1}));
    assert_eq!(refused("a: &x [*x]"), YamlProblem::Recursive);
}

#[test]
fn a_block_at_the_end_of_a_file_without_a_line_break_gets_none() {
    assert_eq!(read("a: |\n  x"), json!({"a": "x"}));
    assert_eq!(read("a: >\n  x\n  y"), json!({"a": "x y"}));
    assert_eq!(read("a: |\n  x\n "), json!({"a": "x\n"}));
    assert_eq!(read("a: |\n  x\n"), json!({"a": "x\n"}));
    // A last line of spaces is content only beyond the indentation, whatever stands before it.
    assert_eq!(read("a: |\n  x\n   \n  "), json!({"a": "x\n \n"}));
    assert_eq!(read("a: |\n  x\n   \n   "), json!({"a": "x\n \n "}));
    assert_eq!(read("a: |2\n     \n  "), json!({"a": "   \n"}));
    assert_eq!(read("a: |2\n     \n   "), json!({"a": "   \n "}));
}

#[test]
fn a_key_inside_braces_stands_on_one_line_with_its_anchor() {
    for text in ["{&a\nb: 1}", "{x: y, &a # c\n\"b\": 1}", "a: {&a \n b: 1}"] {
        assert!(matches!(refused(text), YamlProblem::Style(_)), "{text:?}");
    }
    assert_eq!(read("{&a b: &c\n1, d: *c }"), json!({"b": 1, "d": 1}));
}

#[test]
fn documents_without_content_are_nothing() {
    for text in ["", "# only a comment\n", "~", "\n\n"] {
        assert_eq!(parse(text, &Bounds::default()), Ok(None), "{text:?}");
    }
}

#[test]
fn past_a_bound_the_error_names_it() {
    let bounds = Bounds { depth: 3, nodes: 12, ..Bounds::default() };
    let refused = |text: &str| parse(text, &bounds).unwrap_err().problem;
    assert!(parse("[[[1]]]", &bounds).is_ok());
    assert_eq!(refused("[[[[1]]]]"), YamlProblem::TooDeep(3));
    assert_eq!(refused("a:\n  - - - 1\n"), YamlProblem::TooDeep(3));
    assert_eq!(refused("a: &a [[1]]\nb: [*a]\n"), YamlProblem::TooDeep(3));
    assert!(parse("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", &bounds).is_ok());
    assert_eq!(refused("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"), YamlProblem::TooLarge(12));
}

#[test]
fn aliases_of_aliases_are_counted_before_they_are_copied() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (before, next) in ('a'..='i').zip('b'..='j') {
        let aliases = vec![format!("*{before}"); 10].join(", ");
        writeln!(bomb, "{next}: &{next} [{aliases}]").unwrap();
    }
    assert_eq!(refused(&bomb), YamlProblem::TooLarge(1_000_000));
}

#[test]
fn an_error_names_its_place() {
    let error = parse("a: 1\nb:\n  - .inf\n", &Bounds::default()).unwrap_err();
    assert_eq!((error.line, error.column), (3, 5));
}

//! Tests of edits.

use std::cell::Cell;

use super::*;

thread_local! {
    /// How many bytes were read as YAML.
    pub(in crate::cli::fix) static READ: Cell<usize> = const { Cell::new(0) };
}

/// The text in which the field has this value.
fn set(text: &str, target: &Target, answer: Answer, bounds: &Bounds) -> Result<String, EditError> {
    let mut text = Text::new(text, bounds);
    text.set(&[(target, answer)], bounds).remove(0)?;
    Ok(text.whole())
}

fn pod(name: &str) -> Named {
    Named { kind: "Pod".to_owned(), namespace: "default".to_owned(), name: name.to_owned() }
}

fn edit(text: &str, path: &str, answer: Answer) -> Result<String, EditError> {
    let text = format!("kind: Pod\nmetadata: {{name: a}}\n{text}");
    let target = Target { document: 1, object: pod("a"), path: path.to_owned() };
    let edited = set(&text, &target, answer, &Bounds::default())?;
    Ok(edited.strip_prefix("kind: Pod\nmetadata: {name: a}\n").unwrap().to_owned())
}

#[test]
fn a_value_is_replaced_and_all_else_stays() {
    for (text, expected) in [
        ("spec:\n  tty: true # why\n", "spec:\n  tty: false # why\n"),
        ("spec: {tty: true, b: 1}\n", "spec: {tty: false, b: 1}\n"),
        ("spec:\r\n  'tty':   \"yes\"\r\n", "spec:\r\n  'tty':   false\r\n"),
        ("spec:\n  ü: x\n  tty: true", "spec:\n  ü: x\n  tty: false"),
    ] {
        assert_eq!(edit(text, "spec.tty", Answer::False).as_deref(), Ok(expected));
    }
}

#[test]
fn what_lacks_is_put_in_where_it_belongs() {
    let word = Answer::Text("RuntimeDefault");
    for (text, path, expected) in [
        ("spec:\n  a: 1\n", "spec.b.c", "spec:\n  b:\n    c: RuntimeDefault\n  a: 1\n"),
        ("spec:\n- name: x\n  a: 1\n", "spec[0].b", "spec:\n- name: x\n  b: RuntimeDefault\n  a: 1\n"),
        ("spec:\n- name: x", "spec[0].b", "spec:\n- name: x\n  b: RuntimeDefault\n"),
        ("spec:\r\n  a: 1\r\n", "spec.b", "spec:\r\n  b: RuntimeDefault\r\n  a: 1\r\n"),
    ] {
        assert_eq!(edit(text, path, word).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_cannot_be_changed_alone_is_not_changed() {
    for (text, path, why) in [
        ("a: &x {tty: true}\nspec: *x\n", "spec.tty", EditError::Shared),
        ("a: &x\n  tty: true\nspec:\n  <<: *x\n", "spec.tty", EditError::Unsafe),
        ("spec: &x {a: 1}\nb: *x\n", "spec.tty", EditError::Shared),
        ("spec: *x\n", "spec.tty", EditError::Gone),
        ("spec: {a: &x {b: 1}}\nc: {<<: *x}\n", "spec.a.b", EditError::Shared),
        ("spec:\n  tty:\n    a: 1\n", "spec.tty", EditError::NoScalar),
        ("spec:\n  tty: |\n    true\n", "spec.tty", EditError::Unsafe),
        ("spec:\n  tty: &x true\nb: *x\n", "spec.tty", EditError::Shared),
    ] {
        assert_eq!(edit(text, path, Answer::False), Err(why), "{text}");
    }
    let other = Target { document: 1, object: pod("b"), path: "a".to_owned() };
    let text = "kind: Pod\nmetadata: {name: a}\na: true\n";
    assert_eq!(set(text, &other, Answer::False, &Bounds::default()), Err(EditError::Gone));
}

#[test]
fn under_an_anchor_nothing_is_changed_also_if_nobody_refers_to_it() {
    for (text, path) in [
        ("spec: &x {tty: true}\n", "spec.tty"),
        ("spec: &x\n  tty: true\n", "spec.tty"),
        ("spec: &x\n  a: 1\n", "spec.tty"),
        ("spec: &x {a: 1}\n", "spec.tty"),
        ("spec:\n  tty: &x true\n", "spec.tty"),
        ("spec:\n- &x\n  tty: true\n", "spec[0].tty"),
        ("spec:\n  <<: {tty: true}\n", "spec.tty"),
        ("spec:\n  <<: &x {tty: true}\n  a: 1\n", "spec.tty"),
    ] {
        assert_eq!(edit(text, path, Answer::False), Err(EditError::Shared), "{text}");
    }
    // Beside one, everything may be.
    for text in ["a: &x {b: 1}\nspec: {tty: true}\n", "spec:\n  a: &x 1\n  b: *x\n  tty: true\n"] {
        let expected = text.replace("tty: true", "tty: false");
        assert_eq!(edit(text, "spec.tty", Answer::False).as_deref(), Ok(expected.as_str()), "{text}");
    }
    // Other documents are their own matter, and a flow mapping at the beginning is no JSON.
    let text = "{kind: Pod, metadata: {name: a}, spec: &x {tty: true}}\n";
    let target = Target { document: 1, object: pod("a"), path: "spec.tty".to_owned() };
    assert_eq!(set(text, &target, Answer::False, &Bounds::default()), Err(EditError::Shared));
    let two = "# nothing\n---\na: &x 1\n---\nkind: Pod\nmetadata: {name: a}\nspec: {tty: true}\n";
    let target = Target { document: 2, ..target };
    let expected = two.replace("true", "false");
    assert_eq!(set(two, &target, Answer::False, &Bounds::default()), Ok(expected));
}

#[test]
fn what_lacks_is_put_in_braces_as_they_are_written() {
    let word = Answer::Text("RuntimeDefault");
    for (text, path, expected) in [
        ("spec: {a: 1}\n", "spec.b", "spec: {b: RuntimeDefault, a: 1}\n"),
        ("spec: {}\n", "spec.b.c", "spec: {b: {c: RuntimeDefault}}\n"),
        ("spec: { a: 1 } # why\n", "spec.b", "spec: { b: RuntimeDefault, a: 1 } # why\n"),
        ("spec:\n- {a: 1}\n", "spec[0].b", "spec:\n- {b: RuntimeDefault, a: 1}\n"),
        ("spec: [{a: {}}]\n", "spec[0].a.b", "spec: [{a: {b: RuntimeDefault}}]\n"),
        ("\"spec\":\n  {\n    a: 1}\n", "spec.b", "\"spec\":\n  {\n    b: RuntimeDefault,\n    a: 1}\n"),
    ] {
        assert_eq!(edit(text, path, word).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn a_list_gets_a_member_and_keeps_the_others() {
    let all = Answer::Member("ALL");
    for (text, expected) in [
        ("spec:\n  drop: [A, B] # why\n", "spec:\n  drop: [ALL, A, B] # why\n"),
        ("spec:\n  drop: []\n", "spec:\n  drop: [ALL]\n"),
        ("spec:\n  drop:\n    - A\n    - B\n", "spec:\n  drop:\n    - ALL\n    - A\n    - B\n"),
        ("spec:\n  drop:\n  - \"A\"\r\n", "spec:\n  drop:\n  - ALL\r\n  - \"A\"\r\n"),
        ("spec:\n  drop: [\n    A,\n  ]\n", "spec:\n  drop: [\n    ALL,\n    A,\n  ]\n"),
        ("spec:\n  a: 1\n", "spec:\n  drop: [ALL]\n  a: 1\n"),
        ("spec: {drop: [ALL]}\n", "spec: {drop: [ALL]}\n"),
    ] {
        assert_eq!(edit(text, "spec.drop", all).as_deref(), Ok(expected), "{text}");
    }
    assert_eq!(edit("a: &x [A]\nspec: {drop: *x}\n", "spec.drop", all), Err(EditError::Shared));
    assert_eq!(edit("a: &x A\nspec:\n  drop:\n  - *x\n", "spec.drop", all), Err(EditError::NoPlace));
}

#[test]
fn json_stays_json() {
    let target = |path: &str| Target { document: 1, object: pod("a"), path: path.to_owned() };
    let set = |text: &str, path: &str, answer| set(text, &target(path), answer, &Bounds::default()).unwrap();
    let text = "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":{\n  \"x\": [ \"b\" ]\n}}";
    let edited = set(text, "spec.a.b", Answer::Text("c"));
    assert_eq!(edited, text.replace("{\n  \"x\"", "{\n  \"a\": {\"b\": \"c\"},\n  \"x\""));
    let edited = set(text, "spec.x", Answer::Member("c"));
    assert_eq!(edited, text.replace("[ \"b\"", "[ \"c\", \"b\""));
}

#[test]
fn objects_in_lists_are_found_by_kind_name_and_namespace() {
    let text =
        "kind: PodList\napiVersion: v1\nitems:\n- metadata: {name: b}\n- metadata: {name: a}\n  tty: true\n";
    let target = Target { document: 1, object: pod("a"), path: "tty".to_owned() };
    let edited = set(text, &target, Answer::False, &Bounds::default());
    assert_eq!(edited, Ok(text.replace("true", "false")));
    let nested = "kind: List\nitems:\n- kind: List\n  items: [{kind: Pod, metadata: {name: a, namespace: x}}, \
        {kind: Pod, metadata: {name: a, namespace: default}}]\n";
    let edited = set(nested, &target, Answer::True, &Bounds::default()).unwrap();
    assert_eq!(
        edited,
        nested.replace(
            "{kind: Pod, metadata: {name: a, namespace: default",
            "{tty: true, kind: Pod, metadata: {name: a, namespace: default"
        )
    );
    let twice = "kind: List\nitems:\n- &p {kind: Pod, metadata: {name: a}}\n- *p\n";
    assert_eq!(set(twice, &target, Answer::True, &Bounds::default()), Err(EditError::Twice));
}

#[test]
fn each_edit_reads_its_own_document_only() {
    const DOCUMENTS: usize = 100;
    let text: String = (0..DOCUMENTS)
        .map(|_| "kind: Pod\nmetadata: {name: a}\ntty: true\n--- # next\n# one\n---\n")
        .collect();
    READ.set(0);
    let bounds = Bounds::default();
    let mut edited = Text::new(&text, &bounds);
    assert_eq!(edited.whole(), text);
    for document in 1..=DOCUMENTS {
        let target = Target { document, object: pod("a"), path: "tty".to_owned() };
        assert_eq!(edited.set(&[(&target, Answer::False)], &bounds), [Ok(true)]);
        assert_eq!(edited.set(&[(&target, Answer::False)], &bounds), [Ok(false)]);
    }
    assert_eq!(edited.whole(), text.replace("true", "false"));
    let read = READ.get();
    assert!(read < 6 * text.len(), "{read} bytes are read of {}", text.len());
}

#[test]
fn many_values_of_a_document_are_given_in_a_few_readings_and_one_that_cannot_be_stops_no_other() {
    const ITEMS: usize = 200;
    let item = |index: usize| {
        let tty = if index == 7 { "|\n    true" } else { "true" };
        format!("- kind: Pod\n  metadata: {{name: p{index}}}\n  tty: {tty}\n  a:\n    b: 1\n")
    };
    let text = format!("kind: List\nitems:\n{}", (0..ITEMS).map(item).collect::<String>());
    let bounds = Bounds::default();
    let target = |index: usize, path: &str| Target {
        document: 1,
        object: pod(&format!("p{index}")),
        path: path.to_owned(),
    };
    let targets: Vec<_> = (0..ITEMS)
        .flat_map(|index| ["a.c", "a.d.e", "a.d.f", "tty"].map(|path| target(index, path)))
        .collect();
    let wanted: Vec<_> = targets.iter().map(|target| (target, Answer::False)).collect();
    READ.set(0);
    let mut many = Text::new(&text, &bounds);
    let became = many.set(&wanted, &bounds);
    let read = READ.get();
    // One that is to blame for a failure is looked for by halves.
    assert!(read < 100 * text.len(), "{read} bytes are read of {}", text.len());
    // One by one, each reads the document.
    let mut alone = Text::new(&text, &bounds);
    for (wanted, became) in wanted.iter().zip(became) {
        assert_eq!(alone.set(&[*wanted], &bounds), [became], "{:?}", wanted.0);
        assert_eq!(became.is_err(), *wanted.0 == target(7, "tty"));
    }
    assert_eq!(many.whole(), alone.whole());
}

#[test]
fn where_nothing_stands_behind_a_key_a_value_does() {
    let word = Answer::Text("x");
    for (text, expected) in [
        ("spec:\n  a: 1\n  s: # why\n  b: 2\n", "spec:\n  a: 1\n  s: {t: {u: x}} # why\n  b: 2\n"),
        ("spec:\n  s:\n", "spec:\n  s: {t: {u: x}}\n"),
        ("spec:\r\n  s:\r\n  b: 2\r\n", "spec:\r\n  s: {t: {u: x}}\r\n  b: 2\r\n"),
        ("spec:\n  s: ~\n", "spec:\n  s: {t: {u: x}}\n"),
        ("spec: {s: null, a: 1}\n", "spec: {s: {t: {u: x}}, a: 1}\n"),
        ("spec: {s: , a: 1}\n", "spec: {s: {t: {u: x}} , a: 1}\n"),
        ("spec:\n  s:", "spec:\n  s: {t: {u: x}}"),
        ("spec:\n  s:\n    t:\n  b: 2\n", "spec:\n  s:\n    t: {u: x}\n  b: 2\n"),
        ("spec:\n  s:\n    t:\n      u:\n", "spec:\n  s:\n    t:\n      u: x\n"),
    ] {
        assert_eq!(edit(text, "spec.s.t.u", word).as_deref(), Ok(expected), "{text}");
    }
    assert_eq!(
        edit("spec:\n  drop:\n", "spec.drop", Answer::Member("A")).as_deref(),
        Ok("spec:\n  drop: [A]\n")
    );
    assert_eq!(edit("spec: &x\nb: *x\n", "spec.s", word), Err(EditError::Shared));
    assert_eq!(edit("spec:\n  s:\n    ~\n", "spec.s.t", word), Err(EditError::Unsafe));
    let text = "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":null}";
    let target = Target { document: 1, object: pod("a"), path: "spec.s".to_owned() };
    let expected = text.replace("null", "{\"s\": \"x\"}");
    assert_eq!(set(text, &target, word, &Bounds::default()), Ok(expected));
}

#[test]
fn what_a_later_document_begins_with_makes_no_json_of_it() {
    let text = "a: 1\r\n---\n{kind: Pod, metadata: {name: a}, spec: {}}\n---\nkind: Pod\nmetadata:\n  name: b\nspec:\n  a: 1";
    let target = |document, name: &str| Target { document, object: pod(name), path: "spec.b.c".to_owned() };
    let word = Answer::Text("x");
    let bounds = Bounds::default();
    assert_eq!(set(text, &target(2, "a"), word, &bounds), Ok(text.replace("{}", "{b: {c: x}}")));
    let expected = text.replace("spec:\n  a", "spec:\n  b:\r\n    c: x\r\n  a");
    assert_eq!(set(text, &target(3, "b"), word, &bounds), Ok(expected));
    assert_eq!(set(text, &target(4, "b"), word, &bounds), Err(EditError::Gone));
}

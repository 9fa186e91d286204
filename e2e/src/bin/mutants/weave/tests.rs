use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::{listing::Mutant, sites};

/// A mutant of the first place where the text stands.
fn mutant(source: &str, id: u32, genre: &str, text: &str, replacement: &str) -> Mutant {
    let start = source.find(text).unwrap();
    let at = |offset: usize| json!({"line": 1, "column": offset + 1});
    let span = json!({"start": at(start), "end": at(start + text.len())});
    serde_json::from_value(json!({
        "id": id, "name": "", "file": "", "span": span, "replacement": replacement, "genre": genre,
    }))
    .unwrap()
}

fn woven(source: &str, mutants: &[Mutant]) -> Woven {
    let mutants: Vec<&Mutant> = mutants.iter().collect();
    let found = sites::find(source, &mutants, &BTreeSet::new()).unwrap();
    weave(source, &found.sites, &|_| false)
}

/// The text with conditions in brackets, which is easier to read.
fn text(source: &str, mutants: &[Mutant]) -> String {
    woven(source, mutants).text.replace("crate::planted::active", "").replace("crate::planted::", "")
}

#[test]
fn a_mutated_branch_holds_no_other_mutant() {
    let source = "fn f() -> bool { a && b == c }";
    let mutants = [
        mutant(source, 1, "FnValue", "a &&", "true"),
        mutant(source, 2, "BinaryOperator", "&&", "||"),
        mutant(source, 3, "BinaryOperator", "==", "!="),
    ];
    assert_eq!(
        text(source, &mutants),
        "fn f() -> bool {if (1) { return true; }  (if (2) { (a) || (b == c) } else { a && \
         (if (3) { (b) != (c) } else { b == c }) }) }"
    );
}

#[test]
fn arms_guards_fields_and_signs_are_conditions() {
    let source = "fn f() -> S { match n { 1 => S { x: -1, ..d }, y if y => d, _ => d } }";
    let mutants = [
        mutant(source, 1, "MatchArm", "1 => S { x: -1, ..d },", ""),
        mutant(source, 2, "StructField", "x: -1,", ""),
        mutant(source, 3, "UnaryOperator", "-1", ""),
        mutant(source, 4, "MatchArmGuard", "y =>", "false"),
    ];
    // The first `y =>` begins the guard.
    assert_eq!(
        text(source, &mutants).replacen("-> S {", "", 1),
        "fn f()  match n { 1 if !(1) => (if (2) { S {  ..d } } else { S { x: (if (3) { 1 } else { -1 }), ..d } \
         }), y if (if (4) { false } else { y }) => d, _ => d } }"
    );
}

#[test]
fn what_is_assigned_to_stands_alone_and_const_goes() {
    let source = "const fn f() { x += 1; }";
    let mutants = [mutant(source, 1, "BinaryOperator", "+=", "-=")];
    assert_eq!(text(source, &mutants), " fn f() { (if (1) { x -= 1 } else { x += 1 }); }");
}

#[test]
fn iterators_of_two_types_are_one() {
    let source = "fn f() -> impl Iterator<Item = u8> { a.iter() }";
    let mutants = [mutant(source, 1, "FnValue", "a.iter()", "empty()")];
    let expected = "fn f() -> impl Iterator<Item = u8> {if (1) { Either::Left(empty()) } else { \
                    Either::Right({ a.iter() }) }}";
    assert_eq!(text(source, &mutants), expected);
    // One that ends early has no place for another type.
    let source = "fn f() -> impl Iterator<Item = u8> { let a = b?; a.iter() }";
    assert_eq!(text(source, &[mutant(source, 1, "FnValue", "let a", "empty()")]), source);
}

#[test]
fn a_pattern_and_an_or_after_let_hold_no_condition() {
    let source = "fn f() { if let -1 = a && b { c } }";
    let mutants =
        [mutant(source, 1, "BinaryOperator", "&&", "||"), mutant(source, 2, "UnaryOperator", "-", "")];
    let found = sites::find(source, &mutants.iter().collect::<Vec<_>>(), &BTreeSet::new()).unwrap();
    assert_eq!(found.unviable, [1]);
    assert_eq!(text(source, &mutants), source);
}

#[test]
fn an_error_is_blamed_on_the_nearest_text_that_mutants_brought() {
    let source = "fn f() -> bool { match a { 1 => b == c, _ => d } }";
    let mutants = [
        mutant(source, 1, "FnValue", "match", "xyzzy"),
        mutant(source, 2, "BinaryOperator", "==", "!="),
        mutant(source, 3, "MatchArm", "1 => b == c,", ""),
    ];
    let woven = woven(source, &mutants);
    let blame = |text: &str| {
        let start = woven.text.find(text).unwrap();
        woven.blame(&(start..start + text.len()))
    };
    assert_eq!(blame("xyzzy"), Some(Blame::Mutants(vec![1])));
    assert_eq!(blame("(b) != (c)"), Some(Blame::Mutants(vec![2])));
    assert_eq!(blame("active(2)"), Some(Blame::Weaving(vec![2])));
    assert_eq!(blame("match a"), Some(Blame::Arms(vec![3])));
    assert_eq!(blame("active(1)"), Some(Blame::Weaving(vec![1, 3, 2])));
    assert_eq!(blame("fn f"), None);
}

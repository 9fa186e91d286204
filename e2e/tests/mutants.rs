//! The runner of `make mutants` tells what tests catch from what they do not, by a library of its own: with a
//! function that no test calls, a bound that none looks at, and mutants of every kind.
#![cfg(test)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

const MANIFEST: &str = "[package]\nname = \"seaworthy\"\nedition = \"2024\"\n\n[workspace]\n";

const LIBRARY: &str = r#"
pub struct Opaque(u8);

#[derive(Default)]
pub struct Pair { pub left: u8, pub right: u8 }

pub const ROOM: usize = room();

pub fn is_large(number: u32) -> bool {
    number > 10
}

pub fn forgotten(number: u32) -> u32 {
    number + 1
}

pub fn names(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|place| format!("name-{place}"))
}

pub fn word(number: i32) -> &'static str {
    match number {
        1 => "one",
        other if other < -5 => "low",
        _ => "any",
    }
}

pub fn opaque() -> Opaque {
    Opaque(ROOM as u8)
}

pub const fn room() -> usize {
    4 * 2
}

pub fn within(number: Option<u8>) -> bool {
    if let Some(number) = number && number != 7 { true } else { false }
}

pub fn pair() -> Pair {
    Pair { left: 1, ..Pair::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_one_is_looked_at() {
        assert!(is_large(12) && !is_large(2));
        assert!(names(2).eq(["name-0", "name-1"]));
        assert_eq!((word(1), word(-9), word(0)), ("one", "low", "any"));
        assert!(within(Some(1)) && !within(Some(7)) && !within(None));
        assert_eq!((ROOM, opaque().0, pair().left), (8, 8, 1));
    }
}
"#;

/// Each mutant: its genre, the text that it stands in, what of it is replaced, by what, and what comes of it.
const MUTANTS: &[(&str, &str, &str, &str, &str)] = &[
    ("FnValue", "number > 10", "number > 10", "true", "Caught"),
    ("BinaryOperator", "number > 10", ">", "==", "Caught"),
    ("BinaryOperator", "number > 10", ">", ">=", "Survived"),
    ("FnValue", "number + 1", "number + 1", "0", "Unreached"),
    (
        "FnValue",
        "(0..count).map(|place| format!(\"name-{place}\"))",
        "(0..count).map(|place| format!(\"name-{place}\"))",
        "::std::iter::empty()",
        "Caught",
    ),
    ("MatchArm", "1 => \"one\",", "1 => \"one\",", "", "Caught"),
    ("MatchArmGuard", "other < -5", "other < -5", "true", "Caught"),
    ("BinaryOperator", "other < -5", "<", "<=", "Survived"),
    ("UnaryOperator", "-5", "-", "", "Caught"),
    ("FnValue", "Opaque(ROOM as u8)", "Opaque(ROOM as u8)", "Default::default()", "Unviable"),
    ("BinaryOperator", "4 * 2", "*", "+", "NotTried"),
    ("BinaryOperator", "number && number", "&&", "||", "Unviable"),
    ("BinaryOperator", "number != 7", "!=", "==", "Caught"),
    ("StructField", "left: 1,", "left: 1,", "", "Caught"),
];

#[test]
fn what_no_test_looks_at_survives() {
    let folder = tempfile::tempdir().unwrap();
    let tree = library(folder.path());
    let output = run(folder.path(), &tree, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let expected: BTreeMap<String, &str> =
        MUTANTS.iter().enumerate().map(|(place, mutant)| (name(place), mutant.4)).collect();
    assert_eq!(
        verdicts(folder.path()),
        expected.into_iter().map(|(name, word)| (name, word.to_owned())).collect()
    );
    let survivors = fs::read_to_string(folder.path().join("work/survivors.txt")).unwrap();
    assert_eq!(survivors.lines().collect::<Vec<_>>(), [2, 3, 7, 10].map(name), "{survivors}");

    // Only those again, and the one that is no condition by itself.
    let survivors = folder.path().join("work/survivors.txt");
    let output =
        run(folder.path(), &tree, &["--one-by-one", "--least", "25", "--again", survivors.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let again = [(2, "Survived"), (3, "Unreached"), (7, "Survived"), (10, "Caught")];
    assert_eq!(
        verdicts(folder.path()),
        again.into_iter().map(|(place, word)| (name(place), word.to_owned())).collect()
    );
}

#[test]
fn tests_that_fail_by_themselves_judge_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tree = library(folder.path());
    let source = LIBRARY.replace("is_large(12)", "is_large(1)");
    fs::write(tree.join("src/lib.rs"), source).unwrap();
    let output = run(folder.path(), &tree, &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("without any mutant, tests of lib fail"), "{said}");
}

/// The library as a tree of its own, and the list of its mutants beside it.
fn library(folder: &Path) -> PathBuf {
    let tree = folder.join("library");
    fs::create_dir_all(tree.join("src")).unwrap();
    fs::write(tree.join("Cargo.toml"), MANIFEST).unwrap();
    fs::write(tree.join("src/lib.rs"), LIBRARY).unwrap();
    assert!(Command::new("git").args(["init", "-q"]).current_dir(&tree).status().unwrap().success());
    let list: Vec<Value> = (0..MUTANTS.len()).map(listed).collect();
    fs::write(folder.join("list.json"), Value::from(list).to_string()).unwrap();
    tree
}

fn name(place: usize) -> String {
    let (_, within, replaced, by, _) = MUTANTS[place];
    format!("src/lib.rs:{place}:1: replace {replaced} with {by} in {within}")
}

/// As `cargo mutants` lists it.
fn listed(place: usize) -> Value {
    let (genre, within, replaced, by, _) = MUTANTS[place];
    let start = LIBRARY.find(within).unwrap() + within.find(replaced).unwrap();
    let at = |offset: usize| {
        let before = &LIBRARY[..offset];
        json!({"line": before.matches('\n').count() + 1, "column": offset - before.rfind('\n').unwrap()})
    };
    json!({
        "name": name(place), "file": "src/lib.rs", "genre": genre, "replacement": by, "package": "seaworthy",
        "span": {"start": at(start), "end": at(start + replaced.len())},
    })
}

fn run(folder: &Path, tree: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mutants"));
    command
        .arg("--root")
        .arg(tree)
        .arg("--work")
        .arg(folder.join("work"))
        .arg("--list")
        .arg(folder.join("list.json"));
    command.args(["--folder", "src", "--units", "tests::", "--tests", ""]).args(more).output().unwrap()
}

/// The word for what came of each mutant.
fn verdicts(folder: &Path) -> BTreeMap<String, String> {
    let outcomes = fs::read(folder.join("work/outcomes.json")).unwrap();
    let outcomes: Vec<Value> = serde_json::from_slice(&outcomes).unwrap();
    let word = |verdict: &Value| match verdict {
        Value::String(word) => word.clone(),
        other => other.as_object().unwrap().keys().next().unwrap().clone(),
    };
    outcomes.iter().map(|one| (one["name"].as_str().unwrap().to_owned(), word(&one["verdict"]))).collect()
}

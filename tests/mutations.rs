//! The bugs of `e2e/mutations` can still be planted, and the documentation lists them.

#![cfg(test)]

use std::fs;

#[test]
fn every_planted_bug_finds_its_place_and_is_documented() {
    let documented = fs::read_to_string("docs/testing.md").unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir("e2e/mutations").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "mutation") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let section = |name: &str| {
            let (_, rest) = text.split_once(&format!("== {name}\n")).unwrap();
            rest.split("\n== ").next().unwrap().to_owned()
        };
        let source = fs::read_to_string(section("file")).unwrap();
        let found = source.matches(&section("old")).count();
        assert_eq!(found, 1, "{}: its text must be in {} once", path.display(), section("file"));
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            documented.contains(&format!("| {name} | {} |", section("bug"))),
            "{name} is not in docs/testing.md"
        );
        names.push(name);
    }
    assert!(names.len() >= 12, "{names:?}");
}

//! `docs/contributing.md` walks along a commit: that is in the history, and did what is told of it.
//!
//! Next: `tests/tutorials.rs` for documents whose commands are run.
#![cfg(test)]

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a command of Git prints; nothing if it fails.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir(ROOT).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Why the history is not here, if it is not.
fn without_history() -> Option<&'static str> {
    let is_own = git(&["rev-parse", "--show-cdup"]).is_some_and(|up| up.trim().is_empty());
    match git(&["rev-parse", "--is-shallow-repository"]).as_deref().map(str::trim) {
        Some("false") if is_own => None,
        Some("true") if is_own => Some("a shallow clone"),
        _ => Some("no clone of this repository, or no Git"),
    }
}

#[test]
fn the_commit_that_is_walked_through_is_what_is_told_of_it() {
    let document = std::fs::read_to_string(Path::new(ROOT).join("docs/contributing.md")).unwrap();
    let (_, rest) = document.split_once("\n$ git ").expect("a command of Git");
    let (command, rest) = rest.split_once('\n').unwrap();
    let (told, _) = rest.split_once("```").unwrap();
    let arguments: Vec<&str> = command.split(' ').collect();
    let commit = *arguments.last().unwrap();
    if let Some(why) = without_history() {
        // Past the harness, which keeps what a test that passes says to itself. A build machine that takes no more of the
        // history than it needs has left nothing out of the code: the walk holds wherever all of it is.
        let told = "\nThe commit of docs/contributing.md was not compared";
        let _ = writeln!(std::io::stderr().lock(), "{told}: {why}");
        return;
    }
    assert!(git(&["merge-base", "--is-ancestor", commit, "HEAD"]).is_some(), "{commit} is no ancestor");
    let is = git(&arguments).unwrap();
    assert_eq!(told, is, "what is told of {commit}");
    // One file is the check, one line registers it, one fixture holds its cases.
    let checks: Vec<&str> = is.lines().filter(|line| line.contains("src/checks/configuration/")).collect();
    let [check] = checks.as_slice() else { panic!("{checks:?}") };
    let name = check.rsplit('/').next().unwrap().trim_end_matches(".rs");
    let kebab = name.replace('_', "-");
    assert!(document.contains(&format!("along the commit that made one: `{kebab}`")), "{name}");
    let registered = git(&["show", "--format=", "-U0", commit, "--", "src/checks/registry.rs"]).unwrap();
    let changed = |sign: &str| -> Vec<&str> {
        let lines =
            registered.lines().filter(|line| line.starts_with(sign) && !line.starts_with(&sign.repeat(3)));
        lines.map(|line| line[1..].trim()).collect()
    };
    let (before, after) = (changed("-"), changed("+"));
    assert_eq!((before.len(), after.len()), (1, 1), "{registered}");
    assert_eq!(after[0].replace(&format!("{name}, "), ""), before[0]);
    assert!(is.lines().any(|line| line.ends_with(&format!("tests/fixtures/checks/{kebab}.json"))), "{is}");
}

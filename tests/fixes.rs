//! `check --fix` and `--diff` with the real binary: what is found is gone, a second run changes nothing, and every
//! other byte stays.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use seaworthy::checks;
use tempfile::TempDir;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn check(folder: &TempDir, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_seaworthy"))
        .args(["check", "--fail-on", "info"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn folder_with(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), text).unwrap();
    folder
}

fn now(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join("a.yaml")).unwrap()
}

/// The failing example of a check, as a whole object.
fn failing(check: &seaworthy::catalogue::Check) -> String {
    let section = check.section("Failing example").unwrap();
    let example = section.split("```").nth(1).unwrap().trim_start_matches("yaml\n").to_owned();
    if example.contains("kind:") {
        return example;
    }
    let head = if example.contains("metadata:") { "" } else { "metadata: {name: a}\n" };
    format!("apiVersion: v1\nkind: Pod\n{head}{example}")
}

#[test]
fn of_every_check_with_an_answer_the_finding_is_gone_and_a_second_run_changes_nothing() {
    let fixable = checks::ALL.iter().filter(|check| !check.fixes.is_empty());
    let mut seen = 0;
    for one in fixable {
        let before = failing(one);
        let folder = folder_with(&before);
        let select = ["--complete", "--select", one.name, "a.yaml"];
        assert_eq!(check(&folder, &select).code, 1, "{}: {before}", one.name);
        let fixed = check(&folder, &[&["--fix", "--unsafe-fixes"], &select[..]].concat());
        assert_eq!(fixed.code, 0, "{}: {}{}\n{}", one.name, fixed.out, fixed.err, now(&folder));
        let after = now(&folder);
        let again = check(&folder, &[&["--fix", "--unsafe-fixes"], &select[..]].concat());
        assert_eq!((again.code, now(&folder)), (0, after), "{}", one.name);
        seen += 1;
    }
    assert!(seen > 10, "only {seen} checks have an answer");
}

const POD: &str = "\
# kept
apiVersion: v1
kind: Pod
metadata: {name: a} # kept
spec:
  containers:
  - name:   app
    image: registry.example/app:1.0.0
    tty: yes   # a person
  - {name: other, image: registry.example/app:1.0.0, tty: true}
";

#[test]
fn a_difference_is_shown_and_nothing_is_changed() {
    let folder = folder_with(POD);
    let ran = check(&folder, &["--diff", "--select", "interactive-tty", "a.yaml"]);
    let expected = "\
--- a.yaml
+++ a.yaml
@@ -6,5 +6,5 @@
   containers:
   - name:   app
     image: registry.example/app:1.0.0
-    tty: yes   # a person
-  - {name: other, image: registry.example/app:1.0.0, tty: true}
+    tty: false   # a person
+  - {name: other, image: registry.example/app:1.0.0, tty: false}
";
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (1, expected, "note: 2 values would be changed\n")
    );
    assert_eq!(now(&folder), POD);
    check(&folder, &["--fix", "--select", "interactive-tty", "a.yaml"]);
    assert_eq!(now(&folder), POD.replace("tty: yes", "tty: false").replace("tty: true", "tty: false"));
}

#[test]
fn what_is_risky_or_asks_for_something_else_first_is_left_alone() {
    let privileged = POD.replace("    tty: yes   # a person\n", "    securityContext: {privileged: true}\n");
    let folder = folder_with(&privileged);
    let ran =
        check(&folder, &["--fix", "--select", "privileged-container,allow-privilege-escalation", "a.yaml"]);
    assert!(ran.err.contains("1 more have an answer with --unsafe-fixes"), "{}", ran.err);
    // The other container is in one line, which takes none.
    assert!(
        ran.err.contains("spec.containers[1].securityContext.allowPrivilegeEscalation is not changed"),
        "{}",
        ran.err
    );
    assert_eq!((ran.code, now(&folder)), (1, privileged));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However a Pod is written, only the lines change that have to.
    #[test]
    fn every_other_byte_stays(
        indent in 0..4_usize,
        windows in any::<bool>(),
        comments in prop::collection::vec("[ a-z#:{}\"']{0,12}", 6),
        ends in any::<bool>(),
    ) {
        let pad = " ".repeat(indent);
        let comment = |index: usize| format!("# {}", comments[index]);
        let mut text = format!(
            "{}\napiVersion: v1\nkind: Pod\nmetadata: {{name: a}} {}\nspec:\n  containers:\n{pad}  - name: app {}\n\
             {pad}    image: x:1\n{pad}    tty: true {}\n{}\n{pad}    securityContext: {}\n{pad}      runAsUser: 7\n",
            comment(0), comment(1), comment(2), comment(3), comment(4), comment(5)
        );
        if !ends {
            text.pop();
        }
        if windows {
            text = text.replace('\n', "\r\n");
        }
        let folder = folder_with(&text);
        let end = if windows { "\r\n" } else { "\n" };
        let ran = check(&folder, &["--fix", "--select", "interactive-tty,allow-privilege-escalation", "a.yaml"]);
        prop_assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let line = format!("{pad}      runAsUser");
        let added = format!("{pad}      allowPrivilegeEscalation: false{end}{line}");
        prop_assert_eq!(now(&folder), text.replacen("tty: true", "tty: false", 1).replacen(&line, &added, 1));
    }
}

#[test]
fn files_that_nothing_is_changed_in_are_not_written() {
    let folder = folder_with(POD);
    let time = |name: &str| fs::metadata(Path::new(&folder.path().join(name))).unwrap().modified().unwrap();
    let before = time("a.yaml");
    check(&folder, &["--fix", "--select", "memory-limits", "a.yaml"]);
    assert_eq!(time("a.yaml"), before);
}

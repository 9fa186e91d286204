//! What outputs say of what is accepted, and what they leave alone, with the real binary.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use support::program::{self, Ran};

mod support {
    #[expect(dead_code, reason = "what outputs replace is no JSON")]
    pub(crate) mod program;
}

/// A pod whose container is privileged, with this behind the value.
fn pod(name: &str, behind: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n    - name: app\n      image: \
         registry.example/app:1.0.0\n      securityContext:\n        privileged: true{behind}\n"
    )
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn check(folder: &Path, arguments: &[&str]) -> Ran {
    let always = ["check", "--select", "privileged-container", "--now", "2026-11-23"];
    program::run(folder, &[&always, arguments].concat())
}

const POLICY: &str = "apiVersion: seaworthy.dev/v1alpha1\nkind: ClusterReadinessPolicy\nmetadata: {name: gate}\nspec:\n  \
                      profile: None\n  profileVersion: 1\n  allowAnnotationWaivers: true\n  checks: [{name: \
                      privileged-container}]\n";

#[test]
fn what_is_accepted_is_told_with_its_reason_in_every_format_that_tells_it() {
    let comment =
        pod("one", " # seaworthy: ignore[privileged-container] reason=\"ticket 7\" until=2026-12-31");
    let waived = pod("three", "").replace(
        "  name: three",
        "  name: three\n  annotations: {waive.seaworthy.dev/privileged-container: \"ticket 9; until=2026-12-30\"}",
    );
    let config =
        "suppress:\n  - checks: [privileged-container]\n    object: {name: two}\n    reason: ticket 8\n";
    let folder = folder(&[
        ("one.yaml", &comment),
        ("two.yaml", &pod("two", "")),
        ("three.yaml", &waived),
        (".seaworthy.yaml", config),
        ("policy/gate.yaml", POLICY),
    ]);
    let files = ["--policy", "policy/gate.yaml", "one.yaml", "two.yaml", "three.yaml"];
    let log = check(folder.path(), &[&["-o", "sarif"], &files[..]].concat());
    assert_eq!((log.code, log.err.as_str()), (0, ""));
    let told = |result: &Value| {
        let file = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        (file.as_str().unwrap().to_owned(), result["suppressions"][0].clone())
    };
    let mut told: Vec<_> = log.json()["runs"][0]["results"].as_array().unwrap().iter().map(told).collect();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let suppression =
        |kind: &str, reason: &str| json!({"kind": kind, "status": "accepted", "justification": reason});
    let with = |mut suppression: Value, until: &str| {
        suppression["properties"] = json!({"until": until});
        suppression
    };
    assert_eq!(
        told,
        [
            ("one.yaml".to_owned(), with(suppression("inSource", "ticket 7"), "2026-12-31")),
            ("three.yaml".to_owned(), with(suppression("external", "ticket 9"), "2026-12-30")),
            ("two.yaml".to_owned(), suppression("external", "ticket 8")),
        ]
    );
    for format in ["concise", "junit", "markdown", "html"] {
        let out = check(folder.path(), &[&["-o", format], &files[..]].concat()).out;
        let out = out.replace("\\_", "_");
        for words in [
            "(accepted by a comment: ticket 7, until 2026-12-31)",
            "(accepted by .seaworthy.yaml: ticket 8)",
            "(accepted by the annotation waive.seaworthy.dev/privileged-container: ticket 9, until 2026-12-30)",
        ] {
            assert!(out.contains(words), "{format}: {words}\n{out}");
        }
    }
    let text = check(folder.path(), &files).out;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("privileged-container: ticket 9, until 2026-12-30"), "{text}");
}

#[test]
fn a_hard_link_is_the_file_that_it_is_a_name_of() {
    let manifest = pod("one", "");
    let folder = folder(&[
        ("a.yaml", &manifest),
        ("policy.yaml", POLICY),
        ("chart/Chart.yaml", "name: c\nversion: 1.0.0\n"),
        ("chart/templates/a.yaml", &manifest),
        ("baseline.json", "{\"schemaVersion\": 1, \"findings\": []}\n"),
        ("json", ""),
    ]);
    let at = |name: &str| folder.path().join(name);
    for (file, link) in [
        ("a.yaml", "hard.txt"),
        ("policy.yaml", "policy.txt"),
        ("chart/templates/a.yaml", "template.txt"),
        ("baseline.json", "baseline.txt"),
        ("json", "json2"),
    ] {
        fs::hard_link(at(file), at(link)).unwrap();
        let before = fs::read_to_string(at(file)).unwrap();
        let output = format!("text={link}");
        let mut arguments = vec!["--policy", "policy.yaml", "-o", &output, "a.yaml"];
        match link {
            "template.txt" => arguments.push("chart"),
            "baseline.txt" => arguments.extend(["--baseline", "baseline.json"]),
            "json2" => arguments.extend(["-o", "json=json"]),
            _ => {}
        }
        let ran = check(folder.path(), &arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{link}: {}", ran.err);
        assert!(ran.err.starts_with("error: "), "{link}: {}", ran.err);
        assert_eq!(fs::read_to_string(at(file)).unwrap(), before, "{link}");
    }
}

#[test]
fn no_output_replaces_what_says_what_is_not_read() {
    let folder = folder(&[("a.yaml", &pod("one", "")), (".gitignore", "b.yaml\n")]);
    let ran = check(folder.path(), &["-o", "text=.gitignore", "."]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("the list of what is not read"), "{}", ran.err);
    assert_eq!(fs::read_to_string(folder.path().join(".gitignore")).unwrap(), "b.yaml\n");
}

#[test]
fn no_baseline_begins_with_what_could_not_be_read() {
    let folder = folder(&[("a.yaml", &format!("{}---\nkind: [\n", pod("one", "")))]);
    let ran = check(folder.path(), &["-o", "concise", "--write-baseline", "baseline.json", "a.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("note: baseline.json is not written: not everything could be read"),
        "{}",
        ran.err
    );
    assert!(!folder.path().join("baseline.json").exists());
}

#[test]
fn a_boolean_is_shown_however_it_is_written() {
    for word in ["yes", "On", "y"] {
        let folder = folder(&[("a.yaml", &pod("one", "").replace("true", word))]);
        let ran = check(folder.path(), &["a.yaml"]);
        assert!(ran.out.contains(&format!("privileged: {word}\n")), "{}", ran.out);
    }
}

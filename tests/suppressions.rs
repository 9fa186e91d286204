//! Comments in files that suppress findings, with the real binary.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::process::Command;

use serde_json::{Value, json};

const MANIFEST: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  template:
    spec:
      securityContext: {runAsNonRoot: true}
      containers:
        # above
        - name: app # at
          image: registry.example/app:1.0.0
        - name: proxy
          image: registry.example/proxy:1.0.0
";

const POLICY: &str = "\
apiVersion: seaworthy.dev/v1alpha1
kind: ClusterReadinessPolicy
metadata: {name: gate}
spec:
  profile: None
  profileVersion: 1
  checks:
    - name: memory-limits
";

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// Verdict, findings, of which suppressed, failed checks.
    fn came_to(&self) -> (Value, usize, Value, Value) {
        let json: Value = serde_json::from_str(&self.out).unwrap();
        let summary = &json["summary"];
        let findings = json["findings"].as_array().unwrap().len();
        (summary["verdict"].clone(), findings, summary["suppressed"].clone(), summary["fail"].clone())
    }
}

fn run(manifest: &str, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.yaml"), manifest).unwrap();
    std::fs::write(folder.path().join("policy"), POLICY).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_seaworthy"))
        .args(["check", "--policy", "policy", "app.yaml", "--now", "2026-03-31"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn check(manifest: &str) -> Ran {
    run(manifest, &["-o", "json"])
}

const COMMENT: &str = "# seaworthy: ignore[memory-limits] reason=\"ticket 7\"";

#[test]
fn a_comment_covers_its_node_and_what_is_below_it() {
    let not_ready = (json!("NotReady"), 2, json!(1), json!(1));
    for place in ["# above", "# at"] {
        let ran = check(&MANIFEST.replace(place, COMMENT));
        assert_eq!((ran.code, ran.came_to()), (Some(1), not_ready.clone()), "{place} {}", ran.err);
    }
    let ready = (json!("Ready"), 2, json!(2), json!(0));
    let all = [
        MANIFEST.replace("containers:", &format!("containers: {COMMENT}")),
        MANIFEST.replace("spec:\n  template", &format!("{COMMENT}\nspec:\n  template")),
        format!("{COMMENT}\n{MANIFEST}"),
    ];
    for manifest in all {
        let ran = check(&manifest);
        assert_eq!((ran.code, ran.came_to(), ran.err), (Some(0), ready.clone(), String::new()), "{manifest}");
    }
}

#[test]
fn what_is_suppressed_stays_in_sight() {
    let manifest = format!("{COMMENT} until=2026-03-31\n{MANIFEST}");
    let json: Value = serde_json::from_str(&check(&manifest).out).unwrap();
    let finding = &json["findings"][0];
    assert_eq!(finding["suppressed"], json!({"reason": "ticket 7", "until": "2026-03-31"}));
    let text = run(&manifest, &[]).out;
    assert!(
        text.contains("suppressed by a comment, for this command only: ticket 7, until 2026-03-31"),
        "{text}"
    );
    assert!(text.contains("2 findings suppressed"), "{text}");
}

#[test]
fn one_that_ended_is_of_no_use_or_is_malformed_suppresses_nothing_and_is_told() {
    for (comment, says) in [
        (format!("{COMMENT} until=2026-03-30"), "since it ended with 2026-03-30"),
        ("# seaworthy: ignore[memory-limits]".to_owned(), "it needs a reason"),
        (COMMENT.replace("memory-limits", "image-tag"), "no finding of image-tag is here"),
        (COMMENT.replace("memory-limits", "memory-limit"), "did you mean `memory-limits`?"),
    ] {
        let ran = check(&format!("{comment}\n{MANIFEST}"));
        assert_eq!((ran.code, ran.came_to().2), (Some(1), json!(0)), "{comment}");
        assert!(ran.err.contains("app.yaml:1:1") && ran.err.contains(says), "{}", ran.err);
    }
}

#[test]
fn auditors_see_what_there_is() {
    let ran = run(&format!("{COMMENT}\n{MANIFEST}"), &["-o", "json", "--no-ignores"]);
    assert_eq!((ran.code, ran.came_to().2), (Some(1), json!(0)));
}

#[test]
fn text_that_looks_like_a_comment_is_none() {
    let annotation = format!("  namespace: shop\n  annotations:\n    note: |\n      {COMMENT}\n");
    let ran = check(&MANIFEST.replace("  namespace: shop\n", &annotation));
    assert_eq!((ran.code, ran.came_to().2, ran.err), (Some(1), json!(0), String::new()));
}

#[test]
fn comments_are_written_for_what_fails_and_the_next_run_passes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.yaml");
    let manifest = MANIFEST.replace("# above", "# a comment");
    std::fs::write(&path, format!("# before\n{manifest}---\n{{}}\n")).unwrap();
    std::fs::write(folder.path().join("policy"), POLICY).unwrap();
    let check = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_seaworthy"))
            .args(["check", "--policy", "policy", "app.yaml"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, err) = check(&["--add-ignores", "before 2027"]);
    assert_eq!(
        (code, err.as_str()),
        (Some(0), "note: 2 comments are written, in 1 files: read them before you commit\n")
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let comment = "        # seaworthy: ignore[memory-limits] reason=\"before 2027\"\n";
    assert_eq!(text.replace(comment, ""), format!("# before\n{manifest}---\n{{}}\n"));
    assert_eq!(text.matches(&format!("{comment}        - name: ")).count(), 2, "{text}");
    assert_eq!(check(&[]), (Some(0), String::new()));
    assert_eq!(check(&["--no-ignores"]).0, Some(1));
    assert_eq!(check(&["--add-ignores", " "]).0, Some(2));
}

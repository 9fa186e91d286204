//! Comments in files that suppress findings, with the real binary.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::fs;

use serde_json::{Value, json};

use support::program::{self, Ran};

mod support {
    pub(crate) mod program;
}

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
    - name: image-tag
";

/// Verdict, findings, of which suppressed, failed checks.
fn came_to(ran: &Ran) -> (Value, usize, Value, Value) {
    let json = ran.json();
    let summary = &json["summary"];
    let findings = ran.findings().len();
    (summary["verdict"].clone(), findings, summary["suppressed"].clone(), summary["fail"].clone())
}

/// Rule and words of each suppression that suppresses nothing.
fn idle(ran: &Ran) -> Vec<(String, String)> {
    let json = ran.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = json["suppressions"].as_array().unwrap().iter();
    told.map(|told| (text(&told["rule"]), text(&told["message"]))).collect()
}

fn run(manifest: &str, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.yaml"), manifest).unwrap();
    fs::write(folder.path().join("policy"), POLICY).unwrap();
    let base = ["check", "--policy", "policy", "app.yaml", "--now", "2026-03-31"];
    program::run(folder.path(), &[&base, arguments].concat())
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
        assert_eq!((ran.code, came_to(&ran)), (1, not_ready.clone()), "{place} {}", ran.err);
    }
    let ready = (json!("Ready"), 2, json!(2), json!(0));
    let all = [
        MANIFEST.replace("containers:", &format!("containers: {COMMENT}")),
        MANIFEST.replace("spec:\n  template", &format!("{COMMENT}\nspec:\n  template")),
        format!("{COMMENT}\n{MANIFEST}"),
    ];
    for manifest in all {
        let ran = check(&manifest);
        assert_eq!((ran.code, came_to(&ran), ran.err), (0, ready.clone(), String::new()), "{manifest}");
    }
}

#[test]
fn a_comment_above_a_value_on_a_line_of_its_own_covers_it() {
    let image = "# seaworthy: ignore[image-tag] reason=\"ticket 7\"";
    let value = |comment: &str| {
        let value = format!("image:{comment}\n            registry.example/app:latest");
        check(&MANIFEST.replace("image: registry.example/app:1.0.0", &value))
    };
    let (bare, covered) = (value(""), value(&format!("\n            {image}")));
    assert_eq!((came_to(&bare).1, came_to(&bare).2), (3, json!(0)), "{}", bare.err);
    assert_eq!((came_to(&covered).1, came_to(&covered).2), (3, json!(1)), "{}", covered.err);
    assert_eq!(idle(&covered), []);
}

#[test]
fn comments_before_the_dashes_are_about_the_next_document_or_are_told() {
    let ready = (json!("Ready"), 2, json!(2), json!(0));
    for before in ["", "---\n# licence\n", "# licence\n---\n\n---\n"] {
        let ran = check(&format!("{before}{COMMENT}\n---\n{MANIFEST}"));
        assert_eq!((ran.code, came_to(&ran)), (0, ready.clone()), "{before} {}", ran.err);
        assert_eq!(idle(&ran), []);
    }
    let after = |comment: &str| check(&format!("{MANIFEST}---\n# the end\n  {comment}\n"));
    let ran = after(COMMENT);
    assert_eq!(came_to(&ran).2, json!(0));
    let told = idle(&ran);
    assert!(told.len() == 1 && told[0].1.contains("no finding of memory-limits is here"), "{told:?}");
    let location = &ran.json()["suppressions"][0]["location"];
    assert_eq!((&location["line"], &location["column"]), (&json!(18), &json!(3)), "{location}");
    let told = idle(&after("# seaworthy: ignore[memory-limits]"));
    assert!(told.len() == 1 && told[0].1.contains("needs a reason"), "{told:?}");
    let ran = run(&format!("{MANIFEST}---\n{COMMENT}\n"), &["-o", "json", "--no-ignores"]);
    assert_eq!(idle(&ran), []);
}

#[test]
fn what_is_suppressed_stays_in_sight() {
    let manifest = format!("{COMMENT} until=2026-03-31\n{MANIFEST}");
    let finding = &check(&manifest).findings()[0];
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
    for (comment, rule, says) in [
        (format!("{COMMENT} until=2026-03-30"), "expired", "since it ended with 2026-03-30"),
        ("# seaworthy: ignore[memory-limits]".to_owned(), "malformed", "it needs a reason"),
        (COMMENT.replace("memory-limits", "image-tag"), "unused", "no finding of image-tag is here"),
        (COMMENT.replace("memory-limits", "memory-limit"), "malformed", "did you mean `memory-limits`?"),
    ] {
        let plain = run(MANIFEST, &["-o", "json"]);
        let ran = run(&format!("{comment}\n{MANIFEST}"), &["-o", "json"]);
        assert_eq!((ran.code, ran.err.as_str()), (plain.code, ""), "{comment}");
        assert_eq!(ran.json()["summary"], plain.json()["summary"], "it counts nowhere");
        let told = idle(&ran);
        assert!(told.len() == 1 && told[0].0 == format!("{rule}-suppression"), "{told:?}");
        assert!(told[0].1.contains(says), "{told:?}");
        let place = json!({"file": "app.yaml", "document": 1, "line": 1, "column": 1});
        assert_eq!(ran.json()["suppressions"][0]["location"], place);
    }
}

#[test]
fn auditors_see_what_there_is() {
    let ran = run(&format!("{COMMENT}\n{MANIFEST}"), &["-o", "json", "--no-ignores"]);
    assert_eq!((ran.code, came_to(&ran).2), (1, json!(0)));
}

#[test]
fn text_that_looks_like_a_comment_is_none() {
    let annotation = format!("  namespace: shop\n  annotations:\n    note: |\n      {COMMENT}\n");
    let ran = check(&MANIFEST.replace("  namespace: shop\n", &annotation));
    assert_eq!((ran.code, came_to(&ran).2, ran.err), (1, json!(0), String::new()));
}

#[test]
fn comments_are_written_for_what_fails_and_the_next_run_passes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.yaml");
    let manifest = MANIFEST.replace("# above", "# a comment");
    fs::write(&path, format!("# before\n{manifest}---\n{{}}\n")).unwrap();
    fs::write(folder.path().join("policy"), POLICY).unwrap();
    let check = |arguments: &[&str]| {
        let base = ["check", "--policy", "policy", "app.yaml"];
        let ran = program::run(folder.path(), &[&base, arguments].concat());
        (ran.code, ran.err)
    };
    let (code, err) = check(&["--add-ignores", "before 2027"]);
    assert_eq!(
        (code, err.as_str()),
        (0, "note: 2 comments are written, in 1 files: read them before you commit\n")
    );
    let text = fs::read_to_string(&path).unwrap();
    let comment = "        # seaworthy: ignore[memory-limits] reason=\"before 2027\"\n";
    assert_eq!(text.replace(comment, ""), format!("# before\n{manifest}---\n{{}}\n"));
    assert_eq!(text.matches(&format!("{comment}        - name: ")).count(), 2, "{text}");
    assert_eq!(check(&[]), (0, String::new()));
    assert_eq!(check(&["--no-ignores"]).0, 1);
    assert_eq!(check(&["--add-ignores", " "]).0, 2);
}

#[test]
fn what_nobody_could_know_is_not_told() {
    let unused = format!("{}\n{MANIFEST}", COMMENT.replace("memory-limits", "image-tag"));
    assert_eq!(idle(&run(&unused, &["-o", "json"])).len(), 1);
    for narrow in [["--select", "memory-limits"], ["--ignore", "image-tag"]] {
        assert_eq!(
            idle(&run(&unused, &[&["-o", "json"], &narrow[..]].concat())),
            [],
            "the check did not run"
        );
    }
    let broken = unused.replace("        - name: app", "        - tty: [7]\n          name: app");
    let ran = run(&broken, &["-o", "json"]);
    assert_eq!((ran.code, idle(&ran)), (2, Vec::new()), "{}", ran.err);
    // A policy of another namespace is about none of it, and no check is about a Service that reaches nothing.
    let folder = tempfile::tempdir().unwrap();
    let service = "---\n# seaworthy: ignore[memory-limits] reason=\"x\"\napiVersion: v1\nkind: Service\n\
        metadata: {name: api, namespace: shop}\nspec: {ports: [{port: 80}]}\n";
    fs::write(folder.path().join("app.yaml"), format!("{unused}{service}")).unwrap();
    let policy =
        POLICY.replace("kind: Cluster", "kind: ").replace("{name: gate}", "{name: gate, namespace: NS}");
    for (namespace, told) in [("shop", 1), ("other", 0)] {
        fs::write(folder.path().join("policy"), policy.replace("NS", namespace)).unwrap();
        let ran = program::run(folder.path(), &["check", "-o", "json", "--policy", "policy", "app.yaml"]);
        assert_eq!(idle(&ran).len(), told, "{namespace}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn what_comes_through_an_alias_is_suppressed_at_its_anchor_or_there() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: one, namespace: shop}\n  \
        spec:\n    containers:\n      #anchor\n      - &app\n        name: app\n        image: registry.example/app:1.0.0\n- apiVersion: v1\n  \
        kind: Pod\n  metadata: {name: two, namespace: shop}\n  spec:\n    containers:\n      - *app #alias\n- apiVersion: v1\n  \
        kind: Pod\n  metadata: {name: three, namespace: shop}\n  spec:\n    containers:\n      - <<: *app #merge\n        tty: false\n";
    let comment = "# seaworthy: ignore[memory-limits] reason=\"x\"";
    let ignored = |place: &str| {
        let text = list.replace(place, comment);
        assert_ne!(text, list);
        let ran = run(&text, &["-o", "json"]);
        assert_eq!(idle(&ran), [], "{place}");
        let names = |finding: &Value| finding["object"]["name"].as_str().unwrap().to_owned();
        let of_check = ran.findings().into_iter().filter(|finding| finding["check"] == "memory-limits");
        of_check
            .filter(|finding| finding.get("suppressed").is_some())
            .map(|it| names(&it))
            .collect::<Vec<_>>()
    };
    let behind = list.replace("      #anchor\n", "").replace("- &app\n", "- &app #anchor\n");
    let ran = run(&behind.replace("#anchor", comment), &["-o", "json"]);
    let accepted = ran.findings().iter().filter(|finding| finding.get("suppressed").is_some()).count();
    assert_eq!((idle(&ran), accepted), (Vec::new(), 2), "behind the anchor itself, and through the alias");
    // What lacks in a mapping that takes in another one lacks in that mapping.
    assert_eq!(ignored("#anchor"), ["one", "two"]);
    assert_eq!(ignored("#alias"), ["two"]);
    assert_eq!(ignored("#merge"), ["three"]);
}

#[test]
fn baselines_and_comparisons_are_about_what_fails() {
    let folder = tempfile::tempdir().unwrap();
    let expired = format!("{COMMENT} until=2020-01-01\n{MANIFEST}");
    for (name, text) in [("policy", POLICY), ("old.yaml", MANIFEST), ("new.yaml", &expired)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let policy = ["--policy", "policy"];
    let ran = program::run(folder.path(), &[&["diff", "old.yaml", "new.yaml"], &policy[..]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (0, "0 new, 0 fixed, 2 unchanged\n"), "{}", ran.err);
    let check = |more: &[&str]| {
        program::run(folder.path(), &[&["check", "-o", "json", "new.yaml"], &policy[..], more].concat())
    };
    check(&["--write-baseline", "baseline.json"]);
    let baseline = fs::read_to_string(folder.path().join("baseline.json")).unwrap();
    assert!(!baseline.contains("suppression"), "{baseline}");
    let ran = check(&["--baseline", "baseline.json", "--update-baseline"]);
    assert_eq!((ran.code, idle(&ran).len()), (0, 1), "{}", ran.err);
    assert_eq!(fs::read_to_string(folder.path().join("baseline.json")).unwrap(), baseline);
}

/// A stand-in for Kustomize, which prints this render; where it is from is seen from the folder that it is given.
#[cfg(unix)]
const KUSTOMIZE: &str = r#"#!/bin/sh
way=$(sed 's/.*"resources":\["\([^"]*\)".*/\1/' "$2/kustomization.yaml")
sed "s|@WAY|$way|" "$RENDER"
"#;

/// Runs over a kustomization beside the folder that the command is started in.
#[cfg(unix)]
fn kustomized(base: &str, arguments: &[&str]) -> Ran {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["app", "bin", "here"] {
        fs::create_dir(at(name)).unwrap();
    }
    let origin = "  annotations: {config.kubernetes.io/origin: \"path: @WAY/web.yaml\\n\"}\n  namespace";
    for (name, text) in [
        ("app/web.yaml", base),
        ("app/kustomization.yaml", "resources: [web.yaml]\n"),
        ("bin/kustomize", KUSTOMIZE),
        ("render", &MANIFEST.replace("  namespace", origin)),
        ("here/policy", POLICY),
    ] {
        fs::write(at(name), text).unwrap();
    }
    fs::set_permissions(at("bin/kustomize"), fs::Permissions::from_mode(0o755)).unwrap();
    let base = ["check", "--policy", "policy", "../app", "-o", "json"];
    let mut command = program::command(&at("here"), &[&base, arguments].concat());
    let path = format!("{}:{}", at("bin").display(), std::env::var("PATH").unwrap());
    command.env("PATH", path).env("RENDER", at("render")).output().unwrap().into()
}

#[cfg(unix)]
#[test]
fn comments_in_the_base_of_a_kustomization_cover_what_is_placed_there() {
    let ran = kustomized(&MANIFEST.replace("# above", COMMENT), &[]);
    let not_ready = (json!("NotReady"), 2, json!(1), json!(1));
    assert_eq!((ran.code, came_to(&ran)), (1, not_ready), "{}", ran.err);
    assert_eq!(idle(&ran), []);
    let files: Vec<Value> = ran.findings().iter().map(|found| found["location"]["file"].clone()).collect();
    assert_eq!(files, ["../app/web.yaml", "../app/web.yaml"]);
    let ran = kustomized(&format!("{COMMENT}\n---\n{MANIFEST}"), &[]);
    assert_eq!(came_to(&ran), (json!("Ready"), 2, json!(2), json!(0)), "{}", ran.err);
    let unused = MANIFEST.replace("# above", "# seaworthy: ignore[image-tag] reason=\"ticket 7\"");
    let ran = kustomized(&unused, &[]);
    assert_eq!((came_to(&ran).2, idle(&ran).len()), (json!(0), 1), "{}", ran.err);
    let location = &ran.json()["suppressions"][0]["location"];
    assert_eq!((&location["file"], &location["line"]), (&json!("../app/web.yaml"), &json!(11)), "{location}");
    let ran = kustomized(&MANIFEST.replace("# above", COMMENT), &["--no-ignores"]);
    assert_eq!((came_to(&ran).2, idle(&ran)), (json!(0), Vec::new()));
}

#[cfg(unix)]
#[test]
fn comments_behind_the_last_document_of_a_base_and_beside_null_are_told() {
    let image = "# seaworthy: ignore[image-tag] reason=\"ticket 7\"\n";
    let lines = |ran: &Ran| -> Vec<Value> {
        let told = ran.json()["suppressions"].clone();
        told.as_array().unwrap().iter().map(|idle| idle["location"]["line"].clone()).collect()
    };
    let end = MANIFEST.lines().count();
    for (behind, line) in [
        (format!("---\n{image}"), end + 2),
        (format!("---\n---\n# nothing\n{image}"), end + 4),
        (format!("---\nnull {image}"), end + 2),
        (format!("---\n{image}null\n"), end + 2),
        (format!("---\n~\n{image}---\n# nothing\n"), end + 3),
    ] {
        let text = format!("{MANIFEST}{behind}");
        let ran = kustomized(&text, &[]);
        assert_eq!(lines(&ran), [json!(line)], "{behind:?}: {}", ran.err);
        assert_eq!(ran.json()["suppressions"][0]["location"]["file"], "../app/web.yaml");
        assert_eq!(lines(&kustomized(&text, &["--no-ignores"])), Vec::<Value>::new(), "{behind:?}");
        // A file that is read as it is says the same.
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("web.yaml"), &text).unwrap();
        fs::write(folder.path().join("policy"), POLICY).unwrap();
        let plain = ["check", "--policy", "policy", "web.yaml", "-o", "json"];
        assert_eq!(lines(&program::run(folder.path(), &plain)), [json!(line)], "{behind:?}");
    }
}

#[test]
fn a_comment_beside_a_null_value_covers_what_lacks_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let comment = "# seaworthy: ignore[memory-limits] reason=\"ticket 7\"";
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: app\n      \
        image: a:1\n      resources: null COMMENT\n";
    for with in [format!("null {comment}"), format!("~ {comment}"), comment.to_owned()] {
        fs::write(at("a.yaml"), text.replace("null COMMENT", &with)).unwrap();
        let run = ["check", "--select", "memory-limits", "a.yaml", "-o", "json"];
        let ran = program::run(folder.path(), &run);
        let told = ran.json()["summary"]["suppressed"] == 1 || !idle(&ran).is_empty();
        assert!(told, "{with}: {}", ran.out);
    }
}

//! What a run says of inputs that it could not take as they are: where, and what to do, with the real binary.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use support::program::{self, Ran};

mod support {
    #[expect(dead_code, reason = "what is read is told on standard error and by exit codes")]
    pub(crate) mod program;
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: app, image: x:1}]\n";

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    program::run(folder, arguments)
}

/// What is said of one file.
fn check(text: &[u8]) -> Ran {
    let folder = folder(&[("a.yaml", text)]);
    run(folder.path(), &["check", "-o", "concise", "--select", "privileged-container", "a.yaml"])
}

#[test]
fn an_error_names_the_place_that_is_wrong() {
    for (text, says) in [
        ("metadata:\n  name: a\n\t# note\n\n\n\nspec: {}\n", "a.yaml:3:1: document 1: a tab cannot indent"),
        ("metadata:\n  name: a\n\t\nspec: {}\n", "a.yaml:3:1: document 1: a tab cannot indent"),
        ("a: 1\n---\nmetadata:\n  \t\tname: a\nspec: {}\n", "a.yaml:4:3: document 2: a tab cannot indent"),
        ("{{- if .Values.x }}\nkind: Pod\n{{- end }}\n", "if this is a Helm template, render it first"),
    ] {
        let ran = check(text.as_bytes());
        assert!(ran.code == 2 && ran.err.contains(says), "{text}: {}", ran.err);
    }
}

#[test]
fn what_does_not_have_its_shape_is_told_in_words_of_manifests() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: \"1\"\n  template: \
                      {spec: {containers: [{name: app, image: x:1}]}}\n";
    let ran = check(deployment.as_bytes());
    let says = "spec.replicas: invalid type: string, expected a whole number";
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains(&format!("a.yaml:5:13: document 1: not a Deployment: {says}\n")), "{}", ran.err);
    assert!(ran.out.contains(&format!("{says} (Undecodable)")), "{}", ran.out);
    let ran = check(POD.replace("name: app", "name: y").as_bytes());
    assert!(ran.err.contains("expected a string (y, yes, on,"), "{}", ran.err);
    let ran = check(b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: text\n");
    assert!(ran.err.contains("expected a mapping") && !ran.err.contains("struct"), "{}", ran.err);
}

#[test]
fn bytes_that_are_no_text_cost_their_document_only() {
    for broken in [&b"# \xff\na: 1"[..], b"a: \"\xfe\xff\"", b"a: 1 # \xc3"] {
        let text =
            [POD.as_bytes(), b"---\n", broken, b"\n---\n", POD.replace("name: a}", "name: b}").as_bytes()]
                .concat();
        let ran = check(&text);
        assert!(ran.code == 2 && ran.err.starts_with("error: a.yaml:7:"), "{}", ran.err);
        assert!(ran.err.contains("document 2: not UTF-8 text"), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
    let folder = folder(&[("a.json", b"{\"kind\": \"Pod\"}\n---\n{\"a\": \"\xff\"}\n")]);
    let ran = run(folder.path(), &["check", "a.json"]);
    assert!(ran.err.contains("a.json:3:") && ran.err.contains("not UTF-8 text"), "{}", ran.err);
}

#[test]
fn what_is_passed_over_is_told_whatever_the_format() {
    let folder = folder(&[("n.yaml", b"hello: world\n"), ("p.yaml", POD.as_bytes())]);
    for output in ["concise", "json=out.json", "sarif=out.sarif"] {
        let ran = run(folder.path(), &["check", "-o", output, "n.yaml"]);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{output}");
        let says =
            "note: Nothing was checked: no workload was found; 1 document, 1 skipped, not Kubernetes.\n";
        assert_eq!(ran.err, says, "{output}");
    }
    let ran = run(folder.path(), &["check", "-o", "concise", "n.yaml", "p.yaml"]);
    assert!(ran.err.ends_with("note: 1 document is skipped: not Kubernetes\n"), "{}", ran.err);
    let ran = run(folder.path(), &["check", "n.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (3, ""), "text says it itself");
}

#[test]
fn what_was_meant_as_an_object_is_an_error_and_not_skipped() {
    for (text, says) in [
        ("kind: Deployment\nmetadata: {name: a}\n", "a.yaml:1:7: document 1: kind without apiVersion"),
        (
            "Kind: Pod\napiVersion: v1\nmetadata: {name: a}\n",
            "a.yaml:2:13: document 1: apiVersion without kind",
        ),
        (
            "apiVersion: v1\nkind: Deployment\nmetadata: {name: a}\n",
            "a.yaml:1:13: document 1: apiVersion: v1 has no Deployment; apps/v1 has",
        ),
        (
            "apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n  metadata: {name: a}\n",
            "a.yaml:4:9: document 1: kind without apiVersion",
        ),
    ] {
        let ran = check(format!("{text}---\n{POD}").as_bytes());
        assert!(ran.code == 2 && ran.err.contains(says), "{text}: {}", ran.err);
    }
    for other in [
        "kind: x\nname: b\n",
        "apiVersion: 1\nproviders: []\n",
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\n",
        "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: b}\nspec: {template: {spec: {containers: []}}}\n",
    ] {
        let ran = check(format!("{other}---\n{POD}").as_bytes());
        assert_eq!(ran.code, 0, "{other}: {}", ran.err);
    }
}

#[test]
fn a_file_that_says_what_others_make_is_told_with_the_name_of_its_folder() {
    let folder = folder(&[
        ("app/kustomization.yaml", b"resources: [web.yaml]\n"),
        ("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0\n"),
    ]);
    for (file, says) in [
        (
            "app/kustomization.yaml",
            "app/kustomization.yaml says what a kustomization is made from: name app to",
        ),
        ("Chart.yaml", "Chart.yaml says what a chart is made from: name . to have it rendered"),
    ] {
        let ran = run(folder.path(), &["check", "-o", "concise", file]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}

#[test]
fn a_manifest_that_no_kustomization_names_is_told() {
    let folder = folder(&[
        (
            "app/kustomization.yaml",
            b"resources: [web.yaml, more]\nconfigMapGenerator: [{name: x, files: [a=made.yaml]}]\npatches: [{path: patch.yaml}]\n",
        ),
        ("app/web.yaml", POD.as_bytes()),
        ("app/made.yaml", POD.as_bytes()),
        ("app/patch.yaml", POD.as_bytes()),
        ("app/more/kustomization.yaml", b"resources: [in.yaml]\n"),
        ("app/more/in.yaml", POD.as_bytes()),
        ("app/more/out.yaml", POD.as_bytes()),
        ("app/forgotten.yaml", POD.as_bytes()),
        ("app/values.yaml", b"a: 1\n"),
    ]);
    let ran = run(folder.path(), &["check", "-o", "concise", "app"]);
    let told: Vec<&str> = ran.err.lines().filter(|line| line.contains("does not name it")).collect();
    assert_eq!(
        told,
        [
            "note: app/forgotten.yaml is not read: the kustomization in app does not name it",
            "note: app/more/out.yaml is not read: the kustomization in app/more does not name it",
        ]
    );
}

#[test]
fn what_is_excluded_is_so_however_it_is_named() {
    let folder = folder(&[(".seaworthy.yaml", b"exclude: [/vend]\n"), ("vend/a.yaml", POD.as_bytes())]);
    for path in ["vend", "vend/*", "vend/a.yaml"] {
        let ran = run(folder.path(), &["check", "-o", "concise", path]);
        assert_eq!(ran.code, 3, "{path}: {}", ran.err);
        assert!(ran.err.contains("is not read: a configuration file excludes it"), "{path}: {}", ran.err);
    }
    assert_eq!(run(folder.path(), &["check", "gone/*"]).code, 2);
    for wrong in ["[a", "{b"] {
        let config = format!("profile: Standard\nexclude:\n  - /vend\n  - \"{wrong}\"\n");
        fs::write(folder.path().join(".seaworthy.yaml"), config).unwrap();
        let ran = run(folder.path(), &["check", "vend"]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("error: .seaworthy.yaml:4:5: exclude[1]: "), "{}", ran.err);
    }
}

#[test]
fn what_is_wrong_with_a_policy_has_its_line() {
    let policy = "# ours\napiVersion: seaworthy.dev/v1alpha1\nkind: ClusterReadinessPolicy\nmetadata: {name: gate}\nspec:\n  \
                  profile: None\n  checks:\n    - name: memory-limit\n  failsOn: High\n";
    let folder = folder(&[("policy.yaml", policy.as_bytes()), ("a.yaml", POD.as_bytes())]);
    let ran = run(folder.path(), &["check", "--policy", "policy.yaml", "a.yaml"]);
    assert_eq!(ran.code, 2);
    for place in [
        "error: policy.yaml:9:3: document 1: spec.failsOn: unknown field",
        "error: policy.yaml:8:13: document 1: ",
    ] {
        assert!(ran.err.contains(place), "{place}: {}", ran.err);
    }
}

#[test]
fn a_flag_that_would_change_nothing_is_refused() {
    let folder = folder(&[("a.yaml", POD.as_bytes())]);
    for (arguments, says) in [
        (&["check", "--unsafe-fixes", "a.yaml"][..], "--fix"),
        (&["check", "--select", "", "a.yaml"], "--select names no check"),
        (&["check", "--ignore", " ,", "a.yaml"], "--ignore names no check"),
    ] {
        let ran = run(folder.path(), arguments);
        assert!(ran.code == 2 && ran.err.contains(says), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn diff_follows_its_flags_or_refuses_them() {
    let privileged = POD.replace("image: x:1", "image: x:1, securityContext: {privileged: true}");
    let folder = folder(&[("old/a.yaml", POD.as_bytes()), ("new/a.yaml", privileged.as_bytes())]);
    let at = folder.path();
    let select = ["--select", "privileged-container,host-ports"];
    for (name, input) in [("old.json", "old"), ("new.json", "new")] {
        let saved = run(at, &[&["check", "-o", "json"], &select[..], &[input]].concat()).out;
        fs::write(at.join(name), saved).unwrap();
    }
    run(
        at,
        &[&["check", "-o", "concise", "--write-baseline", "new.baseline"], &select[..], &["new"]].concat(),
    );
    for (old, new) in [("old", "new"), ("old.json", "new"), ("old", "new.json"), ("old.json", "new.json")] {
        let diff = |arguments: &[&str]| {
            let ran = run(at, &[&["diff", old, new], arguments].concat());
            (ran.code, ran.out.lines().count())
        };
        let with = |more: &[&str]| diff(&[&select[..], more].concat());
        assert_eq!(with(&[]), (1, 2), "{old} {new}");
        assert_eq!(with(&["--fail-on", "critical"]), (1, 2), "{old} {new}");
        assert_eq!(with(&["--fail-on", "never"]), (0, 2), "{old} {new}: told, and no failure");
        assert_eq!(diff(&["--select", "host-ports"]), (0, 1), "{old} {new}");
        assert_eq!(with(&["--ignore", "privileged-container"]), (0, 1), "{old} {new}");
    }
    // Without the flag, what the policy says; a saved run does not tell.
    let policy = "apiVersion: seaworthy.dev/v1alpha1\nkind: ClusterReadinessPolicy\nmetadata: {name: gate}\n\
        spec: {profileVersion: 1, profile: None, failOn: Critical, checks: [{name: privileged-container, severity: SEVERITY}]}\n";
    for (severity, code) in [("High", 0), ("Critical", 1)] {
        fs::write(at.join("policy.yaml"), policy.replace("SEVERITY", severity)).unwrap();
        let ran = run(at, &["diff", "old", "new", "--policy", "policy.yaml"]);
        assert_eq!((ran.code, ran.out.lines().count()), (code, 2), "{severity}: {}{}", ran.out, ran.err);
        let ran = run(at, &["diff", "old", "new", "--policy", "policy.yaml", "--fail-on", "high"]);
        assert_eq!(ran.code, 1, "{severity}: {}{}", ran.out, ran.err);
    }
    let ran = run(at, &["diff", "old.json", "new.json", "--policy", "nope.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("--policy says how files are judged"), "{}", ran.err);
    let ran = run(at, &["diff", "old.json", "new.baseline", "--fail-on", "high"]);
    assert!(ran.code == 2 && ran.err.contains("--fail-on cannot be followed"), "{}", ran.err);
    // A run that could not read everything is compared, as one is that is judged now.
    fs::write(at.join("broken.yaml"), "a: [\n").unwrap();
    let saved = run(at, &[&["check", "-o", "json"], &select[..], &["new", "broken.yaml"]].concat()).out;
    fs::write(at.join("part.json"), saved).unwrap();
    let ran = run(at, &["diff", "old.json", "part.json"]);
    assert!(ran.code == 2 && ran.out.contains("new    privileged-container"), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("could not read everything (1 errors)"), "{}", ran.err);
}

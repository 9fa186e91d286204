//! What `seaworthy check` writes: every format, baselines, comparisons, by the real binary on real files.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use support::program::{self, Ran};

mod support {
    pub(crate) mod program;
}

const FIXTURES: &str = "tests/fixtures/cli";

const FORMATS: &[&str] =
    &["text", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "html"];

const BAD: &[&str] = &["--policy", "policy.yaml", "bad.yaml"];

fn run(arguments: &[&str]) -> Ran {
    program::run(Path::new(FIXTURES), arguments)
}

fn check(arguments: &[&str]) -> Ran {
    run(&[&["check"], arguments].concat())
}

#[test]
fn every_format_of_one_run() {
    for format in FORMATS.iter().filter(|format| !["text", "json", "sarif"].contains(format)) {
        let ran = check(&[&["-o", format], BAD].concat());
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{format}");
        insta::assert_snapshot!(format!("format_{format}"), ran.out);
    }
}

#[test]
fn sarif_without_its_rules() {
    let mut log = check(&[&["-o", "sarif"], BAD].concat()).json();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].take();
    // Those of suppressions come last.
    assert_eq!(rules.as_array().unwrap().len(), seaworthy::checks::ALL.len() + 3);
    for result in log["runs"][0]["results"].as_array_mut().unwrap() {
        let index = usize::try_from(result["ruleIndex"].take().as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    insta::assert_snapshot!("format_sarif", format!("{log:#}"));
}

#[test]
fn a_finding_about_a_related_object_has_its_place_and_that_of_the_workload() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.yaml");
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n\
        spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}\n---\n\
        apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n\
        spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, \
        spec: {containers: [{name: app, image: \"app:1\"}]}}}\n";
    fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let ran = check(&["--select", "service-target-port", "-o", "sarif", &file]);
    let result = &ran.json()["runs"][0]["results"][0];
    let line = |place: &str| result[place][0]["physicalLocation"]["region"]["startLine"].clone();
    assert_eq!((line("locations"), line("relatedLocations")), (json!(4), json!(6)), "{}", ran.out);
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "Deployment shop/web");
    assert_valid("tests/fixtures/sarif-schema-2.1.0.json", &ran.json());
    let json = check(&["--select", "service-target-port", "-o", "json", &file]).json();
    let result = &json["results"][0];
    assert_eq!(
        (&result["location"]["line"], &result["findings"][0]["location"]["line"]),
        (&json!(6), &json!(4))
    );
}

/// Whether a document is what a schema says. That of SARIF is the standard's own, but for one pattern of it that is no
/// regular expression.
fn assert_valid(schema: &str, document: &Value) {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(schema)).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{schema}: {}", errors.join("\n"));
}

/// The same schema, but that it allows nothing beyond what it declares.
fn strict(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(strict).collect(),
        Value::Object(fields) => {
            let mut fields: serde_json::Map<_, _> =
                fields.iter().map(|(name, value)| (name.clone(), strict(value))).collect();
            if fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
            Value::Object(fields)
        }
        other => other.clone(),
    }
}

#[test]
fn the_schema_of_json_declares_everything_that_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, baseline) = (path("web.yaml"), path("baseline.json"));
    let text = deployment("app", "proxy", 0);
    let ignore = |until: &str| format!("# seaworthy: ignore[memory-limits] reason=\"known\"{until}\n");
    fs::write(&file, format!("{}{text}---\n{}{text}", ignore(""), ignore(" until=2999-12-31"))).unwrap();
    check(&["--write-baseline", &baseline, &file]);
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas/check.json")).unwrap();
    let validator = jsonschema::validator_for(&strict(&serde_json::from_str(&text).unwrap())).unwrap();
    let suppressed = ["--profile", "strict", "--baseline", &baseline, &file];
    let standard = ["--profile", "strict", "bad.yaml", "broken-next-to-good.yaml", "owned.yaml", "gone.yaml"];
    let idle = ["--policy", "policy.yaml", "idle-suppressions.yaml"];
    let twice = path("twice.yaml");
    let given = deployment("app", "twice", 0);
    fs::write(&twice, given.replacen("  selector", "  paused: true\n  paused: false\n  selector", 1))
        .unwrap();
    let twice = ["--select", "schema-valid", &twice];
    let mut keys = BTreeSet::new();
    for arguments in [BAD, &standard, &idle, &suppressed, &twice] {
        let ran = check(&[&["--statistics", "-o", "json"], arguments].concat());
        let errors: Vec<_> = validator.iter_errors(&ran.json()).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
        let json = ran.json();
        let findings =
            json["results"].as_array().unwrap().iter().flat_map(|of| of["findings"].as_array().unwrap());
        keys.extend(findings.flat_map(|finding| finding.as_object().unwrap().keys().cloned()));
    }
    assert!(["suppressed", "baselined", "related"].iter().all(|key| keys.contains(*key)), "{keys:?}");
}

#[test]
fn json_sarif_and_code_quality_are_what_their_schemas_say() {
    let standard = ["--profile", "strict", "bad.yaml", "broken-next-to-good.yaml", "owned.yaml", "gone.yaml"];
    let idle = ["--policy", "policy.yaml", "idle-suppressions.yaml"];
    for arguments in [BAD, &standard, &["values.yaml"], &idle] {
        let json = check(&[&["--statistics", "-o", "json"], arguments].concat()).json();
        assert_valid("docs/schemas/check.json", &json);
        let sarif = check(&[&["-o", "sarif"], arguments].concat()).json();
        assert_valid("tests/fixtures/sarif-schema-2.1.0.json", &sarif);
        let quality = check(&[&["-o", "gitlab"], arguments].concat()).json();
        assert_valid("tests/fixtures/gitlab-code-quality.json", &quality);
    }
}

#[test]
fn what_could_not_be_read_is_told_where_it_stands() {
    let arguments = ["--policy", "policy.yaml", "broken-next-to-good.yaml", "gone.yaml"];
    let github = check(&[&["-o", "github"], &arguments[..]].concat()).out;
    let says = "::error file=broken-next-to-good.yaml,line=5,col=7,title=seaworthy::document 1: not YAML: ";
    assert!(github.contains(says), "{github}");
    assert!(github.contains("::error file=gone.yaml,title=seaworthy::"), "{github}");
    let gitlab = check(&[&["-o", "gitlab"], &arguments[..]].concat()).json();
    assert_valid("tests/fixtures/gitlab-code-quality.json", &gitlab);
    let issues = gitlab.as_array().unwrap();
    let told: Vec<_> = issues.iter().filter(|issue| issue["check_name"] == "seaworthy").collect();
    let place = json!({"path": "broken-next-to-good.yaml", "lines": {"begin": 5}});
    assert_eq!((told.len(), &told[0]["location"]), (2, &place), "{gitlab:#}");
    // Alone, it is the whole report.
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.yaml").display().to_string();
    fs::write(&broken, "kind: [\n---\nkind: [\n").unwrap();
    let gitlab = check(&["-o", "gitlab", &broken]).json();
    let prints: BTreeSet<_> =
        gitlab.as_array().unwrap().iter().map(|issue| issue["fingerprint"].to_string()).collect();
    assert_eq!(prints.len(), 2, "{gitlab:#}");
}

#[test]
fn suppressions_that_suppress_nothing_are_told_in_every_format_and_change_no_exit_code() {
    let arguments = ["--policy", "policy.yaml", "--now", "2026-03-31", "idle-suppressions.yaml"];
    let mut all = String::new();
    for format in FORMATS {
        let ran = check(&[&["-o", format], &arguments[..]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{format}");
        for rule in ["unused-suppression", "expired-suppression", "malformed-suppression"] {
            assert!(ran.out.contains(rule), "{format}: {}", ran.out);
        }
        let told = if *format == "sarif" {
            format!("{:#}\n", ran.json()["runs"][0]["results"])
        } else if *format == "html" {
            ran.out.split("<main>").last().unwrap().to_owned()
        } else {
            ran.out
        };
        writeln!(all, "== {format}\n{told}").unwrap();
        let without = ["unused-suppression,expired-suppression,malformed-suppression"];
        let ran = check(&[&["-o", format, "--ignore", without[0]], &arguments[..]].concat());
        let rules = ran.out.matches("unused-suppression").count();
        assert_eq!(rules, usize::from(*format == "sarif"), "only as a rule: {}", ran.out);
        let ran = check(&[&["-o", format, "--no-ignores"], &arguments[..]].concat());
        assert_eq!(ran.out.matches("expired-suppression").count(), rules, "{}", ran.out);
    }
    insta::assert_snapshot!("idle_suppressions", all);
    let counts = check(&[&["--statistics", "-o", "json"], &arguments[..]].concat()).json();
    assert_eq!(counts["statistics"]["unused-suppression"]["warn"], 2);
    let explained = run(&["explain", "expired-suppression"]);
    assert_eq!((explained.code, explained.out.contains("How to fix")), (0, true));
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    for (arguments, code) in [
        (&["--policy", "policy.yaml", "good.yaml"][..], 0),
        (BAD, 1),
        (&["--policy", "policy.yaml", "bad.yaml", "gone.yaml"], 2),
        (&["--exit-zero", "--policy", "policy.yaml", "bad.yaml", "gone.yaml"], 2),
        (&["--exit-zero", "--policy", "policy.yaml", "bad.yaml"], 0),
        (&["values.yaml"], 3),
        (&["--exit-zero", "values.yaml"], 3),
        (&["--allow-empty", "values.yaml"], 0),
        (&["--select", "memory-limits", "--ignore", "resources", "bad.yaml"], 3),
    ] {
        for format in FORMATS {
            assert_eq!(check(&[&["-o", format], arguments].concat()).code, code, "{format} {arguments:?}");
        }
    }
}

#[test]
fn several_formats_at_once_are_what_each_is_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (sarif, text) = (format!("sarif={}", path("a")), format!("text={}", path("b")));
    let ran = check(&[&["-o", &sarif, "-o", "json", "-o", &text], BAD].concat());
    let alone = |format: &str| check(&[&["-o", format], BAD].concat()).out;
    assert_eq!((ran.code, ran.out), (1, alone("json")));
    assert_eq!(fs::read_to_string(path("a")).unwrap(), alone("sarif"));
    assert_eq!(fs::read_to_string(path("b")).unwrap(), alone("text"));
    let silent = check(&[&["-o", &sarif], BAD].concat());
    assert_eq!((silent.code, silent.out.as_str(), silent.err.as_str()), (1, "", ""));
}

#[test]
fn an_output_that_cannot_be_written_is_exit_2_and_named() {
    for (arguments, message) in [
        (&["-o", "json", "-o", "text"][..], "error: two outputs go to standard output"),
        (&["-o", "json=no/such/folder/x.json"], "error: cannot write no/such/folder/x.json: "),
        (&["--baseline", "gone.json"], "error: cannot read gone.json: "),
        (&["--baseline", "bad.yaml"], "error: bad.yaml: not a baseline: "),
        (
            &["--select", "memory-limit"],
            "error: there is no check `memory-limit`; did you mean `memory-limits`?",
        ),
        (&["-o", "xml"], "there is no format `xml`"),
    ] {
        let ran = check(&[arguments, BAD].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(message), "{}", ran.err);
    }
}

#[test]
fn a_reader_that_goes_away_ends_a_run_quietly() {
    for format in FORMATS {
        let mut child =
            program::command(Path::new(FIXTURES), &[&["check", "-o", format], BAD].concat()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(1), &b""[..]), "{format}");
    }
}

#[test]
fn statistics_count_by_check() {
    let text = check(&[&["--statistics"], BAD].concat()).out;
    assert!(text.starts_with("      2  memory-limits    2 fail\n"), "{text}");
    let ran = check(&[&["--statistics", "-o", "json"], BAD].concat());
    assert_eq!(ran.json()["statistics"]["memory-limits"]["fail"], 2);
    assert_eq!(ran.findings().len(), 4);
}

#[test]
fn what_is_selected_is_all_that_runs() {
    let checks = |arguments: &[&str]| -> BTreeSet<String> {
        let ran = check(&[&["-o", "json", "--fail-on", "info"], arguments, &["bad.yaml"]].concat());
        let findings = ran.findings();
        findings.iter().map(|finding| finding["check"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(checks(&["--select", "memory-limits,image-digest"]).len(), 2);
    let named = checks(&["--policy", "policy.yaml", "--select", "image-digest"]);
    assert_eq!(named.into_iter().collect::<Vec<_>>(), ["image-digest"]);
    assert!(!checks(&["--ignore", "memory-limits"]).contains("memory-limits"));
}

/// A Deployment with two containers, one above the other.
fn deployment(first: &str, second: &str, lines: usize) -> String {
    let comments = "# moved\n".repeat(lines);
    let container = |name: &str| format!("      - name: {name}\n        image: example.com/{name}:1\n");
    format!(
        "{comments}apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      \
         containers:\n{}{}",
        container(first),
        container(second)
    )
}

#[test]
fn a_finding_keeps_its_fingerprint_wherever_it_moves() {
    let folder = tempfile::tempdir().unwrap();
    let prints =
        |name: &str, text: &str, format: &str, pointer: &str, of: Option<&str>| -> BTreeSet<String> {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            let ran = check(&["-o", format, "--profile", "strict", path.to_str().unwrap()]);
            let all = of.map_or_else(
                || ran.findings(),
                |of| ran.json().pointer(of).unwrap().as_array().unwrap().clone(),
            );
            let prints: BTreeSet<_> = all
                .iter()
                .map(|finding| finding.pointer(pointer).unwrap().as_str().unwrap().to_owned())
                .collect();
            // Two findings of one check on one field are told apart where a reader would hide one of them.
            assert!(format == "json" || prints.len() == all.len(), "{format}");
            prints
        };
    let (here, there) = (deployment("app", "proxy", 0), deployment("proxy", "app", 7));
    for (format, pointer, of) in [
        ("json", "/fingerprint", None),
        ("sarif", "/partialFingerprints/primaryLocationLineHash", Some("/runs/0/results")),
        ("gitlab", "/fingerprint", Some("")),
    ] {
        let one = prints("a.yaml", &here, format, pointer, of);
        assert!(!one.is_empty());
        assert_eq!(one, prints("b.yaml", &there, format, pointer, of), "{format}");
    }
}

#[test]
fn a_baseline_begins_with_what_fails_and_only_gets_shorter() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, baseline) = (path("web.yaml"), path("baseline.json"));
    let judged = |more: &[&str]| {
        check(&[&["-o", "json", "--select", "memory-limits"], more, &[file.as_str()]].concat())
    };
    fs::write(&file, deployment("app", "proxy", 0)).unwrap();
    let ran = judged(&["--write-baseline", &baseline]);
    assert_eq!((ran.code, ran.err.contains("2 findings")), (0, true), "{}", ran.err);
    let ran = judged(&["--write-baseline", &baseline]);
    assert_eq!((ran.code, ran.err.contains("is there already")), (2, true), "{}", ran.err);

    let before = fs::read_to_string(&baseline).unwrap();
    let ran = judged(&["--baseline", &baseline]);
    let summary = &ran.json()["summary"];
    assert_eq!((ran.code, &summary["baselined"], &summary["verdict"]), (0, &json!(2), &json!("NotReady")));

    // One is fixed by its removal, one stays and one is new.
    fs::write(&file, deployment("new", "app", 3)).unwrap();
    let ran = judged(&["--baseline", &baseline]);
    assert_eq!((ran.code, &ran.json()["summary"]["baselined"]), (1, &json!(1)));
    assert_eq!(fs::read_to_string(&baseline).unwrap(), before, "it is only read");
    let ran = judged(&["--baseline", &baseline, "--update-baseline"]);
    assert_eq!((ran.code, ran.err.contains("1 fixed, 1 left")), (1, true), "{}", ran.err);
    let after: Value = serde_json::from_str(&fs::read_to_string(&baseline).unwrap()).unwrap();
    assert_eq!(after["findings"].as_array().unwrap().len(), 1);
    assert_eq!(after["findings"][0]["container"], "app");
}

#[test]
fn a_baseline_does_not_get_shorter_by_what_could_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("baseline.json").display().to_string();
    let policy = ["--policy", "policy.yaml"];
    check(&[&policy[..], &["--write-baseline", &baseline, "bad.yaml"]].concat());
    let before = fs::read_to_string(&baseline).unwrap();
    let ran = check(&[&policy[..], &["--baseline", &baseline, "--update-baseline", "gone.yaml"]].concat());
    assert_eq!((ran.code, fs::read_to_string(&baseline).unwrap()), (2, before.clone()));
    // Nor by checks that did not run.
    let narrow = ["--ignore", "memory-limits", "--baseline", &baseline, "--update-baseline", "bad.yaml"];
    check(&[&policy[..], &narrow].concat());
    assert_eq!(fs::read_to_string(&baseline).unwrap(), before);
}

#[test]
fn a_baseline_keeps_what_a_run_did_not_judge() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (web, api, baseline) = (path("web.yaml"), path("api.yaml"), path("baseline.json"));
    let text = deployment("app", "proxy", 0);
    fs::write(&web, &text).unwrap();
    fs::write(&api, text.replace("name: web", "name: api")).unwrap();
    let policy = |namespace: &str| {
        let text = format!(
            "apiVersion: seaworthy.dev/v1alpha1\nkind: ReadinessPolicy\nmetadata: {{name: team, namespace: {namespace}}}\n\
             spec: {{profile: Standard}}\n"
        );
        fs::write(path(&format!("{namespace}.policy")), text).unwrap();
        path(&format!("{namespace}.policy"))
    };
    let (shop, other) = (policy("shop"), policy("other"));
    let select = ["--select", "memory-limits,service-account-exists"];
    let judged = |arguments: &[&str]| check(&[&select[..], arguments].concat());
    let objects = || -> Vec<String> {
        let baseline: Value = serde_json::from_str(&fs::read_to_string(&baseline).unwrap()).unwrap();
        let findings = baseline["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| finding["object"].as_str().unwrap().to_owned()).collect()
    };
    judged(&["--write-baseline", &baseline, &web, &api]);
    let all = objects();
    assert_eq!(all.len(), 4);
    let update = ["--baseline", &baseline, "--update-baseline"];
    // Given, but no policy is about it, and only a part of what there is.
    for arguments in [&["--policy", &other, &web, &api][..], &["--policy", &shop, &web]] {
        let ran = judged(&[&update[..], arguments].concat());
        assert_eq!(objects(), all, "{}", ran.err);
        let says = ran.err.contains("4 left; of these, ") || ran.err.contains("stays as it is");
        assert!(says, "{}", ran.err);
    }
    let ran = judged(&[&update[..], &["--complete", &web]].concat());
    assert!(ran.err.ends_with("2 fixed, 2 left\n"), "{}", ran.err);
    assert_eq!(objects(), ["Deployment.apps shop/web"; 2]);
}

#[test]
fn a_namespace_lies_in_no_namespace_whatever_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("namespace.yaml").display().to_string();
    fs::write(&path, "apiVersion: v1\nkind: Namespace\nmetadata: {name: moorings}\n").unwrap();
    for format in FORMATS {
        let ran = check(&["-o", format, "--select", "namespace-psa-labels", &path]);
        assert!(ran.code == 1 && ran.out.contains("moorings"), "{format}: {}{}", ran.out, ran.err);
        assert!(!ran.out.contains("moorings/moorings"), "{format}: {}", ran.out);
    }
}

#[test]
fn diff_says_what_is_new_and_what_is_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (old, new, saved) = (path("old.yaml"), path("new.yaml"), path("saved.json"));
    fs::write(&old, deployment("app", "proxy", 0)).unwrap();
    fs::write(&new, deployment("app", "other", 5)).unwrap();
    let select = ["--select", "memory-limits"];
    fs::write(&saved, check(&[&["-o", "json"], &select[..], &[old.as_str()]].concat()).out).unwrap();
    let expected = "new    memory-limits: Deployment.apps shop/web other \
        spec.template.spec.containers[other].resources.limits.memory\n";
    for before in [&old, &saved] {
        let ran = run(&[&["diff", before, &new], &select[..]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (1, ""));
        assert!(ran.out.starts_with(expected), "{}", ran.out);
        assert!(ran.out.ends_with("\n1 new, 1 fixed, 1 unchanged\n"), "{}", ran.out);
    }
    let ran = run(&[&["diff", &saved, &old, "-o", "json"], &select[..]].concat());
    assert_eq!((ran.code, &ran.json()["new"], &ran.json()["unchanged"]), (0, &json!([]), &json!(2)));
    let gone = path("gone.yaml");
    assert_eq!(run(&["diff", &old, &gone]).code, 2);
}

#[test]
fn diff_counts_findings_that_nothing_tells_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let pod = |ports: &[u16]| {
        let ports: Vec<_> =
            ports.iter().map(|port| format!("{{containerPort: {port}, hostPort: {port}}}")).collect();
        let container = format!("{{name: app, image: example.com/app:1, ports: [{}]}}", ports.join(", "));
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers: [{container}]\n")
    };
    let select = ["--select", "host-ports"];
    for (name, ports) in [("one", &[80][..]), ("three", &[80, 81, 82])] {
        fs::write(path(&format!("{name}.yaml")), pod(ports)).unwrap();
        let saved = check(&[&["-o", "json"], &select[..], &[&path(&format!("{name}.yaml"))]].concat()).out;
        fs::write(path(&format!("{name}.json")), saved).unwrap();
    }
    let field = "host-ports: Pod default/web app spec.containers[app].ports[].hostPort (2 times)\n";
    for (old, new) in [("yaml", "yaml"), ("json", "yaml"), ("yaml", "json"), ("json", "json")] {
        let (one, three) = (path(&format!("one.{old}")), path(&format!("three.{new}")));
        let ran = run(&[&["diff"], &select[..], &[&one, &three]].concat());
        assert_eq!((ran.code, ran.out), (1, format!("new    {field}2 new, 0 fixed, 1 unchanged\n")));
        let ran = run(&[&["diff"], &select[..], &[&path(&format!("three.{new}")), &one]].concat());
        assert_eq!((ran.code, ran.out), (0, format!("fixed  {field}0 new, 2 fixed, 1 unchanged\n")));
    }
    let ran = run(&["diff", "-o", "json", &path("one.json"), &path("three.json")]);
    assert_eq!((&ran.json()["new"][0]["count"], &ran.json()["unchanged"]), (&json!(2), &json!(1)));
}

#[test]
fn diff_knows_a_saved_run_by_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, saved) = (path("web.yaml"), path("web.saved"));
    fs::write(&file, deployment("app", "proxy", 0)).unwrap();
    let select = ["--select", "memory-limits"];
    let text = check(&[&["-o", "json"], &select[..], &[file.as_str()]].concat()).out;
    fs::write(&saved, &text).unwrap();
    fs::write(path("marked"), format!("\u{FEFF}{text}")).unwrap();
    let same = "0 new, 0 fixed, 2 unchanged\n";
    for old in [saved.as_str(), &path("marked"), "-", "/dev/stdin"] {
        let mut command =
            program::command(Path::new(FIXTURES), &[&["diff", old, &file], &select[..]].concat());
        // A file as standard input has a name too; a pipe can be read only once.
        let mut cat = std::process::Command::new("cat").arg(&saved).stdout(Stdio::piped()).spawn().unwrap();
        let ran: Ran = command.stdin(cat.stdout.take().unwrap()).output().unwrap().into();
        cat.wait().unwrap();
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, same, ""), "{old}");
        let mut command =
            program::command(Path::new(FIXTURES), &[&["diff", old, &file], &select[..]].concat());
        let manifest = fs::File::open(&file).unwrap();
        let ran: Ran = command.stdin(manifest).output().unwrap().into();
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.as_str()),
            (0, same, ""),
            "{old}: the manifest itself"
        );
    }
    for (name, text) in
        [("list", "[]"), ("lines", &*text.replace('\n', " ").replace("schemaVersion", "type"))]
    {
        fs::write(path(name), text).unwrap();
        let ran = run(&[&["diff", &path(name), &file], &select[..]].concat());
        assert_eq!((ran.code, ran.err.contains("nothing is checked in ")), (1, true), "{name}: {}", ran.err);
    }
    fs::write(path("later"), "{\"schemaVersion\": 9, \"results\": []}").unwrap();
    let ran = run(&["diff", &path("later"), &file]);
    assert_eq!((ran.code, ran.err.contains("not a saved run of this version")), (2, true), "{}", ran.err);
}

#[test]
fn diff_judges_as_at_the_time_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (old, new) = (path("old.yaml"), path("new.yaml"));
    let text = deployment("app", "proxy", 0);
    let ignore = "# seaworthy: ignore[memory-limits] reason=\"for a while\" until=2026-03-31\n";
    fs::write(&old, format!("# seaworthy: ignore[memory-limits] reason=\"for ever\"\n{text}")).unwrap();
    fs::write(&new, format!("{ignore}{text}")).unwrap();
    for (day, code) in [("2026-03-31", 0), ("2026-04-01", 1)] {
        let ran = run(&["diff", "--select", "memory-limits", "--now", day, &old, &new]);
        assert_eq!(ran.code, code, "{day}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn no_text_of_the_input_gets_out_of_its_place() {
    for format in FORMATS {
        let ran = check(&["-o", format, "--policy", "policy.yaml", "hostile-name.yaml"]);
        assert!(
            !ran.out.contains(['\u{1b}', '\u{202e}']) || format.starts_with("json"),
            "{format}: {}",
            ran.out
        );
        assert!(!ran.out.contains('\u{1b}'), "{format}");
    }
}

#[test]
fn the_program_tells_its_version_and_completes_its_options() {
    let version = run(&["version", "-o", "json"]).json();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(version["checks"], seaworthy::checks::ALL.len());
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(&["completions", shell]);
        assert_eq!((ran.code, ran.out.contains("write-baseline")), (0, true), "{shell}");
    }
}

#[test]
fn the_reference_of_commands_is_the_committed_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    let reference = run(&["reference"]).out;
    let committed = fs::read_to_string(&path).unwrap_or_default();
    // What people wrote comes first; tests/tutorials.rs runs it.
    let mark = reference.lines().next().unwrap();
    let written = committed.split(mark).next().unwrap_or_default();
    let reference = format!("{written}{reference}");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &reference).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == reference, "docs/cli.md is not what the command line says; `BLESS=1` writes it");
}

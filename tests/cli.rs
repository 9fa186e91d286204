//! The real binary on real files.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use support::{
    piped,
    program::{self, Ran},
};

mod support {
    pub(crate) mod piped;
    pub(crate) mod program;
}

const FIXTURES: &str = "tests/fixtures/cli";

/// Names of the workloads with findings and the checks, in order.
fn findings(ran: &Ran) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = ran.findings();
    findings.iter().map(|finding| (text(&finding["object"]["name"]), text(&finding["check"]))).collect()
}

fn run(arguments: &[&str]) -> Ran {
    program::run(Path::new(FIXTURES), arguments)
}

fn run_with_stdin(arguments: &[&str], input: &str) -> Ran {
    piped::run_with_stdin(Path::new(FIXTURES), arguments, input.as_bytes())
}

fn check(arguments: &[&str]) -> Ran {
    run(&[&["check", "-o", "json"], arguments].concat())
}

#[test]
fn exit_0_when_nothing_is_at_or_above_fail_on() {
    let ran = check(&["--policy", "policy.yaml", "good.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let summary = &ran.json()["summary"];
    assert_eq!(summary["verdict"], "Ready");
    assert_eq!((&summary["pass"], &summary["documents"]), (&json!(2), &json!(1)));
    assert!(findings(&ran).is_empty());
}

#[test]
fn exit_1_when_a_check_fails() {
    let ran = check(&["--policy", "policy.yaml", "bad.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!("bad_json", ran.out);
}

#[test]
fn a_workload_with_a_deletion_timestamp_is_judged_and_told_and_counts_for_nothing() {
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop, DELETED}\n\
        spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, \
        spec: {containers: [{name: app, image: \"app:1\"}]}}}\n";
    let outcome = |deleted: &str, format: &str| {
        let text = web.replace("DELETED", deleted);
        run_with_stdin(&["check", "--policy", "policy.yaml", "-o", format, "-"], &text)
    };
    let (there, going) =
        (outcome("", "json"), outcome("deletionTimestamp: \"2026-01-01T00:00:00Z\"", "json"));
    assert_eq!((there.code, going.code), (1, 0), "{}", going.err);
    assert_eq!(findings(&there), findings(&going));
    assert!(!findings(&going).is_empty());
    let summary = &going.json()["summary"];
    assert_eq!((&summary["workloads"]["total"], &summary["verdict"]), (&json!(0), &json!("Unknown")));
    let told = outcome("deletionTimestamp: \"2026-01-01T00:00:00Z\"", "text").out;
    assert!(told.contains("1 being deleted and not counted"), "{told}");
}

#[test]
fn a_check_that_only_warns_beside_something_unknown_is_no_failure() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n\
        spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, \
        spec: {containers: [{name: app, image: \"app:1\"}]}}}\n---\napiVersion: v1\nkind: Service\n\
        metadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n";
    let ran = run_with_stdin(&["check", "-o", "json", "--select", "service-target-port", "-"], text);
    let outcomes: Vec<_> = ran.findings().iter().map(|found| found["outcome"].clone()).collect();
    assert!(outcomes.contains(&json!("Fail")) && outcomes.contains(&json!("Unknown")), "{outcomes:?}");
    let summary = &ran.json()["summary"];
    assert_eq!((ran.code, &summary["fail"], &summary["warn"]), (0, &json!(0), &json!(1)));
    assert_eq!(summary["verdict"], "Unknown");
}

#[test]
fn exit_1_follows_fail_on_of_the_flag_then_of_the_policy() {
    let code = |arguments: &[&str]| {
        let base = ["--policy", "policy.yaml", "bad.yaml"];
        check(&[arguments, &base].concat()).code
    };
    assert_eq!(code(&["--fail-on", "critical"]), 0);
    assert_eq!(code(&["--fail-on", "NEVER"]), 0);
    assert_eq!(code(&["--fail-on", "high"]), 1);
    let ran = check(&["--policy", "policy.yaml", "--fail-on", "never", "bad.yaml"]);
    assert_eq!(ran.json()["summary"]["verdict"], "Ready");
    assert_eq!(ran.json()["summary"]["warn"], 3);
}

#[test]
fn exit_2_beats_1_and_what_was_found_is_printed() {
    let ran = check(&["--policy", "policy.yaml", "broken-next-to-good.yaml", "gone.yaml"]);
    assert_eq!(ran.code, 2);
    assert_eq!(findings(&ran)[0], ("after".to_owned(), "memory-limits".to_owned()));
    assert_eq!(
        ran.findings()[0]["location"],
        json!({
            "file": "broken-next-to-good.yaml", "document": 2, "line": 15, "column": 11,
            "missing": "resources.limits.memory", "insert": {"line": 16, "column": 11}
        })
    );
    let errors = &ran.json()["errors"];
    assert_eq!(errors[0]["file"], "broken-next-to-good.yaml");
    assert_eq!((&errors[0]["document"], &errors[0]["line"]), (&json!(1), &json!(5)), "{errors}");
    assert_eq!(errors[1]["file"], "gone.yaml");
    assert!(ran.err.contains("error: broken-next-to-good.yaml:5:7: document 1: not YAML: "), "{}", ran.err);
}

#[test]
fn a_finding_on_what_cannot_be_decoded_stands_at_the_field_that_is_wrong() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  template:\n    \
        spec:\n      containers:\n        - name: app\n          tty: [7]\n";
    let ran = run_with_stdin(&["check", "-o", "json", "--policy", "policy.yaml", "-"], text);
    let findings = ran.findings();
    assert!(!findings.is_empty() && ran.code == 2, "{}", ran.err);
    for finding in &findings {
        let (field, location) = (&finding["field"], &finding["location"]);
        assert_eq!(
            (field, &finding["outcome"]),
            (&json!("spec.template.spec.containers[0].tty"), &json!("Unknown"))
        );
        assert_eq!((&location["line"], &location["column"]), (&json!(10), &json!(11)), "{finding}");
    }
}

#[test]
fn what_cannot_be_read_is_never_ready() {
    let ran = check(&["--policy", "policy.yaml", "good.yaml", "gone.yaml"]);
    assert_eq!((ran.code, &ran.json()["summary"]["verdict"]), (2, &json!("Unknown")));
}

#[test]
fn exit_3_when_nothing_was_checked() {
    for arguments in [
        &["values.yaml"][..],
        &["--policy", "policy-suspended.yaml", "bad.yaml"],
        &["--policy", "policy-namespaced.yaml", "--namespace", "elsewhere", "good.yaml"],
    ] {
        let ran = check(arguments);
        assert_eq!((ran.code, &ran.json()["summary"]["verdict"]), (3, &json!("Unknown")), "{arguments:?}");
    }
}

#[test]
fn what_belongs_to_no_workload_is_checked_by_itself_and_told_once() {
    let ran = check(&["--ignore", "namespace-psa-labels", "namespaces.yaml"]);
    assert_eq!((ran.code, &ran.json()["summary"]["workloads"]["total"]), (0, &json!(0)));
    let select = ["check", "-o", "json", "--select", "schema-valid", "--namespace", "shop", "-"];
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: app}]}\n";
    let service = |selector: &str, kind: &str| {
        let spec =
            format!("{{type: {kind}, selector: {{app: {selector}}}, externalName: a.example, sepc: 1}}");
        format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {spec}\n")
    };
    for (selector, kind, object) in
        [("web", "ClusterIP", "web"), ("api", "ClusterIP", "s"), ("web", "ExternalName", "s")]
    {
        let ran = run_with_stdin(&select, &format!("{pod}{}", service(selector, kind)));
        let said = ran.findings().len();
        assert_eq!((ran.code, said), (1, 1), "{selector} {kind}: {}", ran.out);
        let reports = ran.findings()[0].clone();
        let text = reports.to_string();
        assert!(text.contains(&format!("\"{object}\"")), "{selector} {kind}: {text}");
    }
}

#[test]
fn exit_1_for_unknown_only_if_asked() {
    // A workload of the wrong shape is Unknown, and the run is incomplete: 2 beats 1.
    let ran = check(&["--policy", "policy.yaml", "--fail-on-unknown", "wrong-type.yaml"]);
    assert_eq!(ran.code, 2);
    let json = ran.json();
    assert_eq!(json["summary"]["workloads"]["unknown"], 1);
    assert_eq!(ran.findings()[0]["outcome"], "Unknown");
    let message = json["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("not a Deployment: spec.template.spec.containers[0].image: "), "{message}");
}

#[test]
fn standard_input_is_a_file() {
    let text = fs::read_to_string(Path::new("tests/fixtures/cli/bad.yaml")).unwrap();
    let ran = run_with_stdin(&["check", "-o", "json", "--policy", "policy.yaml", "-"], &text);
    assert_eq!(ran.code, 1);
    let location = &ran.findings()[0]["location"];
    assert_eq!(
        (&location["file"], &location["document"], &location["line"]),
        (&json!("-"), &json!(2), &json!(32))
    );
}

#[test]
fn folders_are_walked_without_what_git_ignores() {
    let ran = check(&["--policy", "policy.yaml", "folder"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "note: 1 document is skipped: not Kubernetes\n"));
    let summary = &ran.json()["summary"];
    assert_eq!((&summary["documents"], &summary["skipped"]), (&json!(2), &json!(1)));
    assert_eq!(summary["workloads"]["ready"], 1);
}

#[test]
fn lists_are_unpacked() {
    let ran = check(&["--policy", "policy.yaml", "list.json"]);
    let summary = &ran.json()["summary"];
    assert_eq!((ran.code, &summary["workloads"]["total"]), (1, &json!(2)));
    assert_eq!((&summary["documents"], &summary["otherKinds"]), (&json!(1), &json!(1)));
    assert_eq!(ran.findings()[0]["object"]["name"], "one");
}

#[test]
fn of_a_duplicate_key_the_last_counts_and_it_is_told() {
    let ran = check(&["--policy", "policy.yaml", "duplicate-key.yaml"]);
    assert_eq!(ran.code, 1);
    assert_eq!(findings(&ran), [("twice".to_owned(), "memory-limits".to_owned())]);
    let note = "note: duplicate-key.yaml:14: the key `containers` is given twice, first on line 8; this one counts\n";
    assert_eq!(ran.err, note);
}

#[test]
fn an_unknown_key_of_a_policy_names_the_nearest_one() {
    let ran = check(&["--policy", "policy-unknown-key.yaml", "good.yaml"]);
    assert_eq!(ran.code, 2);
    let message = "spec.failon: unknown field; did you mean `failOn`?";
    assert_eq!(ran.json()["errors"][0]["message"], message);
    let ran = check(&["--policy", "policy-unknown-parameter.yaml", "good.yaml"]);
    assert_eq!(ran.code, 2);
    let message = "spec.checks[0].parameters.modus: unknown parameter `modus`; did you mean `mode`?";
    assert_eq!(ran.json()["errors"][0]["message"], message);
}

#[test]
fn a_file_without_a_policy_is_an_error() {
    let ran = check(&["--policy", "good.yaml", "good.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no ReadinessPolicy"), "{}", ran.err);
}

#[test]
fn a_namespaced_policy_is_about_its_namespace_and_its_selector() {
    let ran = check(&["--policy", "policy-namespaced.yaml", "bad.yaml", "list.json"]);
    assert_eq!(findings(&ran), [("api".to_owned(), "memory-limits".to_owned())]);
    assert_eq!(ran.findings()[0]["policies"], json!(["ReadinessPolicy/gate"]));
    assert_eq!(ran.json()["summary"]["notSelected"], 3);
}

#[test]
fn policies_add_up() {
    let both = ["--policy", "policy-namespaced.yaml", "--policy", "policy.yaml", "bad.yaml"];
    let ran = check(&both);
    let findings = ran.findings();
    let of_api = findings.iter().find(|finding| finding["object"]["name"] == "api");
    let policies = json!(["ClusterReadinessPolicy/two-checks", "ReadinessPolicy/gate"]);
    assert_eq!(of_api.unwrap()["policies"], policies);
}

#[test]
fn an_object_without_a_namespace_gets_the_flag_else_the_policys_else_default() {
    let namespace = |arguments: &[&str]| {
        let ran = check(&[arguments, &["--fail-on", "info", "wrong-type.yaml"]].concat());
        ran.findings()[0]["object"]["namespace"].clone()
    };
    assert_eq!(namespace(&["--policy", "policy.yaml"]), "default");
    assert_eq!(namespace(&["--policy", "policy.yaml", "-n", "shop"]), "shop");
    let policies = ["--policy", "policy.yaml", "--policy", "policy-namespaced.yaml"];
    assert_eq!(namespace(&policies), "shop");
}

#[test]
fn namespace_labels_that_are_not_given_match_and_it_is_said_once() {
    let note = "note: the labels of namespace shop are not given: namespaceSelectors (as in \
        ClusterReadinessPolicy/production) are taken as matching\n";
    for more in [&[][..], &["--complete"]] {
        let policy = ["--policy", "policy-namespace-selector.yaml", "bad.yaml", "list.json"];
        let ran = check(&[&policy[..], more].concat());
        assert_eq!(ran.err, note);
        assert_eq!(ran.json()["summary"]["workloads"]["total"], 4);
    }
    let ran = check(&["--policy", "policy-namespace-selector.yaml", "bad.yaml", "namespaces.yaml"]);
    assert_eq!(ran.err, "");
    assert_eq!(findings(&ran), [("sum".to_owned(), "memory-limits".to_owned())]);
}

#[test]
fn a_policy_without_a_profile_version_is_told_which_one_counts() {
    let ran = check(&["--policy", "policy-unpinned.yaml", "good.yaml"]);
    let note = "policy-unpinned.yaml:1:1: ClusterReadinessPolicy/unpinned names no profileVersion";
    assert!(ran.err.contains(note), "{}", ran.err);
    assert_eq!(check(&["--policy", "policy.yaml", "good.yaml"]).err, "");
}

#[test]
fn without_a_policy_the_profile_is_standard() {
    let policies = |arguments: &[&str]| {
        let ran = check(&[arguments, &["bad.yaml"]].concat());
        ran.findings()[0]["policies"].clone()
    };
    assert_eq!(policies(&[]), json!(["ClusterReadinessPolicy/profile-standard"]));
    assert_eq!(policies(&["--profile", "baseline"]), json!(["ClusterReadinessPolicy/profile-baseline"]));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let arguments = ["--profile", "Strict", "bad.yaml", "list.json", "folder", "broken-next-to-good.yaml"];
    let (one, other) = (check(&arguments), check(&arguments));
    assert_eq!((one.out, one.err), (other.out, other.err));
}

#[test]
fn text_for_people() {
    let ran = run(&["check", "--policy", "policy.yaml", "bad.yaml", "good.yaml", "values.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{}", ran.out);
    insta::assert_snapshot!("bad_text", ran.out);
}

#[test]
fn what_other_files_would_say_is_one_line_for_each_workload() {
    let ran = run(&["check", "--profile", "standard", "bad.yaml"]);
    assert_eq!(ran.out.matches("not among the files").count(), 2, "{}", ran.out);
    let folded = ran.out.lines().filter(|line| line.starts_with("  unknown ")).count();
    assert_eq!(folded, 2, "{}", ran.out);
}

#[test]
fn concise_is_one_line_for_each_finding_with_its_place() {
    let ran = run(&["check", "-o", "concise", "--policy", "policy.yaml", "bad.yaml"]);
    assert_eq!(ran.code, 1);
    let first = "bad.yaml:32:15: fail high memory-limits: CronJob books/sum: no memory limit is set, \
        nor one for the whole pod";
    assert_eq!((ran.out.lines().next(), ran.out.lines().count()), (Some(first), 4));
}

#[test]
fn bounds_can_be_raised_and_lowered() {
    for (flag, message) in [
        ("--max-depth=3", "nested deeper than 3 levels"),
        ("--max-nodes=5", "more than 5 values"),
        ("--max-file-size=9", "larger than 9 bytes"),
    ] {
        let ran = check(&["--policy", "policy.yaml", flag, "good.yaml"]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(message), "{}", ran.err);
    }
}

#[test]
fn what_is_nested_as_deep_as_may_be_asked_for_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.json").display().to_string();
    for (levels, code) in [(990, 0), (200_000, 2)] {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        let head = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}, \"spec\": ";
        fs::write(&path, format!("{head}{{\"containers\": [], \"more\": {open}{close}}}}}")).unwrap();
        for flags in
            [&["--select", "memory-limits"][..], &["--fix", "--select", "memory-limits,schema-valid"]]
        {
            let ran =
                run(&[&["check", "--allow-empty", "--exit-zero", "--max-depth=1000"], flags, &[&path]]
                    .concat());
            assert_eq!(ran.code, code, "{levels}: {}{}", ran.out, ran.err);
        }
    }
    let ran = run(&["check", "--max-depth=1001", &path]);
    assert_eq!(
        (ran.code, ran.err.contains("1000 levels are the most that can be read")),
        (2, true),
        "{}",
        ran.err
    );
}

#[test]
fn text_holds_no_control_characters_of_the_input() {
    let ran = run(&["check", "--policy", "policy.yaml", "hostile-name.yaml"]);
    assert!(ran.out.contains("hostile\\u{1b}[31m"), "{}", ran.out);
    assert!(!ran.out.contains(['\u{1b}', '\u{202e}']), "{:?}", ran.out);
}

#[test]
fn explain_prints_the_manual_or_the_nearest_name() {
    let ran = run(&["explain", "memory-limits"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("memory-limits: ") && ran.out.contains("How to fix\n"), "{}", ran.out);
    let ran = run(&["explain", "memory-limit"]);
    let message = "error: there is no check `memory-limit`; did you mean `memory-limits`?\n";
    assert_eq!((ran.code, ran.err.as_str()), (2, message));
}

#[test]
fn explain_takes_the_ids_of_other_tools() {
    let ours = run(&["explain", "allow-privilege-escalation"]);
    assert!(ours.out.contains("\nKnown elsewhere as\n"), "{}", ours.out);
    for id in ["C-0016", "ckv_k8s_20", "KSV001", "privilege-escalation-container"] {
        let ran = run(&["explain", id]);
        assert_eq!((ran.code, ran.err.as_str(), &ran.out), (0, "", &ours.out), "{id}");
    }
    let several = run(&["explain", "disallow-host-namespaces"]);
    let names: Vec<&str> =
        several.out.lines().map(|line| line.split_whitespace().next().unwrap_or_default()).collect();
    assert_eq!((several.code, names), (0, vec!["host-ipc", "host-network", "host-pid"]));
}

#[test]
fn checks_lists_every_check() {
    let json = run(&["checks", "-o", "json"]).json();
    let checks = json["checks"].as_array().unwrap();
    assert_eq!((&json["schemaVersion"], checks.len()), (&json!(1), seaworthy::checks::ALL.len()));
    let check = checks.iter().find(|check| check["name"] == "run-as-non-root").unwrap();
    assert_eq!((&check["family"], &check["severity"]), (&json!("security"), &json!("High")));
    assert_eq!(check["profiles"], json!(["Standard", "Strict"]));
    assert!(check["parameters"]["properties"]["mode"].is_object(), "{check}");
    assert_eq!(check["alsoKnownAs"][0], json!({"tool": "Checkov", "id": "CKV_K8S_6"}));
    let text = run(&["checks"]).out;
    assert_eq!(text.lines().count(), checks.len());
}

#[test]
fn crds_are_the_committed_ones() {
    let out = run(&["crds"]).out;
    let mut files: Vec<_> = fs::read_dir("crds").unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let bodies = files.iter().map(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.split_once('\n').unwrap().1.to_owned()
    });
    assert_eq!(out, bodies.collect::<Vec<_>>().join("---\n"));
}

#[test]
fn the_crds_can_be_read_back_as_yaml() {
    let out = run(&["crds"]).out;
    let ran = run_with_stdin(&["check", "-o", "json", "-"], &out);
    let summary = &ran.json()["summary"];
    assert_eq!(
        (ran.code, &summary["documents"], &summary["otherKinds"]),
        (0, &json!(3), &json!(0)),
        "{}",
        ran.out
    );
}

#[test]
fn a_wrong_argument_is_exit_2() {
    for arguments in [&["check"][..], &["check", "--fail-on", "worst", "good.yaml"], &["nonsense"]] {
        assert_eq!(run(arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(run(&["--version"]).out, format!("seaworthy {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = program::command(Path::new(FIXTURES), &["crds"]).spawn().unwrap();
    drop(child.stdout.take());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn a_custom_resource_is_compared_with_its_definition_before_or_after_it() {
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
        metadata: {name: gears.example.com}\nspec:\n  group: example.com\n  scope: Namespaced\n  \
        names: {kind: Gear, plural: gears}\n  versions:\n    - name: v1\n      served: true\n      storage: true\n      \
        schema:\n        openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}}}}}\n";
    let gear =
        "apiVersion: example.com/v1\nkind: Gear\nmetadata: {name: one}\nspec:\n  a: b\n  b: c\n  a: d\n";
    let told = |input: &str| {
        let ran = run_with_stdin(&["check", "-o", "json", "--select", "schema-valid", "-"], input);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let of = |finding: &Value| [&finding["object"]["name"], &finding["field"]].map(text);
        let mut findings: Vec<[String; 2]> = ran.findings().iter().map(of).collect();
        findings.sort();
        (ran.code, findings)
    };
    let expected = [["one", "spec.a"], ["one", "spec.b"]].map(|finding| finding.map(str::to_owned));
    assert_eq!(told(&format!("{definition}---\n{gear}")), (1, expected.to_vec()));
    assert_eq!(told(&format!("{gear}---\n{definition}")), (1, expected.to_vec()));
    assert_eq!(
        run_with_stdin(&["check", "--select", "schema-valid", "-"], gear).code,
        3,
        "nothing is checked"
    );
}

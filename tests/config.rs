//! `.seaworthy.yaml`, patterns as inputs and `config show`, with the real binary.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use support::program::{Ran, run};

mod support {
    pub(crate) mod program;
}

const POLICY: &str = "apiVersion: seaworthy.dev/v1alpha1\nkind: ClusterReadinessPolicy\nmetadata: {name: gate}\n\
    spec: {profile: None, checks: [{name: memory-limits}]}\n";

fn deployment(name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  template:\n    \
         spec:\n      containers:\n        - name: app\n          image: registry.example/app:1.0.0\n"
    )
}

/// A repository with a policy, two applications and what a tool made.
fn repository(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        (".seaworthy.yaml", config.to_owned()),
        ("policies/gate.yaml", POLICY.to_owned()),
        ("apps/web.yaml", deployment("web")),
        ("apps/deep/api.yaml", deployment("api")),
        ("apps/made/copy.yaml", deployment("copy")),
    ];
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The objects with findings that count, in order.
fn failing(ran: &Ran) -> Vec<String> {
    let findings = ran.findings();
    let failing = findings.iter().filter(|finding| finding["outcome"] == "Fail");
    failing.map(|finding| finding["object"]["name"].as_str().unwrap().to_owned()).collect()
}

fn check(repository: &TempDir, arguments: &[&str]) -> Ran {
    run(repository.path(), &[&["check", "-o", "json"], arguments].concat())
}

const CONFIG: &str = "\
policies: [policies/gate.yaml]
exclude: [/apps/made]
suppress:
  - checks: [memory-limits]
    object: {kind: Deployment, name: a*}
    reason: ticket 7
    until: 2026-03-31
";

#[test]
fn policies_excludes_and_suppressions_count_wherever_the_command_is_started() {
    let repository = repository(CONFIG);
    for (folder, input) in [("", "apps"), ("apps/deep", ".."), ("policies", "../apps")] {
        let ran =
            run(&repository.path().join(folder), &["check", "-o", "json", "--now", "2026-03-31", input]);
        assert_eq!((ran.code, failing(&ran), ran.err.as_str()), (1, vec!["web".to_owned()], ""), "{folder}");
        let waived = &ran.findings()[0];
        assert_eq!(waived["suppressed"], json!({"reason": "ticket 7", "until": "2026-03-31"}));
    }
    let text = run(repository.path(), &["check", "--now", "2026-03-31", "apps"]).out;
    assert!(text.contains("suppressed by .seaworthy.yaml, for this command only: ticket 7"), "{text}");
}

#[test]
fn a_suppression_that_ended_or_is_of_no_use_is_told_and_auditors_see_what_there_is() {
    let ended = repository(CONFIG);
    let ran = check(&ended, &["--now", "2026-04-01", "apps"]);
    assert_eq!((ran.code, failing(&ran).len()), (1, 2));
    let told = &ran.json()["suppressions"][0];
    assert_eq!(told["rule"], "expired-suppression");
    assert_eq!(told["message"], "this entry suppresses nothing since it ended with 2026-03-31");
    let place = json!({"file": ".seaworthy.yaml", "document": 1, "line": 4, "column": 5});
    assert_eq!(told["location"], place);
    let all = check(&ended, &["--now", "2026-03-31", "--no-ignores", "apps"]);
    assert_eq!((failing(&all).len(), all.err.as_str()), (2, ""));
    let useless = repository(&CONFIG.replace("checks: [memory-limits]", "checks: [image-tag]"));
    let ran = check(&useless, &["--now", "2026-03-31", "apps"]);
    assert_eq!(ran.json()["suppressions"], json!([]), "nobody asked for image-tag");
    let ran = check(&useless, &["--now", "2026-03-31", "--select", "image-tag", "apps"]);
    assert_eq!(ran.json()["suppressions"][0]["rule"], "unused-suppression", "{}", ran.out);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn flags_count_more_and_a_run_can_go_without_a_file() {
    let repository = repository(CONFIG);
    let policies = |arguments: &[&str]| {
        let ran = check(&repository, &[arguments, &["--now", "2026-03-31", "apps/web.yaml"]].concat());
        ran.findings()[0]["policies"].clone()
    };
    assert_eq!(policies(&[]), json!(["ClusterReadinessPolicy/gate"]));
    assert_eq!(policies(&["--no-config"]), json!(["ClusterReadinessPolicy/profile-standard"]));
    fs::write(repository.path().join("other.yaml"), "profile: Baseline\n").unwrap();
    assert_eq!(policies(&["--config", "other.yaml"]), json!(["ClusterReadinessPolicy/profile-baseline"]));
    let ran = check(&repository, &["--no-config", "--select", "memory-limits", "apps"]);
    assert_eq!(failing(&ran), ["api", "copy", "web"]);
}

#[test]
fn what_is_wrong_in_it_is_exit_2_with_its_line() {
    let repository = repository("profile: Standard\nexclud: [vendor]\n");
    let ran = check(&repository, &["apps/web.yaml"]);
    let message = "error: .seaworthy.yaml:2:1: exclud: unknown field; did you mean `exclude`?";
    assert_eq!((ran.code, ran.err.contains(message)), (2, true), "{}", ran.err);
    let ran = check(&repository, &["--config", "gone.yaml", "apps/web.yaml"]);
    assert_eq!((ran.code, ran.err.contains("gone.yaml: cannot be read")), (2, true), "{}", ran.err);
}

#[test]
fn two_files_that_differ_are_an_error_unless_a_flag_decides() {
    let repository = repository("profile: Standard\n");
    fs::write(repository.path().join("apps/deep/.seaworthy.yaml"), "profile: Strict\n").unwrap();
    let both = ["apps/web.yaml", "apps/deep/api.yaml"];
    let ran = check(&repository, &both);
    assert_eq!((ran.code, ran.err.contains("`profile` is not the same")), (2, true), "{}", ran.err);
    assert_eq!(check(&repository, &[&["--profile", "strict"][..], &both].concat()).code, 1);
    assert_eq!(check(&repository, &["apps/deep"]).err, "");
}

#[test]
fn config_show_says_where_each_setting_is_from() {
    let repository = repository(CONFIG);
    let ran = run(&repository.path().join("apps"), &["config", "show", "--fail-on", "high"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let file = repository.path().canonicalize().unwrap().join(".seaworthy.yaml").display().to_string();
    let line = |key: &str| {
        let line = ran.out.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("profile"), "profile - default");
    assert!(line("policies").ends_with(&format!("policies/gate.yaml {file}:1")), "{}", ran.out);
    assert_eq!(line("failOn"), "failOn High --fail-on");
    assert_eq!(line("exclude"), format!("exclude /apps/made {file}:2"));
    assert!(line("suppress").contains("memory-limits of Deployment */a*: ticket 7"), "{}", ran.out);
    let json = run(repository.path(), &["config", "show", "-o", "json", "apps"]).json();
    assert_eq!(json["files"], json!([".seaworthy.yaml"]));
    assert_eq!(
        json["settings"][1],
        json!({
            "key": "policies", "value": ["policies/gate.yaml"], "from": ".seaworthy.yaml:1"
        })
    );
}

#[test]
fn patterns_are_inputs() {
    let repository = repository("policies: [policies/gate.yaml]\n");
    for (pattern, expected) in [
        ("apps/*.yaml", vec!["web"]),
        ("apps/**/*.yaml", vec!["api", "copy", "web"]),
        ("apps/{deep,made}", vec!["api", "copy"]),
        ("./apps/deep/a?i.yaml", vec!["api"]),
    ] {
        let ran = check(&repository, &[pattern]);
        assert_eq!(
            (failing(&ran), ran.err.contains("error")),
            (expected.iter().map(|&name| name.to_owned()).collect(), false),
            "{pattern} {}",
            ran.err
        );
    }
    let ran = check(&repository, &["apps/*.yml", "apps/web.yaml"]);
    assert_eq!(
        (ran.code, ran.err.contains("error: apps/*.yml: nothing fits this pattern")),
        (2, true),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_excluded_is_not_read_however_it_was_reached() {
    let repository = repository("exclude: [made]\n");
    let ran = check(&repository, &["apps/made/copy.yaml"]);
    let note = "note: apps/made/copy.yaml is not read: a configuration file excludes it\n";
    assert_eq!((ran.code, ran.err.starts_with(note)), (3, true), "{}", ran.err);
    assert_eq!(check(&repository, &["apps/**/copy.yaml"]).code, 3, "told as well");
    let schema = run(repository.path(), &["config", "schema"]).json();
    assert_eq!(schema["title"], ".seaworthy.yaml");
}

#[test]
fn what_is_odd_in_it_is_exit_2_with_its_place_and_nothing_is_taken_for_given() {
    for (config, says) in [
        ("- profile: Strict\n", ".seaworthy.yaml:1:1: must be an object, not an array"),
        ("profile\n", ".seaworthy.yaml:1:1: must be an object, not a string"),
        ("profile: [Strict]\n", ".seaworthy.yaml:1:1: profile: must be a string, not an array"),
        ("policies: policies/gate.yaml\n", ".seaworthy.yaml:1:11: policies: must be an array, not a string"),
        ("complete: \"yes\"\n", ".seaworthy.yaml:1:11: complete: must be a boolean, not a string"),
        ("namespace: 7\n", ".seaworthy.yaml:1:12: namespace: must be a string, not a number"),
        ("suppress: {checks: []}\n", ".seaworthy.yaml:1:1: suppress: must be an array, not an object"),
        ("exclude: [{a: b}]\n", ".seaworthy.yaml:1:11: exclude[0]: must be a string, not an object"),
        ("failon: High\n", ".seaworthy.yaml:1:1: failon: unknown field; did you mean `failOn`?"),
        ("profile: Strict\n---\nfailOn: High\n", ".seaworthy.yaml:2:1: text after the end of the document"),
        (
            "profile: Strict\nprofile: Baseline\n",
            ".seaworthy.yaml:2:1: profile: given twice, first on line 1",
        ),
        ("a: [\n", "not YAML: "),
    ] {
        let repository = repository(config);
        for arguments in [&["check", "apps"][..], &["config", "show", "apps"]] {
            let ran = run(repository.path(), arguments);
            assert_eq!((ran.code, ran.err.contains(says)), (2, true), "{config}: {}", ran.err);
        }
    }
    for nothing in ["", "# nothing yet\n", "---\n", "{}\n", "null\n"] {
        let ran = run(repository(nothing).path(), &["config", "show", "-o", "json", "apps"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{nothing:?}");
        let settings = ran.json()["settings"].as_array().unwrap().clone();
        assert!(settings.iter().all(|setting| setting["from"] == "default"), "{settings:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_not_passed_over() {
    let repository = repository("profile: Standard\n");
    let nearer = repository.path().join("apps/.seaworthy.yaml");
    fs::create_dir(&nearer).unwrap();
    let is_told = |says: &str| {
        for arguments in [&["check", "apps"][..], &["config", "show", "apps"]] {
            let ran = run(repository.path(), arguments);
            let says = format!("error: apps/.seaworthy.yaml: {says}");
            assert_eq!((ran.code, ran.err.contains(&says)), (2, true), "{}", ran.err);
        }
    };
    is_told("cannot be read: Is a directory");
    fs::remove_dir(&nearer).unwrap();
    std::os::unix::fs::symlink("gone", &nearer).unwrap();
    is_told("cannot be read: No such file");
    fs::remove_file(&nearer).unwrap();
    fs::write(&nearer, b"profile: \xff\n").unwrap();
    is_told("cannot be read: stream did not contain valid UTF-8");
}

#[test]
fn the_schema_for_editors_takes_what_is_read_and_refuses_what_is_not() {
    let schema = run(repository("").path(), &["config", "schema"]).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for good in [
        json!({}),
        json!({"profile": "Strict", "policies": ["a.yaml"], "failOn": "High", "namespace": "shop", "complete": true}),
        json!({"exclude": ["/vendor"], "suppress": [{
            "checks": ["memory-limits"], "object": {"kind": "Job"}, "reason": "x", "until": "2026-12-31"
        }]}),
    ] {
        assert!(validator.is_valid(&good), "{good}");
    }
    for wrong in [
        json!([]),
        json!({"profil": "Strict"}),
        json!({"profile": "strict"}),
        json!({"failOn": "worst"}),
        json!({"complete": "yes"}),
        json!({"policies": "a.yaml"}),
        json!({"suppress": [{"checks": ["memory-limit"], "object": {"name": "a"}, "reason": "x"}]}),
        json!({"suppress": [{"checks": [], "object": {"name": "a"}, "reason": "x"}]}),
        json!({"suppress": [{"checks": ["memory-limits"], "object": {"names": "a"}, "reason": "x"}]}),
        json!({"suppress": [{"checks": ["memory-limits"], "object": {"name": "a"}, "reason": ""}]}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
        let ran = run(repository(&wrong.to_string()).path(), &["check", "apps"]);
        assert_eq!(ran.code, 2, "{wrong}: {}", ran.err);
    }
}

#[test]
fn complete_is_said_by_a_flag_or_the_file_and_what_the_server_makes_is_always_there() {
    let pod = |name: &str, secret: &str, map: &str, account: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  \
             serviceAccountName: {account}\n  containers:\n    - name: app\n      image: x:1\n      envFrom:\n        \
             - secretRef: {{name: {secret}}}\n        - configMapRef: {{name: {map}}}\n"
        )
    };
    let given = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: shop}\n";
    let text =
        pod("own", "keys", "kube-root-ca.crt", "default") + &pod("other", "gone", "gone", "gone") + given;
    let select = ["--select", "service-account-exists,config-refs-exist,secret-refs-exist", "apps"];
    let outcomes = |config: &str, more: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("apps")).unwrap();
        fs::write(folder.path().join("apps/all.yaml"), &text).unwrap();
        fs::write(folder.path().join(".seaworthy.yaml"), config).unwrap();
        let ran = run(folder.path(), &[&["check", "-o", "json"], more, &select[..]].concat());
        let findings = ran.findings();
        let told = findings.iter().map(|finding| {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (text(&finding["object"]["name"]), text(&finding["outcome"]))
        });
        (ran.code, told.collect::<Vec<_>>())
    };
    let of_other = |outcome: &str| vec![("other".to_owned(), outcome.to_owned()); 3];
    assert_eq!(outcomes("", &[]), (0, of_other("Unknown")));
    assert_eq!(outcomes("", &["--complete"]), (1, of_other("Fail")));
    assert_eq!(outcomes("complete: true\n", &[]), (1, of_other("Fail")));
    assert_eq!(outcomes("complete: true\n", &["--no-config"]), (0, of_other("Unknown")));
}

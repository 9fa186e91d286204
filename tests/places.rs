//! The places that findings have: second ones, and those of workloads beside other objects.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use tempfile::TempDir;

use support::program::{self, Ran};

mod support {
    pub(crate) mod program;
}

fn folder_with(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("web.yaml"), text).unwrap();
    folder
}

fn check(folder: &TempDir, arguments: &[&str]) -> Ran {
    program::run(folder.path(), &[&["check"], arguments].concat())
}

const TWICE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  template:
    spec:
      containers:
        - {name: app, image: a, tty: true, tty: false}
  replicas: 3
";

const MESSAGE: &str = "the field is given twice, and only the last one counts";

const ELSE: &str = "this one does not count";

#[test]
fn a_key_that_is_given_twice_has_both_places_in_every_format() {
    let folder = folder_with(TWICE);
    let of = |format: &str| check(&folder, &["--select", "schema-valid", "-o", format, "web.yaml"]);
    let place =
        |line: u32, column: u32| json!({"file": "web.yaml", "document": 1, "line": line, "column": column});
    let related = |line, column| json!([{"location": place(line, column), "message": ELSE}]);
    let lines = of("jsonl").out;
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: Vec<Value> = lines.filter(|line| line["type"] == "finding").collect();
    for findings in [of("json").findings(), lines] {
        let told: Vec<_> =
            findings.iter().map(|it| (&it["message"], &it["location"], &it["related"])).collect();
        let message = json!(MESSAGE);
        let expected =
            [(&message, &place(10, 13), &related(5, 3)), (&message, &place(9, 49), &related(9, 33))];
        assert_eq!(told, expected);
    }
    let sarif = of("sarif").json();
    let line = |place: &Value| place["physicalLocation"]["region"].clone();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(line(&result["locations"][0]), json!({"startLine": 10, "startColumn": 13}));
    assert_eq!(line(&result["relatedLocations"][0]), json!({"startLine": 5, "startColumn": 3}));
    assert_eq!(result["relatedLocations"][0]["message"]["text"], ELSE);
    let text = of("text").out;
    let frames = "
            web.yaml:10:13
               |
            10 |   replicas: 3
               |             ^
            web.yaml:5:3: this one does not count
              |
            5 |   replicas: 2
              |   ^^^^^^^^
";
    assert!(text.contains(frames), "{text}");
    for format in ["concise", "github", "gitlab", "junit", "markdown", "html"] {
        let out = of(format).out;
        let words = format!("{MESSAGE} (web.yaml:5:3: {ELSE})");
        assert!(out.contains(&words) || out.contains(&words.replace(':', "&#58;")), "{format}: {out}");
    }
}

#[test]
fn of_a_key_that_is_given_three_times_two_do_not_count() {
    let folder = folder_with(&TWICE.replace("  replicas: 2\n", "  replicas: 2\n  replicas: 4\n"));
    let ran = check(&folder, &["--select", "schema-valid", "-o", "json", "web.yaml"]);
    let finding = &ran.findings()[0];
    let lines: Vec<&Value> =
        finding["related"].as_array().unwrap().iter().map(|place| &place["location"]["line"]).collect();
    assert_eq!((&finding["location"]["line"], lines), (&json!(11), vec![&json!(5), &json!(6)]), "{finding}");
    // What is wrong with something else is no matter of keys.
    let ran = check(&folder, &["--select", "min-replicas,interactive-tty", "-o", "json", "web.yaml"]);
    assert!(ran.findings().iter().all(|finding| finding.get("related").is_none()), "{}", ran.out);
}

#[test]
fn a_finding_on_account_of_another_object_has_the_place_of_that() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec:\n  containers: [{name: app, image: \
               registry.example/app:1.0.0}]\n";
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort, selector: {app: web}, \
                   ports: [{port: 80}]}\n";
    let folder = folder_with(&format!("{pod}{service}"));
    let of = |format: &str| check(&folder, &["--select", "external-exposure-risk", "-o", format, "web.yaml"]);
    let findings = of("json").findings();
    let fails: Vec<&Value> = findings.iter().filter(|finding| finding["outcome"] == "Fail").collect();
    let place = &fails[0]["related"][0];
    assert_eq!((fails.len(), &place["location"]["document"]), (1, &json!(2)), "{findings:?}");
    assert_eq!(place["message"], "on account of this object");
    assert_eq!(fails[0]["object"]["kind"], "Pod", "it is about the workload");
    assert!(of("text").out.contains(": on account of this object\n"));
}

#[test]
fn in_json_lists_and_items_of_lists_have_both_places_too() {
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n\
        {\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"},\n\
        \"spec\": {\"hostPID\": true,\n\"hostPID\": false, \"containers\": []}}]}\n";
    let folder = folder_with(json);
    let ran = check(&folder, &["--select", "schema-valid", "-o", "json", "web.yaml"]);
    let finding = &ran.findings()[0];
    assert_eq!(ran.code, 1, "{}", ran.err);
    let line = |place: &Value| place["line"].clone();
    assert_eq!((line(&finding["location"]), line(&finding["related"][0]["location"])), (json!(4), json!(3)));
}

#[test]
fn a_line_about_another_object_says_where_the_workload_stands() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n\
        spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}\n---\n\
        apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n\
        spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, \
        spec: {containers: [{name: app, image: \"app:1\"}]}}}\n";
    let folder = folder_with(text);
    let of =
        |format| check(&folder, &["--select", "service-target-port,image-digest", "-o", format, "web.yaml"]);
    let json = of("json").json();
    let lines = of("jsonl").out;
    let finding = |check: &str| {
        let mut lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.find(|line| line["check"] == check).unwrap()
    };
    let about = finding("service-target-port");
    assert_eq!(about["location"]["line"], 4);
    assert_eq!(about["workload"], json["results"][0]["object"]);
    assert_eq!(about["workloadLocation"], json["results"][0]["location"]);
    // Where it is the workload's own, its place is the finding's.
    assert_eq!(finding("image-digest").get("workloadLocation"), None);
}

/// A stand-in for Helm: of a chart that is called web.
const HELM: &str = "#!/bin/sh\nprintf -- '---\\n# Source: web/templates/web.yaml\\n'\ncat \"$MANIFEST\"\n";

/// A stand-in for Kustomize.
const KUSTOMIZE: &str = "#!/bin/sh\ncat \"$MANIFEST\"\n";

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: app, image: a:latest}]\n";

/// What a run says of where it looked: files, what was rendered, and fingerprints.
fn seen(folder: &TempDir, here: &str, path: &str) -> Vec<String> {
    let at = |name: &str| folder.path().join(name);
    let programs = format!("{}:{}", at("bin").display(), std::env::var("PATH").unwrap());
    let words = |format: &str| {
        let arguments = ["check", "--select", "image-tag", "-o", format, path];
        let mut command = program::command(&at(here), &arguments);
        let ran: Ran =
            command.env("PATH", &programs).env("MANIFEST", at("manifest")).output().unwrap().into();
        assert_eq!(ran.code, 1, "{path}: {}", ran.err);
        ran.out
    };
    ["json", "jsonl", "sarif", "gitlab", "github", "concise"].map(words).to_vec()
}

#[test]
fn a_file_has_one_name_however_its_path_is_spelled() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["bin", "apps/deep", "charts/web/templates", "overlays/web"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    for (name, text) in [("bin/helm", HELM), ("bin/kustomize", KUSTOMIZE)] {
        fs::write(at(name), text).unwrap();
        fs::set_permissions(at(name), Permissions::from_mode(0o755)).unwrap();
    }
    let template = at("charts/web/templates/web.yaml");
    for (path, text) in [
        (at("manifest"), POD),
        (at("apps/web.yaml"), POD),
        (at("charts/web/Chart.yaml"), "name: web\nversion: 1.0.0\n"),
        (template, POD),
        (at("overlays/web/kustomization.yaml"), "resources: []\n"),
    ] {
        fs::write(path, text).unwrap();
    }
    let all = [
        (
            "",
            &[
                "apps/web.yaml",
                "./apps/web.yaml",
                "apps//web.yaml",
                "apps/./web.yaml",
                "apps/deep/../web.yaml",
                "apps",
                "./apps/",
                "apps/*.yaml",
                "./apps/*.yaml",
                "././apps//*.y*ml",
                "app*",
                "./{apps,none}",
            ][..],
        ),
        (
            "apps",
            &[
                "web.yaml",
                "./web.yaml",
                ".",
                "./",
                "*.yaml",
                "./*.yaml",
                "deep/../web.yaml",
                "deep/..",
                "../apps/web.yaml",
                "../apps",
            ],
        ),
        (
            "",
            &[
                "charts/web",
                "./charts/web",
                "charts/./web/",
                "charts",
                "./charts",
                "charts/*",
                "./charts/*",
                "charts/../charts/web",
            ],
        ),
        ("charts", &["web", "./web", ".", "./", "*", "./*", "w*/"]),
        ("charts/web", &[".", "./", "./.", "../web", "../../charts/web"]),
        ("", &["overlays/web", "./overlays/web/", "overlays", "./overlays/*", "overlays/web/../web"]),
        ("overlays", &["web", "./web", ".", "*"]),
        ("overlays/web", &[".", "./"]),
    ];
    for (here, paths) in all {
        let first = seen(&folder, here, paths[0]);
        assert!(!first.concat().contains("./"), "{here}: {first:#?}");
        for path in paths {
            assert_eq!(seen(&folder, here, path), first, "{here}: {path}");
        }
    }
}

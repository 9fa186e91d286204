//! `check --fix` and `--diff` with the real binary: what is found is gone, a second run changes nothing, and every
//! other byte stays.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use seaworthy::checks;
use seaworthy::cli::load::{Bounds, yaml::stream};
use seaworthy::render::yaml::to_yaml_documents;
use serde_json::{Value, json};
use tempfile::TempDir;

use support::{
    piped,
    program::{self, Ran},
};

mod support {
    pub(crate) mod piped;
    pub(crate) mod program;
}

fn check(folder: &TempDir, arguments: &[&str]) -> Ran {
    program::run(folder.path(), &[&["check", "--fail-on", "info"], arguments].concat())
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
fn a_difference_and_a_format_do_not_mix() {
    let folder = folder_with(POD);
    let diff = ["--diff", "--select", "interactive-tty", "a.yaml"];
    let alone = check(&folder, &diff);
    for format in ["json", "text", "json=-"] {
        let ran = check(&folder, &[&["-o", format], &diff[..]].concat());
        let says =
            "error: two outputs go to standard output; give one of them a file, as in `-o sarif=FILE`\n";
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (2, "", says), "{format}");
    }
    let ran = check(&folder, &[&["-o", "json=out.json"], &diff[..]].concat());
    assert_eq!((ran.code, ran.out), (1, alone.out));
    let written = fs::read_to_string(folder.path().join("out.json")).unwrap();
    assert!(serde_json::from_str::<Value>(&written).is_ok(), "{written}");
    let ran =
        check(&folder, &["--fix", "-o", "json=a", "-o", "text=a", "--select", "interactive-tty", "a.yaml"]);
    assert_eq!((ran.code, now(&folder).as_str()), (2, POD), "nothing is changed before");
}

#[test]
fn what_is_risky_or_asks_for_something_else_first_is_left_alone() {
    let privileged = POD.replace("    tty: yes   # a person\n", "    securityContext: {privileged: true}\n");
    let folder = folder_with(&privileged);
    let ran =
        check(&folder, &["--fix", "--select", "privileged-container,allow-privilege-escalation", "a.yaml"]);
    assert!(ran.err.contains("1 more have an answer with --unsafe-fixes"), "{}", ran.err);
    let fixed = privileged
        .replace("- {name: other", "- {securityContext: {allowPrivilegeEscalation: false}, name: other");
    assert_eq!((ran.code, now(&folder)), (1, fixed));
}

/// What `patch` makes of the file of a folder and a difference.
fn patched(folder: &TempDir, program: &[&str], difference: &str) -> String {
    let patch = folder.path().join("difference");
    fs::write(&patch, difference).unwrap();
    let (name, arguments) = program.split_first().unwrap();
    let output = Command::new(name)
        .args(arguments)
        .stdin(fs::File::open(&patch).unwrap())
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{difference}", String::from_utf8_lossy(&output.stderr));
    now(folder)
}

#[test]
fn a_difference_names_files_as_patch_and_git_read_them() {
    let names = ["my file.yaml", "tab\tx.yaml", "q\"uote.yaml", "back\\slash.yaml", "ü.yaml"];
    let folder_of = || {
        let folder = folder_with(POD);
        for name in names {
            fs::write(folder.path().join(name), POD.replace("name: a}", &format!("name: a{}}}", name.len())))
                .unwrap();
        }
        folder
    };
    let texts = |folder: &TempDir| names.map(|name| fs::read_to_string(folder.path().join(name)).unwrap());
    let select = ["--select", "interactive-tty"];
    let (shown, written) = (folder_of(), folder_of());
    let difference = check(&shown, &[&["--diff"], &select[..], &["."]].concat()).out;
    check(&written, &[&["--fix"], &select[..], &["."]].concat());
    assert_ne!(texts(&written), texts(&shown));
    for program in [&["git", "apply", "-p0", "-"][..], &["patch", "-p0", "-s"]] {
        let folder = folder_of();
        patched(&folder, program, &difference);
        assert_eq!(texts(&folder), texts(&written), "{program:?}\n{difference}");
    }
    // What lies below is told from here, however it was named.
    let folder = folder_with(POD);
    fs::create_dir(folder.path().join("deep")).unwrap();
    let absolute = folder.path().join("a.yaml").display().to_string();
    for name in [absolute.as_str(), "deep/../a.yaml"] {
        let ran = check(&folder, &[&["--diff"], &select[..], &[name]].concat());
        assert!(ran.out.starts_with("--- a.yaml\n+++ a.yaml\n"), "{}", ran.out);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Also where one answer asks for another, lines end as on Windows, or the last one does not end.
    #[test]
    fn what_is_shown_is_what_is_written(
        privileged in any::<bool>(),
        windows in any::<bool>(),
        ends in any::<bool>(),
        marked in any::<bool>(),
        containers in 1..4_usize,
        lines in 0..5_usize,
    ) {
        let context = if privileged { "{privileged: true}" } else { "{allowPrivilegeEscalation: true}" };
        let container = |index: usize| {
            format!(
                "  - name: c{index}\n    image: x:1\n    tty: true\n{}    securityContext: {context}\n",
                "    # kept\n".repeat(lines)
            )
        };
        let containers: String = (0..containers).map(container).collect();
        let mut text =
            format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n{containers}");
        if !ends {
            text.pop();
        }
        if windows {
            text = text.replace('\n', "\r\n");
        }
        if marked {
            text.insert(0, '\u{FEFF}');
        }
        let select = ["--select", "interactive-tty,privileged-container,allow-privilege-escalation,capabilities-drop-all"];
        let arguments = [&["--unsafe-fixes"], &select[..], &["a.yaml"]].concat();
        let (shown, written) = (folder_with(&text), folder_with(&text));
        let difference = check(&shown, &[&["--diff"], &arguments[..]].concat());
        prop_assert_eq!(now(&shown), text.clone());
        let fixed = check(&written, &[&["--fix"], &arguments[..]].concat());
        prop_assert_eq!(fixed.code, 0, "{}{}", fixed.out, fixed.err);
        for program in [&["git", "apply", "-p0", "--whitespace=nowarn", "-"][..], &["patch", "-p0", "-s", "--binary"]] {
            let folder = folder_with(&text);
            prop_assert_eq!(patched(&folder, program, &difference.out), now(&written), "{:?}", program);
        }
        let count = |ran: &Ran| ran.err.lines().next().unwrap_or_default().split(' ').nth(1).map(str::to_owned);
        prop_assert_eq!(count(&difference), count(&fixed));
    }
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

/// Kinds that are in no namespace.
const OF_CLUSTER: &[&str] = &[
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "PriorityClass",
    "IngressClass",
    "StorageClass",
    "RuntimeClass",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "GatewayClass",
    "PersistentVolume",
];

/// The failing examples of all checks and the samples, as objects, each group in a namespace of its own.
fn corpus() -> Vec<Vec<Value>> {
    let samples = ["10-storefront.yaml", "20-orders.yaml", "30-batch.yaml", "40-platform.yaml"];
    let samples = samples.iter().map(|name| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/samples").join(name);
        fs::read_to_string(path).unwrap()
    });
    let texts = checks::ALL.iter().map(|check| failing(check)).chain(samples);
    let groups = texts.enumerate().map(|(index, text)| {
        let bounds = Bounds::default();
        let documents = stream::documents(&text, &bounds).filter_map(|document| document.parsed.unwrap());
        let in_namespace = documents.map(|parsed| {
            let mut value = parsed.value.to_value();
            value["metadata"]["namespace"] = format!("group-{index}").into();
            value
        });
        in_namespace.collect::<Vec<Value>>()
    });
    let in_namespaces = |value: &Value| !OF_CLUSTER.contains(&value["kind"].as_str().unwrap());
    groups.filter(|group| group.iter().all(in_namespaces)).collect()
}

/// YAML in one line for each object, without quotes where none are needed.
fn in_braces(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| format!("{}: {}", in_braces(&key.as_str().into()), in_braces(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(in_braces).collect::<Vec<_>>().join(", ")),
        Value::String(text) if text.len() > 3 && text.chars().all(|c| c.is_ascii_alphabetic()) => {
            if ["true", "false", "null"].contains(&text.to_lowercase().as_str()) {
                format!("{text:?}")
            } else {
                text.clone()
            }
        }
        other => other.to_string(),
    }
}

/// A group of objects in one of the notations that files have.
fn written(group: &[Value], notation: usize) -> (&'static str, String) {
    let list = || json!({"apiVersion": "v1", "kind": "List", "items": group});
    match notation {
        0 => ("yaml", to_yaml_documents(group)),
        1 => ("json", group.iter().map(|object| format!("{object:#}\n")).collect::<Vec<_>>().concat()),
        2 => (
            "yaml",
            group
                .iter()
                .map(|object| format!("---\n# x\n{}\n", in_braces(object)))
                .collect::<Vec<_>>()
                .concat(),
        ),
        3 => ("yaml", to_yaml_documents([&list()]).replace('\n', "\r\n")),
        4 => ("json", list().to_string()),
        _ => ("yaml", format!("# x\n{}\n", in_braces(&list()))),
    }
}

/// The failures that have an answer: file, check and field.
fn answerable(ran: &Ran) -> BTreeSet<(String, String, String)> {
    let all = ran.findings();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = all.iter();
    let fails = findings.filter(|finding| finding["outcome"] == "Fail");
    let has_answer = fails.filter(|finding| {
        let check = checks::find(finding["check"].as_str().unwrap()).unwrap();
        let (field, message) = (text(&finding["field"]), text(&finding["message"]));
        check.fixes.iter().any(|fix| fix.answers(&field, &message))
    });
    has_answer
        .map(|finding| (text(&finding["location"]["file"]), text(&finding["check"]), text(&finding["field"])))
        .collect()
}

#[test]
fn however_objects_are_written_what_has_an_answer_is_gone_and_a_second_run_changes_nothing() {
    let names: Vec<&str> =
        checks::ALL.iter().filter(|check| !check.fixes.is_empty()).map(|check| check.name).collect();
    let select = format!("--select={}", names.join(","));
    let corpus = corpus();
    for notation in 0..6 {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for (index, group) in corpus.iter().enumerate() {
            let (extension, text) = written(group, notation);
            let path = folder.path().join(format!("{index}.{extension}"));
            fs::write(&path, text).unwrap();
            paths.push(path);
        }
        let texts = || paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect::<Vec<_>>();
        let arguments = [select.as_str(), "-o", "json", "."];
        let before = answerable(&check(&folder, &arguments));
        let fix = ["--fix", "--unsafe-fixes"];
        let fixed = check(&folder, &[&fix[..], &arguments].concat());
        let (left, once) = (answerable(&fixed), texts());
        for (file, check, field) in &left {
            let said = format!("{file}: {check}: {field} is not changed");
            assert!(fixed.err.contains(&said), "{notation}: {said}\n{}", fixed.err);
        }
        assert!(
            before.len() > 150 && left.len() * 20 < before.len(),
            "{notation}: {} of {}: {}",
            left.len(),
            before.len(),
            fixed.err
        );
        check(&folder, &[&fix[..], &arguments].concat());
        assert_eq!(texts(), once, "{notation}");
    }
}

#[test]
fn what_stands_under_an_anchor_an_alias_or_a_merge_key_gets_no_fix() {
    for spec in [
        "&all {containers: [{name: a, image: x:1, tty: true}]}\ncopy: *all\n",
        "\n  containers:\n  - &one {name: a, image: x:1, tty: true}\ncopy: *one\n",
        "\n  containers:\n  - name: a\n    image: x:1\n    <<: &more {tty: true}\ncopy: *more\n",
        "&nobody {containers: [{name: a, image: x:1, tty: true}]}\n",
        "\n  containers:\n  - name: a\n    image: x:1\n    tty: &nobody true\n",
    ] {
        let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {spec}");
        let folder = folder_with(&text);
        let ran = check(&folder, &["--fix", "--select", "interactive-tty", "a.yaml"]);
        assert_eq!((ran.code, now(&folder)), (1, text.clone()), "{text}");
        assert!(ran.err.contains("spec.containers[0].tty is not changed"), "{}", ran.err);
    }
}

#[test]
fn what_standard_input_says_is_printed_as_it_would_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let base = ["check", "--select", "interactive-tty", "--fail-on", "info"];
        piped::run_with_stdin(folder.path(), &[&base, arguments, &["-"]].concat(), POD.as_bytes())
    };
    let fixed = POD.replace("yes", "false").replace("true", "false");
    let ran = run(&["--diff"]);
    assert!(ran.code == 1 && ran.out.starts_with("--- stdin\n+++ stdin\n@@ "), "{} {}", ran.out, ran.err);
    assert!(ran.out.contains("-    tty: yes   # a person\n"), "{}", ran.out);
    assert!(ran.out.contains("+    tty: false   # a person\n"), "{}", ran.out);
    let ran = run(&["--fix"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, fixed.as_str()), "{}", ran.err);
    assert!(ran.err.contains("2 values are changed") && ran.err.contains("Ready: 1 workload"), "{}", ran.err);
    let ran = run(&["--fix", "-o", "json=out.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, fixed.as_str()), "{}", ran.err);
    let written = fs::read_to_string(folder.path().join("out.json")).unwrap();
    assert!(written.contains("\"verdict\"") && !ran.err.contains("Ready: "), "{written} {}", ran.err);
    let ran = run(&["--fix", "-o", "json"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.contains("two outputs go to standard output"), "{}", ran.err);
    let ran = run(&["--fix", "--ignore", "interactive-tty", "--select", "privileged"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, POD), "nothing to change: {}", ran.err);
}

//! What nobody means to give and somebody will: names that would act on a terminal or a page, outputs over inputs, pipes,
//! loops, other encodings. With the real binary.
#![cfg(feature = "shell")]
#![cfg(test)]

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

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

const FORMATS: [&str; 10] =
    ["text", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "html"];

/// What each place of a manifest is given that people or programs choose.
const HOSTILE: &str = "x\n::error::pwned\r##[command]\u{1b}[31m|`<script>alert(1)</script>%0A \
    \u{202e}@team [a](https://evil.example) ::stop-commands::y ";

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  \
    template:\n    spec:\n      containers:\n        - name: app\n          image: registry.example/app:latest\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn check<A: AsRef<OsStr>>(folder: &TempDir, arguments: &[A]) -> Ran {
    let all = ["check", "--no-config", "--select", "memory-limits,image-tag"].map(OsString::from);
    let arguments = arguments.iter().map(|argument| argument.as_ref().to_owned());
    program::run(folder.path(), &all.into_iter().chain(arguments).collect::<Vec<_>>())
}

/// Files of the findings of a run, in order.
fn files(ran: &Ran) -> Vec<String> {
    let findings = ran.findings();
    findings.iter().map(|finding| finding["location"]["file"].as_str().unwrap().to_owned()).collect()
}

/// A manifest in which every word is hostile, also that of a comment.
fn hostile() -> String {
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": HOSTILE, "namespace": HOSTILE},
        "spec": {"template": {"spec": {"containers": [{"name": HOSTILE, "image": format!("{HOSTILE}:latest")}]}}},
    });
    format!(
        "# seaworthy: ignore[::error::|`<script>] reason=\"x\"\n# yaml\n---\n\
        # seaworthy: ignore[<script>|`::error::@team] reason=\"x\"\n{object}\n"
    )
}

#[test]
fn nothing_of_the_input_acts_on_whoever_reads_a_format() {
    let name = "a\n::error::z|`<script>\u{1b}[31m.yaml";
    let folder = folder(&[(name, &hostile())]);
    for format in FORMATS {
        let ran = check(&folder, &["-o", format, "."]);
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        assert!(ran.out.contains("image-tag"), "{format}");
        for text in [&ran.out, &ran.err] {
            assert!(!text.contains(['\u{1b}', '\r']), "{format}: {text:?}");
            assert!(!text.contains('\u{202e}') || format.starts_with("json"), "{format}: {text:?}");
        }
        let is_command =
            |line: &&str| line.trim_start().starts_with("::") || line.trim_start().starts_with("##[");
        assert_eq!(ran.err.lines().filter(is_command).count(), 0, "{}", ran.err);
        let commands: Vec<&str> = ran.out.lines().filter(is_command).collect();
        match format {
            "github" => {
                let own = ["::error file=a", "::warning file=a", "::notice title=seaworthy::"];
                assert_eq!(commands.len(), ran.out.lines().count(), "{}", ran.out);
                let is_own = |line: &&str| own.iter().any(|start| line.starts_with(start));
                assert!(commands.iter().all(is_own), "{}", ran.out);
            }
            _ => assert_eq!(commands, [""; 0], "{format}"),
        }
        match format {
            "json" | "sarif" | "gitlab" => drop(ran.json()),
            "jsonl" => ran.out.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap())),
            "html" | "junit" => assert!(!ran.out.contains("<script"), "{format}: {}", ran.out),
            "markdown" => markdown(&ran.out),
            _ => {}
        }
    }
}

/// Rows have five cells, and nothing in them is markup.
fn markdown(text: &str) {
    for row in text.lines().filter(|line| line.starts_with('|')) {
        let bars = row.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(bars, 6, "{row}");
    }
    for markup in ["<script", "[a](", "@team", "://"] {
        assert!(!text.contains(markup), "{markup}: {text}");
    }
}

#[test]
fn two_names_of_one_file_are_one_output() {
    let folder = folder(&[("a.yaml", DEPLOYMENT), ("deep/x", "")]);
    symlink("x.json", folder.path().join("link.json")).unwrap();
    fs::write(folder.path().join("x.json"), "").unwrap();
    for (one, other) in [("x.json", "./x.json"), ("x.json", "link.json"), ("new.json", "deep/../new.json")] {
        let ran = check(&folder, &["-o", &format!("json={one}"), "-o", &format!("text={other}"), "a.yaml"]);
        let says = format!("error: two outputs go to {other}; give one of them a file");
        assert_eq!((ran.code, ran.err.contains(&says)), (2, true), "{}", ran.err);
    }
    assert_eq!(fs::read_to_string(folder.path().join("x.json")).unwrap(), "");
}

#[test]
fn an_output_replaces_no_manifest_and_the_next_run_does_not_read_it() {
    let folder = folder(&[("a.yaml", DEPLOYMENT)]);
    let ran = check(&folder, &["-o", "json=a.yaml", "."]);
    let says =
        "error: a.yaml holds Kubernetes objects, which the output would replace; give it another file\n";
    assert_eq!((ran.code, ran.err.as_str()), (2, says));
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), DEPLOYMENT);
    // What is no YAML would be an error, if it was read.
    let out = ["-o", "text=out.yaml", "-o", "json", "."];
    let (first, second) = (check(&folder, &out), check(&folder, &out));
    assert_eq!((first.code, first.err.as_str()), (1, ""));
    assert_eq!((second.code, second.err.as_str()), (1, "note: out.yaml is not read: this run writes it\n"));
    assert_eq!(first.out, second.out);
}

#[test]
fn an_output_replaces_nothing_that_the_run_reads() {
    let policy =
        "apiVersion: seaworthy.dev/v1alpha1\nkind: ClusterReadinessPolicy\nmetadata: {name: a}\nspec: {}\n";
    let files = [
        ("deploy", DEPLOYMENT),
        ("all/broken.yaml", "kind: [\n"),
        ("all/good.yaml", DEPLOYMENT),
        ("pol", policy),
        ("conf", "{}\n"),
        (".seaworthy.yaml", "policies: [pol]\n"),
        ("values", "a: 1\n"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.1.0\n"),
        ("chart/values.yaml", "a: 1\n"),
        ("chart/templates/a", "text\n"),
        ("base/kustomization.yaml", "resources: []\n"),
        ("over/kustomization.yaml", "resources: [../base]\n"),
    ];
    for (arguments, output, says) in [
        (&["deploy"][..], "deploy", "the input deploy"),
        (&["all"], "all/../all/broken.yaml", "the input all/broken.yaml"),
        (&["--policy", "pol", "all"], "pol", "the policy file pol"),
        (&["all"], "pol", "the policy file pol"),
        (&["all"], ".seaworthy.yaml", "the configuration file .seaworthy.yaml"),
        (&["--config", "conf", "all"], "conf", "the configuration file conf"),
        (&["--helm-values", "values", "all"], "values", "the values file values"),
        (&["chart"], "chart/values.yaml", "a file of the chart chart"),
        (&["chart"], "chart/templates/a", "a file of the chart chart"),
        (&["."], "over/kustomization.yaml", "a file of the kustomization over"),
        (&["over"], "base/kustomization.yaml", "a file of the kustomization over"),
    ] {
        for fix in [&[][..], &["--fix"]] {
            let folder = folder(&files);
            let format = format!("text={output}");
            let all = [&["check", "--select", "memory-limits", "-o", &format], fix, arguments].concat();
            let ran = program::run(folder.path(), &all);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{output}: {}", ran.err);
            let says = format!("would replace {says}, which this run reads; give it another file\n");
            assert!(ran.err.ends_with(&says), "{output}: {}", ran.err);
            for (name, text) in files {
                assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text, "{output}: {name}");
            }
        }
    }
}

#[test]
fn an_output_of_an_earlier_run_is_written_again_in_every_format() {
    for format in FORMATS {
        for select in ["memory-limits,image-tag", "run-as-non-root"] {
            let folder = folder(&[("a.yaml", DEPLOYMENT)]);
            let format = format!("{format}=out.yaml");
            let arguments = ["check", "--no-config", "--select", select, "-o", &format, "."];
            let ran = [0; 2].map(|_| {
                let ran = program::run(folder.path(), &arguments);
                (ran.code, fs::read_to_string(folder.path().join("out.yaml")).unwrap())
            });
            assert_eq!(ran[0], ran[1], "{format}");
        }
    }
}

#[test]
fn an_output_replaces_no_baseline() {
    let folder = folder(&[("a.yaml", DEPLOYMENT)]);
    let says = "is the baseline, which the output would replace; give it another file";
    for baseline in [&["--write-baseline", "b.json"][..], &["--baseline", "./b.json", "--update-baseline"]] {
        let before = fs::read_to_string(folder.path().join("b.json")).unwrap_or_default();
        let ran = check(&folder, &[baseline, &["-o", "json=b.json", "a.yaml"]].concat());
        assert_eq!((ran.code, ran.err.contains(says)), (2, true), "{}", ran.err);
        assert_eq!(fs::read_to_string(folder.path().join("b.json")).unwrap_or_default(), before);
        check(&folder, &["--write-baseline", "b.json", "a.yaml"]);
    }
}

#[test]
fn an_output_that_has_no_place_is_named() {
    let folder = folder(&[("a.yaml", DEPLOYMENT), ("deep/x", "")]);
    for (file, says) in [
        ("gone/x.json", "cannot write gone/x.json: No such file"),
        ("deep", "cannot write deep: Is a directory"),
        ("a.yaml/x.json", "cannot write a.yaml/x.json: Not a directory"),
    ] {
        let ran = check(&folder, &["-o", &format!("json={file}"), "a.yaml"]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.contains(says)), (2, "", true), "{}", ran.err);
    }
}

#[test]
fn what_is_given_twice_is_read_once() {
    let folder = folder(&[("a.yaml", DEPLOYMENT)]);
    symlink("a.yaml", folder.path().join("link.yaml")).unwrap();
    let whole = folder.path().join("a.yaml").display().to_string();
    let ran = check(&folder, &["-o", "json", "a.yaml", "./a.yaml", "link.yaml", &whole, ".", "a*.yaml"]);
    assert_eq!((ran.code, files(&ran), ran.err.as_str()), (1, vec!["a.yaml".to_owned(); 2], ""));
    let arguments = ["check", "--select", "memory-limits", "-o", "json", "-", "-"];
    let ran = piped::run_with_stdin(folder.path(), &arguments, DEPLOYMENT.as_bytes());
    assert_eq!((ran.code, files(&ran), ran.err.as_str()), (1, vec!["-".to_owned()], ""));
}

#[test]
fn loops_of_links_end() {
    let folder = folder(&[("l/a.yaml", DEPLOYMENT)]);
    symlink(".", folder.path().join("l/loop")).unwrap();
    let ran = check(&folder, &["-o", "json", "l"]);
    assert_eq!((ran.code, files(&ran).len(), ran.err.as_str()), (1, 2, ""));
    symlink("self.yaml", folder.path().join("l/self.yaml")).unwrap();
    for input in ["l", "l/self.yaml"] {
        let ran = check(&folder, &["-o", "json", input]);
        let says = "error: l/self.yaml: cannot be read: Too many levels of symbolic links";
        assert_eq!((ran.code, ran.err.contains(says)), (2, true), "{}", ran.err);
    }
}

#[test]
fn a_pipe_is_read_where_it_is_named_and_nobody_waits_for_one_that_lies_about() {
    let folder = folder(&[("a.yaml", DEPLOYMENT)]);
    let pipe = folder.path().join("pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let ran = check(&folder, &["-o", "json", "."]);
    let says = "error: pipe.yaml: a pipe, a socket or a device: it is read only if it is named by itself\n";
    assert_eq!((ran.code, files(&ran).len(), ran.err.as_str()), (2, 2, says));
    let writer = std::thread::spawn(move || fs::write(pipe, DEPLOYMENT).unwrap());
    let ran = check(&folder, &["-o", "json", "pipe.yaml"]);
    writer.join().unwrap();
    assert_eq!((ran.code, files(&ran).len(), ran.err.as_str()), (1, 2, ""));
}

#[test]
fn a_name_that_is_no_text_is_shown_as_far_as_it_can_be() {
    let folder = folder(&[]);
    let name = OsString::from_vec(b"na\xffme.yaml".to_vec());
    fs::write(folder.path().join(&name), DEPLOYMENT).unwrap();
    for input in [OsStr::new("."), &name] {
        for format in FORMATS {
            let ran = check(&folder, &[OsStr::new("-o"), OsStr::new(format), input]);
            assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{format}");
            assert!(ran.out.contains("na\u{fffd}me.yaml") || format == "sarif", "{format}: {}", ran.out);
        }
    }
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: x:1, tty: true}]}\n";
    fs::write(folder.path().join(&name), pod).unwrap();
    let ran = program::run(folder.path(), &["check", "--fix", "--select", "interactive-tty", "."]);
    assert!(ran.err.contains("nothing is changed: it cannot be read again by this name"), "{}", ran.err);
    assert_eq!(fs::read_to_string(folder.path().join(&name)).unwrap(), pod);
}

#[test]
fn other_ends_of_lines_and_a_mark_in_front_move_no_place() {
    let folder = folder(&[
        ("plain.yaml", DEPLOYMENT),
        ("ends.yaml", &DEPLOYMENT.replace('\n', "\r\n")),
        ("mark.yaml", &format!("\u{feff}{DEPLOYMENT}")),
        ("both.yaml", &format!("\u{feff}{}", DEPLOYMENT.replace('\n', "\r\n"))),
    ]);
    let places = |file: &str| {
        let ran = check(&folder, &["-o", "concise", file]);
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{file}");
        ran.out.replace(file, "")
    };
    let plain = places("plain.yaml");
    assert_eq!(plain.lines().count(), 2);
    for file in ["ends.yaml", "mark.yaml", "both.yaml"] {
        assert_eq!(places(file), plain, "{file}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error_with_its_name() {
    let folder = folder(&[("a.yaml", DEPLOYMENT), ("wide.yaml", ""), ("deep/b.yaml", DEPLOYMENT)]);
    fs::write(folder.path().join("wide.yaml"), b"\xff\xfea\0").unwrap();
    fs::write(folder.path().join("odd.yaml"), b"a: \xff\n").unwrap();
    symlink("gone", folder.path().join("link.yaml")).unwrap();
    symlink("deep", folder.path().join("folder.yaml")).unwrap();
    let ran = check(&folder, &["-o", "json", "."]);
    assert_eq!(ran.code, 2);
    for says in [
        "error: folder.yaml: cannot be read: Is a directory",
        "error: link.yaml: cannot be read: No such file",
        "error: odd.yaml:1:4: document 1: not UTF-8 text: remove what stands there, or save it as UTF-8",
        "error: wide.yaml: UTF-16 text, which Kubernetes does not read: save it as UTF-8",
    ] {
        assert!(ran.err.contains(says), "{says}: {}", ran.err);
    }
    assert_eq!(files(&ran).len(), 4, "the others are judged");
    assert!(Path::new(&files(&ran)[0]).ends_with("a.yaml"));
}

#[test]
fn bytes_that_are_no_text_cost_their_document_on_standard_input_as_well() {
    let folder = folder(&[]);
    let other = DEPLOYMENT.replace("web", "api");
    let mut input = format!("{DEPLOYMENT}---\na: x\nb: ").into_bytes();
    input.extend(b"\xff\xfe\n---\n");
    input.extend(other.as_bytes());
    let arguments = ["check", "--no-config", "--select", "memory-limits", "-o", "json", "-"];
    let ran = piped::run_with_stdin(folder.path(), &arguments, &input);
    assert_eq!((ran.code, ran.findings().len()), (2, 2), "{}", ran.err);
    let lines = DEPLOYMENT.lines().count();
    assert!(
        ran.err.contains(&format!("error: -:{}:4: document 2: not UTF-8 text", lines + 3)),
        "{}",
        ran.err
    );
    // What is printed again is what it said, to the byte.
    let arguments = ["check", "--no-config", "--select", "interactive-tty", "--fix", "-"];
    let mut child =
        program::command(folder.path(), &arguments).stdin(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(2), input));
}

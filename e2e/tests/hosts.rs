//! What others run or read, without their hosts: pre-commit itself runs our hook, and Microsoft's validator reads our SARIF
//! as GitHub's code scanning does.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use seaworthy_e2e::{seaworthy_binary, skip};
use serde_json::Value;
use tempfile::TempDir;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a script of `e2e` fetched; its exit code if that is nothing.
fn fetched(script: &str) -> Result<PathBuf, Option<i32>> {
    let output =
        Command::new(repository().join("e2e").join(script)).stderr(Stdio::inherit()).output().unwrap();
    let path = String::from_utf8(output.stdout).unwrap();
    if output.status.success() { Ok(PathBuf::from(path.trim())) } else { Err(output.status.code()) }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A folder in which git knows nobody's settings, and cargo installs the binary that is built. Where a Rust answers,
/// pre-commit fetches none.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let binary = seaworthy_binary().unwrap();
        let script = format!(
            "#!/bin/sh\n[ \"$1\" != --version ] || exit 0\n[ \"$1\" = install ] || exit 1\n\
             while [ $# -gt 0 ]; do [ \"$1\" != --root ] || root=$2; shift; done\n\
             mkdir -p \"$root/bin\" && cp '{}' \"$root/bin/seaworthy\"\n",
            binary.display()
        );
        for (name, script) in [("cargo", script.as_str()), ("rustc", "#!/bin/sh\n")] {
            let program = bin.join(name);
            fs::write(&program, script).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, program: &Path, arguments: &[&str], folder: &str) -> Output {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        Command::new(program)
            .args(arguments)
            .current_dir(self.path(folder))
            .env("PATH", path)
            .env("HOME", self.0.path())
            .env("PRE_COMMIT_HOME", self.path("cache"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .unwrap()
    }

    fn git(&self, arguments: &[&str], folder: &str) -> Output {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
        self.run(Path::new("git"), &[&who, arguments].concat(), folder)
    }

    /// A new repository with one commit of these files; the name of the commit.
    fn repository(&self, folder: &str, files: &[(&Path, &str)]) -> String {
        fs::create_dir(self.path(folder)).unwrap();
        for (from, to) in files {
            fs::copy(from, self.path(folder).join(to)).unwrap();
        }
        for arguments in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "all"]] {
            let output = self.git(arguments, folder);
            assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        }
        String::from_utf8(self.git(&["rev-parse", "HEAD"], folder).stdout).unwrap().trim().to_owned()
    }
}

/// A place with a repository `apps` that has our hook, and what its commits are judged by.
fn hooked() -> Place {
    let place = Place::new();
    let (root, fixtures) = (repository(), repository().join("tests/fixtures/cli"));
    let hooks = [(".pre-commit-hooks.yaml", ".pre-commit-hooks.yaml"), ("Cargo.toml", "Cargo.toml")];
    let hooks = hooks.map(|(from, to)| (root.join(from), to));
    let commit = place.repository("hooks", &hooks.each_ref().map(|(from, to)| (from.as_path(), *to)));
    place.repository("apps", &[(&fixtures.join("policy.yaml"), "policy.yaml")]);
    let config = format!(
        "repos:\n  - repo: {}\n    rev: {commit}\n    hooks:\n      - id: seaworthy\n        args: [--policy, policy.yaml]\n",
        place.path("hooks").display()
    );
    fs::write(place.path("apps/.pre-commit-config.yaml"), config).unwrap();
    place.git(&["add", ".pre-commit-config.yaml"], "apps");
    place
}

#[test]
fn pre_commit_runs_our_hook_on_what_is_committed() {
    let pre_commit = fetched("pre-commit").unwrap();
    let (place, fixtures) = (hooked(), repository().join("tests/fixtures/cli"));
    let stage = |from: &str, to: &str| {
        fs::copy(fixtures.join(from), place.path("apps").join(to)).unwrap();
        place.git(&["add", to], "apps");
    };
    let run = || place.run(&pre_commit, &["run", "--color=never"], "apps");

    stage("good.yaml", "good.yaml");
    fs::copy(fixtures.join("bad.yaml"), place.path("apps/not staged.yaml")).unwrap();
    let output = run();
    assert!(output.status.success() && said(&output).contains("Passed"), "{}", said(&output));

    stage("bad.yaml", "bad file.yaml");
    let output = run();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("\nbad file.yaml:32:15: fail high memory-limits"), "{}", said(&output));
    assert!(!said(&output).contains("not staged"), "{}", said(&output));

    let installed = place.run(&pre_commit, &["install"], "apps");
    assert!(installed.status.success(), "{}", said(&installed));
    let refused = place.git(&["commit", "-qm", "bad"], "apps");
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    place.git(&["rm", "-q", "--cached", "bad file.yaml"], "apps");
    let taken = place.git(&["commit", "-qm", "good"], "apps");
    assert!(taken.status.success(), "{}", said(&taken));
}

/// Stands in for Helm: of a chart that is called web.
const HELM: &str =
    "#!/bin/sh\nprintf -- '---\\n# Source: web/templates/web.yaml\\n'\ncat \"$HOME/manifest\"\n";

#[test]
fn pre_commit_hands_over_files_of_a_chart_and_the_chart_is_judged() {
    let pre_commit = fetched("pre-commit").unwrap();
    let (place, fixtures) = (hooked(), repository().join("tests/fixtures/cli"));
    let helm = place.path("bin/helm");
    fs::write(&helm, HELM).unwrap();
    fs::set_permissions(&helm, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir_all(place.path("apps/charts/web/templates")).unwrap();
    for (name, text) in [
        ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("values.yaml", "replicas: 2\n"),
        // No YAML before it is rendered.
        ("templates/web.yaml", "{{- if .Values.replicas }}\nkind: {{ .Values.kind }}\n{{- end }}\n"),
        ("templates/_helpers.tpl", "{{ define \"x\" }}{{ end }}\n"),
    ] {
        fs::write(place.path("apps/charts/web").join(name), text).unwrap();
    }
    let run = |manifest: &str| {
        fs::copy(fixtures.join(manifest), place.path("manifest")).unwrap();
        place.run(&pre_commit, &["run", "--color=never"], "apps")
    };
    // Of all its files or of one, also of one that is no YAML by its name.
    for staged in ["charts", "charts/web/values.yaml", "charts/web/templates/_helpers.tpl"] {
        place.git(&["add", staged], "apps");
        let good = run("good.yaml");
        assert!(good.status.success() && said(&good).contains("Passed"), "{staged}: {}", said(&good));
        let bad = run("bad.yaml");
        assert_eq!(bad.status.code(), Some(1), "{staged}: {}", said(&bad));
        let told = "charts/web/templates/web.yaml";
        assert!(said(&bad).contains("fail high memory-limits"), "{staged}: {}", said(&bad));
        assert!(said(&bad).contains(told) && !said(&bad).contains("error:"), "{staged}: {}", said(&bad));
        let taken = place.git(&["commit", "-qnm", "a chart"], "apps");
        assert!(taken.status.success(), "{}", said(&taken));
        for name in ["values.yaml", "templates/_helpers.tpl"] {
            let path = place.path("apps/charts/web").join(name);
            fs::write(&path, fs::read_to_string(&path).unwrap() + "\n").unwrap();
        }
    }
}

/// What is judged: folders of this repository, and arguments.
const CORPORA: [&[&str]; 5] = [
    &["deploy/samples"],
    &["--profile", "strict", "--complete", "deploy/samples", "tests/fixtures/cli"],
    &["--policy", "tests/fixtures/cli/policy.yaml", "tests/fixtures/cli/bad.yaml", "gone.yaml"],
    &["tests/fixtures/cli/good.yaml", "--select", "memory-limits"],
    &["deploy", "crds", "-n", "default"],
];

#[test]
fn code_scanning_takes_our_sarif() {
    let multitool = match fetched("sarif-multitool") {
        Ok(multitool) => multitool,
        Err(Some(3)) => return skip("code_scanning_takes_our_sarif", "npm is not there"),
        Err(code) => panic!("e2e/sarif-multitool failed: {code:?}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let mut logs = Vec::new();
    for (index, corpus) in CORPORA.iter().enumerate() {
        let log = folder.path().join(format!("{index}.sarif"));
        let output = format!("sarif={}", log.display());
        let ran = Command::new(seaworthy_binary().unwrap())
            .args(["check", "--no-config", "-o", &output])
            .args(*corpus)
            .current_dir(repository())
            .output()
            .unwrap();
        assert!(ran.status.code().is_some_and(|code| code < 3), "{corpus:?}: {}", said(&ran));
        logs.push(log);
    }
    let validate = |logs: &[PathBuf]| {
        let output = Command::new(&multitool)
            .arg("validate")
            .args(logs)
            .args(["--rule-kind", "Sarif;Ghas", "--log", "ForceOverwrite", "--output"])
            .arg(folder.path().join("said"))
            // It is not told in another language here.
            .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
            .current_dir(folder.path())
            .output()
            .unwrap();
        let errors =
            said(&output).lines().filter(|line| line.contains(": error ")).map(str::to_owned).collect();
        (said(&output), errors)
    };
    let (all, errors): (String, Vec<String>) = validate(&logs);
    assert!(all.contains("Analysis completed successfully"), "{all}");
    assert!(errors.is_empty(), "{}", errors.join("\n"));

    // It does look.
    let text = fs::read_to_string(&logs[1]).unwrap();
    let mut log: Value = serde_json::from_str(&text).unwrap();
    log["runs"][0]["results"][0]["ruleIndex"] = 100_000.into();
    fs::write(&logs[1], log.to_string()).unwrap();
    assert!(!validate(&logs[1..2]).1.is_empty(), "an index beyond all rules was taken");
}

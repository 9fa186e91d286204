//! What others run as it is: the GitHub action, the pre-commit hook and the GitLab job, without their hosts.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use seaworthy::cli::load::{Bounds, yaml};
use serde_json::Value;
use tempfile::TempDir;

fn repository_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> Value {
    let text = fs::read_to_string(repository_file(name)).unwrap();
    yaml::parse(&text, &Bounds::default()).unwrap().unwrap().value
}

/// A repository with one workload that fails, one that does not, and something else.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = repository_file("tests/fixtures/cli");
    fs::create_dir(folder.path().join("apps")).unwrap();
    for (from, to) in
        [("bad.yaml", "apps/bad file.yaml"), ("good.yaml", "good.yaml"), ("policy.yaml", "policy.yaml")]
    {
        fs::copy(fixtures.join(from), folder.path().join(to)).unwrap();
    }
    fs::write(folder.path().join("values.yaml"), "a: 1\n").unwrap();
    folder
}

fn path_with_binary() -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_seaworthy")).parent().unwrap().display().to_string();
    format!("{binary}:{}", std::env::var("PATH").unwrap())
}

fn bash(folder: &Path, script: &str, environment: &[(&str, &str)]) -> Output {
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", path_with_binary())
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs the action's steps as its host does, with these inputs; defaults for the others.
fn action(folder: &Path, inputs: &[(&str, &str)]) -> Vec<Output> {
    let action = read("action.yml");
    let value = |name: &str| {
        let given = inputs.iter().find(|(input, _)| *input == name).map(|(_, value)| (*value).to_owned());
        given.unwrap_or_else(|| action["inputs"][name]["default"].as_str().unwrap().to_owned())
    };
    let summary = folder.join("summary.md").display().to_string();
    let steps = action["runs"]["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            let script = step["run"].as_str().unwrap();
            assert!(!script.contains("${{"), "an input would be part of the script");
            let own = step["env"].as_object().into_iter().flatten().map(|(name, expression)| {
                let expression = expression.as_str().unwrap();
                let input = expression.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}"));
                (name.clone(), value(input.unwrap()))
            });
            let own: Vec<(String, String)> = own.collect();
            let mut environment: Vec<(&str, &str)> =
                own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            environment
                .extend([("GITHUB_STEP_SUMMARY", summary.as_str()), ("GITHUB_ACTION_PATH", "/nowhere")]);
            bash(folder, script, &environment)
        })
        .collect()
}

#[test]
fn the_action_annotates_summarizes_and_fails() {
    let repository = repository();
    let arguments = "--policy=policy.yaml\n--ignore=image-tag\n";
    let inputs =
        [("paths", "apps/bad file.yaml\ngood.yaml"), ("arguments", arguments), ("sarif", "out.sarif")];
    let ran = action(repository.path(), &inputs);
    assert!(ran[0].status.success(), "{}", text(&ran[0].stderr));
    assert_eq!((ran[1].status.code(), text(&ran[1].stderr)), (Some(1), String::new()));
    assert!(
        text(&ran[1].stdout).starts_with("::error file=apps/bad file.yaml,line="),
        "{}",
        text(&ran[1].stdout)
    );
    let summary = fs::read_to_string(repository.path().join("summary.md")).unwrap();
    assert!(summary.contains("memory-limits"), "{summary}");
    let sarif = fs::read_to_string(repository.path().join("out.sarif")).unwrap();
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    assert!(!sarif["runs"][0]["results"].as_array().unwrap().is_empty());
    let good = action(repository.path(), &[("paths", "good.yaml"), ("arguments", "--policy=policy.yaml")]);
    assert_eq!(good[1].status.code(), Some(0), "{}", text(&good[1].stderr));
}

#[test]
fn what_a_caller_of_the_action_passes_is_not_run() {
    let repository = repository();
    let ran = action(
        repository.path(),
        &[("paths", "$(touch owned)\n`touch owned`; touch owned"), ("arguments", "\"; touch owned")],
    );
    assert_eq!(ran[1].status.code(), Some(2));
    assert!(!repository.path().join("owned").exists());
}

#[test]
fn the_hook_takes_the_files_that_are_committed() {
    let hooks = read(".pre-commit-hooks.yaml");
    let hook = &hooks[0];
    assert_eq!((&hook["id"], &hook["language"]), (&Value::from("seaworthy"), &Value::from("rust")));
    let entry = hook["entry"].as_str().unwrap();
    let repository = repository();
    let run = |files: &str| {
        bash(repository.path(), &format!("{entry} --policy policy.yaml {files}"), &[]).status.code()
    };
    assert_eq!(run("good.yaml values.yaml"), Some(0));
    assert_eq!(run("values.yaml"), Some(0));
    assert_eq!(run("'apps/bad file.yaml' values.yaml"), Some(1));
}

/// Stands in for Helm and Kustomize: notes what is rendered, and renders one manifest.
const RENDERER: &str = "#!/bin/sh\nprintf '%s ' \"${0##*/}\" >> \"$RENDERED\"\n\
    case \"$0\" in *helm) printf -- '---\\n# Source: web/templates/web.yaml\\n';; esac\ncat \"$MANIFEST\"\n";

/// What became of the hook for these files: its exit code, what was rendered, and what it says.
fn hooked(folder: &Path, files: &str) -> (Option<i32>, String, String) {
    let hooks = read(".pre-commit-hooks.yaml");
    let entry = hooks[0]["entry"].as_str().unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    let rendered = folder.join("rendered");
    fs::write(&rendered, "").unwrap();
    let path = format!("{}:{}", at("bin"), path_with_binary());
    let environment = [("PATH", &*path), ("RENDERED", &at("rendered")), ("MANIFEST", &at("manifest"))];
    let ran = bash(folder, &format!("{entry} --policy policy.yaml {files}"), &environment);
    // A chart is rendered a second time, with marks.
    let programs: std::collections::BTreeSet<String> =
        fs::read_to_string(rendered).unwrap().split_whitespace().map(str::to_owned).collect();
    (
        ran.status.code(),
        Vec::from_iter(programs).join(" "),
        format!("{}{}", text(&ran.stdout), text(&ran.stderr)),
    )
}

#[test]
fn the_hook_takes_a_file_of_a_chart_or_a_kustomization_for_all_of_it() {
    let repository = repository();
    let at = |name: &str| repository.path().join(name);
    for name in ["bin", "charts/web/templates", "base", "overlays/prod", "parts"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    let bad = fs::read_to_string(at("apps/bad file.yaml")).unwrap();
    for (name, text) in [
        ("bin/helm", RENDERER),
        ("bin/kustomize", RENDERER),
        ("manifest", bad.as_str()),
        ("charts/web/Chart.yaml", "name: web\nversion: 1.0.0\n"),
        ("charts/web/values.yaml", "replicas: 2\n"),
        ("charts/web/templates/web.yaml", "replicas: {{ .Values.replicas }}\n{{- if x }}\n"),
        ("charts/web/templates/_helpers.tpl", "{{ define \"x\" }}{{ end }}\n"),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"),
        ("overlays/prod/kustomization.yaml", "resources: [../../base]\n"),
        ("overlays/prod/patch.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"),
        ("parts/kustomization.yaml", "kind: Component\n"),
    ] {
        fs::write(at(name), text).unwrap();
    }
    for name in ["bin/helm", "bin/kustomize"] {
        let program = fs::File::open(at(name)).unwrap();
        program.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    for (files, code, programs) in [
        ("charts/web/Chart.yaml charts/web/values.yaml charts/web/templates/web.yaml", 1, "helm"),
        ("charts/web/templates/_helpers.tpl good.yaml", 1, "helm"),
        // What a base says counts in what is made from it.
        ("base/web.yaml", 1, "kustomize"),
        ("overlays/prod/patch.yaml", 1, "kustomize"),
        ("base/web.yaml charts/web/values.yaml", 1, "helm kustomize"),
        // Nothing is made from it.
        ("parts/kustomization.yaml", 0, ""),
        ("good.yaml values.yaml", 0, ""),
    ] {
        let (ended, rendered, said) = hooked(repository.path(), files);
        assert_eq!((ended, rendered.as_str()), (Some(code), programs), "{files}: {said}");
        assert!(!said.contains("not YAML") && !said.contains("error:"), "{files}: {said}");
    }
}

#[test]
fn the_hook_is_handed_manifests_templates_and_what_they_include() {
    let hooks = read(".pre-commit-hooks.yaml");
    let files = regex::Regex::new(hooks[0]["files"].as_str().unwrap()).unwrap();
    for name in
        ["a.yaml", "a/b.yml", "c.json", "charts/a/templates/_x.tpl", "Kustomization", "a/Kustomization"]
    {
        assert!(files.is_match(name), "{name}");
    }
    for name in ["a.yaml.md", "main.go", "notKustomization", "yaml"] {
        assert!(!files.is_match(name), "{name}");
    }
}

/// The job of `docs/cli.md`, in the repository of the tutorial.
#[test]
fn the_gitlab_job_leaves_a_report_and_fails_where_something_fails() {
    let document = fs::read_to_string(repository_file("docs/cli.md")).unwrap();
    let block = document.split("```yaml .gitlab-ci.yml\n").nth(1).unwrap().split("```").next().unwrap();
    let job = yaml::parse(block, &Bounds::default()).unwrap().unwrap().value["seaworthy"].take();
    let report = job["artifacts"]["reports"]["codequality"].as_str().unwrap();
    assert_eq!(job["artifacts"]["when"], "always", "a job that fails shows what it found");
    let script: Vec<&str> =
        job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let repository = repository();
    let ran = bash(repository.path(), &script.join("\n"), &[("CI", "true")]);
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stderr));
    assert!(text(&ran.stdout).contains("apps/bad file.yaml:"), "{}", text(&ran.stdout));
    let report: Value =
        serde_json::from_str(&fs::read_to_string(repository.path().join(report)).unwrap()).unwrap();
    let paths = report.as_array().unwrap().iter().map(|one| one["location"]["path"].as_str().unwrap());
    assert_eq!(paths.collect::<std::collections::BTreeSet<_>>(), ["apps/bad file.yaml"].into());
    fs::remove_dir_all(repository.path().join("apps")).unwrap();
    fs::create_dir(repository.path().join("apps")).unwrap();
    fs::write(repository.path().join("apps/a.yaml"), "a: 1\n").unwrap();
    let ran = bash(repository.path(), &script.join("\n"), &[]);
    assert_eq!(ran.status.code(), Some(3), "nothing was checked: {}", text(&ran.stderr));
}

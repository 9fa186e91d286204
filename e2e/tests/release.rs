//! The workflow that makes a release, as far as it runs without its host: actionlint reads it, and the steps that need
//! neither a registry nor a container engine are run as they stand there.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use seaworthy_e2e::{Helm, helper};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const IMAGE: &str = "ghcr.io/seaworthy-dev/seaworthy";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn workflow() -> String {
    fs::read_to_string(repository().join(".github/workflows/release.yml")).unwrap()
}

fn actionlint(workflow: &Path) -> Output {
    // Neither of the linters that it would call is everywhere.
    Command::new(helper("actionlint").unwrap())
        .args(["-shellcheck=", "-pyflakes="])
        .arg(workflow)
        .output()
        .unwrap()
}

#[test]
fn actionlint_finds_nothing_in_the_workflow() {
    let output = actionlint(&repository().join(".github/workflows/release.yml"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // It does look.
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("release.yml");
    fs::write(&damaged, workflow().replace("needs.index.outputs.digest", "needs.index.outputs.digset"))
        .unwrap();
    assert!(String::from_utf8_lossy(&actionlint(&damaged).stdout).contains("digset"));
}

#[test]
fn every_action_is_pinned_to_a_commit_and_says_its_version() {
    let workflow = workflow();
    let used: Vec<&str> =
        workflow.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, used)| used).collect();
    assert!(used.len() > 10);
    for action in used {
        let (commit, version) = action.split_once('@').and_then(|(_, rest)| rest.split_once(" # v")).unwrap();
        assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
        assert!(version.split('.').count() == 3, "{action}");
    }
}

#[test]
fn the_image_of_each_architecture_has_an_sbom_and_provenance() {
    let workflow = workflow();
    let (_, build) = workflow.split_once("docker/build-push-action@").unwrap();
    let (build, _) = build.split_once("      - name:").unwrap();
    for line in ["sbom: true", "provenance: mode=max", "platforms: ${{ matrix.platform }}"] {
        assert!(build.lines().any(|said| said.trim() == line), "{line} in {build}");
    }
    for platform in ["linux/amd64", "linux/arm64"] {
        assert!(workflow.contains(&format!("platform: {platform},")), "{platform}");
    }
    assert!(workflow.contains("subject-digest: ${{ steps.index.outputs.digest }}"));
}

/// The commands of the step of this name.
fn script(step: &str) -> String {
    let workflow = workflow();
    let (_, behind) = workflow.split_once(&format!("name: {step}\n")).unwrap();
    let (before, commands) = behind.split_once("run: |\n").unwrap();
    assert!(!before.contains("- "), "the step has commands of its own");
    let commands = commands.lines().take_while(|line| line.is_empty() || line.starts_with("          "));
    commands.map(str::trim_start).collect::<Vec<_>>().join("\n")
}

/// As the host runs it: it ends with the first command that fails.
fn run(script: &str, folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]).current_dir(folder);
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn a_tag_that_is_not_the_version_stops_the_release() {
    let script = script("The tag is the version of the binary and of the charts");
    let of = |tag: &str| run(&script, &repository(), &[("GITHUB_REF_NAME", tag)]).status.success();
    assert!(of(concat!("v", env!("CARGO_PKG_VERSION"))));
    assert!(!of("v9.9.9"));
}

#[test]
fn the_charts_of_a_release_name_the_image_by_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let copied =
        Command::new("cp").arg("-r").arg(repository().join("charts")).arg(folder.path()).status().unwrap();
    assert!(copied.success());
    let helm = Helm::find(4).unwrap();
    let programs = folder.path().join("programs");
    fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(helm.program(), programs.join("helm")).unwrap();
    let programs = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let script = script("Charts that name the image by its digest");
    // What follows goes to a registry.
    let (script, _) = script.split_once("helm registry login").unwrap();
    let output = run(script, folder.path(), &[("DIGEST", DIGEST), ("IMAGE", IMAGE), ("PATH", &programs)]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(&format!("{IMAGE}@{DIGEST}")));
    let mut packages: Vec<String> = fs::read_dir(folder.path().join("packages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    packages.sort();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(packages, [format!("seaworthy-{version}.tgz"), format!("seaworthy-policies-{version}.tgz")]);
}

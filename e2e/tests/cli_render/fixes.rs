//! What `--fix` and `--diff` tell of what was rendered, and the plugin of kubectl.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use seaworthy_e2e::{kubectl_in, seaworthy_binary};

use super::{BASE, Programs, chart, kustomization, write};

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.insert(path.display().to_string(), fs::read_to_string(&path).unwrap());
        }
    }
    files
}

#[test]
fn a_chart_is_not_changed_and_what_to_do_is_told() {
    let folder = tempfile::tempdir().unwrap();
    chart(folder.path());
    let (helm, before) = (Programs::helm(4), files(folder.path()));
    let select = ["--select", "privileged-container,seccomp-profile", "web"];
    for fix in ["--fix", "--diff"] {
        let ran = helm.check(folder.path(), &[&[fix, "--unsafe-fixes"], &select[..]].concat());
        let told = if fix == "--fix" { &ran.err } else { &ran.out };
        let place =
            "# Deployment default/web: in web/templates/deployment.yaml, or in the values that web takes\n";
        assert!(told.starts_with(place), "{told}");
        assert!(told.contains("#   web/templates/deployment.yaml:17:13: privileged-container: "), "{told}");
        assert!(told.contains("      containers:\n      - name: app\n        securityContext:\n"), "{told}");
        assert_eq!((ran.code, files(folder.path())), (1, before.clone()));
    }
}

#[test]
fn the_patch_that_is_told_for_a_kustomization_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    kustomization(folder.path());
    let (kubectl, before) = (Programs::kubectl(), files(folder.path()));
    let arguments = ["--select", "allow-privilege-escalation,capabilities-drop-all", "prod"];
    let fix = ["--fix", "--unsafe-fixes"];
    let ran = kubectl.check(folder.path(), &[&fix[..], &arguments].concat());
    assert_eq!((ran.code, files(folder.path())), (1, before));
    let patch = ran.err.split("---").next().unwrap();
    assert!(
        patch.contains("below `patches` in the kustomization of prod, or in base/web.yaml"),
        "{}",
        ran.err
    );
    let kustomization = fs::read_to_string(folder.path().join("prod/kustomization.yaml")).unwrap();
    let kustomization = format!("{kustomization}  - path: patch.yaml\n");
    write(folder.path(), &[("prod/patch.yaml", patch), ("prod/kustomization.yaml", &kustomization)]);
    let ran = kubectl.check(folder.path(), &arguments);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
}

#[test]
fn it_is_a_plugin_of_kubectl() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bin");
    fs::create_dir(&path).unwrap();
    kubectl_in(&path).unwrap();
    symlink(seaworthy_binary().unwrap(), path.join("kubectl-seaworthy")).unwrap();
    write(folder.path(), &[("web.yaml", BASE)]);
    let run = |arguments: &[&str]| {
        let output = Command::new(path.join("kubectl"))
            .args(arguments)
            .current_dir(folder.path())
            .env("PATH", &path)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = run(&["seaworthy", "check", "--select", "image-tag", "-o", "concise", "web.yaml"]);
    assert!(code == Some(1) && said.starts_with("web.yaml:11:18: fail high image-tag"), "{code:?}: {said}");
    let (code, said) = run(&["plugin", "list"]);
    assert!(code == Some(0) && said.contains("kubectl-seaworthy"), "{code:?}: {said}");
}

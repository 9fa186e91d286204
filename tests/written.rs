//! What `check --fix` leaves of the files that it writes, beside what they say: their owner, rights, links and names,
//! and what becomes of those that cannot be written; and where `--add-ignores` writes.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
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

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec:
  containers:
    - name: app
      image: registry.example/app:1.0.0
      tty: true
";

const FIX: [&str; 6] = ["check", "--fix", "--select", "interactive-tty", "--fail-on", "info"];

/// Somebody who is not root.
const SOMEBODY: u32 = 65_534;

fn pod(name: &str) -> String {
    POD.replace("NAME", name)
}

fn fixed(name: &str) -> String {
    pod(name).replace("tty: true", "tty: false")
}

fn folder_with(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        fs::write(folder.path().join(format!("{name}.yaml")), pod(name)).unwrap();
    }
    folder
}

fn says(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(format!("{name}.yaml"))).unwrap()
}

fn entries(folder: &TempDir) -> BTreeSet<String> {
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

fn is_root(folder: &TempDir) -> bool {
    fs::metadata(folder.path()).unwrap().uid() == 0
}

/// Runs it as somebody whom rights hold back, in a folder that is theirs.
fn run_as_somebody(folder: &TempDir, arguments: &[&str]) -> Ran {
    if !is_root(folder) {
        return program::run(folder.path(), arguments);
    }
    // Where root builds, nobody else may look.
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    let copy = place.path().join("seaworthy");
    fs::copy(env!("CARGO_BIN_EXE_seaworthy"), &copy).unwrap();
    for path in fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        chown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    }
    chown(folder.path(), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    let mut command = Command::new(copy);
    command.args(arguments).current_dir(folder.path()).uid(SOMEBODY).gid(SOMEBODY);
    command.output().unwrap().into()
}

#[test]
fn owner_rights_links_and_names_stay() {
    let folder = folder_with(&["owned", "one", "real"]);
    let at = |name: &str| folder.path().join(name);
    fs::set_permissions(at("owned.yaml"), Permissions::from_mode(0o640)).unwrap();
    if is_root(&folder) {
        chown(at("owned.yaml"), Some(SOMEBODY), Some(SOMEBODY - 1)).unwrap();
    }
    fs::hard_link(at("one.yaml"), at("other.txt")).unwrap();
    fs::create_dir(at("links")).unwrap();
    symlink("../real.yaml", at("links/link.yaml")).unwrap();
    let facts = |name: &str| {
        let file = fs::metadata(at(name)).unwrap();
        (file.uid(), file.gid(), file.permissions().mode(), file.nlink())
    };
    let (before, all) = (facts("owned.yaml"), entries(&folder));
    let paths = ["owned.yaml", "one.yaml", "links/link.yaml"];
    let ran = program::run(folder.path(), &[&FIX[..], &paths].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, "note: 3 values are changed\n"), "{}", ran.out);
    for name in ["owned", "one", "real"] {
        assert_eq!(says(&folder, name), fixed(name));
    }
    assert_eq!(facts("owned.yaml"), before);
    assert_eq!(fs::read_to_string(at("other.txt")).unwrap(), fixed("one"), "the other name is the same file");
    assert_eq!(facts("one.yaml").3, 2);
    assert!(fs::symlink_metadata(at("links/link.yaml")).unwrap().is_symlink());
    assert_eq!(entries(&folder), all);
}

#[test]
fn one_file_that_cannot_be_written_keeps_no_other_from_it() {
    let folder = folder_with(&["a", "b", "c"]);
    let names = entries(&folder);
    fs::set_permissions(folder.path().join("b.yaml"), Permissions::from_mode(0o444)).unwrap();
    let ran = run_as_somebody(&folder, &[&FIX[..], &["-o", "json", "a.yaml", "b.yaml", "c.yaml"]].concat());
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("note: 2 values are changed\n"), "{}", ran.err);
    assert!(ran.err.contains("error: b.yaml: cannot be written: Permission denied"), "{}", ran.err);
    let errors = &ran.json()["errors"];
    assert_eq!((errors.as_array().unwrap().len(), &errors[0]["file"]), (1, &json!("b.yaml")), "{errors}");
    let left: Vec<Value> = ran.findings().iter().map(|found| found["location"]["file"].clone()).collect();
    assert_eq!(left, ["b.yaml"], "what stands there now is judged");
    assert_eq!(
        [says(&folder, "a"), says(&folder, "b"), says(&folder, "c")],
        [fixed("a"), pod("b"), fixed("c")]
    );
    assert_eq!(entries(&folder), names);
}

#[test]
fn a_file_is_written_in_a_folder_that_takes_no_other_one() {
    let folder = folder_with(&["a"]);
    let to = |mode| fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
    to(0o555);
    let ran = run_as_somebody(&folder, &[&FIX[..], &["a.yaml"]].concat());
    to(0o755);
    assert_eq!((ran.code, says(&folder, "a")), (0, fixed("a")), "{}", ran.err);
    assert_eq!(entries(&folder).len(), 1);
}

#[test]
fn every_byte_of_standard_input_outside_the_change_is_printed() {
    let here = Path::new(".");
    for (before, after) in [
        (pod("web"), fixed("web")),
        (format!("\u{FEFF}{}", pod("web")), format!("\u{FEFF}{}", fixed("web"))),
        // Nothing is changed in it.
        (format!("\u{FEFF}{}", fixed("web")), format!("\u{FEFF}{}", fixed("web"))),
        (
            format!("\u{FEFF}---\r\n{}", pod("web").replace('\n', "\r\n")),
            format!("\u{FEFF}---\r\n{}", fixed("web").replace('\n', "\r\n")),
        ),
    ] {
        let ran = piped::run_with_stdin(here, &[&FIX[..], &["-"]].concat(), before.as_bytes());
        assert_eq!((ran.code, ran.out), (0, after), "{}", ran.err);
    }
    let marked = "\u{FEFF}{\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"a\"}, \
        \"spec\": {\"containers\": [{\"name\": \"app\", \"image\": \"a:1\", \"tty\": true}]}}";
    let ran = piped::run_with_stdin(here, &[&FIX[..], &["-"]].concat(), marked.as_bytes());
    assert_eq!((ran.code, ran.out), (0, marked.replace("\"tty\": true", "\"tty\": false")), "{}", ran.err);
}

#[test]
fn what_a_comment_can_stand_above_is_suppressed_and_the_rest_is_told_by_place() {
    let text = "\u{FEFF}apiVersion: v1\r\nkind: Pod\r\nmetadata: {name: a}\r\nspec:\r\n  containers:\r\n    \
        - name: app\r\n      image: >-\r\n\r\n        app:latest\r\n    - name: other\r\n      image: |-\r\n        \
        app:latest\r\n    - {name: flow,\r\n       image: app:1, tty: true}\r\n";
    let folder = folder_with(&["a"]);
    fs::write(folder.path().join("a.yaml"), text).unwrap();
    let select =
        ["check", "--select", "image-tag,interactive-tty", "--fail-on", "low", "-o", "json", "a.yaml"];
    let written = program::run(folder.path(), &[&select[..], &["--add-ignores", "ticket 7"]].concat());
    let says = "note: a.yaml:14: no comment is written for interactive-tty: none can stand there, suppress it in \
        .seaworthy.yaml\nnote: 2 comments are written, in 1 files: read them before you commit\n";
    assert_eq!((written.code, written.err.as_str()), (1, says));
    let comment = "# seaworthy: ignore[image-tag] reason=\"ticket 7\"\r\n      ";
    let expected = ["image: >-", "image: |-"]
        .iter()
        .fold(text.to_owned(), |text, key| text.replace(key, &format!("{comment}{key}")));
    assert_eq!(self::says(&folder, "a"), expected);
    let again = program::run(folder.path(), &select).json();
    assert_eq!((&again["summary"]["suppressed"], &again["suppressions"]), (&json!(2), &json!([])), "{again}");
    let summary = &again["summary"];
    assert_eq!((&summary["fail"], &summary["errors"]), (&json!(1), &json!(0)), "{summary}");
}

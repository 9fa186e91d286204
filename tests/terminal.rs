//! What the real binary shows on a terminal, and what it keeps to itself where there is none.
//!
//! The terminal is a pseudo-terminal of the system's own.

#![cfg(feature = "shell")]
#![cfg(test)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Stdio;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tempfile::TempDir;

use support::program::command;

mod support {
    #[expect(dead_code, reason = "what is shown on a terminal is no JSON")]
    pub(crate) mod program;
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a-storefront-with-a-long-name, namespace: production-of-the-shop}
spec:
  paused: true
  paused: false
  template:
    spec:
      containers:
        - name: app-container-with-a-name
          image: registry.example/a/quite/deeply/nested/repository/web:latest
          securityContext: {privileged: true}
          envv: []
        # seaworthy: ignore[image-digest] reason=\"never needed\"
        - {name: beside, image: \"registry.example/b:1\", tty: true}
";

/// A folder with a manifest that has many findings, below a path that is long.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("environments/production/storefront");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("deployment-of-the-storefront.yaml"), DEPLOYMENT).unwrap();
    folder
}

/// What decides by itself what a terminal is shown.
const DECIDING: &[&str] = &[
    "NO_COLOR",
    "TERM",
    "TERM_PROGRAM",
    "CI",
    "STY",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "WT_SESSION",
    "DOMTERM",
];

/// A terminal that shows links.
const KNOWN: &[(&str, &str)] =
    &[("TERM", "xterm-kitty"), ("SEAWORTHY_DOCS_URL", "https://docs.example/checks")];

fn prepared(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> std::process::Command {
    let mut command = command(folder, arguments);
    for name in DECIDING {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).stderr(Stdio::null());
    command
}

/// What is shown on a terminal of so many columns, line by line.
fn shown(folder: &Path, columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let name = OsStr::from_bytes(name.as_bytes());
    let line = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    tcsetwinsize(&line, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let mut command = prepared(folder, arguments, variables);
    let mut child = command.stdout(Stdio::from(line)).spawn().unwrap();
    // The terminal ends when nobody holds it open any more.
    drop(command);
    let (mut terminal, mut read, mut some) = (File::from(terminal), Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = terminal.read(&mut some) {
        read.extend(&some[..length]);
    }
    child.wait().unwrap();
    String::from_utf8(read).unwrap().replace("\r\n", "\n")
}

/// The same where standard output is a pipe.
fn piped(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = prepared(folder, arguments, variables).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A text without what only the terminal reads.
fn plain(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        let sequence = &rest[at..];
        let end = if sequence.starts_with("\u{1b}]") { "\u{1b}\\" } else { "m" };
        let length = sequence[2..].find(end).unwrap() + 2 + end.len();
        rest = &sequence[length..];
    }
    out + rest
}

const CHECK: &[&str] = &["check", "--profile", "strict", "."];

#[test]
fn colours_and_links_are_for_terminals() {
    let folder = folder();
    let link = "\u{1b}]8;;https://docs.example/checks/image-tag.md\u{1b}\\image-tag\u{1b}]8;;\u{1b}\\";
    // Wider than any line of it.
    let text = shown(folder.path(), 200, CHECK, KNOWN);
    assert!(text.contains("\u{1b}[31mfail") && text.contains(link), "{text}");
    let piped = piped(folder.path(), CHECK, KNOWN);
    assert!(!piped.contains('\u{1b}'), "{piped}");
    assert_eq!(plain(&text), piped, "beside that they say the same");
    // What goes to a file is the same as well, whatever the terminal.
    let file = folder.path().join("report.txt");
    let format = format!("text={}", file.display());
    let to_file = [CHECK, &["-o", &format]].concat();
    assert_eq!(shown(folder.path(), 50, &to_file, KNOWN), "");
    assert_eq!(fs::read_to_string(&file).unwrap(), piped);
}

#[test]
fn who_wants_no_colours_gets_none() {
    let folder = folder();
    let with = |variables: &[(&str, &str)]| shown(folder.path(), 100, CHECK, variables);
    for refused in [&[("TERM", "xterm"), ("NO_COLOR", "1")][..], &[("TERM", "dumb")]] {
        let text = with(refused);
        assert!(!text.contains('\u{1b}'), "{refused:?}: {text}");
    }
    // Set to nothing, it says nothing.
    assert!(with(&[("TERM", "xterm"), ("NO_COLOR", "")]).contains("\u{1b}[31m"));
    // Nothing says that this terminal shows links, or that there are pages.
    assert!(!with(&[("TERM", "xterm"), KNOWN[1]]).contains("\u{1b}]8"));
    assert!(!with(&KNOWN[..1]).contains("\u{1b}]8"));
}

#[test]
fn no_line_goes_past_the_edge() {
    let folder = folder();
    let one = ["check", "--select", "memory-limits", "."];
    for columns in [40, 41, 47, 59, 60, 61, 72, 80, 99, 100, 130] {
        for arguments in [CHECK, &one, &[CHECK, &["--statistics"]].concat()] {
            let text = plain(&shown(folder.path(), columns, arguments, KNOWN));
            let wide: Vec<&str> =
                text.lines().filter(|line| line.chars().count() > usize::from(columns)).collect();
            assert!(wide.is_empty(), "{columns}: {wide:#?}\n{text}");
        }
        let text = plain(&shown(folder.path(), columns, &one, KNOWN)).replace(['\n', ' '], "");
        // Beside the mark, or in words.
        assert!(text.contains("resources.limits.memorygoeshere"), "{columns}: {text}");
        assert!(text.contains("deployment-of-the-storefront.yaml:10:11"), "{columns}: {text}");
    }
}

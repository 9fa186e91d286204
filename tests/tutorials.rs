//! The tutorials of `docs/cli.md`, run from the document: what it says is printed, is printed.
//!
//! A block `yaml FILE` is written to that file; of a block `console` each line after `$` is run, and what follows it is
//! what is printed. Each chapter begins in an empty folder. `BLESS=1` writes what is printed into the document.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

#[test]
fn what_the_tutorials_say_is_so() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    let document = fs::read_to_string(&path).unwrap();
    let (ran, commands) = run(&document);
    assert!(commands >= 12, "only {commands} commands were found");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &ran).unwrap();
    }
    let document = fs::read_to_string(&path).unwrap();
    for (said, is) in document.lines().zip(ran.lines()) {
        assert_eq!(said, is, "docs/cli.md; `BLESS=1` writes what is printed");
    }
    assert_eq!(document, ran);
}

#[test]
fn a_document_that_is_wrong_is_found() {
    let document =
        "## One\n\n```yaml a.txt\nx: 1\n```\n\n```console\n$ cat a.txt\nx: 2\n$ false\n$ echo $?\n0\n```\n";
    let (ran, commands) = run(document);
    assert_eq!((ran, commands), (document.replace("x: 2", "x: 1").replace("\n0\n", "\n1\n"), 3));
}

/// The document with what its commands print, and how many there are.
fn run(document: &str) -> (String, usize) {
    let mut out = String::new();
    let mut folder = tempfile::tempdir().unwrap();
    let (mut lines, mut commands) = (document.lines(), 0);
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line.starts_with("## ") {
            folder = tempfile::tempdir().unwrap();
        }
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if kind == "console" {
            let given: Vec<&str> = block.iter().filter_map(|line| line.strip_prefix("$ ")).collect();
            commands += given.len();
            out.push_str(&session(&folder, &given));
        } else {
            let text = block.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
            if let Some((_, name)) = kind.split_once(' ') {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, &text).unwrap();
            }
            out.push_str(&text);
        }
        out.push_str("```\n");
    }
    (out, commands)
}

/// The commands, in one shell, and what each prints.
fn session(folder: &TempDir, commands: &[&str]) -> String {
    let script = |(index, command): (usize, &&str)| {
        format!("code=$?; echo '@@command {index}'; (exit $code)\n{command}\n")
    };
    let shell = commands.iter().enumerate().map(script).collect::<Vec<_>>().concat();
    let binary = Path::new(env!("CARGO_BIN_EXE_seaworthy")).parent().unwrap();
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", &format!("exec 2>&1\n{shell}")])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{}", binary.display(), std::env::var("PATH").unwrap()))
        .env_remove("BLESS")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let mut parts = said.split("@@command ").skip(1);
    let printed = commands.iter().map(|command| {
        let part = parts.next().and_then(|part| part.split_once('\n')).map_or("", |(_, printed)| printed);
        format!("$ {command}\n{part}")
    });
    printed.collect::<Vec<_>>().concat()
}

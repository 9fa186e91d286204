//! The Dockerfile, against what it builds from: no container engine is needed to see it go wrong.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The words of the Dockerfile's instructions, one list for each; continued lines are one.
fn instructions() -> Vec<Vec<String>> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

/// The words after `cargo build` up to the next command.
fn build_arguments(words: &[String]) -> Vec<&str> {
    let after = words.windows(2).position(|pair| pair == ["cargo", "build"]).unwrap() + 2;
    words[after..].iter().map(String::as_str).take_while(|word| *word != "&&").collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_image_holds_what_make_image_binary_builds() {
    let dockerfile = instructions();
    let run = dockerfile.iter().find(|words| words.contains(&"cargo".to_owned())).unwrap();
    let makefile = read("Makefile");
    let recipe = makefile.lines().skip_while(|line| !line.starts_with("image-binary:"));
    let recipe: Vec<_> = recipe.skip(1).take_while(|line| line.starts_with('\t')).collect();
    let recipe = words(recipe.iter().find(|line| line.contains("cargo build")).unwrap());
    let mut own = build_arguments(&recipe);
    // In the image the C library of the host is musl already.
    let target = own.iter().position(|word| *word == "--target").unwrap();
    own.drain(target..target + 2);
    assert_eq!(own, build_arguments(run));
}

#[test]
fn what_is_built_is_what_is_copied_and_started() {
    let dockerfile = instructions();
    let run = dockerfile.iter().find(|words| words.contains(&"cp".to_owned())).unwrap();
    let at = run.iter().position(|word| word == "cp").unwrap();
    let [built, kept] = &run[at + 1..] else { panic!("{run:?}") };
    assert_eq!(built, "target/image/seaworthy");
    assert!(build_arguments(run).ends_with(&["--profile", "image", "--bin", "seaworthy"]));
    let copied = dockerfile.iter().find(|words| words.contains(&"--from=build".to_owned())).unwrap();
    assert_eq!(copied[2..], [kept.clone(), kept.clone()]);
    assert!(dockerfile.contains(&words(&format!(r#"ENTRYPOINT ["{kept}"]"#))));
}

#[test]
fn the_image_builds_with_the_toolchain_and_listens_where_the_operator_does() {
    let manifest = read("Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    let from = format!("FROM rust:{}-alpine AS build", version.trim_matches('"'));
    assert!(instructions().contains(&words(&from)), "{from}");
    let help = Command::new(env!("CARGO_BIN_EXE_seaworthy")).args(["controller", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let exposed = instructions().into_iter().find(|words| words[0] == "EXPOSE").unwrap()[1].clone();
    assert!(help.contains(&format!("0.0.0.0:{exposed}]")), "{exposed} is no default of:\n{help}");
}

/// Copies what `.dockerignore` lets through: the lines with `!`, each a file or a folder.
fn context(to: &Path) {
    for line in read(".dockerignore").lines() {
        let Some(path) = line.strip_prefix('!') else {
            assert!(line == "*" || line.starts_with('#'), "a rule that this test does not know: {line}");
            continue;
        };
        for file in files(&root().join(path)) {
            let copy = to.join(file.strip_prefix(root()).unwrap());
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(&file, copy).unwrap();
        }
    }
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap();
    entries.flat_map(|entry| files(&entry.unwrap().path())).collect()
}

/// Files that code names in `include_str!` and `include_bytes!`.
fn included(source: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(source).unwrap();
    let calls = ["include_str!(\"", "include_bytes!(\""];
    let paths = calls.iter().flat_map(|call| text.split(call).skip(1).collect::<Vec<_>>());
    paths.map(|rest| source.parent().unwrap().join(rest.split('"').next().unwrap())).collect()
}

#[test]
fn the_build_sees_every_manifest_target_and_included_file() {
    let directory = tempfile::tempdir().unwrap();
    let context_root = directory.path();
    context(context_root);
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--no-deps", "--format-version", "1"])
        .current_dir(context_root)
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    assert!(String::from_utf8(cargo.stdout).unwrap().contains("src/main.rs"));
    let sources = files(&context_root.join("src"));
    let mut looked_at = 0;
    for source in sources.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        for file in included(source) {
            assert!(file.is_file(), "{} includes {}", source.display(), file.display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 0);
}

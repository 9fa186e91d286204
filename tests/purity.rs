//! The core does no I/O, reads no clock, awaits nothing, and uses only layers above itself; and one module
//! alone talks to the API server.
//!
//! It reads the source, because lints match exact paths only. Test code is exempt.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use support::source::{paths, test_modules, tokens};

mod support {
    pub(crate) mod source;
}

/// The layers of the core: each may use itself and those before it.
const LAYERS: &[&str] = &["inventory", "catalogue", "checks", "api", "engine", "render"];

/// Modules of the crate that no layer of the core may use.
const SHELL: &[&str] = &["cli", "controller", "ops", "webhook"];

/// Words that nothing in the core has a use for.
const WORDS: &[&str] = &["async", "await", "Instant", "SystemTime", "tokio", "futures", "tracing"];

/// Beginnings of paths that the core may not name.
const PATHS: &[&[&str]] = &[
    &["std", "fs"],
    &["std", "net"],
    &["std", "env"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "io"],
    &["kube", "Api"],
    &["kube", "Client"],
    &["kube", "Config"],
    &["kube", "api"],
    &["kube", "client"],
    &["kube", "config"],
    &["kube", "runtime"],
];

/// What a formatter of `serde_json` has to name: it writes to whatever its caller has, which in the core is memory.
const WRITING: &[&[&str]] = &[&["std", "io", "Write"], &["std", "io", "Result"]];

/// The last two words of functions that read the clock, wherever their type was imported from.
const CLOCKS: &[[&str; 2]] = &[["Timestamp", "now"], ["Zoned", "now"], ["jiff", "now"]];

#[test]
fn the_core_is_pure_and_looks_up_only() {
    let mut problems = Vec::new();
    for layer in LAYERS {
        for file in sources(layer) {
            let source = fs::read_to_string(&file).unwrap();
            let found = impurities(layer, &source);
            problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", file.display())));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn only_ops_names_the_api_client() {
    let mut checked = 0;
    for module in LAYERS.iter().chain(SHELL).filter(|module| **module != "ops") {
        for file in sources(module) {
            let named = client_paths(&fs::read_to_string(&file).unwrap());
            assert!(named.is_empty(), "{} names {named:?}; use the client of ops", file.display());
            checked += 1;
        }
    }
    assert!(checked > 40, "only {checked} files were found");
    assert!(client_paths(&fs::read_to_string(root().join("main.rs")).unwrap()).is_empty());
}

#[test]
fn what_is_planted_in_a_core_module_is_found() {
    let source = fs::read_to_string(root().join("engine/judge.rs")).unwrap();
    assert_eq!(impurities("engine", &source), Vec::<String>::new());
    for (planted, expected) in [
        ("fn now() -> Timestamp { Timestamp::now() }", "Timestamp::now"),
        ("fn now() -> jiff::Timestamp { jiff::Timestamp::now() }", "Timestamp::now"),
        ("use std::time::{Duration, Instant};", "Instant"),
        ("fn now() -> std::time::SystemTime { todo!() }", "SystemTime"),
        ("async fn later() {}", "async"),
        ("use std::{collections::BTreeMap, fs};", "std::fs"),
        ("fn home() -> Option<String> { std::env::var(\"HOME\").ok() }", "std::env"),
        ("fn f() { std::thread::spawn(|| ()); }", "std::thread"),
        ("use std::io::{Write, stdout};", "std::io::stdout"),
        ("use std::io::{self, Write};", "std::io"),
        ("use kube::{Resource, Client};", "kube::Client"),
        ("use crate::render::yaml;", "crate::render"),
        ("use crate::{catalogue::Check, ops::metrics::Metrics};", "crate::ops"),
        ("fn f() { crate::controller::run() }", "crate::controller"),
        ("use crate::*;", "crate::*"),
        ("use super::super::render::yaml;", "render::yaml"),
    ] {
        let found = impurities("engine", &format!("{planted}\n{source}"));
        assert!(found.iter().any(|problem| problem.contains(expected)), "{planted}: {found:?}");
    }
    let upward = impurities("checks", "use crate::engine::judge::judge;");
    assert!(upward.iter().any(|problem| problem.contains("crate::engine")), "{upward:?}");
}

#[test]
fn comments_text_and_test_code_are_no_code() {
    let source = r##"
        //! Instant and async, said in words.
        /* use std::fs; /* nested */ use std::net; */
        const WORDS: &[&str] = &["tokio", r#"std::fs "async" "#, "\"await"];
        const QUOTE: char = '"'; const TICK: char = '\''; fn f<'a>(a: &'a str) -> &'a str { a }
        #[cfg(test)] use crate::{render::yaml, ops};
        #[cfg(test)]
        #[expect(dead_code, reason = "no")]
        mod tests { use super::*; fn now() { let _ = std::time::Instant::now(); } }
        use crate::{inventory::{Kind, kind::KindInfo}, catalogue::Check as Requirement};
    "##;
    assert_eq!(impurities("checks", source), Vec::<String>::new());
    let hidden = format!("{source}\nfn after() {{ std::process::abort() }}");
    assert_eq!(impurities("checks", &hidden), ["std::process::abort"]);
}

/// What a source text of a layer does that the layer may not.
fn impurities(layer: &str, source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let words = WORDS.iter().filter(|word| tokens.iter().any(|token| token == *word));
    let mut found: Vec<String> = words.map(|word| (*word).to_owned()).collect();
    for path in paths(&tokens) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let forbidden = PATHS.iter().any(|start| path.starts_with(start)) && !WRITING.contains(&&*path);
        let clock = CLOCKS.iter().any(|end| path.ends_with(end));
        if forbidden || clock || is_upward(layer, &path) {
            found.push(path.join("::"));
        }
    }
    found
}

/// Whether a path leads to a module that this layer may not use. `super` may lead to the root of the crate,
/// too; no layer has a module of its own that is called like another layer.
fn is_upward(layer: &str, path: &[&str]) -> bool {
    let own = LAYERS.iter().position(|known| *known == layer).unwrap();
    let Some(module) = path.iter().find(|word| !matches!(**word, "crate" | "super" | "self")) else {
        return false;
    };
    let from_root = path.starts_with(&["crate"]) || path.starts_with(&["super"]);
    let everything = *module == "*" && path.starts_with(&["crate"]);
    everything || (from_root && (SHELL.contains(module) || LAYERS[own + 1..].contains(module)))
}

fn client_paths(source: &str) -> Vec<String> {
    let is_client = |path: &Vec<String>| {
        path.first().is_some_and(|first| first == "kube")
            && path.iter().any(|word| matches!(word.as_str(), "Api" | "Client" | "ClientBuilder"))
    };
    paths(&tokens(source)).iter().filter(|path| is_client(path)).map(|path| path.join("::")).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The source files of a module that are not test code; none for a module that is not there.
fn sources(module: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&root().join(module), &mut files);
    let test_only: Vec<PathBuf> = files.iter().flat_map(|file| test_files(file)).collect();
    files.retain(|file| {
        !test_only.iter().any(|test| file.starts_with(test) || *file == test.with_extension("rs"))
    });
    files.sort();
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Where the modules lie that a file declares for tests only, without extension.
fn test_files(file: &Path) -> Vec<PathBuf> {
    let folder = match file.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod") => file.parent().unwrap().to_owned(),
        _ => file.with_extension(""),
    };
    let modules = test_modules(&fs::read_to_string(file).unwrap());
    modules.into_iter().map(|module| folder.join(module)).collect()
}

//! The tables of the crate that are read off Kubernetes' own types are what those types say.
//!
//! `BLESS=1 cargo test -p seaworthy-e2e --test kinds` writes them anew.
#![cfg(test)]

use std::path::Path;
use std::{env, fs};

use seaworthy::inventory::lifecycle::NEWEST;
use seaworthy_e2e::kinds;

fn compare(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/inventory").join(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{} is not what the types say; `BLESS=1` writes it", path.display());
}

#[test]
fn the_fields_of_kinds_are_those_of_the_types() {
    compare("schema/kinds.txt", &kinds::schema().unwrap());
}

#[test]
fn the_lives_of_versions_are_those_that_the_types_declare() {
    compare("lifecycle.jsonl", &kinds::lifecycle().unwrap());
}

#[test]
fn the_types_are_those_of_the_control_plane() {
    let read = |module: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(module).join("go.mod");
        fs::read_to_string(path).unwrap()
    };
    let version = |text: &str, module: &str| {
        let mut words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        words.find(|words| words.first() == Some(&module)).unwrap()[1].to_owned()
    };
    let server = version(&read("controlplane"), "k8s.io/kubernetes");
    for module in ["k8s.io/client-go", "k8s.io/apiextensions-apiserver", "k8s.io/kube-aggregator"] {
        assert_eq!(version(&read("kinds"), module), server.replacen("v1.", "v0.", 1), "{module}");
    }
    assert!(server.starts_with(&format!("v1.{NEWEST}.")), "{server}");
}

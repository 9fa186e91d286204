//! The committed files that are made from the code are equal to it.
//!
//! `BLESS=1 cargo test --test generated` writes them anew.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use seaworthy::{api, checks, render};

const HEADER: &str = "# Made from src/api by tests/generated.rs; do not edit.\n";

#[test]
fn custom_resource_definitions() {
    let expected: BTreeMap<String, String> = api::schema::crds(&checks::names())
        .unwrap()
        .into_iter()
        .map(|(name, crd)| (name, format!("{HEADER}{}", render::yaml::to_yaml(&crd))))
        .collect();
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("crds"), &expected);
}

#[test]
fn pages_of_checks() {
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks"), &render::docs::check_pages());
}

#[test]
fn installation_manifests() {
    let expected = render::manifests::files().unwrap();
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy"), &expected);
}

#[test]
fn templates_of_the_chart() {
    let expected = render::manifests::chart::templates().unwrap();
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/seaworthy/templates/generated"), &expected);
}

#[test]
fn page_of_coverage() {
    compare_file("docs/coverage.md", &render::coverage::page());
}

#[cfg(feature = "shell")]
#[test]
fn page_of_metrics() {
    compare_file("docs/metrics.md", &metrics_page());
}

#[cfg(feature = "shell")]
#[test]
fn schema_of_the_configuration_file() {
    compare_file("docs/schemas/config.json", &format!("{:#}\n", seaworthy::cli::config::schema()));
}

/// The file holds exactly this; with `BLESS` set it is made so.
fn compare_file(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{} is not what the code says; `BLESS=1` writes it", path.display());
}

#[cfg(feature = "shell")]
fn metrics_page() -> String {
    let rows = seaworthy::ops::metrics::METRICS.iter().map(|metric| {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        format!("| `{}` | {} | {} | {} |\n", metric.name, metric.kind, labels.join(", "), metric.help)
    });
    let head = "<!-- Made from src/ops/metrics.rs by tests/generated.rs; do not edit. -->\n# Metrics\n\n\
        Served at `/metrics` of the health port (8081), in the Prometheus text format. Every replica serves its own;\n\
        only the one with `seaworthy_leader` 1 writes. No label holds a name or a namespace of a user's object.\n\n\
        | metric | type | labels | |\n|---|---|---|---|\n";
    std::iter::once(head.to_owned()).chain(rows).collect()
}

/// The folder, without folders in it, holds exactly these files; with `BLESS` set it is made so.
fn compare(folder: &Path, expected: &BTreeMap<String, String>) {
    if env::var_os("BLESS").is_some() {
        fs::create_dir_all(folder).unwrap();
        for path in files(folder).into_keys().filter(|name| !expected.contains_key(name)) {
            fs::remove_file(folder.join(path)).unwrap();
        }
        for (name, text) in expected {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let found = files(folder);
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let stale: Vec<&String> =
        names.into_iter().filter(|name| expected.get(*name) != found.get(*name)).collect();
    assert!(
        stale.is_empty(),
        "not what the code says: {stale:?} in {}; if the change is meant, run `BLESS=1 cargo test --test generated` \
         and commit the result",
        folder.display()
    );
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

//! What no test runs of the documentation, and why: whatever is not in this table is run.
//!
//! It must not run anything. Next: `guide.rs` and `runbooks.rs`, which do.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use seaworthy_e2e::document::Document;

/// Documents that a test follows from top to bottom, or section by section until none is left.
const FOLLOWED: [&str; 5] = [
    "docs/admission.md",
    "docs/existing-cluster.md",
    "docs/gitops.md",
    "docs/install.md",
    "docs/operations.md",
];
/// `tests/tutorials.rs` follows its sessions.
const TUTORIALS: &str = "docs/cli.md";
/// `runbooks.rs` runs every command of every page, those of [`AS_FAR_AS_THEY_GO`] otherwise.
const RUNBOOKS: &str = "docs/runbooks/";
/// What checks are: `tests/checks.rs` judges their examples. What was decided: nothing to run.
const WITHOUT_COMMANDS: [&str; 2] = ["docs/checks/", "docs/adr/"];

const NODES: &str = "needs nodes that run pods";
const SAMPLES: &str = "its parts are run where they are explained";
const ITSELF: &str = "runs this test among others";

/// Blocks that are not run: the document, how the block begins, and why.
const LEFT_OUT: [(&str, &str, &str); 14] = [
    (
        "README.md",
        "helm upgrade --install seaworthy ",
        "its image is built by the line above; docs/install.md is run",
    ),
    ("README.md", "make demo ", ITSELF),
    ("README.md", "kubectl wait -n shop ", SAMPLES),
    ("README.md", "seaworthy wait ", SAMPLES),
    ("README.md", "seaworthy check ", SAMPLES),
    ("README.md", "make ", "writes into the clone"),
    ("docs/contributing.md", "git show ", "tests/contributing.rs holds it against the history"),
    ("docs/contributing.md", "cargo fmt ", ITSELF),
    ("docs/live.md", "seaworthy audit ", "tests/cli_live.rs and tests/cli_cluster.rs run these commands"),
    ("docs/live.md", "seaworthy policy diff ", "tests/cli_cluster.rs runs it"),
    (
        "docs/operations.md",
        "kubectl port-forward ",
        "needs nodes that run pods; e2e/tests/monitoring reads every metric",
    ),
    ("docs/operations.md", "kubectl logs ", NODES),
    ("docs/testing.md", "cargo install cargo-mutants ", "takes half an hour"),
    ("docs/testing.md", "cargo test ", ITSELF),
];

/// How commands begin that need what the nodes of this cluster have not: `runbooks.rs` runs all of them that it can.
pub(super) const AS_FAR_AS_THEY_GO: [&str; 4] =
    ["kubectl logs ", "kubectl top ", "kubectl port-forward ", "curl -s http://localhost:8081/"];

#[test]
fn what_is_not_run_is_in_the_table_and_nothing_else_is() {
    let mut found = BTreeMap::new();
    for name in documents() {
        let document = Document::read(&name).unwrap();
        for block in document.blocks() {
            let holds_commands = matches!(block.language.as_str(), "sh" | "console");
            let is_run = name.starts_with(RUNBOOKS)
                || FOLLOWED.contains(&name.as_str())
                || (name == TUTORIALS && block.language == "console");
            // A comment above a block leaves it out wherever it stands.
            if block.not_run.is_some() || (holds_commands && !is_run) {
                let first = block.text.lines().next().unwrap_or_default();
                found
                    .insert((name.clone(), first.trim_start_matches("$ ").to_owned()), block.not_run.clone());
            }
        }
    }
    let mut left: Vec<_> = found.iter().collect();
    for (name, begins, why) in LEFT_OUT {
        assert!(!why.is_empty());
        let at = left.iter().position(|((document, first), _)| document == name && first.starts_with(begins));
        let at = at.unwrap_or_else(|| panic!("{name} has no such block any more: {begins}"));
        let (_, said) = left.remove(at);
        assert_eq!(said.as_deref().unwrap_or(why), why, "{name}: the comment says another reason");
    }
    assert!(left.is_empty(), "no test runs these, and nothing says why: {left:#?}");
}

#[test]
fn sections_that_are_run_by_name_hold_no_sessions() {
    for name in ["docs/gitops.md", "docs/install.md"] {
        let document = Document::read(name).unwrap();
        assert!(document.blocks().iter().all(|block| block.language != "console"), "{name}");
    }
}

/// Every document, by its path in the repository.
pub(super) fn documents() -> Vec<String> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![PathBuf::from("docs")];
    let mut names = vec!["README.md".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(repository.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            let name = path.display().to_string();
            let is_document = path.extension().is_some_and(|extension| extension == "md");
            if WITHOUT_COMMANDS.contains(&format!("{name}/").as_str()) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if is_document {
                names.push(name);
            }
        }
    }
    names.sort();
    names
}

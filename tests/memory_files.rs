//! What the command line keeps of files, measured on the heap: a budget for each document.
//!
//! The documents are those of the bench, one a file: for each application a Deployment, a Service, an Ingress, a
//! PodDisruptionBudget and a HorizontalPodAutoscaler. It must not depend on an allocator: bytes asked for are counted,
//! not pages. `SEAWORTHY_HEAP=file cargo test --test memory_files -- --nocapture` prints the figures and leaves a profile
//! by place of allocation, in dhat's format.
#![cfg(feature = "shell")]
#![cfg(test)]

mod support {
    pub(crate) mod corpus;
}

use std::fs;
use std::path::Path;

use clap::Parser;
use seaworthy::cli::check::{self, CheckArguments};
use support::corpus::{self, EACH};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Bytes of heap that are kept of a document once everything is read and judged.
const KEPT: usize = 520;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    check: CheckArguments,
}

/// Bytes of heap that are kept after a run over so many applications, and those at its height.
fn run(applications: usize, folder: &Path) -> (usize, usize) {
    let folder = folder.join(applications.to_string());
    fs::create_dir(&folder).unwrap();
    for index in 0..applications * EACH {
        fs::write(folder.join(format!("{index:06}.yaml")), corpus::document(index)).unwrap();
    }
    let options = ["check", "--no-config", "--profile", "Strict", "--output", "json=/dev/null"];
    let arguments = options.map(Into::into).into_iter().chain([folder.into_os_string()]);
    let Arguments { check } = Arguments::parse_from(arguments);
    let before = dhat::HeapStats::get().curr_bytes;
    // What is read stays when it ends: the process would end next.
    check::run(&check);
    let after = dhat::HeapStats::get();
    (after.curr_bytes - before, after.max_bytes - before)
}

#[test]
fn what_is_kept_of_a_document_is_within_its_budget() {
    let builder = dhat::Profiler::builder();
    let _profiler = match std::env::var_os("SEAWORTHY_HEAP") {
        Some(file) => builder.file_name(file).trim_backtraces(Some(40)).build(),
        None => builder.testing().build(),
    };
    let folder = tempfile::tempdir().unwrap();
    let (small, large) = (100, 600);
    // What is made once only is there after the first.
    run(1, folder.path());
    let (at_small, at_large) = (run(small, folder.path()), run(large, folder.path()));
    let each =
        |small_bytes: usize, large_bytes: usize| (large_bytes - small_bytes) / ((large - small) * EACH);
    let (kept, height) = (each(at_small.0, at_large.0), each(at_small.1, at_large.1));
    // How much of what is told waits to be written at the height is up to the cores: it is not bounded here.
    let told = format!("bytes of heap for each document: {kept} kept, {height} at the height");
    println!("{told}");
    assert!(kept <= KEPT, "{told}");
}

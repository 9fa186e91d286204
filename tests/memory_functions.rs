//! What copies and compares memory in static binaries does what the obvious loops do.
//!
//! `src/musl/memory.c` is part of no binary that tests run, so it is compiled here, with a program that calls it. Next:
//! `tests/memory_functions.c`.
#![cfg(target_arch = "x86_64")]

use std::path::Path;
use std::process::Command;

#[test]
fn memory_is_copied_and_compared_as_by_the_obvious_loops() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("memory_functions");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The flags of src/musl/build.rs, also for the program: its loops must not become calls of what they are compared with.
    let flags =
        ["-O2", "-ffreestanding", "-fno-builtin", "-fno-tree-loop-distribute-patterns", "-Wall", "-Werror"];
    let files = ["src/musl/memory.c", "tests/memory_functions.c"].map(|file| root.join(file));
    let compiled = Command::new("cc").args(flags).args(files).arg("-o").arg(&program).output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let ran = Command::new(&program).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}");
    assert!(said.trim().parse::<usize>().unwrap() > 25_000, "{said}");
}

//! Compiles `memory.c` into static binaries of 64-bit x86, and nothing into others.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=src/musl/memory.c");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !(is("CARGO_CFG_TARGET_ENV", "musl") && is("CARGO_CFG_TARGET_ARCH", "x86_64")) {
        return;
    }
    cc::Build::new()
        .file("src/musl/memory.c")
        // Whatever the profile says: it is small, and everything waits for it.
        .opt_level(2)
        // A compiler that knows these functions would call them in their own place.
        .flag("-ffreestanding")
        .flag("-fno-builtin")
        .flag_if_supported("-fno-tree-loop-distribute-patterns")
        .warnings_into_errors(true)
        // All of it, before musl's own are looked for.
        .link_lib_modifier("+whole-archive")
        .compile("seaworthy_memory");
}

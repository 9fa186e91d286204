//! A defect on request: a check that panics on the workloads that ask for it, so that tests can show
//! what a panic costs.
//!
//! It must not exist in a release: the whole file, and the one call of it, are there with debug
//! assertions only. `tests/injected.rs` reads the source for that. Next: [`super::judge`].

use crate::inventory::labels::Labels;

/// The annotation whose value names the check that is to panic.
const ANNOTATION: &str = "testing.seaworthy.dev/panic";

/// Panics if the object with these annotations asks for it.
pub(super) fn panic_if_asked(check: &str, annotations: &Labels) {
    let asked = annotations.get(ANNOTATION).is_some_and(|name| name == check);
    assert!(!asked, "a test asked the check {check} to panic");
}

//! What keeps a process that runs for months small, decided before its first thread.
//!
//! It must not be used by what runs for a second: the command line is faster with large pages. The figures
//! behind it are in `docs/performance.md` (Memory).

use std::io;

use tokio::runtime::{Builder, Runtime};

/// Threads that carry tasks. One task judges, and the others mostly wait; by default there would be as many as
/// the node has cores, each with a stack and with pages of the allocator that no other thread uses.
const WORKERS: usize = 2;

/// The runtime of a process that is to stay small.
pub fn small_runtime() -> io::Result<Runtime> {
    without_huge_pages();
    Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()
}

/// A huge page is 2 MiB of memory for the first byte that is used of it, and the allocator spreads its pages
/// by size over its whole arena. Where the kernel does not know this wish, nothing is lost.
#[cfg(target_os = "linux")]
fn without_huge_pages() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(not(target_os = "linux"))]
fn without_huge_pages() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_has_few_threads_and_its_process_no_huge_pages() {
        let runtime = small_runtime().unwrap();
        assert_eq!(runtime.metrics().num_workers(), WORKERS);
        assert!(rustix::thread::transparent_huge_pages_are_disabled().unwrap());
    }
}

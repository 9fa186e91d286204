//! What keeps a process that runs for months small, decided before its first thread.
//!
//! It must not be used by what runs for a second: the command line is faster with large pages. The figures
//! behind it are in `docs/performance.md` (Memory).

use std::io;

use tokio::runtime::{Builder, Runtime};

/// The runtime of a process that is to stay small: its tasks share the thread that waits for their end, and who
/// computes has one of its own ([`Tasks::spawn_apart`](super::tasks::Tasks::spawn_apart)). By default there would be a
/// thread for each core of the node, each with pages of the allocator that no other uses.
pub fn small_runtime() -> io::Result<Runtime> {
    without_huge_pages();
    Builder::new_current_thread().enable_all().build()
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
    fn the_runtime_has_one_thread_and_its_process_no_huge_pages() {
        let runtime = small_runtime().unwrap();
        assert_eq!(runtime.metrics().num_workers(), 1);
        assert!(rustix::thread::transparent_huge_pages_are_disabled().unwrap());
    }
}

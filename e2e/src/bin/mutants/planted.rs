//! Which mutant is active, and which ones a test comes by. This is no module of the runner: it becomes one
//! of the tree that it builds.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::OnceLock;

/// Whether this mutant is the active one: the one that the environment names.
pub fn active(id: u32) -> bool {
    static ACTIVE: OnceLock<u32> = OnceLock::new();
    let active = *ACTIVE.get_or_init(|| {
        let named = std::env::var("SEAWORTHY_MUTANT").ok();
        named.and_then(|text| text.parse().ok()).unwrap_or(0)
    });
    if active == 0 {
        came_by(id);
    }
    active == id
}

/// Notes, where the environment names a file for it, that a thread came by a mutant; threads have the names
/// of tests.
fn came_by(id: u32) {
    static NOTES: OnceLock<Option<File>> = OnceLock::new();
    thread_local! {
        static SEEN: RefCell<BTreeSet<u32>> = const { RefCell::new(BTreeSet::new()) };
    }
    let notes = NOTES.get_or_init(|| {
        let path = std::env::var_os("SEAWORTHY_MUTANTS_SEEN")?;
        OpenOptions::new().create(true).append(true).open(path).ok()
    });
    let Some(mut notes) = notes.as_ref() else { return };
    let new = SEEN.try_with(|seen| seen.try_borrow_mut().is_ok_and(|mut seen| seen.insert(id)));
    if new.unwrap_or(true) {
        let thread = std::thread::current();
        let line = format!("{id} {}\n", thread.name().unwrap_or_default());
        let _ = notes.write_all(line.as_bytes());
    }
}

/// One of two iterators over the same items.
#[derive(Clone)]
pub enum Either<L, R> {
    /// The mutant's.
    Left(L),
    /// Any other.
    Right(R),
}

impl<L: Iterator, R: Iterator<Item = L::Item>> Iterator for Either<L, R> {
    type Item = L::Item;

    fn next(&mut self) -> Option<L::Item> {
        match self {
            Self::Left(one) => one.next(),
            Self::Right(one) => one.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Left(one) => one.size_hint(),
            Self::Right(one) => one.size_hint(),
        }
    }
}

impl<L: DoubleEndedIterator, R: DoubleEndedIterator<Item = L::Item>> DoubleEndedIterator for Either<L, R> {
    fn next_back(&mut self) -> Option<L::Item> {
        match self {
            Self::Left(one) => one.next_back(),
            Self::Right(one) => one.next_back(),
        }
    }
}

impl<L: ExactSizeIterator, R: ExactSizeIterator<Item = L::Item>> ExactSizeIterator for Either<L, R> {}

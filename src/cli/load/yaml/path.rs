//! The path of a value in a document, in words.
//!
//! As the checks write it. Next: [`super::build`], which knows the steps.

use std::fmt::Write as _;

/// One step from a collection to a value.
pub(super) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The path that these steps lead.
pub(super) fn of<'a>(steps: impl Iterator<Item = Step<'a>>) -> String {
    steps.fold(String::new(), |mut path, step| {
        // Writing to a String cannot fail.
        let _ = match step {
            Step::Index(index) => write!(path, "[{index}]"),
            Step::Key(key) if path.is_empty() => write!(path, "{key}"),
            Step::Key(key) => write!(path, ".{key}"),
        };
        path
    })
}

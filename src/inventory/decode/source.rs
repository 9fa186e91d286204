//! Where an object is read from: its JSON text, or the tree that a file was read into.
//!
//! Both read alike. It must not know what is read. Next: [`super::super::maps_only`].

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::super::maps_only;
use super::super::tree::Tree;

/// JSON that is read.
pub(super) trait Source<'a>: Copy {
    /// What stands, in what was read, for a part that is read later.
    type Later: Deserialize<'a>;

    /// Reads all of it.
    fn read<T: Deserialize<'a>>(self) -> Result<T, serde_json::Error>;

    /// The part at this path, of which it is known by now whether it is there.
    fn part(self, path: &str, later: Option<Self::Later>) -> Option<Self>;

    /// Its text.
    fn text(self) -> Cow<'a, str>;

    /// Its text as the server sent it; nothing for what was read from a file.
    fn sent(self) -> Option<&'a str>;
}

impl<'a> Source<'a> for &'a str {
    type Later = &'a RawValue;

    fn read<T: Deserialize<'a>>(self) -> Result<T, serde_json::Error> {
        maps_only::from_str(self)
    }

    fn part(self, _: &str, later: Option<&'a RawValue>) -> Option<Self> {
        later.map(RawValue::get)
    }

    fn text(self) -> Cow<'a, str> {
        Cow::Borrowed(self)
    }

    fn sent(self) -> Option<&'a str> {
        Some(self)
    }
}

impl<'a> Source<'a> for &'a Tree<'_> {
    type Later = IgnoredAny;

    fn read<T: Deserialize<'a>>(self) -> Result<T, serde_json::Error> {
        maps_only::from_tree(self)
    }

    fn part(self, path: &str, later: Option<IgnoredAny>) -> Option<Self> {
        later.and_then(|_| path.split('.').try_fold(self, |value, key| value.get(key)))
    }

    fn text(self) -> Cow<'a, str> {
        Cow::Owned(self.to_string())
    }

    fn sent(self) -> Option<&'a str> {
        None
    }
}

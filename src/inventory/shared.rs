//! A value that many objects have in common.
//!
//! It reads like the value itself. What is shared never changes: a value that is written to becomes its holder's own
//! first. It must not be used for what differs from object to object (images): there it only costs. Next:
//! [`super::pool`], which makes equal ones one.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer};

/// A value that others may hold as well.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Shared<T: ?Sized>(Arc<T>);

impl<T: ?Sized> Default for Shared<T>
where
    Arc<T>: Default,
{
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: ?Sized> Shared<T> {
    /// What holds the value, to hold an equal one in its place.
    pub(super) const fn value_mut(&mut self) -> &mut Arc<T> {
        &mut self.0
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    /// Writing to a value that others hold as well makes it a value of its own.
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Clone> DerefMut for Shared<[T]> {
    fn deref_mut(&mut self) -> &mut [T] {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> FromIterator<T> for Shared<[T]> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let values: Vec<T> = values.into_iter().collect();
        // Most lists are empty, and such a one needs no memory.
        if values.is_empty() { Self::default() } else { Self(values.into()) }
    }
}

impl<'a, T> IntoIterator for &'a Shared<[T]> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_to_one_leaves_the_others_alone() {
        let mut first = Shared::from(1);
        let second = first.clone();
        *first = 2;
        assert_eq!((*first, *second), (2, 1));
    }
}

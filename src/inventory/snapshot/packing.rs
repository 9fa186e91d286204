//! Full nodes instead of half empty ones.
//!
//! It must not change what is held. Next: [`super::Inventory`].

use std::sync::Arc;

use super::Inventory;
use crate::inventory::index::{Entries, Index};
use crate::inventory::object::{Object, ObjectKey};
use crate::inventory::pools::Pools;

impl Inventory {
    /// Packs what is held. A tree that grew in order, as a list is read, has nodes that are half empty; one that is
    /// made of what it holds has full ones.
    pub fn pack(&mut self) {
        self.entries = std::mem::take(&mut self.entries).into_iter().collect();
        self.index.pack();
    }

    /// The same, into which many objects are put before anything is looked for: [`Self::settle`] says when they are
    /// there. Until then it takes less memory, and less time to put one in.
    #[must_use]
    pub fn loading(self) -> Self {
        Self { index: Index::waiting(), ..self }
    }

    /// Packs what is held where nothing more comes: what equal parts of later objects would be found by goes as well.
    /// Whatever comes all the same is shared with what comes after it.
    ///
    /// What objects are found by is made of some at a time: `made` has that done of all parts, on several cores maybe.
    pub fn settle(&mut self, made: impl FnOnce(Vec<Part<'_>>) -> Vec<Entries>) {
        self.pools = Pools::default();
        self.entries = std::mem::take(&mut self.entries).into_iter().collect();
        let objects: Vec<_> = self.entries.iter().map(|(key, entry)| (key, &entry.object)).collect();
        let parts = objects.chunks(OF_A_PART).map(|objects| Part { objects }).collect();
        self.index.fill(made(parts));
    }
}

/// Objects of a part.
const OF_A_PART: usize = 1024;

/// Some of the objects that are held.
#[derive(Debug)]
pub struct Part<'a> {
    objects: &'a [(&'a Arc<ObjectKey>, &'a Object)],
}

impl Part<'_> {
    /// What they are found by.
    pub fn entries(&self) -> Entries {
        Entries::of(self.objects.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Kind;
    use crate::inventory::decode::{decode, decode_or_broken};

    fn filled(mut inventory: Inventory) -> Inventory {
        for index in 0..100 {
            let json = format!(
                r#"{{"metadata":{{"name":"s-{index:03}","namespace":"shop"}},"spec":{{"selector":{{"app":"a-{index}"}}}}}}"#
            );
            inventory.apply(decode(Kind::Service, &json).unwrap());
        }
        inventory.apply(decode_or_broken(Kind::Ingress, r#"{"metadata":{"name":"b"},"spec":1}"#).unwrap());
        inventory
    }

    #[test]
    fn everything_is_found_as_before() {
        let mut inventory = filled(Inventory::default());
        let names = |inventory: &Inventory| -> Vec<String> {
            inventory.objects().map(|object| object.metadata().name.to_string()).collect()
        };
        let (before, index) = (names(&inventory), format!("{:?}", inventory.index));
        inventory.pack();
        assert_eq!((names(&inventory), format!("{:?}", inventory.index)), (before.clone(), index.clone()));
        assert_eq!(inventory.objects().count(), 101);
        let mut loaded = filled(Inventory::default().loading());
        loaded.settle(|parts| parts.iter().map(Part::entries).collect());
        assert_eq!((names(&loaded), format!("{:?}", loaded.index)), (before, index));
    }
}

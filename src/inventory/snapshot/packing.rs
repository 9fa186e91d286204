//! Full nodes instead of half empty ones.
//!
//! It must not change what is held. Next: [`super::Inventory`].

use super::Inventory;
use crate::inventory::index::Index;
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
    pub fn settle(&mut self) {
        self.pools = Pools::default();
        self.entries = std::mem::take(&mut self.entries).into_iter().collect();
        self.index.fill(self.entries.iter().map(|(key, entry)| (key, &entry.object)));
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::Kind;
    use crate::inventory::decode::{decode, decode_or_broken};
    use crate::inventory::snapshot::Inventory;

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
        loaded.settle();
        assert_eq!((names(&loaded), format!("{:?}", loaded.index)), (before, index));
    }
}

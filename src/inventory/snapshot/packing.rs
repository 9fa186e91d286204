//! Full nodes instead of half empty ones.
//!
//! It must not change what is held. Next: [`super::Inventory`].

use super::Inventory;
use crate::inventory::pools::Pools;

impl Inventory {
    /// Packs what is held. A tree that grew in order, as a list is read, has nodes that are half empty; one that is
    /// made of what it holds has full ones.
    pub fn pack(&mut self) {
        self.entries = std::mem::take(&mut self.entries).into_iter().collect();
        self.index.pack();
    }

    /// The same where nothing more comes: what equal parts of later objects would be found by goes as well. Whatever
    /// comes all the same is shared with what comes after it.
    pub fn settle(&mut self) {
        self.pools = Pools::default();
        self.pack();
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::Kind;
    use crate::inventory::decode::decode;
    use crate::inventory::snapshot::Inventory;

    #[test]
    fn everything_is_found_as_before() {
        let mut inventory = Inventory::default();
        for index in 0..100 {
            let json = format!(
                r#"{{"metadata":{{"name":"s-{index:03}","namespace":"shop"}},"spec":{{"selector":{{"app":"a-{index}"}}}}}}"#
            );
            inventory.apply(decode(Kind::Service, &json).unwrap());
        }
        let names = |inventory: &Inventory| -> Vec<String> {
            inventory.objects().map(|object| object.metadata().name.to_string()).collect()
        };
        let (before, index) = (names(&inventory), format!("{:?}", inventory.index));
        inventory.pack();
        assert_eq!((names(&inventory), format!("{:?}", inventory.index)), (before, index));
        assert_eq!(inventory.objects().count(), 100);
    }
}

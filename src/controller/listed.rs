//! A map that knows what a list did not show.
//!
//! The inventory has the same for its objects; this is for policies and reports. It must not know what
//! it holds. Next: [`super::state`].

use std::collections::BTreeMap;

/// Values by key, each stamped with the list in which it was last seen.
#[derive(Clone, Debug)]
pub struct Listed<K, V> {
    /// Boxed: the nodes of a tree have room that is not used.
    entries: BTreeMap<K, Box<(u64, V)>>,
    epoch: u64,
}

impl<K, V> Default for Listed<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), epoch: 0 }
    }
}

impl<K: Ord + Clone, V> Listed<K, V> {
    /// A list begins.
    pub fn begin(&mut self) {
        self.epoch += 1;
    }

    /// A list has ended: hands back what it did not show, which is gone.
    pub fn end(&mut self) -> Vec<(K, V)> {
        let epoch = self.epoch;
        let gone: Vec<K> =
            self.entries.iter().filter(|(_, entry)| entry.0 < epoch).map(|(key, _)| key.clone()).collect();
        gone.into_iter().filter_map(|key| self.entries.remove(&key).map(|entry| (key, entry.1))).collect()
    }

    /// Packs it, as [`crate::inventory::Inventory::pack`] does.
    pub fn pack(&mut self) {
        self.entries = std::mem::take(&mut self.entries).into_iter().collect();
    }

    /// Puts a value in; hands back the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.entries.insert(key, Box::new((self.epoch, value))).map(|before| before.1)
    }

    /// Takes a value out, if it is the one meant.
    pub fn remove_if(&mut self, key: &K, is_meant: impl FnOnce(&V) -> bool) -> Option<V> {
        if is_meant(&self.entries.get(key)?.1) { self.entries.remove(key).map(|entry| entry.1) } else { None }
    }

    /// A value.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|entry| &entry.1)
    }

    /// A value, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|entry| &mut entry.1)
    }

    /// All, in order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, entry)| (key, &entry.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_does_not_show_is_gone_when_it_ends_and_not_before() {
        let mut listed = Listed::default();
        listed.begin();
        listed.insert("a", 1);
        listed.insert("b", 2);
        assert!(listed.end().is_empty());
        listed.begin();
        listed.insert("b", 3);
        assert_eq!(listed.get(&"a"), Some(&1));
        assert_eq!(listed.end(), [("a", 1)]);
        assert_eq!(listed.iter().collect::<Vec<_>>(), [(&"b", &3)]);
    }

    #[test]
    fn only_the_one_meant_is_taken_out() {
        let mut listed = Listed::default();
        listed.insert("a", "new");
        assert_eq!(listed.remove_if(&"a", |value| *value == "old"), None);
        assert_eq!(listed.remove_if(&"a", |value| *value == "new"), Some("new"));
    }
}

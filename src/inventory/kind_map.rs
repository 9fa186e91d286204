//! A map by kind, which every check asks time and again.
//!
//! Kinds that are known without a policy are found at their places, the few others by search. It must not know what is
//! kept of a kind. Next: [`super::index`], [`super::snapshot`].

use super::kind::Kind;
use super::small_map::SmallMap;

/// A map by kind, in order.
#[derive(Clone, Debug)]
pub(super) struct KindMap<V> {
    /// By [`Kind::place`]; without any before the first is put in.
    placed: Box<[Option<V>]>,
    others: SmallMap<Kind, V>,
}

impl<V> Default for KindMap<V> {
    fn default() -> Self {
        Self { placed: Box::default(), others: SmallMap::default() }
    }
}

impl<V> KindMap<V> {
    /// The value of this kind.
    pub(super) fn get(&self, kind: Kind) -> Option<&V> {
        match kind.place() {
            Some(place) => self.placed.get(place)?.as_ref(),
            None => self.others.get(&kind),
        }
    }

    /// The value of this kind, to change it.
    pub(super) fn get_mut(&mut self, kind: Kind) -> Option<&mut V> {
        match kind.place() {
            Some(place) => self.placed.get_mut(place)?.as_mut(),
            None => self.others.get_mut(&kind),
        }
    }

    /// Puts a value in; hands back the one that it replaces.
    pub(super) fn insert(&mut self, kind: Kind, value: V) -> Option<V> {
        let Some(place) = kind.place() else { return self.others.insert(kind, value) };
        if self.placed.is_empty() {
            self.placed = Kind::ALL.iter().map(|_| None).collect();
        }
        self.placed.get_mut(place)?.replace(value)
    }

    /// All entries, in order of their kinds.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Kind, &V)> {
        let placed = Kind::ALL.iter().zip(&self.placed);
        let placed = placed.filter_map(|(kind, value)| Some((*kind, value.as_ref()?)));
        placed.chain(self.others.iter().map(|(kind, value)| (*kind, value)))
    }
}

impl<V> FromIterator<(Kind, V)> for KindMap<V> {
    fn from_iter<I: IntoIterator<Item = (Kind, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        entries.into_iter().for_each(|(kind, value)| drop(map.insert(kind, value)));
        map
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::custom::CustomKind;
    use super::*;

    #[test]
    fn it_holds_what_a_tree_would_in_the_same_order() {
        let custom = |kind| Kind::Custom(CustomKind::of("example.com", kind, "spec.template"));
        let kinds =
            [custom("Wheel"), Kind::Endpoints, Kind::Pod, Kind::MANIFEST, custom("Gear"), Kind::Deployment];
        let mut map = KindMap::default();
        assert!(map.get(Kind::Deployment).is_none() && map.get_mut(Kind::Pod).is_none());
        let mut tree = BTreeMap::new();
        for (number, kind) in kinds.into_iter().chain(kinds).enumerate() {
            assert_eq!(map.insert(kind, number), tree.insert(kind, number), "{kind}");
        }
        for kind in kinds {
            *map.get_mut(kind).unwrap() += 1;
            *tree.get_mut(&kind).unwrap() += 1;
        }
        assert!(map.iter().eq(tree.iter().map(|(kind, number)| (*kind, number))));
        assert!(kinds.iter().all(|kind| map.get(*kind) == tree.get(kind)));
        assert_eq!((map.get(Kind::Service), map.get(custom("Other"))), (None, None));
        let again: KindMap<usize> = tree.iter().map(|(kind, number)| (*kind, *number)).collect();
        assert!(again.iter().eq(map.iter()));
    }
}

//! How much is known of a kind where not every namespace is looked at.
//!
//! A kind that is looked at in listed namespaces only is known in those as far as each goes; in all others there may be
//! anything. It must not choose them. Next: the controller and the command line's survey, which do.

use std::collections::BTreeMap;

use super::super::kind::Kind;
use super::super::lookup::Coverage;
use super::Inventory;

/// How much is known of a kind by namespace.
#[derive(Clone, Debug)]
pub(super) struct Places {
    listed: BTreeMap<String, Coverage>,
    /// In those that are not listed.
    elsewhere: Coverage,
}

impl Default for Places {
    /// Who is told the namespaces to look at has no right to others.
    fn default() -> Self {
        Self { listed: BTreeMap::new(), elsewhere: Coverage::Forbidden }
    }
}

impl Inventory {
    /// Sets how much is known of a kind in one namespace; from then on it counts as looked at in such ones only.
    pub fn set_coverage_in(&mut self, kind: Kind, namespace: &str, coverage: Coverage) {
        self.places.entry(kind).or_default().listed.insert(namespace.to_owned(), coverage);
    }

    /// Sets how much is known of a kind in namespaces for which nobody says it; from then on it counts as looked at in
    /// listed ones only.
    pub fn set_coverage_elsewhere(&mut self, kind: Kind, coverage: Coverage) {
        self.places.entry(kind).or_default().elsewhere = coverage;
    }

    /// Takes over how much another inventory knows of the kinds that it covers.
    pub fn cover_like(&mut self, other: &Self) {
        for kind in other.covered_kinds() {
            self.set_coverage(kind, other.coverage(kind));
            match other.places.get(&kind) {
                Some(places) => drop(self.places.insert(kind, places.clone())),
                None => drop(self.places.remove(&kind)),
            }
        }
    }

    /// How much is known of a kind in a namespace.
    pub fn coverage_in(&self, kind: Kind, namespace: &str) -> Coverage {
        match (self.coverage(kind), self.places.get(&kind)) {
            (Coverage::Complete, Some(places)) => {
                places.listed.get(namespace).copied().unwrap_or(places.elsewhere)
            }
            (whole, _) => whole,
        }
    }

    /// How much is known of a kind in all namespaces together.
    pub(super) fn coverage_everywhere(&self, kind: Kind) -> Coverage {
        match (self.coverage(kind), self.places.get(&kind)) {
            (Coverage::Complete, Some(places)) => places.elsewhere,
            (whole, _) => whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_in_listed_namespaces_as_far_as_each_goes_and_nowhere_else() {
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        assert_eq!(inventory.coverage_in(Kind::Secret, "shop"), Coverage::Complete);
        assert_eq!(inventory.coverage_everywhere(Kind::Secret), Coverage::Complete);
        inventory.set_coverage_in(Kind::Secret, "shop", Coverage::Complete);
        inventory.set_coverage_in(Kind::Secret, "gone", Coverage::NotServed);
        for (namespace, coverage) in
            [("shop", Coverage::Complete), ("gone", Coverage::NotServed), ("other", Coverage::Forbidden)]
        {
            assert_eq!(inventory.coverage_in(Kind::Secret, namespace), coverage, "{namespace}");
            assert_eq!(inventory.coverage_in(Kind::Pod, namespace), Coverage::Complete, "another kind");
        }
        assert_eq!(inventory.coverage_everywhere(Kind::Secret), Coverage::Forbidden);
        inventory.set_coverage(Kind::Secret, Coverage::Stale);
        assert_eq!(inventory.coverage_in(Kind::Secret, "shop"), Coverage::Stale);
    }

    #[test]
    fn what_another_inventory_knows_of_namespaces_is_taken_over_with_them() {
        let mut seen = Inventory::default();
        for kind in [Kind::Service, Kind::Gateway] {
            seen.set_coverage(kind, Coverage::Complete);
        }
        seen.set_coverage_in(Kind::Service, "shop", Coverage::Complete);
        seen.set_coverage_elsewhere(Kind::Service, Coverage::Partial);
        let mut inventory = Inventory::with_coverage(Coverage::Partial);
        inventory.set_coverage_in(Kind::Gateway, "shop", Coverage::Complete);
        inventory.cover_like(&seen);
        let known = |kind, namespace| inventory.coverage_in(kind, namespace);
        assert_eq!(known(Kind::Service, "shop"), Coverage::Complete);
        assert_eq!(known(Kind::Service, "infra"), Coverage::Partial);
        assert_eq!(inventory.coverage_everywhere(Kind::Service), Coverage::Partial);
        assert_eq!(known(Kind::Gateway, "infra"), Coverage::Complete, "wholly seen");
        assert_eq!(known(Kind::Pod, "shop"), Coverage::Partial, "not looked at");
    }
}

//! How much is known of a kind where not every namespace is looked at.
//!
//! A kind that is looked at in listed namespaces only is known in those as far as each goes, and in all others it is
//! as good as forbidden: there may be anything. It must not choose them. Next: the controller, which does.

use super::super::kind::Kind;
use super::super::lookup::Coverage;
use super::Inventory;

impl Inventory {
    /// Sets how much is known of a kind in one namespace; from then on it counts as looked at in such ones only.
    pub fn set_coverage_in(&mut self, kind: Kind, namespace: &str, coverage: Coverage) {
        self.places.entry(kind).or_default().insert(namespace.to_owned(), coverage);
    }

    /// How much is known of a kind in a namespace.
    pub fn coverage_in(&self, kind: Kind, namespace: &str) -> Coverage {
        match (self.coverage(kind), self.places.get(&kind)) {
            (Coverage::Complete, Some(places)) => {
                places.get(namespace).copied().unwrap_or(Coverage::Forbidden)
            }
            (whole, _) => whole,
        }
    }

    /// How much is known of a kind in all namespaces together.
    pub(super) fn coverage_everywhere(&self, kind: Kind) -> Coverage {
        match self.coverage(kind) {
            Coverage::Complete if self.places.contains_key(&kind) => Coverage::Forbidden,
            whole => whole,
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
}

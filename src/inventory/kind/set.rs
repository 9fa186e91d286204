//! Some kinds, of which every check asks time and again whether one is among them.
//!
//! It must not hold a kind that only a policy or a definition names. Next: [`Kind::place`].

use super::Kind;

/// Some of the kinds that are known without a policy, one bit each.
#[derive(Clone, Copy, Debug)]
pub struct KindSet(u128);

const _: () = assert!(Kind::ALL.len() <= 128, "each kind has a bit");

impl KindSet {
    /// These kinds.
    pub const fn of(mut kinds: &[Kind]) -> Self {
        let mut bits = 0;
        while let [kind, rest @ ..] = kinds {
            if let Some(place) = kind.place() {
                bits |= 1 << place;
            }
            kinds = rest;
        }
        Self(bits)
    }

    /// Whether this kind is one of them.
    pub const fn contains(self, kind: Kind) -> bool {
        match kind.place() {
            Some(place) => (self.0 >> place) & 1 == 1,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_kinds_that_were_put_in_and_no_others() {
        let some = [Kind::Deployment, Kind::Pod, Kind::Endpoints, Kind::MANIFEST];
        let set = KindSet::of(&some);
        let found: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| set.contains(*kind)).collect();
        assert_eq!(found, some[..3]);
        assert!(!set.contains(Kind::MANIFEST), "it has no place");
    }
}

//! Numbers by which whoever fills the inventory knows its objects.
//!
//! The loader of files keeps where each object stands in a list of its own: a map from keys to places in that would cost
//! as much again as the list. It must not know what a number means. Next: [`super::Inventory`].

use std::num::NonZeroU32;
use std::sync::Arc;

use super::{Inventory, is_kept};
use crate::inventory::object::{Object, ObjectKey};

impl Inventory {
    /// Whether an object is kept when it is put in; one that is not is taken out.
    pub fn keeps(object: &Object) -> bool {
        is_kept(object)
    }

    /// Numbers an object, until it is taken out. Hands back the key under which it is kept, for those who keep it as well;
    /// nothing where it is not here.
    pub fn number(&mut self, key: &ObjectKey, number: usize) -> Option<Arc<ObjectKey>> {
        let (key, entry) = self.entries.range_mut::<ObjectKey, _>(key..=key).next()?;
        // Numbers begin with 0, and nobody has so many objects that the last number would not do.
        entry.number = u32::try_from(number).ok().and_then(|number| NonZeroU32::MIN.checked_add(number));
        Some(Arc::clone(key))
    }

    /// The number of an object, if it has one.
    pub fn number_of(&self, key: &ObjectKey) -> Option<usize> {
        let number = self.entries.get(key)?.number?.get();
        usize::try_from(number - 1).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Kind;
    use crate::inventory::decode::decode;

    #[test]
    fn a_number_stays_with_its_object() {
        let service = |selector: &str| {
            let json =
                format!(r#"{{"metadata":{{"name":"web"}},"spec":{{"selector":{{"app":"{selector}"}}}}}}"#);
            decode(Kind::Service, &json).unwrap()
        };
        let (mut inventory, key) = (Inventory::default(), service("").key());
        assert_eq!(inventory.number(&key, 0), None);
        inventory.apply(service("web"));
        assert_eq!(inventory.number_of(&key), None);
        assert_eq!(inventory.number(&key, 0).as_deref(), Some(&key));
        inventory.apply(service("api"));
        inventory.supposing(service("other"), |_| ());
        assert_eq!(inventory.number_of(&key), Some(0), "it was written to");
        inventory.remove(&key, "");
        inventory.apply(service("web"));
        assert_eq!(inventory.number_of(&key), None, "it is another one");
    }
}

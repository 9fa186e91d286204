//! What would be, if one object were as somebody wants it.
//!
//! It must leave the inventory as it found it: the object may never come to be. Next:
//! [`crate::engine::admission`], which asks.

use super::Inventory;
use crate::inventory::object::Object;

impl Inventory {
    /// What is answered while this object is there as it is given.
    pub fn supposing<R>(&mut self, object: Object, ask: impl FnOnce(&Self) -> R) -> R {
        let key = object.key();
        let before = self.entries.get(&key).cloned();
        self.put(&key, object);
        let answer = ask(self);
        match before {
            Some(before) => {
                self.put(&key, before.object);
                if let Some(entry) = self.entries.get_mut(&key) {
                    entry.epoch = before.epoch;
                }
            }
            None => {
                self.take(&key);
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;
    use crate::inventory::object::ObjectKey;
    use crate::inventory::{Kind, Object};

    fn service(selected: &str) -> Object {
        let object: Value = json!({"metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"app": selected}}});
        decode(Kind::Service, &object.to_string()).unwrap()
    }

    fn key() -> ObjectKey {
        service("web").key()
    }

    #[test]
    fn what_was_supposed_is_gone_and_what_was_there_is_as_it_was() {
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        assert!(inventory.supposing(service("web"), |inventory| inventory.get(&key()).is_some()));
        assert_eq!(inventory.get(&key()), None);

        inventory.apply(service("web"));
        inventory.begin_list(Kind::Service);
        let selected = inventory.supposing(service("other"), |inventory| inventory.get(&key()).cloned());
        assert_eq!(selected, Some(service("other")));
        assert_eq!(inventory.get(&key()), Some(&service("web")));
        // The list that has begun did not show it: it goes.
        assert_eq!(inventory.end_list(Kind::Service), [service("web")]);
    }
}

//! Secrets of whatever type, by their name.
//!
//! Files hold them whole, as facts. A cluster's index holds facts of TLS Secrets, and of every other its metadata:
//! whether it is there is known of each, what it holds is not. It must not let anybody take what is not known for
//! absent. Next: [`super::secrets`] for TLS Secrets, of which more is known.

use super::super::kind::Kind;
use super::super::lookup::{Cause, Lookup};
use super::super::metadata::Metadata;
use super::super::object::{Object, ObjectKey, Secret};
use super::super::secret::{Changes, SecretFacts, SecretMetadata, TOKEN_OF};
use super::NamespaceView;

/// A Secret that is there, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedSecret<'a> {
    /// It was decoded.
    Facts(&'a Secret),
    /// Nothing but its metadata was asked for.
    Metadata(&'a SecretMetadata),
}

impl<'a> NamedSecret<'a> {
    /// Metadata of the Secret; annotations without a credential are there only with its facts.
    pub const fn metadata(&self) -> &'a Metadata {
        match self {
            Self::Facts(secret) => &secret.metadata,
            Self::Metadata(secret) => &secret.metadata,
        }
    }

    /// What is known of what it holds.
    pub fn facts(&self) -> Option<&'a SecretFacts> {
        match self {
            Self::Facts(secret) => Some(&secret.facts).filter(|facts| facts.has_shape()),
            Self::Metadata(_) => None,
        }
    }

    /// When its data were written.
    pub const fn changes(&self) -> &'a Changes {
        match self {
            Self::Facts(secret) => &secret.changes,
            Self::Metadata(secret) => &secret.changes,
        }
    }

    /// Whether it holds a token of a ServiceAccount of its namespace; none if that is not known. The server takes none of
    /// that type that does not name the account in an annotation.
    pub fn is_token_of(&self, account: &str) -> Option<bool> {
        if self.metadata().annotations.get(TOKEN_OF) != Some(account) {
            return Some(false);
        }
        match self {
            Self::Facts(..) => self.facts().map(SecretFacts::is_account_token),
            Self::Metadata(_) => None,
        }
    }

    /// Whether it has a key; none if that is not known.
    pub fn has_key(&self, key: &str) -> Option<bool> {
        match self {
            Self::Facts(..) => self.facts().map(|facts| facts.keys.contains(key)),
            // Who wrote what can have been forgotten, so that absence there proves nothing.
            Self::Metadata(secret) => secret.keys.contains(key).then_some(true),
        }
    }
}

impl<'a> NamespaceView<'a> {
    /// Whether an object is the metadata of a Secret of which more is known, so that whatever its metadata say is said of
    /// that.
    pub fn is_known_as_a_secret(&self, object: &Object) -> bool {
        let key = object.key();
        key.kind == Kind::SecretMetadata
            && self.inventory.get(&ObjectKey { kind: Kind::Secret, ..key }).is_some()
    }

    /// The Secret of this name, of whatever type.
    pub fn secret(&self, name: &str) -> Lookup<NamedSecret<'a>> {
        let decoded = self.lookup(Kind::Secret, name, |object| match object {
            Object::Secret(secret) => Some(&**secret),
            _ => None,
        });
        if let Lookup::Found(secret) = decoded {
            return Lookup::Found(NamedSecret::Facts(secret));
        }
        // Of what was given the absent ones are absent; a cluster's index holds TLS Secrets alone.
        if !self.inventory.live {
            return decoded.map(NamedSecret::Facts);
        }
        let named = self.lookup(Kind::SecretMetadata, name, |object| match object {
            Object::SecretMetadata(secret) => Some(&**secret),
            _ => None,
        });
        match named {
            Lookup::Missing if self.inventory.is_promised(self.namespace, name) => {
                Lookup::Unknown(Cause::NotGiven)
            }
            named => named.map(NamedSecret::Metadata),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Inventory;
    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;

    fn inventory(live: bool) -> Inventory {
        let mut inventory = Inventory::with_coverage(Coverage::Complete).live(live);
        let tls = r#"{"metadata":{"name":"tls","namespace":"shop"},"type":"kubernetes.io/tls","data":{"tls.crt":""}}"#;
        inventory.apply(decode(Kind::Secret, tls).unwrap());
        let noted = r#"[{"fieldsV1":{"f:data":{"f:user":{}}}}]"#;
        let named = format!(r#"{{"metadata":{{"name":"db","namespace":"shop","managedFields":{noted}}}}}"#);
        inventory.apply(decode(Kind::SecretMetadata, &named).unwrap());
        inventory
    }

    fn key(inventory: &Inventory, secret: &str, key: &str) -> Lookup<Option<bool>> {
        inventory.namespace("shop").secret(secret).map(|secret| secret.has_key(key))
    }

    #[test]
    fn in_a_cluster_a_secret_is_there_by_its_metadata_and_keys_are_known_in_part() {
        let inventory = inventory(true);
        assert_eq!(key(&inventory, "tls", "tls.crt"), Lookup::Found(Some(true)));
        assert_eq!(key(&inventory, "tls", "tls.key"), Lookup::Found(Some(false)));
        assert_eq!(key(&inventory, "db", "user"), Lookup::Found(Some(true)));
        assert_eq!(key(&inventory, "db", "password"), Lookup::Found(None), "nobody is noted for it");
        assert_eq!(key(&inventory, "gone", "user"), Lookup::Missing);
    }

    #[test]
    fn what_a_controller_makes_of_something_given_may_be_there_and_hold_anything() {
        for live in [false, true] {
            let mut inventory = inventory(live);
            inventory.promise_secret("shop", "gone");
            inventory.promise_secret("shop", "tls");
            assert_eq!(key(&inventory, "gone", "user"), Lookup::Unknown(Cause::NotGiven));
            let tls = inventory.namespace("shop").tls_secret("gone");
            assert_eq!(tls, crate::inventory::lookup::SecretLookup::Unknown(Cause::NotGiven));
            assert_eq!(key(&inventory, "tls", "tls.crt"), Lookup::Found(Some(true)), "it was given as well");
            let other = inventory.namespace("bank").secret("gone");
            assert_eq!(other, Lookup::Missing);
        }
    }

    #[test]
    fn a_token_of_an_account_is_known_by_its_type_and_suspected_by_its_annotation() {
        let mut inventory = Inventory::with_coverage(Coverage::Complete).live(true);
        let named =
            r#"{"name":"it","namespace":"shop","annotations":{"kubernetes.io/service-account.name":"web"}}"#;
        let token = format!(r#"{{"metadata":{named},"type":"kubernetes.io/service-account-token"}}"#);
        inventory.apply(decode(Kind::SecretMetadata, &token).unwrap());
        let is_token = |inventory: &Inventory, account: &str| {
            inventory.namespace("shop").secret("it").map(|secret| secret.is_token_of(account))
        };
        assert_eq!(is_token(&inventory, "web"), Lookup::Found(None));
        assert_eq!(is_token(&inventory, "api"), Lookup::Found(Some(false)));
        let mut inventory = inventory.live(false);
        inventory.apply(decode(Kind::Secret, &token).unwrap());
        assert_eq!(is_token(&inventory, "web"), Lookup::Found(Some(true)));
        assert_eq!(is_token(&inventory, "api"), Lookup::Found(Some(false)));
        inventory.apply(decode(Kind::Secret, &format!(r#"{{"metadata":{named},"type":"Opaque"}}"#)).unwrap());
        assert_eq!(is_token(&inventory, "web"), Lookup::Found(Some(false)));
    }

    #[test]
    fn of_files_no_metadata_is_asked_for() {
        let inventory = inventory(false);
        assert_eq!(key(&inventory, "tls", "tls.crt"), Lookup::Found(Some(true)));
        assert_eq!(key(&inventory, "db", "user"), Lookup::Missing);
    }

    #[test]
    fn what_cannot_be_seen_is_not_absent() {
        for (coverage, cause) in [
            (Coverage::NotSynced, Cause::NotSynced),
            (Coverage::Forbidden, Cause::Forbidden),
            (Coverage::Stale, Cause::Stale),
        ] {
            let mut inventory = inventory(true);
            inventory.set_coverage(Kind::SecretMetadata, coverage);
            assert_eq!(key(&inventory, "gone", "a"), Lookup::Unknown(cause));
        }
        let mut inventory = inventory(false);
        inventory.set_coverage(Kind::Secret, Coverage::Partial);
        assert_eq!(key(&inventory, "gone", "a"), Lookup::Unknown(Cause::NotGiven));
    }

    #[test]
    fn of_a_secret_without_its_shape_no_key_is_known() {
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        let json = r#"{"metadata":{"name":"db","namespace":"shop"},"data":7}"#;
        inventory.apply(decode(Kind::Secret, json).unwrap());
        assert_eq!(key(&inventory, "db", "a"), Lookup::Found(None));
    }
}

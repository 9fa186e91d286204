//! What is known of a Secret that an Ingress or a Gateway names and that is not among the objects.
//!
//! A live index watches `kubernetes.io/tls` Secrets only, so a miss alone proves nothing: the API server is
//! asked, and its answer is kept here until the Secret appears or goes, or nothing names it any more.
//! Files hold every type and nobody can be asked: absence under complete coverage is final at once. It must
//! not ask anybody itself. Next: the controller, which does.

use std::collections::BTreeSet;

use super::super::certificate::TlsMaterial;
use super::super::index::{Everywhere, Term};
use super::super::kind::Kind;
use super::super::lookup::{Cause, Coverage, Lookup, SecretAnswer, SecretLookup};
use super::super::object::{Ingress, Object, ObjectKey, Secret};
use super::{Inventory, NamespaceView};

impl Inventory {
    /// The same, filled by watches of a server that can be asked (`true`) or from what was given.
    #[must_use]
    pub fn live(self, live: bool) -> Self {
        Self { live, ..self }
    }

    /// Keeps what the server said of a Secret that is not here, or forgets it. An answer about a Secret that
    /// is here by now, or that nothing names any more, comes too late and is not kept.
    pub fn set_secret_answer(&mut self, namespace: &str, name: &str, answer: Option<SecretAnswer>) -> bool {
        let key = secret_key(namespace, name);
        let Some(answer) = answer else { return self.secret_answers.remove(&key).is_some() };
        let is_listed = self.coverage_in(Kind::Secret, namespace) != Coverage::NotSynced;
        if !is_listed || self.entries.contains_key(&key) || !self.names_secret(namespace, name) {
            return false;
        }
        self.secret_answers.insert(key, answer) != Some(answer)
    }

    /// Names of the Secrets of this namespace that Ingresses or Gateways name, that are not here, and of which the server
    /// was not asked yet. None unless there is a server to ask, and its Secrets are listed: before that,
    /// absence is no miss.
    pub fn unanswered_secrets(&self, namespace: &str) -> BTreeSet<String> {
        if !self.live || self.coverage_in(Kind::Secret, namespace).gap().is_some() {
            return BTreeSet::new();
        }
        let named = self.ingresses_in(namespace).flat_map(|ingress| ingress.spec.secret_names());
        named
            .chain(self.presented_of(namespace))
            .filter(|name| {
                let key = secret_key(namespace, name);
                !self.entries.contains_key(&key) && !self.secret_answers.contains_key(&key)
            })
            .map(str::to_owned)
            .collect()
    }

    /// Notes that something was given whose controller makes a Secret of this name: what is in it is not known.
    pub fn promise_secret(&mut self, namespace: &str, name: &str) {
        self.promised.insert((namespace.to_owned(), name.to_owned()));
    }

    /// Whether something that was given makes such a Secret.
    pub(super) fn is_promised(&self, namespace: &str, name: &str) -> bool {
        !self.promised.is_empty() && self.promised.contains(&(namespace.to_owned(), name.to_owned()))
    }

    /// Forgets every answer.
    pub fn forget_secret_answers(&mut self) {
        self.secret_answers.clear();
    }

    /// Every answer that is kept, in order, to ask again: namespace, name and answer.
    pub fn secret_answers(&self) -> impl Iterator<Item = (&str, &str, SecretAnswer)> {
        self.secret_answers.iter().map(|(key, answer)| (key.namespace.as_str(), key.name.as_str(), *answer))
    }

    /// After this object came, changed or went: answers that it overtakes are forgotten.
    pub(super) fn forget_answers(&mut self, changed: &ObjectKey) {
        match changed.kind {
            Kind::Secret => {
                self.secret_answers.remove(changed);
            }
            Kind::Ingress => self.forget_unnamed(|namespace| namespace == changed.namespace),
            // It may have named Secrets of any namespace.
            Kind::Gateway => self.forget_unnamed(|_| true),
            _ => {}
        }
    }

    fn forget_unnamed(&mut self, is_meant: impl Fn(&str) -> bool) {
        let answered = self.secret_answers.keys().filter(|key| is_meant(&key.namespace));
        let unnamed: Vec<_> =
            answered.filter(|key| !self.names_secret(&key.namespace, &key.name)).cloned().collect();
        for key in unnamed {
            self.secret_answers.remove(&key);
        }
    }

    fn names_secret(&self, namespace: &str, name: &str) -> bool {
        self.ingresses_naming(namespace, name).next().is_some()
            || self.presented_of(namespace).any(|presented| presented == name)
    }

    /// Names of the Secrets of a namespace that Gateways of whatever namespace name, there or not.
    fn presented_of<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a str> {
        let gateways = self.index.find_everywhere(Everywhere::PresentsOf(namespace));
        let gateways = gateways.filter_map(|key| match self.get(key) {
            Some(Object::Gateway(gateway)) => Some(gateway),
            _ => None,
        });
        gateways.flat_map(move |gateway| {
            let own = &gateway.metadata.namespace;
            let secrets = gateway.spec.secrets();
            secrets.filter(move |one| one.namespace_from(own) == namespace).map(|one| one.name.as_str())
        })
    }

    /// The Ingresses that name a Secret, whether or not it is there.
    pub(in super::super) fn ingresses_naming<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Ingress> {
        let candidates = self.candidates(namespace, Term::Names(Kind::Ingress, Kind::Secret, name));
        candidates.filter_map(move |object| match object {
            Object::Ingress(ingress) if ingress.spec.secret_names().any(|own| own == name) => {
                Some(&**ingress)
            }
            _ => None,
        })
    }

    fn ingresses_in(&self, namespace: &str) -> impl Iterator<Item = &Ingress> {
        self.objects_of(Kind::Ingress, namespace).filter_map(|object| match object {
            Object::Ingress(ingress) => Some(&**ingress),
            _ => None,
        })
    }

    fn miss<T>(&self, key: &ObjectKey) -> SecretLookup<T> {
        if let Some(gap) = self.coverage_in(Kind::Secret, &key.namespace).gap() {
            return SecretLookup::Unknown(gap);
        }
        if self.is_promised(&key.namespace, &key.name) {
            return SecretLookup::Unknown(Cause::NotGiven);
        }
        if !self.live {
            return SecretLookup::Missing;
        }
        match self.secret_answers.get(key) {
            Some(SecretAnswer::Absent) => SecretLookup::Missing,
            Some(SecretAnswer::OtherType) => SecretLookup::OtherType,
            Some(SecretAnswer::Refused) => SecretLookup::Unknown(Cause::Forbidden),
            Some(SecretAnswer::Lagging) | None => SecretLookup::Unknown(Cause::NotSynced),
        }
    }
}

impl<'a> NamespaceView<'a> {
    /// What is known of the certificate in a Secret that pods have as files; missing where none of the type for
    /// certificates is known here. Nobody is asked for it.
    pub fn certificate(&self, name: &str) -> Lookup<&'a TlsMaterial> {
        let found = self.lookup(Kind::Secret, name, |object| match object {
            Object::Secret(secret) if secret.facts.has_shape() => Some(&**secret),
            _ => None,
        });
        match found.map(|secret| secret.facts.tls.as_ref().filter(|_| secret.facts.is_tls())) {
            Lookup::Found(material) => material.map_or(Lookup::Missing, Lookup::Found),
            Lookup::Missing => Lookup::Missing,
            Lookup::Unknown(cause) => Lookup::Unknown(cause),
        }
    }

    /// A `kubernetes.io/tls` Secret.
    pub fn tls_secret(&self, name: &str) -> SecretLookup<&'a Secret> {
        let key = secret_key(self.namespace, name);
        // What is stale is known no better than what was never seen.
        if self.inventory.coverage_in(Kind::Secret, self.namespace) == Coverage::Stale {
            return SecretLookup::Unknown(Cause::Stale);
        }
        match self.inventory.get(&key) {
            // A field of the wrong kind: what the Secret is cannot be told, so nothing can be held against it.
            Some(Object::Secret(secret)) if !secret.facts.has_shape() => {
                SecretLookup::Unknown(Cause::Undecodable)
            }
            Some(Object::Secret(secret)) if secret.facts.is_tls() => SecretLookup::Found(secret),
            Some(Object::Secret(_)) => SecretLookup::OtherType,
            Some(_) => SecretLookup::Unknown(Cause::Undecodable),
            None => self.inventory.miss(&key),
        }
    }
}

fn secret_key(namespace: &str, name: &str) -> ObjectKey {
    ObjectKey { namespace: namespace.into(), kind: Kind::Secret, name: name.into() }
}

#[cfg(test)]
mod tests {
    use super::super::super::decode::decode;
    use super::*;

    fn ingress(secret: &str) -> Object {
        let tls = format!(r#"[{{"secretName":"{secret}"}},{{"hosts":["a"]}}]"#);
        let json = format!(r#"{{"metadata":{{"name":"web","namespace":"shop"}},"spec":{{"tls":{tls}}}}}"#);
        decode(Kind::Ingress, &json).unwrap()
    }

    fn secret(name: &str, of_type: &str) -> Object {
        let json = format!(r#"{{"metadata":{{"name":"{name}","namespace":"shop"}},"type":"{of_type}"}}"#);
        decode(Kind::Secret, &json).unwrap()
    }

    fn with_ingress(coverage: Coverage, live: bool) -> Inventory {
        let mut inventory = Inventory::with_coverage(coverage).live(live);
        inventory.apply(ingress("web-tls"));
        inventory
    }

    fn lookup(inventory: &Inventory) -> SecretLookup<&Secret> {
        inventory.namespace("shop").tls_secret("web-tls")
    }

    #[test]
    fn in_files_absence_is_missing_under_complete_coverage_only_and_nobody_is_asked() {
        let complete = with_ingress(Coverage::Complete, false);
        assert_eq!(lookup(&complete), SecretLookup::Missing);
        assert!(complete.unanswered_secrets("shop").is_empty());
        let partial = with_ingress(Coverage::Partial, false);
        assert_eq!(lookup(&partial), SecretLookup::Unknown(Cause::NotGiven));
    }

    #[test]
    fn a_secret_of_another_type_is_told_from_one_that_is_missing() {
        let mut inventory = with_ingress(Coverage::Partial, false);
        inventory.apply(secret("web-tls", "Opaque"));
        assert_eq!(lookup(&inventory), SecretLookup::OtherType);
        inventory.apply(secret("web-tls", "kubernetes.io/tls"));
        assert!(matches!(lookup(&inventory), SecretLookup::Found(_)));
        for field in [r#""type":{"of":"kubernetes.io/tls"}"#, r#""type":"kubernetes.io/tls","data":7"#] {
            let json = format!(r#"{{"metadata":{{"name":"web-tls","namespace":"shop"}},{field}}}"#);
            inventory.apply(decode(Kind::Secret, &json).unwrap());
            assert_eq!(lookup(&inventory), SecretLookup::Unknown(Cause::Undecodable), "{field}");
        }
        let metadata = secret("web-tls", "").metadata().clone();
        inventory.apply(Object::broken(Kind::Secret, metadata, ""));
        assert_eq!(lookup(&inventory), SecretLookup::Unknown(Cause::Undecodable));
    }

    #[test]
    fn a_live_miss_is_unknown_until_the_server_has_answered() {
        let mut inventory = with_ingress(Coverage::Complete, true);
        assert_eq!(lookup(&inventory), SecretLookup::Unknown(Cause::NotSynced));
        assert_eq!(inventory.unanswered_secrets("shop"), BTreeSet::from(["web-tls".to_owned()]));
        assert!(inventory.unanswered_secrets("other").is_empty());
        for (answer, expected) in [
            (SecretAnswer::Absent, SecretLookup::Missing),
            (SecretAnswer::OtherType, SecretLookup::OtherType),
            (SecretAnswer::Lagging, SecretLookup::Unknown(Cause::NotSynced)),
            (SecretAnswer::Refused, SecretLookup::Unknown(Cause::Forbidden)),
        ] {
            assert!(inventory.set_secret_answer("shop", "web-tls", Some(answer)));
            assert!(!inventory.set_secret_answer("shop", "web-tls", Some(answer)), "the same again");
            assert_eq!(lookup(&inventory), expected);
            assert!(inventory.unanswered_secrets("shop").is_empty());
            assert_eq!(inventory.secret_answers().collect::<Vec<_>>(), [("shop", "web-tls", answer)]);
        }
        assert!(inventory.set_secret_answer("shop", "web-tls", None));
        assert!(!inventory.set_secret_answer("shop", "web-tls", None));
        assert_eq!(inventory.unanswered_secrets("shop").len(), 1);
    }

    #[test]
    fn nobody_is_asked_and_no_answer_counts_while_secrets_are_not_listed_or_refused() {
        for (coverage, cause) in [
            (Coverage::NotSynced, Cause::NotSynced),
            (Coverage::Stale, Cause::Stale),
            (Coverage::Forbidden, Cause::Forbidden),
        ] {
            let mut inventory = with_ingress(Coverage::Complete, true);
            inventory.set_secret_answer("shop", "web-tls", Some(SecretAnswer::Absent));
            inventory.set_coverage(Kind::Secret, coverage);
            assert_eq!(lookup(&inventory), SecretLookup::Unknown(cause));
            assert!(inventory.unanswered_secrets("shop").is_empty());
        }
    }

    #[test]
    fn a_secret_that_comes_or_goes_clears_its_answer() {
        let mut inventory = with_ingress(Coverage::Complete, true);
        inventory.set_secret_answer("shop", "web-tls", Some(SecretAnswer::Absent));
        let object = secret("web-tls", "kubernetes.io/tls");
        inventory.apply(object.clone());
        assert!(matches!(lookup(&inventory), SecretLookup::Found(_)));
        assert!(!inventory.set_secret_answer("shop", "web-tls", Some(SecretAnswer::Absent)), "too late");
        inventory.remove(&object.key(), "");
        assert_eq!(lookup(&inventory), SecretLookup::Unknown(Cause::NotSynced));

        inventory.apply(object);
        assert_eq!(inventory.clear(Kind::Secret).len(), 1);
        assert_eq!(lookup(&inventory), SecretLookup::Unknown(Cause::NotSynced));
    }

    #[test]
    fn an_answer_goes_with_the_last_ingress_that_names_its_secret() {
        let mut inventory = with_ingress(Coverage::Complete, true);
        inventory.set_secret_answer("shop", "web-tls", Some(SecretAnswer::Absent));
        inventory.apply(ingress("other-tls"));
        assert_eq!(inventory.secret_answers().count(), 0);
        assert!(!inventory.set_secret_answer("shop", "web-tls", Some(SecretAnswer::Absent)), "not named");
        inventory.set_secret_answer("shop", "other-tls", Some(SecretAnswer::OtherType));
        inventory.clear(Kind::Ingress);
        assert_eq!(inventory.secret_answers().count(), 0);
    }

    fn gateway(secret: &str) -> Object {
        let tls = format!(r#"{{"certificateRefs":[{{"name":"{secret}","namespace":"shop"}}]}}"#);
        let listeners = format!(r#"[{{"protocol":"HTTPS","tls":{tls}}}]"#);
        let metadata = r#"{"name":"edge","namespace":"infra"}"#;
        let json = format!(r#"{{"metadata":{metadata},"spec":{{"listeners":{listeners}}}}}"#);
        decode(Kind::Gateway, &json).unwrap()
    }

    #[test]
    fn gateways_name_secrets_of_whatever_namespace() {
        let mut inventory = Inventory::with_coverage(Coverage::Complete).live(true);
        inventory.apply(gateway("web-tls"));
        assert_eq!(inventory.unanswered_secrets("shop"), BTreeSet::from(["web-tls".to_owned()]));
        assert!(inventory.unanswered_secrets("infra").is_empty());
        assert!(!inventory.set_secret_answer("infra", "web-tls", Some(SecretAnswer::Absent)), "not named");
        assert!(inventory.set_secret_answer("shop", "web-tls", Some(SecretAnswer::OtherType)));
        assert_eq!(lookup(&inventory), SecretLookup::OtherType);
        inventory.apply(ingress("web-tls"));
        inventory.apply(gateway("other"));
        assert_eq!(inventory.secret_answers().count(), 1, "an Ingress names it");
        inventory.clear(Kind::Ingress);
        assert_eq!(inventory.secret_answers().count(), 0);
    }
}

//! What names a Secret beside workloads.
//!
//! Of a Gateway of another namespace it is told that there is one, and no more. It must not judge. Next:
//! [`super::super::reach`] for the workloads that name one.

use super::super::index::{Everywhere, Term};
use super::super::kind::Kind;
use super::super::lookup::{Cause, Search};
use super::super::object::Object;
use super::super::service_account::ObjectName;
use super::{Inventory, NamespaceView};

impl Inventory {
    /// The Gateways of every namespace that may name a Secret, there or not; all that do, are among them.
    pub(in super::super) fn gateways_naming(
        &self,
        namespace: &str,
        secret: &str,
    ) -> impl Iterator<Item = &Object> {
        let term = Everywhere::Presents(namespace, secret);
        self.index.find_everywhere(term).filter_map(|key| self.get(key))
    }
}

impl NamespaceView<'_> {
    /// The Ingresses with an entry of `tls` that names a Secret.
    pub fn ingresses_with_secret(&self, name: &str) -> Search<()> {
        let named = self.inventory.candidates(self.namespace, Term::Names(Kind::Ingress, Kind::Secret, name));
        self.search_among(Kind::Ingress, named, |object| match object {
            Object::Ingress(ingress) => ingress.spec.secret_names().any(|own| own == name).then_some(()),
            _ => None,
        })
    }

    /// The Gateways, of whatever namespace, with a listener that names a Secret of this one.
    pub fn gateways_presenting(&self, name: &str) -> Search<()> {
        let inventory = self.inventory;
        let incomplete = inventory.coverage_everywhere(Kind::Gateway).gap();
        // What is stale is known no better than what was never seen.
        if incomplete == Some(Cause::Stale) {
            return Search { found: Vec::new(), incomplete };
        }
        let names_it = |object: &Object| match object {
            Object::Gateway(gateway) => {
                let own = &gateway.metadata.namespace;
                let mut secrets = gateway.spec.secrets();
                secrets.any(|secret| secret.name == name && secret.namespace_from(own) == self.namespace)
            }
            _ => false,
        };
        let naming = inventory.gateways_naming(self.namespace, name);
        let found = naming.filter(|object| names_it(object)).map(|_| ()).collect();
        let has_broken = || inventory.broken_everywhere(Kind::Gateway).next().is_some();
        Search { found, incomplete: incomplete.or_else(|| has_broken().then_some(Cause::Undecodable)) }
    }

    /// The ServiceAccounts that name a Secret.
    pub fn service_accounts_with_secret(&self, name: &str) -> Search<()> {
        let names = |secrets: &[ObjectName]| secrets.iter().any(|secret| secret.name == name);
        self.search(Kind::ServiceAccount, |object| match object {
            Object::ServiceAccount(account) => {
                (names(&account.secrets) || names(&account.image_pull_secrets)).then_some(())
            }
            _ => None,
        })
    }
}

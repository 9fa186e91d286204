//! The TLSOptions of Traefik that an annotation may name.
//!
//! Its word joins a namespace and a name, and either may hold a dash; what lies in a namespace that is out of sight is not
//! told. It must not judge. Next: [`super::super::traefik`].

use super::super::kind::Kind;
use super::super::lookup::{Lookup, Search};
use super::super::metadata::Metadata;
use super::super::object::{Ingress, Object};
use super::super::traefik::{TlsOption, is_joined, split};
use super::{Inventory, NamespaceView};

impl<'a> NamespaceView<'a> {
    /// Those that a joined name may stand for, and why there may be another; absent where it can only stand for one
    /// that is out of sight.
    pub fn tls_options<'b>(&self, joined: &'b str) -> Option<Search<&'b TlsOption>>
    where
        'a: 'b,
    {
        let mut search = Search { found: Vec::new(), incomplete: None };
        let mut is_hidden = false;
        for (namespace, name) in split(joined) {
            let Some(view) = self.elsewhere(namespace) else {
                is_hidden = true;
                continue;
            };
            let found = view.lookup(Kind::TlsOption, name, |object| match object {
                Object::TlsOption(option) => Some(&**option),
                _ => None,
            });
            match found {
                Lookup::Found(option) => search.found.push(option),
                Lookup::Missing => {}
                Lookup::Unknown(cause) => search.incomplete = search.incomplete.or(Some(cause)),
            }
        }
        (!is_hidden || !search.found.is_empty() || search.incomplete.is_some()).then_some(search)
    }
}

impl Inventory {
    /// The Ingresses of every namespace whose annotation may name this TLSOption, there or not.
    pub(in super::super) fn ingresses_with_option<'b>(
        &'b self,
        option: &'b Metadata,
    ) -> impl Iterator<Item = &'b Ingress> {
        self.objects().filter_map(move |object| match object {
            Object::Ingress(ingress) if ingress.tls_option().is_some_and(|one| is_joined(one, option)) => {
                Some(&**ingress)
            }
            _ => None,
        })
    }
}

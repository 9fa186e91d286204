//! A Secret that something names for its certificate: who names it, where, and what is known of it.
//!
//! It must not judge a certificate. Next: [`super::exposure`] for Ingresses, [`super::listeners`] for Gateways.

use std::collections::BTreeMap;

use crate::catalogue::{Field, Statement};
use crate::inventory::ObjectKey;
use crate::inventory::certificate::TlsMaterial;
use crate::inventory::lookup::{Cause, SecretLookup};
use crate::inventory::object::Secret;

/// A Secret that an Ingress or a Gateway names.
#[derive(Clone)]
pub(super) struct SecretUse<'a> {
    /// Key of the Secret.
    pub(super) key: ObjectKey,
    /// What it is called in a message.
    pub(super) name: String,
    /// Path of its name in the object that names it.
    pub(super) field: Field,
    /// The object that names it.
    pub(super) by: ObjectKey,
    /// What is known of it.
    pub(super) found: SecretLookup<&'a Secret>,
}

/// Certificates and keys by the Secrets that hold them.
pub(super) type Materials<'a> = BTreeMap<ObjectKey, &'a TlsMaterial>;

impl<'a> SecretUse<'a> {
    /// A statement about the name.
    pub(super) fn named(&self, statement: impl FnOnce(Field) -> Statement) -> Statement {
        statement(self.field.clone()).about(self.by.clone())
    }

    /// What is said of a Secret of which nobody here knows.
    pub(super) fn not_known(&self, cause: Cause) -> Statement {
        let message = format!("nothing is known of Secret {}", self.name);
        self.named(|field| Statement::unknown(cause, field, message))
    }

    /// What is said of a Secret of another type, which is not looked into.
    pub(super) fn not_read(&self) -> Statement {
        let message = format!("Secret {} is of a type that is not read", self.name);
        self.named(|field| Statement::unknown(Cause::Undecidable, field, message))
    }

    /// Its certificate and key, where it is there.
    pub(super) fn material(&self) -> Option<&'a TlsMaterial> {
        match self.found {
            SecretLookup::Found(secret) => secret.facts.tls.as_ref(),
            _ => None,
        }
    }

    /// Its certificate and key, where a certificate can be read.
    pub(super) fn with_leaf(&self) -> Option<&'a TlsMaterial> {
        self.material().filter(|material| material.leaf().is_some())
    }
}

/// Certificates and keys of the Secrets that are there, each once.
pub(super) fn materials<'a, 'b>(uses: impl IntoIterator<Item = &'b SecretUse<'a>>) -> Materials<'a>
where
    'a: 'b,
{
    uses.into_iter().filter_map(|used| Some((used.key.clone(), used.material()?))).collect()
}

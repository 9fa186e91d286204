//! What an object is called.
//!
//! It must not hold what objects of one name do not have in common. Next: [`super::metadata`], and [`super::pools`],
//! which keeps equal ones once.

use std::ops::{Deref, DerefMut};

use super::labels::Labels;
use super::metadata::Metadata;
use super::name::Name;

/// What an object is called, by people and by programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Naming {
    /// Name; empty in a pod template.
    pub name: Name,
    /// Namespace; empty for cluster-scoped objects and for files that do not say.
    pub namespace: Name,
    /// Labels.
    pub labels: Labels,
    /// Annotations without [`super::metadata::LAST_APPLIED`], and without the credentials in them ([`super::credential::redact`]).
    pub annotations: Labels,
}

impl Deref for Metadata {
    type Target = Naming;

    fn deref(&self) -> &Naming {
        &self.naming
    }
}

impl DerefMut for Metadata {
    fn deref_mut(&mut self) -> &mut Naming {
        &mut self.naming
    }
}

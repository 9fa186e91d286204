//! The objects known, by namespace, kind and name, and how complete that knowledge is.
//!
//! One writer fills it (the controller's index, or the loader of files); checks read it through a
//! [`NamespaceView`], which can see one namespace and nothing else ([`view`]). It must not know what a change
//! means for verdicts beyond the joins in [`super::joins`]. Next: [`secrets`] for what is known of a TLS
//! Secret that is not here, [`crate::catalogue`].

mod auth_policies;
mod cluster;
mod entered;
mod grants;
mod middlewares;
mod named_secrets;
mod namespaces;
mod numbers;
mod packing;
mod places;
mod records;
mod related;
mod remembered;
mod rights;
mod rivals;
mod routes;
mod scaling;
mod secret_users;
mod secrets;
mod supposing;
mod tls_options;
mod view;
mod virtual_services;
mod workloads;

pub use auth_policies::ROOT_NAMESPACE;
pub use grants::Granted;
pub use middlewares::Steps;
pub use named_secrets::NamedSecret;
pub use namespaces::{Holds, Matching};
pub use records::Record;
pub use remembered::Remembered;
pub use rights::Binding;
pub use rivals::{Rival, RouteRival, repeated};
pub use scaling::Scaler;
pub use view::NamespaceView;

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::num::NonZeroU32;
use std::sync::Arc;

use self::places::Places;
use super::index::{Index, Term};
use super::kind::Kind;
use super::kind_map::KindMap;
use super::lookup::{Coverage, Lookup, SecretAnswer};
use super::metadata::Metadata;
use super::object::{Object, ObjectKey};
use super::owners::Owners;
use super::pools::Pools;
use super::uid::Uid;
use super::workload::Workload;
use super::written::{Shape, Written};

/// What a write to the inventory did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing that any check reads differs.
    None,
    /// The object is new.
    Added,
    /// The object differs from what was there, which is handed back.
    Updated(Box<Object>),
    /// The object is gone; it is handed back.
    Removed(Box<Object>),
}

/// Every object known.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    entries: BTreeMap<Arc<ObjectKey>, Entry>,
    index: Index,
    coverage: KindMap<Coverage>,
    /// Of kinds that are looked at in these namespaces only.
    places: BTreeMap<Kind, Places>,
    epochs: BTreeMap<Kind, u32>,
    live: bool,
    /// The minor of Kubernetes that the server has, or for which files are meant.
    server_minor: Option<u8>,
    /// What else was given that may become pods, by namespace: the first by name of each.
    makers: BTreeMap<String, String>,
    /// Namespaces and names of Secrets that something given makes, which holds more than is known.
    promised: BTreeSet<(String, String)>,
    /// Whether something came as a file gives it.
    documents: bool,
    /// Where reports on objects of the cluster lie.
    home: String,
    owners: Owners,
    pools: Pools,
    /// Of Secrets that are not in `entries` only.
    secret_answers: BTreeMap<ObjectKey, SecretAnswer>,
}

#[derive(Clone, Debug)]
struct Entry {
    object: Object,
    epoch: u32,
    /// What whoever fills the inventory knows it by.
    number: Option<NonZeroU32>,
}

impl Inventory {
    /// An empty inventory in which absence proves something (or not) for every kind alike.
    pub fn with_coverage(coverage: Coverage) -> Self {
        let coverage = Kind::ALL.iter().map(|kind| (*kind, coverage)).collect();
        Self { coverage, ..Self::default() }
    }

    /// The same with this namespace for reports on objects of the cluster.
    #[must_use]
    pub fn at_home(self, namespace: &str) -> Self {
        Self { home: namespace.to_owned(), ..self }
    }

    /// Sets the minor of Kubernetes that the server has, or for which files are meant; tells whether it was another.
    pub fn set_server_minor(&mut self, minor: Option<u8>) -> bool {
        std::mem::replace(&mut self.server_minor, minor) != minor
    }

    /// The minor of Kubernetes that the server has, or for which files are meant, if anybody said.
    pub const fn server_minor(&self) -> Option<u8> {
        self.server_minor
    }

    /// Where reports on objects of the cluster lie; empty in files.
    pub(super) fn home(&self) -> &str {
        &self.home
    }

    /// Sets how much is known of a kind.
    pub fn set_coverage(&mut self, kind: Kind, coverage: Coverage) {
        self.coverage.insert(kind, coverage);
    }

    /// How much is known of a kind.
    pub fn coverage(&self, kind: Kind) -> Coverage {
        self.coverage.get(kind).copied().unwrap_or_default()
    }

    /// The kinds of which it was said how much is known, in order.
    pub fn covered_kinds(&self) -> impl Iterator<Item = Kind> {
        self.coverage.iter().map(|(kind, _)| kind)
    }

    /// Puts an object in. One that is nobody's concern any more, since another workload came to manage it or for a like
    /// reason, is taken out instead.
    pub fn apply(&mut self, mut object: Object) -> Change {
        if !is_kept(&object) {
            return self.take(&object.key());
        }
        self.pools.share(&mut object);
        // It holds the names that are kept.
        let key = object.key();
        let change = self.put(&key, object);
        self.forget_answers(&key);
        change
    }

    /// What each owner owns.
    pub(super) const fn owners(&self) -> &Owners {
        &self.owners
    }

    fn put(&mut self, key: &ObjectKey, object: Object) -> Change {
        let epoch = self.epochs.get(&key.kind).copied().unwrap_or_default();
        self.documents |= object.metadata().written().is_some_and(|own| own.shape != Shape::Taken);
        match self.entries.entry(Arc::new(key.clone())) {
            btree_map::Entry::Vacant(place) => {
                self.owners.add(&object);
                self.index.add(place.key(), &object);
                place.insert(Entry { object, epoch, number: None });
                Change::Added
            }
            btree_map::Entry::Occupied(mut place) => {
                let entry = place.get_mut();
                entry.epoch = epoch;
                let changed = entry.object != object;
                if changed {
                    self.owners.take(&entry.object);
                    self.owners.add(&object);
                }
                let before = std::mem::replace(&mut entry.object, object);
                if !changed {
                    return Change::None;
                }
                self.reindex(key, &before);
                Change::Updated(Box::new(before))
            }
        }
    }

    /// An object is not any more as it was.
    fn reindex(&mut self, key: &ObjectKey, before: &Object) {
        if let Some((key, entry)) = self.entries.get_key_value(key) {
            self.index.take(key, before);
            self.index.add(key, &entry.object);
        }
    }

    /// Takes an object out, if it still is the one with this uid: the deletion of a predecessor of the
    /// same name must not take its successor out.
    pub fn remove(&mut self, key: &ObjectKey, uid: &str) -> Change {
        match self.entries.get(key) {
            Some(entry) if uid.is_empty() || *entry.object.metadata().uid() == Uid::from(uid) => {
                self.take(key)
            }
            _ => Change::None,
        }
    }

    fn take(&mut self, key: &ObjectKey) -> Change {
        self.drop_entry(key).map_or(Change::None, |object| Change::Removed(Box::new(object)))
    }

    fn drop_entry(&mut self, key: &ObjectKey) -> Option<Object> {
        let (shared, entry) = self.entries.remove_entry(key)?;
        self.index.take(&shared, &entry.object);
        self.forget_answers(key);
        self.owners.take(&entry.object);
        Some(entry.object)
    }

    /// A list of this kind begins: from here on [`Self::apply`] marks what it sees.
    pub fn begin_list(&mut self, kind: Kind) {
        *self.epochs.entry(kind).or_default() += 1;
    }

    /// A list of this kind has ended: whatever it did not show is gone, although nobody said so (a
    /// relist emits no deletions). Hands back what was taken out.
    pub fn end_list(&mut self, kind: Kind) -> Vec<Object> {
        let epoch = self.epochs.get(&kind).copied().unwrap_or_default();
        let gone: Vec<_> = self
            .entries
            .iter()
            .filter(|(key, entry)| key.kind == kind && entry.epoch < epoch)
            .map(|(key, _)| Arc::clone(key))
            .collect();
        gone.iter().filter_map(|key| self.drop_entry(key)).collect()
    }

    /// Forgets every object of a kind that is not served any more. Hands back what was taken out.
    pub fn clear(&mut self, kind: Kind) -> Vec<Object> {
        self.begin_list(kind);
        self.end_list(kind)
    }

    /// One object.
    pub fn get(&self, key: &ObjectKey) -> Option<&Object> {
        self.entries.get(key).map(|entry| &entry.object)
    }

    /// One workload.
    pub fn workload(&self, key: &ObjectKey) -> Option<&Workload> {
        match self.get(key) {
            Some(Object::Workload(workload)) => Some(workload),
            _ => None,
        }
    }

    /// Every object, in order of namespace, kind and name.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.entries.values().map(|entry| &entry.object)
    }

    /// Every object of one namespace, in order of kind and name.
    pub fn objects_in(&self, namespace: &str) -> impl Iterator<Item = &Object> {
        let first = ObjectKey { namespace: namespace.into(), kind: Kind::default(), name: "".into() };
        self.entries
            .range(first..)
            .take_while(move |(key, _)| key.namespace == namespace)
            .map(|(_, entry)| &entry.object)
    }

    /// The objects of one kind in one namespace, in order of name.
    pub(super) fn objects_of(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Object> {
        let first = ObjectKey { namespace: namespace.into(), kind, name: "".into() };
        self.entries
            .range(first..)
            .take_while(move |(key, _)| key.kind == kind && key.namespace == namespace)
            .map(|(_, entry)| &entry.object)
    }

    /// The objects that may be entered under a term, in order; all that are, are among them.
    pub(super) fn candidates<'a>(
        &'a self,
        namespace: &'a str,
        term: Term<'_>,
    ) -> impl Iterator<Item = &'a Object> + use<'a> {
        self.index.find(namespace, term).filter_map(|key| self.get(key))
    }

    #[cfg(test)]
    pub(super) const fn index(&self) -> &Index {
        &self.index
    }

    /// Every workload, in order of namespace, kind and name.
    pub fn workloads(&self) -> impl Iterator<Item = &Workload> {
        self.objects().filter_map(|object| match object {
            Object::Workload(workload) => Some(&**workload),
            _ => None,
        })
    }

    /// Labels of a namespace.
    pub fn namespace_metadata(&self, name: &str) -> Lookup<&Metadata> {
        let key = ObjectKey { namespace: "".into(), kind: Kind::Namespace, name: name.into() };
        match self.get(&key) {
            Some(object) => Lookup::Found(object.metadata()),
            None => self.absent(Kind::Namespace, ""),
        }
    }

    fn absent<T>(&self, kind: Kind, namespace: &str) -> Lookup<T> {
        self.coverage_in(kind, namespace).gap().map_or(Lookup::Missing, Lookup::Unknown)
    }
}

/// Whether an object concerns anybody: one that another workload manages does not, nor does one for which the API server
/// asks nobody, unless a file gives it.
fn is_kept(object: &Object) -> bool {
    match object {
        Object::Owned(..) => false,
        Object::ApiService(_) | Object::CustomResourceDefinition(_) => {
            object.asked_services().next().is_some()
                || object.metadata().written().is_some_and(Written::is_of_a_file)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;

//! What a ServiceAccount of the namespace may do: its bindings, and their roles.
//!
//! Bindings in other namespaces are in sight of policies of the whole cluster only. It must not judge a right. Next:
//! [`super::super::rbac`].

use std::collections::BTreeSet;

use super::super::index::Everywhere;
use super::super::kind::Kind;
use super::super::lookup::{Cause, Known, Lookup, Search};
use super::super::metadata::Metadata;
use super::super::object::Object;
use super::super::rbac::{Role, RoleBinding};
use super::remembered::once;
use super::{Inventory, NamespaceView};

/// A binding of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// `RoleBinding` or `ClusterRoleBinding`.
    pub kind: Kind,
    /// The binding.
    pub binding: &'a RoleBinding,
}

impl Inventory {
    /// The RoleBindings of every namespace that may give something to the ServiceAccount of this namespace and name: to all
    /// of the namespace without a name, to all there are without a namespace.
    pub(in super::super) fn bindings_naming(
        &self,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = &Object> {
        self.index.find_everywhere(Everywhere::Binds(namespace, name)).filter_map(|key| self.get(key))
    }
}

impl<'a> NamespaceView<'a> {
    /// The RoleBindings of the namespace and the ClusterRoleBindings that give something to the ServiceAccount of
    /// this name, whether they name it or a group that it is in; where other namespaces are in sight, also theirs.
    pub fn bindings_of(&self, service_account: &str) -> Known<'a, Binding<'a>> {
        let includes = |binding: &RoleBinding| {
            binding.subjects.iter().any(|subject| subject.includes_account(self.namespace, service_account))
        };
        let pick = |object: &'a Object| match object {
            Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => {
                includes(binding).then_some(Binding { kind: object.kind(), binding })
            }
            _ => None,
        };
        let of_cluster = || self.cluster_search(Kind::ClusterRoleBinding, pick);
        let around = self.around_account(service_account);
        if self.sees_others {
            let search = || self.role_bindings_everywhere(service_account, pick).and(of_cluster());
            return once(around.map(|around| &around.bindings_everywhere), search);
        }
        let search = || self.search(Kind::RoleBinding, pick).and(of_cluster());
        once(around.map(|around| &around.bindings), search)
    }

    /// The ClusterRoleBindings among them, whatever is known of RoleBindings.
    pub fn cluster_bindings_of(&self, service_account: &str) -> Search<Binding<'a>> {
        self.cluster_search(Kind::ClusterRoleBinding, |object| match object {
            Object::ClusterRoleBinding(binding) => {
                let mut subjects = binding.subjects.iter();
                let includes = subjects.any(|one| one.includes_account(self.namespace, service_account));
                includes.then_some(Binding { kind: Kind::ClusterRoleBinding, binding })
            }
            _ => None,
        })
    }

    /// Whether a workload of another namespace in sight runs as an account that a binding gives its role to: what is
    /// found of it stands in that workload's report.
    pub fn is_held_elsewhere(&self, binding: &RoleBinding) -> bool {
        self.sees_others && self.inventory.is_held(binding)
    }

    /// Whether a workload in sight has this role by some binding: what is found of the role stands in that workload's
    /// report.
    pub fn is_had(&self, kind: Kind, role: &Metadata) -> bool {
        let gives = |binding: &RoleBinding| {
            binding.role_ref.kind == kind.as_str() && binding.role_ref.name == role.name
        };
        let is_had = |object: &Object| match object {
            Object::ClusterRoleBinding(binding) => gives(binding) && self.inventory.is_held(binding),
            Object::RoleBinding(binding) => {
                gives(binding) && (self.inventory.is_reached(object) || self.is_held_elsewhere(binding))
            }
            _ => false,
        };
        match kind {
            Kind::Role => self.inventory.objects_of(Kind::RoleBinding, &role.namespace).any(is_had),
            _ => self.inventory.objects().any(is_had),
        }
    }

    /// Whether a binding gives this role to anybody, of whatever namespace that reaches it.
    pub fn is_bound(&self, kind: Kind, role: &Metadata) -> bool {
        let is_bound = |object: &Object| match object {
            Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => {
                binding.role_ref.kind == kind.as_str() && binding.role_ref.name == role.name
            }
            _ => false,
        };
        match kind {
            Kind::Role => self.inventory.objects_of(Kind::RoleBinding, &role.namespace).any(is_bound),
            _ => self.inventory.objects().any(is_bound),
        }
    }

    /// The RoleBindings of every namespace that are picked. `pick` picks none that does not include the account.
    fn role_bindings_everywhere<T>(
        &self,
        service_account: &str,
        pick: impl Fn(&'a Object) -> Option<T>,
    ) -> Search<T> {
        let inventory = self.inventory;
        let incomplete = inventory.coverage_everywhere(Kind::RoleBinding).gap();
        // What is stale is known no better than what was never seen.
        if incomplete == Some(Cause::Stale) {
            return Search { found: Vec::new(), incomplete };
        }
        let terms = [(self.namespace, service_account), (self.namespace, ""), ("", "")];
        let terms = terms.into_iter().map(|(namespace, name)| Everywhere::Binds(namespace, name));
        // One binding may name an account and its group.
        let keys: BTreeSet<_> = terms.flat_map(|term| inventory.index.find_everywhere(term)).collect();
        let found = keys.into_iter().filter_map(|key| inventory.get(key)).filter_map(pick).collect();
        let has_broken = || inventory.broken_everywhere(Kind::RoleBinding).next().is_some();
        Search { found, incomplete: incomplete.or_else(|| has_broken().then_some(Cause::Undecodable)) }
    }

    /// The ClusterRoles that are wanted.
    pub fn cluster_roles(&self, is_wanted: impl Fn(&Role) -> bool) -> Search<&'a Role> {
        self.cluster_search(Kind::ClusterRole, |object| match object {
            Object::ClusterRole(role) if is_wanted(role) => Some(&**role),
            _ => None,
        })
    }

    /// The role that a binding gives: of its own namespace, where it lies in one.
    pub fn role_of(&self, binding: &RoleBinding) -> Lookup<&'a Role> {
        let pick = |object: &'a Object| match object {
            Object::Role(role) | Object::ClusterRole(role) => Some(&**role),
            _ => None,
        };
        let (reference, namespace) = (&binding.role_ref, binding.metadata.namespace.as_str());
        if reference.kind == Kind::ClusterRole.as_str() {
            self.cluster_lookup(Kind::ClusterRole, &reference.name, pick)
        } else if namespace.is_empty() {
            self.lookup(Kind::Role, &reference.name, pick)
        } else {
            self.inventory.lookup(Kind::Role, namespace, &reference.name, pick)
        }
    }
}

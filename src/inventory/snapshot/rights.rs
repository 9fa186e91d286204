//! What a ServiceAccount of the namespace may do: its bindings, and their roles.
//!
//! Bindings in other namespaces are out of sight. It must not judge a right. Next: [`super::super::rbac`].

use super::super::kind::Kind;
use super::super::lookup::{Known, Lookup};
use super::super::object::Object;
use super::super::rbac::{Role, RoleBinding};
use super::NamespaceView;
use super::remembered::once;

/// A binding of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// `RoleBinding` or `ClusterRoleBinding`.
    pub kind: Kind,
    /// The binding.
    pub binding: &'a RoleBinding,
}

impl<'a> NamespaceView<'a> {
    /// The RoleBindings of the namespace and the ClusterRoleBindings that give something to the ServiceAccount of
    /// this name, whether they name it or a group that it is in.
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
        let search =
            || self.search(Kind::RoleBinding, pick).and(self.cluster_search(Kind::ClusterRoleBinding, pick));
        once(self.around_account(service_account).map(|around| &around.bindings), search)
    }

    /// The role that a binding gives.
    pub fn role_of(&self, binding: &RoleBinding) -> Lookup<&'a Role> {
        let pick = |object: &'a Object| match object {
            Object::Role(role) | Object::ClusterRole(role) => Some(&**role),
            _ => None,
        };
        if binding.role_ref.kind == Kind::ClusterRole.as_str() {
            self.cluster_lookup(Kind::ClusterRole, &binding.role_ref.name, pick)
        } else {
            self.lookup(Kind::Role, &binding.role_ref.name, pick)
        }
    }
}

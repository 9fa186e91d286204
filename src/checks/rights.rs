//! What the ServiceAccount of a workload may do, or whoever a binding names, and which of that is too much.
//!
//! Rules are read as the API server's authorizer reads them: wildcards, `*/subresource`, names, and a RoleBinding that
//! reaches its namespace only, be it another one than the workload's. It must not say which rights are dangerous.
//! Next: [`super::limits`] for what is said of them, [`super::dangers`].

use std::sync::LazyLock;

use super::helpers::pod;
use super::right::{Reach, Right};
use super::server_roles;
use crate::catalogue::{Field, ObjectSubject, Statement, WorkloadSubject};
use crate::inventory::lookup::{Cause, Lookup, Search};
use crate::inventory::object::ObjectKey;
use crate::inventory::rbac::{PolicyRule, RbacSubject, Role, RoleBinding};
use crate::inventory::snapshot::Binding;
use crate::inventory::{Kind, NamespaceView, Object};

/// Longest part of a name that a message shows.
const SHOWN: usize = 60;

/// The role that may do everything; the server makes it.
const CLUSTER_ADMIN: &str = "cluster-admin";

/// The one rule of it that counts.
static EVERYTHING: LazyLock<[PolicyRule; 1]> = LazyLock::new(|| {
    let all = || vec!["*".to_owned()];
    [PolicyRule { api_groups: all(), resources: all(), verbs: all(), ..PolicyRule::default() }]
});

/// Those whom a binding names, but for the cluster's own.
pub(super) fn holders(binding: &RoleBinding) -> impl Iterator<Item = &RbacSubject> {
    binding.subjects.iter().filter(|holder| !is_of_the_system(holder))
}

/// Whether a holder is the server's own, one of its controllers, or that of whoever installs the cluster. Everybody, signed
/// in or not, is none of these, nor are the accounts of a namespace.
pub(super) fn is_of_the_system(holder: &RbacSubject) -> bool {
    if let Some((namespace, _)) = holder.accounts() {
        return namespace == "kube-system";
    }
    let is_anybody = ["system:unauthenticated", "system:anonymous"].contains(&holder.name.as_str());
    holder.name == "kubeadm:cluster-admins" || (holder.name.starts_with("system:") && !is_anybody)
}

/// The binding that an object is, if it is one.
pub(super) fn binding_of<'a>(subject: &ObjectSubject<'a>) -> Option<Binding<'a>> {
    match subject.object {
        Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => {
            Some(Binding { kind: subject.object.kind(), binding })
        }
        _ => None,
    }
}

/// A role that the workload's ServiceAccount has.
pub(super) struct Grant<'a> {
    /// The binding that gives it.
    pub(super) binding: Binding<'a>,
    /// Whether it holds in another namespace than the account's.
    is_elsewhere: bool,
    /// The role; absent for one that the server makes and that was not given.
    role: Option<&'a Role>,
    /// What the role allows.
    rules: &'a [PolicyRule],
}

/// Every role that the workload's ServiceAccount has.
pub(super) struct Grants<'a> {
    /// Those known.
    pub(super) found: Vec<Grant<'a>>,
    /// What is not known, as statements.
    pub(super) doubts: Vec<Statement>,
    /// Who has them, in words.
    who: &'static str,
}

impl<'a> Grants<'a> {
    /// Those of the ServiceAccount that the pods run as.
    pub(super) fn of(subject: &WorkloadSubject<'a>) -> Self {
        Self::by(subject, &subject.namespace.bindings_of(&subject.pod().service_account_name))
    }

    /// Those of them that hold in every namespace.
    pub(super) fn of_cluster(subject: &WorkloadSubject<'a>) -> Self {
        Self::by(subject, &subject.namespace.cluster_bindings_of(&subject.pod().service_account_name))
    }

    fn by(subject: &WorkloadSubject<'a>, bindings: &Search<Binding<'a>>) -> Self {
        let mut grants = Self { found: Vec::new(), doubts: Vec::new(), who: "the pods" };
        for binding in &bindings.found {
            grants.add(subject.namespace, *binding);
        }
        grants.doubts.extend(bindings.incomplete.map(|cause| unknown_bindings(subject, cause)));
        grants
    }

    /// That of a binding by itself.
    pub(super) fn of_binding(namespace: NamespaceView<'a>, binding: Binding<'a>) -> Self {
        let names_accounts = holders(binding.binding).any(|holder| holder.accounts().is_some());
        let who = if names_accounts { "its accounts" } else { "its subjects" };
        let mut grants = Self { found: Vec::new(), doubts: Vec::new(), who };
        grants.add(namespace, binding);
        grants
    }

    fn add(&mut self, namespace: NamespaceView<'a>, binding: Binding<'a>) {
        let reference = &binding.binding.role_ref;
        let of_cluster = reference.kind == Kind::ClusterRole.as_str();
        let is_file = !namespace.is_live();
        match namespace.role_of(binding.binding) {
            Lookup::Found(role) if is_unfilled(role) && is_file => self.add_filled(namespace, binding, role),
            Lookup::Found(role) => {
                self.found(namespace, binding, (Some(role), &role.rules));
                if is_unfilled(role) {
                    self.doubt(Cause::NotGiven, binding);
                }
            }
            _ if of_cluster && reference.name == CLUSTER_ADMIN => {
                self.found(namespace, binding, (None, &*EVERYTHING));
            }
            // In a cluster it would be there.
            absent
                if is_file
                    && let Some(rules) =
                        server_roles::fixed_rules_of(reference, &binding.binding.metadata.namespace) =>
            {
                self.found(namespace, binding, (None, rules));
                if let Lookup::Unknown(cause) = absent {
                    self.doubt(cause, binding);
                }
            }
            absent
                if of_cluster
                    && is_file
                    && let Some(rules) = server_roles::rules_of(&reference.name) =>
            {
                let unknown = self.add_extended(namespace, binding, (&reference.name, rules));
                let unknown = if let Lookup::Unknown(cause) = absent { Some(cause) } else { unknown };
                if let Some(cause) = unknown {
                    self.doubt(cause, binding);
                }
            }
            Lookup::Missing if of_cluster && is_made_by_the_server(&reference.name) => {
                self.doubt(Cause::NotGiven, binding);
            }
            // A role that is not there gives nothing.
            Lookup::Missing => {}
            Lookup::Unknown(cause) => self.doubt(cause, binding),
        }
    }

    fn found(
        &mut self,
        namespace: NamespaceView<'a>,
        binding: Binding<'a>,
        (role, rules): (Option<&'a Role>, &'a [PolicyRule]),
    ) {
        let place = binding.binding.metadata.namespace.as_str();
        let is_elsewhere = !place.is_empty() && place != namespace.name();
        self.found.push(Grant { binding, is_elsewhere, role, rules });
    }

    /// What one of the server's own for users allows that nobody shows, and what is added to it. What it holds at least is
    /// known; what else, if every ClusterRole is: the cause if not.
    fn add_extended(
        &mut self,
        namespace: NamespaceView<'a>,
        binding: Binding<'a>,
        (name, rules): (&str, &'static [PolicyRule]),
    ) -> Option<Cause> {
        self.found(namespace, binding, (None, rules));
        let added = namespace.cluster_roles(|role| server_roles::is_added(role, name));
        for role in &added.found {
            self.found(namespace, binding, (Some(role), &role.rules));
        }
        added.incomplete
    }

    /// What a ClusterRole of a file allows that a controller of the server fills from others.
    fn add_filled(&mut self, namespace: NamespaceView<'a>, binding: Binding<'a>, role: &'a Role) {
        let mut unknown = None;
        let mut seen = vec![role.metadata.name.as_str()];
        let mut open = vec![role];
        while let Some(aggregation) = open.pop().and_then(|role| role.aggregation.as_deref()) {
            let parts = namespace.cluster_roles(|part| aggregation.includes(&part.metadata.labels));
            unknown = unknown.or(parts.incomplete);
            for part in parts.found {
                if seen.contains(&part.metadata.name.as_str()) {
                    continue;
                }
                seen.push(&part.metadata.name);
                if is_unfilled(part) {
                    open.push(part);
                } else {
                    self.found(namespace, binding, (Some(part), &part.rules));
                }
            }
            let own = server_roles::included(aggregation);
            for (name, rules) in own.rules {
                if !seen.contains(&name) {
                    seen.push(name);
                    self.found(namespace, binding, (None, rules));
                }
            }
            for name in own.users {
                if let Some(rules) = server_roles::rules_of(name).filter(|_| !seen.contains(&name)) {
                    seen.push(name);
                    let of_it = self.add_extended(namespace, binding, (name, rules));
                    unknown = unknown.or(of_it);
                }
            }
            let of_others = own.others.then_some(Cause::NotGiven);
            unknown = unknown.or(of_others);
        }
        if let Some(cause) = unknown {
            self.doubt(cause, binding);
        }
    }

    fn doubt(&mut self, cause: Cause, binding: Binding<'_>) {
        let reference = &binding.binding.role_ref;
        let message = format!("what {} {} allows is not known", reference.kind, shown(&reference.name));
        let field = Field::Object("roleRef.name".into());
        self.doubts.push(Statement::unknown(cause, field, message).about(binding_key(binding)));
    }

    /// What is given of these rights: one excess for each rule that gives any.
    pub(super) fn excesses(&self, rights: &[Right]) -> Vec<Excess<'_>> {
        let rules = self
            .found
            .iter()
            .flat_map(|grant| grant.rules().iter().enumerate().map(move |rule| (grant, rule)));
        rules
            .filter_map(|(grant, rule)| {
                let rights = rights.iter().filter(|right| grant.reaches(right));
                Some(Excess { grant, who: self.who, given: Given::by(rule, rights)? })
            })
            .collect()
    }
}

impl<'a> Grant<'a> {
    /// What the role allows.
    pub(super) const fn rules(&self) -> &'a [PolicyRule] {
        self.rules
    }

    /// Whether the role holds in every namespace and for the cluster itself.
    pub(super) const fn is_for_the_cluster(&self) -> bool {
        matches!(self.binding.kind, Kind::ClusterRoleBinding)
    }

    /// Whether it is, or equals, the role that may do everything.
    pub(super) fn is_everything(&self) -> bool {
        let all = |list: &[String]| list.iter().any(|entry| entry == "*");
        self.rules().iter().any(|rule| {
            all(&rule.verbs)
                && all(&rule.api_groups)
                && all(&rule.resources)
                && rule.resource_names.is_empty()
        })
    }

    fn reaches(&self, right: &Right) -> bool {
        let here = match right.reach {
            Reach::Namespace => true,
            Reach::Cluster => false,
            Reach::System => self.binding.binding.metadata.namespace == "kube-system",
        };
        here || self.is_for_the_cluster()
    }

    /// A fault of the role, at a path in it; of the binding, where the role itself was not given.
    pub(super) fn fault(&self, path: &str, message: &str) -> Statement {
        let message = format!("{message}, by {}", self.shown());
        let (path, key) = match self.role {
            Some(role) => (path, self.role_key(role)),
            None => ("roleRef.name", binding_key(self.binding)),
        };
        Statement::fail(Field::Object(path.to_owned().into()), message).about(key)
    }

    /// The binding by kind and name, with its namespace where that is another one.
    pub(super) fn shown(&self) -> String {
        let Binding { kind, binding } = self.binding;
        let name = shown(&binding.metadata.name);
        if self.is_elsewhere {
            format!("{kind} {}/{name}", shown(&binding.metadata.namespace))
        } else {
            format!("{kind} {name}")
        }
    }

    /// Where the role holds, in words.
    pub(super) fn place(&self) -> String {
        if self.is_for_the_cluster() {
            "the cluster".to_owned()
        } else if self.is_elsewhere {
            format!("namespace {}", shown(&self.binding.binding.metadata.namespace))
        } else {
            "the namespace".to_owned()
        }
    }

    fn role_key(&self, role: &Role) -> ObjectKey {
        let of_cluster = self.binding.binding.role_ref.kind == Kind::ClusterRole.as_str();
        ObjectKey {
            namespace: role.metadata.namespace.clone(),
            kind: if of_cluster { Kind::ClusterRole } else { Kind::Role },
            name: role.metadata.name.clone(),
        }
    }
}

/// A rule that gives more than it should.
pub(super) struct Excess<'a> {
    /// The role and how it is bound.
    pub(super) grant: &'a Grant<'a>,
    who: &'static str,
    given: Given,
}

impl Excess<'_> {
    /// What it gives, in words.
    pub(super) fn what(&self) -> String {
        self.given.what()
    }

    /// What is said of it.
    pub(super) fn statement(&self) -> Statement {
        self.grant.fault(&self.given.path, &format!("{} may {}", self.who, self.what()))
    }
}

/// What a rule gives of some rights: the first, and how many others.
pub(super) struct Given {
    /// Path of the resource in the role.
    pub(super) path: String,
    what: String,
    more: usize,
}

impl Given {
    /// What a rule gives, with its place in the role.
    pub(super) fn by<'b>(
        (index, rule): (usize, &PolicyRule),
        rights: impl Iterator<Item = &'b Right>,
    ) -> Option<Self> {
        let mut given = rights.filter_map(|right| Some((right, right.given_by(rule)?)));
        let (right, (place, verbs)) = given.next()?;
        let what = format!("{} {}", words(&verbs), right.resource);
        Some(Self { path: format!("rules[{index}].resources[{place}]"), what, more: given.count() })
    }

    /// In words.
    pub(super) fn what(&self) -> String {
        match self.more {
            0 => self.what.clone(),
            more => format!("{} and {more} more", self.what),
        }
    }
}

/// What to say when nobody knows what names the ServiceAccount.
pub(super) fn unknown_bindings(subject: &WorkloadSubject<'_>, cause: Cause) -> Statement {
    let account = shown(&subject.pod().service_account_name);
    let message = format!("which roles ServiceAccount {account} has is not known");
    Statement::unknown(cause, pod("serviceAccountName"), message)
}

/// A binding as an object.
pub(super) fn binding_key(Binding { kind, binding }: Binding<'_>) -> ObjectKey {
    let RoleBinding { metadata, .. } = binding;
    ObjectKey { namespace: metadata.namespace.clone(), kind, name: metadata.name.clone() }
}

/// Whether nothing shows that a controller of the server has filled the role from others: a file says nothing of what it
/// will hold.
fn is_unfilled(role: &Role) -> bool {
    role.aggregates() && role.metadata.uid().is_empty()
}

/// Whether a ClusterRole of this name may be there although nobody shows it: names with this beginning are for the API
/// server and other components of the cluster.
pub(super) fn is_made_by_the_server(cluster_role: &str) -> bool {
    matches!(cluster_role, "admin" | "edit" | "view" | CLUSTER_ADMIN) || cluster_role.starts_with("system:")
}

fn words(verbs: &[&str]) -> String {
    if verbs.contains(&"*") { "do anything with".to_owned() } else { verbs.join(", ") }
}

fn shown(name: &str) -> String {
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;

//! What the ServiceAccount of a workload may do, or whoever a binding names, and which of that is too much.
//!
//! Rules are read as the API server's authorizer reads them: wildcards, `*/subresource`, names, and a RoleBinding that
//! reaches its namespace only, be it another one than the workload's. It must not say which rights are dangerous.
//! Next: [`super::dangers`].

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::globs::Globs;
use super::helpers::pod;
use super::right::{Reach, Right};
use super::server_roles;
use crate::catalogue::{Field, Judgement, ObjectSubject, Severity, Statement, WorkloadSubject};
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

/// Parameters of the checks that limit a right to some.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Allowed {
    /// Patterns of `ServiceAccount`s, as `namespace/name`, that may have the right; of users and groups, as `User:name`
    /// and `Group:name`.
    allow_subjects: Globs,
}

impl Allowed {
    /// Whether the ServiceAccount of the workload is among them.
    pub(super) fn includes(&self, subject: &WorkloadSubject<'_>) -> bool {
        let account = &subject.pod().service_account_name;
        // Mostly there are no patterns, and nothing to compare with them.
        !self.allow_subjects.is_empty()
            && self.allow_subjects.match_any(&format!("{}/{account}", subject.namespace.name()))
    }

    /// Whether one whom a binding names is among them. Of all accounts of a namespace the name is empty.
    fn include(&self, holder: &RbacSubject) -> bool {
        self.allow_subjects.match_any(&match holder.accounts() {
            Some((namespace, name)) => format!("{namespace}/{name}"),
            None => format!("{}:{}", holder.kind, holder.name),
        })
    }
}

/// Those whom a binding names, but for the cluster's own.
pub(super) fn holders(binding: &RoleBinding) -> impl Iterator<Item = &RbacSubject> {
    binding.subjects.iter().filter(|holder| !is_of_the_system(holder))
}

/// Whether a holder is the server's own, one of its controllers, or that of whoever installs the cluster. Everybody, signed
/// in or not, is none of these, nor are the accounts of a namespace.
fn is_of_the_system(holder: &RbacSubject) -> bool {
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
        let place = binding.binding.metadata.namespace.as_str();
        let is_elsewhere = !place.is_empty() && place != namespace.name();
        let reference = &binding.binding.role_ref;
        let of_cluster = reference.kind == Kind::ClusterRole.as_str();
        let mut found = |role: Option<&'a Role>, rules| {
            self.found.push(Grant { binding, is_elsewhere, role, rules });
        };
        match namespace.role_of(binding.binding) {
            Lookup::Found(role) => {
                found(Some(role), &role.rules);
                // A controller of the server fills these; a file says nothing of what they will hold.
                if role.aggregates && role.metadata.uid().is_empty() {
                    self.doubt(Cause::NotGiven, binding);
                }
            }
            _ if of_cluster && reference.name == CLUSTER_ADMIN => found(None, &*EVERYTHING),
            // What it holds at least is known; what else, if every ClusterRole is. In a cluster it would be there.
            absent
                if of_cluster
                    && !namespace.is_live()
                    && let Some(rules) = server_roles::rules_of(&reference.name) =>
            {
                found(None, rules);
                let added = namespace.cluster_roles(|role| server_roles::is_added(role, &reference.name));
                for role in &added.found {
                    found(Some(role), &role.rules);
                }
                let unknown = match absent {
                    Lookup::Unknown(cause) => Some(cause),
                    _ => added.incomplete,
                };
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
            .filter_map(|(grant, (index, rule))| {
                let rights = rights.iter().filter(|right| grant.reaches(right));
                let mut given = rights.filter_map(|right| Some((right, right.given_by(rule)?)));
                let (right, (place, verbs)) = given.next()?;
                let what = format!("{} {}", words(&verbs), right.resource);
                Some(Excess {
                    grant,
                    who: self.who,
                    path: format!("rules[{index}].resources[{place}]"),
                    what,
                    more: given.count(),
                })
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
    path: String,
    what: String,
    more: usize,
}

impl Excess<'_> {
    /// What it gives, in words.
    pub(super) fn what(&self) -> String {
        match self.more {
            0 => self.what.clone(),
            more => format!("{} and {more} more", self.what),
        }
    }

    fn statement(&self) -> Statement {
        self.grant.fault(&self.path, &format!("{} may {}", self.who, self.what()))
    }
}

/// What a check says that limits these rights to some.
pub(super) fn judge(subject: &WorkloadSubject<'_>, allowed: &Allowed, rights: &[Right]) -> Judgement {
    if allowed.includes(subject) {
        return Judgement::pass();
    }
    let grants = Grants::of(subject);
    conclude(&grants, rights)
}

/// The same of a binding whose accounts no workload uses. Users and groups are no workloads, and nobody's concern here.
pub(super) fn judge_binding(subject: &ObjectSubject<'_>, allowed: &Allowed, rights: &[Right]) -> Judgement {
    let Some(binding) = binding_of(subject) else { return Judgement::default() };
    let accounts: Vec<&RbacSubject> =
        holders(binding.binding).filter(|holder| holder.accounts().is_some()).collect();
    if accounts.is_empty() {
        return Judgement::not_applicable(NO_ACCOUNT);
    }
    judge_holders(subject, binding, (&accounts, allowed), rights)
}

/// The same of whomever a binding names. One that gives a right to users and groups alone is no worse than medium: what they
/// do with it is not up to whoever gets into a container.
pub(super) fn judge_any_binding(
    subject: &ObjectSubject<'_>,
    allowed: &Allowed,
    rights: &[Right],
    severity: Severity,
) -> Judgement {
    let Some(binding) = binding_of(subject) else { return Judgement::default() };
    let holders: Vec<&RbacSubject> = holders(binding.binding).collect();
    if holders.is_empty() {
        return Judgement::not_applicable(OF_THE_SYSTEM);
    }
    let mut judgement = judge_holders(subject, binding, (&holders, allowed), rights);
    let is_account = |holder: &&RbacSubject| holder.accounts().is_some() && !allowed.include(holder);
    if !holders.iter().any(is_account) {
        for statement in &mut judgement.statements {
            statement.grade.get_or_insert_with(|| severity.min(Severity::Medium));
        }
    }
    judgement
}

fn judge_holders<'a>(
    subject: &ObjectSubject<'a>,
    binding: Binding<'a>,
    (holders, allowed): (&[&RbacSubject], &Allowed),
    rights: &[Right],
) -> Judgement {
    if holders.iter().all(|holder| allowed.include(holder)) {
        return Judgement::pass();
    }
    if subject.namespace.is_held_elsewhere(binding.binding) {
        return Judgement::not_applicable(HELD_ELSEWHERE);
    }
    conclude(&Grants::of_binding(subject.namespace, binding), rights)
}

/// Why a check of accounts has nothing to say.
pub(super) const NO_ACCOUNT: &str = "the binding names no ServiceAccount but the cluster's own";

/// Why a check of whoever holds a role has nothing to say.
pub(super) const OF_THE_SYSTEM: &str = "the binding is of the system alone";

/// Why nothing is said of a binding by itself.
pub(super) const HELD_ELSEWHERE: &str = "the workloads of other namespaces that have its accounts tell";

fn conclude(grants: &Grants<'_>, rights: &[Right]) -> Judgement {
    // Most accounts have no role at all.
    if grants.found.is_empty() && grants.doubts.is_empty() {
        return Judgement::pass();
    }
    let excesses = grants.excesses(rights);
    let statements: Vec<Statement> = excesses.iter().map(Excess::statement).collect();
    statements.into_iter().chain(grants.doubts.iter().cloned()).collect()
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

/// Whether the API server makes a ClusterRole of this name.
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

//! What checks say that limit rights to some: of workloads, of bindings that none of them uses, and of roles that nobody is
//! bound to.
//!
//! It must not say which rights are dangerous, nor read a rule. Next: [`super::rights`], [`super::dangers`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::globs::Globs;
use super::right::{Reach, Right};
use super::rights::{Excess, Given, Grants, binding_of, holders};
use super::server_made;
use crate::catalogue::{Field, Judgement, ObjectSubject, Severity, Statement, WorkloadSubject};
use crate::inventory::rbac::RbacSubject;
use crate::inventory::snapshot::Binding;
use crate::inventory::{Kind, Object};

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

/// The same of a role that no binding gives to anybody. It does no harm yet, so it is no worse than medium.
pub(super) fn judge_role(subject: &ObjectSubject<'_>, rights: &[Right], severity: Severity) -> Judgement {
    let (Object::Role(role) | Object::ClusterRole(role)) = subject.object else {
        return Judgement::default();
    };
    let (kind, namespace) = (subject.object.kind(), role.metadata.namespace.as_str());
    if role.aggregates() || server_made::is_role(kind, namespace, &role.metadata.name) {
        return Judgement::not_applicable(MADE_OR_FILLED);
    }
    let reaches = |right: &&Right| match right.reach {
        Reach::Namespace => true,
        Reach::Cluster => kind == Kind::ClusterRole,
        Reach::System => kind == Kind::ClusterRole || namespace == "kube-system",
    };
    let given = role.rules.iter().enumerate();
    let given: Vec<Given> = given.filter_map(|rule| Given::by(rule, rights.iter().filter(reaches))).collect();
    if !given.is_empty() && subject.namespace.is_bound(kind, &role.metadata) {
        return Judgement::not_applicable("what is bound to the role tells");
    }
    let fault = |given: &Given| {
        let message = format!("whoever is bound to the role may {}", given.what());
        let field = Field::Object(given.path.clone().into());
        Statement::fail(field, message).graded(severity.min(Severity::Medium))
    };
    given.iter().map(fault).collect()
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

/// Why nothing is said of a role by itself.
pub(super) const MADE_OR_FILLED: &str = "the server makes the role or fills it from others";

/// Why a check of accounts has nothing to say.
const NO_ACCOUNT: &str = "the binding names no ServiceAccount but the cluster's own";

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

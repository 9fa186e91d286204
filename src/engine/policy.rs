//! A policy after it was resolved: nothing in it needs interpreting any more.
//!
//! It must not hold the raw spec. Next: [`super::resolve`] makes it, [`super::select`] and
//! [`super::weigh`] use it.

use std::collections::BTreeSet;
use std::fmt;

use crate::api::policy::{Enforcement, ReadyWhen};
use crate::api::severity::FailOn;
use crate::catalogue::{Check, Compiled, Family, Severity};
use crate::inventory::Kind;
use crate::inventory::selector::{Glob, Selector};

/// Which policy: kind, namespace and name. The order is the order of output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyKey {
    /// Namespace of a ReadinessPolicy; empty for a ClusterReadinessPolicy.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl PolicyKey {
    /// Whether it is a ClusterReadinessPolicy.
    pub const fn is_cluster(&self) -> bool {
        self.namespace.is_empty()
    }

    /// The policy's kind.
    pub const fn kind(&self) -> &'static str {
        if self.is_cluster() { "ClusterReadinessPolicy" } else { "ReadinessPolicy" }
    }
}

impl fmt::Display for PolicyKey {
    /// `Kind/name`, as in reports: a report shares the namespace of its policies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.name)
    }
}

/// A policy in force.
#[derive(Clone, Debug)]
pub struct EffectivePolicy {
    /// Which policy.
    pub key: PolicyKey,
    /// Which workloads it is about.
    pub selection: Selection,
    /// Fewest workloads for it to be Ready.
    pub min_workloads: u32,
    /// Its checks, by name.
    pub checks: Vec<EffectiveCheck>,
    /// Kinds of objects that they judge where no workload reaches them.
    pub orphans: BTreeSet<Kind>,
    /// Lowest severity that makes a workload not ready.
    pub fail_on: FailOn,
    /// What happens to an object that breaks it.
    pub enforcement: Enforcement,
    /// What `Ready` means.
    pub ready_when: ReadyWhen,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Whether annotations may waive checks.
    pub annotation_waivers: bool,
    /// Whether a failing workload of this release ends the wait of a pipeline.
    pub has_revision: bool,
    /// Families of its checks that the installation has switched off.
    pub switched_off: BTreeSet<Family>,
}

/// A check as one policy asks for it.
///
/// Those of a policy are gone through several times for each workload, mostly for nothing but name and severity: these stand
/// here, so that all of them together take few lines of the processor's cache.
#[derive(Clone, Debug)]
pub struct EffectiveCheck {
    /// The check.
    pub check: &'static Check,
    /// Its name.
    pub name: &'static str,
    /// Its rule with this policy's parameters.
    pub compiled: Box<Compiled>,
    /// Severity that this policy or its profile gives it; replaces every grade.
    pub severity: Option<Severity>,
    /// Severity that the check has by itself.
    pub usual_severity: Severity,
    /// Whether it looks into other namespaces: the policy is of the whole cluster, and the check is one that does.
    pub sees_others: bool,
    /// Whether the installation has switched its family off: then it has nothing to say, whatever becomes of what it
    /// would have judged.
    pub switched_off: bool,
}

impl EffectiveCheck {
    /// Severity of a finding with this grade.
    pub fn severity(&self, grade: Option<Severity>) -> Severity {
        self.severity.or(grade).unwrap_or(self.usual_severity)
    }
}

/// Which workloads a policy is about.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Namespaces.
    pub namespaces: Namespaces,
    /// Kinds of workloads.
    pub kinds: BTreeSet<Kind>,
    /// Labels of the workload itself.
    pub labels: Selector,
}

impl Selection {
    /// The custom kinds among its kinds, in order.
    pub fn custom_kinds(&self) -> impl Iterator<Item = Kind> {
        self.kinds.iter().copied().filter(|kind| kind.custom().is_some())
    }

    /// Whether it is about custom resources of this group and kind.
    pub fn has_custom(&self, group: &str, kind: &str) -> bool {
        self.custom_kinds().any(|known| known.custom().is_some_and(|custom| custom.is(group, kind)))
    }
}

/// Which namespaces a policy is about.
#[derive(Clone, Debug)]
pub enum Namespaces {
    /// Its own.
    Own(String),
    /// Those that match, but for the excluded ones.
    Matching {
        /// Labels of the namespace; absent matches all, without looking at labels.
        labels: Option<Selector>,
        /// Names, with wildcards, that are left out.
        excluded: Vec<Glob>,
    },
}

impl EffectivePolicy {
    /// Whether it warns of, or refuses, what breaks it.
    pub const fn is_enforced(&self) -> bool {
        !self.suspended && !matches!(self.enforcement, Enforcement::Audit)
    }

    /// Whether it can be about an object of this kind.
    pub fn judges(&self, kind: Kind) -> bool {
        if kind.is_workload() {
            self.selection.kinds.contains(&kind)
        } else {
            self.orphans.contains(&kind.listed())
        }
    }

    /// Kinds of objects that a check of at least `failOn` judges where no workload reaches them: while such a
    /// kind cannot be seen, nobody knows what stands there. Not a kind of which only some objects are ever watched
    /// (Secrets): the right to see those would not tell of the others either, and the check's manual says so. Nor the
    /// metadata of Secrets where they are judged for themselves: whoever does not give that right means it.
    pub fn decisive_orphans(&self) -> BTreeSet<Kind> {
        let decisive = self.checks.iter().filter(|check| self.fail_on.fails(check.severity(None)));
        let kinds = decisive.flat_map(|check| {
            live_orphans(check)
                .filter(|kind| *kind != Kind::SecretMetadata || check.compiled.on_objects(*kind).is_none())
        });
        kinds.filter(|kind| kind.info().field_selector.is_empty()).collect()
    }

    /// Kinds of live objects that its checks judge where no workload reaches them.
    pub fn live_orphans(&self) -> BTreeSet<Kind> {
        self.checks.iter().flat_map(live_orphans).collect()
    }

    /// Kinds that must be known before it says anything, beside those that always are: what its checks read and judge
    /// with this policy's parameters, and custom kinds that it is about.
    pub fn reads(&self) -> BTreeSet<Kind> {
        let read = self.checks.iter().flat_map(|check| check.compiled.watches());
        read.chain(self.selection.custom_kinds()).collect()
    }
}

fn live_orphans(check: &EffectiveCheck) -> impl Iterator<Item = Kind> {
    check.compiled.orphan_kinds().filter(|kind| check.compiled.is_on_live_orphans(*kind))
}

//! What a check is: a `static` with its name, its manual, its parameters and its rule.
//!
//! It must not know any particular check. Next: [`crate::checks`] for all of them, and
//! [`super::declare`] for the macro that makes one.

use std::fmt;
use std::sync::Arc;

use schemars::Schema;
use serde_json::{Map, Value};

use super::classes::Classes;
use super::fix::Fix;
use super::outcome::Judgement;
use super::parameters::ParameterError;
use super::profile::{Membership, Profile};
use super::severity::Severity;
use super::subject::{ContainerSubject, ObjectSubject, WorkloadSubject};
use crate::inventory::Kind;
use crate::inventory::manifest_kind::ManifestKind;

/// What checks are about: also the folder under `src/checks` and the section of the manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Security contexts, host access, users and groups.
    Security,
    /// Service accounts, tokens and rights.
    Identity,
    /// Credentials: where they lie and how they reach a workload.
    Secrets,
    /// Certificates, encryption in transit.
    Tls,
    /// Services, Ingresses, network policies and ports.
    Network,
    /// Probes.
    Probes,
    /// Termination, restarts, Jobs and their schedules.
    Lifecycle,
    /// Replicas, disruption budgets, spreading and rollouts.
    Availability,
    /// Requests, limits and scaling.
    Resources,
    /// Image references and how they are pulled.
    Images,
    /// Names, labels, references and versions of the API.
    Configuration,
}

impl Family {
    /// Every family, in order.
    pub const ALL: &'static [Self] = &[
        Self::Security,
        Self::Identity,
        Self::Secrets,
        Self::Tls,
        Self::Network,
        Self::Probes,
        Self::Lifecycle,
        Self::Availability,
        Self::Resources,
        Self::Images,
        Self::Configuration,
    ];

    /// The family's name in lower case, as in paths and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Identity => "identity",
            Self::Secrets => "secrets",
            Self::Tls => "tls",
            Self::Network => "network",
            Self::Probes => "probes",
            Self::Lifecycle => "lifecycle",
            Self::Availability => "availability",
            Self::Resources => "resources",
            Self::Images => "images",
            Self::Configuration => "configuration",
        }
    }

    /// The family of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|family| family.as_str() == name)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One requirement, with everything that is known about it.
#[derive(Debug)]
pub struct Check {
    /// Name: a requirement in kebab-case, for ever.
    pub name: &'static str,
    /// What it is about.
    pub family: Family,
    /// Severity unless a profile or a policy says otherwise.
    pub severity: Severity,
    /// One line for lists.
    pub title: &'static str,
    /// The doc comment of its declaration as captured; [`Self::manual`] for reading.
    pub docs: &'static str,
    /// The profiles it is in, from small to large; empty for a check that policies must name.
    pub profiles: &'static [Membership],
    /// Every kind it may read beside the workload itself, whatever its parameters.
    /// [`Compiled::reads`] is what it reads in fact.
    pub reads: &'static [Kind],
    /// Kinds of objects that it judges as it does a workload, each by itself: no verdict on a workload's own
    /// fields depends on them.
    pub judges: &'static [Kind],
    /// Reads parameters and binds them to the rule.
    pub compile: fn(&Map<String, Value>) -> Result<Compiled, ParameterError>,
    /// JSON Schema of its parameters.
    pub schema: fn() -> Schema,
    /// What its fields should be, where there is one answer.
    pub fixes: &'static [Fix],
}

/// A check with its parameters bound.
#[derive(Clone)]
pub struct Compiled {
    /// The parameters in full, defaults included, as canonical JSON: what tells two uses of one check
    /// apart.
    pub parameters: String,
    /// Kinds it reads beside the workload itself, with these parameters. Empty means that the workload's
    /// metadata and spec alone decide.
    pub reads: &'static [Kind],
    /// How far it looks where a policy of the whole cluster asks.
    pub sight: Sight,
    /// The rule.
    pub rule: Rule,
    /// What a check of workloads says of an object around them that no workload reaches; where it also judges objects in
    /// themselves, it is this that counts for those.
    pub orphans: Option<ObjectRule>,
    /// What a check of workloads says of an object in itself, whether a workload reaches it or not. It looks at nothing
    /// but the object.
    pub judges: Option<ObjectRule>,
    /// The only namespace in which that rule has anything to say: what belongs to a workload of another one need not be
    /// looked for.
    pub judges_in: Option<&'static str>,
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled").field("parameters", &self.parameters).finish_non_exhaustive()
    }
}

/// How far a check looks beyond the namespace of what it judges. A policy of a namespace never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// No further.
    Own,
    /// To objects of other namespaces that are named, or whose namespaces are selected.
    Named,
    /// To workloads of the same kind and name in other namespaces.
    Namesakes,
}

/// What a check looks at, and how.
#[derive(Clone)]
pub enum Rule {
    /// Each container of these classes by itself.
    Container(Classes, Arc<dyn Fn(&ContainerSubject<'_>) -> Judgement + Send + Sync>),
    /// The workload as a whole: its pod, its own fields, what it is joined with.
    Workload(Arc<dyn Fn(&WorkloadSubject<'_>) -> Judgement + Send + Sync>),
    /// Each object of some kinds: with the workloads that reach it, or by itself where none does.
    Object(ObjectRule),
    /// Each object of some kinds that no workload reaches; it has nothing to say of workloads.
    Orphan(ObjectRule),
}

/// What a check says of one object that is not a workload.
#[derive(Clone)]
pub struct ObjectRule {
    /// Kinds of the objects; [`Kind::MANIFEST`] for all whose manifests are judged and that have no other rule.
    pub kinds: &'static [Kind],
    /// What it says of one.
    pub evaluate: Arc<dyn Fn(&ObjectSubject<'_>) -> Judgement + Send + Sync>,
}

impl Compiled {
    /// What the check says of an object of this kind that no workload reaches, if it says anything.
    pub fn on_orphans(&self, kind: Kind) -> Option<&ObjectRule> {
        let rule = match &self.rule {
            Rule::Object(rule) | Rule::Orphan(rule) => Some(rule),
            Rule::Container(..) | Rule::Workload(_) => self.orphans.as_ref().or(self.judges.as_ref()),
        };
        rule.filter(|rule| rule.is_about(kind))
    }

    /// What the check says of an object of this kind in itself, if it says anything.
    pub fn on_objects(&self, kind: Kind) -> Option<&ObjectRule> {
        self.judges.as_ref().filter(|rule| rule.is_about(kind))
    }

    /// Whether the check says anything of a live object of this kind that no workload reaches: of one that it neither
    /// reads nor judges, only a file can tell it something.
    pub fn is_on_live_orphans(&self, kind: Kind) -> bool {
        self.watches().any(|watched| watched == kind) && self.on_orphans(kind).is_some()
    }

    /// The kinds beside workloads that must be known before it says anything: those that it reads, and those that it
    /// judges.
    pub fn watches(&self) -> impl Iterator<Item = Kind> {
        let judged = self.judges.iter().flat_map(|rule| rule.kinds);
        self.reads.iter().chain(judged).copied()
    }

    /// The kinds of objects that the check judges where no workload reaches them.
    pub fn orphan_kinds(&self) -> impl Iterator<Item = Kind> {
        let manifests = ManifestKind::all().map(Kind::Manifest);
        let kinds = Kind::ALL.iter().copied().chain(manifests);
        kinds.filter(|kind| self.on_orphans(*kind).is_some())
    }
}

impl ObjectRule {
    /// Whether it says something of objects of this kind.
    fn is_about(&self, kind: Kind) -> bool {
        let is_manifest = kind.has_judged_manifests() && self.kinds.contains(&Kind::MANIFEST);
        is_manifest || self.kinds.contains(&kind)
    }
}

impl Check {
    /// The check's place in a profile at a version of it, if it has one: the entry of the largest
    /// profile that is not larger than the one asked for.
    pub fn membership(&self, profile: Profile, version: i64) -> Option<&'static Membership> {
        self.profiles.iter().rfind(|membership| membership.profile <= profile && membership.since <= version)
    }

    /// Every kind beside workloads that it may read or judge, whatever its parameters: what the operator must be allowed
    /// to see.
    pub fn watches(&self) -> impl Iterator<Item = Kind> {
        self.reads.iter().chain(self.judges).copied()
    }

    /// Names of the kinds that it may read beside the workload, each once.
    pub fn kinds_read(&self) -> Vec<&'static str> {
        names(self.reads)
    }

    /// Names of the kinds of objects that it judges in themselves, each once.
    pub fn kinds_judged(&self) -> Vec<&'static str> {
        names(self.judges)
    }

    /// The manual: the doc comment of the declaration as Markdown.
    pub fn manual(&self) -> String {
        let lines = self.docs.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    /// A section of the manual by its heading, without the heading.
    pub fn section(&self, heading: &str) -> Option<String> {
        let manual = self.manual();
        let start = manual.find(&format!("## {heading}\n"))?;
        let body = manual.get(start..)?.split_once('\n')?.1;
        Some(body.split("\n## ").next().unwrap_or(body).trim().to_owned())
    }

    /// How to fix a finding: the manual's section of that name.
    pub fn remediation(&self) -> String {
        self.section("How to fix").unwrap_or_default()
    }
}

fn names(kinds: &[Kind]) -> Vec<&'static str> {
    let mut names: Vec<&str> = kinds.iter().map(|kind| kind.own_name()).collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use crate::checks;

    #[test]
    fn the_manual_is_cut_into_its_sections() {
        let check = checks::find("memory-limits").unwrap();
        assert!(check.remediation().starts_with("Set `resources.limits.memory`"));
        assert!(!check.remediation().contains("## "));
        assert_eq!(check.section("Nonsense"), None);
    }
}

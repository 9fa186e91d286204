//! `seaworthy audit`: judges what stands in a cluster, here and now, with the rights of whoever asks.
//!
//! The verdicts are the engine's, over the policies of the cluster or those that are given. It writes nothing,
//! and needs no operator. Next: [`super::survey`].

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser};

use super::survey::{Scope, Survey};
use super::target::{Target, TargetError};
use super::{Cluster, ClusterArguments, LiveError, labels, selection, text};
use crate::api::Profile;
use crate::api::severity::FailOn;
use crate::cli::baseline::Known;
use crate::cli::check::{self, CheckArguments};
use crate::cli::formats::OutputArgument;
use crate::cli::judging::Read;
use crate::cli::load::Bounds;
use crate::cli::objects::Objects;
use crate::cli::policies::narrow::Narrowing;
use crate::cli::policies::{Policies, Wanted};
use crate::cli::suppress::{Ignores, rule::Rules};
use crate::cli::{exit, output};
use crate::engine::policy::PolicyKey;
use crate::inventory::selector::Selector;
use crate::inventory::{Inventory, Kind, Object};
use crate::ops::resource::{CLUSTER_READINESS_POLICIES, READINESS_POLICIES};
use crate::render::run::Problem;

/// Arguments of `seaworthy audit`.
#[derive(Args, Clone, Debug)]
pub struct AuditArguments {
    /// Workloads, as KIND/NAME; without any, everything
    #[arg(value_name = "KIND/NAME")]
    pub targets: Vec<String>,
    /// Which cluster.
    #[command(flatten)]
    pub cluster: ClusterArguments,
    /// All namespaces, and objects of the cluster
    #[arg(long, short = 'A', conflicts_with_all = ["namespace", "targets"])]
    pub all_namespaces: bool,
    /// Only objects with these labels, as in app=web,tier!=db
    #[arg(long, short = 'l', value_name = "SELECTOR", value_parser = labels::parse)]
    pub selector: Option<Selector>,
    /// File with a policy, in place of those of the cluster; may be repeated
    #[arg(long, value_name = "FILE")]
    pub policy: Vec<PathBuf>,
    /// Profile to check, in place of the policies of the cluster
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = check::profile_parser())]
    pub profile: Option<Profile>,
    /// Lowest severity that fails; replaces what the policies say
    #[arg(long, value_name = "SEVERITY", ignore_case = true, value_parser = check::fail_on_parser())]
    pub fail_on: Option<FailOn>,
    /// Exit with 1 also when something is unknown or pending
    #[arg(long)]
    pub fail_on_unknown: bool,
    /// What to write: FORMAT to standard output, FORMAT=FILE to a file; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub output: Vec<OutputArgument>,
}

/// The arguments of `check`, with which what was read is judged and printed.
#[derive(Parser)]
struct AsCheck {
    #[command(flatten)]
    check: CheckArguments,
}

/// Judges. Exit codes are those of `check`.
pub fn run(arguments: &AuditArguments) -> ExitCode {
    let check = match AsCheck::try_parse_from(["check", "-"]) {
        Ok(AsCheck { check }) => {
            let output = arguments.output.clone();
            CheckArguments { fail_on_unknown: arguments.fail_on_unknown, output, ..check }
        }
        Err(error) => return failed(&error.to_string()),
    };
    check::finish(&check, super::on_runtime(|| read(arguments.clone(), &check)))
}

/// Everything in the cluster, to be judged by either of two files of policies.
pub(in crate::cli) fn with_policies(
    context: Option<&str>,
    files: [&PathBuf; 2],
) -> Result<[Read; 2], LiveError> {
    let cluster = ClusterArguments { context: context.map(str::to_owned), namespace: None };
    super::on_runtime(async || {
        let cluster = Cluster::connect(&cluster)?;
        let read = |file: &PathBuf| {
            let wanted = Wanted { files: vec![file.clone()], ..Wanted::default() };
            Policies::read(&wanted, &Bounds::default())
        };
        let both = files.map(read);
        let kinds = both.iter().flat_map(Policies::kinds).collect();
        let Survey { mut inventory, refused } = Survey::read(&cluster, &Scope::All, &kinds).await?;
        Survey::ask_for_secrets(&cluster, &mut inventory).await;
        Ok(both.map(|mut policies| {
            let mut problems = std::mem::take(&mut policies.problems);
            let judged = policies.judged_kinds();
            problems.extend(refused.intersection(&judged).map(|kind| unseen(*kind)));
            let documents = inventory.objects().count();
            let objects = Objects::of_cluster(inventory.clone(), |_| true);
            Read {
                policies,
                objects,
                apart: Vec::new(),
                suppress: Rules::default(),
                loose: Ignores::default(),
                ignored: BTreeSet::new(),
                documents,
                known: Known::default(),
                problems,
                notes: Vec::new(),
            }
        }))
    })
}

fn unseen(kind: Kind) -> Problem {
    problem(format!("not allowed to list {}: they are not judged", kind.info().plural))
}

fn failed(message: &str) -> ExitCode {
    output::error(message);
    exit::INCOMPLETE.into()
}

async fn read(arguments: AuditArguments, check: &CheckArguments) -> Result<Read, LiveError> {
    let targets: Vec<Target> = arguments.targets.iter().map(|text| target(text)).collect::<Result<_, _>>()?;
    let cluster = Cluster::connect(&arguments.cluster)?;
    let mut policies = policies(&cluster, &arguments, check).await?;
    let scope = if arguments.all_namespaces {
        Scope::All
    } else {
        let names = [cluster.namespace.clone()].into();
        Scope::Namespaces { names, beyond: policies.kinds_of_other_namespaces() }
    };
    if let Some(fail_on) = arguments.fail_on {
        policies.effective.values_mut().for_each(|policy| policy.fail_on = fail_on);
    }
    let Survey { mut inventory, refused } = Survey::read(&cluster, &scope, &policies.kinds()).await?;
    Survey::ask_for_secrets(&cluster, &mut inventory).await;
    let mut notes = std::mem::take(&mut policies.notes);
    let mut problems = std::mem::take(&mut policies.problems);
    let (targets, selector) = (targets.as_slice(), arguments.selector.as_ref());
    let namespace = (scope != Scope::All).then_some(cluster.namespace.as_str());
    let wanted = Judged { targets, namespace, selector };
    problems.extend(wanted.absent(&inventory));
    let judged = wanted.kinds(&policies, &scope);
    for kind in refused {
        let plural = kind.info().plural;
        if judged.contains(&kind) {
            problems.push(unseen(kind));
        } else {
            notes.push(format!("not allowed to read {plural}: what depends on them is unknown"));
        }
    }
    let documents = inventory.objects().filter(|object| wanted.is_there(object)).count();
    let objects = Objects::of_cluster(inventory, |object| wanted.includes(object));
    Ok(Read {
        policies,
        objects,
        apart: Vec::new(),
        suppress: Rules::default(),
        loose: Ignores::default(),
        ignored: BTreeSet::new(),
        documents,
        known: Known::default(),
        problems,
        notes,
    })
}

fn target(text: &str) -> Result<Target, TargetError> {
    match Target::parse(text)? {
        Target::Policy { .. } | Target::Report { .. } => Err(TargetError::Kind(text.to_owned())),
        target => Ok(target),
    }
}

/// Those of the cluster, unless others are given. A cluster without any is judged by the profile Standard.
async fn policies(
    cluster: &Cluster,
    arguments: &AuditArguments,
    check: &CheckArguments,
) -> Result<Policies, LiveError> {
    let wanted = Wanted {
        files: arguments.policy.clone(),
        profile: arguments.profile,
        fail_on: None,
        namespace: Some(cluster.namespace.clone()),
        everywhere: !arguments.all_namespaces,
        narrowing: Narrowing::default(),
    };
    if !wanted.files.is_empty() || wanted.profile.is_some() {
        return Ok(Policies::read(&wanted, &check.judging.bounds()));
    }
    let namespace = (!arguments.all_namespaces).then_some(cluster.namespace.as_str());
    let mut policies = Policies::default();
    for (resource, namespace) in [(&CLUSTER_READINESS_POLICIES, None), (&READINESS_POLICIES, namespace)] {
        let listed = match cluster.list(resource, namespace).await {
            Err(LiveError::Api { source, .. }) if source.is_not_found() => continue,
            other => other?,
        };
        for policy in listed {
            let key = PolicyKey {
                namespace: text(&policy, "/metadata/namespace").to_owned(),
                name: text(&policy, "/metadata/name").to_owned(),
            };
            policies.live(key.clone(), selection::resolved(&key, &policy));
        }
    }
    if policies.effective.is_empty() && policies.problems.is_empty() {
        policies = Policies::read(&wanted, &check.judging.bounds());
        policies.notes.push("no policy in the cluster is about this: the profile Standard counts".to_owned());
    }
    Ok(policies)
}

fn problem(message: String) -> Problem {
    Problem { file: None, document: None, line: None, column: None, message }
}

/// What is judged of all that was read.
struct Judged<'a> {
    targets: &'a [Target],
    /// The one namespace that is judged; absent for all of them, and objects of the cluster.
    namespace: Option<&'a str>,
    selector: Option<&'a Selector>,
}

impl Judged<'_> {
    fn includes(&self, object: &Object) -> bool {
        let is_named = |target: &Target| self.is(target, object);
        self.is_there(object)
            && (self.targets.is_empty() || self.targets.iter().any(is_named))
            && self.selector.is_none_or(|selector| selector.matches(&object.metadata().labels))
    }

    /// Whether it lies where things are judged. What else was read only helps to judge.
    fn is_there(&self, object: &Object) -> bool {
        let metadata = object.metadata();
        let place = if object.kind() == Kind::Namespace { &metadata.name } else { &metadata.namespace };
        self.namespace.is_none_or(|namespace| place == namespace)
    }

    fn is(&self, target: &Target, object: &Object) -> bool {
        let Some(namespace) = self.namespace.filter(|namespace| object.metadata().namespace == *namespace)
        else {
            return false;
        };
        match target {
            Target::Workload { kind, name, .. } => object.kind() == *kind && object.metadata().name == *name,
            Target::Owner { .. } => target.subject(namespace).is_some_and(|wanted| {
                let same = |own: &str, named: &str| own.eq_ignore_ascii_case(named);
                let report = crate::render::report::name;
                object.owner().is_some_and(|owner| same(&report(&owner), &report(&wanted)))
            }),
            Target::Policy { .. } | Target::Report { .. } => false,
        }
    }

    /// What was named and is not there.
    fn absent(&self, inventory: &Inventory) -> Vec<Problem> {
        let is_there = |target: &&Target| inventory.objects().any(|object| self.is(target, object));
        let absent = self.targets.iter().filter(|target| !is_there(target));
        let said = absent.map(|target| {
            let who = target.describe(self.namespace.unwrap_or_default());
            problem(format!("{who} is not there, or another workload manages it"))
        });
        said.collect()
    }

    /// The kinds that must be seen for a run to be complete.
    fn kinds(&self, policies: &Policies, scope: &Scope) -> BTreeSet<Kind> {
        let mut kinds = policies.judged_kinds();
        kinds.retain(|kind| *scope == Scope::All || kind.info().namespaced);
        if !self.targets.is_empty() {
            let named = |kind: &Kind| {
                self.targets.iter().any(|target| match target {
                    Target::Workload { kind: own, .. } => own == kind,
                    _ => kind.is_workload(),
                })
            };
            kinds.retain(named);
        }
        kinds
    }
}

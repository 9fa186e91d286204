//! `seaworthy check`: judges the objects in files.
//!
//! Every verdict is the engine's. Next: [`super::policies`], [`super::objects`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::exit;
use super::load::{Bounds, load};
use super::objects::Objects;
use super::output;
use super::policies::{Policies, Wanted};
use crate::api::Profile;
use crate::api::condition::{ConditionStatus, Reason};
use crate::api::report::Verdict;
use crate::api::severity::FailOn;
use crate::engine::evaluate::{self, Evaluation, evaluate};
use crate::engine::policy::{EffectivePolicy, Namespaces};
use crate::engine::report::{readiness, report};
use crate::engine::subject::{Subject, Target};
use crate::inventory::lookup::Lookup;
use crate::inventory::{Object, SubjectKey};
use crate::render::run::{InputCounts, Location, Run, RunFinding, RunWorkload};
use crate::render::{json, text};

/// Arguments of `seaworthy check`.
#[derive(Args, Clone, Debug)]
pub struct CheckArguments {
    /// Files and folders of YAML or JSON; - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// File with a ReadinessPolicy or ClusterReadinessPolicy; may be repeated
    #[arg(long, value_name = "FILE")]
    pub policy: Vec<PathBuf>,
    /// Profile to check; without it and without --policy, Standard
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = profile_parser())]
    pub profile: Option<Profile>,
    /// Lowest severity that fails; replaces what the policies say
    #[arg(long, value_name = "SEVERITY", ignore_case = true, value_parser = fail_on_parser())]
    pub fail_on: Option<FailOn>,
    /// Exit with 1 also when something is unknown or pending
    #[arg(long)]
    pub fail_on_unknown: bool,
    /// The input is all there is: what is not given does not exist
    #[arg(long)]
    pub complete: bool,
    /// Namespace of objects that name none
    #[arg(long, short, value_name = "NAME")]
    pub namespace: Option<String>,
    /// What to print
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

fn profile_parser() -> impl clap::builder::TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::ALL.iter().map(|profile| profile.as_str())).map(|name| {
        let named = |profile: &&Profile| profile.as_str().eq_ignore_ascii_case(&name);
        Profile::ALL.iter().find(named).copied().unwrap_or_default()
    })
}

fn fail_on_parser() -> impl clap::builder::TypedValueParser<Value = FailOn> {
    let names = ["critical", "high", "medium", "low", "info", "never"];
    PossibleValuesParser::new(names).map(|name| match name.to_lowercase().as_str() {
        "critical" => FailOn::Critical,
        "high" => FailOn::High,
        "medium" => FailOn::Medium,
        "low" => FailOn::Low,
        "info" => FailOn::Info,
        _ => FailOn::Never,
    })
}

/// Runs the command.
pub fn run(arguments: &CheckArguments) -> ExitCode {
    let (run, notes) = judge(arguments, &Bounds::default(), Timestamp::now());
    output::notes(&notes, &run.problems);
    let printed = match arguments.output {
        Format::Json => json::run(&run).map_err(std::io::Error::other),
        Format::Text => Ok(text::run(&run, output::style())),
    };
    if let Err(error) = printed.and_then(|text| output::print(&text)) {
        output::error(&error.to_string());
        return exit::INCOMPLETE.into();
    }
    exit_code(&run, arguments.fail_on_unknown).into()
}

fn exit_code(run: &Run, fail_on_unknown: bool) -> u8 {
    let (counts, orphans) = (run.counts(), run.orphan_counts());
    let open = counts.unknown + counts.pending + orphans.unknown + orphans.pending;
    if !run.problems.is_empty() {
        exit::INCOMPLETE
    } else if counts.not_ready + orphans.not_ready > 0 || (fail_on_unknown && open > 0) {
        exit::FAILED
    } else if counts.total + orphans.total == 0 {
        exit::NOTHING
    } else {
        exit::OK
    }
}

fn judge(arguments: &CheckArguments, bounds: &Bounds, now: Timestamp) -> (Run, Vec<String>) {
    let wanted = Wanted {
        files: arguments.policy.clone(),
        profile: arguments.profile,
        fail_on: arguments.fail_on,
        namespace: arguments.namespace.clone(),
    };
    let mut policies = Policies::read(&wanted, bounds);
    let namespace = arguments.namespace.as_deref().or_else(|| policies.namespace());
    let mut objects = Objects::new(namespace, arguments.complete);
    let loaded = load(&arguments.paths, bounds, &mut |location, value| objects.document(&location, value));
    let mut run = Run {
        input: InputCounts {
            documents: loaded.documents,
            skipped: objects.skipped,
            other_kinds: objects.other_kinds,
            not_selected: 0,
        },
        ..Run::default()
    };
    let mut notes = std::mem::take(&mut policies.notes);
    notes.extend(loaded.notes);
    notes.append(&mut objects.notes);
    notes.extend(namespace_note(&policies, &objects));
    run.problems.append(&mut policies.problems);
    run.problems.extend(loaded.problems);
    run.problems.append(&mut objects.problems);
    for (subject, location) in subjects(&objects) {
        match workload((&subject, location), &policies, &objects, now) {
            Some(workload) => run.workloads.push(workload),
            None => run.input.not_selected += 1,
        }
    }
    let orphans = orphans(&objects);
    let orphans = orphans
        .iter()
        .filter_map(|(subject, location)| workload((subject, location), &policies, &objects, now));
    run.orphans.extend(orphans);
    for judged in [&mut run.workloads, &mut run.orphans] {
        judged.sort_by(|one, other| (&one.key, &one.location).cmp(&(&other.key, &other.location)));
    }
    (run, notes)
}

/// Everything that is judged, and where it stands: each workload by itself, also if it is given twice, and
/// what one owner owns as one. What came to its end is nobody's concern.
fn subjects(objects: &Objects) -> Vec<(Subject<'_>, &Location)> {
    let mut subjects = Vec::new();
    let mut owned: BTreeMap<SubjectKey, Vec<(&Object, &Location)>> = BTreeMap::new();
    for given in &objects.given {
        let Some(object) = objects.object(given) else { continue };
        match (object.owner(), Target::of(object)) {
            (Some(owner), _) => owned.entry(owner).or_default().push((object, &given.location)),
            (None, Some(target)) => subjects.push((Subject::of_workload(target), &given.location)),
            (None, None) => {}
        }
    }
    for (owner, given) in owned {
        let subject = Subject::of_owned(&owner, given.iter().map(|(object, _)| *object));
        let first = given.iter().map(|(_, location)| *location).min();
        subjects.extend(subject.zip(first));
    }
    subjects.retain(|(subject, _)| !subject.is_finished());
    subjects
}

/// The objects that no workload reaches, and where they stand. Of one that is given twice the last one counts.
fn orphans(objects: &Objects) -> Vec<(Subject<'_>, &Location)> {
    let last = objects.given.iter().filter(|given| objects.location(&given.key) == Some(&given.location));
    let subjects = last.filter_map(|given| {
        Some((Subject::orphan(&objects.inventory, objects.inventory.get(&given.key)?)?, &given.location))
    });
    subjects.collect()
}

/// What is found of a subject; nothing if no policy is about it.
fn workload(
    (subject, location): (&Subject<'_>, &Location),
    policies: &Policies,
    objects: &Objects,
    now: Timestamp,
) -> Option<RunWorkload> {
    let policies = evaluate::Policies { effective: &policies.effective, invalid: &BTreeMap::new() };
    let evaluation = evaluate(subject, policies, &objects.inventory, now);
    if evaluation.policies.values().all(|outcome| outcome.verdict == Verdict::Suspended) {
        return None;
    }
    let verdict = verdict(&evaluation);
    let summary = report(subject.workload(), &evaluation).summary.unwrap_or_default();
    let findings = evaluation.findings.into_iter().map(|merged| {
        let other = merged.found.object.as_ref().and_then(|key| objects.location(key));
        RunFinding { location: other.unwrap_or(location).clone(), merged }
    });
    Some(RunWorkload {
        key: subject.key.clone(),
        api_version: subject.identity().api_version,
        location: location.clone(),
        verdict,
        summary,
        findings: findings.collect(),
    })
}

/// The report's condition `Ready` as one word.
fn verdict(evaluation: &Evaluation) -> Verdict {
    let readiness = readiness(evaluation);
    match (readiness.status, readiness.reason) {
        (ConditionStatus::True, _) => Verdict::Ready,
        (ConditionStatus::False, Reason::ChecksPending) => Verdict::Pending,
        (ConditionStatus::False, _) => Verdict::NotReady,
        (ConditionStatus::Unknown, _) => Verdict::Unknown,
    }
}

/// That labels of namespaces were asked for which nobody gave.
fn namespace_note(policies: &Policies, objects: &Objects) -> Option<String> {
    let asks = |policy: &EffectivePolicy| {
        matches!(&policy.selection.namespaces, Namespaces::Matching { labels: Some(_), .. })
    };
    let policy = policies.effective.values().find(|policy| asks(policy))?;
    let unknown = objects.given.iter().map(|given| &given.key).find(|key| {
        key.kind.is_workload()
            && !matches!(objects.inventory.namespace_metadata(&key.namespace), Lookup::Found(_))
    })?;
    Some(format!(
        "the labels of namespace {} are not given: namespaceSelectors (as in {}) are taken as matching",
        unknown.namespace, policy.key
    ))
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

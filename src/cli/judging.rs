//! What `seaworthy check` does: reads policies and objects, judges each subject, hands it on.
//!
//! Subjects are judged on all cores, some dozens at a time, and handed on in order: a run is never held as
//! a whole. It must not print. Next: [`super::policies`], [`super::objects`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;

use super::baseline::Known;
use super::begun::Begun;
use super::check::JudgingArguments;
use super::config::settings::Settings;
use super::formats::FormatError;
use super::input::rendering::{Renders, Together};
use super::load::files::{self, Found, Instead};
use super::load::{Bounds, Finder, Loaded, load_found};
use super::objects::{Given, Objects};
use super::parallel::in_order;
use super::policies::Policies;
use super::policies::narrow::Narrowing;
use super::subjects::{self, Judged};
use super::suppress::idle::{Collected, Ran};
use super::suppress::{self, Ignores, rule::Rules};
use super::{placing, spared};
use crate::api::condition::{ConditionStatus, Reason};
use crate::api::report::Verdict;
use crate::engine::evaluate::{self, Evaluation, evaluate};
use crate::engine::policy::{EffectivePolicy, Namespaces};
use crate::engine::report::{readiness, summary};
use crate::engine::subject::Subject;
use crate::inventory::Kind;
use crate::inventory::lookup::{Coverage, Lookup};
use crate::render::idle::IdleRule;
use crate::render::run::{InputCounts, Problem, RunWorkload, Totals};

/// Subjects that are judged as one piece of work: what is made of some pieces waits to be written.
const AT_ONCE: usize = 8;

/// Such pieces of one core that may wait for their turn.
const AHEAD: usize = 4;

/// Everything that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) policies: Policies,
    pub(super) objects: Objects,
    /// Objects that are judged apart from those: other renders of the same.
    pub(super) apart: Vec<Objects>,
    /// What configuration files suppress.
    pub(super) suppress: Rules,
    /// Comments that are in no document.
    pub(super) loose: Ignores,
    /// What is not told of suppressions that suppress nothing.
    pub(super) ignored: BTreeSet<IdleRule>,
    pub(super) documents: usize,
    pub(super) known: Known,
    /// What could not be read, or is wrong.
    pub(super) problems: Vec<Problem>,
    /// What is worth knowing.
    pub(super) notes: Vec<String>,
}

impl Read {
    /// Reads what the arguments name.
    pub(super) fn new(paths: &[PathBuf], arguments: &JudgingArguments, narrowing: Narrowing) -> Self {
        let settings = Settings::new(paths, arguments);
        let begun = Begun::new(paths, &settings, arguments, narrowing);
        Self::of(begun, settings, arguments)
    }

    /// The same, as if these files said something else, if nothing of it is to be replaced.
    pub(super) fn saying(
        paths: &[PathBuf],
        arguments: &JudgingArguments,
        narrowing: Narrowing,
        instead: &Instead,
    ) -> Result<Self, FormatError> {
        let settings = Settings::new(paths, arguments);
        let mut begun = Begun::new(paths, &settings, arguments, narrowing);
        spared::spare(&instead.outputs, (&begun.inputs, &settings), arguments)?;
        begun.inputs = begun.inputs.saying(instead);
        Ok(Self::of(begun, settings, arguments))
    }

    fn of(begun: Begun, settings: Settings, arguments: &JudgingArguments) -> Self {
        let Begun { inputs, wanted, mut policies } = begun;
        let bounds = &arguments.bounds();
        let ignored = wanted.narrowing.ignored().clone();
        let namespace = wanted.namespace.as_deref().or_else(|| policies.namespace());
        let none = || {
            Objects::new(namespace, settings.complete.value)
                .with_comments(!arguments.no_ignores)
                .with_shapes(policies.asks("schema-valid"))
                .with_custom_kinds(policies.custom_kinds())
                .meant_for(arguments.rendering.kube_version.as_deref())
        };
        let mut objects = none();
        let decoder = objects.decoder();
        // They are read again only where several renders have them as their context.
        let again = if inputs.rendered.is_empty() { Vec::new() } else { files::again(&inputs.files) };
        let loaded = load(inputs.files, &mut objects, bounds);
        let renders = Renders::new(&inputs.rendered, &arguments.rendering, bounds, &decoder);
        let mut apart = give(renders.together, &mut objects, &|| {
            let mut more = none();
            load(files::again(&again), &mut more, bounds);
            more.end_context();
            more
        });
        let comments = [loaded.comments, renders.comments].concat();
        let (mut notes, mut told) = (inputs.notes, Vec::new());
        notes.append(&mut policies.notes);
        notes.extend(loaded.notes.into_iter().chain(renders.notes));
        for objects in std::iter::once(&mut objects).chain(&mut apart) {
            objects.settle();
            notes.append(&mut objects.notes);
            told.append(&mut objects.problems);
        }
        notes.extend(namespace_note(&policies, &objects));
        let of_policies = std::mem::take(&mut policies.problems);
        let problems =
            [settings.problems, of_policies, inputs.problems, loaded.problems, renders.problems, told];
        Self {
            policies,
            objects,
            apart,
            suppress: settings.suppress,
            loose: Ignores::loose(if arguments.no_ignores { &[] } else { &comments }),
            ignored,
            documents: loaded.documents + renders.documents,
            known: Known::default(),
            problems: problems.into_iter().flatten().collect(),
            notes,
        }
    }

    /// The same; these findings are known.
    pub(super) fn with_known(self, known: Known) -> Self {
        Self { known, ..self }
    }

    /// Whether what is not given does not exist.
    pub(super) fn is_complete(&self) -> bool {
        self.objects.inventory.coverage(Kind::Deployment) == Coverage::Complete
    }

    /// Every check that some policy asks for.
    pub(super) fn checks(&self) -> BTreeSet<&'static str> {
        let policies = self.policies.effective.values();
        policies.flat_map(|policy| policy.checks.iter().map(|asked| asked.check.name)).collect()
    }
}

/// Adds what stands in files to the objects that are given.
fn load(files: Vec<Found>, objects: &mut Objects, bounds: &Bounds) -> Loaded {
    objects.expect(files.len());
    let decoder = objects.decoder();
    load_found(files, bounds, &|document| decoder.read(document), &mut |decoded, before| {
        objects.take(decoded, before);
    })
}

/// Adds what was rendered to the objects that are given, and where that makes the same objects again, to others with
/// the same context.
fn give(together: Vec<Together>, objects: &mut Objects, others: &dyn Fn() -> Objects) -> Vec<Objects> {
    let mut apart = Vec::new();
    for (index, together) in together.into_iter().enumerate() {
        if index > 0 {
            apart.push(others());
        }
        let objects = apart.last_mut().unwrap_or(&mut *objects);
        together.decoded.into_iter().for_each(|decoded| objects.take(decoded, 0));
    }
    apart
}

/// Judges everything, and hands what is made of each workload on, in order of kind and name.
pub(super) fn judge<T: Send, E>(
    read: &Read,
    now: Timestamp,
    render: &(dyn Fn(&RunWorkload) -> T + Sync),
    sink: &mut dyn FnMut(T) -> Result<(), E>,
) -> Result<Totals, E> {
    let checks = read.checks();
    let Read { policies, objects, apart, suppress, loose, ignored, documents, known, problems, .. } = read;
    let input = InputCounts { documents: *documents, ..InputCounts::default() };
    let mut totals = Totals { input, problems: problems.clone(), ..Totals::default() };
    let by = By { policies, suppress, known, now };
    for objects in std::iter::once(objects).chain(apart) {
        totals.input.skipped += objects.skipped;
        totals.input.other_kinds += objects.other_kinds;
        together(objects, &by, render, &mut |(counted, rendered)| {
            totals.join(&counted);
            rendered.into_iter().try_for_each(&mut *sink)
        })?;
    }
    let ran = Ran { now, checks: &checks, ignored, is_about_all: totals.input.not_selected == 0 };
    let mut collected = Collected::default();
    for (ignores, origin) in std::iter::once(objects).chain(apart).flat_map(|objects| &objects.ignores) {
        collected.comments(ignores, origin.as_ref(), &ran);
    }
    collected.comments(loose, None, &ran);
    suppress.iter().for_each(|rule| collected.rule(rule, &ran));
    totals.add_idle(collected.idle(&ran));
    Ok(totals)
}

/// By what objects are judged.
struct By<'a> {
    policies: &'a Policies,
    suppress: &'a Rules,
    known: &'a Known,
    now: Timestamp,
}

/// Judges objects that are context of each other.
fn together<T: Send, E>(
    objects: &Objects,
    by: &By<'_>,
    render: &(dyn Fn(&RunWorkload) -> T + Sync),
    sink: &mut dyn FnMut((Totals, Vec<T>)) -> Result<(), E>,
) -> Result<(), E> {
    let subjects = subjects::of(objects);
    let judge = |part: &[Judged<'_>]| -> (Totals, Vec<T>) {
        let mut totals = Totals::default();
        let (mut rendered, mut finder) = (Vec::new(), Finder::default());
        for judged in part {
            let (subject, given) = (judged.subject(), judged.given);
            let judged = workload((&subject, given), by, objects, &mut finder);
            given.ignores().note(judged.is_some());
            match judged {
                Some(mut workload) => {
                    suppress::rule::apply(&mut workload, by.suppress, by.now);
                    suppress::settle(&mut workload);
                    by.known.mark(&mut workload);
                    totals.add(&workload);
                    rendered.push(render(&workload));
                }
                None if subject.is_orphan() => {}
                None => totals.input.not_selected += 1,
            }
        }
        (totals, rendered)
    };
    let parts: Vec<_> = subjects.chunks(AT_ONCE).collect();
    in_order(parts, AHEAD, &judge, sink)
}

/// What is found of a subject; nothing if no policy is about it.
fn workload<'a>(
    (subject, given): (&Subject<'_>, &'a Given),
    by: &By<'_>,
    objects: &'a Objects,
    finder: &mut Finder<'a>,
) -> Option<RunWorkload> {
    let policies = evaluate::Policies { effective: &by.policies.effective, invalid: &BTreeMap::new() };
    let evaluation = evaluate(subject, policies, &objects.inventory, by.now);
    if evaluation.policies.values().all(|outcome| outcome.verdict == Verdict::Suspended) {
        return None;
    }
    let verdict = verdict(&evaluation);
    let summary = summary(&evaluation);
    let mut findings = placing::placed(evaluation.findings, (given, objects), finder, by.now);
    if let Some(object) = objects.object(given) {
        suppress::waivers(&mut findings, &object.metadata().annotations);
    }
    Some(RunWorkload {
        is_orphan: subject.is_orphan(),
        is_deleting: subject.is_deleting(),
        key: subject.key.clone(),
        api_version: subject.identity().api_version,
        location: objects.standing.told_at(given),
        verdict,
        summary,
        findings,
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

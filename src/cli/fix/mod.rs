//! `seaworthy check --fix` and `--diff`: the answers that checks have, put into plain files.
//!
//! Judged, changed in memory and judged again, until nothing more has an answer; what then stands there is written, or
//! shown as a difference; what standard input says is printed as it would be written. What no plain file holds is told
//! as a patch. It must not decide what an answer is: checks declare it. Next: [`edit`] for values in a text, [`patch`] for
//! what is only told, [`header`] for names in a difference,
//! [`crate::catalogue::fix`] for the answers.

mod edit;
mod header;
mod passes;
mod patch;
mod text;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use similar::TextDiff;

use self::edit::{Named, Target, Text};
use self::patch::{Patches, Wanted};
use super::check::{CheckError, JudgingArguments};
use super::judging::{self, Read};
use super::load::Bounds;
use super::load::files::{self, Texts};
use super::output;
use super::replace::replace;
use crate::catalogue::Outcome;
use crate::catalogue::fix::Answer;
use crate::checks;
use crate::inventory::SubjectKey;
use crate::render::run::{Problem, RunFinding, RunWorkload};

/// Arguments about fixes.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct FixArguments {
    /// Change plain files where a check has one safe answer, then judge
    #[arg(long, group = "changes")]
    pub fix: bool,
    /// Print what --fix would change, and change nothing
    #[arg(long, group = "changes")]
    pub diff: bool,
    /// With --fix or --diff: also answers that a program may not be made for
    #[arg(long, requires = "changes")]
    pub unsafe_fixes: bool,
}

impl FixArguments {
    /// Whether anything is to be changed or shown.
    pub const fn asks(self) -> bool {
        self.fix || self.diff
    }
}

/// The answers to what was found, by file.
#[derive(Debug, Default)]
struct Answers {
    files: BTreeMap<Arc<str>, BTreeSet<(Target, &'static str)>>,
    /// Answers that were not asked for, because they are risky.
    risky: usize,
    /// Findings with an answer, where no file can be changed.
    elsewhere: Patches,
}

/// What fails of a subject.
struct Failures {
    key: SubjectKey,
    api_version: String,
    findings: Vec<RunFinding>,
}

/// What standard input is called among files.
const STANDARD_INPUT: &str = "-";

/// What a file says, if it is standard input.
fn input(file: &str) -> Option<&'static str> {
    files::standard_input().filter(|_| file == STANDARD_INPUT)
}

/// How often what was changed is read again: one answer can ask for another.
const ROUNDS_MAX: usize = 8;

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    /// What is worth knowing.
    pub(super) notes: Vec<String>,
    /// Files that could not be written.
    pub(super) problems: Vec<Problem>,
}

/// Puts answers into what is read, or prints them.
pub(super) fn run(
    read: &dyn Fn(&Texts) -> Result<Read, CheckError>,
    arguments: FixArguments,
    judging: &JudgingArguments,
) -> Result<Fixed, CheckError> {
    let mut edits = Edits::default();
    let (mut answers, mut notes, mut problems) = (Answers::default(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS_MAX {
        answers = Answers::of(read(&edits.new)?, arguments.unsafe_fixes, judging);
        let more;
        (notes, more) = answers.apply(&mut edits, &judging.bounds());
        if more == 0 {
            break;
        }
    }
    if arguments.diff {
        edits.show()?;
    } else {
        problems = edits.write()?;
    }
    notes.extend(answers.tell(arguments.diff, edits.changed.values().sum())?);
    Ok(Fixed { notes, problems })
}

/// What files said, and what they are to say.
#[derive(Debug, Default)]
struct Edits {
    old: Texts,
    new: Texts,
    /// How many values of each are changed.
    changed: BTreeMap<Arc<str>, usize>,
}

impl Edits {
    /// What a file says by now.
    fn text(&self, file: &Arc<str>) -> Option<Arc<str>> {
        match (self.new.get(file), input(file)) {
            (Some(text), _) => Some(Arc::clone(text)),
            (None, Some(text)) => Some(text.into()),
            // It is no text.
            (None, None) if **file == *STANDARD_INPUT => None,
            (None, None) => fs::read_to_string(&**file).ok().map(Arc::from),
        }
    }

    fn set(&mut self, file: &Arc<str>, old: Arc<str>, (new, changed): (String, usize)) {
        self.old.entry(Arc::clone(file)).or_insert(old);
        self.new.insert(Arc::clone(file), new.into());
        *self.changed.entry(Arc::clone(file)).or_default() += changed;
    }

    /// Each file's old and new text, where they differ.
    fn differences(&self) -> impl Iterator<Item = (&Arc<str>, &str, &str)> {
        let both = self.old.iter().filter_map(|(file, old)| Some((file, &**old, &**self.new.get(file)?)));
        both.filter(|(_, old, new)| old != new)
    }

    fn show(&self) -> io::Result<()> {
        for (file, old, new) in self.differences() {
            let name = if input(file).is_some() { "stdin".to_owned() } else { header::name(file) };
            let diff = TextDiff::from_lines(old, new);
            output::print(&diff.unified_diff().header(&name, &name).to_string())?;
        }
        Ok(())
    }

    /// Writes what differs. A file that cannot be written keeps no other from it.
    fn write(&mut self) -> io::Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for (file, _, new) in self.differences() {
            if input(file).is_some() {
                files::change_standard_input(new);
            } else if let Err(error) = replace(Path::new(&**file), new) {
                let (file, message) = (Some(Arc::clone(file)), format!("cannot be written: {error}"));
                problems.push(Problem { file, document: None, line: None, column: None, message });
            }
        }
        let is_written = |file: &Arc<str>| problems.iter().all(|problem| problem.file.as_ref() != Some(file));
        self.changed.retain(|file, _| is_written(file));
        // Whoever reads it needs all of it, changed or not.
        let all = input(STANDARD_INPUT).map(str::as_bytes).or_else(files::standard_input_without_text);
        all.map_or(Ok(()), output::print_bytes)?;
        Ok(problems)
    }
}

impl Answers {
    fn of(read: Read, takes_risks: bool, judging: &JudgingArguments) -> Self {
        let now = judging.now.unwrap_or_else(Timestamp::now);
        let (mut answers, bounds) = (Self::default(), judging.bounds());
        let collect = |workload: &RunWorkload| {
            let fails = |finding: &&RunFinding| {
                finding.merged.outcome == Outcome::Fail && finding.suppressed.is_none()
            };
            Failures {
                key: workload.key.clone(),
                api_version: workload.api_version.clone(),
                findings: workload.findings.iter().filter(fails).cloned().collect(),
            }
        };
        let Ok(_) = judging::judge(&read, now, &collect, &mut |failures| {
            let mended = mended(&failures, takes_risks);
            for finding in &failures.findings {
                answers.add(finding, (&failures, &mended), (takes_risks, &bounds));
            }
            Ok::<(), Infallible>(())
        });
        answers
    }

    fn add(
        &mut self,
        finding: &RunFinding,
        (of, mended): (&Failures, &BTreeSet<&str>),
        (takes_risks, bounds): (bool, &Bounds),
    ) {
        let merged = &finding.merged;
        let path = &merged.found.field;
        // What had to be mended first, is.
        let is_next = beside(path).is_some_and(|first| mended.contains(first.as_str()));
        let message = if is_next { "" } else { merged.found.message.as_str() };
        let Some((answer, is_risky)) = answer(merged.check, path, message) else { return };
        let (object, api_version) = object(finding, of);
        let location = &finding.location;
        if is_risky && !takes_risks {
            self.risky += 1;
        } else if location.rendered.is_some() || location.document == 0 {
            self.elsewhere.add(Wanted { finding, answer, object, api_version }, bounds);
        } else {
            let target = Target { document: location.document, object, path: path.clone() };
            self.files.entry(Arc::clone(&location.file)).or_default().insert((target, merged.check));
        }
    }

    /// Changes what files are to say; what is not changed, and how much is.
    fn apply(&self, edits: &mut Edits, bounds: &Bounds) -> (Vec<String>, usize) {
        let (mut notes, mut changed) = (Vec::new(), 0);
        for (file, targets) in &self.files {
            let Some(old) = edits.text(file) else {
                notes.push(format!("{file}: nothing is changed: it cannot be read again by this name"));
                continue;
            };
            let (mut text, mut of_file) = (Text::new(&old, bounds), 0);
            let wanted: Vec<_> = targets
                .iter()
                .filter_map(|(target, check)| {
                    let (answer, _) = answer(check, &target.path, "")?;
                    Some(((target, answer), check))
                })
                .collect();
            let values: Vec<_> = wanted.iter().map(|(value, _)| *value).collect();
            for (((target, _), check), became) in wanted.iter().zip(text.set(&values, bounds)) {
                match became {
                    Ok(is_other) => of_file += usize::from(is_other),
                    Err(why) => notes.push(format!("{file}: {check}: {} is not changed: {why}", target.path)),
                }
            }
            let new = text.whole();
            changed += of_file;
            if *new != *old {
                edits.set(file, old, (new, of_file));
            }
        }
        (notes, changed)
    }

    /// Tells of what no file was changed for.
    fn tell(&self, shows: bool, changed: usize) -> Result<Vec<String>, io::Error> {
        let (values, are) = if changed == 1 { ("value", "is") } else { ("values", "are") };
        let would = if shows { "would be" } else { are };
        let mut notes = vec![format!("{changed} {values} {would} changed")];
        if self.risky > 0 {
            notes.push(format!("{} more have an answer with --unsafe-fixes", self.risky));
        }
        // Standard output is the report's, unless the difference is asked for.
        let told = self.elsewhere.told();
        if shows {
            output::print(&told)?;
        } else {
            output::aside(&told);
        }
        if self.elsewhere.count > 0 {
            let count = self.elsewhere.count;
            notes.push(format!("{count} are in no plain file: they are not changed, what to do is told"));
        }
        Ok(notes)
    }
}

/// What asks to be mended before other fields of a container are.
const FIRST: &str = "securityContext.privileged";

/// Those fields of a subject that are mended in this run.
fn mended(of: &Failures, takes_risks: bool) -> BTreeSet<&str> {
    let fields = of.findings.iter().filter_map(|finding| {
        let field = finding.merged.found.field.as_str();
        let (_, is_risky) = answer(finding.merged.check, field, &finding.merged.found.message)?;
        (field.ends_with(FIRST) && (takes_risks || !is_risky)).then_some(field)
    });
    fields.collect()
}

/// Such a field of the container that a path leads into.
fn beside(path: &str) -> Option<String> {
    let (container, _) = path.split_once(FIRST.split('.').next()?)?;
    Some(format!("{container}{FIRST}"))
}

/// The object that a finding is about, and the version of its kind.
fn object(finding: &RunFinding, of: &Failures) -> (Named, String) {
    if let Some(key) = &finding.merged.found.object {
        let (kind, name) = (key.kind.as_str().to_owned(), key.name.to_string());
        return (Named { kind, namespace: key.namespace.to_string(), name }, key.kind.api_version());
    }
    let SubjectKey { kind, name, .. } = &of.key;
    let namespace = of.key.own_namespace().to_owned();
    let (kind, name) = (kind.as_str().to_owned(), name.clone());
    (Named { kind, namespace, name }, of.api_version.clone())
}

/// What a check says that a field should be, and whether that is risky.
fn answer(check: &str, field: &str, message: &str) -> Option<(Answer, bool)> {
    let fixes = checks::find(check)?.fixes.iter();
    fixes.filter(|fix| fix.answers(field, message)).map(|fix| (fix.answer, !fix.is_safe)).next()
}

//! What counts for a run: flags first, then what configuration files say, then defaults; each with where it is from.
//!
//! A run has one answer to each question: files that differ are an error, unless a flag decides. What they exclude and
//! suppress adds up. It must not read inputs. Next: [`super::show`] tells it, [`crate::cli::judging`] follows it.

use std::path::PathBuf;
use std::sync::Arc;

pub(in crate::cli) use super::exclude::Excludes;
use super::read::{File, read};
use super::{Config, find};
use crate::api::Profile;
use crate::api::severity::FailOn;
use crate::cli::check::JudgingArguments;
use crate::cli::suppress::rule::{Rule, Rules};
use crate::render::run::Problem;

/// A setting and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Setting<T> {
    pub(in crate::cli) value: T,
    pub(in crate::cli) from: String,
}

/// Everything that counts for a run.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Settings {
    pub(in crate::cli) profile: Setting<Option<Profile>>,
    pub(in crate::cli) policies: Setting<Vec<PathBuf>>,
    pub(in crate::cli) fail_on: Setting<Option<FailOn>>,
    pub(in crate::cli) namespace: Setting<Option<String>>,
    pub(in crate::cli) complete: Setting<bool>,
    /// What is excluded, as it is written.
    pub(in crate::cli) exclude: Vec<Setting<String>>,
    pub(in crate::cli) excludes: Excludes,
    pub(in crate::cli) suppress: Rules,
    /// The files that were read.
    pub(in crate::cli) files: Vec<String>,
    /// What is wrong with them.
    pub(in crate::cli) problems: Vec<Problem>,
}

impl Settings {
    /// For these inputs and flags.
    pub(in crate::cli) fn new(paths: &[PathBuf], arguments: &JudgingArguments) -> Self {
        let mut problems = Vec::new();
        let mut files = Vec::new();
        for path in named(paths, arguments) {
            match read(&path) {
                Ok(file) => files.push(file),
                Err(found) => problems.extend(found),
            }
        }
        let mut merge = Merge { files: &files, problems: &mut problems };
        let policies = (!arguments.policy.is_empty()).then(|| arguments.policy.clone());
        let profile = merge.one(("profile", "--profile"), arguments.profile, |file| file.config.profile);
        let policies = merge.one(("policies", "--policy"), policies, in_folder);
        let fail_on = merge.one(("failOn", "--fail-on"), arguments.fail_on, |file| file.config.fail_on);
        let namespace = arguments.namespace.clone();
        let namespace =
            merge.one(("namespace", "--namespace"), namespace, |file| file.config.namespace.clone());
        let complete = merge
            .one(("complete", "--complete"), arguments.complete.then_some(true), |file| file.config.complete);
        let excludes = merge.excludes();
        let suppress = merge.suppressions(arguments.no_ignores);
        Self {
            profile,
            policies: Setting { value: policies.value.unwrap_or_default(), from: policies.from },
            fail_on,
            namespace,
            complete: Setting { value: complete.value.unwrap_or_default(), from: complete.from },
            exclude: excluded(&files),
            excludes,
            suppress,
            files: files.iter().map(|file| file.name.to_string()).collect(),
            problems,
        }
    }
}

/// The files that count.
fn named(paths: &[PathBuf], arguments: &JudgingArguments) -> Vec<PathBuf> {
    match &arguments.config {
        _ if arguments.no_config => Vec::new(),
        Some(file) => vec![file.canonicalize().unwrap_or_else(|_| file.clone())],
        None => find::above(paths),
    }
}

/// The policies of a file, as they are reached from where the command was started.
fn in_folder(File { folder, config, .. }: &File) -> Option<Vec<PathBuf>> {
    let path = |name: &String| PathBuf::from(find::readable(&folder.join(name)));
    config.policies.as_ref().map(|names| names.iter().map(path).collect())
}

fn excluded(files: &[File]) -> Vec<Setting<String>> {
    let of_file = |file: &File| {
        let patterns = file.config.exclude.iter().enumerate();
        let setting = |(index, pattern): (usize, &String)| Setting {
            value: pattern.clone(),
            from: file.place(&format!("exclude[{index}]")),
        };
        patterns.map(setting).collect::<Vec<_>>()
    };
    files.iter().flat_map(of_file).collect()
}

struct Merge<'a> {
    files: &'a [File],
    problems: &'a mut Vec<Problem>,
}

impl Merge<'_> {
    /// The flag, else what all files say alike, else nothing.
    fn one<T: PartialEq>(
        &mut self,
        (key, flag): (&str, &str),
        given: Option<T>,
        of: impl Fn(&File) -> Option<T>,
    ) -> Setting<Option<T>> {
        if given.is_some() {
            return Setting { value: given, from: flag.to_owned() };
        }
        let Some((first, others)) = self.files.split_first() else {
            return Setting { value: None, from: "default".to_owned() };
        };
        let value = of(first);
        if let Some(other) = others.iter().find(|other| of(other) != value) {
            let message = format!(
                "`{key}` is not the same as in {}: check what they are above apart, or say {flag}",
                other.name
            );
            self.problem(&first.name, message);
        }
        let from = if value.is_some() { first.place(key) } else { "default".to_owned() };
        Setting { value, from }
    }

    fn excludes(&mut self) -> Excludes {
        let said = self.files.iter().map(|file| (file.folder.as_path(), file.config.exclude.as_slice()));
        Excludes::new(said).unwrap_or_else(|(file, index, error)| {
            let key = format!("exclude[{index}]");
            let at = self.files.get(file).map(|file| file.location(&key));
            let position = at.as_ref().and_then(|at| at.position);
            self.problems.push(Problem {
                file: at.map(|at| at.file),
                document: None,
                line: position.map(|position| position.line),
                column: position.map(|position| position.column),
                message: format!("{key}: {error}"),
            });
            Excludes::default()
        })
    }

    fn suppressions(&mut self, is_off: bool) -> Rules {
        let mut rules = Vec::new();
        for file in self.files {
            let Config { suppress, .. } = &file.config;
            for (index, said) in suppress.iter().enumerate() {
                let key = format!("suppress[{index}]");
                match Rule::new(file.location(&key), said) {
                    Ok(rule) => rules.push(rule),
                    Err(message) => self.problem(&file.name, format!("{key}: {message}")),
                }
            }
        }
        if is_off { Rules::default() } else { rules.into() }
    }

    fn problem(&mut self, file: &Arc<str>, message: String) {
        let file = Some(Arc::clone(file));
        self.problems.push(Problem { file, document: None, line: None, column: None, message });
    }
}

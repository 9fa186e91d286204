//! `seaworthy policy test DIR`: an admin's own cases, judged by an admin's own policy.
//!
//! `DIR/policy.yaml` holds the policy, or several; each file of `DIR/cases` is a case: one document with `expect`,
//! and the objects, which are all there is. It must not judge by itself. Next: [`super::diff`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;

use super::{failed, word};
use crate::catalogue::Outcome;
use crate::cli::judging::{self, Read};
use crate::cli::load::{Bounds, Document, load};
use crate::cli::policies::narrow::Narrowing;
use crate::cli::{exit, output};
use crate::render::run::{Location, RunWorkload};

/// Arguments of `seaworthy policy test`.
#[derive(Args, Clone, Debug)]
pub struct TestArguments {
    /// Folder with policy.yaml and the folder cases
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// What a case says of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expected {
    /// `Ready`, `NotReady`, `Pending`, `Unknown`, or `NotSelected`.
    verdict: String,
    /// Exactly the checks that fail; not looked at if absent.
    fails: Option<BTreeSet<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    expect: BTreeMap<String, Expected>,
}

/// Judges. Exit 0 when every case is as it expects, 1 when one is not, 2 when one cannot be judged, 3 when there
/// is none.
pub fn run(arguments: &TestArguments) -> ExitCode {
    let cases = match cases(&arguments.folder) {
        Ok(cases) => cases,
        Err(error) => return failed(&format!("{}: {error}", arguments.folder.join("cases").display())),
    };
    let policy = arguments.folder.join("policy.yaml");
    let (mut wrong, mut unread) = (0, 0);
    for case in &cases {
        let line = match differences(case, &policy) {
            Ok(differences) if differences.is_empty() => format!("ok   {}\n", case.display()),
            Ok(differences) => {
                wrong += 1;
                format!("fail {}\n     {}\n", case.display(), differences.join("\n     "))
            }
            Err(problems) => {
                unread += 1;
                for problem in &problems {
                    output::error(problem);
                }
                format!("?    {}\n", case.display())
            }
        };
        if let Err(error) = output::print(&line) {
            return failed(&error.to_string());
        }
    }
    let code = match (unread, wrong, cases.len()) {
        (0, 0, 0) => exit::NOTHING,
        (0, 0, _) => exit::OK,
        (0, ..) => exit::FAILED,
        _ => exit::INCOMPLETE,
    };
    code.into()
}

fn cases(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder.join("cases"))?.collect::<Result<Vec<_>, _>>()?;
    let mut cases: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    cases.retain(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json"));
    cases.sort();
    Ok(cases)
}

/// What of a case is not as it expects.
fn differences(case: &Path, policy: &Path) -> Result<Vec<String>, Vec<String>> {
    let expected = expectations(case)?;
    let arguments = super::check(vec![case.to_owned()], vec![policy.to_owned()], true);
    let arguments = arguments.map_err(|error| vec![error.to_string()])?;
    let read = Read::new(&arguments.paths, &arguments.judging, Narrowing::default());
    if !read.problems.is_empty() {
        return Err(read.problems.iter().map(ToString::to_string).collect());
    }
    let mut judged = BTreeMap::new();
    judging::judge(&read, Timestamp::now(), &RunWorkload::clone, &mut |workload| {
        judged.insert(workload.key.to_string(), workload);
        Ok::<(), std::io::Error>(())
    })
    .map_err(|error| vec![error.to_string()])?;
    Ok(compared(&expected, &judged))
}

fn expectations(case: &Path) -> Result<BTreeMap<String, Expected>, Vec<String>> {
    let mut documents = Vec::new();
    let whole = |document: Document<'_>| (document.location, document.value.to_value());
    let loaded = load(&[case.to_owned()], &Bounds::default(), &whole, &mut |(location, value), before| {
        if value.get("expect").is_some() {
            let location = Location { document: location.document + before, ..location };
            documents.push((location.to_string(), value));
        }
    });
    let mut problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    let mut expected = BTreeMap::new();
    for (location, value) in documents {
        match serde_json::from_value::<Expectations>(value) {
            Ok(found) => expected.extend(found.expect),
            Err(error) => problems.push(format!("{location}: {error}")),
        }
    }
    let words = ["Ready", "NotReady", "Pending", "Unknown", "NotSelected"];
    let is_no_word = |expected: &&Expected| !words.contains(&expected.verdict.as_str());
    if let Some(Expected { verdict, .. }) = expected.values().find(is_no_word) {
        problems.push(format!("{}: `{verdict}` is none of {}", case.display(), words.join(", ")));
    }
    if expected.is_empty() && problems.is_empty() {
        problems.push(format!("{}: no document with `expect`", case.display()));
    }
    if problems.is_empty() { Ok(expected) } else { Err(problems) }
}

fn compared(expected: &BTreeMap<String, Expected>, judged: &BTreeMap<String, RunWorkload>) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, Expected { verdict, fails }) in expected {
        let found = judged.iter().find(|(key, _)| is(key, name)).map(|(_, workload)| workload);
        let is = found.map_or("NotSelected", |workload| word(workload.verdict));
        if is != verdict {
            differences.push(format!("{name} should be {verdict}, and is {is}"));
        }
        let findings = found.map(|workload| workload.findings.as_slice()).unwrap_or_default();
        let failing = findings.iter().filter(|finding| finding.merged.outcome == Outcome::Fail);
        let failing: BTreeSet<String> = failing.map(|finding| finding.merged.check.to_owned()).collect();
        let Some(fails) = fails else { continue };
        differences.extend(fails.difference(&failing).map(|check| format!("{name} should fail {check}")));
        differences.extend(failing.difference(fails).map(|check| format!("{name} should not fail {check}")));
    }
    differences
}

/// Whether a subject is the one that is named: `Deployment/web`, or `Deployment/shop/web`.
fn is(subject: &str, name: &str) -> bool {
    let Some((kind, place)) = subject.split_once(' ') else { return false };
    let own = place.rsplit('/').next().unwrap_or(place);
    name == format!("{kind}/{place}") || name == format!("{kind}/{own}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "apiVersion: seaworthy.dev/v1alpha1\nkind: ClusterReadinessPolicy\nmetadata: {name: p}\n\
        spec: {profile: None, checks: [{name: memory-limits}]}\n";
    const WEB: &str = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\n\
        spec: {containers: [{name: web, image: a}]}\n";

    fn tried(expect: &str) -> (Result<Vec<String>, Vec<String>>, ExitCode) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("policy.yaml"), POLICY).unwrap();
        std::fs::create_dir(folder.path().join("cases")).unwrap();
        let case = folder.path().join("cases/one.yaml");
        std::fs::write(&case, format!("{expect}\n{WEB}")).unwrap();
        let code = run(&TestArguments { folder: folder.path().to_owned() });
        (differences(&case, &folder.path().join("policy.yaml")), code)
    }

    #[test]
    fn a_case_is_as_it_expects_or_says_what_differs() {
        let (found, code) = tried("expect: {Pod/web: {verdict: NotReady, fails: [memory-limits]}}");
        assert_eq!((found, code), (Ok(Vec::new()), exit::OK.into()));
        let (found, code) = tried("expect: {Pod/default/web: {verdict: Ready, fails: []}}");
        let said = ["should be Ready, and is NotReady", "should not fail memory-limits"];
        assert_eq!(found.unwrap(), said.map(|said| format!("Pod/default/web {said}")));
        assert_eq!(code, exit::FAILED.into());
        let (found, _) = tried("expect: {Deployment/web: {verdict: NotSelected, fails: [memory-limits]}}");
        assert_eq!(found.unwrap(), ["Deployment/web should fail memory-limits"]);
    }

    #[test]
    fn a_case_that_expects_nothing_or_nonsense_is_no_success() {
        for expect in ["", "expect: {Pod/web: {verdict: Fine}}", "expect: {Pod/web: {verdct: Ready}}"] {
            let (found, code) = tried(expect);
            assert!(found.is_err(), "{expect}");
            assert_eq!(code, exit::INCOMPLETE.into(), "{expect}");
        }
    }
}

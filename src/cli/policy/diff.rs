//! `seaworthy policy diff OLD NEW`: which workloads an edit of a policy judges otherwise, warns of or denies.
//!
//! Both are judged over the same objects. It must not judge by itself. Next: [`crate::engine::admission`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use super::{failed, word};
use crate::api::report::Verdict;
use crate::catalogue::Outcome;
use crate::cli::judging::{self, Read};
use crate::cli::live::audit;
use crate::cli::policies::narrow::Narrowing;
use crate::cli::{exit, output};
use crate::engine::admission::{Change, Review, review};
use crate::engine::evaluate::Policies;
use crate::render::run::{RunWorkload, Totals};

/// Arguments of `seaworthy policy diff`.
#[derive(Args, Clone, Debug)]
pub struct DiffArguments {
    /// File with the policy as it is
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// File with the policy as it would be
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Files and folders of objects
    #[arg(
        value_name = "PATH",
        required_unless_present = "against_cluster",
        conflicts_with = "against_cluster"
    )]
    pub paths: Vec<PathBuf>,
    /// Compare over what stands in the cluster
    #[arg(long)]
    pub against_cluster: bool,
    /// Context of the kubeconfig, for --against-cluster
    #[arg(long, value_name = "NAME", requires = "against_cluster")]
    pub context: Option<String>,
}

/// What one policy makes of a subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stand {
    is_workload: bool,
    /// Absent where no policy is about it.
    verdict: Option<Verdict>,
    failing: BTreeSet<&'static str>,
    admission: Admission,
}

/// What would become of it at admission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Admission {
    #[default]
    Taken,
    Warned,
    Denied,
}

impl Stand {
    /// Whether something is told of it: of a workload always, of another object what is found, not known, warned of or
    /// denied. Most objects of a cluster are neither.
    fn is_told(&self) -> bool {
        let is_found = self.verdict.is_some_and(|verdict| verdict != Verdict::Ready);
        self.is_workload || is_found || !self.failing.is_empty() || self.admission != Admission::Taken
    }
}

type Stands = BTreeMap<String, Stand>;

/// Compares. Exit 0 when nothing changes, 1 when something does, 2 when that cannot be told, 3 when nothing is
/// judged.
pub fn run(arguments: &DiffArguments) -> ExitCode {
    let read = match read(arguments) {
        Ok(read) => read,
        Err(message) => return failed(&message),
    };
    match compare(read) {
        Ok(code) => code.into(),
        Err(error) => failed(&error.to_string()),
    }
}

/// The same objects with either policy.
fn read(arguments: &DiffArguments) -> Result<[Read; 2], String> {
    let policies = [&arguments.old, &arguments.new];
    if arguments.against_cluster {
        return audit::with_policies(arguments.context.as_deref(), policies)
            .map_err(|error| error.to_string());
    }
    let read = |policy: &PathBuf| {
        let check = super::check(arguments.paths.clone(), vec![policy.clone()], false);
        check
            .map(|check| Read::new(&check.paths, &check.judging, Narrowing::default()))
            .map_err(|error| error.to_string())
    };
    let [old, new] = policies.map(read);
    Ok([old?, new?])
}

fn compare(read: [Read; 2]) -> io::Result<u8> {
    let now = Timestamp::now();
    let mut incomplete = false;
    for read in &read {
        output::notes(&[], &read.problems);
        incomplete |= !read.problems.is_empty();
    }
    let [old, new] = read.map(|read| stands(read, now));
    let (old, new) = (old?, new?);
    let lines = differences(&old, &new);
    for line in lines.values() {
        output::print(&format!("{line}\n"))?;
    }
    output::print(&format!("{}\n", counts(&old, &new, &lines)))?;
    let is_judged = old.values().chain(new.values()).any(|stand| stand.verdict.is_some());
    Ok(match (incomplete, is_judged, lines.len()) {
        (true, ..) => exit::INCOMPLETE,
        (_, false, 0) => exit::NOTHING,
        (_, _, 0) => exit::OK,
        _ => exit::FAILED,
    })
}

/// How many of the workloads that some policy is about change, and of the other objects of which something is told.
fn counts(old: &Stands, new: &Stands, lines: &BTreeMap<&str, String>) -> String {
    let (mut workloads, mut others) = ((0, 0), (0, 0));
    for subject in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let both = [old, new].map(|stands| stands.get(subject));
        let mut stands = both.into_iter().flatten();
        let count = if stands.clone().any(|stand| stand.is_workload) {
            &mut workloads
        } else if stands.any(Stand::is_told) {
            &mut others
        } else {
            continue;
        };
        count.0 += usize::from(lines.contains_key(subject.as_str()));
        count.1 += 1;
    }
    let said = |(changed, all): (usize, usize), noun: &str| {
        format!("{changed} of {all} {noun}{}", if all == 1 { "" } else { "s" })
    };
    let others = if others.1 > 0 { format!(", {}", said(others, "other object")) } else { String::new() };
    format!("changed: {}{others}", said(workloads, "workload"))
}

fn stands(mut read: Read, now: Timestamp) -> io::Result<Stands> {
    let mut stands = Stands::new();
    let given: Vec<_> = read.objects.given.iter().map(|given| Arc::clone(&given.key)).collect();
    for key in given {
        let Some(after) = read.objects.inventory.get(&key).cloned() else { continue };
        let policies = Policies { effective: &read.policies.effective, invalid: &BTreeMap::new() };
        let Some(subject) = after.subject() else { continue };
        let change = Change { after, before: None, adds_debug_containers: false };
        let found = admission(&review(&change, policies, &mut read.objects.inventory, now));
        let stand = stands.entry(subject.to_string()).or_default();
        stand.admission = stand.admission.max(found);
    }
    let _: Totals = judging::judge(&read, now, &RunWorkload::clone, &mut |workload| {
        let failing = workload.findings.iter().filter(|finding| finding.merged.outcome == Outcome::Fail);
        let stand = stands.entry(workload.key.to_string()).or_default();
        stand.is_workload = !workload.is_orphan;
        stand.failing = failing.map(|finding| finding.merged.check).collect();
        stand.verdict = Some(workload.verdict);
        Ok::<(), io::Error>(())
    })?;
    Ok(stands)
}

fn admission(review: &Review) -> Admission {
    if !review.denials.is_empty() {
        Admission::Denied
    } else if review.warnings.is_empty() {
        Admission::Taken
    } else {
        Admission::Warned
    }
}

/// A line for each subject that stands otherwise.
fn differences<'a>(old: &'a Stands, new: &'a Stands) -> BTreeMap<&'a str, String> {
    let subjects: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let nothing = Stand::default();
    let mut lines = BTreeMap::new();
    for subject in subjects {
        let [before, after] = [old, new].map(|stands| stands.get(subject).unwrap_or(&nothing));
        if !before.is_told() && !after.is_told() {
            continue;
        }
        let mut said = Vec::new();
        if before.verdict != after.verdict {
            let [before, after] = [before, after].map(|stand| stand.verdict.map_or("NotSelected", word));
            said.push(format!("{before} -> {after}"));
        }
        for (word, more, less) in [("fails", after, before), ("no longer fails", before, after)] {
            let checks: Vec<&str> = more.failing.difference(&less.failing).copied().collect();
            if !checks.is_empty() {
                said.push(format!("{word} {}", checks.join(", ")));
            }
        }
        if before.admission != after.admission {
            said.push(
                match after.admission {
                    Admission::Denied => "would be denied",
                    Admission::Warned => "would be warned of",
                    Admission::Taken => "would be let through",
                }
                .to_owned(),
            );
        }
        if !said.is_empty() {
            lines.insert(subject.as_str(), format!("{subject}: {}", said.join("; ")));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: a}]}\n";

    fn lines(old: &str, new: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let policy = |name: &str, spec: &str| {
            let head =
                "apiVersion: seaworthy.dev/v1alpha1\nkind: ClusterReadinessPolicy\nmetadata: {name: p}\n";
            write(name, &format!("{head}spec: {{profile: None, {spec}}}\n"))
        };
        let arguments = DiffArguments {
            old: policy("old.yaml", old),
            new: policy("new.yaml", new),
            paths: vec![write("web.yaml", WEB)],
            against_cluster: false,
            context: None,
        };
        let [old, new] = read(&arguments).unwrap().map(|read| stands(read, Timestamp::now()).unwrap());
        differences(&old, &new).into_values().collect()
    }

    fn stand(is_workload: bool, verdict: Option<Verdict>) -> Stand {
        Stand { is_workload, verdict, ..Stand::default() }
    }

    #[test]
    fn workloads_are_counted_and_other_objects_only_if_something_is_told_of_them() {
        let ready = Some(Verdict::Ready);
        let denied = Stand { admission: Admission::Denied, ..Stand::default() };
        let stands = |web: Stand, dangling: Stand, service: Stand| {
            let fine = ("Service shop/fine".to_owned(), stand(false, ready));
            let unseen = ("ConfigMap shop/settings".to_owned(), Stand::default());
            let judged =
                [("Pod shop/web", web), ("Service shop/dangling", dangling), ("Role shop/a", service)];
            let judged = judged.map(|(name, stand)| (name.to_owned(), stand));
            judged.into_iter().chain([fine, unseen]).collect::<Stands>()
        };
        let said = |old: &Stands, new: &Stands| counts(old, new, &differences(old, new));
        let old = stands(stand(true, ready), stand(false, ready), Stand::default());
        assert_eq!(said(&old, &old), "changed: 0 of 1 workload");
        let new = stands(stand(true, ready), stand(false, Some(Verdict::NotReady)), denied);
        assert_eq!(said(&old, &new), "changed: 0 of 1 workload, 2 of 2 other objects");
        assert_eq!(said(&new, &new), "changed: 0 of 1 workload, 0 of 2 other objects");
        let gone = stands(Stand::default(), Stand::default(), Stand::default());
        assert_eq!(said(&old, &gone), "changed: 1 of 1 workload");
        assert_eq!(said(&gone, &gone), "changed: 0 of 0 workloads");
    }

    #[test]
    fn an_edit_says_whose_verdict_changes_and_who_would_be_denied() {
        let (host, memory) = ("checks: [{name: host-network}]", "checks: [{name: memory-limits}]");
        let deny = format!("enforcement: Deny, {memory}");
        assert_eq!(lines(host, host), Vec::<String>::new());
        let said = "Pod default/web: Ready -> NotReady; fails memory-limits";
        assert_eq!(lines(host, memory), [said]);
        assert_eq!(lines(host, &deny), [format!("{said}; would be denied")]);
        assert_eq!(lines(&deny, memory), ["Pod default/web: would be let through"]);
        let suspended = format!("suspend: true, {memory}");
        assert_eq!(
            lines(memory, &suspended),
            ["Pod default/web: NotReady -> NotSelected; no longer fails memory-limits"]
        );
    }
}

//! Whether the replicas of a workload are kept apart over the values of some node label.
//!
//! Pod anti-affinity and topology spread constraints both do that, if they select the workload's own pods. It
//! must not look at nodes, nor say over what replicas must be spread: the checks `spread-nodes` and `spread-zones` do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::{PARKED, not_for_batch, object, pod};
use crate::checks::namespaces::picks;
use crate::checks::replicas::{Replicas, of_any_kind};
use crate::checks::scalers;
use crate::inventory::Kind;
use crate::inventory::lookup::Cause;
use crate::inventory::scheduling::PodAffinityTerm;
use crate::inventory::selector::LabelSelector;

/// Labels that the controller of a StatefulSet gives each of its pods another value of.
const OF_ONE_POD: &[&str] = &["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"];

/// What counts as spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Means {
    /// Pod anti-affinity, preferred or required.
    AntiAffinity,
    /// Topology spread constraints.
    Spread,
}

impl Means {
    /// All of them.
    pub(super) const ALL: [Self; 2] = [Self::AntiAffinity, Self::Spread];
}

/// Over what replicas must be spread.
pub(super) struct Wanted<'a> {
    /// The domains in words, in the plural.
    pub(super) domains: &'static str,
    /// Node labels whose values are such domains.
    pub(super) keys: Vec<&'a str>,
    /// What counts.
    pub(super) accept: &'a [Means],
    /// In how many domains they must be at the least.
    pub(super) least: i64,
}

/// What comes of one term that has the right key.
enum Term {
    /// It keeps the replicas apart.
    Counts,
    /// It selects other pods.
    Misses(Statement),
    /// What it selects is not known.
    Unknown(Statement),
}

impl Wanted<'_> {
    /// Passes when something keeps the replicas apart, and there are so many that they can be in as many domains.
    pub(super) fn judge(&self, subject: &WorkloadSubject<'_>) -> Judgement {
        if let Some(judgement) = not_for_batch(subject) {
            return judgement;
        }
        if scalers::is_parked(subject) {
            return Judgement::not_applicable(PARKED);
        }
        let replicas = of_any_kind(subject);
        match replicas {
            Replicas::None => return Judgement::not_applicable("the kind has no replicas to spread"),
            Replicas::Known(..=1) => {
                return Judgement::not_applicable("one replica has nothing to be spread from");
            }
            Replicas::Known(replicas) if replicas < self.least => return self.too_few(replicas).into(),
            Replicas::Known(_) | Replicas::Unknown(_) => {}
        }
        let missing = self.missing(subject);
        match replicas {
            // Two are the fewest that there is something to say of.
            Replicas::Unknown(cause) if !missing.is_empty() || self.least > 2 => {
                Statement::unknown(cause, object("spec.replicas"), scalers::NOT_KNOWN).into()
            }
            _ => missing.into_iter().collect(),
        }
    }

    fn too_few(&self, replicas: i64) -> Statement {
        let Self { domains, least, .. } = self;
        Statement::fail(
            object("spec.replicas"),
            format!("{replicas} replicas cannot be in {least} {domains}"),
        )
    }

    /// What is to be said of a workload of several replicas; nothing when something keeps them apart.
    fn missing(&self, subject: &WorkloadSubject<'_>) -> Vec<Statement> {
        let (mut misses, mut unknown) = (Vec::new(), Vec::new());
        for term in self.terms(subject) {
            match term {
                Term::Counts => return Vec::new(),
                Term::Misses(statement) => misses.push(statement),
                Term::Unknown(statement) => unknown.push(statement),
            }
        }
        if !unknown.is_empty() {
            return unknown;
        }
        if !misses.is_empty() {
            return misses;
        }
        let domains = self.domains;
        let (field, means) = match self.accept {
            [Means::AntiAffinity] => ("affinity.podAntiAffinity", "no pod anti-affinity"),
            [Means::Spread] => ("topologySpreadConstraints", "no topology spread constraint"),
            _ => ("topologySpreadConstraints", "neither topology spread constraint nor pod anti-affinity"),
        };
        vec![Statement::fail(pod(field), format!("{means} keeps the replicas on different {domains}"))]
    }

    fn terms(&self, subject: &WorkloadSubject<'_>) -> Vec<Term> {
        let mut terms = Vec::new();
        if self.accept.contains(&Means::Spread) {
            terms.extend(self.constraints(subject));
        }
        if self.accept.contains(&Means::AntiAffinity) {
            terms.extend(self.anti_affinity(subject));
        }
        terms
    }

    fn constraints(&self, subject: &WorkloadSubject<'_>) -> Vec<Term> {
        let constraints = subject.pod().topology_spread_constraints.iter().enumerate();
        let of_key = constraints.filter(|(_, constraint)| self.keys.contains(&&*constraint.topology_key));
        let term = |(index, constraint): (usize, &crate::inventory::scheduling::TopologySpreadConstraint)| {
            let path = format!("topologySpreadConstraints[{index}]");
            each_alone(subject, &constraint.match_label_keys, &path).unwrap_or_else(|| {
                own_pods(subject, constraint.label_selector.as_deref(), &format!("{path}.labelSelector"))
            })
        };
        of_key.map(term).collect()
    }

    fn anti_affinity(&self, subject: &WorkloadSubject<'_>) -> Vec<Term> {
        let Some(affinity) = &subject.pod().affinity else { return Vec::new() };
        let (kept, anti) = ("DuringSchedulingIgnoredDuringExecution", &affinity.pod_anti_affinity);
        let required = anti.required.iter().enumerate();
        let required = required.map(|(index, term)| (format!("required{kept}[{index}]"), term));
        let preferred = anti.preferred.iter().enumerate().map(|(index, weighted)| {
            (format!("preferred{kept}[{index}].podAffinityTerm"), &weighted.pod_affinity_term)
        });
        let of_key =
            required.chain(preferred).filter(|(_, term)| self.keys.contains(&term.topology_key.as_str()));
        of_key
            .map(|(path, term)| of_affinity(subject, term, &format!("affinity.podAntiAffinity.{path}")))
            .collect()
    }
}

/// Whether a term of pod anti-affinity keeps the workload's own pods apart, or why that is not known.
pub(super) fn keeps_own_apart(subject: &WorkloadSubject<'_>, term: &PodAffinityTerm) -> Result<bool, Cause> {
    match of_affinity(subject, term, "") {
        Term::Counts => Ok(true),
        Term::Misses(_) => Ok(false),
        Term::Unknown(statement) => Err(statement.cause.unwrap_or(Cause::Undecidable)),
    }
}

fn of_affinity(subject: &WorkloadSubject<'_>, term: &PodAffinityTerm, path: &str) -> Term {
    elsewhere(subject, term, path)
        .or_else(|| others_only(subject, term, path))
        .or_else(|| each_alone(subject, &term.match_label_keys, path))
        .unwrap_or_else(|| own_pods(subject, term.label_selector.as_ref(), &format!("{path}.labelSelector")))
}

/// What there is to say of a term that looks at other namespaces than the workload's own.
fn elsewhere(subject: &WorkloadSubject<'_>, term: &PodAffinityTerm, path: &str) -> Option<Term> {
    let own = &subject.workload.metadata.namespace;
    let everywhere = LabelSelector::default();
    if term.namespaces.iter().any(|namespace| own == namespace)
        || term.namespace_selector.as_ref() == Some(&everywhere)
    {
        return None;
    }
    if let Some(selector) = &term.namespace_selector {
        let field = pod(format!("{path}.namespaceSelector"));
        return match picks_own(subject, selector) {
            Ok(true) => None,
            Ok(false) => {
                let message = "the namespaceSelector does not pick the workload's own namespace";
                Some(Term::Misses(Statement::fail(field, message)))
            }
            Err(cause) => {
                let message = "whether the namespaceSelector picks the workload's own namespace is not known";
                Some(Term::Unknown(Statement::unknown(cause, field, message)))
            }
        };
    }
    (!term.namespaces.is_empty()).then(|| {
        let message = "the term looks at other namespaces than the workload's own";
        Term::Misses(Statement::fail(pod(format!("{path}.namespaces")), message))
    })
}

/// What there is to say of a term that leaves out pods with the workload's own value of a label.
fn others_only(subject: &WorkloadSubject<'_>, term: &PodAffinityTerm, path: &str) -> Option<Term> {
    let labels = &subject.workload.pod_labels;
    let index = term.mismatch_label_keys.iter().position(|key| labels.contains_key(key))?;
    let message = "the term leaves out the workload's own pods, so it does not keep them apart";
    Some(Term::Misses(Statement::fail(pod(format!("{path}.mismatchLabelKeys[{index}]")), message)))
}

/// What there is to say of a term or constraint that counts only pods with a label of which each pod has another value.
fn each_alone(subject: &WorkloadSubject<'_>, keys: &[String], path: &str) -> Option<Term> {
    let is_of_one_pod = |key: &String| OF_ONE_POD.contains(&key.as_str());
    let index = keys.iter().position(is_of_one_pod).filter(|_| subject.workload.kind == Kind::StatefulSet)?;
    let message =
        "each pod has another value of the label, so it counts only itself, and nothing keeps them apart";
    Some(Term::Misses(Statement::fail(pod(format!("{path}.matchLabelKeys[{index}]")), message)))
}

/// Whether a selector picks the workload's own namespace.
fn picks_own(subject: &WorkloadSubject<'_>, selector: &LabelSelector) -> Result<bool, Cause> {
    // The server takes no pod with a selector that is not valid.
    let Ok(selector) = selector.compile() else { return Ok(false) };
    picks(&subject.namespace, &selector)
}

fn own_pods(subject: &WorkloadSubject<'_>, selector: Option<&LabelSelector>, path: &str) -> Term {
    if selects_own_pods(subject, selector) {
        return Term::Counts;
    }
    let message = "the labelSelector does not match the workload's own pods, so it does not keep them apart";
    Term::Misses(Statement::fail(pod(path.to_owned()), message))
}

/// Whether a selector is there, valid, and matches the pods of the workload itself.
pub(super) fn selects_own_pods(subject: &WorkloadSubject<'_>, selector: Option<&LabelSelector>) -> bool {
    let compiled = selector.and_then(|selector| selector.compile().ok());
    compiled.is_some_and(|compiled| compiled.matches(&subject.workload.pod_labels))
}

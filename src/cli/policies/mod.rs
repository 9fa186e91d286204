//! The policies of one run: from files, or a profile by itself.
//!
//! A file is held against the schema that the API server would hold it against, then resolved by the
//! engine. It must not interpret a policy itself. Next: [`validate`] for the schema, [`narrow`] for runs of some
//! checks only.

pub(super) mod narrow;
pub(super) mod validate;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::load::{Bounds, Document, Places, load};
use crate::api::policy::{ClusterReadinessPolicySpec, ClusterTargets, PolicySpec, ReadinessPolicySpec};
use crate::api::severity::FailOn;
use crate::api::{API_VERSION, GROUP, NEWEST_PROFILE_VERSION, Profile};
use crate::engine::policy::{EffectivePolicy, PolicyKey};
use crate::engine::resolve::{Problem as Invalid, Spec, resolve};
use crate::inventory::Kind;
use crate::render::run::{Location, Problem};

/// What the arguments say about policies.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Files of policies.
    pub(super) files: Vec<PathBuf>,
    /// A profile to check as well, or instead.
    pub(super) profile: Option<Profile>,
    /// Replaces `failOn` of every policy.
    pub(super) fail_on: Option<FailOn>,
    /// Namespace of policies that name none.
    pub(super) namespace: Option<String>,
    /// Which checks run.
    pub(super) narrowing: narrow::Narrowing,
    /// Whether a profile is about every namespace, those of the cluster itself included.
    pub(super) everywhere: bool,
}

/// The policies of a run.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// Those in force.
    pub(super) effective: BTreeMap<PolicyKey, EffectivePolicy>,
    /// What is wrong with the others.
    pub(super) problems: Vec<Problem>,
    /// What is worth knowing.
    pub(super) notes: Vec<String>,
}

/// Where a policy stands, and everything in it.
struct Stands {
    location: Location,
    places: Places,
}

impl Policies {
    /// Reads policies; without a file and a profile, the profile Standard.
    pub(super) fn read(wanted: &Wanted, bounds: &Bounds) -> Self {
        let mut policies = Self::default();
        let mut read = Vec::new();
        let whole = |document: Document<'_>| {
            let Document { location, places, value, .. } = document;
            (Stands { location, places }, value.to_value())
        };
        let loaded = load(&wanted.files, bounds, &whole, &mut |(mut stands, value), before| {
            stands.location.document += before;
            read.push((stands, value));
        });
        policies.problems = loaded.problems;
        policies.notes = loaded.notes;
        let before = policies.problems.len();
        for (stands, value) in read {
            policies.document(wanted, &stands, value);
        }
        if !wanted.files.is_empty() && policies.effective.is_empty() && policies.problems.len() == before {
            let message = "no ReadinessPolicy and no ClusterReadinessPolicy in the files given with --policy";
            policies.problems.push(Problem {
                file: None,
                document: None,
                line: None,
                column: None,
                message: message.to_owned(),
            });
        }
        if wanted.profile.is_some() || wanted.files.is_empty() {
            policies.profile(wanted.profile.unwrap_or_default(), wanted.everywhere);
        }
        policies.narrow(&wanted.narrowing);
        if let Some(fail_on) = wanted.fail_on {
            policies.effective.values_mut().for_each(|policy| policy.fail_on = fail_on);
        }
        policies
    }

    /// Takes in a policy as it stands in a cluster.
    pub(super) fn live(&mut self, key: PolicyKey, resolved: Result<EffectivePolicy, Vec<Invalid>>) {
        match resolved {
            Ok(policy) => drop(self.effective.insert(key, policy)),
            Err(found) => {
                for Invalid { field, message } in found {
                    let namespace = if key.is_cluster() { "" } else { &key.namespace };
                    let message = format!("{key} {namespace} is not valid: {field}: {message}");
                    self.problem(None, &message);
                }
            }
        }
    }

    /// The kinds that its policies read or judge; workloads and namespaces too.
    pub(super) fn kinds(&self) -> BTreeSet<Kind> {
        let asked = self.effective.values().flat_map(EffectivePolicy::reads);
        Kind::WORKLOADS.iter().copied().chain([Kind::Namespace]).chain(asked).collect()
    }

    /// The kinds of which objects in other namespaces than a workload's own can decide its verdict. Secrets are not among
    /// them: whoever looks at one namespace need not see those of all.
    pub(super) fn kinds_of_other_namespaces(&self) -> BTreeSet<Kind> {
        // One host, one name, one certificate: claims are made all over the cluster.
        // And policies of a mesh's root namespace are about every one.
        let of_meshes = [Kind::AuthorizationPolicy, Kind::PeerAuthentication];
        let claims = [Kind::Service, Kind::Ingress, Kind::Gateway].into_iter().chain(of_meshes);
        let claims: BTreeSet<Kind> = claims.collect();
        let checks = || self.effective.values().flat_map(|policy| &policy.checks);
        let seeing = checks().filter(|check| check.sees_others).flat_map(|check| check.compiled.reads);
        let claiming = checks().flat_map(|check| check.compiled.reads).filter(|kind| claims.contains(kind));
        let kinds = seeing.chain(claiming).copied();
        let is_wanted = |kind: &Kind| {
            let is_secret = matches!(kind, Kind::Secret | Kind::SecretMetadata);
            kind.info().namespaced && !kind.is_workload() && !is_secret
        };
        kinds.filter(is_wanted).collect()
    }

    /// The kinds of which a policy judges objects by themselves: who cannot see them cannot say that all is well.
    pub(super) fn judged_kinds(&self) -> BTreeSet<Kind> {
        let kinds = |policy: &EffectivePolicy| {
            let mut kinds = policy.decisive_orphans();
            kinds.remove(&Kind::Namespace);
            kinds.extend(&policy.selection.kinds);
            kinds
        };
        self.effective.values().flat_map(kinds).collect()
    }

    /// The custom kinds that policies are about, in order.
    pub(super) fn custom_kinds(&self) -> BTreeSet<Kind> {
        self.effective.values().flat_map(|policy| policy.selection.custom_kinds()).collect()
    }

    /// Whether a policy asks for a check.
    pub(super) fn asks(&self, check: &str) -> bool {
        self.effective.values().any(|policy| policy.checks.iter().any(|asked| asked.check.name == check))
    }

    /// The namespace of every ReadinessPolicy, if they share one.
    pub(super) fn namespace(&self) -> Option<&str> {
        let mut namespaces: Vec<&str> =
            self.effective.keys().filter(|key| !key.is_cluster()).map(|key| key.namespace.as_str()).collect();
        namespaces.dedup();
        match namespaces.as_slice() {
            [namespace] => Some(namespace),
            _ => None,
        }
    }

    fn profile(&mut self, profile: Profile, everywhere: bool) {
        let name = format!("profile-{}", profile.as_str().to_lowercase());
        self.made(name, PolicySpec { profile, ..PolicySpec::default() }, everywhere);
    }

    /// A policy that no file holds, about everything.
    fn made(&mut self, name: String, common: PolicySpec, everywhere: bool) {
        let mut targets = ClusterTargets::default();
        if everywhere {
            // Whoever names files means them, in whichever namespace.
            targets.exclude_namespaces.clear();
        }
        let spec = ClusterReadinessPolicySpec { common, targets };
        self.resolve(PolicyKey { namespace: String::new(), name }, Spec::Cluster(&spec), None);
    }

    fn document(&mut self, wanted: &Wanted, location: &Stands, mut value: Value) {
        let text = |key| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let Some((api_version, kind)) = text("apiVersion").zip(text("kind")) else {
            self.problem(Some(location), "not a policy: apiVersion or kind is missing");
            return;
        };
        let cluster = match kind {
            "ClusterReadinessPolicy" => true,
            "ReadinessPolicy" => false,
            // A file may hold the Namespace, or whatever else belongs to the policy.
            _ => return,
        };
        if api_version != API_VERSION {
            if api_version.split_once('/').is_none_or(|(group, _)| group == GROUP) {
                let message = format!("apiVersion: `{api_version}` is not served; use `{API_VERSION}`");
                self.problem(Some(location), &message);
            }
            return;
        }
        let kind = kind.to_owned();
        let wrong = validate::policy(&kind, &mut value);
        if !wrong.is_empty() {
            for problem in &wrong {
                self.problem_at(location, &validate::at_fault(problem), problem);
            }
            return;
        }
        let metadata = |key| value.pointer(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = metadata("/metadata/name");
        if name.is_empty() {
            self.problem(Some(location), "metadata.name: required");
            return;
        }
        let namespace = match (cluster, metadata("/metadata/namespace")) {
            (true, _) => String::new(),
            (false, given) if given.is_empty() => {
                wanted.namespace.clone().unwrap_or_else(|| "default".to_owned())
            }
            (false, given) => given,
        };
        let key = PolicyKey { namespace, name };
        let spec = value.get_mut("spec").map(Value::take).unwrap_or_default();
        if cluster {
            self.spec::<ClusterReadinessPolicySpec>(key, spec, location, |spec| {
                (Spec::Cluster(spec), &spec.common)
            });
        } else {
            self.spec::<ReadinessPolicySpec>(key, spec, location, |spec| {
                (Spec::Namespaced(spec), &spec.common)
            });
        }
    }

    fn spec<T: DeserializeOwned + Default>(
        &mut self,
        key: PolicyKey,
        spec: Value,
        location: &Stands,
        view: impl for<'a> Fn(&'a T) -> (Spec<'a>, &'a PolicySpec),
    ) {
        let spec = if spec.is_null() { Ok(T::default()) } else { serde_json::from_value::<T>(spec) };
        let spec = match spec {
            Ok(spec) => spec,
            Err(error) => {
                self.problem(Some(location), &format!("spec: {error}"));
                return;
            }
        };
        let (view, common) = view(&spec);
        if common.profile_version.is_none() && common.profile != Profile::None {
            self.notes.push(format!(
                "{}: {key} names no profileVersion: the newest counts, {NEWEST_PROFILE_VERSION}",
                location.location
            ));
        }
        self.resolve(key, view, Some(location));
    }

    fn resolve(&mut self, key: PolicyKey, spec: Spec<'_>, location: Option<&Stands>) {
        if self.effective.contains_key(&key) {
            self.problem(location, &format!("{key} is given twice"));
            return;
        }
        match resolve(key.clone(), spec) {
            Ok(policy) => drop(self.effective.insert(key, policy)),
            Err(found) => {
                for problem in found {
                    let words = format!("{}: {}", problem.field, problem.message);
                    match location {
                        Some(stands) => self.problem_at(stands, &problem.field, &words),
                        None => self.problem(None, &words),
                    }
                }
            }
        }
    }

    /// What is wrong with a policy as a whole.
    fn problem(&mut self, stands: Option<&Stands>, message: &str) {
        match stands {
            Some(stands) => self.problem_at(stands, "", message),
            None => self.problems.push(Problem {
                file: None,
                document: None,
                line: None,
                column: None,
                message: message.to_owned(),
            }),
        }
    }

    /// What is wrong with a field of one.
    fn problem_at(&mut self, Stands { location, places }: &Stands, path: &str, message: &str) {
        let position = places.find(path).map(|found| found.position);
        self.problems.push(Problem {
            file: Some(location.file.clone()),
            document: Some(location.document),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            message: message.to_owned(),
        });
    }
}

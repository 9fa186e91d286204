//! From what people wrote to a policy in force, or to what is wrong with it.
//!
//! The only place that reads a policy's raw spec. It reports every problem, not the first. It must not
//! look at workloads. Next: [`super::select`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use serde_json::{Map, Value};

use super::policy::{EffectiveCheck, EffectivePolicy, Namespaces, PolicyKey, Selection};
use crate::api::policy::{
    CheckSetting, ClusterReadinessPolicySpec, CustomKind, PolicySpec, ReadinessPolicySpec, TargetSelection,
};
use crate::catalogue::check::Sight;
use crate::catalogue::parameters::nearest;
use crate::catalogue::{Check, Compiled, Family, Judgement, NEWEST_PROFILE_VERSION, Rule, WorkloadSubject};
use crate::checks;
use crate::inventory::selector::{Glob, LabelSelectorRequirement, Selector};
use crate::inventory::{Kind, custom};

/// One thing that is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field from the policy's root.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

/// The spec of a policy of either kind.
#[derive(Clone, Copy, Debug)]
pub enum Spec<'a> {
    /// Of a ReadinessPolicy.
    Namespaced(&'a ReadinessPolicySpec),
    /// Of a ClusterReadinessPolicy.
    Cluster(&'a ClusterReadinessPolicySpec),
}

/// Resolves a policy where no family of checks is switched off.
pub fn resolve(key: PolicyKey, spec: Spec<'_>) -> Result<EffectivePolicy, Vec<Problem>> {
    resolve_without(&BTreeSet::new(), key, spec)
}

/// Resolves a policy in an installation that has switched these families off: their checks have nothing to say where
/// they came with the profile, and no policy may name them.
pub fn resolve_without(
    families: &BTreeSet<Family>,
    key: PolicyKey,
    spec: Spec<'_>,
) -> Result<EffectivePolicy, Vec<Problem>> {
    let mut problems = Problems::default();
    let (common, selection, min_workloads) = match spec {
        Spec::Namespaced(spec) => (&spec.common, &spec.targets.selection, spec.targets.min_workloads),
        Spec::Cluster(spec) => (&spec.common, &spec.targets.selection, spec.targets.min_workloads),
    };
    let namespaces = match spec {
        Spec::Namespaced(_) => Namespaces::Own(key.namespace.clone()),
        Spec::Cluster(spec) => problems.namespaces(spec),
    };
    let selection = problems.selection(namespaces, selection);
    let mut checks = problems.checks(common, families);
    for check in &mut checks {
        check.sees_others = matches!(spec, Spec::Cluster(_)) && check.compiled.sight != Sight::Own;
    }
    if !problems.found.is_empty() {
        return Err(problems.found);
    }
    let PolicySpec {
        profile: _,
        profile_version: _,
        checks: _,
        fail_on,
        enforcement,
        ready_when,
        suspend,
        allow_annotation_waivers,
        revision,
    } = common;
    Ok(EffectivePolicy {
        key,
        selection,
        min_workloads,
        orphans: checks.iter().flat_map(|check| check.compiled.orphan_kinds()).collect(),
        switched_off: switched_off(&checks),
        checks,
        fail_on: *fail_on,
        enforcement: *enforcement,
        ready_when: *ready_when,
        suspended: *suspend,
        annotation_waivers: *allow_annotation_waivers,
        has_revision: revision.as_ref().is_some_and(|revision| !revision.is_empty()),
    })
}

/// The families of those checks that have nothing to say.
fn switched_off(checks: &[EffectiveCheck]) -> BTreeSet<Family> {
    checks.iter().filter(|check| check.switched_off).map(|check| check.check.family).collect()
}

#[derive(Default)]
struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.found.push(Problem { field: field.into(), message: message.into() });
    }

    fn selection(&mut self, namespaces: Namespaces, targets: &TargetSelection) -> Selection {
        let TargetSelection { kinds, selector, custom_kinds } = targets;
        let custom_kinds = self.custom_kinds(custom_kinds);
        let kinds = self.kinds(kinds, &custom_kinds);
        let labels = self.selector("spec.targets.selector", selector.as_ref());
        Selection { namespaces, kinds, labels: labels.unwrap_or_default() }
    }

    fn custom_kinds(&mut self, given: &[CustomKind]) -> Vec<Kind> {
        let mut kinds = Vec::new();
        for (index, CustomKind { group, kind, template_path }) in given.iter().enumerate() {
            let field = format!("spec.targets.customKinds[{index}]");
            let path = template_path.strip_prefix('.').unwrap_or(template_path);
            let is_step = |step: &str| {
                !step.is_empty()
                    && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            };
            if Kind::find(group, kind).is_some() || !group.contains('.') {
                self.add(field, format!("`{kind}` of `{group}` is not a kind of custom resource"));
            } else if !path.split('.').all(is_step) {
                let message = "a path of field names from the top of the object, such as .spec.template";
                self.add(format!("{field}.templatePath"), message);
            } else {
                kinds.push(Kind::Custom(custom::CustomKind::of(group, kind, path)));
            }
        }
        kinds
    }

    fn kinds(&mut self, names: &[String], custom: &[Kind]) -> BTreeSet<Kind> {
        let all = || Kind::WORKLOADS.iter().chain(custom);
        if names.is_empty() {
            return all().copied().collect();
        }
        let known = || all().map(|kind| kind.as_str());
        let mut kinds = BTreeSet::new();
        for (index, name) in names.iter().enumerate() {
            let named: Vec<Kind> = all().copied().filter(|kind| kind.as_str() == name).collect();
            if !named.is_empty() {
                kinds.extend(named);
                continue;
            }
            let hint = nearest(name, known()).map_or_else(
                || format!("known are {}", known().collect::<Vec<_>>().join(", ")),
                |nearest| format!("did you mean `{nearest}`?"),
            );
            let message = format!("`{name}` is not a kind of workload; {hint}");
            self.add(format!("spec.targets.kinds[{index}]"), message);
        }
        kinds
    }

    fn namespaces(&mut self, spec: &ClusterReadinessPolicySpec) -> Namespaces {
        let labels =
            self.selector("spec.targets.namespaceSelector", spec.targets.namespace_selector.as_ref());
        let mut excluded = Vec::new();
        for (index, pattern) in spec.targets.exclude_namespaces.iter().enumerate() {
            match Glob::new(pattern) {
                Ok(glob) => excluded.push(glob),
                Err(error) => {
                    self.add(format!("spec.targets.excludeNamespaces[{index}]"), error.to_string());
                }
            }
        }
        Namespaces::Matching { labels: labels.filter(|labels| !labels.is_empty()), excluded }
    }

    fn selector(&mut self, field: &str, selector: Option<&LabelSelector>) -> Option<Selector> {
        match lean(selector?).compile() {
            Ok(selector) => Some(selector),
            Err(error) => {
                self.add(format!("{field}.{}", error.field), error.problem.to_string());
                None
            }
        }
    }

    fn checks(&mut self, spec: &PolicySpec, families_off: &BTreeSet<Family>) -> Vec<EffectiveCheck> {
        let version = spec.profile_version.unwrap_or(NEWEST_PROFILE_VERSION);
        if !(1..=NEWEST_PROFILE_VERSION).contains(&version) {
            self.add(
                "spec.profileVersion",
                format!(
                    "version {version} is not known to this operator; known are 1 to {NEWEST_PROFILE_VERSION}"
                ),
            );
        }
        let mut settings: BTreeMap<&str, (usize, &CheckSetting)> = BTreeMap::new();
        for (index, setting) in spec.checks.iter().enumerate() {
            let field = format!("spec.checks[{index}].name");
            if checks::find(&setting.name).is_none() {
                self.add(field, unknown_check(&setting.name));
            } else if settings.insert(&setting.name, (index, setting)).is_some() {
                self.add(field, format!("`{}` is named twice", setting.name));
            }
        }
        let mut effective = Vec::new();
        for check in checks::ALL {
            let setting = settings.get(check.name).copied();
            let Some(asked) = self.check(check, spec, version, setting) else { continue };
            let is_off = families_off.contains(&check.family);
            effective.push(if is_off { self.switch_off(asked, setting) } else { asked });
        }
        effective.sort_by_key(|effective| effective.check.name);
        if effective.is_empty() && self.found.is_empty() {
            self.add("spec.checks", "the policy holds no check: choose a profile, or enable a check");
        }
        effective
    }

    fn check(
        &mut self,
        check: &'static Check,
        spec: &PolicySpec,
        version: i64,
        setting: Option<(usize, &CheckSetting)>,
    ) -> Option<EffectiveCheck> {
        let membership = check.membership(spec.profile, version);
        if setting.is_some_and(|(_, setting)| !setting.enabled) || (setting.is_none() && membership.is_none())
        {
            return None;
        }
        let mut parameters: Map<String, Value> = membership
            .and_then(|membership| membership.parameters)
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        let given = setting.and_then(|(_, setting)| setting.parameters.clone()).unwrap_or_default();
        parameters.extend(given);
        let severity = setting
            .and_then(|(_, setting)| setting.severity)
            .or_else(|| membership.and_then(|membership| membership.severity));
        match (check.compile)(&parameters) {
            Ok(compiled) => {
                // A policy of a namespace knows nothing of others; of the whole cluster, `resolve` says so.
                Some(EffectiveCheck {
                    check,
                    name: check.name,
                    compiled: compiled.into(),
                    severity,
                    usual_severity: check.severity,
                    sees_others: false,
                    switched_off: false,
                })
            }
            Err(error) => {
                let index = setting.map_or(0, |(index, _)| index);
                self.add(format!("spec.checks[{index}].parameters.{}", error.key()), error.to_string());
                None
            }
        }
    }

    /// A check whose family is switched off: it reads nothing and has nothing to say. Whoever names it asked for more.
    fn switch_off(&mut self, asked: EffectiveCheck, named: Option<(usize, &CheckSetting)>) -> EffectiveCheck {
        const WHY: &str = "this installation has switched off the family of this check";
        if let Some((index, _)) = named {
            let Check { name, family, .. } = asked.check;
            let message = format!(
                "this installation has switched off checks of {family}, and `{name}` is one; \
                 `rbac.families.{family}` of the chart switches them on"
            );
            self.add(format!("spec.checks[{index}].name"), message);
        }
        let rule = Rule::Workload(Arc::new(|_: &WorkloadSubject<'_>| Judgement::not_applicable(WHY)));
        let nothing =
            Compiled { reads: &[], sight: Sight::Own, orphans: None, judges: None, ..*asked.compiled };
        let compiled = Compiled { rule, ..nothing }.into();
        EffectiveCheck { compiled, switched_off: true, ..asked }
    }
}

/// The API's selector as the inventory's.
fn lean(selector: &LabelSelector) -> crate::inventory::selector::LabelSelector {
    let expressions = selector.match_expressions.iter().flatten();
    crate::inventory::selector::LabelSelector {
        match_labels: selector.match_labels.clone().unwrap_or_default().into_iter().collect(),
        match_expressions: expressions
            .map(|expression| LabelSelectorRequirement {
                key: expression.key.clone(),
                operator: expression.operator.clone(),
                values: expression.values.clone().unwrap_or_default(),
            })
            .collect(),
    }
}

fn unknown_check(name: &str) -> String {
    let names = checks::names();
    match nearest(name, names.iter().copied()) {
        Some(nearest) => format!("there is no check `{name}`; did you mean `{nearest}`?"),
        None => format!("there is no check `{name}`; `seaworthy checks` lists them all"),
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;

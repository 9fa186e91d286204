//! From what people wrote to a policy in force, or to what is wrong with it.
//!
//! The only place that reads a policy's raw spec. It reports every problem, not the first. It must not
//! look at workloads. Next: [`super::select`].

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use serde_json::{Map, Value};

use super::policy::{EffectiveCheck, EffectivePolicy, Namespaces, PolicyKey, Selection};
use crate::api::policy::{
    CheckSetting, ClusterReadinessPolicySpec, CustomKind, PolicySpec, ReadinessPolicySpec, TargetSelection,
};
use crate::catalogue::check::Sight;
use crate::catalogue::parameters::nearest;
use crate::catalogue::{Check, NEWEST_PROFILE_VERSION};
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

/// Resolves a policy.
pub fn resolve(key: PolicyKey, spec: Spec<'_>) -> Result<EffectivePolicy, Vec<Problem>> {
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
    let mut checks = problems.checks(common);
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
        checks,
        fail_on: *fail_on,
        enforcement: *enforcement,
        ready_when: *ready_when,
        suspended: *suspend,
        annotation_waivers: *allow_annotation_waivers,
        has_revision: revision.as_ref().is_some_and(|revision| !revision.is_empty()),
    })
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

    fn checks(&mut self, spec: &PolicySpec) -> Vec<EffectiveCheck> {
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
            effective.extend(self.check(check, spec, version, setting));
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
                Some(EffectiveCheck { check, compiled, severity, sees_others: false })
            }
            Err(error) => {
                let index = setting.map_or(0, |(index, _)| index);
                self.add(format!("spec.checks[{index}].parameters.{}", error.key()), error.to_string());
                None
            }
        }
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
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Severity;

    fn resolve_spec(spec: Value) -> Result<EffectivePolicy, Vec<Problem>> {
        let spec: ReadinessPolicySpec = serde_json::from_value(spec).unwrap();
        let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
        resolve(key, Spec::Namespaced(&spec))
    }

    fn problem(spec: Value) -> (String, String) {
        let mut problems = resolve_spec(spec).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        let Problem { field, message } = problems.remove(0);
        (field, message)
    }

    #[test]
    fn the_default_is_the_standard_profile() {
        let policy = resolve_spec(json!({})).unwrap();
        let in_standard = checks::ALL.iter().filter(|check| {
            check.membership(crate::catalogue::Profile::Standard, NEWEST_PROFILE_VERSION).is_some()
        });
        assert_eq!(policy.checks.len(), in_standard.count());
        assert_eq!(policy.min_workloads, 1);
    }

    #[test]
    fn naming_a_check_enables_it_and_disabling_takes_it_out() {
        let named = resolve_spec(
            json!({"profile": "None", "checks": [{"name": "memory-limits", "severity": "Low"}]}),
        );
        let named = named.unwrap();
        assert_eq!(named.checks.len(), 1);
        assert_eq!(named.checks[0].severity(Some(Severity::Critical)), Severity::Low);
        let without = resolve_spec(json!({"checks": [{"name": "memory-limits", "enabled": false}]})).unwrap();
        assert!(!without.checks.iter().any(|check| check.check.name == "memory-limits"));
    }

    #[test]
    fn a_policy_without_any_check_is_invalid() {
        let (field, message) = problem(json!({"profile": "None"}));
        assert_eq!(field, "spec.checks");
        assert!(message.contains("no check"));
    }

    #[test]
    fn an_unknown_parameter_names_the_field_and_the_nearest_key() {
        let (field, message) =
            problem(json!({"checks": [{"name": "run-as-non-root", "parameters": {"mod": "strict"}}]}));
        assert_eq!(field, "spec.checks[0].parameters.mod");
        assert!(message.contains("did you mean `mode`?"), "{message}");
    }

    #[test]
    fn an_unknown_check_kind_or_version_names_what_is_near() {
        assert!(problem(json!({"checks": [{"name": "run-as-nonroot"}]})).1.contains("`run-as-non-root`"));
        let (field, message) = problem(json!({"targets": {"kinds": ["Deployments"]}}));
        assert_eq!(field, "spec.targets.kinds[0]");
        assert!(message.contains("`Deployment`"));
        assert_eq!(problem(json!({"profileVersion": 99})).0, "spec.profileVersion");
    }

    #[test]
    fn a_selector_that_does_not_compile_names_its_field() {
        let selector = json!({"matchExpressions": [{"key": "app", "operator": "Like", "values": ["x"]}]});
        let (field, _) = problem(json!({"targets": {"selector": selector}}));
        assert_eq!(field, "spec.targets.selector.matchExpressions[0].operator");
    }

    #[test]
    fn custom_kinds_are_kinds_beside_the_built_in_ones() {
        let targets = |group: &str, path: &str, kinds: Value| {
            let custom = json!([{"group": group, "kind": "Rollout", "templatePath": path}]);
            json!({"targets": {"customKinds": custom, "kinds": kinds}})
        };
        let kinds = |kinds| {
            let policy = resolve_spec(targets("argoproj.io", ".spec.template", kinds)).unwrap();
            policy.selection.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(kinds(json!(["Rollout"])), ["Rollout"]);
        assert_eq!(kinds(json!(["Deployment"])), ["Deployment"]);
        assert_eq!(kinds(json!([])).len(), Kind::WORKLOADS.len() + 1);
        let refused = |group: &str, path: &str| problem(targets(group, path, json!([]))).0;
        assert_eq!(refused("apps", ".spec.template"), "spec.targets.customKinds[0]");
        assert_eq!(refused("argoproj.io", ".spec[0]"), "spec.targets.customKinds[0].templatePath");
    }
}

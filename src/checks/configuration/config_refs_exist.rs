use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::checks::references::{Reference, config_maps};
use crate::inventory::Workload;
use crate::inventory::lookup::Lookup;

check! {
    /// ## What it checks
    /// What the pod names is there: the ConfigMaps of its volumes and variables, with the keys that it takes
    /// from them, its PersistentVolumeClaims, its PriorityClass and its RuntimeClass. What is marked
    /// `optional` may be missing. The claims that a StatefulSet makes from its `volumeClaimTemplates`, the
    /// ConfigMap `kube-root-ca.crt` and the PriorityClasses of the system count as there.
    ///
    /// ## Why it matters
    /// A workload is accepted whatever it names. Its pods then are refused (classes), wait for ever to be
    /// scheduled (claims), or hang before their containers start (ConfigMaps and keys).
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       envFrom: [{configMapRef: {name: settings}}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env: [{name: LANGUAGE, valueFrom: {configMapKeyRef: {name: settings, key: language}}}]
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings}
    /// data: {language: en}
    /// ```
    ///
    /// ## How to fix
    /// Create the object, add the key, or correct the name. Set `optional: true` where the workload does
    /// without the ConfigMap.
    ///
    /// ## References
    /// - Kubernetes documentation: ConfigMaps
    /// - Kubernetes documentation: Persistent Volumes, Claims as Volumes
    name: "config-refs-exist",
    family: Configuration,
    severity: High,
    title: "The ConfigMaps, claims and classes that pods name exist",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [ConfigMap, PersistentVolumeClaim, PriorityClass, RuntimeClass],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let maps = config_maps(subject.pod());
    let others = by_name(subject);
    if maps.is_empty() && others.is_empty() {
        return Judgement::not_applicable("the pod names no ConfigMap, claim or class");
    }
    let mut statements: Vec<Statement> = Vec::new();
    let of_maps = maps.iter().filter(|map| !map.optional).flat_map(|map| of_map(subject, map));
    for statement in of_maps.chain(others.into_iter().flatten()) {
        // What is missing is one finding, however often it is named.
        if !statements.iter().any(|said| said.message == statement.message) {
            statements.push(statement);
        }
    }
    statements.into_iter().collect()
}

fn of_map(subject: &WorkloadSubject<'_>, map: &Reference<'_>) -> Vec<Statement> {
    let Reference { path, name, keys, .. } = map;
    let found = subject.namespace.config_map(name);
    let Lookup::Found(there) = found else {
        return missing(&format!("{path}.name"), "ConfigMap", name, found);
    };
    let absent = keys.iter().filter(|(_, key)| !there.keys.contains(key));
    absent
        .map(|(at, key)| {
            Statement::fail(pod(format!("{path}.{at}")), format!("ConfigMap {name} has no key {key}"))
        })
        .collect()
}

/// What is named by nothing but its name: for each, what is wrong with it.
fn by_name(subject: &WorkloadSubject<'_>) -> Vec<Vec<Statement>> {
    let (spec, namespace) = (subject.pod(), subject.namespace);
    let mut named = Vec::new();
    for (index, volume) in spec.volumes.iter().enumerate() {
        let Some(claim) = &volume.claim else { continue };
        let path = format!("volumes[{index}].persistentVolumeClaim.claimName");
        let is_made = makes_claim(subject.workload, &volume.name, claim);
        let there = if is_made {
            Vec::new()
        } else {
            missing(&path, "PersistentVolumeClaim", claim, namespace.persistent_volume_claim(claim))
        };
        named.push(there);
    }
    if let Some(class) = &spec.priority_class_name {
        named.push(missing("priorityClassName", "PriorityClass", class, namespace.priority_class(class)));
    }
    if let Some(class) = &spec.runtime_class_name {
        named.push(missing("runtimeClassName", "RuntimeClass", class, namespace.runtime_class(class)));
    }
    named
}

/// Whether the StatefulSet makes this claim for its pods, or puts its own in place of this volume.
fn makes_claim(workload: &Workload, volume: &str, claim: &str) -> bool {
    let mut templates = workload.claims.iter().flat_map(|claims| &claims.templates);
    templates.any(|template| *template.name == *volume) || workload.makes_claim(claim)
}

fn missing<T>(path: &str, kind: &str, name: &str, found: Lookup<&T>) -> Vec<Statement> {
    match found {
        Lookup::Found(_) => Vec::new(),
        Lookup::Missing if name.is_empty() => {
            vec![Statement::fail(pod(path.to_owned()), format!("{kind} without a name"))]
        }
        Lookup::Missing => {
            vec![Statement::fail(pod(path.to_owned()), format!("{kind} {name} does not exist"))]
        }
        Lookup::Unknown(cause) => {
            vec![Statement::unknown(
                cause,
                pod(path.to_owned()),
                format!("whether {kind} {name} exists is not known"),
            )]
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::Kind;
    use crate::inventory::lookup::{Cause, Coverage};

    fn map() -> Value {
        json!({"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}, "binaryData": {"b": ""}})
    }

    fn key(key: &str, optional: bool) -> Value {
        let reference = json!({"name": "settings", "key": key, "optional": optional});
        json!({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": reference}}]})
    }

    fn volume(source: Value) -> Case {
        let mut volume = source;
        volume["name"] = json!("data");
        Case::of(&CHECK).pod(json!({"volumes": [volume]}))
    }

    #[test]
    fn a_map_or_a_key_that_is_not_there_fails_at_its_name() {
        let case = Case::of(&CHECK).container(key("c", false));
        assert_eq!(case.message(), "ConfigMap settings does not exist");
        let path = "spec.template.spec.containers[0].env[0].valueFrom.configMapKeyRef";
        assert_eq!(case.fields(), [format!("{path}.name")]);
        let case = case.with(map());
        assert_eq!(case.message(), "ConfigMap settings has no key c");
        assert_eq!(case.fields(), [format!("{path}.key")]);
        for there in ["a", "b"] {
            assert_eq!(Case::of(&CHECK).container(key(there, false)).with(map()).outcome(), Outcome::Pass);
        }
    }

    #[test]
    fn optional_references_pass_whatever_is_known() {
        for coverage in [Coverage::Complete, Coverage::Partial, Coverage::Forbidden] {
            let case = Case::of(&CHECK).container(key("c", true)).coverage(coverage);
            assert_eq!(case.outcome(), Outcome::Pass);
            assert_eq!(case.with(map()).outcome(), Outcome::Pass);
        }
        let source = json!({"projected": {"sources": [{"configMap": {"name": "x", "optional": true}}]}});
        assert_eq!(volume(source).outcome(), Outcome::Pass);
    }

    #[test]
    fn volumes_name_maps_and_keys_whole_and_in_parts() {
        let items =
            json!({"name": "settings", "items": [{"key": "a", "path": "a"}, {"key": "c", "path": "c"}]});
        let path = "spec.template.spec.volumes[0]";
        let whole = volume(json!({"configMap": items})).with(map());
        assert_eq!(whole.fields(), [format!("{path}.configMap.items[1].key")]);
        let part =
            volume(json!({"projected": {"sources": [{"secret": {"name": "s"}}, {"configMap": items}]}}));
        assert_eq!(part.fields(), [format!("{path}.projected.sources[1].configMap.name")]);
        assert_eq!(volume(json!({"configMap": {"name": "settings"}})).with(map()).outcome(), Outcome::Pass);
        let root = volume(json!({"configMap": {"name": "kube-root-ca.crt"}}));
        assert_eq!(root.outcome(), Outcome::Pass);
        assert_eq!(volume(json!({"configMap": {}})).message(), "ConfigMap without a name");
    }

    #[test]
    fn what_is_missing_is_one_finding_however_often_it_is_named() {
        let whole =
            json!({"envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "s"}}]});
        let case =
            volume(json!({"configMap": {"name": "settings"}})).container(whole).container(key("a", false));
        assert_eq!(case.fields(), ["spec.template.spec.volumes[0].configMap.name"]);
    }

    #[test]
    fn claims_are_there_or_made_by_the_stateful_set() {
        let case = volume(json!({"persistentVolumeClaim": {"claimName": "data"}}));
        assert_eq!(case.message(), "PersistentVolumeClaim data does not exist");
        let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}});
        assert_eq!(case.with(claim).outcome(), Outcome::Pass);
        let of_set = |name: &str, claim: &str| {
            let volume = json!({"name": name, "persistentVolumeClaim": {"claimName": claim}});
            let template = json!([{"metadata": {"name": "data"}}]);
            Case::of(&CHECK)
                .workload(json!({"kind": "StatefulSet", "spec": {"volumeClaimTemplates": template}}))
                .pod(json!({"volumes": [volume]}))
                .outcome()
        };
        assert_eq!(of_set("data", "any"), Outcome::Pass, "the controller puts its own in its place");
        assert_eq!(of_set("first", "data-web-0"), Outcome::Pass);
        assert_eq!(of_set("first", "data-web-x"), Outcome::Fail);
        assert_eq!(of_set("first", "data-other-0"), Outcome::Fail);
    }

    #[test]
    fn classes_are_there_and_those_of_the_system_always_are() {
        let case = Case::of(&CHECK).pod(json!({"priorityClassName": "high", "runtimeClassName": "gvisor"}));
        assert_eq!(
            case.fields(),
            ["spec.template.spec.priorityClassName", "spec.template.spec.runtimeClassName"]
        );
        let case = case
            .with(json!({"kind": "PriorityClass", "metadata": {"name": "high"}, "value": 1}))
            .with(json!({"kind": "RuntimeClass", "metadata": {"name": "gvisor"}, "handler": "runsc"}));
        assert_eq!(case.outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::Pass, "system-cluster-critical");
        assert_eq!(
            Case::of(&CHECK).pod(json!({"priorityClassName": null})).outcome(),
            Outcome::NotApplicable
        );
    }

    #[test]
    fn disagreement_44_what_was_not_given_is_not_known() {
        let case = volume(json!({"persistentVolumeClaim": {"claimName": "data"}})).container(key("a", false));
        for (kind, place) in [(Kind::ConfigMap, 0), (Kind::PersistentVolumeClaim, 1)] {
            let findings = case.clone().coverage_of(kind, Coverage::Partial).judged().findings;
            let found = &findings[place];
            assert_eq!((found.outcome, found.cause), (Outcome::Unknown, Some(Cause::NotGiven)), "{kind}");
        }
        let enough = Case::of(&CHECK).container(key("a", false)).coverage(Coverage::Partial).with(map());
        assert_eq!(enough.outcome(), Outcome::Pass);
    }
}

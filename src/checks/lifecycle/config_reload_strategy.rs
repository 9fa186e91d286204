use std::collections::BTreeSet;

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::{not_for_batch, pod};
use crate::checks::references::{Reference, config_maps, secrets};
use crate::inventory::config_map::ROOT_CERTIFICATES;
use crate::inventory::labels::Labels;
use crate::inventory::lookup::{Cause, Lookup};

check! {
    /// ## What it checks
    /// A change of a ConfigMap or Secret that the pod names makes new pods. Any of these does: an annotation of
    /// the template with a checksum of the content, an annotation by which Reloader, Wave or the like watch the
    /// workload, a name that changes with the content as Kustomize makes it, or an object that is `immutable`. In a
    /// cluster the operator asks for nothing but the metadata of most Secrets, so that whether one is immutable
    /// is not known there.
    ///
    /// ## Why it matters
    /// Variables are read once, when a container starts. After a change in place pods run on with what was there
    /// before, until one of them dies at night and its successor begins with something nobody has tried.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       envFrom: [{configMapRef: {name: settings}}]
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings}
    /// data: {language: en}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations: {checksum/settings: 2f5cbd2e2c9a4b3d}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       envFrom: [{configMapRef: {name: settings}}]
    /// ```
    ///
    /// ## How to fix
    /// Put a checksum of the content into an annotation of the template, let Kustomize name the object after its
    /// content, or annotate the workload for Reloader.
    ///
    /// ## References
    /// - Helm documentation: Automatically Roll Deployments
    /// - Kubernetes documentation: Configuration, ConfigMaps
    name: "config-reload-strategy",
    family: Lifecycle,
    severity: Low,
    title: "A change of configuration makes new pods",
    profiles: [],
    reads: [Secret, SecretMetadata, ConfigMap],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

/// Annotations of a workload by which something replaces its pods, whatever their value.
const WATCHED: &[&str] = &[
    "configmap.reloader.stakater.com/reload",
    "reloader.stakater.com/auto",
    "reloader.stakater.com/search",
    "secret.reloader.stakater.com/reload",
    "wave.pusher.com/update-on-config-change",
];

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = not_for_batch(subject) {
        return judgement;
    }
    let maps = config_maps(subject.pod()).into_iter().filter(|map| map.name != ROOT_CERTIFICATES);
    let maps: Vec<Reference<'_>> = maps.collect();
    // Images are pulled anew with whatever is there then.
    let secrets = secrets(subject.pod()).into_iter().filter(|one| !one.path.starts_with("imagePullSecrets"));
    let secrets: Vec<Reference<'_>> = secrets.collect();
    if maps.is_empty() && secrets.is_empty() {
        return Judgement::not_applicable("the pod names no ConfigMap and no Secret");
    }
    let workload = subject.workload;
    if has_checksum(&workload.pod_annotations) || is_watched(&workload.metadata.annotations) {
        return Judgement::pass();
    }
    let maps = maps.iter().map(|map| (map, "ConfigMap", map_is_immutable(subject, map.name)));
    let secrets = secrets.iter().map(|one| (one, "Secret", secret_is_immutable(subject, one.name)));
    let mut seen = BTreeSet::new();
    let distinct = maps.chain(secrets).filter(|(reference, kind, _)| seen.insert((*kind, reference.name)));
    let open = distinct.filter(|(reference, ..)| !is_hashed(reference.name));
    open.filter_map(|(reference, kind, immutable)| of_object(reference, kind, immutable)).collect()
}

fn of_object(
    Reference { path, name_field, name, .. }: &Reference<'_>,
    kind: &str,
    immutable: Lookup<bool>,
) -> Option<Statement> {
    let field = pod(format!("{path}.{name_field}"));
    let shown = quoted(name, 80);
    match immutable {
        Lookup::Found(true) => None,
        // One that is missing is not known to be anything.
        Lookup::Found(false) | Lookup::Missing => {
            Some(Statement::fail(field, format!("a change of {kind} {shown} makes no new pods")))
        }
        Lookup::Unknown(cause) => {
            let message = format!("whether {kind} {shown} can change in place is not known");
            Some(Statement::unknown(cause, field, message))
        }
    }
}

fn map_is_immutable(subject: &WorkloadSubject<'_>, name: &str) -> Lookup<bool> {
    subject.namespace.config_map(name).map(|map| map.immutable)
}

fn secret_is_immutable(subject: &WorkloadSubject<'_>, name: &str) -> Lookup<bool> {
    match subject.namespace.secret(name).map(|secret| secret.facts()) {
        Lookup::Found(Some(facts)) => Lookup::Found(facts.immutable),
        Lookup::Found(None) => Lookup::Unknown(Cause::Undecidable),
        Lookup::Missing => Lookup::Missing,
        Lookup::Unknown(cause) => Lookup::Unknown(cause),
    }
}

fn has_checksum(annotations: &Labels) -> bool {
    let says =
        |key: &str| ["checksum", "sha256", "config-hash", "confighash"].iter().any(|word| key.contains(word));
    annotations.keys().any(|key| says(&key.to_ascii_lowercase()))
}

fn is_watched(annotations: &Labels) -> bool {
    WATCHED.iter().any(|key| annotations.get(key).is_some_and(|value| value.trim() != "false"))
}

/// Whether a name ends as Kustomize ends it: ten characters of the alphabet that it writes hashes in.
fn is_hashed(name: &str) -> bool {
    let ends = |hash: &str| hash.len() == 10 && hash.bytes().all(|byte| b"2456789bcdfghkmt".contains(&byte));
    name.rsplit_once('-').is_some_and(|(_, hash)| ends(hash))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn case(map: &str) -> Case {
        let sources = json!([{"configMapRef": {"name": map}}, {"configMapRef": {"name": map}}]);
        Case::of(&CHECK).container(json!({"envFrom": sources}))
    }

    fn object(kind: &str, name: &str, immutable: bool) -> Value {
        json!({"kind": kind, "metadata": {"name": name}, "immutable": immutable})
    }

    #[test]
    fn what_can_change_in_place_is_found_once() {
        let open = case("settings").with(object("ConfigMap", "settings", false));
        assert_eq!(open.message(), "a change of ConfigMap settings makes no new pods");
        assert_eq!(open.fields(), ["spec.template.spec.containers[0].envFrom[0].configMapRef.name"]);
        assert_eq!(case("settings").outcome(), Outcome::Fail, "it is not there");
        assert_eq!(case("settings").with(object("ConfigMap", "settings", true)).outcome(), Outcome::Pass);
    }

    #[test]
    fn names_that_change_with_the_content_are_in_order() {
        for (name, outcome) in [
            ("settings-6ct58987ht", Outcome::Pass),
            ("settings-6ct58987h", Outcome::Fail),
            ("settings-6ct58987ha", Outcome::Fail),
            ("6ct58987ht", Outcome::Fail),
        ] {
            assert_eq!(case(name).outcome(), outcome, "{name}");
        }
    }

    #[test]
    fn annotations_say_that_somebody_replaces_the_pods() {
        let on_pod = |key: &str| {
            let metadata = json!({"annotations": {key: "x"}});
            case("settings").workload(json!({"spec": {"template": {"metadata": metadata}}}))
        };
        assert_eq!(on_pod("checksum/config").outcome(), Outcome::Pass);
        assert_eq!(on_pod("example.com/config-hash").outcome(), Outcome::Pass);
        assert_eq!(on_pod("example.com/other").outcome(), Outcome::Fail);
        let watched = |value: &str| {
            let annotations = json!({"reloader.stakater.com/auto": value});
            case("settings").workload(json!({"metadata": {"annotations": annotations}}))
        };
        assert_eq!(watched("true").outcome(), Outcome::Pass);
        assert_eq!(watched("false").outcome(), Outcome::Fail);
    }

    #[test]
    fn secrets_count_as_config_maps_do_but_not_those_that_pull_images() {
        let mounted =
            Case::of(&CHECK).pod(json!({"volumes": [{"name": "v", "secret": {"secretName": "database"}}]}));
        assert_eq!(mounted.fields(), ["spec.template.spec.volumes[0].secret.secretName"]);
        let immutable = mounted.clone().with(object("Secret", "database", true));
        assert_eq!(immutable.outcome(), Outcome::Pass);
        let shapeless = json!({"kind": "Secret", "metadata": {"name": "database"}, "data": 7});
        assert_eq!(mounted.with(shapeless).outcome(), Outcome::Unknown);
        let pulling = Case::of(&CHECK).pod(json!({"imagePullSecrets": [{"name": "registry"}]}));
        assert_eq!(pulling.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_what_was_not_given_may_be_immutable() {
        assert_eq!(case("settings").coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_runs_to_its_end_starts_anew_anyway() {
        let job = case("settings").workload(json!({"kind": "Job", "apiVersion": "batch/v1"}));
        assert_eq!(job.outcome(), Outcome::NotApplicable);
    }
}

use std::collections::BTreeSet;

use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, key_of, quoted};
use crate::checks::helpers::pod;
use crate::checks::references::{Reference, config_maps, secrets};
use crate::inventory::config_map::ROOT_CERTIFICATES;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::snapshot::NamedSecret;
use crate::inventory::{Kind, Metadata};

check! {
    /// ## What it checks
    /// Every ConfigMap and Secret that the pod names is `immutable`. One with an owner is kept by
    /// somebody, and one of type `kubernetes.io/tls` is renewed: neither has to be. In a cluster the operator asks for
    /// nothing but the metadata of other Secrets, so that whether one is immutable is not known there.
    ///
    /// ## Why it matters
    /// A change in place reaches pods at different times, or at their next start, and cannot be taken back.
    /// With a new name for each content a change is a rollout, the one before is still there, and nodes need not
    /// ask whether something changed.
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
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       envFrom: [{configMapRef: {name: settings-v2}}]
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings-v2}
    /// data: {language: en}
    /// immutable: true
    /// ```
    ///
    /// ## How to fix
    /// Give the object a name that changes with its content, as Kustomize's generators do, and set `immutable: true`.
    ///
    /// ## References
    /// - Kubernetes documentation: Immutable ConfigMaps
    /// - Kubernetes documentation: Immutable Secrets
    name: "secret-immutable",
    family: Secrets,
    severity: Info,
    title: "Static Secrets and ConfigMaps are immutable",
    profiles: [],
    reads: [Secret, SecretMetadata, ConfigMap],
    parameters: NoParameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("immutable", Answer::True)],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let maps = config_maps(subject.pod()).into_iter().filter(|map| map.name != ROOT_CERTIFICATES);
    let (mut seen_maps, mut seen_secrets) = (BTreeSet::new(), BTreeSet::new());
    let maps: Vec<Reference<'_>> = maps.filter(|map| seen_maps.insert(map.name)).collect();
    let secrets = secrets(subject.pod()).into_iter();
    let secrets: Vec<Reference<'_>> = secrets.filter(|secret| seen_secrets.insert(secret.name)).collect();
    if maps.is_empty() && secrets.is_empty() {
        return Judgement::not_applicable("the pod names no ConfigMap and no Secret");
    }
    let of_maps = maps.iter().filter_map(|map| of_map(subject, map));
    let of_secrets = secrets.iter().filter_map(|secret| of_secret(subject, secret));
    of_maps.chain(of_secrets).collect()
}

fn of_map(subject: &WorkloadSubject<'_>, reference: &Reference<'_>) -> Option<Statement> {
    match subject.namespace.config_map(reference.name) {
        Lookup::Found(map) => of_object(Kind::ConfigMap, &map.metadata, map.immutable),
        Lookup::Missing => None,
        Lookup::Unknown(cause) => Some(not_known(cause, Kind::ConfigMap, reference)),
    }
}

fn of_secret(subject: &WorkloadSubject<'_>, reference: &Reference<'_>) -> Option<Statement> {
    match subject.namespace.secret(reference.name) {
        Lookup::Found(NamedSecret::Facts(secret)) if secret.facts.is_tls() => None,
        Lookup::Found(secret) => match secret.facts() {
            Some(facts) => of_object(Kind::Secret, secret.metadata(), facts.immutable),
            None if is_kept(secret.metadata()) => None,
            None => Some(not_known(Cause::Undecidable, Kind::Secret, reference)),
        },
        Lookup::Missing => None,
        Lookup::Unknown(cause) => Some(not_known(cause, Kind::Secret, reference)),
    }
}

fn of_object(kind: Kind, metadata: &Metadata, immutable: bool) -> Option<Statement> {
    let message = format!("{kind} {} is not immutable", quoted(&metadata.name, 80));
    let statement = Statement::fail(at("immutable"), message).about(key_of(kind, metadata));
    (!immutable && !is_kept(metadata)).then_some(statement)
}

/// Whether somebody brings the object up to date.
fn is_kept(metadata: &Metadata) -> bool {
    !metadata.owner_references().is_empty()
}

fn not_known(
    cause: Cause,
    kind: Kind,
    Reference { path, name_field, name, .. }: &Reference<'_>,
) -> Statement {
    let message = format!("whether {kind} {} is immutable is not known", quoted(name, 80));
    Statement::unknown(cause, pod(format!("{path}.{name_field}")), message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn case() -> Case {
        let sources = json!([{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "database"}},
            {"configMapRef": {"name": "settings"}}, {"configMapRef": {"name": "kube-root-ca.crt"}}]);
        Case::of(&CHECK).container(json!({"envFrom": sources}))
    }

    fn object(kind: &str, name: &str, patch: Value) -> Value {
        let mut object = patch;
        object["kind"] = json!(kind);
        object["metadata"]["name"] = json!(name);
        object
    }

    #[test]
    fn both_kinds_must_be_immutable() {
        let case = case().with(object("ConfigMap", "settings", json!({}))).with(object(
            "Secret",
            "database",
            json!({}),
        ));
        let said: Vec<_> = case.judged().findings.into_iter().map(|found| found.message).collect();
        assert_eq!(said, ["ConfigMap settings is not immutable", "Secret database is not immutable"]);
        assert_eq!(case.fields(), ["immutable", "immutable"]);
    }

    #[test]
    fn immutable_ones_pass_and_so_do_those_that_somebody_keeps() {
        let owned = json!({"metadata": {"ownerReferences": [{"kind": "ExternalSecret"}]}});
        for (map, secret) in [
            (json!({"immutable": true}), json!({"immutable": true})),
            (owned.clone(), owned),
            (json!({"immutable": true}), json!({"type": "kubernetes.io/tls"})),
        ] {
            let case = case().with(object("ConfigMap", "settings", map)).with(object(
                "Secret",
                "database",
                secret.clone(),
            ));
            assert_eq!(case.outcome(), Outcome::Pass, "{secret}");
        }
    }

    #[test]
    fn what_is_missing_is_another_checks_business_and_what_is_not_known_is_unknown() {
        assert_eq!(case().outcome(), Outcome::Pass);
        let partial = case().coverage(Coverage::Partial).judged();
        assert_eq!((partial.outcome, partial.findings.len()), (Outcome::Unknown, 2));
        let shapeless = case().with(object("Secret", "database", json!({"data": 7})));
        assert_eq!(shapeless.message(), "whether Secret database is immutable is not known");
        let metadata = json!({"ownerReferences": [{"kind": "ExternalSecret"}]});
        let kept = case().with(object("Secret", "database", json!({"data": 7, "metadata": metadata})));
        assert_eq!(kept.outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, key_of, quoted};
use crate::checks::helpers::pod;
use crate::checks::provider_classes::Classes;
use crate::checks::references::{Reference, secrets};
use crate::inventory::lookup::Lookup;
use crate::inventory::{Kind, Metadata};

/// Parameters of `secret-external-store`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Kinds of objects that own a Secret which comes from a store.
    allowed_owners: Vec<String>,
    /// Keys of labels that a Secret has which comes from a store.
    allowed_labels: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let owners = [
            "AzureKeyVaultSecret",
            "BitwardenSecret",
            "Certificate",
            "DopplerSecret",
            "ExternalSecret",
            "HCPVaultSecretsApp",
            "InfisicalSecret",
            "OnePasswordItem",
            "SealedSecret",
            "SecretProviderClassPodStatus",
            "VaultDynamicSecret",
            "VaultPKISecret",
            "VaultStaticSecret",
        ];
        let labels = [
            "controller.cert-manager.io/fao",
            "reconcile.external-secrets.io/created-by",
            "secrets-store.csi.k8s.io/managed",
        ];
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { allowed_owners: owned(&owners), allowed_labels: owned(&labels) }
    }
}

check! {
    /// ## What it checks
    /// Every Secret that the pod names is made by something that takes it from a store outside of the cluster, or
    /// decrypts or issues it: one of its owners is of a kind in `allowedOwners`, it has a label in `allowedLabels`, or
    /// the driver of a SecretProviderClass makes it for the pod. Owners and labels are metadata: no value is read. A
    /// Secret that does not exist is the business of `secret-refs-exist`.
    ///
    /// ## Why it matters
    /// Whoever writes a Secret by hand has its values in a file, and in a history of files. A store keeps them
    /// in one place, where somebody sees who reads them and where they can be replaced.
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
    ///       envFrom: [{secretRef: {name: database}}]
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: database}
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
    ///       envFrom: [{secretRef: {name: database}}]
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: database
    ///   ownerReferences:
    ///     - {apiVersion: external-secrets.io/v1, kind: ExternalSecret, name: database, uid: 6d7b}
    /// ```
    ///
    /// ## How to fix
    /// Put the values into the store, and have an ExternalSecret, a VaultStaticSecret, a SecretProviderClass or the like
    /// make the Secret. Name the kind of a tool of your own in `allowedOwners`.
    ///
    /// ## Parameters
    /// - `allowedOwners`: kinds of owners of a Secret that comes from a store (default those of widespread tools).
    /// - `allowedLabels`: keys of labels of a Secret that comes from a store (default those of widespread tools).
    ///
    /// ## References
    /// - Kubernetes documentation: Good practices for Kubernetes Secrets
    name: "secret-external-store",
    family: Secrets,
    severity: Medium,
    title: "Secrets come from a store outside of the cluster",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [Secret, SecretMetadata, SecretProviderClass],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let references = secrets(subject.pod());
    if references.is_empty() {
        return Judgement::not_applicable("the pod names no Secret");
    }
    let classes = Classes::of(subject);
    let mut seen = BTreeSet::new();
    let distinct = references.iter().filter(|reference| seen.insert(reference.name));
    distinct.filter_map(|reference| of_secret(subject, reference, (&classes, parameters))).collect()
}

fn of_secret(
    subject: &WorkloadSubject<'_>,
    Reference { path, name_field, name, .. }: &Reference<'_>,
    (classes, parameters): (&Classes<'_>, &Parameters),
) -> Option<Statement> {
    let shown = quoted(name, 80);
    match subject.namespace.secret(name) {
        Lookup::Found(secret) => {
            let metadata = secret.metadata();
            let is_made = is_from_store(metadata, parameters) || classes.makes(name) == Lookup::Found(());
            let message = format!("Secret {shown} comes from no store: no owner and no label says so");
            let statement = Statement::fail(at("metadata.ownerReferences"), message);
            (!is_made).then(|| statement.about(key_of(Kind::Secret, metadata)))
        }
        Lookup::Missing => None,
        Lookup::Unknown(cause) => {
            let message = format!("where Secret {shown} comes from is not known");
            Some(Statement::unknown(cause, pod(format!("{path}.{name_field}")), message))
        }
    }
}

fn is_from_store(metadata: &Metadata, parameters: &Parameters) -> bool {
    let Parameters { allowed_owners, allowed_labels } = parameters;
    metadata.owner_references().iter().any(|owner| allowed_owners.contains(&owner.kind))
        || allowed_labels.iter().any(|label| metadata.labels.contains_key(label.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn case() -> Case {
        Case::of(&CHECK).container(json!({"envFrom": [{"secretRef": {"name": "database"}}]}))
    }

    fn with(metadata: Value) -> Case {
        let mut metadata = metadata;
        metadata["name"] = json!("database");
        metadata["namespace"] = json!("shop");
        case().with(json!({"kind": "Secret", "metadata": metadata}))
    }

    fn owned_by(kind: &str) -> Value {
        json!({"ownerReferences": [{"kind": "Other"}, {"kind": kind}]})
    }

    #[test]
    fn an_owner_or_a_label_says_that_it_is_from_a_store() {
        for kind in ["ExternalSecret", "SealedSecret", "VaultStaticSecret", "Certificate"] {
            assert_eq!(with(owned_by(kind)).outcome(), Outcome::Pass, "{kind}");
        }
        let labelled = json!({"labels": {"secrets-store.csi.k8s.io/managed": "true"}});
        assert_eq!(with(labelled).outcome(), Outcome::Pass);
        let by_hand = with(json!({"labels": {"app": "web"}}));
        assert_eq!(by_hand.fields(), ["metadata.ownerReferences"]);
        assert_eq!(by_hand.judged().findings[0].object.as_ref().unwrap().to_string(), "Secret shop/database");
    }

    #[test]
    fn a_policy_says_which_owners_and_labels_count() {
        let own = with(owned_by("VaultCopy"));
        assert_eq!(own.outcome(), Outcome::Fail);
        assert_eq!(own.parameters(json!({"allowedOwners": ["VaultCopy"]})).outcome(), Outcome::Pass);
        let labelled = with(json!({"labels": {"from": "vault"}}));
        assert_eq!(labelled.parameters(json!({"allowedLabels": ["from"]})).outcome(), Outcome::Pass);
    }

    #[test]
    fn what_a_driver_makes_for_the_pod_is_from_a_store() {
        let attributes = json!({"secretProviderClass": "vault"});
        let driver = json!({"driver": "secrets-store.csi.k8s.io", "volumeAttributes": attributes});
        let class = json!({"kind": "SecretProviderClass", "metadata": {"name": "vault"},
            "spec": {"secretObjects": [{"secretName": "database"}]}});
        let made = with(json!({})).pod(json!({"volumes": [{"name": "v", "csi": driver}]})).with(class);
        assert_eq!(made.outcome(), Outcome::Pass);
    }

    #[test]
    fn a_secret_is_one_finding_and_a_missing_one_is_none() {
        let twice =
            json!({"envFrom": [{"secretRef": {"name": "database"}}, {"secretRef": {"name": "database"}}]});
        assert_eq!(with(json!({})).container(twice).judged().findings.len(), 1);
        assert_eq!(case().outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_what_was_not_given_is_not_known() {
        assert_eq!(case().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}

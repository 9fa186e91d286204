use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::at;
use crate::inventory::config_map::ROOT_CERTIFICATES;
use crate::inventory::lookup::Search;
use crate::inventory::{Kind, Metadata, Object};

/// Parameters of `unused-config-or-secret`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Keys of labels of objects that something finds by them.
    ignore_labels: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let labels = ["argocd.argoproj.io/secret-type", "grafana_dashboard", "grafana_datasource"];
        Self { ignore_labels: labels.into_iter().map(str::to_owned).collect() }
    }
}

check! {
    /// ## What it checks
    /// Something names every ConfigMap and every Secret: a workload, an Ingress, a Gateway or a ServiceAccount. One with
    /// an owner, one that something finds by a label in `ignoreLabels`, and those that the API server, its
    /// controllers and Helm keep for themselves are not judged. Operators read objects by names that nobody
    /// else knows, so that this is a hint and no more: its severity is `Info`.
    ///
    /// ## Why it matters
    /// A Secret that nobody needs can still be stolen, and settings that nobody reads mislead whoever looks for the
    /// ones in force.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings, namespace: shop}
    /// data: {language: en}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: registry, namespace: shop}
    /// type: kubernetes.io/dockerconfigjson
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// imagePullSecrets: [{name: registry}]
    /// ```
    ///
    /// ## How to fix
    /// Delete the object if nothing reads it. If something does, give it one of the labels in `ignoreLabels`, or add a
    /// label of its own to that list.
    ///
    /// ## Parameters
    /// - `ignoreLabels`: keys of labels by which something finds an object (default those of widespread tools).
    ///
    /// ## References
    /// - Kubernetes documentation: Good practices for Kubernetes Secrets
    name: "unused-config-or-secret",
    family: Secrets,
    severity: Info,
    title: "Something names every ConfigMap and Secret",
    profiles: [],
    reads: [Ingress, Secret, SecretMetadata, ServiceAccount, ConfigMap, Gateway],
    parameters: Parameters,
    rule: Orphan([ConfigMap, Secret, SecretMetadata], evaluate),
}

/// Names, or beginnings of names, of what nobody has to name.
const KEPT: &[&str] = &[ROOT_CERTIFICATES, "istio-ca-root-cert", "sh.helm.release.v1.", "bootstrap-token-"];

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let metadata = subject.object.metadata();
    if is_kept(metadata, parameters) || is_of_account(subject.object) {
        return Judgement::not_applicable("somebody keeps the object, or finds it by a label");
    }
    let is_secret = subject.object.kind() != Kind::ConfigMap;
    let users = if is_secret { users_of_secret(subject, &metadata.name) } else { workloads(subject) };
    if !users.found.is_empty() {
        return Judgement::pass();
    }
    let kind = subject.object.kind();
    match users.incomplete {
        None => Judgement::fail(at("metadata.name"), format!("nothing that is known names this {kind}")),
        Some(cause) => {
            let message = format!("whether something names this {kind} is not known");
            Statement::unknown(cause, at("metadata.name"), message).into()
        }
    }
}

fn is_kept(metadata: &Metadata, parameters: &Parameters) -> bool {
    !metadata.owner_references().is_empty()
        || KEPT.iter().any(|start| metadata.name.starts_with(start))
        || parameters.ignore_labels.iter().any(|label| metadata.labels.contains_key(label.as_str()))
}

fn is_of_account(object: &Object) -> bool {
    matches!(object, Object::Secret(secret) if secret.facts.is_account_token())
}

/// None: a workload that named the object would have been told of it. But there may be more workloads.
fn workloads(subject: &ObjectSubject<'_>) -> Search<()> {
    Search { found: Vec::new(), incomplete: subject.namespace.workloads_gap() }
}

fn users_of_secret(subject: &ObjectSubject<'_>, name: &str) -> Search<()> {
    let namespace = subject.namespace;
    let gateways = namespace.gateways_presenting(name);
    let users = workloads(subject).and(namespace.ingresses_with_secret(name)).and(gateways);
    users.and(namespace.service_accounts_with_secret(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn object(kind: &str, name: &str, patch: Value) -> ObjectCase {
        let mut object = patch;
        object["kind"] = json!(kind);
        object["metadata"]["name"] = json!(name);
        ObjectCase::of(&CHECK, object)
    }

    fn secret() -> ObjectCase {
        object("Secret", "registry", json!({}))
    }

    #[test]
    fn what_nothing_names_is_found() {
        assert_eq!(
            object("ConfigMap", "settings", json!({})).message(),
            "nothing that is known names this ConfigMap"
        );
        assert_eq!(secret().fields(), ["metadata.name"]);
    }

    #[test]
    fn a_secret_is_used_by_accounts_ingresses_and_gateways() {
        for field in ["secrets", "imagePullSecrets"] {
            let account = |name: &str| json!({"kind": "ServiceAccount", "metadata": {"name": "web"}, field: [{"name": name}]});
            assert_eq!(secret().with(account("registry")).outcome(), Outcome::Pass, "{field}");
            assert_eq!(secret().with(account("other")).outcome(), Outcome::Fail, "{field}");
        }
        let ingress = |name: &str| json!({"kind": "Ingress", "metadata": {"name": "web"}, "spec": {"tls": [{"secretName": name}]}});
        assert_eq!(secret().with(ingress("registry")).outcome(), Outcome::Pass);
        assert_eq!(secret().with(ingress("other")).outcome(), Outcome::Fail);
        let gateway = |namespace: &str, to: &str| {
            let tls = json!({"certificateRefs": [{"name": "registry", "namespace": to}]});
            json!({"kind": "Gateway", "metadata": {"name": "edge", "namespace": namespace},
                "spec": {"listeners": [{"name": "https", "protocol": "HTTPS", "tls": tls}]}})
        };
        assert_eq!(secret().with(gateway("infra", "shop")).outcome(), Outcome::Pass);
        assert_eq!(secret().with(gateway("infra", "infra")).outcome(), Outcome::Fail);
    }

    #[test]
    fn what_somebody_keeps_is_not_judged() {
        for (kind, name, patch) in [
            ("ConfigMap", "kube-root-ca.crt", json!({})),
            ("Secret", "sh.helm.release.v1.web.v1", json!({})),
            ("Secret", "web", json!({"type": "kubernetes.io/service-account-token"})),
            ("ConfigMap", "web", json!({"metadata": {"ownerReferences": [{"kind": "Grafana"}]}})),
            ("ConfigMap", "web", json!({"metadata": {"labels": {"grafana_dashboard": "1"}}})),
        ] {
            assert_eq!(object(kind, name, patch).outcome(), Outcome::NotApplicable, "{name}");
        }
        let own = object("ConfigMap", "web", json!({"metadata": {"labels": {"found-by": "us"}}}));
        assert_eq!(own.outcome(), Outcome::Fail);
        assert_eq!(own.parameters(json!({"ignoreLabels": ["found-by"]})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_without_all_that_may_name_it_nothing_is_said() {
        assert_eq!(secret().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(
            object("ConfigMap", "a", json!({})).coverage(Coverage::Forbidden).outcome(),
            Outcome::Unknown
        );
    }
}

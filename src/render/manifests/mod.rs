//! The Kustomize base that installs the operator: `deploy/`, made from the code and the registry.
//!
//! Rights come from what the registry reads, so they can neither lack a kind nor hold one too many. It must
//! not hold a choice of one cluster; overlays and the chart do. Next: [`rbac`] for rights, [`workload`] for
//! what runs, [`network`] for who talks to whom, [`chart`] for what the Helm chart has of it.

pub mod chart;
pub mod network;
pub mod rbac;
pub mod workload;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::yaml::{to_yaml, to_yaml_documents};
use crate::{api, checks};

/// Name of the operator: of its workload, its account and the Lease that its replicas share.
pub const NAME: &str = "seaworthy";

/// Namespace that it is installed in.
pub const NAMESPACE: &str = "seaworthy-system";

/// Image without tag.
pub const IMAGE: &str = "ghcr.io/seaworthy-dev/seaworthy";

/// Tag of the image: the version of this code.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

const HEADER: &str = "# Made from src/render/manifests by tests/generated.rs; do not edit.\n";

/// Every file of the base by name.
pub fn files() -> Result<BTreeMap<String, String>, serde_json::Error> {
    let crds: Vec<Value> = api::schema::crds(&checks::names())?.into_iter().map(|(_, crd)| crd).collect();
    let parts = [
        ("namespace.yaml", vec![namespace()]),
        ("crds.yaml", crds),
        ("rbac.yaml", rbac::objects(&checks::watched())),
        ("workload.yaml", workload::objects()),
        ("network.yaml", network::objects()),
    ];
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": parts.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        // Named once more so that an overlay, or `kustomize edit set image`, can pin a digest.
        "images": [{ "name": IMAGE, "newTag": VERSION }],
    });
    let kustomization = ("kustomization.yaml".to_owned(), format!("{HEADER}{}", to_yaml(&kustomization)));
    let parts = parts
        .iter()
        .map(|(name, objects)| ((*name).to_owned(), format!("{HEADER}{}", to_yaml_documents(objects))));
    Ok(parts.chain([kustomization]).collect())
}

/// The namespace, held to the restricted Pod Security Standard: the operator asks the same of others.
fn namespace() -> Value {
    let mut labels = labels();
    for mode in ["enforce", "audit", "warn"] {
        labels.insert(format!("pod-security.kubernetes.io/{mode}"), "restricted");
        labels.insert(format!("pod-security.kubernetes.io/{mode}-version"), "latest");
    }
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE, "labels": labels } })
}

/// Labels by key.
type Labels = BTreeMap<String, &'static str>;

/// Labels of every object.
fn labels() -> Labels {
    [("app.kubernetes.io/name", NAME), ("app.kubernetes.io/part-of", NAME)].map(owned).into()
}

/// Labels of what belongs to one part of the operator.
fn labels_of(component: &'static str) -> Labels {
    let mut labels = labels();
    labels.extend([owned((COMPONENT, component))]);
    labels
}

/// Labels that select the operator's pods, and are never changed: a selector is immutable.
fn selector() -> Labels {
    [("app.kubernetes.io/name", NAME), (COMPONENT, "controller")].map(owned).into()
}

fn owned((key, value): (&str, &'static str)) -> (String, &'static str) {
    (key.to_owned(), value)
}

const COMPONENT: &str = "app.kubernetes.io/component";

/// Metadata of an object in the operator's namespace.
fn in_namespace(name: &str) -> Value {
    json!({ "name": name, "namespace": NAMESPACE, "labels": labels() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kustomization_names_every_other_file() {
        let files = files().unwrap();
        let kustomization = &files["kustomization.yaml"];
        for name in files.keys().filter(|name| *name != "kustomization.yaml") {
            assert!(kustomization.contains(&format!("- {name}\n")), "{name}: {kustomization}");
        }
    }

    #[test]
    fn every_object_of_the_operator_lies_in_its_namespace_and_is_labelled() {
        let objects = rbac::objects(&checks::watched())
            .into_iter()
            .chain(workload::objects())
            .chain(network::objects());
        for object in objects {
            let kind = object["kind"].as_str().unwrap();
            let namespace = object["metadata"]["namespace"].as_str();
            let cluster_scoped = kind.starts_with("Cluster") || kind == "PriorityClass";
            assert_eq!(namespace.is_none(), cluster_scoped, "{object}");
            assert_eq!(object["metadata"]["labels"]["app.kubernetes.io/name"], NAME, "{object}");
        }
    }
}

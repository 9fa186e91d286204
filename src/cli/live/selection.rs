//! `seaworthy explain-selection`: which policies are about a workload, and why the others are not.
//!
//! The reasons are the engine's own ([`because`]). It must not judge. Next: [`super::report`].

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::target::Target;
use super::{Cluster, ClusterArguments, LiveError, ask, text};
use crate::api::policy::{ClusterReadinessPolicySpec, ReadinessPolicySpec};
use crate::cli::{exit, output};
use crate::engine::policy::{EffectivePolicy, PolicyKey};
use crate::engine::resolve::{Problem, Spec, resolve};
use crate::engine::select::{Because, because};
use crate::inventory::decode::{decode_or_broken, is_managed};
use crate::inventory::lookup::Coverage;
use crate::inventory::{Inventory, Kind, Metadata};
use crate::ops::resource::{CLUSTER_READINESS_POLICIES, READINESS_POLICIES, ResourceRef};

/// Arguments of `seaworthy explain-selection`.
#[derive(Args, Clone, Debug)]
pub struct SelectionArguments {
    /// Workload, as KIND/NAME
    #[arg(value_name = "KIND/NAME")]
    pub target: String,
    /// Which cluster.
    #[command(flatten)]
    pub cluster: ClusterArguments,
}

/// Explains. Exit 0 when some policy is about the workload, 3 when none is, 2 when that cannot be told.
pub fn run(arguments: &SelectionArguments) -> ExitCode {
    ask(|| explain(arguments.clone()))
}

async fn explain(arguments: SelectionArguments) -> Result<u8, LiveError> {
    let target = Target::parse(&arguments.target)?;
    let Target::Workload { kind, .. } = target else {
        return Err(super::target::TargetError::Kind(arguments.target).into());
    };
    let cluster = Cluster::connect(&arguments.cluster)?;
    cluster.must_serve_reports().await?;
    let who = target.describe(&cluster.namespace);
    let workload = cluster.object(&target).await?.ok_or_else(|| LiveError::Absent(who.clone()))?;
    let (inventory, metadata) = known(&cluster, kind, &workload).await?;
    if let Some(owner) = metadata.controller() {
        let judged = if is_managed(kind, Some(owner)) {
            "is judged as part of it, never by itself"
        } else if matches!(kind, Kind::Pod | Kind::Job) {
            "its owner is judged in its place"
        } else {
            "is judged, and its report names the owner"
        };
        output::print(&format!("{who}: managed by {} {}: {judged}\n", owner.kind, owner.name))?;
    }
    let mut selected = 0;
    for (resource, namespace) in
        [(&CLUSTER_READINESS_POLICIES, None), (&READINESS_POLICIES, Some(cluster.namespace.as_str()))]
    {
        for policy in cluster.list(resource, namespace).await? {
            let (is_selected, line) = line(resource, &policy, (kind, &metadata), &inventory);
            selected += u32::from(is_selected);
            output::print(&line)?;
        }
    }
    output::print(&format!(
        "{who}: {selected} {} it\n",
        if selected == 1 { "policy is about" } else { "policies are about" }
    ))?;
    Ok(if selected > 0 { exit::OK } else { exit::NOTHING })
}

/// The workload and its namespace, as the operator would hold them.
async fn known(cluster: &Cluster, kind: Kind, workload: &Value) -> Result<(Inventory, Metadata), LiveError> {
    let mut inventory = Inventory::with_coverage(Coverage::Complete);
    let namespaces = ResourceRef::from(Kind::Namespace.info());
    match cluster.get(namespaces.object(None, &cluster.namespace)).await {
        Ok(namespace) => {
            let object =
                namespace.and_then(|value| decode_or_broken(Kind::Namespace, &value.to_string()).ok());
            if let Some(object) = object {
                inventory.apply(object);
            }
        }
        // Without its labels some reasons are not known, and the others are.
        Err(LiveError::Api { source, .. }) if source.is_forbidden() => {
            inventory.set_coverage(Kind::Namespace, Coverage::Forbidden);
        }
        Err(error) => return Err(error),
    }
    let metadata = decode_or_broken(kind, &workload.to_string()).map(|object| object.metadata().clone());
    Ok((inventory, metadata.unwrap_or_default()))
}

fn line(
    resource: &ResourceRef,
    policy: &Value,
    (kind, workload): (Kind, &Metadata),
    inventory: &Inventory,
) -> (bool, String) {
    let key = PolicyKey {
        namespace: if resource.namespaced { workload.namespace.to_string() } else { String::new() },
        name: text(policy, "/metadata/name").to_owned(),
    };
    let (is_selected, why) = match resolved(&key, policy) {
        Err(problems) => {
            let first =
                problems.first().map_or_else(String::new, |p| format!(": {}: {}", p.field, p.message));
            (false, format!("invalid, and about what it last selected{first}"))
        }
        Ok(policy) => reason(&policy, because(&policy, kind, workload, inventory), workload),
    };
    (is_selected, format!("{} {key}: {why}\n", if is_selected { "yes" } else { "no " }))
}

pub(super) fn resolved(key: &PolicyKey, policy: &Value) -> Result<EffectivePolicy, Vec<Problem>> {
    let spec = policy.get("spec").cloned().unwrap_or_default();
    let shape =
        |error: serde_json::Error| vec![Problem { field: "spec".to_owned(), message: error.to_string() }];
    if key.is_cluster() {
        let spec: ClusterReadinessPolicySpec = serde_json::from_value(spec).map_err(shape)?;
        resolve(key.clone(), Spec::Cluster(&spec))
    } else {
        let spec: ReadinessPolicySpec = serde_json::from_value(spec).map_err(shape)?;
        resolve(key.clone(), Spec::Namespaced(&spec))
    }
}

fn reason(policy: &EffectivePolicy, because: Because<'_>, workload: &Metadata) -> (bool, String) {
    let namespace = &workload.namespace;
    match because {
        Because::Matches if policy.suspended => (true, "selects it, and is suspended".to_owned()),
        Because::Matches => (true, "selects it".to_owned()),
        Because::Kind => (false, "spec.targets.kinds does not name this kind".to_owned()),
        Because::Labels => {
            let labels: Vec<String> =
                workload.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let labels = if labels.is_empty() { "it has none".to_owned() } else { labels.join(", ") };
            (false, format!("spec.targets.selector does not match the workload's labels: {labels}"))
        }
        Because::Owner => (
            false,
            "spec.targets.customKinds names the kind of its owner, which is judged instead".to_owned(),
        ),
        Because::OtherNamespace => (false, "it is another namespace's".to_owned()),
        Because::Excluded(glob) => {
            (false, format!("spec.targets.excludeNamespaces leaves {namespace} out by {glob}"))
        }
        Because::NamespaceLabels => {
            (false, format!("spec.targets.namespaceSelector does not match the labels of {namespace}"))
        }
        Because::NoNamespace => (false, format!("namespace {namespace} does not exist")),
        Because::Unknown(_) => {
            (false, format!("not known: the labels of namespace {namespace} may not be read by you"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(spec: Value) -> String {
        let policy = json!({"metadata": {"name": "all"}, "spec": spec});
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        let namespace = json!({"metadata": {"name": "shop", "labels": {"tier": "gold"}}});
        inventory.apply(decode_or_broken(Kind::Namespace, &namespace.to_string()).unwrap());
        let workload = Metadata::named("shop", "web");
        line(&CLUSTER_READINESS_POLICIES, &policy, (Kind::Deployment, &workload), &inventory).1
    }

    #[test]
    fn every_reason_names_the_field() {
        let targets = |targets: Value| said(json!({ "targets": targets }));
        assert_eq!(said(json!({})), "yes ClusterReadinessPolicy/all: selects it\n");
        assert!(said(json!({"suspend": true})).contains("is suspended"));
        assert!(targets(json!({"kinds": ["Job"]})).contains("spec.targets.kinds"));
        assert!(targets(json!({"selector": {"matchLabels": {"a": "b"}}})).contains("it has none"));
        assert!(targets(json!({"excludeNamespaces": ["sh*"]})).contains("leaves shop out by sh*"));
        let other = json!({"namespaceSelector": {"matchLabels": {"tier": "silver"}}});
        assert!(targets(other).contains("does not match the labels of shop"));
        assert!(said(json!({"profile": "None"})).starts_with("no  ClusterReadinessPolicy/all: invalid"));
    }
}

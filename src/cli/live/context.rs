//! A cluster as the context of files: `seaworthy check --against-cluster`.
//!
//! What is given counts in place of what is there under the same key. Workloads of the cluster whose verdict can
//! depend on what is given, and is no workload itself, are judged as well: a Service in a file is theirs. It must
//! not judge. Next: [`super::survey`].

use std::collections::BTreeSet;

use super::survey::{Scope, Survey};
use super::{Cluster, ClusterArguments, LiveError};
use crate::cli::judging::Read;
use crate::cli::policies::Policies;
use crate::inventory::object::ObjectKey;
use crate::inventory::{Kind, SubjectKey};

/// Adds what stands in the cluster to what was read.
pub(in crate::cli) fn add(read: &mut Read, context: Option<&str>) -> Result<(), LiveError> {
    let arguments = ClusterArguments { context: context.map(str::to_owned), namespace: None };
    super::on_runtime(|| look(read, arguments))
}

async fn look(read: &mut Read, arguments: ClusterArguments) -> Result<(), LiveError> {
    let cluster = Cluster::connect(&arguments)?;
    let given: BTreeSet<ObjectKey> =
        read.objects.given.iter().map(|given| ObjectKey::clone(&given.key)).collect();
    let Survey { inventory: seen, refused } =
        Survey::read(&cluster, &scope(&given, &read.policies), &read.policies.kinds()).await?;
    let mut inventory = std::mem::take(&mut read.objects.inventory).live(true);
    inventory.cover_like(&seen);
    inventory.set_server_minor(seen.server_minor());
    for object in seen.objects().filter(|object| !given.contains(&object.key())) {
        inventory.apply(object.clone());
    }
    Survey::ask_for_secrets(&cluster, &mut inventory).await;
    let mut behind: BTreeSet<SubjectKey> = BTreeSet::new();
    for key in given.iter().filter(|key| !key.kind.is_workload()) {
        behind.extend(inventory.get(key).map(|object| inventory.subjects_behind(object)).unwrap_or_default());
    }
    let live = inventory.objects().filter(|object| {
        !given.contains(&object.key()) && object.subject().is_some_and(|subject| behind.contains(&subject))
    });
    let live: Vec<ObjectKey> = live.map(crate::inventory::Object::key).collect();
    if !live.is_empty() {
        let number = live.len();
        read.notes
            .push(format!("what is given concerns {number} of the cluster's workloads: judged as well"));
    }
    read.objects.inventory = inventory;
    for key in live {
        read.objects.judge_live(key);
    }
    let unseen =
        |kind: &Kind| format!("not allowed to read {}: what depends on them is unknown", kind.info().plural);
    read.notes.extend(refused.iter().map(unseen));
    Ok(())
}

/// The namespaces of what is given; everything, where an object of the cluster is given.
fn scope(given: &BTreeSet<ObjectKey>, policies: &Policies) -> Scope {
    let is_of_cluster = |key: &ObjectKey| !key.kind.info().namespaced && key.kind != Kind::Namespace;
    if given.iter().any(is_of_cluster) {
        return Scope::All;
    }
    let name =
        |key: &ObjectKey| if key.kind == Kind::Namespace { &key.name } else { &key.namespace }.to_string();
    Scope::Namespaces {
        names: given.iter().map(name).collect(),
        beyond: policies.kinds_of_other_namespaces(),
    }
}

//! The floor: lists and watches what the operator lists and watches, with its client and its flags, and
//! writes one constant report for each workload, with its bound of writes in flight. It judges nothing and
//! keeps nothing.
//!
//! It must not become cleverer than that: what the operator costs is what it costs more. Next: [`super::measure`].

use std::{collections::BTreeSet, path::Path, sync::Arc};

use futures::{StreamExt, stream::select_all};
use seaworthy::{
    controller::watched::Watched,
    engine::{
        policy::PolicyKey,
        resolve::{Spec, resolve},
    },
    inventory::Kind,
    ops::{
        client::{ApiClient, ClientOptions},
        guarded::Guarded,
        life::ProofOfLife,
        resource::READINESS_REPORTS,
        watch::{WatchEvent, WatchOptions, watch},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::Error;

/// The operator's own default.
const WRITES_IN_FLIGHT: usize = 16;

#[derive(Deserialize)]
struct Owned {
    metadata: Owners,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owners {
    #[serde(default)]
    owner_references: Vec<Value>,
}

/// What the operator watches for the policy of the benchmarks, which says nothing but its defaults.
fn watched() -> Result<BTreeSet<Watched>, Error> {
    let spec = serde_json::from_value(json!({})).map_err(Error::json("decode the policy"))?;
    let key = PolicyKey { namespace: String::new(), name: "bench".to_owned() };
    let policy = resolve(key, Spec::Cluster(&spec))
        .map_err(|problems| Error::Contract(format!("the policy is not valid: {problems:?}")))?;
    Ok(policy.reads().into_iter().map(Watched::Kind).chain(Watched::always()).collect())
}

/// Runs until the process is ended; `constant` is the report to write.
pub async fn run(constant: &Path) -> Result<(), Error> {
    let text = std::fs::read_to_string(constant).map_err(Error::io("read the constant report"))?;
    let report: Value = serde_json::from_str(&text).map_err(Error::json("decode the constant report"))?;
    let client = ApiClient::connect(ClientOptions::default())
        .map_err(|error| Error::Contract(format!("no client: {error}")))?;
    let watches = watched()?.into_iter().map(|watched| {
        let events =
            watch(&client, watched.spec(), WatchOptions::default(), Arc::new(ProofOfLife::default()));
        events.map(move |event| (watched, event)).boxed()
    });
    let mut events = select_all(watches);
    let bound = Arc::new(Semaphore::new(WRITES_IN_FLIGHT));
    let report = Arc::new(report);
    while let Some((watched, event)) = events.next().await {
        let (Watched::Kind(kind), WatchEvent::Listed(object) | WatchEvent::Applied(object)) =
            (watched, event)
        else {
            continue;
        };
        if !kind.is_workload() || is_owned(&object) {
            continue;
        }
        let Ok(permit) = Arc::clone(&bound).acquire_owned().await else { break };
        let (client, report) = (client.clone(), Arc::clone(&report));
        tokio::spawn(async move {
            write(&client, &report, (kind, &object)).await;
            drop(permit);
        });
    }
    Ok(())
}

fn is_owned(object: &Guarded) -> bool {
    serde_json::from_str::<Owned>(object.json())
        .is_ok_and(|owned| !owned.metadata.owner_references.is_empty())
}

async fn write(client: &ApiClient, constant: &Value, (kind, object): (Kind, &Guarded)) {
    let name = format!("{}-{}", kind.as_str().to_lowercase(), object.name());
    let mut report = constant.clone();
    let owner = json!({
        "apiVersion": kind.api_version(), "kind": kind.as_str(), "name": object.name(), "uid": object.uid(),
        "controller": false, "blockOwnerDeletion": false,
    });
    if let Some(metadata) = report.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("name".to_owned(), json!(name));
        metadata.insert("namespace".to_owned(), json!(object.namespace()));
        metadata.insert("ownerReferences".to_owned(), json!([owner]));
    }
    // A write that fails leaves a report missing, which whoever measures notices.
    let _ = client.apply(READINESS_REPORTS.object(object.namespace(), &name), &report, None).await;
}

//! From watch events to messages: decoding happens here, one task per kind.
//!
//! The text of an object, a Secret's above all, ends here: only lean facts go on. It must not decide
//! anything. Next: [`super::state`].

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{iter, select_all};
use futures::{Stream, StreamExt as _};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::gather::Gathering;
use super::watched::{Message, PolicyObject, PolicySpecObject, Watched};
use crate::api::policy_status::PolicyStatus;
use crate::engine::policy::PolicyKey;
use crate::inventory::object::ObjectKey;
use crate::inventory::{Kind, Metadata};
use crate::ops::client::ApiClient;
use crate::ops::guarded::Guarded;
use crate::ops::life::ProofOfLife;
use crate::ops::metadata::MetadataOnly;
use crate::ops::tasks::Heartbeat;
use crate::ops::watch::{Unavailable, WatchEvent, WatchOptions, WatchSpec, watch};

/// How soon the server is asked again for a kind that it may serve soon: two small documents.
const DISCOVER_AGAIN: Duration = Duration::from_secs(5);

/// Watches one kind for ever and sends what happens. Ends only when nobody listens any more.
pub async fn feed(
    watched: Watched,
    client: ApiClient,
    (options, places): (WatchOptions, Vec<Place>),
    messages: mpsc::Sender<Message>,
    heartbeat: Heartbeat,
) {
    let Some(kind) = discovered(watched) else {
        forward((watched, watched.spec()), (&client, options, &places), &messages, &heartbeat).await;
        return;
    };
    loop {
        let served = heartbeat.wait(client.served(kind)).await;
        heartbeat.beat();
        let why = match served {
            Ok(Some(resource)) if resource.namespaced => {
                let spec = WatchSpec { resource, ..watched.spec() };
                match forward((watched, spec), (&client, options, &places), &messages, &heartbeat).await {
                    // It may be served in another version now, or come back under another plural.
                    Ended::NotServed => None,
                    Ended::Unheard => return,
                }
            }
            Ok(_) => {
                // An answer, and as much as can be known.
                for (_, life) in &places {
                    life.refused();
                }
                Some(Unavailable::NotServed)
            }
            Err(error) if error.is_forbidden() => Some(Unavailable::Forbidden),
            Err(error) => {
                tracing::warn!(%kind, category = error.category(), "discovery failed, going on");
                None
            }
        };
        // Most clusters have none of the kinds that no policy names.
        let is_rare = why == Some(Unavailable::NotServed) && kind.custom().is_none();
        let soon = if is_rare { options.unavailable_wait } else { DISCOVER_AGAIN };
        if let Some(why) = why
            && heartbeat.wait(messages.send(Message::Unavailable(watched, why))).await.is_err()
        {
            return;
        }
        heartbeat.wait(tokio::time::sleep(soon.min(options.unavailable_wait))).await;
    }
}

/// The kind, if only the server knows in which version it serves it.
const fn discovered(watched: Watched) -> Option<Kind> {
    match watched {
        Watched::Kind(kind) if kind.is_discovered() => Some(kind),
        _ => None,
    }
}

/// Why the events of a watch are not forwarded any more.
enum Ended {
    /// Nobody listens.
    Unheard,
    /// The resource is not served any more in the version that the server said.
    NotServed,
}

/// Where a kind is watched: in one namespace or in all, with the proof that the watch lives.
pub type Place = (Option<String>, Arc<ProofOfLife>);

/// What happens, as messages: of one watch of all namespaces, or of one in each that is listed.
fn happens(
    (watched, spec): (Watched, WatchSpec),
    (client, options, places): (&ApiClient, WatchOptions, &[Place]),
) -> Pin<Box<dyn Stream<Item = Message> + Send>> {
    if let [(None, life)] = places {
        let events = watch(client, spec, options, Arc::clone(life));
        return Box::pin(events.filter_map(move |event| ready(message(watched, event))));
    }
    let listed =
        places.iter().map(|(namespace, life)| (namespace.clone().unwrap_or_default(), Arc::clone(life)));
    let mut gathering = Gathering::new(watched, listed);
    let watches = places.iter().enumerate().map(|(place, (namespace, life))| {
        let spec = WatchSpec { namespace: namespace.clone(), ..spec.clone() };
        watch(client, spec, options, Arc::clone(life)).map(move |event| (place, event)).boxed()
    });
    let events = select_all(watches);
    Box::pin(events.flat_map(move |(place, event)| iter(gathering.take(place, event))))
}

/// Sends what happens on, for ever, or until a kind is not served of which only the server knows the version.
async fn forward(
    (watched, spec): (Watched, WatchSpec),
    watching: (&ApiClient, WatchOptions, &[Place]),
    messages: &mpsc::Sender<Message>,
    heartbeat: &Heartbeat,
) -> Ended {
    let is_discovered = discovered(watched).is_some();
    let mut happens = happens((watched, spec), watching);
    while let Some(message) = heartbeat.wait(happens.next()).await {
        heartbeat.beat();
        let over = is_discovered && matches!(message, Message::Unavailable(_, Unavailable::NotServed));
        if heartbeat.wait(messages.send(message)).await.is_err() {
            return Ended::Unheard;
        }
        if over {
            return Ended::NotServed;
        }
    }
    Ended::Unheard
}

fn message(watched: Watched, event: WatchEvent) -> Option<Message> {
    match event {
        WatchEvent::Restarted => Some(Message::Restarted(watched)),
        WatchEvent::Synced => Some(Message::Synced(watched)),
        WatchEvent::Unavailable(why) => Some(Message::Unavailable(watched, why)),
        WatchEvent::Failed(category) => {
            tracing::warn!(resource = %watched.label(), category, "watch failed, going on");
            None
        }
        WatchEvent::Listed(object) | WatchEvent::Applied(object) => present(watched, &object),
        WatchEvent::Deleted { namespace, name, uid } => {
            Some(gone(watched, namespace.unwrap_or_default(), name, uid))
        }
    }
}

pub(super) fn gone(watched: Watched, namespace: String, name: String, uid: String) -> Message {
    match watched {
        Watched::Kind(kind) => {
            let key = ObjectKey { namespace: namespace.into(), kind, name: name.into() };
            Message::ObjectGone(key, uid)
        }
        Watched::Policies | Watched::ClusterPolicies => {
            Message::PolicyGone(PolicyKey { namespace, name }, uid)
        }
        Watched::Reports => Message::ReportGone(namespace, name, uid),
    }
}

pub(super) fn present(watched: Watched, object: &Guarded) -> Option<Message> {
    match watched {
        Watched::Kind(kind) => Some(Message::Object(Box::new(object.decode(kind)))),
        Watched::Policies | Watched::ClusterPolicies => {
            Some(Message::Policy(Box::new(policy(watched, object))))
        }
        Watched::Reports => match serde_json::from_str::<MetadataOnly>(object.json()) {
            Ok(report) => Some(Message::Report(Box::new(report.metadata))),
            Err(error) => {
                tracing::error!(name = object.name(), error = %error, "metadata of a report does not decode");
                None
            }
        },
    }
}

fn policy(watched: Watched, object: &Guarded) -> PolicyObject {
    let head: PolicyHead = serde_json::from_str(object.json()).unwrap_or_default();
    let status: PolicyStatusOnly = serde_json::from_str(object.json()).unwrap_or_default();
    let spec = match watched {
        Watched::ClusterPolicies => spec(object.json()).map(|spec| PolicySpecObject::Cluster(Box::new(spec))),
        _ => spec(object.json()).map(|spec| PolicySpecObject::Namespaced(Box::new(spec))),
    };
    PolicyObject {
        key: PolicyKey {
            namespace: object.namespace().unwrap_or_default().to_owned(),
            name: object.name().to_owned(),
        },
        uid: object.uid().to_owned(),
        generation: head.metadata.generation(),
        version: object.resource_version().parse().unwrap_or_default(),
        created: head.metadata.created().map_or(0, std::num::NonZero::get),
        spec,
        status: status.status,
    }
}

fn spec<T: for<'de> Deserialize<'de>>(json: &str) -> Result<T, String> {
    #[derive(Deserialize)]
    struct SpecOnly<T> {
        spec: T,
    }
    serde_json::from_str::<SpecOnly<T>>(json).map(|object| object.spec).map_err(|error| error.to_string())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PolicyHead {
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PolicyStatusOnly {
    status: PolicyStatus,
}

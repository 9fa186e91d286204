use std::sync::{Arc, Mutex};

use super::*;
use crate::ops::client::ClientOptions;
use crate::ops::testing::{Asked, Server, answer};

/// The one Lease of the server, and whether the server still answers writes.
#[derive(Default)]
struct Store {
    lease: Option<Value>,
    version: u64,
    broken: bool,
}

impl Store {
    fn answer(&mut self, asked: &Asked) -> Option<axum::response::Response> {
        if self.broken {
            return Some(answer(500, "{}"));
        }
        let stored = |store: &Self| store.lease.as_ref().map(ToString::to_string).unwrap_or_default();
        Some(match asked.method.as_str() {
            "GET" if self.lease.is_none() => answer(404, "{}"),
            "GET" => answer(200, stored(self)),
            _ => {
                let mut lease: Value = serde_json::from_slice(&asked.body).unwrap();
                let expected = self.lease.as_ref().map(|lease| lease["metadata"]["resourceVersion"].clone());
                if lease["metadata"]["resourceVersion"] != expected.unwrap_or_default() {
                    return Some(answer(409, "{}"));
                }
                self.version += 1;
                lease["metadata"]["resourceVersion"] = self.version.to_string().into();
                lease["metadata"]["uid"] = "u".into();
                self.lease = Some(lease);
                answer(200, stored(self))
            }
        })
    }
}

async fn server() -> (Server, Arc<Mutex<Store>>) {
    let store: Arc<Mutex<Store>> = Arc::default();
    let answering = Arc::clone(&store);
    (Server::start(move |asked, _| answering.lock().unwrap().answer(asked)).await, store)
}

fn standing(server: &Server, identity: &str) -> (Leadership, Elector) {
    let millis = Duration::from_millis;
    let timing = LeaseTiming {
        duration: millis(1000),
        renew_deadline: millis(600),
        retry: millis(50),
        call: millis(200),
    };
    let client = ApiClient::for_url(&server.url, ClientOptions::default()).unwrap();
    let (namespace, name) = ("ops".to_owned(), "seaworthy".to_owned());
    elector(&client, LeaseOptions { namespace, name, identity: identity.to_owned(), timing })
}

async fn until_leads(leadership: &Leadership, leads: bool) {
    let mut told = leadership.subscribe();
    let wait = told.wait_for(|told| *told == leads);
    tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_lease_is_handed_over_on_shutdown_without_waiting_for_expiry() {
    let (server, store) = server().await;
    let (first, elector) = standing(&server, "first");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(elector.run(async move { stopped.await.unwrap_or_default() }));
    until_leads(&first, true).await;
    let (second, elector) = standing(&server, "second");
    tokio::spawn(elector.run(std::future::pending()));
    assert!(first.write_deadline().is_some() && !second.is_leader());

    stop.send(()).unwrap();
    running.await.unwrap();
    assert!(!first.is_leader() && !*first.subscribe().borrow());
    until_leads(&second, true).await;
    let lease = store.lock().unwrap().lease.clone().unwrap();
    assert_eq!(lease["spec"]["holderIdentity"], "second");
    assert_eq!(lease["spec"]["leaseTransitions"], 1);
}

#[tokio::test]
async fn a_leader_that_cannot_renew_stops_and_leads_again_when_it_can() {
    let (server, store) = server().await;
    let (leadership, elector) = standing(&server, "only");
    tokio::spawn(elector.run(std::future::pending()));
    until_leads(&leadership, true).await;
    let deadline = leadership.write_deadline().unwrap();
    store.lock().unwrap().broken = true;
    until_leads(&leadership, false).await;
    assert!(leadership.write_deadline().is_none());
    assert!(deadline > Instant::now(), "it stops before its record expires");
    store.lock().unwrap().broken = false;
    until_leads(&leadership, true).await;
}

#[test]
fn an_identity_is_new_each_time() {
    assert_ne!(identity(), identity());
}

#[test]
fn a_lease_is_written_as_the_api_wants_it_and_read_back_the_same() {
    let options = LeaseOptions {
        namespace: "ops".into(),
        name: "seaworthy".into(),
        identity: "me".into(),
        timing: LeaseTiming::default(),
    };
    let record = LeaseRecord {
        holder: "me".into(),
        duration: Duration::from_secs(8),
        transitions: 3,
        acquired: "2026-01-02T03:04:05.000006Z".into(),
        renewed: "2026-01-02T03:04:06.000000Z".into(),
    };
    let mut written = lease(&options, None, &record);
    assert_eq!(written["metadata"]["resourceVersion"], Value::Null);
    written["metadata"]["resourceVersion"] = "9".into();
    let Stored { metadata, spec } = serde_json::from_value(written).unwrap();
    assert_eq!((metadata.resource_version.as_str(), spec.record()), ("9", record));
}

#[test]
fn without_an_election_one_always_leads() {
    let leadership = Leadership::always();
    assert!(leadership.is_leader() && *leadership.subscribe().borrow());
}

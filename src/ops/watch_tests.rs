use axum::response::Response;
use serde_json::json;

use super::*;
use crate::inventory::kind::Kind;
use crate::ops::client::ClientOptions;
use crate::ops::testing::{Asked, Server, answer, answer_later};

fn page(names: &[&str], token: &str) -> Response {
    let item = |name: &&str| json!({"metadata": {"name": name, "uid": format!("uid-{name}"), "resourceVersion": "5"}});
    let items: Vec<_> = names.iter().map(item).collect();
    let list =
        json!({"kind": "PodList", "metadata": {"resourceVersion": "5", "continue": token}, "items": items});
    answer(200, list.to_string())
}

fn line(kind: &str, name: &str) -> String {
    let metadata = json!({"name": name, "uid": format!("uid-{name}"), "resourceVersion": "6"});
    format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", json!({"kind": "Pod", "metadata": metadata}))
}

/// A watch body that holds these lines and then stays open.
fn open_watch(lines: String) -> Response {
    let first = stream::once(async { Ok::<_, std::io::Error>(lines) });
    answer(200, axum::body::Body::from_stream(first.chain(stream::pending())))
}

fn is_watch(asked: &Asked) -> bool {
    asked.uri.contains("watch=true")
}

struct Trial {
    events: Pin<Box<dyn Stream<Item = WatchEvent> + Send>>,
    life: Arc<ProofOfLife>,
}

impl Trial {
    fn of(server: &Server) -> Self {
        Self::with(server, false, Duration::from_secs(20))
    }

    fn with(server: &Server, metadata_only: bool, call_deadline: Duration) -> Self {
        Self::patient(server, metadata_only, (call_deadline, Duration::from_millis(1)))
    }

    fn patient(
        server: &Server,
        metadata_only: bool,
        (call_deadline, unavailable_wait): (Duration, Duration),
    ) -> Self {
        let options = ClientOptions { call_deadline, ..ClientOptions::default() };
        let client = ApiClient::for_url(&server.url, options).unwrap();
        let first_wait = Duration::from_millis(1);
        let options = WatchOptions { page_size: 1, first_wait, unavailable_wait, ..WatchOptions::default() };
        let spec = WatchSpec {
            resource: Kind::Pod.info().into(),
            namespace: None,
            field_selector: String::new(),
            label_selector: String::new(),
            metadata_only,
            label: "pods".to_owned(),
        };
        let life = Arc::new(ProofOfLife::default());
        Self { events: Box::pin(watch(&client, spec, options, Arc::clone(&life))), life }
    }

    async fn take(&mut self, number: usize) -> Vec<String> {
        let mut told = Vec::new();
        while told.len() < number {
            let next = tokio::time::timeout(Duration::from_secs(20), self.events.next());
            told.push(match next.await.unwrap().unwrap() {
                WatchEvent::Listed(object) => format!("listed {}", object.name()),
                WatchEvent::Applied(object) => format!("applied {}", object.name()),
                WatchEvent::Deleted { name, uid, .. } => format!("deleted {name} {uid}"),
                WatchEvent::Failed(category) => format!("failed {category}"),
                WatchEvent::Unavailable(why) => format!("{why:?}"),
                other => other.as_str().to_owned(),
            });
        }
        told
    }
}

#[tokio::test]
async fn pages_are_listed_and_then_watched() {
    let server = Server::start(|asked, number| {
        Some(match number {
            0 => page(&["a"], "next"),
            1 => page(&["b"], ""),
            _ if is_watch(asked) => open_watch(line("MODIFIED", "a") + &line("DELETED", "b")),
            _ => answer(500, ""),
        })
    })
    .await;
    let mut trial = Trial::of(&server);
    assert_eq!(
        trial.take(6).await,
        ["restarted", "listed a", "listed b", "synced", "applied a", "deleted b uid-b"]
    );
    let asked = server.asked();
    assert!(asked[1].uri.contains("continue=next") && asked[0].uri.contains("limit=1"));
    assert!(asked[2].uri.contains("timeoutSeconds=30") && asked[2].uri.contains("allowWatchBookmarks=true"));
    let counts = trial.life.counts();
    assert_eq!((counts.opened, counts.frames >= 1, counts.ended), (3, true, 0));
}

#[tokio::test]
async fn bookmarks_and_clean_ends_are_proof_of_life_and_no_events() {
    let server = Server::start(|asked, number| {
        Some(match number {
            0 => page(&[], ""),
            1 => answer(
                200,
                "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"9\"}}}\n",
            ),
            _ if asked.uri.contains("resourceVersion=9") => open_watch(line("ADDED", "late")),
            _ => answer(500, ""),
        })
    })
    .await;
    let mut trial = Trial::of(&server);
    assert_eq!(trial.take(3).await, ["restarted", "synced", "applied late"]);
    let counts = trial.life.counts();
    assert_eq!((counts.opened, counts.ended), (3, 1));
    assert!(counts.frames >= 2);
}

#[tokio::test]
async fn a_resource_that_is_refused_is_asked_for_again_and_then_listed() {
    let server = Server::start(|asked, number| {
        Some(match number {
            0 => answer(404, "404 page not found"),
            1..=5 => answer(403, "{}"),
            _ if is_watch(asked) => open_watch(String::new()),
            _ => page(&["a"], ""),
        })
    })
    .await;
    let mut told = Trial::of(&server).take(9).await;
    told.dedup();
    assert_eq!(told, ["NotServed", "failed forbidden", "Forbidden", "restarted", "listed a", "synced"]);
}

#[tokio::test]
async fn what_is_not_served_stays_so_while_a_server_that_starts_refuses_everybody() {
    let server = Server::start(|asked, number| {
        Some(match number {
            1 | 2 => answer(403, "{}"),
            0 | 3 => answer(404, "404 page not found"),
            _ if is_watch(asked) => open_watch(String::new()),
            _ => page(&[], ""),
        })
    })
    .await;
    let wait = Duration::from_secs(1);
    let mut trial = Trial::patient(&server, false, (Duration::from_secs(20), wait));
    let told = trial.take(6).await;
    assert_eq!(
        told,
        ["NotServed", "failed forbidden", "failed forbidden", "NotServed", "restarted", "synced"]
    );
}

#[tokio::test]
async fn a_right_that_is_taken_away_and_given_back_ends_in_a_new_list() {
    let server = Server::start(|asked, number| {
        Some(match number {
            1..=5 => answer(403, "{}"),
            _ if is_watch(asked) => open_watch(String::new()),
            _ => page(&[], ""),
        })
    })
    .await;
    let mut told = Trial::of(&server).take(9).await;
    told.dedup();
    assert_eq!(told, ["restarted", "synced", "failed forbidden", "Forbidden", "restarted", "synced"]);
}

#[tokio::test]
async fn a_refusal_that_ends_soon_is_a_failure_and_no_news() {
    let server = Server::start(|asked, number| {
        Some(match number {
            1 => answer(403, "{}"),
            2 => answer(404, "404 page not found"),
            _ if is_watch(asked) => open_watch(String::new()),
            _ => page(&[], ""),
        })
    })
    .await;
    let minute = Duration::from_mins(1);
    let told = Trial::patient(&server, false, (minute, minute)).take(6).await;
    let failures = ["failed forbidden", "failed not-found"];
    assert_eq!(told, ["restarted", "synced", failures[0], failures[1], "restarted", "synced"]);
}

#[tokio::test]
async fn a_version_that_is_gone_ends_in_a_new_list() {
    let gone = "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}}\n";
    let server = Server::start(move |asked, number| {
        Some(match number {
            1 => answer(200, gone),
            3 => answer(410, "{}"),
            _ if is_watch(asked) => open_watch(String::new()),
            _ => page(&[], ""),
        })
    })
    .await;
    let mut trial = Trial::of(&server);
    let relisted = ["restarted", "synced", "failed expired"];
    assert_eq!(trial.take(6).await, [relisted, relisted].concat());
    assert_eq!(trial.take(2).await, ["restarted", "synced"]);
    assert_eq!(trial.life.counts().frames, 0);
}

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_is_a_failure_each_time() {
    let server = Server::start(|_, number| if number == 1 { Some(page(&[], "")) } else { None }).await;
    let mut trial = Trial::with(&server, false, Duration::from_millis(700));
    // A list, then a list that succeeds, then a watch that is resumed without a list.
    let expected = ["failed timeout", "restarted", "synced", "failed timeout", "failed timeout"];
    assert_eq!(trial.take(5).await, expected);
    assert_eq!(server.asked().iter().filter(|asked| is_watch(asked)).count(), 2);
}

#[tokio::test]
async fn an_outage_resumes_without_a_list() {
    let server = Server::start(|asked, number| {
        Some(match number {
            1 | 2 => answer(503, "{}"),
            _ if is_watch(asked) => open_watch(line("ADDED", "a")),
            _ => page(&[], ""),
        })
    })
    .await;
    let mut trial = Trial::of(&server);
    let expected = ["restarted", "synced", "failed unavailable", "failed unavailable", "applied a"];
    assert_eq!(trial.take(5).await, expected);
}

#[tokio::test]
async fn garbage_costs_a_new_list_and_no_object() {
    let server = Server::start(|asked, number| {
        Some(match number {
            0 => answer(200, "<html>"),
            2 => open_watch("{\"type\":\"ADDED\",\"object\":nonsense}\n".to_owned()),
            _ if is_watch(asked) => open_watch(String::new()),
            _ => page(&["a"], ""),
        })
    })
    .await;
    let mut trial = Trial::of(&server);
    let listed = ["restarted", "listed a", "synced"];
    assert_eq!(trial.take(1).await, ["failed decode"]);
    assert_eq!(trial.take(3).await, listed);
    assert_eq!(trial.take(1).await, ["failed decode"]);
    assert_eq!(trial.take(3).await, listed);
}

#[tokio::test]
async fn metadata_only_asks_for_nothing_else() {
    let server = Server::start(|asked, _| {
        Some(if is_watch(asked) { open_watch(line("ADDED", "a")) } else { page(&[], "") })
    })
    .await;
    let mut trial = Trial::with(&server, true, Duration::from_secs(20));
    assert_eq!(trial.take(3).await, ["restarted", "synced", "applied a"]);
    let accepts: Vec<_> = server.asked().into_iter().map(|asked| asked.accept).collect();
    assert!(accepts[0].contains("as=PartialObjectMetadataList;"), "{accepts:?}");
    assert!(accepts[1].contains("as=PartialObjectMetadata;"), "{accepts:?}");
}

#[tokio::test]
async fn an_overloaded_server_is_left_alone_as_long_as_it_asks() {
    let server = Server::start(|_, _| Some(answer_later(429, 600))).await;
    let mut trial = Trial::of(&server);
    assert_eq!(trial.take(1).await, ["failed throttled"]);
    let second = tokio::time::timeout(Duration::from_millis(200), trial.events.next()).await;
    assert!(second.is_err() && server.asked().len() == 1);
}

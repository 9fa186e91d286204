use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::*;
use crate::ops::client::ClientOptions;
use crate::ops::resource::{EVENTS, READINESS_REPORTS};
use crate::ops::retry::RetryOptions;
use crate::ops::testing::{Server, answer, answer_later};

const STORED: &str = r#"{"metadata":{"name":"web","uid":"u1","resourceVersion":"7"}}"#;

fn client(server: &Server) -> ApiClient {
    client_with(server, Duration::from_secs(20))
}

/// For servers that do not answer.
fn hasty(server: &Server) -> ApiClient {
    client_with(server, Duration::from_millis(300))
}

fn client_with(server: &Server, call_deadline: Duration) -> ApiClient {
    let retry = RetryOptions { first_wait: Duration::from_millis(1), ..RetryOptions::default() };
    ApiClient::for_url(&server.url, ClientOptions { call_deadline, retry, ..ClientOptions::default() })
        .unwrap()
}

fn report() -> ObjectKey<'static> {
    READINESS_REPORTS.object(Some("shop"), "deployment-web")
}

#[tokio::test]
async fn apply_is_forced_server_side_apply_and_returns_what_was_stored() {
    let server = Server::start(|_, _| Some(answer(201, STORED))).await;
    let written = client(&server).apply(report(), &json!({"kind": "ReadinessReport"}), None).await.unwrap();
    assert_eq!(written, Written { uid: "u1".into(), resource_version: "7".into(), generation: 0 });
    let [asked] = &server.asked()[..] else { panic!("one request") };
    assert_eq!((asked.method.as_str(), asked.content_type.as_str()), ("PATCH", APPLY));
    assert_eq!(
        asked.uri,
        "/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinessreports/deployment-web\
         ?fieldManager=seaworthy&force=true"
    );
    assert_eq!(&asked.body[..], br#"{"kind":"ReadinessReport"}"#);
}

#[tokio::test]
async fn delete_names_the_uid_it_means() {
    let server = Server::start(|_, _| Some(answer(409, r#"{"reason":"Conflict"}"#))).await;
    let error = client(&server).delete(report(), Some("u1")).await.unwrap_err();
    assert!(error.is_conflict());
    let [asked] = &server.asked()[..] else { panic!("one request") };
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(body["preconditions"]["uid"], "u1");
}

#[tokio::test]
async fn an_overloaded_server_is_asked_three_times_and_its_long_wait_is_handed_on() {
    let server = Server::start(|_, _| Some(answer(503, "{}"))).await;
    let error = client(&server).get_json(report()).await.unwrap_err();
    assert_eq!((error.category(), server.asked().len()), ("unavailable", 3));

    let server = Server::start(|_, _| Some(answer_later(429, 3600))).await;
    let error = client(&server).get_json(report()).await.unwrap_err();
    assert_eq!((error.category(), server.asked().len()), ("throttled", 1));
    let wait = error.retry_after().unwrap().as_secs();
    assert!((24..=30).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_try_that_succeeds_ends_the_tries() {
    let server =
        Server::start(|_, number| Some(if number == 0 { answer(504, "") } else { answer(200, STORED) }))
            .await;
    assert!(client(&server).get_json(report()).await.unwrap().is_some());
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_create_is_not_repeated_when_it_may_have_happened() {
    let server = Server::start(|_, _| Some(answer(503, "{}"))).await;
    let result = client(&server).create(&EVENTS, Some("shop"), &json!({})).await;
    assert_eq!((result.unwrap_err().category(), server.asked().len()), ("unavailable", 1));
}

#[tokio::test]
async fn a_server_that_never_answers_costs_the_deadline() {
    let server = Server::start(|_, _| None).await;
    let started = Instant::now();
    let error = hasty(&server).get_json(report()).await.unwrap_err();
    assert_eq!(error.category(), "timeout");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_body_that_never_ends_costs_the_deadline() {
    let endless = || {
        let first = futures::stream::once(async { Ok::<_, std::io::Error>("{") });
        axum::body::Body::from_stream(futures::StreamExt::chain(first, futures::stream::pending()))
    };
    let server = Server::start(move |_, _| Some(answer(200, endless()))).await;
    assert_eq!(hasty(&server).get_json(report()).await.unwrap_err().category(), "timeout");
}

#[tokio::test]
async fn a_closed_port_is_a_transport_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = ApiClient::for_url(&url, ClientOptions::default()).unwrap();
    assert_eq!(client.get_json(report()).await.unwrap_err().category(), "transport");
}

#[tokio::test]
async fn nothing_is_sent_after_the_write_deadline() {
    let server = Server::start(|_, _| Some(answer(200, STORED))).await;
    let late = client(&server).until(Instant::now());
    let error = late.apply(report(), &json!({}), None).await.unwrap_err();
    assert_eq!((error.category(), server.asked().len()), ("too-late", 0));
}

#[tokio::test]
async fn a_write_under_way_ends_with_the_write_deadline() {
    let server = Server::start(|_, _| None).await;
    let patient = ApiClient::for_url(&server.url, ClientOptions::default()).unwrap();
    let bounded = patient.until(Instant::now() + Duration::from_millis(100));
    assert_eq!(bounded.apply(report(), &json!({}), None).await.unwrap_err().category(), "timeout");
}

#[tokio::test]
async fn a_page_of_nothing_is_null_where_only_metadata_is_asked_for() {
    let server =
        Server::start(|_, _| Some(answer(200, json!({"metadata": {}, "items": null}).to_string()))).await;
    let query = ListQuery { namespace: Some("shop"), page_size: 1, ..ListQuery::default() };
    let secrets = ResourceRef::from(crate::inventory::kind::Kind::Secret.info());
    let (page, next) = client(&server).list_metadata_page(&secrets, &query, "").await.unwrap();
    assert_eq!((page.len(), next.as_str()), (0, ""));
}

#[tokio::test]
async fn metadata_is_listed_page_after_page_with_the_selector() {
    let page = |name: &str, token: &str| {
        json!({"metadata": {"continue": token}, "items": [{"metadata": {"name": name}}]}).to_string()
    };
    let server = Server::start(move |_, number| {
        Some(answer(200, if number == 0 { page("a", "t/1=") } else { page("b", "") }))
    })
    .await;
    let query = ListQuery {
        namespace: Some("shop"),
        field_selector: "type=kubernetes.io/tls",
        page_size: 1,
        ..ListQuery::default()
    };
    let secrets = ResourceRef::from(crate::inventory::kind::Kind::Secret.info());
    let names: Vec<_> = client(&server)
        .list_metadata(&secrets, &query)
        .await
        .unwrap()
        .into_iter()
        .map(|object| object.name)
        .collect();
    assert_eq!(names, ["a", "b"]);
    let [first, second] = &server.asked()[..] else { panic!("two requests") };
    assert_eq!(first.accept, METADATA_LIST);
    assert_eq!(first.uri, "/api/v1/namespaces/shop/secrets?limit=1&fieldSelector=type%3Dkubernetes.io%2Ftls");
    assert!(second.uri.ends_with("&continue=t%2F1%3D"), "{}", second.uri);
}

#[tokio::test]
async fn an_absent_object_is_none_and_a_forbidden_one_an_error() {
    let server = Server::start(|_, number| Some(answer(if number == 0 { 404 } else { 403 }, "{}"))).await;
    let client = client(&server);
    assert_eq!(client.get_metadata(report()).await.unwrap(), None);
    assert!(client.get_metadata(report()).await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn a_decode_error_quotes_nothing_of_the_body() {
    let server = Server::start(|_, _| Some(answer(200, r#"{"metadata":"hunter2"}"#))).await;
    let error = client(&server).get_metadata(report()).await.unwrap_err();
    assert_eq!(error.category(), "decode");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

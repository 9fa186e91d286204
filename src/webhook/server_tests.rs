//! The bounds of the server: what is too large, too late, no question, or not to be judged.

use std::collections::BTreeSet;

use axum::body::Body;
use prometheus::Registry;
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt as _, DuplexStream};
use tower::ServiceExt as _;

use super::*;
use crate::catalogue::{Outcome as Verdict, Severity};
use crate::checks;
use crate::engine::admission::{Objection, Review};
use crate::engine::judge::Found;
use crate::ops::shutdown::{self, Trigger};
use crate::webhook::judge::{Asked, channel};

/// A server whose questions are answered by `answer`; one that it returns nothing for is never answered.
fn server(answer: impl Fn(&Asked) -> Option<Option<Review>> + Send + 'static) -> (Router, Arc<Metrics>) {
    let (router, metrics, trigger) = stoppable(answer);
    // For as long as the test lasts nobody asks to stop.
    std::mem::forget(trigger);
    (router, metrics)
}

/// The same, and what asks it to stop.
fn stoppable(
    answer: impl Fn(&Asked) -> Option<Option<Review>> + Send + 'static,
) -> (Router, Arc<Metrics>, Trigger) {
    let (judge, mut questions) = channel();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Some(asked) = questions.recv().await {
            match answer(&asked) {
                Some(review) => asked.answer.send(review).unwrap(),
                None => kept.push(asked),
            }
        }
    });
    let metrics = Arc::new(Metrics::new(&Registry::new()).unwrap());
    let (trigger, stop) = shutdown::channel();
    let server = Server::new(judge, Arc::clone(&metrics), "seaworthy-system", stop);
    (server.router(), metrics, trigger)
}

fn question(namespace: &str) -> Body {
    let request = json!({
        "uid": "u1", "operation": "CREATE", "namespace": namespace,
        "resource": {"group": "apps", "version": "v1", "resource": "deployments"},
        "object": {"metadata": {"name": "web"}, "spec": {}},
    });
    let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request});
    Body::from(review.to_string())
}

async fn ask(router: Router, body: Body) -> (u16, Value) {
    let request = Request::builder().method("POST").uri(PATH).body(body).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn counted(metrics: &Metrics, outcome: &str) -> u64 {
    metrics.admission_reviews.with_label_values(&[outcome]).get()
}

fn denied() -> Review {
    let found = Found {
        outcome: Verdict::Fail,
        cause: None,
        grade: None,
        object: None,
        container: None,
        field: "spec".to_owned(),
        message: "no".to_owned(),
        related: None,
    };
    let objection =
        Objection { check: checks::ALL[0], severity: Severity::High, policies: BTreeSet::new(), found };
    Review { in_scope: true, denials: vec![objection], ..Review::default() }
}

#[tokio::test]
async fn a_refusal_reaches_whoever_asked() {
    let (router, metrics) = server(|_| Some(Some(denied())));
    let (status, body) = ask(router, question("shop")).await;
    assert_eq!((status, &body["response"]["allowed"]), (200, &json!(false)));
    assert_eq!(body["response"]["uid"], "u1");
    assert_eq!(counted(&metrics, "denied"), 1);
}

#[tokio::test]
async fn the_operators_namespace_and_the_systems_are_never_judged() {
    let (router, metrics) = server(|_| Some(Some(denied())));
    for namespace in ["seaworthy-system", "kube-system", "kube-public", "kube-node-lease"] {
        let (_, body) = ask(router.clone(), question(namespace)).await;
        assert_eq!(body["response"]["allowed"], true, "{namespace}");
    }
    assert_eq!(counted(&metrics, "skipped"), 4);
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_in_time_or_without_policies_it_is_let_through() {
    let (router, metrics) = server(|_| None);
    let (status, body) = ask(router, question("shop")).await;
    assert_eq!((status, &body["response"]["allowed"]), (200, &json!(true)));
    assert_eq!(counted(&metrics, "late"), 1);
    let (router, metrics) = server(|_| Some(None));
    let (_, body) = ask(router, question("shop")).await;
    assert_eq!(body["response"]["allowed"], true);
    assert_eq!(counted(&metrics, "unknown"), 1);
}

#[tokio::test]
async fn garbage_and_what_is_too_large_are_no_questions() {
    let (router, metrics) = server(|_| Some(Some(denied())));
    assert_eq!(ask(router.clone(), Body::from("garbage")).await.0, 400);
    let large = Request::builder().method("POST").uri(PATH);
    let large = large.header("content-length", BODY_MAX + 1).body(Body::empty()).unwrap();
    assert_eq!(router.clone().oneshot(large).await.unwrap().status(), 413);
    assert_eq!(counted(&metrics, "refused"), 2);
    // The largest object that etcd takes, as it was and as it would be, is read.
    let mut padded =
        serde_json::from_slice::<Value>(&to_bytes(question("shop"), usize::MAX).await.unwrap()).unwrap();
    padded["request"]["options"] = json!("x".repeat(6 * 1024 * 1024));
    assert_eq!(ask(router, Body::from(padded.to_string())).await.1["response"]["allowed"], false);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up() {
    let (router, metrics) = server(|_| Some(Some(denied())));
    let endless = futures::stream::pending::<Result<Bytes, std::io::Error>>();
    assert_eq!(ask(router, Body::from_stream(endless)).await.0, 503);
    assert_eq!(counted(&metrics, "late"), 1);
}

#[tokio::test]
async fn while_it_stops_it_answers_and_sends_whoever_asks_elsewhere() {
    let (router, _, trigger) = stoppable(|_| Some(Some(denied())));
    for stops in [false, true] {
        let request = Request::builder().method("POST").uri(PATH).body(question("shop")).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers().get("connection").is_some_and(|value| value == "close"), stops);
        let body: Value =
            serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap();
        assert_eq!(body["response"]["allowed"], false, "{stops}");
        trigger.request();
    }
}

/// A listener that has one connection.
struct OneConnection(Option<DuplexStream>);

impl Listener for OneConnection {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (Self::Io, ()) {
        match self.0.take() {
            Some(stream) => (stream, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_ends_its_request_does_not_keep_the_process() {
    const DRAIN: Duration = Duration::from_secs(5);
    let (judge, _questions) = channel();
    let (trigger, stop) = shutdown::channel();
    let metrics = Arc::new(Metrics::new(&Registry::new()).unwrap());
    let server = Server::new(judge, metrics, "seaworthy-system", stop);
    let (mut client, there) = tokio::io::duplex(1024);
    client.write_all(b"POST /review HTTP/1.1\r\n").await.unwrap();
    let serving = tokio::spawn(server.serve(OneConnection(Some(there)), DRAIN));
    let started = Instant::now();
    trigger.request();
    serving.await.unwrap().unwrap();
    assert!((DRAIN..=DRAIN + LAST_ANSWERS).contains(&started.elapsed()), "{:?}", started.elapsed());
}

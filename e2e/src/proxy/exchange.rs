//! One request and its answer, with whatever goes wrong in between.
//!
//! It must not add credentials: the client's own go through, and the administrator's do not. Next:
//! [`super::stream`] for the bodies of watches, [`super::server`] for connections.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kube::Config;
use kube::client::ConfigExt as _;

use super::edit;
use super::matching::{Asked, Verb};
use super::rule::{Action, Answer};
use super::stream;
use super::table::Table;
use crate::Error;

/// The connection to the client must break here.
#[derive(Debug)]
pub(super) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken off on purpose, or because the API server is gone")
    }
}

impl std::error::Error for Broken {}

type Body = UnsyncBoxBody<Bytes, Broken>;
type Upstream = futures::future::BoxFuture<'static, Result<Response<Incoming>, Broken>>;

/// What every request needs. Cheap to clone.
#[derive(Clone)]
pub(super) struct Exchange {
    send: Arc<dyn Fn(Request<Full<Bytes>>) -> Upstream + Send + Sync>,
    server: Uri,
    table: Arc<Table>,
}

impl Exchange {
    pub(super) fn new(mut config: Config, table: Arc<Table>) -> Result<Self, Error> {
        config.auth_info = kube::config::AuthInfo::default();
        let server = config.cluster_url.clone();
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new())
            // A connection that the API server closed as it went must not fail the first request after.
            .pool_max_idle_per_host(0)
            .build(config.rustls_https_connector()?);
        let send = Arc::new(move |request| -> Upstream {
            let answer = client.request(request);
            Box::pin(async move { answer.await.map_err(|_| Broken) })
        });
        Ok(Self { send, server, table })
    }

    /// Answers a request; an error breaks the connection.
    pub(super) async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, Broken> {
        self.table.asked();
        let uri = request.uri();
        let asked = Asked::of(request.method(), uri.path(), uri.query().unwrap_or_default());
        let Some(fault) = self.table.on_request(&asked) else {
            let answer = self.forward(request).await?;
            return self.passed(answer, asked).await;
        };
        match fault.action() {
            Action::Answer(answer) => {
                // Taken off the connection, or the next request would begin within this one's body.
                let _ = request.into_body().collect().await;
                injected(answer)
            }
            Action::LoseAnswer(answer) => {
                let lost = self.forward(request).await?;
                let _ = lost.into_body().collect().await;
                injected(answer)
            }
            Action::Delay(time) => {
                tokio::time::sleep(*time).await;
                let answer = self.forward(request).await?;
                self.passed(answer, asked).await
            }
            Action::SlowBody(bytes, time) => {
                let answer = self.forward(request).await?;
                slowly(answer, *bytes, *time).await
            }
            Action::NeverAnswer => std::future::pending().await,
            _ => Err(Broken),
        }
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Incoming>, Broken> {
        let (mut parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        let mut uri = self.server.clone().into_parts();
        uri.path_and_query = parts.uri.path_and_query().cloned();
        parts.uri = Uri::from_parts(uri).map_err(|_| Broken)?;
        for name in [header::HOST, header::CONNECTION, header::ACCEPT_ENCODING] {
            parts.headers.remove(name);
        }
        (self.send)(Request::from_parts(parts, Full::new(body))).await
    }

    async fn passed(self, answer: Response<Incoming>, asked: Asked) -> Result<Response<Body>, Broken> {
        let (mut parts, body) = answer.into_parts();
        parts.headers.remove(header::CONNECTION);
        if asked.verb == Verb::Watch && parts.status.is_success() {
            let events = stream::watch(body, self.table, asked);
            return Ok(Response::from_parts(parts, StreamBody::new(events).boxed_unsync()));
        }
        let rules = self.table.on_events(&asked);
        if asked.verb != Verb::List || rules.is_empty() {
            return Ok(Response::from_parts(parts, body.map_err(|_| Broken).boxed_unsync()));
        }
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        let body = edit::list(&body, &rules).map_or(body, Bytes::from);
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::TRANSFER_ENCODING);
        Ok(Response::from_parts(parts, full(body)))
    }
}

fn full(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}

fn injected(answer: &Answer) -> Result<Response<Body>, Broken> {
    let mut response =
        Response::builder().status(answer.status).header(header::CONTENT_TYPE, "application/json");
    for (name, value) in &answer.headers {
        response = response.header(*name, HeaderValue::from_str(value).map_err(|_| Broken)?);
    }
    response.body(full(answer.body.clone().into())).map_err(|_| Broken)
}

async fn slowly(answer: Response<Incoming>, bytes: usize, time: Duration) -> Result<Response<Body>, Broken> {
    let (mut parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    let pieces: Vec<Bytes> = body.chunks(bytes.max(1)).map(Bytes::copy_from_slice).collect();
    let pieces = futures::stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(time).await;
        Ok(Frame::data(piece))
    });
    parts.headers.remove(header::CONNECTION);
    Ok(Response::from_parts(parts, StreamBody::new(pieces).boxed_unsync()))
}

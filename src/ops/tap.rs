//! The client of one watch: it shows proof of life that kube's watcher hides, and bounds what the
//! watcher leaves without a deadline.
//!
//! It must not decode or keep what passes, beyond the kind of an event. Next: [`super::watch`].

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderValue, Request, Response};
use http_body::{Frame, SizeHint};
use kube::client::Body;
use tokio::time::timeout;
use tower::service_fn;

use super::calls::{METADATA, METADATA_LIST};
use super::client::{ApiClient, read, transport};
use super::error::ApiError;
use super::life::ProofOfLife;

/// How an in-stream error begins: the server lives, but what it says of this kind is not to be trusted.
const ERROR_EVENT: &[u8] = br#"{"type":"ERROR""#;

/// What the requests of one watch have in common.
#[derive(Clone)]
pub(crate) struct Tap {
    pub(crate) life: Arc<ProofOfLife>,
    /// Ask for metadata only.
    pub(crate) metadata_only: bool,
}

/// A client for one watch: lists are read whole under the call deadline, a watch must begin to answer
/// within it, and both show proof of life. Its failures are [`ApiError`] inside `kube::Error::Service`:
/// kube itself loses the HTTP status of a refusal whose body holds none.
pub(crate) fn tapped(client: &ApiClient, tap: Tap) -> kube::Client {
    let deadline = client.options().call_deadline;
    let bare = client.bare().clone();
    let service = service_fn(move |request| {
        let (bare, tap) = (bare.clone(), tap.clone());
        async move { tap.exchange(&bare, request, deadline).await }
    });
    kube::Client::new(service, client.default_namespace())
}

impl Tap {
    async fn exchange(
        self,
        client: &kube::Client,
        mut request: Request<Body>,
        deadline: Duration,
    ) -> Result<Response<Watched>, ApiError> {
        let watches = is_watch(request.uri().query().unwrap_or_default());
        if self.metadata_only {
            let accept = if watches { METADATA } else { METADATA_LIST };
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
        }
        let whole = async {
            let response = client.send(request).await.map_err(transport)?;
            if watches && response.status().is_success() {
                return Ok(response.map(|body| Watched { body, life: Some(Arc::clone(&self.life)) }));
            }
            let body = Body::from(read(response).await?);
            Ok(Response::new(Watched { body, life: None }))
        };
        let response = timeout(deadline, whole).await.unwrap_or(Err(ApiError::Timeout(deadline)))?;
        self.life.opened();
        Ok(response)
    }
}

fn is_watch(query: &str) -> bool {
    query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1"))
}

/// A response body whose frames prove life.
pub(crate) struct Watched {
    body: Body,
    /// None for a list, whose success was the proof.
    life: Option<Arc<ProofOfLife>>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = kube::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, kube::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(life) = &self.life {
            match &frame {
                Some(Ok(frame)) => {
                    if frame.data_ref().is_some_and(|data| !data.starts_with(ERROR_EVENT)) {
                        life.frame();
                    }
                }
                None => life.ended(),
                Some(Err(_)) => {}
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_is_told_from_a_list() {
        assert!(is_watch("&watch=true&timeoutSeconds=30"));
        assert!(!is_watch("&limit=100&fieldSelector=metadata.name%3Dwatch=true"));
        assert!(!is_watch(""));
    }
}

//! Which version of Kubernetes the server has, asked again from time to time: a cluster is upgraded under a running operator.
//!
//! It must not decide what follows from it. Next: [`super::state`].

use std::time::Duration;

use tokio::sync::mpsc;

use super::watched::Message;
use crate::ops::client::ApiClient;
use crate::ops::tasks::Heartbeat;

/// How long the first judgements wait for the answer.
const FIRST: Duration = Duration::from_secs(5);
/// How soon it is asked again where there was no answer.
const SOON: Duration = Duration::from_secs(10);
/// How soon it is asked again.
const AGAIN: Duration = Duration::from_mins(5);

/// The minor that the server has, if it says so soon.
pub(super) async fn first(client: &ApiClient) -> Option<u8> {
    tokio::time::timeout(FIRST, client.server_minor()).await.ok()?.ok()?
}

/// Asks for ever and sends what it is. Ends only when nobody listens any more.
pub(super) async fn follow(
    client: ApiClient,
    mut known: Option<u8>,
    messages: mpsc::Sender<Message>,
    heartbeat: Heartbeat,
) {
    loop {
        heartbeat.wait(tokio::time::sleep(if known.is_some() { AGAIN } else { SOON })).await;
        heartbeat.beat();
        match heartbeat.wait(client.server_minor()).await {
            Ok(Some(minor)) => {
                known = Some(minor);
                if heartbeat.wait(messages.send(Message::ServerMinor(minor))).await.is_err() {
                    return;
                }
            }
            // A server that does not say need not be asked as if it had not answered.
            Ok(None) => known = known.or(Some(0)),
            Err(error) => tracing::debug!(category = error.category(), "no version of the server, going on"),
        }
    }
}

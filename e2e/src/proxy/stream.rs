//! The body of a watch, event by event, as the rules in force at that moment say.
//!
//! Rules apply to watches that are open already, and from the next event on. It must not buffer: what
//! the client does not take is not read. Next: [`super::edit`] for changes to one event.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{Stream, stream};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, Incoming};
use tokio::sync::mpsc;

use super::edit::{self, Event};
use super::exchange::Broken;
use super::matching::Asked;
use super::rule::Action;
use super::table::{Entry, Table};

type Piece = Result<Frame<Bytes>, Broken>;

/// The events of an upstream watch as they reach the client.
pub(super) fn watch(
    upstream: Incoming,
    table: Arc<Table>,
    asked: Asked,
) -> impl Stream<Item = Piece> + Send + use<> {
    let (sender, pieces) = mpsc::channel(1);
    tokio::spawn(Forwarding { table, asked, sender }.run(upstream));
    stream::unfold(pieces, |mut pieces| async { pieces.recv().await.map(|piece| (piece, pieces)) })
}

struct Forwarding {
    table: Arc<Table>,
    asked: Asked,
    sender: mpsc::Sender<Piece>,
}

/// Nothing more is to be forwarded.
struct Over;

impl Forwarding {
    async fn run(self, mut upstream: Incoming) {
        let mut rest = BytesMut::new();
        loop {
            let frame = tokio::select! {
                frame = upstream.frame() => frame,
                () = self.sender.closed() => return,
            };
            let data = match frame {
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
                // The server went away in the middle of it.
                Some(Err(_)) => {
                    let _ = self.sender.send(Err(Broken)).await;
                    return;
                }
                None => {
                    self.end().await;
                    return;
                }
            };
            rest.extend_from_slice(&data);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest.split_to(end + 1).freeze();
                if self.event(line).await.is_err() {
                    return;
                }
            }
        }
    }

    fn rules(&self) -> Vec<Arc<Entry>> {
        self.table.on_events(&self.asked)
    }

    async fn event(&self, line: Bytes) -> Result<(), Over> {
        for rule in self.rules() {
            match rule.action() {
                Action::Silence if rule.take() => return self.silent().await,
                Action::CutMidEvent if rule.take() => {
                    self.send(line.slice(..line.len() / 2)).await?;
                    let _ = self.sender.send(Err(Broken)).await;
                    return Err(Over);
                }
                Action::Hold if rule.take() => tokio::select! {
                    () = rule.ended() => {}
                    () = self.sender.closed() => return Err(Over),
                },
                _ => {}
            }
        }
        match edit::event(&line, &self.rules()) {
            Event::Same => self.send(line).await,
            Event::Changed(line) => self.send(line.into()).await,
            Event::Lost => Ok(()),
        }
    }

    async fn end(&self) {
        let rules = self.rules();
        let silenced = |rule: &&Arc<Entry>| matches!(rule.action(), Action::Silence) && rule.take();
        if rules.iter().find(silenced).is_some() {
            let _ = self.silent().await;
        }
    }

    // A half-open connection: only the client ends it.
    async fn silent(&self) -> Result<(), Over> {
        self.sender.closed().await;
        Err(Over)
    }

    async fn send(&self, data: Bytes) -> Result<(), Over> {
        self.sender.send(Ok(Frame::data(data))).await.map_err(|_| Over)
    }
}

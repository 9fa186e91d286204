//! A relay on loopback that counts bytes between a process and the API server.
//!
//! It carries bytes as they come, encrypted as they are, so that what it counts is what went over the wire but
//! for TCP's own headers. It must not read or change them. Next: [`super::measure`].

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{Error, kubeconfig};

/// As much as one read takes.
const BUFFER: usize = 64 * 1024;

/// Bytes in both directions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    /// From the process to the API server.
    pub sent: u64,
    /// From the API server to the process.
    pub received: u64,
}

impl Bytes {
    /// What went since an earlier count.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { sent: self.sent - earlier.sent, received: self.received - earlier.received }
    }
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    received: AtomicU64,
}

/// A running relay; it ends when this value is dropped.
#[derive(Debug)]
pub struct Wire {
    counters: Arc<Counters>,
    port: u16,
    serving: JoinHandle<()>,
}

impl Wire {
    /// Listens on a free port of loopback and carries on to this address of the API server.
    pub async fn start(server: String) -> Result<Self, Error> {
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io("listen for the relay"))?;
        let port = listener.local_addr().map_err(Error::io("ask for the relay's port"))?.port();
        let counters = Arc::new(Counters::default());
        let serving = tokio::spawn(serve(listener, server, Arc::clone(&counters)));
        Ok(Self { counters, port, serving })
    }

    /// A kubeconfig that the harness wrote, with this relay as the server.
    pub fn kubeconfig(&self, direct: &Path) -> Result<PathBuf, Error> {
        kubeconfig::through(direct, self.port)
    }

    /// What went so far.
    pub fn bytes(&self) -> Bytes {
        let Counters { sent, received } = &*self.counters;
        Bytes { sent: sent.load(Ordering::Relaxed), received: received.load(Ordering::Relaxed) }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, server: String, counters: Arc<Counters>) {
    while let Ok((near, _)) = listener.accept().await {
        let (server, counters) = (server.clone(), Arc::clone(&counters));
        tokio::spawn(async move {
            // A client whose connection cannot be carried on sees it closed, as it would without a relay.
            let Ok(far) = TcpStream::connect(&server).await else { return };
            let no_delay = [near.set_nodelay(true), far.set_nodelay(true)];
            if no_delay.iter().any(Result::is_err) {
                return;
            }
            let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
            tokio::join!(
                carry(from_near, to_far, &counters.sent),
                carry(from_far, to_near, &counters.received)
            );
        });
    }
}

/// Carries one direction until it ends, and closes the other side's.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, count: &AtomicU64) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(read) = from.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        if to.write_all(bytes).await.is_err() {
            break;
        }
        count.fetch_add(read as u64, Ordering::Relaxed);
    }
    // The other side may be gone already.
    let _ = to.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_goes_through_is_the_same_and_is_counted() {
        let echo = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = echo.local_addr().unwrap().to_string();
        let answering = tokio::spawn(async move {
            let (mut stream, _) = echo.accept().await.unwrap();
            let mut question = Vec::new();
            stream.read_to_end(&mut question).await.unwrap();
            stream.write_all(&question.repeat(2)).await.unwrap();
        });
        let wire = Wire::start(server).await.unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", wire.port)).await.unwrap();
        stream.write_all(b"abc").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        answering.await.unwrap();
        assert_eq!(answer, b"abcabc");
        assert_eq!(wire.bytes(), Bytes { sent: 3, received: 6 });
        assert_eq!(wire.bytes().since(Bytes { sent: 1, received: 2 }), Bytes { sent: 2, received: 4 });
    }
}

//! TLS connections for the webhook: bounded in number, in how long a handshake takes and in how long they idle.
//!
//! A handshake holds up nobody else. It must not know what is asked. Next: [`super::server`].

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificate::Shown;

/// Most connections at once.
const CONNECTIONS: usize = 512;
/// Longest handshake.
const HANDSHAKE: Duration = Duration::from_secs(2);
/// Longest silence of a client; longer than the API server keeps an idle connection, so that it closes first.
const SILENCE: Duration = Duration::from_mins(2);
/// Wait after an error of the socket: out of file descriptors, mostly.
const AFTER_ERROR: Duration = Duration::from_millis(100);

/// The listening socket with its handshakes.
#[derive(Debug)]
pub struct TlsListener {
    address: io::Result<SocketAddr>,
    ready: mpsc::Receiver<(Connection, SocketAddr)>,
}

/// How certificates are shown.
pub fn config(shown: Shown) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(shown));
    // Without it the API server keeps one connection per try in HTTP/2, which is not served.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

impl TlsListener {
    /// Takes connections from this socket until it is dropped.
    pub fn start(socket: TcpListener, config: ServerConfig) -> Self {
        let address = socket.local_addr();
        let (sender, ready) = mpsc::channel(CONNECTIONS);
        tokio::spawn(accept(socket, TlsAcceptor::from(Arc::new(config)), sender));
        Self { address, ready }
    }
}

async fn accept(socket: TcpListener, acceptor: TlsAcceptor, ready: mpsc::Sender<(Connection, SocketAddr)>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    while !ready.is_closed() {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            () = ready.closed() => return,
        };
        let Ok((stream, peer)) = accepted else {
            sleep(AFTER_ERROR).await;
            continue;
        };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            // A failure of either is the client's to tell; it may be any scanner.
            let _ = stream.set_nodelay(true);
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
                let _ = ready.send((Connection::new(stream, permit), peer)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The task that accepts ends only with this value.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.address.as_ref().map_err(|error| error.kind().into()).copied()
    }
}

/// A connection, which ends when its client is silent for too long.
#[derive(Debug)]
pub struct Connection {
    stream: TlsStream<TcpStream>,
    silence: Pin<Box<Sleep>>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TlsStream<TcpStream>, permit: OwnedSemaphorePermit) -> Self {
        Self { stream, silence: Box::pin(sleep(SILENCE)), _permit: permit }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            self.silence.as_mut().reset(Instant::now() + SILENCE);
            return Poll::Ready(read);
        }
        self.silence.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

//! Connections from the operator: TCP, TLS with the API server's own certificate, HTTP/1.1.
//!
//! It must not know faults. Next: [`super::exchange`].

use std::net::Ipv4Addr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::exchange::Exchange;
use crate::Error;
use crate::certificates::Pair;

/// A socket that listens, and how it greets.
pub(super) struct Accept {
    listener: TcpListener,
    tls: TlsAcceptor,
}

/// Listens on this loopback port.
pub(super) async fn listen(port: u16, serving: &Pair) -> Result<Accept, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(Error::io(format!("listen on port {port}")))?;
    let unreadable = |error| Error::io("read the serving certificate")(std::io::Error::other(error));
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&serving.certificate).and_then(Iterator::collect);
    let key = PrivateKeyDer::from_pem_file(&serving.key).map_err(unreadable)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates.map_err(unreadable)?, key)?;
    Ok(Accept { listener, tls: TlsAcceptor::from(Arc::new(config)) })
}

impl Accept {
    /// Serves until the task is aborted, which ends every connection with it.
    pub(super) async fn serve(self, exchange: Exchange) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn(connection(self.tls.clone(), stream, exchange.clone()));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

// However it ends: a client that goes away is none of the proxy's business.
async fn connection(tls: TlsAcceptor, stream: TcpStream, exchange: Exchange) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = service_fn(move |request| exchange.clone().answer(request));
    let server =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    let _ = server.await;
}

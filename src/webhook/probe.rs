//! Whether the webhook answers where the API server will ask it, with a certificate that it will trust.
//!
//! It must not send anything but a request for health. Next: [`super::registrar`].

use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::certificate::certificates;
use crate::render::webhook::Endpoint;

/// As long as the API server waits.
const DEADLINE: Duration = Duration::from_secs(3);
/// Most of an answer that is read.
const ANSWER_MAX: u64 = 1024;

/// Why it does not answer.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// The authorities cannot be read.
    #[error("its authorities cannot be read")]
    Authorities,
    /// The endpoint's host is not one.
    #[error("{0} is not a host")]
    Host(String),
    /// No connection, or a certificate that is not trusted.
    #[error("{0}")]
    Connection(#[from] std::io::Error),
    /// TLS cannot be set up.
    #[error("{0}")]
    Tls(#[from] rustls::Error),
    /// No answer in time.
    #[error("no answer within {} s", DEADLINE.as_secs())]
    Late,
    /// Another answer than that of a webhook.
    #[error("it answers, but not as the webhook does")]
    Answer,
}

/// Host and port of an endpoint.
pub fn address(endpoint: &Endpoint) -> (String, u16) {
    const HTTPS: u16 = 443;
    match endpoint {
        Endpoint::Service { namespace, name } => (format!("{name}.{namespace}.svc"), HTTPS),
        Endpoint::Url(url) => {
            let rest = url.strip_prefix("https://").unwrap_or(url);
            let port = rest.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
            let (host, port) = port.unwrap_or((rest, HTTPS));
            (host.trim_start_matches('[').trim_end_matches(']').to_owned(), port)
        }
    }
}

/// Asks for its health.
pub async fn probe(endpoint: &Endpoint, authorities: &[u8]) -> Result<(), ProbeError> {
    timeout(DEADLINE, ask(endpoint, authorities)).await.map_err(|_| ProbeError::Late)?
}

async fn ask(endpoint: &Endpoint, authorities: &[u8]) -> Result<(), ProbeError> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(authorities).ok_or(ProbeError::Authorities)? {
        roots.add(authority)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let (host, port) = address(endpoint);
    let name = ServerName::try_from(host.clone()).map_err(|_| ProbeError::Host(host.clone()))?;
    let stream = TcpStream::connect((host.as_str(), port)).await?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer).await?;
    if answer.starts_with(b"HTTP/1.1 200 ") { Ok(()) } else { Err(ProbeError::Answer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_those_that_the_api_server_calls() {
        let service = Endpoint::Service { namespace: "ns".to_owned(), name: "hook".to_owned() };
        assert_eq!(address(&service), ("hook.ns.svc".to_owned(), 443));
        let url = |url: &str| address(&Endpoint::Url(url.to_owned()));
        assert_eq!(url("https://127.0.0.1:9443"), ("127.0.0.1".to_owned(), 9443));
        assert_eq!(url("https://hook.example"), ("hook.example".to_owned(), 443));
        assert_eq!(url("https://[::1]:9443"), ("::1".to_owned(), 9443));
    }
}

//! A client of the admission webhook as the API server is one: TLS, connections that are kept, `AdmissionReview`s.
//!
//! It blocks, so that what a bench measures is not the turn of a timer. It must not judge the answers: tests do.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use crate::Error;

/// Longer than the API server waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// As much as one read takes.
const BUFFER: usize = 16 * 1024;

/// Whom the API server would ask, and by which authorities it would know him.
#[derive(Debug, Clone)]
pub struct Webhook {
    address: SocketAddr,
    host: String,
    config: Arc<ClientConfig>,
}

/// A connection that is kept.
#[derive(Debug)]
pub struct Asking {
    stream: StreamOwned<ClientConnection, TcpStream>,
    host: String,
}

/// What the webhook answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Whether it ends the connection.
    pub closes: bool,
    /// The body.
    pub body: Vec<u8>,
}

impl Webhook {
    /// Of this host at this address, whose authorities are the `caBundle` of a configuration.
    pub fn new(address: SocketAddr, host: &str, ca_bundle: &str) -> Result<Self, Error> {
        let wrong = |what: &str| Error::Contract(format!("a caBundle that {what}"));
        let pem = STANDARD.decode(ca_bundle).map_err(|_| wrong("is not base64"))?;
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(&pem) {
            roots.add(authority.map_err(|_| wrong("is not PEM"))?)?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { address, host: host.to_owned(), config: Arc::new(config) })
    }

    /// Connects; the handshake is made with the first question.
    pub fn connect(&self) -> io::Result<Asking> {
        let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let connection = ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        Ok(Asking { stream: StreamOwned::new(connection, stream), host: self.host.clone() })
    }
}

impl Asking {
    /// Asks, and waits for the answer.
    pub fn ask(&mut self, review: &[u8]) -> io::Result<Answer> {
        self.begin(review.len())?;
        self.end(review)
    }

    /// Sends all of a question but its body of this length.
    pub fn begin(&mut self, length: usize) -> io::Result<()> {
        let head = format!(
            "POST /review?timeout=3s HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
            self.host
        );
        self.stream.write_all(head.as_bytes())?;
        self.stream.flush()
    }

    /// Sends the body, and waits for the answer.
    pub fn end(&mut self, review: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(review)?;
        self.stream.flush()?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<Answer> {
        const BLANK: &[u8] = b"\r\n\r\n";
        let mut read = Vec::new();
        let head = loop {
            if let Some(end) = read.windows(BLANK.len()).position(|window| window == BLANK) {
                break end;
            }
            self.more(&mut read)?;
        };
        let mut body = read.split_off(head + BLANK.len());
        let head = String::from_utf8_lossy(&read).to_lowercase();
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no answer of HTTP: {head}")))?;
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let length = field("content-length:").and_then(|length| length.parse().ok()).unwrap_or_default();
        while body.len() < length {
            self.more(&mut body)?;
        }
        Ok(Answer { status, closes: field("connection:") == Some("close"), body })
    }

    fn more(&mut self, read: &mut Vec<u8>) -> io::Result<()> {
        let mut buffer = [0; BUFFER];
        let count = self.stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(buffer.get(..count).unwrap_or_default());
        Ok(())
    }
}

impl Answer {
    /// Whether the request is let through; none if this is no answer to a review.
    pub fn allows(&self) -> Option<bool> {
        let review: Value = serde_json::from_slice(&self.body).ok()?;
        review.pointer("/response/allowed")?.as_bool().filter(|_| self.status == 200)
    }
}

/// What the API server asks when somebody creates this Deployment.
pub fn review(uid: &str, deployment: &Value) -> Value {
    let metadata = deployment.get("metadata");
    let of = |field| metadata.and_then(|metadata| metadata.get(field));
    let kind = json!({"group": "apps", "version": "v1", "kind": "Deployment"});
    let resource = json!({"group": "apps", "version": "v1", "resource": "deployments"});
    json!({
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": uid, "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
            "name": of("name"), "namespace": of("namespace"), "operation": "CREATE",
            "userInfo": {"username": "admin", "groups": ["system:masters", "system:authenticated"]},
            "object": deployment, "oldObject": null, "dryRun": false,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
        },
    })
}

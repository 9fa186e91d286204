//! The API server's audit log: what was really asked, by whom, and how it ended.
//!
//! It must not count on the operator's own metrics: it is what they are judged by. components.rs says
//! what is not logged; of a user outside `kube-system` that is nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::SeekFrom,
    ops::Deref,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use kube::{Client, Config};
use serde::Deserialize;
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};

use crate::{Error, wait::try_eventually};

/// A request is logged within milliseconds of its answer.
const FLUSH_DEADLINE: Duration = Duration::from_secs(30);

/// What the API server notes of a service account's token.
pub(crate) const CREDENTIAL: &str = "authentication.kubernetes.io/credential-id";

/// The audit log of one control plane.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    admin: Config,
    fences: AtomicU64,
}

/// A moment by the API server's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    received: Timestamp,
    // Nothing that was received later is logged before it.
    offset: u64,
}

/// One request. Fields that it does not have are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asked, for example `system:serviceaccount:<namespace>:<name>`.
    pub user: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource, in plural.
    pub resource: String,
    /// The subresource.
    pub subresource: String,
    /// The namespace.
    pub namespace: String,
    /// The object's name; empty for a list.
    pub name: String,
    /// The path and query.
    pub uri: String,
    /// What the client calls itself.
    pub user_agent: String,
    /// Which token of a service account was shown; two replicas have two.
    pub credential: String,
    /// The HTTP status of the answer; 0 while there is none.
    pub code: u16,
    /// Whether the answer has ended: false for a watch that is still open.
    pub complete: bool,
    /// When the API server got it.
    pub received: Timestamp,
}

impl Request {
    /// Whether it asks to change something stored. Reviews and token requests are `create`s that store
    /// nothing, and a dry run says so in its query.
    pub fn is_write(&self) -> bool {
        const WRITES: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];
        WRITES.contains(&self.verb.as_str())
            && !self.resource.is_empty()
            && !matches!(self.group.as_str(), "authorization.k8s.io" | "authentication.k8s.io")
            && self.subresource != "token"
            && !self.uri.contains("dryRun=All")
    }
}

/// Requests in the order in which they were received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests(Vec<Request>);

impl Requests {
    /// Those that a condition holds for.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(&Request) -> bool) -> Self {
        Self(self.0.iter().filter(|request| keep(request)).cloned().collect())
    }

    /// Those of one user.
    #[must_use]
    pub fn by_user(&self, user: &str) -> Self {
        self.filter(|request| request.user == user)
    }

    /// Those of one service account.
    #[must_use]
    pub fn by_service_account(&self, namespace: &str, name: &str) -> Self {
        self.by_user(&format!("system:serviceaccount:{namespace}:{name}"))
    }

    /// Those of the operator, by what its client calls itself, whoever it is for the API server.
    #[must_use]
    pub fn of_operator(&self) -> Self {
        self.filter(|request| request.user_agent.starts_with("seaworthy/"))
    }

    /// Those made with one token.
    #[must_use]
    pub fn by_credential(&self, credential: &str) -> Self {
        self.filter(|request| request.credential == credential)
    }

    /// Those that are not about the Lease of a leader election.
    #[must_use]
    pub fn beside_lease(&self) -> Self {
        self.filter(|request| request.resource != "leases")
    }

    /// Those that ask to change something stored, refused ones too.
    #[must_use]
    pub fn writes(&self) -> Self {
        self.filter(Request::is_write)
    }

    /// How many there are of each verb.
    pub fn count_by_verb(&self) -> BTreeMap<String, usize> {
        self.0.iter().fold(BTreeMap::new(), |mut counts, request| {
            *counts.entry(request.verb.clone()).or_default() += 1;
            counts
        })
    }

    /// What was asked for: (verb, group, resource), with `resource/subresource` as RBAC writes it.
    pub fn kinds(&self) -> BTreeSet<(String, String, String)> {
        self.0
            .iter()
            .map(|request| {
                let resource = match request.subresource.as_str() {
                    "" => request.resource.clone(),
                    subresource => format!("{}/{subresource}", request.resource),
                };
                (request.verb.clone(), request.group.clone(), resource)
            })
            .collect()
    }
}

impl Deref for Requests {
    type Target = [Request];
    fn deref(&self) -> &[Request] {
        &self.0
    }
}

impl AuditLog {
    pub(crate) fn new(path: PathBuf, admin: Config) -> Self {
        Self { path, admin, fences: AtomicU64::new(0) }
    }

    /// Where the log lies.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Now. Everything that was answered before is logged when this returns.
    pub async fn mark(&self) -> Result<Marker, Error> {
        let offset = tokio::fs::metadata(&self.path).await.map_or(0, |file| file.len());
        let number = self.fences.fetch_add(1, Ordering::Relaxed);
        // A request that nobody else makes; what the log says of it comes after what it said before.
        let uri = format!("/version?seaworthy-audit-fence={}-{number}", std::process::id());
        let request = http::Request::get(&uri)
            .body(Vec::new())
            .map_err(|error| Error::Api(Box::new(kube::Error::HttpError(error))))?;
        Client::try_from(self.admin.clone())?.request_text(request).await?;
        let fence = try_eventually(FLUSH_DEADLINE, "the audit log holds the fence", async || {
            let requests = self.read(offset).await.map_err(|error| error.to_string())?;
            let fence = requests.0.into_iter().find(|request| request.uri == uri && request.complete);
            fence.ok_or_else(|| format!("no {uri}"))
        });
        Ok(Marker { received: fence.await?.received, offset })
    }

    /// Everything that was received after the marker, and answered by now (a watch: opened by now).
    pub async fn since(&self, marker: &Marker) -> Result<Requests, Error> {
        self.mark().await?;
        Ok(self.read(marker.offset).await?.filter(|request| request.received > marker.received))
    }

    /// Everything since the control plane started.
    pub async fn all(&self) -> Result<Requests, Error> {
        self.mark().await?;
        self.read(0).await
    }

    async fn read(&self, offset: u64) -> Result<Requests, Error> {
        let what = || format!("read {}", self.path.display());
        let mut file = File::open(&self.path).await.map_err(Error::io(what()))?;
        // The line that was being written when the offset was taken was received before: it is passed over.
        file.seek(SeekFrom::Start(offset.saturating_sub(1))).await.map_err(Error::io(what()))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).await.map_err(Error::io(what()))?;
        parse(&String::from_utf8_lossy(whole_lines(&bytes, offset > 0)))
    }
}

/// What comes after the first line break, if the text may begin within a line.
fn whole_lines(bytes: &[u8], begins_within: bool) -> &[u8] {
    if !begins_within {
        return bytes;
    }
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    parts.next();
    parts.next().unwrap_or_default()
}

// A request has one entry per stage; the last one tells how it ended. A last line without its newline
// is still being written.
fn parse(text: &str) -> Result<Requests, Error> {
    let mut requests: BTreeMap<(Timestamp, String), Request> = BTreeMap::new();
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let event: Event = serde_json::from_str(line).map_err(Error::json("decode the audit log"))?;
        let key = (event.request_received_timestamp, event.audit_id.clone());
        let request = Request::from(event);
        match requests.get(&key) {
            Some(earlier) if earlier.complete => {}
            _ => {
                requests.insert(key, request);
            }
        }
    }
    Ok(Requests(requests.into_values().collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "auditID")]
    audit_id: String,
    stage: String,
    #[serde(rename = "requestURI")]
    request_uri: String,
    verb: String,
    user: User,
    #[serde(default)]
    user_agent: String,
    #[serde(default)]
    object_ref: ObjectRef,
    #[serde(default)]
    response_status: ResponseStatus,
    request_received_timestamp: Timestamp,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
    #[serde(default)]
    extra: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ObjectRef {
    resource: String,
    namespace: String,
    name: String,
    api_group: String,
    subresource: String,
}

#[derive(Deserialize, Default)]
struct ResponseStatus {
    #[serde(default)]
    code: u16,
}

impl From<Event> for Request {
    fn from(event: Event) -> Self {
        let credential = event.user.extra.get(CREDENTIAL).and_then(|values| values.first());
        Self {
            credential: credential.cloned().unwrap_or_default(),
            user: event.user.username,
            verb: event.verb,
            group: event.object_ref.api_group,
            resource: event.object_ref.resource,
            subresource: event.object_ref.subresource,
            namespace: event.object_ref.namespace,
            name: event.object_ref.name,
            uri: event.request_uri,
            user_agent: event.user_agent,
            code: event.response_status.code,
            complete: event.stage != "ResponseStarted",
            received: event.request_received_timestamp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_by_its_beginning_is_passed_over() {
        assert_eq!(whole_lines(b"rest\nwhole\n", true), b"whole\n");
        // One byte before the offset stood the end of the line before.
        assert_eq!(whole_lines(b"\nwhole\n", true), b"whole\n");
        assert_eq!(whole_lines(b"still being writ", true), b"");
        assert_eq!(whole_lines(b"first\n", false), b"first\n");
    }
}

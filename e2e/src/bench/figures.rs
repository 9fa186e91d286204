//! What a bench leaves, as JSON.
//!
//! It must not hold a figure that cannot be measured again from what is beside it. Next: [`super::table`].

use serde::{Deserialize, Serialize};

use super::wire::Bytes;

/// One run of the bench.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figures {
    /// Where and of what.
    pub about: About,
    /// The operator, by number of workloads.
    pub operator: Vec<Scale>,
    /// The command line and its peers.
    pub command_line: Vec<Check>,
    /// The webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews: Option<Reviews>,
}

/// Where and of what a bench was run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct About {
    /// Commit that was measured; `-dirty` when files differed from it.
    pub commit: String,
    /// Day.
    pub date: String,
    /// CPU model.
    pub cpu: String,
    /// Cores, which the control plane, the operator and the bench share.
    pub cores: usize,
    /// Build profile of the operator and of the floor.
    pub profile: String,
    /// What the operator is linked with: `musl` (static, what the image holds) or `glibc`.
    #[serde(default = "unknown")]
    pub library: String,
    /// Version of the API server.
    pub kubernetes: String,
    /// Version of Seaworthy.
    pub seaworthy: String,
    /// Load average over the last minute when the bench began: what else ran.
    pub load_before: f64,
}

fn unknown() -> String {
    "linked in a way that was not noted".to_owned()
}

/// The operator and the floor over one number of workloads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Scale {
    /// Deployments, with 3 Pods, a Service, 0.3 Ingresses and TLS Secrets each.
    pub workloads: usize,
    /// The operator.
    pub operator: Run,
    /// The same lists, watches and writes without thought.
    pub floor: Run,
    /// From before a change is sent until its report is seen.
    pub changes: Changes,
    /// Bytes of a report as the server sends it, without managed fields: the mean.
    pub report_bytes: usize,
}

/// One process, from its start until all is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Seconds from the start of the process until every report (and the policy's counts) is there.
    pub cold_start_seconds: f64,
    /// CPU seconds until then.
    pub cpu_seconds: f64,
    /// Resident memory 10 s later, in MiB.
    pub rss_settled_mib: f64,
    /// The most there ever was, in MiB.
    pub rss_peak_mib: f64,
    /// Requests until then.
    pub requests: usize,
    /// Writes among them, beside those to the Lease.
    pub writes: usize,
    /// What went over the wire until then, TLS included.
    pub bytes: Option<Bytes>,
}

/// Latency of changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Changes {
    /// How many were sent.
    pub sent: usize,
    /// How many were not seen in a report within 10 s of the last.
    pub missed: usize,
    /// Median latency in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// CPU seconds of the operator meanwhile.
    pub cpu_seconds: f64,
    /// Its writes meanwhile, beside those to the Lease.
    pub writes: usize,
    /// What went over the wire meanwhile, TLS included.
    pub bytes: Option<Bytes>,
}

/// One tool over one file of documents.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Check {
    /// Which tool.
    pub tool: String,
    /// Deployments in the file.
    pub documents: usize,
    /// Wall time.
    pub seconds: f64,
    /// The most resident memory, in MiB.
    pub rss_peak_mib: f64,
}

/// The webhook, asked at a fixed pace.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reviews {
    /// Questions a second.
    pub rate: u32,
    /// For how many seconds.
    pub seconds: u32,
    /// Connections that were kept.
    pub connections: usize,
    /// Bytes of each object.
    pub object_bytes: usize,
    /// Workloads that the operator knew.
    pub workloads: usize,
    /// Whether the operator had one core for itself, and only that.
    pub own_core: bool,
    /// Answers that refused, as all should.
    pub denied: usize,
    /// Questions without such an answer.
    pub failed: usize,
    /// Median latency in milliseconds, from when a question was due.
    pub p50_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// 99.9th percentile.
    pub p999_ms: f64,
    /// The longest.
    pub worst_ms: f64,
    /// CPU seconds of the operator meanwhile.
    pub cpu_seconds: f64,
    /// Resident memory before, in MiB.
    pub rss_before_mib: f64,
    /// Resident memory 10 s afterwards, in MiB.
    pub rss_after_mib: f64,
    /// The most there ever was, in MiB, the odd objects included.
    pub rss_peak_mib: f64,
    /// Objects that nobody should make.
    pub odd: Vec<Odd>,
}

/// What was said of an object that nobody should make.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Odd {
    /// The object.
    pub what: String,
    /// Bytes of the question.
    pub bytes: usize,
    /// The answer.
    pub answer: String,
    /// Milliseconds until it came.
    pub ms: f64,
}

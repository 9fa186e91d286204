//! The operator and the floor, one after the other over the same objects.
//!
//! It must not let one pay for the other: reports are deleted between them. Next: [`super::changes`].

use std::time::Duration;

use kube::Client;
use seaworthy::render::manifests::workload::ALLOCATOR;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    changes,
    figures::{Changes, Run, Scale},
    load::{self, Material},
    process,
    wire::Wire,
};
use crate::{
    AuditLog, ControlPlane, Error, Marker, Operator, OperatorOptions, Options, Port, try_eventually,
    workloads::cluster_policy,
};

const REPORTS: &str = "/apis/seaworthy.dev/v1alpha1/readinessreports";
const POLICIES: &str = "/apis/seaworthy.dev/v1alpha1/clusterreadinesspolicies";
const SOON: Duration = Duration::from_mins(1);
/// What takes longer has failed.
const COLD_START_DEADLINE: Duration = Duration::from_mins(10);
/// After a cold start, until memory is read. The API server closes connections that lay idle for 90 s: until then a
/// client holds one, with its buffers, for each write that was on its way at once.
const SETTLE: Duration = Duration::from_secs(100);

/// Measures both over this many workloads, with this many seconds of changes.
pub async fn scale(workloads: usize, seconds: u32) -> Result<(Scale, String), Error> {
    let options = Options { controllers: false, own_control_plane: true, ..Options::default() };
    let plane = ControlPlane::start(options).await?;
    let server = plane.admin_config().cluster_url;
    let server = server.authority().map(ToString::to_string).unwrap_or_default();
    let wire = Wire::start(server).await?;
    let bench = Bench { client: plane.client()?, plane, workloads, wire };
    bench.install().await?;
    let material = Material::new()?;
    let started = Instant::now();
    material.create(&bench.client, workloads).await?;
    say(&format!("{workloads} workloads are there after {:.0} s", started.elapsed().as_secs_f64()));
    load::send(
        &bench.client,
        http::Method::POST,
        (POLICIES, "application/json"),
        &cluster_policy("bench", &json!({})),
    )
    .await?;
    let version =
        load::send(&bench.client, http::Method::GET, ("/version", "application/json"), &Value::Null).await?;
    let version = version.get("gitVersion").and_then(Value::as_str).unwrap_or_default().to_owned();

    let (operator, process) = bench.operator().await?;
    say(&format!("operator: {operator:?}"));
    let changes = bench.changes(&process, &material, seconds).await?;
    say(&format!("changes: {changes:?}"));
    let operator = Run { rss_peak_mib: process::memory(process.pid())?.peak_mib, ..operator };
    drop(process);
    let (constant, report_bytes) = bench.constant_report().await?;
    bench.delete_reports().await?;
    let floor = bench.floor(&constant).await?;
    say(&format!("floor: {floor:?}"));
    Ok((Scale { workloads, operator, floor, changes, report_bytes }, version))
}

struct Bench {
    plane: ControlPlane,
    client: Client,
    workloads: usize,
    wire: Wire,
}

impl Bench {
    async fn install(&self) -> Result<(), Error> {
        let crds = concat!(env!("CARGO_MANIFEST_DIR"), "/../crds");
        let kubectl = self.plane.kubectl();
        for arguments in [
            ["apply", "--server-side", "-f", crds].as_slice(),
            ["wait", "--for=condition=Established", "--timeout=30s", "-f", crds].as_slice(),
        ] {
            let output = kubectl.run(arguments).await?;
            if output.code != 0 {
                return Err(Error::Kubectl { arguments: arguments.join(" "), stderr: output.stderr });
            }
        }
        Ok(())
    }

    fn audit(&self) -> Result<&AuditLog, Error> {
        self.plane.audit().ok_or(Error::ExistingCluster("a bench"))
    }

    async fn get(&self, path: &str) -> Result<Value, Error> {
        load::send(&self.client, http::Method::GET, (path, "application/json"), &Value::Null).await
    }

    async fn reports(&self) -> Result<usize, Error> {
        let list = self.get(&format!("{REPORTS}?limit=1")).await?;
        let shown = list.get("items").and_then(Value::as_array).map_or(0, Vec::len);
        let rest = list.pointer("/metadata/remainingItemCount").and_then(Value::as_u64).unwrap_or_default();
        Ok(shown + usize::try_from(rest).unwrap_or_default())
    }

    /// Waits until every report is there and, if asked, the policy counts every workload.
    async fn all_written(&self, policy: bool) -> Result<(), Error> {
        try_eventually(COLD_START_DEADLINE, "every verdict is written", async || {
            let reports = self.reports().await.map_err(|error| error.to_string())?;
            if reports < self.workloads {
                return Err(format!("{reports} reports"));
            }
            if !policy {
                return Ok(());
            }
            let policy = self.get(&format!("{POLICIES}/bench")).await.map_err(|error| error.to_string())?;
            let total = policy.pointer("/status/workloads/total").and_then(Value::as_u64);
            let all = total.and_then(|total| usize::try_from(total).ok()) == Some(self.workloads);
            all.then_some(()).ok_or_else(|| format!("the policy counts {total:?}"))
        })
        .await
    }

    async fn operator(&self) -> Result<(Run, Operator), Error> {
        let port = Port::reserve()?;
        let health = format!("--health-address=127.0.0.1:{}", port.number());
        let arguments = ["controller", &health, "--no-leader-election", "--log-level=warn"];
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        self.cold_start(OperatorOptions { arguments, ..OperatorOptions::default() }, true).await
    }

    async fn floor(&self, constant: &Value) -> Result<Run, Error> {
        let path = self.plane.directory().join("constant.json");
        std::fs::write(&path, constant.to_string()).map_err(Error::io("write the constant report"))?;
        let binary = std::env::current_exe().map_err(Error::io("find this executable"))?;
        let options = OperatorOptions {
            name: Some("floor".to_owned()),
            binary: Some(binary),
            arguments: vec!["floor".to_owned(), path.display().to_string()],
            ..OperatorOptions::default()
        };
        self.cold_start(options, false).await.map(|(run, _)| run)
    }

    async fn cold_start(&self, mut options: OperatorOptions, policy: bool) -> Result<(Run, Operator), Error> {
        // As it is installed.
        options.environment.insert(ALLOCATOR.0.to_owned(), ALLOCATOR.1.to_owned());
        options.kubeconfig = Some(self.wire.kubeconfig(self.plane.admin_kubeconfig())?);
        let marker = self.audit()?.mark().await?;
        let bytes = self.wire.bytes();
        let started = Instant::now();
        let process = Operator::start(&self.plane, options)?;
        self.all_written(policy).await?;
        let cold_start_seconds = started.elapsed().as_secs_f64();
        let cpu_seconds = process::cpu_seconds(process.pid())?;
        let bytes = self.wire.bytes().since(bytes);
        tokio::time::sleep(SETTLE).await;
        let memory = process::memory(process.pid())?;
        let (requests, writes) = self.asked(&marker).await?;
        let (rss_settled_mib, rss_peak_mib) = (memory.now_mib, memory.peak_mib);
        Ok((
            Run {
                cold_start_seconds,
                cpu_seconds,
                rss_settled_mib,
                rss_peak_mib,
                requests,
                writes,
                bytes: Some(bytes),
            },
            process,
        ))
    }

    async fn asked(&self, marker: &Marker) -> Result<(usize, usize), Error> {
        let requests = self.audit()?.since(marker).await?.of_operator();
        Ok((requests.len(), requests.writes().beside_lease().len()))
    }

    async fn changes(&self, process: &Operator, material: &Material, seconds: u32) -> Result<Changes, Error> {
        let marker = self.audit()?.mark().await?;
        let (before, bytes) = (process::cpu_seconds(process.pid())?, self.wire.bytes());
        let latencies = changes::run(&self.client, material, self.workloads, seconds).await?;
        let cpu_seconds = process::cpu_seconds(process.pid())? - before;
        let bytes = self.wire.bytes().since(bytes);
        let (_, writes) = self.asked(&marker).await?;
        Ok(Changes {
            sent: latencies.milliseconds.len() + latencies.missed,
            missed: latencies.missed,
            p50_ms: latencies.percentile(50),
            p99_ms: latencies.percentile(99),
            cpu_seconds,
            writes,
            bytes: Some(bytes),
        })
    }

    /// The report of the first namespace whose size is nearest to the mean, as it would be applied, and
    /// the mean.
    async fn constant_report(&self) -> Result<(Value, usize), Error> {
        let list = self.get("/apis/seaworthy.dev/v1alpha1/namespaces/bench-0/readinessreports").await?;
        let mut reports = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        for report in &mut reports {
            if let Some(metadata) = report.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.remove("managedFields");
            }
        }
        let size = |report: &Value| report.to_string().len();
        let mean = reports.iter().map(size).sum::<usize>() / reports.len().max(1);
        let nearest = reports.iter().min_by_key(|report| size(report).abs_diff(mean)).cloned();
        let mut constant = nearest.ok_or_else(|| Error::Contract("no reports".to_owned()))?;
        if let Some(metadata) = constant.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|field, _| matches!(field.as_str(), "labels" | "annotations"));
        }
        Ok((constant, mean))
    }

    async fn delete_reports(&self) -> Result<(), Error> {
        for namespace in load::namespaces(self.workloads) {
            let path = format!("/apis/seaworthy.dev/v1alpha1/namespaces/{namespace}/readinessreports");
            let request = (path.as_str(), "application/json");
            load::send(&self.client, http::Method::DELETE, request, &Value::Null).await?;
        }
        try_eventually(SOON, "no report is left", async || match self.reports().await {
            Ok(0) => Ok(()),
            Ok(left) => Err(format!("{left} reports")),
            Err(error) => Err(error.to_string()),
        })
        .await
    }
}

#[expect(clippy::print_stderr, reason = "progress of a long run")]
fn say(what: &str) {
    eprintln!("bench: {what}");
}

//! The webhook under load, and asked about objects that nobody should make: `make bench-webhook`.
//!
//! The operator has one core for itself and everybody else the others, where there are several. It must not go
//! through the API server: what that adds is not the operator's. Next: [`super::arrivals`].

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    arrivals::{self, Answered, Pace},
    figures::{Odd, Reviews},
    load::{self, Material},
    process,
};
use crate::{
    Cluster, Error, Options, Port, Replica, ReplicaOptions,
    reviews::{Webhook, review},
    wait::try_eventually,
    workloads::{cluster_policy, flawed_pod, workload},
};

const CONFIGURATION: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seaworthy";
const SOON: Duration = Duration::from_mins(2);
/// Workloads that the operator knows meanwhile.
const WORKLOADS: usize = 500;
/// Bytes of an object.
const OBJECT: usize = 4096;
/// Objects that differ by name.
const OBJECTS: usize = 64;
/// Connections that are kept: the API server has a few.
const CONNECTIONS: usize = 16;
/// Seconds at the same pace before anything is measured.
const WARM_UP: u32 = 5;
/// After the load, until memory is read.
const SETTLE: Duration = Duration::from_secs(10);

/// Measures. Says also which version of Kubernetes the control plane has.
pub async fn run(rate: u32, seconds: u32) -> Result<(Reviews, String), Error> {
    let core = own_core();
    let cluster = Cluster::bare(Options { controllers: false, ..Options::default() }).await?;
    cluster.install().await?;
    let client = cluster.plane().client()?;
    Material::new()?.create(&client, WORKLOADS).await?;
    cluster.apply(&[cluster_policy("bench", &json!({"enforcement": "Deny"}))]).await?;
    let (replica, webhook, _port) = operator(&cluster, core).await?;
    let pid = replica.operator.pid();

    let questions = questions()?;
    let pace = Pace { rate, seconds: WARM_UP, connections: CONNECTIONS };
    asked(&webhook, pace, &questions).await?;
    let (before, cpu) = (process::memory(pid)?, process::cpu_seconds(pid)?);
    let answered = asked(&webhook, Pace { seconds, ..pace }, &questions).await?;
    let cpu_seconds = process::cpu_seconds(pid)? - cpu;
    tokio::time::sleep(SETTLE).await;
    let after = process::memory(pid)?;
    let odd = odd(&webhook).await?;
    let version = ("/version", "application/json");
    let version = load::send(&client, http::Method::GET, version, &Value::Null).await?;
    let version = version.get("gitVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
    let figures = Reviews {
        rate,
        seconds,
        connections: CONNECTIONS,
        object_bytes: OBJECT,
        workloads: WORKLOADS,
        own_core: core,
        denied: answered.denied,
        failed: answered.failed,
        p50_ms: answered.at(500),
        p99_ms: answered.at(990),
        p999_ms: answered.at(999),
        worst_ms: answered.at(1000),
        cpu_seconds,
        rss_before_mib: before.now_mib,
        rss_after_mib: after.now_mib,
        rss_peak_mib: process::memory(pid)?.peak_mib,
        odd,
    };
    drop(replica);
    Ok((figures, version))
}

/// Leaves the first core to the operator; false where there is no other, or nobody who can.
fn own_core() -> bool {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores < 2 {
        return false;
    }
    let others = format!("1-{}", cores - 1);
    let own = std::process::id().to_string();
    // What this process starts from now on inherits it.
    let pinned = std::process::Command::new("taskset").args(["-a", "-c", "-p", &others, &own]).output();
    pinned.is_ok_and(|output| output.status.success())
}

async fn operator(cluster: &Cluster, own_core: bool) -> Result<(Replica, Webhook, Port), Error> {
    let port = Port::reserve()?;
    let address = SocketAddr::from(([127, 0, 0, 1], port.number()));
    let arguments = [format!("--webhook-address={address}"), format!("--webhook-url=https://{address}")];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let options = ReplicaOptions {
        arguments: &arguments,
        as_installed: true,
        log_level: Some("warn"),
        under: if own_core { &["taskset", "-c", "0"] } else { &[] },
        ..ReplicaOptions::default()
    };
    let replica = cluster.operator_with("operator", options).await?;
    let bundle = try_eventually(SOON, "the API server would ask", async || {
        let configuration = cluster.get(CONFIGURATION).await.map_err(|error| error.to_string())?;
        let configuration = configuration.ok_or("no configuration")?;
        let bundle = configuration.pointer("/webhooks/0/clientConfig/caBundle").and_then(Value::as_str);
        bundle.map(str::to_owned).ok_or_else(|| "no caBundle".to_owned())
    })
    .await?;
    Ok((replica, Webhook::new(address, "127.0.0.1", &bundle)?, port))
}

/// What is asked again and again: Deployments that lack a memory limit.
fn questions() -> Result<Vec<Vec<u8>>, Error> {
    let pod = flawed_pod()?;
    let question = |number: usize| {
        let name = format!("asked-{number:02}");
        let mut object = workload("Deployment", ("bench-0", &name), &pod);
        let rest = OBJECT.saturating_sub(object.to_string().len());
        annotate(&mut object, &"x".repeat(rest.saturating_sub(r#","filler":"""#.len())));
        review(&name, &object).to_string().into_bytes()
    };
    Ok((0..OBJECTS).map(question).collect())
}

fn annotate(object: &mut Value, filler: &str) {
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.insert("filler".to_owned(), filler.into());
    }
}

async fn asked(webhook: &Webhook, pace: Pace, questions: &[Vec<u8>]) -> Result<Answered, Error> {
    let (webhook, questions) = (webhook.clone(), questions.to_vec());
    let asking = tokio::task::spawn_blocking(move || arrivals::run(&webhook, pace, &questions));
    asking.await.map_err(|error| Error::Contract(format!("the generator: {error}")))
}

/// Objects that nobody should make; what is said of each, and how soon.
async fn odd(webhook: &Webhook) -> Result<Vec<Odd>, Error> {
    let mut all = Vec::new();
    for (what, question) in odd_questions("bench-0")? {
        let (webhook, bytes) = (webhook.clone(), question.len());
        let asking = tokio::task::spawn_blocking(move || {
            let started = Instant::now();
            let answer = webhook.connect().and_then(|mut connection| connection.ask(&question));
            (answer, started.elapsed())
        });
        let (answer, took) =
            asking.await.map_err(|error| Error::Contract(format!("asking about {what}: {error}")))?;
        let answer = match answer {
            Ok(answer) => match answer.allows() {
                Some(true) => "let through".to_owned(),
                Some(false) => "refused".to_owned(),
                None => format!("HTTP {}", answer.status),
            },
            Err(error) => format!("no answer: {error}"),
        };
        all.push(Odd { what: what.to_owned(), bytes, answer, ms: took.as_secs_f64() * 1000.0 });
    }
    Ok(all)
}

/// The odd objects, as questions.
pub fn odd_questions(namespace: &str) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    const LARGE: usize = 3 * 1024 * 1024;
    const CONTAINERS: usize = 10_000;
    const DEPTH: usize = 100_000;
    let pod = flawed_pod()?;
    let deployment = |pod: &Value| workload("Deployment", (namespace, "odd"), pod);
    let mut large = pod.clone();
    if let Some(container) = large.pointer_mut("/containers/0").and_then(Value::as_object_mut) {
        container.insert("env".to_owned(), json!([{"name": "A", "value": "x".repeat(LARGE)}]));
    }
    let mut many = pod.clone();
    let first = pod.pointer("/containers/0").cloned().unwrap_or_default();
    if let Some(containers) = many.pointer_mut("/containers").and_then(Value::as_array_mut) {
        *containers = (0..CONTAINERS).map(|number| named(&first, number)).collect();
    }
    let mut deep = deployment(&pod);
    annotate(&mut deep, "NEST");
    let nested = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let deep = review("odd", &deep).to_string().replacen(r#""NEST""#, &nested, 1);
    let bytes = |pod: &Value| review("odd", &deployment(pod)).to_string().into_bytes();
    Ok(vec![
        ("an object of 3 MiB", bytes(&large)),
        ("an object of 10,000 containers", bytes(&many)),
        ("lists in lists, 100,000 deep", deep.into_bytes()),
    ])
}

fn named(container: &Value, number: usize) -> Value {
    let mut container = container.clone();
    if let Some(fields) = container.as_object_mut() {
        fields.insert("name".to_owned(), format!("c-{number}").into());
    }
    container
}

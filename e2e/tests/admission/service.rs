//! The way through a Service: the API server finds a replica among the endpoints and knows it by the Service's
//! name; with one of two replicas dead, admission goes on.
//!
//! The API server resolves Services by their `EndpointSlices` here (1.33 by their `Endpoints`), and the operator, which asks itself under the
//! Service's name, finds a relay in the place of a cluster's DNS and kube-proxy.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use seaworthy_e2e::reviews::{Webhook, review};
use seaworthy_e2e::{
    Options, Port, Replica, ReplicaOptions, eventually, hold, skip,
    workloads::{flawed_pod, workload},
};
use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::rig::{Rig, SOON};

const HOST: &str = "seaworthy-webhook.seaworthy-system.svc";
/// What the API server waits, and some time for the rest.
const LONGEST: Duration = Duration::from_secs(8);

#[tokio::test(flavor = "multi_thread")]
async fn threat_30_the_api_server_asks_through_the_service_and_one_dead_replica_stops_nobody() {
    let ports = [Port::reserve().unwrap(), Port::reserve().unwrap()];
    let ways = match Ways::find(&ports).await {
        Ok(ways) => ways,
        Err(why) => {
            return skip("the_api_server_asks_through_the_service_and_one_dead_replica_stops_nobody", &why);
        }
    };
    let flags = vec!["--enable-aggregator-routing=true".to_owned()];
    let rig = Rig::start_with(Options { api_server_flags: flags, ..Options::default() }).await;
    let both = endpoints(&[ways.of(0), ways.of(1)]);
    let objects = [service(), slice("first", ways.of(0)), slice("second", ways.of(1)), both];
    rig.cluster.apply(&objects).await.unwrap();
    let mut first = ways.replica(&rig, "first", 0).await;
    let _second = ways.replica(&rig, "second", 1).await;
    rig.gate("Deny").await;
    let client = rig.registered().await["webhooks"][0]["clientConfig"].clone();
    let asked =
        json!({"namespace": "seaworthy-system", "name": "seaworthy-webhook", "path": "/review", "port": 443});
    assert_eq!((&client["service"], client.get("url")), (&asked, None));
    let flawed = workload("Deployment", ("shop", "web"), &flawed_pod().unwrap());
    rig.denies(std::slice::from_ref(&flawed)).await;
    for endpoint in [ways.of(0), ways.of(1)] {
        shows_what_is_trusted(endpoint, &client, &flawed).await;
    }

    first.operator.kill();
    // Whichever is found: an answer, or nobody, who is not waited for.
    for _ in 0..5 {
        let started = Instant::now();
        let output = rig.apply(std::slice::from_ref(&flawed), &["--dry-run=server"]).await;
        assert!(output.code == 0 || output.stderr.contains("memory-limits"), "{}", output.stderr);
        assert!(started.elapsed() < LONGEST, "{:?}", started.elapsed());
    }
    // As the controller of endpoints does when a replica is not ready.
    rig.cluster.kubectl(&["delete", "endpointslice", "first", "-n", "seaworthy-system"]).await.unwrap();
    rig.cluster.apply(&[endpoints(&[ways.of(1)])]).await.unwrap();
    rig.denies(std::slice::from_ref(&flawed)).await;
    hold(Duration::from_secs(3), "the other answers", async || {
        let output = rig.apply(std::slice::from_ref(&flawed), &["--dry-run=server"]).await;
        if output.stderr.contains("memory-limits") { Ok(()) } else { Err(format!("{output:?}")) }
    })
    .await;
    assert_eq!(rig.registered().await["webhooks"][0]["clientConfig"], client, "nothing was made anew");
    rig.cluster.finish().await.unwrap();
}

/// The certificate is trusted and for the Service's name, and the answer is the verdict.
async fn shows_what_is_trusted(endpoint: SocketAddr, client: &Value, flawed: &Value) {
    let bundle = client["caBundle"].as_str().unwrap();
    let webhook = Webhook::new(endpoint, HOST, bundle).unwrap();
    let question = review("1", flawed).to_string().into_bytes();
    eventually(SOON, "each replica shows what is trusted", async || {
        let (webhook, question) = (webhook.clone(), question.clone());
        let asked = move || webhook.connect().and_then(|mut connection| connection.ask(&question));
        let answer = tokio::task::spawn_blocking(asked).await.unwrap().map_err(|error| error.to_string())?;
        if answer.allows() == Some(false) { Ok(()) } else { Err(format!("{answer:?}")) }
    })
    .await;
}

fn service() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "seaworthy-webhook", "namespace": "seaworthy-system"},
        "spec": {"ports": [{"name": "https", "port": 443, "targetPort": 9443}]},
    })
}

fn slice(name: &str, endpoint: SocketAddr) -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {
            "name": name, "namespace": "seaworthy-system",
            "labels": {"kubernetes.io/service-name": "seaworthy-webhook"},
        },
        "endpoints": [{"addresses": [endpoint.ip().to_string()], "conditions": {"ready": true}}],
        "ports": [{"name": "https", "port": endpoint.port(), "protocol": "TCP"}],
    })
}

/// The same as API servers before 1.34 look for it; without the label, slices would be made of it.
fn endpoints(endpoints: &[SocketAddr]) -> Value {
    let subset = |endpoint: &SocketAddr| {
        json!({
            "addresses": [{"ip": endpoint.ip().to_string()}],
            "ports": [{"name": "https", "port": endpoint.port(), "protocol": "TCP"}],
        })
    };
    json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {
            "name": "seaworthy-webhook", "namespace": "seaworthy-system",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
        },
        "subsets": endpoints.iter().map(subset).collect::<Vec<_>>(),
    })
}

/// How both find the replicas: the API server at an address of this host, the operator by the Service's name.
struct Ways {
    address: IpAddr,
    ports: [u16; 2],
    hosts: PathBuf,
    _directory: tempfile::TempDir,
    relay: JoinHandle<()>,
}

impl Ways {
    /// Everything that this takes, or what of it is not there.
    async fn find(ports: &[Port; 2]) -> Result<Self, String> {
        let address = own_address().ok_or("this host has no address that an endpoint may have")?;
        let directory = tempfile::tempdir().unwrap();
        let hosts = directory.path().join("hosts");
        may_mount(&hosts)?;
        let ports = [ports[0].number(), ports[1].number()];
        // Every address of 127/8 is this host's; another run has another.
        let [high, low] = ports[0].to_be_bytes();
        let virtual_ip = IpAddr::from([127, 77, high, low]);
        let listener = TcpListener::bind((virtual_ip, 443)).await;
        let listener = listener.map_err(|error| format!("port 443 of {virtual_ip}: {error}"))?;
        std::fs::write(&hosts, format!("127.0.0.1 localhost\n{virtual_ip} {HOST}\n")).unwrap();
        let relay = tokio::spawn(relay(listener, ports.map(|port| SocketAddr::new(address, port))));
        Ok(Self { address, ports, hosts, _directory: directory, relay })
    }

    fn of(&self, number: usize) -> SocketAddr {
        SocketAddr::new(self.address, self.ports[number])
    }

    async fn replica(&self, rig: &Rig, name: &str, number: usize) -> Replica {
        let address = format!("--webhook-address={}", self.of(number));
        let hosts = self.hosts.display().to_string();
        let options = ReplicaOptions {
            arguments: &[&address, "--webhook-interval=1"],
            under: &["unshare", "--mount", "sh", "-c", MOUNTED, &hosts],
            ..ReplicaOptions::default()
        };
        rig.cluster.operator_with(name, options).await.unwrap()
    }
}

impl Drop for Ways {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

/// Runs a command with a file in the place of `/etc/hosts`, which nobody else sees.
const MOUNTED: &str = r#"mount --bind "$0" /etc/hosts && exec "$@""#;

fn may_mount(file: &Path) -> Result<(), String> {
    std::fs::write(file, "").unwrap();
    let command = ["--mount", "sh", "-c", MOUNTED].map(std::ffi::OsStr::new);
    let tried = std::process::Command::new("unshare").args(command).arg(file).arg("true").output();
    let tried = tried.map_err(|error| format!("unshare: {error}"))?;
    if tried.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&tried.stderr).into_owned()) }
}

/// The address from which this host would reach another; nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("198.51.100.1", 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// Carries each connection to the first endpoint that takes it.
async fn relay(listener: TcpListener, endpoints: [SocketAddr; 2]) {
    while let Ok((mut near, _)) = listener.accept().await {
        tokio::spawn(async move {
            for endpoint in endpoints {
                if let Ok(mut far) = TcpStream::connect(endpoint).await {
                    // However it ends, both sides see it.
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                    return;
                }
            }
        });
    }
}

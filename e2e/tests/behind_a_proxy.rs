//! The command line from a desk behind a proxy: asked as kubectl would ask, for clusters that only the proxy can find,
//! and not asked for what is exempt. The proxy finds the real control plane under a name that nobody resolves.
#![cfg(test)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use seaworthy_e2e::{ControlPlane, Options, Ran, seaworthy_binary};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::AbortHandle;

/// A name of which no resolver knows.
const HOST: &str = "kubernetes.example";
/// Of a user, as the proxy wants it: `ship:s@ils`.
const CREDENTIALS: &str = "Basic c2hpcDpzQGlscw==";
const VARIABLES: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// A proxy on loopback that leads everybody to one port, and notes what it was asked for.
struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    serving: AbortHandle,
}

impl Proxy {
    async fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let noted = Arc::clone(&noted);
                // Whoever hangs up has what it wanted.
                tokio::spawn(async move { lead(client, server, &noted).await.ok() });
            }
        });
        Self { port, asked, serving: serving.abort_handle() }
    }

    /// What it was asked for since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn lead(mut client: TcpStream, server: u16, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let first = client.read_u8().await?;
    let granted =
        if first == 5 { socks(&mut client, asked).await } else { tunnel(&mut client, asked).await }?;
    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
    client.write_all(&granted).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// The rest of a CONNECT; what grants it.
async fn tunnel(client: &mut TcpStream, asked: &Mutex<Vec<String>>) -> io::Result<Vec<u8>> {
    let mut head = vec![b'C'];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let credentials = head.lines().find_map(|line| line.strip_prefix("Proxy-Authorization: "));
    let request = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1");
    let request = match credentials {
        Some(credentials) => format!("{request} {credentials}"),
        None => request.to_owned(),
    };
    asked.lock().unwrap().push(request);
    Ok(b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec())
}

/// The rest of a SOCKS 5 negotiation about a name; what grants it.
async fn socks(client: &mut TcpStream, asked: &Mutex<Vec<String>>) -> io::Result<Vec<u8>> {
    let mut methods = vec![0; client.read_u8().await?.into()];
    client.read_exact(&mut methods).await?;
    client.write_all(&[5, 0]).await?;
    // Version, command, a reserved byte, and that a name follows.
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    assert_eq!(request, [5, 1, 0, 3]);
    let mut name = vec![0; client.read_u8().await?.into()];
    client.read_exact(&mut name).await?;
    let port = client.read_u16().await?;
    asked.lock().unwrap().push(format!("SOCKS {}:{port}", String::from_utf8_lossy(&name)));
    Ok([&[5, 0, 0, 1], [0; 6].as_slice()].concat())
}

struct Rig {
    plane: ControlPlane,
    proxy: Proxy,
    server: u16,
}

impl Rig {
    async fn start() -> Self {
        let plane = ControlPlane::start(Options { own_control_plane: true, ..Options::default() }).await;
        let plane = plane.unwrap();
        let server = plane.admin_config().cluster_url.port_u16().unwrap();
        Self { proxy: Proxy::to(server).await, plane, server }
    }

    /// The administrator's kubeconfig for the same server by another name, perhaps with a proxy of its own.
    fn kubeconfig(&self, host: &str, proxy: Option<&str>) -> PathBuf {
        let text = fs::read_to_string(self.plane.admin_kubeconfig()).unwrap();
        let mut config: Value = serde_json::from_str(&text).unwrap();
        let cluster = &mut config["clusters"][0]["cluster"];
        cluster["server"] = format!("https://{host}:{}", self.server).into();
        cluster["tls-server-name"] = "localhost".into();
        if let Some(proxy) = proxy {
            cluster["proxy-url"] = proxy.into();
        }
        let path = self.plane.directory().join(format!("{host}-{}.kubeconfig", proxy.is_some()));
        fs::write(&path, config.to_string()).unwrap();
        path
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.proxy.port)
    }
}

/// An audit of everything, with these variables and no other that is about proxies.
async fn audit(kubeconfig: &Path, variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(seaworthy_binary().unwrap());
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.args(["audit", "-A", "--profile", "Baseline"]).env("KUBECONFIG", kubeconfig);
    command.envs(variables.iter().copied()).output().await.unwrap().into()
}

/// It got an answer: nothing is wrong in a new cluster.
fn answered(ran: &Ran) {
    assert!(ran.code == 0 && ran.out.starts_with("Ready: "), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_asked_through_the_proxy_of_the_environment_unless_it_is_exempt() {
    let rig = Rig::start().await;
    let (proxy, remote) = (rig.address(), rig.kubeconfig(HOST, None));
    answered(
        &audit(&remote, &[("HTTPS_PROXY", &proxy), ("NO_PROXY", "127.0.0.1,10.0.0.0/8,<local>,")]).await,
    );
    let asked = rig.proxy.asked();
    let expected = format!("CONNECT {HOST}:{}", rig.server);
    assert!(!asked.is_empty() && asked.iter().all(|one| *one == expected), "{asked:?}");

    // Exempt: nobody but the proxy knows the name.
    let ran = audit(&remote, &[("HTTPS_PROXY", &proxy), ("NO_PROXY", ".example")]).await;
    assert_eq!((ran.code, rig.proxy.asked()), (2, Vec::<String>::new()), "{ran:?}");
    assert!(ran.err.contains("the API server cannot be reached"), "{}", ran.err);

    // A cluster on this machine, and what is exempt by its address.
    let local = rig.kubeconfig("127.0.0.1", None);
    for further in [vec![], vec![("no_proxy", "127.0.0.0/8")]] {
        answered(&audit(&local, &[vec![("HTTPS_PROXY", proxy.as_str())], further].concat()).await);
        assert_eq!(rig.proxy.asked(), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_kubeconfig_is_asked_whatever_the_environment_says() {
    let rig = Rig::start().await;
    let exempt = [("NO_PROXY", "*"), ("HTTPS_PROXY", "http://127.0.0.1:1")];
    for host in ["127.0.0.1", HOST] {
        answered(&audit(&rig.kubeconfig(host, Some(&rig.address())), &exempt).await);
        assert!(rig.proxy.asked().contains(&format!("CONNECT {host}:{}", rig.server)), "{host}");
    }
    let port = rig.proxy.port;
    // Its password is encoded as in any URL.
    let of_user = format!("http://ship:s%40ils@127.0.0.1:{port}");
    answered(&audit(&rig.kubeconfig(HOST, Some(&of_user)), &exempt).await);
    assert_eq!(rig.proxy.asked()[0], format!("CONNECT {HOST}:{} {CREDENTIALS}", rig.server));

    let socks = format!("socks5://127.0.0.1:{port}");
    answered(&audit(&rig.kubeconfig(HOST, Some(&socks)), &exempt).await);
    assert!(rig.proxy.asked().contains(&format!("SOCKS {HOST}:{}", rig.server)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_cannot_be_used_is_named_without_its_password() {
    let rig = Rig::start().await;
    let remote = rig.kubeconfig(HOST, None);
    for (address, said) in [
        ("http://ship:sails@pro xy", "HTTPS_PROXY is no address of a proxy"),
        ("https://ship:sails@127.0.0.1:1", "HTTPS_PROXY asks for a proxy of a kind that is not supported"),
        // Nobody listens there.
        ("http://ship:sails@127.0.0.1:1", "tunnel error"),
    ] {
        let ran = audit(&remote, &[("HTTPS_PROXY", address), ("RUST_LOG", "trace")]).await;
        assert!(ran.code == 2 && ran.err.contains(said), "{address}: {ran:?}");
        assert!(!format!("{ran:?}").contains("sails"), "{ran:?}");
        // It is not looked at where it would not be asked.
        answered(&audit(&rig.kubeconfig("127.0.0.1", None), &[("HTTPS_PROXY", address)]).await);
    }
}

//! The operator as a process, as a cluster runs it: a binary, arguments, a kubeconfig and a health port.
//!
//! It must not know the operator's flags: the test that starts it names them, so that a renamed flag
//! fails there and not silently here.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    ControlPlane, Error, binaries,
    processes::{CommandLine, Supervised},
    wait::try_eventually,
};

/// How to run the operator.
#[derive(Debug, Clone, Default)]
pub struct OperatorOptions {
    /// Names its log, `<name>.log`; two at once need two names. Default: `operator`.
    pub name: Option<String>,
    /// Default: `SEAWORTHY_BIN`, else `seaworthy` of the same target directory and profile.
    pub binary: Option<PathBuf>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Further environment variables.
    pub environment: BTreeMap<String, String>,
    /// What `KUBECONFIG` names. Default: the administrator's.
    pub kubeconfig: Option<PathBuf>,
    /// The loopback port of its `/readyz`, which the arguments must name as well.
    pub health_port: Option<u16>,
}

/// A running operator, ended when this value is dropped.
#[derive(Debug)]
pub struct Operator {
    process: Supervised,
    log: PathBuf,
    health_port: Option<u16>,
}

impl Operator {
    /// Starts it, and does not wait for anything.
    pub fn start(control_plane: &ControlPlane, options: OperatorOptions) -> Result<Self, Error> {
        let name = options.name.unwrap_or_else(|| "operator".to_owned());
        let binary = options.binary.map_or_else(binaries::seaworthy, Ok)?;
        let kubeconfig = options.kubeconfig.as_deref().unwrap_or_else(|| control_plane.admin_kubeconfig());
        let mut environment = options.environment;
        environment.insert("KUBECONFIG".to_owned(), kubeconfig.display().to_string());
        let log = control_plane.directory().join(format!("{name}.log"));
        let command = CommandLine { program: binary, arguments: options.arguments, environment };
        let process = Supervised::start(&name, &command, &log)?;
        Ok(Self { process, log, health_port: options.health_port })
    }

    /// Waits until `/readyz` answers 200; an error that quotes the log if it ends instead.
    pub async fn wait_ready(&mut self, deadline: Duration) -> Result<(), Error> {
        let port = self.health_port.ok_or_else(|| Error::NoBinary {
            name: "health port".to_owned(),
            hint: "set OperatorOptions::health_port".to_owned(),
        })?;
        try_eventually(deadline, "the operator is ready", async || {
            if let Err(error) = self.process.must_run() {
                return Ok(Err(error));
            }
            match get(port, "/readyz").await {
                Ok((200, _)) => Ok(Ok(())),
                Ok((code, body)) => Err(format!("{code} {body}")),
                Err(error) => Err(error.to_string()),
            }
        })
        .await?
    }

    /// Asks its health port for a path: the HTTP status and the body.
    pub async fn get(&self, path: &str) -> Result<(u16, String), Error> {
        get(self.health_port.unwrap_or_default(), path).await
    }

    /// Where its health port listens, as `host:port`.
    pub fn health_address(&self) -> String {
        format!("127.0.0.1:{}", self.health_port.unwrap_or_default())
    }

    /// The pid of the operator itself.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its exit code, or `None` while it runs. A signal counts as 128 + its number.
    pub fn exit_code(&mut self) -> Result<Option<i32>, Error> {
        self.process.exit_code()
    }

    /// SIGKILL; returns when it is gone.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGTERM; does not wait.
    pub fn ask_to_end(&mut self) -> Result<(), Error> {
        self.process.ask_to_end()
    }

    /// SIGTERM; returns its exit code when it has ended.
    pub async fn terminate(&mut self, deadline: Duration) -> Result<i32, Error> {
        self.process.terminate(deadline).await
    }

    /// What it logged so far.
    pub fn log(&self) -> Result<String, Error> {
        let bytes = std::fs::read(&self.log).map_err(Error::io(format!("read {}", self.log.display())))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Where its log lies.
    pub fn log_path(&self) -> &Path {
        &self.log
    }
}

// Enough HTTP for a port on loopback.
pub(crate) async fn get(port: u16, path: &str) -> Result<(u16, String), Error> {
    let what = || format!("get 127.0.0.1:{port}{path}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(Error::io(what()))?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(Error::io(what()))?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.map_err(Error::io(what()))?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let code = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
    Ok((code, body.to_owned()))
}

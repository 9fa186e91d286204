//! Helm as a user runs it, of both majors.
//!
//! It must not know a chart's values; tests do. `e2e/helm` fetches the binaries.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Mutex,
};

use tempfile::TempDir;
use tokio::process::Command;

use crate::{ControlPlane, Error, Output, binaries};

/// The majors that the charts are for.
pub const HELM_MAJORS: [u8; 2] = [3, 4];

/// One Helm, with configuration and caches of its own.
#[derive(Debug)]
pub struct Helm {
    major: u8,
    program: PathBuf,
    kubeconfig: Option<PathBuf>,
    home: TempDir,
}

impl Helm {
    /// This major, fetched if it is not there yet. It reaches no cluster.
    pub fn find(major: u8) -> Result<Self, Error> {
        let home = tempfile::Builder::new()
            .prefix("seaworthy-helm-")
            .tempdir()
            .map_err(Error::io("make a directory"))?;
        Ok(Self { major, program: fetched(major)?, kubeconfig: None, home })
    }

    /// The same as the administrator of a control plane.
    pub fn on(major: u8, plane: &ControlPlane) -> Result<Self, Error> {
        Ok(Self { kubeconfig: Some(plane.admin_kubeconfig().to_owned()), ..Self::find(major)? })
    }

    /// The binary.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// 3 or 4.
    pub fn major(&self) -> u8 {
        self.major
    }

    /// How a shell runs it as this value does.
    pub(crate) fn command_line(&self) -> Vec<String> {
        let variable = |name: &str, place: &str| format!("{name}={}", self.home.path().join(place).display());
        vec![
            "env".to_owned(),
            variable("HELM_CACHE_HOME", "cache"),
            variable("HELM_CONFIG_HOME", "config"),
            variable("HELM_DATA_HOME", "data"),
            self.program.display().to_string(),
        ]
    }

    /// Runs it to its end, whatever its exit code.
    pub async fn try_run<A: AsRef<str>>(&self, arguments: &[A]) -> Result<Output, Error> {
        // Nothing of the user's: neither plugins nor a cluster that an environment variable names.
        let none = self.home.path().join("none");
        let output = Command::new(&self.program)
            .args(arguments.iter().map(AsRef::as_ref))
            .env("HELM_CACHE_HOME", self.home.path().join("cache"))
            .env("HELM_CONFIG_HOME", self.home.path().join("config"))
            .env("HELM_DATA_HOME", self.home.path().join("data"))
            .env("KUBECONFIG", self.kubeconfig.as_ref().unwrap_or(&none))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(Error::io("run helm"))?;
        Ok(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs it; what it printed, or an error if it fails.
    pub async fn run<A: AsRef<str>>(&self, arguments: &[A]) -> Result<String, Error> {
        let Output { code, stdout, stderr } = self.try_run(arguments).await?;
        if code == 0 {
            return Ok(stdout);
        }
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        let arguments = arguments.join(" ");
        Err(Error::Helm { major: self.major, arguments, said: format!("{stdout}{stderr}") })
    }
}

/// A chart of this repository.
pub fn chart_path(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts").join(name).display().to_string()
}

fn fetched(major: u8) -> Result<PathBuf, Error> {
    // Held while fetching, so that parallel tests of one process fetch once.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    binaries::fetched("helm", &[&major.to_string()], (&format!("helm {major}"), Path::is_file))
}

//! The terminal of somebody who reads the documentation: `kubectl`, `helm` and `seaworthy` are on the path and mean a
//! control plane of the suite, and a line is run as it stands in the document.
//!
//! It must not change a line; tests do not either. The document is [`crate::document`]'s.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use tempfile::TempDir;
use tokio::process::Command;

use crate::{ControlPlane, Error, Helm, Output, binaries};

/// A terminal.
#[derive(Debug)]
pub struct Shell {
    programs: TempDir,
    directory: PathBuf,
    kubeconfig: PathBuf,
}

impl Shell {
    /// One in this directory, with this Helm, as the administrator of a control plane.
    pub fn new(plane: &ControlPlane, helm: &Helm, directory: &Path) -> Result<Self, Error> {
        let programs = tempfile::Builder::new()
            .prefix("seaworthy-shell-")
            .tempdir()
            .map_err(Error::io("make a directory"))?;
        let kubeconfig = plane.admin_kubeconfig().to_owned();
        let shell = Self { programs, directory: directory.to_owned(), kubeconfig };
        let (kubectl, leading) = plane.kubectl().command();
        let cache = format!("KUBECACHEDIR={}", plane.directory().join("kubectl-cache").display());
        let own = ["env".to_owned(), cache, kubectl.display().to_string()];
        shell.program("kubectl", &[&own, leading].concat())?;
        shell.program("helm", &helm.command_line())?;
        shell.program("seaworthy", &[binaries::seaworthy()?.display().to_string()])?;
        Ok(shell)
    }

    /// Puts a program on the path that runs this command line with what it is given.
    fn program(&self, name: &str, command_line: &[String]) -> Result<(), Error> {
        let path = self.programs.path().join(name);
        let quoted: Vec<String> =
            command_line.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
        let text = format!("#!/bin/sh\nexec {} \"$@\"\n", quoted.join(" "));
        let what = || format!("write {}", path.display());
        fs::write(&path, text).map_err(Error::io(what()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(Error::io(what()))
    }

    /// Runs a line to its end, whatever its exit code.
    pub async fn run(&self, line: &str) -> Result<Output, Error> {
        let path = env::var("PATH").unwrap_or_default();
        let output = Command::new("bash")
            .args(["-c", line])
            .env("PATH", format!("{}:{path}", self.programs.path().display()))
            .env("KUBECONFIG", &self.kubeconfig)
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(Error::io(format!("run {line}")))?;
        Ok(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

//! `kubectl` as a user runs it, of the control plane's own version.
//!
//! It must not interpret what it prints; tests do.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{io::AsyncWriteExt, process::Command};

use crate::{Error, binaries::Components, processes::CommandLine};

/// `kubectl` with one kubeconfig.
#[derive(Debug, Clone)]
pub struct Kubectl {
    program: PathBuf,
    // `kubectl` itself, when one binary holds all components.
    leading: Vec<String>,
    kubeconfig: PathBuf,
    cache: PathBuf,
}

/// What a run of `kubectl` left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; -1 if a signal ended it.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

/// Writes a script called `kubectl` into a directory, for programs that look for it on PATH.
pub fn kubectl_in(directory: &Path) -> Result<(), Error> {
    let CommandLine { program, arguments, .. } = Components::find()?.command("kubectl", Vec::new());
    let path = directory.join("kubectl");
    let script = format!("#!/bin/sh\nexec '{}' {} \"$@\"\n", program.display(), arguments.join(" "));
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::write(&path, script)
        .and_then(|()| std::fs::set_permissions(&path, executable))
        .map_err(Error::io(format!("write {}", path.display())))
}

impl Kubectl {
    pub(crate) fn new(components: &Components, kubeconfig: &Path, directory: &Path) -> Self {
        let CommandLine { program, arguments, .. } = components.command("kubectl", Vec::new());
        let cache = directory.join("kubectl-cache");
        Self { program, leading: arguments, kubeconfig: kubeconfig.to_owned(), cache }
    }

    /// The same with another kubeconfig.
    #[must_use]
    pub fn with_kubeconfig(&self, kubeconfig: &Path) -> Self {
        Self { kubeconfig: kubeconfig.to_owned(), ..self.clone() }
    }

    /// The binary, and the arguments that make it `kubectl`.
    pub fn command(&self) -> (&Path, &[String]) {
        (&self.program, &self.leading)
    }

    /// Runs it to its end, whatever its exit code.
    pub async fn run<A: AsRef<str>>(&self, arguments: &[A]) -> Result<Output, Error> {
        self.run_with_input(arguments, "").await
    }

    /// The same, with something on its standard input.
    pub async fn run_with_input<A: AsRef<str>>(&self, arguments: &[A], input: &str) -> Result<Output, Error> {
        let mut child = Command::new(&self.program)
            .args(&self.leading)
            .args(arguments.iter().map(AsRef::as_ref))
            .env("KUBECONFIG", &self.kubeconfig)
            .env("KUBECACHEDIR", &self.cache)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::io("start kubectl"))?;
        let pipe = child.stdin.take();
        let feed = async {
            if let Some(mut pipe) = pipe {
                // It may end without reading all of it; its exit code then says why.
                let _ = pipe.write_all(input.as_bytes()).await;
            }
        };
        // Both at once: with a large input it prints before it has read everything.
        let (output, ()) = tokio::join!(child.wait_with_output(), feed);
        let output = output.map_err(Error::io("wait for kubectl"))?;
        Ok(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Server-side apply of YAML or JSON documents; an error if it refuses one.
    pub async fn apply(&self, manifests: &str) -> Result<String, Error> {
        let arguments = ["apply", "--server-side", "--force-conflicts", "--field-manager=e2e", "-f", "-"];
        let output = self.run_with_input(&arguments, manifests).await?;
        if output.code == 0 {
            return Ok(output.stdout);
        }
        Err(Error::Kubectl { arguments: arguments.join(" "), stderr: output.stderr })
    }
}

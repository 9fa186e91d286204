//! `seaworthy check` over files of generated documents, beside its peers.
//!
//! It must not compare what is not there: a peer that is not installed is left out. Next: [`super::figures`].

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{figures::Check, load::Material, process};
use crate::{Error, binaries, workloads};

/// How often a process's memory is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// Runs every tool over this many documents, in one file.
pub fn run(documents: usize) -> Result<Vec<Check>, Error> {
    let directory = tempfile::tempdir().map_err(Error::io("make a directory"))?;
    let path = directory.path().join(format!("{documents}.yaml"));
    write(&path, documents)?;
    let file = path.display().to_string();
    let mut tools = vec![("seaworthy".to_owned(), binaries::seaworthy()?, vec!["check", "-o", "json"])];
    for (name, arguments) in [
        ("kube-score", vec!["score", "--output-format", "json"]),
        ("kube-linter", vec!["lint", "--format", "json"]),
    ] {
        tools.extend(peer(name).map(|program| (name.to_owned(), program, arguments)));
    }
    tools
        .into_iter()
        .map(|(tool, program, arguments)| {
            let (seconds, rss_peak_mib) = time(&program, &arguments, &file)?;
            Ok(Check { tool, documents, seconds, rss_peak_mib })
        })
        .collect()
}

fn write(path: &Path, documents: usize) -> Result<(), Error> {
    let material = Material::new()?;
    let mut text = String::new();
    for index in 0..documents {
        let (namespace, name) = super::load::place(index);
        let pod = material.pod(super::load::starts_good(index));
        let deployment: Value = workloads::workload("Deployment", (&namespace, &name), pod);
        text.push_str("---\n");
        text.push_str(&seaworthy::render::yaml::to_yaml(&deployment));
    }
    std::fs::write(path, text).map_err(Error::io(format!("write {}", path.display())))
}

/// A peer in the directory that `SEAWORTHY_PEERS` names.
pub fn peer(name: &str) -> Option<PathBuf> {
    let directory = std::env::var_os("SEAWORTHY_PEERS").filter(|directory| !directory.is_empty())?;
    Some(PathBuf::from(directory).join(name)).filter(|path| path.is_file())
}

fn time(program: &Path, arguments: &[&str], file: &str) -> Result<(f64, f64), Error> {
    let null = File::options().write(true).open("/dev/null").map_err(Error::io("open /dev/null"))?;
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .arg(file)
        .stdin(Stdio::null())
        .stdout(null)
        .stderr(Stdio::null())
        .spawn()
        .map_err(Error::io(format!("start {}", program.display())))?;
    let mut peak: f64 = 0.0;
    loop {
        // A process that has just ended has no memory any more.
        peak = peak.max(process::memory(child.id()).map_or(0.0, |memory| memory.peak_mib));
        if child.try_wait().map_err(Error::io("wait for a tool"))?.is_some() {
            return Ok((started.elapsed().as_secs_f64(), peak));
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

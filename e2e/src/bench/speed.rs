//! How long `seaworthy check` takes over a folder of manifests, beside kube-score and `cat`.
//!
//! Everything is run over the same files in one go, warm, so that ratios compare; the median of five counts. It
//! must not judge the figures. Next: [`super::corpus`].

use std::{
    fs::File,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{command_line::peer, corpus, process};
use crate::{Error, binaries};

const RUNS: usize = 5;

/// How often a process's memory is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// What one tool took; the median of its runs, of memory the most.
#[derive(Clone, Copy, Debug, Default)]
struct Took {
    seconds: f64,
    user_seconds: f64,
    peak_mib: f64,
}

/// Measures over this many documents, and says it as the rows of a Markdown table.
pub fn run(documents: usize) -> Result<String, Error> {
    let directory = tempfile::tempdir().map_err(Error::io("make a directory"))?;
    let (many, one) = (directory.path().join("many"), directory.path().join("one.yaml"));
    corpus::write(documents, &many, &one)?;
    let seaworthy = binaries::seaworthy()?;
    let check = |path: &Path| {
        let mut command = Command::new(&seaworthy);
        command.args(["check", "--profile", "Strict", "-o", "json"]).arg(path);
        command
    };
    let mut tools = vec![
        ("`find \\| xargs cat`", shell("find \"$0\" -name '*.yaml' -print0 | xargs -0 cat", &many)),
        ("seaworthy, a file each", check(&many)),
        ("seaworthy, one file", check(&one)),
    ];
    if let Some(program) = peer("kube-score") {
        let mut command = Command::new(program);
        command.args(["score", "--output-format", "json"]).arg(&one);
        tools.push(("kube-score, one file", command));
    }
    let output = directory.path().join("output");
    let mut taken = Vec::new();
    for (name, mut command) in tools {
        taken.push((name, median(&mut command, &output)?));
    }
    let own = taken.get(1).map_or(0.0, |(_, took)| took.seconds);
    let rows = taken.iter().map(|(name, took)| {
        let Took { seconds, user_seconds, peak_mib } = took;
        let ratio = seconds / own;
        format!("| {name} | {documents} | {seconds:.2} s | {user_seconds:.2} s | {ratio:.2} | {peak_mib:.0} MiB |\n")
    });
    Ok(rows.collect())
}

/// What stands above the rows.
pub const HEAD: &str = "\
| tool | documents | time | user CPU | of seaworthy's time | RSS peak |
| --- | ---: | ---: | ---: | ---: | ---: |
";

fn shell(script: &str, path: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(path);
    command
}

fn median(command: &mut Command, output: &Path) -> Result<Took, Error> {
    // Once for what is read from the disk.
    once(command, output)?;
    let mut runs = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        runs.push(once(command, output)?);
    }
    runs.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let peak_mib = runs.iter().map(|took| took.peak_mib).fold(0.0, f64::max);
    let middle = runs.get(RUNS / 2).copied().unwrap_or_default();
    Ok(Took { peak_mib, ..middle })
}

fn once(command: &mut Command, output: &Path) -> Result<Took, Error> {
    let file = File::create(output).map_err(Error::io("make the file of a tool's output"))?;
    command.stdin(Stdio::null()).stdout(file).stderr(Stdio::null());
    let before = process::children_user_seconds()?;
    let started = Instant::now();
    let mut child = command.spawn().map_err(Error::io("start a tool"))?;
    let mut peak_mib: f64 = 0.0;
    loop {
        // A process that has just ended has no memory any more.
        peak_mib = peak_mib.max(process::memory(child.id()).map_or(0.0, |memory| memory.peak_mib));
        if child.try_wait().map_err(Error::io("wait for a tool"))?.is_some() {
            let seconds = started.elapsed().as_secs_f64();
            let user_seconds = process::children_user_seconds()? - before;
            return Ok(Took { seconds, user_seconds, peak_mib });
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

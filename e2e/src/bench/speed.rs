//! How long `seaworthy check` takes over a folder of manifests, beside kube-score and `cat`.
//!
//! Everything is run over the same files in one go, warm, so that ratios compare; the median of five counts. It
//! must not judge the figures. Next: [`super::corpus`], and [`super::bars`] for what they are held against.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{bars::Run, corpus, process};
use crate::{Error, binaries};

const RUNS: usize = 5;

/// From so many documents on a tool runs once: it takes long enough, and nobody compares what varies.
const LARGE: usize = 50_000;

/// How often a process's memory is looked at: the height is kept by the kernel, so that only its last growth is missed, and
/// each look takes some of what is measured.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// What one tool took; the median of its runs, of memory the most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// By the clock.
    pub seconds: f64,
    /// On all cores, in user space.
    pub user_seconds: f64,
    /// On all cores, in user space and in the kernel.
    pub cpu_seconds: f64,
    /// The most memory that was resident.
    pub peak_mib: f64,
}

/// Measures over this many documents.
pub fn run(documents: usize) -> Result<Run, Error> {
    let directory = tempfile::tempdir().map_err(Error::io("make a directory"))?;
    let (many, one) = (directory.path().join("many"), directory.path().join("one.yaml"));
    corpus::write(documents, &many, &one)?;
    let outputs =
        Outputs { printed: directory.path().join("output"), report: directory.path().join("report") };
    let seaworthy = binaries::seaworthy()?;
    let check = |format: &str, path: &Path| {
        let mut command = Command::new(&seaworthy);
        let format = format!("{format}={}", outputs.report.display());
        // All in one file are more than a file may hold without being told so.
        command
            .args(["check", "--profile", "Strict", "--max-file-size", "1000000000", "-o", &format])
            .arg(path);
        command
    };
    let runs = if documents < LARGE { RUNS } else { 1 };
    let took = |mut command: Command| median(&mut command, &outputs, runs);
    let mut version = Command::new(&seaworthy);
    version.arg("--version");
    let mut shell = Command::new("sh");
    shell.args(["-c", "find \"$0\" -name '*.yaml' -print0 | xargs -0 cat"]).arg(&many);
    // It takes minutes, and more memory than most machines have, over the largest.
    let kube_score = (documents < LARGE).then(|| binaries::helper("kube-score").ok()).flatten();
    let kube_score = kube_score.map(|program| {
        let mut command = Command::new(program);
        command.args(["score", "--output-format", "json"]).arg(&one);
        command
    });
    Ok(Run {
        documents,
        version: took(version)?,
        cat: took(shell)?,
        many: took(check("json", &many))?,
        one: took(check("json", &one))?,
        text: took(check("text", &many))?,
        kube_score: kube_score.map(took).transpose()?,
    })
}

/// Where what a tool writes goes.
struct Outputs {
    printed: PathBuf,
    /// The file that it is told to write.
    report: PathBuf,
}

fn median(command: &mut Command, outputs: &Outputs, runs: usize) -> Result<Took, Error> {
    // Once for what is read from the disk.
    once(command, outputs)?;
    let mut taken = Vec::with_capacity(runs);
    for _ in 0..runs {
        taken.push(once(command, outputs)?);
    }
    taken.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let peak_mib = taken.iter().map(|took| took.peak_mib).fold(0.0, f64::max);
    let middle = taken.get(runs / 2).copied().unwrap_or_default();
    Ok(Took { peak_mib, ..middle })
}

fn once(command: &mut Command, outputs: &Outputs) -> Result<Took, Error> {
    // As in CI, nothing stands there before: to take a large file away is no tool's work.
    match fs::remove_file(&outputs.report) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::io("remove a report")(error)),
        _ => {}
    }
    let file = File::create(&outputs.printed).map_err(Error::io("make the file of a tool's output"))?;
    command.stdin(Stdio::null()).stdout(file).stderr(Stdio::null());
    let (user_before, kernel_before) = process::children_seconds()?;
    let started = Instant::now();
    let mut child = command.spawn().map_err(Error::io("start a tool"))?;
    let (process, has_ended) = (child.id(), AtomicBool::new(false));
    let (ended, peak_mib) = thread::scope(|scope| {
        let looking = scope.spawn(|| height(process, &has_ended));
        // Nobody asks whether it has ended: it is waited for, and the clock stops at once.
        let ended = child.wait().map(|_| started.elapsed().as_secs_f64());
        has_ended.store(true, Ordering::Relaxed);
        (ended, looking.join().unwrap_or_default())
    });
    let seconds = ended.map_err(Error::io("wait for a tool"))?;
    let (user, kernel) = process::children_seconds()?;
    let user_seconds = user - user_before;
    Ok(Took { seconds, user_seconds, cpu_seconds: user_seconds + kernel - kernel_before, peak_mib })
}

/// The most memory that a process had, until it has ended.
fn height(process: u32, has_ended: &AtomicBool) -> f64 {
    let mut peak_mib: f64 = 0.0;
    while !has_ended.load(Ordering::Relaxed) {
        // A process that has just ended has no memory any more.
        peak_mib = peak_mib.max(process::memory(process).map_or(0.0, |memory| memory.peak_mib));
        thread::sleep(BETWEEN_LOOKS);
    }
    peak_mib
}

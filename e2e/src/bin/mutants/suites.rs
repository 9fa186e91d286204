//! Programs with tests: runs them, and notes which tests come by which mutants.
//!
//! It must not decide about a mutant. Next: [`crate::judging`].

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{building::Program, error::Error};

/// A mutant may make a program ask for memory without end.
const MEMORY_KIB: u32 = 8 << 20;
/// What a run may take beside a multiple of what it took without a mutant.
const SHORTEST_LIMIT: Duration = Duration::from_secs(20);
const LIMIT_FACTOR: u32 = 6;
/// How libtest ends the line of a test that fails.
const FAILED: &[u8] = b"... FAILED";

/// A program with tests, and what is known of it.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) program: Program,
    /// Only tests whose names hold this.
    filter: Option<String>,
    /// Where the tests run.
    pub(crate) folder: PathBuf,
    limit: Duration,
    /// The tests that come by each mutant.
    pub(crate) reached: BTreeMap<u32, BTreeSet<String>>,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    Passed,
    Failed,
    /// It did not end in time.
    Hung,
}

/// Which tests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    All,
    These(&'a BTreeSet<String>),
}

impl Suite {
    /// A program whose tests all pass without a mutant; that run shows what they come by.
    pub(crate) fn learn(program: Program, units: &str, tree: &Path) -> Result<Self, Error> {
        let filter = (program.name == "lib").then(|| units.to_owned());
        let limit = Duration::from_hours(1);
        let folder = tree.to_owned();
        let mut suite = Self { program, filter, folder, limit, reached: BTreeMap::new() };
        let notes = tempfile::NamedTempFile::new().map_err(Error::io("a file for notes"))?;
        let started = Instant::now();
        // Tests on threads of their own: those have the names.
        let mut command = suite.command(Which::All, 0);
        command.arg("--test-threads=2").env("SEAWORTHY_MUTANTS_SEEN", notes.path());
        let output = command.output();
        let output = output.map_err(Error::io(format!("run {}", suite.program.path.display())))?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stdout).into_owned();
            return Err(Error::Red { suite: suite.program.name, output });
        }
        suite.limit = SHORTEST_LIMIT.max(started.elapsed() * LIMIT_FACTOR);
        let notes = fs::read_to_string(notes.path()).map_err(Error::io("read the notes"))?;
        for (id, test) in notes.lines().filter_map(|line| line.split_once(' ')) {
            if let Ok(id) = id.parse() {
                suite.reached.entry(id).or_default().insert(test.to_owned());
            }
        }
        Ok(suite)
    }

    /// A program of which nothing is known, run as this one would be.
    pub(crate) fn again(&self, program: Program) -> Self {
        let (filter, folder) = (self.filter.clone(), self.folder.clone());
        Self { program, filter, folder, limit: self.limit, reached: BTreeMap::new() }
    }

    /// What its tests come by, at all.
    pub(crate) fn reaches(&self, mutant: u32) -> bool {
        self.reached.contains_key(&mutant)
    }

    /// Runs tests with a mutant, up to the first that fails. Tests that iterate over checks look at this one.
    pub(crate) fn run(&self, which: Which<'_>, mutant: u32, check: Option<&str>) -> Result<Ran, Error> {
        let mut command = self.command(which, mutant);
        command.envs(check.map(|name| ("SEAWORTHY_CHECK", name)));
        let child = command.arg("--test-threads=1").stdout(Stdio::piped()).spawn();
        let child = child.map_err(Error::io(format!("run {}", self.program.path.display())))?;
        watch(child, self.limit)
    }

    fn command(&self, which: Which<'_>, mutant: u32) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -v {MEMORY_KIB}; exec \"$0\" \"$@\"")]).arg(&self.program.path);
        match which {
            Which::All => command.args(&self.filter),
            Which::These(tests) => command.arg("--exact").args(tests),
        };
        command.current_dir(&self.folder).env("SEAWORTHY_MUTANT", mutant.to_string());
        // Snapshots that differ are a failure, not a file beside the old one.
        command.env("INSTA_UPDATE", "no").env("CI", "true").env_remove("BLESS").env_remove("SEAWORTHY_CHECK");
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// Waits for the first failure or the end.
fn watch(mut child: Child, limit: Duration) -> Result<Ran, Error> {
    let Some(output) = child.stdout.take() else { return Ok(Ran::Failed) };
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(shows_failure(output)));
    let shown = receiver.recv_timeout(limit);
    if !matches!(shown, Ok(false)) {
        // It may have ended meanwhile.
        let _ = child.kill();
    }
    let status = child.wait().map_err(Error::io("wait for tests"))?;
    Ok(match shown {
        Ok(false) if status.success() => Ran::Passed,
        Ok(_) => Ran::Failed,
        Err(_) => Ran::Hung,
    })
}

/// Reads until a test has failed, or to the end.
fn shows_failure(mut output: impl Read) -> bool {
    let (mut seen, mut buffer) = (Vec::new(), [0_u8; 4096]);
    while let Ok(length @ 1..) = output.read(&mut buffer) {
        seen.extend_from_slice(buffer.get(..length).unwrap_or_default());
        if seen.windows(FAILED.len()).any(|window| window == FAILED) {
            return true;
        }
        // The last line is all that has to be kept.
        if let Some(end) = seen.iter().rposition(|byte| *byte == b'\n') {
            seen.drain(..end);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Output that comes in pieces.
    struct Pieces(Vec<&'static str>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let piece = if self.0.is_empty() { "" } else { self.0.remove(0) };
            buffer[..piece.len()].copy_from_slice(piece.as_bytes());
            Ok(piece.len())
        }
    }

    #[test]
    fn a_failure_is_seen_however_it_is_cut() {
        assert!(shows_failure(Pieces(vec!["running 2 tests\ntest a ... ok\ntest b ...", " FAI", "LED\n"])));
        assert!(!shows_failure(Pieces(vec![
            "test FAILED ... ok\n",
            "test result: ok. 1 passed; 0 failed\n"
        ])));
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let child = Command::new("sleep").arg("600").stdout(Stdio::piped()).spawn().unwrap();
        assert_eq!(watch(child, Duration::from_millis(50)).unwrap(), Ran::Hung);
    }
}

//! Processes that do not outlive the test that started them, however it ends.
//!
//! Each runs under a supervisor of its own (`src/bin/seaworthy-supervisor.rs`), which ends it when the
//! supervisor's standard input closes: the kernel closes that pipe even when the test is killed, and no
//! destructor ran. This file must not know what it starts; components.rs and operator.rs do.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{Error, binaries, wait::try_eventually};

/// What to run.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommandLine {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
}

/// A running process, ended when this value is dropped.
#[derive(Debug)]
pub(crate) struct Supervised {
    name: String,
    log: PathBuf,
    pid: u32,
    supervisor: Child,
}

impl Supervised {
    /// Starts the command; what it prints is appended to the log.
    pub(crate) fn start(name: &str, command: &CommandLine, log: &Path) -> Result<Self, Error> {
        let mut supervisor = Command::new(binaries::supervisor()?)
            .arg(log)
            .arg(&command.program)
            .args(&command.arguments)
            .envs(&command.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // An interrupt at the terminal is for the test; what it started must not die before it.
            .process_group(0)
            .spawn()
            .map_err(Error::io("start the supervisor"))?;
        let mut line = String::new();
        if let Some(output) = supervisor.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(Error::io("read from the supervisor"))?;
        }
        if let Ok(pid) = line.trim().parse() {
            return Ok(Self { name: name.to_owned(), log: log.to_owned(), pid, supervisor });
        }
        let status = supervisor.wait().map_err(Error::io("wait for the supervisor"))?;
        Err(ended(name, status.to_string(), log))
    }

    /// The process itself, not its supervisor.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Its exit code, or `None` while it runs. A signal counts as 128 + its number, as in a shell.
    pub(crate) fn exit_code(&mut self) -> Result<Option<i32>, Error> {
        let status =
            self.supervisor.try_wait().map_err(Error::io(format!("ask for the state of {}", self.name)))?;
        Ok(status.map(|status| status.code().unwrap_or(-1)))
    }

    /// An error that quotes the log, if the process ended by itself.
    pub(crate) fn must_run(&mut self) -> Result<(), Error> {
        match self.exit_code()? {
            None => Ok(()),
            Some(code) => Err(ended(&self.name, format!("exit code {code}"), &self.log)),
        }
    }

    /// Ends it at once (SIGKILL), and returns when it is gone.
    pub(crate) fn kill(&mut self) {
        drop(self.supervisor.stdin.take());
        // It can only fail when there is no such child any more, which is what is wanted.
        let _ = self.supervisor.wait();
    }

    /// Asks it to end (SIGTERM), and does not wait. Nothing happens when it has ended already.
    pub(crate) fn ask_to_end(&mut self) -> Result<(), Error> {
        if self.exit_code()?.is_some() {
            return Ok(());
        }
        // The shell's own `kill`: a slim image has no other, and a system call would need unsafe code.
        // The pid cannot be another's: the supervisor has not reaped it.
        Command::new("sh")
            .args(["-c", "kill -TERM \"$1\"", "sh", &self.pid.to_string()])
            .status()
            .map(drop)
            .map_err(Error::io("send SIGTERM"))
    }

    /// Asks it to end, and returns its exit code when it has.
    pub(crate) async fn terminate(&mut self, deadline: Duration) -> Result<i32, Error> {
        self.ask_to_end()?;
        let awaited = format!("{} ends after SIGTERM", self.name);
        try_eventually(deadline, &awaited, async || {
            self.exit_code().map_err(|error| error.to_string())?.ok_or_else(|| "it still runs".to_owned())
        })
        .await
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.kill();
    }
}

fn ended(name: &str, status: String, log: &Path) -> Error {
    Error::Ended { name: name.to_owned(), status, log: log.to_owned(), tail: tail(log) }
}

// For an error that is read without access to the directory.
fn tail(log: &Path) -> String {
    const LINES: usize = 15;
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(LINES)).fold(String::new(), |mut tail, line| {
        // Writing to a String cannot fail.
        let _ = writeln!(tail, "  {line}");
        tail
    })
}

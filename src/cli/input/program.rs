//! A program of the user's that renders: run to its end, within bounds, without a shell.
//!
//! It must not know which program. Next: [`super::helm`], [`super::kustomize`].

use std::io::{self, ErrorKind, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

/// How long a program may take.
const TIME_MAX: Duration = Duration::from_mins(2);

/// Why a program rendered nothing.
#[derive(Debug, Error)]
pub(super) enum ProgramError {
    /// It is not there.
    #[error("{0} is not on PATH")]
    NotThere(String),
    /// It cannot be run.
    #[error("{0} cannot be run: {1}")]
    Run(String, #[source] io::Error),
    /// It says what is wrong.
    #[error("{0} says: {1}")]
    Failed(String, String),
    /// It does not end.
    #[error("{0} has not ended after {1} s")]
    Endless(String, u64),
    /// It does not end to write.
    #[error("{0} writes more than {1} bytes")]
    TooLarge(String, u64),
}

/// What a program writes to standard output.
pub(super) fn run(mut command: Command, bytes_max: u64) -> Result<String, ProgramError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => ProgramError::NotThere(program.clone()),
        _ => ProgramError::Run(program.clone(), error),
    };
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (sender, receiver) = mpsc::channel();
    drain(child.stdout.take(), 0, bytes_max, sender.clone());
    drain(child.stderr.take(), 1, bytes_max, sender);
    let until = Instant::now() + TIME_MAX;
    let mut said = [Vec::new(), Vec::new()];
    for _ in 0..2 {
        let Ok((index, bytes)) = receiver.recv_timeout(until.saturating_duration_since(Instant::now()))
        else {
            // It is gone already, or ends now.
            let _ = child.kill().and_then(|()| child.wait());
            return Err(ProgramError::Endless(program, TIME_MAX.as_secs()));
        };
        if bytes.len() as u64 > bytes_max {
            let _ = child.kill().and_then(|()| child.wait());
            return Err(ProgramError::TooLarge(program, bytes_max));
        }
        if let Some(slot) = said.get_mut(index) {
            *slot = bytes;
        }
    }
    let status = child.wait().map_err(|error| ProgramError::Run(program.clone(), error))?;
    let [out, err] = said.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if status.success() { Ok(out) } else { Err(ProgramError::Failed(program, words(&err))) }
}

/// Reads one stream to its end on a thread of its own, so that the program never waits for us.
fn drain(stream: Option<impl Read + Send + 'static>, index: usize, max: u64, done: Sender<(usize, Vec<u8>)>) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stream.map(|stream| stream.take(max.saturating_add(1)).read_to_end(&mut bytes));
        // What came before a stream broke is all there is; nobody waits once the time is over.
        drop(read);
        let _ = done.send((index, bytes));
    });
}

/// What a program complains about, on one line.
fn words(text: &str) -> String {
    let lines = text.lines().map(|line| without_moment(line.trim())).filter(|line| !line.is_empty());
    let words = lines.collect::<Vec<_>>().join("; ");
    let words = words.strip_prefix("Error: ").or_else(|| words.strip_prefix("error: ")).unwrap_or(&words);
    if words.is_empty() { "nothing".to_owned() } else { words.to_owned() }
}

/// A line without what `klog` puts in front of it: the moment and the number of the process, which are never the same.
fn without_moment(line: &str) -> &str {
    let is_number =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let rest = || {
        let (head, message) = line.split_once("] ")?;
        let mut parts = head.split_whitespace();
        let (day, time, process) = (parts.next()?, parts.next()?, parts.next()?);
        let is_day = day.starts_with(['I', 'W', 'E', 'F']) && is_number(day.get(1..)?, 4);
        let is_time =
            time.split_once('.').is_some_and(|(time, _)| time.split(':').all(|part| is_number(part, 2)));
        let is_place = parts.next()?.contains(':') && parts.next().is_none();
        (is_day && is_time && is_number(process, process.len()) && is_place).then_some(message)
    };
    rest().unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn no_moment_and_no_process_is_told() {
        let told = "E1123 15:29:45.743446   24131 run.go:72] \"command failed\" err=\"x\"";
        assert_eq!(words(told), "\"command failed\" err=\"x\"");
        for other in ["E1123] x", "Error [a] b", "E1123 15:29 24131 run.go:72] x"] {
            assert_eq!(without_moment(other), other);
        }
    }

    #[test]
    fn what_is_written_comes_back_or_what_is_wrong() {
        assert_eq!(run(shell("echo a"), 10).unwrap(), "a\n");
        let error = |script: &str| run(shell(script), 10).unwrap_err().to_string();
        assert_eq!(error("echo 'Error: no' >&2; exit 3"), "sh says: no");
        assert_eq!(error("echo too much is written"), "sh writes more than 10 bytes");
        let gone = run(Command::new("no-such-program-here"), 10).unwrap_err().to_string();
        assert_eq!(gone, "no-such-program-here is not on PATH");
    }
}

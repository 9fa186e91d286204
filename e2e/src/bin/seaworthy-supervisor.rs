//! Runs one command and ends it when standard input closes: `seaworthy-supervisor LOG PROGRAM [ARGUMENT]...`
//!
//! Prints the pid of the command, or nothing if it cannot be started; exits with its code. It runs in a
//! process group of its own, with the command, so that an interrupt at the terminal reaches the test
//! only, and the end of the test then reaches both. It must stay too simple to fail: nothing else cleans
//! up after a test that was killed. See processes.rs for the other side.

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs::{File, OpenOptions},
    io::Write,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{ExitCode, ExitStatus, Stdio},
};

use tokio::process::{Child, Command};

/// The shell's code for a command that could not be started.
const NOT_STARTED: u8 = 127;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(log), Some(program)) = (arguments.next().map(PathBuf::from), arguments.next()) else {
        return ExitCode::from(2);
    };
    let Ok(mut log) = OpenOptions::new().create(true).append(true).open(log) else {
        return ExitCode::from(2);
    };
    match run(&log, &program, arguments) {
        Ok(status) => code(status),
        Err(error) => {
            // The log is the only place left to say it.
            let _ = writeln!(log, "seaworthy-supervisor: {}: {error}", program.display());
            ExitCode::from(NOT_STARTED)
        }
    }
}

fn run(
    log: &File,
    program: &OsString,
    arguments: impl Iterator<Item = OsString>,
) -> Result<ExitStatus, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?)
            .spawn()?;
        supervise(child).await
    })
}

async fn supervise(mut child: Child) -> Result<ExitStatus, Box<dyn Error>> {
    let mut output = std::io::stdout();
    writeln!(output, "{}", child.id().unwrap_or_default())?;
    output.flush()?;
    let (close, closed) = tokio::sync::oneshot::channel();
    // A thread that nobody joins: reading standard input cannot be cancelled, and it ends with us.
    std::thread::spawn(move || {
        // However the reading ends, there is no one to work for any more.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = close.send(());
    });
    let ended = tokio::select! {
        status = child.wait() => Some(status?),
        _ = closed => None,
    };
    if let Some(status) = ended {
        return Ok(status);
    }
    child.kill().await?;
    Ok(child.wait().await?)
}

fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

//! Standard output and standard error, and what the terminal can show.
//!
//! The only module of the command line that writes. A closed pipe ends quietly. Next: [`crate::render`].

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use crate::render::run::Problem;
use crate::render::style::{Style, visible};

/// Widest text, whatever the terminal.
const WIDTH_MAX: usize = 100;

/// How to write to standard output: in colours on a terminal only, and not if `NO_COLOR` is set.
pub fn style() -> Style {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    Style { colour: io::stdout().is_terminal() && !refused, width: WIDTH_MAX }
}

/// Writes to standard output.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Standard output, written to in pieces. Once its reader has gone away, the rest goes nowhere.
#[derive(Debug)]
pub struct Output {
    out: io::BufWriter<io::Stdout>,
    closed: bool,
}

impl Default for Output {
    fn default() -> Self {
        Self::new()
    }
}

impl Output {
    /// Nothing is written yet.
    pub fn new() -> Self {
        Self { out: io::BufWriter::with_capacity(64 * 1024, io::stdout()), closed: false }
    }

    /// Writes a piece.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        if self.closed { Ok(()) } else { self.unless_closed(|out| out.write_all(text.as_bytes())) }
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> io::Result<()> {
        if self.closed { Ok(()) } else { self.unless_closed(Write::flush) }
    }

    fn unless_closed(
        &mut self,
        write: impl FnOnce(&mut io::BufWriter<io::Stdout>) -> io::Result<()>,
    ) -> io::Result<()> {
        match write(&mut self.out) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other,
        }
    }
}

/// Writes notes and errors to standard error, one a line.
pub fn notes(notes: &[String], problems: &[Problem]) {
    for note in notes {
        line("note", note);
    }
    for problem in problems {
        line("error", &problem.to_string());
    }
}

/// Writes an error to standard error.
pub fn error(message: &str) {
    line("error", message);
}

fn line(kind: &str, message: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{kind}: {}", visible(message));
}

//! Standard output and standard error, and what the terminal can show.
//!
//! The only module of the command line that writes. A closed pipe ends quietly. Next: [`links`] for where terminals
//! show links, [`crate::render`].

mod links;

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::path::Path;

use crate::render::run::Problem;
use crate::render::style::{Style, visible};

/// Widest text, whatever the terminal.
const WIDTH_MAX: usize = 100;

/// Narrowest text: below that, words no longer fit.
const WIDTH_MIN: usize = 40;

/// How to write to standard output: in colours on a terminal only, and not if `NO_COLOR` is set; as wide as the
/// terminal is.
pub fn style() -> Style {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let size = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    let edge = size.filter(|width| *width > 0).map(|width| width.max(WIDTH_MIN));
    let width = edge.unwrap_or(WIDTH_MAX).min(WIDTH_MAX);
    Style { colour: io::stdout().is_terminal() && !refused, width, edge, pages: links::pages() }
}

/// How to write to anything else: the same on every terminal that it is started on.
pub const fn plain() -> Style {
    Style::plain(WIDTH_MAX)
}

/// Writes to standard output.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Standard output or a file, written to in pieces. Once its reader has gone away, the rest goes nowhere.
pub struct Output {
    out: io::BufWriter<Box<dyn Write>>,
    closed: bool,
}

impl Output {
    /// Standard output.
    pub fn standard() -> Self {
        Self::to(Box::new(io::stdout()))
    }

    /// Standard error.
    pub fn error() -> Self {
        Self::to(Box::new(io::stderr()))
    }

    /// A file, from its start.
    pub fn file(path: &Path) -> io::Result<Self> {
        Ok(Self::to(Box::new(File::create(path)?)))
    }

    fn to(out: Box<dyn Write>) -> Self {
        Self { out: io::BufWriter::with_capacity(64 * 1024, out), closed: false }
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
        write: impl FnOnce(&mut io::BufWriter<Box<dyn Write>>) -> io::Result<()>,
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

/// Writes lines to standard error as they are.
pub fn aside(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Says what is worth knowing on standard error.
pub fn note(message: &str) {
    line("note", message);
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

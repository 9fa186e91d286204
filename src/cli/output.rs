//! Standard output and standard error, and what the terminal can show.
//!
//! The only module of the command line that writes. A closed pipe ends quietly. Next: [`links`] for where terminals
//! show links, [`crate::render`].

mod links;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IsTerminal as _, Write};
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
    print_bytes(text.as_bytes())
}

/// The same of what need not be text.
pub fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// So many bytes are written at once.
const AT_ONCE: usize = 64 * 1024;

/// Pieces shorter than this are put together: more of them would cost more than the copy.
const SHORT: usize = 2 * 1024;

/// Room for short pieces.
const ROOM: usize = 16 * 1024;

/// Standard output or a file, written to in pieces. Once its reader has gone away, the rest goes nowhere.
pub struct Output {
    out: Box<dyn Write>,
    /// What is held back: long pieces as they came, since to copy all that is written takes a part of the run.
    held: Vec<Cow<'static, str>>,
    /// How many bytes those are.
    length: usize,
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
        Self { out, held: Vec::new(), length: 0, closed: false }
    }

    /// Writes a piece.
    pub fn write(&mut self, text: Cow<'static, str>) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        self.length += text.len();
        self.hold(text);
        if self.length < AT_ONCE { Ok(()) } else { self.write_held() }
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> io::Result<()> {
        self.write_held()?;
        if self.closed { Ok(()) } else { self.unless_closed(|out| out.flush()) }
    }

    fn hold(&mut self, text: Cow<'static, str>) {
        match self.held.last_mut() {
            _ if text.len() >= SHORT => self.held.push(text),
            Some(Cow::Owned(last)) if last.capacity() - last.len() >= text.len() => last.push_str(&text),
            _ => {
                let mut room = String::with_capacity(ROOM);
                room.push_str(&text);
                self.held.push(room.into());
            }
        }
    }

    fn write_held(&mut self) -> io::Result<()> {
        self.length = 0;
        let held = std::mem::take(&mut self.held);
        let mut slices: Vec<IoSlice<'_>> = held.iter().map(|text| IoSlice::new(text.as_bytes())).collect();
        self.unless_closed(|out| write_all(out, &mut slices))
    }

    fn unless_closed(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match write(&mut self.out) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other,
        }
    }
}

/// Writes all of these, however many calls that takes.
fn write_all(out: &mut dyn Write, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    // To go on behind nothing passes over those that are empty.
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match out.write_vectored(slices) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;

    use super::*;

    /// Takes a few bytes at a time, and no more than so many.
    struct Slow(Arc<Mutex<Vec<u8>>>, usize, usize);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut written = self.0.lock().unwrap();
            if written.len() >= self.2 {
                return Err(ErrorKind::BrokenPipe.into());
            }
            let some = bytes.get(..self.1).unwrap_or(bytes);
            written.extend(some);
            Ok(some.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn pieces_are_written_as_they_come(
            lengths in prop::collection::vec(prop_oneof![0..9_usize, 1_000..9_000_usize, 40_000..90_000_usize], 0..40),
            at_once in 1_000..100_000_usize,
        ) {
            let written = Arc::new(Mutex::new(Vec::new()));
            let mut output = Output::to(Box::new(Slow(Arc::clone(&written), at_once, usize::MAX)));
            let mut expected = String::new();
            for (index, length) in lengths.into_iter().enumerate() {
                let text = char::from(b'a' + u8::try_from(index % 26).unwrap()).to_string().repeat(length);
                expected.push_str(&text);
                output.write(text.into()).unwrap();
                output.write(",".into()).unwrap();
                expected.push(',');
            }
            output.finish().unwrap();
            prop_assert!(*written.lock().unwrap() == expected.as_bytes());
        }
    }

    #[test]
    fn what_nobody_reads_any_more_goes_nowhere() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut output = Output::to(Box::new(Slow(Arc::clone(&written), 1_000, 3_000)));
        for _ in 0..100 {
            output.write("x".repeat(10_000).into()).unwrap();
        }
        output.finish().unwrap();
        assert_eq!(written.lock().unwrap().len(), 3_000);
    }
}

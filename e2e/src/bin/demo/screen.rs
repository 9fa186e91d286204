//! What the demo looks like: headings, steps with the time they took, text in 100 columns.
//!
//! Bold and colours on a terminal only. It must not know what it prints.

use std::{
    env,
    fmt::Write as _,
    io::{IsTerminal as _, Write as _, stderr, stdin, stdout},
    time::Instant,
};

const COLUMNS: usize = 100;

/// How something is emphasized.
#[derive(Clone, Copy)]
pub(crate) enum Emphasis {
    Bold,
    Good,
    Bad,
}

/// Where the demo prints.
pub(crate) struct Screen {
    start: Instant,
    styled: bool,
}

impl Default for Screen {
    fn default() -> Self {
        let styled = stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { start: Instant::now(), styled }
    }
}

impl Screen {
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { start: Instant::now(), styled: false }
    }

    /// Prints a heading.
    pub(crate) fn heading(&self, text: &str) {
        line(&format!("\n{}", self.paint(Emphasis::Bold, text)));
    }

    /// Prints what is begun, with the seconds since the start of the demo.
    pub(crate) fn step(&self, text: &str) {
        line(&format!("[{:4.1} s] {text}", self.seconds()));
    }

    /// Seconds since the start of the demo.
    pub(crate) fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// The text, emphasized where that can be seen.
    pub(crate) fn paint(&self, emphasis: Emphasis, text: &str) -> String {
        if !self.styled {
            return text.to_owned();
        }
        let code = match emphasis {
            Emphasis::Bold => 1,
            Emphasis::Good => 32,
            Emphasis::Bad => 31,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Whether somebody can answer a question.
pub(crate) fn can_ask() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

/// Asks a question; anything but yes is no.
pub(crate) fn ask(question: &str) -> bool {
    let _ = write!(stdout().lock(), "{question} [y/N] ").and_then(|()| stdout().flush());
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer).is_ok();
    read && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Prints a line, or several.
pub(crate) fn line(text: &str) {
    // Whoever read the output may have gone; the cleanup must happen all the same.
    let _ = writeln!(stdout().lock(), "{text}");
}

/// Prints a line to standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(stderr().lock(), "{text}");
}

/// Breaks a text into lines of at most 100 columns, each but the first indented.
pub(crate) fn wrap(first: &str, text: &str, indent: usize) -> String {
    let mut out = first.to_owned();
    let mut column = first.chars().count();
    let mut fresh = true;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if !fresh && column + 1 + width > COLUMNS {
            // Writing to a String cannot fail.
            let _ = write!(out, "\n{:indent$}{word}", "");
            column = indent + width;
        } else {
            let gap = usize::from(!fresh);
            let _ = write!(out, "{:gap$}{word}", "");
            column += gap + width;
        }
        fresh = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_under_its_beginning() {
        let words = ["memory-limits"; 9].join(", ");
        let wrapped = wrap("Deployment/web  ", &words, 16);
        let lines: Vec<&str> = wrapped.lines().collect();
        assert_eq!(lines.len(), 2, "{wrapped}");
        assert!(lines.iter().all(|line| line.chars().count() <= COLUMNS));
        assert!(lines[0].starts_with("Deployment/web  memory-limits, "));
        assert!(lines[1].starts_with(&format!("{:16}memory-limits", "")));
    }

    #[test]
    fn nothing_is_coloured_that_is_not_shown_on_a_terminal() {
        assert_eq!(Screen::plain().paint(Emphasis::Bad, "False"), "False");
    }
}

//! How text looks: colours, wrapping, and control characters made visible.
//!
//! It must not know what is written. Next: [`super::text`].

use std::fmt::Write as _;

use super::narrow::fitted;

/// How to write text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colours.
    pub colour: bool,
    /// How many characters a line should have at most.
    pub width: usize,
    /// How wide the terminal is: nothing goes past its edge.
    pub edge: Option<usize>,
    /// Address below which the pages of checks are, where the terminal shows links.
    pub pages: Option<&'static str>,
}

/// A colour of the terminal's own palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Something is wrong.
    Red,
    /// Something may be wrong.
    Yellow,
    /// All is well.
    Green,
    /// A heading.
    Bold,
    /// Less important.
    Dim,
}

/// Below so many columns what is told of a finding stands further out.
const NARROW: usize = 60;

impl Style {
    /// Without anything that only a terminal shows.
    pub const fn plain(width: usize) -> Self {
        Self { colour: false, width, edge: None, pages: None }
    }

    /// How far in it stands what is told of a finding.
    pub(super) fn indent(self) -> usize {
        if self.edge.is_some_and(|edge| edge < NARROW) { 4 } else { 12 }
    }

    /// A text of which nothing goes past the edge of the terminal.
    pub fn fit(self, text: String) -> String {
        match self.edge {
            Some(edge) => fitted(&text, edge),
            None => text,
        }
    }

    /// Text in a colour, if there are colours.
    pub fn paint(self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Red => 31,
            Colour::Yellow => 33,
            Colour::Green => 32,
            Colour::Bold => 1,
            Colour::Dim => 2,
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The name of a check, with a link to its page if there is one.
    pub fn check(self, name: &str) -> String {
        match self.pages {
            Some(pages) => {
                let pages = pages.trim_end_matches('/');
                format!("\u{1b}]8;;{pages}/{name}.md\u{1b}\\{name}\u{1b}]8;;\u{1b}\\")
            }
            None => name.to_owned(),
        }
    }

    /// Text in lines of at most the width, each behind an indentation; a word that is longer stays whole.
    pub fn wrap(self, text: &str, indent: usize) -> String {
        let room = self.width.saturating_sub(indent).max(20);
        let mut out = String::new();
        let mut length = 0;
        for word in text.split_whitespace() {
            let word_length = word.chars().count();
            if length > 0 && length + 1 + word_length > room {
                out.push('\n');
                length = 0;
            }
            if length == 0 {
                out.extend(std::iter::repeat_n(' ', indent));
            } else {
                out.push(' ');
                length += 1;
            }
            out.push_str(word);
            length += word_length;
        }
        out
    }
}

/// Text with every character escaped that could move the cursor, change colours or hide other text.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let hides = matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
        if c.is_control() || hides {
            // Writing to a String does not fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Lines of which none is a command to a runner of pipelines that reads its log: `::` or `##[` at the beginning.
pub fn inert(text: String) -> String {
    if !text.contains("::") && !text.contains("##[") {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let told = line.trim_start();
        let (space, rest) = line.split_at(line.len() - told.len());
        out.push_str(space);
        match rest.chars().next().filter(|_| rest.starts_with("::") || rest.starts_with("##[")) {
            Some(first) => {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(first));
                out.push_str(rest.get(1..).unwrap_or_default());
            }
            None => out.push_str(rest),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style::plain(30);

    #[test]
    fn lines_are_wrapped_between_words() {
        let text = PLAIN.wrap("one two three four five six seven", 4);
        assert_eq!(text, "    one two three four five\n    six seven");
        assert_eq!(PLAIN.wrap(&"x".repeat(40), 2), format!("  {}", "x".repeat(40)));
        assert_eq!(PLAIN.wrap("", 2), "");
    }

    #[test]
    fn colours_only_where_there_are_colours() {
        assert_eq!(PLAIN.paint(Colour::Red, "x"), "x");
        assert_eq!(Style { colour: true, ..PLAIN }.paint(Colour::Red, "x"), "\u{1b}[31mx\u{1b}[0m");
    }

    #[test]
    fn links_only_where_there_are_pages() {
        assert_eq!(PLAIN.check("a-b"), "a-b");
        let linked = Style { pages: Some("https://docs.example/checks/"), ..PLAIN }.check("a-b");
        let link = "https://docs.example/checks/a-b.md";
        assert_eq!(linked, format!("\u{1b}]8;;{link}\u{1b}\\a-b\u{1b}]8;;\u{1b}\\"));
    }

    #[test]
    fn no_line_is_a_command() {
        let text = inert("  ::error::x\n##[set]\na ::b\n::c".to_owned());
        assert_eq!(text, "  \\u{3a}:error::x\n\\u{23}#[set]\na ::b\n\\u{3a}:c");
        assert_eq!(inert("a::b\n\n".to_owned()), "a::b\n\n");
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(visible("a\u{1b}[31m\nb\u{202E}é"), "a\\u{1b}[31m\\u{a}b\\u{202e}é");
    }
}

//! Text on a terminal that is narrower than its lines.
//!
//! A terminal breaks a long line anywhere and begins the next one at the margin, so that nobody sees any more what belongs
//! to what. It must not know what is written. Next: [`super::style`], which says how wide the terminal is.

use unicode_width::UnicodeWidthChar as _;

/// Behind what else than a space a line may be broken: what long words are made of, paths above all.
const JOINTS: &[char] = &['.', '/', ',', '-', '_', ']', ':', '='];

/// Further in than that, a line goes on where it began.
const INDENT_MAX: usize = 16;

/// A character, or a sequence that only the terminal reads.
struct Piece<'a> {
    text: &'a str,
    /// How many columns it takes.
    width: usize,
}

impl Piece<'_> {
    fn ends_with(&self, characters: &[char]) -> bool {
        self.width > 0 && self.text.ends_with(characters)
    }
}

/// How many columns a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    pieces(text).iter().map(|piece| piece.width).sum()
}

/// A text of which no line is wider than that: between words if it can be, and the rest a little further in.
pub(super) fn fitted(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // Bytes are never fewer than columns.
        if line.len() <= columns {
            out.push_str(line);
            continue;
        }
        let content = line.strip_suffix('\n').unwrap_or(line);
        broken(&mut out, &pieces(content), columns);
        out.push_str(line.get(content.len()..).unwrap_or_default());
    }
    out
}

fn broken(out: &mut String, line: &[Piece<'_>], columns: usize) {
    let spaces = line.iter().take_while(|piece| piece.text == " ").count();
    let indent = (spaces + 2).min(INDENT_MAX).min(columns / 2);
    let (mut rest, mut room) = (line, columns);
    loop {
        let length = fitting(rest, room);
        let Some((now, later)) = rest.split_at_checked(length).filter(|(_, later)| !later.is_empty()) else {
            out.extend(rest.iter().map(|piece| piece.text));
            return;
        };
        let told: String = now.iter().map(|piece| piece.text).collect();
        out.push_str(told.trim_end_matches(' '));
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
        let gap = later.iter().take_while(|piece| piece.text == " ").count();
        rest = later.get(gap..).unwrap_or_default();
        room = columns - indent;
    }
}

/// How many pieces stand on the next line.
fn fitting(line: &[Piece<'_>], room: usize) -> usize {
    let mut used = 0;
    let past = line.iter().position(|piece| {
        used += piece.width;
        used > room
    });
    let Some(past) = past else { return line.len() };
    let before = line.get(..past).unwrap_or_default();
    let begin = before.iter().take_while(|piece| matches!(piece.text, " ") || piece.width == 0).count();
    let is_space = |index: &usize| line.get(*index).is_some_and(|piece| piece.text == " ");
    let space = (begin..=past).rev().find(is_space).filter(|at| *at > begin);
    let joint = before.iter().rposition(|piece| piece.ends_with(JOINTS)).map(|at| at + 1);
    // At least one, or it would never end.
    space.or_else(|| joint.filter(|at| *at > begin)).unwrap_or(past).max(1)
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut found, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let sequence = sequence(rest);
        let length = sequence.unwrap_or_else(|| first.len_utf8());
        let (piece, later) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let width = if sequence.is_some() { 0 } else { first.width().unwrap_or_default() };
        found.push(Piece { text: piece, width });
        rest = later;
    }
    found
}

/// How long the sequence is that a text begins with: a colour, or a part of a link.
fn sequence(text: &str) -> Option<usize> {
    let end = match text.as_bytes() {
        [0x1b, b'[', ..] => text.find('m')? + 1,
        [0x1b, b']', ..] => text.find("\u{1b}\\")? + 2,
        _ => return None,
    };
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_a_little_further_in() {
        assert_eq!(fitted("  one two  three\nfour\n", 10), "  one two\n    three\nfour\n");
        assert_eq!(fitted("a b c", 5), "a b c");
        assert_eq!(fitted("", 5), "");
    }

    #[test]
    fn a_long_word_is_broken_at_its_joints_or_anywhere() {
        assert_eq!(fitted("spec.template.spec", 14), "spec.template.\n  spec");
        assert_eq!(fitted("abcdefghij", 6), "abcdef\n  ghij");
    }

    #[test]
    fn what_only_the_terminal_reads_takes_no_room() {
        let painted = "\u{1b}[31mred\u{1b}[0m \u{1b}]8;;https://docs.example/a\u{1b}\\name\u{1b}]8;;\u{1b}\\";
        assert_eq!(width(painted), 8);
        assert_eq!(fitted(painted, 8), painted);
        assert_eq!(fitted(painted, 7), painted.replace(' ', "\n  "));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(width("漢字"), 4);
        assert!(fitted("漢字漢字漢字", 6).lines().all(|line| width(line) <= 6));
    }

    #[test]
    fn no_line_is_ever_wider() {
        let text = "      deeply indented with a/very/long/path/that/has/no/space and more   ";
        for columns in 4..80 {
            let fitted = fitted(text, columns);
            assert!(fitted.lines().all(|line| width(line) <= columns), "{columns}: {fitted}");
            let letters = |text: &str| text.replace([' ', '\n'], "");
            assert_eq!(letters(&fitted), letters(text));
        }
    }
}

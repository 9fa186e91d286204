//! Marks on the lines of a template, by which a rendered line is known again.
//!
//! A mark is a comment at the end of a line that allows one. What a helper makes is often not YAML yet (a name, a
//! value), so there only lines are marked that hold a key. It must not know files. Next: [`super::trace`], which reads
//! the marks.

use std::fmt::Write as _;

/// How a mark begins.
const MARK: &str = " #@sw:";

/// A line of a template: which file, and which line of it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TemplateLine {
    pub(super) file: usize,
    pub(super) line: usize,
}

/// A line with an action that makes lines, and how far those are indented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) at: TemplateLine,
    pub(super) indent: usize,
    /// Whether a key stands before the action, whose line has no mark: the mark comes behind the lines.
    pub(super) has_key: bool,
}

/// A template with its marks.
#[derive(Debug, Default)]
pub(super) struct Marked {
    pub(super) text: String,
    pub(super) blocks: Vec<Block>,
}

/// Marks a template; of a helper only lines with keys, or none at all.
pub(super) fn mark(text: &str, file: usize, is_helper: bool, marks_helpers: bool) -> Marked {
    let mut marked = Marked::default();
    let mut scan = Scan::default();
    for (index, whole) in text.split_inclusive('\n').enumerate() {
        let line = whole.trim_end_matches(['\n', '\r']);
        let end = whole.get(line.len()..).unwrap_or_default();
        let at = TemplateLine { file, line: index + 1 };
        let was_helper = is_helper || scan.is_in_define();
        let seen = scan.line(line);
        let is_helper = was_helper || scan.is_in_define();
        marked.text.push_str(line);
        if seen.takes_comment(line) {
            let text = seen.literal.trim();
            let is_marked = match (text.is_empty(), is_helper) {
                (false, false) => {
                    let indent = seen.lines_below().filter(|_| text.ends_with(':'));
                    marked.blocks.extend(indent.map(|indent| Block { at, indent, has_key: true }));
                    true
                }
                (false, true) => marks_helpers && has_key(text),
                (true, true) => false,
                (true, false) => match seen.output() {
                    Some(action) => {
                        let column = line.len() - line.trim_start().len();
                        let indent = indent(action).unwrap_or(column);
                        marked.blocks.push(Block { at, indent, has_key: false });
                        true
                    }
                    None => false,
                },
            };
            if is_marked {
                // Writing to a String does not fail.
                let _ = write!(marked.text, "{MARK}{file}:{}@", at.line);
            }
        }
        marked.text.push_str(end);
    }
    marked
}

/// A rendered line without its marks, and the first of them.
pub(super) fn unmarked(line: &str) -> (String, Option<TemplateLine>) {
    let (mut out, mut first) = (String::with_capacity(line.len()), None);
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(MARK) {
        out.push_str(before);
        let read = after.split_once('@').and_then(|(at, after)| {
            let (file, line) = at.split_once(':')?;
            Some((TemplateLine { file: file.parse().ok()?, line: line.parse().ok()? }, after))
        });
        if let Some((at, after)) = read {
            first = first.or(Some(at));
            rest = after;
        } else {
            out.push_str(MARK);
            rest = after;
        }
    }
    out.push_str(rest);
    (out, first)
}

/// How far an action says that its text is indented.
fn indent(action: &str) -> Option<usize> {
    let (_, after) = action.rsplit_once("indent ")?;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn has_key(text: &str) -> bool {
    let text = text.strip_prefix("- ").unwrap_or(text);
    text.split_once(':').is_some_and(|(key, rest)| {
        !key.is_empty() && !key.contains(char::is_whitespace) && (rest.is_empty() || rest.starts_with(' '))
    })
}

/// What a line holds.
#[derive(Debug, Default)]
struct Seen {
    /// Its text outside of actions.
    literal: String,
    actions: Vec<String>,
    /// Whether it begins or ends inside an action.
    is_part: bool,
}

impl Seen {
    /// Whether a comment at its end is a comment, as far as one line can tell.
    fn takes_comment(&self, line: &str) -> bool {
        let line = line.trim();
        let ends = ["|", ">", "|-", ">-", "|+", ">+", "-}}"];
        !self.is_part
            && !line.is_empty()
            && !line.starts_with("---")
            && !line.starts_with('#')
            && !ends.iter().any(|end| line.ends_with(end))
    }

    /// How far the lines are indented that its last action puts below it, if that does so.
    fn lines_below(&self) -> Option<usize> {
        let (_, after) = self.actions.last()?.rsplit_once("nindent ")?;
        after.trim_end_matches('-').trim().parse().ok()
    }

    /// The one action of the line, if it makes text.
    fn output(&self) -> Option<&str> {
        let [action] = self.actions.as_slice() else { return None };
        let word = keyword(action);
        let controls = ["if", "else", "end", "range", "with", "define", "block", "break", "continue", "/*"];
        let assigns = word.starts_with('$') && action.contains('=');
        (!controls.contains(&word) && !assigns && !word.is_empty()).then_some(action)
    }
}

fn keyword(action: &str) -> &str {
    let inner = action.trim_start_matches('-').trim();
    if inner.starts_with("/*") {
        return "/*";
    }
    inner.split(char::is_whitespace).next().unwrap_or_default()
}

/// Reads a template line by line.
#[derive(Debug, Default)]
struct Scan {
    /// The action that is open, so far.
    open: Option<String>,
    /// What is open until its `end`: whether each is a definition.
    nested: Vec<bool>,
}

impl Scan {
    fn is_in_define(&self) -> bool {
        self.nested.contains(&true)
    }

    fn line(&mut self, line: &str) -> Seen {
        let mut seen = Seen { is_part: self.open.is_some(), ..Seen::default() };
        let mut rest = line;
        loop {
            if let Some(mut action) = self.open.take() {
                let Some((inner, after)) = split_end(&action, rest) else {
                    action.push_str(rest);
                    action.push('\n');
                    self.open = Some(action);
                    seen.is_part = true;
                    return seen;
                };
                action.push_str(inner);
                self.action(&action);
                seen.actions.push(action);
                rest = after;
            }
            let Some((before, after)) = rest.split_once("{{") else {
                seen.literal.push_str(rest);
                return seen;
            };
            seen.literal.push_str(before);
            self.open = Some(String::new());
            rest = after;
        }
    }

    fn action(&mut self, action: &str) {
        match keyword(action) {
            "define" | "block" => self.nested.push(true),
            "if" | "range" | "with" => self.nested.push(false),
            "end" => drop(self.nested.pop()),
            _ => {}
        }
    }
}

/// Splits text at the end of an action that began before it; braces within quotes and comments end none.
fn split_end<'a>(before: &str, text: &'a str) -> Option<(&'a str, &'a str)> {
    let begun = before.trim_start_matches('-').trim_start();
    if begun.starts_with("/*") || text.trim_start_matches('-').trim_start().starts_with("/*") {
        let from = text.find("*/")?;
        let end = text.get(from..)?.find("}}")? + from;
        return Some((text.get(..end)?, text.get(end + 2..)?));
    }
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some('"'), _) if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '`') => quote = Some(c),
            (None, '}') if text.get(at..).is_some_and(|rest| rest.starts_with("}}")) => {
                return Some((text.get(..at)?, text.get(at + 2..)?));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> String {
        mark(text, 0, false, true).text
    }

    #[test]
    fn lines_with_text_and_actions_that_make_text_are_marked() {
        let text = "kind: Pod\n{{- if .x }}\nname: {{ .y }}\n  {{- toYaml .z | nindent 2 }}\n{{- end }}\n";
        let expected = "kind: Pod #@sw:0:1@\n{{- if .x }}\nname: {{ .y }} #@sw:0:3@\n  {{- toYaml .z | nindent 2 }} #@sw:0:4@\n{{- end }}\n";
        assert_eq!(marked(text), expected);
        let blocks = mark(text, 0, false, true).blocks;
        assert_eq!(blocks, [Block { at: TemplateLine { file: 0, line: 4 }, indent: 2, has_key: false }]);
    }

    #[test]
    fn lines_below_a_key_are_a_block_of_its_line() {
        let blocks = |text: &str| mark(text, 0, false, true).blocks;
        let block = |indent| [Block { at: TemplateLine { file: 0, line: 1 }, indent, has_key: true }];
        assert_eq!(blocks("  labels: {{- toYaml .x | nindent 4 }}\n"), block(4));
        assert_eq!(blocks("- {{ .k }}: {{- include \"x\" . | nindent 12 }}"), block(12));
        for line in ["a: {{ .x }}", "a: {{ .x | nindent 2 | quote }}", "a: b {{ .x | nindent 2 }}"] {
            assert_eq!(blocks(line), [], "{line}");
        }
    }

    #[test]
    fn lines_that_allow_no_comment_are_left_alone() {
        for line in [
            "",
            "---",
            "# a comment",
            "text: |",
            "text: >-",
            "name: {{ .x -}}",
            "{{- $x := 1 }}",
            "{{/* a }} comment */}}",
            "{{ define \"x\" }}",
        ] {
            assert_eq!(marked(line), line);
        }
        let long = "name: {{ .x |\n  quote }}\nkind: Pod";
        assert_eq!(marked(long), "name: {{ .x |\n  quote }}\nkind: Pod #@sw:0:3@");
        assert_eq!(marked("a: {{ \"}}\" }}"), "a: {{ \"}}\" }} #@sw:0:1@");
    }

    #[test]
    fn of_helpers_only_keys_are_marked() {
        let text = "{{- define \"x\" -}}\nweb\napp: {{ .x }}\n{{ .y }}\n{{- end }}\nkind: Pod\n";
        let expected = text.replace("{{ .x }}\n", "{{ .x }} #@sw:0:3@\n").replace("Pod\n", "Pod #@sw:0:6@\n");
        assert_eq!(marked(text), expected);
        assert!(!mark(text, 0, false, false).text.contains("sw:0:3"));
    }

    #[test]
    fn marks_are_taken_off_wherever_they_are() {
        let at = |line| Some(TemplateLine { file: 3, line });
        assert_eq!(unmarked("a: b #@sw:3:1@ #@sw:4:2@"), ("a: b".to_owned(), at(1)));
        assert_eq!(unmarked("\"x #@sw:3:7@\""), ("\"x\"".to_owned(), at(7)));
        assert_eq!(unmarked("a #@sw:x"), ("a #@sw:x".to_owned(), None));
    }
}

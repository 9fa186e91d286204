//! The closed list of `docs/yaml.md`: what we refuse and Go reads.

use seaworthy::cli::load::yaml::YamlProblem;

/// Which entry of the list it is; nothing if it is none. `drops`: Go does not read to the end of the text.
pub(crate) fn reason(text: &str, drops: bool, problem: &YamlProblem) -> Option<&'static str> {
    Some(match problem {
        YamlProblem::LineBreak(_) => "line-breaks",
        _ if drops => "dropped-text",
        YamlProblem::Number(_) => "infinite-keys",
        YamlProblem::Trailing => "trailing-text",
        YamlProblem::Collision { .. } => "collisions",
        YamlProblem::Tab if has_tab_in_front(text) => "tabs",
        YamlProblem::Style(_) => "style",
        YamlProblem::Tag(_) => "tags",
        YamlProblem::Syntax(words) => return grammar(words, text),
        YamlProblem::TooDeep(_) | YamlProblem::TooLarge(_) => "bounds",
        YamlProblem::Json(_) => "json",
        YamlProblem::Key(_) => "overwritten-keys",
        _ => return None,
    })
}

fn grammar(words: &str, text: &str) -> Option<&'static str> {
    let says = |part: &str| words.contains(part);
    Some(match () {
        () if says("BOM") => "byte-order-marks",
        () if says("directives are disallowed") => "directives",
        () if says("comments must be separated") => "glued-comments",
        () if says("multiline quoted scalar") => "quotes-not-indented",
        () if says("scanning a tag") || says("parsing a tag") => "tags",
        () if says("simple key expected") => "values-not-indented",
        () if says("cannot start with '-'") => "lone-dashes",
        () if says("expected <document start>") => "dropped-text",
        () if says("unknown anchor") || says("scanning an anchor") => "glued-aliases",
        () if says("unknown escape") => "escapes",
        () if (says("parsing a flow mapping") || says("illegal placement of ':'"))
            && has_lone_colon(text) =>
        {
            "style"
        }
        () if says("bracket") || says("only valid inside a block") => return glued(text),
        () if says("wrongly indented line in block scalar") => "block-indentation",
        () => return None,
    })
}

/// Whether a tab stands in front of what a line says, maybe behind indicators: behind a key it is no more than a space.
fn has_tab_in_front(text: &str) -> bool {
    let indents = |c: &char| matches!(c, ' ' | '\t' | '-' | '?' | ':');
    let text = text.trim_start_matches('\u{FEFF}');
    text.split(['\n', '\r']).any(|line| line.chars().take_while(indents).any(|c| c == '\t'))
}

/// Whether a colon stands before what ends a value inside `[]` or `{}`: text to Go.
fn has_lone_colon(text: &str) -> bool {
    let ends = |rest: &str| rest.starts_with([',', '[', ']', '{', '}']);
    text.match_indices(':').any(|(at, _)| text.get(at + 1..).is_some_and(ends))
}

/// Whether a bracket or a comma is part of a tag or of an anchor's name to one reader, and not to the other.
fn glued(text: &str) -> Option<&'static str> {
    let has = |sign: char, glue: &[char]| {
        let words = text.match_indices(sign).filter_map(|(at, _)| text.get(at..)?.split_whitespace().next());
        words.into_iter().any(|word| word.contains(glue))
    };
    let tag = has('!', &['[', ']', '{', '}', ',']).then_some("tags");
    tag.or_else(|| has('&', &[':']).then_some("glued-aliases"))
}

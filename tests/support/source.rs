//! Rust source cut into tokens, without comments, text and test code; and the paths that it names.
//!
//! It must not know what is allowed where: `tests/purity.rs` does.

/// A token: an identifier, `::`, or one other character. Literals are an empty identifier in quotes.
pub(crate) type Token = String;

/// The tokens of a source text that is not test code.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    without_tests(&lex(source))
}

/// Files of modules that are declared for tests only (`#[cfg(test)] mod name;`).
pub(crate) fn test_modules(source: &str) -> Vec<String> {
    let tokens = lex(source);
    let starts = (0..tokens.len()).filter(|start| is_test_attribute(&tokens[*start..]));
    let rests = starts.map(|start| &tokens[after_attributes(&tokens, start)..]);
    rests
        .filter_map(|rest| {
            let at = rest.iter().position(|token| token == "mod")?;
            let name = rest.get(at + 1)?;
            (rest.get(at + 2)? == ";").then(|| name.clone())
        })
        .collect()
}

fn lex(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['r', '"' | '#', ..] | ['b', 'r', '"' | '#', ..] if raw_string(rest).is_some() => {
                tokens.push("\"\"".to_owned());
                raw_string(rest).unwrap()
            }
            ['"', ..] | ['b', '"', ..] => {
                tokens.push("\"\"".to_owned());
                quoted(rest)
            }
            ['\'', '\\', ..] => 3 + rest[3..].iter().position(|c| *c == '\'').unwrap(),
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => {
                tokens.push("::".to_owned());
                2
            }
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let length = rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
                tokens.push(rest[..length].iter().collect());
                length
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    tokens.push(c.to_string());
                }
                1
            }
            [] => 1,
        };
    }
    tokens
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

/// Length of a raw string, if one starts here.
fn raw_string(rest: &[char]) -> Option<usize> {
    let start = rest.iter().position(|c| *c == 'r')? + 1;
    let hashes = rest[start..].iter().take_while(|c| **c == '#').count();
    if rest.get(start + hashes) != Some(&'"') {
        return None;
    }
    let body = start + hashes + 1;
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let length = rest[body..].windows(end.len()).position(|window| window == end)?;
    Some(body + length + end.len())
}

fn quoted(rest: &[char]) -> usize {
    let mut at = rest.iter().position(|c| *c == '"').unwrap() + 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn is_test_attribute(tokens: &[Token]) -> bool {
    let words: Vec<&str> = tokens.iter().take(7).map(String::as_str).collect();
    words == ["#", "[", "cfg", "(", "test", ")", "]"]
}

fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            at = end_of_item(tokens, after_attributes(tokens, at));
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn after_attributes(tokens: &[Token], mut at: usize) -> usize {
    while tokens.get(at).is_some_and(|token| token == "#") {
        at = closing(tokens, at + 1, "[", "]");
    }
    at
}

/// An item ends with its block, or with a semicolon before any.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let end = tokens[start..].iter().position(|token| token == "{" || token == ";");
    match end.map(|end| start + end) {
        None => tokens.len(),
        Some(end) if tokens[end] == ";" => end + 1,
        // The braces of `use a::{b, c};` are no block.
        Some(end) => {
            let after = closing(tokens, end, "{", "}");
            after + usize::from(tokens.get(after).is_some_and(|token| token == ";"))
        }
    }
}

/// The place after the bracket that closes the one at `start`.
fn closing(tokens: &[Token], start: usize, open: &str, close: &str) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if token == open {
            depth += 1;
        } else if token == close {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    tokens.len()
}

/// Every path that is named, the trees of `use` as one path per leaf.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_word(&tokens[at]) {
            at = tree(tokens, at, &[], &mut paths);
        } else {
            at += 1;
        }
    }
    paths
}

/// Reads the path at `at`, or its branches, and says where it ends.
fn tree(tokens: &[Token], mut at: usize, parent: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    let mut path = parent.to_vec();
    while let Some(token) = tokens.get(at) {
        if token == "{" {
            at += 1;
            while tokens.get(at).is_some_and(|token| token != "}") {
                at = if tokens[at] == "," { at + 1 } else { tree(tokens, at, &path, paths).max(at + 1) };
            }
            return at + 1;
        }
        if !is_word(token) && token != "*" {
            break;
        }
        path.push(token.clone());
        at += 1;
        if tokens.get(at).is_none_or(|token| token != "::") {
            break;
        }
        at += 1;
    }
    paths.push(path);
    at
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

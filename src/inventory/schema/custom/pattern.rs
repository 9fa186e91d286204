//! Patterns as the API server reads them, for another library of the same kind.
//!
//! Both match in linear time and are close relatives; what differs is written in a way that both read alike. What cannot
//! be is no pattern here, and nobody says that a value does not match it. Next: [`super::rules`].

use regex::Regex;

/// The pattern; nothing if it cannot be said what the server takes it for.
pub(super) fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(&translated(pattern)?).ok()
}

/// Classes of Perl are of ASCII there, and of Unicode here. Where a bracket stands in a class, or signs of operations on
/// classes, they are themselves there.
fn translated(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    // How many characters of a class were read.
    let mut class: Option<usize> = None;
    while let Some(next) = rest.next() {
        let read = class.map(|read| read + 1);
        match (next, class) {
            ('\\', _) => {
                let letter = rest.next()?;
                escaped(letter, class.is_some(), &mut text)?;
                if matches!(letter, 'p' | 'P' | 'x') && rest.peek() == Some(&'{') {
                    text.extend(rest.by_ref().take_while(|next| *next != '}'));
                    text.push('}');
                }
            }
            ('[', None) => {
                text.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    text.push('^');
                }
                class = Some(0);
                continue;
            }
            ('[', Some(_)) if rest.peek() == Some(&':') => {
                text.push('[');
                loop {
                    let next = rest.next()?;
                    text.push(next);
                    if next == ']' {
                        break;
                    }
                }
            }
            ('[', Some(_)) => text.push_str("\\["),
            // One that comes first is itself.
            (']', Some(0)) => text.push_str("\\]"),
            (']', Some(_)) => {
                text.push(']');
                class = None;
                continue;
            }
            ('&' | '~', Some(_)) => text.extend(['\\', next]),
            ('-', Some(read)) if read == 0 || matches!(rest.peek(), Some(']')) => text.push_str("\\-"),
            ('-', Some(_)) if rest.peek() == Some(&'-') => return None,
            ('{', None) if !rest.peek().is_some_and(char::is_ascii_digit) => text.push_str("\\{"),
            (other, _) => text.push(other),
        }
        class = read;
    }
    Some(text)
}

/// What stands behind a backslash.
fn escaped(letter: char, in_class: bool, text: &mut String) -> Option<()> {
    let (digits, word, space) = ("0-9", "0-9A-Za-z_", "\\t\\n\\x0C\\r ");
    match letter {
        'd' | 'w' | 's' => {
            let members = match letter {
                'd' => digits,
                'w' => word,
                _ => space,
            };
            text.extend(["[", members, "]"]);
        }
        'D' => text.extend(["[^", digits, "]"]),
        'W' => text.extend(["[^", word, "]"]),
        'S' => text.extend(["[^", space, "]"]),
        'b' if !in_class => text.push_str("(?-u:\\b)"),
        'a' | 'f' | 't' | 'n' | 'r' | 'v' | 'x' | 'p' | 'P' | 'A' | 'z' => text.extend(['\\', letter]),
        other if other.is_ascii_punctuation() && other != '<' && other != '>' => text.extend(['\\', other]),
        '<' | '>' => text.push(letter),
        // Octal numbers, quoted text, what is no letter of either library.
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_matches_what_the_server_says_it_does() {
        for (pattern, text, matches) in [
            (r"^\d+$", "12", true),
            (r"^\d+$", "\u{664}", false),
            (r"^\w+$", "a_1", true),
            (r"^\w+$", "\u{e9}", false),
            (r"^[\w.-]+$", "a.b-c", true),
            (r"^[^\s]+$", "a\u{a0}b", true),
            (r"^[^\s]+$", "a b", false),
            (r"^\S+$", "a b", false),
            (r"^[a[]+$", "a[", true),
            (r"^[]a]+$", "]a", true),
            (r"^[^]a]+$", "]a", false),
            (r"^[a&&b]+$", "a&b", true),
            (r"^[[:alpha:]]+$", "ab", true),
            (r"^[a-]+$", "a-", true),
            (r"^[-a]+$", "a-", true),
            (r"^[a-c]+$", "b", true),
            (r"\bweb\b", "a web", true),
            (r"\bweb\b", "\u{e9}web", true),
            (r"^a{2,3}$", "aa", true),
            (r"^\{.*}$", "{x}", true),
            (r"^{x}$", "{x}", true),
            (r"^\p{L}+$", "\u{e9}", true),
            (r"^(?i)abc$", "ABC", true),
            (r"^a\.b\/c\-d\_e$", "a.b/c-d_e", true),
            (r"^(a|b)*?$", "ab", true),
            ("^a$", "a\n", false),
            ("b", "abc", true),
        ] {
            assert_eq!(compile(pattern).unwrap().is_match(text), matches, "{pattern} {text:?}");
        }
    }

    #[test]
    fn of_what_cannot_be_read_nothing_is_known() {
        for pattern in [r"\Qa.b\E", r"(?=a)", r"\123", r"(a", r"[a", r"\", r"a{2000}{2000}{2000}", r"[!--]"] {
            assert!(compile(pattern).is_none(), "{pattern}");
        }
    }
}

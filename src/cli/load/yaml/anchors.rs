//! What of a document stands under an anchor, an alias or a merge key: it may be meant in several places.
//!
//! Whoever changes a text asks, and leaves that alone. It must not make values. Next: [`super::build`] does.

use granit_parser::{Event, Parser};

/// The steps from the root to a value, as paths have them.
pub type Steps = Vec<String>;

/// A collection that has not ended.
struct Open {
    steps: Steps,
    /// Whether it is merged into the one around it: its entries are that one's.
    is_merged: bool,
    content: Content,
}

enum Content {
    Items(usize),
    /// The key whose value comes next.
    Entries(Option<String>),
}

/// A value that begins: where it is, and whether it is merged into what holds it.
struct Begun {
    steps: Steps,
    is_merged: bool,
    /// Whether it is an entry of something that is merged.
    is_shared: bool,
}

/// Where the values of one document stand that have an anchor, are an alias or come by a merge key; nothing if that cannot be
/// told.
pub fn shared(text: &str) -> Option<Vec<Steps>> {
    if !text.contains(['&', '*']) && !text.contains("<<") {
        return Some(Vec::new());
    }
    let (mut open, mut found): (Vec<Open>, Vec<Steps>) = (Vec::new(), Vec::new());
    let options = granit_parser::options! { disallow_directives: true };
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, _) = next.ok()?;
        let (anchor, content) = match &event {
            Event::Scalar(word, ..) if takes_key(open.last_mut(), word) => continue,
            Event::Scalar(_, _, anchor, _) | Event::Alias(anchor) => (*anchor, None),
            Event::SequenceStart(_, anchor, _) => (*anchor, Some(Content::Items(0))),
            Event::MappingStart(_, anchor, _) => (*anchor, Some(Content::Entries(None))),
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop()?;
                continue;
            }
            _ => continue,
        };
        let Begun { steps, is_merged, is_shared } = begin(open.last_mut())?;
        // What is merged is its entries: those of an alias stand at its anchor.
        if (anchor > 0 && !is_merged) || is_shared {
            found.push(steps.clone());
        }
        if let Some(content) = content {
            open.push(Open { steps, is_merged, content });
        }
    }
    Some(found)
}

/// Whether a word is the key of what is open; it is kept until its value comes.
fn takes_key(open: Option<&mut Open>, word: &str) -> bool {
    match open.map(|open| &mut open.content) {
        Some(Content::Entries(key @ None)) => {
            *key = Some(word.to_owned());
            true
        }
        _ => false,
    }
}

/// The value that comes next in what is open; nothing for what is a key and no word.
fn begin(open: Option<&mut Open>) -> Option<Begun> {
    let Some(Open { steps, is_merged, content }) = open else {
        return Some(Begun { steps: Vec::new(), is_merged: false, is_shared: false });
    };
    let (merged_around, mut steps) = (*is_merged, steps.clone());
    let step = match content {
        Content::Items(_) if merged_around => None,
        Content::Items(next) => {
            *next += 1;
            Some((*next - 1).to_string())
        }
        Content::Entries(key) => Some(key.take()?).filter(|key| key != "<<"),
    };
    let is_merged = step.is_none();
    let is_shared = merged_around && !is_merged;
    steps.extend(step);
    Some(Begun { steps, is_merged, is_shared })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<Vec<String>> {
        shared(text).map(|found| found.into_iter().map(|steps| steps.join(".")).collect())
    }

    #[test]
    fn what_may_be_meant_twice_is_found() {
        for (text, expected) in [
            ("a: &x {b: 1}\nc: *x\n", &["a", "c"][..]),
            ("a:\n- b: &x 1\n- 2\n- &y 3\n", &["a.0.b", "a.2"]),
            ("&all\na: 1\n", &[""]),
            ("a:\n  <<: {b: {c: 1}, d: 2}\n  e: 3\n", &["a.b", "a.d"]),
            ("a:\n  <<: [{b: 1}, {c: 1}]\n", &["a.b", "a.c"]),
            ("a: 'x & y * z'\nb: 1\n", &[]),
            ("? &k a\n: 1\n", &[]),
        ] {
            let expected: Vec<String> = expected.iter().map(|steps| (*steps).to_owned()).collect();
            assert_eq!(told(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_nothing() {
        for text in ["a: &x [\n", "? [a, &x b]\n: 1\n", "a: *gone\n"] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}

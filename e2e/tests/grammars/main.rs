//! The small grammars of Kubernetes: what the core makes of a text is what Go's own libraries make of it.
//!
//! Texts are made of parts that are right, nearly right and wrong, and of characters that mean something in the
//! grammar: tens of thousands of each. It must not have an answer of its own. Next: [`texts`] makes them.
#![cfg(test)]

mod cidrs;
mod images;
mod names;
mod quantities;
#[path = "../defaulting/random.rs"]
mod random;
mod schedules;
mod selectors;
mod shares;
mod texts;

/// Asked for at once.
const BATCH: usize = 1_000;

/// Compares the answers on many texts, of which a tenth must be valid and a tenth not.
fn compare<A: std::fmt::Debug + PartialEq>(
    what: &str,
    texts: &[String],
    mut theirs: impl FnMut(&[String]) -> Vec<Option<A>>,
    ours: impl Fn(&str) -> Option<A>,
) {
    let (mut valid, mut differences) = (0, Vec::new());
    for batch in texts.chunks(BATCH) {
        let answers = theirs(batch);
        assert_eq!(answers.len(), batch.len());
        for (text, theirs) in batch.iter().zip(answers) {
            valid += usize::from(theirs.is_some());
            let ours = ours(text);
            if ours != theirs {
                differences.push(format!("{text:?}: ours {ours:?}, theirs {theirs:?}"));
            }
        }
    }
    finish(what, texts.len(), valid, &differences);
}

fn finish(what: &str, count: usize, valid: usize, differences: &[String]) {
    println!("{what}: {count} compared, {valid} of them valid, {} differ", differences.len());
    let shown = differences[..differences.len().min(12)].join("\n");
    assert!(differences.is_empty(), "{what}: {} differ, the first:\n{shown}", differences.len());
    assert!(valid * 10 > count && (count - valid) * 10 > count, "{what}: {valid} of {count} are valid");
}

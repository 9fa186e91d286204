//! Texts by chance: seeds with a few changes, or a few characters that mean something.
//!
//! It must not know any grammar: whoever asks gives seeds and characters.

use super::random::Choices;

/// Characters that are odd everywhere.
const ODD: &str = " \t\n\u{0}\u{7f}äé٣\u{2028}%+-";

/// Texts made of these seeds and characters. Half of them is near a seed, so that many are valid.
pub(crate) fn made(count: usize, seed: u64, seeds: &[&str], characters: &str) -> Vec<String> {
    let mut choices = Choices::seeded(seed);
    let characters: Vec<char> = characters.chars().collect();
    let listed = seeds.iter().map(|seed| (*seed).to_owned());
    let made = (0..count).map(|_| match choices.below(10) {
        0..2 => few(&mut choices, &characters),
        2..5 => (*choices.one_of(seeds)).to_owned(),
        _ => changed(&mut choices, seeds, &characters),
    });
    listed.chain(made).collect()
}

fn few(choices: &mut Choices, characters: &[char]) -> String {
    let length = choices.below(12);
    (0..length).map(|_| character(choices, characters)).collect()
}

fn character(choices: &mut Choices, characters: &[char]) -> char {
    if choices.percent(3) {
        let odd: Vec<char> = ODD.chars().collect();
        return *choices.one_of(&odd);
    }
    *choices.one_of(characters)
}

/// A seed with one to three changes: a character more, less or another, the end of another seed, a part twice, or
/// another case.
fn changed(choices: &mut Choices, seeds: &[&str], characters: &[char]) -> String {
    let mut text: Vec<char> = choices.one_of(seeds).chars().collect();
    for _ in 0..=choices.below(3) {
        let at = choices.below(text.len() + 1);
        match choices.below(7) {
            0 | 1 => text.insert(at, character(choices, characters)),
            2 if at < text.len() => drop(text.remove(at)),
            3 if at < text.len() => text[at] = character(choices, characters),
            4 => {
                let other: Vec<char> = choices.one_of(seeds).chars().collect();
                text.truncate(at);
                text.extend(&other[choices.below(other.len() + 1)..]);
            }
            5 => {
                let end = (at + 1 + choices.below(80)).min(text.len());
                let part = text[at..end].to_vec();
                text.splice(at..at, part);
            }
            _ if at < text.len() && text[at].is_ascii_alphabetic() => {
                text[at] = char::from(text[at] as u8 ^ 0x20);
            }
            _ => {}
        }
    }
    text.into_iter().collect()
}

/// A text that is this long.
pub(crate) fn long(part: &str, length: usize) -> String {
    part.chars().cycle().take(length).collect()
}

//! Quantities: whether one is taken, and its exact value.

use seaworthy::inventory::quantity::Quantity;
use seaworthy_e2e::Oracle;

use super::{compare, random::Choices, texts::made};

const MADE: usize = 30_000;

const SEEDS: &[&str] = &[
    "0",
    "1",
    "100m",
    "250.5m",
    "1.5Gi",
    "128Mi",
    "1e3",
    "1E3",
    "5e-1",
    "+1Gi",
    "-1",
    "-0.5",
    ".5",
    "5.",
    ".",
    "1E",
    "1Ei",
    "8Ei",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "0.0000000001",
    "1n",
    "1u",
    "999999999999999999999999",
    "1e18",
    "1e-9",
    "1e-10",
    "12k",
    "1Ki",
    "1.000Pi",
    "0100m",
    "1M",
    "2G",
    "3T",
    "4P",
    "0.1n",
    "1e4294967297",
    "007",
    "1e+3",
    "1e",
    "1ee3",
    "1mm",
    "1mi",
    "KiB",
    "0.5Ki",
    "1.1Ki",
    "123456789.987654321",
];

/// Values beyond what ours holds are compared as that bound.
fn bounded(nano: &str) -> i128 {
    let bound = if nano.starts_with('-') { -i128::MAX } else { i128::MAX };
    nano.parse().unwrap_or(bound).max(-i128::MAX)
}

#[test]
fn quantities_are_taken_and_are_worth_what_the_server_says() {
    let mut oracle = Oracle::start().unwrap();
    let mut texts = made(MADE, 11, SEEDS, "0123456789..++--eEinumkKMGTPi");
    texts.extend(numbers(MADE / 3));
    // The library computes the power of ten, however large.
    texts.retain(|text| !has_large_exponent(text));
    let theirs = |texts: &[String]| {
        let answers = oracle.quantities(texts).unwrap();
        answers.into_iter().map(|answer| answer.valid.then(|| bounded(&answer.nano))).collect()
    };
    compare("quantities", &texts, theirs, |text| text.parse::<Quantity>().ok().map(Quantity::nano));
}

/// Digits, a point and a suffix: almost all of them are quantities.
fn numbers(count: usize) -> Vec<String> {
    let mut choices = Choices::seeded(12);
    let suffixes = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e7", "E-5",
        "e-19",
    ];
    let digits = |choices: &mut Choices, most: usize| -> String {
        let length = choices.below(most);
        (0..length).map(|_| char::from(b'0' + u8::try_from(choices.below(10)).unwrap())).collect()
    };
    let number = |choices: &mut Choices| {
        let sign = *choices.one_of(&["", "", "-", "+"]);
        let point = if choices.percent(50) { format!(".{}", digits(choices, 14)) } else { String::new() };
        let whole = if choices.percent(80) { digits(choices, 8) } else { digits(choices, 45) };
        format!("{sign}{whole}{point}{}", choices.one_of(&suffixes))
    };
    (0..count).map(|_| number(&mut choices)).collect()
}

fn has_large_exponent(text: &str) -> bool {
    let exponent = text.rsplit(['e', 'E']).next().unwrap_or_default();
    let digits = exponent.trim_start_matches(['+', '-', '0']);
    digits.len() > 3 && digits != "4294967297" && text.contains(['e', 'E'])
}

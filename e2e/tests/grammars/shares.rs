//! Numbers and percentages of a total (`IntOrString`), rounded both ways.

use seaworthy::inventory::lenient::{IntOrString, Round};
use seaworthy_e2e::Oracle;
use serde_json::{Value, json};

use super::{BATCH, finish, random::Choices, texts::made};

const MADE: usize = 30_000;
const SEEDS: &[&str] = &[
    "0%",
    "1%",
    "25%",
    "33%",
    "50%",
    "99%",
    "100%",
    "101%",
    "1000%",
    "-5%",
    "+5%",
    "050%",
    "%",
    "50",
    "5.5%",
    " 5%",
    "5 %",
    "50%%",
    "1e2%",
    "0x10%",
    "http",
    "999999999%",
    "5_0%",
    "",
    "99999999999999999999%",
];

#[test]
fn shares_of_a_total_are_the_servers() {
    let mut oracle = Oracle::start().unwrap();
    let mut choices = Choices::seeded(41);
    let texts = made(MADE * 2 / 3, 42, SEEDS, "0123456789%%-+.");
    let numbers = (0..MADE / 3).map(|_| json!(choices.below(4000)));
    let values: Vec<Value> = texts.into_iter().map(Value::from).chain(numbers).collect();
    let mut choices = Choices::seeded(43);
    let asked: Vec<Value> =
        values.iter().map(|value| json!({"value": value, "total": choices.below(6000)})).collect();
    let (mut valid, mut differences) = (0, Vec::new());
    for batch in asked.chunks(BATCH) {
        for (asked, theirs) in batch.iter().zip(oracle.scaled(batch).unwrap()) {
            valid += usize::from(theirs.up.is_some());
            let value: IntOrString = serde_json::from_value(asked["value"].clone()).unwrap();
            let total = asked["total"].as_i64().unwrap();
            let ours = [value.of_total(total, Round::Up), value.of_total(total, Round::Down)];
            // Beyond the whole numbers of a float, Go rounds.
            let exact = ours.iter().flatten().all(|share| share.abs() < 1 << 50);
            if exact && ours != [theirs.up, theirs.down] {
                differences.push(format!("{asked}: ours {ours:?}, theirs {theirs:?}"));
            }
        }
    }
    finish("shares", asked.len(), valid, &differences);
}

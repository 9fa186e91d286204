//! Label selectors: whether one is taken, which field is at fault, and what it matches.

use seaworthy::inventory::{labels::Labels, selector::LabelSelector};
use seaworthy_e2e::Oracle;
use serde_json::{Map, Value, json};

use super::{BATCH, finish, random::Choices};

const MADE: usize = 30_000;
const KEYS: &[&str] =
    &["app", "app", "tier", "example.com/team", "a", "1", "", "-a", "a/b/c", "A.io/x", "ä", "a b"];
const VALUES: &[&str] = &["web", "web", "db", "", "v1.2", "A", "-x", "x y", "a/b", "é"];
const OPERATORS: &[&str] =
    &["In", "NotIn", "Exists", "DoesNotExist", "In", "NotIn", "in", "Equals", "", "Gt"];

#[test]
fn selectors_are_taken_and_match_as_on_the_server() {
    let mut oracle = Oracle::start().unwrap();
    let mut choices = Choices::seeded(31);
    let asked: Vec<Value> = (0..MADE).map(|_| question(&mut choices)).collect();
    let (mut valid, mut matched, mut differences) = (0, 0, Vec::new());
    for batch in asked.chunks(BATCH) {
        for (asked, theirs) in batch.iter().zip(oracle.selectors(batch).unwrap()) {
            valid += usize::from(theirs.valid);
            matched += theirs.matches.iter().filter(|matches| **matches).count();
            let same = match serde_json::from_value::<LabelSelector>(asked["selector"].clone()) {
                Err(_) => !theirs.reason.is_empty(),
                Ok(selector) => match selector.compile() {
                    Err(error) => {
                        // Of a wrong label ours names the key as well.
                        let field = error
                            .field
                            .split_once("matchLabels")
                            .map_or(error.field.as_str(), |_| "matchLabels");
                        theirs.fields.iter().any(|theirs| theirs == field)
                    }
                    Ok(compiled) => {
                        let ours: Vec<bool> =
                            labels(asked).iter().map(|labels| compiled.matches(labels)).collect();
                        theirs.valid && ours == theirs.matches && compiled.is_empty() == theirs.empty
                    }
                },
            };
            if !same {
                differences.push(format!("{asked}: theirs {theirs:?}"));
            }
        }
    }
    assert!(matched > MADE / 10, "only {matched} matched");
    finish("selectors", MADE, valid, &differences);
}

fn labels(asked: &Value) -> Vec<Labels> {
    let sets = asked["labels"].as_array().unwrap().iter();
    sets.map(|set| {
        let pairs = set.as_object().unwrap().iter();
        pairs.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
    })
    .collect()
}

fn question(choices: &mut Choices) -> Value {
    // Mostly right, so that a good share of the whole is.
    let clean = choices.percent(70);
    let selector = if choices.percent(2) { odd(choices) } else { selector(choices, clean) };
    let sets: Vec<Value> = (0..4).map(|_| set(choices, true)).collect();
    json!({"selector": selector, "labels": sets})
}

fn key(choices: &mut Choices, clean: bool) -> &'static str {
    KEYS[choices.below(if clean { 6 } else { KEYS.len() })]
}

fn value(choices: &mut Choices, clean: bool) -> &'static str {
    VALUES[choices.below(if clean { 6 } else { VALUES.len() })]
}

fn set(choices: &mut Choices, clean: bool) -> Value {
    let count = choices.below(4);
    let pairs = (0..count).map(|_| (key(choices, clean).to_owned(), json!(value(choices, clean))));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn selector(choices: &mut Choices, clean: bool) -> Value {
    let mut selector = json!({});
    if choices.percent(50) {
        selector["matchLabels"] = set(choices, clean);
    }
    let count = choices.below(3);
    let expressions: Vec<Value> = (0..count)
        .map(|_| {
            let operator = OPERATORS[choices.below(if clean { 4 } else { OPERATORS.len() })];
            let takes_values = matches!(operator, "In" | "NotIn") || !clean;
            let amount = if takes_values { choices.below(3) + usize::from(clean) } else { 0 };
            let values: Vec<_> = (0..amount).map(|_| value(choices, clean)).collect();
            json!({"key": key(choices, clean), "operator": operator, "values": values})
        })
        .collect();
    if !expressions.is_empty() {
        selector["matchExpressions"] = json!(expressions);
    }
    selector
}

fn odd(choices: &mut Choices) -> Value {
    let odd = [
        json!({"matchLabels": null, "matchExpressions": null}),
        json!({"matchLabels": []}),
        json!({"matchLabels": {"app": null}}),
        json!({"matchLabels": {"app": 1}}),
        json!({"matchExpressions": [{}]}),
        json!({"matchExpressions": [null]}),
        json!({"matchExpressions": {}}),
        json!({"matchExpressions": [{"key": "app", "operator": "In", "values": null}]}),
        json!({"matchExpressions": [{"key": "app", "operator": "In", "values": [null]}]}),
        json!({"matchExpressions": [{"key": null, "operator": "Exists"}]}),
        json!({"matchExpressions": [{"key": "app", "operator": "Exists", "values": []}]}),
        json!("app=web"),
        json!({"unknown": {}}),
    ];
    choices.one_of(&odd).clone()
}

//! One text, two readings.

use std::collections::BTreeMap;

use seaworthy::cli::load::yaml::{self, Bounds, YamlProblem, stream};
use seaworthy_e2e::{Oracle, ReadText};
use serde_json::Value;

use crate::listed;

/// How readings compared.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Both read the same.
    same: usize,
    /// Both refuse.
    refused: usize,
    /// Only we refuse, by the kind of problem.
    stricter: BTreeMap<&'static str, usize>,
    /// Go's value is beyond what can be compared: numbers and depths past every bound.
    incomparable: usize,
    /// What must not be.
    wrong: Vec<String>,
}

impl Tally {
    /// Fails if something must not be.
    pub(crate) fn finish(self, most: usize) {
        let Self { same, refused, stricter, incomparable, wrong } = self;
        println!(
            "read alike {same}, refused by both {refused}, refused by us only {stricter:?}, not compared {incomparable}"
        );
        assert!(
            wrong.is_empty(),
            "{} texts are read in another way; the first:\n{}",
            wrong.len(),
            wrong.iter().take(most).cloned().collect::<Vec<_>>().join("\n")
        );
        assert!(same > refused / 4, "hardly anything was read");
    }
}

/// Appended to a text, it breaks every reader that gets as far.
const GARBAGE: &str = "\n}]\"\n";

/// Compares our reading of these texts with Go's.
pub(crate) fn all(oracle: &mut Oracle, texts: &[Vec<u8>], tally: &mut Tally) {
    let answers = oracle.yaml(texts).unwrap();
    assert_eq!(answers.len(), texts.len());
    let spoilt: Vec<Vec<u8>> = texts.iter().map(|text| [text, GARBAGE.as_bytes()].concat()).collect();
    let spoilt = oracle.yaml(&spoilt).unwrap();
    for ((text, theirs), spoilt) in texts.iter().zip(&answers).zip(&spoilt) {
        // What is no UTF-8 is refused before anything else; Go reads some of it.
        let Ok(text) = std::str::from_utf8(text) else { continue };
        let case =
            Case { text, theirs, drops: spoilt.document.is_some() || spoilt.stream_problem.is_empty() };
        document(&case, tally);
        whole_stream(&case, oracle, tally);
    }
}

/// A text and what Go makes of it.
struct Case<'a> {
    text: &'a str,
    theirs: &'a ReadText,
    /// Go reads the text up to some place and drops the rest in silence.
    drops: bool,
}

fn document(case: &Case<'_>, tally: &mut Tally) {
    let Case { text, theirs, .. } = *case;
    let ours = yaml::parse(text, &Bounds::default())
        .map(|parsed| parsed.map_or(Value::Null, |parsed| parsed.value))
        .map_err(|error| error.problem);
    let Ok(document) = theirs.document.as_deref().map(serde_json::from_str::<Value>).transpose() else {
        return tally.incomparable += 1;
    };
    match (ours, &document) {
        (Ok(ours), Some(theirs)) if equal(&ours, theirs) => tally.same += 1,
        (Err(_), None) => tally.refused += 1,
        (Err(problem), Some(_)) => stricter(case, &problem, tally),
        (Ok(ours), Some(theirs)) => tally.wrong.push(format!("{text:?}: {ours}, Go {theirs}")),
        (Ok(ours), None) => tally.wrong.push(format!("{text:?}: {ours}, Go: {}", theirs.problem)),
    }
}

fn stricter(case: &Case<'_>, problem: &YamlProblem, tally: &mut Tally) {
    let Case { text, drops, .. } = *case;
    match listed::reason(text, drops, problem) {
        Some(reason) => *tally.stricter.entry(reason).or_default() += 1,
        None => tally.wrong.push(format!("{text:?}: refused by us only: {problem}")),
    }
}

/// A file: what Go reads before it stops is what we read first, and where it stops is an error of ours.
fn whole_stream(case: &Case<'_>, oracle: &mut Oracle, tally: &mut Tally) {
    let Case { text, theirs, .. } = *case;
    // `docs/yaml.md`: kubectl adds the line break that a file lacks at its end.
    let given = if text.is_empty() || text.ends_with('\n') || text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        format!("{text}\n")
    };
    if !given.ends_with('\n') && given.contains(['|', '>']) {
        return;
    }
    let bounds = Bounds::default();
    let ours: Vec<Result<Value, (usize, YamlProblem)>> = stream::documents(&given, &bounds)
        .filter_map(|document| match document.parsed {
            Ok(parsed) => parsed.map(|parsed| Ok(parsed.value.to_value())),
            Err(error) => Some(Err((document.first_line, error.problem))),
        })
        .collect();
    let parsed: Result<Vec<Value>, _> = theirs.stream.iter().map(|json| serde_json::from_str(json)).collect();
    let Ok(parsed) = parsed else {
        return tally.incomparable += 1;
    };
    let mut wanted = parsed.iter().filter(|value| !value.is_null());
    for ours in &ours {
        match (ours, wanted.next()) {
            (Ok(ours), Some(theirs)) if equal(ours, theirs) => {}
            (Err((line, problem)), Some(_)) => {
                let drops = case.drops || drops_of_document(oracle, &given, *line);
                return stricter(&Case { drops, ..*case }, problem, tally);
            }
            (Ok(ours), Some(theirs)) => {
                return tally.wrong.push(format!("stream {text:?}: {ours}, Go {theirs}"));
            }
            // Go stops at its first error and drops what it had read of that document.
            (_, None) => break,
        }
    }
    let fails = ours.iter().any(Result::is_err);
    if wanted.next().is_some() || (!theirs.stream_problem.is_empty() && !fails) {
        tally
            .wrong
            .push(format!("stream {text:?}: {ours:?}, Go {:?} {}", theirs.stream, theirs.stream_problem));
    } else if theirs.stream_problem.is_empty()
        && let Some(Err((_, problem))) = ours.iter().find(|ours| ours.is_err())
    {
        stricter(case, problem, tally);
    }
}

/// Whether Go reads the document that begins on this line of a file only up to some place.
fn drops_of_document(oracle: &mut Oracle, text: &str, first_line: usize) -> bool {
    let lines = text.split_inclusive('\n').skip(first_line.saturating_sub(1));
    let own: String = lines
        .enumerate()
        .take_while(|(index, line)| *index == 0 || !line.starts_with("---"))
        .map(|(_, line)| line)
        .collect();
    let spoilt = [own.as_bytes(), GARBAGE.as_bytes()].concat();
    oracle.yaml(&[spoilt]).unwrap().iter().any(|read| read.document.is_some())
}

/// Equal, with numbers by value.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            // Text to number and back is not always exact in the last digit.
            let near = |(one, other): (f64, f64)| (one - other).abs() <= one.abs() * f64::EPSILON;
            one == other || one.as_f64().zip(other.as_f64()).is_some_and(near)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| equal(one, other)))
        }
        _ => one == other,
    }
}

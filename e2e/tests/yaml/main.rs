//! Our reading of YAML against the Go libraries that Kubernetes reads with: a corpus of hard cases, and
//! documents made of it by chance.
//!
//! Where both read, the value is the same; where Go refuses, we refuse. What only we refuse is in the
//! closed list of `docs/yaml.md`. `SEAWORTHY_YAML_CASES` says how many documents are made (`make yaml`: a
//! million), `SEAWORTHY_YAML_SEED` which.

#![cfg(test)]

mod compare;
mod corpus;
mod listed;
mod mutate;

use compare::Tally;
use mutate::Chance;
use seaworthy_e2e::Oracle;

/// As many are asked for at once.
const BATCH: usize = 500;

/// Made without being told otherwise.
const CASES: usize = 20_000;

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn every_case_of_the_corpus_is_read_as_kubernetes_reads_it() {
    let mut oracle = Oracle::start().unwrap();
    let mut tally = Tally::default();
    let cases = corpus::cases();
    assert!(cases.len() > 1_000, "{} cases", cases.len());
    for batch in cases.chunks(BATCH) {
        compare::all(&mut oracle, batch, &mut tally);
    }
    tally.finish(40);
}

#[test]
fn documents_made_by_chance_are_read_as_kubernetes_reads_them() {
    let mut oracle = Oracle::start().unwrap();
    let mut tally = Tally::default();
    let seeds = corpus::documents();
    let mut chance = Chance::new(number("SEAWORTHY_YAML_SEED", 1));
    let mut left = number("SEAWORTHY_YAML_CASES", CASES);
    while left > 0 {
        let size = left.min(BATCH);
        let batch: Vec<Vec<u8>> = (0..size).map(|_| mutate::text(&seeds, &mut chance)).collect();
        compare::all(&mut oracle, &batch, &mut tally);
        left -= size;
    }
    tally.finish(30);
}

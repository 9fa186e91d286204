//! What came of all mutants, for people and for another run.
//!
//! It must not run anything. Next: `docs/testing.md`, which names the survivors with reasons.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use serde_json::json;

use crate::{error::Error, judging::Verdict, listing::Mutant};

/// How many came to what.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) listed: usize,
    pub(crate) caught: usize,
    pub(crate) timed_out: usize,
    pub(crate) survived: usize,
    pub(crate) unreached: usize,
    pub(crate) unviable: usize,
    pub(crate) not_tried: usize,
}

impl Counts {
    /// Of these verdicts.
    pub(crate) fn of(mutants: &[Mutant], verdicts: &BTreeMap<u32, Verdict>) -> Self {
        let mut counts = Self { listed: mutants.len(), ..Self::default() };
        for mutant in mutants {
            let count = match verdicts.get(&mutant.id) {
                Some(Verdict::Caught(_)) => &mut counts.caught,
                Some(Verdict::TimedOut(_)) => &mut counts.timed_out,
                Some(Verdict::Survived) => &mut counts.survived,
                Some(Verdict::Unreached) => &mut counts.unreached,
                Some(Verdict::Unviable(_)) => &mut counts.unviable,
                Some(Verdict::NotTried(_)) | None => &mut counts.not_tried,
            };
            *count += 1;
        }
        counts
    }

    /// How many in a thousand of the viable ones are caught. One that was not tried is not caught.
    pub(crate) fn per_mille(&self) -> usize {
        let viable = self.listed - self.unviable;
        ((self.caught + self.timed_out) * 1000).checked_div(viable).unwrap_or(1000)
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { listed, caught, timed_out, survived, unreached, unviable, not_tried } = self;
        let (whole, tenth) = (self.per_mille() / 10, self.per_mille() % 10);
        write!(
            formatter,
            "{listed} mutants: {caught} caught, {timed_out} timed out, {survived} survived, {unreached} that no \
             test comes by, {not_tried} not tried, {unviable} that do not compile; {whole}.{tenth} % of those \
             that do are caught"
        )
    }
}

/// Writes `outcomes.json`, and `survivors.txt` for `--again`.
pub(crate) fn write(
    folder: &Path,
    mutants: &[Mutant],
    verdicts: &BTreeMap<u32, Verdict>,
) -> Result<(), Error> {
    let mut survivors = String::new();
    let mut outcomes = Vec::new();
    for mutant in mutants {
        let verdict = verdicts.get(&mutant.id);
        if is_open(verdict) {
            let _ = writeln!(survivors, "{}", mutant.name);
        }
        outcomes.push(json!({"name": mutant.name, "verdict": verdict}));
    }
    let write = |name: &str, text: String| {
        fs::write(folder.join(name), text).map_err(Error::io(format!("write {name}")))
    };
    write("survivors.txt", survivors)?;
    write("outcomes.json", format!("{:#}\n", serde_json::Value::Array(outcomes)))
}

/// Whether nothing has caught it and something might.
pub(crate) fn is_open(verdict: Option<&Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Survived | Verdict::Unreached | Verdict::NotTried(_)) | None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_compile_counts_for_nothing_and_what_was_not_tried_against() {
        let counts =
            Counts { listed: 14, caught: 7, timed_out: 1, unviable: 4, not_tried: 1, ..Counts::default() };
        assert_eq!(counts.per_mille(), 800);
        assert_eq!(Counts::default().per_mille(), 1000);
    }
}

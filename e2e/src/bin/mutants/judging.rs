//! Which mutants the tests catch.
//!
//! Of each program those tests run first that lie near a mutant, then the others that come by it, and for
//! what is left all of them: a value that is made once is come by once, by whichever test is first. It must
//! not build anything. Next: [`crate::report`].

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    error::Error,
    listing::Mutant,
    suites::{Ran, Suite, Which},
};

/// What came of a mutant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) enum Verdict {
    /// A test of this program failed.
    Caught(String),
    /// The tests did not end.
    TimedOut(String),
    /// Every test passed.
    Survived,
    /// No test comes by it.
    Unreached,
    /// It does not compile.
    Unviable(String),
    /// It was not tried: it cannot be a condition.
    NotTried(String),
}

impl Verdict {
    /// In a word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Caught(_) => "caught",
            Self::TimedOut(_) => "timed out",
            Self::Survived | Self::Unreached => "NOT CAUGHT",
            Self::Unviable(_) => "does not compile",
            Self::NotTried(_) => "not tried",
        }
    }
}

/// Judges mutants, several at once; says of each that is not caught.
pub(crate) fn judge(
    suites: &[Suite],
    mutants: &[&Mutant],
    jobs: usize,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Vec<(u32, Verdict)>, Error> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || -> Result<(), Error> {
        while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
            let verdict = one(suites, mutant)?;
            if matches!(verdict, Verdict::Survived | Verdict::Unreached) {
                say(&format!("NOT CAUGHT {}", mutant.name));
            }
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((mutant.id, verdict));
            if done.len() % 100 == 0 {
                say(&format!("{} of {}", done.len(), mutants.len()));
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(thread::ScopedJoinHandle::join);
        let ended =
            ended.map(|result| result.unwrap_or_else(|_| Err(Error::Listing("a worker failed".into()))));
        ended.collect::<Result<Vec<()>, Error>>()
    })?;
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn one(suites: &[Suite], mutant: &Mutant) -> Result<Verdict, Error> {
    let near = format!("::{}::", module(&mutant.file));
    let mut unreached = true;
    for suite in suites {
        let Some(tests) = suite.reached.get(&mutant.id) else { continue };
        unreached = false;
        let check = mutant.check(&suite.folder);
        let (near, far): (BTreeSet<_>, BTreeSet<_>) =
            tests.iter().cloned().partition(|name| name.contains(&near));
        for tests in [near, far].iter().filter(|tests| !tests.is_empty()) {
            if let Some(verdict) = caught(suite, suite.run(Which::These(tests), mutant.id, check.as_deref())?)
            {
                return Ok(verdict);
            }
        }
    }
    if unreached {
        return Ok(Verdict::Unreached);
    }
    // Tests of other programs are few, and each comes by nearly everything.
    whole(suites.iter().filter(|suite| suite.program.name == "lib" && suite.reaches(mutant.id)), mutant.id)
}

/// Runs all the tests of these programs.
pub(crate) fn whole<'a>(suites: impl Iterator<Item = &'a Suite>, mutant: u32) -> Result<Verdict, Error> {
    for suite in suites {
        if let Some(verdict) = caught(suite, suite.run(Which::All, mutant, None)?) {
            return Ok(verdict);
        }
    }
    Ok(Verdict::Survived)
}

fn caught(suite: &Suite, ran: Ran) -> Option<Verdict> {
    let name = || suite.program.name.clone();
    match ran {
        Ran::Passed => None,
        Ran::Failed => Some(Verdict::Caught(name())),
        Ran::Hung => Some(Verdict::TimedOut(name())),
    }
}

/// The name of a file's module: its own, or that of the folder whose `mod.rs` it is.
fn module(file: &str) -> &str {
    let stem = file.strip_suffix("/mod.rs").or_else(|| file.strip_suffix(".rs")).unwrap_or(file);
    stem.rsplit('/').next().unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_a_file_is_named_for_it_or_for_its_folder() {
        assert_eq!(module("src/checks/cron.rs"), "cron");
        assert_eq!(module("src/checks/pod_standard/mod.rs"), "pod_standard");
    }
}

//! Mutants that cannot be conditions, built one by one.
//!
//! It must not be used for many: each costs a build. Next: [`crate::report`].

use std::fs;

use crate::{
    building::{Built, Cargo, Diagnostic},
    error::Error,
    judging::{self, Verdict},
    listing::Mutant,
    suites::Suite,
};

/// What comes of one mutant, planted in a tree without any.
pub(crate) fn judge(cargo: &Cargo, suites: &[Suite], mutant: &Mutant) -> Result<Verdict, Error> {
    let path = cargo.tree.join(&mutant.file);
    let source = fs::read_to_string(&path).map_err(Error::io(format!("read {}", mutant.file)))?;
    let range = mutant.span.bytes(&source);
    let range = range.ok_or_else(|| Error::Listing(format!("{}: no such place", mutant.name)))?;
    let mut text = source.clone();
    text.replace_range(range, &mutant.replacement);
    let write = |text: &str| fs::write(&path, text).map_err(Error::io(format!("write {}", mutant.file)));
    write(&text)?;
    let built = cargo.build_tests();
    write(&source)?;
    let programs = match built? {
        Built::Programs(programs) => programs,
        Built::Errors(errors) => {
            let why = errors.first().map(|error: &Diagnostic| format!("{} {}", error.code(), error.message));
            return Ok(Verdict::Unviable(why.unwrap_or_default()));
        }
    };
    let again = suites.iter().filter_map(|suite| {
        let program = programs.iter().find(|program| program.name == suite.program.name)?;
        Some(suite.again(program.clone()))
    });
    let again: Vec<Suite> = again.collect();
    judging::whole(again.iter(), 0)
}

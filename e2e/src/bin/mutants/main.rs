//! Mutation testing: which small changes to the code would no test notice?
//!
//! `cargo mutants` says which mutants there are. They are all compiled into one set of tests, each behind a
//! condition, so that a thousand cost one build (`docs/adr/0018-mutants-behind-conditions.md`). It works on a
//! copy; the tree it is run in is not touched. Exit 0 when enough are caught, 1 when not, 2 when it cannot be
//! told.

mod arguments;
mod building;
mod error;
mod judging;
mod listing;
mod memory;
mod report;
mod single;
mod sites;
mod suites;
mod weave;
mod weeding;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use arguments::Arguments;
use building::Cargo;
use error::Error;
use judging::Verdict;
use listing::Mutant;
use report::Counts;
use suites::Suite;
use weeding::Weeding;

fn main() -> ExitCode {
    let started = Instant::now();
    let say = |line: &str| {
        let _ = writeln!(io::stdout(), "[{:>5} s] {line}", started.elapsed().as_secs());
    };
    match Arguments::read(std::env::args_os().skip(1)).and_then(|arguments| run(&arguments, &say)) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "mutants: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments, say: &(dyn Fn(&str) + Sync)) -> Result<ExitCode, Error> {
    let tree = arguments.work.join("tree");
    fs::create_dir_all(&tree).map_err(Error::io(format!("make {}", tree.display())))?;
    seaworthy_e2e::planting::copy_tree(&arguments.root, &tree).map_err(Error::io("copy the tree"))?;
    let mutants = wanted(arguments, &tree)?;
    say(&format!("{} mutants", mutants.len()));
    let cargo = Cargo {
        tree,
        target: arguments.work.join("target"),
        profile: arguments.profile.clone(),
        tests: arguments.tests.clone(),
    };
    let verdicts = verdicts(arguments, &cargo, &mutants, say)?;
    report::write(&arguments.work, &mutants, &verdicts)?;
    let documented = fs::read_to_string(arguments.root.join("docs/testing.md")).unwrap_or_default();
    // In a table a bar is escaped.
    let documented = documented.replace("\\|", "|");
    for mutant in mutants.iter().filter(|mutant| report::is_open(verdicts.get(&mutant.id))) {
        let known = if documented.contains(&mutant.lasting_name()) { "known" } else { "NEW" };
        say(&format!("{known:<6}{}", mutant.name));
    }
    let counts = Counts::of(&mutants, &verdicts);
    say(&format!("{counts}; details in {}", arguments.work.display()));
    Ok(ExitCode::from(u8::from(counts.per_mille() < arguments.least * 10)))
}

/// The mutants that are asked for.
fn wanted(arguments: &Arguments, tree: &Path) -> Result<Vec<Mutant>, Error> {
    let mut mutants = match &arguments.list {
        Some(list) => listing::read(&read(list)?)?,
        None => listing::ask(tree, &arguments.folder)?,
    };
    let files = &arguments.files;
    mutants.retain(|mutant| files.is_empty() || files.iter().any(|file| mutant.file.contains(file)));
    if let Some(again) = &arguments.again {
        let again = read(again)?;
        let again = String::from_utf8_lossy(&again);
        let again: BTreeSet<String> = again.lines().map(listing::lasting).collect();
        mutants.retain(|mutant| again.contains(&mutant.lasting_name()));
    }
    if let Some((part, of)) = arguments.split {
        mutants = mutants.into_iter().skip(part - 1).step_by(of).collect();
    }
    Ok(mutants)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(Error::io(format!("read {}", path.display())))
}

fn verdicts(
    arguments: &Arguments,
    cargo: &Cargo,
    mutants: &[Mutant],
    say: &(dyn Fn(&str) + Sync),
) -> Result<BTreeMap<u32, Verdict>, Error> {
    let mut weeding = Weeding::new(cargo, mutants, &arguments.work.join("weeded.json"))?;
    let programs = weeding.build(say)?;
    say("built; the tests without a mutant");
    let learn = |program| Suite::learn(program, &arguments.units, &cargo.tree);
    let mut suites = programs.into_iter().map(learn).collect::<Result<Vec<Suite>, Error>>()?;
    suites.sort_by_key(|suite| suite.program.name != "lib");
    say("the tests pass; the mutants");
    let mut verdicts: BTreeMap<u32, Verdict> = BTreeMap::new();
    verdicts.extend(weeding.unviable.iter().map(|(id, why)| (*id, Verdict::Unviable(why.clone()))));
    verdicts.extend(weeding.unwoven.iter().map(|(id, why)| (*id, Verdict::NotTried(why.clone()))));
    let woven: Vec<&Mutant> = mutants.iter().filter(|mutant| !verdicts.contains_key(&mutant.id)).collect();
    verdicts.extend(judging::judge(&suites, &woven, arguments.jobs, say)?);
    weeding.unweave()?;
    if arguments.one_by_one {
        say(&format!("{} that need a build each", weeding.unwoven.len()));
        for mutant in mutants.iter().filter(|mutant| weeding.unwoven.contains_key(&mutant.id)) {
            let verdict = single::judge(cargo, &suites, mutant)?;
            say(&format!("{} {}", verdict.word(), mutant.name));
            verdicts.insert(mutant.id, verdict);
        }
    }
    Ok(verdicts)
}

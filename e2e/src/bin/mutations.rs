//! Plants bugs in a copy of the tree, one by one, and says which of them the tests catch.
//!
//! `e2e/mutations/` holds the bugs. It must not touch the tree it is run in. Exit 0 when every bug is
//! caught, 1 when one is not, 2 when one cannot be planted or the tests fail without it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use seaworthy_e2e::planting;

/// One bug.
struct Mutation {
    name: String,
    bug: String,
    file: PathBuf,
    old: String,
    new: String,
    command: Vec<String>,
}

/// What came of one bug.
enum Outcome {
    Caught,
    Missed,
    NotPlanted(String),
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "mutations: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> io::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new(".")).to_owned();
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut mutations = read_all(&root.join("e2e/mutations"))?;
    mutations.retain(|mutation| wanted.is_empty() || wanted.contains(&mutation.name));
    let copy = tempfile::tempdir()?;
    planting::copy_tree(&root, copy.path())?;
    let mut code = 0;
    for mutation in &mutations {
        let outcome = try_one(mutation, copy.path())?;
        let word = match &outcome {
            Outcome::Caught => "caught".to_owned(),
            Outcome::Missed => {
                code = code.max(1);
                "NOT CAUGHT".to_owned()
            }
            Outcome::NotPlanted(why) => {
                code = 2;
                format!("NOT PLANTED: {why}")
            }
        };
        let line =
            format!("{:<38} {word}  ({}; `{}`)\n", mutation.name, mutation.bug, mutation.command.join(" "));
        io::stdout().write_all(line.as_bytes())?;
        io::stdout().flush()?;
    }
    Ok(ExitCode::from(code))
}

fn try_one(mutation: &Mutation, tree: &Path) -> io::Result<Outcome> {
    let path = tree.join(&mutation.file);
    let original = fs::read_to_string(&path)?;
    if original.matches(&mutation.old).count() != 1 {
        return Ok(Outcome::NotPlanted(format!("its text is not there once in {}", mutation.file.display())));
    }
    fs::write(&path, original.replacen(&mutation.old, &mutation.new, 1))?;
    let caught = !passes(mutation, tree)?;
    // A bug that does not even build is no bug that tests could catch.
    let builds = !caught || builds(tree)?;
    fs::write(&path, original)?;
    if !builds {
        return Ok(Outcome::NotPlanted("it does not build".to_owned()));
    }
    Ok(if caught { Outcome::Caught } else { Outcome::Missed })
}

fn passes(mutation: &Mutation, tree: &Path) -> io::Result<bool> {
    let Some((program, arguments)) = mutation.command.split_first() else {
        return Err(io::Error::other(format!("{}: no command", mutation.name)));
    };
    quiet(Command::new(program).args(arguments), tree)
}

fn builds(tree: &Path) -> io::Result<bool> {
    quiet(Command::new("cargo").args(["test", "--lib", "--no-run"]), tree)
}

fn quiet(command: &mut Command, tree: &Path) -> io::Result<bool> {
    // Outside the clone, so that a second run is fast.
    let target = planting::cache().join("mutations-target");
    let command = command.current_dir(tree).env("CARGO_TARGET_DIR", target).stdin(Stdio::null());
    Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
}

fn read_all(folder: &Path) -> io::Result<Vec<Mutation>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "mutation"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> io::Result<Mutation> {
    let text = fs::read_to_string(path)?;
    let section = |name: &str| {
        let start = text.split_once(&format!("== {name}\n"));
        let body = start.map(|(_, rest)| rest.split("\n== ").next().unwrap_or(rest));
        body.map(str::to_owned)
            .ok_or_else(|| io::Error::other(format!("{}: no section `{name}`", path.display())))
    };
    Ok(Mutation {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        bug: section("bug")?,
        file: section("file")?.into(),
        old: section("old")?,
        new: section("new")?,
        command: section("command")?.split_whitespace().map(str::to_owned).collect(),
    })
}

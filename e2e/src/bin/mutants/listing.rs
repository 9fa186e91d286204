//! The mutants that there are, as `cargo mutants` lists them.
//!
//! Which mutants count is its business alone; this only makes it see the files that a macro declares. Next:
//! [`crate::sites`], which finds their places in the syntax.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The version whose list is understood here.
pub(crate) const VERSION: &str = "27.1.0";

/// One mutant. Its number is its place in the list, from 1.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Mutant {
    /// Unset in a list, set when it is read.
    #[serde(default)]
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) span: Span,
    pub(crate) replacement: String,
    pub(crate) genre: Genre,
}

/// From the first character up to, but without, the last; in lines and characters from 1.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Span {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(crate) enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    StructField,
}

impl Mutant {
    /// The name without line and column, which move with every edit above.
    pub(crate) fn lasting_name(&self) -> String {
        lasting(&self.name)
    }

    /// The name of the check whose file this is, if it is a check's. The other modules have a `mod.rs`.
    pub(crate) fn check(&self, tree: &Path) -> Option<String> {
        let (folder, name) = self.file.strip_prefix("src/checks/")?.split_once('/')?;
        let name = name.strip_suffix(".rs").filter(|name| !name.contains('/'))?;
        (!tree.join("src/checks").join(folder).join("mod.rs").exists()).then(|| name.replace('_', "-"))
    }
}

/// A mutant's name without line and column.
pub(crate) fn lasting(name: &str) -> String {
    let mut parts = name.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(line), Some(column), Some(rest))
            if [line, column].iter().all(|text| text.parse::<usize>().is_ok()) =>
        {
            format!("{file}:{rest}")
        }
        _ => name.to_owned(),
    }
}

impl Span {
    /// The same in bytes of this text.
    pub(crate) fn bytes(self, text: &str) -> Option<std::ops::Range<usize>> {
        Some(self.start.offset(text)?..self.end.offset(text)?)
    }
}

impl Place {
    fn offset(self, text: &str) -> Option<usize> {
        let before: usize = text.split_inclusive('\n').take(self.line.checked_sub(1)?).map(str::len).sum();
        let line = text.get(before..)?;
        let characters = line.chars().take(self.column.checked_sub(1)?);
        Some(before + characters.map(char::len_utf8).sum::<usize>())
    }
}

/// What `cargo mutants` lists for the files below `folder` of the tree. The tree is a copy: the modules of
/// its macro are declared once more, in the open, and taken out again.
pub(crate) fn ask(tree: &Path, folder: &str) -> Result<Vec<Mutant>, Error> {
    let version = Command::new("cargo").args(["mutants", "--version"]).output();
    let version = version.map_err(Error::io("run cargo mutants"))?.stdout;
    if String::from_utf8_lossy(&version).trim() != format!("cargo-mutants {VERSION}") {
        let install = format!("cargo install cargo-mutants --version {VERSION} --locked");
        return Err(Error::Listing(format!("cargo-mutants {VERSION} lists the mutants; `{install}`")));
    }
    let module = tree.join(folder).join("mod.rs");
    let original = fs::read_to_string(&module).map_err(Error::io(format!("read {}", module.display())))?;
    let write = |text: &str| fs::write(&module, text).map_err(Error::io("declare modules for the list"));
    write(&format!("{original}\n{}", undeclared(&tree.join(folder))?))?;
    let pattern = format!("{folder}/**");
    let arguments =
        ["mutants", "--list", "--json", "--no-config", "--package", "seaworthy", "--file", &pattern];
    let output = Command::new("cargo").args(arguments).current_dir(tree).output();
    write(&original)?;
    let output = output.map_err(Error::io("run cargo mutants"))?;
    if !output.status.success() {
        return Err(Error::Listing(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    read(&output.stdout)
}

/// The mutants of a stored list.
pub(crate) fn read(json: &[u8]) -> Result<Vec<Mutant>, Error> {
    let wrong = |error| Error::Listing(format!("the list of mutants: {error}"));
    let mut mutants: Vec<Mutant> = serde_json::from_slice(json).map_err(wrong)?;
    for (mutant, id) in mutants.iter_mut().zip(1..) {
        mutant.id = id;
    }
    Ok(mutants)
}

/// Declarations of the modules of each folder that has no file of its own: a macro declares them, which
/// `cargo mutants` does not look into.
fn undeclared(folder: &Path) -> Result<String, Error> {
    let mut text = String::new();
    for family in names(folder)? {
        let path = folder.join(&family);
        if !path.is_dir() || path.join("mod.rs").exists() || path.with_extension("rs").exists() {
            continue;
        }
        let modules = names(&path)?;
        let modules = modules.iter().filter_map(|name| name.strip_suffix(".rs"));
        let modules: Vec<&str> = modules.collect();
        let _ = writeln!(text, "mod {family} {{ mod {}; }}", modules.join("; mod "));
    }
    Ok(text)
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let what = || format!("list {}", folder.display());
    let entries = fs::read_dir(folder).map_err(Error::io(what()))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>, _>>().map_err(Error::io(what()))?;
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_and_lines_from_one() {
        let text = "ab\n\u{e9}cd\n";
        let span = Span { start: Place { line: 2, column: 2 }, end: Place { line: 2, column: 4 } };
        assert_eq!(&text[span.bytes(text).unwrap()], "cd");
        assert_eq!(Place { line: 0, column: 1 }.offset(text), None);
    }

    #[test]
    fn the_lasting_name_is_without_its_place() {
        let name = "src/checks/cron.rs:62:9: replace parse -> Result<A, B> with Ok(Default::default())";
        assert_eq!(
            lasting(name),
            "src/checks/cron.rs: replace parse -> Result<A, B> with Ok(Default::default())"
        );
        assert_eq!(lasting(&lasting(name)), lasting(name));
    }
}

//! The command line.
//!
//! It must not do anything. Next: [`crate::run`](fn@crate::run).

use std::{ffi::OsString, path::PathBuf};

use crate::error::Error;

/// What is shown when the command line is wrong.
pub(crate) const USAGE: &str = "\
mutants [OPTION]...
  -f, --file TEXT     only mutants of files whose path holds this; may be given more than once
  --split K/N         only each Nth mutant, from the Kth
  --again FILE        only the mutants that this file names, one a line: the survivors of an earlier run
  --one-by-one        also those that cannot be conditions, one build each
  --jobs N            how many at once (default: one per core)
  --least PERCENT     exit 1 if fewer of the viable ones are caught (default: 90)
  --work DIR          where the tree is built (default: a directory of the cache)
  --profile NAME      the profile that cargo builds with (default: dev)
of another tree than this one:
  --root DIR          the tree
  --folder DIR        the folder whose mutants are meant (default: src/checks)
  --list FILE         what `cargo mutants --list --json` says of it
  --units TEXT        the unit tests that must catch (default: checks::)
  --tests NAME,...    the integration tests that must catch (default: checks,samples,generated)";

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) files: Vec<String>,
    pub(crate) split: Option<(usize, usize)>,
    pub(crate) again: Option<PathBuf>,
    pub(crate) one_by_one: bool,
    pub(crate) jobs: usize,
    pub(crate) least: usize,
    pub(crate) work: PathBuf,
    pub(crate) profile: String,
    pub(crate) root: PathBuf,
    pub(crate) folder: String,
    pub(crate) list: Option<PathBuf>,
    pub(crate) units: String,
    pub(crate) tests: Vec<String>,
}

impl Default for Arguments {
    fn default() -> Self {
        let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().map_or_else(|| manifest.clone(), PathBuf::from);
        Self {
            files: Vec::new(),
            split: None,
            again: None,
            one_by_one: false,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            least: 90,
            work: seaworthy_e2e::planting::cache().join("mutants"),
            profile: "dev".to_owned(),
            root,
            folder: "src/checks".to_owned(),
            list: None,
            units: "checks::".to_owned(),
            tests: ["checks", "samples", "generated"].map(str::to_owned).to_vec(),
        }
    }
}

impl Arguments {
    /// Reads a command line without the program's name.
    pub(crate) fn read(given: impl Iterator<Item = OsString>) -> Result<Self, Error> {
        let mut arguments = Self::default();
        let mut given = given.map(|word| word.to_string_lossy().into_owned());
        while let Some(option) = given.next() {
            if option == "--one-by-one" {
                arguments.one_by_one = true;
                continue;
            }
            let value = given.next().ok_or_else(|| Error::Usage(format!("{option} needs a value")))?;
            arguments.set(&option, value)?;
        }
        Ok(arguments)
    }

    fn set(&mut self, option: &str, value: String) -> Result<(), Error> {
        let number =
            || value.parse::<usize>().map_err(|_| Error::Usage(format!("{option} {value}: not a number")));
        match option {
            "-f" | "--file" => self.files.push(value),
            "--split" => self.split = Some(split(&value)?),
            "--again" => self.again = Some(value.into()),
            "--jobs" => self.jobs = number()?.max(1),
            "--least" => self.least = number()?,
            "--work" => self.work = value.into(),
            "--profile" => self.profile = value,
            "--root" => self.root = value.into(),
            "--folder" => self.folder = value,
            "--list" => self.list = Some(value.into()),
            "--units" => self.units = value,
            "--tests" => {
                self.tests = value.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            }
            _ => return Err(Error::Usage(format!("there is no option {option}"))),
        }
        Ok(())
    }
}

fn split(value: &str) -> Result<(usize, usize), Error> {
    let parts = value.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    parts
        .filter(|(part, of)| (1..=*of).contains(part))
        .ok_or_else(|| Error::Usage(format!("--split {value}: not like 1/4")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Arguments, Error> {
        Arguments::read(text.split_whitespace().map(OsString::from))
    }

    #[test]
    fn files_add_up_and_a_split_is_within_its_bounds() {
        let arguments = read("-f tls --file cron --split 2/3 --one-by-one --tests a,b").unwrap();
        assert_eq!(
            (arguments.files, arguments.split),
            (vec!["tls".to_owned(), "cron".to_owned()], Some((2, 3)))
        );
        assert!(arguments.one_by_one && arguments.tests == ["a", "b"]);
        for wrong in ["--split 0/3", "--split 4/3", "--split x", "--jobs x", "--file", "--nothing 1"] {
            assert!(matches!(read(wrong), Err(Error::Usage(_))), "{wrong}");
        }
    }
}

//! Weaves mutants into the tree, and takes those out again that do not compile, until it builds.
//!
//! It must not run a test. Next: [`crate::judging`].

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::{
    building::{Built, Cargo, Diagnostic, Program},
    error::Error,
    listing::Mutant,
    memory::Memory,
    sites,
    weave::{self, Blame, Woven},
};

/// The module that the library gets.
const PLANTED: &str = include_str!("planted.rs");

/// The mutants of a tree, and which of them cannot be woven in.
pub(crate) struct Weeding<'a> {
    cargo: &'a Cargo,
    files: BTreeMap<String, File<'a>>,
    /// Those that do not compile, with what the compiler says.
    pub(crate) unviable: BTreeMap<u32, String>,
    /// Those that do not compile as a condition, with the reason.
    pub(crate) unwoven: BTreeMap<u32, String>,
    /// Functions that something needs at compile time.
    constant: BTreeSet<String>,
    memory: Memory,
    memory_path: PathBuf,
}

struct File<'a> {
    source: String,
    mutants: Vec<&'a Mutant>,
    woven: Woven,
}

impl<'a> Weeding<'a> {
    /// Of these mutants, in a tree without any; what is found out is kept in a file.
    pub(crate) fn new(cargo: &'a Cargo, mutants: &'a [Mutant], memory: &Path) -> Result<Self, Error> {
        declare(&cargo.tree)?;
        let mut files: BTreeMap<String, File<'a>> = BTreeMap::new();
        for mutant in mutants {
            if !files.contains_key(&mutant.file) {
                let source = read(&cargo.tree.join(&mutant.file))?;
                let file = File { source, mutants: Vec::new(), woven: Woven::default() };
                files.insert(mutant.file.clone(), file);
            }
            if let Some(file) = files.get_mut(&mutant.file) {
                file.mutants.push(mutant);
            }
        }
        let (unviable, unwoven) = (BTreeMap::new(), BTreeMap::new());
        let (constant, memory_path) = (BTreeSet::new(), memory.to_owned());
        let memory = Memory::load(memory);
        let mut weeding = Self { cargo, files, unviable, unwoven, constant, memory, memory_path };
        weeding.remember();
        Ok(weeding)
    }

    fn remember(&mut self) {
        for (name, file) in &self.files {
            let remembered = self.memory.of(name, &file.source);
            for mutant in &file.mutants {
                let of = |known: &BTreeMap<String, String>| known.get(&mutant.name).cloned();
                self.unviable.extend(of(&remembered.unviable).map(|why| (mutant.id, why)));
                self.unwoven.extend(of(&remembered.unwoven).map(|why| (mutant.id, why)));
            }
        }
    }

    fn keep(&mut self) -> Result<(), Error> {
        for (name, file) in &self.files {
            let remembered = self.memory.of(name, &file.source);
            for mutant in &file.mutants {
                let of = |known: &BTreeMap<u32, String>| known.get(&mutant.id).cloned();
                remembered.unviable.extend(of(&self.unviable).map(|why| (mutant.name.clone(), why)));
                remembered.unwoven.extend(of(&self.unwoven).map(|why| (mutant.name.clone(), why)));
            }
        }
        self.memory.store(&self.memory_path)
    }

    /// Weaves until the tests build; says what it does.
    pub(crate) fn build(&mut self, say: &dyn Fn(&str)) -> Result<Vec<Program>, Error> {
        let mut whole = self.cargo.tests.is_empty();
        loop {
            self.weave()?;
            let built = if whole { self.cargo.build_tests()? } else { self.cargo.build_library()? };
            match built {
                Built::Programs(programs) if whole => return Ok(programs),
                Built::Programs(_) => {
                    say("the library compiles; building the tests");
                    whole = true;
                }
                Built::Errors(errors) => {
                    self.take_out(&errors)?;
                    self.keep()?;
                    say(&format!(
                        "{} errors; without {} that do not compile and {} that cannot be conditions",
                        errors.len(),
                        self.unviable.len(),
                        self.unwoven.len()
                    ));
                }
            }
        }
    }

    /// The tree as it was.
    pub(crate) fn unweave(&self) -> Result<(), Error> {
        self.files.iter().try_for_each(|(name, file)| self.write(name, &file.source))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        fs::write(self.cargo.tree.join(name), text).map_err(Error::io(format!("write {name}")))
    }

    fn weave(&mut self) -> Result<(), Error> {
        for (name, file) in &mut self.files {
            let wrong = |source| Error::Source { file: name.into(), source };
            let found = sites::find(&file.source, &file.mutants, &self.constant).map_err(wrong)?;
            let placed: BTreeSet<u32> = found.sites.iter().flat_map(|site| site.form.ids()).collect();
            for id in found.unviable {
                self.unviable.entry(id).or_insert_with(|| "`or` after `let`".to_owned());
            }
            for mutant in file.mutants.iter().filter(|mutant| !placed.contains(&mutant.id)) {
                if !self.unviable.contains_key(&mutant.id) {
                    self.unwoven
                        .entry(mutant.id)
                        .or_insert_with(|| "no condition can stand there".to_owned());
                }
            }
            let left_out = |id: u32| self.unviable.contains_key(&id) || self.unwoven.contains_key(&id);
            file.woven = weave::weave(&file.source, &found.sites, &left_out);
        }
        self.files.iter().try_for_each(|(name, file)| self.write(name, &file.woven.text))
    }

    /// Takes out what these errors are about.
    fn take_out(&mut self, errors: &[Diagnostic]) -> Result<(), Error> {
        let before = self.unviable.len() + self.unwoven.len() + self.constant.len();
        for error in errors {
            if let Some(name) = needed_as_constant(error) {
                self.constant.insert(name);
                continue;
            }
            let blame = error.places().find_map(|(name, at)| self.files.get(name)?.woven.blame(&at));
            let why = || format!("{} {}", error.code(), error.message);
            let (out, ids) = match blame {
                Some(Blame::Mutants(ids)) => (&mut self.unviable, ids),
                Some(Blame::Arms(ids)) if error.code() == "E0004" => (&mut self.unviable, ids),
                Some(Blame::Weaving(ids) | Blame::Arms(ids)) => (&mut self.unwoven, ids),
                None => continue,
            };
            for id in ids {
                out.entry(id).or_insert_with(why);
            }
        }
        let after = self.unviable.len() + self.unwoven.len() + self.constant.len();
        if before == after {
            let shown: Vec<&str> = errors.iter().map(Diagnostic::shown).take(3).collect();
            return Err(Error::Build(shown.join("\n")));
        }
        Ok(())
    }
}

/// Gives the library the module, before anything is read: the library's own file may hold mutants, too.
fn declare(tree: &Path) -> Result<(), Error> {
    let path = tree.join("src/lib.rs");
    let library = read(&path)?;
    fs::write(path, format!("{library}\npub mod planted;\n")).map_err(Error::io("write src/lib.rs"))?;
    fs::write(tree.join("src/planted.rs"), PLANTED).map_err(Error::io("write src/planted.rs"))
}

/// The function that must be `const`, if that is the error: conditions are not.
fn needed_as_constant(error: &Diagnostic) -> Option<String> {
    let (_, rest) = error.message.strip_prefix("cannot call non-const ")?.split_once('`')?;
    let (path, _) = rest.split_once('`')?;
    let name = path.split('<').next()?.rsplit("::").next()?;
    (name != "active").then(|| name.to_owned())
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(Error::io(format!("read {}", path.display())))
}

//! Which files the given paths stand for, and their text.
//!
//! Each is read once. Next: [`super::walk`] for what lies below a folder, [`super::yaml`] for what the text says.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::open::Opener;
use super::problem::LoadError;
use super::walk::{Below, walk};
use super::yaml::{Bounds, NO_TEXT};

/// One file, or standard input.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Source {
    /// Its path; absent for standard input.
    path: Option<Box<Path>>,
    /// Whether its folder says that it is a file of its own, and no link to another.
    is_plain: bool,
    /// What it is to say, in place of what it says.
    text: Option<Arc<str>>,
}

/// What files are to say, by name, in place of what they say.
pub(in crate::cli) type Texts = BTreeMap<Arc<str>, Arc<str>>;

/// What is not read as it stands there.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Instead {
    pub(in crate::cli) texts: Texts,
    /// Files that the run writes: none of them is read.
    pub(in crate::cli) outputs: Vec<PathBuf>,
}

impl Source {
    /// Standard input.
    pub(in crate::cli) fn standard_input() -> Self {
        Self { path: None, is_plain: false, text: None }
    }

    /// A file that was named.
    pub(in crate::cli) fn file(path: PathBuf) -> Self {
        Self::below(Below { path, is_plain: false })
    }

    /// A file that was found.
    pub(in crate::cli) fn below(Below { path, is_plain }: Below) -> Self {
        Self { path: Some(path.into()), is_plain, text: None }
    }

    /// Its name in messages. Nobody keeps it: there may be a hundred thousand files to read.
    pub(in crate::cli) fn name(&self) -> Arc<str> {
        self.path.as_deref().map_or_else(|| "-".into(), name)
    }

    /// The same, saying what it is to say.
    pub(in crate::cli) fn saying(self, texts: &Texts) -> Self {
        let text = texts.get(&self.name()).cloned();
        Self { text, ..self }
    }

    /// Its path, unless it is standard input.
    pub(in crate::cli) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether its folder says that it is a file of its own, and no link to another.
    pub(in crate::cli) const fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Whether it is one of these files, however both are named.
    pub(in crate::cli) fn is_one_of(&self, files: &[PathBuf]) -> bool {
        let Some(path) = &self.path else { return false };
        // Only a link can be one of them by another name.
        let may_be = |file: &PathBuf| !self.is_plain || file.file_name() == path.file_name();
        files.iter().any(may_be) && path.canonicalize().is_ok_and(|path| files.contains(&path))
    }
}

/// The folder of the file before, and where it really is: files come folder by folder.
#[derive(Default)]
struct Folder {
    path: PathBuf,
    real: PathBuf,
}

impl Folder {
    /// What is the same for two names of one file.
    fn identity(&mut self, source: &Source) -> OsString {
        let path = source.path.as_deref().unwrap_or_else(|| Path::new("-"));
        let is_plain = source.is_plain || path.symlink_metadata().is_ok_and(|file| !file.is_symlink());
        let identity = match (path.parent(), path.file_name()) {
            (Some(folder), Some(name)) if is_plain && self.enter(folder) => self.real.join(name),
            _ => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        };
        identity.into_os_string()
    }

    /// Whether it is known where this folder really is.
    fn enter(&mut self, folder: &Path) -> bool {
        if self.path.as_os_str() != folder.as_os_str() {
            let Ok(real) = folder.canonicalize() else { return false };
            *self = Self { path: folder.to_owned(), real };
        }
        !self.real.as_os_str().is_empty()
    }
}

/// What cannot be read.
#[derive(Debug)]
pub(in crate::cli) struct Failed {
    /// Its name in messages.
    pub(in crate::cli) name: Arc<str>,
    pub(in crate::cli) error: LoadError,
}

/// What cannot be read, in the place of a file: it must not make the place of each larger.
pub(in crate::cli) type Failure = Box<Failed>;

/// A file that was found, or why it cannot be read.
pub(in crate::cli) type Found = Result<Source, Failure>;

/// The same files, to be read once more; what could not be found was told the first time.
pub(in crate::cli) fn again(found: &[Found]) -> Vec<Found> {
    found.iter().filter_map(|found| found.as_ref().ok().cloned().map(Ok)).collect()
}

/// The files that the paths stand for, each once.
pub(super) fn find(paths: &[PathBuf]) -> Vec<Found> {
    let found = paths.iter().flat_map(|path| {
        if path.as_os_str() == "-" {
            return vec![Ok(Source::standard_input())];
        }
        if !path.is_dir() {
            return vec![Ok(Source::file(path.to_owned()))];
        }
        walk(path, None).into_iter().map(|found| found.map(Source::below)).collect()
    });
    once(found)
}

/// Each file once, where it comes first.
pub(in crate::cli) fn once(found: impl Iterator<Item = Found>) -> Vec<Found> {
    let (mut seen, mut folder) = (HashSet::new(), Folder::default());
    found.filter(|found| found.as_ref().map_or(true, |source| seen.insert(folder.identity(source)))).collect()
}

/// The name of a file in messages.
pub(in crate::cli) fn name(path: &Path) -> Arc<str> {
    path.strip_prefix(".").unwrap_or(path).to_string_lossy().into()
}

/// The text of a file, or its name and why it has none.
pub(in crate::cli) fn read(source: &Source, bounds: &Bounds) -> Result<String, (Arc<str>, String)> {
    read_by(&mut Opener::default(), source, bounds)
}

/// The same of one of several files.
pub(super) fn read_by(
    opener: &mut Opener,
    source: &Source,
    bounds: &Bounds,
) -> Result<String, (Arc<str>, String)> {
    if let Some(text) = &source.text {
        return Ok(without_mark(text).to_owned());
    }
    let bytes = match &source.path {
        // How large it is need not be asked: nearly all are read at once.
        Some(path) => opener.open(path).and_then(|file| bounded(file, ROOM, bounds)),
        // It can be read only once.
        None => match (standard_input(), standard_input_without_text()) {
            (Some(read), _) => return Ok(unmarked(read.to_owned())),
            (None, Some(bytes)) => Ok(bytes.to_owned()),
            (None, None) => bounded(io::stdin().lock(), 0, bounds),
        },
    };
    let read = bytes.map_err(LoadError::from).and_then(|bytes| text(bytes, bounds));
    if let (Ok(said), None) = (&read, &source.path) {
        let _ = STANDARD_INPUT.set(said.clone());
    }
    let said = read.map_err(|error| (source.name(), error.to_string()))?;
    Ok(unmarked(said.unwrap_or_else(|bytes| marked(&bytes))))
}

/// Room for most files.
const ROOM: usize = 16 * 1024;

/// What a file says; the bytes of one that is no text throughout.
type Said = Result<String, Vec<u8>>;

/// What standard input said, to the byte.
static STANDARD_INPUT: OnceLock<Said> = OnceLock::new();

/// What it is to have said, once it was changed.
static CHANGED_INPUT: OnceLock<String> = OnceLock::new();

/// What standard input said, once it was read, to the byte: a mark at its beginning is its user's. Nothing where it is no
/// text throughout.
pub(in crate::cli) fn standard_input() -> Option<&'static str> {
    let said = || STANDARD_INPUT.get().and_then(|said| said.as_ref().ok());
    CHANGED_INPUT.get().or_else(said).map(String::as_str)
}

/// The same, where it is no text throughout.
pub(in crate::cli) fn standard_input_without_text() -> Option<&'static [u8]> {
    STANDARD_INPUT.get().and_then(|said| said.as_ref().err()).map(Vec::as_slice)
}

/// From now on, standard input said this.
pub(in crate::cli) fn change_standard_input(text: &str) {
    // It is changed once, as a whole.
    let _ = CHANGED_INPUT.set(text.to_owned());
}

/// One byte more than is allowed, at most.
fn bounded(reader: impl Read, room: usize, bounds: &Bounds) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(room);
    reader.take(bounds.file_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: Vec<u8>, bounds: &Bounds) -> Result<Said, LoadError> {
    if bytes.len() as u64 > bounds.file_bytes {
        return Err(LoadError::TooLarge(bounds.file_bytes));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(LoadError::Utf16);
    }
    Ok(String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes))
}

/// A text with [`NO_TEXT`] for what is none: it costs the document that it stands in.
fn marked(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + NO_TEXT.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            out.push_str(NO_TEXT);
        }
    }
    out
}

/// A text without the byte order mark that it may begin with, which says nothing.
pub(in crate::cli) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

/// The same of a text that is nobody else's.
pub(in crate::cli) fn unmarked(text: String) -> String {
    if without_mark(&text).len() == text.len() { text } else { without_mark(&text).to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_past_the_bound_is_an_error_that_names_it() {
        let bounds = Bounds { file_bytes: 3, ..Bounds::default() };
        let read = |text: &str| {
            let bytes = bounded(text.as_bytes(), 0, &bounds).unwrap();
            super::text(bytes, &bounds).map_err(|error| error.to_string())
        };
        assert_eq!(read("abc"), Ok(Ok("abc".to_owned())));
        assert_eq!(read("abcd"), Err("larger than 3 bytes".to_owned()));
    }

    #[test]
    fn other_encodings_are_refused_with_the_fix() {
        let refuse = |bytes: &[u8]| text(bytes.to_vec(), &Bounds::default()).unwrap_err().to_string();
        assert!(refuse(&[0xFF, 0xFE, b'a', 0]).contains("save it as UTF-8"));
        assert_eq!(marked(b"a\xff\xfeb"), format!("a{NO_TEXT}{NO_TEXT}b"));
        assert_eq!(text(b"a\xff".to_vec(), &Bounds::default()).unwrap(), Err(b"a\xff".to_vec()));
        let marked = text("\u{FEFF}a: 1".into(), &Bounds::default()).unwrap().unwrap();
        assert_eq!((marked.as_str(), unmarked(marked.clone()).as_str()), ("\u{FEFF}a: 1", "a: 1"));
    }

    #[test]
    fn folders_are_walked_in_order_without_what_git_ignores_and_each_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("b")).unwrap();
        for name in ["c.yaml", "b/x.yml", "a.json", "ignored.yaml", "notes.txt"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::fs::write(at(".gitignore"), "ignored.yaml\n").unwrap();
        let found = find(&[at("c.yaml"), folder.path().to_owned(), at("gone.yaml")]);
        let names: Vec<PathBuf> =
            found.into_iter().map(|source| source.unwrap().path.unwrap().into()).collect();
        assert_eq!(names, [at("c.yaml"), at("a.json"), at("b/x.yml"), at("gone.yaml")]);
    }
}

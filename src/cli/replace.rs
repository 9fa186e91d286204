//! Another text in a file that somebody owns.
//!
//! It is put there at once, so that nobody reads half of it, where that costs the file nothing: its owner, its rights,
//! its other names and links to it stay. Where it would, and where no file can be made beside it, the text is written over
//! the old one. It must not know what the text says. Next: [`super::fix`] and [`super::add_ignores`], which ask.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

/// Writes a text in the place of what a file says; a file that may not be written stays as it is.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link stays, and what it leads to is written.
    let path = path.canonicalize()?;
    // Who may make files in its folder could replace it all the same: that is not what rights are for.
    let file = File::options().read(true).write(true).open(&path)?;
    let known = file.metadata()?;
    let has_one_name = known.nlink() == 1;
    if has_one_name && put_at_once(&path, text, &known).is_ok() {
        return Ok(());
    }
    write_over(file, text)
}

/// A new file under the name of the old one. Where it cannot be the owner's, the old one is still there.
fn put_at_once(path: &Path, text: &str, known: &Metadata) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    let own = new.as_file().metadata()?;
    if (own.uid(), own.gid()) != (known.uid(), known.gid()) {
        fchown(new.as_file(), Some(known.uid()), Some(known.gid()))?;
    }
    // Last, because a new owner takes rights away.
    fs::set_permissions(new.path(), known.permissions())?;
    new.persist(path).map(drop).map_err(|error| error.error)
}

/// The text where the old one stood. If there is no room for it, the old one stands there again.
fn write_over(mut file: File, text: &str) -> io::Result<()> {
    let mut old = Vec::new();
    file.read_to_end(&mut old)?;
    let wrote = set(&mut file, text.as_bytes());
    if wrote.is_err() {
        // It fits where it was.
        let _ = set(&mut file, &old);
    }
    wrote
}

fn set(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn rights_and_links_stay_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "a longer text").unwrap();
        fs::set_permissions(at("file"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("file", at("link")).unwrap();
        replace(&at("link"), "short").unwrap();
        let file = fs::metadata(at("file")).unwrap();
        assert_eq!(file.permissions().mode() & 0o7777, 0o640);
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        assert_eq!((fs::read_to_string(at("file")).unwrap().as_str(), entries(folder.path())), ("short", 2));
    }

    #[test]
    fn a_file_with_two_names_keeps_both() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("one"), "a longer text").unwrap();
        fs::hard_link(at("one"), at("other")).unwrap();
        replace(&at("one"), "short").unwrap();
        assert_eq!(fs::read_to_string(at("other")).unwrap(), "short");
        assert_eq!(fs::metadata(at("one")).unwrap().ino(), fs::metadata(at("other")).unwrap().ino());
        assert_eq!(entries(folder.path()), 2);
    }

    #[test]
    fn the_owner_stays_where_another_one_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "text").unwrap();
        // Only root can give a file away; everybody else's file is their own before and after.
        let _ = std::os::unix::fs::chown(&path, Some(12_345), Some(12_346));
        let before = fs::metadata(&path).unwrap();
        replace(&path, "more").unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "more");
    }
}

//! Names of files in the headers of a difference, as `patch` and `git apply` read them.
//!
//! A name ends at a tab, is quoted as in C where it would do something else than name a file, and leads down from the
//! folder that the command was started in: programs refuse to leave it. Next: [`super::Edits`].

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use crate::render::style::visible;

/// The name of a file as a header holds it.
pub(super) fn name(file: &str) -> String {
    let file = below(file).unwrap_or_else(|| file.to_owned());
    if file.contains(['"', '\\']) || visible(&file) != file {
        return quoted(&file);
    }
    // Without it, a name would end at its first space.
    let end = if file.contains(' ') { "\t" } else { "" };
    format!("{file}{end}")
}

/// A name that leads elsewhere first, from the folder that the command was started in, if the file lies below it.
fn below(file: &str) -> Option<String> {
    let path = Path::new(file);
    let leads_elsewhere = path.is_absolute() || path.components().any(|part| part == Component::ParentDir);
    if !leads_elsewhere {
        return None;
    }
    let here = std::env::current_dir().ok()?.canonicalize().ok()?;
    from(&here, path)
}

/// The name of a file from a folder above it. The file itself may be a link.
fn from(folder: &Path, file: &Path) -> Option<String> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let real: PathBuf = parent.unwrap_or_else(|| Path::new(".")).canonicalize().ok()?.join(file.file_name()?);
    Some(real.strip_prefix(folder).ok()?.to_str()?.to_owned())
}

/// A name in quotes: what is no letter, digit or sign that is seen, byte by byte in octal.
fn quoted(file: &str) -> String {
    let mut out = "\"".to_owned();
    for c in file.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ if visible(c.encode_utf8(&mut [0; 4])) == c.to_string() => out.push(c),
            _ => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a String does not fail.
                    let _ = write!(out, "\\{byte:03o}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_patch_and_git_read() {
        for (file, expected) in [
            ("a/b.yaml", "a/b.yaml"),
            ("my file.yaml", "my file.yaml\t"),
            ("über.yaml", "über.yaml"),
            ("a\tb \u{1b}.yaml", "\"a\\tb \\033.yaml\""),
            ("a\\\"b.yaml", "\"a\\\\\\\"b.yaml\""),
            ("a\u{202e}.yaml", "\"a\\342\\200\\256.yaml\""),
        ] {
            assert_eq!(name(file), expected, "{file}");
        }
    }

    #[test]
    fn a_name_leads_down_where_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        let file = root.join("a/b/../x.yaml");
        assert_eq!(from(&root, &file).as_deref(), Some("a/x.yaml"));
        assert_eq!(from(&root.join("a"), &file).as_deref(), Some("x.yaml"));
        assert_eq!(from(&root.join("a/b"), &file), None);
    }
}

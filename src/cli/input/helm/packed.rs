//! A chart that is packed, laid out as a folder again: only to see which line is from which template.
//!
//! Plain files within the folder that it is laid out in, no more than a bound says; anything else, and it stays packed.
//! It must not render. Next: [`super::chart`].

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// How long the parts of an archive are.
const BLOCK: usize = 512;

/// Lays a chart out in an empty folder; the folder of the chart itself.
pub(super) fn unpack(file: &Path, into: &Path, bytes_max: u64) -> io::Result<PathBuf> {
    let mut packed = Vec::new();
    fs::File::open(file)?.take(bytes_max).read_to_end(&mut packed)?;
    let deflated = deflated(&packed).ok_or_else(|| io::Error::other("not compressed by gzip"))?;
    let limit = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let archive = decompress_to_vec_with_limit(deflated, limit)
        .map_err(|_| io::Error::other("it cannot be read, or is too large"))?;
    let mut root = None;
    for (path, bytes) in entries(&archive).ok_or_else(|| io::Error::other("not an archive"))? {
        let mut parts = path.components();
        let is_within = parts.clone().all(|part| matches!(part, Component::Normal(_)));
        let first = parts.next().filter(|_| is_within).ok_or_else(|| io::Error::other("a path leads out"))?;
        root.get_or_insert_with(|| into.join(first));
        let target = into.join(&path);
        fs::create_dir_all(target.parent().unwrap_or(into))?;
        fs::write(target, bytes)?;
    }
    root.ok_or_else(|| io::Error::other("nothing is packed"))
}

/// What is compressed, behind the header of gzip and whatever it names.
fn deflated(packed: &[u8]) -> Option<&[u8]> {
    let (header, mut rest) = packed.split_at_checked(10)?;
    let flags = *header.get(3)?;
    if !header.starts_with(&[0x1F, 0x8B, 8]) {
        return None;
    }
    if flags & 4 != 0 {
        let (length, behind) = rest.split_at_checked(2)?;
        let length = usize::from(u16::from_le_bytes(length.try_into().ok()?));
        rest = behind.get(length..)?;
    }
    // A name and a comment, each up to a zero.
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    rest.get(if flags & 2 == 0 { 0 } else { 2 }..)
}

/// The plain files of an archive.
fn entries(archive: &[u8]) -> Option<Vec<(PathBuf, &[u8])>> {
    let mut entries = Vec::new();
    let mut rest = archive;
    let mut long_name = None;
    while let Some((header, behind)) = rest.split_at_checked(BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            break;
        }
        let size = usize::from_str_radix(text(header.get(124..136)?)?.trim(), 8).ok()?;
        let content = behind.get(..size)?;
        rest = behind.get(size.div_ceil(BLOCK) * BLOCK..).unwrap_or_default();
        match header.get(156)? {
            b'0' | 0 => {
                let (prefix, name) = (text(header.get(345..500)?)?, text(header.get(..100)?)?);
                let short = Path::new(prefix).join(name);
                entries.push((long_name.take().unwrap_or(short), content));
            }
            b'x' => long_name = said_path(content),
            _ => long_name = None,
        }
    }
    Some(entries)
}

/// Text up to the first zero.
fn text(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    std::str::from_utf8(bytes.get(..end)?).ok()
}

/// The path that an extended header gives the next file: in lines of `LENGTH KEY=VALUE`.
fn said_path(content: &[u8]) -> Option<PathBuf> {
    let lines = std::str::from_utf8(content).ok()?.lines();
    let mut said = lines.filter_map(|line| line.split_once(' ')?.1.strip_prefix("path="));
    said.next().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One file in an archive.
    fn entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        block[156] = kind;
        block.extend(content);
        block.resize(block.len().div_ceil(BLOCK) * BLOCK, 0);
        block
    }

    fn unpacked(archive: &[u8], flags: u8, named: &[u8]) -> (tempfile::TempDir, io::Result<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.tgz");
        let deflated = miniz_oxide::deflate::compress_to_vec(archive, 6);
        let header = [0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 0];
        fs::write(&file, [&header[..], named, &deflated, &[0; 8]].concat()).unwrap();
        let into = folder.path().join("in");
        let root = unpack(&file, &into, 1 << 20);
        (folder, root)
    }

    #[test]
    fn files_are_laid_out_below_the_folder_of_the_chart() {
        let long = format!("web/templates/{}.yaml", "x".repeat(90));
        let said = format!("120 path={long}\n");
        let archive = [
            entry("web/Chart.yaml", b'0', b"name: web\n"),
            entry("web/templates/", b'5', b""),
            entry("PaxHeaders/x", b'x', said.as_bytes()),
            entry("web/templates/cut", b'0', &[b'a'; 600]),
            vec![0; BLOCK * 2],
        ];
        let (_folder, root) = unpacked(&archive.concat(), 8 | 16, b"name\0comment\0");
        let root = root.unwrap();
        assert_eq!(fs::read_to_string(root.join("Chart.yaml")).unwrap(), "name: web\n");
        assert_eq!(fs::read(root.parent().unwrap().join(long)).unwrap().len(), 600);
    }

    #[test]
    fn what_leads_out_of_the_folder_or_is_no_archive_stays_packed() {
        for name in ["../out", "/out", "web/../../out"] {
            let (folder, root) = unpacked(&entry(name, b'0', b"x"), 0, b"");
            assert!(root.is_err() && !folder.path().join("out").exists(), "{name}");
        }
        assert!(unpacked(b"no archive", 0, b"").1.is_err());
        assert!(unpacked(&entry("a/b", b'0', &vec![0; 2 << 20]), 0, b"").1.is_err());
    }
}

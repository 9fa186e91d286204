//! What every output format is: pieces of text for the findings of a run, in their order.
//!
//! Pieces are made on several threads, a workload at a time; [`Stream`] joins them in order and keeps what
//! depends on the pieces before. It must not know any particular format. Next: [`super::text`],
//! [`super::json`], [`super::sarif`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::fingerprint::Fingerprint;
use super::idle::Idle;
use super::run::{RunWorkload, Totals};

/// Pieces of a document, or why they could not be written.
pub type Pieces = Result<Vec<Piece>, serde_json::Error>;

/// What one format makes of a run.
pub trait Format: Send + Sync {
    /// What comes before the findings.
    fn start(&self) -> Result<String, serde_json::Error> {
        Ok(String::new())
    }

    /// Of one workload: a piece for each finding, or for the workload.
    fn workload(&self, workload: &RunWorkload) -> Pieces;

    /// Of suppressions that suppress nothing, after the last workload: as of a workload.
    fn idle(&self, idle: &[Idle]) -> Pieces;

    /// What goes between two pieces.
    fn separator(&self) -> &'static str {
        ""
    }

    /// Most pieces that readers of the format take.
    fn limit(&self) -> usize {
        usize::MAX
    }

    /// What comes after the findings.
    fn end(&self, totals: &Totals, stream: &Stream) -> Result<String, serde_json::Error>;
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    text: String,
    /// The finding it is about and what is written behind its fingerprint, where each may stand only once.
    unique: Option<(Fingerprint, &'static str)>,
}

impl Piece {
    /// A piece as it is.
    pub const fn plain(text: String) -> Self {
        Self { text, unique: None }
    }

    /// A piece that goes on with a fingerprint that no other piece has, and ends with `after`. A finding that
    /// was told already, in the same words, is not told again.
    pub const fn unique(before: String, fingerprint: Fingerprint, after: &'static str) -> Self {
        Self { text: before, unique: Some((fingerprint, after)) }
    }
}

/// What was written so far.
#[derive(Debug, Default)]
pub struct Stream {
    /// Pieces that were written.
    pub written: usize,
    /// Pieces beyond the limit of the format.
    pub cut: usize,
    seen: BTreeMap<Fingerprint, Vec<u64>>,
}

impl Stream {
    /// What goes on behind this, for pieces that no other has the fingerprints of.
    pub(super) fn behind(&self) -> Self {
        Self { written: self.written, ..Self::default() }
    }

    /// The texts of these pieces, one behind the other, behind what was written before them.
    pub fn join(&mut self, format: &dyn Format, pieces: Vec<Piece>) -> Vec<Cow<'static, str>> {
        let mut texts = Vec::with_capacity(pieces.len() * 2);
        for Piece { mut text, unique } in pieces {
            if let Some((fingerprint, after)) = unique {
                let Some(number) = self.number(fingerprint, &text) else { continue };
                text = format!("{text}{fingerprint}:{number}{after}");
            }
            if self.written >= format.limit() {
                self.cut += 1;
                continue;
            }
            if self.written > 0 && !format.separator().is_empty() {
                texts.push(format.separator().into());
            }
            texts.push(text.into());
            self.written += 1;
        }
        texts
    }

    /// Which of the findings with this fingerprint it is, from 1; nothing if it was one of them already.
    fn number(&mut self, fingerprint: Fingerprint, text: &str) -> Option<usize> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let seen = self.seen.entry(fingerprint).or_default();
        let hash = hasher.finish();
        if seen.contains(&hash) {
            return None;
        }
        seen.push(hash);
        Some(seen.len())
    }
}

/// A path as it is called from the folder that a run was started in: without `./`, relative where it can be.
pub fn relative<'a>(file: &'a str, folder: &str) -> &'a str {
    let below = file.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    let mut path = below.filter(|_| !folder.is_empty()).unwrap_or(file);
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fingerprint::Identity;

    struct Two;

    impl Format for Two {
        fn workload(&self, _: &RunWorkload) -> Pieces {
            Ok(Vec::new())
        }
        fn idle(&self, _: &[Idle]) -> Pieces {
            Ok(Vec::new())
        }
        fn separator(&self) -> &'static str {
            ","
        }
        fn limit(&self) -> usize {
            2
        }
        fn end(&self, _: &Totals, _: &Stream) -> Result<String, serde_json::Error> {
            Ok(String::new())
        }
    }

    #[test]
    fn pieces_are_separated_also_over_workloads_and_what_is_too_much_is_counted() {
        let mut stream = Stream::default();
        let plain = |text: &str| Piece::plain(text.to_owned());
        assert_eq!(stream.join(&Two, vec![plain("a")]), ["a"]);
        assert_eq!(stream.join(&Two, Vec::new()), [""; 0]);
        assert_eq!(stream.join(&Two, vec![plain("b"), plain("c")]), [",", "b"]);
        assert_eq!((stream.written, stream.cut), (2, 1));
    }

    #[test]
    fn a_finding_is_told_once_and_each_of_several_has_its_number() {
        let fingerprint =
            Identity { check: "x".to_owned(), object: String::new(), container: None, field: None }
                .fingerprint();
        let piece = |text: &str| Piece::unique(text.to_owned(), fingerprint, "!");
        let texts = Stream::default().join(&Two, vec![piece("a"), piece("a"), piece("b")]);
        assert_eq!(texts.concat(), format!("a{fingerprint}:1!,b{fingerprint}:2!"));
    }

    #[test]
    fn paths_are_relative_to_the_folder_of_the_run() {
        for (file, folder, expected) in [
            ("/repo/a/b.yaml", "/repo", "a/b.yaml"),
            ("/repository/b.yaml", "/repo", "/repository/b.yaml"),
            ("./a.yaml", "/repo", "a.yaml"),
            (".//./a.yaml", "", "a.yaml"),
            ("../a.yaml", "/repo", "../a.yaml"),
            ("/a.yaml", "", "/a.yaml"),
            ("-", "/repo", "-"),
        ] {
            assert_eq!(relative(file, folder), expected, "{file}");
        }
    }
}

//! What other tools call a requirement: for people who come from one of them, with its ids in their heads.
//!
//! Names and numbers only, one entry for each check. An entry says that the other tool looks at the same
//! thing, not that it judges alike; it must not decide anything. Next: a table, as [`security`], and
//! [`super::registry`] for the checks themselves.

use std::fmt;

use super::registry;
use crate::catalogue::Check;

/// Declares a table: for each check its name and, by tool, the ids there.
macro_rules! rows {
    ($($check:literal: $($tool:ident $($id:literal)+),*;)*) => {
        pub(super) const ROWS: &[$crate::checks::peers::Row] = &[$($crate::checks::peers::Row {
            check: $check,
            peers: &[$($($crate::checks::peers::Peer { tool: $crate::checks::peers::Tool::$tool, id: $id },)+)*],
        }),*];
    };
}

mod access;
mod configuration;
mod network;
mod reliability;
mod security;

const TABLES: &[&[Row]] =
    &[access::ROWS, configuration::ROWS, network::ROWS, reliability::ROWS, security::ROWS];

/// What a check that exists, or is yet to come, is called elsewhere.
#[derive(Debug)]
struct Row {
    check: &'static str,
    peers: &'static [Peer],
}

/// A tool that checks workloads, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// Checkov: `CKV_K8S_n` and `CKV2_K8S_n`.
    Checkov,
    /// Templates of the Gatekeeper library.
    Gatekeeper,
    /// kube-linter.
    KubeLinter,
    /// kube-score.
    KubeScore,
    /// Controls of Kubescape: `C-n`.
    Kubescape,
    /// Policies of the Kyverno library.
    Kyverno,
    /// Controls of Pod Security Admission, and its two levels.
    PodSecurityAdmission,
    /// Polaris.
    Polaris,
    /// Codes of Popeye: `POP-n`.
    Popeye,
    /// Trivy: `KSV-n`; older releases write `KSVn` and `AVD-KSV-n`.
    Trivy,
}

impl Tool {
    /// Every tool, in order of name.
    pub const ALL: &'static [Self] = &[
        Self::Checkov,
        Self::Gatekeeper,
        Self::KubeLinter,
        Self::KubeScore,
        Self::Kubescape,
        Self::Kyverno,
        Self::PodSecurityAdmission,
        Self::Polaris,
        Self::Popeye,
        Self::Trivy,
    ];

    /// The tool's name as it writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checkov => "Checkov",
            Self::Gatekeeper => "Gatekeeper library",
            Self::KubeLinter => "kube-linter",
            Self::KubeScore => "kube-score",
            Self::Kubescape => "Kubescape",
            Self::Kyverno => "Kyverno policies",
            Self::PodSecurityAdmission => "Pod Security Admission",
            Self::Polaris => "Polaris",
            Self::Popeye => "Popeye",
            Self::Trivy => "Trivy",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A check of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The tool.
    pub tool: Tool,
    /// Its id there, in that tool's spelling.
    pub id: &'static str,
}

impl Peer {
    /// Whether somebody who writes this means the id: case does not count, nor does how Trivy's number is
    /// filled up.
    fn is_called(&self, word: &str) -> bool {
        let same_number =
            || self.tool == Tool::Trivy && number(word).is_some_and(|n| Some(n) == number(self.id));
        self.id.eq_ignore_ascii_case(word) || same_number()
    }

    /// What peers are sorted by: the tool, then the id with its last number as a number.
    fn order(&self) -> (Tool, &'static str, u32, &'static str) {
        let stem = self.id.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = self.id.strip_prefix(stem).and_then(|digits| digits.parse().ok()).unwrap_or_default();
        (self.tool, stem, number, self.id)
    }
}

/// The number of an id of Trivy, in any of its spellings.
fn number(id: &str) -> Option<u32> {
    let id = id.to_ascii_uppercase();
    let id = id.strip_prefix("AVD-").unwrap_or(&id);
    let digits = id.strip_prefix("KSV")?.trim_start_matches('-');
    digits.chars().all(|c| c.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// What other tools call a check, in order of tool and id.
pub fn of(check: &str) -> Vec<Peer> {
    let mut peers: Vec<Peer> =
        rows().filter(|row| row.check == check).flat_map(|row| row.peers).copied().collect();
    peers.sort_unstable_by_key(Peer::order);
    peers
}

/// The checks that another tool has under this id, in order of name.
pub fn find(id: &str) -> Vec<&'static Check> {
    let mut found: Vec<&'static Check> = rows()
        .filter(|row| row.peers.iter().any(|peer| peer.is_called(id)))
        .filter_map(|row| registry::find(row.check))
        .collect();
    found.sort_unstable_by_key(|check| check.name);
    found
}

/// Every id that leads to checks, in order of tool and id.
pub fn index() -> Vec<(Peer, Vec<&'static Check>)> {
    let mut pairs: Vec<(Peer, &'static Check)> = rows()
        .filter_map(|row| Some((row.peers, registry::find(row.check)?)))
        .flat_map(|(peers, check)| peers.iter().map(move |peer| (*peer, check)))
        .collect();
    pairs.sort_unstable_by_key(|(peer, check)| (peer.order(), check.name));
    pairs
        .chunk_by(|one, other| one.0 == other.0)
        .filter_map(|group| Some((group.first()?.0, group.iter().map(|(_, check)| *check).collect())))
        .collect()
}

fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().copied().flatten()
}

#[cfg(test)]
mod tests;

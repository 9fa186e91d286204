//! What checks say of the objects around a workload: each of those found, and that there may be more.
//!
//! It must not know a kind. Next: [`super::budgets`], [`super::scalers`], [`super::services`].

use crate::catalogue::{Field, Judgement, Outcome, Severity, Statement, Text, WorkloadSubject};
use crate::checks::helpers::pod_labels;
use crate::inventory::lookup::Search;
use crate::inventory::metadata::Metadata;
use crate::inventory::{Kind, ObjectKey};

/// What is said when there is nothing to judge.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// Why the check has nothing to say.
    pub(super) nothing: &'static str,
    /// What is not known when there may be more.
    pub(super) doubt: &'static str,
}

/// Why a check has nothing to say where all that it would look at is out of its sight.
pub(super) const OUT_OF_SCOPE: &str = "only a ClusterReadinessPolicy sees other namespaces (OutOfScope)";

/// The judgement over objects around a workload. What may have been overlooked is said unless a finding of at
/// least this severity stands anyway.
pub(super) fn judge_each<T: Copy>(
    subject: &WorkloadSubject<'_>,
    search: &Search<T>,
    words: Words,
    severity: Severity,
    mut judge: impl FnMut(T) -> Vec<Statement>,
) -> Judgement {
    if search.is_certainly_empty() {
        return Judgement::not_applicable(words.nothing);
    }
    let mut statements: Vec<_> = search.found.iter().flat_map(|found| judge(*found)).collect();
    let fails = |s: &Statement| s.outcome == Outcome::Fail && s.grade.unwrap_or(severity) >= severity;
    if let Some(cause) = search.incomplete.filter(|_| !statements.iter().any(fails)) {
        statements.push(Statement::unknown(cause, pod_labels(subject), words.doubt));
    }
    statements.into_iter().collect()
}

/// Key of an object of this kind.
pub(super) fn key_of(kind: Kind, metadata: &Metadata) -> ObjectKey {
    ObjectKey { namespace: metadata.namespace.clone(), kind, name: metadata.name.clone() }
}

/// A path in another object.
pub(super) fn at(path: impl Into<Text>) -> Field {
    Field::Object(path.into())
}

/// Names in a message, of which there is no end otherwise.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 60;
    let text = names.into_iter().collect::<Vec<_>>().join(", ");
    quoted(&text, MOST)
}

/// A value in a message: no longer than this, and without what a terminal would obey.
pub(super) fn quoted(value: &str, most: usize) -> String {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\'' | b'\\');
    if value.len() <= most && value.bytes().all(is_plain) {
        return value.to_owned();
    }
    let shown: String = value.escape_debug().take(most).collect();
    if value.escape_debug().count() > most { format!("{shown}...") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cut_only_where_it_is_longer() {
        assert_eq!((quoted("abc", 3), quoted("abcd", 3)), ("abc".to_owned(), "abc...".to_owned()));
        assert_eq!((quoted("", 3), quoted("\n", 3)), (String::new(), "\\n".to_owned()));
        assert_eq!((quoted("a\n", 3), quoted("ab\n", 3)), ("a\\n".to_owned(), "ab\\...".to_owned()));
        assert_eq!(quoted("\"", 3), "\\\"");
        assert_eq!(listed(["a", "b"]), "a, b");
    }
}

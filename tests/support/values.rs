//! A chart's values.yaml as a table for people, from the comments in it.
//!
//! It knows the form those have: a comment that begins with two dashes stands before its key, and each level
//! is two spaces.

use serde_json::Value;

/// The table of every key that has a comment, with its default.
pub(crate) fn table(text: &str, values: &Value) -> String {
    let rows = documented(text).into_iter().map(|(path, comment)| {
        let default = path.iter().fold(values, |value, key| &value[key.as_str()]);
        assert!(!comment.contains('|'), "would end the cell: {comment}");
        format!("| `{}` | `{default}` | {comment} |\n", path.join("."))
    });
    let head = "| value | default | |\n|---|---|---|\n".to_owned();
    std::iter::once(head).chain(rows).collect()
}

fn documented(text: &str) -> Vec<(Vec<String>, String)> {
    let mut rows = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut comment: Option<String> = None;
    // A key whose comment speaks for all below it.
    let mut spoken_for: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start();
        let depth = (line.len() - content.len()) / 2;
        if let Some(first) = content.strip_prefix("# -- ") {
            comment = Some(first.to_owned());
        } else if let Some(rest) = content.strip_prefix("# ") {
            comment = comment.map(|comment| format!("{comment} {rest}"));
        } else if let Some((key, rest)) = content.split_once(':').filter(|_| !content.starts_with('-')) {
            path.truncate(depth);
            path.push(key.to_owned());
            spoken_for = spoken_for.filter(|level| depth > *level);
            let is_leaf = !rest.trim().is_empty();
            match comment.take() {
                Some(comment) => {
                    rows.push((path.clone(), comment));
                    spoken_for = spoken_for.or(Some(depth));
                }
                None => assert!(spoken_for.is_some() || !is_leaf, "nothing is said of {path:?}"),
            }
        } else {
            comment = None;
        }
    }
    rows
}

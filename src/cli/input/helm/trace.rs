//! From a rendered line back to the line of the template that made it.
//!
//! The render that is judged has no marks. It is laid beside one that has: lines that are equal without marks are one
//! line. What has no pair is only known by its file. Next: [`super::mark`].

use std::collections::BTreeMap;

use super::mark::{Block, TemplateLine, unmarked};

/// How far apart two renders may drift before a line has no pair.
const DRIFT_MAX: usize = 50;

/// For each line of a render, from the first, the line of a template that made it.
pub(super) fn pair(rendered: &[&str], marked: &str, blocks: &[Block]) -> Vec<Option<TemplateLine>> {
    let marked: Vec<(String, Option<TemplateLine>)> = marked.lines().map(unmarked).collect();
    let mut lines = vec![None; rendered.len()];
    let (mut one, mut other) = (0, 0);
    while let (Some(line), Some((same, at))) = (rendered.get(one), marked.get(other)) {
        if line.trim_end() == same.trim_end() {
            if let Some(slot) = lines.get_mut(one) {
                *slot = *at;
            }
            (one, other) = (one + 1, other + 1);
            continue;
        }
        let (skip, skip_other) = resync(rendered.get(one..), marked.get(other..));
        (one, other) = (one + skip, other + skip_other);
    }
    fill(rendered, &mut lines, blocks);
    lines
}

/// How many lines of each to pass over until both go on alike; the fewest.
fn resync(rendered: Option<&[&str]>, marked: Option<&[(String, Option<TemplateLine>)]>) -> (usize, usize) {
    let (rendered, marked) = (rendered.unwrap_or_default(), marked.unwrap_or_default());
    let alike = |one: usize, other: usize| {
        let (line, same) = (rendered.get(one), marked.get(other));
        line.zip(same).is_some_and(|(line, (same, _))| line.trim_end() == same.trim_end())
    };
    for distance in 1..DRIFT_MAX * 2 {
        let splits = (0..=distance).map(|skip| (skip, distance - skip));
        // One line that differs is likelier than lines that only one of them has.
        let mut splits: Vec<_> = splits.collect();
        splits.sort_by_key(|(skip, other)| skip.abs_diff(*other));
        if let Some(split) = splits.into_iter().find(|(skip, other)| alike(*skip, *other)) {
            return split;
        }
    }
    (1, 1)
}

/// The text of one action is many lines, of which the last has the mark: the others are those before it that are as
/// far indented and have none. Of one behind a key, the line before those is the key's.
fn fill(rendered: &[&str], lines: &mut [Option<TemplateLine>], blocks: &[Block]) {
    let blocks: BTreeMap<TemplateLine, &Block> = blocks.iter().map(|block| (block.at, block)).collect();
    let marked: Vec<(usize, &Block)> = lines
        .iter()
        .enumerate()
        .filter_map(|(index, at)| at.and_then(|at| Some((index, *blocks.get(&at)?))))
        .collect();
    for (index, &Block { at, indent, has_key }) in marked {
        let before = rendered.iter().zip(lines.iter_mut()).take(index).rev();
        for (line, slot) in before {
            let is_below = line.len() - line.trim_start().len() >= indent && !line.starts_with("---");
            if slot.is_some() || line.trim().is_empty() || line.starts_with('#') || !is_below {
                if has_key && !is_below && slot.is_none() && line.trim_end().ends_with(':') {
                    *slot = Some(at);
                }
                break;
            }
            *slot = Some(at);
        }
    }
}

/// The column in the line of a template, of what stands at a column of the line that it made: the same, where all
/// before it is the same; else that of its key; else where the line begins. All from 1, in characters.
pub(super) fn column(rendered: &str, template: &str, column: usize) -> usize {
    let before = |line: &str| line.chars().take(column.saturating_sub(1)).collect::<String>();
    if before(rendered) == before(template) && template.chars().count() >= column {
        return column;
    }
    let key = key_at(rendered, column);
    let at = key.and_then(|key| template.find(&format!("{key}:")));
    let start = at.unwrap_or_else(|| template.len() - template.trim_start().len());
    template.get(..start).map_or(1, |before| before.chars().count() + 1)
}

/// The key that stands at a column, or whose value does.
fn key_at(line: &str, column: usize) -> Option<&str> {
    let at = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    let (before, after) = line.split_at_checked(at)?;
    let own = after.split_once(':').filter(|(_, rest)| rest.is_empty() || rest.starts_with(' '));
    let of_value = before.trim_end().strip_suffix(':').map(|key| key.trim_start().trim_start_matches("- "));
    let key = of_value.or_else(|| own.map(|(key, _)| key))?.trim();
    (!key.is_empty() && !key.contains(char::is_whitespace)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "as lines are compared")]
    fn at(line: usize) -> Option<TemplateLine> {
        Some(TemplateLine { file: 0, line })
    }

    #[test]
    fn equal_lines_are_pairs_and_a_line_that_differs_loses_its_own_only() {
        let rendered = ["a: 1", "sum: x", "b: 2", "c: 3"];
        let marked = "a: 1 #@sw:0:1@\nsum: y #@sw:0:2@\nb: 2 #@sw:0:3@\nc: 3 #@sw:0:9@\n";
        assert_eq!(pair(&rendered, marked, &[]), [at(1), None, at(3), at(9)]);
        let longer = "a: 1 #@sw:0:1@\n #@sw:0:2@\nsum: x #@sw:0:3@\nb: 2\nc: 3 #@sw:0:9@\n";
        assert_eq!(pair(&rendered, longer, &[]), [at(1), at(3), None, at(9)]);
    }

    #[test]
    fn a_block_is_all_of_the_action_that_made_it() {
        let rendered = ["limits:", "  resources:", "    cpu: 1", "    memory: 2", "next: 3"];
        let marked =
            "limits: #@sw:0:1@\n  resources:\n    cpu: 1\n    memory: 2 #@sw:0:2@\nnext: 3 #@sw:0:3@\n";
        let block = Block { at: at(2).unwrap(), indent: 2, has_key: false };
        assert_eq!(pair(&rendered, marked, &[block]), [at(1), at(2), at(2), at(2), at(3)]);
        let marked = "limits:\n  resources:\n    cpu: 1\n    memory: 2 #@sw:0:2@\nnext: 3 #@sw:0:3@\n";
        let block = Block { has_key: true, ..block };
        assert_eq!(pair(&rendered, marked, &[block]), [at(2), at(2), at(2), at(2), at(3)]);
        let block = Block { indent: 4, ..block };
        assert_eq!(pair(&rendered, marked, &[block]), [None, at(2), at(2), at(2), at(3)]);
    }

    #[test]
    fn the_column_is_that_of_the_key_where_values_came_in() {
        assert_eq!(column("  image: a:1", "  image: {{ .x }}", 10), 10);
        assert_eq!(column("  image: \"a:1\"", "  {{ .k }} image: {{ .x }}", 10), 12);
        assert_eq!(column("  runAsUser: 1", "    {{- toYaml . | nindent 2 }}", 14), 5);
        assert_eq!(column("- name: web", "{{ x }}- name: {{ .n }}", 3), 10);
    }
}

//! `docs/coverage.md`: how much of the two checklists the product verifies, line by line.
//!
//! It arranges what [`crate::checks::coverage`] says; it must not count anything that no check stands for.
//! Next: `tests/generated.rs`, which keeps the file equal.

use std::collections::{BTreeMap, BTreeSet};

use super::docs::cell;
use crate::checks::coverage::{self, Evidence, LISTS, Line, List, Shape, Verified};

const HEADER: &str = "<!-- Made from src/checks/coverage by tests/generated.rs; do not edit. -->\n";

const INTRODUCTION: &str = "\
# Coverage of the checklists

Seaworthy grew from two production-readiness checklists: A, of a dashboard, and B, of a scheduler for virtual machines.
This is what became of each of their lines, told in words of our own: `A11` is line 11 of list A. A line is *fully*
verified when every check that it takes exists, *partly* when one does; a line over others (bold) takes what they take.

A check verifies a line where a policy has it in force: by its profile, or by name with the parameters the line asks for.
What is missing is named, with the kind of evidence that it will read: `objects` as they are written, the `runtime`
(status, metrics, probes), an object of another controller (`integration`), or the sign-off of a `human` (`attest:` and
a topic).
";

/// The document.
pub fn page() -> String {
    let sections = LISTS.iter().map(|list| {
        let name = list.name;
        format!(
            "\n## List {name}\n\n{}\n### List {name}: demands without a box\n\n{}",
            table(list, list.boxes()),
            table(list, list.prose())
        )
    });
    format!("{HEADER}{INTRODUCTION}\n{}{}", summary(), sections.collect::<String>())
}

/// The counts, and what is missing by kind of evidence.
fn summary() -> String {
    let mut rows: Vec<(String, [usize; 3])> = Vec::new();
    for list in LISTS {
        rows.push((format!("{}, boxes", list.name), counts(list, list.boxes())));
    }
    for list in LISTS {
        rows.push((format!("{}, demands without a box", list.name), counts(list, list.prose())));
    }
    let boxes = rows.iter().take(LISTS.len());
    let total =
        boxes.fold([0; 3], |[a, b, c], (_, [fully, partly, not_yet])| [a + fully, b + partly, c + not_yet]);
    rows.insert(LISTS.len(), ("**all boxes**".to_owned(), total));
    let rows = rows.into_iter().map(|(name, [fully, partly, not_yet])| {
        let all = fully + partly + not_yet;
        format!("| {name} | {all} | {fully} | {partly} | {not_yet} |\n")
    });
    let head = "| | lines | fully verified | partly | not yet |\n|---|---|---|---|---|\n";
    format!("{head}{}\n{}", rows.collect::<String>(), missing())
}

/// How many of the lines are verified fully, partly, not yet.
fn counts(list: &List, lines: impl Iterator<Item = &'static Line>) -> [usize; 3] {
    lines.fold([0; 3], |[fully, partly, not_yet], line| match coverage::verified(&list.names(line)) {
        Verified::Fully => [fully + 1, partly, not_yet],
        Verified::Partly => [fully, partly + 1, not_yet],
        Verified::NotYet => [fully, partly, not_yet + 1],
    })
}

/// One sentence: how many checks there are for these lines, and how many of each kind are missing.
fn missing() -> String {
    let lines =
        LISTS.iter().flat_map(|list| list.boxes().chain(list.prose()).map(move |line| list.names(line)));
    let (there, lacking): (BTreeSet<&str>, BTreeSet<&str>) =
        lines.flatten().partition(|name| coverage::exists(name));
    let mut kinds: BTreeMap<Evidence, usize> = BTreeMap::new();
    for name in &lacking {
        *kinds.entry(coverage::evidence(name)).or_default() += 1;
    }
    let kinds: Vec<String> =
        kinds.into_iter().map(|(kind, count)| format!("{count} {}", word(kind))).collect();
    format!(
        "{} checks verify these lines; {} are missing: {}.\n",
        there.len(),
        lacking.len(),
        kinds.join(", ")
    )
}

fn table(list: &List, lines: impl Iterator<Item = &'static Line>) -> String {
    let rows = lines.map(|line| row(list, line));
    let head = "| line | demand | verified | by | missing | evidence |\n|---|---|---|---|---|---|\n";
    format!("{head}{}", rows.collect::<String>())
}

fn row(list: &List, line: &Line) -> String {
    let names = list.names(line);
    let number = match (line.first, line.last) {
        (first, last) if first == last || line.shape == Shape::Group => format!("{}{first}", list.name),
        (first, last) => format!("{}{first} to {last}", list.name),
    };
    let verified = match coverage::verified(&names) {
        Verified::Fully => "fully",
        Verified::Partly => "partly",
        Verified::NotYet => "not yet",
    };
    let topic = cell(line.topic);
    if line.shape == Shape::Group {
        // What it takes stands in the lines below it.
        return format!("| {number} | **{topic}** | {verified} | | | {} |\n", kinds(&names));
    }
    let (there, lacking): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| coverage::exists(name));
    let there: Vec<String> = there.iter().map(|name| format!("[{name}](checks/{name}.md)")).collect();
    let lacking: Vec<String> =
        lacking.iter().map(|name| format!("`{name}` ({})", word(coverage::evidence(name)))).collect();
    format!(
        "| {number} | {topic} | {verified} | {} | {} | {} |\n",
        there.join(", "),
        lacking.join(", "),
        kinds(&names)
    )
}

/// The kinds of evidence that a line takes, in order.
fn kinds(names: &[&str]) -> String {
    let kinds: BTreeSet<Evidence> = names.iter().map(|name| coverage::evidence(name)).collect();
    kinds.into_iter().map(word).collect::<Vec<_>>().join(", ")
}

const fn word(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Objects => "objects",
        Evidence::Runtime => "runtime",
        Evidence::Integration => "integration",
        Evidence::Human => "human",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_what_exists_and_what_is_missing() {
        let page = page();
        let row = page.lines().find(|line| line.starts_with("| A10 |")).unwrap();
        assert_eq!(
            row,
            "| A10 | Files have tight modes | partly | [secret-file-mode](checks/secret-file-mode.md) | \
             `attest:image-file-modes` (human) | objects, human |"
        );
        let row = page.lines().find(|line| line.starts_with("| B233 |")).unwrap();
        assert!(row.contains("| fully |") && row.ends_with("|  | objects |"), "{row}");
    }

    #[test]
    fn every_line_has_a_row_and_is_counted_once() {
        let page = page();
        for list in LISTS {
            for line in list.boxes().chain(list.prose()) {
                let number = format!("| {}{} ", list.name, line.first);
                assert_eq!(page.lines().filter(|row| row.starts_with(&number)).count(), 1, "{number}");
            }
            let [fully, partly, not_yet] = counts(list, list.boxes());
            assert_eq!(fully + partly + not_yet, list.boxes().count());
        }
    }

    #[test]
    fn a_group_is_no_better_than_its_lines() {
        let list = &LISTS[1];
        for group in list.boxes().filter(|line| line.shape == Shape::Group) {
            let within = |line: &&Line| group.first < line.first && line.first <= group.last;
            let worst = list.boxes().filter(within).map(|line| coverage::verified(&list.names(line))).max();
            let whole = coverage::verified(&list.names(group));
            assert_eq!(whole == Verified::Fully, worst == Some(Verified::Fully), "{}", group.topic);
        }
    }
}

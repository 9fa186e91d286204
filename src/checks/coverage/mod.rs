//! Which checks verify which line of the two checklists that the product grew from.
//!
//! List A is of a dashboard, list B of a scheduler for virtual machines; a line is known by its number there,
//! and told in words of our own. A line names everything that it takes: checks of the registry, and what is
//! [`planned`]. It must not say whether any of that passes. Next: [`crate::render::coverage`], the document.

use super::registry;

/// Declares lines: shape, number (or the first to the last), topic, and names of what verifies it.
macro_rules! lines {
    ($($shape:ident $first:literal $(to $last:literal)? $topic:literal: $($name:literal)*;)*) => {
        pub(super) const LINES: &[$crate::checks::coverage::Line] = &[$($crate::checks::coverage::Line {
            shape: $crate::checks::coverage::Shape::$shape,
            first: $first,
            last: $crate::checks::coverage::last(&[$first $(, $last)?]),
            topic: $topic,
            names: &[$($name),*],
        }),*];
    };
}

/// Declares names by the kind of evidence that they will give.
macro_rules! planned {
    ($($evidence:ident: $($name:literal)*;)*) => {
        pub(super) const PLANNED: &[(&str, $crate::checks::coverage::Evidence)] =
            &[$($(($name, $crate::checks::coverage::Evidence::$evidence),)*)*];
    };
}

mod first_boxes;
mod first_prose;
mod planned;
mod second_operation;
mod second_prose;
mod second_setup;

/// Both lists.
pub static LISTS: &[List] = &[
    List { name: "A", boxes: &[first_boxes::LINES], prose: first_prose::LINES },
    List { name: "B", boxes: &[second_setup::LINES, second_operation::LINES], prose: second_prose::LINES },
];

/// A checklist.
#[derive(Debug)]
pub struct List {
    /// The letter that stands for it.
    pub name: &'static str,
    boxes: &'static [&'static [Line]],
    prose: &'static [Line],
}

/// What a line of a checklist is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A box to tick.
    Item,
    /// A box over other boxes: ticked when they are.
    Group,
    /// A demand without a box.
    Prose,
}

/// One line of a checklist, or lines that belong together.
#[derive(Debug)]
pub struct Line {
    /// What it is.
    pub shape: Shape,
    /// Its number.
    pub first: u16,
    /// The number of the last line that belongs to it.
    pub last: u16,
    /// What it demands, in short.
    pub topic: &'static str,
    names: &'static [&'static str],
}

/// Where the answer to a demand lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// In objects as they are written: the workload's, and those it is joined with.
    Objects,
    /// In what runs: status, metrics, answers to a probe.
    Runtime,
    /// In an object of another controller.
    Integration,
    /// In what people sign.
    Human,
}

/// How much of a line is verified by checks that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verified {
    /// All of it.
    Fully,
    /// Some of it.
    Partly,
    /// Nothing yet.
    NotYet,
}

impl List {
    /// The lines with a box, in order.
    pub fn boxes(&self) -> impl Iterator<Item = &'static Line> + use<> {
        self.boxes.iter().copied().flatten()
    }

    /// The lines without a box, in order.
    pub fn prose(&self) -> impl Iterator<Item = &'static Line> + use<> {
        self.prose.iter()
    }

    /// Names of all that a line takes, in order; of a group, what its lines take.
    pub fn names(&self, line: &Line) -> Vec<&'static str> {
        if line.shape != Shape::Group {
            return line.names.to_vec();
        }
        let mut names = Vec::new();
        let lines = line.first..=line.last;
        let within = |item: &&Line| item.shape == Shape::Item && lines.contains(&item.last);
        for name in self.boxes().filter(within).flat_map(|item| item.names) {
            if !names.contains(name) {
                names.push(*name);
            }
        }
        names
    }
}

/// Whether this is the name of a check that exists.
pub fn exists(name: &str) -> bool {
    registry::find(name).is_some()
}

/// How much of it all exists.
pub fn verified(names: &[&str]) -> Verified {
    match names.iter().filter(|name| exists(name)).count() {
        0 => Verified::NotYet,
        some if some < names.len() => Verified::Partly,
        _ => Verified::Fully,
    }
}

/// Where a check looks, or will look. Checks that were never planned look at objects.
pub fn evidence(name: &str) -> Evidence {
    let planned = planned::PLANNED.iter().find(|(planned, _)| *planned == name);
    planned.map_or(Evidence::Objects, |(_, evidence)| *evidence)
}

/// The last of some numbers.
const fn last(numbers: &[u16]) -> u16 {
    match numbers {
        [.., last] => *last,
        [] => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> impl Iterator<Item = (&'static List, &'static Line)> {
        LISTS.iter().flat_map(|list| list.boxes().chain(list.prose()).map(move |line| (list, line)))
    }

    #[test]
    fn every_name_is_a_check_or_planned() {
        let planned: BTreeSet<&str> = planned::PLANNED.iter().map(|(name, _)| *name).collect();
        assert_eq!(planned.len(), planned::PLANNED.len(), "a name is planned twice");
        for (list, line) in all() {
            for name in line.names {
                assert!(exists(name) || planned.contains(name), "{}{}: {name}", list.name, line.first);
            }
        }
        let used: BTreeSet<&str> = all().flat_map(|(_, line)| line.names).copied().collect();
        let idle: Vec<_> = planned.difference(&used).collect();
        assert!(idle.is_empty(), "no line needs {idle:?}");
    }

    #[test]
    fn every_box_is_there_once_and_in_order() {
        for (list, count) in LISTS.iter().zip([87, 191]) {
            let numbers: Vec<u16> = list.boxes().map(|line| line.first).collect();
            assert_eq!(numbers.len(), count, "{}", list.name);
            assert!(numbers.is_sorted_by(|one, other| one < other), "{numbers:?}");
            let prose: Vec<_> = list.prose().collect();
            assert!(prose.is_sorted_by(|one, other| one.last < other.first), "{prose:?}");
        }
    }

    #[test]
    fn a_line_names_what_it_takes_once() {
        for (list, line) in all() {
            let names = list.names(line);
            assert!(!names.is_empty(), "{}{} takes nothing", list.name, line.first);
            assert_eq!(
                names.iter().collect::<BTreeSet<_>>().len(),
                names.len(),
                "{}{}",
                list.name,
                line.first
            );
            assert!(line.first <= line.last && !line.topic.is_empty());
            assert_eq!(line.shape == Shape::Group, line.names.is_empty(), "{}{}", list.name, line.first);
        }
    }

    #[test]
    fn a_group_takes_what_its_lines_take_and_no_more() {
        let list = &LISTS[1];
        let group = list.boxes().find(|line| line.first == 232).unwrap();
        let names = list.names(group);
        assert!(names.contains(&"run-as-non-root") && names.contains(&"image-scan-fresh"), "{names:?}");
        assert!(!names.contains(&"port-allowlist") && !names.contains(&"node-os-current"), "{names:?}");
    }

    #[test]
    fn a_line_is_verified_by_checks_that_exist() {
        assert_eq!(verified(&["run-as-non-root"]), Verified::Fully);
        assert_eq!(verified(&["run-as-non-root", "attest:uat"]), Verified::Partly);
        assert_eq!(verified(&["attest:uat"]), Verified::NotYet);
        assert_eq!(verified(&[]), Verified::NotYet);
    }
}

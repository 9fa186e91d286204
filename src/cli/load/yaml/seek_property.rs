//! Documents written in many styles: whatever the layout, each value is found where it was written.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::stream::documents;
use super::super::{Bounds, Lists, Place};

#[derive(Clone, Debug)]
enum Tree {
    Leaf(u16),
    List(Vec<Self>),
    Map(Vec<Self>),
}

const KEYS: [&str; 4] = ["alpha", "b.c/d", "é", "image"];

fn tree() -> impl Strategy<Value = Tree> {
    any::<u16>().prop_map(Tree::Leaf).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::List),
            prop::collection::vec(inner, 1..5).prop_map(Tree::Map),
        ]
    })
}

/// Writes a tree and notes where each leaf begins.
struct Writer {
    text: String,
    style: Vec<u8>,
    used: usize,
    leaves: Vec<(String, Place)>,
}

impl Writer {
    /// The next choice of style, below a bound.
    fn choose(&mut self, bound: u8) -> usize {
        self.used += 1;
        usize::from(self.style[self.used % self.style.len()] % bound)
    }

    fn leaf(&mut self, path: &str, value: u16) {
        let line = self.text.matches('\n').count() + 1;
        let column = self.text.rsplit('\n').next().unwrap().chars().count() + 1;
        self.leaves.push((path.to_owned(), Place { line, column }));
        let quote = ["", "'", "\""][self.choose(3)];
        write!(self.text, "{quote}{value}{quote}").unwrap();
    }

    fn line(&mut self, indent: usize) {
        let noise = ["", "  ", " # a: b", "\n\n# c: d\n"][self.choose(4)];
        self.text.push_str(noise);
        let end = ["\n", "\r\n"][self.choose(2)];
        self.text.push_str(end);
        self.text.push_str(&" ".repeat(indent));
    }

    fn block(&mut self, tree: &Tree, path: &str, indent: usize) {
        let deeper = indent + 1 + self.choose(4);
        match tree {
            Tree::Leaf(value) => self.leaf(path, *value),
            _ if self.choose(4) == 0 => self.flow(tree, path),
            Tree::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.line(indent);
                    self.text.push_str("- ");
                    self.block(item, &format!("{path}[{index}]"), deeper);
                }
            }
            Tree::Map(values) => {
                for (key, value) in KEYS.iter().zip(values) {
                    self.line(indent);
                    write!(self.text, "{key}: ").unwrap();
                    self.block(value, &format!("{path}[{key}]"), deeper);
                }
            }
        }
    }

    fn flow(&mut self, tree: &Tree, path: &str) {
        let gap = |writer: &mut Self| {
            let space = ["", " ", "\n      "][writer.choose(3)];
            writer.text.push_str(space);
        };
        match tree {
            Tree::Leaf(value) => self.leaf(path, *value),
            Tree::List(items) => {
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    gap(self);
                    self.flow(item, &format!("{path}[{index}]"));
                    self.text.push(',');
                }
                self.text.push(']');
            }
            Tree::Map(values) => {
                self.text.push('{');
                for (key, value) in KEYS.iter().zip(values) {
                    gap(self);
                    write!(self.text, "\"{key}\": ").unwrap();
                    self.flow(value, &format!("{path}[{key}]"));
                    self.text.push(',');
                }
                self.text.push('}');
            }
        }
    }
}

proptest! {
    #[test]
    fn however_a_document_is_written_and_moved_its_values_are_found(
        tree in tree(), style in prop::collection::vec(any::<u8>(), 1..64), before in 0_usize..3,
    ) {
        let mut writer = Writer { text: "x: 1\n---\n".repeat(before), style, used: 0, leaves: Vec::new() };
        writer.text.push_str("root: ");
        writer.block(&tree, "root", 1);
        writer.text.push('\n');
        let bounds = Bounds::default();
        let document = documents(&writer.text, &bounds).last().unwrap();
        let spans = document.parsed.unwrap().unwrap().spans;
        let mut lists = Lists::default();
        for (path, place) in &writer.leaves {
            let beside = path.rsplit_once('[').map_or("", |(above, _)| above);
            for path in [beside, path, &format!("{path}.x"), &format!("{beside}.image.x[0]")] {
                prop_assert_eq!(spans.find_among(path, &mut lists), spans.find(path), "{}", path);
            }
            let found = spans.find(path).unwrap();
            let line = document.first_line - 1 + found.place.line;
            prop_assert_eq!(Place { line, ..found.place }, *place, "{} in {}", path, &writer.text);
            prop_assert_eq!(found.missing, "");
        }
    }
}

//! From the path of a field to its place in the text.
//!
//! Paths are the engine's: `spec.template.spec.containers[0].image`, keys with dots in brackets. What is
//! not there is placed at what should hold it. It must not know files. Next: [`super::spans`].

use std::collections::BTreeMap;
use std::ops::Range;

use super::spans::{Place, Reader, Shape, Spans, Token, hash};

/// Where a field stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The value, or the key of a block; of a field that is not there, the key of the nearest that should
    /// hold it.
    pub place: Place,
    /// What lacks below that key; empty if the field is there.
    pub missing: String,
    /// Where a line with what lacks can be put in, if what should hold it is a mapping over lines.
    pub insert: Option<Place>,
    /// Where the aliases stand that it comes through, from the root on.
    pub through: Vec<Place>,
}

/// What is known from fields that were looked for before.
#[derive(Debug, Default)]
pub struct Lists<'a> {
    /// Where the items of long lists begin, once somebody asked for one: to count from the first item for each of many
    /// fields would take as long as the square of the list.
    items: BTreeMap<*const u8, Vec<Reader<'a>>>,
    last: Way<'a>,
}

/// The way to the field that was looked for last: the next one is often beside it.
#[derive(Debug, Default)]
struct Way<'a> {
    /// In which document.
    document: &'a [u8],
    /// Through which alias the document itself comes, if it is an item of a list.
    alias: Option<Place>,
    path: String,
    /// What it leads over, and which part of the path is the name of each.
    steps: Vec<(Range<usize>, Holder<'a>)>,
}

/// Up to this index items are counted each time.
const COUNTED: usize = 16;

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step<'a> {
    name: &'a str,
    /// Where it begins in the path.
    at: usize,
    /// Where its name does.
    name_at: usize,
}

impl Step<'_> {
    /// Which part of the path its name is.
    const fn range(&self) -> Range<usize> {
        self.name_at..self.name_at + self.name.len()
    }
}

/// A collection, and where it is told to stand.
#[derive(Clone, Debug)]
pub(super) struct Holder<'a> {
    reader: Reader<'a>,
    shape: Shape,
    pub(super) place: Place,
    key: Option<Place>,
    /// Where the alias stands that it comes through.
    alias: Option<Place>,
}

impl Spans {
    /// Where the field at this path stands; the document itself for an empty path.
    pub fn find(&self, path: &str) -> Option<Found> {
        self.find_among(path, &mut Lists::default())
    }

    /// The same, of one of many fields that are looked for.
    pub fn find_among<'a>(&'a self, path: &str, lists: &mut Lists<'a>) -> Option<Found> {
        let (mut holder, known) = match lists.last.common(&self.0, path) {
            0 => {
                let root = enter(&mut Reader::new(&self.0))?;
                lists.last.alias = root.alias;
                (root, 0)
            }
            known => (lists.last.steps.get(known - 1)?.1.clone(), known),
        };
        for step in steps(path).skip(known) {
            match holder.child(step.name, &mut lists.items) {
                Some(child) => holder = child,
                None => return Some(Found { through: lists.last.through(), ..holder.missing(path, step) }),
            }
            lists.last.steps.push((step.range(), holder.clone()));
        }
        let place = match (holder.shape, holder.key) {
            // A block under a key is best seen at its key.
            (Shape::Mapping | Shape::Sequence, Some(key)) => key,
            _ => holder.place,
        };
        Some(Found { place, missing: String::new(), insert: None, through: lists.last.through() })
    }

    /// The spans of each item of the list under a key.
    pub fn items(&self, key: &str) -> Vec<Self> {
        let mut items = Vec::new();
        let Some(list) =
            enter(&mut Reader::new(&self.0)).and_then(|root| root.child(key, &mut BTreeMap::new()))
        else {
            return items;
        };
        let mut reader = list.reader;
        loop {
            let before = reader.rest();
            if list.shape != Shape::Sequence || !reader.skip_value() {
                return items;
            }
            let item = before.get(..before.len() - reader.rest().len()).unwrap_or_default();
            items.push(Self(item.into()));
        }
    }
}

pub(super) fn enter<'a>(reader: &mut Reader<'a>) -> Option<Holder<'a>> {
    match reader.next()? {
        Token::Node { shape, alias, key, place, .. } => {
            Some(Holder { reader: reader.clone(), shape, place, key: key.map(|key| key.place), alias })
        }
        Token::End => None,
    }
}

impl<'a> Way<'a> {
    /// Where the aliases stand that it leads through.
    fn through(&self) -> Vec<Place> {
        let steps = self.steps.iter().filter_map(|(_, holder)| holder.alias);
        self.alias.into_iter().chain(steps).collect()
    }

    /// How many steps the way to another path begins with; it goes there from now on, and no further yet.
    fn common(&mut self, document: &'a [u8], path: &str) -> usize {
        let is_same_document = std::ptr::eq(self.document, document);
        // The name, and where it stands, so that what is known fits the other path as well.
        let is_same = |known: &Range<usize>, step: Step<'_>| {
            *known == step.range() && self.path.get(known.clone()) == Some(step.name)
        };
        let both = self.steps.iter().zip(steps(path));
        let common = both.take_while(|((known, _), step)| is_same(known, *step)).count();
        self.steps.truncate(if is_same_document { common } else { 0 });
        self.document = document;
        path.clone_into(&mut self.path);
        self.steps.len()
    }
}

/// Where the items of the list begin whose content comes next.
fn items<'a, 'b>(known: &'b mut BTreeMap<*const u8, Vec<Reader<'a>>>, list: &Reader<'a>) -> &'b [Reader<'a>] {
    known.entry(list.rest().as_ptr()).or_insert_with(|| {
        let mut reader = list.clone();
        let item = || {
            let at = reader.clone();
            reader.skip_value().then_some(at)
        };
        std::iter::from_fn(item).collect()
    })
}

impl<'a> Holder<'a> {
    /// The value under a key, or at an index. Of equal keys the last counts.
    fn child(&self, name: &str, lists: &mut BTreeMap<*const u8, Vec<Reader<'a>>>) -> Option<Self> {
        let mut reader = self.reader.clone();
        match self.shape {
            Shape::Scalar => None,
            Shape::Sequence => {
                let index: usize = name.parse().ok()?;
                if index > COUNTED {
                    return enter(&mut items(lists, &reader).get(index)?.clone());
                }
                for _ in 0..index {
                    if !reader.skip_value() {
                        return None;
                    }
                }
                enter(&mut reader)
            }
            Shape::Mapping => {
                let wanted = hash(name);
                let mut last = None;
                while let Some(Token::Node { shape, alias, key, place, length }) = reader.next() {
                    if let Some(key) = key.filter(|key| key.hash == wanted) {
                        let (reader, key) = (reader.clone(), Some(key.place));
                        last = Some(Self { reader, shape, place, key, alias });
                    }
                    reader.pass(length);
                }
                last
            }
        }
    }

    fn missing(&self, path: &str, step: Step<'_>) -> Found {
        let missing = path.get(step.at..).unwrap_or_default().to_owned();
        Found { place: self.key.unwrap_or(self.place), missing, insert: self.insert(), through: Vec::new() }
    }

    /// Before the first entry of a block, which goes down a line; of an item of a list behind the first,
    /// which shares its line with the dash.
    fn insert(&self) -> Option<Place> {
        let mut reader = self.reader.clone();
        let first = enter(&mut reader.clone())?.key?;
        if self.shape != Shape::Mapping || first != self.place {
            return None;
        }
        if self.key.is_some() {
            return Some(first);
        }
        let first_entry = reader.rest();
        reader.skip_value();
        let behind = match enter(&mut reader.clone()) {
            Some(second) => second.key?.line,
            None => last_place(first_entry)?.line + 1,
        };
        Some(Place { line: behind, column: first.column })
    }
}

/// The last place at which something begins.
pub(super) fn last_place(bytes: &[u8]) -> Option<Place> {
    let mut reader = Reader::new(bytes);
    let mut last = None;
    while let Some(token) = reader.next() {
        if let Token::Node { alias, place, .. } = token {
            last = last.max(Some(place)).max(alias);
        }
    }
    last
}

/// The names and indices that a path leads over.
pub fn names(path: &str) -> impl Iterator<Item = &str> {
    steps(path).map(|step| step.name)
}

/// The steps of a path: names between dots, and what stands in brackets.
fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let behind = |at: usize| path.as_bytes().get(at..).unwrap_or_default();
        let start = at + behind(at).iter().take_while(|byte| **byte == b'.').count();
        let (name_at, end, next) = if *behind(start).first()? == b'[' {
            let inner = behind(start + 1);
            let length = inner.iter().position(|byte| *byte == b']').unwrap_or(inner.len());
            let end = start + 1 + length;
            (start + 1, end, (end + 1).min(path.len()))
        } else {
            let rest = behind(start);
            let is_end = |byte: &u8| matches!(byte, b'.' | b'[');
            let end = start + rest.iter().position(is_end).unwrap_or(rest.len());
            (start, end, end)
        };
        at = next;
        Some(Step { name: path.get(name_at..end)?, at: start, name_at })
    })
}

#[cfg(test)]
#[path = "seek_property.rs"]
mod property;

#[cfg(test)]
mod tests {
    use super::super::{Bounds, parse};
    use super::*;

    fn found(text: &str, path: &str) -> Found {
        parse(text, &Bounds::default()).unwrap().unwrap().spans.find(path).unwrap()
    }

    /// `line:column` and what lacks.
    fn at(text: &str, path: &str) -> (String, String) {
        let Found { place, missing, .. } = found(text, path);
        (format!("{}:{}", place.line, place.column), missing)
    }

    const POD: &str = "\
kind: Pod
metadata:
  labels: {a.b/c: 'x', d: y}
spec:
  containers:
  - name: one
    image: one:1
  - name: two
    resources:
      limits:
        cpu: 1
";

    #[test]
    fn what_is_there_stands_at_its_value_and_a_block_at_its_key() {
        let at = |path: &str| at(POD, path);
        let there = |place: &str| (place.to_owned(), String::new());
        assert_eq!(at("kind"), there("1:7"));
        assert_eq!(at("metadata.labels[a.b/c]"), there("3:19"));
        assert_eq!(at("spec.containers[0].image"), there("7:12"));
        assert_eq!(at("spec.containers[1].resources.limits.cpu"), there("11:14"));
        assert_eq!(at("spec.containers[1].resources"), there("9:5"));
        assert_eq!(at("spec.containers[1]"), there("8:5"));
        assert_eq!(at(""), there("1:1"));
    }

    #[test]
    fn what_lacks_stands_at_what_should_hold_it_and_says_where_it_goes() {
        let place = |line, column| Some(Place { line, column });
        for (path, key, missing, insert) in [
            ("spec.containers[1].resources.limits.memory", "10:7", "memory", place(11, 9)),
            ("spec.containers[0].resources.limits.memory", "6:5", "resources.limits.memory", place(7, 5)),
            ("spec.containers[7].image", "5:3", "[7].image", None),
            ("spec.securityContext.runAsNonRoot", "4:1", "securityContext.runAsNonRoot", place(5, 3)),
            ("metadata.labels[e]", "3:3", "[e]", None),
            ("status.phase", "1:1", "status.phase", place(2, 1)),
        ] {
            assert_eq!(at(POD, path), (key.to_owned(), missing.to_owned()), "{path}");
            assert_eq!(found(POD, path).insert, insert, "{path}");
        }
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        assert_eq!(at("a: {b: 1}\na: {c: 2}\n", "a.c"), ("2:8".to_owned(), String::new()));
    }

    #[test]
    fn aliases_and_merges_stand_where_they_are_written() {
        let text = "x: &x {z: 1}\nv: *x\nw:\n  <<: [{q: 2}, {q: 3}]\n  <<: *x\n  k: 4\n";
        assert_eq!(at(text, "v.z").0, "1:11");
        assert_eq!(at(text, "w.z").0, "1:11");
        assert_eq!(at(text, "w.q").0, "4:12");
        assert_eq!(at(text, "w.k").0, "6:6");
        assert_eq!(at(text, "w.<<"), ("3:1".to_owned(), "<<".to_owned()));
    }

    #[test]
    fn what_comes_through_aliases_says_where_they_stand() {
        let text = "x: &x {z: 1}\nl: &l\n- *x\nw:\n  <<: [*x, {q: 3}]\n  v: *l\nu: [*x]\n";
        let through = |path: &str| -> Vec<String> {
            let places = found(text, path).through.into_iter();
            places.map(|Place { line, column }| format!("{line}:{column}")).collect()
        };
        for (path, expected) in [
            ("x.z", &[][..]),
            ("l[0].z", &["3:3"]),
            ("w.z", &["5:8"]),
            ("w.q", &[]),
            ("w.v[0].z", &["6:6", "3:3"]),
            ("w.v[0].none", &["6:6", "3:3"]),
            ("u[0].z", &["7:5"]),
            ("u", &[]),
        ] {
            assert_eq!(through(path), expected, "{path}");
        }
    }

    #[test]
    fn in_long_lists_every_item_is_found_and_each_list_is_gone_through_once() {
        let inner =
            |line: usize| format!("  - [{}]\n", (0..40).map(|_| line.to_string() + ", ").collect::<String>());
        let text = format!("a:\n{}b: [0]\n", (2..42).map(inner).collect::<String>());
        let spans = parse(&text, &Bounds::default()).unwrap().unwrap().spans;
        let mut lists = Lists::default();
        for path in (0..42).flat_map(|outer| (0..42).map(move |inner| format!("a[{outer}][{inner}]"))) {
            let place = |found: Option<Found>| found.map(|found| (found.place, found.missing));
            let (alone, among) = (spans.find(&path), spans.find_among(&path, &mut lists));
            assert_eq!(place(among), place(alone), "{path}");
        }
        let at = |path: &str| spans.find(path).unwrap();
        assert_eq!((at("a[30][17]").place.line, at("a[39][40]").missing.as_str()), (32, "[40]"));
        assert_eq!(lists.items.len(), 41);
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(at("é: {ü: ö, a: b}\r\nc: d\r\n", "é.a").0, "1:14");
        assert_eq!(at("é: {ü: ö, a: b}\r\nc: d\r\n", "c").0, "2:4");
    }
}

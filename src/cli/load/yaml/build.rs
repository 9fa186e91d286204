//! From parser events to a JSON value.
//!
//! A stack of open collections and no recursion, so that depth costs no stack. It must not decide what a
//! scalar means. Next: [`super::resolve`].

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, ScalarStyle, Span, StructureStyle, Tag};
use serde_json::{Map, Value};

use super::node::{Key, Node};
use super::{Bounds, DuplicateKey, Parsed, YamlProblem, path, resolve, strict};

/// Namespace of YAML's own tags.
const NAMESPACE: &str = "tag:yaml.org,2002:";

/// Reads the events of one document.
pub(super) struct Builder<'a> {
    text: &'a str,
    bounds: &'a Bounds,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    /// How many of the open collections are flow collections.
    flow: usize,
    /// Where the last event ended.
    end: usize,
    root: Option<Value>,
    duplicates: Vec<DuplicateKey>,
}

/// A collection that has not ended.
struct Open {
    content: Content,
    anchor: usize,
    depth: usize,
    nodes: usize,
}

enum Content {
    Sequence(Vec<Value>),
    Mapping { entries: Map<String, Value>, given: HashMap<String, (Key, usize)>, pending: Option<Pending> },
}

/// A key whose value has not come yet.
enum Pending {
    Merge,
    Key(String),
}

impl Open {
    /// Which of its values comes now.
    fn step(&self) -> Option<path::Step<'_>> {
        match &self.content {
            Content::Sequence(items) => Some(path::Step::Index(items.len())),
            Content::Mapping { pending: Some(Pending::Key(key)), .. } => Some(path::Step::Key(key)),
            Content::Mapping { .. } => None,
        }
    }
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, bounds: &'a Bounds) -> Self {
        Self {
            text,
            bounds,
            open: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            flow: 0,
            end: 0,
            root: None,
            duplicates: Vec::new(),
        }
    }

    /// The value, unless the document is empty.
    pub(super) fn finish(self) -> Option<Parsed> {
        let duplicates = self.duplicates;
        self.root.filter(|value| !value.is_null()).map(|value| Parsed { value, duplicates })
    }

    /// Takes in one event.
    pub(super) fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), YamlProblem> {
        if self.flow == 0 && strict::is_blank_with_tab(self.text, self.end, span) {
            return Err(YamlProblem::Tab);
        }
        self.end = self.end.max(span.end.byte_offset().unwrap_or_default());
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err(YamlProblem::Trailing),
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_)
                if self.flow == 0 && strict::is_behind_tab(self.text, span) =>
            {
                Err(YamlProblem::Tab)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text, style, tag.as_deref(), span)?;
                if anchor > 0 {
                    self.anchors.insert(anchor, node.clone());
                }
                self.add(node, span)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).ok_or(YamlProblem::Recursive)?;
                self.check_size(node.nodes, node.depth)?;
                let node = Node { aliased: true, ..node.clone() };
                self.add(node, span)
            }
            Event::SequenceStart(style, anchor, _) => {
                self.start(Content::Sequence(Vec::new()), anchor, style)
            }
            Event::MappingStart(style, anchor, _) => {
                let content = Content::Mapping { entries: Map::new(), given: HashMap::new(), pending: None };
                self.start(content, anchor, style)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Anchor(_, name) => strict::anchor(self.text, span, &name).map_or(Ok(()), Err),
            _ => Ok(()),
        }
    }

    fn scalar(
        &self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Result<Node, YamlProblem> {
        let mut text = text.into_owned();
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if block && text.ends_with('\n') && strict::is_cut_short(self.text, span) {
            text.pop();
        }
        if let Some(problem) = strict::scalar(self.text, span, style, self.flow > 0) {
            return Err(problem);
        }
        match tag.map(|tag| tag.suffix_in_namespace(NAMESPACE)) {
            Some(Some(suffix)) => resolve::tagged(&suffix, &text),
            None if style == ScalarStyle::Plain => resolve::plain(&text),
            Some(None) | None => Ok(resolve::text(text)),
        }
    }

    fn start(&mut self, content: Content, anchor: usize, style: StructureStyle) -> Result<(), YamlProblem> {
        self.flow += usize::from(style == StructureStyle::Flow);
        self.open.push(Open { content, anchor, depth: 1, nodes: 1 });
        self.check_size(0, 0)
    }

    fn check_size(&self, nodes: usize, depth: usize) -> Result<(), YamlProblem> {
        if self.open.len() + depth > self.bounds.depth {
            return Err(YamlProblem::TooDeep(self.bounds.depth));
        }
        if self.nodes + nodes > self.bounds.nodes {
            return Err(YamlProblem::TooLarge(self.bounds.nodes));
        }
        Ok(())
    }

    fn end(&mut self, span: &Span) -> Result<(), YamlProblem> {
        let Some(Open { content, anchor, depth, nodes }) = self.open.pop() else { return Ok(()) };
        // A flow collection holds no block, so while one is open, it is one that ends.
        self.flow = self.flow.saturating_sub(1);
        let (value, what) = match content {
            Content::Sequence(items) => (Value::Array(items), "a list"),
            Content::Mapping { entries, .. } => (Value::Object(entries), "a mapping"),
        };
        let node = Node { value, key: Key::None(what), depth, nodes, aliased: false };
        // Its content was counted as it came.
        self.nodes -= nodes - 1;
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.add(node, span)
    }

    fn add(&mut self, node: Node, span: &Span) -> Result<(), YamlProblem> {
        self.nodes += node.nodes;
        self.check_size(0, 0)?;
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node.value);
            return Ok(());
        };
        open.nodes += node.nodes;
        open.depth = open.depth.max(node.depth + 1);
        match &mut open.content {
            Content::Sequence(items) => items.push(node.value),
            Content::Mapping { entries, given, pending } => match pending.take() {
                None if node.key == Key::Merge => *pending = Some(Pending::Merge),
                None => {
                    if self.flow > 0
                        && let Some(problem) = strict::key_in_flow(self.text, span)
                    {
                        return Err(problem);
                    }
                    let key = node.key_text()?;
                    let duplicate = note(given, &key, node.key, span.start.line())?;
                    *pending = Some(Pending::Key(key));
                    if let Some(duplicate) = duplicate {
                        let path = path::of(self.open.iter().filter_map(Open::step));
                        self.duplicates.push(DuplicateKey { path, ..duplicate });
                    }
                }
                Some(Pending::Merge) if !node.is_mergeable() => return Err(YamlProblem::Merge),
                Some(Pending::Merge) => merge(entries, node.value),
                Some(Pending::Key(key)) => drop(entries.insert(key, node.value)),
            },
        }
        Ok(())
    }
}

/// Notes a key of a mapping, and says if the mapping holds it already.
fn note(
    given: &mut HashMap<String, (Key, usize)>,
    key: &str,
    kind: Key,
    line: usize,
) -> Result<Option<DuplicateKey>, YamlProblem> {
    match given.get_mut(key) {
        None => {
            given.insert(key.to_owned(), (kind, line));
            Ok(None)
        }
        Some((before, first)) if *before == kind => {
            let path = String::new();
            let duplicate = DuplicateKey { key: key.to_owned(), path, first: *first, last: line };
            *first = line;
            Ok(Some(duplicate))
        }
        Some((_, first)) => Err(YamlProblem::Collision { key: key.to_owned(), first: *first }),
    }
}

/// Merges mappings in. As in the Go library, what comes later in the text wins, be it a key or a merge;
/// of a list, the first mapping wins.
fn merge(entries: &mut Map<String, Value>, value: Value) {
    match value {
        Value::Object(map) => entries.extend(map),
        Value::Array(items) => items.into_iter().rev().for_each(|item| merge(entries, item)),
        _ => {}
    }
}

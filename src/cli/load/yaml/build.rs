//! From parser events to a JSON value.
//!
//! A stack of open collections and no recursion, so that depth costs no stack. It must not decide what a
//! scalar means. Next: [`super::resolve`].

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, ScalarStyle, Span, StructureStyle, Tag};
use serde_json::{Map, Value};

use super::node::{GivenKeys, Key, Node};
use super::spans::{KeyPlace, Place, Recorder, Shape, hash};
use super::{Bounds, Comment, DuplicateKey, Parsed, YamlProblem, is_meant, path, resolve, strict};

/// Namespace of YAML's own tags.
const NAMESPACE: &str = "tag:yaml.org,2002:";

/// Reads the events of one document.
pub(super) struct Builder<'a> {
    text: &'a str,
    bounds: &'a Bounds,
    /// Whether the parser reads another text, with spaces for tabs in front of lines.
    respaced: bool,
    /// Whether there are tabs: where there are none, none stands in a wrong place.
    has_tabs: bool,
    open: Vec<Open>,
    /// What anchors stand for, and its spans.
    anchors: HashMap<usize, (Node, Box<[u8]>)>,
    nodes: usize,
    /// How many of the open collections are flow collections.
    flow: usize,
    /// Where the last event ended.
    end: usize,
    root: Option<Value>,
    duplicates: Vec<DuplicateKey>,
    spans: Recorder,
    comments: Vec<Comment>,
}

/// A collection that has not ended.
struct Open {
    content: Content,
    anchor: usize,
    depth: usize,
    nodes: usize,
    /// Where its spans begin.
    mark: usize,
}

enum Content {
    Sequence(Vec<Value>),
    Mapping { entries: Map<String, Value>, given: GivenKeys, pending: Option<Pending> },
}

/// A key whose value has not come yet.
enum Pending {
    Merge,
    Key(String, Place),
}

impl Open {
    /// Which of its values comes now.
    fn step(&self) -> Option<path::Step<'_>> {
        match &self.content {
            Content::Sequence(items) => Some(path::Step::Index(items.len())),
            Content::Mapping { pending: Some(Pending::Key(key, _)), .. } => Some(path::Step::Key(key)),
            Content::Mapping { .. } => None,
        }
    }
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, bounds: &'a Bounds, respaced: bool) -> Self {
        Self {
            text,
            bounds,
            respaced,
            has_tabs: text.contains('\t'),
            open: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            flow: 0,
            end: 0,
            root: None,
            duplicates: Vec::new(),
            spans: Recorder::default(),
            comments: Vec::new(),
        }
    }

    /// The value, unless the document is empty; null only for its comments, which are about nothing then.
    pub(super) fn finish(self) -> Option<Parsed> {
        let Self { root, duplicates, spans, comments, .. } = self;
        let value = root.filter(|value| !value.is_null() || !comments.is_empty())?;
        Some(Parsed { value, duplicates, spans: spans.finish(), comments })
    }

    /// Up to where the text was read.
    pub(super) const fn read(&self) -> usize {
        self.end
    }

    /// Takes in one event.
    pub(super) fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), YamlProblem> {
        if let Event::Comment(comment, _) = &event {
            self.comment(comment, span);
            return Ok(());
        }
        let may_have_tabs = self.has_tabs && self.flow == 0;
        if may_have_tabs && strict::is_blank_with_tab(self.text, self.end, span) {
            return Err(YamlProblem::Tab);
        }
        self.end = self.end.max(span.end.byte_offset().unwrap_or_default());
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err(YamlProblem::Trailing),
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_)
                if may_have_tabs && strict::is_behind_tab(self.text, span) =>
            {
                Err(YamlProblem::Tab)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text, style, tag.as_deref(), span)?;
                let mark = self.spans.mark();
                self.spans.begin(Shape::Scalar, key_of(self.open.last()), place(span));
                if anchor > 0 {
                    self.anchors.insert(anchor, (node.clone(), self.spans.since(mark).into()));
                }
                self.add(node, span, mark)
            }
            Event::Alias(anchor) => {
                let (node, spans) = self.anchors.get(&anchor).ok_or(YamlProblem::Recursive)?;
                self.check_size(node.nodes, node.depth)?;
                let node = Node { aliased: true, ..node.clone() };
                let mark = self.spans.mark();
                self.spans.repeat(spans, key_of(self.open.last()), place(span));
                self.add(node, span, mark)
            }
            Event::SequenceStart(style, anchor, _) => {
                self.start((Shape::Sequence, Content::Sequence(Vec::new())), anchor, style, span)
            }
            Event::MappingStart(style, anchor, _) => {
                let given = GivenKeys::default();
                let content = Content::Mapping { entries: Map::new(), given, pending: None };
                self.start((Shape::Mapping, content), anchor, style, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            // The parser tells it behind what it names.
            Event::Anchor(_, name) if self.flow > 0 && self.awaits_value() => {
                let problem = strict::anchor_of_key(self.text, span);
                problem.or_else(|| strict::anchor(self.text, span, &name)).map_or(Ok(()), Err)
            }
            Event::Anchor(_, name) => strict::anchor(self.text, span, &name).map_or(Ok(()), Err),
            _ => Ok(()),
        }
    }

    /// Whether a key was read, and its value was not.
    fn awaits_value(&self) -> bool {
        let content = self.open.last().map(|open| &open.content);
        matches!(content, Some(Content::Mapping { pending: Some(_), .. }))
    }

    fn comment(&mut self, comment: &str, span: &Span) {
        if is_meant(comment) {
            let before =
                span.start.byte_offset().and_then(|start| self.text.get(..start)).unwrap_or_default();
            // What a dash, an anchor or a tag is of begins on a later line, when nothing else stands on theirs.
            let begins_later = |word: &str| word == "-" || word.starts_with(['&', '!']);
            let line = before.rsplit('\n').next().unwrap_or_default();
            let is_alone = line.split_whitespace().all(begins_later);
            self.comments.push(Comment { place: place(span), is_alone, text: comment.to_owned() });
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
        if let Some(problem) = strict::scalar(self.text, span, (style, &text), self.flow > 0) {
            return Err(problem);
        }
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if block && self.respaced && strict::has_tabs_in_front(self.text, span) {
            return Err(YamlProblem::Tab);
        }
        if block && text.ends_with('\n') && strict::is_cut_short(self.text, span, &text) {
            text.pop();
        }
        if block && self.open.is_empty() && strict::is_unindented(self.text, span) {
            return Err(YamlProblem::Trailing);
        }
        match tag.map(|tag| tag.suffix_in_namespace(NAMESPACE)) {
            Some(Some(suffix)) => resolve::tagged(&suffix, &text),
            None if style == ScalarStyle::Plain => resolve::plain(text),
            // Quotes or not, as in the Go library.
            Some(None) if text == "<<" && is_bare(tag) => resolve::plain(text),
            Some(None) | None => Ok(resolve::text(text)),
        }
    }

    fn start(
        &mut self,
        (shape, content): (Shape, Content),
        anchor: usize,
        style: StructureStyle,
        span: &Span,
    ) -> Result<(), YamlProblem> {
        if let Some(problem) = strict::tag(self.text, span) {
            return Err(problem);
        }
        self.flow += usize::from(style == StructureStyle::Flow);
        let mark = self.spans.mark();
        self.spans.begin(shape, key_of(self.open.last()), place(span));
        self.open.push(Open { content, anchor, depth: 1, nodes: 1, mark });
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
        let Some(Open { content, anchor, depth, nodes, mark }) = self.open.pop() else { return Ok(()) };
        // A flow collection holds no block, so while one is open, it is one that ends.
        self.flow = self.flow.saturating_sub(1);
        let (value, what) = match content {
            Content::Sequence(items) => (Value::Array(items), "a list"),
            Content::Mapping { entries, .. } => (Value::Object(entries), "a mapping"),
        };
        let node = Node { value, key: Key::None(what), depth, nodes, aliased: false };
        // Its content was counted as it came.
        self.nodes -= nodes - 1;
        self.spans.end();
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), self.spans.since(mark).into()));
        }
        self.add(node, span, mark)
    }

    /// Adds a value to what holds it. `mark` is where its spans begin.
    fn add(&mut self, node: Node, span: &Span, mark: usize) -> Result<(), YamlProblem> {
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
                None if node.key == Key::Merge => {
                    self.spans.forget(mark);
                    *pending = Some(Pending::Merge);
                }
                None => {
                    // A key is written with its value.
                    self.spans.forget(mark);
                    if self.flow > 0
                        && let Some(problem) = strict::key_in_flow(self.text, span)
                    {
                        return Err(problem);
                    }
                    let key = node.key_text()?;
                    let duplicate = note(given, &key, node.key, place(span))?;
                    *pending = Some(Pending::Key(key, place(span)));
                    if let Some(duplicate) = duplicate {
                        let path = path::of(self.open.iter().filter_map(Open::step));
                        self.duplicates.push(DuplicateKey { path, ..duplicate });
                    }
                }
                Some(Pending::Merge) if !node.is_mergeable() => return Err(YamlProblem::Merge),
                Some(Pending::Merge) => {
                    merge(entries, node.value);
                    let merged = self.spans.cut(mark);
                    self.spans.merge(&merged);
                }
                Some(Pending::Key(key, _)) => drop(entries.insert(key, node.value)),
            },
        }
        Ok(())
    }
}

/// Whether a tag is a lone `!`.
fn is_bare(tag: Option<&Tag>) -> bool {
    tag.is_some_and(|tag| tag.original() == "!")
}

/// The key under which the next value goes, if it goes under one.
fn key_of(open: Option<&Open>) -> Option<KeyPlace> {
    match &open?.content {
        Content::Mapping { pending: Some(Pending::Key(key, place)), .. } => {
            Some(KeyPlace { hash: hash(key), place: *place })
        }
        Content::Mapping { .. } | Content::Sequence(_) => None,
    }
}

fn place(span: &Span) -> Place {
    Place { line: span.start.line(), column: span.start.col() + 1 }
}

/// Notes a key of a mapping, and says if the mapping holds it already.
fn note(
    given: &mut GivenKeys,
    key: &str,
    kind: Key,
    place: Place,
) -> Result<Option<DuplicateKey>, YamlProblem> {
    // Two zeros are one key as floats, and two in JSON.
    let twin = match (key, &kind) {
        ("0", Key::Float(_)) => given.get_mut("-0"),
        ("-0", Key::Float(_)) => given.get_mut("0"),
        _ => None,
    };
    if let Some((Key::Float(_), first)) = twin {
        return Err(YamlProblem::Collision { key: key.to_owned(), first: first.line });
    }
    match given.get_mut(key) {
        None => {
            given.insert(key.to_owned(), kind, place);
            Ok(None)
        }
        Some((before, first)) if *before == kind => {
            let path = String::new();
            let duplicate = DuplicateKey { key: key.to_owned(), path, first: *first, last: place };
            *first = place;
            Ok(Some(duplicate))
        }
        Some((_, first)) => Err(YamlProblem::Collision { key: key.to_owned(), first: first.line }),
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

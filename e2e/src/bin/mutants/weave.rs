//! A file's text with all its mutants in it, each behind a condition.
//!
//! Only the text that stands while no mutant of a place is active holds the mutants within it: so the text
//! grows with the depth of an expression, not with two to its power. It must not decide which mutants there
//! are. Next: [`crate::weeding`], which takes out those that do not compile.

use std::{fmt::Write as _, ops::Range};

use crate::sites::{Alternative, Form, Site};

/// A text and what in it belongs to which mutants.
#[derive(Debug, Default)]
pub(crate) struct Woven {
    pub(crate) text: String,
    regions: Vec<Region>,
}

#[derive(Debug)]
struct Region {
    range: Range<usize>,
    part: Part,
}

#[derive(Debug)]
enum Part {
    /// What a mutant puts there.
    Own(u32),
    /// A place with these mutants.
    Place(Vec<u32>),
    /// A `match` of which these arms can be left out.
    Match(Vec<u32>),
    /// What is between the braces of a function.
    Function,
    /// The same, with what its mutants iterate over.
    Iterator(Vec<u32>),
}

/// Whose fault an error of the compiler is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// These mutants do not compile.
    Mutants(Vec<u32>),
    /// These do not compile as conditions; alone they might.
    Weaving(Vec<u32>),
    /// The leaving out of these arms.
    Arms(Vec<u32>),
}

/// Weaves mutants into a text, but for those that `left_out` names.
pub(crate) fn weave(source: &str, sites: &[Site], left_out: &dyn Fn(u32) -> bool) -> Woven {
    let mut weaver = Weaver { source, left_out, woven: Woven::default() };
    weaver.stretch(0..source.len(), sites);
    weaver.woven
}

impl Woven {
    /// Whose fault an error at this place is.
    pub(crate) fn blame(&self, at: &Range<usize>) -> Option<Blame> {
        let mut around: Vec<&Region> =
            self.regions.iter().filter(|region| holds(&region.range, at)).collect();
        around.sort_by_key(|region| region.range.len());
        around.into_iter().find_map(|region| match &region.part {
            Part::Own(id) => Some(Blame::Mutants(vec![*id])),
            Part::Place(ids) => Some(Blame::Weaving(ids.clone())),
            Part::Match(ids) => (!ids.is_empty()).then(|| Blame::Arms(ids.clone())),
            Part::Iterator(ids) if !ids.is_empty() => Some(of_iterators(ids)),
            Part::Function | Part::Iterator(_) => {
                let inside = self.regions.iter().filter(|inner| holds(&region.range, &inner.range));
                let ids: Vec<u32> = inside
                    .filter_map(|inner| if let Part::Own(id) = inner.part { Some(id) } else { None })
                    .collect();
                (!ids.is_empty()).then_some(Blame::Weaving(ids))
            }
        })
    }
}

/// The first iterates over nothing, which is of any type: it shows whether a condition can stand there at all.
fn of_iterators(ids: &[u32]) -> Blame {
    match ids {
        [_, others @ ..] if !others.is_empty() => Blame::Mutants(others.to_vec()),
        _ => Blame::Weaving(ids.to_vec()),
    }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

struct Weaver<'a> {
    source: &'a str,
    left_out: &'a dyn Fn(u32) -> bool,
    woven: Woven,
}

impl Weaver<'_> {
    /// A stretch of the source with the sites that begin in it.
    fn stretch(&mut self, range: Range<usize>, sites: &[Site]) {
        let (mut at, mut rest) = (range.start, sites);
        while let Some((site, after)) = rest.split_first() {
            let inside = after.iter().take_while(|inner| inner.range.start < site.range.end).count();
            let (inside, next) = after.split_at(inside);
            self.source(at..site.range.start);
            self.site(site, inside);
            (at, rest) = (site.range.end, next);
        }
        self.source(at..range.end);
    }

    fn site(&mut self, site: &Site, inside: &[Site]) {
        let start = self.woven.text.len();
        let whole = site.range.clone();
        let part = match &site.form {
            Form::Constness => return,
            Form::Arm(id) => {
                if !(self.left_out)(*id) {
                    self.own(*id, &format!(" if !{}", condition(*id)));
                }
                return;
            }
            Form::Match(arms) => {
                let arms = arms.iter().copied().filter(|id| !(self.left_out)(*id)).collect();
                self.stretch(whole, inside);
                Part::Match(arms)
            }
            Form::Body(alternatives) => {
                for one in self.kept(alternatives) {
                    self.write(&format!("if {} {{ return ", condition(one.id)));
                    self.own(one.id, &one.text);
                    self.write("; } ");
                }
                self.stretch(whole, inside);
                Part::Function
            }
            Form::Iterator(alternatives) => {
                let kept = self.kept(alternatives);
                self.iterator(&kept, whole, inside);
                Part::Iterator(kept.iter().map(|one| one.id).collect())
            }
            Form::Expression(alternatives) => {
                let kept = self.kept(alternatives);
                if kept.is_empty() {
                    return self.stretch(whole, inside);
                }
                self.expression(&kept, whole, inside);
                Part::Place(kept.iter().map(|one| one.id).collect())
            }
        };
        let range = start..self.woven.text.len();
        self.woven.regions.push(Region { range, part });
    }

    fn expression(&mut self, kept: &[Alternative], whole: Range<usize>, inside: &[Site]) {
        self.write("(");
        for one in kept {
            self.write(&format!("if {} {{ ", condition(one.id)));
            self.own(one.id, &one.text);
            self.write(" } else ");
        }
        self.write("{ ");
        self.stretch(whole, inside);
        self.write(" })");
    }

    /// Values of different types behind one: the type of the body is as good as any other iterator's.
    fn iterator(&mut self, kept: &[Alternative], whole: Range<usize>, inside: &[Site]) {
        for one in kept {
            self.write(&format!("if {} {{ crate::planted::Either::Left(", condition(one.id)));
            self.own(one.id, &one.text);
            self.write(") } else { crate::planted::Either::Right(");
        }
        if kept.is_empty() {
            return self.stretch(whole, inside);
        }
        self.write("{");
        self.stretch(whole, inside);
        self.write("}");
        self.write(&") }".repeat(kept.len()));
    }

    fn kept(&self, alternatives: &[Alternative]) -> Vec<Alternative> {
        alternatives.iter().filter(|one| !(self.left_out)(one.id)).cloned().collect()
    }

    /// Text that only this mutant brings.
    fn own(&mut self, id: u32, text: &str) {
        let start = self.woven.text.len();
        self.write(text);
        self.woven.regions.push(Region { range: start..self.woven.text.len(), part: Part::Own(id) });
    }

    fn source(&mut self, range: Range<usize>) {
        let text = self.source.get(range).unwrap_or_default();
        self.write(text);
    }

    fn write(&mut self, text: &str) {
        let _ = self.woven.text.write_str(text);
    }
}

fn condition(id: u32) -> String {
    format!("crate::planted::active({id})")
}

#[cfg(test)]
mod tests;

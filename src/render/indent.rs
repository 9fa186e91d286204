//! JSON on several lines, inside of a document that is indented already.
//!
//! It must not know what is written. Next: [`super::json`].

use std::io::{Result, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// A comma, a line break, and as many spaces as are written at once.
const BREAK: &[u8] = b",\n                                ";

/// Spaces of one level.
const STEP: usize = 2;

/// Lines as those of `serde_json`'s own pretty printing, all of them so many levels deeper.
struct Indented {
    depth: usize,
    has_value: bool,
}

/// A value on a new line, at this depth.
pub(super) fn indented(value: &impl Serialize, depth: usize) -> serde_json::Result<String> {
    indented_each(std::iter::once(value), depth)
}

/// Values, each on a new line, at this depth, with commas between them.
pub(super) fn indented_each(
    values: impl Iterator<Item = impl Serialize>,
    depth: usize,
) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    for value in values {
        let formatter = Indented { depth, has_value: false };
        let comma = usize::from(!bytes.is_empty());
        formatter.line(&mut bytes, comma).map_err(serde_json::Error::io)?;
        value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
    }
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

impl Indented {
    /// A new line, behind a comma or without one.
    fn line<W: ?Sized + Write>(&self, writer: &mut W, comma: usize) -> Result<()> {
        let spaces = self.depth * STEP;
        let at_once = spaces.min(BREAK.len() - 2);
        writer.write_all(BREAK.get(1 - comma..2 + at_once).unwrap_or_default())?;
        (at_once..spaces).try_for_each(|_| writer.write_all(b" "))
    }

    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.line(writer, 0)?;
        }
        writer.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&self, writer: &mut W, is_first: bool) -> Result<()> {
        self.line(writer, usize::from(!is_first))
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> Result<()> {
        self.next(writer, is_first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> Result<()> {
        self.next(writer, is_first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_are_those_of_pretty_printing_behind_the_spaces_of_the_depth() {
        let mut deep = json!("x");
        for _ in 0..20 {
            deep = json!([deep]);
        }
        for value in [json!({"a": [], "b": {}, "c": [1, {"d": null}], "e": "x\ny"}), json!([]), deep] {
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            let expected = format!("\n{pretty}").replace('\n', "\n    ");
            assert_eq!(indented(&value, 2).unwrap(), expected);
        }
    }
}

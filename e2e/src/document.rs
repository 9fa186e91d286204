//! The documentation as a test reads it: blocks of code by the section that they stand in, and YAML files of the
//! repository.
//!
//! It must not run anything, nor change what it reads but where a test says so: what a test executes is what a
//! reader copies.

use std::{fs, path::Path};

use serde_json::Value;

use crate::Error;

/// One document of the repository.
#[derive(Debug)]
pub struct Document {
    name: String,
    blocks: Vec<Block>,
}

/// One block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The heading above it, without its marks.
    pub section: String,
    /// What it is in: `sh`, `console`, `yaml`.
    pub language: String,
    /// The file that the reader writes it to: the second word of its first line.
    pub file: Option<String>,
    /// Why no test runs it: what a comment `<!-- not run: WHY -->` just above it says.
    pub not_run: Option<String>,
    /// How many lines of the document are above its text.
    pub above: usize,
    /// The block itself.
    pub text: String,
}

impl Document {
    /// Reads a document by its path in the repository.
    pub fn read(name: &str) -> Result<Self, Error> {
        Ok(Self::of(name, &text(name)?))
    }

    /// A document of this name with this text.
    pub fn of(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), blocks: blocks(text) }
    }

    /// Every block, in order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The YAML of a section, each block one value. A section without any is an error: it was renamed.
    pub fn yaml(&self, section: &str) -> Result<Vec<Value>, Error> {
        let parsed = self.within(section, "yaml")?.into_iter().map(|text| values(&self.name, text));
        parsed.collect::<Result<Vec<_>, _>>().map(|values| values.into_iter().flatten().collect())
    }

    /// The commands of a section, one a line; what the shell would join is joined.
    pub fn commands(&self, section: &str) -> Result<Vec<String>, Error> {
        let blocks = self.within(section, "sh")?;
        let lines = blocks.iter().flat_map(|text| {
            text.replace("\\\n", " ").lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()
        });
        Ok(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect())
    }

    fn within(&self, section: &str, language: &str) -> Result<Vec<&str>, Error> {
        let is = |block: &&Block| block.section == section && block.language == language;
        let found: Vec<&str> = self.blocks.iter().filter(is).map(|block| block.text.as_str()).collect();
        if found.is_empty() {
            let name = &self.name;
            return Err(Error::Contract(format!("{name} has no block of {language} under {section:?}")));
        }
        Ok(found)
    }
}

/// The documents of a YAML file of the repository.
pub fn yaml(name: &str) -> Result<Vec<Value>, Error> {
    values(name, &text(name)?)
}

/// The documents of a YAML text, named for what is said of one that is none.
pub fn values(name: &str, text: &str) -> Result<Vec<Value>, Error> {
    use seaworthy::cli::load::{Bounds, yaml};
    let parts = text.split("\n---\n").map(|part| part.trim_start_matches("---\n"));
    let parsed: Result<Vec<_>, _> = parts.map(|part| yaml::parse(part, &Bounds::default())).collect();
    let parsed = parsed.map_err(|error| Error::Contract(format!("{name}: {error}")))?;
    Ok(parsed.into_iter().flatten().map(|parsed| parsed.value).collect())
}

fn text(name: &str) -> Result<String, Error> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(&path).map_err(Error::io(format!("read {name}")))
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut section = String::new();
    let mut not_run = None;
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let mut words = info.split([',', ' ']).map(str::to_owned);
                open = Some(Block {
                    section: section.clone(),
                    language: words.next().unwrap_or_default(),
                    file: words.next(),
                    not_run: not_run.take(),
                    above: number + 1,
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {
                if line.starts_with('#') {
                    section.clear();
                    section.push_str(line.trim_matches('#').trim());
                }
                let why = line.strip_prefix("<!-- not run: ").and_then(|rest| rest.strip_suffix(" -->"));
                not_run = why.map(str::to_owned).or_else(|| not_run.take().filter(|_| line.is_empty()));
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_knows_its_section_and_a_hash_in_it_is_no_heading() {
        let text = "# A\n\n```sh\n# why\nls \\\n  -l\n```\n\n## B c\n\n```yaml\na: 1\n```\ntext\n";
        let document = Document::of("x", text);
        assert_eq!(document.commands("A").unwrap(), ["ls    -l"]);
        assert_eq!(document.yaml("B c").unwrap(), [serde_json::json!({"a": 1})]);
        assert!(document.yaml("A").is_err());
        assert_eq!(document.blocks().len(), 2);
    }

    #[test]
    fn a_block_knows_its_file_its_place_and_why_it_is_not_run() {
        let text = "<!-- not run: a cloud -->\n\n```sh\na\n```\n\n```yaml b.yaml\nc: d\n```\n<!-- not run: x -->\ny\n```sh\n```\n";
        let blocks = blocks(text);
        let about = |block: &Block| (block.file.clone(), block.not_run.clone(), block.above);
        let about: Vec<_> = blocks.iter().map(about).collect();
        let file = Some("b.yaml".to_owned());
        assert_eq!(about, [(None, Some("a cloud".to_owned()), 3), (file, None, 7), (None, None, 12)]);
    }
}

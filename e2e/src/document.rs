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
    /// What it is in: `sh`, `yaml`.
    pub language: String,
    /// The block itself.
    pub text: String,
}

impl Document {
    /// Reads a document by its path in the repository.
    pub fn read(name: &str) -> Result<Self, Error> {
        Ok(Self { name: name.to_owned(), blocks: blocks(&text(name)?) })
    }

    /// Every block, in order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The YAML of a section, each block one value. A section without any is an error: it was renamed.
    pub fn yaml(&self, section: &str) -> Result<Vec<Value>, Error> {
        let parsed = self.of(section, "yaml")?.into_iter().map(|text| values(&self.name, text));
        parsed.collect::<Result<Vec<_>, _>>().map(|values| values.into_iter().flatten().collect())
    }

    /// The commands of a section, one a line; what the shell would join is joined.
    pub fn commands(&self, section: &str) -> Result<Vec<String>, Error> {
        let blocks = self.of(section, "sh")?;
        let lines = blocks.iter().flat_map(|text| {
            text.replace("\\\n", " ").lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()
        });
        Ok(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect())
    }

    fn of(&self, section: &str, language: &str) -> Result<Vec<&str>, Error> {
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
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                let language = language.split(',').next().unwrap_or_default().to_owned();
                open = Some(Block { section: section.clone(), language, text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) if line.starts_with('#') => {
                section.clear();
                section.push_str(line.trim_matches('#').trim());
            }
            (None, None) => {}
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
        let document = Document { name: "x".to_owned(), blocks: blocks(text) };
        assert_eq!(document.commands("A").unwrap(), ["ls    -l"]);
        assert_eq!(document.yaml("B c").unwrap(), [serde_json::json!({"a": 1})]);
        assert!(document.yaml("A").is_err());
        assert_eq!(document.blocks().len(), 2);
    }
}

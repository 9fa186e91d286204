//! One configuration file: read, and held against its schema.
//!
//! Every problem has its line. It must not look for other files. Next: [`super::settings`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::{Config, find, schema};
use crate::cli::load::{Bounds, yaml};
use crate::cli::policies::validate;
use crate::render::run::{Location, Position, Problem};

/// A file that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    /// Its name in messages.
    pub(super) name: Arc<str>,
    /// The folder that it lies in.
    pub(super) folder: PathBuf,
    /// What it says.
    pub(super) config: Config,
    /// The place of each key, and of each item of its lists.
    lines: BTreeMap<String, yaml::Place>,
}

impl File {
    /// File and line of a key, for people.
    pub(super) fn place(&self, key: &str) -> String {
        match self.lines.get(key) {
            Some(place) => format!("{}:{}", self.name, place.line),
            None => self.name.to_string(),
        }
    }

    /// Where a key stands.
    pub(super) fn location(&self, key: &str) -> Location {
        let position = self.lines.get(key).map(|at| Position { line: at.line, column: at.column });
        Location { file: Arc::clone(&self.name), document: 1, position, rendered: None }
    }
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<File, Vec<Problem>> {
    let name: Arc<str> = find::readable(path).into();
    let problem = |place: Option<yaml::Place>, message: String| Problem {
        file: Some(Arc::clone(&name)),
        document: None,
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        message,
    };
    let folder = path.parent().unwrap_or_else(|| Path::new("")).to_owned();
    let text =
        fs::read_to_string(path).map_err(|error| vec![problem(None, format!("cannot be read: {error}"))])?;
    let parsed = yaml::parse(&text, &Bounds::default()).map_err(|error| {
        vec![problem(Some(yaml::Place { line: error.line, column: error.column }), error.problem.to_string())]
    })?;
    let Some(mut parsed) = parsed else {
        return Ok(File { name, folder, ..File::default() });
    };
    let mut wrong: Vec<Problem> = validate::against(&schema(), &mut parsed.value)
        .into_iter()
        .map(|words| problem(parsed.spans.find(&validate::at_fault(&words)).map(|found| found.place), words))
        .collect();
    wrong.extend(parsed.duplicates.iter().map(|twice| {
        let at = yaml::Place { line: twice.last.line, column: 1 };
        problem(Some(at), format!("{}: given twice, first on line {}", twice.path, twice.first.line))
    }));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let place = |path: &str| parsed.spans.find(path).map(|found| found.place);
    let lines = keys(&parsed.value).into_iter().filter_map(|key| Some((place(&key)?, key)));
    let lines = lines.map(|(at, key)| (key, at)).collect();
    let config =
        serde_json::from_value(parsed.value).map_err(|error| vec![problem(None, error.to_string())])?;
    Ok(File { name, folder, config, lines })
}

/// The keys of a file, and the items of its lists.
fn keys(value: &Value) -> Vec<String> {
    let mut keys = Vec::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        let items = value.as_array().map_or(0, Vec::len);
        keys.extend((0..items).map(|index| format!("{key}[{index}]")));
        keys.push(key.clone());
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<File, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".seaworthy.yaml");
        fs::write(&path, text).unwrap();
        let told = |problem: Problem| {
            let (line, column) = (problem.line.unwrap_or_default(), problem.column.unwrap_or_default());
            format!("{line}:{column}:{}", problem.message)
        };
        read(&path).map_err(|problems| problems.into_iter().map(told).collect())
    }

    #[test]
    fn an_empty_file_says_nothing() {
        assert_eq!(read_text("# nothing yet\n").unwrap().config, Config::default());
    }

    #[test]
    fn what_it_says_is_read_with_its_lines() {
        let file = read_text(
            "profile: Strict\nfailOn: High\nsuppress:\n  - checks: [memory-limits]\n    object: {kind: Job}\n    \
             reason: short\n    until: 2026-12-31\n",
        )
        .unwrap();
        assert_eq!(file.config.suppress[0].until.as_deref(), Some("2026-12-31"));
        assert!(file.place("failOn").ends_with(".seaworthy.yaml:2"), "{}", file.place("failOn"));
        assert!(file.place("suppress[0]").ends_with(":4"), "{}", file.place("suppress[0]"));
    }

    #[test]
    fn what_is_wrong_names_its_line_and_what_may_be_meant() {
        for (text, says) in [
            ("a: 1\n", "1:1:a: unknown field; known are complete"),
            ("\nprofil: Strict\n", "2:1:profil: unknown field; did you mean `profile`?"),
            ("profile: strict\n", "1:10:profile: `strict` is not known; did you mean `Strict`?"),
            ("profile: None\n", "1:10:profile: `None` is not known; known are"),
            ("exclude: vendor\n", "1:10:exclude: must be an array, not a string"),
            (
                "suppress: [{checks: [memory-limit], object: {}, reason: x}]\n",
                "did you mean `memory-limits`?",
            ),
            ("suppress: [{checks: [memory-limits], object: {}}]\n", "suppress[0].reason: required"),
            ("failOn: Low\nfailOn: High\n", "2:1:failOn: given twice, first on line 1"),
            ("a: [\n", "not YAML"),
        ] {
            let problems = read_text(text).unwrap_err();
            assert!(problems.iter().any(|problem| problem.contains(says)), "{text}: {problems:?}");
        }
    }
}

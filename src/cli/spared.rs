//! What no output of a run replaces: what the run reads.
//!
//! A file that an earlier run wrote may be written again, wherever it lies. A hard link is the file that it is a name of. It
//! must not write. Next: [`super::formats`]
//! for what is written, [`super::input`] for what is read.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::check::JudgingArguments;
use super::config::settings::Settings;
use super::config::{FILE_NAME, readable};
use super::formats::FormatError;
use super::input::{Inputs, Rendered};
use super::load::walk::{IGNORE_FILE, entries};
use super::same_file::{is_same, linked};
use crate::render::json;

/// Bytes at the beginning and the end of a file that show who wrote it.
const SEEN: u64 = 2048;

/// That none of the files that a run writes, each where it really is, is one that the run reads.
pub(super) fn spare(
    outputs: &[PathBuf],
    (inputs, settings): (&Inputs, &Settings),
    arguments: &JudgingArguments,
) -> Result<(), FormatError> {
    for output in outputs.iter().filter(|output| output.is_file()) {
        let read = settings_at(output, settings, arguments)
            .or_else(|| input_at(output, inputs).filter(|_| !is_earlier_output(output)));
        if let Some(read) = read {
            return Err(FormatError::Read(readable(output), read));
        }
    }
    Ok(())
}

/// What a file says about how to judge, if it is read for that.
fn settings_at(output: &Path, settings: &Settings, arguments: &JudgingArguments) -> Option<String> {
    let is_it = |path: &Path| is_same(path, output);
    let named = |what: &str, path: &Path| is_it(path).then(|| format!("{what} {}", path.display()));
    let policies = || settings.policies.value.iter().find_map(|path| named("the policy file", path));
    let values =
        || arguments.rendering.helm_values.iter().find_map(|path| named("the values file", Path::new(path)));
    let own = arguments.config.iter().map(PathBuf::as_path);
    let configuration = own.chain(settings.files.iter().map(Path::new));
    let mut configuration = configuration.filter_map(|path| named("the configuration file", path));
    policies().or_else(values).or_else(|| configuration.next()).or_else(|| {
        let called = |name: &str| output.file_name().is_some_and(|is| is == name);
        let what = [(FILE_NAME, "the configuration file"), (IGNORE_FILE, "the list of what is not read")];
        let (_, what) = what.into_iter().find(|(name, _)| called(name))?;
        Some(format!("{what} {}", readable(output)))
    })
}

/// What a file is an input by.
fn input_at(output: &Path, inputs: &Inputs) -> Option<String> {
    let files = [output.to_owned()];
    // No path leads from one hard link to another.
    let link = linked(output);
    let is_linked = |path: &Path| link.is_some() && linked(path) == link;
    let mut found = inputs.files.iter().filter_map(|found| found.as_ref().ok());
    let read = found.find(|source| source.is_one_of(&files) || source.path().is_some_and(is_linked));
    let read = read.map(|source| format!("the input {}", source.name()));
    read.or_else(|| {
        inputs.rendered.iter().find_map(|rendered| {
            let (what, path) = match rendered {
                Rendered::Chart(path) => ("a file of the chart", path),
                Rendered::Kustomization(path) => ("a file of the kustomization", path),
            };
            let holds_link = |folder: &Path| {
                link.is_some() && entries(folder, None).flatten().any(|entry| is_linked(entry.path()))
            };
            let is_of_it =
                rendered.folders().iter().any(|folder| output.starts_with(folder) || holds_link(folder));
            is_of_it.then(|| format!("{what} {}", path.display()))
        })
    })
}

/// Whether a file is plainly what an earlier run wrote, in whatever format, or nothing at all.
fn is_earlier_output(file: &Path) -> bool {
    ends(file).is_ok_and(|(begin, end)| {
        begin.is_empty() || is_for_programs(&begin, &end) || is_for_people(&begin, &end)
    })
}

/// The beginning and the end of a file.
fn ends(file: &Path) -> io::Result<(String, String)> {
    let mut file = File::open(file)?;
    let mut read = |from: SeekFrom| {
        let mut bytes = Vec::new();
        file.seek(from)?;
        file.by_ref().take(SEEN).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let begin = read(SeekFrom::Start(0))?;
    let end = SEEN.min(begin.len() as u64);
    let back = i64::try_from(end).unwrap_or_default();
    Ok((begin, read(SeekFrom::End(-back))?))
}

fn is_for_programs(begin: &str, end: &str) -> bool {
    let is_line = |kind: &&str| begin.starts_with(&format!("{{\"type\":\"{kind}\","));
    begin.starts_with(json::BEGINS)
        || ["finding", "suppression", "error", "summary"].iter().any(is_line)
        || begin.starts_with("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\"")
            && begin.contains("\"driver\":{\"name\":\"Seaworthy\"")
        || begin.starts_with("<?xml") && begin.contains("<testsuites name=\"seaworthy\">")
        || begin.starts_with("[\n  {\"check_name\":\"")
        || begin == "[\n]\n"
        || begin.starts_with("::")
            && end.lines().next_back().is_some_and(|line| line.starts_with("::notice title=seaworthy::"))
}

fn is_for_people(begin: &str, end: &str) -> bool {
    let last: Vec<&str> = end.split("\n\n").last().unwrap_or_default().split_whitespace().collect();
    let last = last.join(" ");
    let verdicts = ["Ready: ", "Not ready: ", "Unknown: ", "Nothing was checked: "];
    begin.starts_with("# Seaworthy\n\n## ")
        || begin.starts_with("<!DOCTYPE html>") && begin.contains("<title>Seaworthy</title>")
        || verdicts.iter().any(|verdict| last.starts_with(verdict))
            && (last.ends_with(" says why it matters and how to fix it; so for every check.")
                || last.ends_with("document.")
                || last.ends_with("documents."))
        || begin.lines().next().is_some_and(is_concise)
}

/// Whether a line is one of the format `concise`.
fn is_concise(line: &str) -> bool {
    let words = ["fail", "warn", "known", "unknown", "pending", "waived", "ignored", "error"];
    let severities = ["critical", "high", "medium", "low", "info"];
    line.split(": ").skip(1).any(|part| {
        let mut said = part.split(' ');
        said.next().is_some_and(|word| words.contains(&word))
            && said.next().is_some_and(|severity| severities.contains(&severity))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_wrote_is_no_earlier_output() {
        let folder = tempfile::tempdir().unwrap();
        let is_ours = |text: &str| {
            let file = folder.path().join("file");
            std::fs::write(&file, text).unwrap();
            is_earlier_output(&file)
        };
        for text in ["", "Ready: 1 workload (1 ready); checks: 2 passed; 1\ndocument.\n", "[\n]\n"] {
            assert!(is_ours(text), "{text}");
        }
        for text in [
            "kind: [\n",
            "{}",
            "[]",
            "{\n  \"schemaVersion\"\n}",
            "# Seaworthy\nkind: Pod\n",
            "fail: high\n",
            "a: b\n\nReady: true\n",
            "{\"type\":\"object\",\"properties\":{}}",
        ] {
            assert!(!is_ours(text), "{text}");
        }
    }
}

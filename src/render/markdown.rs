//! Markdown for summaries of pipelines and for comments on changes.
//!
//! Text of the input is shown as it is: it makes no links, no mentions and no markup. Next: [`super::run`] for
//! what is written.

use std::fmt::Write as _;

use super::format::{Format, Piece, Pieces, Stream, relative};
use super::idle::{Idle, IdleRule};
use super::run::{Location, RunFinding, RunWorkload, Totals};
use super::style::{Style, visible};
use super::text;

// Writing to a String does not fail, so results of `writeln!` are dropped in this file.

/// A table for each workload with findings.
#[derive(Clone, Debug)]
pub struct Markdown {
    /// The folder that the run was started in: files below it are told relative to it.
    pub folder: String,
}

const HEAD: &str = "| outcome | severity | check | what | where |\n|---|---|---|---|---|\n";

impl Format for Markdown {
    fn start(&self) -> Result<String, serde_json::Error> {
        Ok("# Seaworthy\n".to_owned())
    }

    fn workload(&self, workload: &RunWorkload) -> Pieces {
        let mut out = String::new();
        let (unseen, told): (Vec<_>, Vec<_>) =
            workload.findings.iter().partition(|finding| finding.is_unseen());
        if told.is_empty() && unseen.is_empty() {
            return Ok(Vec::new());
        }
        let _ = writeln!(out, "\n## {}\n", escaped(&workload.key.to_string()));
        if !told.is_empty() {
            out.push_str(HEAD);
        }
        for finding in told {
            self.row(&mut out, workload, finding);
        }
        if !unseen.is_empty() {
            let mut names: Vec<&str> = unseen.iter().map(|finding| finding.merged.check).collect();
            names.sort_unstable();
            names.dedup();
            let _ = writeln!(
                out,
                "\nUnknown, because other objects are not among the files: {}.",
                names.join(", ")
            );
        }
        Ok(vec![Piece::plain(out)])
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        if idle.is_empty() {
            return Ok(Vec::new());
        }
        let mut out = format!("\n## Suppressions that suppress nothing\n\n{HEAD}");
        let (word, severity) = (IdleRule::WORD, IdleRule::SEVERITY.as_str().to_lowercase());
        for Idle { rule, location, message, .. } in idle {
            let (message, place) = (escaped(message), escaped(&self.place(location)));
            let _ = writeln!(out, "| {word} | {severity} | `{}` | {message} | {place} |", rule.name());
        }
        Ok(vec![Piece::plain(out)])
    }

    fn end(&self, totals: &Totals, _: &Stream) -> Result<String, serde_json::Error> {
        let summary = text::end(totals, Style::plain(usize::MAX));
        let mut out = format!("\n## Summary\n\n{}\n", escaped(summary.lines().next().unwrap_or_default()));
        if !totals.problems.is_empty() {
            out.push('\n');
        }
        for problem in &totals.problems {
            let _ = writeln!(out, "- {}", escaped(&problem.to_string()));
        }
        Ok(out)
    }
}

impl Markdown {
    fn row(&self, out: &mut String, workload: &RunWorkload, finding: &RunFinding) {
        let RunFinding { merged, location, .. } = finding;
        let found = &merged.found;
        let object = found.object.as_ref().map_or_else(String::new, |_| finding.subject(workload) + ": ");
        let container =
            found.container.as_ref().map_or_else(String::new, |name| format!("container {name}: "));
        let _ = writeln!(
            out,
            "| {} | {} | `{}` | {} | {} |",
            finding.word(),
            merged.severity.as_str().to_lowercase(),
            merged.check,
            escaped(&format!("{object}{container}{}{}", finding.words(), finding.acceptance())),
            escaped(&self.place(location))
        );
    }

    fn place(&self, location: &Location) -> String {
        let path = relative(&location.file, &self.folder);
        location.position.map_or_else(
            || match &location.rendered {
                Some(_) => format!("{path} (rendered)"),
                None => format!("{path} document {}", location.document),
            },
            |at| format!("{path}:{}:{}", at.line, at.column),
        )
    }
}

/// Text of which nothing is markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Escaped or not, GitHub reads a mention: a joiner of no width does not let it.
            '@' => out.push_str("@&#8288;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.replace("://", ":&#8288;//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_input_is_no_markup() {
        let text = escaped("a|b <img> [x](y) @team `c` https://evil.example\nd");
        let expected =
            "a\\|b &lt;img&gt; \\[x\\](y) @&#8288;team \\`c\\` https:&#8288;//evil.example\\\\u{a}d";
        assert_eq!(text, expected);
    }
}

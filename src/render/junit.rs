//! XML of `JUnit`: a test suite for each workload, a test case for each finding.
//!
//! Test runners know failed and skipped: what is below `failOn`, unknown, waived or in a baseline is skipped,
//! and says why. Next: [`super::run`] for what is written.

use std::fmt::Write as _;

use super::format::{Format, Piece, Pieces, Stream};
use super::idle::{Idle, IdleRule};
use super::run::{Location, RunFinding, RunWorkload, Totals};
use super::style::visible;

// Writing to a String does not fail, so results of `writeln!` are dropped in this file.

/// One XML document.
#[derive(Clone, Copy, Debug, Default)]
pub struct JUnit;

impl Format for JUnit {
    fn start(&self) -> Result<String, serde_json::Error> {
        Ok("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"seaworthy\">\n".to_owned())
    }

    fn workload(&self, workload: &RunWorkload) -> Pieces {
        let name = escaped(&workload.key.to_string());
        let findings = &workload.findings;
        let failures = findings.iter().filter(|finding| finding.word() == "fail").count();
        let skipped = findings.len() - failures;
        let mut out = format!(
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n",
            findings.len() + 1,
        );
        // What passed is one case: a suite without any would look as if nothing had run.
        let passed = workload.summary.pass;
        let _ = writeln!(out, "    <testcase classname=\"{name}\" name=\"{passed} checks passed\"/>");
        for finding in findings {
            case(&mut out, &name, workload, finding);
        }
        out.push_str("  </testsuite>\n");
        Ok(vec![Piece::plain(out)])
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        let number = idle.len();
        if number == 0 {
            return Ok(Vec::new());
        }
        let mut out = format!(
            "  <testsuite name=\"suppressions\" tests=\"{number}\" failures=\"0\" errors=\"0\" skipped=\"{number}\">\n"
        );
        let (word, severity) = (IdleRule::WORD, IdleRule::SEVERITY.as_str());
        for Idle { rule, location, checks, message } in idle {
            let name = format!("{} {}", rule.name(), checks.join(","));
            open_case(&mut out, ("suppressions", name.trim_end()), location);
            let words = escaped(&format!("{word} ({severity}): {message}"));
            let _ = writeln!(out, "      <skipped message=\"{words}\"/>\n    </testcase>");
        }
        out.push_str("  </testsuite>\n");
        Ok(vec![Piece::plain(out)])
    }

    fn end(&self, totals: &Totals, _: &Stream) -> Result<String, serde_json::Error> {
        let mut out = String::new();
        let problems = &totals.problems;
        if !problems.is_empty() {
            let number = problems.len();
            let _ = writeln!(
                out,
                "  <testsuite name=\"input\" tests=\"{number}\" failures=\"0\" errors=\"{number}\" skipped=\"0\">"
            );
            for (index, problem) in problems.iter().enumerate() {
                let file = escaped(problem.file.as_deref().unwrap_or("arguments"));
                let words = escaped(&problem.to_string());
                let _ = writeln!(out, "    <testcase classname=\"input\" name=\"{file} {}\">", index + 1);
                let _ = writeln!(out, "      <error message=\"{words}\"/>\n    </testcase>");
            }
            out.push_str("  </testsuite>\n");
        }
        out.push_str("</testsuites>\n");
        Ok(out)
    }
}

fn case(out: &mut String, class: &str, workload: &RunWorkload, finding: &RunFinding) {
    let RunFinding { merged, location, .. } = finding;
    let found = &merged.found;
    let mut name = merged.check.to_owned();
    if found.object.is_some() {
        let _ = write!(name, " of {}", finding.subject(workload));
    }
    for part in [found.container.as_deref().unwrap_or_default(), &found.field] {
        if !part.is_empty() {
            let _ = write!(name, " {part}");
        }
    }
    open_case(out, (class, &name), location);
    let (severity, words) = (merged.severity.as_str(), finding.words());
    let text = match finding.word() {
        "fail" => format!(
            "      <failure type=\"{severity}\" message=\"{}\">{}</failure>\n",
            escaped(&words),
            escaped(&format!("{location}: {words}"))
        ),
        word => {
            format!(
                "      <skipped message=\"{}\"/>\n",
                escaped(&format!("{word} ({severity}): {words}{}", finding.acceptance()))
            )
        }
    };
    let _ = writeln!(out, "{text}    </testcase>");
}

/// The beginning of a test case that stands somewhere. The name of the class is escaped already.
fn open_case(out: &mut String, (class, name): (&str, &str), location: &Location) {
    let (name, file) = (escaped(name), escaped(&location.file));
    let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\" file=\"{file}\"");
    if let Some(at) = location.position {
        let _ = write!(out, " line=\"{}\"", at.line);
    }
    out.push_str(">\n");
}

/// Text for XML and HTML, inside an element or a quoted attribute. Control characters, which XML cannot hold at all, are made
/// visible.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // The only characters left that XML 1.0 has no place for.
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_place() {
        assert_eq!(
            escaped("<a b='\"'>&\u{1b}\u{FFFF}\n"),
            "&lt;a b=&#39;&quot;&#39;&gt;&amp;\\u{1b}\u{FFFD}\\u{a}"
        );
    }
}

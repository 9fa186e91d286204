//! One HTML page that holds everything itself: no script, no picture, nothing fetched.
//!
//! Colours only repeat what words say. Text of the input is shown as it is and never markup. Next:
//! [`super::run`] for what is written.

use std::fmt::Write as _;

use super::format::{Format, Piece, Pieces, Stream};
use super::idle::{Idle, IdleRule};
use super::junit::escaped;
use super::run::{RunFinding, RunWorkload, Totals};
use super::style::Style;
use super::text;
use crate::checks;

// Writing to a String does not fail, so results of `writeln!` are dropped in this file.

/// One page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

const START: &str = r##"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Seaworthy</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .25rem 0; }
th, td { border-bottom: 1px solid; padding: .35rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { white-space: pre-wrap; }
.fail { border-left: .4rem solid #c62828; }
.warn, .unknown, .pending { border-left: .4rem solid #b26a00; }
.known, .waived, .ignored { border-left: .4rem solid #757575; }
</style>
</head>
<body>
<a href="#summary">Summary</a>
<main>
<h1>Seaworthy</h1>
"##;

impl Format for Html {
    fn start(&self) -> Result<String, serde_json::Error> {
        Ok(START.to_owned())
    }

    fn workload(&self, workload: &RunWorkload) -> Pieces {
        if workload.findings.is_empty() {
            return Ok(Vec::new());
        }
        let caption = format!("Findings in {}", workload.location);
        let mut out = head(&workload.key.to_string(), &caption);
        for finding in &workload.findings {
            row(&mut out, workload, finding);
        }
        out.push_str("</tbody>\n</table>\n</section>\n");
        Ok(vec![Piece::plain(out)])
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        if idle.is_empty() {
            return Ok(Vec::new());
        }
        let mut out = head("Suppressions", "Suppressions that suppress nothing");
        let (word, severity) = (IdleRule::WORD, IdleRule::SEVERITY.as_str().to_lowercase());
        for Idle { rule, location, message, .. } in idle {
            let _ = writeln!(
                out,
                "<tr><td class=\"{word}\">{word}</td><td>{severity}</td><th scope=\"row\"><code>{}</code></th>\
                 <td>{}</td><td><code>{}</code></td></tr>",
                rule.name(),
                escaped(message),
                escaped(&location.to_string())
            );
        }
        out.push_str("</tbody>\n</table>\n</section>\n");
        Ok(vec![Piece::plain(out)])
    }

    fn end(&self, totals: &Totals, _: &Stream) -> Result<String, serde_json::Error> {
        let mut out = "<section id=\"summary\">\n<h2>Summary</h2>\n".to_owned();
        let summary = text::end(totals, Style::plain(usize::MAX));
        let _ = writeln!(out, "<p>{}</p>", escaped(summary.lines().next().unwrap_or_default()));
        if !totals.problems.is_empty() {
            out.push_str("<h3>What could not be read or is wrong</h3>\n<ul>\n");
            for problem in &totals.problems {
                let _ = writeln!(out, "<li>{}</li>", escaped(&problem.to_string()));
            }
            out.push_str("</ul>\n");
        }
        out.push_str("</section>\n");
        fixes(&mut out, totals);
        out.push_str("</main>\n</body>\n</html>\n");
        Ok(out)
    }
}

/// A section up to the first row of its table.
fn head(title: &str, caption: &str) -> String {
    let (title, caption) = (escaped(title), escaped(caption));
    let columns = ["Outcome", "Severity", "Check", "What", "Where"];
    let columns = columns.map(|column| format!("<th scope=\"col\">{column}</th>")).concat();
    format!(
        "<section>\n<h2>{title}</h2>\n<table>\n<caption>{caption}</caption>\n<thead><tr>{columns}</tr></thead>\n<tbody>\n"
    )
}

fn row(out: &mut String, workload: &RunWorkload, finding: &RunFinding) {
    let RunFinding { merged, location, missing, .. } = finding;
    let found = &merged.found;
    let word = finding.word();
    let object = found.object.as_ref().map_or_else(String::new, |_| finding.subject(workload) + ": ");
    let container = found.container.as_ref().map_or_else(String::new, |name| format!("container {name}: "));
    let missing = missing.as_ref();
    let missing = missing.map_or_else(String::new, |missing| format!(" ({} goes here)", missing.path));
    let check = merged.check;
    let _ = writeln!(
        out,
        "<tr><td class=\"{word}\">{word}</td><td>{}</td><th scope=\"row\"><a href=\"#{check}\"><code>{check}</code></a></th>\
         <td>{}</td><td><code>{}</code></td></tr>",
        merged.severity.as_str().to_lowercase(),
        escaped(&format!("{object}{container}{}{}", finding.words(), finding.acceptance())),
        escaped(&format!("{location}{missing}"))
    );
}

/// How to fix what was found: the manual's words, once for each check.
fn fixes(out: &mut String, totals: &Totals) {
    let found = totals.by_check.iter().filter(|(_, counts)| counts.total() > 0);
    let found: Vec<_> = found.filter_map(|(name, _)| checks::find(name)).collect();
    if found.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>How to fix</h2>\n");
    for check in found {
        let _ = writeln!(out, "<h3 id=\"{}\"><code>{}</code></h3>", check.name, check.name);
        let _ = writeln!(out, "<p>{}</p>", escaped(check.title));
        // Line by line: a line break is no character to be made visible.
        let fix: Vec<String> = check.remediation().lines().map(escaped).collect();
        let _ = writeln!(out, "<pre>{}</pre>", fix.join("\n"));
    }
    out.push_str("</section>\n");
}

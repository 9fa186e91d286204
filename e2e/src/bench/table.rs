//! The tables of `docs/performance.md`, from the figures alone.
//!
//! It must not compute what the figures do not say, ratios apart. Next: [`super::figures`].

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use super::{
    figures::{Check, Figures, Reviews},
    wire::Bytes,
};
use crate::Error;

/// Where the generated part begins.
pub const BEGIN: &str = "<!-- generated from docs/performance/*.json: begin -->";
/// Where it ends.
pub const END: &str = "<!-- generated: end -->";

/// The document with its generated part replaced; none if it has no such part.
pub fn insert(document: &str, tables: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{tables}\n{END}{after}"))
}

/// The tables of one run of the bench.
pub fn tables(name: &str, figures: &Figures) -> String {
    let about = &figures.about;
    let mut text = format!(
        "### {name}\n\nCommit {}, {}, profile `{}` ({}), Seaworthy {}, Kubernetes {}, {} ({} cores, shared with the control \
         plane), load average {:.1} before.\n\n",
        about.commit,
        about.date,
        about.profile,
        about.library,
        about.seaworthy,
        about.kubernetes,
        about.cpu,
        about.cores,
        about.load_before,
    );
    if !figures.operator.is_empty() {
        operator(&mut text, figures);
    }
    command_line(&mut text, &figures.command_line);
    if let Some(figures) = &figures.reviews {
        reviews(&mut text, figures);
    }
    text
}

fn reviews(text: &mut String, figures: &Reviews) {
    let core = if figures.own_core { "on a core of its own" } else { "on no core of its own" };
    let mut row = |what: &str, cell: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {what} | {cell} |");
    };
    row("reviews a second", &figures.rate.to_string());
    row("---", "---:");
    row("for", &format!("{} s", figures.seconds));
    row("connections", &figures.connections.to_string());
    row("object", &format!("{} bytes", figures.object_bytes));
    row("workloads that the operator knows", &figures.workloads.to_string());
    row("the operator runs", core);
    row("refused, as they should (others)", &format!("{} ({})", figures.denied, figures.failed));
    row("due to answered, p50", &format!("{:.2} ms", figures.p50_ms));
    row("p99", &format!("{:.2} ms", figures.p99_ms));
    row("p99.9", &format!("{:.2} ms", figures.p999_ms));
    row("longest", &format!("{:.1} ms", figures.worst_ms));
    row("CPU", &format!("{:.1} s", figures.cpu_seconds));
    row("RSS before", &format!("{:.1} MiB", figures.rss_before_mib));
    row("RSS after", &format!("{:.1} MiB", figures.rss_after_mib));
    row("RSS peak, what follows included", &format!("{:.0} MiB", figures.rss_peak_mib));
    for odd in &figures.odd {
        let what = format!("{} ({} KiB)", odd.what, odd.bytes / 1024);
        row(&what, &format!("{} after {:.0} ms", odd.answer, odd.ms));
    }
}

fn operator(text: &mut String, figures: &Figures) {
    let mut row = |cells: &[String]| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    };
    let of = |what: &str, cell: &dyn Fn(&super::figures::Scale) -> String| {
        std::iter::once(what.to_owned()).chain(figures.operator.iter().map(cell)).collect::<Vec<_>>()
    };
    row(&of("workloads", &|scale| scale.workloads.to_string()));
    row(&of("---", &|_| "---:".to_owned()));
    row(&of("cold start to every verdict written", &|scale| {
        format!("{:.1} s", scale.operator.cold_start_seconds)
    }));
    row(&of("the floor's", &|scale| format!("{:.1} s", scale.floor.cold_start_seconds)));
    row(&of("over the floor", &|scale| {
        format!("{:.2}", scale.operator.cold_start_seconds / scale.floor.cold_start_seconds)
    }));
    row(&of("CPU until then (floor)", &|scale| {
        format!("{:.1} s ({:.1} s)", scale.operator.cpu_seconds, scale.floor.cpu_seconds)
    }));
    row(&of("requests until then (floor)", &|scale| {
        format!("{} ({})", scale.operator.requests, scale.floor.requests)
    }));
    row(&of("writes until then (floor)", &|scale| {
        format!("{} ({})", scale.operator.writes, scale.floor.writes)
    }));
    row(&of("MiB received and sent until then (floor)", &|scale| {
        format!("{} ({})", mib(scale.operator.bytes), mib(scale.floor.bytes))
    }));
    row(&of("RSS settled (floor)", &|scale| {
        format!("{:.0} MiB ({:.0} MiB)", scale.operator.rss_settled_mib, scale.floor.rss_settled_mib)
    }));
    row(&of("RSS peak (floor)", &|scale| {
        format!("{:.0} MiB ({:.0} MiB)", scale.operator.rss_peak_mib, scale.floor.rss_peak_mib)
    }));
    row(&of("change to report seen, p50", &|scale| format!("{:.0} ms", scale.changes.p50_ms)));
    row(&of("change to report seen, p99", &|scale| format!("{:.0} ms", scale.changes.p99_ms)));
    row(&of("changes (of which not seen)", &|scale| {
        format!("{} ({})", scale.changes.sent, scale.changes.missed)
    }));
    row(&of("CPU and writes for them", &|scale| {
        format!("{:.1} s, {}", scale.changes.cpu_seconds, scale.changes.writes)
    }));
    row(&of("MiB received and sent for them", &|scale| mib(scale.changes.bytes)));
    row(&of("report, mean", &|scale| format!("{} bytes", scale.report_bytes)));
}

fn mib(bytes: Option<Bytes>) -> String {
    let Some(bytes) = bytes else { return "not measured".to_owned() };
    let [received, sent] = [bytes.received, bytes.sent].map(|bytes| bytes / (1024 * 1024));
    format!("{received} and {sent}")
}

fn command_line(text: &mut String, checks: &[Check]) {
    if checks.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ =
        writeln!(text, "\n| over Deployments in one file | documents | time | of seaworthy's | RSS peak |");
    let _ = writeln!(text, "| --- | ---: | ---: | ---: | ---: |");
    for check in checks {
        let own = checks.iter().find(|own| own.tool == "seaworthy" && own.documents == check.documents);
        let ratio = own.map_or_else(String::new, |own| format!("{:.1}", check.seconds / own.seconds));
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} s | {ratio} | {:.0} MiB |",
            check.tool, check.documents, check.seconds, check.rss_peak_mib
        );
    }
}

/// Keeps the figures of one run, and shows them in the document.
pub fn keep(docs: &Path, name: &str, figures: &Figures) -> Result<(), Error> {
    let json = serde_json::to_string_pretty(figures).map_err(Error::json("encode the figures"))?;
    let folder = docs.join("performance");
    std::fs::create_dir_all(&folder).map_err(Error::io("make docs/performance"))?;
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, format!("{json}\n")).map_err(Error::io("write the figures"))?;
    let path = docs.join("performance.md");
    let document = std::fs::read_to_string(&path).map_err(Error::io("read performance.md"))?;
    std::fs::write(&path, generated(&document, docs)?).map_err(Error::io("write performance.md"))
}

/// The document as the figures in the folder beside it want it.
pub fn generated(document: &str, docs: &Path) -> Result<String, Error> {
    let folder = docs.join("performance");
    let mut runs = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).map_err(Error::io("read docs/performance"))? {
        let path = entry.map_err(Error::io("read docs/performance"))?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).map_err(Error::io(format!("read {}", path.display())))?;
        let figures: Figures =
            serde_json::from_str(&text).map_err(Error::json(format!("decode {name}.json")))?;
        runs.insert(name, figures);
    }
    let tables: Vec<_> = runs.iter().map(|(name, figures)| tables(name, figures)).collect();
    insert(document, &tables.join("\n"))
        .ok_or_else(|| Error::Contract("performance.md has no generated part".to_owned()))
}

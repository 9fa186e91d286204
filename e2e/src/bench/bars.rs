//! What the command line took, as tables: the figures, and each bar beside what was measured.
//!
//! It must not measure. Next: [`super::speed`].

use std::fmt::Write as _;

use super::speed::Took;

/// What was measured over one folder of documents.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// How many documents it holds.
    pub documents: usize,
    /// `seaworthy --version`.
    pub version: Took,
    /// `find | xargs cat`.
    pub cat: Took,
    /// A document a file, JSON.
    pub many: Took,
    /// All documents in one file, JSON.
    pub one: Took,
    /// A document a file, text with the lines of the files.
    pub text: Took,
    /// All documents in one file.
    pub kube_score: Option<Took>,
}

/// One bar beside what was measured.
struct Bar {
    what: String,
    measured: f64,
    bound: f64,
    /// Whether more is better.
    is_least: bool,
}

/// The figures and the bars of all runs, as Markdown.
pub fn tables(runs: &[Run]) -> String {
    let mut out = "\
| tool | documents | time | user CPU | CPU | of seaworthy's time | RSS peak |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
"
    .to_owned();
    for run in runs {
        let mut tools = vec![
            ("`seaworthy --version`", run.version),
            ("`find \\| xargs cat`", run.cat),
            ("seaworthy, a file each", run.many),
            ("seaworthy, one file", run.one),
            ("seaworthy, a file each, text", run.text),
        ];
        tools.extend(run.kube_score.map(|took| ("kube-score, one file", took)));
        for (name, Took { seconds, user_seconds, cpu_seconds, peak_mib }) in tools {
            let (documents, ratio) = (run.documents, seconds / run.many.seconds);
            let _ = writeln!(
                out,
                "| {name} | {documents} | {seconds:.3} s | {user_seconds:.2} s | {cpu_seconds:.2} s | {ratio:.2} | {peak_mib:.0} MiB |"
            );
        }
    }
    out.push_str("\n| bar | measured | bar | |\n| --- | ---: | ---: | --- |\n");
    let steps = runs.windows(2).filter_map(|pair| Some((pair.first()?, pair.last()?)));
    let whole = runs.first().zip(runs.last()).filter(|_| runs.len() > 2);
    let bars = runs.iter().flat_map(bars).chain(steps.chain(whole).map(|(few, more)| growth(few, more)));
    for Bar { what, measured, bound, is_least } in bars {
        let holds = if is_least { measured >= bound } else { measured <= bound };
        let word = if holds { "holds" } else { "is missed" };
        let _ = writeln!(out, "| {what} | {measured:.2} | {bound:.2} | {word} |");
    }
    out
}

fn bars(run: &Run) -> Vec<Bar> {
    let documents = run.documents;
    let bar = |what: &str, measured: f64, bound: f64| Bar {
        what: format!("{documents} documents: {what}"),
        measured,
        bound,
        is_least: false,
    };
    let least = |what: &str, measured: f64, least: f64| Bar { is_least: true, ..bar(what, measured, least) };
    let mut bars = vec![
        bar("milliseconds of `--version`", run.version.seconds * 1e3, 10.0),
        bar("seconds, at most 2.5 times `cat` and 50 ms", run.many.seconds, 2.5 * run.cat.seconds + 0.05),
        bar("time over one file, of a file each", run.one.seconds / run.many.seconds, 1.2),
        bar("time of text, of JSON", run.text.seconds / run.many.seconds, 2.0),
        least("cores used over a file each", run.many.cpu_seconds / run.many.seconds, 1.6),
        least("cores used over one file", run.one.cpu_seconds / run.one.seconds, 1.6),
        bar("MiB resident over a file each", run.many.peak_mib, 100.0),
    ];
    if let Some(peer) = run.kube_score {
        bars.push(least("times as fast as kube-score, a file each", peer.seconds / run.many.seconds, 20.0));
        bars.push(least("times as fast as kube-score, one file", peer.seconds / run.one.seconds, 20.0));
    }
    bars
}

/// How user CPU grows with documents, as an exponent: in each step, and over all of them.
fn growth(few: &Run, more: &Run) -> Bar {
    #[expect(clippy::cast_precision_loss, reason = "numbers of documents are small")]
    let documents = (more.documents as f64 / few.documents as f64).ln();
    let cpu = (more.many.user_seconds / few.many.user_seconds).ln();
    Bar {
        what: format!("growth of user CPU from {} to {} documents, exponent", few.documents, more.documents),
        measured: cpu / documents,
        bound: 1.03,
        is_least: false,
    }
}

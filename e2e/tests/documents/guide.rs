//! A document that is read from top to bottom: each file in it is written, each command run, and what the document says
//! is printed is compared with what is.
//!
//! A block `sh` holds commands that succeed. Of a block `console` each line after `$` is a command, and what follows it
//! is all that it prints; `...` stands for anything in a line, and alone for any lines. A block `yaml FILE` is that file.
//! A block below `<!-- not run: WHY -->` is left out. `BLESS=1` writes what is printed into the document.
//!
//! It must not know what a document is about: the test of each does.

use std::{collections::VecDeque, env, fs, path::Path, time::Duration};

use seaworthy_e2e::document::{Block, Document};
use seaworthy_e2e::{
    OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, Output, Port, Replica, ReplicaOptions, try_eventually,
};

use super::{Reader, SOON};

/// What only looks, or asks beforehand: it may be asked again until the cluster is as far as the document.
const LOOKS: [&str; 8] = [
    "kubectl get ",
    "kubectl describe ",
    "kubectl auth can-i ",
    "kubectl diff ",
    "seaworthy report ",
    "seaworthy explain",
    "seaworthy audit ",
    "seaworthy doctor",
];

/// How long those are asked while a document is mended.
const BLESSING: Duration = Duration::from_secs(8);

/// A document, and how far it was followed.
pub(crate) struct Guide {
    pub(crate) reader: Reader,
    name: String,
    steps: VecDeque<Step>,
    ran: usize,
    corrections: Vec<Correction>,
    webhook: Port,
}

enum Step {
    File { name: String, text: String },
    Command { line: String, shown: Option<Shown> },
}

/// What a document says is printed.
struct Shown {
    above: usize,
    text: String,
}

struct Correction {
    above: usize,
    lines: usize,
    text: String,
}

impl Guide {
    pub(crate) async fn open(name: &str, helm: u8) -> Self {
        let document = Document::read(name).unwrap();
        let reader = Reader::of(name, helm).await;
        let steps = document.blocks().iter().flat_map(steps).collect();
        let webhook = Port::reserve().unwrap();
        Self { reader, name: name.to_owned(), steps, ran: 0, corrections: Vec::new(), webhook }
    }

    /// The operator as a document expects it that does not install it.
    pub(crate) async fn install(&self) {
        let line =
            "helm upgrade --install seaworthy charts/seaworthy -n seaworthy-system --create-namespace --wait";
        let Output { code, stdout, stderr } = self.reader.shell.run(line).await.unwrap();
        assert_eq!(code, 0, "{stdout}{stderr}");
    }

    /// A replica with the rights of the installed one, which answers at admission where the API server reaches it: the
    /// nodes of this cluster run nothing.
    pub(crate) async fn operator(&self, name: &str) -> Replica {
        let number = self.webhook.number();
        let address = format!("--webhook-address=127.0.0.1:{number}");
        let url = format!("--webhook-url=https://127.0.0.1:{number}");
        let arguments = [address.as_str(), &url, "--webhook-interval=1"];
        let account = Some((OPERATOR_NAMESPACE, OPERATOR_ACCOUNT));
        let options = ReplicaOptions { arguments: &arguments, account, ..ReplicaOptions::default() };
        self.reader.cluster.operator_with(name, options).await.unwrap()
    }

    /// Follows the document up to the first command that begins like this, and runs it.
    pub(crate) async fn read_to(&mut self, command: &str) {
        while let Some(step) = self.steps.pop_front() {
            let is_there = matches!(&step, Step::Command { line, .. } if line.starts_with(command));
            self.take(step).await;
            if is_there {
                return;
            }
        }
        panic!("{} has no command {command:?} from here on", self.name);
    }

    /// Follows the rest of the document, of which at least so many commands were run. With `BLESS=1` it is mended.
    pub(crate) async fn read_on(&mut self, least: usize) {
        while let Some(step) = self.steps.pop_front() {
            self.take(step).await;
        }
        assert!(self.ran >= least, "only {} commands of {} were run", self.ran, self.name);
        self.bless();
    }

    fn bless(&self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&self.name);
        if !self.corrections.is_empty() {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, corrected(&text, &self.corrections)).unwrap();
        }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::File { name, text } => {
                let path = self.reader.directory.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Step::Command { line, shown: None } => {
                let Output { code, stdout, stderr } = self.reader.shell.run(&line).await.unwrap();
                if code != 0 {
                    self.bless();
                }
                assert_eq!(code, 0, "{}: {line}\n{stdout}{stderr}", self.name);
                self.ran += 1;
            }
            Step::Command { line, shown: Some(shown) } => {
                self.compare(&line, shown).await;
                self.ran += 1;
            }
        }
    }

    async fn compare(&mut self, line: &str, shown: Shown) {
        let blesses = env::var_os("BLESS").is_some();
        let together = format!("exec 2>&1\n{line}");
        let mut said = String::new();
        if only_looks(line) {
            let patience = if blesses { BLESSING } else { SOON };
            // How it ended is in what was said last.
            let _ = try_eventually(patience, line, async || {
                said = self.reader.shell.run(&together).await.unwrap().stdout;
                if is_shown(&shown.text, &said) { Ok(()) } else { Err("something else") }
            })
            .await;
        } else {
            said = self.reader.shell.run(&together).await.unwrap().stdout;
        }
        if is_shown(&shown.text, &said) {
            return;
        }
        let (name, text) = (&self.name, &shown.text);
        assert!(blesses, "{name}: {line}\n--- shown\n{text}--- printed\n{said}(`BLESS=1` writes it)");
        let text = joined(said.trim_end().lines().map(without_age));
        self.corrections.push(Correction { above: shown.above, lines: shown.text.lines().count(), text });
    }
}

fn steps(block: &Block) -> Vec<Step> {
    let none = Vec::new();
    if let Some(why) = &block.not_run {
        assert!(!why.trim().is_empty(), "a block of {:?} is left out for no reason", block.section);
        return none;
    }
    match (block.language.as_str(), &block.file) {
        ("sh", _) => {
            commands(&block.text).into_iter().map(|line| Step::Command { line, shown: None }).collect()
        }
        ("console", _) => session(block),
        (_, Some(name)) => vec![Step::File { name: name.clone(), text: block.text.clone() }],
        _ => none,
    }
}

/// The commands, one a line; what the shell would join is joined.
fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// The commands of a session, each with what is shown below it.
fn session(block: &Block) -> Vec<Step> {
    let mut steps: Vec<(String, Shown)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in block.text.lines().enumerate() {
        let above = block.above + number + 1;
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command.to_owned(), Shown { above, text: String::new() })),
            (None, Some((command, shown))) if goes_on => {
                command.push('\n');
                command.push_str(line);
                shown.above = above;
            }
            (None, Some((_, shown))) => {
                shown.text.push_str(line);
                shown.text.push('\n');
                continue;
            }
            (None, None) => panic!("a session under {:?} begins with no command", block.section),
        }
        goes_on = line.ends_with('\\');
    }
    steps.into_iter().map(|(line, shown)| Step::Command { line, shown: Some(shown) }).collect()
}

fn only_looks(line: &str) -> bool {
    LOOKS.iter().any(|look| line.starts_with(look)) || line.contains(" --dry-run=server")
}

/// How old something is, the last column of `kubectl get`, is never the same again.
fn without_age(line: &str) -> String {
    let line = line.trim_end();
    let (rest, last) = line.rsplit_once("   ").unwrap_or(("", line));
    let is_age = last.len() > 1
        && last.starts_with(|first: char| first.is_ascii_digit())
        && last.chars().all(|one| one.is_ascii_digit() || "smh".contains(one))
        && last.ends_with(['s', 'm', 'h']);
    if is_age && !rest.is_empty() { format!("{rest}   ...") } else { line.to_owned() }
}

fn is_shown(shown: &str, said: &str) -> bool {
    let lines =
        |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    are_lines(&lines(shown), &lines(said))
}

fn are_lines(shown: &[String], said: &[String]) -> bool {
    match shown.split_first() {
        None => said.is_empty(),
        Some((any, rest)) if any == "..." => (0..=said.len()).any(|gone| are_lines(rest, &said[gone..])),
        Some((line, rest)) => {
            said.first().is_some_and(|first| is_line(line, first)) && are_lines(rest, &said[1..])
        }
    }
}

fn is_line(shown: &str, said: &str) -> bool {
    let Some((start, rest)) = shown.split_once("...") else { return shown == said };
    let Some(said) = said.strip_prefix(start) else { return false };
    (0..=said.len()).any(|gone| said.get(gone..).is_some_and(|left| is_line(rest, left)))
}

fn corrected(text: &str, corrections: &[Correction]) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    for Correction { above, lines: number, text } in corrections.iter().rev() {
        lines.splice(above..&(above + number), text.lines());
    }
    joined(lines.into_iter().map(str::to_owned))
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.flat_map(|line| [line, "\n".to_owned()]).collect()
}

#[test]
fn what_is_shown_is_what_is_printed() {
    for (shown, said, is) in [
        ("a\n", "a  \n", true),
        ("a\n", "b\n", false),
        ("a\n", "a\nb\n", false),
        ("a ... c ...\n", "a b c 5s\n", true),
        ("a ... c\n", "a b d\n", false),
        ("a\n...\nc\n", "a\nb\nb\nc\n", true),
        ("a\n...\n", "b\n", false),
        ("", "", true),
    ] {
        assert_eq!(is_shown(shown, said), is, "{shown:?} {said:?}");
    }
}

#[test]
fn ages_are_left_out() {
    assert_eq!(without_age("web   True   98   AllPassed   2m3s  "), "web   True   98   AllPassed   ...");
    assert_eq!(without_age("web   True   98"), "web   True   98");
    assert_eq!(without_age("5s"), "5s");
}

#[test]
fn a_session_is_commands_and_what_they_print_and_can_be_mended() {
    let text = "# T\n\n```console\n$ a \\\n  b\nc\n$ d\n```\n\n<!-- not run: no -->\n```sh\ne\n```\n\n```sh\nf \\\n g\n# h\n```\n";
    let document = Document::of("T", text);
    let read: Vec<_> = document.blocks().iter().flat_map(steps).collect();
    let commands = read.iter().map(|step| match step {
        Step::Command { line, shown } => {
            (line.as_str(), shown.as_ref().map(|shown| (shown.above, shown.text.as_str())))
        }
        Step::File { name, .. } => (name.as_str(), None),
    });
    let expected = [("a \\\n  b", Some((5, "c\n"))), ("d", Some((7, ""))), ("f   g", None)];
    assert_eq!(commands.collect::<Vec<_>>(), expected);
    let corrections = [
        Correction { above: 5, lines: 1, text: "x\ny\n".to_owned() },
        Correction { above: 7, lines: 0, text: "z\n".to_owned() },
    ];
    assert_eq!(corrected(text, &corrections), text.replace("\nc\n$ d\n", "\nx\ny\n$ d\nz\n"));
}

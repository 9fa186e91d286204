//! `make bench`: measures, writes `docs/performance/<name>.json`, and the tables of `docs/performance.md`.
//!
//! `bench [--name NAME] [--workloads N,N] [--seconds S]`; `bench cli [N]...` is `make bench-cli`; `bench webhook
//! [NAME [RATE [SECONDS]]]` is `make bench-webhook`; `bench floor FILE` is the floor's own process. It must not judge the figures. Next: `seaworthy_e2e::bench`.

use std::{path::Path, process::ExitCode};

use seaworthy::ops::footprint::small_runtime;
use seaworthy_e2e::{
    Error,
    bench::{
        admission, bars, command_line,
        figures::{About, Figures},
        floor, measure, process, speed, table,
    },
};
use tokio::runtime::Runtime;

// The operator's own allocator, so that the floor's memory compares.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Arguments {
    name: String,
    workloads: Vec<usize>,
    seconds: u32,
}

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let runtime = |source| Error::Io { what: "start the runtime".to_owned(), source };
    let result = match given.as_slice() {
        // The operator's own runtime, for the same reason.
        [command, file] if command == "floor" => {
            small_runtime().map_err(runtime).and_then(|runtime| runtime.block_on(floor::run(Path::new(file))))
        }
        [command, documents @ ..] if command == "cli" => speed(documents),
        [command, load @ ..] if command == "webhook" => {
            Runtime::new().map_err(runtime).and_then(|runtime| runtime.block_on(webhook(load)))
        }
        _ => Runtime::new().map_err(runtime).and_then(|runtime| runtime.block_on(bench(&given))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::from(2)
        }
    }
}

/// Documents over which the command line is measured without being told otherwise.
const DOCUMENTS: [usize; 3] = [1_000, 10_000, 100_000];

fn speed(given: &[String]) -> Result<(), Error> {
    let wrong = |_| Error::Contract(format!("bench cli [DOCUMENTS]..., not {given:?}"));
    let given =
        given.iter().map(|number| number.parse()).collect::<Result<Vec<usize>, _>>().map_err(wrong)?;
    let documents = if given.is_empty() { DOCUMENTS.to_vec() } else { given };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let machine =
        format!("{}, {cores} cores, load average {:.1} before", process::cpu_model(), process::load());
    let runs = documents.into_iter().map(speed::run).collect::<Result<Vec<_>, _>>()?;
    say(&format!("{machine}\n\n{}", bars::tables(&runs)));
    Ok(())
}

/// The load of the webhook without being told otherwise: a second's reviews, and seconds.
const LOAD: (u32, u32) = (2_000, 30);

async fn webhook(given: &[String]) -> Result<(), Error> {
    let number = |at: usize, default: u32| {
        let wrong = || Error::Contract(format!("bench webhook [NAME [RATE [SECONDS]]], not {given:?}"));
        given.get(at).map_or(Ok(default), |text| text.parse().map_err(|_| wrong()))
    };
    let name = given.first().map_or("webhook", String::as_str);
    let (rate, seconds) = (number(1, LOAD.0)?, number(2, LOAD.1)?);
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut about = about(root);
    let (reviews, kubernetes) = admission::run(rate, seconds).await?;
    about.kubernetes = kubernetes;
    let figures = Figures { about, operator: Vec::new(), command_line: Vec::new(), reviews: Some(reviews) };
    table::keep(&root.join("docs"), name, &figures)?;
    say(&table::tables(name, &figures));
    Ok(())
}

async fn bench(given: &[String]) -> Result<(), Error> {
    let arguments = arguments(given)?;
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut figures =
        Figures { about: about(root), operator: Vec::new(), command_line: Vec::new(), reviews: None };
    for workloads in &arguments.workloads {
        figures.command_line.extend(command_line::run(*workloads)?);
    }
    for workloads in arguments.workloads {
        let (scale, kubernetes) = measure::scale(workloads, arguments.seconds).await?;
        figures.about.kubernetes = kubernetes;
        figures.operator.push(scale);
    }
    table::keep(&root.join("docs"), &arguments.name, &figures)?;
    say(&table::tables(&arguments.name, &figures));
    Ok(())
}

fn arguments(given: &[String]) -> Result<Arguments, Error> {
    let mut arguments = Arguments { name: "local".to_owned(), workloads: vec![1000, 10_000], seconds: 60 };
    for pair in given.chunks(2) {
        let wrong =
            || Error::Contract(format!("bench [--name NAME] [--workloads N,N] [--seconds S], not {pair:?}"));
        let [flag, value] = pair else { return Err(wrong()) };
        match flag.as_str() {
            "--name" => arguments.name.clone_from(value),
            "--workloads" => {
                let numbers = value.split(',').map(str::parse).collect::<Result<_, _>>();
                arguments.workloads = numbers.map_err(|_| wrong())?;
            }
            "--seconds" => arguments.seconds = value.parse().map_err(|_| wrong())?,
            _ => return Err(wrong()),
        }
    }
    Ok(arguments)
}

fn about(root: &Path) -> About {
    About {
        commit: commit(root),
        date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        cpu: process::cpu_model(),
        cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        profile: if cfg!(debug_assertions) { "ci" } else { "release" }.to_owned(),
        library: process::library(),
        kubernetes: String::new(),
        seaworthy: env!("CARGO_PKG_VERSION").to_owned(),
        load_before: process::load(),
    }
}

fn commit(root: &Path) -> String {
    let arguments = ["describe", "--always", "--dirty", "--exclude=*"];
    let output = std::process::Command::new("git").current_dir(root).args(arguments).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

#[expect(clippy::print_stderr, reason = "it is what the command says")]
fn say(what: &str) {
    eprintln!("bench: {what}");
}

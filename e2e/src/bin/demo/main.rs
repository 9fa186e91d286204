//! `make demo`: Seaworthy on a control plane of its own, with workloads to look at, from the first
//! verdict to `Ready`.
//!
//! It must not judge anything nor know a check: what it prints is what the operator wrote and what the
//! binary explains. Next: `story.rs` tells it, `place.rs` is where it happens.

mod failure;
mod place;
mod remedies;
mod screen;
mod shop;
mod stop;
mod story;
mod verdicts;

use std::{env, process::ExitCode};

use screen::{Screen, complain, line};

const USAGE: &str = "usage: make demo [DEMO=--once]\n\n  --once  clean up and end after the last step, instead of \
                     waiting for Ctrl-C";

#[tokio::main]
async fn main() -> ExitCode {
    let screen = Screen::default();
    let arguments: Vec<String> = env::args().skip(1).collect();
    let once = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--once"] => true,
        ["--help" | "-h"] => {
            line(USAGE);
            return ExitCode::SUCCESS;
        }
        _ => {
            complain(USAGE);
            return ExitCode::from(2);
        }
    };
    match story::tell(&screen, once).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&format!("\ndemo: {failure}"));
            ExitCode::from(failure.code())
        }
    }
}

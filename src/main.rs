//! The `seaworthy` binary.

use std::process::ExitCode;

use clap::Parser;
use seaworthy::controller::{self, ControllerOptions};
use seaworthy::ops::logging::{self, LogFormat};

#[derive(Parser)]
#[command(version, about)]
enum Arguments {
    /// Watches policies and workloads, and writes reports and conditions.
    Controller(ControllerOptions),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments::Controller(options) = Arguments::parse();
    if let Err(error) = logging::init(options.log_level.as_deref(), LogFormat::detect()) {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{error}\n").as_bytes());
    }
    match controller::run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot run");
            ExitCode::from(2)
        }
    }
}

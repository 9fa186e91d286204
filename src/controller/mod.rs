//! L6: the operator. Watch -> index -> engine -> plan -> apply.
//!
//! [`feed`] decodes watch events into messages; [`state`] keeps what they say and what it makes dirty;
//! [`judging`] asks the engine and plans; [`writer`] carries out; [`run`] wires them.
//!
//! It must not hold a rule about workloads: those are the engine's. Next: [`run`].

pub mod commands;
mod counting;
mod coverage;
pub mod dirty;
pub mod feed;
pub mod fence;
pub mod freshness;
mod gather;
pub mod happenings;
#[cfg(test)]
mod incremental;
pub mod judging;
pub mod ledger;
pub mod limiter;
pub mod listed;
pub mod marking;
pub mod options;
mod owner;
mod packing;
pub mod pause;
pub mod places;
pub mod policies;
pub mod readers;
pub mod reports;
pub mod reviewing;
pub mod run;
pub mod secrets;
mod server_version;
pub mod settled;
pub mod state;
pub mod vitals;
pub mod waiting;
pub mod wanted;
pub mod watched;
mod watches;
pub mod writer;

use std::process::ExitCode;

pub use options::ControllerOptions;
pub use run::run;

use crate::ops::footprint::small_runtime;
use crate::ops::logging::{self, LogFormat};

/// Runs the controller until it is asked to stop: 0 then, 2 when it could not run.
pub fn main(options: ControllerOptions) -> ExitCode {
    if let Err(error) = logging::init(options.log_level.as_deref(), LogFormat::detect()) {
        // There is no log to say it in.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{error}\n").as_bytes());
        return ExitCode::from(2);
    }
    let runtime = match small_runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start the runtime");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(run(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot run");
            ExitCode::from(2)
        }
    }
}

//! L6: the operator. Watch -> index -> engine -> plan -> apply.
//!
//! [`feed`] decodes watch events into messages; [`state`] keeps what they say and what it makes dirty;
//! [`judging`] asks the engine and plans; [`writer`] carries out; [`run`] wires them.
//!
//! It must not hold a rule about workloads: those are the engine's. Next: [`run`].

pub mod feed;
pub mod freshness;
pub mod judging;
pub mod ledger;
pub mod listed;
pub mod options;
pub mod pause;
pub mod policies;
pub mod reports;
pub mod run;
pub mod settled;
pub mod state;
pub mod vitals;
pub mod watched;
pub mod writer;

pub use options::ControllerOptions;
pub use run::run;

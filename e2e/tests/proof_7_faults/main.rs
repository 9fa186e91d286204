//! Proof 7: whatever goes wrong between the operator and the API server, or within one object,
//! everything else still gets judged, everything converges once it is over, readiness tells the truth
//! meanwhile, and no verdict lies.
//!
//! Each fault is injected by [`seaworthy_e2e::FaultProxy`] and must have happened for its test to pass.
//! While a test runs, [`guard::Guard`] reads every state that any report or policy ever has.
//!
//! Next: `rig.rs` for what a test starts with, then any file of faults.
#![cfg(test)]

mod answers;
mod defects;
mod guard;
mod kinds;
mod objects;
mod outages;
mod rig;
mod slowness;
mod watches;

//! Proof 3: what is wrong with a TLS Secret is said of the workload behind the Ingress that names it, a new
//! Secret heals it, nothing is written without need, and no byte of a key gets anywhere.
//!
//! Next: `site.rs` for what stands before a workload, `canaries.rs` for what must never be seen.
#![cfg(test)]

mod canaries;
mod names;
mod quiet;
mod rights;
mod site;
mod undecodable;
mod verdicts;

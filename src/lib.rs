//! Seaworthy says whether Kubernetes workloads are production-ready.
//!
//! Layers, each of which may use those above it and none below:
//!
//! | module | layer | what it is |
//! |---|---|---|
//! | [`inventory`] | L0 | what a cluster, or a folder of YAML, looks like |
//! | [`catalogue`] | L1 | what a check is |
//! | [`checks`] | L2 | one file per check, and the registry |
//! | [`api`] | L3 | the objects of the API group `seaworthy.dev` |
//! | [`engine`] | L4 | resolve, select, evaluate, report |
//! | [`render`] | L5 | reports, conditions, Events, text, JSON, manifests |
//! | `cli`, `controller`, `webhook`, `ops` | L6 | the shell: everything async, with I/O or with a clock |
//!
//! The core (L0 to L5) is pure: no async, no I/O, no clock; `now` is an argument. `tests/purity.rs`
//! enforces it.

pub mod api;
pub mod catalogue;
pub mod checks;
pub mod engine;
pub mod inventory;
pub mod render;

#[cfg(feature = "shell")]
pub mod cli;
#[cfg(feature = "shell")]
pub mod controller;
#[cfg(feature = "shell")]
pub mod ops;
#[cfg(feature = "shell")]
pub mod webhook;

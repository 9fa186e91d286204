//! L2: the checks, one per file, and the registry of them all.
//!
//! A check reads effective values of one workload and what it may look up in the workload's namespace;
//! it returns a judgement. It must not look at another check, nor at the policy that asked. Next:
//! [`registry`], then any file of a family.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

mod amounts;
mod around;
mod authorities;
mod budgets;
pub mod coverage;
mod credential_names;
mod cron;
mod dangers;
mod documents;
mod durations;
mod edge;
mod exposure;
mod flows;
mod globs;
mod helpers;
mod hooks;
mod host_paths;
mod isolation;
mod labelling;
mod limits;
mod listeners;
mod material;
mod minor;
mod mounted;
mod namespaces;
mod node_flaws;
mod pattern;
pub mod peers;
pub mod pod_security;
mod pod_standard;
mod probe_list;
mod provider_classes;
mod references;
mod repository;
mod right;
mod rights;
// Named by path so that its modules lie beside it: `<family>/<check>.rs`.
#[path = "registry.rs"]
mod registry;
mod replicas;
mod root_user;
mod routes;
mod scalers;
mod secret_use;
mod server_made;
mod server_roles;
mod server_rules;
mod services;
mod sleeps;
mod spread;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod testing_add_ons;
#[cfg(test)]
mod testing_neighbours;
#[cfg(test)]
mod testing_objects;
#[cfg(test)]
mod testing_rights;
#[cfg(test)]
mod testing_tls;
mod timeouts;
mod token;
mod vertical;
mod virtual_services;
mod ways_in;

pub use registry::{ALL, find, names, watched};

//! The charts on a real API server, by both Helms: what they install works, can be upgraded, rolled back and
//! removed, and takes over what another way of installing left.
//!
//! Pods are bound by kube-scheduler and become Ready under kwok; the operator itself runs as a process with the
//! token of the chart's own service account, and so with the chart's rights alone.
#![cfg(test)]

mod gate;
mod life;
mod old_definitions;
mod revision;
mod rig;
mod scope;
mod secrets;
mod take_over;
mod webhook;
mod writers;

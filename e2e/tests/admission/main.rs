//! The admission webhook on a real API server: what is let through, warned of and refused; and that the cluster
//! keeps working whatever becomes of the webhook.
#![cfg(test)]

mod certificates;
mod drain;
mod requests;
mod rig;
mod service;
mod threats;

//! Two replicas: how soon the other takes over when one is killed or told to stop, and that no pipeline is misled
//! while both are replaced.
#![cfg(test)]

mod failover;
mod rolling;
mod site;

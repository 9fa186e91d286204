//! Proof 10: each row of the table of conditions is reached and left, a generation is judged by what the
//! API server has and not by what a watch that lags has shown, and Events say who caused what.
//!
//! Next: `table.rs` for the rows, `fence.rs` for watches that lag, `events.rs`, and `messages.rs` for what is said in words.
#![cfg(test)]

mod events;
mod fence;
mod messages;
mod table;

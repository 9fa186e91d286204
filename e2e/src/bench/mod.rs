//! The budgets, measured against a real control plane: `make bench`.
//!
//! [`measure`] runs the operator beside a floor ([`floor`]: the same lists, watches and writes, and no
//! thought) over a [`load`] ([`wire`] counts what goes between them and the server); [`command_line`] runs `check`
//! beside its peers, and [`speed`] over a [`corpus`] of files ([`bars`] shows how that came out); [`admission`] asks
//! the webhook at a fixed pace ([`arrivals`]); [`figures`] is what is kept, [`table`] how it is shown. It must not
//! judge whether a figure is good: budgets are in the design.

pub mod admission;
pub mod arrivals;
pub mod bars;
pub mod changes;
pub mod command_line;
pub mod corpus;
pub mod figures;
pub mod floor;
pub mod load;
pub mod measure;
pub mod process;
pub mod speed;
pub mod table;
pub mod wire;

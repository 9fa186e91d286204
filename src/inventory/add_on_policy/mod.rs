//! Policies for the network of pods, of other APIs than NetworkPolicy: Cilium's, Calico's and those for admins of clusters.
//!
//! They are cut to what can be told without the controllers behind them: which pods they select, whether they isolate
//! those, and whether they let anything through. What cannot be told is said to be unclear, never taken for a no. It must not
//! judge. Next: [`expression`] for whom they select, one file for each API, [`super::snapshot`] for who asks.

mod admin;
mod calico;
mod cilium;
mod expression;

use super::kind::Kind;
use super::metadata::Metadata;

pub use admin::AdminPolicy;
pub use calico::CalicoPolicy;
pub use cilium::CiliumPolicy;
pub use expression::{Expression, Selected};

/// A policy of one of [`Kind::ADD_ON_POLICIES`], lean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddOnPolicy {
    /// Its kind.
    pub kind: Kind,
    /// Metadata.
    pub metadata: Metadata,
    /// What it says; nothing where it is about no pods.
    pub parts: Box<[Part]>,
}

/// What a policy says of some pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The pods that it selects; of a policy in a namespace, of those there.
    pub pods: Expression,
    /// What it does to connections that come in.
    pub ingress: Effect,
    /// What it does to connections that the pods open.
    pub egress: Effect,
}

/// What rules do to the connections of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// There are no rules.
    #[default]
    None,
    /// They isolate nobody: what they do not name stays as it is.
    Open,
    /// They may isolate the pods, or from some connections only.
    Unclear,
    /// What they do not let through does not get through.
    Isolates {
        /// Whether they let anything through.
        lets_through: bool,
    },
}

impl Effect {
    /// Whether there are rules, whatever they do.
    pub fn has_rules(self) -> bool {
        self != Self::None
    }
}

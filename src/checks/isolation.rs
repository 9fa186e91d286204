//! What policies for the network say of a workload's pods that are no NetworkPolicies: those of Cilium, Calico, and of admins.
//!
//! It must not say what follows from that. Next: [`crate::inventory::add_on_policy`], the checks `network-policy-*`,
//! `namespace-default-deny` and `imds-access-blocked`.

use crate::catalogue::WorkloadSubject;
use crate::checks::flows::Direction;
use crate::inventory::add_on_policy::{AddOnPolicy, Effect, Part, Selected};
use crate::inventory::lookup::{Cause, Known, Lookup};

/// An answer that may not be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is so.
    Yes,
    /// It is not.
    No,
    /// Nobody here knows.
    Unknown(Cause),
}

/// The policies that can be about the pods of a workload.
pub(super) struct AddOns<'a> {
    policies: Known<'a, &'a AddOnPolicy>,
    pods: Selected<'a>,
    /// Whether the policy that asks says that there are policies of further APIs.
    others: bool,
}

impl<'a> AddOns<'a> {
    /// Those that can be about the pods of this workload; `others` says that there are some which nobody reads.
    pub(super) fn of(subject: &WorkloadSubject<'a>, others: bool) -> Self {
        let workload = subject.workload;
        let namespace_labels = match subject.namespace.metadata() {
            Lookup::Found(metadata) => Some(&metadata.labels),
            Lookup::Missing | Lookup::Unknown(_) => None,
        };
        let pods = Selected {
            namespace: subject.namespace.name(),
            namespace_labels,
            pod: Some((&workload.pod_labels, &workload.pod.service_account_name)),
        };
        Self { policies: subject.namespace.add_on_policies(&workload.pod_labels), pods, others }
    }

    /// Whether one of them isolates the pods in a direction.
    pub(super) fn isolate(&self, direction: Direction) -> Answer {
        self.any(
            direction,
            |part| part.pods.holds(&self.pods),
            |effect| match effect {
                Effect::Isolates { .. } => Some(true),
                Effect::Unclear => None,
                Effect::None | Effect::Open => Some(false),
            },
        )
    }

    /// Whether one of them denies everything in a direction to every pod of the namespace.
    pub(super) fn deny_by_default(&self, direction: Direction) -> Answer {
        self.any(
            direction,
            |part| part.pods.holds_for_all(&self.pods),
            |effect| match effect {
                Effect::Isolates { lets_through } => Some(!lets_through),
                Effect::Unclear => None,
                Effect::None | Effect::Open => Some(false),
            },
        )
    }

    /// Whether one of them has rules for the pods in a direction, whatever they do.
    pub(super) fn rule(&self, direction: Direction) -> Answer {
        self.any(direction, |part| part.pods.holds(&self.pods), |effect| Some(effect.has_rules()))
    }

    /// Whether some part is about the pods and does so.
    fn any(
        &self,
        direction: Direction,
        is_about: impl Fn(&Part) -> Option<bool>,
        does: impl Fn(Effect) -> Option<bool>,
    ) -> Answer {
        let mut answer = match self.policies.incomplete {
            Some(cause) => Answer::Unknown(cause),
            None if self.others => Answer::Unknown(Cause::Undecidable),
            None => Answer::No,
        };
        for part in self.policies.found.iter().flat_map(|policy| &policy.parts) {
            let effect = match direction {
                Direction::Ingress => part.ingress,
                Direction::Egress => part.egress,
            };
            match (does(effect), is_about(part)) {
                (Some(false), _) | (_, Some(false)) => {}
                (Some(true), Some(true)) => return Answer::Yes,
                _ => answer = Answer::Unknown(Cause::Undecidable),
            }
        }
        answer
    }
}

//! What a container has of a resource, wherever it comes from.
//!
//! Its own amount, else one for the whole pod (KEP-2837), else, where a check is told to count them, the
//! defaults of the namespace's `LimitRange`s. It must not say which amounts a workload needs: the checks of
//! the family `resources` do. Next: any of them.

use std::fmt;

use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, Text};
use crate::inventory::Kind;
use crate::inventory::default::resources::is_pod_level;
use crate::inventory::lookup::Cause;
use crate::inventory::quantity::{Quantity, QuantityValue};
use crate::inventory::resources::{ResourceList, Resources};

/// One of the two halves of `resources`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// What is set aside.
    Requests,
    /// The most that may be used.
    Limits,
}

impl Side {
    /// This half of some `resources`.
    pub(super) const fn of(self, resources: &Resources) -> &ResourceList {
        match self {
            Self::Requests => &resources.requests,
            Self::Limits => &resources.limits,
        }
    }

    /// Path of an amount below a container or the pod spec.
    pub(super) fn path(self, resource: &str) -> String {
        let side = match self {
            Self::Requests => "requests",
            Self::Limits => "limits",
        };
        if resource.contains(['.', '/']) {
            ["resources.", side, "[", resource, "]"].concat()
        } else {
            ["resources.", side, ".", resource].concat()
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requests => "request",
            Self::Limits => "limit",
        })
    }
}

/// One resource on one side, as a check asks for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// Request or limit.
    pub(super) side: Side,
    /// Name of the resource.
    pub(super) resource: &'a str,
    /// Whether the defaults of `LimitRange`s count.
    pub(super) count_limit_range: bool,
}

impl Wanted<'_> {
    /// The container's own amount.
    pub(super) fn own<'a>(&self, subject: &ContainerSubject<'a>) -> Option<&'a QuantityValue> {
        self.side.of(&subject.container.resources).get(self.resource)
    }

    /// The amount for the whole pod, of a resource that can have one.
    pub(super) fn pod<'a>(&self, subject: &ContainerSubject<'a>) -> Option<&'a QuantityValue> {
        self.side.of(&subject.pod().resources).get(self.resource).filter(|_| is_pod_level(self.resource))
    }

    /// What a `LimitRange` gives to a container that sets none; the least, if several do, because the order
    /// in which the server applies them is not defined. Nothing, if they do not count.
    pub(super) fn default(&self, subject: &ContainerSubject<'_>) -> Result<Option<Quantity>, Cause> {
        if !self.count_limit_range {
            return Ok(None);
        }
        let ranges = subject.workload.namespace.limit_ranges();
        let defaults = ranges.found.iter().flat_map(|range| range.container_defaults());
        let least = defaults
            .filter_map(|(limits, requests)| match self.side {
                Side::Requests => requests.get(self.resource),
                Side::Limits => limits.get(self.resource),
            })
            .filter_map(QuantityValue::valid)
            .min();
        match (least, ranges.incomplete) {
            (None, Some(cause)) => Err(cause),
            (least, _) => Ok(least),
        }
    }

    /// What the container has: its own amount, else a default where those count. One that is no quantity is none, and
    /// nothing takes its place.
    pub(super) fn effective(&self, subject: &ContainerSubject<'_>) -> Result<Option<Quantity>, Cause> {
        match self.own(subject) {
            Some(own) => Ok(own.valid()),
            None => self.default(subject),
        }
    }

    /// Passes when the container has more than none of it.
    pub(super) fn require(&self, subject: &ContainerSubject<'_>) -> Judgement {
        if let Some(statement) = self.unreadable(subject) {
            return statement.into();
        }
        let Self { side, resource, .. } = *self;
        let own = self.own(subject);
        if [own, self.pod(subject)].into_iter().flatten().any(is_positive) {
            return Judgement::pass();
        }
        let field = Field::Container(side.path(resource).into());
        // A LimitRange does not replace what is there, so not a zero either.
        if let Some(amount) = own {
            return Judgement::fail(field, format!("the {resource} {side} is {amount}, which sets none"));
        }
        match self.default(subject) {
            Ok(Some(default)) if default.is_positive() => Judgement::pass(),
            Ok(_) => Judgement::fail(field, self.missing()),
            Err(cause) => self.unknown(cause).into(),
        }
    }

    fn missing(&self) -> String {
        let Self { side, resource, .. } = *self;
        let nor_limit = if side == Side::Requests { ", nor a limit it would come from" } else { "" };
        let nor_pod = if is_pod_level(resource) { ", nor one for the whole pod" } else { "" };
        format!("no {resource} {side} is set{nor_limit}{nor_pod}")
    }

    /// Whether `LimitRange`s give one is not known.
    pub(super) fn unknown(&self, cause: Cause) -> Statement {
        let Self { side, resource, .. } = *self;
        let message = format!("no {resource} {side} is set; whether a LimitRange gives one is not known");
        Statement::unknown(cause, Field::Container(side.path(resource).into()), message)
    }

    /// What there is to say when the container's amount or the pod's is no quantity: the server refuses it,
    /// so it counts for nothing.
    pub(super) fn unreadable(&self, subject: &ContainerSubject<'_>) -> Option<Statement> {
        let container = no_quantity(&subject.container.resources, *self, Field::Container);
        container.or_else(|| {
            let pod = no_quantity(&subject.pod().resources, *self, Field::Pod);
            pod.filter(|_| is_pod_level(self.resource))
        })
    }
}

/// What there is to say of an amount that is no quantity.
fn no_quantity(resources: &Resources, wanted: Wanted<'_>, field: fn(Text) -> Field) -> Option<Statement> {
    let Wanted { side, resource, .. } = wanted;
    let amount = side.of(resources).get(resource)?;
    let QuantityValue::Invalid(text) = amount else { return None };
    // A request that came from a limit stands where the limit was written.
    let side = if resources.limits.get(resource) == Some(amount) { Side::Limits } else { side };
    let message = format!("the {resource} {side} `{}` is not a quantity", text.escape_debug());
    Some(Statement::fail(field(side.path(resource).into()), message))
}

/// Whether an amount is more than none.
pub(super) fn is_positive(amount: &QuantityValue) -> bool {
    amount.valid().is_some_and(Quantity::is_positive)
}

/// The kinds that a check of resources reads: none, unless `LimitRange`s count.
pub(super) const fn reads(count_limit_range: bool) -> &'static [Kind] {
    if count_limit_range { &[Kind::LimitRange] } else { &[] }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn limit_ranges_are_read_only_where_they_count() {
        let reads = |name: &str, given: Value| {
            let check = crate::checks::find(name).unwrap();
            (check.compile)(given.as_object().unwrap()).unwrap().reads
        };
        let counting = json!({"countLimitRange": true});
        for name in [
            "cpu-requests",
            "memory-requests",
            "memory-limits",
            "ephemeral-storage",
            "requests-within-limits",
            "qos-class",
            "resource-bounds",
        ] {
            assert_eq!(reads(name, json!({})), [], "{name}");
            assert_eq!(reads(name, counting.clone()), [Kind::LimitRange], "{name}");
        }
        for (name, mode) in [("cpu-limits", "require"), ("memory-request-equals-limit", "memory")] {
            assert_eq!(reads(name, counting.clone()), [], "{name}");
            assert_eq!(reads(name, json!({"mode": mode})), [], "{name}");
            assert_eq!(
                reads(name, json!({"mode": mode, "countLimitRange": true})),
                [Kind::LimitRange],
                "{name}"
            );
        }
        let scaler = Kind::HorizontalPodAutoscaler;
        assert_eq!(reads("hpa-metrics-usable", json!({})), [scaler]);
        assert_eq!(reads("hpa-metrics-usable", counting), [scaler, Kind::LimitRange]);
    }
}

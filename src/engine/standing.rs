//! What an object fails already, so that an edit is blamed only for what it makes worse.
//!
//! It must not look at objects: it compares findings. Next: [`super::admission`], which asks it.

use std::collections::BTreeMap;

use super::judge::Found;
use super::weigh::{Weighed, WeighedCheck, WeighedFinding};
use crate::catalogue::{Outcome, Severity};
use crate::inventory::object::ObjectKey;

/// What a failure is known by over an edit: check, parameters, object, container and field. Neither its words,
/// nor places in lists, which move when something is put before them.
type Failure = (&'static str, String, Option<ObjectKey>, Option<String>, String);

/// The failures that there are already, each with its severities in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing(BTreeMap<Failure, Vec<Severity>>);

impl Standing {
    /// What one policy makes of an object as it is.
    pub(super) fn of(weighed: &Weighed<'_>) -> Self {
        let mut standing: BTreeMap<Failure, Vec<Severity>> = BTreeMap::new();
        for check in &weighed.checks {
            for finding in check.findings.iter().filter(|finding| finding.outcome == Outcome::Fail) {
                standing.entry(failure(check, finding.found)).or_default().push(finding.severity);
            }
        }
        for severities in standing.values_mut() {
            severities.sort_unstable();
        }
        Self(standing)
    }

    /// Takes away one failure that was as bad as this finding. Says whether there was one.
    pub(super) fn take(&mut self, check: &WeighedCheck<'_>, finding: &WeighedFinding<'_>) -> bool {
        let Some(severities) = self.0.get_mut(&failure(check, finding.found)) else { return false };
        let Some(index) = severities.iter().position(|severity| *severity >= finding.severity) else {
            return false;
        };
        severities.remove(index);
        true
    }
}

fn failure(check: &WeighedCheck<'_>, found: &Found) -> Failure {
    let place = if found.container.is_some() { within_container(&found.field) } else { &found.field };
    let parameters = check.asked.compiled.parameters.clone();
    (
        check.asked.check.name,
        parameters,
        found.object.clone(),
        found.container.clone(),
        without_indices(place),
    )
}

/// The rest of a path after the container's own place.
fn within_container(field: &str) -> &str {
    let rest = field.find("ontainers[").and_then(|start| field.get(start..)?.split_once(']'));
    rest.map_or(field, |(_, rest)| rest)
}

/// A path with `[]` for each place in a list.
fn without_indices(field: &str) -> String {
    let mut parts = field.split('[');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push('[');
        match part.split_once(']') {
            Some((inside, rest)) if inside.bytes().all(|byte| byte.is_ascii_digit()) => {
                plain.push(']');
                plain.push_str(rest);
            }
            _ => plain.push_str(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_lists_do_not_count_and_keys_do() {
        assert_eq!(without_indices("spec.volumes[3].hostPath"), "spec.volumes[].hostPath");
        assert_eq!(
            without_indices("metadata.labels[app.kubernetes.io/name]"),
            "metadata.labels[app.kubernetes.io/name]"
        );
        assert_eq!(
            within_container("spec.template.spec.initContainers[12].ports[0].hostPort"),
            ".ports[0].hostPort"
        );
        assert_eq!(within_container("spec.volumes[1]"), "spec.volumes[1]");
    }
}

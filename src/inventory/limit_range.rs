//! `LimitRange`s: what a namespace gives to containers that do not say.
//!
//! It must not judge; which checks count these defaults is a parameter of theirs. Next:
//! [`super::snapshot`].

use serde::Deserialize;

use super::default::resources::round_up;
use super::lenient::{list, null_is_default};
use super::metadata::Metadata;
use super::resources::ResourceList;

/// A `LimitRange`, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LimitRange {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: LimitRangeSpec,
}

/// `spec` of a `LimitRange`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LimitRangeSpec {
    /// What holds for each type of thing.
    #[serde(deserialize_with = "list")]
    pub limits: Vec<LimitRangeItem>,
}

/// One entry of a `LimitRange`'s `limits`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LimitRangeItem {
    /// `Container`, `Pod` or `PersistentVolumeClaim`.
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub kind: String,
    /// Limits of a container that sets none.
    #[serde(deserialize_with = "null_is_default")]
    pub default: ResourceList,
    /// Requests of a container that sets none.
    #[serde(deserialize_with = "null_is_default")]
    pub default_request: ResourceList,
    /// The most a container may have.
    #[serde(deserialize_with = "null_is_default")]
    pub max: ResourceList,
    /// The least a container may have.
    #[serde(deserialize_with = "null_is_default")]
    pub min: ResourceList,
}

impl LimitRange {
    /// The object as the server stores it: for containers, `max` is also a default limit, a default limit
    /// also a default request, and `min` a default request when nothing else is.
    pub(super) fn stored(mut self) -> Self {
        for item in &mut self.spec.limits {
            for amounts in [&mut item.default, &mut item.default_request, &mut item.max, &mut item.min] {
                round_up(amounts);
            }
            if item.kind == "Container" {
                fill(&mut item.default, &item.max);
                fill(&mut item.default_request, &item.default);
                fill(&mut item.default_request, &item.min);
            }
        }
        self
    }

    /// What it gives to containers: limits and requests, entry by entry.
    pub fn container_defaults(&self) -> impl Iterator<Item = (&ResourceList, &ResourceList)> {
        self.spec
            .limits
            .iter()
            .filter(|item| item.kind == "Container")
            .map(|item| (&item.default, &item.default_request))
    }
}

fn fill(amounts: &mut ResourceList, defaults: &ResourceList) {
    for (name, amount) in defaults {
        if !amounts.contains_key(name) {
            amounts.insert(name.clone(), amount.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::decode::decode;
    use crate::inventory::{Inventory, Kind, Object};

    #[test]
    fn max_gives_default_limits_and_those_give_default_requests_to_containers_only() {
        let json = r#"{"metadata":{"name":"r"},"spec":{"limits":[
            {"type":"Container","max":{"memory":"2Gi"},"default":{"cpu":"1"},"min":{"cpu":"100m","ephemeral-storage":"1Gi"}},
            {"type":"Pod","max":{"memory":"8Gi"}}]}}"#;
        let Ok(Object::LimitRange(range)) = decode(Kind::LimitRange, json) else {
            panic!("not a LimitRange")
        };
        let shown: Vec<_> = range
            .container_defaults()
            .map(|(limits, requests)| {
                let show = |amounts: &super::ResourceList| {
                    amounts
                        .iter()
                        .map(|(name, amount)| format!("{name}={amount}"))
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                (show(limits), show(requests))
            })
            .collect();
        let requests = "cpu=1 ephemeral-storage=1Gi memory=2Gi".to_owned();
        assert_eq!(shown, [("cpu=1 memory=2Gi".to_owned(), requests)]);
        assert!(range.spec.limits[1].default.is_empty());
    }

    #[test]
    fn a_change_affects_every_workload_of_the_namespace_and_no_other() {
        let decoded = |kind, namespace: &str| {
            let mut object = decode(kind, r#"{"metadata":{"name":"it"}}"#).unwrap();
            object.metadata_mut().namespace = namespace.into();
            object
        };
        let mut inventory = Inventory::default();
        inventory.apply(decoded(Kind::Deployment, "shop"));
        inventory.apply(decoded(Kind::Job, "shop"));
        inventory.apply(decoded(Kind::Deployment, "other"));
        let behind = inventory.subjects_behind(&decoded(Kind::LimitRange, "shop"));
        let shown: Vec<_> = behind.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["Deployment shop/it", "Job shop/it"]);
        assert_eq!(inventory.namespace("shop").limit_ranges().found.len(), 0);
        inventory.apply(decoded(Kind::LimitRange, "shop"));
        assert_eq!(inventory.namespace("shop").limit_ranges().found.len(), 1);
        assert_eq!(inventory.namespace("other").limit_ranges().found.len(), 0);
    }
}

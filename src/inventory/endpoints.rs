//! Where requests to a Service go, as its EndpointSlices or its Endpoints say.
//!
//! Of a cluster only slices are seen that another writes than the controller which follows selectors: those change with
//! the readiness of every pod, and the selector says the same. What Endpoints say a controller puts into slices. It must
//! not judge. Next: [`super::snapshot`].

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::kind::Kind;
use super::labels::Labels;
use super::lenient::{list, null_is_default};
use super::metadata::Metadata;
use super::name::Name;

/// The label that names the Service of a slice.
const SERVICE: &str = "kubernetes.io/service-name";

/// The label that says who keeps a slice up to date.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";

/// Who follows selectors. A slice of it that is left of a former selector is kept by nobody any more.
const FOLLOWER: &str = "endpointslice-controller.k8s.io";

/// The label of Endpoints that no controller puts into slices.
const SKIPPED: &str = "endpointslice.kubernetes.io/skip-mirror";

/// An EndpointSlice, or Endpoints, lean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Which of both.
    pub kind: Kind,
    /// Metadata without annotations: one of them holds when something last changed.
    pub metadata: Metadata,
    /// The Service, if one is named.
    pub service: Option<Name>,
    /// Whether there is any address, ready or not.
    pub leads_somewhere: bool,
}

/// An EndpointSlice as it is written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WrittenSlice {
    #[serde(deserialize_with = "null_is_default")]
    metadata: Metadata,
    #[serde(deserialize_with = "list")]
    endpoints: Vec<WrittenEndpoint>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrittenEndpoint {
    #[serde(deserialize_with = "null_is_default")]
    addresses: Vec<IgnoredAny>,
}

/// Endpoints as they are written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WrittenEndpoints {
    #[serde(deserialize_with = "null_is_default")]
    metadata: Metadata,
    #[serde(deserialize_with = "list")]
    subsets: Vec<WrittenSubset>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WrittenSubset {
    #[serde(deserialize_with = "null_is_default")]
    addresses: Vec<IgnoredAny>,
    #[serde(deserialize_with = "null_is_default")]
    not_ready_addresses: Vec<IgnoredAny>,
}

impl From<WrittenSlice> for Endpoints {
    fn from(WrittenSlice { mut metadata, endpoints }: WrittenSlice) -> Self {
        metadata.annotations = Labels::new();
        let is_left = metadata.labels.get(MANAGED_BY) == Some(FOLLOWER);
        let service = metadata.labels.get(SERVICE).filter(|name| !name.is_empty() && !is_left);
        let service = service.map(Name::from);
        let leads_somewhere = endpoints.iter().any(|endpoint| !endpoint.addresses.is_empty());
        Self { kind: Kind::EndpointSlice, metadata, service, leads_somewhere }
    }
}

impl From<WrittenEndpoints> for Endpoints {
    fn from(WrittenEndpoints { mut metadata, subsets }: WrittenEndpoints) -> Self {
        metadata.annotations = Labels::new();
        let is_skipped = metadata.labels.get(SKIPPED).is_some_and(|value| value == "true");
        let service = (!is_skipped).then(|| metadata.name.clone());
        let leads =
            |subset: &WrittenSubset| !subset.addresses.is_empty() || !subset.not_ready_addresses.is_empty();
        let leads_somewhere = subsets.iter().any(leads);
        Self { kind: Kind::Endpoints, metadata, service, leads_somewhere }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Object;
    use crate::inventory::decode::decode;

    fn told(kind: Kind, json: &str) -> (Option<String>, bool) {
        let Object::Endpoints(endpoints) = decode(kind, json).unwrap() else { panic!() };
        assert!(endpoints.metadata.annotations.is_empty());
        assert_eq!(endpoints.kind, kind);
        (endpoints.service.map(|name| name.to_string()), endpoints.leads_somewhere)
    }

    #[test]
    fn the_watch_leaves_out_the_slices_that_follow_selectors_and_so_do_files() {
        let selector = Kind::EndpointSlice.info().label_selector;
        assert_eq!(selector, [MANAGED_BY, "!=", FOLLOWER].concat());
        let slice = |by: &str| {
            let labels = format!(r#"{{"{SERVICE}":"db","{MANAGED_BY}":"{by}"}}"#);
            let json = format!(
                r#"{{"metadata":{{"name":"db-1","labels":{labels}}},"endpoints":[{{"addresses":["192.0.2.1"]}}]}}"#
            );
            told(Kind::EndpointSlice, &json).0
        };
        assert_eq!(slice(FOLLOWER), None);
        assert_eq!(slice("endpointslicemirroring-controller.k8s.io"), Some("db".to_owned()));
    }

    #[test]
    fn a_slice_names_its_service_by_a_label_and_endpoints_by_their_own_name() {
        let slice = r#"{"metadata":{"name":"db-1","labels":{"kubernetes.io/service-name":"db"},"annotations":{"a":"b"}},
            "endpoints":[{"addresses":[]},{"addresses":["192.0.2.1"],"conditions":{"ready":false}}]}"#;
        assert_eq!(told(Kind::EndpointSlice, slice), (Some("db".to_owned()), true));
        for empty in [
            r#"{"metadata":{"name":"db"},"endpoints":null}"#,
            r#"{"metadata":{"name":"db"},"endpoints":[null]}"#,
        ] {
            assert_eq!(told(Kind::EndpointSlice, empty), (None, false), "{empty}");
        }
        let endpoints =
            r#"{"metadata":{"name":"db"},"subsets":[{"notReadyAddresses":[{"ip":"192.0.2.1"}]}]}"#;
        assert_eq!(told(Kind::Endpoints, endpoints), (Some("db".to_owned()), true));
        let skipped =
            r#"{"metadata":{"name":"db","labels":{"endpointslice.kubernetes.io/skip-mirror":"true"}}}"#;
        assert_eq!(told(Kind::Endpoints, skipped), (None, false));
    }
}

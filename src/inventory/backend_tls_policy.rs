//! For which Services a Gateway speaks TLS with what is behind it: BackendTLSPolicies of the Gateway API.
//!
//! It must not judge. Next: [`super::gateway`] for the routes to those Services.

use serde::Deserialize;

use super::lenient::{boxed_list, null_is_default};
use super::metadata::Metadata;

/// A BackendTLSPolicy, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BackendTlsPolicy {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: BackendTlsPolicySpec,
}

/// `spec` of a BackendTLSPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackendTlsPolicySpec {
    #[serde(deserialize_with = "boxed_list")]
    target_refs: Box<[Target]>,
    #[serde(deserialize_with = "null_is_default")]
    validation: Validation,
}

/// What it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Target {
    #[serde(deserialize_with = "null_is_default")]
    group: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    kind: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    name: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    section_name: Box<str>,
}

/// Whose certificate is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Validation {
    #[serde(deserialize_with = "null_is_default")]
    hostname: Box<str>,
    #[serde(deserialize_with = "boxed_list")]
    ca_certificate_refs: Box<[Authority]>,
    #[serde(rename = "wellKnownCACertificates", deserialize_with = "null_is_default")]
    well_known: Box<str>,
}

/// An object with certificates of authorities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Authority {}

impl BackendTlsPolicySpec {
    /// Names of the Services of its namespace that it is about, with repetitions.
    pub fn service_names(&self) -> impl Iterator<Item = &str> {
        self.services().map(|target| &*target.name)
    }

    /// Names of the ports of a Service that it is about; an empty one is every port.
    pub fn ports_of<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a str> {
        let meant = self.services().filter(move |target| *target.name == *service);
        meant.map(|target| &*target.section_name)
    }

    /// Whether it says whose certificate is taken: for which host, and of which authorities.
    pub fn is_verifying(&self) -> bool {
        let Validation { hostname, ca_certificate_refs, well_known } = &self.validation;
        !hostname.is_empty() && (!ca_certificate_refs.is_empty() || !well_known.is_empty())
    }

    fn services(&self) -> impl Iterator<Item = &Target> {
        self.target_refs.iter().filter(|target| target.group.is_empty() && &*target.kind == "Service")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn spec(spec: Value) -> BackendTlsPolicySpec {
        serde_json::from_value(spec).unwrap()
    }

    #[test]
    fn it_is_about_services_and_ports_of_theirs() {
        let spec = spec(json!({"targetRefs": [
            {"group": "", "kind": "Service", "name": "web", "sectionName": "https"},
            {"group": "", "kind": "Service", "name": "api"},
            {"group": "example.com", "kind": "Service", "name": "b"},
            {"group": "", "kind": "Bucket", "name": "c"},
        ]}));
        assert_eq!(spec.service_names().collect::<Vec<_>>(), ["web", "api"]);
        assert_eq!(spec.ports_of("web").collect::<Vec<_>>(), ["https"]);
        assert_eq!(spec.ports_of("api").collect::<Vec<_>>(), [""]);
        assert_eq!(spec.ports_of("c").next(), None);
    }

    #[test]
    fn it_needs_a_host_and_an_authority() {
        let refs = json!([{"group": "", "kind": "ConfigMap", "name": "ca"}]);
        for (validation, expected) in [
            (json!({"hostname": "web.example", "caCertificateRefs": refs}), true),
            (json!({"hostname": "web.example", "wellKnownCACertificates": "System"}), true),
            (json!({"hostname": "web.example"}), false),
            (json!({"hostname": "web.example", "caCertificateRefs": []}), false),
            (json!({"wellKnownCACertificates": "System"}), false),
            (json!(null), false),
        ] {
            assert_eq!(spec(json!({"validation": validation})).is_verifying(), expected, "{validation}");
        }
    }
}

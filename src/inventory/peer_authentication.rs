//! Whether pods in Istio's mesh take plain text beside what the mesh encrypts: its PeerAuthentications.
//!
//! It must not judge. Next: [`super::snapshot`] for whom they are about.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::auth_policy::WorkloadSelector;
use super::labels::Labels;
use super::lenient::null_is_default;
use super::metadata::Metadata;

/// A PeerAuthentication, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PeerAuthentication {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: PeerAuthenticationSpec,
}

/// `spec` of a PeerAuthentication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PeerAuthenticationSpec {
    #[serde(deserialize_with = "null_is_default")]
    selector: WorkloadSelector,
    mtls: Option<Mtls>,
    #[serde(deserialize_with = "null_is_default")]
    port_level_mtls: BTreeMap<Box<str>, Option<Mtls>>,
}

/// What is asked of whoever connects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Mtls {
    #[serde(deserialize_with = "null_is_default")]
    mode: Box<str>,
}

/// What pods take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// What the mesh encrypts, and nothing else: `STRICT`.
    Encrypted,
    /// Plain text as well (`PERMISSIVE`), or nothing else (`DISABLE`).
    Plain,
    /// Whatever is said for more of them: `UNSET`, also where nothing is written.
    Inherited,
}

impl Mtls {
    fn taken(&self) -> Taken {
        match &*self.mode {
            "STRICT" => Taken::Encrypted,
            "" | "UNSET" => Taken::Inherited,
            _ => Taken::Plain,
        }
    }
}

impl PeerAuthenticationSpec {
    /// Whether it is about all pods of its namespace; in the mesh's root namespace, of every one.
    pub fn is_about_all(&self) -> bool {
        self.selector.is_empty()
    }

    /// Whether it is about pods with these labels, where it is about any of their namespace.
    pub fn selects(&self, pod_labels: &Labels) -> bool {
        self.selector.matches(pod_labels)
    }

    /// What the pods take at ports that it does not name.
    pub fn taken(&self) -> Taken {
        self.mtls.as_ref().map_or(Taken::Inherited, Mtls::taken)
    }

    /// The ports that it names at which plain text is taken, in order. Of all pods of a namespace it can name none.
    pub fn plain_ports(&self) -> impl Iterator<Item = &str> {
        let named = self.port_level_mtls.iter().filter(|_| !self.is_about_all());
        let plain = named.filter(|(_, mtls)| mtls.as_ref().is_some_and(|mtls| mtls.taken() == Taken::Plain));
        plain.map(|(port, _)| &**port)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn spec(spec: Value) -> PeerAuthenticationSpec {
        serde_json::from_value(spec).unwrap()
    }

    #[test]
    fn only_strict_takes_nothing_else() {
        for (given, taken) in [
            (json!({"mtls": {"mode": "STRICT"}}), Taken::Encrypted),
            (json!({"mtls": {"mode": "PERMISSIVE"}}), Taken::Plain),
            (json!({"mtls": {"mode": "DISABLE"}}), Taken::Plain),
            (json!({"mtls": {"mode": "UNSET"}}), Taken::Inherited),
            (json!({"mtls": {"mode": null}}), Taken::Inherited),
            (json!({"mtls": null}), Taken::Inherited),
            (json!({}), Taken::Inherited),
        ] {
            assert_eq!(spec(given.clone()).taken(), taken, "{given}");
        }
    }

    #[test]
    fn ports_are_named_of_pods_that_are_selected() {
        let ports = json!({"8080": {"mode": "DISABLE"}, "9090": {"mode": "STRICT"}, "7070": {"mode": "PERMISSIVE"}, "1": {}, "2": null});
        let selecting = spec(json!({"selector": {"matchLabels": {"app": "web"}}, "portLevelMtls": ports}));
        assert_eq!(selecting.plain_ports().collect::<Vec<_>>(), ["7070", "8080"]);
        assert!(!selecting.is_about_all() && !selecting.selects(&Labels::new()));
        for about_all in [
            json!({"portLevelMtls": ports}),
            json!({"selector": {"matchLabels": {}}, "portLevelMtls": ports}),
        ] {
            let about_all = spec(about_all);
            assert!(about_all.is_about_all() && about_all.selects(&Labels::new()));
            assert_eq!(about_all.plain_ports().next(), None, "Istio does not look at them");
        }
    }
}

//! What a volume's source says of Secrets, where a driver brings the volume.
//!
//! It must not know which driver takes what. Next: [`super::volume`].

use serde::{Deserialize, Deserializer};

use super::lenient::null_is_default;

/// The driver that makes files of what a store outside of the cluster holds.
const SECRETS_STORE: &str = "secrets-store.csi.k8s.io";

/// The Secrets of a volume's source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SourceSecret {
    /// The Secret that the driver is given: path of its name from the source, and the name.
    pub secret: Option<(&'static str, Box<str>)>,
    /// Name of the SecretProviderClass that says what is fetched.
    pub provider_class: Option<Box<str>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Read {
    #[serde(deserialize_with = "null_is_default")]
    secret_name: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    secret_ref: Named,
    #[serde(deserialize_with = "null_is_default")]
    node_publish_secret_ref: Named,
    #[serde(deserialize_with = "null_is_default")]
    driver: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    volume_attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(deserialize_with = "null_is_default")]
    name: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Attributes {
    #[serde(deserialize_with = "null_is_default")]
    secret_provider_class: Box<str>,
}

impl<'de> Deserialize<'de> for SourceSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::deserialize(deserializer)?;
        let named = [
            ("secretName", read.secret_name),
            ("secretRef.name", read.secret_ref.name),
            ("nodePublishSecretRef.name", read.node_publish_secret_ref.name),
        ];
        let class = Some(read.volume_attributes.secret_provider_class);
        Ok(Self {
            secret: named.into_iter().find(|(_, name)| !name.is_empty()),
            provider_class: class.filter(|name| *read.driver == *SECRETS_STORE && !name.is_empty()),
        })
    }
}

impl SourceSecret {
    /// Whether it says anything.
    pub(super) const fn is_any(&self) -> bool {
        self.secret.is_some() || self.provider_class.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::volume::Volume;

    fn driver(json: &str) -> Option<(String, String)> {
        let volume: Volume = serde_json::from_str(json).unwrap();
        assert!(volume.source.is_some(), "{json}");
        let secret = volume.driver?.secret?;
        Some((secret.0.to_owned(), secret.1.into_string()))
    }

    #[test]
    fn each_source_names_its_secret_in_a_field_of_its_own() {
        let named = |path: &str| Some((path.to_owned(), "s".to_owned()));
        assert_eq!(driver(r#"{"azureFile":{"secretName":"s","shareName":"x"}}"#), named("secretName"));
        assert_eq!(driver(r#"{"rbd":{"secretRef":{"name":"s"}}}"#), named("secretRef.name"));
        let csi = r#"{"csi":{"driver":"d","nodePublishSecretRef":{"name":"s"}}}"#;
        assert_eq!(driver(csi), named("nodePublishSecretRef.name"));
        assert_eq!(driver(r#"{"csi":{"driver":"d","volumeAttributes":null}}"#), None);
    }

    #[test]
    fn only_one_driver_has_classes_of_what_is_fetched() {
        let class = |driver: &str| {
            let json = format!(
                r#"{{"csi":{{"driver":"{driver}","volumeAttributes":{{"secretProviderClass":"c","other":"1"}}}}}}"#
            );
            serde_json::from_str::<Volume>(&json).unwrap().driver.and_then(|told| told.provider_class)
        };
        assert_eq!(class("secrets-store.csi.k8s.io").as_deref(), Some("c"));
        assert_eq!(class("csi.example"), None);
    }
}

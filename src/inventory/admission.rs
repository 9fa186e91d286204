//! Admission webhooks: whom the API server asks, when, and what becomes of a request without an answer.
//!
//! Of a `caBundle` only facts are kept. It must not judge. Next: [`super::extension`] for what else the API server
//! asks, [`super::certificate`].

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny};

use super::certificate::{CaBundle, decode_base64};
use super::lenient::{list, null_is_default};
use super::metadata::Metadata;
use super::selector::Selector;

/// A ValidatingWebhookConfiguration or MutatingWebhookConfiguration, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct WebhookConfiguration {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// The webhooks.
    #[serde(deserialize_with = "list")]
    pub webhooks: Vec<Webhook>,
}

/// One webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Webhook {
    /// Name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Who is asked.
    #[serde(deserialize_with = "null_is_default")]
    pub client_config: WebhookClient,
    #[serde(deserialize_with = "null_is_default")]
    failure_policy: String,
    #[serde(deserialize_with = "null_is_default")]
    timeout_seconds: i64,
    /// Namespaces of the objects that are sent; an empty one means all.
    #[serde(deserialize_with = "null_is_default")]
    pub namespace_selector: Selector,
    /// Labels of the objects that are sent; an empty one means all.
    #[serde(deserialize_with = "null_is_default")]
    pub object_selector: Selector,
    /// Operations and resources that are sent.
    #[serde(deserialize_with = "list")]
    pub rules: Vec<WebhookRule>,
    /// Whether expressions leave out further requests.
    #[serde(rename = "matchConditions", deserialize_with = "is_any")]
    pub is_conditional: bool,
}

/// `clientConfig` of a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WebhookClient {
    /// The Service that answers; absent when an address outside of the cluster does.
    pub service: Option<WebhookService>,
    /// Facts about the certificates by which the server knows the one who answers; absent when none are given.
    #[serde(deserialize_with = "ca_bundle")]
    pub ca_bundle: Option<Box<CaBundle>>,
}

/// The Service behind a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct WebhookService {
    /// Namespace of the Service.
    #[serde(deserialize_with = "null_is_default")]
    pub namespace: String,
    /// Name of the Service.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    #[serde(deserialize_with = "null_is_default")]
    port: i64,
}

/// One entry of a webhook's `rules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WebhookRule {
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT` or `*`.
    #[serde(deserialize_with = "list")]
    pub operations: Vec<String>,
    /// API groups; `*` for all.
    #[serde(deserialize_with = "list")]
    pub api_groups: Vec<String>,
    /// Plurals, with subresources behind a slash; `*` for all.
    #[serde(deserialize_with = "list")]
    pub resources: Vec<String>,
}

impl WebhookConfiguration {
    /// The object as the server stores it.
    pub(super) fn stored(mut self) -> Self {
        for webhook in &mut self.webhooks {
            if webhook.failure_policy.is_empty() {
                "Fail".clone_into(&mut webhook.failure_policy);
            }
            if webhook.timeout_seconds == 0 {
                webhook.timeout_seconds = 10;
            }
            webhook.client_config.fill();
        }
        self
    }
}

impl Webhook {
    /// `Fail` or `Ignore`.
    pub fn failure_policy(&self) -> &str {
        &self.failure_policy
    }

    /// How long the server waits for an answer.
    pub const fn timeout_seconds(&self) -> i64 {
        self.timeout_seconds
    }
}

impl WebhookClient {
    /// Fills in what the server does.
    pub(super) fn fill(&mut self) {
        self.service.as_mut().map(WebhookService::fill);
    }
}

impl WebhookService {
    /// Fills in what the server does.
    pub(super) const fn fill(&mut self) {
        if self.port == 0 {
            self.port = 443;
        }
    }

    /// Port of the Service.
    pub const fn port(&self) -> i64 {
        self.port
    }
}

/// Whether a list has an entry.
fn is_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    list(deserializer).map(|entries: Vec<Ignored>| !entries.is_empty())
}

/// An entry that nothing is kept of.
#[derive(Default)]
struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// Facts about the certificates of a `caBundle`; none where it is absent or empty.
pub(super) fn ca_bundle<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<CaBundle>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bytes = decode_base64(text.as_bytes()).ok_or_else(|| D::Error::custom("caBundle is not base64"))?;
    Ok(Some(Box::new(CaBundle::parse(&bytes))))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_out_is_what_the_server_stores() {
        let json = json!({"webhooks": [{"name": "a.example", "clientConfig": {"service": {"namespace": "x", "name": "hook"}}}]});
        let configuration: WebhookConfiguration = serde_json::from_str(&json.to_string()).unwrap();
        let configuration = configuration.stored();
        let webhook = &configuration.webhooks[0];
        assert_eq!((webhook.failure_policy(), webhook.timeout_seconds()), ("Fail", 10));
        assert!(!webhook.is_conditional);
        let conditions = r#"{"matchConditions":[{"name":"a","expression":"true"}]}"#;
        assert!(serde_json::from_str::<Webhook>(conditions).unwrap().is_conditional);
        assert!(webhook.namespace_selector.is_empty() && webhook.object_selector.is_empty());
        let client = &webhook.client_config;
        assert_eq!((client.service.as_ref().unwrap().port(), &client.ca_bundle), (443, &None));
    }

    #[test]
    fn of_a_bundle_of_certificates_facts_are_kept() {
        let pem = include_str!("../../tests/fixtures/tls/rsa2048.crt");
        let client =
            |text: &str| serde_json::from_str::<WebhookClient>(&json!({"caBundle": text}).to_string());
        let bundle = client(&STANDARD.encode(pem)).unwrap().ca_bundle.unwrap();
        assert_eq!((bundle.certificates.len(), bundle.problem), (1, None));
        let bundle = client(&STANDARD.encode("no PEM")).unwrap().ca_bundle.unwrap();
        assert!(bundle.certificates.is_empty() && bundle.problem.is_some());
        assert!(client("!").is_err());
        assert_eq!(client("").unwrap().ca_bundle, None);
    }
}

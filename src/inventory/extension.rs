//! What extends the API: APIServices, and definitions of custom resources whose versions somebody converts.
//!
//! A Service of the cluster may answer for either, as for an admission webhook. A live one for which the API server
//! answers itself is nobody's concern, and not kept: of the definitions of a cluster, which are large, hardly one is. It
//! must not judge. Next: [`super::admission`], [`super::snapshot`].

use serde::Deserialize;

use super::admission::{WebhookClient, WebhookService, ca_bundle};
use super::certificate::CaBundle;
use super::lenient::null_is_default;
use super::metadata::Metadata;
use super::object::Object;

/// An APIService, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ApiService {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: ApiServiceSpec,
}

/// `spec` of an APIService.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApiServiceSpec {
    /// The Service that answers; absent when the API server does itself.
    pub service: Option<WebhookService>,
    /// Facts about the certificates by which the server knows the one who answers; absent when none are given.
    #[serde(deserialize_with = "ca_bundle")]
    pub ca_bundle: Option<Box<CaBundle>>,
    /// Whether the server talks to whoever answers.
    #[serde(rename = "insecureSkipTLSVerify", deserialize_with = "null_is_default")]
    pub insecure_skip_tls_verify: bool,
}

/// A CustomResourceDefinition, lean: who converts objects from one version to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CustomResourceDefinition {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: CustomResourceDefinitionSpec,
}

/// `spec` of a CustomResourceDefinition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CustomResourceDefinitionSpec {
    #[serde(deserialize_with = "null_is_default")]
    conversion: Conversion,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Conversion {
    #[serde(deserialize_with = "null_is_default")]
    strategy: Box<str>,
    webhook: Option<Box<ConversionWebhook>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ConversionWebhook {
    #[serde(deserialize_with = "null_is_default")]
    client_config: WebhookClient,
}

impl ApiService {
    /// The object as the server stores it.
    pub(super) fn stored(mut self) -> Self {
        self.spec.service.as_mut().map(WebhookService::fill);
        self
    }
}

impl CustomResourceDefinition {
    /// The object as the server stores it.
    pub(super) fn stored(mut self) -> Self {
        if let Some(webhook) = &mut self.spec.conversion.webhook {
            webhook.client_config.fill();
        }
        self
    }

    /// Who converts its objects; none where the server needs nobody for that.
    pub fn converter(&self) -> Option<&WebhookClient> {
        let conversion = Some(&self.spec.conversion).filter(|own| &*own.strategy == "Webhook")?;
        conversion.webhook.as_ref().map(|webhook| &webhook.client_config)
    }
}

impl Object {
    /// The Services that the API server asks on account of this object, with repetitions.
    pub(super) fn asked_services(&self) -> impl Iterator<Item = &WebhookService> {
        let webhooks = match self {
            Self::ValidatingWebhookConfiguration(own) | Self::MutatingWebhookConfiguration(own) => {
                own.webhooks.as_slice()
            }
            _ => &[],
        };
        let other = match self {
            Self::ApiService(own) => own.spec.service.as_ref(),
            Self::CustomResourceDefinition(own) => own.converter().and_then(|client| client.service.as_ref()),
            _ => None,
        };
        webhooks.iter().filter_map(|webhook| webhook.client_config.service.as_ref()).chain(other)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::Kind;
    use crate::inventory::decode::decode;
    use crate::inventory::snapshot::{Change, Inventory};
    use crate::inventory::written::Written;

    fn object(kind: Kind, spec: Value) -> Object {
        decode(kind, &json!({"metadata": {"name": "it"}, "spec": spec}).to_string()).unwrap()
    }

    fn asked(object: &Object) -> Vec<(&str, i64)> {
        object.asked_services().map(|service| (service.name.as_str(), service.port())).collect()
    }

    #[test]
    fn only_one_for_which_a_service_answers_is_kept() {
        let service = json!({"namespace": "shop", "name": "web"});
        let conversion = |strategy: &str, client: Value| {
            let webhook = json!({"clientConfig": client, "conversionReviewVersions": ["v1"]});
            json!({"group": "example.com", "conversion": {"strategy": strategy, "webhook": webhook}})
        };
        for (kind, spec, services) in [
            (Kind::ApiService, json!({"version": "v1"}), vec![]),
            (Kind::ApiService, json!({"service": null, "caBundle": null}), vec![]),
            (
                Kind::ApiService,
                json!({"service": service, "insecureSkipTLSVerify": true}),
                vec![("web", 443)],
            ),
            (Kind::CustomResourceDefinition, json!({"group": "example.com"}), vec![]),
            (Kind::CustomResourceDefinition, json!({"conversion": {"strategy": "None"}}), vec![]),
            (
                Kind::CustomResourceDefinition,
                json!({"conversion": {"strategy": "Webhook", "webhook": null}}),
                vec![],
            ),
            (
                Kind::CustomResourceDefinition,
                conversion("Webhook", json!({"url": "https://a.example"})),
                vec![],
            ),
            (
                Kind::CustomResourceDefinition,
                conversion("Webhook", json!({"service": service})),
                vec![("web", 443)],
            ),
        ] {
            let object = object(kind, spec.clone());
            assert_eq!(asked(&object), services, "{spec}");
            let mut inventory = Inventory::default();
            let kept = inventory.apply(object) == Change::Added;
            assert_eq!(kept, !services.is_empty(), "{spec}");
        }
    }

    #[test]
    fn one_that_a_file_gives_is_kept_whoever_answers() {
        let document = json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService"}).into();
        let mut object = object(Kind::ApiService, json!({"version": "v1"}));
        let written = Written::document("apiregistration.k8s.io/v1", "APIService", &document, None);
        object.metadata_mut().written = Some(written.into());
        assert_eq!(Inventory::default().apply(object), Change::Added);
    }

    #[test]
    fn one_for_which_no_service_answers_any_more_goes() {
        let service = json!({"service": {"namespace": "shop", "name": "web"}});
        let mut inventory = Inventory::default();
        inventory.apply(object(Kind::ApiService, service));
        let change = inventory.apply(object(Kind::ApiService, json!({})));
        assert!(matches!(change, Change::Removed(before) if asked(&before) == [("web", 443)]));
    }
}

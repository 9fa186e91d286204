//! Where the API server asks a workload something: admission webhooks, APIServices, and webhooks that convert
//! custom resources.
//!
//! It must not judge. Next: `network/webhook_safety.rs`, `tls/webhook_ca_valid.rs`.

use crate::catalogue::{Judgement, Severity, Statement, WorkloadSubject};
use crate::checks::around::{Words, judge_each, quoted};
use crate::checks::services;
use crate::inventory::admission::{Webhook, WebhookClient, WebhookService};
use crate::inventory::certificate::CaBundle;
use crate::inventory::lookup::Search;
use crate::inventory::{Kind, Object};

/// Kinds of configurations of admission webhooks.
const ADMISSION: &[Kind] = &[Kind::ValidatingWebhookConfiguration, Kind::MutatingWebhookConfiguration];

/// Kinds on account of which the API server asks somebody.
const ASKING: &[Kind] = &[
    Kind::ValidatingWebhookConfiguration,
    Kind::MutatingWebhookConfiguration,
    Kind::ApiService,
    Kind::CustomResourceDefinition,
];

/// What is said without a webhook.
const WORDS: Words = Words {
    nothing: "the workload answers no admission webhook",
    doubt: "which admission webhooks the workload answers is not known in full",
};

/// What is said where the API server asks the workload nothing.
const ASKED_WORDS: Words = Words {
    nothing: "the API server asks the workload nothing",
    doubt: "what the API server asks the workload is not known in full",
};

/// A webhook that the workload answers.
pub(super) struct Served<'a> {
    /// The webhook.
    pub(super) webhook: &'a Webhook,
    /// Its path in the configuration.
    pub(super) path: String,
}

/// Where the API server asks the workload, over TLS.
pub(super) struct Asked<'a> {
    /// What it is, with an article.
    pub(super) what: String,
    /// The Service that answers.
    pub(super) service: &'a WebhookService,
    /// By which the server knows the one who answers.
    pub(super) bundle: Option<&'a CaBundle>,
    /// Path of what holds the `caBundle`.
    pub(super) path: String,
    /// Whether somebody else fills in the `caBundle`.
    pub(super) is_injected: bool,
    /// Whether the server talks to whoever answers.
    pub(super) trusts_anybody: bool,
}

/// Annotations by which somebody is asked to fill in `caBundle`.
const INJECTED: &[&str] = &[
    "cert-manager.io/inject-ca-from",
    "cert-manager.io/inject-ca-from-secret",
    "cert-manager.io/inject-apiserver-ca",
    "service.beta.openshift.io/inject-cabundle",
];

/// Whether a Service is one that sends to the workload.
type IsOwn<'a> = &'a dyn Fn(&WebhookService) -> bool;

/// What a check says of every webhook that a Service of the workload answers.
pub(super) fn judge_webhooks(
    subject: &WorkloadSubject<'_>,
    severity: Severity,
    mut judge: impl FnMut(&Served<'_>) -> Vec<Statement>,
) -> Judgement {
    judge_objects(subject, (ADMISSION, WORDS), severity, |object, is_own| {
        let served = webhooks(object).filter(|(_, webhook)| own(&webhook.client_config, is_own).is_some());
        served.flat_map(|(index, webhook)| judge(&Served { webhook, path: path(index) })).collect()
    })
}

/// What a check says of each place where the API server asks a Service of the workload.
pub(super) fn judge_asked(
    subject: &WorkloadSubject<'_>,
    severity: Severity,
    mut judge: impl FnMut(&Asked<'_>) -> Vec<Statement>,
) -> Judgement {
    judge_objects(subject, (ASKING, ASKED_WORDS), severity, |object, is_own| {
        asked(object, is_own).iter().flat_map(&mut judge).collect()
    })
}

/// What is said of every object of some kinds on account of which the API server asks the workload.
fn judge_objects(
    subject: &WorkloadSubject<'_>,
    (kinds, words): (&[Kind], Words),
    severity: Severity,
    mut judge: impl FnMut(&Object, IsOwn<'_>) -> Vec<Statement>,
) -> Judgement {
    let services = services::of(subject);
    let names: Vec<&str> = services.found.iter().map(|service| service.metadata.name.as_str()).collect();
    let mut search = Search { found: Vec::new(), incomplete: services.incomplete };
    if !names.is_empty() {
        search = search.and(subject.namespace.asking(kinds, &names));
    }
    let own = subject.namespace.name();
    let is_own =
        |service: &WebhookService| service.namespace == own && names.contains(&service.name.as_str());
    judge_each(subject, &search, words, severity, |object: &Object| {
        let statements = judge(object, &is_own).into_iter();
        statements.map(|statement| statement.about(object.key())).collect()
    })
}

/// The webhooks of a configuration, each with its place.
fn webhooks(object: &Object) -> impl Iterator<Item = (usize, &Webhook)> {
    let webhooks = match object {
        Object::ValidatingWebhookConfiguration(own) | Object::MutatingWebhookConfiguration(own) => {
            own.webhooks.as_slice()
        }
        _ => &[],
    };
    webhooks.iter().enumerate()
}

fn path(index: usize) -> String {
    format!("webhooks[{index}]")
}

/// The Service of the workload that answers, and by which the server knows it; none where another does.
fn own<'a>(
    client: &'a WebhookClient,
    is_own: IsOwn<'_>,
) -> Option<(&'a WebhookService, Option<&'a CaBundle>)> {
    let service = client.service.as_ref().filter(|service| is_own(service))?;
    Some((service, client.ca_bundle.as_deref()))
}

/// Where the API server asks a Service of the workload on account of this object. Texts are made of those alone.
fn asked<'a>(object: &'a Object, is_own: IsOwn<'_>) -> Vec<Asked<'a>> {
    let annotations = &object.metadata().annotations;
    let asked = |what, path, (service, bundle)| Asked {
        what,
        service,
        bundle,
        path,
        is_injected: INJECTED.iter().any(|key| annotations.contains_key(key)),
        trusts_anybody: false,
    };
    match object {
        Object::ApiService(object) => {
            let spec = &object.spec;
            let service = spec.service.iter().filter(|service| is_own(service));
            let of = |service| Asked {
                trusts_anybody: spec.insecure_skip_tls_verify,
                ..asked("the APIService".to_owned(), "spec".to_owned(), (service, spec.ca_bundle.as_deref()))
            };
            service.map(of).collect()
        }
        Object::CustomResourceDefinition(object) => {
            let client = object.converter().and_then(|client| own(client, is_own));
            let path = || "spec.conversion.webhook.clientConfig".to_owned();
            let of = |client| asked("the conversion webhook".to_owned(), path(), client);
            client.into_iter().map(of).collect()
        }
        _ => webhooks(object)
            .filter_map(|(index, webhook)| {
                let client = own(&webhook.client_config, is_own)?;
                let what = format!("the webhook {}", quoted(&webhook.name, 80));
                Some(asked(what, format!("{}.clientConfig", path(index)), client))
            })
            .collect(),
    }
}

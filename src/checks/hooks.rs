//! The admission webhooks that a workload answers.
//!
//! It must not judge. Next: `network/webhook_safety.rs`, `tls/webhook_ca_valid.rs`.

use crate::catalogue::{Judgement, Severity, Statement, WorkloadSubject};
use crate::checks::around::{Words, judge_each, key_of};
use crate::checks::services;
use crate::inventory::Kind;
use crate::inventory::admission::{Webhook, WebhookConfiguration};
use crate::inventory::lookup::Search;

/// What is said without a webhook.
const WORDS: Words = Words {
    nothing: "the workload answers no admission webhook",
    doubt: "which admission webhooks the workload answers is not known in full",
};

/// A webhook that the workload answers.
pub(super) struct Served<'a> {
    /// The webhook.
    pub(super) webhook: &'a Webhook,
    /// Its path in the configuration.
    pub(super) path: String,
    /// Whether somebody else fills in its `caBundle`.
    pub(super) is_injected: bool,
}

/// Annotations by which somebody is asked to fill in `caBundle`.
const INJECTED: &[&str] = &[
    "cert-manager.io/inject-ca-from",
    "cert-manager.io/inject-ca-from-secret",
    "cert-manager.io/inject-apiserver-ca",
    "service.beta.openshift.io/inject-cabundle",
];

/// What a check says of every webhook that a Service of the workload answers.
pub(super) fn judge_webhooks(
    subject: &WorkloadSubject<'_>,
    severity: Severity,
    mut judge: impl FnMut(&Served<'_>) -> Vec<Statement>,
) -> Judgement {
    let services = services::of(subject);
    let mut search = Search { found: Vec::new(), incomplete: services.incomplete };
    let names: Vec<&str> = services.found.iter().map(|service| service.metadata.name.as_str()).collect();
    for kind in [Kind::ValidatingWebhookConfiguration, Kind::MutatingWebhookConfiguration] {
        for name in &names {
            let served = subject.namespace.webhooks_served_by(kind, name);
            search.incomplete = search.incomplete.or(served.incomplete);
            search.found.extend(served.found.into_iter().map(|configuration| (kind, configuration)));
        }
    }
    search.found.sort_by_key(|(kind, configuration)| (*kind, &configuration.metadata.name));
    search.found.dedup_by_key(|(kind, configuration)| (*kind, &configuration.metadata.name));
    let own = subject.namespace.name();
    judge_each(subject, &search, WORDS, severity, |(kind, configuration): (Kind, &WebhookConfiguration)| {
        let webhooks = configuration.webhooks.iter().enumerate();
        let served = webhooks.filter(|(_, webhook)| {
            let service = webhook.client_config.service.as_ref();
            service.is_some_and(|service| service.namespace == own && names.contains(&service.name.as_str()))
        });
        let annotations = &configuration.metadata.annotations;
        let is_injected = INJECTED.iter().any(|key| annotations.contains_key(*key));
        let served = served.map(|(index, webhook)| Served {
            webhook,
            path: format!("webhooks[{index}]"),
            is_injected,
        });
        let statements = served.flat_map(|served| judge(&served));
        statements.map(|statement| statement.about(key_of(kind, &configuration.metadata))).collect()
    })
}

use jiff::Timestamp;

use crate::catalogue::declare::check;
use crate::catalogue::outcome::earlier;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::hooks::{Served, judge_webhooks};
use crate::inventory::certificate::CaBundle;

check! {
    /// ## What it checks
    /// The `caBundle` of admission webhooks that the workload answers holds certificates that can be read, at least
    /// one of which is valid now. An empty one is allowed where an annotation of cert-manager
    /// (`cert-manager.io/inject-ca-from` and the like) has somebody fill it in. Which certificate the workload
    /// answers with is not looked at.
    ///
    /// ## Why it matters
    /// The API server talks to nobody whose certificate the bundle does not vouch for. With `failurePolicy: Fail`
    /// everything that the webhook is asked about is refused from that moment on; with `Ignore` everything is let
    /// through, and nobody is told.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: hook, namespace: shop, labels: {app: hook}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: hook, namespace: shop}
    /// spec:
    ///   selector: {app: hook}
    ///   ports: [{port: 443}]
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: hook}
    /// webhooks:
    ///   - name: pods.hook.example
    ///     admissionReviewVersions: [v1]
    ///     sideEffects: None
    ///     clientConfig:
    ///       service: {namespace: shop, name: hook}
    ///       caBundle: bm8gY2VydGlmaWNhdGU=
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: hook, namespace: shop, labels: {app: hook}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: hook, namespace: shop}
    /// spec:
    ///   selector: {app: hook}
    ///   ports: [{port: 443}]
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata:
    ///   name: hook
    ///   annotations: {cert-manager.io/inject-ca-from: shop/hook}
    /// webhooks:
    ///   - name: pods.hook.example
    ///     admissionReviewVersions: [v1]
    ///     sideEffects: None
    ///     clientConfig: {service: {namespace: shop, name: hook}}
    /// ```
    ///
    /// ## How to fix
    /// Put the certificate of whoever signed the webhook's own into `caBundle`, in PEM and base64, or let
    /// cert-manager's injector do that (`cert-manager.io/inject-ca-from` among the `annotations`), and renew it
    /// before it ends.
    ///
    /// ## References
    /// - Kubernetes documentation: Dynamic Admission Control, Service reference
    name: "webhook-ca-valid",
    family: Tls,
    severity: High,
    title: "The API server can trust the workload's webhooks",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, ValidatingWebhookConfiguration, MutatingWebhookConfiguration],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let mut next_change = None;
    let judgement = judge_webhooks(subject, CHECK.severity, |served| {
        next_change = earlier(next_change, changes(served, subject.now));
        of_webhook(served, subject.now).into_iter().collect()
    });
    Judgement { next_change, ..judgement }
}

fn of_webhook(served: &Served<'_>, now: Timestamp) -> Option<Statement> {
    let Served { webhook, path, is_injected } = served;
    let field = at(format!("{path}.clientConfig.caBundle"));
    let name = quoted(&webhook.name, 80);
    let Some(bundle) = &webhook.client_config.ca_bundle else {
        let message = format!("the webhook {name} has no caBundle");
        return (!is_injected).then(|| Statement::fail(field, message));
    };
    if bundle.certificates.is_empty() {
        return Some(Statement::fail(
            field,
            format!("the caBundle of the webhook {name} holds no certificate"),
        ));
    }
    if valid(bundle, now) {
        return None;
    }
    let to_come = bundle.certificates.iter().map(|one| one.not_before).filter(|begin| *begin > now).min();
    if let Some(begin) = to_come {
        let message = format!("the caBundle of the webhook {name} is valid from {begin} on");
        return Some(Statement::pending(field, message));
    }
    let end = bundle.certificates.iter().map(|one| one.not_after).max().unwrap_or(now);
    Some(Statement::fail(field, format!("the caBundle of the webhook {name} ended at {end}")))
}

fn valid(bundle: &CaBundle, now: Timestamp) -> bool {
    bundle.certificates.iter().any(|one| one.not_before <= now && now < one.not_after)
}

/// The next moment at which a certificate of the bundle begins or ends.
fn changes(served: &Served<'_>, now: Timestamp) -> Option<Timestamp> {
    let bundle = served.webhook.client_config.ca_bundle.as_ref()?;
    let moments = bundle.certificates.iter().flat_map(|one| [one.not_before, one.not_after]);
    moments.filter(|moment| *moment > now).min()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{behind_service, service};
    use crate::checks::testing_tls::issue;

    fn with(bundle: Value, annotations: Value) -> Case {
        let client = json!({"service": {"namespace": "shop", "name": "web"}, "caBundle": bundle});
        let webhooks = json!([{"name": "a.example", "clientConfig": client}]);
        let metadata = json!({"name": "hook", "annotations": annotations});
        behind_service(&CHECK, json!({}))
            .with(json!({"kind": "MutatingWebhookConfiguration", "metadata": metadata, "webhooks": webhooks}))
    }

    fn issued(from: i32, to: i32) -> Case {
        let pair = issue(&["a.example"], (from, 6, 1), (to, 6, 1));
        with(json!(STANDARD.encode(pair.certificate)), json!({}))
    }

    #[test]
    fn a_certificate_of_the_bundle_must_be_valid_now() {
        assert_eq!(issued(2025, 2027).outcome(), Outcome::Pass);
        for now in ["2026-01-01T00:00:00Z", "2025-06-01T00:00:00Z"] {
            let next = issued(2025, 2027).at(now).judged().next_change.map(|moment| moment.to_string());
            assert_eq!(next.as_deref(), Some("2027-06-01T00:00:00Z"), "{now}");
        }
        assert_eq!(issued(2025, 2027).at("2027-06-01T00:00:00Z").outcome(), Outcome::Fail);
        assert!(issued(2023, 2024).message().ends_with("ended at 2024-06-01T00:00:00Z"));
        assert_eq!(issued(2027, 2028).outcome(), Outcome::Pending);
    }

    #[test]
    fn a_bundle_must_be_one() {
        let broken = with(json!(STANDARD.encode("none")), json!({}));
        assert_eq!(broken.message(), "the caBundle of the webhook a.example holds no certificate");
        assert_eq!(broken.fields(), ["webhooks[0].clientConfig.caBundle"]);
        assert_eq!(with(json!(null), json!({})).outcome(), Outcome::Fail);
        let injected = json!({"cert-manager.io/inject-ca-from": "shop/hook"});
        assert_eq!(with(json!(null), injected).outcome(), Outcome::Pass);
    }

    #[test]
    fn of_a_configuration_only_webhooks_that_the_workload_answers_count() {
        let webhook = |namespace: &str, name: &str| json!({"name": "a.example", "clientConfig": {"service": {"namespace": namespace, "name": name}}});
        let elsewhere = json!({"name": "a.example", "clientConfig": {"url": "https://a.example"}});
        let webhooks = [webhook("shop", "api"), webhook("bank", "web"), elsewhere, webhook("shop", "web")];
        let case = behind_service(&CHECK, json!({})).with(json!({"kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "hook"}, "webhooks": webhooks}));
        assert_eq!(case.fields(), ["webhooks[3].clientConfig.caBundle"]);
        let about = case.judged().findings[0].object.as_ref().map(ToString::to_string);
        assert_eq!(about.as_deref(), Some("ValidatingWebhookConfiguration hook"));
    }

    #[test]
    fn one_configuration_is_told_once_however_many_services_it_names() {
        let webhook = |name: &str| json!({"name": "a.example", "clientConfig": {"service": {"namespace": "shop", "name": name}}});
        let case = behind_service(&CHECK, json!({}))
            .with(service("other", json!({})))
            .with(json!({"kind": "MutatingWebhookConfiguration", "metadata": {"name": "hook"},
                "webhooks": [webhook("web"), webhook("other")]}));
        let field = |index: usize| format!("webhooks[{index}].clientConfig.caBundle");
        assert_eq!(case.fields(), [field(0), field(1)]);
    }

    #[test]
    fn who_answers_no_webhook_is_not_concerned() {
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}

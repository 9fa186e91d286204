use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::checks::testing_neighbours::{behind_service, service};
use crate::checks::testing_tls::{Pair, issue, issued_for, secret};
use crate::inventory::lookup::Coverage;

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

const HOST: &str = "web.shop.svc";

fn api_service(spec: Value) -> Case {
    behind_service(&CHECK, json!({}))
        .with(json!({"kind": "APIService", "metadata": {"name": "v1.a.example"}, "spec": spec}))
}

fn converting(conversion: Value) -> Case {
    let spec = json!({"group": "a.example", "conversion": conversion});
    behind_service(&CHECK, json!({}))
        .with(json!({"kind": "CustomResourceDefinition", "metadata": {"name": "as.a.example"}, "spec": spec}))
}

#[test]
fn an_api_service_is_known_by_its_bundle_and_never_trusted_blindly() {
    let service = json!({"namespace": "shop", "name": "web"});
    let bundle = |certificate: &str| {
        api_service(json!({"service": service, "caBundle": STANDARD.encode(certificate)}))
    };
    assert_eq!(bundle(&issue(&[HOST], (2025, 6, 1), (2027, 6, 1)).certificate).outcome(), Outcome::Pass);
    assert_eq!(bundle("none").fields(), ["spec.caBundle"]);
    assert_eq!(api_service(json!({"service": service})).message(), "the APIService has no caBundle");
    let blind = api_service(json!({"service": service, "insecureSkipTLSVerify": true}));
    assert_eq!(blind.message(), "the API server talks to whoever answers for the APIService");
    assert_eq!(blind.fields(), ["spec.insecureSkipTLSVerify"]);
    assert_eq!(api_service(json!({"group": "a.example"})).outcome(), Outcome::NotApplicable, "nobody's");
}

#[test]
fn who_converts_custom_resources_is_known_by_the_bundle_of_their_definition() {
    let client = json!({"service": {"namespace": "shop", "name": "web"}});
    let webhook = |client: &Value| json!({"strategy": "Webhook", "webhook": {"clientConfig": client}});
    let without = converting(webhook(&client));
    assert_eq!(without.message(), "the conversion webhook has no caBundle");
    assert_eq!(without.fields(), ["spec.conversion.webhook.clientConfig.caBundle"]);
    let about = without.judged().findings[0].object.as_ref().map(ToString::to_string);
    assert_eq!(about.as_deref(), Some("CustomResourceDefinition as.a.example"));
    assert_eq!(converting(json!({"strategy": "None"})).outcome(), Outcome::NotApplicable);
    let injected = json!({"cert-manager.io/inject-ca-from": "shop/hook"});
    let case = behind_service(&CHECK, json!({})).with(json!({"kind": "CustomResourceDefinition",
        "metadata": {"name": "as.a.example", "annotations": injected}, "spec": {"conversion": webhook(&client)}}));
    assert_eq!(case.outcome(), Outcome::Pass);
}

/// A workload with these volumes that answers a webhook known by this bundle.
fn answering(bundle: &str, volumes: Value) -> Case {
    with(json!(STANDARD.encode(bundle)), json!({})).pod(json!({"volumes": volumes}))
}

fn files(name: &str) -> Value {
    json!({"name": name, "secret": {"secretName": name}})
}

fn named(pair: &Pair, name: &str) -> Value {
    let mut secret = secret(&pair.certificate, &pair.key);
    secret["metadata"]["name"] = json!(name);
    secret
}

#[test]
fn the_bundle_vouches_for_the_certificate_that_the_workload_has_in_files() {
    let ((own, issuer), (_, other)) = (issued_for(&[HOST]), issued_for(&[HOST]));
    let projected = json!({"name": "v", "projected": {"sources": [{"secret": {"name": "web-tls"}}]}});
    for volume in [files("web-tls"), projected] {
        let case = |bundle: &str| answering(bundle, json!([volume])).with(secret(&own.certificate, &own.key));
        assert_eq!(case(&issuer).outcome(), Outcome::Pass);
        assert_eq!(case(&own.certificate).outcome(), Outcome::Pass, "it is in the bundle itself");
        assert_eq!(case(&format!("{other}{issuer}")).outcome(), Outcome::Pass);
        let failing = case(&other);
        assert_eq!(
            failing.message(),
            "the caBundle of the webhook a.example does not vouch for the certificate in Secret web-tls"
        );
        assert_eq!(failing.fields(), ["webhooks[0].clientConfig.caBundle"]);
    }
    let variable =
        json!([{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "web-tls", "key": "tls.crt"}}}]);
    let case = with(json!(STANDARD.encode(&other)), json!({})).container(json!({"env": variable}));
    assert_eq!(case.with(secret(&own.certificate, &own.key)).outcome(), Outcome::Pass, "no file");
}

#[test]
fn a_certificate_for_another_name_or_in_a_secret_of_another_type_is_not_for_the_api_server() {
    let ((elsewhere, _), (own, _), (_, other)) =
        (issued_for(&["web.bank.svc"]), issued_for(&[HOST]), issued_for(&[HOST]));
    let of = |secret: Value| answering(&other, json!([files("web-tls")])).with(secret);
    assert_eq!(of(secret(&elsewhere.certificate, &elsewhere.key)).outcome(), Outcome::Pass);
    let mut opaque = secret(&own.certificate, &own.key);
    opaque["type"] = json!("Opaque");
    assert_eq!(of(opaque).outcome(), Outcome::Pass);
    assert_eq!(of(secret("", "")).outcome(), Outcome::Pass, "there is nothing to compare yet");
}

#[test]
fn of_several_certificates_one_is_enough() {
    let ((own, issuer), (other, _)) = (issued_for(&[HOST]), issued_for(&[HOST]));
    let case = answering(&issuer, json!([files("old"), files("new")]))
        .with(named(&other, "old"))
        .with(named(&own, "new"));
    assert_eq!(case.outcome(), Outcome::Pass);
}

#[test]
fn a_secret_that_is_not_known_leaves_it_open_unless_something_fails_anyway() {
    let ((own, issuer), (_, other)) = (issued_for(&[HOST]), issued_for(&[HOST]));
    let case = |bundle: &str, secret: Option<Value>| {
        let volumes = json!([files("gone"), files("web-tls")]);
        let case = answering(bundle, volumes).coverage(Coverage::Partial);
        secret.into_iter().fold(case, Case::with)
    };
    let own = secret(&own.certificate, &own.key);
    let unknown = |case: &Case| {
        let findings = case.judged().findings;
        let found = findings.iter().find(|finding| finding.message.contains("Secret"));
        found.map(|finding| (finding.field.clone(), finding.outcome))
    };
    let at = |index: usize| format!("spec.template.spec.volumes[{index}].secret.secretName");
    assert_eq!(unknown(&case(&issuer, None)), Some((at(0), Outcome::Unknown)));
    assert_eq!(
        unknown(&case(&other, Some(own.clone()))),
        Some((at(0), Outcome::Unknown)),
        "the other may be it"
    );
    assert_eq!(unknown(&case(&issuer, Some(own))), None, "it is settled");
    assert_eq!(unknown(&case("none", None)), None, "it fails anyway");
}

#[test]
fn what_was_not_read_to_its_end_is_not_held_against_it() {
    let ((own, _), (_, other)) = (issued_for(&[HOST]), issued_for(&[HOST]));
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let case = |bundle: &str, certificate: &str| {
        answering(bundle, json!([files("web-tls")])).with(secret(certificate, &own.key)).outcome()
    };
    assert_eq!(case(&format!("{other}{broken}"), &own.certificate), Outcome::Unknown);
    assert_eq!(case(&other, &format!("{}{broken}", own.certificate)), Outcome::Unknown);
    assert_eq!(case(&other, &own.certificate), Outcome::Fail);
}

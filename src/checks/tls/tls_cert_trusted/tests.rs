//! Tests of `tls-cert-trusted`.

use serde_json::{Value, json};

use super::*;
use crate::checks::testing::Case;
use crate::checks::testing_objects::ObjectCase;
use crate::checks::testing_tls::{HOST, behind, ingress, issue, issued_for, secret, service, tls};
use crate::inventory::Kind;
use crate::inventory::lookup::Coverage;

/// A chain that was verified by everybody in 2023.
const PUBLIC: &str = include_str!("../../../../tests/fixtures/tls/public-chain.crt");
const STAGED: &str = include_str!("../../../../tests/fixtures/tls/example-staging.crt");

fn presenting(chain: &str) -> Case {
    behind(&CHECK, secret(chain, ""))
}

/// A pod with this chain in a volume.
fn mounting(chain: &str) -> Case {
    Case::of(&CHECK)
        .pod(json!({"volumes": [{"name": "tls", "secret": {"secretName": "web-tls"}}]}))
        .with(service())
        .with(secret(chain, ""))
}

fn listed(authority: &str) -> Value {
    json!({"caBundles": [authority]})
}

#[test]
fn a_public_chain_is_trusted_whatever_the_time() {
    for now in ["2023-02-01T00:00:00Z", "2026-01-01T00:00:00Z"] {
        let judged = presenting(PUBLIC).at(now).judged();
        assert_eq!((judged.outcome, judged.next_change), (Outcome::Pass, None));
    }
    let (_, authority) = issued_for(&[HOST]);
    let judged = presenting(PUBLIC).parameters(listed(&authority)).judged();
    assert_eq!(judged.next_change, None, "who is listed changes nothing about it");
}

#[test]
fn a_self_signed_certificate_fails_even_if_it_is_listed() {
    let own = issue(&[HOST], (2025, 1, 1), (2027, 1, 1)).certificate;
    let alone = presenting(&own);
    assert_eq!(alone.message(), "the certificate names itself as its issuer: rcgen self signed cert");
    assert_eq!(alone.parameters(listed(&own)).outcome(), Outcome::Fail);
}

#[test]
fn the_staging_environment_is_for_tests_even_if_it_is_listed() {
    assert_eq!(presenting(STAGED).message(), "the issuer (STAGING) Pretend Pear X1 is for tests only");
    let found = presenting(STAGED).judged().findings.remove(0);
    assert_eq!(
        (found.object.unwrap().to_string().as_str(), found.field.as_str()),
        ("Secret shop/web-tls", "data[tls.crt]",)
    );
}

#[test]
fn another_issuer_is_named_unless_it_is_listed() {
    let (pair, authority) = issued_for(&[HOST]);
    let whole = format!("{}{authority}", pair.certificate);
    for chain in [&pair.certificate, &whole] {
        let message = "the chain ends with the issuer issuer, which is neither public nor listed";
        assert_eq!(presenting(chain).message(), message);
        let listed = presenting(chain).parameters(listed(&authority));
        assert_eq!(listed.outcome(), Outcome::Pass);
    }
    // Of the same name, and with another key.
    let (_, namesake) = issued_for(&[HOST]);
    assert_eq!(presenting(&whole).parameters(listed(&namesake)).outcome(), Outcome::Fail);
}

#[test]
fn a_listed_authority_vouches_while_it_is_valid() {
    let (pair, authority) = issued_for(&[HOST]);
    let case = presenting(&pair.certificate).parameters(listed(&authority));
    for (now, outcome, next) in [
        ("2025-05-31T23:59:59Z", Outcome::Fail, Some("2025-06-01T00:00:00Z")),
        ("2025-06-01T00:00:00Z", Outcome::Pass, Some("2027-06-01T00:00:00Z")),
        ("2027-06-01T00:00:00Z", Outcome::Fail, None),
    ] {
        let judged = case.clone().at(now).judged();
        let found = judged.next_change.map(|moment| moment.to_string());
        assert_eq!((judged.outcome, found.as_deref()), (outcome, next), "{now}");
    }
}

#[test]
fn a_public_name_without_the_way_to_it_fails() {
    let (_, issuer) = PUBLIC.split_once("-----END CERTIFICATE-----\n").unwrap();
    let (pair, _) = issued_for(&[HOST]);
    let message = presenting(&format!("{}{issuer}", pair.certificate)).message();
    assert!(message.starts_with("tls.crt names a public root, but the way"), "{message}");
}

#[test]
fn a_chain_that_was_not_read_to_its_end_is_not_known() {
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let (pair, _) = issued_for(&[HOST]);
    for chain in [format!("{}{broken}", pair.certificate), broken.to_owned(), "hello".to_owned()] {
        assert_eq!(presenting(&chain).outcome(), Outcome::Unknown, "{chain}");
    }
    assert_eq!(presenting(&format!("{PUBLIC}{broken}")).outcome(), Outcome::Pass);
    assert_eq!(presenting("").outcome(), Outcome::NotApplicable);
}

#[test]
fn what_is_not_loaded_is_not_known() {
    let bare = Case::of(&CHECK).with(service()).with(ingress(&[HOST], &tls()));
    assert_eq!(bare.clone().outcome(), Outcome::NotApplicable, "that it is missing is said elsewhere");
    for coverage in [Coverage::Forbidden, Coverage::Partial, Coverage::NotSynced] {
        assert_eq!(bare.clone().coverage_of(Kind::Secret, coverage).outcome(), Outcome::Unknown);
    }
    let hidden = presenting(PUBLIC).coverage_of(Kind::Ingress, Coverage::Forbidden);
    assert_eq!(hidden.outcome(), Outcome::Unknown);
}

#[test]
fn what_the_api_server_knows_it_by_counts_for_a_certificate_in_a_volume() {
    let own = issue(&[HOST], (2025, 1, 1), (2027, 1, 1)).certificate;
    assert_eq!(mounting(&own).outcome(), Outcome::Fail);
    let hook = |pem: &str| {
        use base64::Engine as _;
        let bundle = base64::engine::general_purpose::STANDARD.encode(pem);
        json!({"kind": "ValidatingWebhookConfiguration", "metadata": {"name": "hook"}, "webhooks": [{"name": "a.example",
            "clientConfig": {"service": {"namespace": "shop", "name": "web"}, "caBundle": bundle}}]})
    };
    assert_eq!(mounting(&own).with(hook(&own)).outcome(), Outcome::Pass);
    let (_, other) = issued_for(&[HOST]);
    assert_eq!(mounting(&own).with(hook(&other)).outcome(), Outcome::Fail);
    let hidden = mounting(&own).coverage_of(Kind::ValidatingWebhookConfiguration, Coverage::Forbidden);
    assert_eq!(hidden.outcome(), Outcome::Unknown);
    let public = mounting(PUBLIC).coverage_of(Kind::ValidatingWebhookConfiguration, Coverage::Forbidden);
    assert_eq!(public.outcome(), Outcome::Pass, "nobody need vouch for it");
}

#[test]
fn an_ingress_without_a_workload_and_a_gateway_speak_for_themselves() {
    let staged = secret(STAGED, "");
    let alone = ObjectCase::of(&CHECK, ingress(&[HOST], &tls())).with(staged.clone());
    assert_eq!(alone.outcome(), Outcome::Fail);
    let listener = json!({"name": "https", "port": 443, "protocol": "HTTPS",
        "tls": {"certificateRefs": [{"name": "web-tls"}]}});
    let gateway = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"name": "edge"}, "spec": {"listeners": [listener]}});
    assert_eq!(ObjectCase::of(&CHECK, gateway.clone()).with(staged).outcome(), Outcome::Fail);
    assert_eq!(ObjectCase::of(&CHECK, gateway).with(secret(PUBLIC, "")).outcome(), Outcome::Pass);
}

//! Tests of `tls-cert-expiry`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::checks::testing_objects::ObjectCase;
use crate::checks::testing_tls::{
    Day, HOST, Pair, behind, chain, ingress, issue, secret, service, tls, with_pair,
};
use crate::engine::judge::Judged;
use crate::inventory::Kind;
use crate::inventory::lookup::Coverage;

/// A certificate of one year, to 2026-01-01.
fn year() -> Case {
    case((2025, 1, 1), (2026, 1, 1))
}

fn case(from: Day, to: Day) -> Case {
    with_pair(&CHECK, &issue(&[HOST], from, to))
}

/// Outcome, grade of each finding, and next change.
fn stage(judged: &Judged) -> (Outcome, Vec<Option<Severity>>, Option<String>) {
    let grades = judged.findings.iter().map(|found| found.grade).collect();
    (judged.outcome, grades, judged.next_change.map(|at| at.to_string()))
}

#[test]
fn each_threshold_changes_the_outcome_at_its_moment_and_is_announced() {
    let year = year();
    let (warn, fail, end) = ("2025-12-02T00:00:00Z", "2025-12-25T00:00:00Z", "2026-01-01T00:00:00Z");
    let (nothing, ungraded): (&[_], &[_]) = (&[], &[None]);
    let (low, critical): (&[_], &[_]) = (&[Some(Severity::Low)], &[Some(Severity::Critical)]);
    for (now, outcome, grades, next) in [
        ("2025-01-01T00:00:00Z", Outcome::Pass, nothing, Some(warn)),
        ("2025-12-01T23:59:59Z", Outcome::Pass, nothing, Some(warn)),
        (warn, Outcome::Fail, low, Some(fail)),
        ("2025-12-24T23:59:59Z", Outcome::Fail, low, Some(fail)),
        (fail, Outcome::Fail, ungraded, Some(end)),
        ("2025-12-31T23:59:59Z", Outcome::Fail, ungraded, Some(end)),
        (end, Outcome::Fail, critical, None),
        ("2030-01-01T00:00:00Z", Outcome::Fail, critical, None),
    ] {
        let judged = year.clone().at(now).judged();
        assert_eq!(stage(&judged), (outcome, grades.to_vec(), next.map(str::to_owned)), "at {now}");
    }
}

#[test]
fn messages_hold_absolute_dates_only() {
    let year = year();
    let message = |now| year.clone().at(now).message();
    let warned = message("2025-12-02T00:00:00Z");
    assert_eq!(
        warned,
        "certificate 1 of tls.crt ends at 2026-01-01T00:00:00Z; its renewal is due since 2025-12-02T00:00:00Z"
    );
    assert_eq!(warned, message("2025-12-20T07:00:00Z"), "the same on another day");
    assert_eq!(
        message("2025-12-30T00:00:00Z"),
        "certificate 1 of tls.crt ends at 2026-01-01T00:00:00Z; it was not renewed by 2025-12-25T00:00:00Z"
    );
    assert_eq!(message("2026-02-01T00:00:00Z"), "certificate 1 of tls.crt ended at 2026-01-01T00:00:00Z");
    let found = year.at("2026-02-01T00:00:00Z").judged().findings.remove(0);
    assert_eq!(found.object.unwrap().to_string(), "Secret shop/web-tls");
    assert_eq!(found.field, "data[tls.crt]");
}

#[test]
fn a_six_day_certificate_in_good_order_passes() {
    let six_days = case((2026, 1, 1), (2026, 1, 7));
    for (now, outcome, next) in [
        ("2026-01-01T00:00:00Z", Outcome::Pass, "2026-01-05T12:00:00Z"),
        ("2026-01-05T11:59:59Z", Outcome::Pass, "2026-01-05T12:00:00Z"),
        ("2026-01-05T12:00:00Z", Outcome::Fail, "2026-01-06T09:36:00Z"),
        ("2026-01-06T09:36:00Z", Outcome::Fail, "2026-01-07T00:00:00Z"),
    ] {
        let judged = six_days.clone().at(now).judged();
        assert_eq!(
            (judged.outcome, judged.next_change.unwrap().to_string().as_str()),
            (outcome, next),
            "{now}"
        );
    }
}

#[test]
fn a_ninety_day_certificate_renewed_at_two_thirds_does_not_warn_for_ever() {
    let ninety_days = case((2026, 1, 1), (2026, 4, 1));
    let renewal = ninety_days.clone().at("2026-03-02T00:00:00Z").judged();
    assert_eq!(stage(&renewal), (Outcome::Pass, vec![], Some("2026-03-09T12:00:00Z".to_owned())));
    assert_eq!(ninety_days.at("2026-03-09T12:00:00Z").outcome(), Outcome::Fail);
}

#[test]
fn a_healthy_rotation_changes_no_byte_of_what_is_said() {
    let judged = |from, to| {
        let mut judged = case(from, to).at("2026-03-01T00:00:00Z").judged();
        judged.next_change = None;
        judged
    };
    let (before, after) = (judged((2026, 1, 1), (2026, 4, 1)), judged((2026, 3, 1), (2026, 5, 30)));
    assert_eq!(before, after);
    assert!(!format!("{before:?}").contains("2026"));
}

#[test]
fn thresholds_are_parameters_and_never_more_than_their_share_of_the_lifetime() {
    let next = |parameters| {
        let judged = year().at("2025-02-01T00:00:00Z").parameters(parameters).judged();
        judged.next_change.unwrap().to_string()
    };
    assert_eq!(next(json!({"warnDays": 60})), "2025-11-02T00:00:00Z");
    assert_eq!(next(json!({"warnDays": 3650})), "2025-10-01T18:00:00Z");
    assert_eq!(next(json!({"warnDays": 7, "failDays": 30})), "2025-12-02T00:00:00Z");
    let inverted =
        year().parameters(json!({"warnDays": 7, "failDays": 30})).at("2025-12-02T00:00:00Z").judged();
    assert_eq!(stage(&inverted), (Outcome::Fail, vec![None], Some("2026-01-01T00:00:00Z".to_owned())));
}

#[test]
fn every_certificate_of_the_chain_counts_and_the_worst_is_named() {
    let leaf = ((2025, 12, 1), (2026, 3, 1));
    let (pair, issuer) = chain(leaf, ((2016, 1, 1), (2026, 1, 4)));
    let whole = Pair { certificate: format!("{}{issuer}", pair.certificate), key: pair.key };
    let case = with_pair(&CHECK, &whole).at("2026-01-01T00:00:00Z");
    assert!(case.message().starts_with("certificate 2 of tls.crt ends at 2026-01-04T00:00:00Z"));
    assert_eq!(case.judged().next_change.unwrap().to_string(), "2026-01-04T00:00:00Z");
}

#[test]
fn a_certificate_without_an_end_never_ends() {
    let endless = case((2020, 1, 1), (9999, 12, 31)).at("2026-01-01T00:00:00Z").judged();
    assert_eq!(endless.outcome, Outcome::Pass);
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_far_from_its_end() {
    let judged = case((2026, 2, 1), (2026, 5, 2)).at("2026-01-01T00:00:00Z").judged();
    assert_eq!(stage(&judged), (Outcome::Pass, vec![], Some("2026-04-09T12:00:00Z".to_owned())));
    let inverted = case((2027, 1, 1), (2026, 6, 1)).at("2026-01-01T00:00:00Z").judged();
    assert_eq!(stage(&inverted), (Outcome::Pass, vec![], Some("2026-06-01T00:00:00Z".to_owned())));
}

#[test]
fn where_there_is_no_certificate_nothing_can_end() {
    let without = Case::of(&CHECK).with(service()).with(ingress(&[HOST], &tls()));
    assert_eq!(without.outcome(), Outcome::NotApplicable);
    assert_eq!(behind(&CHECK, secret("", "")).outcome(), Outcome::NotApplicable);
    assert_eq!(Case::of(&CHECK).with(service()).outcome(), Outcome::NotApplicable);
}

#[test]
fn what_cannot_be_read_is_unknown_beside_what_can() {
    assert_eq!(behind(&CHECK, secret("hello", "")).outcome(), Outcome::Unknown);
    let pair = issue(&[HOST], (2025, 1, 1), (2025, 12, 1));
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let judged = behind(&CHECK, secret(&format!("{}{broken}", pair.certificate), &pair.key)).judged();
    let outcomes: Vec<_> = judged.findings.iter().map(|found| found.outcome).collect();
    assert_eq!(outcomes, [Outcome::Fail, Outcome::Unknown]);
    let encrypted_key = issue(&[HOST], (2025, 1, 1), (2099, 1, 1));
    assert_eq!(behind(&CHECK, secret(&encrypted_key.certificate, "hello")).outcome(), Outcome::Pass);
}

#[test]
fn a_warning_does_not_hide_that_not_every_ingress_is_known() {
    let case = year().coverage_of(Kind::Ingress, Coverage::Forbidden);
    let outcomes = |now| -> Vec<_> {
        case.clone().at(now).judged().findings.iter().map(|found| found.outcome).collect()
    };
    assert_eq!(outcomes("2025-12-10T00:00:00Z"), [Outcome::Fail, Outcome::Unknown]);
    assert_eq!(outcomes("2025-12-30T00:00:00Z"), [Outcome::Fail]);
    assert_eq!(outcomes("2025-02-01T00:00:00Z"), [Outcome::Unknown]);
}

#[test]
fn a_secret_that_is_not_read_or_not_known_is_unknown() {
    let mut opaque = secret("", "");
    opaque["type"] = json!("Opaque");
    assert_eq!(behind(&CHECK, opaque).outcome(), Outcome::Unknown);
    let refused = Case::of(&CHECK).with(service()).with(ingress(&[HOST], &tls()));
    assert_eq!(refused.coverage_of(Kind::Secret, Coverage::Forbidden).outcome(), Outcome::Unknown);
}

const PASSED: (Day, Day) = ((2024, 1, 1), (2025, 12, 1));

#[test]
fn chains_of_gateways_and_of_volumes_end_too() {
    let pair = issue(&[HOST], PASSED.0, PASSED.1);
    let ended = || secret(&pair.certificate, &pair.key);
    let tls = json!({"certificateRefs": [{"name": "web-tls"}]});
    let listener = json!({"name": "https", "protocol": "HTTPS", "hostname": HOST, "tls": tls});
    let gateway = json!({"kind": "Gateway", "metadata": {"name": "edge"}, "spec": {"listeners": [listener]}});
    let gateway = || ObjectCase::of(&CHECK, gateway.clone());
    let judged = gateway().with(ended()).judged();
    assert_eq!(stage(&judged), (Outcome::Fail, vec![Some(Severity::Critical)], None));
    assert_eq!(judged.findings[0].object.as_ref().unwrap().to_string(), "Secret shop/web-tls");
    assert_eq!(gateway().outcome(), Outcome::NotApplicable, "there is nothing that ends");
    assert_eq!(gateway().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    let mounting =
        Case::of(&CHECK).pod(json!({"volumes": [{"name": "t", "secret": {"secretName": "web-tls"}}]}));
    let judged = mounting.clone().with(ended()).judged();
    assert_eq!(stage(&judged), (Outcome::Fail, vec![Some(Severity::Critical)], None));
    assert_eq!(mounting.coverage_of(Kind::Secret, Coverage::Forbidden).outcome(), Outcome::Unknown);
}

/// The baseline, which answers a webhook that the API server knows by these certificates.
fn known_by(certificates: &[&Pair]) -> Case {
    let bundle: String = certificates.iter().map(|pair| pair.certificate.as_str()).collect();
    let client =
        json!({"service": {"namespace": "shop", "name": "web"}, "caBundle": STANDARD.encode(bundle)});
    let webhooks = json!([{"name": "a.example", "clientConfig": client}]);
    Case::of(&CHECK).with(service()).with(json!({"kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "hook"}, "webhooks": webhooks}))
}

#[test]
fn a_bundle_is_reported_before_it_ends() {
    let year = issue(&["ca"], (2025, 1, 1), (2026, 1, 1));
    let of = |now| known_by(&[&year]).at(now).judged();
    let (warn, fail, end) = ("2025-12-02T00:00:00Z", "2025-12-25T00:00:00Z", "2026-01-01T00:00:00Z");
    assert_eq!(stage(&of("2025-06-01T00:00:00Z")), (Outcome::Pass, vec![], Some(warn.to_owned())));
    assert_eq!(stage(&of(warn)), (Outcome::Fail, vec![Some(Severity::Low)], Some(fail.to_owned())));
    assert_eq!(stage(&of(fail)), (Outcome::Fail, vec![None], Some(end.to_owned())));
    assert_eq!(stage(&of(end)), (Outcome::Fail, vec![Some(Severity::Critical)], None));
    let failing = known_by(&[&year]).at(fail);
    assert_eq!(
        failing.message(),
        "the caBundle of the webhook a.example ends at 2026-01-01T00:00:00Z; it was not renewed by 2025-12-25T00:00:00Z"
    );
    assert_eq!(failing.fields(), ["webhooks[0].clientConfig.caBundle"]);
    let about = failing.judged().findings.remove(0).object;
    assert_eq!(about.unwrap().to_string(), "MutatingWebhookConfiguration hook");
}

#[test]
fn a_bundle_ends_with_the_last_of_its_certificates() {
    let (old, new) = (issue(&["a"], (2025, 1, 1), (2026, 1, 1)), issue(&["b"], (2025, 12, 1), (2026, 12, 1)));
    for bundle in [[&old, &new], [&new, &old]] {
        assert_eq!(known_by(&bundle).at("2025-12-31T00:00:00Z").outcome(), Outcome::Pass);
    }
}

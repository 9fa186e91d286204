//! Tests of `tls-secret-valid`.

use serde_json::json;

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::checks::testing_objects::ObjectCase;
use crate::checks::testing_tls::{
    HOST, Pair, behind, chain, ingress, issue, secret, service, tls, with_pair,
};
use crate::inventory::Kind;
use crate::inventory::lookup::Coverage;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/tls/", $name))
    };
}

/// A moment at which the fixtures are valid.
const LATER: &str = "2030-01-01T00:00:00Z";

const GOOD: (&str, &str) = (fixture!("example.crt"), fixture!("example.key"));

/// The baseline behind an Ingress for the host of a fixture.
fn fixture_case(host: &str, certificate: &str, key: &str) -> Case {
    let tls = json!([{"hosts": [host], "secretName": "web-tls"}]);
    let case = Case::of(&CHECK).with(service()).with(ingress(&[host], &tls));
    case.with(secret(certificate, key)).at(LATER)
}

/// Outcome, field and message of every finding.
fn said(case: &Case) -> Vec<(Outcome, String, String)> {
    let findings = case.judged().findings;
    findings.into_iter().map(|found| (found.outcome, found.field, found.message)).collect()
}

fn one(outcome: Outcome, field: &str, message: &str) -> Vec<(Outcome, String, String)> {
    vec![(outcome, field.to_owned(), message.to_owned())]
}

#[test]
fn a_secret_in_good_order_passes_and_says_nothing() {
    let judged = behind(&CHECK, secret(GOOD.0, GOOD.1)).judged();
    assert_eq!((judged.outcome, judged.findings, judged.next_change), (Outcome::Pass, vec![], None));
}

#[test]
fn a_missing_secret_fails_at_the_entry_that_names_it() {
    let case = Case::of(&CHECK).with(service()).with(ingress(&[HOST], &tls()));
    assert_eq!(said(&case), one(Outcome::Fail, "spec.tls[0].secretName", "Secret web-tls does not exist"));
    assert_eq!(case.judged().findings[0].object.as_ref().unwrap().to_string(), "Ingress shop/web");
    assert_eq!(case.coverage_of(Kind::Secret, Coverage::Partial).outcome(), Outcome::Unknown);
}

#[test]
fn another_type_fails_or_is_unknown_as_the_policy_says() {
    let mut opaque = secret(GOOD.0, GOOD.1);
    opaque["type"] = json!("Opaque");
    let case = behind(&CHECK, opaque);
    assert_eq!(case.message(), "Secret web-tls is not of type kubernetes.io/tls");
    assert_eq!(case.outcome(), Outcome::Fail);
    let accepted = case.parameters(json!({"requireTlsType": false}));
    assert_eq!(accepted.outcome(), Outcome::Unknown);
}

#[test]
fn each_problem_of_the_two_files_fails_at_its_file() {
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let broken_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for (certificate, key, file, message) in [
        ("", GOOD.1, "data[tls.crt]", "tls.crt is empty"),
        ("hello", GOOD.1, "data[tls.crt]", "tls.crt is not PEM"),
        (GOOD.1, GOOD.1, "data[tls.crt]", "tls.crt holds no certificate"),
        (broken, GOOD.1, "data[tls.crt]", "certificate 1 of tls.crt does not parse"),
        (GOOD.0, "", "data[tls.key]", "tls.key is empty"),
        (GOOD.0, "hello", "data[tls.key]", "tls.key is not PEM"),
        (GOOD.0, GOOD.0, "data[tls.key]", "tls.key holds no private key"),
        (GOOD.0, broken_key, "data[tls.key]", "the private key in tls.key does not parse"),
        (GOOD.0, fixture!("encrypted-pkcs8.key"), "data[tls.key]", "the private key in tls.key is encrypted"),
    ] {
        let case = behind(&CHECK, secret(certificate, key));
        assert_eq!(said(&case), one(Outcome::Fail, file, message));
        assert_eq!(case.judged().findings[0].object.as_ref().unwrap().to_string(), "Secret shop/web-tls");
    }
    let of_data = |data| {
        let mut secret = secret("", "");
        secret["stringData"] = json!(null);
        secret["data"] = data;
        behind(&CHECK, secret).judged().findings.into_iter().map(|found| found.message).collect::<Vec<_>>()
    };
    assert_eq!(of_data(json!({})), ["tls.crt is missing", "tls.key is missing"]);
    assert_eq!(
        of_data(json!({"tls.crt": "!", "tls.key": 1})),
        ["tls.crt is not a base64 string", "tls.key is not a base64 string"]
    );
}

#[test]
fn what_is_too_large_to_be_looked_into_is_unknown() {
    let large = "x".repeat(64 * 1024 + 1);
    let case = behind(&CHECK, secret(GOOD.0, &large));
    assert_eq!(said(&case), one(Outcome::Unknown, "data[tls.key]", "tls.key is larger than 64 KiB"));
    let (pair, _) = chain(((2025, 1, 1), (2027, 1, 1)), ((2025, 1, 1), (2027, 1, 1)));
    let own = issue(&[HOST], (2025, 1, 1), (2027, 1, 1));
    let eleven = behind(&CHECK, secret(&own.certificate.repeat(11), &own.key));
    assert_eq!(
        said(&eleven),
        one(Outcome::Unknown, "data[tls.crt]", "tls.crt holds more than 10 certificates")
    );
    assert_eq!(with_pair(&CHECK, &pair).outcome(), Outcome::Pass, "an issuer that is not there is no fault");
}

#[test]
fn a_key_of_another_certificate_fails() {
    let case = behind(&CHECK, secret(GOOD.0, fixture!("p256-sec1.key")));
    let message = "tls.key does not belong to the first certificate of tls.crt";
    assert_eq!(said(&case), one(Outcome::Fail, "data[tls.key]", message));
}

#[test]
fn a_key_of_an_unknown_algorithm_is_unknown_and_never_a_mismatch() {
    let p521 = fixture_case("p521.example.test", fixture!("p521.crt"), fixture!("p521.key"));
    let found = said(&p521);
    assert_eq!((found[0].0, found[0].1.as_str(), found.len()), (Outcome::Unknown, "data[tls.key]", 1));
    let ed448 = fixture_case("ed448.example.test", fixture!("ed448.crt"), fixture!("ed448.key"));
    assert!(said(&ed448).iter().all(|found| found.0 == Outcome::Unknown));
    assert!(said(&ed448).iter().any(|found| found.2.ends_with("1.3.101.113")), "its algorithm is named");
}

#[test]
fn the_names_must_cover_the_hosts_of_the_entry_and_a_wildcard_covers_one_label() {
    let days = ((2025, 1, 1), (2027, 1, 1));
    let wildcard = issue(&["*.shop.example"], days.0, days.1);
    let of = |hosts: &[&str], pair: &Pair| {
        let tls = json!([{"hosts": hosts, "secretName": "web-tls"}]);
        let case = Case::of(&CHECK).with(service()).with(ingress(hosts, &tls));
        case.with(secret(&pair.certificate, &pair.key))
    };
    assert_eq!(of(&["www.shop.example", "*.shop.example"], &wildcard).outcome(), Outcome::Pass);
    let wrong = of(&["www.shop.example", "shop.example", "a.b.shop.example"], &wildcard);
    assert_eq!(wrong.fields(), ["spec.tls[0].hosts[1]", "spec.tls[0].hosts[2]"]);
    assert!(said(&wrong)[0].2.ends_with("is not for the host shop.example"));
    let plain = issue(&[HOST], days.0, days.1);
    assert_eq!(of(&["*.shop.example"], &plain).outcome(), Outcome::Fail);
}

#[test]
fn an_entry_without_hosts_answers_for_the_hosts_that_no_other_entry_covers() {
    let pair = issue(&["a.example"], (2025, 1, 1), (2027, 1, 1));
    let other = issue(&["b.example"], (2025, 1, 1), (2027, 1, 1));
    let of = |tls| {
        let mut second = secret(&other.certificate, &other.key);
        second["metadata"]["name"] = json!("other-tls");
        let case = Case::of(&CHECK).with(service()).with(ingress(&["a.example", "b.example"], &tls));
        case.with(secret(&pair.certificate, &pair.key)).with(second)
    };
    assert_eq!(of(json!([{"secretName": "web-tls"}])).fields(), ["spec.rules[1].host"]);
    let named = json!([{"secretName": "web-tls"}, {"hosts": ["b.example"], "secretName": "other-tls"}]);
    assert_eq!(of(named).outcome(), Outcome::Pass);
    let chosen = json!([{"secretName": "web-tls"}, {"secretName": "other-tls"}]);
    assert_eq!(of(chosen).outcome(), Outcome::Pass, "the controller chooses among the two");
    let missing = json!([{"secretName": "web-tls"}, {"secretName": "gone"}]);
    assert_eq!(of(missing).fields(), ["spec.tls[1].secretName"], "the one that is gone may be for b.example");
}

#[test]
fn a_chain_out_of_order_fails() {
    let days = ((2025, 1, 1), (2027, 1, 1));
    let (pair, issuer) = chain(days, days);
    let of = |certificates: String| behind(&CHECK, secret(&certificates, &pair.key));
    assert_eq!(of(format!("{}{issuer}", pair.certificate)).outcome(), Outcome::Pass);
    let message = "the certificates of tls.crt are not in order: each must be followed by its issuer";
    let twice = of(format!("{}{}", pair.certificate, pair.certificate));
    assert_eq!(said(&twice), one(Outcome::Fail, "data[tls.crt]", message));
    let reversed = of(format!("{issuer}{}", pair.certificate));
    assert!(said(&reversed).iter().any(|found| found.2 == message));
}

#[test]
fn weak_keys_and_broken_digests_fail() {
    let weak = fixture_case("rsa1024.example.test", fixture!("rsa1024.crt"), fixture!("rsa1024.key"));
    assert_eq!(weak.outcome(), Outcome::Fail);
    let message = "the key of certificate 1 of tls.crt is too weak: RSA 1024";
    assert!(said(&weak).iter().any(|found| found.2 == message));
    let key = fixture!("rsa2048.key");
    for (host, certificate, message) in [
        (
            "sha1.example.test",
            fixture!("sha1.crt"),
            "certificate 1 of tls.crt is signed over SHA-1, which is broken",
        ),
        (
            "md5.example.test",
            fixture!("md5.crt"),
            "certificate 1 of tls.crt is signed over MD5, which is broken",
        ),
    ] {
        let case = fixture_case(host, certificate, key);
        assert_eq!(said(&case), one(Outcome::Fail, "data[tls.crt]", message));
    }
    let strong = fixture_case("rsa.example.test", fixture!("rsa2048.crt"), key);
    assert_eq!(strong.outcome(), Outcome::Pass);
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_pending_until_it_is() {
    let pair = issue(&[HOST], (2026, 2, 1), (2026, 5, 1));
    let case = with_pair(&CHECK, &pair).at("2026-01-01T00:00:00Z");
    let message = "certificate 1 of tls.crt is not valid before 2026-02-01T00:00:00Z";
    assert_eq!(said(&case), one(Outcome::Pending, "data[tls.crt]", message));
    assert_eq!(case.judged().next_change.unwrap().to_string(), "2026-02-01T00:00:00Z");
    let begun = case.at("2026-02-01T00:00:00Z").judged();
    assert_eq!((begun.outcome, begun.next_change), (Outcome::Pass, None));
}

#[test]
fn of_a_chain_the_last_to_begin_decides() {
    let (pair, issuer) = chain(((2026, 2, 1), (2026, 5, 1)), ((2026, 3, 1), (2027, 1, 1)));
    let whole = format!("{}{issuer}", pair.certificate);
    let case = behind(&CHECK, secret(&whole, &pair.key)).at("2026-01-01T00:00:00Z");
    assert!(case.message().starts_with("certificate 2 of tls.crt is not valid before 2026-03-01"));
    assert_eq!(case.judged().next_change.unwrap().to_string(), "2026-03-01T00:00:00Z");
}

#[test]
fn a_period_that_ends_before_it_begins_fails_for_ever() {
    let case = with_pair(&CHECK, &issue(&[HOST], (2027, 1, 1), (2026, 6, 1))).at("2026-01-01T00:00:00Z");
    let message = "certificate 1 of tls.crt ends before it begins";
    assert_eq!(said(&case), one(Outcome::Fail, "data[tls.crt]", message));
    assert_eq!(case.judged().next_change, None);
}

#[test]
fn a_rotation_in_good_order_changes_no_byte_of_the_judgement() {
    let judged = |from, to| with_pair(&CHECK, &issue(&[HOST], from, to)).at("2026-03-01T00:00:00Z").judged();
    assert_eq!(judged((2026, 1, 1), (2026, 4, 1)), judged((2026, 3, 1), (2026, 5, 30)));
}

#[test]
fn one_secret_of_two_entries_is_one_finding() {
    let entry = |host| json!({"hosts": [host], "secretName": "web-tls"});
    let tls = json!([entry("a.example"), entry(HOST)]);
    let case = Case::of(&CHECK).with(service()).with(ingress(&[HOST], &tls)).with(secret("", GOOD.1));
    assert_eq!(case.message(), "tls.crt is empty");
}

#[test]
fn where_no_entry_names_a_secret_there_is_nothing_to_judge() {
    let case = Case::of(&CHECK).with(service()).with(ingress(&[HOST], &json!([{"hosts": [HOST]}])));
    assert_eq!(case.outcome(), Outcome::NotApplicable);
    assert_eq!(case.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
}

/// A Gateway with one listener for HTTPS.
fn gateway(hostname: &str, tls: serde_json::Value) -> ObjectCase {
    let listener =
        json!({"name": "https", "port": 443, "protocol": "HTTPS", "hostname": hostname, "tls": tls});
    ObjectCase::of(
        &CHECK,
        json!({"kind": "Gateway", "metadata": {"name": "edge"}, "spec": {"listeners": [listener]}}),
    )
}

fn refs(names: &[&str]) -> serde_json::Value {
    let refs: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
    json!({ "certificateRefs": refs })
}

/// A Secret of this name for these hosts.
fn secret_for(name: &str, hosts: &[&str]) -> serde_json::Value {
    let pair = issue(hosts, (2025, 1, 1), (2027, 1, 1));
    let mut secret = secret(&pair.certificate, &pair.key);
    secret["metadata"]["name"] = json!(name);
    secret
}

fn route_for(hosts: &[&str], parent: serde_json::Value) -> serde_json::Value {
    json!({"kind": "HTTPRoute", "metadata": {"name": "web"},
        "spec": {"parentRefs": [parent], "hostnames": hosts}})
}

#[test]
fn what_a_gateway_presents_is_judged_like_what_an_ingress_does() {
    let of = |secret| gateway(HOST, refs(&["web-tls"])).with(secret);
    assert_eq!(of(secret_for("web-tls", &[HOST])).outcome(), Outcome::Pass);
    let missing = gateway(HOST, refs(&["web-tls"]));
    assert_eq!(missing.message(), "Secret web-tls does not exist");
    assert_eq!(missing.fields(), ["spec.listeners[0].tls.certificateRefs[0].name"]);
    let mut opaque = secret_for("web-tls", &[HOST]);
    opaque["type"] = json!("Opaque");
    assert_eq!(of(opaque.clone()).message(), "Secret web-tls is not of type kubernetes.io/tls");
    let accepted = of(opaque).parameters(json!({"requireTlsType": false}));
    assert_eq!(accepted.outcome(), Outcome::Unknown);
    let empty = of(secret("", GOOD.1));
    assert_eq!(empty.message(), "tls.crt is empty");
    let about = empty.judged().findings.remove(0).object;
    assert_eq!(about.unwrap().to_string(), "Secret shop/web-tls");
    assert_eq!(missing.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
}

#[test]
fn a_listener_that_presents_no_secret_is_not_judged() {
    for tls in [json!(null), json!({"mode": "Passthrough", "certificateRefs": [{"name": "gone"}]})] {
        assert_eq!(gateway(HOST, tls.clone()).outcome(), Outcome::NotApplicable, "{tls}");
    }
}

#[test]
fn the_host_of_a_listener_is_one_of_a_certificate() {
    let other = gateway(HOST, refs(&["web-tls"])).with(secret_for("web-tls", &["other.example"]));
    assert_eq!(other.message(), format!("the certificate in Secret web-tls is not for the host {HOST}"));
    assert_eq!(other.fields(), ["spec.listeners[0].hostname"]);
    let two = gateway(HOST, refs(&["other", "web-tls"])).with(secret_for("other", &["other.example"]));
    assert_eq!(two.with(secret_for("web-tls", &[HOST])).outcome(), Outcome::Pass, "one is enough");
    let mut more = refs(&["web-tls"]);
    more["options"] = json!({"example.com/certificate": "a"});
    let more = gateway(HOST, more).with(secret_for("web-tls", &["other.example"]));
    assert_eq!(more.outcome(), Outcome::Pass, "the controller may have another");
}

#[test]
fn where_a_listener_names_no_host_those_of_its_routes_count() {
    let of = |hostname: &str, hosts: &[&str]| {
        let case = gateway(hostname, refs(&["web-tls"])).with(secret_for("web-tls", &[HOST]));
        case.with(route_for(hosts, json!({"name": "edge"})))
    };
    for hostname in ["", "*.shop.example"] {
        assert_eq!(of(hostname, &[HOST]).outcome(), Outcome::Pass, "{hostname}");
        let other = of(hostname, &[HOST, "api.shop.example"]);
        assert_eq!(other.fields(), ["spec.hostnames[1]"], "{hostname}");
        assert_eq!(other.judged().findings[0].object.as_ref().unwrap().to_string(), "HTTPRoute shop/web");
    }
    assert_eq!(of("*.shop.example", &["api.bank.example"]).outcome(), Outcome::Pass, "it is not for that");
    let without = gateway("", refs(&["web-tls"])).with(secret_for("web-tls", &[HOST]));
    let broken = json!({"kind": "HTTPRoute", "metadata": {"name": "b"}, "spec": 7});
    assert_eq!(without.with(broken).fields(), ["spec.listeners[0]"]);
}

#[test]
fn another_namespace_is_in_sight_of_a_policy_of_the_cluster_and_must_grant() {
    let across = || {
        let reference = json!({"certificateRefs": [{"name": "web-tls", "namespace": "certificates"}]});
        let mut secret = secret_for("web-tls", &["other.example"]);
        secret["metadata"]["namespace"] = json!("certificates");
        gateway(HOST, reference).with(secret)
    };
    let grant = || {
        let from = json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "shop"});
        json!({"kind": "ReferenceGrant", "metadata": {"name": "edge", "namespace": "certificates"},
            "spec": {"from": [from], "to": [{"group": "", "kind": "Secret"}]}})
    };
    let granted = across().with(grant()).everywhere();
    assert_eq!(
        granted.message(),
        format!("the certificate in Secret certificates/web-tls is not for the host {HOST}")
    );
    assert_eq!(across().everywhere().outcome(), Outcome::NotApplicable, "gateway-tls tells that");
    assert_eq!(across().with(grant()).outcome(), Outcome::NotApplicable, "out of scope");
}

#[test]
fn tls_secrets_in_volumes_are_judged_but_for_hosts() {
    let mounting = |items: serde_json::Value| {
        Case::of(&CHECK)
            .pod(json!({"volumes": [{"name": "t", "secret": {"secretName": "web-tls", "items": items}}]}))
    };
    let all = || mounting(json!([]));
    assert_eq!(all().with(secret_for("web-tls", &["other.example"])).outcome(), Outcome::Pass);
    let empty = all().with(secret("", GOOD.1));
    assert_eq!(empty.message(), "tls.crt is empty");
    let about = empty.judged().findings.remove(0).object;
    assert_eq!(about.unwrap().to_string(), "Secret shop/web-tls");
    let mut opaque = secret("", GOOD.1);
    opaque["type"] = json!("Opaque");
    assert_eq!(all().with(opaque).outcome(), Outcome::NotApplicable);
    assert_eq!(all().outcome(), Outcome::NotApplicable, "that it is missing is the finding of another check");
    let only = |key: &str| mounting(json!([{"key": key, "path": "a"}])).with(secret("", GOOD.1)).outcome();
    assert_eq!([only("ca.crt"), only("tls.crt")], [Outcome::NotApplicable, Outcome::Fail]);
    let refused = all().coverage_of(Kind::Secret, Coverage::Forbidden);
    assert_eq!(refused.message(), "whether Secret web-tls of the pod holds a certificate is not known");
    assert_eq!(refused.fields(), ["spec.template.spec.volumes[0].secret.secretName"]);
}

#[test]
fn a_secret_whose_certificate_is_a_variable_is_judged_like_one_in_a_volume() {
    let of = |variables: serde_json::Value| Case::of(&CHECK).container(variables);
    let key = |key: &str| {
        let source = json!({"secretKeyRef": {"name": "web-tls", "key": key}});
        of(json!({"env": [{"name": "CERTIFICATE", "valueFrom": source}]}))
    };
    let flawed = || secret("", GOOD.1);
    assert_eq!(key("tls.crt").with(flawed()).message(), "tls.crt is empty");
    assert_eq!(key("ca.crt").with(flawed()).outcome(), Outcome::NotApplicable);
    let refused = key("tls.crt").coverage_of(Kind::Secret, Coverage::Forbidden);
    assert_eq!(refused.fields(), ["spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.name"]);
    // Of one that is not known nobody says that it holds a certificate.
    let all = || of(json!({"envFrom": [{"secretRef": {"name": "web-tls"}}]}));
    assert_eq!(all().with(flawed()).message(), "tls.crt is empty");
    assert_eq!(all().coverage_of(Kind::Secret, Coverage::Forbidden).outcome(), Outcome::NotApplicable);
}

#[test]
fn a_secret_in_a_volume_and_behind_an_ingress_is_told_of_once() {
    let case = behind(&CHECK, secret("", GOOD.1))
        .pod(json!({"volumes": [{"name": "t", "secret": {"secretName": "web-tls"}}]}));
    assert_eq!(case.message(), "tls.crt is empty");
}

#[test]
fn another_secret_in_a_volume_is_judged_as_well_and_what_is_not_known_of_it_only_where_nothing_fails() {
    let volume = json!({"volumes": [{"name": "t", "secret": {"secretName": "own-tls"}}]});
    let case = |given: serde_json::Value| behind(&CHECK, given).pod(volume.clone());
    let mut own = secret("", GOOD.1);
    own["metadata"]["name"] = json!("own-tls");
    assert_eq!(case(secret("", GOOD.1)).with(own).judged().findings.len(), 2);
    let flawed = case(secret("", GOOD.1)).coverage_of(Kind::Secret, Coverage::Partial);
    assert_eq!(flawed.message(), "tls.crt is empty");
    let mut other = secret(GOOD.0, GOOD.1);
    other["metadata"]["name"] = json!("other");
    let refused = case(other).coverage_of(Kind::Secret, Coverage::Forbidden);
    assert_eq!(refused.fields(), ["spec.tls[0].secretName"], "that much is unknown already");
    let early = issue(&[HOST], (2026, 6, 1), (2027, 1, 1));
    let early = case(secret(&early.certificate, &early.key)).coverage_of(Kind::Secret, Coverage::Partial);
    assert_eq!(early.outcome(), Outcome::Unknown, "what time mends does not settle it");
}

#[test]
fn a_secret_that_nothing_names_is_judged_by_itself_but_for_hosts() {
    let of = |secret: serde_json::Value| ObjectCase::of(&CHECK, secret);
    let other = issue(&["other.example"], (2025, 1, 1), (2027, 1, 1));
    let mismatch = || secret(&issue(&[HOST], (2025, 1, 1), (2027, 1, 1)).certificate, &other.key);
    assert_eq!(of(secret(&other.certificate, &other.key)).outcome(), Outcome::Pass);
    assert_eq!(of(mismatch()).fields(), ["data[tls.key]"]);
    assert_eq!(of(mismatch()).coverage(Coverage::Partial).outcome(), Outcome::Fail);
    let about = of(mismatch()).judged().findings.remove(0).object;
    assert_eq!(about, None, "it is the subject");
    let mut opaque = mismatch();
    opaque["type"] = json!("Opaque");
    assert_eq!(of(opaque).outcome(), Outcome::NotApplicable);
    let named = of(mismatch()).with(ingress(&[HOST], &tls()));
    assert_eq!(named.outcome(), Outcome::NotApplicable, "the Ingress tells");
    let listener = json!({"name": "https", "port": 443, "protocol": "HTTPS", "tls": refs(&["web-tls"])});
    let gateway = json!({"kind": "Gateway", "metadata": {"name": "edge"}, "spec": {"listeners": [listener]}});
    assert_eq!(of(mismatch()).with(gateway).outcome(), Outcome::NotApplicable, "the Gateway tells");
}

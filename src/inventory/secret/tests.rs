//! Tests of what is learned from a Secret, and of what must not leave it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::inventory::certificate::{DataKey, KeyMatch, TlsProblem};

const CERTIFICATE: &str = include_str!("../../../tests/fixtures/tls/rsa2048.crt");
const KEY: &str = include_str!("../../../tests/fixtures/tls/rsa2048.key");

fn facts(secret: &Value) -> SecretFacts {
    serde_json::from_str(&secret.to_string()).unwrap()
}

fn tls(certificate: &Value, key: &Value) -> SecretFacts {
    facts(&json!({"data": {"tls.crt": certificate, "tls.key": key}, "type": "kubernetes.io/tls"}))
}

fn names(names: &[&str]) -> Names {
    names.iter().copied().collect()
}

#[test]
fn a_secret_in_good_order_yields_its_facts() {
    let found = facts(&json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}, "immutable": true,
        "data": {"tls.crt": STANDARD.encode(CERTIFICATE), "tls.key": STANDARD.encode(KEY), "ca.crt": ""},
        "type": "kubernetes.io/tls",
    }));
    assert!(found.is_tls() && found.immutable);
    assert_eq!(found.keys, names(&["ca.crt", "tls.crt", "tls.key"]));
    assert_eq!(found.malformed, names(&[]));
    let material = found.tls.unwrap();
    assert_eq!((material.problems.as_slice(), material.key_matches), (&[][..], KeyMatch::Matches));
    assert!(material.covers("rsa.example.test"));
}

#[test]
fn another_type_has_material_only_with_its_keys() {
    let found = facts(&json!({"data": {"password": "eA=="}, "stringData": {"user": "x"}}));
    assert_eq!((found.secret_type.as_str(), found.tls), ("Opaque", None));
    assert_eq!(found.keys, names(&["password", "user"]));
    let found = facts(&json!({"data": {"tls.crt": STANDARD.encode(CERTIFICATE)}, "type": "Opaque"}));
    assert_eq!(found.tls.unwrap().problems, [TlsProblem::Missing(DataKey::PrivateKey)]);
    let empty = facts(&json!({"type": "kubernetes.io/tls", "data": null}));
    let both = [DataKey::Certificate, DataKey::PrivateKey].map(TlsProblem::Missing);
    assert_eq!((empty.tls.unwrap().problems, empty.malformed), (both.to_vec(), names(&[])));
}

#[test]
fn string_data_overrides_data_wherever_it_stands() {
    let data = json!({"tls.crt": "eA==", "tls.key": STANDARD.encode(KEY)}).to_string();
    let string_data = json!({"tls.crt": CERTIFICATE}).to_string();
    for text in [
        format!(r#"{{"data":{data},"stringData":{string_data}}}"#),
        format!(r#"{{"stringData":{string_data},"data":{data}}}"#),
    ] {
        let found: SecretFacts = serde_json::from_str(&text).unwrap();
        assert_eq!(found.tls.unwrap().key_matches, KeyMatch::Matches);
    }
}

#[test]
fn line_ends_in_base64_count_for_nothing() {
    let mut broken = STANDARD.encode(CERTIFICATE);
    broken.insert_str(64, "\r\n");
    assert!(tls(&json!(broken), &json!("")).tls.unwrap().covers("rsa.example.test"));
}

#[test]
fn what_is_not_base64_is_a_fact() {
    for wrong in [json!("!"), json!(7), json!(-7), json!(0.5), json!(true), json!(["x"]), json!({"a": "x"})] {
        let found = tls(&wrong, &json!(null));
        assert_eq!(found.malformed, names(&["data[tls.crt]"]));
        let expected = [TlsProblem::Malformed(DataKey::Certificate), TlsProblem::Empty(DataKey::PrivateKey)];
        assert_eq!(found.tls.unwrap().problems, expected);
    }
}

#[test]
fn fields_of_the_wrong_kind_are_facts() {
    let found =
        facts(&json!({"type": 1, "immutable": "yes", "data": ["x"], "stringData": {"a": 1, "b": null}}));
    assert_eq!(found.malformed, names(&["data", "immutable", "stringData[a]", "type"]));
    assert_eq!((found.secret_type.as_str(), found.immutable), ("Opaque", false));
    assert_eq!(found.keys, names(&["a", "b"]));
}

const CANARY: &str = "canary-7f3a91-this-is-a-private-key-that-nobody-may-see";

/// Everything that decoding this text lets out.
fn output(text: &[u8]) -> String {
    match serde_json::from_slice::<SecretFacts>(text) {
        Ok(facts) => {
            let problems = facts.tls.iter().flat_map(|tls| &tls.problems).map(ToString::to_string);
            format!("{facts:?} {facts:#?} {}", problems.collect::<String>())
        }
        Err(error) => format!("{error} {error:?}"),
    }
}

/// Pieces of the canary in every notation, none of which may be let out.
fn traces() -> Vec<String> {
    let numbers: Vec<_> = CANARY.bytes().take(6).map(|byte| byte.to_string()).collect();
    let encode = |text: &str| (0..3).map(|shift| STANDARD.encode(&text[shift..])).collect::<Vec<_>>();
    let once = encode(CANARY);
    let twice = encode(&once[0]);
    let encoded = once.into_iter().chain(twice).map(|text| text[..12].to_owned());
    let plain = CANARY.as_bytes().chunks(8).map(|piece| String::from_utf8_lossy(piece).into_owned());
    encoded.chain(plain).chain([numbers.join(", ")]).collect()
}

fn canary_secrets() -> Vec<String> {
    let block = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let body = STANDARD.encode(CANARY);
    let payloads = [
        json!(CANARY),
        json!(body),
        json!(format!("{body}!")),
        json!(STANDARD.encode(block("PRIVATE KEY", &body))),
        json!(STANDARD.encode(block("PRIVATE KEY", CANARY))),
        json!(STANDARD.encode(block(CANARY, &body))),
        json!(STANDARD.encode(block("CERTIFICATE", &body))),
        json!(STANDARD.encode(format!("-----BEGIN {CANARY}"))),
        json!(STANDARD.encode(KEY.replacen("MII", &body, 1))),
        json!([CANARY]),
        json!({"a": CANARY}),
        json!([[{"a": CANARY}]]),
    ];
    let mut secrets = vec![json!(CANARY).to_string(), json!([CANARY]).to_string(), format!("{CANARY}{{}}")];
    for payload in payloads {
        for field in ["data", "stringData"] {
            secrets.push(json!({field: payload}).to_string());
            secrets
                .push(json!({field: {"tls.crt": payload, "tls.key": payload, "other": payload}}).to_string());
            secrets.push(json!({"type": "kubernetes.io/tls", field: {"tls.key": payload}}).to_string());
        }
        secrets.push(json!({"immutable": payload, "metadata": payload, "other": payload}).to_string());
    }
    secrets
}

#[test]
fn no_output_holds_a_byte_of_a_payload() {
    let traces = traces();
    let leaks = |text: &str| traces.iter().any(|trace| text.contains(trace.as_str()));
    for secret in canary_secrets() {
        assert!(leaks(&secret), "the test must hold what it looks for: {secret}");
        let shown = output(secret.as_bytes());
        assert!(!leaks(&shown), "{secret} lets out {shown}");
        for length in (0..secret.len()).step_by(7) {
            let shown = output(&secret.as_bytes()[..length]);
            assert!(!leaks(&shown), "{secret} cut at {length} lets out {shown}");
        }
        for wrong in ["\\x", "\u{1}", "\\ud800", "\"", "\\"] {
            let broken = secret.replace("canary", &format!("canary{wrong}"));
            assert!(!leaks(&output(broken.as_bytes())), "{broken}");
        }
    }
}

#[test]
fn a_type_that_is_no_object_is_refused_without_a_quote() {
    for text in ["\"x\"", "[]", "1", "null", "true"] {
        let error = serde_json::from_str::<SecretFacts>(text).unwrap_err();
        assert!(error.to_string().starts_with("a Secret must be an object"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_payload_shows_whatever_it_is(payload in "[a-zA-Z0-9+/]{24,64}", key in "tls\\.(crt|key)|other") {
        let shown = output(json!({"data": {&key: payload}, "stringData": {&key: payload}}).to_string().as_bytes());
        prop_assert!(!shown.contains(&payload[..12]));
    }
}

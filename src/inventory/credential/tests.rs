//! Tests of the shapes. Every credential here is made up, and put together at run time so that no scanner of
//! source text finds one.

use super::*;

fn samples() -> Vec<(Shape, String)> {
    let mut samples: Vec<_> = TOKENS
        .iter()
        .map(|token| {
            let letter = b"0aA".iter().copied().find(|byte| (token.alphabet)(*byte)).unwrap();
            let body = char::from(letter).to_string().repeat(*token.length.start());
            (token.shape, format!("{}{body}", token.prefix))
        })
        .collect();
    let begin = |label: &str| format!("-----{} {label}-----", "BEGIN");
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
        samples.push((Shape::PrivateKey, format!("{}\nAAAA\n-----END {label}-----", begin(label))));
    }
    let part = |start: &str| format!("{start}{}", "A".repeat(20));
    samples.push((Shape::JsonWebToken, [part("eyJ"), part("eyJ"), part("")].join(".")));
    samples
}

#[test]
fn every_shape_is_found_alone_and_in_the_middle_of_a_text() {
    let mut found = std::collections::BTreeSet::new();
    for (shape, sample) in samples() {
        for text in [sample.clone(), format!("{{\"key\": \"{sample}\"}}"), format!("token={sample} more")] {
            assert_eq!(find(&text), Some(shape), "{}", text.len());
        }
        found.insert(shape);
    }
    found.insert(Shape::AddressWithPassword);
    assert_eq!(found.len(), Shape::ALL.len());
}

#[test]
fn what_is_redacted_holds_no_part_of_it_and_says_what_it_was() {
    for (shape, sample) in samples() {
        let text = redact(format!("before {sample} after {sample}"));
        let mark = format!("<redacted:{}>", shape.id());
        assert_eq!(text, format!("before {mark} after {mark}"));
        assert_eq!((redacted(&text), find(&text)), (Some(shape), None));
    }
}

#[test]
fn an_address_loses_its_password_only() {
    let text = format!("postgres://shop:{}@db.example:5432/shop?ssl=on", "made-up");
    assert_eq!(find(&text), Some(Shape::AddressWithPassword));
    assert_eq!(redact(text), "postgres://shop:<redacted:password>@db.example:5432/shop?ssl=on");
}

#[test]
fn a_variable_in_the_place_of_a_password_is_none() {
    for password in ["$(PASSWORD)", "${PASSWORD}", "{{ .password }}", "<password>", "***", ""] {
        assert_eq!(find(&format!("amqp://shop:{password}@queue.example")), None, "{password}");
    }
    assert_eq!(find("http://user@host/"), None);
    assert_eq!(find("http://host:8080/a@b:c"), None);
}

#[test]
fn what_ordinary_texts_hold_is_no_credential() {
    let certificate = format!("-----{} CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "BEGIN");
    for text in [
        "",
        "AKIA",
        "https://host:443/path",
        "0123456789abcdef0123456789abcdef01234567",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "eyJ.eyJ.x",
        "task_live_abcdefghijklmnopqrstuvwxyz",
        "ghp_short",
        &certificate,
    ] {
        assert_eq!(find(text), None, "{text}");
        assert_eq!(redact(text.to_owned()), text);
    }
}

#[test]
fn one_character_more_or_less_makes_a_token_of_fixed_length_something_else() {
    for length in [15, 17] {
        assert_eq!(find(&format!("AKIA{}", "A".repeat(length))), None);
    }
}

#[test]
fn no_text_makes_it_fail() {
    for text in [
        "-----BEGIN ",
        "-----BEGIN X PRIVATE KEY-----",
        "://",
        "a://",
        "a://:@",
        "é://é:é@é",
        "-----BEGIN é-----",
    ] {
        let kept = redact(text.to_owned());
        assert_eq!(find(&kept), None, "{text}");
    }
}

#[test]
fn addresses_lose_what_only_the_name_of_a_parameter_gives_away() {
    for (text, expected) in [
        ("/ready", "/ready"),
        ("/ready?verbose=1&Api-Key=planted", "/ready?verbose=1&Api-Key=<redacted:password>"),
        ("/ready?token&tokens=3&token=", "/ready?token&tokens=3&token="),
    ] {
        assert_eq!(redact_address(text.to_owned()), expected);
    }
    assert_eq!(redact_host("me:planted@web".to_owned()), "<redacted:password>@web");
    assert_eq!(redact_host("web".to_owned()), "web");
}

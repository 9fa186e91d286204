//! Tests over real certificates: made here where the library can, else from `tests/fixtures/tls`.

use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType, date_time_ymd};

use super::*;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/tls/", $name))
    };
}

const RSA_CERTIFICATE: &str = fixture!("rsa2048.crt");
const RSA_KEY: &str = fixture!("rsa2048.key");

fn parse(certificate: &str, key: &str) -> TlsMaterial {
    TlsMaterial::parse(Some(certificate.as_bytes()), Some(key.as_bytes()))
}

fn date(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn leaf(certificate: &str) -> CertificateFacts {
    let material = parse(certificate, "");
    assert_eq!(material.problems, [TlsProblem::Empty(DataKey::PrivateKey)]);
    material.leaf().unwrap().clone()
}

fn parameters(name: &str, hosts: &[&str]) -> CertificateParams {
    let mut parameters =
        CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>()).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters
}

/// Root, intermediate and leaf, in PEM, and the leaf's key.
fn chain() -> [String; 4] {
    let authority = |name: &str| {
        let mut parameters = parameters(name, &[]);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters
    };
    let (root_key, middle_key, leaf_key) =
        (KeyPair::generate().unwrap(), KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let root = Issuer::new(authority("root"), root_key);
    let root_pem = authority("root").self_signed(root.key()).unwrap().pem();
    let middle_pem = authority("middle").signed_by(&middle_key, &root).unwrap().pem();
    let middle = Issuer::new(authority("middle"), middle_key);
    let leaf = parameters("leaf", &["Example.com", "*.example.com"]).signed_by(&leaf_key, &middle).unwrap();
    [root_pem, middle_pem, leaf.pem(), leaf_key.serialize_pem()]
}

#[test]
fn a_chain_in_good_order_has_all_its_facts() {
    let [root, middle, leaf, key] = chain();
    let material = parse(&format!("{leaf}{middle}{root}"), &key);
    assert_eq!(material.problems, []);
    assert_eq!(material.key_matches, KeyMatch::Matches);
    assert!(material.chain_in_order);
    let subjects: Vec<_> =
        material.chain.iter().map(|one| (one.subject.as_str(), one.issuer.as_str())).collect();
    assert_eq!(subjects, [("leaf", "middle"), ("middle", "root"), ("root", "root")]);
    assert_eq!(material.chain.iter().map(|one| one.is_ca).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(material.chain.iter().map(|one| one.self_signed).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(material.chain[0].dns_names, ["example.com", "*.example.com"]);
    assert_eq!(material.chain[0].key, KeyKind::Ecdsa(Curve::P256));
    assert!(
        material.covers("www.example.com") && !material.covers("leaf") && !material.covers("example.org")
    );
}

#[test]
fn a_chain_in_wrong_order_is_told_from_one_without_its_root() {
    let [root, middle, leaf, key] = chain();
    for (certificates, in_order) in [
        (format!("{leaf}{middle}"), true),
        (leaf.clone(), true),
        (format!("{leaf}{root}{middle}"), false),
        (format!("{leaf}{root}"), false),
        (format!("{leaf}{leaf}"), false),
    ] {
        let material = parse(&certificates, &key);
        assert_eq!((material.chain_in_order, material.key_matches), (in_order, KeyMatch::Matches));
    }
    let reversed = parse(&format!("{root}{middle}{leaf}"), &key);
    assert_eq!((reversed.chain_in_order, reversed.key_matches), (false, KeyMatch::Differs));
}

#[test]
fn a_bundle_vouches_for_what_it_holds_and_for_what_it_issued_whoever_stands_between() {
    let [root, middle, leaf, _] = chain();
    let now = date("2026-01-01T00:00:00Z");
    let vouches = |bundle: &str, chain: &str| {
        CaBundle::parse(bundle.as_bytes()).can_vouch_for(&parse(chain, "").chain, now)
    };
    for (bundle, chain, expected) in [
        (&root, format!("{leaf}{middle}"), true),
        (&root, format!("{leaf}{root}{middle}"), true),
        (&root, leaf.clone(), false),
        (&middle, leaf.clone(), true),
        (&leaf, leaf.clone(), true),
        (&leaf, middle.clone(), false),
        (&root, root.clone(), true),
        (&format!("{leaf}{root}"), middle.clone(), true),
        (&root, String::new(), false),
    ] {
        assert_eq!(vouches(bundle, &chain), expected, "{chain}");
    }
    let [other_root, other_middle, ..] = chain();
    assert!(!vouches(&other_root, &root), "one that names itself has its own key");
    assert!(vouches(&other_middle, &leaf), "nothing in it tells one of the name from the other");
    let bundle = CaBundle::parse(root.as_bytes());
    let chain = parse(&format!("{leaf}{middle}"), "").chain;
    assert!(!bundle.can_vouch_for(&chain, date("1970-01-01T00:00:00Z")), "not valid then");
}

#[test]
fn an_issuer_is_told_from_another_of_its_name_by_the_identifier_of_its_key() {
    let issuer = |name: &str| {
        let mut parameters = parameters(name, &[]);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        (CaBundle::parse(certificate.as_bytes()), Issuer::new(parameters, key))
    };
    let ((own, key), (other, _), (elsewhere, _)) = (issuer("root"), issuer("root"), issuer("other"));
    let mut named = parameters("leaf", &["example.com"]);
    named.use_authority_key_identifier_extension = true;
    let certificate = named.signed_by(&KeyPair::generate().unwrap(), &key).unwrap().pem();
    let chain = parse(&certificate, "").chain;
    let now = date("2026-01-01T00:00:00Z");
    let vouch = [own, other, elsewhere].map(|bundle| bundle.can_vouch_for(&chain, now));
    assert_eq!(vouch, [true, false, false]);
}

#[test]
fn who_may_not_issue_vouches_for_nobody_else_but_before_extensions_everybody_may() {
    let now = date("2026-01-01T00:00:00Z");
    let one = || parameters("one", &[]).self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
    let (old, new) = (one(), one());
    let vouches = |bundle: &str, chain: &str| {
        CaBundle::parse(bundle.as_bytes()).can_vouch_for(&parse(chain, "").chain, now)
    };
    assert!(vouches(&new, &new) && !vouches(&old, &new));
    assert!(
        CaBundle::parse(fixture!("v1.crt").as_bytes()).certificates[0]
            .lineage
            .can_have_issued(&CaBundle::parse(fixture!("v1.crt").as_bytes()).certificates[0].lineage)
    );
}

#[test]
fn addresses_and_dates_are_read() {
    let mut parameters = parameters("dates", &[]);
    parameters.subject_alt_names =
        ["192.0.2.7", "2001:db8::7"].map(|text| SanType::IpAddress(text.parse().unwrap())).to_vec();
    parameters.not_before = date_time_ymd(2001, 2, 3);
    parameters.not_after = date_time_ymd(9999, 12, 31);
    let facts = leaf(&parameters.self_signed(&KeyPair::generate().unwrap()).unwrap().pem());
    assert_eq!(facts.not_before.to_string(), "2001-02-03T00:00:00Z");
    assert_eq!(facts.not_after, Timestamp::MAX);
    assert!(facts.covers("192.0.2.7") && facts.covers("2001:db8::7") && !facts.covers("192.0.2.8"));
}

#[test]
fn long_and_hostile_names_are_bounded() {
    let facts = leaf(
        &parameters(&"n\u{1b}".repeat(300), &[]).self_signed(&KeyPair::generate().unwrap()).unwrap().pem(),
    );
    assert_eq!(facts.subject, "n".repeat(128));
    let mut nameless = CertificateParams::default();
    nameless.distinguished_name = rcgen::DistinguishedName::new();
    nameless.distinguished_name.push(DnType::OrganizationName, "Org");
    assert_eq!(leaf(&nameless.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()).subject, "O=Org");
}

#[test]
fn keys_of_every_notation_match_their_certificate() {
    for (certificate, key) in [
        (RSA_CERTIFICATE, RSA_KEY),
        (RSA_CERTIFICATE, fixture!("rsa2048-pkcs1.key")),
        (fixture!("v1.crt"), RSA_KEY),
        (fixture!("p256.crt"), fixture!("p256-sec1.key")),
        (fixture!("ed25519.crt"), fixture!("ed25519.key")),
    ] {
        assert_eq!(parse(certificate, key).key_matches, KeyMatch::Matches, "{certificate}");
    }
}

#[test]
fn a_key_under_the_wrong_label_is_still_read() {
    let relabelled = RSA_KEY.replace("PRIVATE KEY", "RSA PRIVATE KEY");
    assert_eq!(parse(RSA_CERTIFICATE, &relabelled).key_matches, KeyMatch::Matches);
}

#[test]
fn a_key_of_another_certificate_differs() {
    for (certificate, key) in [
        (RSA_CERTIFICATE, fixture!("p256-sec1.key")),
        (fixture!("p256.crt"), RSA_KEY),
        (fixture!("ed25519.crt"), fixture!("p256-sec1.key")),
        (fixture!("rsa1024.crt"), RSA_KEY),
    ] {
        assert_eq!(parse(certificate, key).key_matches, KeyMatch::Differs, "{certificate}");
    }
}

#[test]
fn an_algorithm_that_is_not_known_is_never_a_mismatch() {
    let unsupported = KeyMatch::Unknown(KeyMatchUnknown::Unsupported);
    for (certificate, key) in [
        (fixture!("rsa1024.crt"), fixture!("rsa1024.key")),
        (fixture!("p521.crt"), fixture!("p521.key")),
        (fixture!("ed448.crt"), fixture!("ed448.key")),
        (fixture!("p256-compressed.crt"), fixture!("p256-sec1.key")),
        (fixture!("p521.crt"), RSA_KEY),
        (RSA_CERTIFICATE, fixture!("p521.key")),
    ] {
        let material = parse(certificate, key);
        assert_eq!((material.key_matches, material.problems), (unsupported, Vec::new()), "{certificate}");
    }
}

#[test]
fn keys_are_named_by_algorithm_and_size() {
    for (certificate, kind, shown) in [
        (RSA_CERTIFICATE, KeyKind::Rsa(2048), "RSA 2048"),
        (fixture!("rsa1024.crt"), KeyKind::Rsa(1024), "RSA 1024"),
        (fixture!("p256.crt"), KeyKind::Ecdsa(Curve::P256), "ECDSA P-256"),
        (fixture!("p521.crt"), KeyKind::Ecdsa(Curve::P521), "ECDSA P-521"),
        (fixture!("ed25519.crt"), KeyKind::Ed25519, "Ed25519"),
        (fixture!("ed448.crt"), KeyKind::Other("1.3.101.113".to_owned()), "1.3.101.113"),
    ] {
        let key = leaf(certificate).key;
        assert_eq!((key.to_string().as_str(), key), (shown, kind));
    }
}

#[test]
fn broken_digests_are_named() {
    for (certificate, digest) in [
        (RSA_CERTIFICATE, None),
        (fixture!("ed25519.crt"), None),
        (fixture!("pss-sha256.crt"), None),
        (fixture!("sha1.crt"), Some(WeakDigest::Sha1)),
        (fixture!("pss-sha1.crt"), Some(WeakDigest::Sha1)),
        (fixture!("md5.crt"), Some(WeakDigest::Md5)),
    ] {
        assert_eq!(leaf(certificate).weak_signature, digest, "{certificate}");
    }
}

#[test]
fn problems_of_the_certificate_are_named() {
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let cut = RSA_CERTIFICATE.trim_end().strip_suffix("-----END CERTIFICATE-----").unwrap();
    let large = "x".repeat(MAX_BYTES + 1);
    let file = DataKey::Certificate;
    for (certificate, problem, read) in [
        (None, TlsProblem::Missing(file), 0),
        (Some(""), TlsProblem::Empty(file), 0),
        (Some("hello"), TlsProblem::NotPem(file), 0),
        (Some(large.as_str()), TlsProblem::TooLarge(file), 0),
        (Some(fixture!("ed25519.key")), TlsProblem::NoCertificate, 0),
        (Some(broken), TlsProblem::CertificateUnparsable { position: 1 }, 0),
        (Some(cut), TlsProblem::CertificateUnparsable { position: 1 }, 0),
        (Some(&format!("{RSA_CERTIFICATE}{broken}")), TlsProblem::CertificateUnparsable { position: 2 }, 1),
        (Some(&format!("{broken}{RSA_CERTIFICATE}")), TlsProblem::CertificateUnparsable { position: 1 }, 0),
        (Some(&RSA_CERTIFICATE.repeat(11)), TlsProblem::TooManyCertificates, 10),
    ] {
        let material = TlsMaterial::parse(certificate.map(str::as_bytes), Some(RSA_KEY.as_bytes()));
        assert_eq!((material.problems.as_slice(), material.chain.len()), ([problem].as_slice(), read));
        let expected =
            if read == 0 { KeyMatch::Unknown(KeyMatchUnknown::NoCertificate) } else { KeyMatch::Matches };
        assert_eq!(material.key_matches, expected);
    }
}

#[test]
fn problems_of_the_key_are_named() {
    let broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let file = DataKey::PrivateKey;
    for (key, problem) in [
        (None, TlsProblem::Missing(file)),
        (Some(""), TlsProblem::Empty(file)),
        (Some("hello"), TlsProblem::NotPem(file)),
        (Some(RSA_CERTIFICATE), TlsProblem::NoPrivateKey),
        (Some(broken), TlsProblem::KeyUnparsable),
        (Some(fixture!("encrypted-pkcs8.key")), TlsProblem::KeyEncrypted),
        (Some(fixture!("encrypted-legacy.key")), TlsProblem::KeyEncrypted),
    ] {
        let material = TlsMaterial::parse(Some(RSA_CERTIFICATE.as_bytes()), key.map(str::as_bytes));
        assert_eq!(material.problems, [problem]);
        assert_eq!(material.key_matches, KeyMatch::Unknown(KeyMatchUnknown::NoPrivateKey));
    }
    let both = TlsMaterial::parse(None, None);
    assert_eq!(both.problems, [TlsProblem::Missing(DataKey::Certificate), TlsProblem::Missing(file)]);
}

proptest! {
    #[test]
    fn no_damage_to_a_file_panics(at in 0_usize..2000, byte in any::<u8>(), length in 0_usize..2000) {
        let damage = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(bytes.len().saturating_sub(length / 4));
            bytes
        };
        let material = TlsMaterial::parse(Some(&damage(RSA_CERTIFICATE)), Some(&damage(RSA_KEY)));
        prop_assert!(material.problems.len() <= 2);
    }

    #[test]
    fn no_damage_inside_a_block_panics(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        use base64::Engine;
        let engine = base64::engine::general_purpose::STANDARD;
        let damage = |text: &str, label: &str| {
            let mut der = pem::blocks(text.as_bytes()).next().unwrap().der().unwrap().to_vec();
            let at = at.index(der.len());
            der[at] = byte;
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", engine.encode(der))
        };
        let material = parse(&damage(RSA_CERTIFICATE, "CERTIFICATE"), &damage(RSA_KEY, "PRIVATE KEY"));
        prop_assert!(material.problems.len() <= 2);
    }
}

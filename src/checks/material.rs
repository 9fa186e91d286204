//! What is wrong with a certificate chain and its key, apart from the hosts it is for.
//!
//! It must not judge when a certificate ends, nor know which Ingress uses it. Next:
//! `tls/tls_secret_valid.rs`.

use jiff::Timestamp;

use crate::catalogue::{Field, Statement};
use crate::inventory::certificate::{
    CertificateFacts, Curve, DataKey, KeyKind, KeyMatch, KeyMatchUnknown, TlsMaterial, TlsProblem,
};
use crate::inventory::lookup::Cause;

/// Fewest bits of an RSA key.
const RSA_BITS: usize = 2048;

/// Curves of less than 256 bits: P-192 and P-224.
const SMALL_CURVES: [&str; 2] = ["1.2.840.10045.3.1.1", "1.3.132.0.33"];

/// Faults of the two files that time does not mend.
pub(super) fn faults(material: &TlsMaterial) -> Vec<Statement> {
    let mut faults: Vec<_> = material.problems.iter().map(|problem| of_problem(*problem)).collect();
    if !material.chain_in_order {
        let message = "the certificates of tls.crt are not in order: each must be followed by its issuer";
        faults.push(Statement::fail(field(DataKey::Certificate), message));
    }
    faults.extend(of_key_match(material.key_matches));
    for (place, certificate) in (1..).zip(&material.chain) {
        faults.extend(of_key_strength(place, &certificate.key));
        faults.extend(of_signature(place, certificate));
    }
    faults
}

/// Why not every certificate could be read, if so. Where there is no file, nothing was left unread.
pub(super) fn unread(material: &TlsMaterial) -> Option<TlsProblem> {
    let is_unread = |problem: &TlsProblem| match problem {
        TlsProblem::Malformed(key) | TlsProblem::TooLarge(key) | TlsProblem::NotPem(key) => {
            *key == DataKey::Certificate
        }
        TlsProblem::NoCertificate
        | TlsProblem::TooManyCertificates
        | TlsProblem::CertificateUnparsable { .. } => true,
        TlsProblem::Missing(_)
        | TlsProblem::Empty(_)
        | TlsProblem::KeyEncrypted
        | TlsProblem::NoPrivateKey
        | TlsProblem::KeyUnparsable => false,
    };
    material.problems.iter().copied().find(is_unread)
}

/// What is wrong with a period of validity that never is.
pub(super) fn validity(material: &TlsMaterial) -> Option<Statement> {
    let (place, _) = (1..).zip(&material.chain).find(|(_, one)| is_never_valid(one))?;
    let message = format!("certificate {place} of tls.crt ends before it begins");
    Some(Statement::fail(field(DataKey::Certificate), message))
}

/// When the last certificate of the chain becomes valid, if one is not yet, and what is said until then.
pub(super) fn begin(material: &TlsMaterial, now: Timestamp) -> Option<(Timestamp, Statement)> {
    let waiting = (1..).zip(&material.chain).filter(|(_, one)| one.not_before > now && !is_never_valid(one));
    // Of equally late ones the first: nearest to the leaf.
    let (place, last) = waiting.min_by_key(|(_, one)| std::cmp::Reverse(one.not_before))?;
    let message = format!("certificate {place} of tls.crt is not valid before {}", last.not_before);
    Some((last.not_before, Statement::pending(field(DataKey::Certificate), message)))
}

fn is_never_valid(certificate: &CertificateFacts) -> bool {
    certificate.not_after < certificate.not_before
}

fn field(key: DataKey) -> Field {
    Field::Object(format!("data[{key}]").into())
}

fn undecidable(key: DataKey, message: String) -> Statement {
    Statement::unknown(Cause::Undecidable, field(key), message)
}

fn of_problem(problem: TlsProblem) -> Statement {
    let key = match problem {
        TlsProblem::Missing(key)
        | TlsProblem::Empty(key)
        | TlsProblem::Malformed(key)
        | TlsProblem::NotPem(key)
        | TlsProblem::TooLarge(key) => key,
        TlsProblem::NoCertificate
        | TlsProblem::TooManyCertificates
        | TlsProblem::CertificateUnparsable { .. } => DataKey::Certificate,
        TlsProblem::KeyEncrypted | TlsProblem::NoPrivateKey | TlsProblem::KeyUnparsable => {
            DataKey::PrivateKey
        }
    };
    match problem {
        // Limits of what is looked into here, not of what works.
        TlsProblem::TooLarge(_) | TlsProblem::TooManyCertificates => undecidable(key, problem.to_string()),
        _ => Statement::fail(field(key), problem.to_string()),
    }
}

fn of_key_match(key_matches: KeyMatch) -> Option<Statement> {
    let key = DataKey::PrivateKey;
    match key_matches {
        KeyMatch::Differs => {
            Some(Statement::fail(field(key), "tls.key does not belong to the first certificate of tls.crt"))
        }
        KeyMatch::Unknown(why @ KeyMatchUnknown::Unsupported) => {
            Some(undecidable(key, format!("whether tls.key belongs to tls.crt cannot be said: {why}")))
        }
        // Without one of the two, that is a problem already.
        KeyMatch::Matches
        | KeyMatch::Unknown(KeyMatchUnknown::NoCertificate | KeyMatchUnknown::NoPrivateKey) => None,
    }
}

fn of_key_strength(place: usize, key: &KeyKind) -> Option<Statement> {
    let file = DataKey::Certificate;
    let is_strong = match key {
        KeyKind::Rsa(bits) => Some(*bits >= RSA_BITS),
        KeyKind::Ecdsa(Curve::P256 | Curve::P384 | Curve::P521) | KeyKind::Ed25519 => Some(true),
        KeyKind::Ecdsa(Curve::Other(curve)) if SMALL_CURVES.contains(&curve.as_str()) => Some(false),
        KeyKind::Ecdsa(Curve::Other(_)) | KeyKind::Other(_) => None,
    };
    match is_strong {
        Some(true) => None,
        Some(false) => {
            let message = format!("the key of certificate {place} of tls.crt is too weak: {key}");
            Some(Statement::fail(field(file), message))
        }
        None => {
            let message =
                format!("whether the key of certificate {place} of tls.crt is strong cannot be said: {key}");
            Some(undecidable(file, message))
        }
    }
}

/// A trust anchor is trusted by itself: nobody looks at the signature that it made over itself.
fn of_signature(place: usize, certificate: &CertificateFacts) -> Option<Statement> {
    let digest = certificate.weak_signature.filter(|_| place == 1 || !certificate.self_signed)?;
    let message = format!("certificate {place} of tls.crt is signed over {digest}, which is broken");
    Some(Statement::fail(field(DataKey::Certificate), message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Outcome;
    use crate::inventory::certificate::{Lineage, WeakDigest};

    fn certificate() -> CertificateFacts {
        let moment: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        CertificateFacts {
            subject: "a".to_owned(),
            issuer: "b".to_owned(),
            dns_names: Vec::new(),
            ip_addresses: Vec::new(),
            not_before: moment,
            not_after: moment,
            key: KeyKind::Ed25519,
            weak_signature: None,
            is_ca: false,
            self_signed: false,
            lineage: Lineage::default(),
        }
    }

    #[test]
    fn small_keys_are_weak_and_what_is_not_known_is_no_fault() {
        let outcome = |key: KeyKind| of_key_strength(1, &key).map(|statement| statement.outcome);
        let curve = |name: &str| KeyKind::Ecdsa(Curve::Other(name.to_owned()));
        for key in [KeyKind::Rsa(2047), curve("1.2.840.10045.3.1.1"), curve("1.3.132.0.33")] {
            assert_eq!(outcome(key.clone()), Some(Outcome::Fail), "{key}");
        }
        for key in [KeyKind::Rsa(2048), KeyKind::Ecdsa(Curve::P256), KeyKind::Ed25519] {
            assert_eq!(outcome(key.clone()), None, "{key}");
        }
        for key in [curve("1.3.132.0.10"), KeyKind::Other("1.2.3".to_owned())] {
            assert_eq!(outcome(key.clone()), Some(Outcome::Unknown), "{key}");
        }
    }

    #[test]
    fn a_broken_digest_counts_but_in_an_anchor() {
        let fails = |place: usize, self_signed: bool| {
            let weak =
                CertificateFacts { weak_signature: Some(WeakDigest::Sha1), self_signed, ..certificate() };
            of_signature(place, &weak).is_some()
        };
        assert!(fails(1, false) && fails(1, true) && fails(2, false) && !fails(2, true));
        assert!(of_signature(1, &certificate()).is_none());
    }

    #[test]
    fn a_period_of_one_moment_is_one() {
        let mut one = certificate();
        assert!(!is_never_valid(&one));
        one.not_after = "2025-12-31T23:59:59Z".parse().unwrap();
        assert!(is_never_valid(&one));
    }
}

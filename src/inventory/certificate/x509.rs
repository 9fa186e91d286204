//! Facts about one certificate.
//!
//! It must not keep a byte of the certificate beyond these facts, and it judges nothing: what is weak
//! enough to fail is the checks' business. Next: `chain`, which reads several.

use core::net::IpAddr;

use jiff::Timestamp;
use x509_parser::der_parser::oid;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey as ParsedKey;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name};

use super::lineage::Lineage;

/// Longest subject and issuer that are kept, in characters.
const NAME_LENGTH: usize = 128;

/// Longest DNS name there is.
const DNS_NAME_LENGTH: usize = 253;

/// Facts about one certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Common name of the subject, or its whole name where it has none; at most 128 characters.
    pub subject: String,
    /// The same of the issuer.
    pub issuer: String,
    /// DNS names it is for, in lower case, in the certificate's order. Names that no host can have are left out.
    pub dns_names: Vec<String>,
    /// Addresses it is for, in the certificate's order.
    pub ip_addresses: Vec<IpAddr>,
    /// Start of its validity.
    pub not_before: Timestamp,
    /// End of its validity; the far end of time for a certificate without one.
    pub not_after: Timestamp,
    /// What its key is.
    pub key: KeyKind,
    /// The digest of its signature, where that is a broken one.
    pub weak_signature: Option<WeakDigest>,
    /// Whether it may sign other certificates.
    pub is_ca: bool,
    /// Whether it names itself as its issuer.
    pub self_signed: bool,
    /// Which others can have issued it, or can be issued by it.
    pub lineage: Lineage,
}

/// The algorithm and size of a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA, with the bits of its modulus.
    Rsa(usize),
    /// ECDSA over a curve.
    Ecdsa(Curve),
    /// Ed25519.
    Ed25519,
    /// Another algorithm, by its object identifier.
    Other(String),
}

/// A curve of an ECDSA key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Another curve, by its object identifier; empty when it has none.
    Other(String),
}

/// A digest that is no longer safe in a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WeakDigest {
    /// MD2.
    Md2,
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
}

/// A public key, to compare with a private one.
#[derive(PartialEq, Eq)]
pub(super) struct PublicKey {
    pub(super) kind: KeyKind,
    pub(super) bits: Vec<u8>,
}

/// One certificate while its chain is read.
pub(super) struct Parsed {
    pub(super) facts: CertificateFacts,
    pub(super) public_key: PublicKey,
    pub(super) raw_subject: Vec<u8>,
    pub(super) raw_issuer: Vec<u8>,
}

/// Reads one certificate; none when these bytes are not exactly one.
pub(super) fn parse(der: &[u8]) -> Option<Parsed> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let public_key = PublicKey::of(certificate.public_key());
    let names = certificate.subject_alternative_name().ok()?;
    let names = names.map_or(&[][..], |extension| extension.value.general_names.as_slice());
    let (subject, issuer) = (certificate.subject(), certificate.issuer());
    let facts = CertificateFacts {
        subject: shown(subject),
        issuer: shown(issuer),
        dns_names: names.iter().filter_map(dns_name).collect(),
        ip_addresses: names.iter().filter_map(ip_address).collect(),
        not_before: timestamp(certificate.validity().not_before),
        not_after: timestamp(certificate.validity().not_after),
        key: public_key.kind.clone(),
        weak_signature: weak_digest(&certificate.signature_algorithm),
        is_ca: certificate.is_ca(),
        self_signed: subject.as_raw() == issuer.as_raw(),
        lineage: Lineage::of(&certificate, der),
    };
    let (raw_subject, raw_issuer) = (subject.as_raw().to_vec(), issuer.as_raw().to_vec());
    Some(Parsed { facts, public_key, raw_subject, raw_issuer })
}

impl PublicKey {
    /// The key of a certificate or of a signing key.
    pub(super) fn of(info: &SubjectPublicKeyInfo<'_>) -> Self {
        Self { kind: key_kind(info), bits: info.subject_public_key.data.to_vec() }
    }
}

// By object identifier: the parser's own sizes are wrong for P-521 (528), Ed25519 (0) and odd moduli.
fn key_kind(info: &SubjectPublicKeyInfo<'_>) -> KeyKind {
    let algorithm = &info.algorithm.algorithm;
    if *algorithm == oid!(1.2.840.113549.1.1.1) {
        match info.parsed() {
            Ok(ParsedKey::RSA(key)) => KeyKind::Rsa(bit_length(key.modulus)),
            _ => KeyKind::Other(algorithm.to_id_string()),
        }
    } else if *algorithm == oid!(1.2.840.10045.2.1) {
        let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
        KeyKind::Ecdsa(curve.as_ref().map_or_else(|| Curve::Other(String::new()), curve_of))
    } else if *algorithm == oid!(1.3.101.112) {
        KeyKind::Ed25519
    } else {
        KeyKind::Other(algorithm.to_id_string())
    }
}

fn curve_of(identifier: &Oid<'_>) -> Curve {
    if *identifier == oid!(1.2.840.10045.3.1.7) {
        Curve::P256
    } else if *identifier == oid!(1.3.132.0.34) {
        Curve::P384
    } else if *identifier == oid!(1.3.132.0.35) {
        Curve::P521
    } else {
        Curve::Other(identifier.to_id_string())
    }
}

fn bit_length(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let unused = number.get(zeros).map_or(0, |byte| byte.leading_zeros());
    (number.len() - zeros) * 8 - usize::try_from(unused).unwrap_or(0)
}

fn weak_digest(signature: &AlgorithmIdentifier<'_>) -> Option<WeakDigest> {
    let algorithm = &signature.algorithm;
    if *algorithm == oid!(1.2.840.113549.1.1.10) {
        // Where its parameters name no digest, RSASSA-PSS means SHA-1.
        let parameters = signature.parameters.as_ref()?;
        let parameters = RsaSsaPssParams::try_from(parameters).ok()?;
        return (*parameters.hash_algorithm_oid() == oid!(1.3.14.3.2.26)).then_some(WeakDigest::Sha1);
    }
    let weak = [
        (oid!(1.2.840.113549.1.1.2), WeakDigest::Md2),
        (oid!(1.2.840.113549.1.1.4), WeakDigest::Md5),
        (oid!(1.2.840.113549.1.1.5), WeakDigest::Sha1),
        (oid!(1.3.14.3.2.29), WeakDigest::Sha1),
        (oid!(1.2.840.10045.4.1), WeakDigest::Sha1),
        (oid!(1.2.840.10040.4.3), WeakDigest::Sha1),
    ];
    weak.iter().find(|(identifier, _)| identifier == algorithm).map(|(_, digest)| *digest)
}

fn shown(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|attribute| attribute.as_str().ok());
    let text = common.map_or_else(|| name.to_string(), str::to_owned);
    text.chars().filter(|letter| !letter.is_control()).take(NAME_LENGTH).collect()
}

fn dns_name(name: &GeneralName<'_>) -> Option<String> {
    let GeneralName::DNSName(text) = name else { return None };
    let usable = text.len() <= DNS_NAME_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic());
    usable.then(|| text.to_ascii_lowercase())
}

fn ip_address(name: &GeneralName<'_>) -> Option<IpAddr> {
    let GeneralName::IPAddress(bytes) = name else { return None };
    let four = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok()
}

// 9999-12-31T23:59:59Z, which says "no end", is past the last timestamp that can be represented.
fn timestamp(time: ASN1Time) -> Timestamp {
    let seconds = time.timestamp();
    let beyond = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(seconds).unwrap_or(beyond)
}

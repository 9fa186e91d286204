//! What the webhook shows to the API server: making it, reading it, and exchanging it while it serves.
//!
//! Each certificate has an authority of its own, whose key is forgotten at once: nothing that is stored can
//! sign another. It must not do I/O. Next: [`super::registrar`] for when a new one is due.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::client::verify_server_name;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::time::ASN1Time;
use zeroize::Zeroizing;

/// A clock may be behind by this much and still take the certificate.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Why a certificate cannot be made or used. No variant holds a byte of a key.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It could not be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// A moment is out of range.
    #[error("a moment of its validity is out of range")]
    Moment,
    /// This part is not what it should be.
    #[error("{0} cannot be read")]
    Unreadable(&'static str),
    /// The key is another's, or of a kind that cannot serve.
    #[error("the certificate cannot be used: {0}")]
    Unusable(#[source] rustls::Error),
}

/// A certificate, its key and the authorities that vouch for it, as text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    /// The certificate and what it was signed with, as PEM.
    pub chain: Vec<u8>,
    /// Its key as PEM.
    pub key: Zeroizing<Vec<u8>>,
    /// Certificates of authorities as PEM: of this certificate, and of those that may still be shown.
    pub authorities: Vec<u8>,
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").finish_non_exhaustive()
    }
}

/// Makes a certificate for these hosts, with an authority of its own.
pub fn issue(hosts: &[String], now: Timestamp, lifetime: SignedDuration) -> Result<Bundle, CertificateError> {
    let moment = |timestamp: Timestamp| {
        let time = ASN1Time::from_timestamp(timestamp.as_second()).map_err(|_| CertificateError::Moment)?;
        Ok::<_, CertificateError>(time.to_datetime())
    };
    let from = now.checked_sub(CLOCK_SKEW).map_err(|_| CertificateError::Moment)?;
    let until = now.checked_add(lifetime).map_err(|_| CertificateError::Moment)?;
    let (not_before, not_after) = (moment(from)?, moment(until)?);

    let mut authority = CertificateParams::default();
    // Two authorities of one name would be taken for one another.
    authority
        .distinguished_name
        .push(DnType::CommonName, format!("seaworthy webhook {}", now.as_microsecond()));
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    (authority.not_before, authority.not_after) = (not_before, not_after);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let mut serving = CertificateParams::new(hosts.to_vec())?;
    serving.distinguished_name.push(DnType::CommonName, "seaworthy webhook");
    serving.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    serving.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    serving.use_authority_key_identifier_extension = true;
    (serving.not_before, serving.not_after) = (not_before, not_after);
    let key = KeyPair::generate()?;
    let certificate = serving.signed_by(&key, &authority)?;
    Ok(Bundle {
        chain: certificate.pem().into_bytes(),
        key: Zeroizing::new(key.serialize_pem().into_bytes()),
        authorities: authority.pem().into_bytes(),
    })
}

/// A certificate that can be shown.
#[derive(Clone, Debug)]
pub struct Serving {
    key: Arc<CertifiedKey>,
    not_after: Timestamp,
}

impl Serving {
    /// Reads a bundle; fails if its key is not its certificate's.
    pub fn read(bundle: &Bundle) -> Result<Self, CertificateError> {
        let chain = certificates(&bundle.chain).ok_or(CertificateError::Unreadable("the certificate"))?;
        let first = chain.first().ok_or(CertificateError::Unreadable("the certificate"))?;
        let (_, parsed) =
            X509Certificate::from_der(first).map_err(|_| CertificateError::Unreadable("the certificate"))?;
        let not_after = Timestamp::from_second(parsed.validity().not_after.timestamp())
            .map_err(|_| CertificateError::Moment)?;
        let key = PrivateKeyDer::from_pem_slice(&bundle.key)
            .map_err(|_| CertificateError::Unreadable("the key"))?;
        let provider = rustls::crypto::ring::default_provider();
        let key = CertifiedKey::from_der(chain, key, &provider).map_err(CertificateError::Unusable)?;
        Ok(Self { key: Arc::new(key), not_after })
    }

    /// When it ends.
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether it is for all of these hosts.
    pub fn is_for(&self, hosts: &[String]) -> bool {
        let Ok(end) = self.key.end_entity_cert() else { return false };
        let Ok(parsed) = ParsedCertificate::try_from(end) else { return false };
        hosts.iter().all(|host| {
            ServerName::try_from(host.as_str()).is_ok_and(|name| verify_server_name(&parsed, &name).is_ok())
        })
    }

    fn is_like(&self, other: &Self) -> bool {
        self.key.cert == other.key.cert
    }
}

/// The certificate that is shown now. Cheap to clone; a connection that is open keeps what it was shown.
#[derive(Clone, Debug, Default)]
pub struct Shown(Arc<RwLock<Option<Serving>>>);

impl Shown {
    /// Shows another one from now on. Says whether it is another.
    pub fn show(&self, serving: Serving) -> bool {
        let mut shown = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = shown.as_ref().is_none_or(|shown| !shown.is_like(&serving));
        *shown = Some(serving);
        is_new
    }

    /// When what is shown ends; none while there is nothing to show.
    pub fn not_after(&self) -> Option<Timestamp> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(Serving::not_after)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        shown.as_ref().map(|serving| Arc::clone(&serving.key))
    }
}

/// The certificates of a PEM text; none if one of them cannot be read, or there is none.
pub fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    all.ok().filter(|all| !all.is_empty())
}

/// The authorities of the new bundle, and of those before it that have not ended: at most this many in all.
pub fn trusted(new: &[u8], before: &[u8], now: Timestamp) -> Vec<u8> {
    const MOST: usize = 3;
    let newest = certificates(new).unwrap_or_default();
    let ends = |certificate: &CertificateDer<'_>| {
        let parsed = X509Certificate::from_der(certificate).ok()?.1;
        Some(parsed.validity().not_after.timestamp())
    };
    let before = certificates(before).unwrap_or_default().into_iter();
    let before = before.filter(|old| ends(old).is_some_and(|end| end > now.as_second()));
    let mut all: Vec<CertificateDer<'static>> = newest;
    for old in before {
        if all.len() < MOST && !all.contains(&old) {
            all.push(old);
        }
    }
    all.iter().flat_map(|certificate| pem(certificate).into_bytes()).collect()
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::Engine as _;
    const LINE: usize = 64;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn bundle(host: &str, now: Timestamp) -> Bundle {
        issue(&[host.to_owned()], now, DAY).unwrap()
    }

    #[test]
    fn what_is_made_can_be_shown_and_is_for_its_hosts_alone() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let serving = Serving::read(&bundle("hook.seaworthy-system.svc", now)).unwrap();
        assert_eq!(serving.not_after(), now + DAY);
        assert!(serving.is_for(&["hook.seaworthy-system.svc".to_owned()]));
        assert!(!serving.is_for(&["other.seaworthy-system.svc".to_owned()]));
        let loopback = Serving::read(&bundle("127.0.0.1", now)).unwrap();
        assert!(loopback.is_for(&["127.0.0.1".to_owned()]));
    }

    #[test]
    fn anothers_key_and_garbage_are_refused_without_a_byte_of_them() {
        let now = Timestamp::UNIX_EPOCH;
        let (one, other) = (bundle("a.example", now), bundle("a.example", now));
        let mixed = Bundle { key: other.key.clone(), ..one.clone() };
        assert!(matches!(Serving::read(&mixed), Err(CertificateError::Unusable(_))));
        let garbage = Bundle { key: Zeroizing::new(b"SECRET".to_vec()), ..one };
        let error = Serving::read(&garbage).unwrap_err();
        assert!(!format!("{error} {error:?} {garbage:?}").contains("SECRET"));
    }

    #[test]
    fn old_authorities_are_trusted_until_they_end() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let (old, new) = (bundle("a.example", start), bundle("a.example", start + DAY / 2));
        let count = |now| certificates(&trusted(&new.authorities, &old.authorities, now)).unwrap().len();
        assert_eq!((count(start + DAY / 2), count(start + DAY * 2)), (2, 1));
        assert_eq!(trusted(&new.authorities, &new.authorities, start), trusted(&new.authorities, &[], start));
    }

    #[test]
    fn what_is_shown_can_be_exchanged() {
        let now = Timestamp::UNIX_EPOCH;
        let (one, other) = (bundle("a.example", now), bundle("a.example", now));
        let shown = Shown::default();
        assert_eq!(shown.not_after(), None);
        assert!(shown.show(Serving::read(&one).unwrap()));
        assert!(!shown.show(Serving::read(&one).unwrap()));
        assert!(shown.show(Serving::read(&other).unwrap()));
        assert_eq!(shown.not_after(), Some(now + DAY));
    }
}

//! Whether a chain leads to a public root, verified as clients do: signatures, purposes, constraints of names.
//!
//! The roots are Mozilla's, as they were when this version was built; they are read once, when the first chain is. It
//! must not ask what time it is: a chain is verified at moments of its own, and whether it is valid now is judged by its
//! dates. It must keep no byte of a chain. Next: [`super::bundle`] for other authorities, which are known by name.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::ring::default_provider;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::{CertificateDer, UnixTime};

use super::chain::{Chain, Encoded};

/// Read when the first chain is.
static ROOTS: LazyLock<Roots> = LazyLock::new(Roots::public);

/// Whether the first certificate of a chain can be trusted by those who trust the public roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicTrust {
    /// It can: the chain was verified up to one of them.
    Verified,
    /// None of the certificates says that a public root issued it.
    NotNamed,
    /// One of them says so, but from the first one there is no way to it that holds.
    NotVerified,
    /// One of them says so, but it is of a kind that cannot be verified here.
    Undecidable,
}

/// Those who are trusted.
struct Roots {
    store: RootCertStore,
    /// Their names.
    subjects: BTreeSet<Vec<u8>>,
}

impl PublicTrust {
    pub(super) fn of(chain: &Chain) -> Self {
        // Without a certificate there is nothing for which roots need be read.
        if chain.encoded.is_empty() { Self::NotNamed } else { ROOTS.trust(chain) }
    }
}

impl Roots {
    fn public() -> Self {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        Self::of(store)
    }

    fn of(store: RootCertStore) -> Self {
        let subjects = store.subjects().iter().map(|name| name.as_ref().to_vec()).collect();
        Self { store, subjects }
    }

    fn trust(&self, chain: &Chain) -> PublicTrust {
        // Nobody gets to a root that no certificate names, and most chains of a cluster name none.
        if !chain.encoded.iter().any(|one| self.subjects.contains(&one.issuer)) {
            return PublicTrust::NotNamed;
        }
        let encoded: Vec<_> = chain.encoded.iter().map(Encoded::as_der).collect();
        // Those who are valid together at any moment are so at the one at which the last of them begins.
        let moments: BTreeSet<i64> =
            chain.certificates.iter().map(|one| one.not_before.as_second()).collect();
        let mut trust = PublicTrust::NotVerified;
        // Mostly that is the one at which the leaf does.
        for moment in moments.into_iter().rev().filter_map(|moment| u64::try_from(moment).ok()) {
            match self.verify(&encoded, UnixTime::since_unix_epoch(Duration::from_secs(moment))) {
                Ok(()) => return PublicTrust::Verified,
                Err(error) if is_beyond(&error) => trust = PublicTrust::Undecidable,
                Err(_) => {}
            }
        }
        trust
    }

    fn verify(&self, chain: &[CertificateDer<'_>], moment: UnixTime) -> Result<(), Error> {
        let (leaf, others) = chain.split_first().ok_or(Error::NoCertificatesPresented)?;
        let leaf = ParsedCertificate::try_from(leaf)?;
        let algorithms = default_provider().signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&leaf, &self.store, others, moment, algorithms)
    }
}

impl Encoded {
    fn as_der(&self) -> CertificateDer<'_> {
        CertificateDer::from(self.der.as_slice())
    }
}

/// Whether the chain is of a kind that is not understood here, which says nothing against it.
fn is_beyond(error: &Error) -> bool {
    let Error::InvalidCertificate(error) = error else { return false };
    matches!(
        error,
        CertificateError::BadEncoding
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
            | CertificateError::Other(_)
    )
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
        date_time_ymd,
    };

    use super::super::{TlsInput, chain};
    use super::*;

    /// A leaf of www.google.com and the one who issued it, as both were presented in 2023.
    const PUBLIC: &str = include_str!("../../../tests/fixtures/tls/public-chain.crt");

    fn read(pem: &str) -> Chain {
        let mut problems = Vec::new();
        let chain = chain::read(TlsInput::Bytes(pem.as_bytes()), &mut problems);
        assert_eq!(problems, []);
        chain
    }

    fn trust(pem: &str) -> PublicTrust {
        PublicTrust::of(&read(pem))
    }

    fn parameters(name: &str, years: (i32, i32)) -> CertificateParams {
        let mut parameters = CertificateParams::new(vec!["www.shop.example".to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.not_before = date_time_ymd(years.0, 1, 1);
        parameters.not_after = date_time_ymd(years.1, 1, 1);
        parameters
    }

    fn authority(name: &str, years: (i32, i32)) -> CertificateParams {
        let mut parameters = parameters(name, years);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        parameters
    }

    /// A root that is trusted, and by which others can be issued.
    fn root() -> (Roots, Issuer<'static, KeyPair>) {
        let issuer = Issuer::new(authority("root", (2000, 2100)), KeyPair::generate().unwrap());
        let certificate = authority("root", (2000, 2100)).self_signed(issuer.key()).unwrap();
        let mut store = RootCertStore::empty();
        store.add(certificate.der().clone()).unwrap();
        (Roots::of(store), issuer)
    }

    fn issued(parameters: &CertificateParams, by: &Issuer<'_, KeyPair>) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (parameters.signed_by(&key, by).unwrap(), key)
    }

    #[test]
    fn every_public_root_is_read() {
        let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS.len();
        assert!(all > 100, "{all}");
        assert_eq!(ROOTS.store.len(), all);
    }

    #[test]
    fn a_chain_of_a_public_authority_is_verified_whenever_it_was_valid() {
        assert_eq!(trust(PUBLIC), PublicTrust::Verified);
        let (leaf, issuer) = PUBLIC.split_once("-----END CERTIFICATE-----\n").unwrap();
        let leaf = format!("{leaf}-----END CERTIFICATE-----\n");
        assert_eq!(trust(&leaf), PublicTrust::NotNamed, "nobody says who issued the issuer");
        let own = include_str!("../../../tests/fixtures/tls/example.crt");
        assert_eq!(trust(&format!("{own}{issuer}")), PublicTrust::NotVerified, "it issued another");
        assert_eq!(trust(own), PublicTrust::NotNamed);
    }

    #[test]
    fn who_only_calls_himself_a_public_root_is_not_trusted() {
        let name = "GTS Root R1";
        let impostor = Issuer::new(authority(name, (2000, 2100)), KeyPair::generate().unwrap());
        let (leaf, _) = issued(&parameters("leaf", (2025, 2026)), &impostor);
        let (roots, _) = root();
        assert_eq!(roots.trust(&read(&leaf.pem())), PublicTrust::NotNamed);
        let impostor = Issuer::new(authority("root", (2000, 2100)), KeyPair::generate().unwrap());
        let (leaf, _) = issued(&parameters("leaf", (2025, 2026)), &impostor);
        assert_eq!(roots.trust(&read(&leaf.pem())), PublicTrust::NotVerified);
    }

    #[test]
    fn a_chain_is_verified_in_whatever_order_but_from_the_first_certificate_on() {
        let (roots, root) = root();
        let middle = authority("middle", (2020, 2030));
        let (middle_certificate, middle_key) = issued(&middle, &root);
        let (leaf, _) = issued(&parameters("leaf", (2025, 2026)), &Issuer::new(middle, middle_key));
        let (other, _) = issued(&authority("other", (2026, 2027)), &root);
        let [leaf, middle, other] = [&leaf, &middle_certificate, &other].map(Certificate::pem);
        let trust = |pem: String| roots.trust(&read(&pem));
        assert_eq!(trust(format!("{leaf}{middle}")), PublicTrust::Verified);
        assert_eq!(trust(format!("{leaf}{other}{middle}")), PublicTrust::Verified);
        assert_eq!(trust(format!("{leaf}{other}")), PublicTrust::NotVerified, "the one between is missing");
        assert_eq!(trust(leaf), PublicTrust::NotNamed);
    }

    #[test]
    fn certificates_that_are_never_valid_together_are_not_verified() {
        let (roots, root) = root();
        let middle = authority("middle", (2020, 2024));
        let (middle_certificate, middle_key) = issued(&middle, &root);
        let middle = Issuer::new(middle, middle_key);
        for (years, expected) in
            [((2025, 2026), PublicTrust::NotVerified), ((2023, 2026), PublicTrust::Verified)]
        {
            let (leaf, _) = issued(&parameters("leaf", years), &middle);
            let pem = format!("{}{}", leaf.pem(), middle_certificate.pem());
            assert_eq!(roots.trust(&read(&pem)), expected, "{years:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_held_against_a_chain() {
        let beyond = |error: CertificateError| is_beyond(&Error::InvalidCertificate(error));
        assert!(beyond(CertificateError::BadEncoding));
        assert!(!beyond(CertificateError::BadSignature) && !beyond(CertificateError::UnknownIssuer));
    }
}

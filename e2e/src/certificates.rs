//! The keys and certificates of one control plane: an authority, what the API server shows, who the
//! administrator and the components are, and the key that signs service account tokens.
//!
//! It must not reuse anything between control planes: each has an authority of its own, so a test that
//! talks to the wrong one fails at once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::Error;

/// Where a certificate and its key lie.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// The authority of one control plane, with the directory it writes to.
pub(crate) struct Authority {
    directory: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn create(directory: &Path) -> Result<Self, Error> {
        fs::create_dir_all(directory).map_err(Error::io(format!("create {}", directory.display())))?;
        let mut params = named("seaworthy-e2e", None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let authority = Self { directory: directory.to_owned(), issuer };
        write(&authority.certificate(), &authority.issuer.pem())?;
        Ok(authority)
    }

    /// The file with the authority's own certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.directory.join("ca.crt")
    }

    /// What a server on loopback shows.
    pub(crate) fn serving(&self, name: &str) -> Result<Pair, Error> {
        let mut params = named(name, None);
        let names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "127.0.0.1"];
        params.subject_alt_names =
            CertificateParams::new(names.map(str::to_owned).to_vec())?.subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(name, params)
    }

    /// What a client shows: the common name is the user, the organization its group.
    pub(crate) fn client(&self, user: &str, group: Option<&str>) -> Result<Pair, Error> {
        let mut params = named(user, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(&user.replace(':', "-"), params)
    }

    /// A key pair without a certificate, for service account tokens: (private, public).
    pub(crate) fn signing_key(&self) -> Result<(PathBuf, PathBuf), Error> {
        let key = KeyPair::generate()?;
        let (private, public) =
            (self.directory.join("service-account.key"), self.directory.join("service-account.pub"));
        write(&private, &key.serialize_pem())?;
        write(&public, &key.public_key_pem())?;
        Ok((private, public))
    }

    // A certificate without any extension would be of version 1, which rustls refuses; the key usages
    // make it version 3.
    fn issue(&self, file: &str, mut params: CertificateParams) -> Result<Pair, Error> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let pair = Pair {
            certificate: self.directory.join(format!("{file}.crt")),
            key: self.directory.join(format!("{file}.key")),
        };
        write(&pair.certificate, &certificate.pem())?;
        write(&pair.key, &key.serialize_pem())?;
        Ok(pair)
    }
}

fn named(common_name: &str, organization: Option<&str>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    if let Some(organization) = organization {
        params.distinguished_name.push(DnType::OrganizationName, organization);
    }
    params
}

fn write(path: &Path, content: &str) -> Result<(), Error> {
    fs::write(path, content).map_err(Error::io(format!("write {}", path.display())))
}

//! Facts about the material of a `kubernetes.io/tls` Secret, of which no byte is kept.
//!
//! Computed once, while the Secret is decoded; checks see these facts only. Nothing here may hold, print or
//! return a byte of a private key, and nothing may fail or panic over what a Secret holds. Limit: the buffers
//! of this module are wiped, those inside the cryptographic library and of the transport are only
//! freed. Next: `chain` and `key` for the two files, `names` for hosts, `public_roots` and `bundle` for trust.

mod bundle;
mod chain;
mod key;
mod lineage;
mod names;
mod pem;
mod public_roots;
#[cfg(test)]
mod tests;
mod x509;

use std::fmt;

use jiff::Timestamp;

pub use bundle::CaBundle;
pub use key::{KeyMatch, KeyMatchUnknown};
pub use lineage::Lineage;
pub use names::covers as host_is_covered;
pub(in crate::inventory) use pem::decode_base64;
pub use public_roots::PublicTrust;
pub use x509::{CertificateFacts, Curve, KeyKind, WeakDigest};

/// Largest `tls.crt` and `tls.key` that is looked into.
const MAX_BYTES: usize = 64 * 1024;

/// Longest chain that is looked into.
const MAX_CERTIFICATES: usize = 10;

/// What is known about a certificate chain and its private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsMaterial {
    /// What is wrong with the two files: first the certificate's, then the key's.
    pub problems: Vec<TlsProblem>,
    /// The certificates up to the first one that does not parse, as they stand in `tls.crt`.
    pub chain: Vec<CertificateFacts>,
    /// Whether each certificate of the chain is followed by the one that it names as its issuer.
    pub chain_in_order: bool,
    /// Whether the private key belongs to the first certificate.
    pub key_matches: KeyMatch,
    /// Whether clients that trust the public roots can trust the first certificate.
    pub public_trust: PublicTrust,
}

/// A key of the Secret's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataKey {
    /// `tls.crt`.
    Certificate,
    /// `tls.key`.
    PrivateKey,
}

/// What is wrong with the material, without a byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum TlsProblem {
    /// The Secret has no such key.
    #[error("{0} is missing")]
    Missing(DataKey),
    /// The value is empty.
    #[error("{0} is empty")]
    Empty(DataKey),
    /// The value is not a base64 string.
    #[error("{0} is not a base64 string")]
    Malformed(DataKey),
    /// The value is too large to be looked into.
    #[error("{0} is larger than 64 KiB")]
    TooLarge(DataKey),
    /// There is not one PEM block.
    #[error("{0} is not PEM")]
    NotPem(DataKey),
    /// There is PEM, but no certificate.
    #[error("tls.crt holds no certificate")]
    NoCertificate,
    /// The chain is too long; only its beginning was looked into.
    #[error("tls.crt holds more than 10 certificates")]
    TooManyCertificates,
    /// A certificate is not one.
    #[error("certificate {position} of tls.crt does not parse")]
    CertificateUnparsable {
        /// Which, counted from 1.
        position: usize,
    },
    /// The private key needs a pass phrase.
    #[error("the private key in tls.key is encrypted")]
    KeyEncrypted,
    /// There is PEM, but no private key.
    #[error("tls.key holds no private key")]
    NoPrivateKey,
    /// The private key is not one.
    #[error("the private key in tls.key does not parse")]
    KeyUnparsable,
}

/// A value of the Secret's data as it was found.
#[derive(Clone, Copy)]
pub(in crate::inventory) enum TlsInput<'a> {
    /// There is no such key.
    Absent,
    /// What is there is not a base64 string.
    Malformed,
    /// The decoded value.
    Bytes(&'a [u8]),
}

impl TlsMaterial {
    /// The facts about these two values, each absent if the Secret has no such key.
    pub fn parse(certificate: Option<&[u8]>, key: Option<&[u8]>) -> Self {
        let input = |bytes: Option<_>| bytes.map_or(TlsInput::Absent, TlsInput::Bytes);
        Self::read(input(certificate), input(key))
    }

    /// The facts about two values, whatever was found in their place.
    pub(in crate::inventory) fn read(certificate: TlsInput<'_>, key: TlsInput<'_>) -> Self {
        let mut problems = Vec::new();
        let chain = chain::read(certificate, &mut problems);
        let private = key::read(key, &mut problems);
        Self {
            key_matches: KeyMatch::of(chain.leaf_key.as_ref(), &private),
            public_trust: PublicTrust::of(&chain),
            chain: chain.certificates,
            chain_in_order: chain.in_order,
            problems,
        }
    }

    /// The certificate that a server shows first.
    pub fn leaf(&self) -> Option<&CertificateFacts> {
        self.chain.first()
    }

    /// The last certificate on the way from the leaf to whoever issued each: the one whose issuer must be trusted. In
    /// whatever order they stand, and by what they say of each other.
    pub fn last(&self) -> Option<&CertificateFacts> {
        let mut last = self.leaf()?;
        // A way with more steps than there are certificates goes in circles.
        for _ in &self.chain {
            let issued = |one: &&CertificateFacts| {
                !one.lineage.is(&last.lineage) && one.lineage.can_have_issued(&last.lineage)
            };
            let Some(next) = self.chain.iter().find(issued) else { break };
            last = next;
        }
        Some(last)
    }

    /// Whether a client that asks for `host` accepts the leaf's names; see [`CertificateFacts::covers`].
    pub fn covers(&self, host: &str) -> bool {
        self.leaf().is_some_and(|leaf| leaf.covers(host))
    }
}

impl CertificateFacts {
    /// Whether this certificate's subject alternative names cover `host`, a DNS name, a wildcard or an address.
    ///
    /// Letters of either case are equal; a wildcard stands for exactly one label; a wildcard host is covered
    /// by the same wildcard only; the common name does not count.
    pub fn covers(&self, host: &str) -> bool {
        names::covers(&self.dns_names, &self.ip_addresses, host)
    }

    /// Whether this moment lies in its validity.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }
}

impl TlsProblem {
    /// A word for metrics, out of a closed set.
    pub const fn category(self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::Empty(_) => "empty",
            Self::Malformed(_) => "malformed",
            Self::TooLarge(_) | Self::TooManyCertificates => "too-large",
            Self::NotPem(_) => "not-pem",
            Self::NoCertificate => "no-certificate",
            Self::CertificateUnparsable { .. } => "certificate-unparsable",
            Self::KeyEncrypted => "key-encrypted",
            Self::NoPrivateKey => "no-private-key",
            Self::KeyUnparsable => "key-unparsable",
        }
    }
}

impl<'a> TlsInput<'a> {
    fn bytes(self, key: DataKey, limit: usize) -> Result<&'a [u8], TlsProblem> {
        match self {
            Self::Absent => Err(TlsProblem::Missing(key)),
            Self::Malformed => Err(TlsProblem::Malformed(key)),
            Self::Bytes([]) => Err(TlsProblem::Empty(key)),
            Self::Bytes(bytes) if bytes.len() > limit => Err(TlsProblem::TooLarge(key)),
            Self::Bytes(bytes) => Ok(bytes),
        }
    }
}

impl DataKey {
    /// The key as it stands in the Secret.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "tls.crt",
            Self::PrivateKey => "tls.key",
        }
    }
}

impl fmt::Display for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA {bits}"),
            Self::Ecdsa(curve) => write!(f, "ECDSA {curve}"),
            Self::Ed25519 => f.pad("Ed25519"),
            Self::Other(identifier) => f.pad(identifier),
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Other(identifier) if identifier.is_empty() => "over a curve of its own",
            Self::Other(identifier) => identifier,
        })
    }
}

impl fmt::Display for WeakDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Md2 => "MD2",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
        })
    }
}

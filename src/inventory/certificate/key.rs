//! Whether a private key belongs to a certificate.
//!
//! Nothing of the key is kept: it is understood, compared by its public half and dropped. It must not
//! take an algorithm it does not know for a mismatch. Next: [`super::TlsMaterial::key_matches`].

use rustls::crypto::ring::sign::any_supported_type;
use rustls_pki_types::PrivateKeyDer;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::x509::{Curve, KeyKind, PublicKey};
use super::{DataKey, MAX_BYTES, TlsInput, TlsProblem, pem};

/// Whether the private key belongs to the first certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMatch {
    /// It does.
    Matches,
    /// It belongs to another certificate.
    Differs,
    /// It cannot be said.
    Unknown(KeyMatchUnknown),
}

/// Why it cannot be said whether a key belongs to a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyMatchUnknown {
    /// There is no certificate that can be read.
    #[error("there is no certificate that can be read")]
    NoCertificate,
    /// There is no private key that can be read.
    #[error("there is no private key that can be read")]
    NoPrivateKey,
    /// One of the two is of an algorithm, size or encoding that is not supported.
    #[error("the algorithm, size or encoding of the key is not supported")]
    Unsupported,
}

/// What a private key told about itself.
pub(super) enum PrivateKey {
    Known(PublicKey),
    Unsupported,
    Absent,
}

impl KeyMatch {
    pub(super) fn of(certificate: Option<&PublicKey>, private: &PrivateKey) -> Self {
        match (certificate, private) {
            (None, _) => Self::Unknown(KeyMatchUnknown::NoCertificate),
            (_, PrivateKey::Absent) => Self::Unknown(KeyMatchUnknown::NoPrivateKey),
            (Some(certificate), PrivateKey::Known(own)) if is_comparable(certificate) => {
                if own == certificate { Self::Matches } else { Self::Differs }
            }
            _ => Self::Unknown(KeyMatchUnknown::Unsupported),
        }
    }
}

/// Whether a key of this certificate would be understood, and written in the same way.
fn is_comparable(certificate: &PublicKey) -> bool {
    const UNCOMPRESSED: u8 = 4;
    match certificate.kind {
        KeyKind::Rsa(_) | KeyKind::Ed25519 => true,
        KeyKind::Ecdsa(Curve::P256 | Curve::P384) => certificate.bits.first() == Some(&UNCOMPRESSED),
        KeyKind::Ecdsa(_) | KeyKind::Other(_) => false,
    }
}

/// Reads `tls.key`.
pub(super) fn read(input: TlsInput<'_>, problems: &mut Vec<TlsProblem>) -> PrivateKey {
    match find(input) {
        Ok(key) => key,
        Err(problem) => {
            problems.push(problem);
            PrivateKey::Absent
        }
    }
}

fn find(input: TlsInput<'_>) -> Result<PrivateKey, TlsProblem> {
    let text = input.bytes(DataKey::PrivateKey, MAX_BYTES)?;
    let mut blocks = pem::blocks(text).peekable();
    if blocks.peek().is_none() {
        return Err(TlsProblem::NotPem(DataKey::PrivateKey));
    }
    let block = blocks.find(pem::Block::is_private_key).ok_or(TlsProblem::NoPrivateKey)?;
    if block.is_encrypted() {
        return Err(TlsProblem::KeyEncrypted);
    }
    let der = block.der().ok_or(TlsProblem::KeyUnparsable)?;
    // The label does not decide: keys under the wrong one are common, and servers take them.
    let der = PrivateKeyDer::try_from(der.as_slice()).map_err(|_| TlsProblem::KeyUnparsable)?;
    Ok(public_half(&der).map_or(PrivateKey::Unsupported, PrivateKey::Known))
}

fn public_half(der: &PrivateKeyDer<'_>) -> Option<PublicKey> {
    let signer = any_supported_type(der).ok()?;
    let public = signer.public_key()?;
    let (_, info) = SubjectPublicKeyInfo::from_der(public.as_ref()).ok()?;
    Some(PublicKey::of(&info))
}

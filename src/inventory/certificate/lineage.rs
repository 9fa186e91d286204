//! Which certificate can have issued which.
//!
//! Told by names and key identifiers, of which hashes are kept, as clients find their way to one that they trust. It
//! must not verify a signature. Next: [`super::bundle`] for who is trusted.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU64;

use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{X509Certificate, X509Version};

/// Hashes of what a certificate says of itself and of its issuer. The same in every process, and nothing that
/// anybody sees depends on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Of all of it.
    whole: u64,
    subject: u64,
    issuer: u64,
    /// Of the identifier of its key.
    key: Option<NonZeroU64>,
    /// Of the identifier of its issuer's key.
    issuer_key: Option<NonZeroU64>,
    /// Whether clients take it for an issuer at all.
    is_issuer: bool,
}

impl Lineage {
    pub(super) fn of(certificate: &X509Certificate<'_>, der: &[u8]) -> Self {
        let (mut key, mut issuer_key) = (None, None);
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(own) => key = NonZeroU64::new(hash(own.0)),
                ParsedExtension::AuthorityKeyIdentifier(authority) => {
                    let own = authority.key_identifier.as_ref();
                    issuer_key = own.and_then(|own| NonZeroU64::new(hash(own.0)));
                }
                _ => {}
            }
        }
        let (subject, issuer) = (hash(certificate.subject().as_raw()), hash(certificate.issuer().as_raw()));
        // One that names itself was signed by its own key, unless it says otherwise.
        let issuer_key = issuer_key.or_else(|| key.filter(|_| subject == issuer));
        // Before there were extensions, nothing said who may issue.
        let is_issuer = certificate.is_ca() || certificate.version() != X509Version::V3;
        Self { whole: hash(der), subject, issuer, key, issuer_key, is_issuer }
    }

    /// Whether it is the other one, byte for byte.
    pub(super) const fn is(&self, other: &Self) -> bool {
        self.whole == other.whole
    }

    /// Whether it can have issued the other one: nothing that either says is against it.
    pub(super) fn can_have_issued(&self, other: &Self) -> bool {
        let is_of_key = self.key.zip(other.issuer_key).is_none_or(|(own, named)| own == named);
        self.is_issuer && self.subject == other.issuer && is_of_key
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

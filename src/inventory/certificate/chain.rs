//! The certificates of `tls.crt`, in order.
//!
//! It must not verify signatures or trust: names say whether the order is right, and who is trusted is
//! not known here. Next: `x509` for one certificate, `public_roots` for trust.

use zeroize::Zeroizing;

use super::x509::{self, CertificateFacts, PublicKey};
use super::{DataKey, MAX_BYTES, MAX_CERTIFICATES, TlsInput, TlsProblem, pem};

/// What `tls.crt` holds.
pub(super) struct Chain {
    pub(super) certificates: Vec<CertificateFacts>,
    pub(super) in_order: bool,
    pub(super) leaf_key: Option<PublicKey>,
    /// The certificates themselves, as long as the facts about them are computed.
    pub(super) encoded: Vec<Encoded>,
}

/// One certificate as it stands in the file.
pub(super) struct Encoded {
    pub(super) der: Zeroizing<Vec<u8>>,
    /// The name of its issuer, with the head that says that it is one.
    pub(super) issuer: Vec<u8>,
}

/// Reads `tls.crt`, up to the first certificate that does not parse: facts about a later one would pass for
/// facts about the leaf.
pub(super) fn read(input: TlsInput<'_>, problems: &mut Vec<TlsProblem>) -> Chain {
    let (certificates, encoded) = (Vec::new(), Vec::new());
    let mut chain = Chain { certificates, in_order: true, leaf_key: None, encoded };
    if let Err(problem) = chain.fill(input) {
        problems.push(problem);
    }
    chain
}

impl Chain {
    fn fill(&mut self, input: TlsInput<'_>) -> Result<(), TlsProblem> {
        let text = input.bytes(DataKey::Certificate, MAX_BYTES)?;
        let mut blocks = pem::blocks(text).peekable();
        if blocks.peek().is_none() {
            return Err(TlsProblem::NotPem(DataKey::Certificate));
        }
        for block in blocks.filter(pem::Block::is_certificate) {
            let position = self.certificates.len() + 1;
            if position > MAX_CERTIFICATES {
                return Err(TlsProblem::TooManyCertificates);
            }
            let parsed = block.der().and_then(|der| Some((x509::parse(&der)?, der)));
            let (parsed, der) = parsed.ok_or(TlsProblem::CertificateUnparsable { position })?;
            self.in_order &= self.encoded.last().is_none_or(|before| before.issuer == parsed.raw_subject);
            self.encoded.push(Encoded { der, issuer: parsed.raw_issuer });
            self.leaf_key.get_or_insert(parsed.public_key);
            self.certificates.push(parsed.facts);
        }
        // Most chains are short, and a vector that grows makes room for four.
        self.certificates.shrink_to_fit();
        if self.certificates.is_empty() { Err(TlsProblem::NoCertificate) } else { Ok(()) }
    }
}

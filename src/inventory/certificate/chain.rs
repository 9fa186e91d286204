//! The certificates of `tls.crt`, in order.
//!
//! It must not verify signatures or trust: names say whether the order is right, and who is trusted is
//! not known here. Next: `x509` for one certificate.

use super::x509::{self, CertificateFacts, PublicKey};
use super::{DataKey, MAX_BYTES, MAX_CERTIFICATES, TlsInput, TlsProblem, pem};

/// What `tls.crt` holds.
pub(super) struct Chain {
    pub(super) certificates: Vec<CertificateFacts>,
    pub(super) in_order: bool,
    pub(super) leaf_key: Option<PublicKey>,
}

/// Reads `tls.crt`, up to the first certificate that does not parse: facts about a later one would pass for
/// facts about the leaf.
pub(super) fn read(input: TlsInput<'_>, problems: &mut Vec<TlsProblem>) -> Chain {
    let mut chain = Chain { certificates: Vec::new(), in_order: true, leaf_key: None };
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
        let mut issuer: Option<Vec<u8>> = None;
        for block in blocks.filter(pem::Block::is_certificate) {
            let position = self.certificates.len() + 1;
            if position > MAX_CERTIFICATES {
                return Err(TlsProblem::TooManyCertificates);
            }
            let parsed = block.der().and_then(|der| x509::parse(&der));
            let parsed = parsed.ok_or(TlsProblem::CertificateUnparsable { position })?;
            self.in_order &= issuer.is_none_or(|issuer| issuer == parsed.raw_subject);
            issuer = Some(parsed.raw_issuer);
            self.leaf_key.get_or_insert(parsed.public_key);
            self.certificates.push(parsed.facts);
        }
        // Most chains are short, and a vector that grows makes room for four.
        self.certificates.shrink_to_fit();
        if self.certificates.is_empty() { Err(TlsProblem::NoCertificate) } else { Ok(()) }
    }
}

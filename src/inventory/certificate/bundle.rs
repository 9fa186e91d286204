//! Certificates by which a client knows servers, such as a webhook's `caBundle`.
//!
//! Who is trusted is told by names, without a signature being verified. Next: `chain`, which reads them, `lineage`.

use jiff::Timestamp;

use super::{CertificateFacts, TlsInput, TlsProblem, chain};

/// What is known about a bundle of certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaBundle {
    /// The certificates up to the first one that does not parse, as they stand in the bundle.
    pub certificates: Vec<CertificateFacts>,
    /// Why there are none, or not all; its words speak of `tls.crt`, which holds the same.
    pub problem: Option<TlsProblem>,
}

impl CaBundle {
    /// The facts about a PEM text.
    pub fn parse(pem: &[u8]) -> Self {
        let mut problems = Vec::new();
        let certificates = chain::read(TlsInput::Bytes(pem), &mut problems).certificates;
        Self { certificates, problem: problems.pop() }
    }

    /// Whether a certificate of the bundle that is valid now can vouch for the first one of a chain: by being it, by
    /// having issued it, or by having issued one of the others that leads to it, in whatever order they stand.
    pub fn can_vouch_for(&self, chain: &[CertificateFacts], now: Timestamp) -> bool {
        let trusted: Vec<_> = self.certificates.iter().filter(|one| one.is_valid(now)).collect();
        let mut reached: Vec<&CertificateFacts> = chain.first().into_iter().collect();
        let mut next = 0;
        while let Some(current) = reached.get(next).copied() {
            let vouches = |one: &CertificateFacts| {
                one.lineage.is(&current.lineage) || one.lineage.can_have_issued(&current.lineage)
            };
            if trusted.iter().any(|one| vouches(one)) {
                return true;
            }
            for one in chain.iter().filter(|one| one.lineage.can_have_issued(&current.lineage)) {
                if !reached.iter().any(|known| known.lineage.is(&one.lineage)) {
                    reached.push(one);
                }
            }
            next += 1;
        }
        false
    }
}

//! Certificates by which a client knows servers, such as a webhook's `caBundle`.
//!
//! It must not say who is trusted. Next: `chain`, which reads them.

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
}

//! Authorities that a policy lists beside the public ones, each text with the certificates of some.
//!
//! It must not judge a chain. Next: `tls/tls_cert_trusted.rs`, [`crate::inventory::certificate::CaBundle`].

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::inventory::certificate::{CaBundle, CertificateFacts, TlsProblem};

/// A list of texts in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
#[schemars(with = "Vec<String>")]
pub(super) struct Authorities {
    texts: Vec<String>,
    bundles: Vec<CaBundle>,
}

/// Why a text is none; both are counted from 1.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum NoAuthority {
    /// A certificate in it is none.
    #[error("certificate {position} of text {text} does not parse")]
    Unparsable {
        /// The text.
        text: usize,
        /// The certificate.
        position: usize,
    },
    /// It holds too much to be looked into.
    #[error("text {text} holds more than 10 certificates or 64 KiB; make several of it")]
    TooLarge {
        /// The text.
        text: usize,
    },
    /// There is no certificate in it.
    #[error("text {text} holds no certificate in PEM")]
    Empty {
        /// The text.
        text: usize,
    },
}

impl Authorities {
    /// Whether one that is valid now can vouch for the first certificate of a chain.
    pub(super) fn can_vouch_for(&self, chain: &[CertificateFacts], now: Timestamp) -> bool {
        self.bundles.iter().any(|bundle| bundle.can_vouch_for(chain, now))
    }

    /// The next moment at which one of them begins or ends.
    pub(super) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        next_change(&self.bundles, now)
    }
}

/// The next moment at which a certificate of these bundles begins or ends.
pub(super) fn next_change<'a>(
    bundles: impl IntoIterator<Item = &'a CaBundle>,
    now: Timestamp,
) -> Option<Timestamp> {
    let certificates = bundles.into_iter().flat_map(|bundle| &bundle.certificates);
    let moments = certificates.flat_map(|one| [one.not_before, one.not_after]);
    moments.filter(|moment| *moment > now).min()
}

impl From<Authorities> for Vec<String> {
    fn from(authorities: Authorities) -> Self {
        authorities.texts
    }
}

impl TryFrom<Vec<String>> for Authorities {
    type Error = NoAuthority;

    fn try_from(texts: Vec<String>) -> Result<Self, NoAuthority> {
        let bundles = (1..).zip(&texts).map(|(place, text)| bundle(place, text)).collect::<Result<_, _>>()?;
        Ok(Self { texts, bundles })
    }
}

fn bundle(text: usize, pem: &str) -> Result<CaBundle, NoAuthority> {
    let bundle = CaBundle::parse(pem.as_bytes());
    match bundle.problem {
        None => Ok(bundle),
        Some(TlsProblem::CertificateUnparsable { position }) => {
            Err(NoAuthority::Unparsable { text, position })
        }
        Some(TlsProblem::TooLarge(_) | TlsProblem::TooManyCertificates) => {
            Err(NoAuthority::TooLarge { text })
        }
        Some(_) => Err(NoAuthority::Empty { text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CA: &str = include_str!("../../tests/fixtures/tls/example-issued-ca.crt");

    #[test]
    fn texts_are_written_as_they_were_read() {
        let texts = vec![CA.to_owned(), format!("{CA}{CA}")];
        assert_eq!(Vec::from(Authorities::try_from(texts.clone()).unwrap()), texts);
    }

    #[test]
    fn a_text_that_is_none_is_refused_with_its_place() {
        let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        for (text, problem) in [
            (format!("{CA}{broken}"), "certificate 2 of text 2 does not parse"),
            (String::new(), "text 2 holds no certificate in PEM"),
            ("corporate.pem".to_owned(), "text 2 holds no certificate in PEM"),
            (CA.repeat(11), "text 2 holds more than 10 certificates or 64 KiB; make several of it"),
        ] {
            let refused = Authorities::try_from(vec![CA.to_owned(), text]).unwrap_err();
            assert_eq!(refused.to_string(), problem);
        }
    }
}

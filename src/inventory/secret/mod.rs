//! What is known about a Secret: names of keys and facts about certificates, never a value.
//!
//! Decode it from the Secret's own text, and nothing else: buffering deserializers (`serde(flatten)`,
//! untagged enums, [`serde_json::Value`]) copy every value before this code sees it. No error, `Debug` or
//! field may carry a byte of a value. Limit: buffers of this crate are wiped, those of the transport and of the
//! JSON parser are only freed. Next: `decode`; `metadata` for
//! what is known without it; `changes` for when it was written.

mod any;
mod changes;
mod decode;
mod metadata;
mod sameness;
#[cfg(test)]
mod tests;
mod value;

pub use changes::Changes;
pub use metadata::SecretMetadata;
pub use sameness::Sameness;
pub use value::ValueFacts;

use crate::inventory::certificate::TlsMaterial;
use crate::inventory::names::Names;
use crate::inventory::small_map::SmallMap;

/// The type of Secrets for certificates.
const TLS_TYPE: &str = "kubernetes.io/tls";

/// The type of Secrets for tokens of ServiceAccounts that never end.
const ACCOUNT_TOKEN_TYPE: &str = "kubernetes.io/service-account-token";

/// The annotation that names whose token such a Secret holds.
pub const TOKEN_OF: &str = "kubernetes.io/service-account.name";

/// Facts about a Secret, beside its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFacts {
    /// The type; `Opaque` where none is given, as the API server stores it.
    pub secret_type: String,
    /// Whether the data can no longer be changed.
    pub immutable: bool,
    /// Names of the keys of `data` and `stringData`.
    pub keys: Names,
    /// Facts about values by key, but for those of certificates and their keys; none of one that does not decode, and
    /// none in a Secret for certificates.
    pub values: SmallMap<String, ValueFacts>,
    /// Fields that hold something of the wrong kind, such as `data[tls.crt]`.
    pub malformed: Names,
    /// Facts about the certificate and its key; none in a Secret of another type that has neither.
    pub tls: Option<TlsMaterial>,
}

impl SecretFacts {
    /// Whether this is a Secret of the type for certificates.
    pub fn is_tls(&self) -> bool {
        self.secret_type == TLS_TYPE
    }

    /// Whether this is a Secret of the type for tokens of ServiceAccounts.
    pub fn is_account_token(&self) -> bool {
        self.secret_type == ACCOUNT_TOKEN_TYPE
    }

    /// Whether its type and data are of the kind that a Secret's are; single values need not be.
    pub fn has_shape(&self) -> bool {
        !["type", "data", "stringData"].iter().any(|field| self.malformed.contains(field))
    }
}

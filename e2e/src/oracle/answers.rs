//! What the oracle answers, as `e2e/oracle` encodes it.
//!
//! Next: [`super::Oracle`].

use serde::Deserialize;

/// What kstatus makes of an object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Kstatus {
    /// `InProgress`, `Failed`, `Current`, `Terminating`, `NotFound` or `Unknown`.
    pub status: String,
    /// Why.
    pub message: String,
}

/// What the API server makes of a quantity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Quantity {
    /// Whether it is one.
    #[serde(rename = "ok")]
    pub valid: bool,
    /// The form in which the API server writes it.
    #[serde(default)]
    pub canonical: String,
    /// Its exact value as a decimal number.
    #[serde(default)]
    pub decimal: String,
    /// Its exact value in units of 10^-9: always an integer, and possibly beyond 128 bits' comfort.
    #[serde(default)]
    pub nano: String,
    /// Why it is none.
    #[serde(default)]
    pub reason: String,
}

/// What the kubelet makes of a reference to an image.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Image {
    /// Whether it is one.
    #[serde(rename = "ok")]
    pub valid: bool,
    /// The registry.
    #[serde(default)]
    pub domain: String,
    /// The repository in the registry.
    #[serde(default)]
    pub path: String,
    /// The tag; empty for none.
    #[serde(default)]
    pub tag: String,
    /// The digest; empty for none.
    #[serde(default)]
    pub digest: String,
    /// Why it is none.
    #[serde(default)]
    pub reason: String,
}

/// What the API server makes of a label selector.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Selector {
    /// Whether it takes it.
    #[serde(rename = "ok")]
    pub valid: bool,
    /// Whether it matches everything because it asks for nothing.
    pub empty: bool,
    /// Which of the labels it matches.
    #[serde(default)]
    pub matches: Vec<bool>,
    /// The fields that it refuses.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Why it does not decode.
    #[serde(default)]
    pub reason: String,
}

/// What a text may name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub struct Names {
    /// One part of a DNS name.
    pub label: bool,
    /// Most objects.
    pub subdomain: bool,
    /// A host of an Ingress that begins with a star.
    pub wildcard: bool,
    /// The key of a label.
    pub key: bool,
    /// The value of a label.
    pub value: bool,
    /// A port of a container.
    pub port: bool,
}

/// What the `CronJob` controller makes of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Schedule {
    /// Whether it can be read.
    #[serde(rename = "ok")]
    pub valid: bool,
    /// Whether it comes within five years.
    pub comes: bool,
}

/// What Go makes of a duration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Duration {
    /// Whether it is one.
    #[serde(rename = "ok")]
    pub valid: bool,
    /// Its length.
    #[serde(default)]
    pub nanoseconds: String,
}

/// What components of Kubernetes make of a range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Cidr {
    /// Whether it is one.
    #[serde(rename = "ok")]
    pub valid: bool,
    /// Its first address, in hexadecimal.
    #[serde(default)]
    pub network: String,
    /// How many bits of an address decide.
    #[serde(default)]
    pub prefix: u32,
}

/// A number or a percentage of a total; nothing where it is neither.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Scaled {
    /// Rounded up.
    pub up: Option<i64>,
    /// Rounded down.
    pub down: Option<i64>,
}

/// What Pod Security Admission says of a pod.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PodSecurity {
    /// Ids of the controls that refuse it.
    pub controls: Vec<String>,
    /// What the API server says then, after the name of the standard; empty unless asked for.
    #[serde(default)]
    pub detail: String,
}

/// What Kubernetes reads in a text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadText {
    /// What it is as one document, in JSON; absent if it is none.
    #[serde(default)]
    pub document: Option<String>,
    /// Why it is no document.
    #[serde(default)]
    pub problem: String,
    /// The documents of the text as a stream, in JSON, up to the first that cannot be read.
    pub stream: Vec<String>,
    /// Why the stream ends early.
    #[serde(default)]
    pub stream_problem: String,
}

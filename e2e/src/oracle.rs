//! Go's own libraries as an oracle: kstatus, quantities, image references, YAML. The Go side is `e2e/oracle`.
//!
//! It must not have an answer of its own.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Error, answers::Answers};

/// A running oracle. It ends by itself when the pipe to it closes.
#[derive(Debug)]
pub struct Oracle(Answers);

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

impl Oracle {
    /// Starts it; builds it first if it is not there.
    pub fn start() -> Result<Self, Error> {
        Answers::start("oracle").map(Self)
    }

    /// Asks anything: the operation and its arguments in one object.
    pub fn ask<T: DeserializeOwned>(&mut self, question: &Value) -> Result<T, Error> {
        self.0.ask(question)
    }

    /// What a pipeline that waits with kstatus makes of an object.
    pub fn kstatus(&mut self, object: &Value) -> Result<Kstatus, Error> {
        self.ask(&json!({"op": "kstatus", "object": object}))
    }

    /// What the API server makes of a quantity.
    pub fn quantity(&mut self, value: &str) -> Result<Quantity, Error> {
        self.ask(&json!({"op": "quantity", "value": value}))
    }

    /// What the kubelet makes of a reference to an image.
    pub fn image(&mut self, value: &str) -> Result<Image, Error> {
        self.ask(&json!({"op": "image", "value": value}))
    }

    /// What Kubernetes reads in each of these texts.
    pub fn yaml(&mut self, texts: &[Vec<u8>]) -> Result<Vec<ReadText>, Error> {
        #[derive(Deserialize)]
        struct Read {
            texts: Vec<ReadText>,
        }
        let encoded: Vec<String> = texts.iter().map(|text| STANDARD.encode(text)).collect();
        self.ask::<Read>(&json!({"op": "yaml", "texts": encoded})).map(|read| read.texts)
    }

    /// The versions of the Go modules it speaks for.
    pub fn versions(&mut self) -> Result<BTreeMap<String, String>, Error> {
        self.0.versions()
    }
}

//! What GitOps tools make of an object by a configuration of ours: Argo CD by a health script, Flux by expressions.
//! Their own libraries answer. The Go side is `e2e/gitops`.
//!
//! It must not have an answer of its own. kstatus, which needs no configuration, is [`crate::oracle`]'s.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Error, answers::Answers};

/// A running helper. It ends by itself when the pipe to it closes.
#[derive(Debug)]
pub struct GitOps(Answers);

/// What a tool calls an object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// The tool's own word.
    pub status: String,
    /// Why.
    #[serde(default)]
    pub message: String,
}

impl GitOps {
    /// Starts it; builds it first if it is not there.
    pub fn start() -> Result<Self, Error> {
        Answers::start("gitops").map(Self)
    }

    /// How healthy Argo CD calls an object by this script.
    pub fn argo_cd(&mut self, script: &str, object: &Value) -> Result<Health, Error> {
        self.0.ask(&json!({"op": "argocd", "script": script, "object": object}))
    }

    /// What Flux makes of an object by an entry of `spec.healthCheckExprs`.
    pub fn flux(&mut self, expressions: &Value, object: &Value) -> Result<Health, Error> {
        self.0.ask(&json!({"op": "flux", "expressions": expressions, "object": object}))
    }

    /// Whether Argo CD leaves out a kind of a group by entries of `resource.exclusions`.
    pub fn is_excluded(&mut self, exclusions: &Value, (group, kind): (&str, &str)) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Excluded {
            excluded: bool,
        }
        let question = json!({"op": "excluded", "exclusions": exclusions, "group": group, "kind": kind});
        self.0.ask::<Excluded>(&question).map(|answer| answer.excluded)
    }

    /// The versions of the Go modules it speaks for.
    pub fn versions(&mut self) -> Result<BTreeMap<String, String>, Error> {
        self.0.versions()
    }
}

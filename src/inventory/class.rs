//! Classes that workloads and Ingresses name: PriorityClasses, IngressClasses and RuntimeClasses.
//!
//! It must not judge. Next: [`super::snapshot`].

use serde::Deserialize;

use super::lenient::null_is_default;
use super::metadata::Metadata;

/// The PriorityClasses that the server makes itself.
pub const SYSTEM_PRIORITY_CLASSES: &[&str] = &["system-cluster-critical", "system-node-critical"];

/// A PriorityClass, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PriorityClass {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// The priority.
    #[serde(deserialize_with = "null_is_default")]
    pub value: i64,
    /// Whether pods that name no class get this one.
    #[serde(deserialize_with = "null_is_default")]
    pub global_default: bool,
}

/// An IngressClass, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressClass {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: IngressClassSpec,
}

/// `spec` of an IngressClass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressClassSpec {
    /// The controller that serves Ingresses of the class.
    #[serde(deserialize_with = "null_is_default")]
    pub controller: String,
}

impl IngressClass {
    /// Whether Ingresses that name no class get this one.
    pub fn is_default(&self) -> bool {
        let annotation = self.metadata.annotations.get("ingressclass.kubernetes.io/is-default-class");
        annotation.is_some_and(|value| value == "true")
    }
}

/// A RuntimeClass, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RuntimeClass {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// The configuration of the container runtime.
    #[serde(deserialize_with = "null_is_default")]
    pub handler: String,
}

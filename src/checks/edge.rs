//! What annotations of an Ingress tell its controller.
//!
//! Names of controllers' own objects (middlewares, plugins) are words of whoever chose them: one that says what it
//! does is believed. It must not judge. Next: `network/ingress_rate_limit.rs`, `tls/https_redirect_configured.rs`.

use crate::inventory::object::Ingress;

/// An annotation that tells something: any value of it, or one that holds one of these words.
pub(super) type Telling = (&'static str, &'static [&'static str]);

/// Annotations that name the objects of a controller through which requests go.
pub(super) const STEPS: &[&str] = &[
    "traefik.ingress.kubernetes.io/router.middlewares",
    "konghq.com/plugins",
    "k8s.apisix.apache.org/plugin-config-name",
];

/// The first annotation that tells one of these things, if there is one. Capitals make no difference.
pub(super) fn told(ingress: &Ingress, table: &[Telling]) -> Option<&'static str> {
    // In one pass over the annotations: to look for each key would go through them again and again.
    let annotations = ingress.metadata.annotations.iter();
    let first = annotations.filter_map(|(key, value)| {
        table.iter().position(|(known, words)| *known == key && holds(value, words))
    });
    first.min().and_then(|first| table.get(first)).map(|(key, _)| *key)
}

/// Whether an annotation is there and holds one of these words; with none, anything.
pub(super) fn says(ingress: &Ingress, key: &str, words: &[&str]) -> bool {
    ingress.metadata.annotations.get(key).is_some_and(|value| holds(value, words))
}

/// Whether a value holds one of these words; with none, anything.
pub(super) fn holds(value: &str, words: &[&str]) -> bool {
    let value = value.trim();
    if words.is_empty() {
        return !value.is_empty();
    }
    let value = value.to_ascii_lowercase();
    !value.is_empty() && words.iter().any(|word| value.contains(word))
}

/// Whether one of the annotations that a policy names is there and says something.
pub(super) fn says_any(ingress: &Ingress, keys: &[String]) -> bool {
    let mut annotations = ingress.metadata.annotations.iter();
    annotations.any(|(key, value)| keys.iter().any(|own| own == key) && holds(value, &[]))
}

/// Whether requests go through an object whose name holds one of these words.
pub(super) fn goes_through(ingress: &Ingress, words: &[&str]) -> bool {
    let mut annotations = ingress.metadata.annotations.iter();
    annotations.any(|(key, value)| STEPS.contains(&key) && holds(value, words))
}

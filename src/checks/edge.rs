//! What annotations of an Ingress tell its controller.
//!
//! Middlewares of Traefik are looked at. Names of other controllers' own objects (plugins) are words of whoever chose them:
//! one that says what it does is believed. It must not judge what is enough. Next: `network/ingress_rate_limit.rs`,
//! `tls/https_redirect_configured.rs`.

use crate::catalogue::{Judgement, Outcome, Statement};
use crate::checks::around::{OUT_OF_SCOPE, at, quoted};
use crate::inventory::ingress::TRAEFIK_MIDDLEWARES;
use crate::inventory::lookup::Cause;
use crate::inventory::object::Ingress;
use crate::inventory::snapshot::Steps;

/// An annotation that tells something: any value of it, or one that holds one of these words.
pub(super) type Telling = (&'static str, &'static [&'static str]);

/// Annotations that name the objects of a controller through which requests go, and which are not looked at.
pub(super) const STEPS: &[&str] = &["konghq.com/plugins", "k8s.apisix.apache.org/plugin-config-name"];

/// Room for the name of a Middleware in a message.
const NAME: usize = 40;

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

/// What is said of an Ingress where none of the Middlewares through which its requests go does what is asked for: that
/// what one does is not known, or out of sight; else that it fails with this message, and which is not there.
pub(super) fn undone(steps: &Steps<'_>, message: String) -> Judgement {
    let named = format!("metadata.annotations[{TRAEFIK_MIDDLEWARES}]");
    if steps.doubt.is_none() && steps.missing.is_none() {
        return said_of(steps, "metadata.annotations", message);
    }
    said_of(steps, &named, message)
}

fn said_of(steps: &Steps<'_>, field: &str, message: String) -> Judgement {
    undone_at(steps, field, message).map_or_else(|| Judgement::not_applicable(OUT_OF_SCOPE), Judgement::from)
}

/// The same in one place; nothing where it is out of sight.
pub(super) fn undone_at(steps: &Steps<'_>, field: &str, message: String) -> Option<Statement> {
    if let Some((cause, name)) = &steps.doubt {
        let name = quoted(name, NAME);
        let message = match cause {
            Cause::Undecidable => format!("what the middleware {name} does cannot be seen here"),
            _ => format!("what the Middleware {name} does is not known"),
        };
        return Some(Statement::unknown(*cause, at(field.to_owned()), message));
    }
    (!steps.is_hidden).then(|| with_missing(Statement::fail(at(field.to_owned()), message), steps))
}

/// A failure, with the Middleware that is not there, if there is one.
pub(super) fn with_missing(mut statement: Statement, steps: &Steps<'_>) -> Statement {
    if let Some(name) = steps.missing.as_deref().filter(|_| statement.outcome == Outcome::Fail) {
        let name = quoted(name, NAME);
        statement.message = format!("{}; the Middleware {name} does not exist", statement.message).into();
    }
    statement
}

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::checks::globs::Globs;
use crate::inventory::Object;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::object::Secret;
use crate::inventory::secret::SecretFacts;

/// How long the values of some keys must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct LengthRule {
    /// Names of keys, in lower case and with `-` for `_`; `*` stands for any run of characters.
    keys: Globs,
    /// Fewest characters of a value.
    min_length: u8,
}

/// Parameters of `secret-min-length`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Lengths by names of keys; for each key the first rule counts that names it.
    rules: Vec<LengthRule>,
    /// Namespaces whose Secret of the same name must have other values; `{namespace}` stands for the Secret's own.
    namespaces: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let rule = |keys: &[&str], min_length| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
            LengthRule { keys: keys.try_into().unwrap_or_default(), min_length }
        };
        let signing = ["*jwt*secret*", "*jwt*key*", "*signing*key*", "*signing*secret*", "*session*secret*"];
        Self {
            rules: vec![rule(&signing, 32), rule(&["*password*", "*passwd*"], 12)],
            namespaces: Vec::new(),
        }
    }
}

check! {
    /// ## What it checks
    /// The values of some keys of a Secret are long enough, and none is a word that anybody tries first, such as
    /// `changeme`. Where `namespaces` names other environments, the Secrets of the same name there do not have the same
    /// value under the same key. Only a ClusterReadinessPolicy may ask for that: one of a namespace does not see others. A
    /// Secret in one of `namespaces` is compared with none in its own.
    ///
    /// While a Secret is read, what is kept of a value is its length, up to 255, whether it is such a word, and a
    /// hash by which it can be compared with another; never the value. The hash has a random key that ends with the
    /// process, and is shown nowhere.
    ///
    /// In files only: in a cluster the operator reads Secrets of type `kubernetes.io/tls` and no others, so it says
    /// nothing of these.
    ///
    /// ## Why it matters
    /// Whoever has one signed token can try keys on it as fast as machines can count, and a key of
    /// a few characters does not last a day. Then every token is whatever they want it to be.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: web}
    /// stringData: {JWT_SECRET: "0123-only-short"}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: web}
    /// stringData: {JWT_SECRET: "an-example-of-a-text-that-is-long-enough"}
    /// ```
    ///
    /// ## How to fix
    /// Have a generator make the value in `data` or `stringData`: 32 random bytes for what signs, 16 or more characters
    /// for a password, once for each environment.
    ///
    /// ## Parameters
    /// - `rules`: for keys by their names, how many characters a value has at least (default 32 for what signs tokens and
    ///   sessions, 12 for passwords).
    /// - `namespaces`: namespaces whose Secret of the same name must have other values under the keys of `rules`;
    ///   `{namespace}` stands for the Secret's own (default none, and then nothing is compared).
    ///
    /// ## References
    /// - RFC 7518, section 3.2: HMAC with SHA-2 Functions
    /// - NIST SP 800-63B: Passwords
    name: "secret-min-length",
    family: Secrets,
    severity: High,
    title: "Keys and passwords in Secrets are long enough",
    profiles: [],
    reads: [Secret],
    parameters: Parameters,
    sight: Named,
    rule: Object([Secret], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::Secret(secret) = subject.object else { return Judgement::default() };
    let facts = &secret.facts;
    if !facts.has_shape() {
        let message = "the Secret does not have the shape of one";
        return Statement::unknown(Cause::Undecodable, at("data"), message).into();
    }
    let ruled: Vec<(&str, u8)> =
        facts.keys.iter().filter_map(|key| Some((key, least(key, parameters)?))).collect();
    if facts.is_tls() || ruled.is_empty() {
        return Judgement::not_applicable("no rule is for a key of the Secret");
    }
    let shared = of_environments(subject, secret, &ruled, parameters);
    let own = ruled.iter().filter_map(|(key, least)| of_key(facts, key, *least));
    own.chain(shared).collect()
}

/// What is said of the Secrets of the same name in other environments that are in sight.
fn of_environments(
    subject: &ObjectSubject<'_>,
    secret: &Secret,
    ruled: &[(&str, u8)],
    parameters: &Parameters,
) -> Vec<Statement> {
    let own = subject.namespace.name();
    let named: BTreeSet<String> =
        parameters.namespaces.iter().map(|name| name.replace("{namespace}", own)).collect();
    let others = named.iter().filter(|name| *name != own);
    let seen = others.filter_map(|name| Some((name, subject.namespace.elsewhere(name)?)));
    let said = seen.flat_map(|(name, view)| {
        let place = quoted(name, 63);
        match view.secret(&secret.metadata.name) {
            Lookup::Found(other) => match other.facts() {
                Some(other) => compare(&secret.facts, other, ruled, &place),
                None => vec![not_known(Cause::Undecidable, &place)],
            },
            Lookup::Missing => Vec::new(),
            Lookup::Unknown(cause) => vec![not_known(cause, &place)],
        }
    });
    said.collect()
}

fn compare(own: &SecretFacts, other: &SecretFacts, ruled: &[(&str, u8)], place: &str) -> Vec<Statement> {
    let both = ruled.iter().filter(|(key, _)| other.keys.contains(key));
    let said = both.filter_map(|(key, _)| {
        // That one cannot be read of its own is said in any case.
        let here = own.values.get(*key)?;
        let field = at(format!("data[{key}]"));
        let shown = quoted(key, 80);
        match other.values.get(*key) {
            Some(there) if there.sameness == here.sameness => {
                Some(Statement::fail(field, format!("the value of {shown} is the same in {place}")))
            }
            Some(_) => None,
            None => {
                let message = format!("whether the value of {shown} is the same in {place} is not known");
                Some(Statement::unknown(Cause::Undecodable, field, message))
            }
        }
    });
    said.collect()
}

fn not_known(cause: Cause, place: &str) -> Statement {
    Statement::unknown(cause, at("data"), format!("whether values are the same in {place} is not known"))
}

/// How long the value of a key must be, if a rule is for it.
fn least(key: &str, parameters: &Parameters) -> Option<u8> {
    let name = key.to_lowercase().replace('_', "-");
    let rule = parameters.rules.iter().find(|rule| rule.keys.match_any(&name))?;
    Some(rule.min_length)
}

fn of_key(facts: &SecretFacts, key: &str, least: u8) -> Option<Statement> {
    let field = at(format!("data[{key}]"));
    let shown = quoted(key, 80);
    let Some(value) = facts.values.get(key) else {
        let message = format!("how long the value of {shown} is cannot be told");
        return Some(Statement::unknown(Cause::Undecodable, field, message));
    };
    if value.length < least {
        return Some(Statement::fail(
            field,
            format!("the value of {shown} has fewer than {least} characters"),
        ));
    }
    let message = format!("the value of {shown} is among the first that anybody tries");
    value.is_weak.then(|| Statement::fail(field, message))
}

#[cfg(test)]
mod tests;

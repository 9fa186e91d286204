use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::checks::globs::Globs;
use crate::inventory::Object;
use crate::inventory::lookup::Cause;
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
}

impl Default for Parameters {
    fn default() -> Self {
        let rule = |keys: &[&str], min_length| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
            LengthRule { keys: keys.try_into().unwrap_or_default(), min_length }
        };
        let signing = ["*jwt*secret*", "*jwt*key*", "*signing*key*", "*signing*secret*", "*session*secret*"];
        Self { rules: vec![rule(&signing, 32), rule(&["*password*", "*passwd*"], 12)] }
    }
}

check! {
    /// ## What it checks
    /// The values of some keys of a Secret are long enough, and none is a word that anybody tries first, such as
    /// `changeme`. While a Secret is read, what is kept of a value is its length, up to 255, and whether it is
    /// such a word; never the value, and no hash of it. So whether two environments share a value is not looked at.
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
    /// for a password.
    ///
    /// ## Parameters
    /// - `rules`: for keys by their names, how many characters a value has at least (default 32 for what signs tokens and
    ///   sessions, 12 for passwords).
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
    ruled.into_iter().filter_map(|(key, least)| of_key(facts, key, least)).collect()
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
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;

    const LONG: &str = "an-example-of-a-text-that-is-long-enough";

    fn secret(data: Value) -> Value {
        json!({"kind": "Secret", "metadata": {"name": "web"}, "stringData": data})
    }

    fn of(data: Value) -> ObjectCase {
        ObjectCase::of(&CHECK, secret(data))
    }

    #[test]
    fn keys_are_known_by_their_names_however_they_are_written() {
        for key in ["JWT_SECRET", "jwt-secret", "jwtSecret", "app.jwt_signing_key"] {
            assert_eq!(of(json!({key: "x".repeat(31) + "y"})).outcome(), Outcome::Pass, "{key}");
            let short = of(json!({key: "x".repeat(30) + "y"}));
            assert_eq!(short.message(), format!("the value of {key} has fewer than 32 characters"));
            assert_eq!(short.fields(), [format!("data[{key}]")]);
        }
        assert_eq!(of(json!({"password": "eleven-long"})).outcome(), Outcome::Fail);
        assert_eq!(of(json!({"password": "twelve-chars"})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"user": "a"})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn long_words_that_anybody_tries_fail_too() {
        let weak = of(json!({"password": "password-12345"}));
        assert_eq!(weak.message(), "the value of password is among the first that anybody tries");
    }

    #[test]
    fn data_is_measured_as_it_is_decoded_and_what_is_no_base64_is_not_known() {
        let data = |value: &str| {
            ObjectCase::of(
                &CHECK,
                json!({"kind": "Secret", "metadata": {"name": "web"}, "data": {"password": value}}),
            )
        };
        assert_eq!(data("dHdlbHZlLWNoYXJz").outcome(), Outcome::Pass);
        assert_eq!(data("ZWxldmVuLWxvbmc=").outcome(), Outcome::Fail);
        assert_eq!(data("???").outcome(), Outcome::Unknown);
        let shapeless =
            ObjectCase::of(&CHECK, json!({"kind": "Secret", "metadata": {"name": "web"}, "data": 7}));
        assert_eq!(shapeless.outcome(), Outcome::Unknown);
    }

    #[test]
    fn the_first_rule_for_a_key_counts() {
        let rules = json!({"rules": [{"keys": ["pin"], "minLength": 4}, {"keys": ["p*"], "minLength": 40}]});
        assert_eq!(
            of(json!({"pin": "2718"})).parameters(rules.clone()).outcome(),
            Outcome::Fail,
            "digits alone are weak"
        );
        assert_eq!(of(json!({"pin": "27a8"})).parameters(rules.clone()).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"pat": LONG})).parameters(rules).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_finding_is_on_the_workloads_that_name_the_secret_and_holds_nothing_of_the_value() {
        let case = Case::of(&CHECK)
            .container(json!({"envFrom": [{"secretRef": {"name": "web"}}]}))
            .with(secret(json!({"password": "hunter2"})));
        let judged = case.judged();
        assert_eq!(judged.findings[0].object.as_ref().unwrap().to_string(), "Secret shop/web");
        assert!(!format!("{judged:?}").contains("hunter"));
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}

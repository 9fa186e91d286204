use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Severity, Statement};
use crate::checks::around::{at, quoted};
use crate::checks::credential_names::{default_words, is_credential};
use crate::checks::globs::Globs;
use crate::inventory::Object;
use crate::inventory::config_map::ConfigMap;

/// Parameters of `secret-in-configmap`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Patterns of keys whose name says nothing.
    allow_keys: Globs,
}

check! {
    /// ## What it checks
    /// No ConfigMap holds a credential, neither in `data` nor in `binaryData`. A value with the shape of a known credential (a private key, a token, a
    /// JSON Web Token, an address with a password), or with one in it, is critical. A key whose name says so
    /// (`db-password`) with a literal of one line is low. Seaworthy keeps no value, so no finding can show one.
    ///
    /// ## Why it matters
    /// Whoever may read the objects of a namespace reads its ConfigMaps: they are in no audit of Secrets, are not
    /// encrypted where Secrets are, and lie in version control as they are.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: web}
    /// data:
    ///   url: postgres://shop:hunter2@db.example/shop
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: web}
    /// data:
    ///   url: postgres://db.example/shop
    /// ```
    ///
    /// ## How to fix
    /// Replace the credential at its issuer, put the new one into a Secret, and mount that. Remove the old one
    /// from `data`, and from version control with its history.
    ///
    /// ## Parameters
    /// - `allowKeys`: patterns of keys whose name says nothing, with `*` and `?` (default none). A value that has
    ///   the shape of a credential is found all the same.
    ///
    /// ## References
    /// - Kubernetes documentation: Good practices for Kubernetes Secrets
    /// - CWE-798: Use of Hard-coded Credentials
    name: "secret-in-configmap",
    family: Secrets,
    severity: High,
    title: "ConfigMaps hold no credentials",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [ConfigMap],
    parameters: Parameters,
    rule: Object([ConfigMap], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::ConfigMap(map) = subject.object else { return Judgement::default() };
    let found = map.values.as_deref().into_iter().flat_map(|facts| {
        let lists = [("data", &facts.credentials), ("binaryData", &facts.binary_credentials)];
        lists.into_iter().flat_map(|(list, found)| found.iter().map(move |(key, shape)| (list, key, shape)))
    });
    let found = found.map(|(list, key, shape)| {
        let message = format!("the value of {} is or holds {}", quoted(key, 60), shape.as_str());
        Statement::fail(at(format!("{list}[{key}]")), message).graded(Severity::Critical)
    });
    let words = default_words();
    let named = map
        .keys
        .iter()
        .filter(|key| is_literal(map, key) && is_credential(key, &words, &parameters.allow_keys));
    let named = named.map(|key| {
        let message = format!("the key {} is by its name a credential", quoted(key, 60));
        let list = if is_binary(map, key) { "binaryData" } else { "data" };
        Statement::fail(at(format!("{list}[{key}]")), message).graded(Severity::Low)
    });
    found.chain(named).collect()
}

fn is_binary(map: &ConfigMap, key: &str) -> bool {
    map.values.as_deref().is_some_and(|facts| facts.binary_literals.iter().any(|own| **own == *key))
}

/// Whether nothing is known of the value but that it is a text of one line.
fn is_literal(map: &ConfigMap, key: &str) -> bool {
    map.values.as_deref().is_none_or(|facts| {
        let mut found = facts.credentials.iter().chain(&facts.binary_credentials);
        let is_found = found.any(|(found, _)| **found == *key);
        !is_found && !facts.others.iter().any(|other| **other == *key)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn map(data: Value) -> Value {
        json!({"kind": "ConfigMap", "metadata": {"name": "web"}, "data": data})
    }

    fn of(data: Value) -> ObjectCase {
        ObjectCase::of(&CHECK, map(data))
    }

    #[test]
    fn a_value_with_a_known_shape_is_critical_and_is_not_shown() {
        let case = of(json!({"app.conf": "db: postgres://shop:hunter2@db/shop"}));
        let found = case.judged().findings.remove(0);
        assert_eq!((found.grade, found.field.as_str()), (Some(Severity::Critical), "data[app.conf]"));
        assert!(!found.message.contains("hunter2"), "{}", found.message);
    }

    #[test]
    fn binary_values_are_looked_at_as_well() {
        let (key, pem) = ("server.pem", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----");
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pem);
        let json = json!({"kind": "ConfigMap", "metadata": {"name": "web"}, "binaryData": {key: encoded}});
        let found = ObjectCase::of(&CHECK, json).judged().findings.remove(0);
        assert_eq!((found.grade, found.field.as_str()), (Some(Severity::Critical), "binaryData[server.pem]"));
        let named = json!({"kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"db-password": "x"},
            "binaryData": {"api-token": "aHVudGVyMg=="}});
        assert_eq!(ObjectCase::of(&CHECK, named).fields(), ["binaryData[api-token]", "data[db-password]"]);
    }

    #[test]
    fn a_name_is_low_and_only_of_a_literal() {
        let found = of(json!({"db-password": "hunter2"})).judged().findings.remove(0);
        assert_eq!((found.grade, found.field.as_str()), (Some(Severity::Low), "data[db-password]"));
        for (key, value) in [
            ("db-password", ""),
            ("db-password", "$(PASSWORD)"),
            ("password-file", "/run/secrets/password"),
            ("DB_PASSWORD_FILE", "/run/secrets/password"),
            ("token.sh", "a\nb"),
        ] {
            assert_eq!(of(json!({ key: value })).outcome(), Outcome::Pass, "{key}: {value}");
        }
        let allowed = of(json!({"db-password": "x"})).parameters(json!({"allowKeys": ["db-*"]}));
        assert_eq!(allowed.outcome(), Outcome::Pass);
    }

    #[test]
    fn what_is_found_by_its_shape_is_not_told_again_for_its_name() {
        let both = of(json!({"db-password": "postgres://shop:hunter2@db/shop"}));
        assert_eq!(both.message(), "the value of db-password is or holds an address with a password");
        let beside =
            of(json!({"db-password": "hunter2", "url": "postgres://shop:hunter2@db/shop", "text": "a\nb"}));
        assert_eq!(beside.fields(), ["data[url]", "data[db-password]"]);
    }

    #[test]
    fn the_finding_is_on_the_workloads_that_name_the_map() {
        let mounted = Case::of(&CHECK)
            .container(json!({"envFrom": [{"configMapRef": {"name": "web"}}]}))
            .with(map(json!({"token": "abc"})));
        let found = mounted.judged().findings.remove(0);
        assert_eq!(found.object.unwrap().to_string(), "ConfigMap shop/web");
        let other = Case::of(&CHECK).with(map(json!({"token": "abc"})));
        assert_eq!(other.outcome(), Outcome::NotApplicable, "rule 46");
    }

    #[test]
    fn disagreement_44_maps_that_were_not_given_leave_it_open() {
        let mounted = Case::of(&CHECK).container(json!({"envFrom": [{"configMapRef": {"name": "web"}}]}));
        assert_eq!(mounted.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let none = Case::of(&CHECK).coverage(Coverage::Partial);
        assert_eq!(none.outcome(), Outcome::NotApplicable, "it names none");
    }
}

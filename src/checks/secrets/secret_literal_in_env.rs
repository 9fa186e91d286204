use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Severity, Statement, classes::Classes};
use crate::checks::credential_names;
use crate::checks::globs::Globs;
use crate::checks::helpers::container;
use crate::inventory::env::{EnvValue, EnvVar};

/// Parameters of `secret-literal-in-env`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a name alone is enough for a finding.
    names: bool,
    /// Words in names of variables that hold credentials, in upper case with underscores between them.
    name_patterns: Vec<String>,
    /// Patterns of variables whose name says nothing.
    allow_names: Globs,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { names: true, name_patterns: credential_names::default_words(), allow_names: Globs::default() }
    }
}

check! {
    /// ## What it checks
    /// No variable in the `env` of a container of any class holds a credential as a literal. A value with
    /// the shape of a known credential (a private key, a token, a JSON Web Token, an address with a
    /// password) is critical. A name that says so (`DB_PASSWORD`) is low, whatever the value: names that
    /// end in `_FILE`, `_PATH`, `_DIR`, `_NAME`, `_URL`, `_ALIAS`, `_ID`, `_ENABLED` and the like are about
    /// a credential and hold none; empty values, true and false, and values that another variable completes
    /// are none either. Seaworthy keeps no value, so no finding can show one.
    ///
    /// ## Why it matters
    /// A manifest is read by many: it lies in version control, in the history of rollouts, in backups, and
    /// everybody who may read workloads may read it. A credential in it has to be replaced, not moved.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env:
    ///         - name: DATABASE_URL
    ///           value: postgres://shop:made-up@db.example/shop
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env:
    ///         - name: DATABASE_URL
    ///           value: postgres://shop:$(DATABASE_PASSWORD)@db.example/shop
    ///         - name: DATABASE_PASSWORD
    ///           valueFrom:
    ///             secretKeyRef:
    ///               name: database
    ///               key: password
    /// ```
    ///
    /// ## How to fix
    /// Replace the credential at its issuer, put the new one into a Secret, and mount it as a file or refer
    /// to it with `valueFrom.secretKeyRef`. Remove the old one from version control with its history.
    ///
    /// ## Parameters
    /// - `names`: whether a name alone is enough for a finding of severity low (default true; false in the
    ///   profile Baseline).
    /// - `namePatterns`: words that say so in a name, in upper case (default `ACCESS_KEY`, `API_KEY`,
    ///   `APIKEY`, `CREDENTIAL`, `CREDENTIALS`, `PASSPHRASE`, `PASSWD`, `PASSWORD`, `PRIVATE_KEY`,
    ///   `SECRET`, `TOKEN`).
    /// - `allowNames`: patterns of variables whose name says nothing, with `*` and `?` (default none). A
    ///   value that has the shape of a credential is found all the same.
    ///
    /// ## References
    /// - Kubernetes documentation: Good practices for Kubernetes Secrets
    /// - CWE-798: Use of Hard-coded Credentials
    name: "secret-literal-in-env",
    family: Secrets,
    severity: High,
    title: "Variables hold no literal credentials",
    profiles: [
        Membership::of(Profile::Baseline).since(2).with(r#"{"names":false}"#),
        Membership::of(Profile::Standard).since(2),
    ],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let variables = subject.container.env.iter().enumerate();
    variables
        .filter_map(|(index, variable)| {
            let (grade, message) = problem(variable, parameters)?;
            let field = container(format!("env[{index}].value"));
            Some(Statement::fail(field, message).graded(grade))
        })
        .collect()
}

fn problem(variable: &EnvVar, parameters: &Parameters) -> Option<(Severity, String)> {
    let name = variable.name.escape_debug();
    match variable.value {
        EnvValue::Credential(shape) => {
            Some((Severity::Critical, format!("the value of {name} is or holds {}", shape.as_str())))
        }
        EnvValue::Literal if parameters.names && is_credential(&variable.name, parameters) => {
            Some((Severity::Low, format!("the variable {name} is a literal, and by its name a credential")))
        }
        _ => None,
    }
}

fn is_credential(name: &str, parameters: &Parameters) -> bool {
    credential_names::is_credential(name, &parameters.name_patterns, &parameters.allow_names)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn env(name: &str, value: &str) -> Case {
        Case::of(&CHECK).container(json!({"env": [{"name": name, "value": value}]}))
    }

    fn grade(case: &Case) -> Option<Severity> {
        case.judged().findings.first().and_then(|found| found.grade)
    }

    #[test]
    fn a_value_with_a_known_shape_is_critical_whatever_the_name() {
        let token = format!("ghp_{}", "a".repeat(36));
        for name in ["GREETING", "TOKEN_FILE"] {
            let case = env(name, &token);
            assert_eq!(grade(&case), Some(Severity::Critical));
            assert_eq!(case.message(), format!("the value of {name} is or holds a token of a forge"));
        }
    }

    #[test]
    fn a_name_alone_is_low_and_not_in_the_baseline_profile() {
        let case = env("DB_PASSWORD", "made-up");
        assert_eq!(grade(&case), Some(Severity::Low));
        assert_eq!(case.parameters(json!({"names": false})).outcome(), Outcome::Pass);
        let baseline = CHECK.membership(Profile::Baseline, 2).and_then(|membership| membership.parameters);
        assert_eq!(baseline, Some(r#"{"names":false}"#));
    }

    #[test]
    fn names_are_read_word_by_word() {
        for (name, found) in [
            ("PASSWORD", true),
            ("DBPASSWORD", true),
            ("db.password", true),
            ("API_KEY_2", true),
            ("SECRET_KEY_BASE", true),
            ("TOKENIZER", false),
            ("SECRETARY", false),
            ("PASSWORD_FILE", false),
            ("TOKEN_URL", false),
            ("SECRET_NAME", false),
            ("CLIENT_ID", false),
            ("KEYBOARD", false),
        ] {
            assert_eq!(env(name, "made-up").outcome() == Outcome::Fail, found, "{name}");
        }
    }

    #[test]
    fn what_is_empty_a_switch_a_reference_or_completed_by_another_is_no_literal() {
        for value in ["", "true", "0", "$(OTHER)"] {
            assert_eq!(env("PASSWORD", value).outcome(), Outcome::Pass, "{value}");
        }
        let reference =
            json!({"env": [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]});
        assert_eq!(Case::of(&CHECK).container(reference).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_policy_allows_names_and_has_words_of_its_own() {
        let allowed = env("DEMO_PASSWORD", "x").parameters(json!({"allowNames": ["DEMO_*"]}));
        assert_eq!(allowed.outcome(), Outcome::Pass);
        assert_eq!(
            env("LICENCE", "x").parameters(json!({"namePatterns": ["LICENCE"]})).outcome(),
            Outcome::Fail
        );
    }
}

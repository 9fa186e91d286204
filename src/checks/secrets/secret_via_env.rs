use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::inventory::env::EnvValue;

check! {
    /// ## What it checks
    /// No container of any class gets the values of Secrets as variables, neither single keys (`env`) nor
    /// whole Secrets (`envFrom`).
    ///
    /// ## Why it matters
    /// Variables are inherited by every child process, stand in crash dumps and debug pages, and do not
    /// change before the next restart. A file can be read by one process, and follows the Secret. Many
    /// programs cannot read files, so this is for those that can.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env:
    ///         - name: PASSWORD
    ///           valueFrom:
    ///             secretKeyRef:
    ///               name: database
    ///               key: password
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env:
    ///         - name: PASSWORD_FILE
    ///           value: /run/secrets/database/password
    /// ```
    ///
    /// ## How to fix
    /// Mount the Secret as a volume and let the program read the file; a path may stand in `env`.
    ///
    /// ## References
    /// - CIS Kubernetes Benchmark: Prefer using Secrets as files over Secrets as environment variables
    name: "secret-via-env",
    family: Secrets,
    severity: Low,
    title: "Secrets reach containers as files",
    profiles: [],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let own = subject.container;
    let single = own.env.iter().enumerate().filter(|(_, variable)| variable.value == EnvValue::FromSecret);
    let single = single.map(|(index, variable)| {
        let message = format!("the variable {} holds a value of a Secret", variable.name.escape_debug());
        Statement::fail(container(format!("env[{index}].valueFrom.secretKeyRef")), message)
    });
    let whole = own.env_from.iter().enumerate().filter(|(_, source)| source.is_secret);
    let whole = whole.map(|(index, _)| {
        let message = "every key of a Secret becomes a variable";
        Statement::fail(container(format!("envFrom[{index}].secretRef")), message)
    });
    single.chain(whole).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn single_keys_and_whole_secrets_are_found_and_config_maps_are_not() {
        let case = Case::of(&CHECK).container(json!({
            "env": [{"name": "A", "value": "x"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            "envFrom": [{"configMapRef": {"name": "c"}}, {"secretRef": {"name": "s"}}],
        }));
        let path = "spec.template.spec.containers[0]";
        let expected =
            [format!("{path}.env[1].valueFrom.secretKeyRef"), format!("{path}.envFrom[1].secretRef")];
        assert_eq!(case.fields(), expected);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::Pass);
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::globs::Globs;
use crate::checks::helpers::container;
use crate::inventory::command::{Argument, Arguments};
use crate::inventory::development::{Switch, Word};
use crate::inventory::env::{EnvValue, EnvVar};

/// Parameters of `debug-settings-off`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Patterns of further variables that turn debugging on when they are true.
    patterns: Globs,
    /// Patterns of variables that may say what they like.
    allowed: Globs,
}

check! {
    /// ## What it checks
    /// No app container is started with a switch of a developer's machine: `DEBUG` or `..._DEBUG` set to
    /// true, `..._ENV` or `ENVIRONMENT` set to development, such a profile of Spring among others, a log level of trace, a port
    /// for a debugger, reloading on changes, a server made for development or a package's script that starts one
    /// (`npm run dev`). Variables that say so in `env` are looked at,
    /// and the words of `command` and `args`; values from elsewhere are not.
    ///
    /// ## Why it matters
    /// Debugging shows strangers what went wrong and with which data; a debugger's port lets whoever
    /// reaches it run code; a trace log holds passwords and fills the disk; a development server takes one
    /// request at a time.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env:
    ///         - name: DJANGO_DEBUG
    ///           value: "true"
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env:
    ///         - name: DJANGO_DEBUG
    ///           value: "false"
    /// ```
    ///
    /// ## How to fix
    /// Remove the switch from `env` or `args` in production, or turn it off. For a single investigation, use a
    /// debug container or a copy of the pod.
    ///
    /// ## Parameters
    /// - `patterns`: patterns of names of further variables that turn debugging on when they are true
    ///   (default none).
    /// - `allowed`: patterns of names of variables that are not looked at (default none).
    ///
    /// ## References
    /// - OWASP Top Ten: Security Misconfiguration
    /// - Kubernetes documentation: Debug Running Pods
    name: "debug-settings-off",
    family: Configuration,
    severity: Medium,
    title: "Development switches are off",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::APP, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let own = subject.container;
    let variables = own.env.iter().enumerate().filter_map(|(index, variable)| {
        let switch = switch(variable, parameters)?;
        let name = variable.name.escape_debug();
        let message = format!("the variable {name} turns on {}", switch.as_str());
        Some(Statement::fail(container(format!("env[{index}].value")), message))
    });
    let command = in_arguments("command", &own.command);
    variables.chain(command).chain(in_arguments("args", &own.args)).collect()
}

/// What a variable turns on.
fn switch(variable: &EnvVar, parameters: &Parameters) -> Option<Switch> {
    let name = variable.name.to_ascii_uppercase();
    if parameters.allowed.match_any(&variable.name) {
        return None;
    }
    let ends = |words: &[&str]| {
        words
            .iter()
            .any(|word| name.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
    };
    match variable.value {
        EnvValue::Switch(switch) => Some(switch),
        EnvValue::Word(Word::True) if ends(&["DEBUG"]) || parameters.patterns.match_any(&variable.name) => {
            Some(Switch::DebugMode)
        }
        EnvValue::Word(Word::Development) if ends(&["ENV", "ENVIRONMENT", "PROFILES_ACTIVE"]) => {
            Some(Switch::DevelopmentMode)
        }
        EnvValue::Word(Word::Trace) if name.contains("LOG") => Some(Switch::TraceLog),
        _ => None,
    }
}

fn in_arguments<'a>(list: &'a str, arguments: &'a Arguments) -> impl Iterator<Item = Statement> + 'a {
    arguments.iter().filter_map(move |(index, argument)| {
        let Argument::Switch(switch) = argument else { return None };
        let message = format!("this word of the {list} turns on {}", switch.as_str());
        Some(Statement::fail(container(format!("{list}[{index}]")), message))
    })
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

    #[test]
    fn a_switch_is_a_name_and_a_value() {
        for (name, value, fails) in [
            ("DEBUG", "1", true),
            ("FLASK_DEBUG", "True", true),
            ("DEBUG", "false", false),
            ("DEBUGGER_HOST", "true", false),
            ("NODE_ENV", "development", true),
            ("BUILD_KIND", "development", false),
            ("NODE_ENV", "production", false),
            ("SPRING_PROFILES_ACTIVE", "dev", true),
            ("SPRING_PROFILES_ACTIVE", "dev,local", true),
            ("SPRING_PROFILES_ACTIVE", "prod,cloud", false),
            ("LOG_LEVEL", "trace", true),
            ("LOG_LEVEL", "debug", false),
            ("TRACE", "all", false),
            ("JAVA_TOOL_OPTIONS", "-agentlib:jdwp=transport=dt_socket,server=y", true),
        ] {
            assert_eq!(env(name, value).outcome() == Outcome::Fail, fails, "{name}={value}");
        }
    }

    #[test]
    fn a_policy_adds_names_and_takes_some_out() {
        assert_eq!(env("VERBOSE", "true").outcome(), Outcome::Pass);
        assert_eq!(
            env("VERBOSE", "true").parameters(json!({"patterns": ["VERB*"]})).outcome(),
            Outcome::Fail
        );
        assert_eq!(
            env("NODE_ENV", "dev").parameters(json!({"allowed": ["NODE_ENV"]})).outcome(),
            Outcome::Pass
        );
    }

    #[test]
    fn words_of_the_command_line_are_named_by_their_place() {
        let case = Case::of(&CHECK)
            .container(json!({"command": ["node", "--inspect"], "args": ["--log-level", "trace"]}));
        let path = "spec.template.spec.containers[0]";
        assert_eq!(case.fields(), [format!("{path}.command[1]"), format!("{path}.args[1]")]);
    }

    #[test]
    fn a_script_of_a_package_that_serves_a_developer_is_found() {
        let started = |command, args| Case::of(&CHECK).container(json!({"command": command, "args": args}));
        let path = "spec.template.spec.containers[0]";
        assert_eq!(started(json!(["npm", "run", "dev"]), json!([])).fields(), [format!("{path}.command[2]")]);
        assert_eq!(started(json!(["npm"]), json!(["run", "dev"])).fields(), [format!("{path}.args[1]")]);
        assert_eq!(started(json!(["npm", "run", "start"]), json!([])).outcome(), Outcome::Pass);
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::probe_list::probes;
use crate::inventory::credential::is_credential;
use crate::inventory::probe::Probe;

/// Parameters of `probe-handler-safe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Programs, by file name, that a probe's command may not start.
    deny_commands: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let heavy = [
            "java", "jcmd", "jps", "jstack", "kubectl", "mongosh", "node", "perl", "php", "ps", "python",
            "python3", "ruby",
        ];
        Self { deny_commands: heavy.map(str::to_owned).to_vec() }
    }
}

const UNIX_SHELLS: &[&str] = &["sh", "ash", "bash", "dash", "ksh", "zsh", "busybox"];
const WINDOWS_SHELLS: &[&str] = &["cmd", "powershell", "pwsh"];
/// Programs that start the program named after them.
const STARTERS: &[&str] = &["env", "nice", "timeout"];

check! {
    /// ## What it checks
    /// No probe runs a script in a shell (`sh -c ...`) or starts a heavy program, such as an interpreter or a
    /// virtual machine, and no address that a probe asks holds a credential. What a batch workload has in
    /// probes is judged, too.
    ///
    /// ## Why it matters
    /// A probe runs every few seconds for as long as the container lives, inside its limits. A shell leaves
    /// children behind when a try times out, and a heavy client takes more than what it asks about. Whoever
    /// may read a pod can read a credential in its probes.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       readinessProbe:
    ///         exec:
    ///           command: ["sh", "-c", "wget -q -O- localhost:8080/ready | grep ok"]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       readinessProbe:
    ///         httpGet:
    ///           path: /ready
    ///           port: 8080
    /// ```
    ///
    /// ## How to fix
    /// Use `httpGet`, `tcpSocket` or `grpc`, or a small program made for the purpose, in place of what `exec`
    /// does. Let the path that a probe asks need no credential.
    ///
    /// ## Parameters
    /// - `denyCommands`: programs, by file name, that a probe's command may not start.
    ///
    /// ## References
    /// - Kubernetes documentation: Liveness, Readiness, and Startup Probes
    name: "probe-handler-safe",
    family: Probes,
    severity: Low,
    title: "Probes are light and hold no credentials",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let probes: Vec<_> = probes(subject.container).collect();
    if probes.is_empty() {
        return Judgement::not_applicable("the container has no probe");
    }
    probes
        .into_iter()
        .filter_map(|(name, probe)| {
            let (field, problem) = problem(probe, parameters)?;
            Some(Statement::fail(container(format!("{name}.{field}")), problem))
        })
        .collect()
}

fn problem(probe: &Probe, parameters: &Parameters) -> Option<(&'static str, String)> {
    if let Some(exec) = &probe.exec {
        let words: Vec<&str> = exec.command.iter().map(String::as_str).collect();
        let problem = command_problem(&words, parameters).or_else(|| {
            let address = words.iter().any(|word| has_password(word) || credential(word).is_some());
            address.then(|| "the probe's command holds an address with a credential".to_owned())
        });
        return Some(("exec.command", problem?));
    }
    let get = probe.http_get.as_ref()?;
    if get.host.contains('@') {
        return Some(("httpGet.host", "the probe's host holds a user name or a password".to_owned()));
    }
    if has_password(&get.path) {
        return Some(("httpGet.path", "the probe's path holds an address with a password".to_owned()));
    }
    let name = credential(&get.path)?;
    Some(("httpGet.path", format!("the probe's path holds a credential, in its query parameter {name}")))
}

fn command_problem(words: &[&str], parameters: &Parameters) -> Option<String> {
    let (program, arguments) = program(words)?;
    let unix = UNIX_SHELLS.contains(&program) && arguments.iter().any(|argument| is_script_option(argument));
    let windows = WINDOWS_SHELLS.contains(&program)
        && arguments.iter().any(|argument| {
            ["/c", "-c", "-command"].iter().any(|option| option.eq_ignore_ascii_case(argument))
        });
    if unix || windows {
        return Some(format!("the probe runs a script in a shell ({program})"));
    }
    let denied = parameters.deny_commands.iter().any(|denied| denied == program);
    denied.then(|| format!("the probe starts {program}, which the policy denies"))
}

/// The program that a command starts, by its file name, and what follows it.
fn program<'a, 'b>(words: &'b [&'a str]) -> Option<(&'a str, &'b [&'a str])> {
    let (first, rest) = words.split_first()?;
    let name = first.rsplit(['/', '\\']).next().unwrap_or(first);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    if !STARTERS.contains(&name) {
        return Some((name, rest));
    }
    let is_setting = |word: &str| {
        word.starts_with('-')
            || word.contains('=')
            || word.starts_with(|letter: char| letter.is_ascii_digit())
    };
    let start = rest.iter().position(|word| !is_setting(word))?;
    program(rest.get(start..)?)
}

/// Whether an argument of a shell says that a script follows: `-c`, also among others as in `-ec`.
fn is_script_option(argument: &str) -> bool {
    argument
        .strip_prefix('-')
        .is_some_and(|letters| letters.contains('c') && letters.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// Whether a text holds an address with a password: `scheme://user:password@host`.
fn has_password(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or(rest);
        authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    })
}

/// The name of the query parameter that holds a credential, if one does.
fn credential(text: &str) -> Option<&'static str> {
    let (_, query) = text.split_once('?')?;
    let given = query.split('&').filter_map(|pair| pair.split_once('='));
    given.filter(|(_, value)| !value.is_empty()).find_map(|(name, _)| is_credential(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn readiness(probe: Value) -> Case {
        let none = json!({"readinessProbe": null});
        Case::of(&CHECK).container(none).container(json!({ "readinessProbe": probe }))
    }

    fn command(words: &[&str]) -> Case {
        readiness(json!({"exec": {"command": words}}))
    }

    #[test]
    fn a_script_in_a_shell_fails_and_a_script_of_its_own_does_not() {
        for words in [
            &["sh", "-c", "true"] as &[&str],
            &["/bin/bash", "-ec", "true"],
            &["timeout", "5", "sh", "-c", "true"],
            &["env", "A=b", "busybox", "sh", "-c", "true"],
            &["cmd.exe", "/C", "type ok"],
            &["powershell", "-Command", "exit 0"],
        ] {
            assert!(command(words).message().starts_with("the probe runs a script in a shell"), "{words:?}");
        }
        for words in [
            &["/probe"] as &[&str],
            &["sh", "/opt/check.sh"],
            &["sh", "-e", "/opt/check.sh"],
            &["bash", "--norc", "/opt/check.sh"],
            &["curl", "-c", "x"],
            &["env"],
        ] {
            assert_eq!(command(words).outcome(), Outcome::Pass, "{words:?}");
        }
    }

    #[test]
    fn heavy_clients_fail_and_the_list_is_a_parameter() {
        let case = command(&["/usr/bin/python3", "/check.py"]);
        assert_eq!(case.message(), "the probe starts python3, which the policy denies");
        assert_eq!(case.fields(), ["spec.template.spec.containers[0].readinessProbe.exec.command"]);
        assert_eq!(case.parameters(json!({"denyCommands": ["curl"]})).outcome(), Outcome::Pass);
    }

    #[test]
    fn an_address_with_a_credential_fails_and_the_message_does_not_hold_it() {
        for probe in [
            json!({"httpGet": {"port": 1, "path": "/ready?verbose=1&Token=hunter2"}}),
            json!({"httpGet": {"port": 1, "path": "/proxy?to=http://me:hunter2@db/"}}),
            json!({"httpGet": {"port": 1, "host": "me:hunter2@web"}}),
            json!({"exec": {"command": ["curl", "http://me:hunter2@localhost/ready"]}}),
            json!({"exec": {"command": ["curl", "http://localhost/ready?api-key=hunter2"]}}),
        ] {
            let message = readiness(probe).message();
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn ordinary_addresses_pass() {
        for path in ["/ready", "/ready?token", "/ready?tokens=3", "/@me:x", "/ready?to=http://host:80/a@b"] {
            assert_eq!(
                readiness(json!({"httpGet": {"port": 1, "path": path}})).outcome(),
                Outcome::Pass,
                "{path}"
            );
        }
    }
}

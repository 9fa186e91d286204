use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::inventory::command::Argument;

check! {
    /// ## What it checks
    /// Neither `command` nor `args` of a container starts `sudo`, `su` or `doas`: as a program, or within a
    /// script that a shell is given.
    ///
    /// ## Why it matters
    /// A container that has to become another user starts as root, or keeps a way back to it:
    /// `allowPrivilegeEscalation: false` then breaks it, and whoever takes it over uses the same way. The pod
    /// can say as whom it runs.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       command: [sh, -c, "sudo chown app /data && exec su app -c /app"]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       command: [/app]
    ///       securityContext:
    ///         runAsUser: 10001
    /// ```
    ///
    /// ## How to fix
    /// Set `runAsUser`, `runAsGroup` and `fsGroup` in the `securityContext`, and start the program itself in
    /// `command` or `args`. What needs root once belongs in an image's build, or in an init container of its
    /// own.
    ///
    /// ## References
    /// - Kubernetes documentation: Configure a Security Context for a Pod or Container
    name: "sudo-in-entrypoint",
    family: Security,
    severity: Low,
    title: "Containers do not change users as they start",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let own = subject.container;
    [("command", &own.command), ("args", &own.args)]
        .into_iter()
        .flat_map(|(list, words)| words.iter().map(move |(place, word)| (list, place, word)))
        .filter_map(|(list, place, word)| {
            let Argument::Program(program) = word else { return None };
            let message = format!("the container starts {program} to change its user");
            Some(Statement::fail(container(format!("{list}[{place}]")), message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn it_is_found_in_command_and_args() {
        let case = Case::of(&CHECK)
            .container(json!({"command": ["tini", "--", "sudo", "-u", "app"], "args": ["id; su app"]}));
        let expected =
            ["command[2]", "args[0]"].map(|field| format!("spec.template.spec.containers[0].{field}"));
        assert_eq!(case.fields(), expected);
    }

    #[test]
    fn words_that_only_look_like_it_pass() {
        let case =
            Case::of(&CHECK).container(json!({"command": ["app"], "args": ["--language", "su", "sudoku"]}));
        assert_eq!(case.outcome(), Outcome::Pass);
    }
}

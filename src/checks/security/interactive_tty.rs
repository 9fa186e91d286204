use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, not_for_batch};

check! {
    /// ## What it checks
    /// No container of a long-running workload sets `stdin: true` or `tty: true`.
    ///
    /// ## Why it matters
    /// A terminal and an open input are for people who try something out. In a workload they are left over from
    /// that, and keep a door open: whoever may attach to the pod then types into the process itself, past what
    /// an exec would log. They also make programs behave as they do in front of a person.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       stdin: true
    ///       tty: true
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Remove `stdin` and `tty`. For a look inside use `kubectl exec -it` or `kubectl debug -it`, which need
    /// neither.
    ///
    /// ## References
    /// - Kubernetes documentation: Debug Running Pods
    name: "interactive-tty",
    family: Security,
    severity: Low,
    title: "Containers that run for long are not interactive",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::safe("stdin", Answer::False), Fix::safe("tty", Answer::False)],
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = not_for_batch(&subject.workload) {
        return judgement;
    }
    [("stdin", subject.container.stdin), ("tty", subject.container.tty)]
        .into_iter()
        .filter(|(_, set)| *set)
        .map(|(field, _)| {
            Statement::fail(container(field), format!("{field} is true, as for a person at a terminal"))
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
    fn each_of_the_two_is_a_finding() {
        let case = Case::of(&CHECK).container(json!({"stdin": true, "tty": true}));
        let expected = ["stdin", "tty"].map(|field| format!("spec.template.spec.containers[0].{field}"));
        assert_eq!(case.fields(), expected);
        assert_eq!(case.container(json!({"stdin": false, "tty": null})).outcome(), Outcome::Pass);
    }

    #[test]
    fn batch_may_be_interactive() {
        let containers = json!([{"name": "a", "tty": true}]);
        let pod = json!({"kind": "Pod", "spec": {"restartPolicy": "Never", "containers": containers}});
        assert_eq!(Case::of(&CHECK).workload(pod).outcome(), Outcome::NotApplicable);
    }
}

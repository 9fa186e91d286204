use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, not_on_windows};

check! {
    /// ## What it checks
    /// `capabilities.drop` of every container holds `NET_RAW` or `ALL`, and `capabilities.add` holds neither. A
    /// container without a `securityContext` has the runtime's defaults, `NET_RAW` among them, and fails.
    ///
    /// ## Why it matters
    /// With raw sockets a container forges packets: it answers ARP and DNS for its neighbours and reads their
    /// traffic. Only `ping` and its like need them. In every profile `capabilities-drop-all` and
    /// `capabilities-add-allowlist` ask for more than this, so this check is in none and speaks only where a
    /// policy names it.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         capabilities:
    ///           drop: [NET_RAW]
    /// ```
    ///
    /// ## How to fix
    /// Add `NET_RAW` to `securityContext.capabilities.drop`; better `ALL`, which `capabilities-drop-all` asks
    /// for.
    ///
    /// ## References
    /// - capabilities(7)
    /// - CIS Kubernetes Benchmark: Minimize the admission of containers with the `NET_RAW` capability
    name: "drop-net-raw",
    family: Security,
    severity: Medium,
    title: "Containers cannot make raw network packets",
    profiles: [],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::risky("securityContext.capabilities.drop", Answer::Member("NET_RAW"))],
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject) {
        return judgement;
    }
    let path = |list: &str| format!("securityContext.capabilities.{list}");
    let capabilities = subject.container.security_context.capabilities.as_ref();
    let (add, drop) = capabilities.map_or((&[][..], &[][..]), |lists| (&lists.add, &lists.drop));
    let dropped = drop.iter().any(|name| holds_net_raw(name));
    let kept =
        (!dropped).then(|| Statement::fail(container(path("drop")), "the capability NET_RAW is not dropped"));
    let added = add.iter().enumerate().filter(|(_, name)| holds_net_raw(name)).map(|(index, name)| {
        let message = format!("the capability {name} is added, which gives raw sockets");
        Statement::fail(container(format!("{}[{index}]", path("add"))), message)
    });
    kept.into_iter().chain(added).collect()
}

/// Runtimes read any case, and a prefix.
fn holds_net_raw(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    matches!(name.strip_prefix("CAP_").unwrap_or(&name), "ALL" | "NET_RAW")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn capabilities(lists: serde_json::Value) -> Case {
        Case::of(&CHECK).container(json!({"securityContext": {"capabilities": lists}}))
    }

    #[test]
    fn disagreement_7_a_container_without_a_security_context_fails() {
        let bare = Case::of(&CHECK).container(json!({"securityContext": null}));
        assert_eq!(bare.fields(), ["spec.template.spec.containers[0].securityContext.capabilities.drop"]);
    }

    #[test]
    fn dropping_either_passes_however_it_is_written() {
        for name in ["ALL", "NET_RAW", "all", "CAP_NET_RAW"] {
            assert_eq!(capabilities(json!({"drop": [name]})).outcome(), Outcome::Pass, "{name}");
        }
        assert_eq!(capabilities(json!({"drop": ["CHOWN"]})).outcome(), Outcome::Fail);
    }

    #[test]
    fn adding_it_again_fails() {
        let case = capabilities(json!({"drop": ["ALL"], "add": ["CHOWN", "NET_RAW"]}));
        assert_eq!(case.fields(), ["spec.template.spec.containers[0].securityContext.capabilities.add[1]"]);
    }

    #[test]
    fn disagreement_12_windows_knows_no_capabilities() {
        let case = capabilities(serde_json::Value::Null).pod(json!({"os": {"name": "windows"}}));
        assert_eq!(case.outcome(), Outcome::NotApplicable);
    }
}

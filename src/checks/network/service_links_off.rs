use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::pod;

check! {
    /// ## What it checks
    /// The pods set `enableServiceLinks: false`. The default is true.
    ///
    /// ## Why it matters
    /// With it, every container gets environment variables for every Service of its namespace. They
    /// overwrite what a program expects under the same name (`REDIS_PORT`), tell whoever gets in what there
    /// is, and, with thousands of Services, keep containers from starting.
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
    ///   enableServiceLinks: false
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `enableServiceLinks: false`, and find Services by their DNS names.
    ///
    /// ## References
    /// - Kubernetes documentation: Service, Discovering services
    name: "service-links-off",
    family: Network,
    severity: Low,
    title: "Pods get no environment variables for Services",
    profiles: [],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("enableServiceLinks", Answer::False)],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let message =
        "enableServiceLinks is not false: containers get variables for every Service of the namespace";
    Judgement::require(subject.pod().enable_service_links == Some(false), pod("enableServiceLinks"), message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn unset_is_true() {
        let of = |value: Value| Case::of(&CHECK).pod(json!({"enableServiceLinks": value}));
        assert_eq!(of(Value::Null).fields(), ["spec.template.spec.enableServiceLinks"]);
        assert_eq!(of(json!(true)).outcome(), Outcome::Fail);
        assert_eq!(of(json!(false)).outcome(), Outcome::Pass);
    }
}

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::pod;

check! {
    /// ## What it checks
    /// The pod has no `hostAliases`.
    ///
    /// ## Why it matters
    /// A name that the pod's own `/etc/hosts` answers is answered past DNS: nobody who looks at the cluster's
    /// names sees where the traffic goes, and an address that has moved is asked for ever.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   hostAliases:
    ///     - ip: 10.0.0.1
    ///       hostnames: [db.example]
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
    /// ```
    ///
    /// ## How to fix
    /// Leave out `hostAliases` and let DNS answer: a Service without a selector, or of type `ExternalName`,
    /// gives a name in the cluster to what lies outside.
    ///
    /// ## References
    /// - Kubernetes documentation: Adding entries to Pod /etc/hosts with `HostAliases`
    name: "host-aliases",
    family: Security,
    severity: Low,
    title: "Pods add no lines to their hosts file",
    profiles: [],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    Judgement::require(!subject.pod().host_aliases, pod("hostAliases"), "hostAliases answers names past DNS")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn any_alias_fails_and_an_empty_list_passes() {
        let case = Case::of(&CHECK).pod(json!({"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db"]}]}));
        assert_eq!(case.fields(), ["spec.template.spec.hostAliases"]);
        assert_eq!(case.pod(json!({"hostAliases": []})).outcome(), Outcome::Pass);
    }
}

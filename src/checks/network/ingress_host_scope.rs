use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::exposure::{Exposure, ingress_key};
use crate::inventory::object::Ingress;

/// Parameters of `ingress-host-scope`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a host may be a wildcard.
    allow_wildcard: bool,
}

check! {
    /// ## What it checks
    /// Every rule of every Ingress that sends to the workload names a host that is no wildcard (unless
    /// `allowWildcard` is set), and the Ingress has no `defaultBackend`.
    ///
    /// ## Why it matters
    /// A rule without a host, a wildcard and a default backend take requests for hosts of others, and for
    /// those that somebody points at the cluster.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   rules:
    ///     - http:
    ///         paths:
    ///           - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths:
    ///           - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
    /// ```
    ///
    /// ## How to fix
    /// Write the hosts into the rules, one rule for each.
    ///
    /// ## Parameters
    /// - `allowWildcard`: whether a host may be a wildcard (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Ingress, Hostname wildcards
    name: "ingress-host-scope",
    family: Network,
    severity: Medium,
    title: "An Ingress serves the hosts it names",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [Ingress] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    judge(&Exposure::of(subject), parameters)
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    judge(&Exposure::alone(subject), parameters)
}

fn judge(exposure: &Exposure<'_>, parameters: &Parameters) -> Judgement {
    let mut statements = Vec::new();
    for ingress in &exposure.ingresses {
        let found = of_ingress(ingress, parameters.allow_wildcard);
        statements.extend(found.into_iter().map(|statement| statement.about(ingress_key(ingress))));
    }
    exposure.conclude(statements, CHECK.severity, None, None)
}

fn of_ingress(ingress: &Ingress, allow_wildcard: bool) -> Vec<Statement> {
    let default = ingress.spec.default_backend.as_ref().map(|_| {
        Statement::fail(at("spec.defaultBackend"), "the default backend takes requests for every host")
    });
    let rules = ingress.spec.rules.iter().enumerate().filter_map(|(index, rule)| {
        let host = rule.host.as_str();
        let message = match host {
            "" => "the rule names no host: it takes requests for every one".to_owned(),
            _ if host.starts_with('*') && !allow_wildcard => {
                format!("the host {} is a wildcard", quoted(host, 100))
            }
            _ => return None,
        };
        Some(Statement::fail(at(format!("spec.rules[{index}].host")), message))
    });
    default.into_iter().chain(rules).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{backend, behind_ingress, rule};
    use crate::inventory::lookup::Coverage;

    fn of(spec: Value) -> Case {
        behind_ingress(&CHECK, spec)
    }

    #[test]
    fn only_named_hosts_are_in_order() {
        let web = || backend("web", json!({"number": 80}));
        let host = |host: &str| of(json!({"rules": [rule(host, &[web()])]}));
        assert_eq!(host("www.shop.example").outcome(), Outcome::Pass);
        assert_eq!(host("").fields(), ["spec.rules[0].host"]);
        let wildcard = host("*.shop.example");
        assert_eq!(wildcard.message(), "the host *.shop.example is a wildcard");
        assert_eq!(wildcard.parameters(json!({"allowWildcard": true})).outcome(), Outcome::Pass);
        let default = of(json!({"defaultBackend": web()}));
        assert_eq!(default.fields(), ["spec.defaultBackend"]);
    }

    #[test]
    fn disagreement_44_ingresses_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }
}

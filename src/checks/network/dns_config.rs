use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::inventory::pod::PodSpec;

/// What the kubelet writes for pods whose names are resolved in the cluster.
const CLUSTER_NDOTS: i64 = 5;

/// What resolvers take when nothing is written.
const RESOLVER_NDOTS: i64 = 1;

/// Parameters of `dns-config`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The highest `ndots`.
    ndots: i64,
    /// The DNS policies that pods may have; empty allows any.
    policies: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { ndots: 2, policies: Vec::new() }
    }
}

check! {
    /// ## What it checks
    /// The resolver's option `ndots` is at most 2 (the kubelet writes 5 for pods that resolve names in the
    /// cluster), and the DNS policy is one of `policies`, if those are given. A pod in the node's network
    /// says `ClusterFirstWithHostNet` or `None` when it is to resolve names in the cluster: there,
    /// `ClusterFirst` is taken as `Default`.
    ///
    /// ## Why it matters
    /// With `ndots: 5`, every name outside the cluster is first looked up with each search domain: up to
    /// five times the queries and the time.
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
    ///   dnsConfig:
    ///     options:
    ///       - {name: ndots, value: "2"}
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Add the option `ndots` to `dnsConfig.options`. Names of Services in other namespaces then need their
    /// namespace and `svc` (`db.shop.svc`), or all of the name.
    ///
    /// ## Parameters
    /// - `ndots`: the highest value (default 2).
    /// - `policies`: the DNS policies that pods may have (default empty, which allows any).
    ///
    /// ## References
    /// - Kubernetes documentation: DNS for Services and Pods
    name: "dns-config",
    family: Network,
    severity: Info,
    title: "Names outside the cluster are resolved in few steps",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let spec = subject.pod();
    let policy = spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
    let wrong = policy_problem(spec, policy, &parameters.policies)
        .map(|message| Statement::fail(pod("dnsPolicy"), message));
    let (ndots, most) = (ndots(spec, policy), parameters.ndots);
    let many = match ndots {
        Some(ndots) if ndots <= most => None,
        Some(ndots) => Some(format!("ndots is {ndots}; {most} is the most")),
        None => Some("the option ndots is not a number".to_owned()),
    };
    let many = many.map(|message| Statement::fail(pod("dnsConfig.options"), message));
    wrong.into_iter().chain(many).collect()
}

fn policy_problem(spec: &PodSpec, policy: &str, allowed: &[String]) -> Option<String> {
    if spec.host_network && policy == "ClusterFirst" {
        return Some("in the node's network, ClusterFirst does not resolve names in the cluster".to_owned());
    }
    let wrong = !allowed.is_empty() && !allowed.iter().any(|one| one == policy);
    let shown: String = policy.escape_debug().take(40).collect();
    wrong.then(|| format!("the DNS policy `{shown}` is none of those allowed"))
}

/// What is in force; nothing, where what is written is no number.
fn ndots(spec: &PodSpec, policy: &str) -> Option<i64> {
    let mut options = spec.dns_config.iter().flat_map(|config| &config.options);
    // The last one counts, as it does for the resolver.
    let written = options.rfind(|option| option.name == "ndots");
    match written {
        Some(option) => option.value.as_ref()?.parse().ok(),
        None if matches!(policy, "Default" | "None") || spec.host_network && policy == "ClusterFirst" => {
            Some(RESOLVER_NDOTS)
        }
        None => Some(CLUSTER_NDOTS),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn of(pod: Value) -> Case {
        Case::of(&CHECK).pod(json!({"dnsConfig": null})).pod(pod)
    }

    fn option(value: Value) -> Value {
        json!({"dnsConfig": {"options": [{"name": "ndots", "value": value}]}})
    }

    #[test]
    fn the_option_counts_and_the_kubelet_writes_five() {
        assert_eq!(of(json!({})).message(), "ndots is 5; 2 is the most");
        assert_eq!(of(option(json!("2"))).outcome(), Outcome::Pass);
        assert_eq!(of(option(json!("3"))).fields(), ["spec.template.spec.dnsConfig.options"]);
        assert_eq!(of(option(json!("3"))).parameters(json!({"ndots": 3})).outcome(), Outcome::Pass);
        assert_eq!(of(option(json!("few"))).outcome(), Outcome::Fail);
        assert_eq!(of(option(Value::Null)).outcome(), Outcome::Fail);
    }

    #[test]
    fn the_nodes_resolver_needs_no_option() {
        assert_eq!(of(json!({"dnsPolicy": "Default"})).outcome(), Outcome::Pass);
        let only = json!({"policies": ["ClusterFirst"]});
        assert_eq!(
            of(json!({"dnsPolicy": "Default"})).parameters(only).fields(),
            ["spec.template.spec.dnsPolicy"]
        );
    }

    #[test]
    fn in_the_nodes_network_cluster_first_is_not_what_it_says() {
        assert_eq!(of(json!({"hostNetwork": true})).fields(), ["spec.template.spec.dnsPolicy"]);
        let meant = json!({"hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"});
        assert_eq!(of(meant).pod(option(json!("1"))).outcome(), Outcome::Pass);
    }
}

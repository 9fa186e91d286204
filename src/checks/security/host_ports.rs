use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;

/// Parameters of `host-ports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Ports of the node that a container may take.
    allowed: Vec<i64>,
}

check! {
    /// ## What it checks
    /// No port of a container sets `hostPort`, but for those in `allowed`. In a pod with `hostNetwork: true`
    /// every port is one of the node; that is left to `host-network`.
    ///
    /// ## Why it matters
    /// A port of the node is open to whoever reaches the node, past Services and often past network policies,
    /// and only one pod per node can have it: the others stay unscheduled.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - containerPort: 8080
    ///           hostPort: 80
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - containerPort: 8080
    /// ```
    ///
    /// ## How to fix
    /// Remove `hostPort` and give the workload a Service. An ingress controller or an agent that needs the port
    /// belongs in a policy of its own, with the port in `allowed`.
    ///
    /// ## Parameters
    /// - `allowed`: ports of the node that a container may take (default none).
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: Host Ports
    name: "host-ports",
    family: Security,
    severity: Medium,
    title: "Containers take no ports of the node",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.pod().host_network {
        return Judgement::not_applicable("the pod is in the node's network, which host-network judges");
    }
    let ports = subject.container.ports.iter().enumerate();
    ports
        .filter(|(_, port)| port.host_port != 0 && !parameters.allowed.contains(&port.host_port))
        .map(|(index, port)| {
            let message = format!("the port {} of every node it runs on is taken", port.host_port);
            Statement::fail(container(format!("ports[{index}].hostPort")), message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn ports(ports: &[i64]) -> Case {
        let ports: Vec<_> =
            ports.iter().map(|port| json!({"containerPort": 8080, "hostPort": port})).collect();
        Case::of(&CHECK).container(json!({ "ports": ports }))
    }

    #[test]
    fn each_port_of_the_node_that_is_not_allowed_is_a_finding() {
        let case = ports(&[0, 80, 443]);
        let expected =
            [1, 2].map(|index| format!("spec.template.spec.containers[0].ports[{index}].hostPort"));
        assert_eq!(case.fields(), expected);
        assert_eq!(case.parameters(json!({"allowed": [80, 443]})).outcome(), Outcome::Pass);
    }

    #[test]
    fn in_the_nodes_network_host_network_says_it_once() {
        let case = ports(&[80]).pod(json!({"hostNetwork": true}));
        assert_eq!(case.outcome(), Outcome::NotApplicable);
        let unset = Case::of(&CHECK).pod(json!({"hostNetwork": true}));
        assert_eq!(unset.outcome(), Outcome::NotApplicable);
    }
}

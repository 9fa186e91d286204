use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;

/// The first port that a process may open without further rights.
const FIRST: i64 = 1024;

check! {
    /// ## What it checks
    /// The ports that a container declares are 1024 or above.
    ///
    /// ## Why it matters
    /// Below that, a process needs root, the capability `NET_BIND_SERVICE` or a sysctl to listen, and who
    /// has those can do more than listen. The port that clients see is the Service's, which may be any.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - containerPort: 80
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
    /// Let the program listen on a port from 1024 up, and let the Service's `targetPort` name it.
    ///
    /// ## References
    /// - Kubernetes documentation: Service
    name: "privileged-container-ports",
    family: Network,
    severity: Low,
    title: "Containers listen on ports from 1024 up",
    profiles: [],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let low = subject.container.ports.iter().enumerate().filter(|(_, port)| port.container_port < FIRST);
    let statement = |(index, number): (usize, i64)| {
        let message = format!("port {number} is below {FIRST}: listening on it takes further rights");
        Statement::fail(container(format!("ports[{index}].containerPort")), message)
    };
    low.map(|(index, port)| statement((index, port.container_port))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn the_first_free_port_passes() {
        let of = |port: i64| {
            Case::of(&CHECK).container(json!({"ports": [{"containerPort": 8080}, {"containerPort": port}]}))
        };
        assert_eq!(of(1023).fields(), ["spec.template.spec.containers[0].ports[1].containerPort"]);
        assert_eq!(of(1024).outcome(), Outcome::Pass);
    }
}

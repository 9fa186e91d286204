use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::inventory::container::Container;

/// Names of programs that serve the containers beside them until they are told to end.
const KNOWN: &[&str] = &[
    "alloy",
    "cloud-sql-proxy",
    "cloud_sql_proxy",
    "cloudsql-proxy",
    "collector",
    "config-reloader",
    "daprd",
    "envoy",
    "filebeat",
    "fluent-bit",
    "fluentbit",
    "fluentd",
    "git-sync",
    "istio-proxy",
    "linkerd-proxy",
    "log-shipper",
    "otel-collector",
    "opentelemetry-collector",
    "pgbouncer",
    "promtail",
    "proxyv2",
    "sql-proxy",
    "statsd-exporter",
    "vault-agent",
    "vector",
];

/// Parameters of `job-sidecar-completion`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Names of further helpers: of the container, or of its image without registry and tag.
    helpers: Vec<String>,
}

check! {
    /// ## What it checks
    /// In a pod that runs to its end, containers that only help the others (service mesh proxies, database
    /// proxies, log shippers, agents) are sidecar containers: entries of `initContainers` with
    /// `restartPolicy: Always`. A helper is known by the name of its container or of its image; a pod with
    /// one container has none.
    ///
    /// ## Why it matters
    /// A Job is done when all its containers are. A helper in `containers` never ends, so the Job does not
    /// either: it holds its resources, and the CronJob behind it starts no other run, or one more each
    /// time.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: {name: migrate}
    /// spec:
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       containers:
    ///         - name: migrate
    ///           image: registry.example/migrate:1.0.0
    ///         - name: database
    ///           image: registry.example/cloud-sql-proxy:2.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: {name: migrate}
    /// spec:
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       initContainers:
    ///         - name: database
    ///           image: registry.example/cloud-sql-proxy:2.0.0
    ///           restartPolicy: Always
    ///       containers:
    ///         - name: migrate
    ///           image: registry.example/migrate:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Move the container from `containers` to `initContainers` and give it `restartPolicy: Always`. Kubernetes
    /// ends it when the others are done.
    ///
    /// ## Parameters
    /// - `helpers`: names of further helpers, of the container or of its image without registry and tag
    ///   (default empty).
    ///
    /// ## References
    /// - Kubernetes documentation: Sidecar Containers
    /// - KEP-753: sidecar containers
    name: "job-sidecar-completion",
    family: Lifecycle,
    severity: Medium,
    title: "Helper containers do not keep a Job from its end",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if !subject.workload.is_batch() {
        return Judgement::not_applicable("the workload does not run to an end");
    }
    let containers = &subject.pod().containers;
    if containers.len() < 2 {
        return Judgement::pass();
    }
    let helpers = containers.iter().enumerate().filter_map(|(index, container)| {
        let helper = helper(container, parameters)?;
        let message =
            format!("the helper `{helper}` is no sidecar container, so the pod never comes to its end");
        Some(Statement::fail(pod(format!("containers[{index}]")), message))
    });
    helpers.collect()
}

/// The name by which a container is known as a helper.
fn helper<'a>(container: &'a Container, parameters: &Parameters) -> Option<&'a str> {
    let is_known = |name: &&str| KNOWN.contains(name) || parameters.helpers.iter().any(|own| own == name);
    [container.name.as_str(), program(&container.image)].into_iter().find(is_known)
}

/// The last part of an image's path.
fn program(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split([':', '@']).next().unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn beside(container: Value) -> Case {
        let main = json!({"name": "main", "image": "r/main:1"});
        Case::of(&CHECK).workload(json!({"kind": "Job"})).pod(json!({"containers": [main, container]}))
    }

    #[test]
    fn a_helper_is_known_by_its_name_or_its_image() {
        let by_name = beside(json!({"name": "istio-proxy", "image": "auto"}));
        assert_eq!(by_name.fields(), ["spec.template.spec.containers[1]"]);
        let by_image = beside(json!({"name": "db", "image": "host:5000/a/pgbouncer:1@sha256:00"}));
        assert!(by_image.message().contains("`pgbouncer`"));
        let neither = beside(json!({"name": "db", "image": "host:5000/a/worker"}));
        assert_eq!(neither.clone().outcome(), Outcome::Pass);
        assert_eq!(neither.parameters(json!({"helpers": ["worker"]})).outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_10_a_sidecar_container_is_what_is_wanted() {
        let sidecar = json!({"name": "istio-proxy", "image": "auto", "restartPolicy": "Always"});
        let case = beside(json!({"name": "second", "image": "r/second:1"}))
            .pod(json!({"initContainers": [sidecar]}));
        assert_eq!(case.outcome(), Outcome::Pass);
    }

    #[test]
    fn alone_or_in_a_workload_that_runs_on_it_is_no_helper() {
        let alone = json!({"containers": [{"name": "envoy", "image": "envoy"}]});
        let case = Case::of(&CHECK).pod(alone);
        assert_eq!(case.clone().workload(json!({"kind": "Job"})).outcome(), Outcome::Pass);
        assert_eq!(case.outcome(), Outcome::NotApplicable);
    }
}

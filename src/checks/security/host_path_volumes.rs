use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::{helpers::pod, host_paths};

/// Parameters of `host-path-volumes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Paths of the node that a pod may mount, with all that lies below them.
    allowed_prefixes: Vec<String>,
}

check! {
    /// ## What it checks
    /// No volume is a `hostPath`, but for paths within `allowedPrefixes`. Paths are compared once they are
    /// clean (`//`, `..` and a slash at the end are gone), and name by name: `/var/logs` is not within
    /// `/var/log`.
    ///
    /// ## Why it matters
    /// What a pod writes to the node outlives it, is seen by whatever else uses that path, and is how a
    /// container becomes the node: by its logs, its programs or its kubelet's files. And the pod no longer runs
    /// the same on every node.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: logs
    ///       hostPath:
    ///         path: /var/log
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: scratch
    ///       emptyDir: {}
    /// ```
    ///
    /// ## How to fix
    /// Use an `emptyDir` for scratch space, a `PersistentVolumeClaim` for what has to last, a `configMap` or
    /// `secret` for what comes from outside. An agent that must see the node belongs in a namespace of its own,
    /// with the paths it needs in `allowedPrefixes`.
    ///
    /// ## Parameters
    /// - `allowedPrefixes`: paths of the node that a pod may mount, with all that lies below them (default
    ///   none).
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: `HostPath` Volumes
    /// - Kubernetes documentation: Volumes, hostPath
    name: "host-path-volumes",
    family: Security,
    severity: High,
    title: "Pods mount no paths of the node",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let allowed = |path: &str| {
        parameters
            .allowed_prefixes
            .iter()
            .any(|prefix| host_paths::is_within(path, &host_paths::clean(prefix)))
    };
    host_paths::volumes(subject.pod())
        .filter(|(_, _, path)| !allowed(path))
        .map(|(index, volume, path)| {
            let message = format!("the volume {} is the path {path} of the node", volume.name);
            Statement::fail(pod(format!("volumes[{index}].hostPath.path")), message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn paths(paths: &[&str]) -> Case {
        let volumes: Vec<_> =
            paths.iter().map(|path| json!({"name": "v", "hostPath": {"path": path}})).collect();
        Case::of(&CHECK).pod(json!({ "volumes": volumes }))
    }

    #[test]
    fn each_path_of_the_node_is_a_finding() {
        let expected = [0, 1].map(|index| format!("spec.template.spec.volumes[{index}].hostPath.path"));
        assert_eq!(paths(&["/var/log", "/data"]).fields(), expected);
        let other = Case::of(&CHECK).pod(json!({"volumes": [{"name": "v", "emptyDir": {}}]}));
        assert_eq!(other.outcome(), Outcome::Pass);
    }

    #[test]
    fn an_allowed_prefix_holds_at_slashes_and_for_clean_paths() {
        let allowed = json!({"allowedPrefixes": ["/var/log/"]});
        for path in ["/var/log", "/var//log/pods/", "/var/lib/../log"] {
            assert_eq!(paths(&[path]).parameters(allowed.clone()).outcome(), Outcome::Pass, "{path}");
        }
        for path in ["/var/logs", "/var", "/var/log/../lib", "/"] {
            assert_eq!(paths(&[path]).parameters(allowed.clone()).outcome(), Outcome::Fail, "{path}");
        }
    }
}

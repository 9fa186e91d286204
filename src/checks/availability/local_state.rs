use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::host_paths::is_within;
use crate::inventory::Kind;
use crate::inventory::pod::Volume;

/// Parameters of `local-state`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Paths under which a container may write what it can lose.
    cache_paths: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let paths = ["/tmp", "/var/tmp", "/var/cache", "/var/run", "/run", "/dev/shm", "/cache"];
        Self { cache_paths: paths.map(str::to_owned).to_vec() }
    }
}

check! {
    /// ## What it checks
    /// The containers of a Deployment mount `emptyDir` and `hostPath` volumes only where they keep what
    /// they can lose: at or under one of `cachePaths`. An `emptyDir` in memory is scratch space by its
    /// nature.
    ///
    /// ## Why it matters
    /// What lies in an `emptyDir` is gone with its pod, and what lies in a `hostPath` is on one node only.
    /// A Deployment replaces its pods at every release and may put them anywhere.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       volumes:
    ///         - name: data
    ///           emptyDir: {}
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    ///           volumeMounts:
    ///             - {name: data, mountPath: /var/lib/app}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       volumes:
    ///         - name: scratch
    ///           emptyDir: {}
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    ///           volumeMounts:
    ///             - {name: scratch, mountPath: /tmp}
    /// ```
    ///
    /// ## How to fix
    /// Keep state in a database, in object storage or in a claimed volume of a StatefulSet. If it is a
    /// cache, mount it under one of the paths, or add its path to `cachePaths`.
    ///
    /// ## Parameters
    /// - `cachePaths`: paths at or under which such volumes may be mounted (default `/tmp`, `/var/tmp`,
    ///   `/var/cache`, `/var/run`, `/run`, `/dev/shm`, `/cache`).
    ///
    /// ## References
    /// - Kubernetes documentation: Volumes (emptyDir, hostPath)
    name: "local-state",
    family: Availability,
    severity: Low,
    title: "Deployments keep no state on the node",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.workload.workload.kind != Kind::Deployment {
        return Judgement::not_applicable("the workload is not a Deployment");
    }
    let kept = subject.container.volume_mounts.iter().enumerate().filter_map(|(index, mount)| {
        let volume = subject.pod().volumes.iter().find(|volume| *volume.name == *mount.name)?;
        let source = local(volume)?;
        let cache = parameters
            .cache_paths
            .iter()
            .any(|path| is_within(&mount.mount_path, path.trim_end_matches('/')));
        let path: String = mount.mount_path.escape_debug().take(80).collect();
        (!cache).then(|| {
            let message = format!(
                "{source} at `{path}`, which is no cache path: what it holds is lost with the pod or its node"
            );
            Statement::fail(container(format!("volumeMounts[{index}].mountPath")), message)
        })
    });
    kept.collect()
}

/// What a volume on the node is called, if it is one that keeps anything.
fn local(volume: &Volume) -> Option<&'static str> {
    match &volume.empty_dir {
        Some(scratch) if scratch.medium != "Memory" => Some("emptyDir"),
        _ => volume.host_path.is_some().then_some("hostPath"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn mounted(mut source: Value, path: &str) -> Case {
        source["name"] = json!("v");
        Case::of(&CHECK)
            .pod(json!({"volumes": [source]}))
            .container(json!({"volumeMounts": [{"name": "v", "mountPath": path}]}))
    }

    #[test]
    fn what_is_under_a_cache_path_may_be_lost() {
        let scratch = json!({"emptyDir": {}});
        for path in ["/tmp", "/tmp/", "/tmp/a/b", "/var/cache/nginx"] {
            assert_eq!(mounted(scratch.clone(), path).outcome(), Outcome::Pass, "{path}");
        }
        for path in ["/tmpfiles", "/var/lib/app", "/"] {
            let case = mounted(scratch.clone(), path);
            assert_eq!(
                case.fields(),
                ["spec.template.spec.containers[0].volumeMounts[0].mountPath"],
                "{path}"
            );
        }
        let own = mounted(scratch, "/data").parameters(json!({"cachePaths": ["/data/"]}));
        assert_eq!(own.outcome(), Outcome::Pass);
    }

    #[test]
    fn only_folders_of_the_node_keep_state_there() {
        assert_eq!(mounted(json!({"hostPath": {"path": "/srv"}}), "/data").outcome(), Outcome::Fail);
        assert_eq!(mounted(json!({"emptyDir": {"medium": "Memory"}}), "/data").outcome(), Outcome::Pass);
        assert_eq!(
            mounted(json!({"persistentVolumeClaim": {"claimName": "c"}}), "/data").outcome(),
            Outcome::Pass
        );
        let set = mounted(json!({"emptyDir": {}}), "/data").workload(json!({"kind": "StatefulSet"}));
        assert_eq!(set.outcome(), Outcome::NotApplicable);
    }
}

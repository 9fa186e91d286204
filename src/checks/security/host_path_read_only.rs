use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Severity, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::host_paths::{HostMount, is_within, mounts};

/// Paths of a node with other filesystems mounted below them.
const WITH_OTHER_MOUNTS: &[&str] = &[
    "/",
    "/dev",
    "/media",
    "/mnt",
    "/proc",
    "/run",
    "/sys",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/run",
];

check! {
    /// ## What it checks
    /// Every mount of a `hostPath` volume sets `readOnly: true`; and where the node mounts other filesystems
    /// below that path (`/`, `/proc`, `/run`, `/sys`, `/var/lib/kubelet` and the like) `recursiveReadOnly` as
    /// well, since those stay writable otherwise.
    ///
    /// ## Why it matters
    /// An agent that reads logs need not write them. A container that writes to the node changes what runs
    /// there: links, unit files, cron entries, the next pod's data.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       volumeMounts:
    ///         - name: logs
    ///           mountPath: /node/logs
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
    ///       volumeMounts:
    ///         - name: logs
    ///           mountPath: /node/logs
    ///           readOnly: true
    ///   volumes:
    ///     - name: logs
    ///       hostPath:
    ///         path: /var/log
    /// ```
    ///
    /// ## How to fix
    /// Set `readOnly: true` on the mount, and `recursiveReadOnly: Enabled` (or `IfPossible`) where the finding
    /// asks for it. If the workload has to write, an `emptyDir` or a `PersistentVolumeClaim` is the place.
    ///
    /// ## References
    /// - Kubernetes documentation: Volumes, Read-only mounts
    /// - KEP-3857: recursive read-only mounts
    name: "host-path-read-only",
    family: Security,
    severity: Medium,
    title: "Paths of the node are mounted read-only",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::risky("readOnly", Answer::True), Fix::risky("recursiveReadOnly", Answer::Text("IfPossible"))],
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let mounts: Vec<_> = mounts(subject).collect();
    if mounts.is_empty() {
        return Judgement::not_applicable("the container mounts no path of the node");
    }
    mounts.iter().filter_map(problem).collect()
}

fn problem(mount: &HostMount<'_>) -> Option<Statement> {
    let field = |name: &str| container(format!("volumeMounts[{}].{name}", mount.index));
    let path = &mount.path;
    if !mount.mount.read_only {
        return Some(Statement::fail(
            field("readOnly"),
            format!("{path} of the node is mounted for writing"),
        ));
    }
    let recursive = matches!(mount.mount.recursive_read_only.as_deref(), Some("Enabled" | "IfPossible"));
    let open = !recursive && WITH_OTHER_MOUNTS.iter().any(|folder| is_within(folder, path));
    open.then(|| {
        let message = format!("{path} of the node is read-only, but not what the node mounts below it");
        Statement::fail(field("recursiveReadOnly"), message).graded(Severity::Low)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn mount(path: &str, mount: serde_json::Value) -> Case {
        Case::of(&CHECK)
            .pod(json!({"volumes": [{"name": "v", "hostPath": {"path": path}}, {"name": "w", "emptyDir": {}}]}))
            .container(json!({"volumeMounts": [{"name": "w", "mountPath": "/w"}, mount]}))
    }

    #[test]
    fn a_mount_for_writing_fails_at_its_own_place() {
        let writing = mount("/var/log", json!({"name": "v", "mountPath": "/m", "readOnly": false}));
        assert_eq!(writing.fields(), ["spec.template.spec.containers[0].volumeMounts[1].readOnly"]);
        let reading = mount("/var/log", json!({"name": "v", "mountPath": "/m", "readOnly": true}));
        assert_eq!(reading.outcome(), Outcome::Pass);
    }

    #[test]
    fn what_is_mounted_below_needs_more() {
        let reading = |recursive: Option<&str>| {
            let mut volume = json!({"name": "v", "mountPath": "/m", "readOnly": true});
            volume["recursiveReadOnly"] = json!(recursive);
            mount("/var//lib/", volume)
        };
        let found = reading(None).judged().findings;
        assert_eq!((found.len(), found[0].grade), (1, Some(Severity::Low)));
        assert!(found[0].field.ends_with("volumeMounts[1].recursiveReadOnly"));
        assert_eq!(reading(Some("Disabled")).outcome(), Outcome::Fail);
        assert_eq!(reading(Some("IfPossible")).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_container_without_such_a_mount_has_nothing_to_say() {
        let other = mount("/var/log", json!({"name": "w", "mountPath": "/m"}));
        assert_eq!(other.outcome(), Outcome::NotApplicable);
    }
}

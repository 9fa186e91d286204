use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::checks::host_paths::{clean, is_within, volumes};

/// Parameters of `sensitive-host-paths`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Directories of the node's system: neither they nor what lies above them may be mounted.
    paths: Vec<String>,
    /// Places of credentials: neither they nor what lies above or below them may be mounted.
    credentials: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let list = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        Self { paths: list(SYSTEM), credentials: list(CREDENTIALS) }
    }
}

const SYSTEM: &[&str] = &[
    "/",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/proc",
    "/root",
    "/sys",
    "/usr",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    r"C:\",
    r"C:\Windows",
];
const CREDENTIALS: &[&str] = &[
    "/etc/gcloud",
    "/etc/kubernetes",
    "/etc/rancher",
    "/etc/shadow",
    "/etc/ssh",
    "/root/.aws",
    "/root/.azure",
    "/root/.config/gcloud",
    "/root/.kube",
    "/root/.ssh",
    "/var/lib/etcd",
    "/var/lib/kubelet/kubeconfig",
    "/var/lib/kubelet/pki",
    "/var/lib/rancher/k3s/server",
    "/var/lib/rancher/rke2/server",
];

check! {
    /// ## What it checks
    /// No `hostPath` volume is one of the node's system directories or lies above one (`paths`), and none is,
    /// lies above, or lies below a place where credentials of the node or of its cloud lie (`credentials`).
    /// Paths are compared once they are clean, and name by name.
    ///
    /// ## Why it matters
    /// With `/etc`, `/proc` or the kubelet's directory a container changes the node's users, its programs or
    /// its pods; with the cluster's keys or the cloud's credentials it needs no node at all. To mount these
    /// read-only does not keep them secret.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: node
    ///       hostPath:
    ///         path: /etc
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: logs
    ///       hostPath:
    ///         path: /var/log/pods
    /// ```
    ///
    /// ## How to fix
    /// Give in `path` the one file or directory that is needed, not what lies above it, and read-only. What
    /// must see the node as a whole belongs in a namespace of its own, with a policy of its own.
    ///
    /// ## Parameters
    /// - `paths`: directories of the node's system that may not be mounted, nor what lies above them (default
    ///   `/`, `/boot`, `/dev`, `/etc`, `/lib`, `/proc`, `/root`, `/sys`, `/usr`, `/var/lib/etcd`,
    ///   `/var/lib/kubelet`, and the root and the system directory of Windows).
    /// - `credentials`: places that may not be mounted, nor what lies above or below them (default: where
    ///   kubeadm, k3s, RKE2, the kubelet, etcd, SSH and the tools of the large clouds keep theirs).
    ///
    /// ## References
    /// - CIS Kubernetes Benchmark: Minimize the admission of `HostPath` volumes
    /// - Kubernetes documentation: Volumes, hostPath
    name: "sensitive-host-paths",
    family: Security,
    severity: Critical,
    title: "Pods mount no system directories of the node",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let mut volumes = volumes(subject.pod()).peekable();
    if volumes.peek().is_none() {
        return Judgement::pass();
    }
    let clean = |paths: &[String]| paths.iter().map(|path| clean(path)).collect::<Vec<_>>();
    let (system, credentials) = (clean(&parameters.paths), clean(&parameters.credentials));
    volumes
        .filter_map(|(index, volume, path)| {
            let problem = problem(&path, &system, &credentials)?;
            let message = format!("the volume {} is {path} of the node, which {problem}", volume.name);
            Some(Statement::fail(pod(format!("volumes[{index}].hostPath.path")), message))
        })
        .collect()
}

fn problem(path: &str, system: &[String], credentials: &[String]) -> Option<String> {
    if let Some(place) = credentials.iter().find(|place| is_within(path, place)) {
        return Some(format!("is in {place}, where credentials lie"));
    }
    if system.iter().any(|place| place == path) {
        return Some("belongs to the system".to_owned());
    }
    let inside = system.iter().chain(credentials).find(|place| is_within(place, path))?;
    Some(format!("holds {inside}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn path(path: &str) -> Case {
        Case::of(&CHECK).pod(json!({"volumes": [{"name": "v", "hostPath": {"path": path}}]}))
    }

    #[test]
    fn a_system_directory_fails_and_so_does_what_lies_above_one() {
        for bad in ["/", "/etc", "/etc/", "//proc", "/var/lib", "/var", "/home/../sys", "/var/lib/kubelet"] {
            assert_eq!(path(bad).outcome(), Outcome::Fail, "{bad}");
            assert_eq!(path(bad).fields(), ["spec.template.spec.volumes[0].hostPath.path"]);
        }
        for good in ["/etcd", "/data", "/var/log", "/etc/localtime", "/dev/kvm", "/var/lib/kubelet/plugins"] {
            assert_eq!(path(good).outcome(), Outcome::Pass, "{good}");
        }
    }

    #[test]
    fn what_lies_among_credentials_fails_as_well() {
        for bad in ["/etc/kubernetes/pki/ca.key", "/root/.aws/credentials", "/var/lib/kubelet/pki"] {
            assert!(path(bad).message().contains("where credentials lie"), "{bad}");
        }
        assert!(
            path("/home")
                .parameters(json!({"credentials": ["/home/admin/.kube"]}))
                .message()
                .contains("holds")
        );
    }

    #[test]
    fn windows_paths_are_compared_as_windows_does() {
        assert_eq!(path(r"c:\").outcome(), Outcome::Fail);
        assert_eq!(path(r"C:\WINDOWS\").outcome(), Outcome::Fail);
        assert_eq!(path(r"C:\data").outcome(), Outcome::Pass);
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::host_paths::{clean, leads_to, mounts, names};

/// Parameters of `runtime-socket-mount`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Sockets on the node that no container may see; `*` stands for one name in a path.
    sockets: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { sockets: SOCKETS.iter().map(|socket| (*socket).to_owned()).collect() }
    }
}

const SOCKETS: &[&str] = &[
    "/run/containerd/containerd.sock",
    "/run/cri-dockerd.sock",
    "/run/crio/crio.sock",
    "/run/docker.sock",
    "/run/k0s/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/user/*/docker.sock",
    "/run/user/*/podman/podman.sock",
    "/var/run/containerd/containerd.sock",
    "/var/run/cri-dockerd.sock",
    "/var/run/crio/crio.sock",
    "/var/run/docker.sock",
    "/var/run/dockershim.sock",
    "/var/run/k0s/containerd.sock",
    "/var/run/k3s/containerd/containerd.sock",
    "/var/run/podman/podman.sock",
    "/var/run/user/*/docker.sock",
    "/var/run/user/*/podman/podman.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
    r"\\.\pipe\containerd-containerd",
    r"\\.\pipe\docker_engine",
];

check! {
    /// ## What it checks
    /// No container mounts the socket of a container runtime (Docker, containerd, CRI-O, cri-dockerd, Podman)
    /// from the node, nor a directory that holds it. What counts is what the container sees: the volume's path
    /// with the mount's `subPath`.
    ///
    /// ## Why it matters
    /// Whoever may talk to the runtime may start a privileged container beside all policies: the socket is root
    /// on the node. To mount it read-only changes nothing, since a socket is not written to but connected to.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       volumeMounts:
    ///         - name: v
    ///           mountPath: /node
    ///   volumes:
    ///     - name: v
    ///       hostPath:
    ///         path: /var/run/docker.sock
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       volumeMounts:
    ///         - name: v
    ///           mountPath: /node
    ///   volumes:
    ///     - name: v
    ///       hostPath:
    ///         path: /var/log/pods
    /// ```
    ///
    /// ## How to fix
    /// Remove the `hostPath` volume and its mounts. Build images with a tool that needs no daemon, and read
    /// metrics from the kubelet. What must manage containers belongs in a namespace of its own, with a policy
    /// of its own.
    ///
    /// ## Parameters
    /// - `sockets`: paths on the node that no container may see; `*` stands for one name, as that of a user's folder
    ///   (default: those of Docker, containerd, k3s, k0s, MicroK8s, CRI-O, cri-dockerd and Podman, below `/run` and
    ///   `/var/run`, those of users among them, and the pipes of Windows).
    ///
    /// ## References
    /// - CIS Docker Benchmark: Ensure that the Docker socket is not mounted inside any containers
    /// - Kubernetes documentation: Volumes, hostPath
    name: "runtime-socket-mount",
    family: Security,
    severity: Critical,
    title: "Containers do not see the socket of the container runtime",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let mut mounts = mounts(subject).peekable();
    if mounts.peek().is_none() {
        return Judgement::pass();
    }
    let sockets: Vec<(String, &str)> =
        parameters.sockets.iter().map(|socket| (clean(socket), socket.as_str())).collect();
    mounts
        .filter_map(|mount| {
            let (clean, written) = sockets.iter().find(|(socket, _)| leads_to(&mount.path, socket))?;
            let shown = &mount.shown;
            let message = if names(clean).count() == names(&mount.path).count() {
                format!("{shown} of the node is mounted, the socket of a container runtime")
            } else {
                format!("{shown} of the node is mounted, which holds a runtime's socket, {written}")
            };
            Some(Statement::fail(container(format!("volumeMounts[{}].name", mount.index)), message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn mount(path: &str, sub_path: &str) -> Case {
        Case::of(&CHECK)
            .pod(json!({"volumes": [{"name": "v", "hostPath": {"path": path}}]}))
            .container(json!({"volumeMounts": [{"name": "v", "mountPath": "/m", "subPath": sub_path}]}))
    }

    #[test]
    fn a_socket_fails_and_so_does_every_directory_above_it() {
        for path in
            ["/var/run/docker.sock", "/run/containerd", "/run//crio/", "/var/run", "/run", "/", "/x/../run"]
        {
            assert_eq!(mount(path, "").outcome(), Outcome::Fail, "{path}");
        }
        for path in ["/run/app", "/runtime", "/var/run/docker.sock.d", "/var/lib/docker"] {
            assert_eq!(mount(path, "").outcome(), Outcome::Pass, "{path}");
        }
        for path in ["/run/user/1000/podman", "/run/user", "/run/k0s", "/var/snap/microk8s/common/run"] {
            assert_eq!(mount(path, "").outcome(), Outcome::Fail, "{path}");
        }
        assert_eq!(mount("/run/user/1000/pulse", "").outcome(), Outcome::Pass);
        let own = mount("/run/user/1000/docker.sock", "");
        assert_eq!(
            own.message(),
            "/run/user/1000/docker.sock of the node is mounted, the socket of a container runtime"
        );
        assert_eq!(mount("/run", "").fields(), ["spec.template.spec.containers[0].volumeMounts[0].name"]);
    }

    #[test]
    fn a_part_of_a_volume_is_judged_as_that_part() {
        assert_eq!(mount("/run", "containerd/containerd.sock").outcome(), Outcome::Fail);
        assert_eq!(mount("/run", "app").outcome(), Outcome::Pass);
    }

    #[test]
    fn only_the_container_that_mounts_it_fails() {
        let case = mount("/run", "").pod(json!({"initContainers": [{"name": "init"}]}));
        assert_eq!(case.judged().findings.len(), 1);
    }

    #[test]
    fn a_path_of_the_same_name_in_another_volume_is_none_of_the_nodes() {
        let scratch = json!({"volumes": [{"name": "v", "emptyDir": {}}]});
        assert_eq!(mount("/run", "").pod(scratch).outcome(), Outcome::Pass);
    }

    #[test]
    fn pipes_of_windows_are_sockets_too() {
        assert_eq!(
            mount(r"\\.\pipe\docker_engine", "").message(),
            r"\\.\pipe\docker_engine of the node is mounted, the socket of a container runtime"
        );
    }
}

//! The probes of a container, one like another.
//!
//! It must not say what a good probe is: the checks of the family `probes` do. Next: any of them.

use crate::inventory::container::Container;
use crate::inventory::lenient::IntOrString;
use crate::inventory::probe::{ExecAction, HttpGetAction, Probe, TcpSocketAction};

/// The probes that a container has, each with the name of its field.
pub(super) fn probes(container: &Container) -> impl Iterator<Item = (&'static str, &Probe)> {
    [
        ("livenessProbe", &container.liveness_probe),
        ("readinessProbe", &container.readiness_probe),
        ("startupProbe", &container.startup_probe),
    ]
    .into_iter()
    .filter_map(|(field, probe)| Some((field, probe.as_deref()?)))
}

/// Every command that the kubelet runs in a container, with the path of its field: those of probes, and those of what is
/// done after the start and before the end.
pub(super) fn commands(container: &Container) -> impl Iterator<Item = (&'static str, &ExecAction)> {
    let probes = probes(container).map(|(field, probe)| (field, &probe.exec));
    let lifecycle = container.lifecycle.iter().flat_map(|lifecycle| {
        [("lifecycle.postStart", &lifecycle.post_start), ("lifecycle.preStop", &lifecycle.pre_stop)]
            .into_iter()
            .filter_map(|(field, handler)| Some((field, &handler.as_ref()?.exec)))
    });
    probes.chain(lifecycle).filter_map(|(field, exec)| Some((field, exec.as_deref()?)))
}

/// Where a probe goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// Field of the probe that says how it goes there.
    pub(super) handler: &'static str,
    /// Port, as it is written.
    pub(super) port: IntOrString,
    /// Host; empty means the pod itself.
    pub(super) host: &'a str,
}

/// Where a probe goes to; absent for a command.
pub(super) fn target(probe: &Probe) -> Option<Target<'_>> {
    if let Some(get) = &probe.http_get {
        return Some(Target { handler: "httpGet", port: get.port.clone(), host: &get.host });
    }
    if let Some(socket) = &probe.tcp_socket {
        return Some(Target { handler: "tcpSocket", port: socket.port.clone(), host: &socket.host });
    }
    let grpc = probe.grpc.as_ref()?;
    Some(Target { handler: "grpc", port: IntOrString::Int(grpc.port), host: "" })
}

/// Every host that the kubelet is told to ask instead of the pod, with the path of its field: those of
/// probes, and those of what is done after the start and before the end.
pub(super) fn hosts(container: &Container) -> impl Iterator<Item = (String, &str)> {
    let probes = probes(container).map(|(field, probe)| (field, &probe.http_get, &probe.tcp_socket));
    let lifecycle = container.lifecycle.iter().flat_map(|lifecycle| {
        [("lifecycle.postStart", &lifecycle.post_start), ("lifecycle.preStop", &lifecycle.pre_stop)]
            .into_iter()
            .filter_map(|(field, handler)| Some((field, handler.as_ref()?)))
            .map(|(field, handler)| (field, &handler.http_get, &handler.tcp_socket))
    });
    probes.chain(lifecycle).flat_map(|(field, get, socket)| host_of(field, get.as_deref(), socket.as_deref()))
}

fn host_of<'a>(
    field: &'static str,
    get: Option<&'a HttpGetAction>,
    socket: Option<&'a TcpSocketAction>,
) -> impl Iterator<Item = (String, &'a str)> {
    let get = get.map(|get| (format!("{field}.httpGet.host"), get.host.as_str()));
    let socket = socket.map(|socket| (format!("{field}.tcpSocket.host"), socket.host.as_str()));
    [get, socket].into_iter().flatten().filter(|(_, host)| !host.is_empty())
}

/// The number of the container's port that is meant; absent for a name that the container does not declare.
pub(super) fn resolve(container: &Container, port: &IntOrString) -> Option<i64> {
    match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => container
            .ports
            .iter()
            .find(|declared| declared.name == *name && !name.is_empty())
            .map(|declared| declared.container_port),
    }
}

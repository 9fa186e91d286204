//! The probes of a container, one like another.
//!
//! It must not say what a good probe is: the checks of the family `probes` do. Next: any of them.

use crate::inventory::container::Container;
use crate::inventory::lenient::IntOrString;
use crate::inventory::probe::Probe;

/// The probes that a container has, each with the name of its field.
pub(super) fn probes(container: &Container) -> impl Iterator<Item = (&'static str, &Probe)> {
    [
        ("livenessProbe", &container.liveness_probe),
        ("readinessProbe", &container.readiness_probe),
        ("startupProbe", &container.startup_probe),
    ]
    .into_iter()
    .filter_map(|(field, probe)| Some((field, probe.as_ref()?)))
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

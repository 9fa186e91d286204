//! The ways by which the pods of a workload are reached from outside of the cluster.
//!
//! Ports of the node are not among them: they are the pod's own, and need no other object. It must not judge. Next:
//! `network/exposed_admin_interface.rs`, `network/external_exposure_risk.rs`.

use crate::catalogue::{Text, WorkloadSubject};
use crate::checks::around::{key_of, quoted};
use crate::checks::exposure::{Exposure, ingress_key};
use crate::checks::{routes, services, virtual_services};
use crate::inventory::Kind;
use crate::inventory::gateway::Reference;
use crate::inventory::lookup::Search;
use crate::inventory::object::{ObjectKey, Service, ServiceType};

/// Longest part of a name that a message shows.
const SHOWN: usize = 60;

/// What sends requests from outside to a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WayIn {
    /// The object that makes it.
    pub(super) object: ObjectKey,
    /// Path in that.
    pub(super) path: Text,
    /// What it is.
    pub(super) door: Door,
}

/// What a way in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// A load balancer.
    LoadBalancer,
    /// A load balancer that its cloud keeps within the own network.
    InternalLoadBalancer,
    /// A port of every node.
    NodePort,
    /// An address that nodes take as the Service's.
    ExternalAddress,
    /// An Ingress.
    Ingress,
    /// A route of a Gateway.
    HttpRoute,
    /// A route of a Gateway.
    GrpcRoute,
    /// A route of a Gateway.
    TlsRoute,
    /// A route of a Gateway.
    TcpRoute,
    /// A route of a Gateway.
    UdpRoute,
    /// A VirtualService at a gateway of Istio.
    VirtualService,
}

impl Door {
    /// What it is, in words.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::LoadBalancer | Self::InternalLoadBalancer => "a load balancer",
            Self::NodePort => "a port of every node",
            Self::ExternalAddress => "an address in externalIPs",
            Self::Ingress => "an Ingress",
            Self::HttpRoute => "an HTTPRoute",
            Self::GrpcRoute => "a GRPCRoute",
            Self::VirtualService => "a VirtualService",
            Self::TlsRoute => "a TLSRoute",
            Self::TcpRoute => "a TCPRoute",
            Self::UdpRoute => "a UDPRoute",
        }
    }

    /// What a route of this kind is.
    const fn of_route(kind: Kind) -> Self {
        match kind {
            Kind::GrpcRoute => Self::GrpcRoute,
            Kind::TlsRoute => Self::TlsRoute,
            Kind::TcpRoute => Self::TcpRoute,
            Kind::UdpRoute => Self::UdpRoute,
            _ => Self::HttpRoute,
        }
    }
}

impl WayIn {
    /// The way with its object, in words.
    pub(super) fn shown(&self) -> String {
        let ObjectKey { kind, name, .. } = &self.object;
        let name = quoted(name, SHOWN);
        match kind {
            Kind::Service => format!("{} of Service {name}", self.door.as_str()),
            kind => format!("{kind} {name}"),
        }
    }
}

/// Every way to a workload: Services first, then Ingresses, then routes, then VirtualServices, each by name.
pub(super) fn to(subject: &WorkloadSubject<'_>) -> Search<WayIn> {
    let services = services::of(subject);
    let by_services = services.found.iter().flat_map(|service| through_service(service));
    let mut ways = Search { found: by_services.collect(), incomplete: services.incomplete };
    let exposure = Exposure::of(subject);
    let ingresses = exposure.ingresses.iter().map(|ingress| WayIn {
        object: ingress_key(ingress),
        path: "spec.rules".into(),
        door: Door::Ingress,
    });
    ways = ways.and(Search { found: ingresses.collect(), incomplete: exposure.incomplete });
    let routes = routes::to(subject, Kind::ROUTES);
    let found = routes.found.iter().filter_map(|(kind, route)| {
        let parent = route.spec.parent_refs.iter().position(Reference::is_gateway)?;
        Some(WayIn {
            object: key_of(*kind, &route.metadata),
            path: format!("spec.parentRefs[{parent}]").into(),
            door: Door::of_route(*kind),
        })
    });
    ways = ways.and(Search { found: found.collect(), incomplete: routes.incomplete });
    let virtual_services = virtual_services::to(subject);
    let sends = |name: &str| services.found.iter().any(|service| service.metadata.name == name);
    let found = virtual_services.found.iter().filter_map(|one| {
        let gateway = one.spec.outer_gateway()?;
        one.service_names_from_outside().any(sends).then(|| WayIn {
            object: key_of(Kind::VirtualService, &one.metadata),
            path: format!("spec.gateways[{gateway}]").into(),
            door: Door::VirtualService,
        })
    });
    ways.and(Search { found: found.collect(), incomplete: virtual_services.incomplete })
}

fn through_service(service: &Service) -> Vec<WayIn> {
    let by_type = match service.spec.kind {
        ServiceType::LoadBalancer if services::is_internal(service) => Some(Door::InternalLoadBalancer),
        ServiceType::LoadBalancer => Some(Door::LoadBalancer),
        ServiceType::NodePort => Some(Door::NodePort),
        ServiceType::ClusterIp | ServiceType::ExternalName => None,
    };
    let way = |door: Door, path: &'static str| WayIn {
        object: key_of(Kind::Service, &service.metadata),
        path: path.into(),
        door,
    };
    let by_address =
        (!service.spec.external_ips.is_empty()).then(|| way(Door::ExternalAddress, "spec.externalIPs"));
    by_type.map(|door| way(door, "spec.type")).into_iter().chain(by_address).collect()
}

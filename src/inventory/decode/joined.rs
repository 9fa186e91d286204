//! Decoding of the kinds that checks join with workloads.
//!
//! What is left out becomes what the server stores. It must not know how they are joined. Next: [`super::super::joins`].

use super::super::add_on_policy::{AdminPolicy, CalicoPolicy, CiliumPolicy};
use super::super::admission::WebhookConfiguration;
use super::super::endpoints::{Endpoints, WrittenEndpoints, WrittenSlice};
use super::super::extension::{ApiService, CustomResourceDefinition};
use super::super::gateway::{Gateway, HttpRoute};
use super::super::kind::Kind;
use super::super::node::Node;
use super::super::object::Object;
use super::super::storage::StorageClass;
use super::source::Source;
use super::{DecodeError, parse};

/// Reads an object of one of these kinds, each of which has a type of its own, and makes of it what the server stores.
macro_rules! objects {
    ($kind:expr, $json:expr, $($variant:ident $(: $stored:path)?),* $(,)?) => {
        match $kind {
            $(Kind::$variant => {
                let object = parse($kind, "object", $json)?;
                $(let object = $stored(object);)?
                Ok(Object::$variant(Box::new(object)))
            })*
            kind => Err(DecodeError::Shape {
                kind,
                part: "object",
                problem: "no reader knows this kind".to_owned(),
            }),
        }
    };
}

/// Reads an object of a kind that is neither a workload nor treated by itself.
pub(super) fn decode<'a>(kind: Kind, json: impl Source<'a>) -> Result<Object, DecodeError> {
    if kind.is_add_on_policy() {
        return add_on_policy(kind, json);
    }
    match kind {
        Kind::EndpointSlice => return Ok(endpoints(parse::<WrittenSlice>(kind, "object", json)?)),
        Kind::Endpoints => return Ok(endpoints(parse::<WrittenEndpoints>(kind, "object", json)?)),
        _ => {}
    }
    objects!(
        kind,
        json,
        PodDisruptionBudget,
        HorizontalPodAutoscaler,
        NetworkPolicy,
        ServiceAccount,
        ConfigMap,
        PersistentVolumeClaim,
        PersistentVolume,
        ResourceQuota,
        Role,
        RoleBinding,
        ClusterRole,
        ClusterRoleBinding,
        PriorityClass,
        IngressClass,
        StorageClass: StorageClass::stored,
        RuntimeClass,
        Node: Node::stored,
        ValidatingWebhookConfiguration: WebhookConfiguration::stored,
        MutatingWebhookConfiguration: WebhookConfiguration::stored,
        ApiService: ApiService::stored,
        CustomResourceDefinition: CustomResourceDefinition::stored,
        Gateway: Gateway::stored,
        HttpRoute,
        GrpcRoute,
        TlsRoute: HttpRoute::of_tls,
        TcpRoute: HttpRoute::of_a_port,
        UdpRoute: HttpRoute::of_a_port,
        ReferenceGrant,
        SecretProviderClass,
        ScaledObject,
        VerticalPodAutoscaler,
        TlsOption,
        Middleware,
        IstioGateway,
        VirtualService,
        DestinationRule,
        BackendTrafficPolicy,
        ServiceProfile,
        SecurityPolicy,
        AuthorizationPolicy,
        PeerAuthentication,
        BackendTlsPolicy,
        ConsulMesh,
        Schedule,
    )
}

/// Where requests to a Service go.
fn endpoints(written: impl Into<Endpoints>) -> Object {
    Object::Endpoints(Box::new(written.into()))
}

/// Reads a policy for the network of pods that is no NetworkPolicy.
fn add_on_policy<'a>(kind: Kind, json: impl Source<'a>) -> Result<Object, DecodeError> {
    let policy = match kind {
        Kind::CiliumNetworkPolicy | Kind::CiliumClusterwideNetworkPolicy => {
            parse::<CiliumPolicy>(kind, "object", json)?.lean(kind)
        }
        Kind::AdminNetworkPolicy | Kind::BaselineAdminNetworkPolicy | Kind::ClusterNetworkPolicy => {
            parse::<AdminPolicy>(kind, "object", json)?.lean(kind)
        }
        _ => parse::<CalicoPolicy>(kind, "object", json)?.lean(kind),
    };
    Ok(Object::AddOnPolicy(Box::new(policy)))
}

//! Random clusters: few names, so that most objects have to do with others, and every kind.
//!
//! It must not know what checks say of them. Next: [`super::bodies`] for what stands in them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::bodies::bodies;
use crate::api::policy_status::PolicyStatus;
use crate::checks;
use crate::controller::watched::{Message, PolicyObject, PolicySpecObject, Watched};
use crate::engine::policy::PolicyKey;
use crate::inventory::decode::decode_or_broken;
use crate::inventory::{Kind, Object};
use crate::ops::watch::Unavailable;

/// Which object: kind, namespace and name.
pub(super) type Key = (Kind, &'static str, &'static str);

/// Kinds of which there are objects, in order.
pub(super) const KINDS: &[Kind] = &[
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::CronJob,
    Kind::Pod,
    Kind::Namespace,
    Kind::Service,
    Kind::Ingress,
    Kind::Secret,
    Kind::Revision,
    Kind::ControllerRevision,
    Kind::LimitRange,
    Kind::PodDisruptionBudget,
    Kind::HorizontalPodAutoscaler,
    Kind::NetworkPolicy,
    Kind::ServiceAccount,
    Kind::ConfigMap,
    Kind::PersistentVolumeClaim,
    Kind::PersistentVolume,
    Kind::ResourceQuota,
    Kind::Role,
    Kind::RoleBinding,
    Kind::ClusterRole,
    Kind::ClusterRoleBinding,
    Kind::PriorityClass,
    Kind::IngressClass,
    Kind::StorageClass,
    Kind::RuntimeClass,
    Kind::Node,
    Kind::ValidatingWebhookConfiguration,
    Kind::MutatingWebhookConfiguration,
    Kind::ApiService,
    Kind::CustomResourceDefinition,
    Kind::Gateway,
    Kind::HttpRoute,
    Kind::GrpcRoute,
    Kind::TlsRoute,
    Kind::TcpRoute,
    Kind::UdpRoute,
    Kind::ReferenceGrant,
    Kind::ScaledObject,
    Kind::VerticalPodAutoscaler,
    Kind::TlsOption,
    Kind::Middleware,
    Kind::IstioGateway,
    Kind::VirtualService,
    Kind::DestinationRule,
    Kind::BackendTrafficPolicy,
    Kind::ServiceProfile,
    Kind::SecurityPolicy,
    Kind::AuthorizationPolicy,
    Kind::PeerAuthentication,
    Kind::BackendTlsPolicy,
    Kind::ConsulMesh,
    Kind::Schedule,
    Kind::CiliumNetworkPolicy,
    Kind::CiliumClusterwideNetworkPolicy,
    Kind::BaselineAdminNetworkPolicy,
    Kind::CalicoGlobalNetworkPolicy,
    Kind::EndpointSlice,
];

const NAMES: &[&str] = &["a", "b", "c"];
const NAMESPACES: &[&str] = &["shop", "bank"];

/// Specs of policies, by number.
const SPECS: usize = 4;
const POLICIES: &[(&str, &str)] = &[("", "everywhere"), ("shop", "gate")];

/// What there is.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    objects: BTreeMap<Key, Value>,
    policies: BTreeMap<(&'static str, &'static str), usize>,
    pub(super) forbidden: BTreeSet<Kind>,
    /// How often anything was written.
    version: u64,
}

/// What happens to it.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Apply(Key, Value),
    Remove(Key),
    /// A new list of a kind, which shows all that there is.
    Relist(Kind),
    Forbid(Kind),
    Allow(Kind),
    Policy((&'static str, &'static str), usize),
    NoPolicy((&'static str, &'static str)),
}

fn object() -> impl Strategy<Value = (Key, Value)> {
    let key = (select(KINDS), select(NAMESPACES), select(NAMES));
    let names = proptest::collection::vec(select(NAMES), 12);
    (key, any::<prop::sample::Index>(), names).prop_map(|((kind, namespace, name), body, names)| {
        let bodies = bodies(kind);
        let mut names = names.into_iter().cycle();
        let body = bodies[body.index(bodies.len())].split('$').collect::<Vec<_>>();
        let last = body.len() - 1;
        let text: String = body
            .into_iter()
            .enumerate()
            .map(
                |(index, part)| {
                    if index < last { format!("{part}{}", names.next().unwrap()) } else { part.to_owned() }
                },
            )
            .collect();
        (key_of(kind, namespace, name), serde_json::from_str(&text).unwrap())
    })
}

/// A Namespace is called what it is; other objects of the cluster lie in none.
fn key_of(kind: Kind, namespace: &'static str, name: &'static str) -> Key {
    match kind {
        // What webhooks are asked about depends on its labels.
        Kind::Namespace if name == "c" => (kind, "", "kube-system"),
        Kind::Namespace => (kind, "", namespace),
        _ if kind.info().namespaced => (kind, namespace, name),
        _ => (kind, "", name),
    }
}

pub(super) fn cluster() -> impl Strategy<Value = Cluster> {
    let forbidden = proptest::collection::btree_set(select(KINDS), 0..3);
    (proptest::collection::vec(object(), 5..40), forbidden, [0..SPECS, 0..SPECS]).prop_map(
        |(objects, mut forbidden, specs)| {
            forbidden.retain(|kind| !kind.is_workload());
            let policies = POLICIES.iter().copied().zip(specs).collect();
            let objects = objects.into_iter().filter(|((kind, ..), _)| !forbidden.contains(kind)).collect();
            Cluster { objects, policies, forbidden, version: 0 }
        },
    )
}

pub(super) fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        12 => object().prop_map(|(key, body)| Change::Apply(key, body)),
        6 => object().prop_map(|(key, _)| Change::Remove(key)),
        1 => select(KINDS).prop_map(Change::Relist),
        1 => select(KINDS).prop_map(Change::Forbid),
        2 => select(KINDS).prop_map(Change::Allow),
        1 => (select(POLICIES), 0..SPECS).prop_map(|(key, spec)| Change::Policy(key, spec)),
        1 => select(POLICIES).prop_map(Change::NoPolicy),
    ]
}

impl Cluster {
    /// Everything that there is, as a list tells it.
    pub(super) fn messages(&self) -> Vec<Message> {
        let objects = self.objects.iter().map(|(key, body)| message(*key, body));
        let policies = self.policies.iter().map(|(key, spec)| policy(*key, *spec, self.version + 1));
        objects.chain(policies).collect()
    }

    pub(super) fn kinds(&self) -> BTreeSet<Kind> {
        self.objects.keys().map(|(kind, ..)| *kind).collect()
    }

    pub(super) fn objects_of(&self, kind: Kind) -> impl Iterator<Item = (Key, &Value)> {
        self.objects.iter().filter(move |((own, ..), _)| *own == kind).map(|(key, body)| (*key, body))
    }

    /// Makes a change, and says what the watches tell of it.
    pub(super) fn apply(&mut self, change: Change) -> Vec<Message> {
        self.version += 1;
        match change {
            // Nothing is told of a kind that may not be seen, and what it holds does not matter here.
            Change::Apply((kind, ..), _) | Change::Remove((kind, ..)) if self.forbidden.contains(&kind) => {
                Vec::new()
            }
            Change::Apply(key, body) => {
                let told = message(key, &body);
                self.objects.insert(key, body);
                vec![told]
            }
            Change::Remove(key) => match self.objects.remove(&key) {
                Some(body) => vec![Message::ObjectGone(decoded(key, &body).key(), uid(key))],
                None => Vec::new(),
            },
            Change::Relist(kind) if self.forbidden.contains(&kind) => Vec::new(),
            Change::Relist(kind) | Change::Allow(kind) => {
                self.forbidden.remove(&kind);
                let watched = Watched::Kind(kind);
                let objects = self.objects_of(kind).map(|(key, body)| message(key, body)).collect::<Vec<_>>();
                let begins = [Message::Restarted(watched)].into_iter();
                begins.chain(objects).chain([Message::Synced(watched)]).collect()
            }
            // Of workloads that may not be seen any more, reports stay: a new start would not know them.
            Change::Forbid(kind) if kind.is_workload() => Vec::new(),
            Change::Forbid(kind) => {
                self.forbidden.insert(kind);
                self.objects.retain(|(own, ..), _| *own != kind);
                vec![Message::Unavailable(Watched::Kind(kind), Unavailable::Forbidden)]
            }
            Change::Policy(key, spec) => {
                self.policies.insert(key, spec);
                vec![policy(key, spec, self.version)]
            }
            Change::NoPolicy(key) => match self.policies.remove(&key) {
                Some(_) => vec![Message::PolicyGone(policy_key(key), key.1.to_owned())],
                None => Vec::new(),
            },
        }
    }
}

fn uid((kind, namespace, name): Key) -> String {
    format!("{kind}-{namespace}-{name}")
}

fn decoded(key: Key, body: &Value) -> Object {
    let (kind, namespace, name) = key;
    let mut object = body.clone();
    let [labels, mut annotations, owners] =
        ["labels", "annotations", "ownerReferences"].map(|key| object["metadata"][key].clone());
    // Of what is no workload some is wrong in itself.
    if !kind.is_workload() && name == "c" && namespace != "shop" {
        annotations["token"] = format!("npm_{}", "a".repeat(36)).into();
    }
    object["metadata"] = json!({"name": name, "namespace": namespace, "uid": uid(key), "generation": 1, "labels": labels,
        "annotations": annotations, "ownerReferences": owners, "creationTimestamp": "2025-01-01T00:00:00Z"});
    decode_or_broken(kind, &object.to_string()).unwrap()
}

pub(super) fn message(key: Key, body: &Value) -> Message {
    Message::Object(Box::new(decoded(key, body)))
}

fn policy_key((namespace, name): (&str, &str)) -> PolicyKey {
    PolicyKey { namespace: namespace.to_owned(), name: name.to_owned() }
}

fn policy(key: (&'static str, &'static str), spec: usize, version: u64) -> Message {
    let of_bank = json!({"dns": {"namespaceLabels": {"kubernetes.io/metadata.name": "bank"}}});
    let check = |name: &str| match name {
        "network-policy-required-flows" => json!({"name": name, "parameters": of_bank}),
        "known-exploit-config" => json!({"name": name, "parameters": {"lookAtNodes": true}}),
        _ => json!({ "name": name }),
    };
    let every: Vec<Value> = checks::names().into_iter().map(check).collect();
    let few = ["memory-limits", "pdb-present", "ingress-tls", "dangling-service", "service-account-exists"];
    let few: Vec<Value> = few.iter().map(|name| json!({ "name": name })).collect();
    let spec = match spec {
        0 => json!({"profile": "None", "checks": every, "failOn": "Low"}),
        1 => json!({"profile": "None", "checks": every, "failOn": "Critical"}),
        2 => json!({"profile": "None", "checks": few}),
        _ => json!({"profile": "Standard", "failOn": "High"}),
    };
    let spec = match key.0 {
        "" => PolicySpecObject::Cluster(Box::new(serde_json::from_value(spec).unwrap())),
        _ => PolicySpecObject::Namespaced(Box::new(serde_json::from_value(spec).unwrap())),
    };
    Message::Policy(Box::new(PolicyObject {
        key: policy_key(key),
        uid: key.1.to_owned(),
        generation: i64::try_from(version).unwrap(),
        version,
        created: 0,
        spec: Ok(spec),
        status: PolicyStatus::default(),
    }))
}

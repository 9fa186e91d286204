//! One object of any kind that Seaworthy reads, and its key.
//!
//! It must not hold what no check reads. Next: [`super::decode`] makes objects from JSON.

use std::fmt;

use serde::Deserialize;

use super::kind::Kind;
use super::lenient::{IntOrString, list, null_is_default, string_map};
use super::limit_range::LimitRange;
use super::metadata::Metadata;
use super::secret::SecretFacts;
use super::small_map::Labels;
use super::workload::Workload;

/// Kind, namespace and name of an object. The order is the order of sorted output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Namespace; empty for cluster-scoped kinds.
    pub namespace: String,
    /// Kind.
    pub kind: Kind,
    /// Name.
    pub name: String,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// An object, lean. Every variant is boxed, so that none pays for the largest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A workload that is judged: nothing built-in manages it.
    Workload(Box<Workload>),
    /// A ReplicaSet, Job or Pod that another workload manages, cut to its metadata.
    Owned(Kind, Box<Metadata>),
    /// A Namespace.
    Namespace(Box<Metadata>),
    /// A Service.
    Service(Box<Service>),
    /// An Ingress.
    Ingress(Box<Ingress>),
    /// A Secret, as facts.
    Secret(Box<Secret>),
    /// A `LimitRange`.
    LimitRange(Box<LimitRange>),
    /// An object that does not have the shape of its kind, and why.
    Broken(Kind, Box<Metadata>, String),
}

impl Object {
    /// The object's kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Workload(workload) => workload.kind,
            Self::Owned(kind, _) | Self::Broken(kind, ..) => *kind,
            Self::Namespace(_) => Kind::Namespace,
            Self::Service(_) => Kind::Service,
            Self::Ingress(_) => Kind::Ingress,
            Self::Secret(_) => Kind::Secret,
            Self::LimitRange(_) => Kind::LimitRange,
        }
    }

    /// The object's metadata.
    pub const fn metadata(&self) -> &Metadata {
        match self {
            Self::Workload(workload) => &workload.metadata,
            Self::Owned(_, metadata) | Self::Namespace(metadata) | Self::Broken(_, metadata, _) => metadata,
            Self::Service(service) => &service.metadata,
            Self::Ingress(ingress) => &ingress.metadata,
            Self::Secret(secret) => &secret.metadata,
            Self::LimitRange(range) => &range.metadata,
        }
    }

    /// The object's metadata, to fill in what a file leaves out.
    pub const fn metadata_mut(&mut self) -> &mut Metadata {
        match self {
            Self::Workload(workload) => &mut workload.metadata,
            Self::Owned(_, metadata) | Self::Namespace(metadata) | Self::Broken(_, metadata, _) => metadata,
            Self::Service(service) => &mut service.metadata,
            Self::Ingress(ingress) => &mut ingress.metadata,
            Self::Secret(secret) => &mut secret.metadata,
            Self::LimitRange(range) => &mut range.metadata,
        }
    }

    /// The object's key.
    pub fn key(&self) -> ObjectKey {
        let metadata = self.metadata();
        ObjectKey { kind: self.kind(), namespace: metadata.namespace.clone(), name: metadata.name.clone() }
    }
}

/// A Service, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: ServiceSpec,
}

/// `spec` of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// Labels of the pods it sends to; empty selects none.
    #[serde(deserialize_with = "string_map")]
    pub selector: Labels,
    /// Ports.
    #[serde(deserialize_with = "list")]
    pub ports: Vec<ServicePort>,
}

/// One of a Service's ports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePort {
    /// Name, empty for none.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Port of the Service.
    #[serde(deserialize_with = "null_is_default")]
    pub port: i64,
    /// Port of the pods, by number or name; absent means the same as `port`.
    pub target_port: Option<IntOrString>,
}

impl ServicePort {
    /// The port of the pods, with the API's default.
    pub fn effective_target(&self) -> IntOrString {
        match &self.target_port {
            // The server stores the Service's port for an absent, zero or empty target.
            None | Some(IntOrString::Int(0)) => IntOrString::Int(self.port),
            Some(IntOrString::String(name)) if name.is_empty() => IntOrString::Int(self.port),
            Some(target) => target.clone(),
        }
    }
}

/// An Ingress, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Ingress {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: IngressSpec,
}

/// `spec` of an Ingress.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressSpec {
    /// Name of the class whose controller serves it.
    pub ingress_class_name: Option<String>,
    /// Where requests go that no rule matches.
    pub default_backend: Option<IngressBackend>,
    /// Hosts and the Secrets that hold their certificates.
    #[serde(deserialize_with = "list")]
    pub tls: Vec<IngressTls>,
    /// Hosts and paths.
    #[serde(deserialize_with = "list")]
    pub rules: Vec<IngressRule>,
}

/// One entry of an Ingress's `tls`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressTls {
    /// Hosts, one of which may be a wildcard for one label.
    #[serde(deserialize_with = "list")]
    pub hosts: Vec<String>,
    /// Secret with the certificate; empty leaves the choice to the controller.
    #[serde(deserialize_with = "null_is_default")]
    pub secret_name: String,
}

/// One entry of an Ingress's `rules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressRule {
    /// Host; empty means every host.
    #[serde(deserialize_with = "null_is_default")]
    pub host: String,
    /// Paths and their backends.
    #[serde(deserialize_with = "null_is_default")]
    pub http: IngressHttp,
}

/// `http` of an Ingress rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressHttp {
    /// Paths.
    #[serde(deserialize_with = "list")]
    pub paths: Vec<IngressPath>,
}

/// One path of an Ingress rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressPath {
    /// Where its requests go.
    #[serde(deserialize_with = "null_is_default")]
    pub backend: IngressBackend,
}

/// A backend of an Ingress.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressBackend {
    /// A Service; absent when the backend is another kind of object.
    pub service: Option<IngressService>,
}

/// The Service of an Ingress backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressService {
    /// Name, in the Ingress's namespace.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
}

impl IngressSpec {
    /// Names of the Services that this Ingress sends to, with repetitions.
    pub fn service_names(&self) -> impl Iterator<Item = &str> {
        let paths = self.rules.iter().flat_map(|rule| rule.http.paths.iter().map(|path| &path.backend));
        self.default_backend
            .iter()
            .chain(paths)
            .filter_map(|backend| backend.service.as_ref())
            .map(|service| service.name.as_str())
    }

    /// Names of the Secrets that hold certificates for this Ingress, with repetitions.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.tls.iter().map(|tls| tls.secret_name.as_str()).filter(|name| !name.is_empty())
    }
}

/// A Secret, as facts: no payload byte survives decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Metadata.
    pub metadata: Metadata,
    /// Key names and certificate facts.
    pub facts: SecretFacts,
}

//! Ingresses.
//!
//! It must not judge. Next: [`super::class`] for their classes.

use serde::Deserialize;

use super::lenient::{boxed_list, given, null_is_default};
use super::metadata::Metadata;
use super::name::Name;

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
    pub ingress_class_name: Option<Name>,
    /// Where requests go that no rule matches.
    pub default_backend: Option<IngressBackend>,
    /// Hosts and the Secrets that hold their certificates.
    #[serde(deserialize_with = "boxed_list")]
    pub tls: Box<[IngressTls]>,
    /// Hosts and paths.
    #[serde(deserialize_with = "boxed_list")]
    pub rules: Box<[IngressRule]>,
}

/// One entry of an Ingress's `tls`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressTls {
    /// Hosts, one of which may be a wildcard for one label.
    #[serde(deserialize_with = "boxed_list")]
    pub hosts: Box<[Name]>,
    /// Secret with the certificate; empty leaves the choice to the controller.
    #[serde(deserialize_with = "null_is_default")]
    pub secret_name: Name,
}

/// One entry of an Ingress's `rules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressRule {
    /// Host; empty means every host.
    #[serde(deserialize_with = "null_is_default")]
    pub host: Name,
    /// Paths and their backends.
    #[serde(deserialize_with = "null_is_default")]
    pub http: IngressHttp,
}

/// `http` of an Ingress rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressHttp {
    /// Paths.
    #[serde(deserialize_with = "boxed_list")]
    pub paths: Box<[IngressPath]>,
}

/// One path of an Ingress rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressPath {
    /// The path; empty means every path.
    #[serde(deserialize_with = "null_is_default")]
    pub path: Name,
    /// `Exact`, `Prefix` or `ImplementationSpecific`.
    #[serde(deserialize_with = "null_is_default")]
    pub path_type: Name,
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
    /// Whether the backend is an object of another kind.
    #[serde(rename = "resource", deserialize_with = "given")]
    pub is_resource: bool,
}

/// The Service of an Ingress backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressService {
    /// Name, in the Ingress's namespace.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Name,
    /// Port of the Service.
    #[serde(deserialize_with = "null_is_default")]
    pub port: IngressPort,
}

/// The port of an Ingress backend: by number, or by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IngressPort {
    /// Number; zero when it is given by name.
    #[serde(deserialize_with = "null_is_default")]
    pub number: i64,
    /// Name; empty when it is given by number.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Name,
}

/// The annotation that named the class before `spec.ingressClassName` did.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// The annotation by which ingress-nginx is told in which ConfigMap the headers of answers are.
pub const NGINX_HEADERS: &str = "nginx.ingress.kubernetes.io/custom-headers";

/// Annotation that names a TLSOption of Traefik.
pub const TRAEFIK_OPTIONS: &str = "traefik.ingress.kubernetes.io/router.tls.options";

/// Annotation that names Middlewares of Traefik.
pub const TRAEFIK_MIDDLEWARES: &str = "traefik.ingress.kubernetes.io/router.middlewares";

impl Ingress {
    /// Namespace and name of the ConfigMap with the headers of answers, if one is named.
    pub fn header_map(&self) -> Option<(&str, &str)> {
        let named = self.metadata.annotations.get(NGINX_HEADERS).map(str::trim)?;
        let (namespace, name) = named.split_once('/').unwrap_or((&self.metadata.namespace, named));
        (!name.is_empty()).then_some((namespace, name))
    }

    /// The TLSOption of Traefik that an annotation names, as its namespace and name joined with a dash.
    pub fn tls_option(&self) -> Option<&str> {
        self.metadata.annotations.get(TRAEFIK_OPTIONS)?.trim().strip_suffix("@kubernetescrd")
    }

    /// What an annotation names Middlewares of Traefik by, in order: words with the name of a provider behind an `@`.
    pub fn middlewares(&self) -> impl Iterator<Item = &str> {
        let named = self.metadata.annotations.get(TRAEFIK_MIDDLEWARES).into_iter();
        named.flat_map(|words| words.split(',')).map(str::trim).filter(|word| !word.is_empty())
    }

    /// The class whose controller serves it; absent leaves it to the cluster's default class.
    pub fn class(&self) -> Option<&str> {
        let by_annotation = || self.metadata.annotations.get(CLASS_ANNOTATION);
        self.spec.ingress_class_name.as_deref().or_else(by_annotation)
    }
}

impl IngressBackend {
    fn names_mut(&mut self) -> impl Iterator<Item = &mut Name> {
        self.service.iter_mut().flat_map(|service| [&mut service.name, &mut service.port.name])
    }
}

impl IngressSpec {
    /// Every name in it, to hold an equal one in its place: most stand in it twice, or are those of other objects.
    pub(super) fn names_mut(&mut self) -> impl Iterator<Item = &mut Name> {
        let of_tls = self.tls.iter_mut().flat_map(|tls| tls.hosts.iter_mut().chain([&mut tls.secret_name]));
        let of_rules = self.rules.iter_mut().flat_map(|rule| {
            let of_paths = rule.http.paths.iter_mut().flat_map(|path| {
                [&mut path.path, &mut path.path_type].into_iter().chain(path.backend.names_mut())
            });
            [&mut rule.host].into_iter().chain(of_paths)
        });
        let of_default = self.default_backend.iter_mut().flat_map(IngressBackend::names_mut);
        self.ingress_class_name.iter_mut().chain(of_default).chain(of_tls).chain(of_rules)
    }

    /// Names of the Services that this Ingress sends to, with repetitions.
    pub fn service_names(&self) -> impl Iterator<Item = &str> {
        let paths = self.rules.iter().flat_map(|rule| rule.http.paths.iter().map(|path| &path.backend));
        self.default_backend
            .iter()
            .chain(paths)
            .filter_map(|backend| backend.service.as_ref())
            .map(|service| service.name.as_str())
    }

    /// Hosts of its rules, with repetitions; the empty one is every host.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.host.as_str())
    }

    /// Names of the Secrets that hold certificates for this Ingress, with repetitions.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.tls.iter().map(|tls| tls.secret_name.as_str()).filter(|name| !name.is_empty())
    }
}

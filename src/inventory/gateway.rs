//! The Gateway API: Gateways, routes and ReferenceGrants.
//!
//! It must not judge. Next: [`super::listener`], [`super::route_status`], [`super::snapshot`].

use serde::Deserialize;

use super::lenient::{boxed_list, list, null_is_default};
use super::listener::Listener;
use super::metadata::Metadata;
use super::route_status::RouteStatus;

/// A Gateway, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Gateway {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: GatewaySpec,
}

/// `spec` of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewaySpec {
    /// Name of the class whose controller serves it.
    #[serde(deserialize_with = "null_is_default")]
    pub gateway_class_name: String,
    /// Where it listens.
    #[serde(deserialize_with = "list")]
    pub listeners: Vec<Listener>,
}

impl GatewaySpec {
    /// The Secrets that listeners name, with repetitions.
    pub fn secrets(&self) -> impl Iterator<Item = &Reference> {
        let tls = self.listeners.iter().filter_map(|listener| listener.tls.as_ref());
        tls.flat_map(|tls| &tls.certificate_refs).filter(|reference| reference.is_secret())
    }
}

impl Gateway {
    /// The object as the server stores it.
    pub(super) fn stored(mut self) -> Self {
        self.spec.listeners.iter_mut().for_each(Listener::store);
        self
    }
}

/// A reference to an object, in whatever place the Gateway API has one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reference {
    /// API group; what absent means depends on the place.
    pub group: Option<String>,
    /// Kind; what absent means depends on the place.
    pub kind: Option<String>,
    /// Namespace; absent means the one of the object that refers.
    pub namespace: Option<String>,
    /// Name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Listener of a Gateway; empty means every listener.
    #[serde(deserialize_with = "null_is_default")]
    pub section_name: String,
    /// Port of a Service or listener, if one is meant.
    pub port: Option<i64>,
    /// What is done with requests on their way there; of a backend only.
    #[serde(deserialize_with = "boxed_list")]
    pub filters: Box<[HttpRouteFilter]>,
}

impl Reference {
    /// Whether an object of this group and kind is meant, if absent means `default`.
    pub fn is_of(&self, (group, kind): (&str, &str), default: (&str, &str)) -> bool {
        self.group.as_deref().unwrap_or(default.0) == group
            && self.kind.as_deref().unwrap_or(default.1) == kind
    }

    /// Whether a core Service is meant: what a backend is that does not say.
    pub fn is_service(&self) -> bool {
        self.is_of(("", "Service"), ("", "Service"))
    }

    /// Whether a core Secret is meant: what a certificate is that does not say.
    pub fn is_secret(&self) -> bool {
        self.is_of(("", "Secret"), ("", "Secret"))
    }

    /// Whether a Middleware of Traefik is meant.
    pub fn is_middleware(&self) -> bool {
        self.is_of(("traefik.io", "Middleware"), ("", ""))
    }

    /// Whether a Gateway is meant: what a parent is that does not say.
    pub fn is_gateway(&self) -> bool {
        let gateway = ("gateway.networking.k8s.io", "Gateway");
        self.is_of(gateway, gateway)
    }

    /// The namespace of what is meant, referred to from an object of this one.
    pub fn namespace_from<'a>(&'a self, own: &'a str) -> &'a str {
        self.namespace.as_deref().unwrap_or(own)
    }
}

/// An HTTPRoute, lean. Other routes are read as one: a GRPCRoute has all of it but redirects, timeouts and retries; of a
/// TLSRoute, TCPRoute or UDPRoute a rule has nothing but backends, and the last two have no hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HttpRoute {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: HttpRouteSpec,
    /// What controllers say of it; empty in files that people write.
    #[serde(deserialize_with = "null_is_default")]
    pub(super) status: RouteStatus,
}

/// `spec` of an HTTPRoute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpRouteSpec {
    /// The Gateways, or other parents, it wants to be attached to.
    #[serde(deserialize_with = "list")]
    pub parent_refs: Vec<Reference>,
    /// Hosts; empty means those of the listener.
    #[serde(deserialize_with = "list")]
    pub hostnames: Vec<String>,
    /// What becomes of requests.
    #[serde(deserialize_with = "list")]
    pub rules: Vec<HttpRouteRule>,
}

/// One rule of an HTTPRoute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpRouteRule {
    /// What others name it by; mostly empty.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Box<str>,
    /// Which requests are meant; all without any. A GRPCRoute's have no path.
    #[serde(deserialize_with = "boxed_list")]
    pub matches: Box<[HttpRouteMatch]>,
    /// Where requests go.
    #[serde(deserialize_with = "list")]
    pub backend_refs: Vec<Reference>,
    /// What is done with requests before.
    #[serde(deserialize_with = "list")]
    pub filters: Vec<HttpRouteFilter>,
    /// How long a request may take.
    pub timeouts: Option<Timeouts>,
    /// How often it is tried again.
    pub retry: Option<Retry>,
}

impl HttpRouteRule {
    /// Names of the Middlewares of Traefik, of the route's namespace, through which requests go.
    pub fn middlewares(&self) -> impl Iterator<Item = &str> {
        let steps = self.filters.iter().filter_map(|filter| filter.extension_ref.as_deref());
        steps.filter(|step| step.is_middleware()).map(|step| step.name.as_str())
    }
}

/// One entry of `matches`, as far as it is about the path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HttpRouteMatch {
    /// The path; absent means every path.
    pub path: Option<HttpPathMatch>,
}

/// `path` of a match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HttpPathMatch {
    /// `Exact`, `PathPrefix` (also where it is empty) or `RegularExpression`.
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub kind: Box<str>,
    /// The path; empty means `/`.
    #[serde(deserialize_with = "null_is_default")]
    pub value: Box<str>,
}

/// `timeouts` of a rule, each a duration such as `10s` or `1m30s`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Timeouts {
    /// From the client's request to the end of the answer.
    pub request: Option<Box<str>>,
    /// Of one try at a backend.
    pub backend_request: Option<Box<str>>,
}

/// `retry` of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Retry {
    /// How many further tries; absent leaves it to the controller.
    pub attempts: Option<i64>,
    /// How long to wait between two; absent leaves it to the controller.
    pub backoff: Option<Box<str>>,
}

/// One filter of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpRouteFilter {
    /// `RequestRedirect`, `RequestHeaderModifier` and so on.
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub kind: String,
    /// Where a redirect leads.
    pub request_redirect: Option<Redirect>,
    /// Who gets a copy of requests.
    pub request_mirror: Option<Mirror>,
    /// The object of a controller's own through which requests go.
    pub extension_ref: Option<Box<Reference>>,
    /// What becomes of the headers of answers.
    #[serde(deserialize_with = "null_is_default")]
    pub response_header_modifier: HeaderModifier,
}

/// `requestMirror` of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mirror {
    /// Where the copies go; nobody waits for an answer.
    #[serde(deserialize_with = "null_is_default")]
    pub backend_ref: Reference,
}

/// `responseHeaderModifier` of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HeaderModifier {
    /// Headers in place of others of their name.
    #[serde(deserialize_with = "list")]
    pub set: Vec<Header>,
    /// Headers beside others of their name.
    #[serde(deserialize_with = "list")]
    pub add: Vec<Header>,
}

/// A header, without its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Header {
    /// Name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Box<str>,
}

/// `requestRedirect` of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Redirect {
    /// `http` or `https`; absent keeps the request's.
    pub scheme: Option<String>,
}

impl HttpRoute {
    /// A TLSRoute as the server stores it: without what such routes do not have.
    pub(super) fn of_tls(mut self) -> Self {
        for rule in &mut self.spec.rules {
            let mut backend_refs = std::mem::take(&mut rule.backend_refs);
            for backend in &mut backend_refs {
                backend.filters = Box::default();
            }
            *rule = HttpRouteRule { backend_refs, ..HttpRouteRule::default() };
        }
        self
    }

    /// The same of a TCPRoute or UDPRoute.
    pub(super) fn of_a_port(mut self) -> Self {
        self.spec.hostnames.clear();
        self.of_tls()
    }
}

impl HttpRouteSpec {
    /// Names of the Services of this namespace, the route's own, that it sends to, with repetitions.
    pub fn service_names<'a>(&'a self, own: &'a str) -> impl Iterator<Item = &'a str> {
        let services = self.backends().filter(|backend| backend.is_service());
        services
            .filter(move |backend| backend.namespace_from(own) == own)
            .map(|backend| backend.name.as_str())
    }

    /// Every backend of every rule, with repetitions.
    pub fn backends(&self) -> impl Iterator<Item = &Reference> {
        self.rules.iter().flat_map(|rule| &rule.backend_refs)
    }

    /// The same, and those that get copies of requests.
    pub fn destinations(&self) -> impl Iterator<Item = &Reference> {
        let own = self.rules.iter().flat_map(|rule| &rule.filters);
        let filters = own.chain(self.backends().flat_map(|backend| &backend.filters));
        let mirrors = filters.filter_map(|filter| filter.request_mirror.as_ref());
        self.backends().chain(mirrors.map(|mirror| &mirror.backend_ref))
    }

    /// The Gateways that it wants to be attached to, from this namespace, the route's own: namespace and name.
    pub fn gateways<'a>(&'a self, own: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let parents = self.parent_refs.iter().filter(|parent| parent.is_gateway());
        parents.map(move |parent| (parent.namespace_from(own), parent.name.as_str()))
    }
}

/// A ReferenceGrant, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ReferenceGrant {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: ReferenceGrantSpec,
}

/// `spec` of a ReferenceGrant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ReferenceGrantSpec {
    /// Who may refer: group, kind and namespace.
    #[serde(deserialize_with = "list")]
    pub from: Vec<Reference>,
    /// To what, in the grant's namespace: group, kind and, unless all are meant, name.
    #[serde(deserialize_with = "list")]
    pub to: Vec<Reference>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_mean_their_own_namespace_and_the_kind_of_their_place() {
        let json = r#"{"parentRefs":[{"name":"edge","namespace":"infra","sectionName":"https"}],
            "rules":[{"backendRefs":[{"name":"web","port":80},{"name":"b","group":"example.com","kind":"Bucket"}],
                "filters":[{"type":"RequestRedirect","requestRedirect":{"scheme":"https"}}],"timeouts":{"request":"10s"},"retry":{"attempts":2}}]}"#;
        let route: HttpRouteSpec = serde_json::from_str(json).unwrap();
        assert!(route.parent_refs[0].is_gateway());
        assert_eq!(route.parent_refs[0].namespace_from("shop"), "infra");
        let services: Vec<_> = route.backends().filter(|backend| backend.is_service()).collect();
        assert_eq!((services.len(), services[0].namespace_from("shop")), (1, "shop"));
        assert_eq!(route.rules[0].timeouts.as_ref().unwrap().request.as_deref(), Some("10s"));
        assert_eq!(route.rules[0].retry, Some(Retry { attempts: Some(2), backoff: None }));
        let whole = HttpRoute { spec: route, ..HttpRoute::default() };
        let of_tls = whole.clone().of_tls().spec.rules.remove(0);
        let backend_refs = whole.spec.rules[0].backend_refs.clone();
        assert_eq!(of_tls, HttpRouteRule { backend_refs, ..HttpRouteRule::default() });
    }

    #[test]
    fn a_route_of_a_port_has_no_hosts() {
        let route: HttpRoute = serde_json::from_str(r#"{"spec":{"hostnames":["a.example"]}}"#).unwrap();
        assert_eq!(route.clone().of_tls().spec.hostnames, ["a.example"]);
        assert!(route.of_a_port().spec.hostnames.is_empty());
    }
}

//! VirtualServices of Istio: from whom they take requests, where they send them, and for how long they wait.
//!
//! It must not judge. Next: [`super::istio`] for the Gateways that they name, [`super::snapshot`].

use serde::Deserialize;

use super::lenient::{list, null_is_default};
use super::metadata::Metadata;

/// The name of a gateway that stands for every proxy of the mesh.
const MESH: &str = "mesh";

/// A VirtualService, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VirtualService {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: VirtualServiceSpec,
}

/// `spec` of a VirtualService.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VirtualServiceSpec {
    /// Hosts for which requests are taken; none of one to which another VirtualService delegates.
    #[serde(deserialize_with = "list")]
    pub hosts: Vec<Box<str>>,
    /// At which gateways; empty means the mesh alone.
    #[serde(deserialize_with = "list")]
    pub gateways: Vec<Box<str>>,
    /// What becomes of requests.
    #[serde(deserialize_with = "list")]
    pub http: Vec<IstioRoute>,
    /// What becomes of TLS that does not end at the gateway.
    #[serde(deserialize_with = "list")]
    pub tls: Vec<IstioRoute>,
    /// What becomes of other connections.
    #[serde(deserialize_with = "list")]
    pub tcp: Vec<IstioRoute>,
}

/// One rule, of whatever protocol; time limits and tries are those of HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IstioRoute {
    /// Of which requests; empty means of all.
    #[serde(rename = "match", deserialize_with = "list")]
    pub matches: Vec<IstioMatch>,
    /// Where they go.
    #[serde(deserialize_with = "list")]
    pub route: Vec<IstioBackend>,
    /// Where copies go.
    pub mirror: Option<Destination>,
    /// The same, to several.
    #[serde(deserialize_with = "list")]
    pub mirrors: Vec<IstioBackend>,
    /// How long a request may take; absent means for ever.
    pub timeout: Option<Box<str>>,
    /// How often it is tried again; absent leaves it to the mesh.
    pub retries: Option<IstioRetries>,
}

/// One entry of `match`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IstioMatch {
    /// At which gateways, in place of those of the whole.
    #[serde(deserialize_with = "list")]
    pub gateways: Vec<Box<str>>,
}

/// `retries` of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IstioRetries {
    /// How many further tries; 0 means none.
    #[serde(deserialize_with = "null_is_default")]
    pub attempts: i64,
    /// How long each may take; absent leaves it to `timeout`.
    pub per_try_timeout: Option<Box<str>>,
}

/// One entry of `route`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IstioBackend {
    /// Where it is.
    #[serde(deserialize_with = "null_is_default")]
    pub destination: Destination,
}

/// What requests are sent to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Destination {
    /// Name of a host that Istio knows.
    #[serde(deserialize_with = "null_is_default")]
    pub host: Box<str>,
    /// Its port; absent leaves it to Istio.
    #[serde(deserialize_with = "null_is_default")]
    pub port: IstioPort,
}

/// `port` of a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IstioPort {
    /// Number, if one is given.
    pub number: Option<i64>,
}

/// The Service that the name of a host means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostedService<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Whether the name can mean nothing else than a Service, or what stands in for one.
    pub is_certain: bool,
}

impl<'a> HostedService<'a> {
    /// What a name means in this namespace; none for a name that is no Service's. A name without a dot is that of the
    /// namespace's own. `name.namespace` may be a host somewhere else as well: `example.com` is written like that.
    pub fn of(host: &'a str, own: &'a str) -> Option<Self> {
        if host.is_empty() || host.starts_with('*') || host.contains(':') {
            return None;
        }
        let Some((name, rest)) = host.split_once('.') else {
            return Some(Self { namespace: own, name: host, is_certain: true });
        };
        let (namespace, domain) = rest.split_once('.').unwrap_or((rest, ""));
        let is_certain = match domain {
            "svc.cluster.local" => true,
            "" | "svc" => false,
            _ => return None,
        };
        Some(Self { namespace, name, is_certain })
    }
}

/// The namespace and name of the Gateway that a VirtualService of this namespace means; none for the mesh, and for
/// what Istio itself makes of Gateways of the Gateway API. As Istio reads it: `namespace/name`, `./name`, `name` or, of old, `name.namespace` with
/// whatever may follow.
fn gateway<'a>(text: &'a str, own: &'a str) -> Option<(&'a str, &'a str)> {
    if text == MESH || text.contains("istio-autogenerated-k8s-gateway") {
        return None;
    }
    if let Some((namespace, name)) = text.split_once('/') {
        return Some((if namespace == "." { own } else { namespace }, name));
    }
    let Some((name, rest)) = text.split_once('.') else { return Some((own, text)) };
    Some((rest.split_once('.').map_or(rest, |(namespace, _)| namespace), name))
}

impl IstioRoute {
    /// Where requests go, and copies of them: each with its path below the rule.
    pub fn destinations(&self) -> impl Iterator<Item = (String, &Destination)> {
        let routes = self.route.iter().enumerate();
        let routes = routes.map(|(index, one)| (format!("route[{index}].destination"), &one.destination));
        let mirror = self.mirror.iter().map(|one| ("mirror".to_owned(), one));
        let mirrors = self.mirrors.iter().enumerate();
        let mirrors = mirrors.map(|(index, one)| (format!("mirrors[{index}].destination"), &one.destination));
        routes.chain(mirror).chain(mirrors)
    }
}

impl VirtualServiceSpec {
    /// Every rule, with its path.
    pub fn rules(&self) -> impl Iterator<Item = (String, &IstioRoute)> {
        let lists = [("http", &self.http), ("tls", &self.tls), ("tcp", &self.tcp)];
        lists.into_iter().flat_map(|(field, rules)| {
            let rules = rules.iter().enumerate();
            rules.map(move |(index, rule)| (format!("spec.{field}[{index}]"), rule))
        })
    }

    /// The place of the first gateway that lets requests in from outside of the mesh, if there is one.
    pub fn outer_gateway(&self) -> Option<usize> {
        self.gateways.iter().position(|gateway| **gateway != *MESH)
    }

    /// Whether a rule is about requests that such a gateway lets in.
    pub fn is_from_outside(&self, rule: &IstioRoute) -> bool {
        let is_outer = |gateways: &[Box<str>]| gateways.iter().any(|gateway| **gateway != *MESH);
        let mut matches = rule.matches.iter();
        is_outer(&self.gateways)
            && (rule.matches.is_empty()
                || matches.any(|one| one.gateways.is_empty() || is_outer(&one.gateways)))
    }
}

impl VirtualService {
    fn all_rules(&self) -> impl Iterator<Item = &IstioRoute> {
        self.spec.http.iter().chain(&self.spec.tls).chain(&self.spec.tcp)
    }

    /// The Services that it sends to, or copies, with repetitions.
    pub fn services(&self) -> impl Iterator<Item = HostedService<'_>> {
        let own = self.metadata.namespace.as_str();
        let destinations = self.all_rules().flat_map(|rule| {
            let backends = rule.route.iter().chain(&rule.mirrors).map(|one| &one.destination);
            backends.chain(&rule.mirror)
        });
        destinations.filter_map(move |one| HostedService::of(&one.host, own))
    }

    /// Names of the Services of its own namespace that it sends to, with repetitions.
    pub fn service_names(&self) -> impl Iterator<Item = &str> {
        self.names_of(|_| true)
    }

    /// The same of requests from outside of the mesh.
    pub fn service_names_from_outside(&self) -> impl Iterator<Item = &str> {
        self.names_of(|rule| self.spec.is_from_outside(rule))
    }

    fn names_of(&self, is_meant: impl Fn(&IstioRoute) -> bool) -> impl Iterator<Item = &str> {
        let own = self.metadata.namespace.as_str();
        let backends = self.all_rules().filter(move |rule| is_meant(rule)).flat_map(|rule| &rule.route);
        let services = backends.filter_map(move |one| HostedService::of(&one.destination.host, own));
        services.filter(move |service| service.namespace == own).map(|service| service.name)
    }

    /// The Gateways that it names, there or not: namespace and name.
    pub fn gateways(&self) -> impl Iterator<Item = (&str, &str)> {
        self.gateways_with_places().map(|(_, gateway)| gateway)
    }

    /// The same, each with its place.
    pub fn gateways_with_places(&self) -> impl Iterator<Item = (usize, (&str, &str))> {
        let own = self.metadata.namespace.as_str();
        let named = self.spec.gateways.iter().enumerate();
        named.filter_map(move |(index, text)| Some((index, gateway(text, own)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> VirtualService {
        let json = format!(r#"{{"metadata":{{"name":"web","namespace":"shop"}},"spec":{json}}}"#);
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn a_host_is_a_service_of_the_own_namespace_or_of_the_one_that_it_names() {
        let means =
            |host| HostedService::of(host, "shop").map(|one| (one.namespace, one.name, one.is_certain));
        assert_eq!(means("web"), Some(("shop", "web", true)));
        assert_eq!(means("web.bank.svc.cluster.local"), Some(("bank", "web", true)));
        assert_eq!(means("web.bank.svc"), Some(("bank", "web", false)));
        assert_eq!(means("example.com"), Some(("com", "example", false)));
        for other in ["", "*", "*.shop.svc.cluster.local", "api.example.com", "10.0.0.1", "fd00::1"] {
            assert_eq!(means(other), None, "{other}");
        }
    }

    #[test]
    fn a_gateway_is_named_in_four_ways() {
        let one =
            of(r#"{"gateways":["mesh","edge","infra/edge","./own","old.infra","old.infra.svc.cluster.local",
            "infra/edge-istio-autogenerated-k8s-gateway-https"]}"#);
        let named: Vec<_> = one.gateways().collect();
        let expected =
            [("shop", "edge"), ("infra", "edge"), ("shop", "own"), ("infra", "old"), ("infra", "old")];
        assert_eq!(named, expected);
        assert_eq!(one.gateways_with_places().next(), Some((1, ("shop", "edge"))));
        assert_eq!(one.spec.outer_gateway(), Some(1));
    }

    #[test]
    fn a_rule_is_from_outside_where_a_gateway_lets_requests_in_for_it() {
        let names = |gateways: &str, matches: &str| -> Vec<String> {
            let route = r#"[{"destination":{"host":"web"}}]"#;
            let one = of(&format!(
                r#"{{"gateways":{gateways},"http":[{{"match":{matches},"route":{route}}}],"tls":null,
                    "tcp":[{{"route":[{{"destination":{{"host":"db.bank.svc.cluster.local"}}}}]}}]}}"#
            ));
            assert_eq!(one.service_names().collect::<Vec<_>>(), ["web"]);
            one.service_names_from_outside().map(str::to_owned).collect()
        };
        assert!(names("[]", "[]").is_empty());
        assert!(names(r#"["mesh"]"#, "[]").is_empty());
        assert_eq!(names(r#"["mesh","edge"]"#, "[]"), ["web"]);
        assert_eq!(names(r#"["edge"]"#, r#"[{"uri":{"prefix":"/"}}]"#), ["web"]);
        assert!(names(r#"["edge","mesh"]"#, r#"[{"gateways":["mesh"]}]"#).is_empty());
        assert_eq!(names(r#"["edge","mesh"]"#, r#"[{"gateways":["mesh"]},{"gateways":["edge"]}]"#), ["web"]);
        assert!(names(r#"["mesh"]"#, r#"[{"gateways":["edge"]}]"#).is_empty(), "it is at no such gateway");
    }

    #[test]
    fn copies_are_sent_as_well() {
        let one = of(
            r#"{"http":[{"route":[{"destination":{"host":"web","port":{"number":80}}}],"mirror":{"host":"copy"},
            "mirrors":[{"destination":{"host":"other.bank.svc.cluster.local"}}]}]}"#,
        );
        let services: Vec<_> = one.services().map(|service| (service.namespace, service.name)).collect();
        assert_eq!(services, [("shop", "web"), ("bank", "other"), ("shop", "copy")]);
        let (path, rule) = one.spec.rules().next().unwrap();
        let paths: Vec<_> = rule.destinations().map(|(path, _)| path).collect();
        assert_eq!(path, "spec.http[0]");
        assert_eq!(paths, ["route[0].destination", "mirror", "mirrors[0].destination"]);
    }
}

//! Names that a Service, an Ingress or a route of a Gateway has `ExternalDNS` enter into the DNS.
//!
//! It must not say which of two is right. Next: [`super::snapshot`], `snapshot/records.rs`.

use super::gateway::Reference;
use super::kind::Kind;
use super::metadata::Metadata;
use super::object::Object;

/// How keys of annotations begin since 0.22, unless it is told otherwise.
const PREFIX: &str = "external-dns.kubernetes.io/";

/// How they began before. Which release reads an object, the object does not say: both count.
const OLD_PREFIX: &str = "external-dns.alpha.kubernetes.io/";

/// The annotation that lists names; this and the others as they were called before 0.22.
pub const HOSTNAME: &str = "external-dns.alpha.kubernetes.io/hostname";

/// The annotation of objects that share a name on purpose, each with a share of the answers.
const SHARED: &str = "external-dns.alpha.kubernetes.io/set-identifier";

/// The key under which an object has one of these annotations, and what that says: under that of today before that of
/// earlier releases.
pub fn said<'a>(metadata: &'a Metadata, annotation: &str) -> Option<(&'a str, &'a str)> {
    let name = annotation.strip_prefix(OLD_PREFIX)?;
    // Hardly any annotation is of `ExternalDNS`, which is quick to see.
    let of_it = metadata.annotations.iter().filter(|(key, _)| key.starts_with("external-dns."));
    let mut earlier = None;
    for (key, value) in of_it {
        if key.strip_prefix(PREFIX) == Some(name) {
            return Some((key, value));
        }
        if key.strip_prefix(OLD_PREFIX) == Some(name) {
            earlier = Some((key, value));
        }
    }
    earlier
}

fn word<'a>(metadata: &'a Metadata, annotation: &str) -> Option<&'a str> {
    said(metadata, annotation).map(|(_, word)| word)
}

/// The names in the annotation, with repetitions; none where they are shared on purpose.
pub fn annotated(metadata: &Metadata) -> impl Iterator<Item = &str> {
    let list = word(metadata, HOSTNAME).filter(|_| word(metadata, SHARED).is_none());
    let names = list.into_iter().flat_map(|list| list.split(','));
    names.map(|name| name.trim().trim_end_matches('.')).filter(|name| !name.is_empty())
}

/// The names that `ExternalDNS` enters for an object: of a Service those of the annotation, of an Ingress and of a route of a
/// Gateway also the hosts that it names; of nothing else any.
pub fn claimed(object: &Object) -> Vec<&str> {
    match object {
        Object::Service(service) => annotated(&service.metadata).collect(),
        Object::Ingress(ingress) if word(&ingress.metadata, SHARED).is_some() => Vec::new(),
        Object::Ingress(ingress) => {
            let hosts = ingress.spec.hosts().filter(|host| !host.is_empty());
            annotated(&ingress.metadata).chain(hosts).collect()
        }
        _ => object.route().map_or_else(Vec::new, |route| {
            let is_shared = word(&route.metadata, SHARED).is_some();
            // Of a route of a mesh it enters nothing.
            if is_shared || !route.spec.parent_refs.iter().any(Reference::is_gateway) {
                return Vec::new();
            }
            let hosts = route.spec.hostnames.iter().filter(|host| !host.is_empty());
            annotated(&route.metadata).chain(hosts.map(String::as_str)).collect()
        }),
    }
}

/// The annotation that lists names for addresses within the cluster's network.
pub const INTERNAL: &str = "external-dns.alpha.kubernetes.io/internal-hostname";

/// The annotation that says whose an object is; `ExternalDNS` passes over those of others.
const CONTROLLER: &str = "external-dns.alpha.kubernetes.io/controller";

/// The annotation of an Ingress that says which of its names count.
const SOURCE: &str = "external-dns.alpha.kubernetes.io/ingress-hostname-source";

/// The same of a route.
const SOURCE_OF_ROUTES: &str = "external-dns.alpha.kubernetes.io/gateway-hostname-source";

/// Whether an object says that of its names these alone count.
fn is_limited_to(object: &Object, names: &str) -> bool {
    let metadata = object.metadata();
    match object.kind() {
        Kind::Ingress => word(metadata, SOURCE) == Some(names),
        kind if kind.is_route() => {
            word(metadata, SOURCE_OF_ROUTES).is_some_and(|own| own.eq_ignore_ascii_case(names))
        }
        _ => false,
    }
}

/// Whether `ExternalDNS` looks at an object at all.
pub fn is_looked_at(metadata: &Metadata) -> bool {
    word(metadata, CONTROLLER).is_none_or(|word| word == "dns-controller")
}

/// Whether the names in annotations of an object count.
pub fn counts_annotations(object: &Object) -> bool {
    !is_limited_to(object, "defined-hosts-only")
}

/// Whether the hosts of an Ingress or a route count.
pub fn counts_hosts(object: &Object) -> bool {
    !is_limited_to(object, "annotation-only")
}

/// The names of [`claimed`] that `ExternalDNS` does enter, by what the object says of that.
pub fn entered(object: &Object) -> Vec<&str> {
    if !is_looked_at(object.metadata()) {
        return Vec::new();
    }
    let listed: Vec<&str> = annotated(object.metadata()).collect();
    let mut names = claimed(object);
    // Those of the annotation come first.
    let hosts = names.split_off(listed.len().min(names.len()));
    let names = names.into_iter().filter(|_| counts_annotations(object));
    names.chain(hosts.into_iter().filter(|_| counts_hosts(object))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::Kind;
    use crate::inventory::decode::decode;

    fn names(kind: Kind, annotations: Value) -> Vec<String> {
        let object = json!({"metadata": {"name": "web", "annotations": annotations},
            "spec": {"rules": [{"host": "c.example"}, {}]}});
        let object = decode(kind, &object.to_string()).unwrap();
        claimed(&object).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn names_are_a_list_and_hosts_count_for_an_ingress() {
        let listed = json!({HOSTNAME: "a.example., b.example,"});
        assert_eq!(names(Kind::Service, listed.clone()), ["a.example", "b.example"]);
        assert_eq!(names(Kind::Ingress, listed), ["a.example", "b.example", "c.example"]);
        let shared = json!({HOSTNAME: "a.example", SHARED: "blue"});
        assert!(names(Kind::Service, shared.clone()).is_empty() && names(Kind::Ingress, shared).is_empty());
        assert!(names(Kind::Gateway, json!({HOSTNAME: "a.example"})).is_empty());
    }

    #[test]
    fn keys_of_today_count_as_those_of_earlier_releases_do_and_before_them() {
        let today = |annotation: &str| annotation.replace(".alpha.", ".");
        let listed = json!({today(HOSTNAME): "a.example", HOSTNAME: "old.example"});
        assert_eq!(names(Kind::Service, listed), ["a.example"]);
        let shared = json!({today(HOSTNAME): "a.example", today(SHARED): "blue"});
        assert!(names(Kind::Service, shared).is_empty());
        let other = json!({"example.com/hostname": "a.example", "external-dns.beta.kubernetes.io/hostname": "b.example"});
        assert!(names(Kind::Service, other).is_empty());
    }

    #[test]
    fn what_an_object_says_of_its_names_decides_which_are_entered() {
        let of = |kind: Kind, key: &str, word: &str| {
            let object = json!({"metadata": {"name": "web", "annotations": {HOSTNAME: "a.example", key: word}},
                "spec": {"rules": [{"host": "c.example"}]}});
            let object = decode(kind, &object.to_string()).unwrap();
            entered(&object).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let both = ["a.example", "c.example"];
        assert_eq!(of(Kind::Ingress, CONTROLLER, "dns-controller"), both);
        assert!(of(Kind::Ingress, CONTROLLER, "other").is_empty());
        assert!(of(Kind::Service, CONTROLLER, "other").is_empty());
        assert_eq!(of(Kind::Ingress, SOURCE, "annotation-only"), ["a.example"]);
        assert_eq!(of(Kind::Ingress, SOURCE, "defined-hosts-only"), ["c.example"]);
        assert_eq!(of(Kind::Service, SOURCE, "defined-hosts-only"), ["a.example"]);
        assert!(of(Kind::Ingress, SHARED, "blue").is_empty());
    }

    #[test]
    fn a_route_of_a_gateway_has_names_of_both_sorts_and_one_of_a_port_of_the_annotation_alone() {
        let of = |kind: Kind, key: &str, parent: Value| {
            let object = json!({"metadata": {"name": "web", "annotations": {HOSTNAME: "a.example", SOURCE_OF_ROUTES: key}},
                "spec": {"parentRefs": [parent], "hostnames": ["b.example", "*.c.example"]}});
            let object = decode(kind, &object.to_string()).unwrap();
            let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
            (owned(claimed(&object)), owned(entered(&object)))
        };
        let edge = || json!({"name": "edge"});
        for kind in [Kind::HttpRoute, Kind::GrpcRoute, Kind::TlsRoute] {
            let both = ["a.example", "b.example", "*.c.example"];
            assert_eq!(
                of(kind, "", edge()),
                (both.map(str::to_owned).into(), both.map(str::to_owned).into())
            );
            assert_eq!(of(kind, "Annotation-Only", edge()).1, both[..1]);
            assert_eq!(of(kind, "defined-hosts-only", edge()).1, both[1..]);
            let mesh = of(kind, "", json!({"group": "", "kind": "Service", "name": "web"}));
            assert!(mesh.0.is_empty() && mesh.1.is_empty());
        }
        for kind in [Kind::TcpRoute, Kind::UdpRoute] {
            assert_eq!(of(kind, "", edge()).0, ["a.example"]);
        }
    }
}

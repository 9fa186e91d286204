//! Names that a Service or an Ingress has `ExternalDNS` enter into the DNS.
//!
//! It must not say which of two is right. Next: [`super::snapshot`], `snapshot/records.rs`.

use super::metadata::Metadata;
use super::object::Object;

/// The annotation that lists names.
pub const HOSTNAME: &str = "external-dns.alpha.kubernetes.io/hostname";

/// The annotation of objects that share a name on purpose, each with a share of the answers.
const SHARED: &str = "external-dns.alpha.kubernetes.io/set-identifier";

/// The names in the annotation, with repetitions; none where they are shared on purpose.
pub fn annotated(metadata: &Metadata) -> impl Iterator<Item = &str> {
    let list = metadata.annotations.get(HOSTNAME).filter(|_| !metadata.annotations.contains_key(SHARED));
    let names = list.into_iter().flat_map(|list| list.split(','));
    names.map(|name| name.trim().trim_end_matches('.')).filter(|name| !name.is_empty())
}

/// The names that `ExternalDNS` enters for an object: of a Service those of the annotation, of an Ingress also the
/// hosts of its rules; of nothing else any.
pub fn claimed(object: &Object) -> Vec<&str> {
    match object {
        Object::Service(service) => annotated(&service.metadata).collect(),
        Object::Ingress(ingress) if ingress.metadata.annotations.contains_key(SHARED) => Vec::new(),
        Object::Ingress(ingress) => {
            let hosts = ingress.spec.hosts().filter(|host| !host.is_empty());
            annotated(&ingress.metadata).chain(hosts).collect()
        }
        _ => Vec::new(),
    }
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
}

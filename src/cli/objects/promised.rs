//! Secrets that the controllers of given objects make.
//!
//! A Certificate of cert-manager becomes a Secret, and so do what External Secrets, Sealed Secrets, Vault's and 1Password's
//! operators read: of those files tell the name, and not what they hold. What a SecretProviderClass makes is known to the
//! checks themselves. It must not judge. Next: [`super::read`].

use crate::inventory::tree::Tree;

/// Annotations by which cert-manager makes the Secrets that an Ingress or a Gateway names.
const ISSUED: [&str; 3] =
    ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme"];

/// The names of the Secrets that become of an object, in its namespace.
pub(super) fn secrets(api_version: &str, kind: &str, value: &Tree<'_>) -> Vec<String> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let own = || text(value, &["metadata", "name"]);
    let at = |path: &[&str]| text(value, path);
    let one: Option<&str> = match (group, kind) {
        ("cert-manager.io", "Certificate") => at(&["spec", "secretName"]),
        ("external-secrets.io", "ExternalSecret") => at(&["spec", "target", "name"]).or_else(own),
        ("bitnami.com", "SealedSecret") => at(&["spec", "template", "metadata", "name"]).or_else(own),
        ("secrets.hashicorp.com", _) => at(&["spec", "destination", "name"]),
        ("onepassword.com", "OnePasswordItem") => own(),
        ("isindir.github.com", "SopsSecret") => return each(value, &["spec", "secretTemplates"], &["name"]),
        ("networking.k8s.io" | "extensions", "Ingress") if is_issued(value) => {
            return each(value, &["spec", "tls"], &["secretName"]);
        }
        ("gateway.networking.k8s.io", "Gateway") if is_issued(value) => return presented(value),
        _ => None,
    };
    one.map(str::to_owned).into_iter().collect()
}

fn is_issued(value: &Tree<'_>) -> bool {
    let annotations = at(value, &["metadata", "annotations"]);
    annotations.is_some_and(|annotations| ISSUED.iter().any(|key| annotations.get(key).is_some()))
}

/// The Secrets of a Gateway's listeners that lie in its own namespace.
fn presented(gateway: &Tree<'_>) -> Vec<String> {
    let listeners = list(gateway, &["spec", "listeners"]).iter();
    let refs = listeners.flat_map(|listener| list(listener, &["tls", "certificateRefs"]));
    let own = refs.filter(|named| named.get("namespace").is_none());
    own.filter_map(|named| text(named, &["name"])).map(str::to_owned).collect()
}

fn each(value: &Tree<'_>, items: &[&str], name: &[&str]) -> Vec<String> {
    list(value, items).iter().filter_map(|item| text(item, name)).map(str::to_owned).collect()
}

fn at<'a, 'b>(value: &'a Tree<'b>, path: &[&str]) -> Option<&'a Tree<'b>> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn text<'a>(value: &'a Tree<'_>, path: &[&str]) -> Option<&'a str> {
    at(value, path).and_then(Tree::as_str).filter(|text| !text.is_empty())
}

fn list<'a, 'b>(value: &'a Tree<'b>, path: &[&str]) -> &'a [Tree<'b>] {
    match at(value, path) {
        Some(Tree::List(items)) => items,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn each_kind_says_what_its_secret_is_called() {
        let of = |api_version: &str, kind: &str, spec: Value, annotations: Value| {
            let metadata = json!({"name": "web", "annotations": annotations});
            secrets(api_version, kind, &json!({"metadata": metadata, "spec": spec}).into())
        };
        let plain = |api_version: &str, kind: &str, spec: Value| of(api_version, kind, spec, json!({}));
        assert_eq!(plain("cert-manager.io/v1", "Certificate", json!({"secretName": "tls"})), ["tls"]);
        assert_eq!(plain("cert-manager.io/v1", "Issuer", json!({"secretName": "tls"})), [""; 0]);
        assert_eq!(
            plain("external-secrets.io/v1", "ExternalSecret", json!({"target": {"name": "db"}})),
            ["db"]
        );
        assert_eq!(plain("external-secrets.io/v1beta1", "ExternalSecret", json!({})), ["web"]);
        assert_eq!(plain("bitnami.com/v1alpha1", "SealedSecret", json!({"encryptedData": {}})), ["web"]);
        let vault = json!({"destination": {"name": "db", "create": true}});
        assert_eq!(plain("secrets.hashicorp.com/v1beta1", "VaultStaticSecret", vault), ["db"]);
        assert_eq!(plain("onepassword.com/v1", "OnePasswordItem", json!({})), ["web"]);
        let templates = json!({"secretTemplates": [{"name": "a"}, {"name": "b"}]});
        assert_eq!(plain("isindir.github.com/v1alpha3", "SopsSecret", templates), ["a", "b"]);
    }

    #[test]
    fn what_cert_manager_issues_for_an_ingress_or_a_gateway_is_promised() {
        let of = |api_version: &str, kind: &str, spec: Value, issuer: &str| {
            let annotations = json!({issuer: "letsencrypt"});
            secrets(
                api_version,
                kind,
                &json!({"metadata": {"annotations": annotations}, "spec": spec}).into(),
            )
        };
        let tls = json!({"tls": [{"secretName": "tls"}, {"hosts": ["a"]}]});
        let ingress = |issuer: &str| of("networking.k8s.io/v1", "Ingress", tls.clone(), issuer);
        assert_eq!(ingress("cert-manager.io/cluster-issuer"), ["tls"]);
        assert_eq!(ingress("example.com/issuer"), [""; 0]);
        let refs = json!([{"name": "tls"}, {"name": "far", "namespace": "infra"}]);
        let listeners = json!({"listeners": [{"tls": {"certificateRefs": refs}}, {"port": 80}]});
        let gateway = of("gateway.networking.k8s.io/v1", "Gateway", listeners, "cert-manager.io/issuer");
        assert_eq!(gateway, ["tls"]);
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::config_map::{ConfigMap, SSL_PROTOCOLS};
use crate::inventory::lookup::Cause;
use crate::inventory::tls_version::TlsVersion;

/// The least version that can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum Least {
    /// TLS 1.2.
    #[default]
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    V1_3,
}

/// Parameters of `tls-min-version-configured`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Lowest version of TLS that may be accepted.
    min: Least,
}

check! {
    /// ## What it checks
    /// Where an object says which versions of TLS a controller or load balancer accepts, the lowest is `min` or newer.
    /// Read are `ssl-protocols` in a ConfigMap (NGINX controllers); of an Ingress the annotations
    /// `alb.ingress.kubernetes.io/ssl-policy` (AWS) and `projectcontour.io/tls-minimum-protocol-version` (Contour); of a
    /// Service `service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy`. An annotation that names a
    /// setting which is not read, a TLSOption of Traefik or a profile of Azure's Application Gateway, leaves it
    /// unknown. Nothing is said of an object without any of these: what its controller does by default is the
    /// controller's, and other objects that configure one (Istio, Contour, Envoy Gateway) are not read.
    ///
    /// ## Why it matters
    /// Versions before 1.2 have known weaknesses, and whoever sits between a client and the server makes both
    /// agree on the oldest that the two accept.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {ssl-protocols: "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {ssl-protocols: "TLSv1.2 TLSv1.3"}
    /// ```
    ///
    /// ## How to fix
    /// Take the old versions out of `ssl-protocols`, or name a policy of the load balancer that begins at the version.
    ///
    /// ## Parameters
    /// - `min`: lowest version of TLS that may be accepted, `1.2` or `1.3` (default `1.2`).
    ///
    /// ## References
    /// - RFC 8996: Deprecating TLS 1.0 and TLS 1.1
    /// - Elastic Load Balancing documentation: Security policies
    name: "tls-min-version-configured",
    family: Tls,
    severity: Medium,
    title: "What accepts TLS accepts no version before 1.2",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress, ConfigMap],
    parameters: Parameters,
    rule: Object([Service, Ingress, ConfigMap], evaluate),
}

/// How the lowest version is read off a text.
type Reading = fn(&str) -> Option<TlsVersion>;

/// Annotations that say a lowest version, each with how it is read.
const ANNOTATIONS: &[(&str, Reading)] = &[
    ("alb.ingress.kubernetes.io/ssl-policy", TlsVersion::of_elb_policy),
    ("projectcontour.io/tls-minimum-protocol-version", TlsVersion::parse),
    ("service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy", TlsVersion::of_elb_policy),
];

/// Annotations that name a setting which is not read.
const ELSEWHERE: &[&str] =
    &["appgw.ingress.kubernetes.io/appgw-ssl-profile", "traefik.ingress.kubernetes.io/router.tls.options"];

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let said = match subject.object {
        Object::ConfigMap(map) => of_map(map),
        other => of_annotations(other),
    };
    let Some((path, version)) = said else {
        return Judgement::not_applicable("the object says nothing of versions of TLS");
    };
    let least = parameters.min.version();
    match version {
        Some(version) if version >= least => Judgement::pass(),
        Some(version) => Judgement::fail(
            at(path),
            format!("the lowest version that is accepted is {version}, older than {least}"),
        ),
        None => {
            let message = "which versions of TLS are accepted is not known";
            Statement::unknown(Cause::Undecidable, at(path), message).into()
        }
    }
}

/// Where something is said of versions, and the lowest, if it can be told.
type Said = (String, Option<TlsVersion>);

fn of_map(map: &ConfigMap) -> Option<Said> {
    let version = map.values.as_ref().and_then(|values| values.lowest_tls);
    map.keys.contains(SSL_PROTOCOLS).then(|| (format!("data[{SSL_PROTOCOLS}]"), version))
}

fn of_annotations(object: &Object) -> Option<Said> {
    let annotations = &object.metadata().annotations;
    let place = |key: &str| format!("metadata.annotations[{}]", quoted(key, 80));
    let own = ANNOTATIONS.iter().find_map(|(key, read)| {
        let said = annotations.get(*key)?;
        Some((place(key), read(said)))
    });
    let elsewhere = || {
        let key = ELSEWHERE.iter().find(|key| annotations.contains_key(**key))?;
        Some((place(key), None))
    };
    own.or_else(elsewhere)
}

impl Least {
    const fn version(self) -> TlsVersion {
        match self {
            Self::V1_2 => TlsVersion::V1_2,
            Self::V1_3 => TlsVersion::V1_3,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;

    fn map(data: Value) -> ObjectCase {
        ObjectCase::of(&CHECK, json!({"kind": "ConfigMap", "metadata": {"name": "nginx"}, "data": data}))
    }

    fn annotated(kind: &str, key: &str, value: &str) -> ObjectCase {
        let metadata = json!({"name": "web", "annotations": {key: value}});
        ObjectCase::of(&CHECK, json!({"kind": kind, "metadata": metadata, "spec": {}}))
    }

    #[test]
    fn the_lowest_version_of_the_controllers_list_counts() {
        let old = map(json!({"ssl-protocols": "TLSv1.1 TLSv1.2"}));
        assert_eq!(old.message(), "the lowest version that is accepted is TLS 1.1, older than TLS 1.2");
        assert_eq!(old.fields(), ["data[ssl-protocols]"]);
        assert_eq!(map(json!({"ssl-protocols": "TLSv1.2 TLSv1.3"})).outcome(), Outcome::Pass);
        assert_eq!(map(json!({"ssl-protocols": "$(VERSIONS)"})).outcome(), Outcome::Unknown);
        assert_eq!(map(json!({"ssl-ciphers": "TLSv1"})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn annotations_of_ingresses_and_services_name_a_policy_or_a_version() {
        let alb = "alb.ingress.kubernetes.io/ssl-policy";
        let contour = "projectcontour.io/tls-minimum-protocol-version";
        let service = "service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy";
        for (kind, key, value, outcome) in [
            ("Ingress", alb, "ELBSecurityPolicy-TLS13-1-2-2021-06", Outcome::Pass),
            ("Ingress", alb, "ELBSecurityPolicy-2016-08", Outcome::Fail),
            ("Ingress", alb, "of-our-own", Outcome::Unknown),
            ("Ingress", contour, "1.1", Outcome::Fail),
            ("Ingress", contour, "1.3", Outcome::Pass),
            ("Service", service, "ELBSecurityPolicy-TLS-1-1-2017-01", Outcome::Fail),
            (
                "Ingress",
                "traefik.ingress.kubernetes.io/router.tls.options",
                "shop-modern@kubernetescrd",
                Outcome::Unknown,
            ),
            ("Ingress", "example.com/other", "1.0", Outcome::NotApplicable),
        ] {
            assert_eq!(annotated(kind, key, value).outcome(), outcome, "{key} {value}");
        }
        assert_eq!(
            annotated("Ingress", contour, "1.1").fields(),
            [format!("metadata.annotations[{contour}]")]
        );
    }

    #[test]
    fn the_policy_says_how_new_it_must_be() {
        let list = map(json!({"ssl-protocols": "TLSv1.2 TLSv1.3"})).parameters(json!({"min": "1.3"}));
        assert_eq!(list.message(), "the lowest version that is accepted is TLS 1.2, older than TLS 1.3");
    }
}

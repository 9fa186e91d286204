use core::net::IpAddr;

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::object::ServiceType;

check! {
    /// ## What it checks
    /// No Service of type ExternalName stands for `localhost`, an address of the own host, or the API server
    /// of the cluster.
    ///
    /// ## Why it matters
    /// Whoever resolves the name reaches itself: an Ingress controller that sends there shows its own admin
    /// interface to the world. With the API server behind the name, it is reached past whatever guards it.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   type: ExternalName
    ///   externalName: localhost
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   type: ExternalName
    ///   externalName: db.example.com
    /// ```
    ///
    /// ## How to fix
    /// Name the host that is meant in `externalName`, or delete the Service.
    ///
    /// ## References
    /// - Kubernetes documentation: Service, ExternalName
    /// - CVE-2021-25740
    name: "external-name-localhost",
    family: Network,
    severity: Medium,
    title: "No Service stands for the own host or the API server",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service],
    parameters: NoParameters,
    rule: Orphan([Service], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::Service(service) = subject.object else { return Judgement::default() };
    if service.spec.kind != ServiceType::ExternalName {
        return Judgement::not_applicable("the Service stands for no other name");
    }
    let name = service.spec.external_name.as_deref().unwrap_or_default();
    let plain = name.trim_end_matches('.').to_ascii_lowercase();
    let field = || at("spec.externalName");
    if is_own_host(&plain) {
        return Judgement::fail(field(), format!("{} is whoever resolves the name", quoted(name, 100)));
    }
    let message = || format!("{} is the API server of the cluster", quoted(name, 100));
    Judgement::require(!is_api_server(&plain), field(), message())
}

fn is_own_host(name: &str) -> bool {
    let is_own_address = |address: IpAddr| address.is_loopback() || address.is_unspecified();
    name == "localhost"
        || name.ends_with(".localhost")
        || name == "localhost.localdomain"
        || name.parse().is_ok_and(is_own_address)
}

fn is_api_server(name: &str) -> bool {
    let rest = name.strip_prefix("kubernetes.default");
    rest.is_some_and(|rest| rest.is_empty() || rest == ".svc" || rest.starts_with(".svc."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;

    fn outcome(kind: &str, name: &str) -> Outcome {
        let spec = json!({"type": kind, "externalName": name});
        let service = json!({"kind": "Service", "metadata": {"name": "web"}, "spec": spec});
        ObjectCase::of(&CHECK, service).outcome()
    }

    #[test]
    fn the_own_host_has_many_names() {
        for name in ["localhost", "LocalHost.", "web.localhost", "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0"] {
            assert_eq!(outcome("ExternalName", name), Outcome::Fail, "{name}");
        }
        for name in ["db.example", "localhost.example", "notlocalhost", "192.0.2.1"] {
            assert_eq!(outcome("ExternalName", name), Outcome::Pass, "{name}");
        }
    }

    #[test]
    fn the_api_server_is_one_of_them_no_more_than_any_other_service() {
        for name in ["kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local."]
        {
            assert_eq!(outcome("ExternalName", name), Outcome::Fail, "{name}");
        }
        for name in ["kubernetes.default.example", "web.shop.svc.cluster.local"] {
            assert_eq!(outcome("ExternalName", name), Outcome::Pass, "{name}");
        }
        assert_eq!(outcome("ClusterIP", ""), Outcome::NotApplicable);
    }
}

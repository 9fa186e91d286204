//! What a VirtualService of Istio names: Gateways, and Services.
//!
//! It must not fail a host that may be known to Istio otherwise, by a ServiceEntry. Next: [`super`] for the routes of the
//! Gateway API.

use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{OUT_OF_SCOPE, at, quoted};
use crate::inventory::NamespaceView;
use crate::inventory::lookup::Lookup;
use crate::inventory::object::Service;
use crate::inventory::virtual_service::{Destination, HostedService, VirtualService};

/// What is said of one.
pub(super) fn judge(subject: &ObjectSubject<'_>, one: &VirtualService) -> Judgement {
    let own = subject.namespace.name();
    let (mut statements, mut is_any_seen, mut is_any_hidden) = (Vec::new(), false, false);
    let mut look = |namespace: &str, judge: &dyn Fn(NamespaceView<'_>) -> Option<Statement>| match subject
        .namespace
        .elsewhere(namespace)
    {
        Some(there) => {
            is_any_seen = true;
            statements.extend(judge(there));
        }
        None => is_any_hidden = true,
    };
    for (index, (namespace, name)) in one.gateways_with_places() {
        let what = format!("Gateway {}", shown(namespace, name, own));
        look(namespace, &|there| of_gateway(there, index, name, &what));
    }
    for (rule, route) in one.spec.rules() {
        for (path, destination) in route.destinations() {
            let service = HostedService::of(&destination.host, own).filter(|service| service.is_certain);
            let Some(HostedService { namespace, name, .. }) = service else { continue };
            let what = format!("Service {}", shown(namespace, name, own));
            let path = format!("{rule}.{path}");
            look(namespace, &|there| of_service(there.service(name), destination, &path, &what));
        }
    }
    match (is_any_seen, is_any_hidden) {
        (true, _) => statements.into_iter().collect(),
        (false, true) => Judgement::not_applicable(OUT_OF_SCOPE),
        (false, false) => Judgement::not_applicable(
            "the VirtualService names neither a Gateway nor a Service of the cluster",
        ),
    }
}

/// A name, with its namespace where that is another one.
fn shown(namespace: &str, name: &str, own: &str) -> String {
    let name = quoted(name, 63);
    if namespace == own { name } else { format!("{}/{name}", quoted(namespace, 63)) }
}

fn of_gateway(there: NamespaceView<'_>, index: usize, name: &str, what: &str) -> Option<Statement> {
    let field = at(format!("spec.gateways[{index}]"));
    match there.istio_gateway(name) {
        Lookup::Found(_) => None,
        Lookup::Missing => Some(Statement::fail(field, format!("{what} of Istio does not exist"))),
        Lookup::Unknown(cause) => {
            Some(Statement::unknown(cause, field, format!("nothing is known of {what} of Istio")))
        }
    }
}

fn of_service(
    found: Lookup<&Service>,
    destination: &Destination,
    path: &str,
    what: &str,
) -> Option<Statement> {
    let field = at(format!("{path}.host"));
    match found {
        Lookup::Found(service) => {
            let port = destination.port.number?;
            let is_there = service.spec.ports.iter().any(|own| own.port == port);
            let field = at(format!("{path}.port.number"));
            (!is_there).then(|| Statement::fail(field, format!("{what} has no port {port}")))
        }
        Lookup::Missing => Some(Statement::fail(field, format!("{what} does not exist"))),
        Lookup::Unknown(cause) => {
            Some(Statement::unknown(cause, field, format!("nothing is known of {what}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::CHECK;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn service(namespace: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": namespace},
            "spec": {"ports": [{"port": 80}]}})
    }

    fn gateway(namespace: &str) -> Value {
        json!({"apiVersion": "networking.istio.io/v1", "kind": "Gateway",
            "metadata": {"name": "edge", "namespace": namespace}, "spec": {}})
    }

    fn of(gateways: Value, destination: Value) -> ObjectCase {
        let spec = json!({"gateways": gateways, "http": [{"route": [{"destination": destination}]}]});
        ObjectCase::of(&CHECK, json!({"kind": "VirtualService", "metadata": {"name": "web"}, "spec": spec}))
    }

    fn to(host: &str) -> ObjectCase {
        of(json!([]), json!({ "host": host }))
    }

    #[test]
    fn its_gateways_exist() {
        let at = |gateway: &str| of(json!([gateway, "mesh"]), json!({"host": "api.example.com"}));
        assert_eq!(at("edge").fields(), ["spec.gateways[0]"]);
        assert_eq!(at("edge").message(), "Gateway edge of Istio does not exist");
        assert_eq!(at("edge").with(gateway("shop")).outcome(), Outcome::Pass);
        let of_the_other_api = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "edge"}});
        assert_eq!(at("edge").with(of_the_other_api).outcome(), Outcome::Fail);
        let across = || at("infra/edge").with(gateway("infra"));
        assert_eq!(across().outcome(), Outcome::NotApplicable, "another namespace is out of sight");
        assert_eq!(across().everywhere().outcome(), Outcome::Pass);
        assert_eq!(at("infra/edge").everywhere().message(), "Gateway infra/edge of Istio does not exist");
    }

    #[test]
    fn the_services_that_it_sends_to_exist_with_their_ports() {
        assert_eq!(to("web").fields(), ["spec.http[0].route[0].destination.host"]);
        assert_eq!(to("web").message(), "Service web does not exist");
        assert_eq!(to("web").with(service("shop")).outcome(), Outcome::Pass);
        assert_eq!(to("web.shop.svc.cluster.local").with(service("shop")).outcome(), Outcome::Pass);
        assert_eq!(to("web.bank.svc.cluster.local").outcome(), Outcome::NotApplicable);
        assert_eq!(to("web.bank.svc.cluster.local").everywhere().outcome(), Outcome::Fail);
        let found = to("web.bank.svc.cluster.local").everywhere().with(service("bank"));
        assert_eq!(found.outcome(), Outcome::Pass);
        let port = |number: i64| {
            of(json!([]), json!({"host": "web", "port": {"number": number}})).with(service("shop"))
        };
        assert_eq!(port(80).outcome(), Outcome::Pass);
        assert_eq!(port(81).fields(), ["spec.http[0].route[0].destination.port.number"]);
        assert_eq!(port(81).message(), "Service web has no port 81");
    }

    #[test]
    fn other_hosts_may_be_known_to_istio_otherwise() {
        for host in
            ["api.example.com", "example.com", "web.shop", "web.shop.svc", "*.example.com", "10.0.0.1"]
        {
            assert_eq!(to(host).outcome(), Outcome::NotApplicable, "{host}");
        }
    }

    #[test]
    fn what_was_not_given_is_not_known() {
        assert_eq!(to("web").coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let at = of(json!(["edge"]), json!({"host": "example.com"}));
        assert_eq!(at.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}

//! The hosts of VirtualServices that take requests from outside of the mesh.
//!
//! It must not look at the mesh: there a wildcard is nobody else's. Next: [`super`] for Ingresses and routes.

use crate::catalogue::{Judgement, Statement};
use crate::checks::around::{at, key_of, quoted};
use crate::inventory::Kind;
use crate::inventory::virtual_service::VirtualService;

/// What is said of those among these that are at a gateway.
pub(super) fn judge(virtual_services: &[&VirtualService], allow_wildcard: bool) -> Judgement {
    let mut seen = virtual_services.iter().filter(|one| one.spec.outer_gateway().is_some()).peekable();
    if seen.peek().is_none() {
        return Judgement::not_applicable("no VirtualService at a gateway sends to this workload");
    }
    let of_one = |one: &&VirtualService| {
        let key = key_of(Kind::VirtualService, &one.metadata);
        let statements = of_hosts(one, allow_wildcard).into_iter();
        statements.map(move |statement| statement.about(key.clone()))
    };
    seen.flat_map(of_one).collect()
}

fn of_hosts(one: &VirtualService, allow_wildcard: bool) -> Vec<Statement> {
    let hosts = &one.spec.hosts;
    if hosts.is_empty() {
        let message = "the VirtualService is at a gateway and names no host";
        return vec![Statement::fail(at("spec.hosts"), message)];
    }
    let wildcards = hosts.iter().enumerate().filter(|(_, host)| host.starts_with('*') && !allow_wildcard);
    let wildcards = wildcards.map(|(index, host)| {
        let message = match &**host {
            "*" => "the host * takes requests for every one".to_owned(),
            host => format!("the host {} is a wildcard", quoted(host, 100)),
        };
        Statement::fail(at(format!("spec.hosts[{index}]")), message)
    });
    wildcards.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::CHECK;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::behind_service;
    use crate::inventory::Kind;
    use crate::inventory::lookup::Coverage;

    fn of(gateways: Value, hosts: Value) -> Case {
        let spec = json!({"gateways": gateways, "hosts": hosts,
            "http": [{"route": [{"destination": {"host": "web"}}]}]});
        let one = json!({"kind": "VirtualService", "metadata": {"name": "web"}, "spec": spec});
        behind_service(&CHECK, json!({})).with(one)
    }

    #[test]
    fn a_virtual_service_at_a_gateway_names_its_hosts() {
        let at_edge = |hosts: Value| of(json!(["edge"]), hosts);
        assert_eq!(at_edge(json!(["www.shop.example"])).outcome(), Outcome::Pass);
        let wildcard = at_edge(json!(["www.shop.example", "*.shop.example"]));
        assert_eq!(wildcard.fields(), ["spec.hosts[1]"]);
        assert_eq!(wildcard.message(), "the host *.shop.example is a wildcard");
        assert_eq!(wildcard.parameters(json!({"allowWildcard": true})).outcome(), Outcome::Pass);
        let found = at_edge(json!(["*"])).judged().findings.remove(0);
        assert_eq!(found.message, "the host * takes requests for every one");
        assert_eq!(found.object.unwrap().to_string(), "VirtualService shop/web");
        assert_eq!(at_edge(json!([])).fields(), ["spec.hosts"]);
    }

    #[test]
    fn what_the_mesh_alone_asks_for_is_not_looked_at() {
        for gateways in [json!([]), json!(null), json!(["mesh"])] {
            assert_eq!(of(gateways, json!(["*"])).outcome(), Outcome::NotApplicable);
        }
        assert_eq!(of(json!(["mesh", "infra/edge"]), json!(["*"])).outcome(), Outcome::Fail);
    }

    #[test]
    fn virtual_services_that_are_not_known_leave_it_open() {
        let forbidden = |case: Case| case.coverage_of(Kind::VirtualService, Coverage::Forbidden).outcome();
        assert_eq!(forbidden(Case::of(&CHECK)), Outcome::Unknown);
        let absent = Case::of(&CHECK).coverage_of(Kind::VirtualService, Coverage::NotServed);
        assert_eq!(absent.outcome(), Outcome::NotApplicable);
    }
}

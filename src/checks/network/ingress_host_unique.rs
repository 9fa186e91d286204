use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::dns_names::{HOSTNAME, annotated, claimed, said};
use crate::inventory::gateway::{HttpRoute, Reference};
use crate::inventory::object::Ingress;
use crate::inventory::snapshot::repeated;

check! {
    /// ## What it checks
    /// No other Ingress of the cluster with the same class serves the same host and path, nor does the Ingress itself at an
    /// earlier place. Of one in another
    /// namespace the name is not said. An Ingress that is marked as a canary of another one does not count, nor do
    /// a wildcard and a host below it.
    ///
    /// Of names that `ExternalDNS` enters into the DNS (the annotation `external-dns.kubernetes.io/hostname`
    /// of a Service or an Ingress, and the hosts of Ingresses) none is claimed by a Service and by another object,
    /// unless they share it by `set-identifier`.
    ///
    /// No other TLSRoute of the cluster serves a host (`hostnames`) of a TLSRoute at the same listener of a Gateway: the older
    /// one gets the connections. They are at the same where both name it alike (`sectionName`, `port`), or one of
    /// them is at every listener; where a controller refuses one of them, that one is at none. Other routes are not compared: the rules of
    /// several HTTPRoutes for one host are one list, which the API puts in order. What routes claim in the DNS is the business of `external-dns-record`.
    ///
    /// All namespaces count. Where one of them is not seen, or an Ingress does not have the shape of one, the answer is
    /// Unknown unless another is found.
    ///
    /// ## Why it matters
    /// Which of the two gets the requests is the controller's choice: often the older one, so that the newer one
    /// never serves anybody, or now one and now the other. In a cluster of several teams it is also how one takes
    /// the requests, with their cookies, of another.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: old, namespace: shop}
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /, pathType: Prefix, backend: {service: {name: old, port: {number: 80}}}}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: api, namespace: shop}
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /api, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]
    /// ```
    ///
    /// ## How to fix
    /// Give one of the two another host or path, or delete the one that is left over.
    ///
    /// ## References
    /// - Kubernetes documentation: Ingress, Multiple matches
    name: "ingress-host-unique",
    family: Network,
    severity: Medium,
    title: "No two Ingresses serve the same host and path",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress, TlsRoute],
    parameters: NoParameters,
    rule: Object([Ingress, Service, TlsRoute], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    match subject.object {
        Object::Ingress(ingress) => of_ingress(subject, ingress),
        Object::TlsRoute(route) => of_tls_route(subject, route),
        _ if claimed(subject.object).is_empty() => {
            Judgement::not_applicable("the Service claims no name in the DNS")
        }
        _ => of_names(subject).into_iter().collect(),
    }
}

fn of_tls_route<'a>(subject: &ObjectSubject<'a>, route: &'a HttpRoute) -> Judgement {
    if route.spec.hostnames.is_empty() || !route.spec.parent_refs.iter().any(Reference::is_gateway) {
        return Judgement::not_applicable("the route names no host, or no Gateway");
    }
    let rivals = subject.namespace.route_rivals_of(route);
    let mut statements: Vec<Statement> = Vec::new();
    for rival in &rivals.found {
        let who = match rival.name {
            Some(name) => format!("TLSRoute {}", quoted(name, 63)),
            None => "a TLSRoute of another namespace".to_owned(),
        };
        let host = route.spec.hostnames.get(rival.host).map_or("", String::as_str);
        let message = format!("{who} serves {} at the same listener as well", quoted(host, 63));
        let statement = Statement::fail(at(format!("spec.hostnames[{}]", rival.host)), message);
        if !statements.iter().any(|known| known.field == statement.field) {
            statements.push(statement);
        }
    }
    if let Some(cause) = rivals.incomplete.filter(|_| statements.is_empty()) {
        let message = "whether another TLSRoute serves the same hosts is not known";
        statements.push(Statement::unknown(cause, at("spec.hostnames"), message));
    }
    statements.into_iter().collect()
}

fn of_ingress<'a>(subject: &ObjectSubject<'a>, ingress: &'a Ingress) -> Judgement {
    let is_silent = claimed(subject.object).is_empty();
    let mut statements = if is_silent { Vec::new() } else { of_names(subject) };
    if ingress.spec.rules.is_empty() {
        let nothing = Judgement::not_applicable("the Ingress has no rules, and claims no name in the DNS");
        return if is_silent { nothing } else { statements.into_iter().collect() };
    }
    let rivals = subject.namespace.rivals_of(ingress);
    for rival in &rivals.found {
        let who = match rival.name {
            Some(name) => format!("Ingress {}", quoted(name, 63)),
            None => "an Ingress of another namespace".to_owned(),
        };
        let statement = statement(ingress, (rival.rule, rival.path), &who);
        if !statements.iter().any(|known| known.field == statement.field) {
            statements.push(statement);
        }
    }
    for place in repeated(ingress) {
        let statement = statement(ingress, place, "the Ingress itself");
        if !statements.iter().any(|known| known.field == statement.field) {
            statements.push(statement);
        }
    }
    if let Some(cause) = rivals.incomplete.filter(|_| statements.is_empty()) {
        let message = "whether another Ingress serves the same hosts is not known";
        statements.push(Statement::unknown(cause, at("spec.rules"), message));
    }
    statements.into_iter().collect()
}

/// Names in the DNS that another object claims.
fn of_names(subject: &ObjectSubject<'_>) -> Vec<Statement> {
    let records = subject.namespace.records_of(subject.object);
    let mut statements: Vec<Statement> = Vec::new();
    for record in &records.found {
        let kind = record.kind;
        let who = match record.other {
            Some(name) => format!("{kind} {}", quoted(name, 63)),
            None => format!("a {kind} of another namespace"),
        };
        let message = format!("{who} claims {} in the DNS as well", quoted(record.name, 63));
        statements.push(Statement::fail(at(place(subject.object, record.name)), message));
    }
    if let Some(cause) = records.incomplete.filter(|_| statements.is_empty()) {
        let message = "whether another object claims the same names in the DNS is not known";
        let first =
            claimed(subject.object).first().map_or_else(String::new, |name| place(subject.object, name));
        statements.push(Statement::unknown(cause, at(first), message));
    }
    statements
}

/// Where an object claims a name.
fn place(object: &Object, name: &str) -> String {
    let rules = match object {
        Object::Ingress(ingress) => &ingress.spec.rules[..],
        _ => &[],
    };
    match rules.iter().position(|rule| rule.host == name) {
        Some(index) if !annotated(object.metadata()).any(|own| own == name) => {
            format!("spec.rules[{index}].host")
        }
        _ => {
            let key = said(object.metadata(), HOSTNAME).map_or(HOSTNAME, |(key, _)| key);
            format!("metadata.annotations[{key}]")
        }
    }
}

fn statement(ingress: &Ingress, (rule, path): (usize, usize), who: &str) -> Statement {
    let own = ingress.spec.rules.get(rule);
    let host = own.map_or("", |rule| rule.host.as_str());
    let text = own.and_then(|rule| rule.http.paths.get(path)).map_or("", |path| path.path.as_str());
    let message = format!("{who} serves {}{} as well", quoted(host, 63), quoted(text, 40));
    Statement::fail(at(format!("spec.rules[{rule}].http.paths[{path}].path")), message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn ingress(name: &str, namespace: &str, (host, path, kind): (&str, &str, &str)) -> Value {
        let backend = json!({"service": {"name": name, "port": {"number": 80}}});
        let http = json!({"paths": [{"path": path, "pathType": kind, "backend": backend}]});
        let metadata = json!({"name": name, "namespace": namespace});
        json!({"kind": "Ingress", "metadata": metadata, "spec": {"rules": [{"host": host, "http": http}]}})
    }

    const OWN: (&str, &str, &str) = ("a.example", "/x", "Prefix");

    fn beside(other: Value) -> ObjectCase {
        ObjectCase::of(&CHECK, ingress("web", "shop", OWN)).with(other)
    }

    #[test]
    fn host_and_path_are_served_once() {
        let twin = beside(ingress("old", "shop", OWN));
        assert_eq!(twin.message(), "Ingress old serves a.example/x as well");
        assert_eq!(twin.fields(), ["spec.rules[0].http.paths[0].path"]);
        let at = |claim| beside(ingress("old", "shop", claim)).outcome();
        assert_eq!(at(("a.example", "/x/", "Prefix")), Outcome::Fail, "a slash at the end says nothing");
        for other in [
            ("b.example", "/x", "Prefix"),
            ("a.example", "/y", "Prefix"),
            ("a.example", "/x", "Exact"),
            ("*.example", "/x", "Prefix"),
        ] {
            assert_eq!(at(other), Outcome::Pass, "{other:?}");
        }
    }

    #[test]
    fn one_ingress_serves_host_and_path_once_too() {
        let mut web = ingress("web", "shop", OWN);
        let rule = web["spec"]["rules"][0].clone();
        web["spec"]["rules"].as_array_mut().unwrap().push(rule);
        let twice = ObjectCase::of(&CHECK, web.clone());
        assert_eq!(twice.message(), "the Ingress itself serves a.example/x as well");
        assert_eq!(twice.fields(), ["spec.rules[1].http.paths[0].path"]);
        web["spec"]["rules"][1]["http"]["paths"][0]["pathType"] = json!("Exact");
        assert_eq!(ObjectCase::of(&CHECK, web).outcome(), Outcome::Pass);
    }

    fn service(name: &str, namespace: &str, names: &str) -> Value {
        let annotations = json!({HOSTNAME: names});
        let metadata = json!({"name": name, "namespace": namespace, "annotations": annotations});
        json!({"kind": "Service", "metadata": metadata, "spec": {"type": "LoadBalancer"}})
    }

    #[test]
    fn a_name_in_the_dns_is_claimed_once() {
        let web = || ObjectCase::of(&CHECK, service("web", "shop", "a.example, b.example"));
        assert_eq!(web().outcome(), Outcome::Pass);
        let twin = web().with(service("old", "shop", "b.example"));
        assert_eq!(twin.message(), "Service old claims b.example in the DNS as well");
        assert_eq!(twin.fields(), [format!("metadata.annotations[{HOSTNAME}]")]);
        let hidden = web().with(service("old", "bank", "a.example"));
        assert_eq!(hidden.message(), "a Service of another namespace claims a.example in the DNS as well");
        let by_host = web().with(ingress("edge", "shop", OWN));
        assert_eq!(by_host.message(), "Ingress edge claims a.example in the DNS as well");
        assert_eq!(web().with(service("old", "shop", "c.example")).outcome(), Outcome::Pass);
        let plain = json!({"kind": "Service", "metadata": {"name": "web"}, "spec": {}});
        assert_eq!(ObjectCase::of(&CHECK, plain).outcome(), Outcome::NotApplicable);
        assert_eq!(web().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn of_an_ingress_its_hosts_are_names_in_the_dns() {
        let taken = beside(service("old", "shop", "a.example"));
        assert_eq!(taken.message(), "Service old claims a.example in the DNS as well");
        assert_eq!(taken.fields(), ["spec.rules[0].host"]);
        assert_eq!(beside(ingress("other", "shop", ("a.example", "/y", "Prefix"))).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_name_stands_where_the_object_claims_it() {
        let claiming = |names: &str, rules: Value| {
            let metadata = json!({"name": "web", "annotations": {HOSTNAME: names}});
            ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": metadata, "spec": {"rules": rules}}))
                .with(service("old", "shop", "a.example"))
        };
        let annotation = [format!("metadata.annotations[{HOSTNAME}]")];
        let hosts = json!([{"host": "b.example"}, {"host": "a.example"}]);
        assert_eq!(claiming("c.example", hosts.clone()).fields(), ["spec.rules[1].host"]);
        assert_eq!(
            claiming("c.example, a.example", hosts).fields(),
            annotation,
            "the annotation comes first"
        );
        assert_eq!(claiming("a.example", json!([])).fields(), annotation);
        assert_eq!(claiming("c.example", json!([])).outcome(), Outcome::Pass);
        let silent = json!({"kind": "Ingress", "metadata": {"name": "web"}, "spec": {}});
        assert_eq!(ObjectCase::of(&CHECK, silent).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn one_place_is_told_once_and_each_place_is() {
        let mut web = ingress("web", "shop", OWN);
        let second = web["spec"]["rules"][0]["http"]["paths"][0].clone();
        web["spec"]["rules"][0]["http"]["paths"].as_array_mut().unwrap().insert(0, second);
        web["spec"]["rules"][0]["http"]["paths"][0]["path"] = json!("/y");
        let case = [("a", "/x"), ("b", "/x"), ("c", "/y"), ("d", "/y")]
            .map(|(name, path)| ingress(name, "shop", ("a.example", path, "Prefix")))
            .into_iter()
            .fold(ObjectCase::of(&CHECK, web), ObjectCase::with);
        let place = |path: usize| format!("spec.rules[0].http.paths[{path}].path");
        assert_eq!(case.fields(), [place(0), place(1)]);
    }

    #[test]
    fn of_another_namespace_nothing_is_told_but_that_it_is_there() {
        let twin = beside(ingress("hidden", "bank", OWN));
        assert_eq!(twin.message(), "an Ingress of another namespace serves a.example/x as well");
    }

    fn tls_route(name: &str, namespace: &str, (parent, host): (Value, &str)) -> Value {
        json!({"kind": "TLSRoute", "metadata": {"name": name, "namespace": namespace, "generation": 1},
            "spec": {"parentRefs": [parent], "hostnames": ["b.example", host]}})
    }

    #[test]
    fn a_tls_route_serves_a_host_at_a_listener_alone() {
        let edge = |section: &str| json!({"name": "edge", "namespace": "infra", "sectionName": section});
        let own = || ObjectCase::of(&CHECK, tls_route("web", "shop", (edge("tls"), "a.example")));
        assert_eq!(own().outcome(), Outcome::Pass);
        let mut old = tls_route("old", "shop", (edge("tls"), "A.example"));
        old["spec"]["hostnames"][0] = json!("c.example");
        let beside = |patch: &dyn Fn(&mut Value)| {
            let mut other = old.clone();
            patch(&mut other);
            own().with(other)
        };
        let twin = beside(&|_| ());
        assert_eq!(twin.message(), "TLSRoute old serves a.example at the same listener as well");
        assert_eq!(twin.fields(), ["spec.hostnames[1]"]);
        let hidden = beside(&|other| other["metadata"]["namespace"] = json!("bank"));
        assert_eq!(
            hidden.message(),
            "a TLSRoute of another namespace serves a.example at the same listener as well"
        );
        let at_all = beside(&|other| other["spec"]["parentRefs"][0]["sectionName"] = Value::Null);
        assert_eq!(at_all.outcome(), Outcome::Fail, "at every listener");
        for patch in [
            &(|other: &mut Value| other["spec"]["parentRefs"][0]["sectionName"] = json!("other"))
                as &dyn Fn(&mut Value),
            &|other| other["spec"]["parentRefs"][0]["name"] = json!("other"),
            &|other| other["spec"]["parentRefs"][0]["namespace"] = Value::Null,
            &|other| other["spec"]["hostnames"][1] = json!("*.example"),
            &|other| other["kind"] = json!("HTTPRoute"),
            &|other| {
                let refused = json!({"type": "Accepted", "status": "False", "reason": "NotAllowedByListeners",
                    "observedGeneration": 1});
                other["status"]["parents"] = json!([{"parentRef": edge("tls"), "conditions": [refused]}]);
            },
        ] {
            assert_eq!(beside(patch).outcome(), Outcome::Pass);
        }
        let broken = beside(&|other| other["spec"] = json!(7));
        assert_eq!(broken.outcome(), Outcome::Unknown);
        assert_eq!(own().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let mut hostless = tls_route("web", "shop", (edge("tls"), "a.example"));
        hostless["spec"]["hostnames"] = json!([]);
        assert_eq!(ObjectCase::of(&CHECK, hostless).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn canaries_and_other_classes_are_meant() {
        let mut canary = ingress("old", "shop", OWN);
        canary["metadata"]["annotations"] = json!({"nginx.ingress.kubernetes.io/canary": "true"});
        assert_eq!(beside(canary).outcome(), Outcome::Pass);
        let mut internal = ingress("old", "bank", OWN);
        internal["spec"]["ingressClassName"] = json!("internal");
        assert_eq!(beside(internal).outcome(), Outcome::Pass);
    }

    #[test]
    fn an_object_without_its_shape_may_claim_the_same_wherever_it_is() {
        let broken = |kind: &str, namespace: &str, names: &str| {
            let metadata = json!({"name": "b", "namespace": namespace, "annotations": {HOSTNAME: names}});
            json!({"kind": kind, "metadata": metadata, "spec": 7})
        };
        for namespace in ["shop", "bank"] {
            let beside_ingress = beside(broken("Ingress", namespace, ""));
            assert_eq!(beside_ingress.outcome(), Outcome::Unknown, "{namespace}");
            let beside_service = beside(broken("Service", namespace, "a.example"));
            assert_eq!(beside_service.outcome(), Outcome::Unknown, "{namespace}");
            assert_eq!(
                beside(broken("Service", namespace, "")).outcome(),
                Outcome::Pass,
                "it claims nothing"
            );
            let claimed = ObjectCase::of(&CHECK, service("web", "shop", "a.example"))
                .with(broken("Ingress", namespace, ""));
            assert_eq!(claimed.outcome(), Outcome::Unknown, "{namespace}");
        }
        let twin = beside(broken("Ingress", "shop", "")).with(ingress("old", "shop", OWN));
        assert_eq!(twin.message(), "Ingress old serves a.example/x as well");
    }

    #[test]
    fn disagreement_44_ingresses_that_were_not_given_leave_it_open() {
        let alone = ObjectCase::of(&CHECK, ingress("web", "shop", OWN)).coverage(Coverage::Partial);
        assert_eq!(alone.outcome(), Outcome::Unknown);
        let nameless = ObjectCase::of(&CHECK, ingress("web", "shop", ("", "/x", "Prefix")));
        let nameless = nameless.coverage(Coverage::Partial);
        assert_eq!(nameless.message(), "whether another Ingress serves the same hosts is not known");
        assert_eq!(beside(ingress("old", "shop", OWN)).coverage(Coverage::Partial).outcome(), Outcome::Fail);
    }
}

use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing_objects::ObjectCase;
use crate::inventory::lookup::Coverage;

fn with(path: &str, annotations: Value) -> ObjectCase {
    let metadata = json!({"name": "web", "annotations": annotations});
    let paths = json!([{"path": "/", "pathType": "Prefix"}, {"path": path, "pathType": "Prefix"}]);
    let spec = json!({"rules": [{"host": "a.example", "http": {"paths": paths}}]});
    ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": metadata, "spec": spec}))
}

#[test]
fn only_paths_that_are_listed_need_a_guard() {
    let admin = with("/admin/users", json!({}));
    assert_eq!(admin.fields(), ["spec.rules[0].http.paths[1].path"]);
    assert_eq!(admin.message(), "nobody asks who is there before /admin/users");
    assert_eq!(with("/shop", json!({})).outcome(), Outcome::NotApplicable);
    assert_eq!(with("/administration", json!({})).outcome(), Outcome::NotApplicable);
    let every = with("/shop", json!({})).parameters(json!({"paths": ["*"]}));
    assert_eq!(every.fields().len(), 2);
}

#[test]
fn a_guard_is_told_by_an_annotation_of_the_controller() {
    for (key, value, outcome) in [
        ("nginx.ingress.kubernetes.io/auth-url", "https://login.example", Outcome::Pass),
        ("alb.ingress.kubernetes.io/auth-type", "oidc", Outcome::Pass),
        ("alb.ingress.kubernetes.io/auth-type", "none", Outcome::Fail),
        ("traefik.ingress.kubernetes.io/router.middlewares", "shop-auth@kubernetescrd", Outcome::Fail),
        ("traefik.ingress.kubernetes.io/router.middlewares", "auth@file", Outcome::Unknown),
        ("konghq.com/plugins", "cors", Outcome::Fail),
    ] {
        assert_eq!(with("/admin", json!({key: value})).outcome(), outcome, "{key}: {value}");
    }
    let own = with("/admin", json!({"edge.example/login": "staff"}));
    assert_eq!(own.parameters(json!({"annotations": ["edge.example/login"]})).outcome(), Outcome::Pass);
}

fn object(api_version: &str, kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// A route with two rules, the first of which serves `/admin`, at the Gateway `edge`.
fn route() -> Value {
    let rules = json!([
        {"name": "admin", "matches": [{"path": {"value": "/shop"}}, {"path": {"type": "PathPrefix", "value": "/admin"}}],
            "backendRefs": [{"name": "web", "port": 80}]},
        {"backendRefs": [{"name": "web", "port": 80}]},
    ]);
    let spec = json!({"parentRefs": [{"name": "edge"}], "rules": rules});
    object("gateway.networking.k8s.io/v1", "HTTPRoute", "web", spec)
}

fn edge() -> Value {
    let listeners = json!([{"name": "http", "port": 80}, {"name": "https", "port": 443}]);
    object("gateway.networking.k8s.io/v1", "Gateway", "edge", json!({ "listeners": listeners }))
}

fn security_policy(name: &str, target: Value, rest: Value) -> Value {
    let mut spec = rest;
    spec["targetRefs"] = json!([target]);
    object("gateway.envoyproxy.io/v1alpha1", "SecurityPolicy", name, spec)
}

fn at_route(others: &[Value]) -> ObjectCase {
    others.iter().fold(ObjectCase::of(&CHECK, route()).with(edge()), |case, one| case.with(one.clone()))
}

#[test]
fn a_path_of_a_route_needs_a_guard_too() {
    assert_eq!(at_route(&[]).fields(), ["spec.rules[0].matches[1].path.value"]);
    assert_eq!(at_route(&[]).message(), "nobody asks who is there before /admin");
    let mut told = route();
    told["metadata"]["annotations"] = json!({"konghq.com/plugins": "oidc-login"});
    assert_eq!(ObjectCase::of(&CHECK, told).with(edge()).outcome(), Outcome::Pass);
    for (key, value, outcome) in [
        ("konghq.com/plugins", "compress", Outcome::Fail),
        ("example.com/note", "oidc-login", Outcome::Fail),
        ("example.com/login", "required", Outcome::Pass),
        ("example.com/login", " ", Outcome::Fail),
    ] {
        let mut told = route();
        told["metadata"]["annotations"] = json!({ key: value });
        let parameters = json!({"annotations": ["example.com/login"]});
        let case = ObjectCase::of(&CHECK, told).with(edge()).parameters(parameters);
        assert_eq!(case.outcome(), outcome, "{key}: {value}");
    }
    let mut stepped = route();
    let step = json!({"group": "traefik.io", "kind": "Middleware", "name": "forward-auth"});
    stepped["spec"]["rules"][0]["filters"] = json!([{"type": "ExtensionRef", "extensionRef": step}]);
    let through = |middleware: Value| ObjectCase::of(&CHECK, stepped.clone()).with(edge()).with(middleware);
    let middleware = |name: &str, spec: Value| object("traefik.io/v1alpha1", "Middleware", name, spec);
    assert_eq!(through(middleware("forward-auth", json!({"forwardAuth": {}}))).outcome(), Outcome::Pass);
    assert_eq!(through(middleware("forward-auth", json!({"compress": {}}))).outcome(), Outcome::Fail);
    assert_eq!(through(middleware("forward-auth", json!({"plugin": {}}))).outcome(), Outcome::Unknown);
    assert_eq!(through(middleware("other", json!({"forwardAuth": {}}))).outcome(), Outcome::Fail);
    let words = json!({"traefik.ingress.kubernetes.io/router.middlewares": "shop-login@kubernetescrd"});
    let login = || with("/admin", words.clone());
    assert_eq!(
        login().message(),
        "nobody asks who is there before /admin; the Middleware shop-login does not exist"
    );
    let basic = middleware("login", json!({"basicAuth": {"secret": "users"}}));
    assert_eq!(login().with(basic).outcome(), Outcome::Pass);
    let mut in_mesh = route();
    in_mesh["spec"]["parentRefs"] = json!([{"group": "", "kind": "Service", "name": "web"}]);
    assert_eq!(ObjectCase::of(&CHECK, in_mesh).outcome(), Outcome::NotApplicable);
    assert_eq!(at_route(&[]).parameters(json!({"paths": ["/other"]})).outcome(), Outcome::NotApplicable);
}

#[test]
fn of_security_policies_the_closest_counts() {
    let route = |section: Value| json!({"kind": "HTTPRoute", "name": "web", "sectionName": section});
    let gateway = |section: Value| json!({"kind": "Gateway", "name": "edge", "sectionName": section});
    let [asks, open] = [json!({"oidc": {}}), json!({"cors": {}})];
    let of = |policies: &[(Value, &Value)]| {
        let numbered = policies.iter().enumerate();
        let made: Vec<Value> = numbered
            .map(|(number, (target, rest))| {
                security_policy(&number.to_string(), target.clone(), (*rest).clone())
            })
            .collect();
        at_route(&made).outcome()
    };
    let whole = || json!(null);
    assert_eq!(of(&[(route(whole()), &asks)]), Outcome::Pass);
    assert_eq!(of(&[(route(json!("admin")), &asks)]), Outcome::Pass);
    assert_eq!(of(&[(route(json!("other")), &asks)]), Outcome::Fail);
    assert_eq!(of(&[(gateway(whole()), &asks)]), Outcome::Pass);
    assert_eq!(of(&[(gateway(json!("https")), &asks)]), Outcome::Fail, "the other listener is open");
    assert_eq!(of(&[(gateway(json!("https")), &asks), (gateway(json!("http")), &asks)]), Outcome::Pass);
    assert_eq!(of(&[(route(whole()), &open), (gateway(whole()), &asks)]), Outcome::Fail);
    let merged = json!({"cors": {}, "mergeType": "StrategicMerge"});
    assert_eq!(of(&[(route(whole()), &merged), (gateway(whole()), &asks)]), Outcome::Pass);
    assert_eq!(of(&[(route(json!("admin")), &open), (route(whole()), &asks)]), Outcome::Fail);
    assert_eq!(
        of(&[(route(whole()), &open), (route(whole()), &asks)]),
        Outcome::Unknown,
        "one of them counts"
    );
    assert_eq!(of(&[(json!({"kind": "HTTPRoute", "name": "other"}), &asks)]), Outcome::Fail);
}

#[test]
fn a_gateway_elsewhere_is_out_of_scope_of_a_policy_of_one_namespace() {
    let mut route = route();
    route["spec"]["parentRefs"] = json!([{"name": "edge", "namespace": "infra"}]);
    let target = json!({"kind": "Gateway", "name": "edge"});
    let mut policy = security_policy("it", target, json!({"basicAuth": {}}));
    let mut edge = edge();
    for object in [&mut policy, &mut edge] {
        object["metadata"]["namespace"] = json!("infra");
    }
    let case = || ObjectCase::of(&CHECK, route.clone()).with(edge.clone());
    assert_eq!(case().outcome(), Outcome::NotApplicable);
    assert_eq!(case().everywhere().outcome(), Outcome::Fail);
    assert_eq!(case().with(policy).everywhere().outcome(), Outcome::Pass);
}

fn authorization(name: &str, spec: Value) -> Value {
    object("security.istio.io/v1", "AuthorizationPolicy", name, spec)
}

fn behind(service: &str, app: &str) -> [Value; 2] {
    let pod = json!({"kind": "Pod", "metadata": {"name": app, "labels": {"app": app}}});
    [pod, object("v1", "Service", service, json!({"selector": {"app": app}}))]
}

/// What is said of the route where these policies are about its workload.
fn in_mesh(specs: &[Value]) -> Outcome {
    let numbered = specs.iter().enumerate();
    let policies = numbered.map(|(number, spec)| authorization(&number.to_string(), spec.clone()));
    at_route(&policies.chain(behind("web", "web")).collect::<Vec<_>>()).outcome()
}

#[test]
fn policies_of_a_mesh_ask_before_the_workloads() {
    let token = || json!({"from": [{"source": {"requestPrincipals": ["*"]}}]});
    let to = |paths: Value| json!({"to": [{"operation": {"paths": paths}}]});
    let from_edge = || json!({"from": [{"source": {"namespaces": ["edge"]}}]});
    for (spec, outcome) in [
        (json!({"rules": [token()]}), Outcome::Pass),
        (json!({"rules": [token(), {}]}), Outcome::Fail),
        (json!({"rules": [token(), to(json!(["/shop*"]))]}), Outcome::Pass),
        (json!({"rules": [token(), to(json!(["/admin/help"]))]}), Outcome::Fail),
        (json!({"rules": [{"to": [{"operation": {"notPaths": ["/admin*"]}}]}]}), Outcome::Pass),
        (json!({"rules": [token(), to(json!(["/adm*"]))]}), Outcome::Fail),
        (json!({"rules": [token(), to(json!(["/admin/help*"]))]}), Outcome::Fail),
        (json!({"rules": [token(), to(json!(["*/help"]))]}), Outcome::Fail),
        (json!({"rules": [from_edge()]}), Outcome::Unknown),
        (json!({}), Outcome::Pass),
        (json!({"action": "AUDIT", "rules": [token()]}), Outcome::Fail),
        (json!({"action": "CUSTOM", "rules": [to(json!(["/admin*"]))]}), Outcome::Pass),
        (json!({"action": "CUSTOM", "rules": [to(json!(["/admin", "/admin/*"]))]}), Outcome::Pass),
        (json!({"action": "CUSTOM", "rules": [to(json!(["/admin"]))]}), Outcome::Unknown),
        (json!({"action": "CUSTOM", "rules": [to(json!(["/shop*"]))]}), Outcome::Fail),
        (
            json!({"action": "DENY", "rules": [{"from": [{"source": {"notRequestPrincipals": ["*"]}}]}]}),
            Outcome::Pass,
        ),
        (json!({"action": "DENY", "rules": [to(json!(["/shop*"]))]}), Outcome::Fail),
        (json!({"selector": {"matchLabels": {"app": "web"}}, "rules": [token()]}), Outcome::Pass),
        (json!({"selector": {"matchLabels": {"app": "api"}}, "rules": [token()]}), Outcome::Fail),
        (
            json!({"targetRefs": [{"kind": "Service", "group": "", "name": "web"}], "rules": [token()]}),
            Outcome::Pass,
        ),
        (
            json!({"targetRefs": [{"kind": "Service", "group": "", "name": "other"}], "rules": [token()]}),
            Outcome::Fail,
        ),
        (
            json!({"targetRefs": [{"kind": "ServiceEntry", "group": "networking.istio.io", "name": "web"}], "rules": [token()]}),
            Outcome::Fail,
        ),
        (
            json!({"targetRefs": [{"kind": "GatewayClass", "group": "gateway.networking.k8s.io", "name": "edge"}], "rules": [token()]}),
            Outcome::Fail,
        ),
        (
            json!({"targetRefs": [{"kind": "Gateway", "group": "gateway.networking.k8s.io", "name": "edge"}], "rules": [token()]}),
            Outcome::Pass,
        ),
        (
            json!({"targetRefs": [{"kind": "Gateway", "group": "gateway.networking.k8s.io", "name": "other"}], "rules": [token()]}),
            Outcome::Fail,
        ),
    ] {
        assert_eq!(in_mesh(std::slice::from_ref(&spec)), outcome, "{spec}");
    }
    assert_eq!(
        in_mesh(&[json!({"rules": [token()]}), json!({"rules": [{}]})]),
        Outcome::Fail,
        "either lets in"
    );
    let mut everywhere = authorization("it", json!({"rules": [token()]}));
    everywhere["metadata"]["namespace"] = json!("istio-system");
    let [pod, service] = behind("web", "web");
    assert_eq!(at_route(&[pod, service, everywhere]).outcome(), Outcome::Pass);
}

#[test]
fn every_workload_behind_an_ingress_is_asked_for() {
    let ingress = |services: &[&str]| {
        let backend = |name: &&str| json!({"path": "/admin", "pathType": "Prefix", "backend": {"service": {"name": name}}});
        let paths: Vec<Value> = services.iter().map(backend).collect();
        let spec = json!({"rules": [{"http": {"paths": paths}}]});
        json!({"kind": "Ingress", "metadata": {"name": "web"}, "spec": spec})
    };
    let token = json!({"rules": [{"from": [{"source": {"requestPrincipals": ["*"]}}]}], "selector": {"matchLabels": {"app": "web"}}});
    let case = |services: &[&str]| {
        let all = [behind("web", "web"), behind("api", "api")].into_iter().flatten();
        let all = all.chain([authorization("it", token.clone())]);
        all.fold(ObjectCase::of(&CHECK, ingress(services)), ObjectCase::with)
    };
    assert_eq!(case(&["web"]).outcome(), Outcome::Pass);
    assert_eq!(case(&["web", "api"]).fields(), ["spec.rules[0].http.paths[1].path"]);
    assert_eq!(case(&["gone"]).outcome(), Outcome::Fail);
    assert_eq!(case(&["gone"]).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
}

#[test]
fn what_is_not_known_may_ask() {
    let guarded = |coverage| at_route(&[]).coverage(coverage).outcome();
    assert_eq!(guarded(Coverage::Partial), Outcome::Unknown);
    assert_eq!(guarded(Coverage::Forbidden), Outcome::Unknown);
    assert_eq!(guarded(Coverage::NotServed), Outcome::Fail, "nothing of it guards anything");
    assert_eq!(
        with("/admin", json!({})).coverage(Coverage::Partial).outcome(),
        Outcome::Fail,
        "no Service is named"
    );
}

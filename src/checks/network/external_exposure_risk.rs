use std::sync::LazyLock;

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, WorkloadSubject};
use crate::checks::around::at;
use crate::checks::dangers::{CONTROL_PLANE, DESTRUCTION, ESCALATION, NETWORK, PODS, SECRETS, SESSIONS};
use crate::checks::helpers::{pod, pod_labels};
use crate::checks::limits::Allowed;
use crate::checks::right::Right;
use crate::checks::rights::{Grants, binding_key};
use crate::checks::root_user::{self, Reading};
use crate::checks::token;
use crate::checks::ways_in::{self, Door, WayIn};
use crate::inventory::container::ContainerClass;

check! {
    /// ## What it checks
    /// A workload that can be reached from outside of the cluster does not run as root, is not privileged, and has no
    /// dangerous right in every namespace.
    ///
    /// It can be reached through a Service of type LoadBalancer that no annotation makes internal, or NodePort, or
    /// with `externalIPs`; through an Ingress; through a route of a Gateway (HTTPRoute, GRPCRoute, TLSRoute, TCPRoute,
    /// UDPRoute); through a VirtualService at a gateway of Istio. Ports of the node (`hostPort`, `hostNetwork`), routes of
    /// other namespaces and VirtualServices to which others delegate are not looked at, nor who is let through on the way.
    ///
    /// Of its containers those count that run while requests come, so not the ordinary init containers. Root is what
    /// `run-as-non-root` calls so with `mode: effective`: `runAsNonRoot`, or a numeric user above 0, rules it out, and so
    /// does a user namespace of the pod's own. Rights are those that the checks `rbac-*` look for, by
    /// ClusterRoleBindings; of pods that hold no token none count.
    ///
    /// Whether its images have known vulnerabilities is not looked at yet: that is what reports of scanners say. As long as
    /// that is so, the check is in no profile.
    ///
    /// ## Why it matters
    /// Everybody can try to break into what is reached from outside. Whoever gets in as root, or with rights over the
    /// cluster, does not stop at this workload.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   type: LoadBalancer
    ///   selector: {app: web}
    ///   ports: [{port: 443}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   securityContext: {runAsNonRoot: true}
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   type: LoadBalancer
    ///   selector: {app: web}
    ///   ports: [{port: 443}]
    /// ```
    ///
    /// ## How to fix
    /// Set `securityContext.runAsNonRoot: true` with an image that names a numeric user, remove `privileged`, and bind a
    /// Role in the namespace in place of the ClusterRole; or take away the way in that the finding names.
    ///
    /// ## Parameters
    /// - `allowSubjects`: patterns of ServiceAccounts that may have such rights, as `namespace/name` with `*`
    ///   and `?` (default none): of a controller that reads Ingresses in every namespace, say.
    ///
    /// ## References
    /// - Microsoft: Threat matrix for Kubernetes, Exposed sensitive interfaces
    /// - Kubernetes documentation: Role Based Access Control Good Practices, Privilege escalation risks
    name: "external-exposure-risk",
    family: Network,
    severity: High,
    title: "What is reached from outside is neither root nor powerful",
    profiles: [],
    reads: [
        Service, Ingress, HttpRoute, GrpcRoute, TlsRoute, TcpRoute, UdpRoute, VirtualService, ServiceAccount, Secret,
        SecretMetadata, ClusterRoleBinding, ClusterRole,
    ],
    parameters: Allowed,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Allowed) -> Judgement {
    let ways = ways_in::to(subject);
    let Some(way) = ways.found.iter().find(|way| way.door != Door::InternalLoadBalancer) else {
        return match ways.incomplete {
            None => Judgement::not_applicable("nothing sends to the workload from outside"),
            Some(cause) => {
                let message = "whether the workload can be reached from outside is not known";
                Statement::unknown(cause, pod_labels(subject), message).into()
            }
        };
    };
    let containers = subject.containers().filter(|one| one.class != ContainerClass::Init);
    let faults = containers.flat_map(|one| of_container(&one));
    let told = faults.map(|(field, message)| reached(field, message, way));
    told.chain(of_rights(subject, parameters, way)).collect()
}

/// What is wrong, and by which way it can be made use of.
fn reached(field: Field, what: &str, way: &WayIn) -> Statement {
    let message = format!("{what}; the outside reaches the pods by {}", way.shown());
    Statement::fail(field, message).related_to(way.object.clone())
}

fn of_container(one: &ContainerSubject<'_>) -> Vec<(Field, &'static str)> {
    let mut faults = Vec::new();
    if one.pod().host_users != Some(false)
        && let Some((field, message)) = root_user::fault(one, Reading::Effective)
    {
        faults.push((placed(field, one), message));
    }
    if one.container.security_context.privileged == Some(true) && !one.pod().is_windows() {
        faults.push((at(one.path_to("securityContext.privileged")), "privileged is true"));
    }
    faults
}

/// A field of a container, as one of the workload.
fn placed(field: Field, one: &ContainerSubject<'_>) -> Field {
    match field {
        Field::Container(path) => at(one.path_to(&path)),
        other => other,
    }
}

/// All that the checks of rights look for.
static DANGERS: LazyLock<Vec<Right>> =
    LazyLock::new(|| [ESCALATION, CONTROL_PLANE, SECRETS, PODS, SESSIONS, DESTRUCTION, NETWORK].concat());

fn of_rights(subject: &WorkloadSubject<'_>, parameters: &Allowed, way: &WayIn) -> Vec<Statement> {
    let held = token::is_held(subject);
    if parameters.includes(subject) || held == Ok(false) {
        return Vec::new();
    }
    let grants = Grants::of_cluster(subject);
    let mut statements = Vec::new();
    let mut told = Vec::new();
    for excess in grants.excesses(&DANGERS) {
        let binding = binding_key(excess.grant.binding);
        // Of one role the first rule is told: it is enough.
        if told.contains(&binding) {
            continue;
        }
        let what = if excess.grant.is_everything() { "do everything".to_owned() } else { excess.what() };
        statements.push(if let Err(cause) = held {
            let message = format!("whether the pods hold a token is not known; with it they may {what}");
            Statement::unknown(cause, pod("serviceAccountName"), message)
        } else {
            let what = format!("in every namespace the pods may {what}");
            reached(at("roleRef.name"), &what, way).about(binding.clone())
        });
        told.push(binding);
    }
    statements.extend(grants.doubts.iter().cloned());
    statements
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{backend, behind_ingress, behind_service, rule, service};
    use crate::checks::testing_rights::{self, account, binding, holding, holding_everywhere};
    use crate::inventory::Kind;
    use crate::inventory::lookup::{Cause, Coverage};

    fn behind(patch: Value) -> Case {
        behind_service(&CHECK, patch).container(json!({"securityContext": {"privileged": true}}))
    }

    fn exposed(case: Case) -> Case {
        case.with(service("web", json!({"type": "NodePort"})))
    }

    #[test]
    fn every_way_from_outside_is_told() {
        let of = |case: Case| case.container(json!({"securityContext": {"privileged": true}})).message();
        let told = |by: &str| format!("privileged is true; the outside reaches the pods by {by}");
        assert_eq!(behind(json!({"type": "LoadBalancer"})).message(), told("a load balancer of Service web"));
        assert_eq!(
            behind(json!({"type": "NodePort"})).message(),
            told("a port of every node of Service web")
        );
        let address = behind(json!({"externalIPs": ["192.0.2.1"]}));
        assert_eq!(address.message(), told("an address in externalIPs of Service web"));
        let rules = json!({"rules": [rule("a.example", &[backend("web", json!({"number": 80}))])]});
        assert_eq!(of(behind_ingress(&CHECK, rules)), told("Ingress edge"));
        let route = |parent: Value| {
            behind(json!({})).with(json!({"kind": "HTTPRoute", "metadata": {"name": "edge"}, "spec":
                {"parentRefs": [parent], "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]}}))
        };
        assert_eq!(route(json!({"name": "edge", "namespace": "infra"})).message(), told("HTTPRoute edge"));
        let mesh = route(json!({"kind": "Service", "group": "", "name": "web"}));
        assert_eq!(mesh.outcome(), Outcome::NotApplicable, "of a mesh");
    }

    #[test]
    fn a_virtual_service_is_a_way_in_where_a_gateway_of_istio_has_it() {
        let to = |host: &str, gateways: Value| {
            behind(json!({})).with(json!({"kind": "VirtualService", "metadata": {"name": "edge"}, "spec":
                {"gateways": gateways, "http": [{"route": [{"destination": {"host": host}}]}]}}))
        };
        let found = to("web", json!(["mesh", "infra/edge"])).judged().findings.remove(0);
        assert_eq!(found.message, "privileged is true; the outside reaches the pods by VirtualService edge");
        assert_eq!(found.related.unwrap().to_string(), "VirtualService shop/edge");
        assert_eq!(to("web.shop.svc.cluster.local", json!(["edge"])).outcome(), Outcome::Fail);
        assert_eq!(to("web", json!(["mesh"])).outcome(), Outcome::NotApplicable);
        assert_eq!(to("web", json!([])).outcome(), Outcome::NotApplicable);
        assert_eq!(to("api", json!(["edge"])).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn within_the_cluster_or_the_own_network_nothing_is_said() {
        assert_eq!(behind(json!({})).outcome(), Outcome::NotApplicable);
        let mut balancer = service("web", json!({"type": "LoadBalancer"}));
        balancer["metadata"]["annotations"] = json!({"networking.gke.io/load-balancer-type": "Internal"});
        let case = Case::of(&CHECK).container(json!({"securityContext": {"privileged": true}}));
        assert_eq!(case.clone().with(balancer.clone()).outcome(), Outcome::NotApplicable);
        balancer["spec"]["externalIPs"] = json!(["192.0.2.1"]);
        assert_eq!(case.with(balancer).outcome(), Outcome::Fail, "the address is open all the same");
    }

    #[test]
    fn root_is_what_runs_as_root_in_fact() {
        let of = |pod: Value| {
            let fields = json!({"securityContext": {"runAsNonRoot": null, "runAsUser": null}});
            let case = exposed(Case::of(&CHECK)).pod(fields.clone()).container(fields);
            case.pod(pod)
        };
        assert_eq!(of(json!({})).fields(), ["spec.template.spec.containers[0].securityContext.runAsNonRoot"]);
        assert_eq!(of(json!({"securityContext": {"runAsUser": 1000}})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"securityContext": {"runAsUser": 0}})).outcome(), Outcome::Fail);
        assert_eq!(of(json!({"hostUsers": false})).outcome(), Outcome::Pass);
        let whole = of(json!({"securityContext": {"runAsNonRoot": false}}));
        assert_eq!(whole.fields(), ["spec.template.spec.securityContext.runAsNonRoot"]);
    }

    #[test]
    fn what_has_ended_before_requests_come_does_not_count() {
        let of = |list: &str, patch: Value| {
            let mut other = json!({"name": "other", "securityContext": {"privileged": true}});
            crate::checks::testing::merge(&mut other, patch);
            exposed(Case::of(&CHECK)).pod(json!({ list: [other] })).outcome()
        };
        assert_eq!(of("initContainers", json!({})), Outcome::Pass);
        assert_eq!(of("initContainers", json!({"restartPolicy": "Always"})), Outcome::Fail);
        assert_eq!(of("ephemeralContainers", json!({})), Outcome::Fail);
    }

    #[test]
    fn rights_in_every_namespace_fail_at_their_binding_once() {
        let secrets = testing_rights::rule("", "secrets", &["list"]);
        let case = exposed(holding_everywhere(&CHECK, &secrets));
        assert_eq!(
            case.message(),
            "in every namespace the pods may list secrets; the outside reaches the pods by a port of every \
             node of Service web"
        );
        let found = case.judged().findings.remove(0);
        assert_eq!(found.field, "roleRef.name");
        assert_eq!(found.object.unwrap().to_string(), "ClusterRoleBinding it");
        assert_eq!(found.related.unwrap().to_string(), "Service shop/web");
        let everything =
            account(&CHECK).with(binding("ClusterRoleBinding", ("ClusterRole", "cluster-admin")));
        let everything = exposed(everything);
        assert_eq!(everything.fields(), ["roleRef.name"]);
        assert!(everything.message().starts_with("in every namespace the pods may do everything; "));
        assert_eq!(exposed(holding(&CHECK, &secrets)).outcome(), Outcome::Pass, "in its namespace");
        let harmless = testing_rights::rule("", "configmaps", &["list"]);
        assert_eq!(exposed(holding_everywhere(&CHECK, &harmless)).outcome(), Outcome::Pass);
        let allowed = case.clone().parameters(json!({"allowSubjects": ["shop/web"]}));
        assert_eq!(allowed.outcome(), Outcome::Pass);
        assert_eq!(case.pod(json!({"automountServiceAccountToken": false})).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_token_of_which_nobody_knows_leaves_rights_open() {
        let secrets = testing_rights::rule("", "secrets", &["list"]);
        let case = exposed(holding_everywhere(&CHECK, &secrets));
        let open = case.pod(json!({"automountServiceAccountToken": null}));
        assert_eq!(open.outcome(), Outcome::Fail, "the server mounts one unless told otherwise");
        let unknown = open.coverage_of(Kind::ServiceAccount, Coverage::Forbidden).judged().findings.remove(0);
        assert_eq!((unknown.outcome, unknown.cause), (Outcome::Unknown, Some(Cause::Forbidden)));
    }

    #[test]
    fn role_bindings_are_no_concern_of_it() {
        let case = exposed(account(&CHECK)).coverage_of(Kind::RoleBinding, Coverage::Forbidden);
        assert_eq!(case.outcome(), Outcome::Pass);
        let hidden = exposed(account(&CHECK)).coverage_of(Kind::ClusterRoleBinding, Coverage::Forbidden);
        assert_eq!(hidden.outcome(), Outcome::Unknown);
    }

    #[test]
    fn disagreement_44_ways_that_are_not_known_leave_it_open() {
        let findings = Case::of(&CHECK).coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
        let known = behind(json!({"type": "NodePort"})).coverage(Coverage::Partial);
        assert_eq!(known.outcome(), Outcome::Fail, "one way is enough");
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::helpers::{pod, pod_labels};
use crate::checks::ways_in;

/// Parameters of `exposed-admin-interface`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Last parts of the names of images that are consoles.
    images: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { images: CONSOLES.iter().map(|name| (*name).to_owned()).collect() }
    }
}

/// Consoles that give whoever reaches them much of a cluster, or run what they are told.
const CONSOLES: &[&str] = &[
    "adminer",
    "airflow",
    "alertmanager",
    "argocd",
    "argocd-server",
    "argocli",
    "argoexec",
    "cadvisor",
    "consul",
    "dashboard",
    "dashboard-web",
    "flower",
    "headlamp",
    "jenkins",
    "jupyter",
    "jupyterhub",
    "k8s-hub",
    "k8s-singleuser-sample",
    "kubernetes-dashboard",
    "kubernetes-dashboard-amd64",
    "kubeview",
    "minimal-notebook",
    "mongo-express",
    "notebook",
    "octant",
    "pgadmin4",
    "phpmyadmin",
    "portainer",
    "portainer-ce",
    "prometheus",
    "rancher",
    "redis-commander",
    "redisinsight",
    "scope",
    "tiller",
    "weave-gitops",
];

check! {
    /// ## What it checks
    /// No container whose image is known as a console (`images`: dashboards of Kubernetes, deployment and database
    /// tools, notebooks, Tiller) can be reached from outside of the cluster: by an Ingress, a route of a Gateway (HTTPRoute,
    /// GRPCRoute, TLSRoute, TCPRoute, UDPRoute), a VirtualService at a gateway of Istio, a Service of type LoadBalancer or
    /// NodePort or with `externalIPs`, a port of the node or the node's network. The
    /// last part of the image's name decides, whatever the registry. Routes of other namespaces are not looked at,
    /// nor are VirtualServices to which others delegate.
    ///
    /// ## Why it matters
    /// Such a console does what it is told with rights over the cluster, a database or a shell. They are searched
    /// for all over the internet, and some of them ask for no password as they come.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: docker.io/kubernetesui/dashboard:v2.7.0
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
    ///   containers:
    ///     - name: app
    ///       image: docker.io/kubernetesui/dashboard:v2.7.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 443}]
    /// ```
    ///
    /// ## How to fix
    /// Leave out `type` and reach it with `kubectl port-forward`, or through a proxy that asks who is there;
    /// delete it where nobody needs it.
    ///
    /// ## Parameters
    /// - `images`: last parts of the names of images that are consoles; a list replaces the known ones.
    ///
    /// ## References
    /// - Microsoft: Threat matrix for Kubernetes, Exposed sensitive interfaces
    name: "exposed-admin-interface",
    family: Network,
    severity: High,
    title: "No console can be reached from outside",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress, HttpRoute, GrpcRoute, TlsRoute, TcpRoute, UdpRoute, VirtualService],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let Some(console) = console(subject, parameters) else {
        return Judgement::not_applicable("no image is known as a console");
    };
    let mut statements = on_the_node(subject, &console);
    let ways = ways_in::to(subject);
    for way in ways.found {
        let statement = Statement::fail(at(way.path), message(&console, way.door.as_str()));
        statements.push(statement.about(way.object));
    }
    if let Some(cause) = ways.incomplete.filter(|_| statements.is_empty()) {
        let message = "whether the console can be reached from outside is not known";
        statements.push(Statement::unknown(cause, pod_labels(subject), message));
    }
    statements.into_iter().collect()
}

fn message(console: &str, way: &str) -> String {
    format!("the console {console} can be reached through {way}")
}

fn console(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Option<String> {
    let mut images = subject.containers().filter_map(|one| one.image().ok());
    images.find_map(|image| {
        let name = image.path.rsplit('/').next().unwrap_or_default();
        parameters.images.iter().any(|known| known == name).then(|| quoted(name, 63))
    })
}

fn on_the_node(subject: &WorkloadSubject<'_>, console: &str) -> Vec<Statement> {
    let spec = subject.pod();
    if spec.host_network {
        return vec![Statement::fail(pod("hostNetwork"), message(console, "the node's network"))];
    }
    let ports = subject.containers().flat_map(|one| {
        let path = one.path();
        let open = one.container.ports.iter().enumerate().filter(|(_, port)| port.host_port != 0);
        open.map(move |(index, _)| format!("{path}.ports[{index}].hostPort")).collect::<Vec<_>>()
    });
    ports
        .map(|path| Statement::fail(Field::Object(path.into()), message(console, "a port of the node")))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{backend, behind_ingress, behind_service, rule};
    use crate::inventory::lookup::Coverage;

    fn console(case: Case) -> Case {
        case.container(json!({"image": "registry.example/mirror/kubernetes-dashboard:1.0"}))
    }

    fn service(kind: &str) -> Case {
        console(behind_service(&CHECK, json!({"type": kind})))
    }

    #[test]
    fn every_way_from_outside_counts() {
        assert_eq!(service("ClusterIP").outcome(), Outcome::Pass);
        let balanced = service("LoadBalancer");
        assert_eq!(
            balanced.message(),
            "the console kubernetes-dashboard can be reached through a load balancer"
        );
        assert_eq!(service("NodePort").fields(), ["spec.type"]);
        let address = console(behind_service(&CHECK, json!({"externalIPs": ["203.0.113.7"]})));
        assert_eq!(address.fields(), ["spec.externalIPs"]);
        assert!(address.message().ends_with("an address in externalIPs"));
        let rules = json!({"rules": [rule("a.example", &[backend("web", json!({"number": 80}))])]});
        assert_eq!(console(behind_ingress(&CHECK, rules)).fields(), ["spec.rules"]);
        let virtual_service = service("ClusterIP").with(json!({"kind": "VirtualService",
            "metadata": {"name": "edge"},
            "spec": {"gateways": ["mesh", "edge"], "http": [{"route": [{"destination": {"host": "web"}}]}]}}));
        assert_eq!(virtual_service.fields(), ["spec.gateways[1]"]);
        assert_eq!(
            virtual_service.message(),
            "the console kubernetes-dashboard can be reached through a VirtualService"
        );
        let host = |patch: Value| console(Case::of(&CHECK)).pod(patch);
        assert_eq!(host(json!({"hostNetwork": true})).fields(), ["spec.template.spec.hostNetwork"]);
        let port =
            console(Case::of(&CHECK)).container(json!({"ports": [{"containerPort": 80, "hostPort": 80}]}));
        assert_eq!(port.fields(), ["spec.template.spec.containers[0].ports[0].hostPort"]);
    }

    #[test]
    fn a_route_of_a_gateway_is_a_way_from_outside() {
        let by = |kind: &str, parent: Value| {
            let rules = json!([{"backendRefs": [{"name": "web", "port": 80}]}]);
            service("ClusterIP").with(json!({"kind": kind, "metadata": {"name": "web"},
                "spec": {"parentRefs": [{"kind": "Service", "group": "", "name": "web"}, parent], "rules": rules}}))
        };
        let route = by("HTTPRoute", json!({"name": "edge", "namespace": "infra"}));
        assert_eq!(route.message(), "the console kubernetes-dashboard can be reached through an HTTPRoute");
        assert_eq!(route.fields(), ["spec.parentRefs[1]"]);
        for (kind, shown) in [
            ("GRPCRoute", "a GRPCRoute"),
            ("TLSRoute", "a TLSRoute"),
            ("TCPRoute", "a TCPRoute"),
            ("UDPRoute", "a UDPRoute"),
        ] {
            let told = format!("the console kubernetes-dashboard can be reached through {shown}");
            assert_eq!(by(kind, json!({"name": "edge"})).message(), told);
        }
        let inside = json!({"kind": "Service", "group": "", "name": "web"});
        assert_eq!(by("HTTPRoute", inside).outcome(), Outcome::Pass, "of a mesh");
    }

    #[test]
    fn only_the_last_part_of_an_images_name_counts() {
        let of = |image: &str| service("LoadBalancer").container(json!({"image": image})).outcome();
        assert_eq!(of("ghcr.io/helm/tiller:v2"), Outcome::Fail);
        assert_eq!(of("registry.example/dashboard/web:1"), Outcome::NotApplicable);
        let own = service("LoadBalancer").parameters(json!({"images": ["own"]}));
        assert_eq!(own.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_ways_that_are_not_known_leave_it_open() {
        assert_eq!(console(Case::of(&CHECK)).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::NotApplicable);
    }
}

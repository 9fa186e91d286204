use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::dns_names::{HOSTNAME, INTERNAL, counts_annotations, counts_hosts, is_looked_at, said};
use crate::inventory::gateway::Reference;
use crate::inventory::metadata::Metadata;

/// Longest DNS name, without a dot at its end.
const LONGEST_NAME: usize = 253;

/// Longest part of one.
const LONGEST_LABEL: usize = 63;

check! {
    /// ## What it checks
    /// Every name that a Service, an Ingress or a route of a Gateway has ExternalDNS enter into the DNS can be one, and no
    /// Service and other object of the cluster ask for the same. Names are those of the annotations `external-dns.kubernetes.io/hostname` (before 0.22
    /// `external-dns.alpha.kubernetes.io/hostname`) and `internal-hostname`, and the hosts of an Ingress, in its rules and under `tls`, so far as its annotation
    /// `ingress-hostname-source` does not leave one of both out. Of an HTTPRoute, GRPCRoute or TLSRoute they are its
    /// `hostnames` and those of the annotation `hostname`, so far as `gateway-hostname-source` does not leave one of both
    /// out; of a TCPRoute or UDPRoute those of the annotation. An object of another controller (the annotation
    /// `controller`) is passed over. Two Ingresses may have one name, which has their controller's address, and so may two
    /// routes, and an Ingress and a route; with `set-identifier` two of any kind may.
    ///
    /// Which object of another namespace asks for the same is not told. Names of `internal-hostname` and of `tls` are not compared,
    /// and annotations of a prefix of one's own are not read. Neither are hosts of listeners, which are those of a route that
    /// names none and limit those that it names, nor the address that a Gateway's annotation `target` gives. Whether ExternalDNS runs and is responsible for the zone, and what the
    /// DNS answers, is not looked at yet: as long as that is so, the check is in no profile.
    ///
    /// ## Why it matters
    /// A name that cannot be one is never entered, and the provider may refuse everything else of the batch with it. Of
    /// two objects that ask for one name one wins, or the record changes back and forth, and users reach whichever it is.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   annotations: {external-dns.kubernetes.io/hostname: "https://www.shop.example"}
    /// spec:
    ///   type: LoadBalancer
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   annotations: {external-dns.kubernetes.io/hostname: "www.shop.example,shop.example"}
    /// spec:
    ///   type: LoadBalancer
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## How to fix
    /// Write names alone, separated by commas, without a scheme, a port or a path, into the annotation
    /// `external-dns.kubernetes.io/hostname`. Take the name away from the object that should not have it, or give
    /// each a `set-identifier` where both should answer.
    ///
    /// ## References
    /// - ExternalDNS documentation: Annotations; Ingress source; Gateway API Route Sources
    /// - RFC 1123, section 2.1: Host Names and Numbers
    name: "external-dns-record",
    family: Network,
    severity: Medium,
    title: "Names for the DNS are valid and asked for once",
    profiles: [],
    reads: [Service, Ingress, HttpRoute, GrpcRoute, TlsRoute, TcpRoute, UdpRoute],
    parameters: NoParameters,
    rule: Object([Ingress, Service, HttpRoute, GrpcRoute, TlsRoute, TcpRoute, UdpRoute], evaluate),
}

/// A name that is asked for, and where.
struct Asked<'a> {
    field: String,
    name: &'a str,
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let object = subject.object;
    if !is_looked_at(object.metadata()) {
        return Judgement::not_applicable("the object is another controller's");
    }
    let asked = asked(object);
    if asked.is_empty() {
        return Judgement::not_applicable("the object asks for no name in the DNS");
    }
    let mut statements: Vec<Statement> = Vec::new();
    for Asked { field, name } in asked.iter().filter(|asked| !is_name(asked.name)) {
        let message = format!("\"{}\" can be no name in the DNS", quoted(name, 80));
        statements.push(Statement::fail(at(field.clone()), message));
    }
    let records = subject.namespace.records_entered(object);
    let field = |name: &str| asked.iter().find(|asked| asked.name == name).map(|asked| asked.field.clone());
    for record in &records.found {
        let kind = record.kind;
        let who = match record.other {
            Some(name) => format!("{kind} {}", quoted(name, 63)),
            None => format!("a {kind} of another namespace"),
        };
        let message = format!("{who} asks for {} as well", quoted(record.name, 63));
        let field = field(record.name).unwrap_or_else(|| "metadata.annotations".to_owned());
        statements.push(Statement::fail(at(field), message));
    }
    if let Some(cause) = records.incomplete.filter(|_| statements.is_empty()) {
        let message = "whether another object asks for the same names in the DNS is not known";
        let first = asked.first().map_or_else(String::new, |asked| asked.field.clone());
        statements.push(Statement::unknown(cause, at(first), message));
    }
    statements.into_iter().collect()
}

/// Every name that the object asks for, once for each place.
fn asked(object: &Object) -> Vec<Asked<'_>> {
    let mut asked = Vec::new();
    let route = object.route();
    // For a route of a mesh nothing is entered.
    if route.is_some_and(|route| !route.spec.parent_refs.iter().any(Reference::is_gateway)) {
        return asked;
    }
    if counts_annotations(object) {
        asked.extend(listed(object.metadata(), HOSTNAME));
        // Of routes it is not read.
        asked.extend(route.is_none().then(|| listed(object.metadata(), INTERNAL)).into_iter().flatten());
    }
    if let Some(route) = route.filter(|_| counts_hosts(object)) {
        let hosts = route.spec.hostnames.iter().enumerate().filter(|(_, host)| !host.is_empty());
        asked.extend(
            hosts.map(|(index, host)| Asked { field: format!("spec.hostnames[{index}]"), name: host }),
        );
    }
    if let Object::Ingress(ingress) = object
        && counts_hosts(object)
    {
        let rules = ingress.spec.rules.iter().enumerate();
        let of_rules = rules.map(|(index, rule)| (format!("spec.rules[{index}].host"), rule.host.as_str()));
        let entries = ingress.spec.tls.iter().enumerate();
        let of_entries = entries.flat_map(|(index, entry)| {
            let hosts = entry.hosts.iter().enumerate();
            hosts.map(move |(place, host)| (format!("spec.tls[{index}].hosts[{place}]"), host.as_ref()))
        });
        let all = of_rules.chain(of_entries).filter(|(_, name)| !name.is_empty());
        asked.extend(all.map(|(field, name)| Asked { field, name }));
    }
    asked
}

/// The names that an annotation lists.
fn listed<'a>(metadata: &'a Metadata, annotation: &'static str) -> impl Iterator<Item = Asked<'a>> {
    let listed = said(metadata, annotation).into_iter();
    let names = listed.flat_map(|(key, list)| list.split(',').map(move |name| (key, name)));
    let names = names.map(|(key, name)| (key, name.trim().trim_end_matches('.')));
    let names = names.filter(|(_, name)| !name.is_empty());
    names.map(|(key, name)| Asked { field: format!("metadata.annotations[{key}]"), name })
}

/// Whether a record can have this name: a DNS name, or a wildcard for its first part. Underscores are taken by the DNS,
/// and by providers; a number at the end makes an address of it.
fn is_name(name: &str) -> bool {
    let below = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(is_inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = below.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    name.len() <= LONGEST_NAME && below.split('.').all(is_label) && !is_number
}

#[cfg(test)]
mod tests {
    use std::slice;

    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    const PREFIX: &str = "external-dns.alpha.kubernetes.io";

    fn service(name: &str, annotations: &[(&str, &str)]) -> Value {
        let annotations: serde_json::Map<_, _> =
            annotations.iter().map(|(key, word)| (format!("{PREFIX}/{key}"), json!(word))).collect();
        json!({"kind": "Service", "metadata": {"name": name, "annotations": annotations}, "spec": {}})
    }

    fn ingress(annotations: &[(&str, &str)]) -> Value {
        let mut ingress = service("edge", annotations);
        ingress["kind"] = json!("Ingress");
        ingress["spec"] = json!({"rules": [{"host": "a.example"}], "tls": [{"hosts": ["b..example"]}]});
        ingress
    }

    fn outcome(annotations: &[(&str, &str)]) -> Outcome {
        ObjectCase::of(&CHECK, service("web", annotations)).outcome()
    }

    #[test]
    fn names_are_names() {
        for name in
            ["a.example", "*.a.example", "A.Example.", "_x.a.example", "a.example, b.example,", "intern"]
        {
            assert_eq!(outcome(&[("hostname", name)]), Outcome::Pass, "{name}");
        }
        let long = format!("{}.example", "a".repeat(64));
        for name in [
            "https://a.example",
            "a.example:443",
            "a..example",
            "-a.example",
            "10.0.0.1",
            "a.*.example",
            "a b",
            &long,
        ] {
            assert_eq!(outcome(&[("hostname", name)]), Outcome::Fail, "{name}");
            assert_eq!(outcome(&[("internal-hostname", name)]), Outcome::Fail, "{name}");
        }
        assert_eq!(outcome(&[]), Outcome::NotApplicable);
        assert_eq!(outcome(&[("hostname", "a..example"), ("controller", "other")]), Outcome::NotApplicable);
    }

    #[test]
    fn of_an_ingress_the_hosts_that_count_do() {
        let fields = |source: &str| {
            let annotations = [("hostname", "c..example"), ("ingress-hostname-source", source)];
            ObjectCase::of(&CHECK, ingress(&annotations)).fields()
        };
        let (listed, host) = (format!("metadata.annotations[{HOSTNAME}]"), "spec.tls[0].hosts[0]".to_owned());
        assert_eq!(fields(""), [listed.clone(), host.clone()]);
        assert_eq!(fields("annotation-only"), [listed]);
        assert_eq!(fields("defined-hosts-only"), [host]);
    }

    #[test]
    fn a_name_is_asked_for_once() {
        let web = || ObjectCase::of(&CHECK, service("web", &[("hostname", "a.example,b.example")]));
        assert_eq!(web().outcome(), Outcome::Pass);
        let twin = web().with(service("old", &[("hostname", "b.example")]));
        assert_eq!(twin.message(), "Service old asks for b.example as well");
        assert_eq!(twin.fields(), [format!("metadata.annotations[{HOSTNAME}]")]);
        assert_eq!(web().with(ingress(&[])).message(), "Ingress edge asks for a.example as well");
        let silent = ingress(&[("ingress-hostname-source", "annotation-only")]);
        assert_eq!(web().with(silent).outcome(), Outcome::Pass);
        let mut hidden = service("old", &[("hostname", "a.example")]);
        hidden["metadata"]["namespace"] = json!("bank");
        assert_eq!(web().with(hidden).message(), "a Service of another namespace asks for a.example as well");
        for excuse in [("set-identifier", "blue"), ("controller", "other")] {
            let other = service("old", &[("hostname", "b.example"), excuse]);
            assert_eq!(web().with(other).outcome(), Outcome::Pass, "{excuse:?}");
        }
    }

    fn route(kind: &str, annotations: &[(&str, &str)], hostnames: Value) -> Value {
        let mut route = service("it", annotations);
        route["kind"] = json!(kind);
        route["spec"] = json!({"parentRefs": [{"name": "edge"}], "hostnames": hostnames});
        route
    }

    #[test]
    fn of_a_route_hosts_count_and_the_annotation() {
        let (listed, host) = (format!("metadata.annotations[{HOSTNAME}]"), "spec.hostnames[1]".to_owned());
        let fields = |kind: &str, source: &str| {
            let annotations = [
                ("hostname", "c..example"),
                ("internal-hostname", "d..example"),
                ("gateway-hostname-source", source),
            ];
            ObjectCase::of(&CHECK, route(kind, &annotations, json!(["a.example", "b..example"]))).fields()
        };
        for kind in ["HTTPRoute", "GRPCRoute", "TLSRoute"] {
            assert_eq!(fields(kind, ""), [listed.clone(), host.clone()], "{kind}");
            assert_eq!(fields(kind, "annotation-only"), slice::from_ref(&listed));
            assert_eq!(fields(kind, "defined-hosts-only"), slice::from_ref(&host));
        }
        for kind in ["TCPRoute", "UDPRoute"] {
            assert_eq!(fields(kind, ""), slice::from_ref(&listed), "{kind}");
        }
        let mut mesh = route("HTTPRoute", &[("hostname", "c..example")], json!([]));
        mesh["spec"]["parentRefs"] = json!([{"group": "", "kind": "Service", "name": "web"}]);
        assert_eq!(ObjectCase::of(&CHECK, mesh).outcome(), Outcome::NotApplicable);
        assert_eq!(
            ObjectCase::of(&CHECK, route("HTTPRoute", &[], json!([]))).outcome(),
            Outcome::NotApplicable
        );
    }

    #[test]
    fn a_name_of_a_route_is_no_services() {
        for kind in ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"] {
            let own = || route(kind, &[("hostname", "a.example")], json!([]));
            let web = || service("web", &[("hostname", "a.example")]);
            let taken = ObjectCase::of(&CHECK, own()).with(web());
            assert_eq!(taken.message(), "Service web asks for a.example as well");
            let of_service = ObjectCase::of(&CHECK, web()).with(own());
            assert_eq!(of_service.message(), format!("{kind} it asks for a.example as well"));
            let mut twin = own();
            twin["metadata"]["name"] = json!("twin");
            assert_eq!(ObjectCase::of(&CHECK, own()).with(twin).with(ingress(&[])).outcome(), Outcome::Pass);
            let broken = json!({"kind": kind, "metadata": {"name": "b", "namespace": "bank"}, "spec": 7});
            let beside = |object: Value| ObjectCase::of(&CHECK, object).with(broken.clone()).outcome();
            assert_eq!((beside(web()), beside(own())), (Outcome::Unknown, Outcome::Pass), "{kind}");
        }
    }

    #[test]
    fn what_is_not_loaded_is_not_known() {
        let web = || ObjectCase::of(&CHECK, service("web", &[("hostname", "a.example")]));
        assert_eq!(web().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let twin = web().with(service("old", &[("hostname", "a.example")]));
        assert_eq!(twin.coverage(Coverage::Partial).outcome(), Outcome::Fail);
    }
}

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::outcome::earlier;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{at, key_of, quoted};
use crate::checks::exposure::{Exposure, TlsUse, entries_for, ingress_key, rule_hosts};
use crate::checks::listeners::{Attached, Presented, conclude};
use crate::checks::material;
use crate::checks::mounted::Mounted;
use crate::checks::secret_use::{Materials, SecretUse, materials};
use crate::inventory::gateway::Gateway;
use crate::inventory::lookup::{Cause, SecretLookup};
use crate::inventory::object::{Ingress, Secret};
use crate::inventory::{Kind, Object, ObjectKey};

/// Parameters of `tls-secret-valid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a Secret of another type than `kubernetes.io/tls` fails; else it is Unknown, not being read.
    require_tls_type: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { require_tls_type: true }
    }
}

check! {
    /// ## What it checks
    /// Every Secret that an Ingress in front of the workload names for TLS exists, is of type
    /// `kubernetes.io/tls`, and holds what a server can use: certificates and a private key that can be read,
    /// a key that belongs to the first certificate, certificates in order (each followed by its issuer),
    /// names that cover the hosts of the entry (the common name does not count), RSA keys of at least
    /// 2048 bits or ECDSA keys of at least 256, no signature over SHA-1 or MD5. A certificate whose validity
    /// has not begun is Pending until it has; one near its end is the business of `tls-cert-expiry`. A key
    /// of an algorithm that is not known here is Unknown.
    ///
    /// The same holds for every Secret that a listener of a Gateway presents where it ends TLS, which is told of with the
    /// Gateway, by itself. The host is that of the listener; where it names none or a wildcard, the hosts of the routes at
    /// it that are below, those of other namespaces where a ClusterReadinessPolicy asks. Of several Secrets of a listener
    /// one for the host is enough, and a listener that has `options`, or a reference to something else than a Secret, may
    /// have a certificate that nobody sees. A Secret of another namespace counts where a ReferenceGrant lets the Gateway
    /// use it, and only a ClusterReadinessPolicy sees it.
    ///
    /// Of Secrets in volumes and variables of the pod those of type `kubernetes.io/tls` are judged, but for hosts; of other
    /// types none is demanded there. One of which only keys other than `tls.crt` become files or variables is left out, and
    /// so is one whose keys all become variables where it is not known.
    ///
    /// A Secret of type `kubernetes.io/tls` that no workload, Ingress or Gateway names is judged by itself, but for hosts:
    /// custom resources of controllers, which are not read, may name it.
    ///
    /// ## Why it matters
    /// A controller that cannot use a Secret serves its own certificate instead, or closes the connection:
    /// to clients the host is down, and nothing in the cluster says so.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   tls: [{hosts: [www.shop.example], secretName: web-tls}]
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: web-tls}
    /// type: kubernetes.io/tls
    /// stringData:
    ///   tls.crt: ""
    ///   tls.key: ""
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
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   tls: [{hosts: [www.shop.example], secretName: web-tls}]
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: web-tls}
    /// type: kubernetes.io/tls
    /// stringData:
    ///   tls.crt: |
    ///     -----BEGIN CERTIFICATE-----
    ///     MIIBDDCBv6ADAgECAgEBMAUGAytlcDAPMQ0wCwYDVQQDDARzaG9wMCAXDTI1MDEw
    ///     MTAwMDAwMFoYDzIxMjUwMTAxMDAwMDAwWjAPMQ0wCwYDVQQDDARzaG9wMCowBQYD
    ///     K2VwAyEAxDG/33XhGYSs7UyZkR13TFMY8fsrlbrIkWipGk2ekkqjPjA8MBsGA1Ud
    ///     EQQUMBKCEHd3dy5zaG9wLmV4YW1wbGUwHQYDVR0OBBYEFKouUNA7i3V9YHtnqFsg
    ///     PjiaCq7fMAUGAytlcANBAL+oaWTmHCrCmQbJGLj1tNAfu8jn4mjdbu+ENZbFB/9x
    ///     HKgMkI6aztAzP385j9PDAVjSyirf2mx2r3LQM1fIFQk=
    ///     -----END CERTIFICATE-----
    ///   tls.key: |
    ///     -----BEGIN PRIVATE KEY-----
    ///     MC4CAQAwBQYDK2VwBCIEILDHodGMY9AVgcYrKcnItQUHwbnQyPNsb1FDobS2rhIW
    ///     -----END PRIVATE KEY-----
    /// ```
    ///
    /// ## How to fix
    /// Make the Secret (`tls.crt` and `tls.key`) anew with `kubectl create secret tls`, from the certificate
    /// with its intermediate certificates behind it and the key it was made for, or let cert-manager do so. Ask
    /// for a certificate whose subject alternative names list every host of the Ingress.
    ///
    /// ## Parameters
    /// - `requireTlsType`: whether a Secret of another type fails (default true); else it is Unknown, for
    ///   Secrets of other types are not read.
    ///
    /// ## References
    /// - Kubernetes documentation: TLS Secrets
    /// - RFC 6125: names of services in certificates
    name: "tls-secret-valid",
    family: Tls,
    severity: Critical,
    title: "TLS Secrets hold a certificate and key that work",
    profiles: [Membership::of(Profile::Standard)],
    reads: [Namespace, Service, Ingress, Secret, Gateway, HttpRoute, GrpcRoute, TlsRoute, ReferenceGrant],
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [Ingress, Gateway, Secret] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let exposure = Exposure::of(subject);
    let in_use = exposure.tls_uses();
    let mounted = Mounted::by(subject, in_use.iter().map(|used| &used.secret));
    let (statements, next_change) = of_materials(&mounted.materials, subject.now);
    let judgement = judge(&exposure, &in_use, parameters);
    mounted.conclude(judgement, statements, next_change)
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    match subject.object {
        Object::Gateway(gateway) => return of_gateway(subject, gateway, parameters),
        Object::Secret(secret) => return of_secret(subject, secret),
        _ => {}
    }
    let exposure = Exposure::alone(subject);
    judge(&exposure, &exposure.tls_uses(), parameters)
}

/// What is wrong with a Secret that nothing names: where something does, that is where it is told.
fn of_secret(subject: &ObjectSubject<'_>, secret: &Secret) -> Judgement {
    let (name, facts) = (&secret.metadata.name, &secret.facts);
    if !facts.is_tls() {
        return Judgement::not_applicable("the Secret is not of type kubernetes.io/tls");
    }
    let namespace = &subject.namespace;
    if !namespace.ingresses_with_secret(name).found.is_empty()
        || !namespace.gateways_presenting(name).found.is_empty()
    {
        return Judgement::not_applicable("an Ingress or a Gateway names the Secret, and is judged with it");
    }
    let key = key_of(Kind::Secret, &secret.metadata);
    let Some(material) = facts.tls.as_ref().filter(|_| facts.has_shape()) else {
        let message = "what the Secret holds cannot be read";
        return Statement::unknown(Cause::Undecidable, at("data"), message).into();
    };
    let (statements, next_change) = of_materials(&Materials::from([(key, material)]), subject.now);
    Judgement { statements, not_applicable: None, next_change }
}

fn judge(exposure: &Exposure<'_>, in_use: &[TlsUse<'_>], parameters: &Parameters) -> Judgement {
    let secrets = || in_use.iter().map(|used| &used.secret);
    let mut statements: Vec<_> = secrets().filter_map(|used| of_use(used, parameters)).collect();
    let (of_materials, next_change) = of_materials(&materials(secrets()), exposure.now);
    statements.extend(of_materials);
    for ingress in &exposure.ingresses {
        let in_use = in_use.iter().filter(|used| std::ptr::eq(used.ingress, *ingress));
        statements.extend(hosts_not_covered(ingress, &in_use.collect::<Vec<_>>()));
    }
    let nothing = in_use.is_empty().then_some("no Ingress in front of this workload names a Secret");
    exposure.conclude(statements, CHECK.severity, nothing, next_change)
}

fn of_gateway<'a>(subject: &ObjectSubject<'a>, gateway: &'a Gateway, parameters: &Parameters) -> Judgement {
    let presented = Presented::by(subject, gateway);
    let secrets = || presented.iter().flat_map(|one| &one.secrets);
    let mut statements: Vec<_> = secrets().filter_map(|used| of_use(used, parameters)).collect();
    let (of_materials, next_change) = of_materials(&materials(secrets()), subject.now);
    statements.extend(of_materials);
    let attached = Attached::to(subject, gateway, &[Kind::HttpRoute, Kind::GrpcRoute, Kind::TlsRoute]);
    for one in &presented {
        statements.extend(hosts_not_presented(one, gateway, &attached));
    }
    let nothing = secrets().next().is_none().then_some("no listener presents a Secret");
    conclude(&presented, nothing, statements, next_change)
}

/// What is wrong with certificates and keys, whoever uses them, and when that changes.
fn of_materials(materials: &Materials<'_>, now: Timestamp) -> (Vec<Statement>, Option<Timestamp>) {
    let (mut statements, mut next_change) = (Vec::new(), None);
    for (key, material) in materials {
        let faults = material::faults(material).into_iter().chain(material::validity(material));
        statements.extend(faults.map(|statement| statement.about(key.clone())));
        let begin = material::begin(material, now);
        next_change = earlier(next_change, begin.as_ref().map(|(moment, _)| *moment));
        statements.extend(begin.map(|(_, statement)| statement.about(key.clone())));
    }
    (statements, next_change)
}

/// What is wrong with a Secret that is named, before anybody looks into it.
fn of_use(used: &SecretUse<'_>, parameters: &Parameters) -> Option<Statement> {
    let name = &used.name;
    match used.found {
        SecretLookup::Found(_) => None,
        SecretLookup::Missing => {
            Some(used.named(|field| Statement::fail(field, format!("Secret {name} does not exist"))))
        }
        SecretLookup::OtherType if parameters.require_tls_type => {
            let message = format!("Secret {name} is not of type kubernetes.io/tls");
            Some(used.named(|field| Statement::fail(field, message)))
        }
        SecretLookup::OtherType => Some(used.not_read()),
        SecretLookup::Unknown(cause) => Some(used.not_known(cause)),
    }
}

/// The hosts of one Ingress that are served with a certificate for other names.
fn hosts_not_covered(ingress: &Ingress, in_use: &[&TlsUse<'_>]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for used in in_use {
        let Some(material) = used.secret.with_leaf() else { continue };
        for (place, host) in used.entry.hosts.iter().enumerate() {
            if !material.covers(host) {
                let field = format!("spec.tls[{}].hosts[{place}]", used.index);
                statements.push(not_covered(ingress, field, host, &used.entry.secret_name));
            }
        }
    }
    statements.extend(rule_hosts(ingress).iter().filter_map(|rule| {
        let (used, host) = (chosen_by_controller(ingress, rule.host, in_use)?, rule.host);
        Some(not_covered(ingress, rule.field(), host, &used.entry.secret_name))
    }));
    statements
}

/// The hosts of a listener for which none of its certificates is. Where it may have another, or one cannot be read,
/// that may be the one.
fn hosts_not_presented(one: &Presented<'_>, gateway: &Gateway, attached: &Attached<'_>) -> Vec<Statement> {
    let materials: Option<Vec<_>> = one.secrets.iter().map(SecretUse::with_leaf).collect();
    let Some(materials) = materials.filter(|_| !one.may_be_more) else { return Vec::new() };
    let first = one.secrets.first().map_or("", |secret| &secret.name);
    let is_covered = |host: &str| materials.iter().any(|material| material.covers(host));
    let not_covered = |field: String, host: &str, key: ObjectKey| {
        let message = format!("the certificate in Secret {first} is not for the host {}", quoted(host, 100));
        Statement::fail(Field::Object(field.into()), message).about(key)
    };
    let own = one.listener.hostname.as_str();
    if is_covered(own) {
        return Vec::new();
    }
    if !own.is_empty() && !own.starts_with('*') {
        let key = key_of(Kind::Gateway, &gateway.metadata);
        return vec![not_covered(format!("spec.listeners[{}].hostname", one.index), own, key)];
    }
    // The hosts of routes are those that are served, so far as the listener is for them.
    let (mut statements, routes) = (Vec::new(), attached.at(one.listener));
    for (kind, route) in routes.found {
        for (place, host) in route.spec.hostnames.iter().enumerate() {
            if is_below(host, own) && !is_covered(host) {
                let key = key_of(kind, &route.metadata);
                statements.push(not_covered(format!("spec.hostnames[{place}]"), host, key));
            }
        }
    }
    if let Some(cause) = routes.incomplete.filter(|_| statements.is_empty()) {
        let name = quoted(&one.listener.name, 63);
        let message = format!("for which hosts there are routes at the listener {name} is not known");
        statements.push(Statement::unknown(cause, at(format!("spec.listeners[{}]", one.index)), message));
    }
    statements
}

/// Whether a listener with this hostname, a wildcard or none, is for a host. A wildcard of the Gateway API stands for any
/// number of labels.
fn is_below(host: &str, wildcard: &str) -> bool {
    let under = wildcard.trim_start_matches('*');
    host.to_ascii_lowercase().ends_with(&under.to_ascii_lowercase())
}

/// The first of the entries without hosts that a host is left to, when no certificate of theirs covers it.
/// The controller picks among them, so one that covers it is enough, and one that is not known may be that.
fn chosen_by_controller<'a, 'b>(
    ingress: &Ingress,
    host: &str,
    in_use: &'b [&TlsUse<'a>],
) -> Option<&'b TlsUse<'a>> {
    let left_to = entries_for(ingress, host);
    let is_settled =
        |used: &TlsUse<'_>| used.secret.with_leaf().is_some_and(|material| !material.covers(host));
    let mut first = None;
    for (index, _) in left_to.iter().filter(|(_, entry)| entry.hosts.is_empty() && !host.is_empty()) {
        let used = in_use.iter().find(|used| used.index == *index).filter(|used| is_settled(used))?;
        first = first.or(Some(*used));
    }
    first
}

fn not_covered(ingress: &Ingress, field: String, host: &str, secret: &str) -> Statement {
    let message = format!("the certificate in Secret {secret} is not for the host {host}");
    Statement::fail(Field::Object(field.into()), message).about(ingress_key(ingress))
}

#[cfg(test)]
mod tests;

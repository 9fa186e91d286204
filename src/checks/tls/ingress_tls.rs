use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Outcome, Statement, WorkloadSubject};
use crate::checks::exposure::{Exposure, RuleHost, TlsUse, entries_for, ingress_key, rule_hosts};
use crate::inventory::lookup::SecretLookup;
use crate::inventory::object::{Ingress, IngressTls};

/// Parameters of `ingress-tls`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Ingress classes whose controller has a certificate of its own for `tls` entries that name no Secret.
    default_cert_classes: Vec<String>,
}

check! {
    /// ## What it checks
    /// Every host of every Ingress is covered by an entry of `spec.tls`, and
    /// that entry names a Secret that exists. A wildcard covers one label, so `*.shop.example` covers
    /// `www.shop.example` and neither `shop.example` nor `a.b.shop.example`. An entry without `hosts` leaves
    /// the hosts to the controller and counts for those that no other entry covers. An entry without a
    /// Secret counts only for the classes in `defaultCertClasses`. What the Secret holds is the business of
    /// `tls-secret-valid` and `tls-cert-expiry`.
    ///
    /// ## Why it matters
    /// A host without TLS is served in plain text: everybody on the way reads and changes passwords,
    /// cookies and pages. A host whose Secret is missing is served with the controller's own certificate,
    /// which no client trusts.
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
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
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
    /// data: {tls.crt: "", tls.key: ""}
    /// ```
    ///
    /// ## How to fix
    /// Add an entry to `spec.tls` of the Ingress that lists the host and names a Secret of type
    /// `kubernetes.io/tls`, and create that Secret, or let cert-manager do so.
    ///
    /// ## Parameters
    /// - `defaultCertClasses`: Ingress classes whose controller has a certificate of its own for entries
    ///   that name no Secret (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Ingress, TLS
    name: "ingress-tls",
    family: Tls,
    severity: High,
    title: "Every host of an Ingress has TLS",
    profiles: [Membership::of(Profile::Standard)],
    reads: [Service, Ingress, Secret],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [Ingress] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    judge(&Exposure::of(subject), parameters)
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    judge(&Exposure::alone(subject), parameters)
}

fn judge(exposure: &Exposure<'_>, parameters: &Parameters) -> Judgement {
    let in_use = exposure.tls_uses();
    let mut statements = Vec::new();
    for ingress in &exposure.ingresses {
        let in_use: Vec<_> = in_use.iter().filter(|used| std::ptr::eq(used.ingress, *ingress)).collect();
        let has_default = has_default_certificate(ingress, parameters);
        for host in rule_hosts(ingress) {
            let statement = of_host(ingress, &host, &in_use, has_default);
            // One fault of an entry is one finding, however many hosts it covers.
            statements.extend(statement.filter(|statement| !statements.contains(statement)));
        }
    }
    exposure.conclude(statements, CHECK.severity, None, None)
}

fn has_default_certificate(ingress: &Ingress, parameters: &Parameters) -> bool {
    let classes = &parameters.default_cert_classes;
    ingress.class().is_some_and(|class| classes.iter().any(|known| known == class))
}

/// What is wrong with the TLS of one host: nothing if one of its entries is in good order, else the least
/// certain fault.
fn of_host(
    ingress: &Ingress,
    host: &RuleHost<'_>,
    in_use: &[&TlsUse<'_>],
    has_default: bool,
) -> Option<Statement> {
    let mut faults = Vec::new();
    for (index, entry) in entries_for(ingress, host.host) {
        let used = in_use.iter().find(|used| used.index == index);
        faults.push(of_entry(ingress, (index, entry), used.copied(), has_default)?);
    }
    let is_unknown = |fault: &Statement| fault.outcome == Outcome::Unknown;
    let worst = faults.iter().position(is_unknown).unwrap_or(0);
    Some(faults.into_iter().nth(worst).unwrap_or_else(|| not_covered(ingress, host)))
}

fn not_covered(ingress: &Ingress, host: &RuleHost<'_>) -> Statement {
    let message = match host.host {
        "" => "the Ingress serves every host, and no entry of spec.tls is for every host".to_owned(),
        host => format!("no entry of spec.tls covers the host {host}"),
    };
    Statement::fail(Field::Object(host.field().into()), message).about(ingress_key(ingress))
}

/// What is wrong with one `tls` entry, if anything.
fn of_entry(
    ingress: &Ingress,
    (index, entry): (usize, &IngressTls),
    used: Option<&TlsUse<'_>>,
    has_default: bool,
) -> Option<Statement> {
    let Some(used) = used else {
        let message = "the entry names no Secret, and its class is not among defaultCertClasses";
        let field = Field::Object(format!("spec.tls[{index}]").into());
        return (!has_default).then(|| Statement::fail(field, message).about(ingress_key(ingress)));
    };
    match used.secret.found {
        SecretLookup::Found(_) | SecretLookup::OtherType => None,
        SecretLookup::Missing => {
            let message = format!("Secret {} does not exist", entry.secret_name);
            Some(used.secret.named(|field| Statement::fail(field, message)))
        }
        SecretLookup::Unknown(cause) => Some(used.secret.not_known(cause)),
    }
}

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::outcome::earlier;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::exposure::{Exposure, TlsUse, entries_for, ingress_key, rule_hosts};
use crate::checks::material;
use crate::inventory::certificate::TlsMaterial;
use crate::inventory::lookup::{Cause, SecretLookup};
use crate::inventory::object::Ingress;

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
    let mut statements: Vec<_> = in_use.iter().filter_map(|used| of_use(used, parameters)).collect();
    let mut next_change = None;
    let found = in_use.iter().filter_map(|used| Some((used.secret_key(), material_of(used)?)));
    for (key, material) in found.collect::<BTreeMap<_, _>>() {
        let faults = material::faults(material).into_iter().chain(material::validity(material));
        statements.extend(faults.map(|statement| statement.about(key.clone())));
        let begin = material::begin(material, exposure.now);
        next_change = earlier(next_change, begin.as_ref().map(|(moment, _)| *moment));
        statements.extend(begin.map(|(_, statement)| statement.about(key)));
    }
    for ingress in &exposure.ingresses {
        let in_use = in_use.iter().filter(|used| std::ptr::eq(used.ingress, *ingress));
        statements.extend(hosts_not_covered(ingress, &in_use.collect::<Vec<_>>()));
    }
    let nothing = in_use.is_empty().then_some("no Ingress in front of this workload names a Secret");
    exposure.conclude(statements, CHECK.severity, nothing, next_change)
}

/// What is wrong with the Secret that an entry names, before anybody looks into it.
fn of_use(used: &TlsUse<'_>, parameters: &Parameters) -> Option<Statement> {
    let name = &used.entry.secret_name;
    match used.secret {
        SecretLookup::Found(_) => None,
        SecretLookup::Missing => {
            Some(used.named(|field| Statement::fail(field, format!("Secret {name} does not exist"))))
        }
        SecretLookup::OtherType if parameters.require_tls_type => {
            let message = format!("Secret {name} is not of type kubernetes.io/tls");
            Some(used.named(|field| Statement::fail(field, message)))
        }
        SecretLookup::OtherType => {
            let message = format!("Secret {name} is of a type that is not read");
            Some(used.named(|field| Statement::unknown(Cause::Undecidable, field, message)))
        }
        SecretLookup::Unknown(cause) => Some(used.not_known(cause)),
    }
}

fn material_of<'a>(used: &TlsUse<'a>) -> Option<&'a TlsMaterial> {
    match used.secret {
        SecretLookup::Found(secret) => secret.facts.tls.as_ref(),
        _ => None,
    }
}

/// The hosts of one Ingress that are served with a certificate for other names.
fn hosts_not_covered(ingress: &Ingress, in_use: &[&TlsUse<'_>]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for used in in_use {
        let Some(material) = material_of(used).filter(|material| material.leaf().is_some()) else { continue };
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

/// The first of the entries without hosts that a host is left to, when no certificate of theirs covers it.
/// The controller picks among them, so one that covers it is enough, and one that is not known may be that.
fn chosen_by_controller<'a, 'b>(
    ingress: &Ingress,
    host: &str,
    in_use: &'b [&TlsUse<'a>],
) -> Option<&'b TlsUse<'a>> {
    let left_to = entries_for(ingress, host);
    let is_settled = |used: &TlsUse<'_>| {
        material_of(used).is_some_and(|material| material.leaf().is_some() && !material.covers(host))
    };
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

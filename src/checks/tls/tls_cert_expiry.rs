use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::outcome::earlier;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Severity, Statement, WorkloadSubject};
use crate::checks::exposure::Exposure;
use crate::inventory::certificate::{CertificateFacts, DataKey, TlsMaterial, TlsProblem};
use crate::inventory::lookup::{Cause, SecretLookup};

/// Parameters of `tls-cert-expiry`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Days before its end from which a certificate is reported, at most the last 25 % of its lifetime.
    warn_days: u16,
    /// Days before its end from which a certificate fails, at most the last 10 % of its lifetime.
    fail_days: u16,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { warn_days: 30, fail_days: 7 }
    }
}

check! {
    /// ## What it checks
    /// No certificate in the chains that the Ingresses in front of the workload use is near its end. Three
    /// grades: Low from 30 days before the end (at most the last 25 % of the certificate's lifetime), the
    /// check's own severity, High, from 7 days before it (at most the last 10 %), Critical once it has ended.
    /// A severity that a policy sets replaces all three. So a certificate of six days passes as long as it
    /// is renewed in time, and one of 90 days that is renewed after 60 is never reported.
    ///
    /// ## Why it matters
    /// Clients refuse an ended certificate, so the whole host is down at once. Renewal is mostly automatic,
    /// and mostly nobody notices when it stops.
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
    ///   tls.crt: |
    ///     -----BEGIN CERTIFICATE-----
    ///     MIIBDDCBv6ADAgECAgEBMAUGAytlcDAQMQ4wDAYDVQQDDAVlbmRlZDAeFw0yNDAx
    ///     MDEwMDAwMDBaFw0yNDA0MDEwMDAwMDBaMBAxDjAMBgNVBAMMBWVuZGVkMCowBQYD
    ///     K2VwAyEAxDG/33XhGYSs7UyZkR13TFMY8fsrlbrIkWipGk2ekkqjPjA8MBsGA1Ud
    ///     EQQUMBKCEHd3dy5zaG9wLmV4YW1wbGUwHQYDVR0OBBYEFKouUNA7i3V9YHtnqFsg
    ///     PjiaCq7fMAUGAytlcANBADMIl6s3uE5jtjxkD6UVpe4h+WoFEmBdyfy+K1g/GM0e
    ///     sjCVx3k8uwGY4I1yw0nfZyfTbvTWKaJZudbdiLly2Ag=
    ///     -----END CERTIFICATE-----
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
    ///   tls.key: ""
    /// ```
    ///
    /// ## How to fix
    /// Renew the certificate and replace `tls.crt` and `tls.key` of the Secret. Where cert-manager does that,
    /// look at the Certificate's conditions and events: they say why it did not.
    ///
    /// ## Parameters
    /// - `warnDays`: days before the end from which a certificate is reported with severity Low (default 30).
    /// - `failDays`: days before the end from which it fails (default 7).
    ///
    /// ## References
    /// - RFC 5280, section 4.1.2.5: Validity
    /// - cert-manager documentation: Certificate, renewal
    name: "tls-cert-expiry",
    family: Tls,
    severity: High,
    title: "Certificates are renewed well before they end",
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
    let mut statements = Vec::new();
    let mut next_change = None;
    let mut nothing = Some("there is no certificate in front of this workload");
    let mut chains = BTreeMap::new();
    for used in exposure.tls_uses() {
        match used.secret {
            SecretLookup::Found(secret) => {
                let tls = secret.facts.tls.as_ref();
                chains.extend(tls.map(|tls| (used.secret_key(), tls)));
            }
            SecretLookup::OtherType => {
                let message = format!("Secret {} is of a type that is not read", used.entry.secret_name);
                statements.push(used.named(|field| Statement::unknown(Cause::Undecidable, field, message)));
            }
            // Where there is nothing, nothing can end; that it is missing is the finding of other checks.
            SecretLookup::Missing => {}
            SecretLookup::Unknown(cause) => statements.push(used.not_known(cause)),
        }
    }
    for (key, material) in chains {
        let expiry = Expiry::of(material, exposure.now, parameters);
        statements.extend(expiry.statement.map(|statement| statement.about(key.clone())));
        statements.extend(unread(material).map(|statement| statement.about(key)));
        next_change = earlier(next_change, expiry.next_change);
        if !material.chain.is_empty() {
            nothing = None;
        }
    }
    exposure.conclude(statements, CHECK.severity, nothing, next_change)
}

/// How near its end a certificate is; a greater one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Far,
    Warn,
    Fail,
    Ended,
}

/// The moments at which one certificate reaches its stages.
struct Course {
    warn: Timestamp,
    fail: Timestamp,
    end: Timestamp,
}

impl Course {
    fn of(certificate: &CertificateFacts, parameters: &Parameters) -> Self {
        let end = certificate.not_after;
        let lifetime = end.duration_since(certificate.not_before).as_secs().max(0);
        let before_end = |days: u16, share: i64| {
            // Whole seconds, for the moment is part of a message.
            let seconds = (i64::from(days) * 24 * 60 * 60).min(lifetime / share);
            end.saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(end)
        };
        Self { warn: before_end(parameters.warn_days, 4), fail: before_end(parameters.fail_days, 10), end }
    }

    /// A stage begins at its moment, so that a timer that rings then sees it.
    fn stage(&self, now: Timestamp) -> Stage {
        if now >= self.end {
            Stage::Ended
        } else if now >= self.fail {
            Stage::Fail
        } else if now >= self.warn {
            Stage::Warn
        } else {
            Stage::Far
        }
    }

    fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let stage = self.stage(now);
        [self.warn, self.fail, self.end].into_iter().filter(|at| *at > now && self.stage(*at) != stage).min()
    }
}

/// What is to be said of one chain: its worst certificate, and of equally bad ones the first to end.
struct Expiry {
    statement: Option<Statement>,
    next_change: Option<Timestamp>,
}

impl Expiry {
    fn of(material: &TlsMaterial, now: Timestamp, parameters: &Parameters) -> Self {
        let courses =
            || material.chain.iter().map(|certificate| Course::of(certificate, parameters)).zip(1..);
        let worst = courses().min_by_key(|(course, _)| (std::cmp::Reverse(course.stage(now)), course.end));
        let next_change = courses().filter_map(|(course, _)| course.next_change(now)).min();
        Self { statement: worst.and_then(|(course, place)| statement(&course, place, now)), next_change }
    }
}

fn statement(course: &Course, place: usize, now: Timestamp) -> Option<Statement> {
    let Course { warn, fail, end } = course;
    let fault = |message| Statement::fail(Field::Object("data[tls.crt]".into()), message);
    match course.stage(now) {
        Stage::Far => None,
        Stage::Warn => {
            let message =
                format!("certificate {place} of tls.crt ends at {end}; its renewal is due since {warn}");
            Some(fault(message).graded(Severity::Low))
        }
        Stage::Fail => {
            Some(fault(format!("certificate {place} of tls.crt ends at {end}; it was not renewed by {fail}")))
        }
        Stage::Ended => {
            let message = format!("certificate {place} of tls.crt ended at {end}");
            Some(fault(message).graded(Severity::Critical))
        }
    }
}

/// What is to be said when not every certificate could be read.
fn unread(material: &TlsMaterial) -> Option<Statement> {
    let is_unread = |problem: &TlsProblem| match problem {
        TlsProblem::Malformed(key) | TlsProblem::TooLarge(key) | TlsProblem::NotPem(key) => {
            *key == DataKey::Certificate
        }
        TlsProblem::NoCertificate
        | TlsProblem::TooManyCertificates
        | TlsProblem::CertificateUnparsable { .. } => true,
        TlsProblem::Missing(_)
        | TlsProblem::Empty(_)
        | TlsProblem::KeyEncrypted
        | TlsProblem::NoPrivateKey
        | TlsProblem::KeyUnparsable => false,
    };
    let problem = material.problems.iter().find(|problem| is_unread(problem))?;
    let message = format!("when the certificate ends is not known in full: {problem}");
    Some(Statement::unknown(Cause::Undecidable, Field::Object("data[tls.crt]".into()), message))
}

#[cfg(test)]
mod tests;

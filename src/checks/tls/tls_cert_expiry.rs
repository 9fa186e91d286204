use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::outcome::earlier;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Severity, Statement, WorkloadSubject};
use crate::checks::around::at;
use crate::checks::exposure::{Exposure, TlsUse};
use crate::checks::hooks::judge_asked;
use crate::checks::listeners::{self, Presented};
use crate::checks::material;
use crate::checks::mounted::Mounted;
use crate::checks::secret_use::{Materials, SecretUse, materials};
use crate::inventory::Object;
use crate::inventory::certificate::{CertificateFacts, TlsMaterial};
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
    /// The same holds for the chains that listeners of a Gateway present, told of with the Gateway, by itself, for those in
    /// Secrets of type `kubernetes.io/tls` in volumes and variables of the pod, and for each `caBundle` by which the API server knows the
    /// workload (admission webhooks, APIServices, conversion of custom resources): it ends with the last of its
    /// certificates. A Secret of another namespace than the Gateway's is seen by a ClusterReadinessPolicy only.
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
    /// look at the Certificate's conditions and events: they say why it did not. Put the new certificate of whoever signs
    /// into a `caBundle` before the old one ends; both may stand in it meanwhile.
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
    reads: [
        Service, Ingress, Secret, Gateway, ReferenceGrant, ValidatingWebhookConfiguration,
        MutatingWebhookConfiguration, ApiService, CustomResourceDefinition,
    ],
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [Ingress, Gateway] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let exposure = Exposure::of(subject);
    let in_use = exposure.tls_uses();
    let mounted = Mounted::by(subject, in_use.iter().map(|used| &used.secret));
    let (statements, next_change) = of_materials(&mounted.materials, subject.now, parameters);
    let judgement = mounted.conclude(judge(&exposure, &in_use, parameters), statements, next_change);
    judgement.and(of_bundles(subject, parameters))
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Object::Gateway(gateway) = subject.object {
        let presented = Presented::by(subject, gateway);
        let secrets = || presented.iter().flat_map(|one| &one.secrets);
        let mut statements: Vec<_> = secrets().filter_map(of_use).collect();
        let materials = materials(secrets());
        let (of_materials, next_change) = of_materials(&materials, subject.now, parameters);
        statements.extend(of_materials);
        let is_empty = materials.values().all(|material| material.chain.is_empty());
        let nothing = is_empty.then_some("no listener presents a certificate");
        return listeners::conclude(&presented, nothing, statements, next_change);
    }
    let exposure = Exposure::alone(subject);
    judge(&exposure, &exposure.tls_uses(), parameters)
}

fn judge(exposure: &Exposure<'_>, in_use: &[TlsUse<'_>], parameters: &Parameters) -> Judgement {
    let secrets = || in_use.iter().map(|used| &used.secret);
    let mut statements: Vec<_> = secrets().filter_map(of_use).collect();
    let materials = materials(secrets());
    let (of_materials, next_change) = of_materials(&materials, exposure.now, parameters);
    statements.extend(of_materials);
    let is_empty = materials.values().all(|material| material.chain.is_empty());
    let nothing = is_empty.then_some("there is no certificate in front of this workload");
    exposure.conclude(statements, CHECK.severity, nothing, next_change)
}

/// What is not known of a Secret that is named.
fn of_use(used: &SecretUse<'_>) -> Option<Statement> {
    match used.found {
        // Where there is nothing, nothing can end; that it is missing is the finding of other checks.
        SecretLookup::Found(_) | SecretLookup::Missing => None,
        SecretLookup::OtherType => Some(used.not_read()),
        SecretLookup::Unknown(cause) => Some(used.not_known(cause)),
    }
}

/// What is to be said of chains, whoever uses them, and when that changes.
fn of_materials(
    materials: &Materials<'_>,
    now: Timestamp,
    parameters: &Parameters,
) -> (Vec<Statement>, Option<Timestamp>) {
    let (mut statements, mut next_change) = (Vec::new(), None);
    for (key, material) in materials {
        let expiry = Expiry::of(material, now, parameters);
        statements.extend(expiry.statement.map(|statement| statement.about(key.clone())));
        statements.extend(unread(material).map(|statement| statement.about(key.clone())));
        next_change = earlier(next_change, expiry.next_change);
    }
    (statements, next_change)
}

/// What is to be said of the bundles by which the API server knows the workload. One ends with the last of its
/// certificates: the others are there for the time before or after that one.
fn of_bundles(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let mut next_change = None;
    let judgement = judge_asked(subject, CHECK.severity, |asked| {
        let certificates = asked.bundle.into_iter().flat_map(|bundle| &bundle.certificates);
        let Some(last) = certificates.max_by_key(|one| one.not_after) else { return Vec::new() };
        let course = Course::of(last, parameters);
        next_change = earlier(next_change, course.next_change(subject.now));
        let what = format!("the caBundle of {}", asked.what);
        statement(&course, &what, at(format!("{}.caBundle", asked.path)), subject.now).into_iter().collect()
    });
    Judgement { next_change, ..judgement }
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
        let statement = worst.and_then(|(course, place)| {
            let what = format!("certificate {place} of tls.crt");
            statement(&course, &what, Field::Object("data[tls.crt]".into()), now)
        });
        Self { statement, next_change }
    }
}

fn statement(course: &Course, what: &str, field: Field, now: Timestamp) -> Option<Statement> {
    let Course { warn, fail, end } = course;
    let fault = |message| Statement::fail(field, message);
    match course.stage(now) {
        Stage::Far => None,
        Stage::Warn => {
            let message = format!("{what} ends at {end}; its renewal is due since {warn}");
            Some(fault(message).graded(Severity::Low))
        }
        Stage::Fail => Some(fault(format!("{what} ends at {end}; it was not renewed by {fail}"))),
        Stage::Ended => Some(fault(format!("{what} ended at {end}")).graded(Severity::Critical)),
    }
}

/// What is to be said when not every certificate could be read.
fn unread(material: &TlsMaterial) -> Option<Statement> {
    let problem = material::unread(material)?;
    let message = format!("when the certificate ends is not known in full: {problem}");
    Some(Statement::unknown(Cause::Undecidable, Field::Object("data[tls.crt]".into()), message))
}

#[cfg(test)]
mod tests;

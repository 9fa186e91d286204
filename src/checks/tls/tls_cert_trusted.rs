use std::cell::LazyCell;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::outcome::earlier;
use crate::catalogue::{Field, Judgement, ObjectSubject, Outcome, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::authorities::{self, Authorities};
use crate::checks::exposure::{Exposure, TlsUse};
use crate::checks::hooks::judge_asked;
use crate::checks::listeners::{self, Presented};
use crate::checks::material;
use crate::checks::mounted::Mounted;
use crate::checks::secret_use::{Materials, SecretUse, materials};
use crate::inventory::Object;
use crate::inventory::certificate::{CaBundle, PublicTrust, TlsMaterial};
use crate::inventory::lookup::{Cause, SecretLookup};

/// How the names of authorities begin that issue for tests only and that no client trusts: those of Let's Encrypt's
/// staging environment (letsencrypt.org/docs/staging-environment), and what they were called before 2020.
const STAGING: &[&str] = &["(STAGING) ", "Fake LE "];

/// Parameters of `tls-cert-trusted`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Certificates of authorities that are trusted beside the public ones: texts in PEM, each of at most 10.
    ca_bundles: Authorities,
}

check! {
    /// ## What it checks
    /// The chains that the Ingresses in front of the workload use lead to an authority that clients trust: a public root,
    /// or one that the policy lists. The same holds for the chains that listeners of a Gateway present, told of with the
    /// Gateway, and for those in Secrets of type `kubernetes.io/tls` in volumes and variables of the pod. A Secret of another namespace
    /// than the Gateway's is seen by a ClusterReadinessPolicy only.
    ///
    /// It fails where the first certificate names itself as its issuer; where one is of Let's Encrypt's staging
    /// environment, even if that is listed; and where the chain ends with an issuer that is neither public nor listed, be
    /// it that a certificate between is missing.
    ///
    /// What is verified: up to a public root everything that clients verify but names, dates and revocation, so that a
    /// chain that only bears the name of a public authority fails. The roots are those of Mozilla when this version was
    /// built. Up to a listed authority the names of issuers, the identifiers of their keys, that each may issue, and that
    /// the listed certificate is valid now; no signature. For a certificate in a volume, a `caBundle` by which the API
    /// server knows the workload counts like a listed authority. What the endpoint really answers with is not looked at: as
    /// long as that is so, the check is in no profile.
    ///
    /// ## Why it matters
    /// Browsers and programs refuse a certificate of an issuer that they do not know, so that the host is as good as down
    /// for them, or people learn to click warnings away and to switch verification off. Certificates of staging
    /// environments and self-signed ones are mostly left over from the first trials.
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
    ///     MIIBMTCB5KADAgECAgECMAUGAytlcDAUMRIwEAYDVQQDDAlTaG9wIFJvb3QwIBcN
    ///     MjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMA4xDDAKBgNVBAMMA3dlYjAq
    ///     MAUGAytlcAMhAMQxv9914RmErO1MmZEdd0xTGPH7K5W6yJFoqRpNnpJKo18wXTAb
    ///     BgNVHREEFDASghB3d3cuc2hvcC5leGFtcGxlMB0GA1UdDgQWBBSqLlDQO4t1fWB7
    ///     Z6hbID44mgqu3zAfBgNVHSMEGDAWgBRNv5SZtrggefBbqnDXf4w+9LN9/DAFBgMr
    ///     ZXADQQBr7ndTSVmHYLfH8MNyqh0qmwcC9ZoYn8/lkTlHYLt76sc5VSp8EAdHp+Iy
    ///     ypeow8/mZsGUpWEj2WNdS2ywpR0M
    ///     -----END CERTIFICATE-----
    ///   tls.key: ""
    /// ```
    ///
    /// ## How to fix
    /// Have the certificate issued by a public authority, or by the one of your organisation and put that one's
    /// certificate into `caBundles`. Put the certificates between into `tls.crt`, behind the first. Where
    /// cert-manager issues, let the Certificate's `issuerRef` name an issuer whose `server` is not the one for staging.
    ///
    /// ## Parameters
    /// - `caBundles`: certificates of authorities that are trusted beside the public roots, a list of texts in PEM with at
    ///   most 10 certificates each (default none).
    ///
    /// ### With parameters
    /// ```yaml
    /// caBundles:
    ///   - |
    ///     -----BEGIN CERTIFICATE-----
    ///     MIIBGjCBzaADAgECAgEBMAUGAytlcDAUMRIwEAYDVQQDDAlTaG9wIFJvb3QwIBcN
    ///     MjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCVNob3Ag
    ///     Um9vdDAqMAUGAytlcAMhAKCwu0TUlSp5apXe+8wd1ty5tlLwjQaegcPOSydri0wO
    ///     o0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQU
    ///     Tb+Umba4IHnwW6pw13+MPvSzffwwBQYDK2VwA0EAPr7nQ08v1L1P1XSNS9YkHUS6
    ///     Iu8FrRN847Wdz22RdpyJz3etSmoeJS/u2THwfa+pMWa6efYjZvM7jjjOuI0/BQ==
    ///     -----END CERTIFICATE-----
    /// ```
    ///
    /// ## References
    /// - RFC 5280, section 6: Certification Path Validation
    /// - Mozilla: CA/Included Certificates
    /// - Let's Encrypt documentation: Staging Environment
    name: "tls-cert-trusted",
    family: Tls,
    severity: High,
    title: "Certificates lead to an authority that clients trust",
    profiles: [],
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
    let (statements, next_change) = of_mounted(subject, &mounted.materials, parameters);
    mounted.conclude(judge(&exposure, &in_use, parameters), statements, next_change)
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Object::Gateway(gateway) = subject.object {
        let presented = Presented::by(subject, gateway);
        let secrets = || presented.iter().flat_map(|one| &one.secrets);
        let (statements, next_change, nothing) = of_secrets(secrets, subject.now, parameters);
        let nothing = nothing.then_some("no listener presents a certificate");
        return listeners::conclude(&presented, nothing, statements, next_change);
    }
    let exposure = Exposure::alone(subject);
    judge(&exposure, &exposure.tls_uses(), parameters)
}

fn judge(exposure: &Exposure<'_>, in_use: &[TlsUse<'_>], parameters: &Parameters) -> Judgement {
    let secrets = || in_use.iter().map(|used| &used.secret);
    let (statements, next_change, nothing) = of_secrets(secrets, exposure.now, parameters);
    let nothing = nothing.then_some("there is no certificate in front of this workload");
    exposure.conclude(statements, CHECK.severity, nothing, next_change)
}

/// What is to be said of Secrets that are named, when that changes, and whether none of them holds a certificate.
fn of_secrets<'a, 'b, S>(
    secrets: impl Fn() -> S,
    now: Timestamp,
    parameters: &Parameters,
) -> (Vec<Statement>, Option<Timestamp>, bool)
where
    'a: 'b,
    S: Iterator<Item = &'b SecretUse<'a>>,
{
    let mut statements: Vec<_> = secrets().filter_map(of_use).collect();
    let materials = materials(secrets());
    let faults = materials.iter().filter_map(|(key, material)| {
        let fault = of_material(material, now, parameters)?;
        Some(fault.about(key.clone()))
    });
    statements.extend(faults);
    let is_empty = materials.values().all(|material| material.chain.is_empty());
    (statements, next_change(&materials, now, parameters), is_empty)
}

/// What is not known of a Secret that is named.
fn of_use(used: &SecretUse<'_>) -> Option<Statement> {
    match used.found {
        // That there is nothing is the finding of other checks.
        SecretLookup::Found(_) | SecretLookup::Missing => None,
        SecretLookup::OtherType => Some(used.not_read()),
        SecretLookup::Unknown(cause) => Some(used.not_known(cause)),
    }
}

/// What is to be said of chains in volumes, and when that changes. The API server may know one by a bundle of its own.
fn of_mounted(
    subject: &WorkloadSubject<'_>,
    materials: &Materials<'_>,
    parameters: &Parameters,
) -> (Vec<Statement>, Option<Timestamp>) {
    let now = subject.now;
    // Most chains need nobody to vouch for them.
    let known_by = LazyCell::new(|| known_by(subject));
    let (mut statements, mut not_known) = (Vec::new(), None);
    let mut next_change = next_change(materials, now, parameters);
    for (key, material) in materials {
        let Some(fault) = of_material(material, now, parameters) else { continue };
        let (bundles, doubt) = &*known_by;
        next_change = earlier(next_change, authorities::next_change(bundles, now));
        if bundles.iter().any(|bundle| bundle.can_vouch_for(&material.chain, now)) {
            continue;
        }
        match doubt {
            // It is the same for all of them, and once is enough.
            Some(doubt) if fault.outcome == Outcome::Fail => not_known = Some(doubt.clone()),
            _ => statements.push(fault.about(key.clone())),
        }
    }
    statements.extend(not_known);
    (statements, next_change)
}

/// The bundles by which the API server knows the workload, and what is said where there may be more.
fn known_by(subject: &WorkloadSubject<'_>) -> (Vec<CaBundle>, Option<Statement>) {
    let mut bundles = Vec::new();
    let judgement = judge_asked(subject, CHECK.severity, |asked| {
        bundles.extend(asked.bundle.cloned());
        Vec::new()
    });
    let doubt = judgement.statements.into_iter().find(|one| one.outcome == Outcome::Unknown);
    (bundles, doubt)
}

/// When what is said of chains changes by itself: what a listed authority vouches for it does as long as it is valid.
fn next_change(materials: &Materials<'_>, now: Timestamp, parameters: &Parameters) -> Option<Timestamp> {
    let is_public = |material: &TlsMaterial| material.public_trust == PublicTrust::Verified;
    let needed = materials.values().any(|material| !is_public(material));
    parameters.ca_bundles.next_change(now).filter(|_| needed)
}

fn of_material(material: &TlsMaterial, now: Timestamp, parameters: &Parameters) -> Option<Statement> {
    let field = || Field::Object("data[tls.crt]".into());
    let fail = |message| Some(Statement::fail(field(), message));
    let not_known = |why: &str| {
        let message = format!("whether clients can trust the certificate is not known: {why}");
        Some(Statement::unknown(Cause::Undecidable, field(), message))
    };
    let Some((leaf, last)) = material.leaf().zip(material.last()) else {
        return material::unread(material).and_then(|problem| not_known(&problem.to_string()));
    };
    if leaf.self_signed {
        return fail(format!("the certificate names itself as its issuer: {}", quoted(&leaf.issuer, 80)));
    }
    let is_staging = |issuer: &str| STAGING.iter().any(|start| issuer.starts_with(start));
    if let Some(one) = material.chain.iter().find(|one| is_staging(&one.issuer)) {
        return fail(format!("the issuer {} is for tests only", quoted(&one.issuer, 80)));
    }
    if material.public_trust == PublicTrust::Verified
        || parameters.ca_bundles.can_vouch_for(&material.chain, now)
    {
        return None;
    }
    if let Some(problem) = material::unread(material) {
        return not_known(&problem.to_string());
    }
    let issuer = quoted(&last.issuer, 80);
    match material.public_trust {
        PublicTrust::Undecidable => not_known("it is of a kind that cannot be verified here"),
        PublicTrust::NotVerified => fail(format!(
            "tls.crt names a public root, but the way from its first certificate to {issuer} does not hold"
        )),
        PublicTrust::NotNamed | PublicTrust::Verified => {
            fail(format!("the chain ends with the issuer {issuer}, which is neither public nor listed"))
        }
    }
}

#[cfg(test)]
mod tests;

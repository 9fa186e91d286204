use std::cell::LazyCell;

use jiff::Timestamp;

use crate::catalogue::declare::check;
use crate::catalogue::outcome::earlier;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Outcome, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::helpers::pod;
use crate::checks::hooks::{Asked, judge_asked};
use crate::checks::references;
use crate::inventory::certificate::{CaBundle, TlsMaterial, TlsProblem};
use crate::inventory::lookup::{Cause, Lookup};

check! {
    /// ## What it checks
    /// The `caBundle` by which the API server knows the workload holds certificates that can be read, at least
    /// one of which is valid now: that of admission webhooks, of APIServices, and of webhooks that convert custom
    /// resources (`spec.conversion` of a CustomResourceDefinition). An empty one is allowed where an annotation of
    /// cert-manager (`cert-manager.io/inject-ca-from` and the like) has somebody fill it in. An APIService with
    /// `insecureSkipTLSVerify` fails: the API server talks to whoever answers.
    ///
    /// Where a volume of the pod holds a Secret of type `kubernetes.io/tls` whose certificate is for the name that
    /// the API server asks for (`<service>.<namespace>.svc`), a valid certificate of the bundle is that one or has issued it, or
    /// one of those behind it. This is told by names and key identifiers; no signature is verified. Of several such
    /// Secrets one is enough. Where a Secret in a volume cannot be read or is not given, and no other
    /// settles it, the answer is Unknown. A certificate that reaches the workload in another way is not looked at.
    ///
    /// ## Why it matters
    /// The API server talks to nobody whose certificate the bundle does not vouch for. With `failurePolicy: Fail`
    /// everything that the webhook is asked about is refused from that moment on; with `Ignore` everything is let
    /// through, and nobody is told. Without an APIService or a conversion, a whole group of the API is gone, which
    /// also keeps namespaces from being deleted.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: hook, namespace: shop, labels: {app: hook}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: hook, namespace: shop}
    /// spec:
    ///   selector: {app: hook}
    ///   ports: [{port: 443}]
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: hook}
    /// webhooks:
    ///   - name: pods.hook.example
    ///     admissionReviewVersions: [v1]
    ///     sideEffects: None
    ///     clientConfig:
    ///       service: {namespace: shop, name: hook}
    ///       caBundle: bm8gY2VydGlmaWNhdGU=
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: hook, namespace: shop, labels: {app: hook}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: hook, namespace: shop}
    /// spec:
    ///   selector: {app: hook}
    ///   ports: [{port: 443}]
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata:
    ///   name: hook
    ///   annotations: {cert-manager.io/inject-ca-from: shop/hook}
    /// webhooks:
    ///   - name: pods.hook.example
    ///     admissionReviewVersions: [v1]
    ///     sideEffects: None
    ///     clientConfig: {service: {namespace: shop, name: hook}}
    /// ```
    ///
    /// ## How to fix
    /// Put the certificate of whoever signed the webhook's own into `caBundle`, in PEM and base64, or let
    /// cert-manager's injector do that (`cert-manager.io/inject-ca-from` among the `annotations`), and renew it
    /// before it ends. When the certificate of the workload is made anew, with another issuer, put that one's
    /// certificate into `caBundle` too. Give an APIService a `caBundle` in place of `insecureSkipTLSVerify`.
    ///
    /// ## References
    /// - Kubernetes documentation: Dynamic Admission Control, Service reference
    /// - Kubernetes documentation: Configure the Aggregation Layer
    /// - Kubernetes documentation: Versions in CustomResourceDefinitions, Webhook conversion
    name: "webhook-ca-valid",
    family: Tls,
    severity: High,
    title: "The API server can trust the workload's webhooks and APIs",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [
        Service, Secret, ValidatingWebhookConfiguration, MutatingWebhookConfiguration, ApiService,
        CustomResourceDefinition,
    ],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

/// A certificate that the workload has in files, and may answer with.
struct Held<'a> {
    /// Path of the Secret's name in the pod.
    path: String,
    name: &'a str,
    material: Lookup<&'a TlsMaterial>,
}

/// A Secret of which it must be known what it holds, and is not.
type Doubt<'a> = (&'a Held<'a>, Cause);

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let now = subject.now;
    // Most workloads are asked nothing.
    let held = LazyCell::new(|| held(subject));
    let (mut next_change, mut doubt) = (None, None);
    let mut judgement = judge_asked(subject, CHECK.severity, |asked| {
        next_change = earlier(next_change, changes(asked, now));
        let fault = of_bundle(asked, now);
        let bundle = asked.bundle.filter(|_| fault.is_none());
        let mistrust = bundle.and_then(|bundle| of_certificates((asked, bundle), &held, &mut doubt, now));
        fault.into_iter().chain(mistrust).collect()
    });
    if let Some((held, cause)) = doubt.filter(|_| judgement.outcome() != Outcome::Fail) {
        let message = format!(
            "whether the API server can trust the certificate in Secret {} is not known",
            quoted(held.name, 80)
        );
        judgement.statements.push(Statement::unknown(cause, pod(held.path.clone()), message));
    }
    Judgement { next_change, ..judgement }
}

/// What is wrong with the bundle by itself.
fn of_bundle(asked: &Asked<'_>, now: Timestamp) -> Option<Statement> {
    let Asked { what, path, .. } = asked;
    if asked.trusts_anybody {
        let message = format!("the API server talks to whoever answers for {what}");
        return Some(Statement::fail(at(format!("{path}.insecureSkipTLSVerify")), message));
    }
    let field = at(format!("{path}.caBundle"));
    let Some(bundle) = asked.bundle else {
        let message = format!("{what} has no caBundle");
        return (!asked.is_injected).then(|| Statement::fail(field, message));
    };
    if bundle.certificates.is_empty() {
        return Some(Statement::fail(field, format!("the caBundle of {what} holds no certificate")));
    }
    if bundle.certificates.iter().any(|one| one.is_valid(now)) {
        return None;
    }
    let to_come = bundle.certificates.iter().map(|one| one.not_before).filter(|begin| *begin > now).min();
    if let Some(begin) = to_come {
        let message = format!("the caBundle of {what} is valid from {begin} on");
        return Some(Statement::pending(field, message));
    }
    let end = bundle.certificates.iter().map(|one| one.not_after).max().unwrap_or(now);
    Some(Statement::fail(field, format!("the caBundle of {what} ended at {end}")))
}

/// What the bundle has to do with the certificates that the workload may answer with.
fn of_certificates<'a>(
    (asked, bundle): (&Asked<'_>, &CaBundle),
    held: &'a [Held<'a>],
    doubt: &mut Option<Doubt<'a>>,
    now: Timestamp,
) -> Option<Statement> {
    let host = format!("{}.{}.svc", asked.service.name, asked.service.namespace);
    let known = held.iter().filter_map(|held| match held.material {
        Lookup::Found(material) if material.covers(&host) => Some((held, material)),
        _ => None,
    });
    let known: Vec<_> = known.collect();
    if known.iter().any(|(_, material)| bundle.can_vouch_for(&material.chain, now)) {
        return None;
    }
    let unknown = held.iter().find_map(|held| match held.material {
        Lookup::Unknown(cause) => Some((held, cause)),
        _ => None,
    });
    // Of a bundle or chain that was not read to its end, what comes then may be what counts.
    let is_cut = |material: &TlsMaterial| {
        let ends = |problem: &TlsProblem| {
            matches!(problem, TlsProblem::TooManyCertificates | TlsProblem::CertificateUnparsable { .. })
        };
        bundle.problem.is_some() || material.problems.iter().any(ends)
    };
    let cut = known.iter().find(|(_, material)| is_cut(material));
    let unknown = unknown.or_else(|| cut.map(|(held, _)| (*held, Cause::Undecidable)));
    if unknown.is_some() {
        *doubt = doubt.take().or(unknown);
        return None;
    }
    let (held, _) = known.first()?;
    let Asked { what, path, .. } = asked;
    let name = quoted(held.name, 80);
    let message = format!("the caBundle of {what} does not vouch for the certificate in Secret {name}");
    Some(Statement::fail(at(format!("{path}.caBundle")), message))
}

/// The certificates of the pod's volumes, and what may be one.
fn held<'a>(subject: &WorkloadSubject<'a>) -> Vec<Held<'a>> {
    let files = references::secret_files(&subject.workload.pod).filter(|secret| !secret.name.is_empty());
    let held = files.map(|secret| Held {
        path: format!("{}.{}", secret.path, secret.name_field),
        name: secret.name,
        material: subject.namespace.certificate(secret.name),
    });
    held.collect()
}

/// The next moment at which a certificate of the bundle begins or ends.
fn changes(asked: &Asked<'_>, now: Timestamp) -> Option<Timestamp> {
    let moments = asked.bundle?.certificates.iter().flat_map(|one| [one.not_before, one.not_after]);
    moments.filter(|moment| *moment > now).min()
}

#[cfg(test)]
mod tests;

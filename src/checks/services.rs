//! The Services that send to a workload.
//!
//! It must not judge. Next: [`super::around`], [`super::exposure`] for the Ingresses before them.

use crate::catalogue::{Judgement, ObjectSubject, Severity, Statement, WorkloadSubject};
use crate::checks::around::{Words, judge_each, key_of};
use crate::inventory::lookup::Known;
use crate::inventory::object::{Service, ServiceType};
use crate::inventory::{Kind, Object};

/// What is said without a Service.
const WORDS: Words = Words {
    nothing: "no Service sends to the workload",
    doubt: "which Services send to the workload is not known in full",
};

/// Annotations that make a load balancer internal, with the value that does; some clouds take several.
const INTERNAL: &[(&str, &str)] = &[
    ("networking.gke.io/load-balancer-type", "internal"),
    ("cloud.google.com/load-balancer-type", "internal"),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"),
];

/// Makes one internal on AWS whatever it says, but for this: it once held a range of addresses, mostly `0.0.0.0/0`.
const INTERNAL_UNLESS: (&str, &str) = ("service.beta.kubernetes.io/aws-load-balancer-internal", "false");

/// Whether an annotation of its cloud keeps the load balancer of a Service within the own network.
pub(super) fn is_internal(service: &Service) -> bool {
    let annotations = &service.metadata.annotations;
    let is =
        |(key, value): &(&str, &str)| annotations.get(key).is_some_and(|own| own.eq_ignore_ascii_case(value));
    let (key, _) = INTERNAL_UNLESS;
    let is_named = annotations.get(key).is_some_and(|own| !own.is_empty()) && !is(&INTERNAL_UNLESS);
    is_named || INTERNAL.iter().any(is)
}

/// Those whose selector matches the pods. One that stands for a name elsewhere sends nothing here.
pub(super) fn of<'a>(subject: &WorkloadSubject<'a>) -> Known<'a, &'a Service> {
    let labels = &subject.workload.pod_labels;
    let mut services = subject.namespace.services_selecting(subject.workload);
    let is_external = |service: &&Service| service.spec.kind == ServiceType::ExternalName;
    if services.found.iter().any(is_external) {
        services.to_mut().found.retain(|service| !is_external(service));
    }
    // Nothing selects pods without labels, whatever else there is.
    if labels.is_empty() && services.incomplete.is_some() {
        services.to_mut().incomplete = None;
    }
    services
}

/// What a check says of every Service that sends to the workload.
pub(super) fn judge_services(
    subject: &WorkloadSubject<'_>,
    severity: Severity,
    judge: impl Fn(&Service) -> Vec<Statement>,
) -> Judgement {
    judge_each(subject, &of(subject), WORDS, severity, |service| {
        let about = |statement: Statement| statement.about(key_of(Kind::Service, &service.metadata));
        judge(service).into_iter().map(about).collect()
    })
}

/// What a check says of a Service that sends to no workload.
pub(super) fn judge_alone(
    subject: &ObjectSubject<'_>,
    judge: impl Fn(&Service) -> Vec<Statement>,
) -> Judgement {
    match subject.object {
        Object::Service(service) => judge(service).into_iter().collect(),
        _ => Judgement::not_applicable(WORDS.nothing),
    }
}

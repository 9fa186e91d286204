use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::services::{is_internal, judge_alone, judge_services};
use crate::inventory::cidr::{Cidr, are_everywhere};
use crate::inventory::object::{Service, ServiceType};

/// Parameters of `load-balancer-restricted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether one that is not internal must list ranges.
    require_source_ranges: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { require_source_ranges: true }
    }
}

check! {
    /// ## What it checks
    /// Every Service of type LoadBalancer that sends to the workload is internal, by an annotation of its
    /// cloud, or lists `loadBalancerSourceRanges` (or the annotation that came before them) that are ranges of
    /// addresses and not the whole internet, also not together. With `requireSourceRanges: false`, one without ranges passes.
    /// Where the load balancer itself ends TLS, because an annotation of AWS or Alibaba Cloud gives it a certificate, another
    /// says by which policy; whether that is a good one is asked by `tls-min-version-configured`.
    ///
    /// ## Why it matters
    /// Otherwise the cloud gives it an address that everybody on the internet can reach.
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
    ///   type: LoadBalancer
    ///   ports: [{port: 80}]
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
    ///   type: LoadBalancer
    ///   loadBalancerSourceRanges: [192.0.2.0/24]
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## How to fix
    /// List the ranges that may come in `loadBalancerSourceRanges`, or set your cloud's annotation for an
    /// internal load balancer.
    ///
    /// ## Parameters
    /// - `requireSourceRanges`: whether one that is not internal must list ranges (default true).
    ///
    /// ## References
    /// - Kubernetes documentation: Service, Internal load balancer
    /// - Kubernetes documentation: Create an External Load Balancer
    name: "load-balancer-restricted",
    family: Network,
    severity: Medium,
    title: "Load balancers are internal or say who may come",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [Service] of_orphan,
}

/// Ranges in the form that came before the field.
const RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

/// Annotations that give a load balancer a certificate, each with the one that says how it ends TLS.
const TLS: &[(&str, &str)] = &[
    (
        "service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
        "service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy",
    ),
    (
        "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-cert-id",
        "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-tls-cipher-policy",
    ),
];

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    judge_services(subject, CHECK.severity, |service| of_service(service, parameters))
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    judge_alone(subject, |service| of_service(service, parameters))
}

fn of_service(service: &Service, parameters: &Parameters) -> Vec<Statement> {
    if service.spec.kind != ServiceType::LoadBalancer {
        return Vec::new();
    }
    let mut statements = if is_internal(service) { Vec::new() } else { of_ranges(service, parameters) };
    statements.extend(of_tls(service));
    statements
}

/// Where the cloud ends TLS and nobody says how: it goes on taking versions that are long broken.
fn of_tls(service: &Service) -> Option<Statement> {
    let annotations = &service.metadata.annotations;
    let says = |key: &str| annotations.get(key).is_some_and(|value| !value.trim().is_empty());
    let (certificate, policy) =
        TLS.iter().find(|(certificate, policy)| says(certificate) && !says(policy))?;
    let message =
        format!("the load balancer ends TLS, and the annotation {policy} does not say by which policy");
    Some(Statement::fail(at(format!("metadata.annotations[{certificate}]")), message))
}

fn of_ranges(service: &Service, parameters: &Parameters) -> Vec<Statement> {
    let field = || at("spec.loadBalancerSourceRanges");
    let ranges = ranges(service);
    if let Some(other) = ranges.iter().find(|range| Cidr::parse(range).is_none()) {
        let message = format!("the source range {} is no range of addresses", quoted(other, 60));
        return vec![Statement::fail(field(), message)];
    }
    let parsed: Vec<Cidr> = ranges.iter().filter_map(|range| Cidr::parse(range)).collect();
    if are_everywhere(&parsed) {
        return vec![Statement::fail(field(), "the source ranges hold the whole internet")];
    }
    let open = ranges.is_empty() && parameters.require_source_ranges;
    let message = "the load balancer is neither internal nor has source ranges";
    open.then(|| Statement::fail(field(), message)).into_iter().collect()
}

fn ranges(service: &Service) -> Vec<&str> {
    let own = &service.spec.load_balancer_source_ranges;
    if !own.is_empty() {
        return own.iter().map(|range| range.trim()).collect();
    }
    let annotation = service.metadata.annotations.get(RANGES).unwrap_or_default();
    annotation.split(',').map(str::trim).filter(|range| !range.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{behind_service, service};
    use crate::inventory::lookup::Coverage;

    fn of(patch: Value) -> Case {
        behind_service(&CHECK, patch)
    }

    #[test]
    fn disagreement_44_services_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }

    fn balancer(ranges: Value) -> Case {
        of(json!({"type": "LoadBalancer", "loadBalancerSourceRanges": ranges}))
    }

    #[test]
    fn ranges_must_be_there_and_not_everything() {
        assert_eq!(balancer(json!([])).fields(), ["spec.loadBalancerSourceRanges"]);
        assert_eq!(balancer(json!(["10.0.0.0/8"])).outcome(), Outcome::Pass);
        let lax = json!({"requireSourceRanges": false});
        assert_eq!(balancer(json!([])).parameters(lax.clone()).outcome(), Outcome::Pass);
        assert_eq!(balancer(json!(["10.0.0.0/8", "::/0"])).parameters(lax).outcome(), Outcome::Fail);
        assert_eq!(of(json!({})).outcome(), Outcome::Pass);
    }

    #[test]
    fn ranges_are_looked_at_together_and_must_be_some() {
        assert_eq!(balancer(json!(["0.0.0.0/1", "128.0.0.0/1"])).outcome(), Outcome::Fail);
        assert_eq!(balancer(json!(["0.0.0.0/1", "128.0.0.0/2"])).outcome(), Outcome::Pass);
        let name = balancer(json!(["10.0.0.0/8", "office"]));
        assert_eq!(name.message(), "the source range office is no range of addresses");
    }

    #[test]
    fn annotations_make_it_internal_or_hold_its_ranges() {
        for (key, value, outcome) in [
            ("networking.gke.io/load-balancer-type", "Internal", Outcome::Pass),
            ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internet-facing", Outcome::Fail),
            ("service.beta.kubernetes.io/aws-load-balancer-internal", "0.0.0.0/0", Outcome::Pass),
            ("service.beta.kubernetes.io/aws-load-balancer-internal", "true", Outcome::Pass),
            ("service.beta.kubernetes.io/aws-load-balancer-internal", "false", Outcome::Fail),
            ("service.beta.kubernetes.io/aws-load-balancer-internal", "", Outcome::Fail),
            (RANGES, "10.0.0.0/8", Outcome::Pass),
            (RANGES, "10.0.0.0/8, 0.0.0.0/0", Outcome::Fail),
            (RANGES, "1.2.3.4/0", Outcome::Fail),
        ] {
            let mut service = service("web", json!({"type": "LoadBalancer"}));
            service["metadata"]["annotations"] = json!({key: value});
            assert_eq!(Case::of(&CHECK).with(service).outcome(), outcome, "{key}: {value}");
        }
    }

    #[test]
    fn where_the_cloud_ends_tls_it_is_told_how() {
        let of = |annotations: Value| {
            let mut service =
                service("web", json!({"type": "LoadBalancer", "loadBalancerSourceRanges": ["192.0.2.0/24"]}));
            service["metadata"]["annotations"] = annotations;
            Case::of(&CHECK).with(service)
        };
        for (certificate, policy) in TLS {
            let missing = of(json!({*certificate: "a certificate"}));
            assert_eq!(missing.fields(), [format!("metadata.annotations[{certificate}]")]);
            assert!(missing.message().contains(policy));
            let both = json!({*certificate: "a certificate", *policy: "a policy"});
            assert_eq!(of(both).outcome(), Outcome::Pass);
            assert_eq!(of(json!({*certificate: ""})).outcome(), Outcome::Pass);
        }
    }
}

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::inventory::config_map::ROOT_CERTIFICATES;
use crate::inventory::lookup::Cause;
use crate::inventory::service_account::DEFAULT_ACCOUNT;
use crate::inventory::{Kind, Metadata};

check! {
    /// ## What it checks
    /// Neither the workload nor a Service, Ingress, claim, ConfigMap, ServiceAccount, role, binding, NetworkPolicy,
    /// budget, autoscaler, object of the Gateway API, VirtualService, DestinationRule or AuthorizationPolicy of Istio,
    /// BackendTrafficPolicy or SecurityPolicy of Envoy Gateway, ServiceProfile of Linkerd, Middleware of Traefik or
    /// Schedule of Velero is in the namespace `default`. A file that names no namespace, judged where nobody names one either, is Unknown: where it goes is decided when it is applied.
    /// What the server keeps there (the Service `kubernetes`, the ServiceAccount `default`, the ConfigMap
    /// `kube-root-ca.crt`) is not judged, nor what has an owner: that goes where its owner is. Secrets are not
    /// looked at: not every installation may see them.
    ///
    /// ## Why it matters
    /// `default` is where everything lands that forgot to say where it belongs. Quotas, network policies,
    /// rights and this policy itself are given per namespace, so what lies there has none of its own.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   namespace: default
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Give the object a namespace of its own in `metadata.namespace`, or in the tool that applies it.
    /// For files that leave it open, say with `--namespace` where they go.
    ///
    /// ## References
    /// - Kubernetes documentation: Namespaces
    /// - CIS Kubernetes Benchmark: The default namespace should not be used
    name: "no-default-namespace",
    family: Configuration,
    severity: Medium,
    title: "Nothing is in the namespace default",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    judges: [
        Service, Ingress, PodDisruptionBudget, HorizontalPodAutoscaler, NetworkPolicy, ServiceAccount,
        ConfigMap, PersistentVolumeClaim, Role, RoleBinding, Gateway, HttpRoute, GrpcRoute, TlsRoute,
        TcpRoute, UdpRoute, ReferenceGrant, ScaledObject, VerticalPodAutoscaler, VirtualService, DestinationRule,
        AuthorizationPolicy, PeerAuthentication, BackendTrafficPolicy, SecurityPolicy, ServiceProfile, Schedule,
        Middleware, BackendTlsPolicy,
    ] of_object,
    judges_in: "default",
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    judge(
        &subject.workload.metadata,
        "the file names no namespace, so where the workload goes is not known",
        "the workload is in the namespace default",
    )
}

fn of_object(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let (kind, metadata) = (subject.object.kind(), subject.object.metadata());
    if SERVED.contains(&(kind, &*metadata.name)) {
        return Judgement::not_applicable("the server keeps it there");
    }
    if !metadata.owner_references().is_empty() {
        return Judgement::not_applicable("it goes where its owner is");
    }
    judge(
        metadata,
        "the file names no namespace, so where the object goes is not known",
        "the object is in the namespace default",
    )
}

fn judge(metadata: &Metadata, assumed: &'static str, wrong: &'static str) -> Judgement {
    let field = Field::Object("metadata.namespace".into());
    if metadata.namespace_is_assumed() {
        return Statement::unknown(Cause::NotGiven, field, assumed).into();
    }
    Judgement::require(metadata.namespace != DEFAULT, field, wrong)
}

/// Where an object lies that does not say where it belongs.
const DEFAULT: &str = "default";

/// What the server itself keeps there.
const SERVED: &[(Kind, &str)] = &[
    (Kind::Service, "kubernetes"),
    (Kind::ServiceAccount, DEFAULT_ACCOUNT),
    (Kind::ConfigMap, ROOT_CERTIFICATES),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    #[test]
    fn other_objects_are_not_there_either_but_for_what_the_server_keeps_and_what_has_an_owner() {
        let of = |kind: &str, name: &str, namespace: &str| {
            let metadata = json!({"name": name, "namespace": namespace});
            json!({"apiVersion": "v1", "kind": kind, "metadata": metadata})
        };
        let outcome = |object| ObjectCase::of(&CHECK, object).outcome();
        let service = ObjectCase::of(&CHECK, of("Service", "web", "default"));
        assert_eq!(service.fields(), ["metadata.namespace"]);
        assert_eq!(service.in_a_document().fields(), ["metadata.namespace"]);
        assert_eq!(outcome(of("ConfigMap", "web", "shop")), Outcome::Pass);
        for (kind, name) in
            [("Service", "kubernetes"), ("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")]
        {
            assert_eq!(outcome(of(kind, name, "default")), Outcome::NotApplicable, "{kind}");
        }
        assert_eq!(outcome(of("ServiceAccount", "kubernetes", "default")), Outcome::Fail);
        let mut owned = of("ConfigMap", "web", "default");
        owned["metadata"]["ownerReferences"] = json!([{"kind": "Widget", "name": "web"}]);
        assert_eq!(outcome(owned), Outcome::NotApplicable);
    }

    #[test]
    fn what_belongs_to_a_workload_of_another_namespace_cannot_be_there() {
        let hidden =
            |case: Case| case.coverage_of(Kind::Service, Coverage::Forbidden).judged().findings.len();
        assert_eq!(hidden(Case::of(&CHECK)), 0);
        let there = Case::of(&CHECK).workload(json!({"metadata": {"namespace": "default"}}));
        assert_eq!(
            hidden(there),
            3,
            "the workload, and that its Services and so its Ingresses are not known"
        );
    }

    #[test]
    fn disagreement_43_a_namespace_that_nobody_named_is_unknown() {
        assert_eq!(Case::of(&CHECK).without_namespace().outcome(), Outcome::Unknown);
        let named = Case::of(&CHECK).workload(json!({"metadata": {"namespace": "default"}}));
        assert_eq!(named.fields(), ["metadata.namespace"]);
    }
}

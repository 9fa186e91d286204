use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Outcome, Statement, WorkloadSubject};
use crate::checks::documents;
use crate::inventory::config_map::ROOT_CERTIFICATES;
use crate::inventory::lookup::Cause;
use crate::inventory::service_account::DEFAULT_ACCOUNT;
use crate::inventory::{Kind, Object};

check! {
    /// ## What it checks
    /// The workload, and every other object of the files, is not in the namespace `default`. A file that names no
    /// namespace, judged where nobody names one either, is Unknown: where it goes is decided when it is applied.
    /// What the server itself keeps there (the Service `kubernetes`, the ServiceAccount `default`, the ConfigMap
    /// `kube-root-ca.crt`) is not judged. In a cluster the workloads are judged alone.
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
    orphans: [
        Service, Ingress, Secret, LimitRange, PodDisruptionBudget, HorizontalPodAutoscaler, NetworkPolicy,
        ServiceAccount, ConfigMap, PersistentVolumeClaim, ResourceQuota, Role, RoleBinding, Gateway, HttpRoute,
        GrpcRoute, ReferenceGrant, SecretProviderClass, ScaledObject,
    ] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let metadata = &subject.workload.metadata;
    if metadata.namespace_is_assumed() {
        let message = "the file names no namespace, so where the workload goes is not known";
        return Statement::unknown(Cause::NotGiven, field(), message).into();
    }
    let own = (metadata.namespace == DEFAULT)
        .then(|| Statement::fail(field(), "the workload is in the namespace default"));
    let beside = documents::beside(subject).into_iter().filter_map(|object| {
        let statement = of_object(object).filter(|statement| statement.outcome == Outcome::Fail)?;
        Some(statement.about(object.key()))
    });
    own.into_iter().chain(beside).collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    if documents::is_given(subject.object) {
        of_object(subject.object).into_iter().collect()
    } else {
        Judgement::not_applicable(documents::LIVE)
    }
}

fn of_object(object: &Object) -> Option<Statement> {
    let metadata = object.metadata();
    let is_served = SERVED.contains(&(object.kind(), &*metadata.name));
    if !object.kind().info().namespaced || is_served {
        return None;
    }
    if metadata.namespace_is_assumed() {
        let message = "the file names no namespace, so where the object goes is not known";
        return Some(Statement::unknown(Cause::NotGiven, field(), message));
    }
    let fails = metadata.namespace == DEFAULT;
    fails.then(|| Statement::fail(field(), "the object is in the namespace default"))
}

/// Where an object lies that does not say where it belongs.
const DEFAULT: &str = "default";

/// What the server itself keeps there.
const SERVED: &[(Kind, &str)] = &[
    (Kind::Service, "kubernetes"),
    (Kind::ServiceAccount, DEFAULT_ACCOUNT),
    (Kind::ConfigMap, ROOT_CERTIFICATES),
];

fn field() -> Field {
    Field::Object("metadata.namespace".into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;

    #[test]
    fn other_objects_of_files_are_not_there_either() {
        let of = |kind: &str, name: &str, namespace: &str| {
            let metadata = json!({"name": name, "namespace": namespace});
            ObjectCase::of(&CHECK, json!({"apiVersion": "v1", "kind": kind, "metadata": metadata}))
        };
        let service = of("Service", "web", "default");
        assert_eq!(service.outcome(), Outcome::NotApplicable, "it is live");
        assert_eq!(service.in_a_document().fields(), ["metadata.namespace"]);
        assert_eq!(of("Service", "kubernetes", "default").in_a_document().outcome(), Outcome::Pass);
        assert_eq!(of("ConfigMap", "web", "shop").in_a_document().outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_43_a_namespace_that_nobody_named_is_unknown() {
        assert_eq!(Case::of(&CHECK).without_namespace().outcome(), Outcome::Unknown);
        let named = Case::of(&CHECK).workload(json!({"metadata": {"namespace": "default"}}));
        assert_eq!(named.fields(), ["metadata.namespace"]);
    }
}

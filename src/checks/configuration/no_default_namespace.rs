use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, Statement, WorkloadSubject};
use crate::inventory::lookup::Cause;

check! {
    /// ## What it checks
    /// The workload is not in the namespace `default`. A file that names no namespace, judged where nobody
    /// names one either, is Unknown: where it goes is decided when it is applied.
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
    /// Give the workload a namespace of its own in `metadata.namespace`, or in the tool that applies it.
    /// For files that leave it open, say with `--namespace` where they go.
    ///
    /// ## References
    /// - Kubernetes documentation: Namespaces
    /// - CIS Kubernetes Benchmark: The default namespace should not be used
    name: "no-default-namespace",
    family: Configuration,
    severity: Medium,
    title: "Workloads are not in the namespace default",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let metadata = &subject.workload.metadata;
    let field = Field::Object("metadata.namespace".into());
    if metadata.namespace_is_assumed() {
        let message = "the file names no namespace, so where the workload goes is not known";
        return Statement::unknown(Cause::NotGiven, field, message).into();
    }
    Judgement::require(metadata.namespace != "default", field, "the workload is in the namespace default")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn disagreement_43_a_namespace_that_nobody_named_is_unknown() {
        assert_eq!(Case::of(&CHECK).without_namespace().outcome(), Outcome::Unknown);
        let named = Case::of(&CHECK).workload(json!({"metadata": {"namespace": "default"}}));
        assert_eq!(named.fields(), ["metadata.namespace"]);
    }
}

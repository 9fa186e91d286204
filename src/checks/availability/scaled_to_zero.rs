use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::object;
use crate::checks::scalers::starting;
use crate::inventory::workload::Phase;

check! {
    /// ## What it checks
    /// The workload is neither scaled to zero nor suspended. Information only: such a workload is parked, and
    /// checks of what must stay up have nothing to say of it. What a ScaledObject of KEDA stops and starts again is not
    /// parked.
    ///
    /// ## Why it matters
    /// Nothing of it runs. That is meant, as a rule, and sometimes it was meant for an hour last year.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 0
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
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
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 2
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `replicas` to what is needed again, or delete it if nobody misses it.
    ///
    /// ## References
    /// - Kubernetes documentation: Deployments, Scaling a Deployment
    name: "scaled-to-zero",
    family: Availability,
    severity: Info,
    title: "The workload is not parked",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [ScaledObject],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    if subject.workload.replicas == Some(0) {
        let (starting, field) = (starting(subject), object("spec.replicas"));
        return match starting.doubt() {
            Some(cause) => {
                let message = "whether a ScaledObject starts the workload again is not known";
                Statement::unknown(cause, field, message).into()
            }
            None => Judgement::require(!starting.found.is_empty(), field, "the workload is scaled to zero"),
        };
    }
    let runs = subject.workload.phase != Phase::Suspended;
    Judgement::require(runs, object("spec.suspend"), "the workload is suspended")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::scaled_object;
    use crate::inventory::lookup::Coverage;

    #[test]
    fn only_a_parked_workload_is_reported() {
        let parked = Case::of(&CHECK).workload(json!({"spec": {"replicas": 0}}));
        assert_eq!(parked.fields(), ["spec.replicas"]);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::Pass);
    }

    #[test]
    fn what_keda_starts_again_is_not_parked() {
        let parked = Case::of(&CHECK).workload(json!({"spec": {"replicas": 0}}));
        assert_eq!(parked.clone().with(scaled_object("web", json!({}))).outcome(), Outcome::Pass);
        let mut paused = scaled_object("web", json!({}));
        paused["metadata"]["annotations"] = json!({"autoscaling.keda.sh/paused": ""});
        assert_eq!(parked.clone().with(paused).outcome(), Outcome::Fail);
        assert_eq!(parked.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}

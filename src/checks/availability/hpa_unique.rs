use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Outcome, Statement, WorkloadSubject};
use crate::checks::around::{judge_each, key_of, quoted};
use crate::checks::helpers::object;
use crate::checks::scalers::{self, Scaler, WORDS, judge_alone};
use crate::checks::vertical;
use crate::inventory::lookup::{Cause, Search};
use crate::inventory::vertical_autoscaler::VerticalPodAutoscaler;
use crate::inventory::{Kind, Object, ObjectKey};

check! {
    /// ## What it checks
    /// No more than one HorizontalPodAutoscaler or ScaledObject of KEDA scales the workload, or names the same target
    /// where that is no workload that is known. A ScaledObject and the HorizontalPodAutoscaler that KEDA makes of it are
    /// one. No more than one VerticalPodAutoscaler names it, whether or not it sets anything: of several only the oldest is
    /// used. None of them sets a resource by whose use the replicas are set: `cpu` or `memory` in the metrics of a
    /// HorizontalPodAutoscaler (of type `Resource` and `ContainerResource`, held to a percentage or to an amount; without
    /// metrics it goes by `cpu`), or in the triggers of a ScaledObject. One with `updateMode: "Off"` sets nothing, nor does
    /// it for a container whose policy says `mode: "Off"`, or does not list the resource in its `controlledResources`. Of
    /// a target whose containers nobody knows, policies of single containers leave that open. A VerticalPodAutoscaler
    /// counts for DaemonSets, Jobs and `CronJob`s, too. Nothing is said of a workload that is scaled to zero.
    ///
    /// ## Why it matters
    /// Two of them set the replicas in turns, each undoing what the other decided. Where the requests follow the use
    /// that the replicas are measured by, the two work against each other: more replicas lower the use of each, smaller requests
    /// make the same use a larger share, and neither comes to rest.
    ///
    /// ## Failing example
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
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: other}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 9
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
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    /// ```
    ///
    /// ## How to fix
    /// Delete every HorizontalPodAutoscaler but one, and give that one all metrics: it takes the largest number
    /// that any of them asks for. Beside a ScaledObject, delete all of them: it has triggers for CPU and memory as well.
    /// Give a VerticalPodAutoscaler the resource alone that no metric goes by (`controlledResources`), let it recommend only
    /// (`updateMode: "Off"`), or scale by a metric of the application.
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling
    /// - Vertical Pod Autoscaler documentation: Known limitations
    name: "hpa-unique",
    family: Availability,
    severity: Medium,
    title: "One autoscaler at most scales a workload",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [HorizontalPodAutoscaler, ScaledObject, VerticalPodAutoscaler],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [HorizontalPodAutoscaler, ScaledObject, VerticalPodAutoscaler] evaluate_alone,
}

/// One that scales the workload, in one direction or the other.
#[derive(Clone, Copy)]
enum Either<'a> {
    Replicas(Scaler<'a>),
    Requests(&'a VerticalPodAutoscaler),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let vertical = subject.namespace.vertical_pod_autoscalers_of(subject.workload);
    let replicas = match scalers::none_can_matter(subject) {
        // A kind without replicas has pods that ask for something.
        Some(judgement) if subject.workload.is_parked() || vertical.is_certainly_empty() => return judgement,
        Some(_) => Search { found: Vec::new(), incomplete: None },
        None => scalers::of(subject).into_owned(),
    };
    let containers: Vec<&str> = subject.pod().containers.iter().map(|one| one.name.as_str()).collect();
    let firsts = [replicas.found.first().map(|one| one.key()), vertical.found.first().map(|one| key(one))];
    let all = replicas.found.iter().copied().map(Either::Replicas);
    let all = all.chain(vertical.found.iter().copied().map(Either::Requests)).collect();
    let all = Search { found: all, incomplete: replicas.incomplete.or(vertical.incomplete) };
    judge_each(subject, &all, WORDS, CHECK.severity, |one| {
        let (own, statements) = match one {
            Either::Replicas(scaler) => {
                let beside = beside(&scaler.key(), firsts[0].as_ref(), "workload");
                let conflicts = vertical::conflicts(scaler, &vertical.found, &containers);
                (scaler.key(), beside.into_iter().chain(conflicts).collect::<Vec<_>>())
            }
            Either::Requests(one) => {
                (key(one), beside(&key(one), firsts[1].as_ref(), "workload").into_iter().collect())
            }
        };
        statements.into_iter().map(|statement| statement.about(own.clone())).collect()
    })
}

fn evaluate_alone(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    if let Object::VerticalPodAutoscaler(own) = subject.object {
        return vertical_alone(subject, own);
    }
    judge_alone(subject, |scaler| {
        let all = subject.namespace.scalers_of_target(scaler.target());
        let first = all.found.first().map(|one| one.key());
        let vertical = if vertical::may_scale(scaler) {
            subject.namespace.vertical_pod_autoscalers_of_target(scaler.target())
        } else {
            Search { found: Vec::new(), incomplete: None }
        };
        let mut statements = vertical::conflicts_somewhere(scaler, &vertical.found);
        statements.extend(beside(&scaler.key(), first.as_ref(), "target"));
        let incomplete = all.incomplete.or(vertical.incomplete);
        if !statements.iter().any(|statement| statement.outcome == Outcome::Fail) {
            statements.extend(doubt(incomplete, "spec.scaleTargetRef"));
        }
        statements
    })
}

/// What it is that sets the replicas by what this one sets says so itself.
fn vertical_alone(subject: &ObjectSubject<'_>, own: &VerticalPodAutoscaler) -> Judgement {
    let target = &own.spec.target;
    if target.name.is_empty() {
        return Judgement::not_applicable("it names no target");
    }
    let all = subject.namespace.vertical_pod_autoscalers_of_target(target);
    let first = all.found.first().map(|one| key(one));
    let beside = beside(&key(own), first.as_ref(), "target");
    beside.or_else(|| doubt(all.incomplete, "spec.targetRef")).into_iter().collect()
}

fn doubt(incomplete: Option<Cause>, field: &'static str) -> Option<Statement> {
    let message = "which autoscalers have the same target is not known in full";
    Some(Statement::unknown(incomplete?, object(field), message))
}

/// What there is to say of an autoscaler that is not the first of its kind and its target.
fn beside(own: &ObjectKey, first: Option<&ObjectKey>, what: &str) -> Option<Statement> {
    let first = first.filter(|first| *first != own)?;
    let field = match own.kind {
        Kind::VerticalPodAutoscaler => "spec.targetRef",
        _ => "spec.scaleTargetRef",
    };
    let message = format!("{} {} scales the same {what}", first.kind, quoted(&first.name, 100));
    Some(Statement::fail(object(field), message))
}

fn key(one: &VerticalPodAutoscaler) -> ObjectKey {
    key_of(Kind::VerticalPodAutoscaler, &one.metadata)
}

#[cfg(test)]
mod tests;

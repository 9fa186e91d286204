//! Where a VerticalPodAutoscaler sets the requests by whose use something else sets the replicas.
//!
//! It must not search. Next: [`super::scalers`], [`crate::inventory::vertical_autoscaler`], the check `hpa-unique`.

use crate::catalogue::Statement;
use crate::checks::around::{at, listed, quoted};
use crate::checks::scalers::Scaler;
use crate::inventory::Kind;
use crate::inventory::autoscaler::{ScaleMetric, can_be_scaled};
use crate::inventory::lookup::Cause;
use crate::inventory::vertical_autoscaler::VerticalPodAutoscaler;

/// A resource by whose use an autoscaler sets the replicas.
struct Measure<'a> {
    field: String,
    resource: &'a str,
    /// The container whose use counts, if that of others does not.
    container: Option<&'a str>,
}

/// What there is to say of an autoscaler whose replicas go by what one of these sets, in a workload with containers of these
/// names.
pub(super) fn conflicts(
    scaler: Scaler<'_>,
    vertical: &[&VerticalPodAutoscaler],
    containers: &[&str],
) -> Vec<Statement> {
    each(scaler, vertical, |one, measure| {
        let counts = |name: &&&str| measure.container.is_none_or(|container| container == **name);
        let counting = containers.iter().filter(counts).copied();
        let set: Vec<&str> = counting.filter(|name| one.spec.sets(name, measure.resource)).collect();
        let whose = if set.len() > 1 { "containers" } else { "container" };
        (!set.is_empty()).then(|| fail(one, measure, &format!("{whose} {}", listed(set))))
    })
}

/// The same where nobody knows the containers.
pub(super) fn conflicts_somewhere(scaler: Scaler<'_>, vertical: &[&VerticalPodAutoscaler]) -> Vec<Statement> {
    each(scaler, vertical, |one, measure| match measure.container {
        Some(name) if one.spec.sets(name, measure.resource) => {
            Some(fail(one, measure, &format!("container {}", quoted(name, 63))))
        }
        Some(_) => None,
        None => of_unknown_containers(one, measure),
    })
}

fn of_unknown_containers(one: &VerticalPodAutoscaler, measure: &Measure<'_>) -> Option<Statement> {
    if let Some(is_set) = one.spec.sets_of_any(measure.resource) {
        return is_set.then(|| fail(one, measure, "the containers"));
    }
    let resource = quoted(measure.resource, 63);
    let message = format!("of which containers {} sets {resource} is not known", name_of(one));
    Some(Statement::unknown(Cause::Undecidable, at(measure.field.clone()), message))
}

/// Whether what an autoscaler names has replicas for all that is known: without any, it goes by nothing.
pub(super) fn may_scale(scaler: Scaler<'_>) -> bool {
    let target = scaler.target();
    let mut fixed = Kind::WORKLOADS.iter().filter(|kind| !can_be_scaled(**kind));
    !fixed.any(|kind| target.is(*kind, &target.name))
}

fn each<'a>(
    scaler: Scaler<'a>,
    vertical: &[&VerticalPodAutoscaler],
    judge: impl Fn(&VerticalPodAutoscaler, &Measure<'a>) -> Option<Statement>,
) -> Vec<Statement> {
    let measures = measures(scaler);
    let pairs = vertical.iter().flat_map(|one| measures.iter().map(move |measure| (*one, measure)));
    pairs.filter_map(|(one, measure)| judge(one, measure)).collect()
}

fn fail(one: &VerticalPodAutoscaler, measure: &Measure<'_>, whose: &str) -> Statement {
    let resource = quoted(measure.resource, 63);
    let message = format!("it scales by {resource}, which {} sets of {whose}", name_of(one));
    Statement::fail(at(measure.field.clone()), message)
}

fn name_of(one: &VerticalPodAutoscaler) -> String {
    format!("{} {}", Kind::VerticalPodAutoscaler, quoted(&one.metadata.name, 100))
}

fn measures(scaler: Scaler<'_>) -> Vec<Measure<'_>> {
    match scaler {
        Scaler::Horizontal(scaler) => {
            let metrics = scaler.spec.metrics.iter().enumerate();
            metrics.filter_map(|(index, metric)| of_metric(index, metric)).collect()
        }
        Scaler::Scaled(scaler) => {
            let triggers = scaler.spec.triggers.iter().map(|trigger| Measure {
                field: format!("spec.triggers[{}].type", trigger.index),
                resource: &trigger.resource,
                container: Some(&*trigger.container).filter(|name| !name.is_empty()),
            });
            triggers.collect()
        }
    }
}

fn of_metric(index: usize, metric: &ScaleMetric) -> Option<Measure<'_>> {
    match &*metric.kind {
        "Resource" => metric.resource.as_ref().map(|own| Measure {
            field: format!("spec.metrics[{index}].resource.name"),
            resource: &own.name,
            container: None,
        }),
        "ContainerResource" => metric.container_resource.as_ref().map(|own| Measure {
            field: format!("spec.metrics[{index}].containerResource.name"),
            resource: &own.name,
            container: Some(&own.container),
        }),
        _ => None,
    }
}

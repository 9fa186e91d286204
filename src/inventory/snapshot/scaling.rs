//! Everything that scales a workload: its replicas, or the requests of its pods.
//!
//! KEDA makes a HorizontalPodAutoscaler of a ScaledObject: the two are one, and the ScaledObject is what somebody
//! wrote. It must not judge. Next: [`super::related`] for each kind by itself.

use super::super::autoscaler::{HorizontalPodAutoscaler, ScaleTarget, can_be_resized};
use super::super::kind::Kind;
use super::super::lookup::{Known, Search};
use super::super::object::Object;
use super::super::scaled_object::ScaledObject;
use super::super::vertical_autoscaler::VerticalPodAutoscaler;
use super::super::workload::Workload;
use super::NamespaceView;
use super::remembered::once;

/// One that scales a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaler<'a> {
    /// Without anything behind it that is known.
    Horizontal(&'a HorizontalPodAutoscaler),
    /// With or without the autoscaler that KEDA makes of it.
    Scaled(&'a ScaledObject),
}

impl<'a> NamespaceView<'a> {
    /// Those that scale a workload of this namespace. Of a HorizontalPodAutoscaler that KEDA made, the ScaledObject.
    pub fn scalers_of(&self, workload: &Workload) -> Known<'a, Scaler<'a>> {
        let search = || self.find_scalers(workload);
        once(self.around_workload(workload).map(|around| &around.all_scalers), search)
    }

    /// Whether KEDA made this autoscaler of a ScaledObject of the namespace that is known.
    pub fn is_made_by_keda(&self, scaler: &HorizontalPodAutoscaler) -> bool {
        let scaled =
            self.search_scaling(Kind::ScaledObject, &scaler.spec.target.name, |object| match object {
                Object::ScaledObject(scaled) => Some(&**scaled),
                _ => None,
            });
        scaled.found.iter().any(|scaled| scaled.owns(scaler))
    }

    /// Those that scale what this target names, there or not, in the order of [`Self::scalers_of`].
    pub fn scalers_of_target(&self, target: &ScaleTarget) -> Search<Scaler<'a>> {
        let scaled = self.search_scaling(Kind::ScaledObject, &target.name, |object| match object {
            Object::ScaledObject(one) if one.spec.target.is_same(target) => Some(&**one),
            _ => None,
        });
        let horizontal =
            self.search_scaling(Kind::HorizontalPodAutoscaler, &target.name, |object| match object {
                Object::HorizontalPodAutoscaler(one) if one.spec.target.is_same(target) => Some(&**one),
                _ => None,
            });
        together(&horizontal, &scaled)
    }

    /// The VerticalPodAutoscalers that set the requests of the pods of a workload of this namespace.
    pub fn vertical_pod_autoscalers_of(&self, workload: &Workload) -> Search<&'a VerticalPodAutoscaler> {
        if !can_be_resized(workload.kind) {
            return Search { found: Vec::new(), incomplete: None };
        }
        let name = &workload.metadata.name;
        self.search_scaling(Kind::VerticalPodAutoscaler, name, |object| match object {
            Object::VerticalPodAutoscaler(one) if one.spec.target.is(workload.kind, name) => Some(&**one),
            _ => None,
        })
    }

    /// Those that name what this target names, there or not, in the same order.
    pub fn vertical_pod_autoscalers_of_target(
        &self,
        target: &ScaleTarget,
    ) -> Search<&'a VerticalPodAutoscaler> {
        self.search_scaling(Kind::VerticalPodAutoscaler, &target.name, |object| match object {
            Object::VerticalPodAutoscaler(one) if one.spec.target.is_same(target) => Some(&**one),
            _ => None,
        })
    }

    fn find_scalers(&self, workload: &Workload) -> Search<Scaler<'a>> {
        let name = &workload.metadata.name;
        let scaled = self.scaled_objects_of(workload.kind, name);
        let horizontal = self.horizontal_pod_autoscalers_of(workload.kind, name);
        together(&horizontal, &scaled)
    }
}

/// Both, without what KEDA made.
fn together<'a>(
    horizontal: &Search<&'a HorizontalPodAutoscaler>,
    scaled: &Search<&'a ScaledObject>,
) -> Search<Scaler<'a>> {
    let is_made = |scaler: &HorizontalPodAutoscaler| scaled.found.iter().any(|one| one.owns(scaler));
    let own = horizontal.found.iter().copied().filter(|scaler| !is_made(scaler)).map(Scaler::Horizontal);
    let own = Search { found: own.collect(), incomplete: horizontal.incomplete };
    let found = scaled.found.iter().copied().map(Scaler::Scaled).collect();
    own.and(Search { found, incomplete: scaled.incomplete })
}

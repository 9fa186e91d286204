//! What objects share: which of their parts are worth to be kept once for all that have them alike.
//!
//! It must not be told of what differs from object to object (images): there it only costs. Next: [`super::pool`] for
//! how, [`super::snapshot`], which keeps the pools.

use super::autoscaler::{ScaleMetric, ScaleTarget};
use super::container::ContainerSettings;
use super::labels::Labels;
use super::metadata::Naming;
use super::name::Name;
use super::node::NodeInfo;
use super::object::Object;
use super::pod::{PodSettings, PodSpec};
use super::pool::Pool;
use super::probe::{Lifecycle, Probe};
use super::resources::Resources;
use super::rollout::Rollout;
use super::security::{PodSecurityContext, SecurityContext};
use super::selector::LabelSelector;
use super::service::ServicePort;
use super::volume::Volume;
use super::written::Written;

/// Everything that objects share.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    texts: Texts,
    naming: Pool<Naming>,
    written: Pool<Written>,
    pods: Pool<PodSettings>,
    containers: Pool<ContainerSettings>,
    volumes: Pool<[Volume]>,
    selectors: Pool<LabelSelector>,
    rollouts: Pool<Rollout>,
    service_ports: Pool<[ServicePort]>,
    metrics: Pool<[ScaleMetric]>,
    nodes: Pool<NodeInfo>,
    parts: PartPools,
}

/// Names, and labels as they are packed.
#[derive(Clone, Debug, Default)]
struct Texts(Pool<str>);

/// What is shared by those who are not equal as a whole.
#[derive(Clone, Debug, Default)]
struct PartPools {
    pod_security: Pool<PodSecurityContext>,
    security: Pool<SecurityContext>,
    resources: Pool<Resources>,
    probes: Pool<Probe>,
    lifecycles: Pool<Lifecycle>,
}

impl Texts {
    fn share_name(&mut self, name: &mut Name) {
        // What is empty takes no memory.
        if !name.is_empty() {
            self.0.share(name.text_mut());
        }
    }

    fn share_labels(&mut self, labels: &mut Labels) {
        if let Some(packed) = labels.packed_mut() {
            self.0.share(packed);
        }
    }
}

impl Pools {
    /// Makes the parts of an object one with equal parts of others.
    pub(super) fn share(&mut self, object: &mut Object) {
        let metadata = object.metadata_mut();
        let texts = &mut self.texts;
        self.naming.share_or(metadata.naming.value_mut(), |naming| {
            texts.share_name(&mut naming.namespace);
            texts.share_name(&mut naming.name);
            texts.share_labels(&mut naming.labels);
            texts.share_labels(&mut naming.annotations);
        });
        if let Some(written) = &mut metadata.written {
            self.written.share(written.value_mut());
        }
        match object {
            Object::Workload(workload) => {
                self.texts.share_labels(&mut workload.pod_labels);
                self.texts.share_labels(&mut workload.pod_annotations);
                if let Some(rollout) = &mut workload.rollout {
                    self.rollouts.share(rollout.value_mut());
                }
                self.share_pod(&mut workload.pod);
            }
            Object::Service(service) => {
                self.texts.share_labels(&mut service.spec.selector);
                self.service_ports.share(service.spec.ports.value_mut());
            }
            Object::HorizontalPodAutoscaler(scaler) => {
                let ScaleTarget { api_version, kind, name } = &mut scaler.spec.target;
                for name in [api_version, kind, name] {
                    self.texts.share_name(name);
                }
                self.metrics.share(scaler.spec.metrics.value_mut());
            }
            Object::Ingress(ingress) => {
                for name in ingress.spec.names_mut() {
                    self.texts.share_name(name);
                }
            }
            Object::Revision(revision) => {
                for name in revision.names_mut() {
                    self.texts.share_name(name);
                }
            }
            Object::PodDisruptionBudget(budget) => {
                if let Some(selector) = &mut budget.spec.selector {
                    self.texts.share_labels(selector.labels_mut());
                }
            }
            Object::Node(node) => self.nodes.share(node.status.node_info.value_mut()),
            Object::NetworkPolicy(policy) => self.texts.share_labels(policy.spec.pod_selector.labels_mut()),
            _ => {}
        }
    }

    fn share_pod(&mut self, pod: &mut PodSpec) {
        self.texts.share_name(&mut pod.service_account_name);
        let parts = &mut self.parts;
        self.pods.share_or(pod.settings.value_mut(), |settings| parts.share_pod(settings));
        let all =
            pod.containers.iter_mut().chain(&mut pod.init_containers).chain(&mut pod.ephemeral_containers);
        for container in all {
            self.texts.share_name(&mut container.name);
            self.containers
                .share_or(container.settings.value_mut(), |settings| parts.share_container(settings));
        }
        if !pod.volumes.is_empty() {
            self.volumes.share(pod.volumes.value_mut());
        }
        let constraints = pod.topology_spread_constraints.iter_mut();
        for selector in constraints.filter_map(|constraint| constraint.label_selector.as_mut()) {
            self.selectors.share(selector.value_mut());
        }
    }
}

impl PartPools {
    fn share_pod(&mut self, settings: &mut PodSettings) {
        self.pod_security.share(settings.security_context.value_mut());
        self.resources.share(settings.resources.value_mut());
    }

    fn share_container(&mut self, settings: &mut ContainerSettings) {
        self.security.share(settings.security_context.value_mut());
        self.resources.share(settings.resources.value_mut());
        let probes =
            [&mut settings.readiness_probe, &mut settings.liveness_probe, &mut settings.startup_probe];
        for probe in probes.into_iter().flatten() {
            self.probes.share(probe.value_mut());
        }
        if let Some(lifecycle) = &mut settings.lifecycle {
            self.lifecycles.share(lifecycle.value_mut());
        }
    }
}

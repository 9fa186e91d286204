//! Custom resources whose controllers may make pods.
//!
//! A database operator makes pods of a `Cluster`, Argo of a `Rollout`; a `Certificate` becomes none. What an unknown
//! kind becomes nobody knows, so that only kinds of groups that are known count as making none. It must not judge.
//! Next: [`super::read`].

use crate::inventory::tree::Tree;

/// Groups of which no kind becomes pods.
const HARMLESS: &[&str] = &[
    "acme.cert-manager.io",
    "autoscaling.k8s.elastic.co",
    "bitnami.com",
    "cert-manager.io",
    "cilium.io",
    "configuration.konghq.com",
    "crd.projectcalico.org",
    "external-secrets.io",
    "externaldns.k8s.io",
    "generators.external-secrets.io",
    "keda.sh",
    "kyverno.io",
    "networking.istio.io",
    "projectcalico.org",
    "seaworthy.dev",
    "secrets.hashicorp.com",
    "security.istio.io",
    "telemetry.istio.io",
    "traefik.containo.us",
    "traefik.io",
    "trust.cert-manager.io",
    "wgpolicyk8s.io",
];

/// The Prometheus operator's: some of its kinds become pods, and most none.
const PROMETHEUS: (&str, &[&str]) =
    ("monitoring.coreos.com", &["Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"]);

/// What an object of a kind that no check reads is called, if its controller may make pods of it.
pub(super) fn maker(api_version: &str, kind: &str, value: &Tree<'_>) -> Option<String> {
    let (group, _) = api_version.split_once('/')?;
    // The server's own groups have no dot, or this end.
    let is_custom = group.contains('.') && !group.ends_with(".k8s.io");
    let is_harmless = HARMLESS.contains(&group) || (group == PROMETHEUS.0 && !PROMETHEUS.1.contains(&kind));
    let is_maker = is_custom && !is_harmless && matches!(value.get("spec"), Some(Tree::Mapping(_)));
    is_maker.then(|| format!("{kind} ({group})"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_custom_resource_with_a_spec_may_become_pods_unless_its_group_is_known_for_none() {
        let of = |api_version: &str, kind: &str| {
            let value = json!({"spec": {"instances": 3}}).into();
            maker(api_version, kind, &value)
        };
        assert_eq!(of("postgresql.cnpg.io/v1", "Cluster").as_deref(), Some("Cluster (postgresql.cnpg.io)"));
        for (api_version, kind) in [
            ("argoproj.io/v1alpha1", "Rollout"),
            ("jobset.x-k8s.io/v1alpha2", "JobSet"),
            ("monitoring.coreos.com/v1", "Prometheus"),
        ] {
            assert!(of(api_version, kind).is_some(), "{kind}");
        }
        for (api_version, kind) in [
            ("cert-manager.io/v1", "Certificate"),
            ("monitoring.coreos.com/v1", "ServiceMonitor"),
            ("coordination.k8s.io/v1", "Lease"),
            ("policy/v1", "Eviction"),
            ("v1", "Endpoints"),
        ] {
            assert_eq!(of(api_version, kind), None, "{kind}");
        }
        assert_eq!(maker("example.com/v1", "Widget", &json!({"data": {}}).into()), None);
    }
}

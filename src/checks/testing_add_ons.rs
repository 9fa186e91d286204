//! Test support: policies for the network of pods that are no NetworkPolicies.
//!
//! It must not know any particular check. Next: [`super::testing`].

use serde_json::{Value, json};

use crate::catalogue::Outcome;

/// A CiliumNetworkPolicy for these endpoints, with these sections of its spec.
pub(super) fn cilium(endpoints: Value, sections: Value) -> Value {
    let mut spec = sections;
    spec["endpointSelector"] = endpoints;
    json!({"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "web"}, "spec": spec})
}

/// Policies of each API, and whether the baseline is isolated by them.
pub(super) fn isolating() -> Vec<(Value, Outcome)> {
    let world = json!([{"toEntities": ["world"]}]);
    let some = cilium(json!({}), json!({"ingress": [{"fromEndpoints": [{}]}], "egress": world}));
    let mut all = denying();
    all.retain(|(_, outcome)| *outcome != Outcome::Fail);
    all.extend([
        (some, Outcome::Pass),
        (cilium(json!({}), json!({"enableDefaultDeny": {"ingress": false, "egress": false}, "ingress": [{}], "egress": world})), Outcome::Fail),
        (calico("projectcalico.org/v3", "NetworkPolicy", json!({"selector": "app == 'web'", "types": ["Ingress", "Egress"]})), Outcome::Pass),
        (calico("projectcalico.org/v3", "NetworkPolicy", json!({"selector": "app == 'api'", "types": ["Ingress", "Egress"]})), Outcome::Fail),
    ]);
    all
}

/// Policies of each API, and whether they deny everything to every pod of the baseline's namespace.
pub(super) fn denying() -> Vec<(Value, Outcome)> {
    let both = json!({"ingress": [{}], "egress": [{}]});
    let mut clusterwide = cilium(json!({}), both.clone());
    clusterwide["kind"] = json!("CiliumClusterwideNetworkPolicy");
    clusterwide["metadata"]["namespace"] = json!("");
    let types = json!({"types": ["Ingress", "Egress"]});
    let tier = json!({"tier": "platform", "types": ["Ingress", "Egress"]});
    vec![
        (cilium(json!({}), both), Outcome::Pass),
        (clusterwide, Outcome::Pass),
        (
            cilium(
                json!({}),
                json!({"ingress": [{"fromEndpoints": [{}]}], "egress": [{"toEntities": ["world"]}]}),
            ),
            Outcome::Fail,
        ),
        (
            cilium(json!({"matchLabels": {"app": "api"}}), json!({"ingress": [{}], "egress": [{}]})),
            Outcome::Fail,
        ),
        (calico("projectcalico.org/v3", "NetworkPolicy", types.clone()), Outcome::Pass),
        (calico("crd.projectcalico.org/v1", "NetworkPolicy", types.clone()), Outcome::Pass),
        (calico("projectcalico.org/v3", "GlobalNetworkPolicy", types.clone()), Outcome::Pass),
        (calico("crd.projectcalico.org/v1", "GlobalNetworkPolicy", tier), Outcome::Unknown),
        (admin("v1alpha1", "AdminNetworkPolicy", "Deny"), Outcome::Pass),
        (admin("v1alpha1", "BaselineAdminNetworkPolicy", "Deny"), Outcome::Pass),
        (admin("v1alpha2", "ClusterNetworkPolicy", "Deny"), Outcome::Pass),
        (admin("v1alpha2", "ClusterNetworkPolicy", "Pass"), Outcome::Fail),
    ]
}

fn calico(version: &str, kind: &str, spec: Value) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "default.web"}, "spec": spec})
}

/// A policy for all pods with one rule of each direction about everything.
fn admin(version: &str, kind: &str, action: &str) -> Value {
    let spec = json!({"subject": {"namespaces": {}},
        "ingress": [{"action": action, "from": [{"namespaces": {}}]}],
        "egress": [{"action": action, "to": [{"networks": ["0.0.0.0/0", "::/0"]}]}]});
    json!({"apiVersion": format!("policy.networking.k8s.io/{version}"), "kind": kind,
        "metadata": {"name": "default"}, "spec": spec})
}

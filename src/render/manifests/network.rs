//! Who talks to whom: the Services for metrics and for the webhook, and the NetworkPolicies.
//!
//! It must not name addresses: those of the API server are another in every cluster. Next:
//! [`super::workload`], whose pods both select.

use serde_json::{Value, json};

use super::workload::{HEALTH_PORT, HEALTH_PORT_NAME, WEBHOOK_PORT, WEBHOOK_PORT_NAME};
use super::{NAME, NAMESPACE, in_namespace, labels, labels_of, selector};

/// Ports that API servers listen on, as a Service has it and as the process has it: network plugins differ
/// in which of the two a policy sees.
const API_SERVER_PORTS: &[u16] = &[443, 6443];

/// Port of the cluster's DNS.
const DNS_PORT: u16 = 53;

/// Name of the Service through which the API server calls the webhook, and of the Secret with its certificate.
pub const WEBHOOK: &str = "seaworthy-webhook";

/// Services and NetworkPolicies.
pub fn objects() -> Vec<Value> {
    vec![service(), webhook(), default_deny(), policy()]
}

/// The API server asks on the port of HTTPS. One label more than for metrics: two Services with one selector
/// are what our own check `unique-service-selector` takes for a copy.
fn webhook() -> Value {
    const HTTPS: u16 = 443;
    let mut selector = selector();
    selector.extend(labels());
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": WEBHOOK, "namespace": NAMESPACE, "labels": labels_of("webhook") },
        "spec": {
            "type": "ClusterIP",
            "selector": selector,
            "ports": [{
                "name": "https",
                "port": HTTPS,
                "targetPort": WEBHOOK_PORT_NAME,
                "protocol": "TCP",
            }],
        },
    })
}

fn service() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "seaworthy-metrics", "namespace": NAMESPACE, "labels": labels_of("metrics") },
        "spec": {
            "type": "ClusterIP",
            "selector": selector(),
            "ports": [{
                "name": "metrics",
                "port": HEALTH_PORT,
                "targetPort": HEALTH_PORT_NAME,
                "protocol": "TCP",
            }],
        },
    })
}

/// Nothing for whatever else comes to be in the namespace.
fn default_deny() -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": in_namespace("seaworthy-default-deny"),
        "spec": { "podSelector": {}, "policyTypes": ["Ingress", "Egress"] },
    })
}

fn policy() -> Value {
    let api_server: Vec<Value> = API_SERVER_PORTS.iter().map(|port| port_of("TCP", *port)).collect();
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": in_namespace(NAME),
        "spec": {
            "podSelector": { "matchLabels": selector() },
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                { "ports": [port_of("TCP", HEALTH_PORT)] },
                { "ports": [port_of("TCP", WEBHOOK_PORT)] },
            ],
            "egress": [
                { "ports": api_server },
                { "ports": [port_of("UDP", DNS_PORT), port_of("TCP", DNS_PORT)] },
                // Before the API server is told to ask the webhook, it is asked whether it answers.
                {
                    "ports": [port_of("TCP", WEBHOOK_PORT)],
                    "to": [{ "podSelector": { "matchLabels": selector() } }],
                },
            ],
        },
    })
}

fn port_of(protocol: &str, port: u16) -> Value {
    json!({ "protocol": protocol, "port": port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_let_in_but_to_the_ports_of_health_and_the_webhook() {
        let ingress = policy()["spec"]["ingress"].clone();
        let rule = |port: u16| json!({ "ports": [{ "protocol": "TCP", "port": port }] });
        assert_eq!(ingress, json!([rule(8081), rule(9443)]));
        assert_eq!(service()["spec"]["ports"][0]["targetPort"], "health");
    }
}

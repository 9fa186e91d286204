//! Who talks to whom: the Service for metrics and the NetworkPolicy.
//!
//! It must not name addresses: those of the API server are another in every cluster. Next:
//! [`super::workload`], whose pods both select.

use serde_json::{Value, json};

use super::workload::{HEALTH_PORT, HEALTH_PORT_NAME};
use super::{NAME, NAMESPACE, in_namespace, labels_of, selector};

/// Ports that API servers listen on, as a Service has it and as the process has it: network plugins differ
/// in which of the two a policy sees.
const API_SERVER_PORTS: &[u16] = &[443, 6443];

/// Port of the cluster's DNS.
const DNS_PORT: u16 = 53;

/// Service and NetworkPolicy.
pub fn objects() -> Vec<Value> {
    vec![service(), policy()]
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

fn policy() -> Value {
    let api_server: Vec<Value> = API_SERVER_PORTS.iter().map(|port| port_of("TCP", *port)).collect();
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": in_namespace(NAME),
        "spec": {
            "podSelector": { "matchLabels": selector() },
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{ "ports": [port_of("TCP", HEALTH_PORT)] }],
            "egress": [
                { "ports": api_server },
                { "ports": [port_of("UDP", DNS_PORT), port_of("TCP", DNS_PORT)] },
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
    fn nothing_is_let_in_but_to_the_port_of_health_and_metrics() {
        let ingress = policy()["spec"]["ingress"].clone();
        assert_eq!(ingress, json!([{ "ports": [{ "protocol": "TCP", "port": 8081 }] }]));
        assert_eq!(service()["spec"]["ports"][0]["targetPort"], "health");
    }
}

//! What list A demands without a box to tick.
//!
//! Data only: it must not say what a check does. Next: [`super`] for what a line
//! means, [`super::second_setup`] for the rest.

lines! {
    Prose 107 to 119 "Steps before deploying": "cluster-capacity";
    Prose 121 to 133 "Steps that harden": "secret-file-mode" "secret-refs-exist";
    Prose 135 to 146 "Steps that deploy": "rollout-complete" "http-endpoint" "test-run";
    Prose 148 to 160 "Steps after deploying": "http-endpoint" "log-collection" "backup-recent";
    Prose 165 "No keys in version control": "secret-literal-in-env" "secret-in-args-annotations"
        "secret-in-configmap";
    Prose 166 "Sensitive data comes from outside the image (as files: the list's environment variables are the weaker way)":
        "secret-via-env" "secret-literal-in-env";
    Prose 167 "Keys are rotated": "projected-token-hygiene" "legacy-sa-token-secret" "secret-rotation-age"
        "external-secret-synced";
    Prose 168 "Access to the API has the least privilege": "dedicated-service-account" "automount-sa-token"
        "rbac-wildcards" "workload-takeover-path" "workload-identity";
    Prose 171 "HTTPS for external access": "ingress-tls";
    Prose 172 "Firewall rules": "namespace-default-deny";
    Prose 173 "Remote access by VPN": "attest:vpn-admin-access";
    Prose 174 "Anomalies in traffic are noticed": "intrusion-detection";
    Prose 177 "Base images are minimal": "image-registry" "image-base-allowed" "image-size";
    Prose 178 "Containers are scanned": "image-vulnerabilities";
    Prose 179 "Resources are limited": "memory-limits" "memory-requests" "cpu-limits" "namespace-limitrange";
    Prose 180 "Filesystems are read-only": "read-only-root-filesystem";
    Prose 183 "Encryption at rest": "secret-encryption-at-rest" "storage-class";
    Prose 184 "Encryption in transit": "backend-mtls" "tls-endpoint";
    Prose 185 "Access controls": "auth-required";
    Prose 186 "Regular audits": "recurring-attestation";
    Prose 191 "Availability as a metric": "promql:availability" "pods-ready" "pod-restarts" "slo-defined";
    Prose 192 "Response times as a metric": "promql:latency-p95" "promql-threshold" "slo-defined";
    Prose 193 "Errors as a metric": "promql:error-rate";
    Prose 194 "Use of resources as a metric": "promql:cpu" "promql:memory" "promql:disk" "node-health";
    Prose 195 "Connectivity as a metric": "endpoints-ready" "dependency-reachable" "promql:network";
    Prose 198 "Alert: down for 5 minutes": "promql:availability";
    Prose 199 "Alert: responses over 10 seconds": "promql:latency-p95";
    Prose 200 "Alert: errors over 5 %": "promql:error-rate";
    Prose 201 "Alert: disk over 80 %": "promql:disk";
    Prose 202 "Alert: memory over 90 %": "promql:memory";
    Prose 205 "Logs: security events": "intrusion-detection" "log-collection";
    Prose 206 "Logs: patterns of access": "log-collection";
    Prose 207 "Logs: bottlenecks": "hpa-healthy" "warning-events";
    Prose 208 "Logs: errors of configuration": "duplicate-env" "config-refs-exist" "dangling-network-policy"
        "image-drift";
    Prose 213 "Daily: health and logs": "recurring-attestation";
    Prose 214 "Weekly: metrics and alerts": "recurring-attestation";
    Prose 215 "Monthly: dependencies and patches": "recurring-attestation" "image-age";
    Prose 216 "Quarterly: audit and backup tests": "recurring-attestation" "restore-tested";
    Prose 219 "Update: backup first": "pre-change-backup";
    Prose 220 "Update: staging first": "environment-parity";
    Prose 221 "Update: in a window": "change-window";
    Prose 222 "Update: with a way back": "rollback-ready" "release-revision";
    Prose 223 "Update: verified": "test-run";
    Prose 224 "Update: documented": "documentation-links";
    Prose 227 "Trouble: look into logs": "warning-events" "log-error-rate";
    Prose 228 "Trouble: test the network": "dependency-reachable";
    Prose 229 "Trouble: test each service": "http-endpoint";
    Prose 230 "Trouble: look into configuration": "config-refs-exist";
    Prose 231 "Trouble: look at resources": "node-health";
    Prose 236 "Static content is cached": "attest:caching";
    Prose 237 "Queries are tuned": "attest:db-tuning";
    Prose 238 "A CDN serves external resources": "attest:cdn";
    Prose 239 "Connections are pooled": "promql:db-connections" "attest:connection-pooling";
    Prose 240 "Use of resources is tuned": "usage-vs-requests";
    Prose 243 "Scales out behind a load balancer": "min-replicas" "hpa-present";
    Prose 244 "The database has read replicas": "attest:db-tuning";
    Prose 245 "There is a layer of caches": "attest:caching";
    Prose 246 to 247 "Shape of the architecture": "hpa-present";
}

//! The lines of list A that have a box to tick.
//!
//! Data only: it must not say what a check does. Next: [`super`] for what a line
//! means, [`super::first_prose`] for the rest.

lines! {
    Item 8 "API keys are encrypted and stored safely": "secret-literal-in-env" "secret-in-configmap"
        "secret-in-args-annotations" "secret-external-store" "exposed-secrets-report"
        "secret-encryption-at-rest";
    Item 9 "Sensitive settings are encrypted": "secret-external-store" "secret-in-configmap"
        "secret-encryption-at-rest" "attest:app-level-encryption";
    Item 10 "Files have tight modes": "secret-file-mode" "attest:image-file-modes";
    Item 11 "Services run as a user other than root": "run-as-non-root" "run-as-user-not-zero"
        "windows-run-as-container-user";
    Item 12 "Containers have the least privileges": "pss-level" "privileged-container"
        "capabilities-drop-all" "capabilities-add-allowlist" "allow-privilege-escalation" "seccomp-profile"
        "host-pid" "host-ipc" "host-path-volumes" "runtime-socket-mount" "imds-access-blocked";
    Item 13 "Services have a network of their own": "network-policy-coverage" "namespace-default-deny"
        "network-policy-enforced" "host-network";
    Item 16 "Backups can be encrypted": "backup-encryption";
    Item 17 "Logs hold no sensitive data": "log-secret-scan" "attest:log-redaction";
    Item 18 "External access goes over HTTPS": "ingress-tls" "gateway-tls" "https-redirect-configured"
        "https-redirect" "tls-endpoint";
    Item 19 "Certificates are valid": "tls-secret-valid" "tls-cert-expiry" "tls-cert-trusted"
        "cert-manager-certificate-ready";
    Item 24 "Errors are handled wherever it matters": "attest:error-handling" "promql:error-rate"
        "pod-restarts" "error-disclosure";
    Item 25 "The system goes on when a part fails": "failover-tested" "graceful-termination" "pdb-present"
        "attest:graceful-degradation";
    Item 26 "Requests over the network time out": "traffic-resilience" "job-limits" "attest:client-timeouts";
    Item 27 "What failed is tried again, with backoff": "traffic-resilience" "job-limits"
        "attest:retry-backoff";
    Item 28 "A failing dependency is cut off": "traffic-resilience" "attest:circuit-breaker";
    Item 31 "Logs are structured": "structured-logs" "attest:structured-logging";
    Item 32 "Logs do not fill the disk": "stdout-logging" "ephemeral-storage" "attest:node-log-rotation";
    Item 33 "Every service has health checks": "readiness-probe" "liveness-probe" "startup-probe"
        "probes-distinct" "probe-port-valid" "http-endpoint" "pods-ready";
    Item 34 "Metrics are collected": "metrics-scraped" "dangling-monitor" "monitor-selected"
        "metrics-target-up" "required-series" "metrics-server";
    Item 35 "Somebody is alerted when it is critical": "alert-rules" "alert-rule-quality" "alert-routing";
    Item 38 "Configuration and data are backed up regularly": "backup-schedule" "backup-recent"
        "backup-volumes" "gitops-managed";
    Item 39 "Backups are verified": "backup-integrity" "backup-recent";
    Item 40 "Restoring is rehearsed": "restore-tested" "recurring-attestation";
    Item 41 "Backups are kept for a set time": "backup-retention";
    Item 42 "Disaster recovery is written down": "documentation-links" "attest:dr-plan";
    Item 47 "Memory is used with care": "memory-requests" "memory-limits" "promql:memory" "usage-vs-requests"
        "pod-restarts" "attest:memory-profiling";
    Item 48 "CPU is used with care": "cpu-requests" "promql:cpu" "promql:cpu-throttling" "usage-vs-requests";
    Item 49 "Disk access is efficient": "promql:disk-io" "ephemeral-storage" "pvc-bound" "attest:io-review";
    Item 50 "Network access is efficient": "promql:network" "promql:db-connections"
        "attest:connection-pooling";
    Item 53 "It scales over several instances": "min-replicas" "hpa-present" "hpa-target"
        "hpa-metrics-usable" "hpa-replicas-conflict" "spread-nodes" "spread-zones" "local-state"
        "pvc-replica-conflict";
    Item 54 "It works behind a load balancer": "dangling-service" "service-target-port"
        "load-balancer-restricted" "load-balancer-provisioned" "endpoints-ready";
    Item 55 "What is asked often is cached": "promql:cache-hit" "attest:caching";
    Item 56 "Queries of the database are tuned": "promql:db-latency-p95" "attest:db-tuning";
    Item 61 "One command deploys": "gitops-managed" "attest:deployment-automation";
    Item 62 "A previous version can be restored": "rolling-update-strategy" "revision-history"
        "rollback-ready" "progressive-delivery";
    Item 63 "Each environment has its configuration": "gitops-managed" "debug-settings-off"
        "environment-parity" "required-labels" "config-reload-strategy";
    Item 64 "Dependencies are updated automatically": "image-vulnerabilities" "image-provenance" "image-age"
        "attest:dependency-updates";
    Item 67 "Processes are supervised and restarted": "no-bare-pods" "restart-policy" "readiness-probe"
        "attest:systemd-units";
    Item 68 "Container images are lean and pinned": "image-tag" "image-digest" "image-pull-policy"
        "image-size" "image-base-allowed";
    Item 69 "Network and DNS are configured": "network-policy-required-flows" "dns-config"
        "external-dns-record" "dependency-reachable";
    Item 70 "Services find each other": "dangling-service" "service-target-port" "statefulset-service"
        "endpoints-ready" "dependency-reachable";
    Item 73 "Updating is written down": "deprecated-api" "removed-api" "documentation-links"
        "attest:update-procedure";
    Item 74 "Health is watched all the time": "rollout-complete" "pods-ready" "alert-rules"
        "no-firing-alerts";
    Item 75 "Logs are gathered in one place": "log-collection";
    Item 76 "Performance is watched": "dashboards" "promql-threshold" "alert-rules";
    Item 81 "Unit tests": "test-run" "ci-attestation";
    Item 82 "Integration tests": "test-run";
    Item 83 "Load and performance tests": "load-test";
    Item 84 "Security tests": "image-vulnerabilities" "external-exposure-risk" "test-run"
        "attest:security-testing";
    Item 87 "Changes are reviewed": "ci-attestation" "image-provenance" "attest:code-review";
    Item 88 "Code is analysed statically": "ci-attestation" "schema-valid";
    Item 89 "Vulnerabilities are scanned for": "image-vulnerabilities" "image-scan-fresh" "image-signature"
        "ci-attestation";
    Item 90 "There are guides": "documentation-links" "required-annotations" "attest:documentation";
    Item 95 "Sensitive data is classified": "data-classification" "attest:data-classification";
    Item 96 "Access follows roles": "rbac-cluster-admin" "rbac-wildcards" "rbac-secrets-access"
        "rbac-pod-create" "rbac-pod-exec" "rbac-escalation-verbs" "rbac-control-plane-surface"
        "rbac-network-config-write" "rbac-system-subjects" "workload-takeover-path";
    Item 97 "There is an audit trail": "audit-logging" "attest:app-audit-trail";
    Item 98 "Data is kept for a set time": "backup-retention" "attest:data-retention";
    Item 101 "Privacy law is followed": "attest:privacy-compliance";
    Item 102 "A security standard is met": "compliance-report" "cis-benchmark" "namespace-psa-labels"
        "waiver-valid" "attest:security-standard";
    Item 103 "Compliance is written down": "documentation-links" "attest:compliance-docs";
    Item 252 "Nothing runs that is not needed": "port-allowlist" "ssh-port" "exposed-admin-interface"
        "no-dev-tools" "cis-benchmark";
    Item 253 "Firewall rules are in place": "namespace-default-deny" "service-exposure-type"
        "load-balancer-restricted" "attest:firewall";
    Item 254 "SELinux or AppArmor is on": "apparmor-profile" "selinux-options" "seccomp-profile";
    Item 255 "Security updates are applied": "image-age" "image-vulnerabilities" "image-os-supported"
        "node-os-current" "cluster-version" "known-exploit-config";
    Item 256 "System logs are watched": "log-collection" "audit-logging" "log-error-rate"
        "recurring-attestation";
    Item 259 "Input is validated": "ci-attestation" "test-run" "attest:input-validation";
    Item 260 "Output is encoded": "ci-attestation" "security-headers" "attest:output-encoding";
    Item 261 "Sessions are managed": "auth-flow" "attest:session-management";
    Item 262 "Errors disclose nothing": "error-disclosure" "debug-settings-off";
    Item 263 "Protocols are secure": "tls-endpoint" "tls-min-version-configured" "ingress-tls" "backend-mtls";
    Item 266 "Data is encrypted at rest and in transit": "storage-class" "secret-encryption-at-rest"
        "backend-mtls" "tls-endpoint";
    Item 267 "Access is controlled": "workload-takeover-path" "dedicated-service-account"
        "rbac-secrets-access" "human-access-review" "attest:app-rbac";
    Item 268 "Data is handled by its class": "data-classification" "attest:data-handling";
    Item 269 "Backups are encrypted": "backup-encryption" "backup-immutable";
    Item 270 "Data is deleted securely": "storage-class" "rbac-data-destruction" "attest:secure-deletion";
    Item 276 "Security is reviewed": "sign-off" "attest:security-review";
    Item 277 "Performance tests have passed": "load-test";
    Item 278 "Backup and recovery were tried": "backup-recent" "restore-tested";
    Item 279 "Monitoring and alerting are set up": "monitor-selected" "alert-rules" "alert-routing"
        "watchdog-alert" "dashboards";
    Item 280 "Documentation is current": "documentation-links" "attest:documentation";
    Item 281 "The team is trained": "attest:team-training";
    Item 282 "Support is arranged": "owner-contact" "attest:support-procedures";
    Item 283 "Rolling back was rehearsed": "rollback-ready" "attest:rollback-drill";
    Item 286 "The security team approves": "sign-off" "separation-of-duties";
    Item 287 "The operations team approves": "sign-off" "separation-of-duties";
    Item 288 "The development team approves": "sign-off" "separation-of-duties";
    Item 289 "The management approves": "sign-off" "separation-of-duties";
}

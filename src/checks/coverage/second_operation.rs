//! The lines of list B that have a box, from monitoring to sign-off.
//!
//! Data only: it must not say what a check does. Next: [`super`] for what a line
//! means, [`super::second_prose`] for the rest.

lines! {
    Group 196 to 200 "Metrics are collected":;
    Item 197 "Metrics of the application": "metrics-scraped" "metrics-target-up" "required-series";
    Item 198 "Metrics of the system": "required-series";
    Item 199 "Metrics of the business": "required-series";
    Item 200 "Alert rules": "alert-rules" "monitor-selected";
    Group 203 to 207 "Dashboards":;
    Item 204 "Dashboard: infrastructure": "dashboards";
    Item 205 "Dashboard: application": "dashboards";
    Item 206 "Dashboard: security": "dashboards";
    Item 207 "Dashboard: business": "dashboards";
    Group 210 to 214 "Critical alerts":;
    Item 211 "Alert: service down": "alert-rules" "promql:availability";
    Item 212 "Alert: database connections fail": "alert-rules" "promql:db-connections";
    Item 213 "Alert: many errors": "alert-rules" "promql:error-rate";
    Item 214 "Alert: security incident": "alert-rules" "intrusion-detection";
    Group 216 to 220 "Warning alerts":;
    Item 217 "Alert: CPU over 80 %": "alert-rules" "promql:cpu";
    Item 218 "Alert: memory over 85 %": "alert-rules" "promql:memory";
    Item 219 "Alert: disk over 90 %": "alert-rules" "promql:disk";
    Item 220 "Alert: slow responses": "alert-rules" "promql:latency-p95";
    Group 225 to 229 "Operating systems are current":;
    Item 226 "The operating system is up to date": "node-os-current" "image-os-supported" "cluster-version";
    Item 227 "Security patches are applied": "node-os-current" "image-vulnerabilities" "image-age";
    Item 228 "Updates come by themselves": "node-os-current" "attest:auto-updates";
    Item 229 "Vulnerabilities are scanned for": "image-scan-fresh" "image-vulnerabilities";
    Group 232 to 236 "Containers are hardened":;
    Item 233 "No container runs as root": "run-as-non-root";
    Item 234 "Resources are limited": "memory-limits" "memory-requests" "cpu-requests"
        "requests-within-limits" "cpu-limits";
    Item 235 "Security contexts are set": "pss-level" "security-context-present" "capabilities-drop-all"
        "allow-privilege-escalation" "seccomp-profile";
    Item 236 "Images are scanned": "image-vulnerabilities" "image-scan-fresh";
    Group 239 to 243 "The firewall is configured":;
    Item 240 "Only required ports are open": "port-allowlist" "service-exposure-type"
        "network-policy-too-open" "host-ports" "service-external-ips";
    Item 241 "What is not allowed is denied": "namespace-default-deny";
    Item 242 "The network is segmented": "network-policy-coverage" "network-policy-enforced";
    Item 243 "Intrusions are detected": "intrusion-detection" "attest:ids";
    Group 248 to 252 "Daily duties":;
    Item 249 "Daily: health and alerts": "no-firing-alerts" "pods-ready" "warning-events" "node-health";
    Item 250 "Daily: backups are complete": "backup-recent" "job-health";
    Item 251 "Daily: security logs": "recurring-attestation" "intrusion-detection";
    Item 252 "Daily: it works": "test-run" "http-endpoint" "rollout-complete";
    Group 254 to 258 "Weekly duties":;
    Item 255 "Weekly: trends of performance": "recurring-attestation" "usage-vs-requests";
    Item 256 "Weekly: dependencies are scanned": "image-scan-fresh" "image-vulnerabilities";
    Item 257 "Weekly: a backup is restored": "restore-tested";
    Item 258 "Weekly: old logs are cleared": "stdout-logging" "recurring-attestation";
    Group 260 to 264 "Monthly duties":;
    Item 261 "Monthly: audit and penetration test": "recurring-attestation" "test-run";
    Item 262 "Monthly: performance is analysed": "recurring-attestation" "usage-vs-requests";
    Item 263 "Monthly: recovery drill": "recurring-attestation" "restore-tested" "failover-tested";
    Item 264 "Monthly: documentation": "recurring-attestation" "documentation-links";
    Group 266 to 270 "Quarterly duties":;
    Item 267 "Quarterly: security review": "recurring-attestation";
    Item 268 "Quarterly: capacity is planned": "recurring-attestation" "cluster-capacity" "namespace-quota"
        "hpa-headroom";
    Item 269 "Quarterly: compliance audit": "recurring-attestation" "compliance-report";
    Item 270 "Quarterly: continuity review": "recurring-attestation";
    Group 273 to 277 "Security updates":;
    Item 274 "Tried in staging first": "environment-parity" "test-run";
    Item 275 "In a maintenance window": "change-window" "pdb-allows-disruption" "pdb-healthy";
    Item 276 "With a way back": "rollback-ready" "pre-change-backup";
    Item 277 "Verified afterwards": "test-run" "rollout-complete" "promql-threshold";
    Group 279 to 283 "Feature updates":;
    Item 280 "Versions are compatible": "deprecated-api" "removed-api" "cluster-version";
    Item 281 "Migrations are validated": "migration-complete";
    Item 282 "APIs stay compatible": "test-run" "schema-valid" "deprecated-api" "attest:api-compatibility";
    Item 283 "Users accept it": "test-run" "attest:uat";
    Group 288 to 292 "Security incidents":;
    Item 289 "Incidents are detected and classified": "intrusion-detection" "attest:incident-classification";
    Item 290 "Incidents are contained": "attest:containment";
    Item 291 "Evidence is preserved": "audit-logging" "attest:evidence-preservation";
    Item 292 "Recovery, and what was learned": "attest:incident-recovery";
    Group 294 to 298 "Outages":;
    Item 295 "Escalation": "owner-contact" "alert-routing";
    Item 296 "Communication": "documentation-links" "attest:communication-plan";
    Item 297 "Targets for recovery": "rto-rpo";
    Item 298 "Analysis afterwards": "attest:postmortem-process";
    Group 301 to 305 "Rolling back":;
    Item 302 "The previous version is ready": "rollback-ready" "release-revision" "revision-history";
    Item 303 "The database can go back": "pre-change-backup" "attest:db-rollback";
    Item 304 "The configuration can go back": "gitops-managed" "secret-immutable" "rollback-ready";
    Item 305 "Users are told": "attest:user-notification";
    Group 310 to 314 "Privacy":;
    Item 311 "Data is kept for a set time": "backup-retention" "attest:data-retention";
    Item 312 "Data of users is protected": "data-classification" "secret-encryption-at-rest"
        "attest:user-data-protection";
    Item 313 "Consent is managed": "attest:consent";
    Item 314 "A breach has a procedure": "attest:breach-response";
    Group 317 to 321 "Audit logs":;
    Item 318 "There is an audit trail": "audit-logging" "attest:app-audit-trail";
    Item 319 "Logs are kept for a set time": "log-collection" "attest:log-retention";
    Item 320 "Logs cannot be altered": "attest:log-integrity";
    Item 321 "Compliance is reported": "compliance-report";
    Group 324 to 328 "Documentation for operators":;
    Item 325 "How to deploy": "documentation-links";
    Item 326 "How to find faults": "documentation-links" "alert-rule-quality";
    Item 327 "Whom to call": "owner-contact";
    Item 328 "How changes are managed": "release-identity" "change-window" "attest:change-management";
    Item 333 "The system administrator signs": "sign-off" "separation-of-duties";
    Item 338 "The security officer signs": "sign-off" "separation-of-duties";
    Item 344 "The operations manager signs": "sign-off" "separation-of-duties";
    Item 349 "The compliance officer signs": "sign-off" "separation-of-duties";
    Item 357 "Infrastructure is as required": "certification";
    Item 358 "Security is validated": "certification" "gitops-managed";
    Item 359 "Deploying was rehearsed": "rollout-complete" "gitops-managed" "attest:deployment-rehearsal";
    Item 360 "Monitoring and alerting work": "metrics-target-up" "no-firing-alerts" "watchdog-alert"
        "alert-routing";
    Item 361 "Backup and recovery work": "backup-recent" "restore-tested";
    Item 362 "Performance is as required": "load-test" "promql:latency-p95" "promql:error-rate";
    Item 373 "Stable for 24 hours": "stability-window" "pod-restarts";
    Item 374 "Performance is watched after deploying": "promql-threshold" "progressive-delivery";
    Item 375 "Scanned after deploying": "image-scan-fresh" "image-vulnerabilities" "exposed-secrets-report";
    Item 376 "Users accept it": "test-run" "attest:uat";
    Item 377 "Documentation is current": "documentation-links" "attest:documentation";
}

//! The lines of list B that have a box, up to deployment and its validation.
//!
//! Data only: it must not say what a check does. Next: [`super`] for what a line
//! means, [`super::second_operation`] for the rest.

lines! {
    Group 10 to 15 "Resources of the servers":;
    Item 11 "4 CPU cores": "cluster-capacity" "resource-bounds";
    Item 12 "8 GB of memory": "cluster-capacity" "resource-bounds";
    Item 13 "100 GB of fast storage": "storage-class" "cluster-capacity" "promql:disk";
    Item 14 "Network and firewall let through what is needed": "network-policy-required-flows"
        "namespace-default-deny" "dependency-reachable" "attest:firewall";
    Item 15 "A supported container platform": "cluster-version" "node-os-current";
    Group 17 to 21 "TLS is set up":;
    Item 18 "Certificates are there": "tls-secret-valid" "tls-cert-trusted" "cert-manager-certificate-ready"
        "ingress-tls";
    Item 19 "DNS records are there": "external-dns-record" "ingress-host-unique" "dns-answer";
    Item 20 "TLS 1.2 or newer is demanded": "tls-min-version-configured" "tls-endpoint";
    Item 21 "Certificates renew themselves": "cert-auto-renewal" "tls-cert-expiry";
    Group 23 to 27 "Network security":;
    Item 24 "The firewall opens required ports": "namespace-default-deny" "port-allowlist"
        "load-balancer-restricted" "attest:firewall";
    Item 25 "Administrators come in by VPN": "load-balancer-restricted" "exposed-admin-interface"
        "attest:vpn-admin-access";
    Item 26 "The load balancer is configured": "load-balancer-restricted" "load-balancer-provisioned"
        "dangling-ingress" "dangling-route" "ingress-class";
    Item 27 "The CDN is configured": "external-dns-record" "attest:cdn";
    Group 30 to 35 "Secrets are managed":;
    Item 31 "Signing secrets of 32 characters": "secret-min-length";
    Item 32 "Database passwords of 12 characters": "secret-min-length";
    Item 33 "A vault holds secrets": "secret-external-store" "external-secret-synced";
    Item 34 "Keys for encrypting backups": "backup-encryption";
    Item 35 "Security headers are chosen": "ingress-security-headers" "security-headers";
    Group 37 to 41 "Authentication is set up":;
    Item 38 "Login providers": "external-route-auth" "auth-flow" "attest:oauth-provider";
    Item 39 "Rules for passwords": "secret-min-length" "attest:password-policy";
    Item 40 "Sessions time out": "auth-flow" "attest:session-timeout";
    Item 41 "Access follows roles": "rbac-wildcards" "rbac-cluster-admin" "rbac-escalation-verbs"
        "dedicated-service-account" "attest:app-rbac";
    Group 43 to 47 "Database security":;
    Item 44 "Database accounts with the least privileges": "attest:db-least-privilege";
    Item 45 "The database is encrypted at rest": "storage-class" "secret-encryption-at-rest"
        "attest:db-encryption";
    Item 46 "Connections to the database are encrypted": "backend-mtls" "dependency-reachable";
    Item 47 "An account for backups": "secret-refs-exist" "secret-min-length" "attest:db-backup-user";
    Group 131 to 135 "API endpoints":;
    Item 132 "The health endpoint answers 200": "http-endpoint" "readiness-probe";
    Item 133 "The metrics endpoint answers": "metrics-endpoint" "metrics-target-up";
    Item 134 "Login works": "auth-flow";
    Item 135 "Protected endpoints demand a login": "auth-required" "external-route-auth";
    Group 137 to 140 "WebSocket connections":;
    Item 138 "The endpoint accepts connections": "websocket-endpoint";
    Item 139 "Data arrives in real time": "websocket-endpoint";
    Item 140 "Connections are kept and closed well": "websocket-endpoint";
    Group 142 to 146 "Connectivity of the database":;
    Item 143 "The application reaches the database": "dependency-reachable" "http-endpoint";
    Item 144 "Tables and indexes are there": "migration-complete" "attest:db-schema";
    Item 145 "Connections are pooled": "promql:db-connections";
    Item 146 "Migrations are done": "migration-complete";
    Group 149 to 153 "TLS in operation":;
    Item 150 "HTTP leads to HTTPS": "https-redirect" "https-redirect-configured" "gateway-tls";
    Item 151 "TLS 1.2 or newer, weak protocols off": "tls-endpoint" "tls-min-version-configured";
    Item 152 "The certificate is valid and trusted": "tls-endpoint" "tls-secret-valid" "tls-cert-trusted"
        "tls-cert-expiry";
    Item 153 "Security headers are sent": "security-headers";
    Group 155 to 159 "Authentication in operation":;
    Item 156 "Tokens are made and verified": "auth-flow";
    Item 157 "Protected endpoints demand a valid login": "auth-required";
    Item 158 "Rules for passwords are enforced": "attest:password-policy";
    Item 159 "Sessions work": "auth-flow" "attest:session-management";
    Group 161 to 165 "Input is validated":;
    Item 162 "Safe from SQL injection": "ci-attestation" "test-run";
    Item 163 "Safe from cross-site scripting": "ci-attestation" "security-headers";
    Item 164 "Uploads are restricted": "http-endpoint" "attest:file-upload";
    Item 165 "Requests are limited in rate": "rate-limit-active" "ingress-rate-limit";
    Group 168 to 172 "Response times":;
    Item 169 "API below 500 ms at P95": "promql:latency-p95";
    Item 170 "Queries below 100 ms at P95": "promql:db-latency-p95";
    Item 171 "Pages load within 3 s": "promql:web-vitals" "http-endpoint";
    Item 172 "WebSocket connects within 200 ms": "websocket-endpoint";
    Group 174 to 178 "Use of resources":;
    Item 175 "CPU below 70 %": "promql:cpu";
    Item 176 "Memory below 80 %": "promql:memory";
    Item 177 "Disk access is tuned": "promql:disk-io" "promql:disk";
    Item 178 "Connections are stable": "promql:network";
    Group 181 to 185 "Backups in operation":;
    Item 182 "Backups are made automatically": "backup-schedule" "cronjob-schedule" "backup-recent";
    Item 183 "Backups are encrypted and verified": "backup-encryption" "backup-integrity";
    Item 184 "Backups are kept for a set time": "backup-retention";
    Item 185 "Backups are copied off site": "backup-offsite" "backup-storage-available";
    Group 187 to 191 "Disaster recovery":;
    Item 188 "Recovery is written down": "documentation-links" "attest:dr-plan";
    Item 189 "Restoring was tried": "restore-tested";
    Item 190 "RTO and RPO can be met": "rto-rpo";
    Item 191 "Failing over was tried": "failover-tested" "spread-zones" "quorum-size";
}

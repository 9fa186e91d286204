//! What list B demands without a box to tick.
//!
//! Data only: it must not say what a check does. Next: [`super`] for what a line
//! means, [`super::first_boxes`] for the rest.

lines! {
    Prose 51 to 63 "Steps: the environment": "secret-refs-exist" "config-refs-exist";
    Prose 65 to 75 "Steps: security": "tls-secret-valid" "secret-external-store" "test-run";
    Prose 77 to 87 "Steps: the database": "migration-complete" "dependency-reachable" "attest:db-backup-user";
    Prose 89 to 101 "Steps: deploying": "rollout-complete";
    Prose 103 to 113 "Steps: validating": "http-endpoint" "test-run" "load-test";
    Prose 115 to 126 "Steps: monitoring": "metrics-target-up" "alert-rules" "dashboards";
    Prose 364 to 370 "The authorization, with dates and names": "certification";
    Prose 383 to 385 "Review every quarter": "recurring-attestation";
}

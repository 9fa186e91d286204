//! The operator's metrics: one table makes the fields, the registration and the documentation.
//!
//! No globals: the registry is passed in. Labels are bounded: never a name or a namespace of a user's
//! object. Next: [`super::health`] serves them.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

use super::life::ProofOfLife;

/// What the documentation says of one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricDoc {
    /// Full name.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Label names, in order.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// Upper bounds of every histogram, in seconds: from one evaluation to a call's deadline.
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

fn counter(doc: &MetricDoc) -> Result<IntCounterVec, prometheus::Error> {
    IntCounterVec::new(Opts::new(doc.name, doc.help), doc.labels)
}

fn gauge(doc: &MetricDoc) -> Result<IntGaugeVec, prometheus::Error> {
    IntGaugeVec::new(Opts::new(doc.name, doc.help), doc.labels)
}

fn histogram(doc: &MetricDoc) -> Result<HistogramVec, prometheus::Error> {
    HistogramVec::new(HistogramOpts::new(doc.name, doc.help).buckets(BUCKETS.to_vec()), doc.labels)
}

macro_rules! metrics {
    ($($field:ident: $type:ident $kind:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        /// Every metric of the operator.
        #[derive(Clone, Debug)]
        pub struct Metrics {
            $(#[doc = $help] pub $field: $type,)+
        }

        /// The documentation of every metric, in the order in which they are declared.
        pub const METRICS: &[MetricDoc] = &[
            $(MetricDoc { name: $name, kind: stringify!($kind), labels: &[$($label),*], help: $help },)+
        ];

        impl Metrics {
            /// Registers every metric; fails if the registry already holds one of them.
            pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
                let metrics = Self {
                    $($field: $kind(&MetricDoc {
                        name: $name, kind: stringify!($kind), labels: &[$($label),*], help: $help,
                    })?,)+
                };
                $(registry.register(Box::new(metrics.$field.clone()))?;)+
                // What has no label is there from the beginning: a rate needs a first value.
                $(
                    let labels: &[&str] = &[$($label),*];
                    if labels.is_empty() {
                        metrics.$field.with_label_values::<&str>(&[]);
                    }
                )+
                metrics.build_info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
                Ok(metrics)
            }
        }
    };
}

metrics! {
    build_info: IntGaugeVec gauge "seaworthy_build_info" ["version"]
        "Always 1; the label is the operator's version.";
    leader: IntGaugeVec gauge "seaworthy_leader" []
        "1 while this replica may write.";
    api_requests: IntCounterVec counter "seaworthy_api_requests_total" ["verb", "resource", "outcome"]
        "Calls to the API server that are not lists or watches of the index, by how they ended.";
    api_request_seconds: HistogramVec histogram "seaworthy_api_request_duration_seconds" ["verb"]
        "Duration of those calls, tries and waits included.";
    watch_events: IntCounterVec counter "seaworthy_watch_events_total" ["resource", "event"]
        "Events of the index's watches.";
    watch_failures: IntCounterVec counter "seaworthy_watch_failures_total" ["resource", "category"]
        "Failed lists and watches of the index.";
    watch_age_seconds: IntGaugeVec gauge "seaworthy_watch_proof_of_life_age_seconds" ["resource"]
        "Seconds since the API server last showed that this resource's watch works; -1 before the first time.";
    watch_stale: IntGaugeVec gauge "seaworthy_watch_stale" ["resource"]
        "1 while this resource's watch has shown no sign of life for two watch timeouts.";
    queue_depth: IntGaugeVec gauge "seaworthy_queue_depth" ["queue"]
        "Keys that wait.";
    unjudged_age_seconds: IntGaugeVec gauge "seaworthy_unjudged_change_age_seconds" []
        "Seconds for which some change has waited to be judged, without a moment at which none did; 0 when none waits.";
    writes: IntCounterVec counter "seaworthy_writes_total" ["object", "outcome"]
        "Reports, statuses and Events written, by how it ended.";
    events_dropped: IntCounterVec counter "seaworthy_events_dropped_total" []
        "Events that the operator's own limiter kept back.";
    admission_reviews: IntCounterVec counter "seaworthy_admission_reviews_total" ["outcome"]
        "Requests that the API server asked about, by outcome: allowed, warned, denied, unknown (let through), skipped (no policy warns or denies), late (let through), refused (no question).";
    admission_seconds: HistogramVec histogram "seaworthy_admission_review_duration_seconds" []
        "Duration of those answers.";
    webhook_wanted: IntGaugeVec gauge "seaworthy_webhook_wanted" []
        "1 while this replica leads, has a webhook, and some policy warns or denies.";
    webhook_registered: IntGaugeVec gauge "seaworthy_webhook_registered" []
        "1 while this replica leads and keeps the ValidatingWebhookConfiguration.";
    webhook_certificate_expiry: IntGaugeVec gauge "seaworthy_webhook_certificate_expiry_timestamp_seconds" []
        "When the webhook's certificate ends, in seconds since 1970; 0 without one.";
}

impl Metrics {
    /// Sets the age of a resource's proof of life; called before each scrape.
    pub fn set_watch_age(&self, resource: &str, life: &ProofOfLife) {
        let seconds = life.age().map_or(-1, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        self.watch_age_seconds.with_label_values(&[resource]).set(seconds);
    }

    /// Forgets what is said of a watch that has ended.
    pub fn forget_watch(&self, resource: &str) {
        for gauge in [&self.watch_age_seconds, &self.watch_stale] {
            // One that was never set cannot be removed, and need not be.
            let _ = gauge.remove_label_values(&[resource]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_prefixed_and_follow_the_conventions() {
        let names: BTreeSet<_> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), METRICS.len());
        for metric in METRICS {
            assert!(metric.name.starts_with("seaworthy_"), "{}", metric.name);
            assert_eq!(metric.kind == "counter", metric.name.ends_with("_total"), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
    }

    #[test]
    fn no_label_can_hold_a_users_object() {
        let bounded = ["version", "verb", "resource", "outcome", "event", "category", "queue", "object"];
        let labels: BTreeSet<_> = METRICS.iter().flat_map(|metric| metric.labels).copied().collect();
        assert_eq!(labels.into_iter().filter(|label| !bounded.contains(label)).count(), 0);
    }

    #[test]
    fn a_registry_takes_them_once() {
        let registry = Registry::new();
        let metrics = Metrics::new(&registry).unwrap();
        metrics.leader.with_label_values::<&str>(&[]).set(1);
        let gathered: BTreeSet<_> = registry.gather().iter().map(|family| family.name().to_owned()).collect();
        assert!(gathered.contains("seaworthy_leader") && gathered.contains("seaworthy_build_info"));
        let unlabelled = METRICS.iter().filter(|metric| metric.labels.is_empty());
        assert!(unlabelled.map(|metric| metric.name).all(|name| gathered.contains(name)), "{gathered:?}");
        assert!(Metrics::new(&registry).is_err());
    }
}

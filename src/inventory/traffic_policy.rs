//! What says how proxies treat those they send to: DestinationRules of Istio, BackendTrafficPolicies of Envoy Gateway,
//! ServiceProfiles of Linkerd; of each how long is waited, how often is tried, and when somebody is left out.
//!
//! It must not judge. Next: [`super::virtual_service`].

use serde::Deserialize;
use serde_json::Number;

use super::lenient::{list, null_is_default};
use super::metadata::Metadata;

/// A DestinationRule, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DestinationRule {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: DestinationRuleSpec,
}

/// `spec` of a DestinationRule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DestinationRuleSpec {
    /// How hosts are treated.
    #[serde(deserialize_with = "null_is_default")]
    pub traffic_policy: TrafficPolicy,
    /// Some of the hosts, by their labels.
    #[serde(deserialize_with = "list")]
    pub subsets: Vec<Subset>,
}

/// One entry of `subsets`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Subset {
    /// How these are treated, where that is not as all are.
    #[serde(deserialize_with = "null_is_default")]
    pub traffic_policy: TrafficPolicy,
}

/// How hosts are treated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TrafficPolicy {
    /// When a host is left out that fails.
    pub outlier_detection: Option<OutlierDetection>,
    /// How much may wait for a host.
    pub connection_pool: Option<ConnectionPool>,
    /// The same for single ports, each by itself.
    #[serde(deserialize_with = "list")]
    pub port_level_settings: Vec<PortPolicy>,
}

/// One entry of `portLevelSettings`: nothing of what holds for the others holds for such a port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PortPolicy {
    /// When a host is left out that fails.
    pub outlier_detection: Option<OutlierDetection>,
    /// How much may wait for a host.
    pub connection_pool: Option<ConnectionPool>,
}

/// `outlierDetection`. Its other fields have defaults with which it works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OutlierDetection {
    /// So many errors leave a host out: 5 unless given, and 0 for none.
    #[serde(rename = "consecutive5xxErrors")]
    consecutive_errors: Option<i64>,
    /// So many of the kind that gateways make do: none unless given.
    #[serde(deserialize_with = "null_is_default")]
    consecutive_gateway_errors: i64,
}

impl OutlierDetection {
    /// Whether errors leave a host out at all.
    pub fn is_on(&self) -> bool {
        self.consecutive_errors != Some(0) || self.consecutive_gateway_errors > 0
    }
}

/// `connectionPool`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConnectionPool {
    #[serde(deserialize_with = "null_is_default")]
    tcp: TcpPool,
    #[serde(deserialize_with = "null_is_default")]
    http: HttpPool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TcpPool {
    #[serde(deserialize_with = "null_is_default")]
    max_connections: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HttpPool {
    #[serde(deserialize_with = "null_is_default")]
    http1_max_pending_requests: i64,
    #[serde(deserialize_with = "null_is_default")]
    http2_max_requests: i64,
}

impl ConnectionPool {
    /// Whether anything limits how many connections there are, or how many requests: without a limit Istio sets the
    /// largest number there is.
    pub const fn is_limited(&self) -> bool {
        self.tcp.max_connections > 0
            || self.http.http1_max_pending_requests > 0
            || self.http.http2_max_requests > 0
    }
}

/// A BackendTrafficPolicy, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BackendTrafficPolicy {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: BackendTrafficPolicySpec,
}

/// `spec` of a BackendTrafficPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BackendTrafficPolicySpec {
    #[serde(deserialize_with = "null_is_default")]
    timeout: EnvoyTimeout,
    /// How often a request is tried again; absent leaves it to routes.
    pub retry: Option<EnvoyRetry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct EnvoyTimeout {
    #[serde(deserialize_with = "null_is_default")]
    http: EnvoyHttpTimeout,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct EnvoyHttpTimeout {
    request_timeout: Option<Box<str>>,
}

impl BackendTrafficPolicySpec {
    /// How long a request may take; absent leaves it to routes.
    pub fn request_timeout(&self) -> Option<&str> {
        self.timeout.http.request_timeout.as_deref()
    }
}

/// `retry` of a BackendTrafficPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvoyRetry {
    num_retries: Option<i64>,
    #[serde(deserialize_with = "null_is_default")]
    per_retry: PerRetry,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct PerRetry {
    timeout: Option<Box<str>>,
}

impl EnvoyRetry {
    /// How many further tries.
    pub fn attempts(&self) -> i64 {
        self.num_retries.unwrap_or(2)
    }

    /// How long each may take; absent leaves it to the limit of the request.
    pub fn timeout(&self) -> Option<&str> {
        self.per_retry.timeout.as_deref()
    }
}

/// A ServiceProfile, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ServiceProfile {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: ServiceProfileSpec,
}

/// `spec` of a ServiceProfile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceProfileSpec {
    /// Kinds of requests.
    #[serde(deserialize_with = "list")]
    pub routes: Vec<ProfileRoute>,
    /// How many tries there may be beside the first ones; absent means 0.2 of them, and 10 a second.
    pub retry_budget: Option<RetryBudget>,
}

/// One entry of `routes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProfileRoute {
    /// How long such a request may take, tries included; absent means for ever.
    #[serde(deserialize_with = "null_is_default")]
    pub timeout: Box<str>,
    /// Whether it is tried again.
    #[serde(deserialize_with = "null_is_default")]
    pub is_retryable: bool,
}

/// `retryBudget` of a ServiceProfile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RetryBudget {
    retry_ratio: Option<Number>,
}

impl RetryBudget {
    /// So many further tries for each request, on average.
    pub fn ratio(&self) -> f64 {
        self.retry_ratio.as_ref().and_then(Number::as_f64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detection_is_on_unless_no_error_counts() {
        let is_on = |json: &str| serde_json::from_str::<OutlierDetection>(json).unwrap().is_on();
        assert!(is_on("{}"));
        assert!(is_on(r#"{"consecutive5xxErrors":null,"interval":"10s"}"#));
        assert!(is_on(r#"{"consecutive5xxErrors":7}"#));
        assert!(!is_on(r#"{"consecutive5xxErrors":0}"#));
        assert!(is_on(r#"{"consecutive5xxErrors":0,"consecutiveGatewayErrors":3}"#));
    }

    #[test]
    fn a_pool_is_limited_by_connections_or_requests() {
        let is_limited = |json: &str| serde_json::from_str::<ConnectionPool>(json).unwrap().is_limited();
        assert!(is_limited(r#"{"tcp":{"maxConnections":100}}"#));
        assert!(is_limited(r#"{"http":{"http1MaxPendingRequests":1}}"#));
        assert!(is_limited(r#"{"http":{"http2MaxRequests":1},"tcp":null}"#));
        assert!(!is_limited(r#"{"tcp":{"connectTimeout":"1s"},"http":{"maxRequestsPerConnection":10}}"#));
    }

    #[test]
    fn what_is_left_out_is_what_each_project_sets() {
        let policy: BackendTrafficPolicySpec =
            serde_json::from_str(r#"{"retry":{"perRetry":null}}"#).unwrap();
        let retry = policy.retry.as_ref().unwrap();
        assert_eq!((policy.request_timeout(), retry.attempts(), retry.timeout()), (None, 2, None));
        let budget: RetryBudget = serde_json::from_str(r#"{"retryRatio":0.5}"#).unwrap();
        assert!((budget.ratio() - 0.5).abs() < f64::EPSILON);
        let whole: RetryBudget = serde_json::from_str(r#"{"retryRatio":2,"ttl":"10s"}"#).unwrap();
        assert!((whole.ratio() - 2.0).abs() < f64::EPSILON);
    }
}

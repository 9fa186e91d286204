//! Middlewares of Traefik: what they do with requests and answers, and which other ones they stand for.
//!
//! It must not judge. Next: [`super::snapshot`] for the places that name one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::lenient::{given, list, null_is_default};
use super::metadata::Metadata;

/// A Middleware, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Middleware {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: MiddlewareSpec,
}

/// `spec` of a Middleware.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MiddlewareSpec {
    #[serde(deserialize_with = "null_is_default")]
    headers: AnswerHeaders,
    #[serde(deserialize_with = "null_is_default")]
    chain: Chain,
    #[serde(deserialize_with = "null_is_default")]
    redirect_scheme: RedirectScheme,
    redirect_regex: Option<Present>,
    #[serde(deserialize_with = "null_is_default")]
    rate_limit: RateLimit,
    #[serde(deserialize_with = "null_is_default")]
    in_flight_req: InFlight,
    basic_auth: Option<Present>,
    digest_auth: Option<Present>,
    forward_auth: Option<Present>,
    /// Whether it is somebody's own program, which may do anything.
    #[serde(rename = "plugin", deserialize_with = "given")]
    pub is_plugin: bool,
}

/// What is there, whatever stands in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Present {}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Chain {
    #[serde(deserialize_with = "list")]
    middlewares: Vec<Chained>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Chained {
    #[serde(deserialize_with = "null_is_default")]
    name: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    namespace: Box<str>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct RedirectScheme {
    #[serde(deserialize_with = "null_is_default")]
    scheme: Box<str>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct RateLimit {
    #[serde(deserialize_with = "null_is_default")]
    average: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct InFlight {
    #[serde(deserialize_with = "null_is_default")]
    amount: i64,
}

impl MiddlewareSpec {
    /// Whether it sets a header of answers, or takes it out; nothing where it leaves it alone. Capitals make no difference.
    pub fn sets(&self, header: &str) -> Option<bool> {
        self.headers.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(header)).map(|(_, is_set)| *is_set)
    }

    /// Whether it sends requests to HTTPS.
    pub fn redirects(&self) -> bool {
        self.redirect_scheme.scheme.eq_ignore_ascii_case("https")
    }

    /// Whether it may send requests to HTTPS: where, an expression says.
    pub const fn may_redirect(&self) -> bool {
        self.redirect_regex.is_some()
    }

    /// Whether it limits requests: how many there are in a time, or at once. 0 is no limit.
    pub const fn limits(&self) -> bool {
        self.rate_limit.average > 0 || self.in_flight_req.amount > 0
    }

    /// Whether it asks who is there.
    pub const fn asks(&self) -> bool {
        self.basic_auth.is_some() || self.digest_auth.is_some() || self.forward_auth.is_some()
    }

    /// Those that requests go through instead, of this namespace, its own, unless they name another: namespace and name.
    pub fn chained<'a>(
        &'a self,
        own: &'a str,
    ) -> impl DoubleEndedIterator<Item = (&'a str, &'a str)> + use<'a> {
        self.chain.middlewares.iter().map(move |one| {
            let namespace = if one.namespace.is_empty() { own } else { &*one.namespace };
            (namespace, &*one.name)
        })
    }
}

/// Names of headers of answers, and whether each is set or taken out; the first that has a name counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<String, Value>")]
struct AnswerHeaders(Box<[(Box<str>, bool)]>);

/// Fields that set a header where they say `true`, or anything.
const FIELDS: &[(&str, &str)] = &[
    ("contentTypeNosniff", "X-Content-Type-Options"),
    ("frameDeny", "X-Frame-Options"),
    ("customFrameOptionsValue", "X-Frame-Options"),
    ("contentSecurityPolicy", "Content-Security-Policy"),
    ("contentSecurityPolicyReportOnly", "Content-Security-Policy-Report-Only"),
    ("referrerPolicy", "Referrer-Policy"),
    ("permissionsPolicy", "Permissions-Policy"),
    ("featurePolicy", "Feature-Policy"),
    ("browserXssFilter", "X-XSS-Protection"),
    ("customBrowserXSSValue", "X-XSS-Protection"),
];

impl From<BTreeMap<String, Value>> for AnswerHeaders {
    fn from(fields: BTreeMap<String, Value>) -> Self {
        let says = |key: &str| match fields.get(key) {
            Some(Value::Bool(is_on)) => *is_on,
            Some(Value::String(text)) => !text.is_empty(),
            _ => false,
        };
        let by_field = FIELDS.iter().filter(|(field, _)| says(field)).map(|(_, header)| *header);
        // Traefik leaves it out where somebody develops.
        let lasts = fields.get("stsSeconds").and_then(Value::as_i64).is_some_and(|age| age > 0);
        let strict = (lasts && !says("isDevelopment")).then_some("Strict-Transport-Security");
        let own = by_field.chain(strict).map(|header| (header.into(), true));
        // These are set after the others, and an empty value takes a header out.
        let custom = fields.get("customResponseHeaders").and_then(Value::as_object).into_iter().flatten();
        let custom = custom
            .map(|(name, value)| (name.as_str().into(), value.as_str().is_some_and(|text| !text.is_empty())));
        Self(custom.chain(own).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(spec: Value) -> MiddlewareSpec {
        serde_json::from_value(spec).unwrap()
    }

    #[test]
    fn headers_are_set_by_fields_of_their_own_or_by_name() {
        for (headers, header, expected) in [
            (json!({"stsSeconds": 31_536_000}), "strict-transport-security", Some(true)),
            (json!({"stsSeconds": 0, "forceSTSHeader": true}), "Strict-Transport-Security", None),
            (json!({"stsSeconds": 1, "isDevelopment": true}), "Strict-Transport-Security", None),
            (json!({"contentTypeNosniff": true}), "X-Content-Type-Options", Some(true)),
            (json!({"contentTypeNosniff": false}), "X-Content-Type-Options", None),
            (json!({"customFrameOptionsValue": "SAMEORIGIN"}), "X-Frame-Options", Some(true)),
            (json!({"customResponseHeaders": {"X-Own": "a"}}), "x-own", Some(true)),
            (json!({"customResponseHeaders": {"X-Own": ""}}), "X-Own", Some(false)),
            (
                json!({"frameDeny": true, "customResponseHeaders": {"x-frame-options": ""}}),
                "X-Frame-Options",
                Some(false),
            ),
            (json!({"customRequestHeaders": {"X-Own": "a"}}), "X-Own", None),
            (json!(null), "X-Own", None),
        ] {
            assert_eq!(spec(json!({ "headers": headers })).sets(header), expected, "{headers}");
        }
    }

    #[test]
    fn what_it_does_is_said_by_its_field() {
        let does = |said: Value| {
            let spec = spec(said);
            (spec.redirects(), spec.limits(), spec.asks())
        };
        assert_eq!(does(json!({"redirectScheme": {"scheme": "https"}})), (true, false, false));
        assert_eq!(does(json!({"redirectScheme": {"scheme": "http"}})), (false, false, false));
        assert_eq!(does(json!({"rateLimit": {"average": 100}})), (false, true, false));
        assert_eq!(does(json!({"rateLimit": {"burst": 50}})), (false, false, false));
        assert_eq!(does(json!({"inFlightReq": {"amount": 10}})), (false, true, false));
        for field in ["basicAuth", "digestAuth", "forwardAuth"] {
            assert_eq!(does(json!({field: {}})), (false, false, true), "{field}");
        }
        assert_eq!(does(json!({"compress": {}, "basicAuth": null})), (false, false, false));
        assert!(spec(json!({"redirectRegex": {"regex": "a", "replacement": "b"}})).may_redirect());
        assert!(spec(json!({"plugin": {"own": {}}})).is_plugin);
    }

    #[test]
    fn one_may_stand_for_others() {
        let chain =
            spec(json!({"chain": {"middlewares": [{"name": "a"}, {"name": "b", "namespace": "edge"}]}}));
        assert_eq!(chain.chained("shop").collect::<Vec<_>>(), [("shop", "a"), ("edge", "b")]);
        assert_eq!(spec(json!({"basicAuth": {}})).chained("shop").count(), 0);
    }
}

//! Which resource a call is about, and its path on the API server.
//!
//! It must not send anything. Next: [`super::calls`] for the calls.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::inventory::kind::KindInfo;

/// One resource of the API server, as a URL names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRef {
    /// API group, empty for the core group.
    pub group: Cow<'static, str>,
    /// Version that is asked for.
    pub version: Cow<'static, str>,
    /// Kind as in manifests.
    pub kind: Cow<'static, str>,
    /// Plural as in URLs.
    pub plural: Cow<'static, str>,
    /// Whether objects of it live in namespaces.
    pub namespaced: bool,
}

/// One object: a resource, a namespace (none for cluster-scoped kinds) and a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectKey<'a> {
    /// The resource.
    pub resource: &'a ResourceRef,
    /// The namespace; none for a cluster-scoped object.
    pub namespace: Option<&'a str>,
    /// The name.
    pub name: &'a str,
}

/// `ReadinessPolicy` of `seaworthy.dev/v1alpha1`.
pub static READINESS_POLICIES: ResourceRef = own("ReadinessPolicy", "readinesspolicies", true);
/// `ClusterReadinessPolicy` of `seaworthy.dev/v1alpha1`.
pub static CLUSTER_READINESS_POLICIES: ResourceRef =
    own("ClusterReadinessPolicy", "clusterreadinesspolicies", false);
/// `ReadinessReport` of `seaworthy.dev/v1alpha1`.
pub static READINESS_REPORTS: ResourceRef = own("ReadinessReport", "readinessreports", true);
/// `Lease` of `coordination.k8s.io/v1`.
pub static LEASES: ResourceRef = ResourceRef::new(["coordination.k8s.io", "v1", "Lease", "leases"], true);
/// `Event` of `events.k8s.io/v1`.
pub static EVENTS: ResourceRef = ResourceRef::new(["events.k8s.io", "v1", "Event", "events"], true);
/// `Secret` of `v1`: only the operator's own is asked for by this name.
pub static SECRETS: ResourceRef = ResourceRef::new(["", "v1", "Secret", "secrets"], true);
/// `ValidatingWebhookConfiguration` of `admissionregistration.k8s.io/v1`.
pub static VALIDATING_WEBHOOK_CONFIGURATIONS: ResourceRef = ResourceRef::new(
    [
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
    ],
    false,
);
/// `ClusterRole` of `rbac.authorization.k8s.io/v1`.
pub static CLUSTER_ROLES: ResourceRef =
    ResourceRef::new(["rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles"], false);
/// `CustomResourceDefinition` of `apiextensions.k8s.io/v1`.
pub static CUSTOM_RESOURCE_DEFINITIONS: ResourceRef = ResourceRef::new(
    ["apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions"],
    false,
);

const fn own(kind: &'static str, plural: &'static str, namespaced: bool) -> ResourceRef {
    ResourceRef::new(["seaworthy.dev", "v1alpha1", kind, plural], namespaced)
}

impl ResourceRef {
    const fn new([group, version, kind, plural]: [&'static str; 4], namespaced: bool) -> Self {
        Self {
            group: Cow::Borrowed(group),
            version: Cow::Borrowed(version),
            kind: Cow::Borrowed(kind),
            plural: Cow::Borrowed(plural),
            namespaced,
        }
    }

    /// The object of this name.
    pub const fn object<'a>(&'a self, namespace: Option<&'a str>, name: &'a str) -> ObjectKey<'a> {
        ObjectKey { resource: self, namespace, name }
    }

    /// `apiVersion` as in manifests.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone().into_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Path of the collection: of one namespace, or of all.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "api" } else { "apis" };
        let mut path = format!("/{root}/{}", self.api_version());
        if let Some(namespace) = namespace {
            path.push_str("/namespaces/");
            path.push_str(&encode(namespace));
        }
        path.push('/');
        path.push_str(&self.plural);
        path
    }
}

impl ObjectKey<'_> {
    /// Path of the object, or of one of its subresources.
    pub fn path(&self, subresource: Option<&str>) -> String {
        let mut path = self.resource.path(self.namespace);
        path.push('/');
        path.push_str(&encode(self.name));
        if let Some(subresource) = subresource {
            path.push('/');
            path.push_str(subresource);
        }
        path
    }
}

impl From<KindInfo> for ResourceRef {
    fn from(info: KindInfo) -> Self {
        Self::new([info.group, info.version, info.kind, info.plural], info.namespaced)
    }
}

/// Percent-encodes all but what RFC 3986 calls unreserved: right in a path segment and in a query value.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::kind::Kind;

    #[test]
    fn paths_are_those_of_the_api_server() {
        let pods = ResourceRef::from(Kind::Pod.info());
        let deployments = ResourceRef::from(Kind::Deployment.info());
        assert_eq!(pods.path(None), "/api/v1/pods");
        assert_eq!(deployments.path(Some("team-a")), "/apis/apps/v1/namespaces/team-a/deployments");
        assert_eq!(
            READINESS_POLICIES.object(Some("a"), "web").path(Some("status")),
            "/apis/seaworthy.dev/v1alpha1/namespaces/a/readinesspolicies/web/status"
        );
        assert_eq!(
            CLUSTER_READINESS_POLICIES.object(None, "all").path(None),
            "/apis/seaworthy.dev/v1alpha1/clusterreadinesspolicies/all"
        );
    }

    #[test]
    fn a_name_cannot_leave_its_path_segment() {
        let path = LEASES.object(Some("a/b"), "../x?y").path(None);
        assert_eq!(path, "/apis/coordination.k8s.io/v1/namespaces/a%2Fb/leases/..%2Fx%3Fy");
    }
}

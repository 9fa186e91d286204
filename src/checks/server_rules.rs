//! Rules of the roles that the API server makes, as Kubernetes 1.37 has them.
//!
//! It must not know which of them are asked for. Next: [`super::server_roles`].

use crate::inventory::rbac::PolicyRule;

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];

/// Stands in the place of a group before paths that are no resources.
const PATHS: &str = "nonResourceURLs";

/// A group, its resources, and what may be done with them.
pub(super) type Allowed = (&'static str, &'static [&'static str], &'static [&'static str]);

/// What `view` allows.
pub(super) const OF_VIEW: &[Allowed] = &[
    ("", &["bindings", "configmaps", "endpoints", "events", "limitranges", "namespaces"], READ),
    ("", &["namespaces/status", "persistentvolumeclaims", "persistentvolumeclaims/status"], READ),
    (
        "",
        &["pods", "pods/log", "pods/status", "replicationcontrollers", "replicationcontrollers/scale"],
        READ,
    ),
    ("", &["replicationcontrollers/status", "resourcequotas", "resourcequotas/status"], READ),
    ("", &["serviceaccounts", "services", "services/status"], READ),
    ("apps", &["controllerrevisions", "daemonsets", "daemonsets/status", "deployments"], READ),
    ("apps", &["deployments/scale", "deployments/status", "replicasets", "replicasets/scale"], READ),
    ("apps", &["replicasets/status", "statefulsets", "statefulsets/scale", "statefulsets/status"], READ),
    ("autoscaling", &["horizontalpodautoscalers", "horizontalpodautoscalers/status"], READ),
    ("batch", &["cronjobs", "cronjobs/status", "jobs", "jobs/status"], READ),
    ("discovery.k8s.io", &["endpointslices"], READ),
    ("events.k8s.io", &["events"], READ),
    ("extensions", &["daemonsets", "daemonsets/status", "deployments", "deployments/scale"], READ),
    ("extensions", &["deployments/status", "ingresses", "ingresses/status", "networkpolicies"], READ),
    ("extensions", &["replicasets", "replicasets/scale", "replicasets/status"], READ),
    ("extensions", &["replicationcontrollers/scale"], READ),
    ("networking.k8s.io", &["ingresses", "ingresses/status", "networkpolicies"], READ),
    ("policy", &["poddisruptionbudgets", "poddisruptionbudgets/status"], READ),
];

/// What `edit` allows beside that.
pub(super) const OF_EDIT: &[Allowed] = &[
    ("", &["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"], READ),
    ("", &["serviceaccounts"], &["impersonate"]),
    ("", &["pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"], WRITE),
    ("", &["pods/eviction"], &["create"]),
    ("", &["configmaps", "events", "persistentvolumeclaims", "replicationcontrollers"], WRITE),
    (
        "",
        &["replicationcontrollers/scale", "secrets", "serviceaccounts", "services", "services/proxy"],
        WRITE,
    ),
    ("", &["serviceaccounts/token"], &["create"]),
    ("apps", &["daemonsets", "deployments", "deployments/rollback", "deployments/scale"], WRITE),
    ("apps", &["replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"], WRITE),
    ("autoscaling", &["horizontalpodautoscalers"], WRITE),
    ("batch", &["cronjobs", "jobs"], WRITE),
    ("coordination.k8s.io", &["leases"], READ),
    ("coordination.k8s.io", &["leases"], WRITE),
    ("events.k8s.io", &["events"], WRITE),
    ("extensions", &["daemonsets", "deployments", "deployments/rollback", "deployments/scale"], WRITE),
    ("extensions", &["ingresses", "networkpolicies", "replicasets", "replicasets/scale"], WRITE),
    ("extensions", &["replicationcontrollers/scale"], WRITE),
    ("networking.k8s.io", &["ingresses", "networkpolicies"], WRITE),
    ("policy", &["poddisruptionbudgets"], WRITE),
];

/// What `admin` allows beside that.
pub(super) const OF_ADMIN: &[Allowed] = &[
    ("authorization.k8s.io", &["localsubjectaccessreviews"], &["create"]),
    ("rbac.authorization.k8s.io", &["rolebindings", "roles"], READ),
    ("rbac.authorization.k8s.io", &["rolebindings", "roles"], WRITE),
];

/// ClusterRoles to which nothing is added.
pub(super) const FIXED: &[(&str, &[Allowed])] = &[
    (
        "system:auth-delegator",
        &[
            ("authentication.k8s.io", &["tokenreviews"], &["create"]),
            ("authorization.k8s.io", &["subjectaccessreviews"], &["create"]),
        ],
    ),
    (
        "system:basic-user",
        &[
            ("authorization.k8s.io", &["selfsubjectaccessreviews", "selfsubjectrulesreviews"], &["create"]),
            ("authentication.k8s.io", &["selfsubjectreviews"], &["create"]),
        ],
    ),
    ("system:cluster-trust-bundle-discovery", &[("certificates.k8s.io", &["clustertrustbundles"], READ)]),
    (
        "system:discovery",
        &[
            (PATHS, &["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi"], &["get"]),
            (PATHS, &["/openapi/*", "/readyz", "/version", "/version/"], &["get"]),
        ],
    ),
    (
        "system:heapster",
        &[("", &["events", "namespaces", "nodes", "pods"], READ), ("extensions", &["deployments"], READ)],
    ),
    ("system:kube-aggregator", &[("", &["endpoints", "services"], READ)]),
    ("system:kube-dns", &[("", &["endpoints", "services"], &["list", "watch"])]),
    (
        "system:monitoring",
        &[
            (PATHS, &["/flagz", "/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics"], &["get"]),
            (PATHS, &["/metrics/slis", "/readyz", "/readyz/*", "/statusz"], &["get"]),
            ("", &["nodes/metrics"], &["get"]),
        ],
    ),
    (
        "system:node-bootstrapper",
        &[("certificates.k8s.io", &["certificatesigningrequests"], &["create", "get", "list", "watch"])],
    ),
    (
        "system:node-problem-detector",
        &[
            ("", &["nodes"], &["get"]),
            ("", &["nodes/status"], &["patch"]),
            ("", &["events"], NOTE),
            ("events.k8s.io", &["events"], NOTE),
        ],
    ),
    (
        "system:node-proxier",
        &[
            ("", &["endpoints", "services"], &["list", "watch"]),
            ("", &["nodes"], READ),
            ("", &["events"], NOTE),
            ("events.k8s.io", &["events"], NOTE),
            ("networking.k8s.io", &["servicecidrs"], &["list", "watch"]),
            ("discovery.k8s.io", &["endpointslices"], &["list", "watch"]),
        ],
    ),
    (
        "system:persistent-volume-provisioner",
        &[
            ("", &["persistentvolumes"], &["create", "delete", "get", "list", "watch"]),
            ("", &["persistentvolumeclaims"], &["get", "list", "update", "watch"]),
            ("storage.k8s.io", &["storageclasses"], READ),
            ("", &["events"], &["watch"]),
            ("", &["events"], NOTE),
            ("events.k8s.io", &["events"], NOTE),
        ],
    ),
    (
        "system:public-info-viewer",
        &[(PATHS, &["/healthz", "/livez", "/readyz", "/version", "/version/"], &["get"])],
    ),
    (
        "system:service-account-issuer-discovery",
        &[
            (PATHS, &["/.well-known/openid-configuration", "/.well-known/openid-configuration/"], &["get"]),
            (PATHS, &["/openid/v1/jwks", "/openid/v1/jwks/"], &["get"]),
        ],
    ),
    (
        "system:volume-scheduler",
        &[
            ("", &["persistentvolumes"], &["get", "list", "patch", "update", "watch"]),
            ("storage.k8s.io", &["storageclasses"], READ),
            ("", &["persistentvolumeclaims"], &["get", "list", "patch", "update", "watch"]),
        ],
    ),
];

/// To write events.
const NOTE: &[&str] = &["create", "patch", "update"];

/// What both Roles for the election of a leader allow.
const LEADING: &[Allowed] =
    &[("coordination.k8s.io", &["leases", "leasecandidates"], &["create", "get", "list", "update", "watch"])];

/// Roles, each behind its namespace. What they allow for one name alone is the one map of that name.
pub(super) const ROLES: &[((&str, &str), &[Allowed])] = &[
    (
        ("kube-public", "system:controller:bootstrap-signer"),
        &[("", &["configmaps"], READ), ("", &["events"], NOTE), ("events.k8s.io", &["events"], NOTE)],
    ),
    (("kube-system", "extension-apiserver-authentication-reader"), &[]),
    (("kube-system", "system::leader-locking-kube-controller-manager"), LEADING),
    (("kube-system", "system::leader-locking-kube-scheduler"), LEADING),
    (("kube-system", "system:controller:bootstrap-signer"), &[("", &["secrets"], READ)]),
    (
        ("kube-system", "system:controller:cloud-provider"),
        &[("", &["configmaps"], &["create", "get", "list", "watch"])],
    ),
    (
        ("kube-system", "system:controller:token-cleaner"),
        &[
            ("", &["secrets"], &["delete", "get", "list", "watch"]),
            ("", &["events"], NOTE),
            ("events.k8s.io", &["events"], NOTE),
        ],
    ),
];

/// ConfigMaps of which some of those Roles allow one alone: the Role, what may be done, and the name.
pub(super) const NAMED: &[((&str, &str), &[&str], &str)] = &[
    (("kube-public", "system:controller:bootstrap-signer"), &["update"], "cluster-info"),
    (
        ("kube-system", "extension-apiserver-authentication-reader"),
        READ,
        "extension-apiserver-authentication",
    ),
];

/// One of these as a rule.
pub(super) fn rule((group, resources, verbs): &Allowed) -> PolicyRule {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    if *group == PATHS {
        return PolicyRule {
            non_resource_urls: owned(resources),
            verbs: owned(verbs),
            ..PolicyRule::default()
        };
    }
    PolicyRule {
        api_groups: owned(&[group]),
        resources: owned(resources),
        verbs: owned(verbs),
        ..PolicyRule::default()
    }
}

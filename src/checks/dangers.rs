//! Rights with which whoever holds them gets more than was meant, by what they are used for.
//!
//! It must not read an object. Next: [`super::rights`] finds them in roles.

use super::right::Right;

const WRITE: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];
const MAKE: &[&str] = &["create", "update", "patch"];
const CHANGE: &[&str] = &["update", "patch"];
const DELETE: &[&str] = &["delete", "deletecollection"];
/// A session begins with either: a websocket is opened by `get`.
const CONNECT: &[&str] = &["get", "create"];
const RBAC: &str = "rbac.authorization.k8s.io";
const WEBHOOKS: &str = "admissionregistration.k8s.io";

/// To read the values of Secrets.
pub(super) const SECRETS: &[Right] = &[Right::to(&["get", "list", "watch"], "", "secrets")];

/// To start pods, or to change what they run.
pub(super) const PODS: &[Right] = &[
    Right::to(MAKE, "", "pods"),
    Right::to(MAKE, "", "replicationcontrollers"),
    Right::to(MAKE, "apps", "deployments"),
    Right::to(MAKE, "apps", "statefulsets"),
    Right::to(MAKE, "apps", "daemonsets"),
    Right::to(MAKE, "apps", "replicasets"),
    Right::to(MAKE, "batch", "jobs"),
    Right::to(MAKE, "batch", "cronjobs"),
];

/// To get into pods that run.
pub(super) const SESSIONS: &[Right] = &[
    Right::to(CONNECT, "", "pods/exec"),
    Right::to(CONNECT, "", "pods/attach"),
    Right::to(CONNECT, "", "pods/portforward"),
    Right::to(CHANGE, "", "pods/ephemeralcontainers"),
];

/// To give oneself more rights, or to act as somebody else. Names are no limit: a role that may be escalated can be one's
/// own, and who may be acted as has rights that nobody sees here.
pub(super) const ESCALATION: &[Right] = &[
    Right::to(&["bind", "escalate"], RBAC, "roles").whatever_the_name(),
    Right::to(&["bind", "escalate"], RBAC, "clusterroles").whatever_the_name(),
    Right::to(WRITE, RBAC, "roles").whatever_the_name(),
    Right::to(WRITE, RBAC, "clusterroles").in_cluster().whatever_the_name(),
    Right::to(WRITE, RBAC, "rolebindings").whatever_the_name(),
    Right::to(WRITE, RBAC, "clusterrolebindings").in_cluster().whatever_the_name(),
    Right::to(&["impersonate"], "", "users").in_cluster().whatever_the_name(),
    Right::to(&["impersonate"], "", "groups").in_cluster().whatever_the_name(),
    Right::to(&["impersonate"], "", "serviceaccounts").whatever_the_name(),
];

/// To get at nodes, certificates, admission, tokens and volumes of the cluster.
pub(super) const CONTROL_PLANE: &[Right] = &[
    Right::to(&["get", "create", "update", "patch", "delete"], "", "nodes/proxy").in_cluster(),
    Right::to(CHANGE, "certificates.k8s.io", "certificatesigningrequests/approval").in_cluster(),
    Right::to(&["approve", "sign"], "certificates.k8s.io", "signers").in_cluster(),
    Right::to(WRITE, WEBHOOKS, "validatingwebhookconfigurations").in_cluster(),
    Right::to(WRITE, WEBHOOKS, "mutatingwebhookconfigurations").in_cluster(),
    Right::to(&["create"], "", "serviceaccounts/token"),
    Right::to(&["create"], "", "persistentvolumes").in_cluster(),
];

/// To send traffic elsewhere, or to let it through.
pub(super) const NETWORK: &[Right] = &[
    Right::to(WRITE, "", "endpoints"),
    Right::to(WRITE, "discovery.k8s.io", "endpointslices"),
    Right::to(CHANGE, "", "services/status"),
    Right::to(WRITE, "networking.k8s.io", "networkpolicies"),
    Right::to(WRITE, "networking.k8s.io", "ingresses"),
    // The names of the cluster, and who its nodes take whom for.
    Right::to(WRITE, "", "configmaps").in_system().also_named(&["coredns", "aws-auth"]),
];

/// To destroy data, or the traces of what was done.
pub(super) const DESTRUCTION: &[Right] = &[
    Right::to(DELETE, "", "persistentvolumeclaims"),
    Right::to(DELETE, "", "persistentvolumes").in_cluster(),
    Right::to(DELETE, "", "namespaces"),
    Right::to(DELETE, "", "secrets"),
    Right::to(DELETE, "", "configmaps"),
    Right::to(DELETE, "snapshot.storage.k8s.io", "volumesnapshots"),
    Right::to(DELETE, "", "events"),
    Right::to(DELETE, "events.k8s.io", "events"),
    Right::to(DELETE, "", "pods/log"),
];

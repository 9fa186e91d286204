//! What the API server makes of roles and bindings when it starts: a closed list, by name.
//!
//! Whoever may write roles can give one of theirs a name that begins like these, or the label that these have, so
//! neither is asked for. The server puts back what was taken from them and leaves what was added. It must not know what
//! they allow. Next: [`super::server_roles`].

use crate::inventory::Kind;
use crate::inventory::rbac::RbacSubject;
use crate::inventory::snapshot::Binding;

/// ClusterRoles of the server for users and components, but for those of its controllers.
const CLUSTER_ROLES: &[&str] = &[
    "admin",
    "cluster-admin",
    "edit",
    "system:aggregate-to-admin",
    "system:aggregate-to-edit",
    "system:aggregate-to-view",
    "system:auth-delegator",
    "system:basic-user",
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    "system:certificates.k8s.io:kube-apiserver-client-approver",
    "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver",
    "system:certificates.k8s.io:kubelet-serving-approver",
    "system:certificates.k8s.io:legacy-unknown-approver",
    "system:cluster-trust-bundle-discovery",
    "system:discovery",
    "system:heapster",
    "system:kube-aggregator",
    "system:kube-controller-manager",
    "system:kube-dns",
    "system:kube-scheduler",
    "system:kubelet-api-admin",
    "system:monitoring",
    "system:node",
    "system:node-bootstrapper",
    "system:node-problem-detector",
    "system:node-proxier",
    "system:persistent-volume-provisioner",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "system:volume-scheduler",
    "view",
];

/// What the names of the ClusterRoles of its controllers begin with.
const OF_CONTROLLERS: &str = "system:controller:";

/// Those controllers.
const CONTROLLERS: &[&str] = &[
    "attachdetach-controller",
    "certificate-controller",
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "device-taint-eviction-controller",
    "disruption-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "ephemeral-volume-controller",
    "expand-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
    "job-controller",
    "kube-apiserver-serving-clustertrustbundle-publisher",
    "legacy-service-account-token-cleaner",
    "namespace-controller",
    "node-controller",
    "persistent-volume-binder",
    "pod-garbage-collector",
    "podcertificaterequestcleaner",
    "podgroup-protection-controller",
    "pv-protection-controller",
    "pvc-protection-controller",
    "replicaset-controller",
    "replication-controller",
    "resource-claim-controller",
    "resourcepoolstatusrequest-controller",
    "resourcequota-controller",
    "root-ca-cert-publisher",
    "route-controller",
    "selinux-warning-controller",
    "service-account-controller",
    "service-cidrs-controller",
    "service-controller",
    "statefulset-controller",
    "storage-version-garbage-collector",
    "storage-version-migrator-controller",
    "ttl-after-finished-controller",
    "ttl-controller",
    "validatingadmissionpolicy-status-controller",
    "volumeattributesclass-protection-controller",
];

/// The ClusterRoles among them that have wildcards as they are made.
const WITH_WILDCARDS: &[&str] = &[
    "cluster-admin",
    "system:controller:disruption-controller",
    "system:controller:generic-garbage-collector",
    "system:controller:horizontal-pod-autoscaler",
    "system:controller:namespace-controller",
    "system:controller:resourcequota-controller",
    "system:controller:storage-version-migrator-controller",
    "system:kube-controller-manager",
    "system:kubelet-api-admin",
];

/// Roles of the server, each behind its namespace.
const ROLES: &[(&str, &str)] = &[
    ("kube-public", "system:controller:bootstrap-signer"),
    ("kube-system", "extension-apiserver-authentication-reader"),
    ("kube-system", "system::leader-locking-kube-controller-manager"),
    ("kube-system", "system::leader-locking-kube-scheduler"),
    ("kube-system", "system:controller:bootstrap-signer"),
    ("kube-system", "system:controller:cloud-provider"),
    ("kube-system", "system:controller:token-cleaner"),
];

/// The ClusterRoleBindings of the server for everybody, each of the ClusterRole of its name, with the groups that it is
/// for.
const FOR_EVERYBODY: &[(&str, &[&str])] = &[
    ("cluster-admin", &["system:masters"]),
    ("system:basic-user", &["system:authenticated"]),
    ("system:discovery", &["system:authenticated"]),
    ("system:public-info-viewer", &["system:authenticated", "system:unauthenticated"]),
];

/// Whether the server makes the role of this kind, namespace and name.
pub(super) fn is_role(kind: Kind, namespace: &str, name: &str) -> bool {
    if kind == Kind::Role {
        return ROLES.contains(&(namespace, name));
    }
    let of_controller = name.strip_prefix(OF_CONTROLLERS);
    CLUSTER_ROLES.contains(&name) || of_controller.is_some_and(|name| CONTROLLERS.contains(&name))
}

/// Whether it is a ClusterRole of the server with wildcards: those of any other somebody else has added.
pub(super) fn has_wildcards(kind: Kind, name: &str) -> bool {
    kind == Kind::ClusterRole && WITH_WILDCARDS.contains(&name)
}

/// Whether the server itself gives the role of a binding to this one of its subjects.
pub(super) fn is_given(Binding { kind, binding }: Binding<'_>, subject: &RbacSubject) -> bool {
    let name = binding.metadata.name.as_str();
    kind == Kind::ClusterRoleBinding
        && binding.role_ref.name == name
        && subject.kind == "Group"
        && FOR_EVERYBODY.iter().any(|(own, groups)| *own == name && groups.contains(&subject.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_like_the_servers_are_not_the_servers() {
        let is_role = |name| is_role(Kind::ClusterRole, "", name);
        for name in ["view", "system:node", "system:controller:job-controller"] {
            assert!(is_role(name), "{name}");
        }
        for name in ["system:mine", "system:controller:mine", "job-controller", "viewer"] {
            assert!(!is_role(name), "{name}");
        }
        assert!(WITH_WILDCARDS.iter().all(|name| is_role(name)));
    }

    #[test]
    fn roles_are_of_their_namespace() {
        let name = "extension-apiserver-authentication-reader";
        let is_role = |kind, namespace| is_role(kind, namespace, name);
        assert!(is_role(Kind::Role, "kube-system"));
        assert!(!is_role(Kind::Role, "shop") && !is_role(Kind::ClusterRole, ""));
    }
}

//! What other tools call checks of service accounts, rights, credentials and certificates.
//!
//! Data only, in order of name; an entry of a check that does not exist yet is not shown. Next: [`super`].

rows! {
    "automount-sa-token": Polaris "automountServiceAccountToken", Kyverno "restrict-automount-sa-token"
        "restrict-sa-automount-sa-token", Kubescape "C-0034" "C-0190" "C-0261", Checkov "CKV_K8S_38",
        Trivy "KSV-0036", Popeye "POP-301" "POP-303", Gatekeeper "automount-serviceaccount-token";
    "backend-mtls": Kyverno "enforce-ambient-mode-namespace" "enforce-sidecar-injection-namespace"
        "enforce-strict-mtls" "prevent-disabling-injection-pods" "prevent-linkerd-pod-injection-override"
        "prevent-linkerd-port-skipping" "require-linkerd-mesh-injection";
    "dedicated-service-account": KubeLinter "default-service-account", Kubescape "C-0189" "C-0225" "C-0239",
        Checkov "CKV_K8S_41" "CKV_K8S_42", Popeye "POP-300" "POP-308";
    "deprecated-service-account-field": KubeLinter "deprecated-service-account-field", Kubescape "C-0294";
    "gateway-tls": Kubescape "C-0266";
    "https-redirect-configured": Kyverno "require-ingress-https", Gatekeeper "httpsonly";
    "ingress-tls": Polaris "tlsSettingsMissing", Kyverno "check-routes" "ingress-host-match-tls"
        "require-ingress-https", Kubescape "C-0231" "C-0245" "C-0263", Gatekeeper "httpsonly";
    "legacy-sa-token-secret": Kyverno "check-serviceaccount-secrets"
        "deny-secret-service-account-token-type", Kubescape "C-0287";
    "namespace-psa-labels": Kyverno "add-psa-namespace-reporting" "deny-privileged-profile",
        Kubescape "C-0068" "C-0192" "C-0193" "C-0194" "C-0195" "C-0196" "C-0197" "C-0198" "C-0199" "C-0200"
        "C-0201" "C-0202" "C-0203" "C-0204";
    "projected-token-hygiene":;
    "rbac-cluster-admin": KubeLinter "cluster-admin-role-binding", Polaris "clusterrolebindingClusterAdmin"
        "rolebindingClusterAdminClusterRole" "rolebindingClusterAdminRole",
        Kyverno "restrict-binding-clusteradmin", Kubescape "C-0035" "C-0185" "C-0272", Trivy "KSV-0111";
    "rbac-control-plane-surface": Kyverno "inspect-csr" "restrict-clusterrole-csr"
        "restrict-clusterrole-mutating-validating-admission-webhooks" "restrict-clusterrole-nodesproxy",
        Kubescape "C-0036" "C-0039" "C-0278" "C-0279" "C-0280" "C-0281" "C-0282", Checkov "CKV2_K8S_2"
        "CKV_K8S_155" "CKV_K8S_156", Trivy "KSV-0047" "KSV-0114";
    "rbac-dangling": Popeye "POP-400" "POP-1300";
    "rbac-data-destruction": Kyverno "block-cluster-admin-from-ns" "block-updates-deletes"
        "namespace-protection", Kubescape "C-0007" "C-0031", Trivy "KSV-0042";
    "rbac-escalation-verbs": Kyverno "restrict-escalation-verbs-roles", Kubescape "C-0065" "C-0191",
        Checkov "CKV2_K8S_1" "CKV2_K8S_3" "CKV_K8S_157" "CKV_K8S_158", Trivy "KSV-0043" "KSV-0050" "KSV-0051"
        "KSV-0052" "KSV-0055";
    "rbac-network-config-write": Kyverno "limit-configmap-for-sa" "restrict-edit-for-endpoints",
        Kubescape "C-0037", Checkov "CKV2_K8S_4", Trivy "KSV-0049" "KSV-0056" "KSV-0115",
        Gatekeeper "block-endpoint-edit-default-role";
    "rbac-pod-create": KubeLinter "access-to-create-pods", Kubescape "C-0188", Trivy "KSV-0048";
    "rbac-pod-exec": Polaris "clusterrolePodExecAttach" "clusterrolebindingPodExecAttach" "rolePodExecAttach"
        "rolebindingClusterRolePodExecAttach" "rolebindingRolePodExecAttach",
        Kyverno "block-kubectl-cp-by-pod-label" "deny-exec-by-namespace-label" "deny-exec-by-namespace-name"
        "deny-exec-by-pod-and-container" "deny-exec-by-pod-label" "deny-exec-by-pod-name", Kubescape "C-0002"
        "C-0063", Checkov "CKV2_K8S_2", Trivy "KSV-0053" "KSV-0054";
    "rbac-secrets-access": KubeLinter "access-to-secrets", Kyverno "restrict-secret-role-verbs"
        "restrict-secrets-by-label" "restrict-secrets-by-name", Kubescape "C-0015" "C-0186" "C-0255",
        Checkov "CKV2_K8S_5", Trivy "KSV-0041" "KSV-0113";
    "rbac-system-subjects": Kyverno "restrict-binding-system-groups", Kubescape "C-0246" "C-0262" "C-0265",
        Trivy "KSV-0122" "KSV-0123" "KSV-01011", Gatekeeper "disallowanonymous";
    "rbac-wildcards": KubeLinter "wildcard-in-rules", Kyverno "restrict-wildcard-resources"
        "restrict-wildcard-verbs", Kubescape "C-0187", Checkov "CKV_K8S_49", Trivy "KSV-0044" "KSV-0045"
        "KSV-0046" "KSV-0112";
    "secret-external-store": Kubescape "C-0208" "C-0234";
    "secret-file-mode":;
    "secret-immutable":;
    "secret-in-args-annotations": Kubescape "C-0012";
    "secret-in-configmap": Polaris "sensitiveConfigmapContent", Kubescape "C-0012", Trivy "KSV-0109"
        "KSV-01010";
    "secret-literal-in-env": KubeLinter "env-var-secret", Polaris "sensitiveContainerEnvVar",
        Kubescape "C-0012" "C-0259";
    "secret-min-length":;
    "secret-refs-exist": KubeLinter "env-value-from", Popeye "POP-304" "POP-305";
    "secret-rotation-age":;
    "secret-via-env": KubeLinter "read-secret-from-env-var", Kyverno "no-secrets"
        "secrets-not-from-env-vars", Kubescape "C-0207", Checkov "CKV_K8S_35";
    "service-account-allowlist": Kyverno "check-sa" "restrict-pod-controller-serviceaccount-updates"
        "restrict-service-account", Gatekeeper "noupdateserviceaccount";
    "service-account-exists": KubeLinter "non-existent-service-account", Kubescape "C-0307", Popeye "POP-307"
        "POP-507";
    "tls-cert-expiry":;
    "tls-cert-trusted":;
    "tls-min-version-configured": Kyverno "disallow-default-tlsoptions" "enforce-min-tls-version"
        "enforce-tls-hosts-host-subnets";
    "tls-secret-valid":;
    "unused-config-or-secret": Popeye "POP-400" "POP-401";
    "webhook-ca-valid":;
    "workload-identity": Kyverno "require-aws-node-irsa";
    "workload-takeover-path": Kubescape "C-0053" "C-0267" "C-0272";
}

//! What other tools call checks of Services, Ingresses, network policies and ports.
//!
//! Data only, in order of name; an entry of a check that does not exist yet is not shown. Next: [`super`].

rows! {
    "dangling-ingress": KubeLinter "dangling-ingress", KubeScore "ingress-targets-service",
        Kubescape "C-0298", Popeye "POP-1401" "POP-1402" "POP-1404";
    "dangling-network-policy": KubeLinter "dangling-networkpolicy",
        KubeScore "networkpolicy-targets-pod", Kubescape "C-0299", Popeye "POP-1200" "POP-1201" "POP-1202"
        "POP-1206" "POP-1207" "POP-1208" "POP-1701";
    "dangling-route": Kubescape "C-0302", Popeye "POP-407";
    "dangling-service": KubeLinter "dangling-service", KubeScore "service-targets-pod", Kubescape "C-0293",
        Popeye "POP-1100" "POP-1105" "POP-1110";
    "dns-config": KubeLinter "dnsconfig-options", Kyverno "add-ndots" "change-dns-config-policy";
    "exposed-admin-interface": Kyverno "disallow-helm-tiller", Kubescape "C-0014" "C-0021",
        Checkov "CKV_K8S_33" "CKV_K8S_34" "CKV_K8S_44" "CKV_K8S_45", Trivy "KSV-0102";
    "external-dns-record": Kyverno "unique-external-dns";
    "external-exposure-risk": Kubescape "C-0083" "C-0084" "C-0256" "C-0266";
    "external-name-localhost": Kyverno "no-localhost-service";
    "external-route-auth": Kyverno "check-linkerd-authorizationpolicy" "require-authorizationpolicies"
        "require-linkerd-server", Kubescape "C-0274";
    "ingress-class": Kyverno "restrict-ingress-classes", Kubescape "C-0292";
    "ingress-host-scope": Kyverno "disallow-empty-ingress-host" "restrict-ingress-defaultbackend"
        "restrict-ingress-wildcard", Gatekeeper "block-wildcard-ingress";
    "ingress-host-unique": Kyverno "unique-external-dns" "unique-ingress-host" "unique-ingress-host-and-path"
        "unique-ingress-path" "unique-routes", Gatekeeper "uniqueingresshost";
    "ingress-rate-limit":;
    "ingress-security-headers":;
    "ingress-unsafe-annotations": Kyverno "check-ingress-nginx-controller-version-and-annotation-policy"
        "disallow-ingress-nginx-custom-snippets" "restrict-annotations" "restrict-ingress-paths",
        Kubescape "C-0059", Checkov "CKV_K8S_152" "CKV_K8S_153" "CKV_K8S_154";
    "load-balancer-restricted": Kyverno "require-encryption-aws-loadbalancers", Kubescape "C-0231" "C-0245"
        "C-0256", Popeye "POP-1107" "POP-1108";
    "named-ports": Kyverno "require-container-port-names", Popeye "POP-105" "POP-108" "POP-1102" "POP-1403";
    "namespace-default-deny": Kyverno "add-networkpolicy", Kubescape "C-0049" "C-0054" "C-0206",
        Popeye "POP-1203";
    "network-policy-coverage": KubeLinter "non-isolated-pod", Polaris "missingNetworkPolicy",
        KubeScore "pod-networkpolicy", Kyverno "require-network-policy", Kubescape "C-0030" "C-0260"
        "C-0301", Checkov "CKV2_K8S_6", Popeye "POP-1204" "POP-1205";
    "network-policy-required-flows": Kyverno "add-networkpolicy-dns";
    "network-policy-too-open": Kyverno "restrict-networkpolicy-empty-podselector", Trivy "KSV-0038";
    "port-allowlist": Kyverno "restrict-service-port-range";
    "privileged-container-ports": KubeLinter "privileged-ports", Trivy "KSV-0117";
    "service-exposure-type": KubeLinter "exposed-services", KubeScore "service-type",
        Kyverno "no-loadbalancer-service" "restrict-nodeport", Popeye "POP-1103" "POP-1104",
        Gatekeeper "block-loadbalancer-services" "block-nodeport-services";
    "service-external-ips": Kyverno "restrict-external-ips", Kubescape "C-0115" "C-0283", Trivy "KSV-0108",
        Gatekeeper "externalip";
    "service-links-off": Kyverno "disable-service-discovery";
    "service-target-port": KubeLinter "invalid-target-ports" "target-port", Popeye "POP-1101" "POP-1106";
    "ssh-port": KubeLinter "ports" "ssh-port", Kubescape "C-0042";
    "traffic-resilience":;
    "unique-service-selector": Kyverno "require-unique-service-selector", Gatekeeper "uniqueserviceselector";
    "webhook-safety": Kubescape "C-0036" "C-0039";
}

//! What other tools call checks of security contexts and of what a pod shares with its node.
//!
//! Data only, in order of name; an entry of a check that does not exist yet is not shown. Next: [`super`].

rows! {
    "allow-privilege-escalation": KubeLinter "privilege-escalation-container",
        Polaris "privilegeEscalationAllowed", Kyverno "disallow-privilege-escalation",
        PodSecurityAdmission "allowPrivilegeEscalation", Kubescape "C-0016" "C-0197" "C-0217",
        Checkov "CKV_K8S_5" "CKV_K8S_20", Trivy "KSV-0001", Gatekeeper "allow-privilege-escalation";
    "apparmor-profile": Polaris "linuxHardening", Kyverno "restrict-apparmor-profiles",
        PodSecurityAdmission "appArmorProfile", Kubescape "C-0055", Trivy "KSV-0002", Gatekeeper "apparmor";
    "capabilities-add-allowlist": KubeLinter "verify-container-capabilities",
        Polaris "dangerousCapabilities", Kyverno "disallow-capabilities" "psp-restrict-adding-capabilities"
        "service-mesh-disallow-capabilities", PodSecurityAdmission "capabilities_baseline",
        Kubescape "C-0046", Checkov "CKV_K8S_24" "CKV_K8S_25" "CKV_K8S_39", Trivy "KSV-0005" "KSV-0022"
        "KSV-0106" "KSV-0119" "KSV-0120", Gatekeeper "capabilities";
    "capabilities-drop-all": Polaris "insecureCapabilities", Kyverno "disallow-capabilities-strict"
        "drop-all-capabilities", PodSecurityAdmission "capabilities_restricted", Kubescape "C-0200" "C-0201"
        "C-0211" "C-0219" "C-0220", Checkov "CKV_K8S_36" "CKV_K8S_37", Trivy "KSV-0003" "KSV-0004"
        "KSV-0106", Gatekeeper "capabilities";
    "drop-net-raw": KubeLinter "drop-net-raw-capability", Kyverno "drop-cap-net-raw", Kubescape "C-0199",
        Checkov "CKV_K8S_7" "CKV_K8S_28", Trivy "KSV-0119";
    "ephemeral-containers-forbidden": Kyverno "block-ephemeral-containers";
    "host-aliases": Trivy "KSV-0007";
    "host-ipc": KubeLinter "host-ipc", Polaris "hostIPCSet", Kyverno "disallow-host-namespaces",
        PodSecurityAdmission "hostNamespaces", Kubescape "C-0038" "C-0195" "C-0215" "C-0276",
        Checkov "CKV_K8S_3" "CKV_K8S_18", Trivy "KSV-0008", Gatekeeper "host-namespaces";
    "host-network": KubeLinter "host-network", Polaris "hostNetworkSet", Kyverno "disallow-host-namespaces",
        PodSecurityAdmission "hostNamespaces", Kubescape "C-0041" "C-0196" "C-0216", Checkov "CKV_K8S_4"
        "CKV_K8S_19", Trivy "KSV-0009", Gatekeeper "host-namespaces";
    "host-path-read-only": KubeLinter "writable-host-mount", Kyverno "ensure-readonly-hostpath",
        Kubescape "C-0045";
    "host-path-volumes": KubeLinter "host-mounts", Polaris "hostPathSet", Kyverno "disallow-host-path"
        "limit-hostpath-vols", PodSecurityAdmission "hostPathVolumes",
        Kubescape "C-0048" "C-0203", Trivy "KSV-0023", Gatekeeper "host-filesystem";
    "host-pid": KubeLinter "host-pid", Polaris "hostPIDSet", Kyverno "disallow-host-namespaces",
        PodSecurityAdmission "hostNamespaces", Kubescape "C-0038" "C-0194" "C-0214" "C-0275",
        Checkov "CKV_K8S_1" "CKV_K8S_17", Trivy "KSV-0010", Gatekeeper "host-namespaces";
    "host-ports": Polaris "hostPortSet", Kyverno "disallow-host-ports" "disallow-host-ports-range",
        PodSecurityAdmission "hostPorts", Kubescape "C-0044" "C-0204", Checkov "CKV_K8S_26",
        Trivy "KSV-0024", Gatekeeper "host-network-ports";
    "host-probes-lifecycle": PodSecurityAdmission "hostProbesAndHostLifecycle",
        Gatekeeper "host-probes-lifecycle";
    "imds-access-blocked": Kubescape "C-0052";
    "interactive-tty": Gatekeeper "disallowinteractive";
    "known-exploit-config": Kyverno "check-ingress-nginx-controller-version-and-annotation-policy"
        "check-kernel", Kubescape "C-0058" "C-0079" "C-0087", Checkov "CKV_K8S_159";
    "non-root-groups": KubeLinter "run-as-non-root", Kyverno "psp-check-supplemental-groups"
        "require-non-root-groups", Kubescape "C-0013", Trivy "KSV-0116", Gatekeeper "fsgroup";
    "privileged-container": KubeLinter "privileged-container", Polaris "runAsPrivileged",
        KubeScore "container-security-context-privileged", Kyverno "disallow-privileged-containers",
        PodSecurityAdmission "privileged", Kubescape "C-0057" "C-0193" "C-0213", Checkov "CKV_K8S_2"
        "CKV_K8S_16", Trivy "KSV-0017", Gatekeeper "privileged-containers";
    "proc-mount-default": KubeLinter "unsafe-proc-mount", Polaris "procMount", Kyverno "disallow-proc-mount",
        PodSecurityAdmission "procMount", Trivy "KSV-0027", Gatekeeper "proc-mount";
    "pss-level": Kyverno "podsecurity-subrule-baseline" "podsecurity-subrule-restricted",
        PodSecurityAdmission "baseline" "restricted";
    "read-only-root-filesystem": KubeLinter "no-read-only-root-fs", Polaris "notReadOnlyRootFilesystem",
        KubeScore "container-security-context-readonlyrootfilesystem", Kyverno "require-ro-rootfs",
        Kubescape "C-0017", Checkov "CKV_K8S_22", Trivy "KSV-0014", Gatekeeper "read-only-root-filesystem";
    "run-as-high-uid-gid": KubeScore "container-security-context-user-group-id",
        Kyverno "require-unique-uid-per-workload" "validate-userid-groupid-fsgroup", Checkov "CKV_K8S_40",
        Trivy "KSV-0020" "KSV-0021";
    "run-as-non-root": KubeLinter "run-as-non-root", Polaris "runAsRootAllowed",
        Kyverno "require-run-as-nonroot" "service-mesh-require-run-as-nonroot",
        PodSecurityAdmission "runAsNonRoot", Kubescape "C-0013" "C-0198" "C-0218", Checkov "CKV_K8S_6"
        "CKV_K8S_23", Trivy "KSV-0012", Popeye "POP-302" "POP-306", Gatekeeper "users";
    "run-as-user-not-zero": Kyverno "only-trustworthy-registries-set-root" "require-run-as-non-root-user",
        PodSecurityAdmission "runAsUser", Trivy "KSV-0105", Gatekeeper "users";
    "runtime-class-allowed": Kyverno "restrict-runtimeclass", Kubescape "C-0242" "C-0249" "C-0297";
    "runtime-socket-mount": KubeLinter "docker-sock", Kyverno "disallow-container-sock-mounts"
        "docker-socket-check", Kubescape "C-0074", Checkov "CKV_K8S_27", Trivy "KSV-0006";
    "seccomp-profile": Polaris "linuxHardening", KubeScore "container-seccomp-profile",
        Kyverno "restrict-seccomp" "restrict-seccomp-strict", PodSecurityAdmission "seccompProfile_baseline"
        "seccompProfile_restricted", Kubescape "C-0055" "C-0210", Checkov "CKV_K8S_31" "CKV_K8S_32",
        Trivy "KSV-0030" "KSV-0104", Gatekeeper "seccomp" "seccompv2";
    "security-context-present": Kubescape "C-0211", Checkov "CKV_K8S_29" "CKV_K8S_30", Trivy "KSV-0118";
    "selinux-options": Polaris "linuxHardening", Kyverno "disallow-selinux",
        PodSecurityAdmission "seLinuxOptions", Kubescape "C-0211", Trivy "KSV-0025", Gatekeeper "selinux";
    "sensitive-host-paths": KubeLinter "sensitive-host-mounts", Kubescape "C-0020", Trivy "KSV-0121";
    "share-process-namespace":;
    "sudo-in-entrypoint": Kubescape "C-0062";
    "sysctls-safe": KubeLinter "unsafe-sysctls", Kyverno "prevent-cr8escape" "restrict-sysctls",
        PodSecurityAdmission "sysctls", Trivy "KSV-0026", Gatekeeper "forbidden-sysctls";
    "user-namespace-recommended":;
    "volume-types-restricted": Kyverno "restrict-volume-types", PodSecurityAdmission "restrictedVolumes",
        Trivy "KSV-0028", Gatekeeper "flexvolume-drivers" "volumes";
    "windows-host-process": Polaris "hostProcess", Kyverno "disallow-host-process",
        PodSecurityAdmission "windowsHostProcess", Kubescape "C-0202", Trivy "KSV-0103",
        Gatekeeper "host-process";
    "windows-run-as-container-user": Kyverno "require-run-as-containeruser";
}

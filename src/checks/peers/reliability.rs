//! What other tools call checks of probes, Jobs, replicas, disruption budgets and resources.
//!
//! Data only, in order of name; an entry of a check that does not exist yet is not shown. Next: [`super`].

rows! {
    "anti-affinity-satisfiable":;
    "config-reload-strategy": Kyverno "refresh-env-var-in-pods" "restart-deployment-on-secret-change";
    "cpu-limits": Polaris "cpuLimitsMissing", KubeScore "container-resources", Kyverno "forbid-cpu-limits"
        "require-cpu-limits", Kubescape "C-0009" "C-0050" "C-0270" "C-0303", Checkov "CKV_K8S_11",
        Trivy "KSV-0011", Gatekeeper "containerlimits";
    "cpu-requests": KubeLinter "unset-cpu-requirements", Polaris "cpuRequestsMissing",
        KubeScore "container-resources", Kyverno "require-requests-limits", Kubescape "C-0050" "C-0268",
        Checkov "CKV_K8S_10", Trivy "KSV-0015", Gatekeeper "containerrequests";
    "cronjob-concurrency":;
    "cronjob-deadline": KubeScore "cronjob-has-deadline";
    "cronjob-schedule": Kyverno "validate-cron-schedule";
    "ephemeral-storage": KubeScore "container-ephemeral-storage-request-and-limit"
        "container-ephemeral-storage-request-equals-limit", Kyverno "add-emptydir-sizelimit"
        "require-emptydir-requests-and-limits", Gatekeeper "ephemeralstoragelimit";
    "eviction-annotations": Kyverno "add-karpenter-donot-evict" "add-safe-to-evict";
    "graceful-termination": Kyverno "mutate-termination-grace-period-seconds";
    "hpa-behavior":;
    "hpa-headroom": Polaris "hpaMaxAvailability", Popeye "POP-602" "POP-603" "POP-604" "POP-605",
        Gatekeeper "horizontalpodautoscaler";
    "hpa-metrics-usable":;
    "hpa-min-replicas": KubeLinter "hpa-minimum-three-replicas", Polaris "hpaMinAvailability",
        KubeScore "horizontalpodautoscaler-replicas", Gatekeeper "horizontalpodautoscaler";
    "hpa-present": Kyverno "check-hpa-exists";
    "hpa-replicas-conflict": KubeScore "deployment-targeted-by-hpa-does-not-have-replicas-configured";
    "hpa-target": KubeLinter "dangling-horizontalpodautoscaler",
        KubeScore "horizontalpodautoscaler-has-target", Kubescape "C-0300", Popeye "POP-600", Gatekeeper "horizontalpodautoscaler",
        Kyverno "check-vpa-configuration" "verify-vpa-target";
    "hpa-unique": Kyverno "prevent-duplicate-hpa" "prevent-duplicate-vpa";
    "job-limits":;
    "job-owner": Kyverno "restrict-jobs";
    "job-sidecar-completion":;
    "job-ttl": KubeLinter "job-ttl-seconds-after-finished", Kyverno "add-ttl-jobs";
    "liveness-probe": KubeLinter "no-liveness-probe", Polaris "livenessProbeMissing", KubeScore "pod-probes",
        Kubescape "C-0056", Checkov "CKV_K8S_8", Popeye "POP-102" "POP-103", Gatekeeper "requiredprobes";
    "local-state":;
    "memory-limits": KubeLinter "unset-memory-requirements", Polaris "memoryLimitsMissing",
        KubeScore "container-resources", Kyverno "require-requests-limits", Kubescape "C-0004" "C-0009"
        "C-0271", Checkov "CKV_K8S_13", Trivy "KSV-0018", Popeye "POP-106" "POP-107",
        Gatekeeper "containerlimits";
    "memory-request-equals-limit": KubeScore "container-cpu-requests-equal-limits"
        "container-memory-requests-equal-limits" "container-resource-requests-equal-limits",
        Kyverno "memory-requests-equal-limits";
    "memory-requests": Polaris "memoryRequestsMissing", KubeScore "container-resources",
        Kyverno "require-requests-limits", Kubescape "C-0004" "C-0269", Checkov "CKV_K8S_12",
        Trivy "KSV-0016", Popeye "POP-106", Gatekeeper "containerrequests";
    "min-replicas": KubeLinter "minimum-three-replicas", Polaris "deploymentMissingReplicas",
        KubeScore "deployment-replicas", Kyverno "deployment-has-multiple-replicas",
        Gatekeeper "replicalimits";
    "namespace-limitrange": Trivy "KSV-0039";
    "namespace-quota": Kyverno "add-ns-quota", Trivy "KSV-0040";
    "no-bare-pods": Kyverno "prevent-bare-pods", Kubescape "C-0073", Popeye "POP-208";
    "pdb-allows-disruption": KubeLinter "pdb-max-unavailable" "pdb-min-available",
        Polaris "pdbDisruptionsIsZero" "pdbMinAvailableGreaterThanHPAMinReplicas",
        Kyverno "deployment-replicas-higher-than-pdb" "pdb-maxunavailable"
        "pdb-maxunavailable-with-deployments" "pdb-minavailable-check" "require-reasonable-pdbs"
        "require-replicas-allow-disruption", Popeye "POP-901", Gatekeeper "poddisruptionbudget";
    "pdb-controller-support":;
    "pdb-dangling": Popeye "POP-900";
    "pdb-has-budget": KubeScore "poddisruptionbudget-has-policy";
    "pdb-overlap": Popeye "POP-209";
    "pdb-present": Polaris "missingPodDisruptionBudget", KubeScore "deployment-has-poddisruptionbudget"
        "statefulset-has-poddisruptionbudget", Kyverno "require-pdb", Popeye "POP-206";
    "pdb-unhealthy-eviction": KubeLinter "pdb-unhealthy-pod-eviction-policy";
    "priority-class": KubeLinter "priority-class-name", Polaris "priorityClassNotSet",
        Kyverno "allowed-podpriorities" "require-pod-priorityclassname";
    "probe-handler-safe": Kyverno "deny-commands-in-exec-probe";
    "probe-port-valid": KubeLinter "liveness-port" "readiness-port" "startup-port";
    "probe-timings":;
    "probes-distinct": KubeScore "pod-probes-identical", Kyverno "validate-probes";
    "pvc-replica-conflict": Kyverno "readwriteonce-pod";
    "qos-class": Kyverno "require-qos-burstable" "require-qos-guaranteed";
    "quorum-size":;
    "readiness-probe": KubeLinter "no-readiness-probe", Polaris "readinessProbeMissing",
        KubeScore "pod-probes", Kyverno "require-pod-probes", Kubescape "C-0018", Checkov "CKV_K8S_9",
        Popeye "POP-102" "POP-104", Gatekeeper "requiredprobes";
    "requests-within-limits":;
    "resource-bounds": KubeLinter "cpu-requirements" "memory-requirements",
        Kyverno "enforce-resources-as-ratio", Gatekeeper "containerlimits" "containerresourceratios"
        "containerresources";
    "restart-policy": KubeLinter "restart-policy", KubeScore "cronjob-restartpolicy";
    "revision-history":;
    "rollback-ready":;
    "rolling-update-bounds": KubeLinter "update-configuration";
    "rolling-update-strategy": KubeLinter "no-rolling-update-strategy", KubeScore "deployment-strategy",
        Kubescape "C-0305";
    "scaled-to-zero": Popeye "POP-500";
    "scheduling-constraints": KubeLinter "no-node-affinity", Kyverno "check-nvidia-gpus"
        "restrict-controlplane-scheduling" "restrict-node-affinity" "restrict-node-selection"
        "restrict-pod-count", Popeye "POP-700";
    "selector-matches-template": KubeLinter "mismatching-selector",
        KubeScore "deployment-pod-selector-labels-match-template-metadata-labels"
        "statefulset-pod-selector-labels-match-template-metadata-labels", Kubescape "C-0296",
        Popeye "POP-508";
    "spread-nodes": KubeLinter "no-anti-affinity", Polaris "topologySpreadConstraint",
        KubeScore "deployment-has-host-podantiaffinity" "statefulset-has-host-podantiaffinity";
    "spread-zones": Kyverno "topologyspreadconstraints-policy";
    "startup-probe":;
    "statefulset-service": KubeScore "statefulset-has-servicename";
    "storage-class": KubeLinter "statefulset-volumeclaimtemplate-annotation",
        Kyverno "nfs-subdir-external-provisioner-storage-path" "require-storageclass"
        "restrict-storageclass", Kubescape "C-0257" "C-0264", Gatekeeper "storageclass";
    "topology-spread-valid": KubeScore "pod-topology-spread-constraints";
}

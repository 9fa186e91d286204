//! What other tools call checks of images, names, labels and versions of the API.
//!
//! Data only, in order of name; an entry of a check that does not exist yet is not shown. Next: [`super`].

rows! {
    "config-refs-exist": KubeLinter "env-value-from", Popeye "POP-407";
    "container-ports-valid": KubeScore "container-ports-check";
    "containers-per-pod": Kyverno "limit-containers-per-pod";
    "data-classification":;
    "debug-settings-off": Kyverno "check-env-vars";
    "deprecated-api": KubeLinter "disallowed-api-obj" "no-extensions-v1beta", KubeScore "stable-version",
        Kyverno "check-deprecated-apis" "disallow-deprecated-apis", Trivy "KSV-0107", Popeye "POP-403"
        "POP-404", Gatekeeper "verifydeprecatedapi";
    "documentation-links":;
    "duplicate-env": KubeLinter "duplicate-env-var", KubeScore "environment-variable-key-duplication",
        Kubescape "C-0295";
    "environment-parity": Kyverno "ensure-production-matches-staging";
    "forbidden-metadata": KubeLinter "forbidden-annotation", Kyverno "allowed-annotations"
        "allowed-label-changes" "restrict-annotations";
    "image-deprecated-registry": Kyverno "restrict-deprecated-registry", Kubescape "C-0253";
    "image-digest": Kyverno "require-image-checksum", Kubescape "C-0306", Checkov "CKV_K8S_43",
        Gatekeeper "imagedigests";
    "image-pull-policy": KubeLinter "image-pull-policy", Polaris "pullPolicyNotAlways",
        KubeScore "container-image-pull-policy", Kyverno "imagepullpolicy-always", Kubescape "C-0075"
        "C-0123", Checkov "CKV_K8S_15" "CKV_K8S_80";
    "image-pull-secrets": Kyverno "require-imagepullsecrets", Popeye "POP-305";
    "image-registry": KubeLinter "latest-tag", Kyverno "advanced-restrict-image-registries"
        "allowed-image-repos" "restrict-image-registries", Kubescape "C-0001" "C-0078" "C-0304",
        Trivy "KSV-0032" "KSV-0033" "KSV-0034" "KSV-0035" "KSV-0124" "KSV-0125", Popeye "POP-113",
        Gatekeeper "allowedrepos" "allowedreposv2" "disallowedrepos";
    "image-tag": KubeLinter "latest-tag", Polaris "tagNotSpecified", KubeScore "container-image-tag",
        Kyverno "disallow-latest-tag", Kubescape "C-0304", Checkov "CKV_K8S_14", Trivy "KSV-0013",
        Popeye "POP-100" "POP-101", Gatekeeper "disallowedtags";
    "label-values-valid": KubeScore "label-values";
    "no-default-namespace": KubeLinter "use-namespace", Kyverno "disallow-default-namespace",
        Kubescape "C-0061" "C-0209" "C-0212", Checkov "CKV_K8S_21", Trivy "KSV-0110";
    "no-system-namespace": Trivy "KSV-0037";
    "owner-contact": KubeLinter "required-annotation-email" "required-label-owner";
    "release-identity":;
    "removed-api": Trivy "KSV-0107";
    "required-annotations": KubeLinter "required-annotation" "required-annotation-email",
        Kyverno "require-annotations", Gatekeeper "requiredannotations";
    "required-labels": KubeLinter "required-label" "required-label-owner",
        Polaris "metadataAndInstanceMismatched", Kyverno "metadata-match-regex" "require-kubecost-labels"
        "require-labels" "team-validate-ns-name", Kubescape "C-0076" "C-0077", Gatekeeper "requiredlabels";
    "schema-valid": KubeLinter "schema-validation";
}

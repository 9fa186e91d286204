//! The two policy kinds: what people write.
//!
//! It must not interpret a policy: resolving profiles and selecting workloads is the engine's. Next:
//! [`super::policy_status`] for what the operator answers, [`super::schema`] for what the API server
//! refuses by itself.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::policy_status::PolicyStatus;
use super::schema::{parameters_schema, selector_schema, target_rules};
use super::severity::{FailOn, Severity};
use super::{NEWEST_PROFILE_VERSION, Profile};

/// Which workloads of this namespace must satisfy what.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "seaworthy.dev",
    version = "v1alpha1",
    kind = "ReadinessPolicy",
    plural = "readinesspolicies",
    shortname = "rpol",
    category = "seaworthy",
    namespaced,
    status = "PolicyStatus",
    derive = "PartialEq",
    doc = "A ReadinessPolicy says what the workloads of its namespace must satisfy to be ready for production."
)]
#[serde(default, rename_all = "camelCase")]
pub struct ReadinessPolicySpec {
    /// What both policy kinds have.
    #[serde(flatten)]
    pub common: PolicySpec,
    /// The workloads that this policy judges. Default: all of the namespace.
    pub targets: Targets,
}

/// Which workloads of which namespaces must satisfy what.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "seaworthy.dev",
    version = "v1alpha1",
    kind = "ClusterReadinessPolicy",
    plural = "clusterreadinesspolicies",
    shortname = "crpol",
    category = "seaworthy",
    status = "PolicyStatus",
    derive = "PartialEq",
    doc = "A ClusterReadinessPolicy says what the workloads of every namespace that it selects must satisfy to be ready for production."
)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterReadinessPolicySpec {
    /// What both policy kinds have.
    #[serde(flatten)]
    pub common: PolicySpec,
    /// The workloads that this policy judges. Default: all of every namespace that is not excluded.
    pub targets: ClusterTargets,
}

/// What both policy kinds have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.profile != 'None' || (has(self.checks) && self.checks.exists(c, c.enabled))",
    "message": "profile None brings no checks of its own: enable at least one in spec.checks, or choose Baseline, Standard or Strict",
    "fieldPath": ".checks",
    "reason": "FieldValueRequired",
}]))]
pub struct PolicySpec {
    /// The set of checks to start from: Baseline (what no workload should lack), Standard (what a workload
    /// in production should have), Strict (everything worth asking for), or None (only the checks named in
    /// checks).
    pub profile: Profile,
    /// The version of the profile. It pins the set of checks, so that an upgrade of the operator adds none
    /// by itself. Default: the newest version at the time the policy was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1), extend("default" = NEWEST_PROFILE_VERSION))]
    pub profile_version: Option<i64>,
    /// Single checks to add to the profile, to switch off, or to set up differently.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 256),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub checks: Vec<CheckSetting>,
    /// The lowest severity that makes a workload not ready. A failed check below it is reported as a
    /// warning. Never makes the policy advisory.
    pub fail_on: FailOn,
    /// What happens when an object is created or changed that breaks the policy: Audit (it is reported),
    /// Warn (the client gets a warning), Deny (the request is refused).
    pub enforcement: Enforcement,
    /// When the policy itself is Ready: Compliant (every workload passes), or Evaluated (every workload
    /// was judged, whatever the verdict), which lets a pipeline that applies the policy finish.
    pub ready_when: ReadyWhen,
    /// Stop judging by this policy. Ready becomes Unknown, so that a pipeline that waits for it keeps
    /// waiting, and nothing is refused.
    pub suspend: bool,
    /// Let workloads exempt themselves from single checks with an annotation
    /// waive.seaworthy.dev/<check>: "reason; until=YYYY-MM-DD".
    pub allow_annotation_waivers: bool,
    /// Any text that names a release, such as a version or a commit. A new one has every workload judged
    /// afresh before Ready can become True, and lets a workload that fails by its own spec fail the release
    /// at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub revision: Option<String>,
}

impl PolicySpec {
    /// The version of the profile that counts: the newest when the policy names none.
    pub fn profile_version(&self) -> i64 {
        self.profile_version.unwrap_or(NEWEST_PROFILE_VERSION)
    }
}

/// How a policy sets up one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckSetting {
    /// The name of the check.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Whether to run the check. To name a check enables it; false takes it out of the profile.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// How bad it is when the check fails. Default: what the profile says, else what the check says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Severity")]
    pub severity: Option<Severity>,
    /// The parameters of the check; its documentation lists them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "parameters_schema")]
    pub parameters: Option<Map<String, Value>>,
}

const fn enabled() -> bool {
    true
}

/// What happens when an object is created or changed that breaks the policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Enforcement {
    /// It is reported.
    #[default]
    Audit,
    /// It is let through, and the client gets a warning.
    Warn,
    /// It is refused.
    Deny,
}

/// What makes a policy Ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ReadyWhen {
    /// Every workload passes.
    #[default]
    Compliant,
    /// Every workload was judged.
    Evaluated,
}

/// The workloads of one namespace that a policy judges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Targets {
    /// Which of the workloads.
    #[serde(flatten)]
    pub selection: TargetSelection,
    /// With fewer workloads than this the policy is not Ready: a release must not pass because nothing of
    /// it is there yet. 0 lets an empty selection pass.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub min_workloads: u32,
}

impl Default for Targets {
    fn default() -> Self {
        Self { selection: TargetSelection::default(), min_workloads: 1 }
    }
}

/// The workloads of all namespaces that a policy judges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterTargets {
    /// Which of the workloads.
    #[serde(flatten)]
    pub selection: TargetSelection,
    /// With fewer workloads than this the policy is not Ready. 0 lets an empty selection pass.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub min_workloads: u32,
    /// Only the workloads of namespaces with these labels. Default: all namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "selector_schema")]
    pub namespace_selector: Option<LabelSelector>,
    /// Namespaces that are left out whatever their labels; * stands for any characters. A list given here
    /// replaces the default one.
    #[schemars(
        length(max = 256),
        inner(length(min = 1, max = 253)),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub exclude_namespaces: Vec<String>,
}

impl Default for ClusterTargets {
    fn default() -> Self {
        Self {
            selection: TargetSelection::default(),
            min_workloads: 0,
            namespace_selector: None,
            exclude_namespaces: ["kube-system", "kube-public", "kube-node-lease"].map(str::to_owned).to_vec(),
        }
    }
}

/// Which of the workloads a policy judges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = target_rules()))]
pub struct TargetSelection {
    /// Only workloads of these kinds, such as Deployment, or of a kind in customKinds. Default: every kind
    /// that holds a pod template, bare Pods, and every kind in customKinds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 64),
        inner(length(min = 1, max = 63)),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub kinds: Vec<String>,
    /// Only workloads with these labels, on the workload itself and not on its pod template. Default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "selector_schema")]
    pub selector: Option<LabelSelector>,
    /// Kinds of custom resources that hold a pod template and so are workloads as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["group", "kind"])
    )]
    pub custom_kinds: Vec<CustomKind>,
}

/// A kind of custom resource that holds a pod template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomKind {
    /// The API group, without the version, such as argoproj.io.
    #[schemars(length(min = 1, max = 253))]
    pub group: String,
    /// The kind as in manifests, such as Rollout.
    #[schemars(length(min = 1, max = 63))]
    pub kind: String,
    /// Where the pod template lies in the object, such as .spec.template.
    #[schemars(
        length(max = 256),
        extend("x-kubernetes-validations" = [{
            "rule": "self.startsWith('.') && size(self) > 1",
            "message": "templatePath is a path from the top of the object and starts with a dot, such as .spec.template",
        }])
    )]
    pub template_path: String,
}

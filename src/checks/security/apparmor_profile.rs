use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, not_on_windows, pod};
use crate::inventory::default::APP_ARMOR_ANNOTATION;

/// Parameters of `apparmor-profile`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a profile must be set on the container or on the pod.
    require_set: bool,
}

check! {
    /// ## What it checks
    /// `securityContext.appArmorProfile.type` of the pod and of every container, and the older annotation
    /// for a container, is not set, `RuntimeDefault` or `Localhost`. With `requireSet: true` one of them must
    /// be set.
    ///
    /// ## Why it matters
    /// On nodes with AppArmor the runtime's profile keeps a process from mounting, from tracing others and
    /// from writing to the kernel's settings. `Unconfined` switches that off. Unset means the runtime's.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         appArmorProfile:
    ///           type: Unconfined
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         appArmorProfile:
    ///           type: RuntimeDefault
    /// ```
    ///
    /// ## How to fix
    /// Remove `Unconfined`. If the runtime's profile is too narrow, put one on the nodes that allows what is
    /// missing, and name it with `type: Localhost`.
    ///
    /// ## Parameters
    /// - `requireSet`: whether a profile must be set (default false).
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: AppArmor
    /// - KEP-24: AppArmor
    name: "apparmor-profile",
    family: Security,
    severity: Medium,
    title: "Containers keep their AppArmor confinement",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::safe("securityContext.appArmorProfile.type", Answer::Text("RuntimeDefault"))],
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let annotation = annotation(subject);
    // Pod Security Admission reads the annotation of a Windows pod, too, and would refuse it.
    if let Some(judgement) = not_on_windows(subject).filter(|_| annotation.is_none()) {
        return judgement;
    }
    let own = subject.container.security_context.app_armor_profile.as_deref();
    let pod_level = subject.pod().security_context.app_armor_profile.as_deref();
    let path = "securityContext.appArmorProfile.type";
    if own.or(pod_level).is_none() && parameters.require_set {
        return Judgement::fail(
            container(path),
            "appArmorProfile is not set on the container nor on the pod",
        );
    }
    // The server copies a bad annotation to a field that is not set: one fault, and the annotation is it.
    let own = own.filter(|profile| annotation.is_none() || profile.kind != "Unconfined");
    let fields = [(own, container(path)), (pod_level, pod(path))]
        .into_iter()
        .filter_map(|(profile, field)| Some(Statement::fail(field, problem(&profile?.kind)?)));
    annotation.into_iter().chain(fields).collect()
}

fn problem(kind: &str) -> Option<String> {
    match kind {
        "RuntimeDefault" | "Localhost" => None,
        "Unconfined" => Some("appArmorProfile is Unconfined: AppArmor is switched off".to_owned()),
        other => Some(format!("appArmorProfile.type is {other:?}, which does not exist")),
    }
}

/// What is wrong with the annotation that named the profile before the field existed. Pod Security
/// Admission reads both, whichever wins.
fn annotation(subject: &ContainerSubject<'_>) -> Option<Statement> {
    let workload = subject.workload.workload;
    let key = format!("{APP_ARMOR_ANNOTATION}{}", subject.container.name);
    let value = workload.pod_annotations.get(&key)?;
    let good = value.is_empty() || value == "runtime/default" || value.starts_with("localhost/");
    let root = workload.pod_path().strip_suffix("spec").unwrap_or_default();
    (!good).then(|| {
        let message =
            format!("the annotation sets the AppArmor profile {value:?}, which is not one that confines");
        Statement::fail(Field::Object(format!("{root}metadata.annotations[{key}]").into()), message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn case(pod: &Value, own: &Value) -> Case {
        Case::of(&CHECK)
            .pod(json!({"securityContext": {"appArmorProfile": pod}}))
            .container(json!({"securityContext": {"appArmorProfile": own}}))
    }

    fn annotated(value: &str) -> Case {
        let annotations = json!({"container.apparmor.security.beta.kubernetes.io/app": value});
        Case::of(&CHECK).workload(json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}))
    }

    #[test]
    fn unset_passes_unless_it_must_be_set() {
        let unset = case(&Value::Null, &Value::Null);
        assert_eq!(unset.outcome(), Outcome::Pass);
        assert_eq!(unset.parameters(json!({"requireSet": true})).outcome(), Outcome::Fail);
        let set = case(&json!({"type": "RuntimeDefault"}), &Value::Null);
        assert_eq!(set.parameters(json!({"requireSet": true})).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_bad_profile_at_pod_level_fails_although_the_container_sets_a_good_one() {
        let case =
            case(&json!({"type": "Unconfined"}), &json!({"type": "Localhost", "localhostProfile": "web"}));
        assert_eq!(case.fields(), ["spec.template.spec.securityContext.appArmorProfile.type"]);
    }

    #[test]
    fn the_annotation_counts_and_is_one_finding_with_the_field_it_is_copied_to() {
        let path = "spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]";
        assert_eq!(annotated("unconfined").fields(), [path]);
        let both = annotated("unconfined")
            .container(json!({"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}));
        assert_eq!(both.fields(), [path]);
        let overridden = annotated("unconfined")
            .container(json!({"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}}));
        assert_eq!(overridden.fields(), [path]);
        for value in ["", "runtime/default", "localhost/web"] {
            assert_eq!(annotated(value).outcome(), Outcome::Pass, "{value:?}");
        }
    }

    #[test]
    fn an_annotation_that_sets_a_profile_satisfies_require_set() {
        let required = json!({"requireSet": true});
        assert_eq!(annotated("localhost/web").parameters(required.clone()).outcome(), Outcome::Pass);
        assert_eq!(annotated("").parameters(required).outcome(), Outcome::Fail);
    }

    #[test]
    fn windows_has_no_apparmor_but_its_annotations_count() {
        let annotated = annotated("unconfined").pod(json!({"os": {"name": "windows"}}));
        assert_eq!(annotated.outcome(), Outcome::Fail);
        let windows =
            case(&json!({"type": "Unconfined"}), &Value::Null).pod(json!({"os": {"name": "windows"}}));
        assert_eq!(windows.outcome(), Outcome::NotApplicable);
    }
}

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Text, WorkloadSubject};
use crate::checks::helpers::pod;

check! {
    /// ## What it checks
    /// The pod names its ServiceAccount in `serviceAccountName`; where `serviceAccount`, the field that
    /// came before, is set as well, it says the same. The server gives both fields the same name in what it
    /// stores, so this is for files.
    ///
    /// ## Why it matters
    /// Where the two differ, the older field is ignored, and the pod runs as somebody else than one of the
    /// readers thinks. Tools that know the newer field only see no ServiceAccount at all.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   serviceAccount: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Write `serviceAccountName` instead of `serviceAccount`.
    ///
    /// ## References
    /// - Kubernetes API reference: `PodSpec`
    name: "deprecated-service-account-field",
    family: Identity,
    severity: Low,
    title: "Pods name their ServiceAccount in one field",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let (old, new) = (&*subject.pod().service_account, subject.pod().service_account_name.as_str());
    if old.is_empty() {
        return Judgement::pass();
    }
    let message: Text = if old == new {
        "serviceAccount is deprecated, and serviceAccountName is not set".into()
    } else {
        let old = old.escape_debug();
        format!("serviceAccount says {old}, which {new} in serviceAccountName overrules").into()
    };
    Judgement::fail(pod("serviceAccount"), message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn the_older_field_alone_or_another_name_fails_and_the_same_name_passes() {
        let case = |old: &str, new: serde_json::Value| {
            Case::of(&CHECK).pod(json!({"serviceAccount": old, "serviceAccountName": new}))
        };
        assert_eq!(case("web", json!("web")).outcome(), Outcome::Pass);
        assert_eq!(
            case("web", serde_json::Value::Null).message(),
            "serviceAccount is deprecated, and serviceAccountName is not set"
        );
        assert_eq!(
            case("web", json!("api")).message(),
            "serviceAccount says web, which api in serviceAccountName overrules"
        );
        assert_eq!(case("web", json!("api")).fields(), ["spec.template.spec.serviceAccount"]);
    }
}

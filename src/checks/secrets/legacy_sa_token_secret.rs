use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{at, key_of};
use crate::inventory::object::Secret;
use crate::inventory::{Kind, Object};

check! {
    /// ## What it checks
    /// No Secret is of type `kubernetes.io/service-account-token`, be it one that a workload names or not. In files only: in a cluster the operator sees Secrets
    /// of type `kubernetes.io/tls` and no others, so it says nothing of these, neither that there are some nor that there
    /// are none.
    ///
    /// ## Why it matters
    /// The token in such a Secret never ends. Whoever read it once, from a backup or an old log, is that account for as
    /// long as the Secret is there. Pods get a token of their own that ends by itself.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: deployer}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       envFrom: [{secretRef: {name: deployer-token}}]
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: deployer-token
    ///   annotations: {kubernetes.io/service-account.name: deployer}
    /// type: kubernetes.io/service-account-token
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: deployer}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       envFrom: [{secretRef: {name: settings}}]
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: settings}
    /// type: Opaque
    /// ```
    ///
    /// ## How to fix
    /// Delete the Secret and ask for a token that ends: `kubectl create token`, a projected volume of the pod, or
    /// the identity that the caller has where it runs.
    ///
    /// ## References
    /// - Kubernetes documentation: Managing Service Accounts, Manual Secret management
    name: "legacy-sa-token-secret",
    family: Secrets,
    severity: Medium,
    title: "No Secret holds a token that never ends",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Secret],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [Secret] of_orphan,
}

/// What the Secrets that the workload names are and were given. One that was not given is no matter of this check.
fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    if subject.namespace.is_live() {
        return Judgement::not_applicable("the operator sees Secrets of type kubernetes.io/tls only");
    }
    let reached = subject.namespace.reached_by(subject.workload, Kind::Secret);
    let secrets: Vec<&Secret> = reached.found.iter().filter_map(|object| secret_of(object)).collect();
    if secrets.is_empty() {
        return Judgement::not_applicable("no Secret that the workload names was given");
    }
    let fault = |secret: &&Secret| Some(fault(secret)?.about(key_of(Kind::Secret, &secret.metadata)));
    secrets.iter().filter_map(fault).collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    secret_of(subject.object).map_or_else(Judgement::default, |secret| fault(secret).into_iter().collect())
}

const fn secret_of(object: &Object) -> Option<&Secret> {
    match object {
        Object::Secret(secret) => Some(secret),
        _ => None,
    }
}

fn fault(secret: &Secret) -> Option<Statement> {
    let message = "the Secret holds a token of a ServiceAccount that never ends";
    secret.facts.is_account_token().then(|| Statement::fail(at("type"), message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    #[test]
    fn the_type_decides() {
        let of = |kind: &str| {
            let secret = json!({"kind": "Secret", "metadata": {"name": "it"}, "type": kind});
            ObjectCase::of(&CHECK, secret)
        };
        assert_eq!(of("kubernetes.io/service-account-token").fields(), ["type"]);
        assert_eq!(of("kubernetes.io/tls").outcome(), Outcome::Pass);
        assert_eq!(of("").outcome(), Outcome::Pass);
    }

    #[test]
    fn one_that_a_workload_names_is_told_of_there() {
        let secret = |kind: &str| json!({"kind": "Secret", "metadata": {"name": "it"}, "type": kind});
        let mounting = || {
            let volumes = json!([{"name": "token", "secret": {"secretName": "it"}}]);
            Case::of(&CHECK).pod(json!({ "volumes": volumes }))
        };
        let found =
            mounting().with(secret("kubernetes.io/service-account-token")).judged().findings.remove(0);
        assert_eq!(
            (found.field.as_str(), found.object.unwrap().to_string()),
            ("type", "Secret shop/it".to_owned())
        );
        assert_eq!(mounting().with(secret("Opaque")).outcome(), Outcome::Pass);
        let other = Case::of(&CHECK).with(secret("kubernetes.io/service-account-token"));
        assert_eq!(other.outcome(), Outcome::NotApplicable, "it has a report of its own");
        assert_eq!(
            mounting().coverage(Coverage::Partial).outcome(),
            Outcome::NotApplicable,
            "it was not given"
        );
    }
}

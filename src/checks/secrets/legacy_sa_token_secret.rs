use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject};
use crate::checks::around::at;
use crate::inventory::Object;

check! {
    /// ## What it checks
    /// No Secret is of type `kubernetes.io/service-account-token`. In files only: in a cluster the operator sees Secrets
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
    rule: Orphan([Secret], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::Secret(secret) = subject.object else { return Judgement::default() };
    let message = "the Secret holds a token of a ServiceAccount that never ends";
    Judgement::require(!secret.facts.is_account_token(), at("type"), message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;

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
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::Statement;
use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::inventory::files::TokenSource;
use crate::inventory::pod::Volume;

/// Parameters of `projected-token-hygiene`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The most seconds that a token may last.
    max_expiration_seconds: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { max_expiration_seconds: 3600 }
    }
}

check! {
    /// ## What it checks
    /// Every token of a ServiceAccount that a volume projects names its audience, and lasts no longer than
    /// the limit. The volume that the server adds to a Pod by itself (`kube-api-access-...`, with a token for 3607 s) is
    /// not looked at; in a template a volume of such a name is. A pod without such a token is not looked at either.
    ///
    /// ## Why it matters
    /// A token without an audience is one for the API server: whoever it is shown to can use it there. A
    /// token that lasts a day is still good a day after it was stolen.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: token
    ///       projected:
    ///         sources:
    ///           - serviceAccountToken:
    ///               path: token
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: token
    ///       projected:
    ///         sources:
    ///           - serviceAccountToken:
    ///               path: token
    ///               audience: vault
    ///               expirationSeconds: 3600
    /// ```
    ///
    /// ## How to fix
    /// Set `audience` to what the token is shown to, and leave `expirationSeconds` out: the default is an
    /// hour, and the kubelet renews it in time.
    ///
    /// ## Parameters
    /// - `maxExpirationSeconds`: the most seconds that a token may last (default 3600).
    ///
    /// ## References
    /// - Kubernetes documentation: Configure Service Accounts for Pods, ServiceAccount token volume
    ///   projection
    name: "projected-token-hygiene",
    family: Identity,
    severity: Low,
    title: "Projected tokens have an audience and do not last long",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let volumes = subject.pod().volumes.iter().enumerate();
    let tokens: Vec<_> = volumes.flat_map(|(index, volume)| tokens(index, volume)).collect();
    if tokens.is_empty() {
        return Judgement::not_applicable("the pod projects no token");
    }
    tokens.into_iter().flat_map(|(path, token)| problems(&path, token, parameters)).collect()
}

fn tokens(index: usize, volume: &Volume) -> impl Iterator<Item = (String, &TokenSource)> {
    let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().enumerate());
    sources.filter_map(move |(source, projected)| {
        let token = projected.service_account_token.as_deref()?;
        Some((format!("volumes[{index}].projected.sources[{source}].serviceAccountToken"), token))
    })
}

fn problems(path: &str, token: &TokenSource, parameters: &Parameters) -> Vec<Statement> {
    let most = parameters.max_expiration_seconds;
    let audience = token.audience.is_empty().then(|| {
        let message = "the token names no audience, so it is one for the API server";
        Statement::fail(pod(format!("{path}.audience")), message)
    });
    let lasts = token.expiration_seconds.filter(|seconds| *seconds > most).map(|seconds| {
        let message = format!("the token lasts {seconds} s; the policy wants at most {most}");
        Statement::fail(pod(format!("{path}.expirationSeconds")), message)
    });
    audience.into_iter().chain(lasts).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::engine::judge::judge;
    use crate::inventory::decode::decode;
    use crate::inventory::{Inventory, Kind, Object};

    fn token(name: &str, token: serde_json::Value) -> Case {
        let volume = json!({"name": name, "projected": {"sources": [{"configMap": {}}, {"serviceAccountToken": token}]}});
        Case::of(&CHECK).pod(json!({"volumes": [volume]}))
    }

    #[test]
    fn an_audience_and_the_default_of_an_hour_pass() {
        assert_eq!(token("t", json!({"audience": "vault"})).outcome(), Outcome::Pass);
        let path = "spec.template.spec.volumes[0].projected.sources[1].serviceAccountToken";
        let long = token("t", json!({"expirationSeconds": 86400}));
        assert_eq!(long.fields(), [format!("{path}.audience"), format!("{path}.expirationSeconds")]);
        let short = token("t", json!({"audience": "vault"})).parameters(json!({"maxExpirationSeconds": 600}));
        assert_eq!(short.message(), "the token lasts 3600 s; the policy wants at most 600");
    }

    #[test]
    fn what_the_server_adds_and_what_is_not_there_is_not_judged() {
        let own = |kind: Kind, seconds: i64| {
            let sources = json!([{"serviceAccountToken": {"expirationSeconds": seconds, "path": "token"}}]);
            let pod =
                json!({"volumes": [{"name": "kube-api-access-x7k2p", "projected": {"sources": sources}}]});
            let spec = if kind == Kind::Pod { pod } else { json!({"template": {"spec": pod}}) };
            let json = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": spec}).to_string();
            let Object::Workload(workload) = decode(kind, &json).unwrap() else { panic!("{kind}") };
            let inventory = Inventory::default();
            let now = "2026-01-01T00:00:00Z".parse().unwrap();
            let subject =
                WorkloadSubject { workload: &workload, namespace: inventory.namespace("shop"), now };
            judge(&CHECK, &(CHECK.compile)(&serde_json::Map::new()).unwrap(), &subject).outcome
        };
        assert_eq!(own(Kind::Pod, 3607), Outcome::NotApplicable);
        assert_eq!(own(Kind::Pod, 86400), Outcome::Fail, "the server asks for no such token");
        assert_eq!(own(Kind::Deployment, 3607), Outcome::Fail, "the server adds nothing to a template");
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}

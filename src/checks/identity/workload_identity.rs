use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Field, Judgement, Outcome, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::{pod, pod_labels};
use crate::inventory::container::Container;
use crate::inventory::env::EnvValue;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::pod::PodSpec;
use crate::inventory::service_account::ServiceAccount;

/// A cloud whose credentials are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Provider {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Cloud.
    Gcp,
}

/// Parameters of `workload-identity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Clouds whose credentials are looked for.
    providers: Vec<Provider>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { providers: vec![Provider::Aws, Provider::Azure, Provider::Gcp] }
    }
}

check! {
    /// ## What it checks
    /// No variable of a container is a static key of a cloud, by the name under which the cloud's libraries
    /// look for one: `AWS_SECRET_ACCESS_KEY`, `AZURE_CLIENT_SECRET`, `GOOGLE_APPLICATION_CREDENTIALS` beside a Secret as
    /// files, and their like; be it set by itself, or a key of a Secret whose keys all become variables (`envFrom`). A pod
    /// whose ServiceAccount is annotated for Azure carries the label without which the annotation does nothing. Pods without a key and without an annotated ServiceAccount may have no business
    /// with any cloud; nothing is said of them. Which keys a Secret has that is not given, or of which a cluster tells
    /// nothing but who wrote which, is not known, and then the check is Unknown.
    ///
    /// ## Why it matters
    /// A static key is good everywhere, for whoever has it, until somebody replaces it. What a pod gets for its
    /// ServiceAccount ends within hours, and is of no use elsewhere.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env:
    ///         - name: AWS_SECRET_ACCESS_KEY
    ///           valueFrom: {secretKeyRef: {name: bucket, key: secret}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: web
    ///   annotations: {eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/web}
    /// ```
    ///
    /// ## How to fix
    /// Give the pod a ServiceAccount of its own (`serviceAccountName`) with an identity at the cloud (IAM roles for
    /// service accounts or EKS Pod Identity, Workload Identity Federation, Microsoft Entra Workload ID), and take the
    /// key out of `env`.
    ///
    /// ## Parameters
    /// - `providers`: clouds whose credentials are looked for, of `aws`, `azure` and `gcp` (default all).
    ///
    /// ## References
    /// - Amazon EKS documentation: IAM roles for service accounts
    /// - Google Kubernetes Engine documentation: Workload Identity Federation for GKE
    /// - Azure documentation: Microsoft Entra Workload ID on AKS
    name: "workload-identity",
    family: Identity,
    severity: Low,
    title: "Cloud credentials come from the ServiceAccount, not from keys",
    profiles: [],
    reads: [ServiceAccount, Secret, SecretMetadata],
    parameters: Parameters,
    rule: Workload(evaluate),
}

/// The label of pods for which Azure's webhook does anything.
const AZURE_LABEL: &str = "azure.workload.identity/use";

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let providers = &parameters.providers;
    let (mut statements, mut doubt): (Vec<Statement>, Option<Statement>) = (Vec::new(), None);
    for (class, index, container) in subject.pod().all_containers() {
        let path = format!("{}[{index}]", class.list());
        statements.extend(keys(subject.pod(), &path, container, providers));
        for of_secret in of_secrets(subject, &path, container, providers) {
            match of_secret.outcome {
                Outcome::Unknown => drop(doubt.get_or_insert(of_secret)),
                _ => statements.push(of_secret),
            }
        }
    }
    if statements.is_empty() {
        statements.extend(doubt);
    }
    let account = &subject.pod().service_account_name;
    let identities = match subject.namespace.service_account(account) {
        Lookup::Found(account) => identities(account, providers),
        Lookup::Missing => Vec::new(),
        Lookup::Unknown(_) if !statements.is_empty() => Vec::new(),
        Lookup::Unknown(cause) => {
            let message = "which identity the ServiceAccount has at a cloud is not known";
            return Statement::unknown(cause, pod("serviceAccountName"), message).into();
        }
    };
    if identities.contains(&Provider::Azure) && !is_labelled(subject) {
        let message =
            format!("the ServiceAccount is annotated for Azure, and the pods lack the label {AZURE_LABEL}");
        statements.push(Statement::fail(pod_labels(subject), message));
    }
    if statements.is_empty() && identities.is_empty() {
        return Judgement::not_applicable("nothing says that the pod has credentials of a cloud");
    }
    statements.into_iter().collect()
}

fn is_labelled(subject: &WorkloadSubject<'_>) -> bool {
    subject.workload.pod_labels.get(AZURE_LABEL).is_some_and(|value| value == "true")
}

/// The variables of a container that are static keys.
fn keys(spec: &PodSpec, path: &str, container: &Container, providers: &[Provider]) -> Vec<Statement> {
    let given = container.env.iter().enumerate().filter(|(_, variable)| variable.value != EnvValue::Empty);
    let keys = given.filter_map(|(index, variable)| {
        let provider = providers.iter().find(|provider| provider.is_key(&variable.name, spec))?;
        let (name, cloud) = (&variable.name, provider.as_str());
        let field: Field = pod(format!("{path}.env[{index}]"));
        Some(Statement::fail(field, format!("the variable {name} is a static key of {cloud}")))
    });
    keys.collect()
}

/// What is said of Secrets all of whose keys become variables of a container.
fn of_secrets(
    subject: &WorkloadSubject<'_>,
    path: &str,
    container: &Container,
    providers: &[Provider],
) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (index, from) in container.env_from.iter().enumerate() {
        let Some(name) = from.secret.as_ref().map(|secret| &secret.name) else { continue };
        let field: Field = pod(format!("{path}.envFrom[{index}].secretRef.name"));
        let shown = quoted(name, 80);
        let unknown = |cause| {
            let message = format!("whether Secret {shown} holds a static key of a cloud is not known");
            Statement::unknown(cause, field.clone(), message)
        };
        let secret = match subject.namespace.secret(name) {
            Lookup::Found(secret) => secret,
            Lookup::Missing => continue,
            Lookup::Unknown(cause) => {
                statements.push(unknown(cause));
                continue;
            }
        };
        let keys =
            providers.iter().flat_map(|provider| provider.keys().iter().map(move |key| (provider, key)));
        let keys = keys.filter_map(|(provider, key)| Some((provider, key, key.strip_prefix(&*from.prefix)?)));
        let found = keys.map(|(provider, variable, key)| (provider, variable, secret.has_key(key)));
        let found: Vec<_> = found.collect();
        let is_there = |(_, _, has): &&(&Provider, &&str, Option<bool>)| *has == Some(true);
        if let Some((provider, variable, _)) = found.iter().find(is_there) {
            let cloud = provider.as_str();
            let message = format!("Secret {shown} makes a variable {variable}, a static key of {cloud}");
            statements.push(Statement::fail(field, message));
        } else if found.iter().any(|(_, _, has)| has.is_none()) {
            statements.push(unknown(Cause::Undecidable));
        }
    }
    statements
}

/// The clouds at which a ServiceAccount has an identity.
fn identities(account: &ServiceAccount, providers: &[Provider]) -> Vec<Provider> {
    let annotations = &account.metadata.annotations;
    let has = |provider: &&Provider| annotations.contains_key(provider.annotation());
    providers.iter().filter(has).copied().collect()
}

impl Provider {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Azure => "Azure",
            Self::Gcp => "Google Cloud",
        }
    }

    /// The annotation of a ServiceAccount with an identity.
    const fn annotation(self) -> &'static str {
        match self {
            Self::Aws => "eks.amazonaws.com/role-arn",
            Self::Azure => "azure.workload.identity/client-id",
            Self::Gcp => "iam.gke.io/gcp-service-account",
        }
    }

    /// Variables that are static keys.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Aws => &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
            Self::Azure => {
                &["ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "AZURE_PASSWORD", "AZURE_STORAGE_KEY"]
            }
            Self::Gcp => &["GOOGLE_CREDENTIALS", "GCP_SERVICE_ACCOUNT_KEY"],
        }
    }

    /// Whether a variable of this name is a static key.
    fn is_key(self, variable: &str, spec: &PodSpec) -> bool {
        // A file that says where to exchange a token is none; a key is one that a Secret holds.
        let is_file = self == Self::Gcp && variable == "GOOGLE_APPLICATION_CREDENTIALS";
        self.keys().contains(&variable) || (is_file && has_secret_files(spec))
    }
}

fn has_secret_files(spec: &PodSpec) -> bool {
    spec.volumes.iter().any(|volume| {
        let mut parts = volume.projected.iter().flat_map(|projected| &projected.sources);
        volume.secret.is_some() || parts.any(|part| part.secret.is_some())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::testing::Case;
    use crate::inventory::Kind;
    use crate::inventory::lookup::Coverage;

    fn variable(name: &str) -> Case {
        let from = json!({"secretKeyRef": {"name": "cloud", "key": "k"}});
        Case::of(&CHECK).container(json!({"env": [{"name": name, "valueFrom": from}]}))
    }

    fn account(annotations: Value) -> Value {
        json!({"kind": "ServiceAccount", "metadata": {"name": "default", "annotations": annotations}})
    }

    #[test]
    fn static_keys_are_found_by_their_names() {
        let key = variable("AWS_SECRET_ACCESS_KEY");
        assert_eq!(key.message(), "the variable AWS_SECRET_ACCESS_KEY is a static key of AWS");
        assert_eq!(key.fields(), ["spec.template.spec.containers[0].env[0]"]);
        for name in ["AWS_ACCESS_KEY_ID", "AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET", "GOOGLE_CREDENTIALS"] {
            assert_eq!(variable(name).outcome(), Outcome::Fail, "{name}");
        }
        for name in
            ["AWS_REGION", "AZURE_CLIENT_ID", "GOOGLE_APPLICATION_CREDENTIALS", "aws_secret_access_key"]
        {
            assert_eq!(variable(name).outcome(), Outcome::NotApplicable, "{name}");
        }
        let empty = Case::of(&CHECK).container(json!({"env": [{"name": "AWS_SECRET_ACCESS_KEY"}]}));
        assert_eq!(empty.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn a_file_with_a_key_is_one_that_a_secret_holds() {
        let with = |source: Value| {
            let mut volume = source;
            volume["name"] = json!("key");
            variable("GOOGLE_APPLICATION_CREDENTIALS").pod(json!({"volumes": [volume]})).outcome()
        };
        assert_eq!(with(json!({"secret": {"secretName": "key"}})), Outcome::Fail);
        assert_eq!(with(json!({"projected": {"sources": [{"secret": {"name": "key"}}]}})), Outcome::Fail);
        assert_eq!(with(json!({"configMap": {"name": "federation"}})), Outcome::NotApplicable);
    }

    #[test]
    fn an_annotated_service_account_is_in_order_and_azure_wants_a_label_too() {
        for key in ["eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account"] {
            assert_eq!(Case::of(&CHECK).with(account(json!({key: "x"}))).outcome(), Outcome::Pass, "{key}");
        }
        let azure = Case::of(&CHECK).with(account(json!({"azure.workload.identity/client-id": "x"})));
        assert_eq!(azure.fields(), ["spec.template.metadata.labels"]);
        let labels = json!({"labels": {AZURE_LABEL: "true"}});
        let labelled = azure.workload(json!({"spec": {"template": {"metadata": labels}}}));
        assert_eq!(labelled.outcome(), Outcome::Pass);
    }

    #[test]
    fn keys_of_a_whole_secret_count_by_the_names_of_their_variables() {
        let secret =
            |keys: Value| json!({"kind": "Secret", "metadata": {"name": "cloud"}, "stringData": keys});
        let of = |prefix: &str| {
            let from = json!([{"prefix": prefix, "secretRef": {"name": "cloud"}}]);
            Case::of(&CHECK).container(json!({ "envFrom": from }))
        };
        let key = of("").with(secret(json!({"AWS_SECRET_ACCESS_KEY": "x", "REGION": "y"})));
        assert_eq!(key.fields(), ["spec.template.spec.containers[0].envFrom[0].secretRef.name"]);
        assert_eq!(key.message(), "Secret cloud makes a variable AWS_SECRET_ACCESS_KEY, a static key of AWS");
        let bare = || secret(json!({"SECRET_ACCESS_KEY": "x"}));
        assert_eq!(of("AWS_").with(bare()).outcome(), Outcome::Fail);
        assert_eq!(of("").with(bare()).outcome(), Outcome::NotApplicable);
        let prefixed = of("OLD_").with(secret(json!({"AWS_SECRET_ACCESS_KEY": "x"})));
        assert_eq!(prefixed.outcome(), Outcome::NotApplicable);
        assert_eq!(of("").outcome(), Outcome::NotApplicable, "it is the business of secret-refs-exist");
        let hidden = of("").with(account(json!({}))).coverage_of(Kind::Secret, Coverage::Forbidden);
        assert_eq!(hidden.message(), "whether Secret cloud holds a static key of a cloud is not known");
    }

    #[test]
    fn only_the_clouds_asked_for_count() {
        let aws = json!({"providers": ["aws"]});
        assert_eq!(variable("AZURE_CLIENT_SECRET").parameters(aws.clone()).outcome(), Outcome::NotApplicable);
        assert_eq!(variable("AWS_SESSION_TOKEN").parameters(aws).outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_an_account_that_was_not_given_may_have_an_identity() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let key = variable("AWS_SECRET_ACCESS_KEY").coverage(Coverage::Partial);
        assert_eq!((key.outcome(), key.fields().len()), (Outcome::Fail, 1));
    }
}

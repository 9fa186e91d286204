use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::labelling::{self, Place, annotations, labels};
use crate::inventory::command::{Argument, Arguments};
use crate::inventory::container::ContainerClass;
use crate::inventory::credential;

check! {
    /// ## What it checks
    /// No word of the `command` or `args` of any container, and no label or annotation of the workload or
    /// its pods, has the shape of a known credential: a private key, a token, a JSON Web Token, an address
    /// with a password. The labels and annotations of other objects are looked at as well, those of Secrets only where
    /// the operator may see Secrets; of a Secret, so is what kubectl wrote down of its `stringData` in an annotation.
    /// Seaworthy keeps no credential, so no finding can show one.
    ///
    /// ## Why it matters
    /// Arguments stand in the list of processes of the node and in every description of the pod; labels and
    /// annotations are copied into metrics, logs and backups. Nobody expects a secret there, so nobody
    /// guards them.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       args:
    ///         - --database=postgres://shop:made-up@db.example/shop
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       args:
    ///         - --database=postgres://shop:$(DATABASE_PASSWORD)@db.example/shop
    /// ```
    ///
    /// ## How to fix
    /// Replace the credential at its issuer. Put the new one into a Secret, mount it as a file, and give the
    /// program the path of the file in `args`.
    ///
    /// ## References
    /// - Kubernetes documentation: Good practices for Kubernetes Secrets
    /// - CWE-214: Invocation of Process Using Visible Sensitive Information
    name: "secret-in-args-annotations",
    family: Secrets,
    severity: High,
    title: "Arguments, labels and annotations hold no credentials",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    judges: [
        Namespace, Service, Ingress, Secret, SecretMetadata, PodDisruptionBudget, HorizontalPodAutoscaler,
        NetworkPolicy, ServiceAccount, ConfigMap, PersistentVolumeClaim, Role, RoleBinding, ClusterRole,
        ClusterRoleBinding, IngressClass, ValidatingWebhookConfiguration, MutatingWebhookConfiguration, Gateway,
        HttpRoute, GrpcRoute, TlsRoute, TcpRoute, UdpRoute, ReferenceGrant, ScaledObject,
    ] of_object,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let mut statements = Vec::new();
    for (class, index, container) in subject.pod().all_containers() {
        for (list, arguments) in [("command", &container.command), ("args", &container.args)] {
            statements.extend(in_arguments((class, index), list, arguments));
        }
    }
    for place in labels(subject.workload).iter().chain(&annotations(subject.workload)) {
        statements.extend(in_metadata(place));
    }
    statements.into_iter().collect()
}

fn of_object(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    if subject.namespace.is_known_as_a_secret(subject.object) {
        return Judgement::not_applicable("more is known of the Secret than its metadata");
    }
    labelling::of_object(subject.object).iter().flat_map(in_metadata).collect()
}

fn in_arguments<'a>(
    (class, container): (ContainerClass, usize),
    list: &'a str,
    arguments: &'a Arguments,
) -> impl Iterator<Item = Statement> + 'a {
    arguments.iter().filter_map(move |(index, argument)| {
        let Argument::Credential(shape) = argument else { return None };
        let message = format!("this word of the {list} is or holds {}", shape.as_str());
        Some(Statement::fail(
            Field::Pod(format!("{}[{container}].{list}[{index}]", class.list()).into()),
            message,
        ))
    })
}

fn in_metadata<'a>(place: &'a Place<'_>) -> impl Iterator<Item = Statement> + 'a {
    place.entries.iter().filter_map(|(key, value)| {
        // Annotations lose their credentials while they are decoded; labels are needed as they are.
        let shape = credential::redacted(value).or_else(|| credential::find(value))?;
        let message = format!("the {} {} is or holds {}", place.what, key.escape_debug(), shape.as_str());
        Some(Statement::fail(place.entry(key), message))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;
    use crate::engine::judge::{Judged, judge_object};
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;
    use crate::inventory::metadata::LAST_APPLIED;
    use crate::inventory::{Inventory, Kind, Object};

    fn token() -> String {
        format!("npm_{}", "a".repeat(36))
    }

    #[test]
    fn every_class_of_container_is_looked_at() {
        let init = json!([{"name": "i", "image": "i:1", "args": [token()]}]);
        let debug =
            json!([{"name": "d", "image": "d:1", "command": ["sh", "-c", format!("login {}", token())]}]);
        let case = Case::of(&CHECK).pod(json!({"initContainers": init, "ephemeralContainers": debug}));
        let path = "spec.template.spec";
        let expected = [
            format!("{path}.initContainers[0].args[0]"),
            format!("{path}.ephemeralContainers[0].command[2]"),
        ];
        assert_eq!(case.fields(), expected);
    }

    #[test]
    fn labels_and_annotations_in_both_places() {
        let metadata = json!({"labels": {"l": token()}, "annotations": {"a": format!("{{\"token\": \"{}\"}}", token())}});
        let case = Case::of(&CHECK)
            .workload(json!({"metadata": metadata, "spec": {"template": {"metadata": metadata}}}));
        let path = "spec.template.metadata";
        let expected = [
            "metadata.labels[l]".to_owned(),
            format!("{path}.labels[l]"),
            "metadata.annotations[a]".to_owned(),
            format!("{path}.annotations[a]"),
        ];
        assert_eq!(case.fields(), expected);
        assert!(case.judged().findings.iter().all(|found| !found.message.contains("npm_")));
    }

    #[test]
    fn other_objects_are_looked_at_with_the_workload_or_alone() {
        let service = json!({"apiVersion": "v1", "kind": "Service", "spec": {"selector": {"app": "web"}},
            "metadata": {"name": "web", "annotations": {"token": token()}}});
        let beside = Case::of(&CHECK).with(service.clone()).judged().findings.remove(0);
        assert_eq!(beside.object.unwrap().to_string(), "Service shop/web");
        assert_eq!(beside.field, "metadata.annotations[token]");
        assert_eq!(ObjectCase::of(&CHECK, service).fields(), ["metadata.annotations[token]"]);
    }

    /// What is said of the first of these objects where a cluster has them all.
    fn judged(objects: &[(Kind, &Value)]) -> Judged {
        let mut inventory = Inventory::with_coverage(Coverage::Complete).live(true);
        let objects = objects.iter().map(|(kind, value)| decode(*kind, &value.to_string()).unwrap());
        let objects: Vec<Object> = objects.collect();
        for object in &objects {
            inventory.apply(object.clone());
        }
        let compiled = (CHECK.compile)(&serde_json::Map::new()).unwrap();
        let rule = compiled.on_objects(objects[0].kind()).unwrap();
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let namespace = inventory.around(&objects[0]);
        judge_object(&CHECK, rule, &ObjectSubject { object: &objects[0], namespace, now })
    }

    #[test]
    fn of_a_secret_what_kubectl_wrote_down_counts_and_its_bytes_are_nowhere() {
        let applied = |kind: &str| {
            let text = format!(
                r#"{{"apiVersion":"v1","kind":"{kind}","metadata":{{}},"stringData":{{"a":"{}"}}}}"#,
                token()
            );
            json!({"metadata": {"name": "web", "namespace": "shop", "annotations": {LAST_APPLIED: text, "note": "plain"}}})
        };
        for kind in [Kind::Secret, Kind::SecretMetadata] {
            let judged = judged(&[(kind, &applied("Secret"))]);
            assert_eq!(judged.findings.len(), 1, "{kind}");
            assert_eq!(judged.findings[0].field, format!("metadata.annotations[{LAST_APPLIED}]"), "{kind}");
            assert!(!judged.findings[0].message.contains("npm_"));
        }
        let map = judged(&[(Kind::ConfigMap, &applied("ConfigMap"))]);
        assert_eq!(map.outcome, Outcome::Pass, "it says what the object says");
    }

    #[test]
    fn a_secret_of_which_more_is_known_than_its_metadata_is_told_of_once() {
        let secret =
            json!({"metadata": {"name": "web", "namespace": "shop", "annotations": {"token": token()}}});
        let (whole, metadata) = ((Kind::Secret, &secret), (Kind::SecretMetadata, &secret));
        assert_eq!(judged(&[metadata]).outcome, Outcome::Fail);
        assert_eq!(judged(&[metadata, whole]).outcome, Outcome::NotApplicable);
        assert_eq!(judged(&[whole, metadata]).outcome, Outcome::Fail);
    }

    #[test]
    fn ordinary_words_pass() {
        let case =
            Case::of(&CHECK).container(json!({"args": ["--token-file=/run/token", "https://user@host"]}));
        assert_eq!(case.outcome(), Outcome::Pass);
    }
}

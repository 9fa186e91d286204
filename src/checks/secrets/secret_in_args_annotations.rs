use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::at;
use crate::checks::helpers::pod;
use crate::checks::labelling::{self, Place, annotations, labels};
use crate::checks::probe_list::commands;
use crate::inventory::command::{Argument, Arguments};
use crate::inventory::container::ContainerClass;
use crate::inventory::credential::{self, Shape};
use crate::inventory::probe::ExecAction;

check! {
    /// ## What it checks
    /// No word of the `command` or `args` of any container, or of a command of its probes and lifecycle hooks, and no label
    /// or annotation of the workload, its pods, the Jobs of a CronJob or the claims that it has made, has the shape of a
    /// known credential: a private key, a token, a JSON Web Token, an address with a password. The labels and annotations of other objects are looked at as well, those of Secrets only where
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
        VerticalPodAutoscaler, VirtualService, DestinationRule, AuthorizationPolicy, PeerAuthentication,
        BackendTrafficPolicy, SecurityPolicy, ServiceProfile, Schedule, Middleware, BackendTlsPolicy,
    ] of_object,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let mut statements = Vec::new();
    for (class, index, container) in subject.pod().all_containers() {
        for (list, arguments) in [("command", &container.command), ("args", &container.args)] {
            statements.extend(in_arguments((class, index), list, arguments));
        }
        for (field, exec) in commands(container) {
            statements.extend(in_exec((class, index), field, exec));
        }
    }
    for place in labels(subject.workload).iter().chain(&annotations(subject.workload)) {
        statements.extend(in_metadata(place));
    }
    statements.extend(in_templates(subject));
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

fn in_exec<'a>(
    (class, container): (ContainerClass, usize),
    field: &'a str,
    exec: &'a ExecAction,
) -> impl Iterator<Item = Statement> + 'a {
    exec.credentials.iter().map(move |(index, shape)| {
        let message = format!("this word of the command is or holds {}", shape.as_str());
        let path = format!("{}[{container}].{field}.exec.command[{index}]", class.list());
        Statement::fail(Field::Pod(path.into()), message)
    })
}

/// What stands in the metadata of what the workload has made beside its pods.
fn in_templates(subject: &WorkloadSubject<'_>) -> Vec<Statement> {
    let workload = subject.workload;
    let jobs = workload.cron.iter().map(|cron| (at("spec.jobTemplate"), &cron.jobs));
    let claims = workload.claims.iter().flat_map(|claims| claims.templates.iter().enumerate());
    let claims =
        claims.map(|(index, claim)| (at(format!("spec.volumeClaimTemplates[{index}]")), &claim.metadata));
    let volumes = subject.pod().volumes.iter().enumerate();
    let ephemeral = volumes.filter_map(|(index, volume)| {
        let claim = &volume.ephemeral.as_ref()?.metadata;
        Some((pod(format!("volumes[{index}].ephemeral.volumeClaimTemplate")), claim))
    });
    let marked = jobs.chain(claims).chain(ephemeral);
    marked
        .flat_map(|(template, metadata)| metadata.iter().map(move |entry| in_template(&template, entry)))
        .collect()
}

fn in_template(template: &Field, (what, key, shape): (&str, &str, Shape)) -> Statement {
    let message = format!("the {what} {} is or holds {}", key.escape_debug(), shape.as_str());
    let below = |path: &str| format!("{path}.metadata.{what}s[{key}]").into();
    let field = match template {
        Field::Pod(path) => Field::Pod(below(path)),
        Field::Object(path) | Field::Container(path) => Field::Object(below(path)),
    };
    Statement::fail(field, message)
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
    fn commands_of_probes_and_hooks_are_looked_at() {
        let exec = json!({"exec": {"command": ["curl", "-H", format!("Authorization: Bearer {}", token()), "x?key=a"]}});
        let case = Case::of(&CHECK).container(json!({"livenessProbe": exec, "startupProbe": exec,
            "lifecycle": {"preStop": exec, "postStart": {"sleep": {"seconds": 1}}}}));
        let path = "spec.template.spec.containers[0]";
        let expected = ["livenessProbe", "startupProbe", "lifecycle.preStop"]
            .map(|field| format!("{path}.{field}.exec.command[2]"));
        assert_eq!(case.fields(), expected);
        assert!(case.judged().findings.iter().all(|found| !found.message.contains("npm_")));
    }

    #[test]
    fn metadata_of_what_a_workload_has_made_is_looked_at() {
        let metadata =
            json!({"name": "d", "labels": {"l": token()}, "annotations": {"a": token(), "b": "plain"}});
        let cron = json!({"metadata": {"name": "c", "namespace": "shop"}, "spec": {"jobTemplate": {"metadata": metadata}}});
        let claims = json!({"metadata": {"name": "c", "namespace": "shop"},
            "spec": {"volumeClaimTemplates": [{"metadata": {"name": "c"}}, {"metadata": metadata}], "template": {"spec":
                {"volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": {"metadata": metadata}}}]}}}});
        let fields = |kind: Kind, json: &Value| {
            let Object::Workload(workload) = decode(kind, &json.to_string()).unwrap() else {
                panic!("{kind}")
            };
            let inventory = Inventory::default();
            let now = "2026-01-01T00:00:00Z".parse().unwrap();
            let subject =
                WorkloadSubject { workload: &workload, namespace: inventory.namespace("shop"), now };
            let judged = crate::engine::judge::judge(
                &CHECK,
                &(CHECK.compile)(&serde_json::Map::new()).unwrap(),
                &subject,
            );
            judged.findings.into_iter().map(|found| found.field.as_str().to_owned()).collect::<Vec<_>>()
        };
        let both =
            |template: &str| ["labels[l]", "annotations[a]"].map(|at| format!("{template}.metadata.{at}"));
        assert_eq!(fields(Kind::CronJob, &cron), both("spec.jobTemplate"));
        let expected =
            ["spec.volumeClaimTemplates[1]", "spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate"];
        assert_eq!(fields(Kind::StatefulSet, &claims), expected.map(both).concat());
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

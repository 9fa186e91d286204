use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::documents;
use crate::checks::labelling::{self, Place, annotations, labels};
use crate::inventory::metadata::Metadata;
use crate::inventory::selector::{SelectorProblem, is_dns_label, is_label_key, is_label_value, is_subdomain};
use crate::inventory::workload::Selection;
use crate::inventory::{Kind, Object, Workload};

/// Longest name of a container, a Service or a Namespace.
const DNS_LABEL: usize = 63;

/// Longest name of a CronJob: its Jobs get eleven characters more.
const CRON_JOB_NAME: usize = 52;

check! {
    /// ## What it checks
    /// The names of the workload, of its containers, volumes and `volumeClaimTemplates` and of the other objects in the
    /// files, the keys of their labels and annotations, and the values of labels are what the API server takes; so are the
    /// labels that `nodeSelector` and the workload's `matchLabels` ask for. What is live has passed that
    /// already, so this is for files. Names of ports are looked at by `container-ports-valid` and `service-target-port`.
    ///
    /// ## Why it matters
    /// What the server refuses is found when the release is rolled out, and then the rest of the release is
    /// there without it.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   labels:
    ///     version: "1.0.0 (stable)"
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   labels:
    ///     version: 1.0.0
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Names are lower case letters, digits and dashes. A label's value has at most 63 letters, digits,
    /// dashes, underscores and dots, and begins and ends with a letter or digit; what does not fit belongs
    /// into an annotation.
    ///
    /// ## References
    /// - Kubernetes documentation: Object Names and IDs; Labels and Selectors, Syntax and character set
    name: "label-values-valid",
    family: Configuration,
    severity: Medium,
    title: "Names, labels and keys are what the API server takes",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [
        Service, Ingress, Secret, LimitRange, PodDisruptionBudget, HorizontalPodAutoscaler, NetworkPolicy,
        ServiceAccount, ConfigMap, PersistentVolumeClaim, PersistentVolume, ResourceQuota, Role, RoleBinding, Gateway, HttpRoute,
        GrpcRoute, TlsRoute, TcpRoute, UdpRoute, ReferenceGrant, SecretProviderClass, ScaledObject,
        VerticalPodAutoscaler, ClusterRole, ClusterRoleBinding, PriorityClass, IngressClass, StorageClass, RuntimeClass, Namespace,
        ValidatingWebhookConfiguration, MutatingWebhookConfiguration, VirtualService, DestinationRule,
        AuthorizationPolicy, PeerAuthentication, BackendTrafficPolicy, SecurityPolicy, ServiceProfile, Schedule,
        Middleware, BackendTlsPolicy,
    ] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let workload = subject.workload;
    let mut statements: Vec<Statement> =
        wrong_name(&workload.metadata, workload.kind).into_iter().chain(container_names(subject)).collect();
    statements.extend(volume_names(workload).chain(asked_labels(workload)));
    statements.extend(wrong_entries(&labels(workload), &annotations(workload)));
    for object in documents::beside(subject) {
        statements.extend(of_object(object).into_iter().map(|statement| statement.about(object.key())));
    }
    statements.into_iter().collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    if documents::is_given(subject.object) {
        of_object(subject.object).into_iter().collect()
    } else {
        Judgement::not_applicable(documents::LIVE)
    }
}

fn of_object(object: &Object) -> Vec<Statement> {
    let [labels, annotations] = labelling::of_object(object);
    let mut statements: Vec<_> = wrong_name(object.metadata(), object.kind()).into_iter().collect();
    statements.extend(wrong_entries(&[labels], &[annotations]));
    statements
}

fn wrong_entries(labels: &[Place<'_>], annotations: &[Place<'_>]) -> Vec<Statement> {
    let values = labels.iter().flat_map(wrong_values);
    // The keys of annotations may have any case.
    let keys = |place: &'_ Place<'_>, key: &str| match place.what {
        "label" => is_label_key(key),
        _ => is_label_key(key) || is_label_key(&key.to_lowercase()),
    };
    let keys = labels.iter().chain(annotations).flat_map(|place| {
        let wrong = place.entries.keys().filter(move |key| !keys(place, key));
        wrong.map(|key| {
            let message = format!("`{}` cannot be the key of {} {}", shown(key), article(place), place.what);
            Statement::fail(place.whole(), message)
        })
    });
    keys.chain(values).collect()
}

fn article(place: &Place<'_>) -> &'static str {
    if place.what == "annotation" { "an" } else { "a" }
}

fn wrong_values<'a>(place: &'a Place<'_>) -> impl Iterator<Item = Statement> + 'a {
    let wrong = place.entries.iter().filter(|(_, value)| !is_label_value(value));
    wrong.map(|(key, _)| {
        let message = format!("the value of the label {} is not one that a label can have", shown(key));
        Statement::fail(place.entry(key), message)
    })
}

fn wrong_name(metadata: &Metadata, kind: Kind) -> Option<Statement> {
    // Of a name that the server makes, only the beginning is known.
    let generated = !metadata.generate_name().is_empty();
    let name = if generated { metadata.name.trim_end_matches(['-', '.']) } else { &metadata.name };
    let field = if generated { "metadata.generateName" } else { "metadata.name" };
    let message = if !is_name(kind, name) {
        format!("`{}` cannot be the name of a {kind}", shown(name))
    } else if kind == Kind::CronJob && name.len() > CRON_JOB_NAME {
        format!("the name of a CronJob has at most {CRON_JOB_NAME} characters")
    } else {
        return None;
    };
    Some(Statement::fail(Field::Object(field.into()), message))
}

/// Whether an object of this kind can have this name.
fn is_name(kind: Kind, name: &str) -> bool {
    match kind {
        Kind::Role | Kind::RoleBinding | Kind::ClusterRole | Kind::ClusterRoleBinding => {
            !["", ".", ".."].contains(&name) && !name.contains(['/', '%'])
        }
        Kind::Service | Kind::Namespace => name.len() <= DNS_LABEL && is_dns_label(name),
        _ => is_subdomain(name),
    }
}

fn container_names(subject: &WorkloadSubject<'_>) -> Vec<Statement> {
    let containers = subject.pod().all_containers();
    let wrong = containers.filter(|(_, _, container)| {
        let name = &container.name;
        name.len() > DNS_LABEL || !is_dns_label(name)
    });
    wrong
        .map(|(class, index, container)| {
            let message = format!("`{}` cannot be the name of a container", shown(&container.name));
            Statement::fail(Field::Pod(format!("{}[{index}].name", class.list()).into()), message)
        })
        .collect()
}

/// Volumes, and the claims that are made for them, with names that they cannot have.
fn volume_names(workload: &Workload) -> impl Iterator<Item = Statement> {
    let volumes = workload.pod.volumes.iter().enumerate();
    let volumes =
        volumes.map(|(index, volume)| (&*volume.name, Field::Pod(format!("volumes[{index}].name").into())));
    let templates = workload.claims.iter().flat_map(|claims| claims.templates.iter().enumerate());
    let templates = templates.map(|(index, template)| {
        let path = format!("spec.volumeClaimTemplates[{index}].metadata.name");
        (&*template.name, Field::Object(path.into()))
    });
    let wrong = volumes.chain(templates).filter(|(name, _)| name.len() > DNS_LABEL || !is_dns_label(name));
    wrong.map(|(name, field)| {
        Statement::fail(field, format!("`{}` cannot be the name of a volume", shown(name)))
    })
}

/// Labels that the workload asks for and that nothing can have.
fn asked_labels(workload: &Workload) -> impl Iterator<Item = Statement> {
    let nodes = workload.pod.settings.node_selector.iter().filter_map(|(key, value)| {
        if !is_label_key(key) {
            let message = format!("`{}` cannot be the key of a label", shown(key));
            return Some(Statement::fail(Field::Pod("nodeSelector".into()), message));
        }
        let message = || format!("the value of the label {} is not one that a label can have", shown(key));
        let field = || Field::Pod(format!("nodeSelector[{key}]").into());
        (!is_label_value(value)).then(|| Statement::fail(field(), message()))
    });
    let own = match &workload.selection {
        Selection::Other(selector) => selector.compile().err(),
        _ => None,
    };
    let own = own.filter(|error| error.field.starts_with("matchLabels")).map(|error| {
        let message = match error.problem {
            SelectorProblem::Key => "a key of the selector cannot be that of a label",
            _ => "a value of the selector is not one that a label can have",
        };
        Statement::fail(Field::Object("spec.selector.matchLabels".into()), message)
    });
    nodes.chain(own)
}

/// The beginning of a text, for a message.
fn shown(text: &str) -> String {
    text.chars().take(63).flat_map(char::escape_debug).take(100).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;

    #[test]
    fn what_belongs_to_the_workload_is_judged_with_it_and_the_rest_alone() {
        let service = |name: &str| {
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": {"a": "x y"}},
                "spec": {"selector": {"app": "web"}}})
        };
        let beside = Case::of(&CHECK).with_document(service("web")).judged().findings.remove(0);
        assert_eq!(beside.object.unwrap().to_string(), "Service shop/web");
        assert_eq!(beside.field, "metadata.labels[a]");
        assert_eq!(Case::of(&CHECK).with(service("web")).outcome(), Outcome::Pass, "the server has taken it");
        let alone = ObjectCase::of(&CHECK, service("Bad_Name"));
        assert_eq!(alone.in_a_document().fields(), ["metadata.name", "metadata.labels[a]"]);
    }

    #[test]
    fn names_are_those_of_the_kind() {
        let of = |kind: &str, name: &str| {
            let group =
                if kind.ends_with('e') && kind != "Service" { "rbac.authorization.k8s.io/v1" } else { "v1" };
            let object = json!({"apiVersion": group, "kind": kind, "metadata": {"name": name}});
            ObjectCase::of(&CHECK, object).in_a_document().outcome()
        };
        assert_eq!([of("Role", "system:Reader"), of("Role", "a/b")], [Outcome::Pass, Outcome::Fail]);
        assert_eq!([of("Service", "a.b"), of("ConfigMap", "a.b")], [Outcome::Fail, Outcome::Pass]);
    }

    #[test]
    fn values_and_keys_are_those_that_the_server_takes() {
        let labels = |labels| Case::of(&CHECK).workload(json!({"metadata": {"labels": labels}}));
        assert_eq!(labels(json!({"a": "-x"})).fields(), ["metadata.labels[a]"]);
        assert_eq!(labels(json!({"a": "x".repeat(64)})).outcome(), Outcome::Fail);
        assert_eq!(labels(json!({"a b": "x"})).message(), "`a b` cannot be the key of a label");
        assert_eq!(labels(json!({"A.example/b": "x"})).outcome(), Outcome::Fail);
        assert_eq!(labels(json!({"a": ""})).outcome(), Outcome::Pass);
    }

    #[test]
    fn keys_of_annotations_have_any_case_and_their_values_anything() {
        let annotations =
            |annotations| Case::of(&CHECK).workload(json!({"metadata": {"annotations": annotations}}));
        assert_eq!(annotations(json!({"A.example/b": "any thing"})).outcome(), Outcome::Pass);
        assert_eq!(annotations(json!({"/b": ""})).message(), "`/b` cannot be the key of an annotation");
    }

    #[test]
    fn names_of_workloads_and_containers() {
        let named = |name: &str| Case::of(&CHECK).workload(json!({"metadata": {"name": name}}));
        assert_eq!(named("Web").fields(), ["metadata.name"]);
        assert_eq!(named("web.v1").outcome(), Outcome::Pass);
        assert_eq!(named(&"a".repeat(53)).outcome(), Outcome::Pass);
        assert_eq!(named(&"a".repeat(53)).workload(json!({"kind": "CronJob"})).outcome(), Outcome::Fail);
        assert_eq!(named(&"a".repeat(52)).workload(json!({"kind": "CronJob"})).outcome(), Outcome::Pass);
        let long = |length| Case::of(&CHECK).container(json!({"name": "a".repeat(length)})).outcome();
        assert_eq!((long(63), long(64)), (Outcome::Pass, Outcome::Fail));
        let volume = |length| json!({"volumes": [{"name": "a".repeat(length), "emptyDir": {}}]});
        let volumes = [63, 64, 65].map(|length| Case::of(&CHECK).pod(volume(length)).outcome());
        assert_eq!(volumes, [Outcome::Pass, Outcome::Fail, Outcome::Fail]);
        let container = Case::of(&CHECK).container(json!({"name": "a.b"}));
        assert_eq!(container.fields(), ["spec.template.spec.containers[0].name"]);
    }

    #[test]
    fn of_a_name_that_the_server_makes_the_beginning_counts() {
        let prefixed = json!({"metadata": {"name": "web-", "generateName": "web-"}});
        assert_eq!(Case::of(&CHECK).workload(prefixed).outcome(), Outcome::Pass);
        let named = json!({"metadata": {"name": "web-", "generateName": "w"}});
        assert_eq!(Case::of(&CHECK).workload(named).fields(), ["metadata.name"]);
    }

    #[test]
    fn volumes_and_what_is_asked_of_nodes_and_pods_are_named_by_the_same_rules() {
        let volume = |name: &str| Case::of(&CHECK).pod(json!({"volumes": [{"name": name, "emptyDir": {}}]}));
        assert_eq!(volume("My_Vol").fields(), ["spec.template.spec.volumes[0].name"]);
        assert_eq!(volume("my-vol").outcome(), Outcome::Pass);
        let claims = json!({"volumeClaimTemplates": [{"metadata": {"name": "my.data"}}]});
        let set = Case::of(&CHECK).workload(json!({"kind": "StatefulSet", "spec": claims}));
        assert_eq!(set.fields(), ["spec.volumeClaimTemplates[0].metadata.name"]);
        let nodes = |labels| Case::of(&CHECK).pod(json!({"nodeSelector": labels}));
        assert_eq!(nodes(json!({"bad key!": "a b"})).fields(), ["spec.template.spec.nodeSelector"]);
        assert_eq!(nodes(json!({"disk": "a b"})).fields(), ["spec.template.spec.nodeSelector[disk]"]);
        assert_eq!(nodes(json!({"example.com/disk": "ssd"})).outcome(), Outcome::Pass);
        let own = Case::of(&CHECK).workload(json!({"spec": {"selector": {"matchLabels": {"a": "x y"}}}}));
        assert_eq!(own.fields(), ["spec.selector.matchLabels"]);
    }
}

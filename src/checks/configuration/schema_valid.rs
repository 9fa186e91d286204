use crate::catalogue::declare::check;
use crate::catalogue::parameters::{NoParameters, nearest};
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::documents::{self, Document};
use crate::inventory::lookup::Cause;
use crate::inventory::schema::{Flaw, Problem};
use crate::inventory::written::Shape;

check! {
    /// ## What it checks
    /// The manifest of the workload has only fields that its kind has, none of them twice, and each with a value
    /// of its type: what the API server answers with `fieldValidation=Strict`, without asking it. In files, so
    /// have the objects that belong to it (Services, Ingresses, NetworkPolicies and so on), and those that belong to
    /// no workload, each by itself; built-in kinds that no other check reads (Nodes, EndpointSlices, Leases and
    /// so on) among them. The types are those of Kubernetes 1.37.
    ///
    /// Whether a value is allowed, and whether a field must be there, is not looked at here: the server says
    /// so itself when the object is applied; custom resources, below, are the exception. A live object passes, because the
    /// server has decoded it. In the
    /// schema of a CustomResourceDefinition the server drops unknown fields below `items`, `additionalProperties`,
    /// `additionalItems` and `dependencies` without a word, so that they are not told here either.
    ///
    /// A custom resource is compared with the `CustomResourceDefinition` of its kind (`apiextensions.k8s.io/v1`), where that
    /// is among the files as well, before it or after it. One of a kind that other checks read is told with the rest that is
    /// said of it, and all others have reports of their own. That it has fields which the schema
    /// would prune, a version which the definition does not serve, or values which the schema does not allow is told:
    /// `type` and `nullable`, `required`, `enum`, bounds of numbers, text, lists and mappings, `multipleOf` of whole
    /// numbers, `pattern`, and `allOf`, `anyOf`, `oneOf` and `not` of these, after defaults have been filled in. Its
    /// metadata, and those of resources within it, are those of every kind. Not looked at are formats, rules in CEL
    /// (`x-kubernetes-validations`), lists that are sets or maps (`x-kubernetes-list-type`), patterns that cannot be read
    /// here, and whether it belongs into a namespace. Without its definition a custom resource is not looked at; where the
    /// schema cannot be read, the answer is Unknown. A kind that policies name under `customKinds` stays a workload.
    ///
    /// A manifest in a version that Kubernetes 1.37 does not serve has no types: `removed-api` says so. One whose
    /// flaw is in a field that other checks read cannot be judged at all; that ends the command with an error
    /// of its own.
    ///
    /// ## Why it matters
    /// A field that does not exist is dropped without a word by older clients and by most tools that render
    /// manifests: the limit, the probe or the security setting that it was meant to be is not there.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    ///           securityContext:
    ///             readOnlyRootFileSystem: true
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    ///           securityContext:
    ///             readOnlyRootFilesystem: true
    /// ```
    ///
    /// ## How to fix
    /// Correct the field that the message names. Mind upper and lower case, and the level of indentation: many
    /// an unknown field is a known one in the wrong place. `kubectl explain` shows what belongs where.
    ///
    /// ## References
    /// - Kubernetes documentation: Kubernetes API Concepts, Field validation
    name: "schema-valid",
    family: Configuration,
    severity: High,
    title: "Manifests have only known fields of the right type",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [
        Service, Ingress, Secret, LimitRange, PodDisruptionBudget, HorizontalPodAutoscaler, NetworkPolicy,
        ServiceAccount, ConfigMap, PersistentVolumeClaim, PersistentVolume, ResourceQuota, Role, RoleBinding, ClusterRole,
        ClusterRoleBinding, PriorityClass, IngressClass, StorageClass, RuntimeClass, Node, Namespace,
        ValidatingWebhookConfiguration, MutatingWebhookConfiguration, ApiService, CustomResourceDefinition, MANIFEST,
        Gateway, HttpRoute, GrpcRoute, TlsRoute, TcpRoute, UdpRoute, ReferenceGrant, BackendTlsPolicy, SecretProviderClass,
        ScaledObject, VerticalPodAutoscaler, Schedule, TlsOption, Middleware, IstioGateway, VirtualService,
        DestinationRule, AuthorizationPolicy, PeerAuthentication, ServiceProfile, BackendTrafficPolicy, SecurityPolicy,
        ConsulMesh, CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy, AdminNetworkPolicy,
        BaselineAdminNetworkPolicy, ClusterNetworkPolicy, CalicoNetworkPolicy, CalicoGlobalNetworkPolicy,
        CalicoStoredNetworkPolicy, CalicoStoredGlobalNetworkPolicy,
    ] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let documents = documents::of(subject);
    let own = subject.workload.metadata.written().map(|written| &written.shape);
    let statements: Vec<Statement> = documents.iter().flat_map(judge).collect();
    if own == Some(&Shape::Untyped) && statements.is_empty() {
        return Judgement::not_applicable(UNTYPED);
    }
    statements.into_iter().collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    documents::judge_alone(subject, |document| match document.written.shape {
        Shape::Untyped if subject.object.kind().is_of_others() => Judgement::not_applicable(NO_DEFINITION),
        Shape::Untyped => Judgement::not_applicable(UNTYPED),
        _ => judge(document).into_iter().collect(),
    })
}

const UNTYPED: &str = "Kubernetes 1.37 does not serve the version of the manifest";

const NO_DEFINITION: &str = "the CustomResourceDefinition of its kind is not among the files";

fn judge(document: &Document<'_>) -> Vec<Statement> {
    match &document.written.shape {
        Shape::Taken | Shape::Untyped => Vec::new(),
        Shape::Unseen => {
            let message = "the manifest was not compared with the types of its kind";
            vec![Statement::unknown(Cause::NotGiven, Field::Object("".into()), message)]
        }
        Shape::Unreadable => {
            let message = "the schema of the CustomResourceDefinition of its kind cannot be read";
            vec![Statement::unknown(Cause::Undecidable, Field::Object("".into()), message)]
        }
        Shape::Compared(problems) => problems.iter().map(|problem| told(document, problem)).collect(),
    }
}

fn told(document: &Document<'_>, problem: &Problem) -> Statement {
    let message = match &problem.flaw {
        Flaw::Unknown { name, known } => {
            let shown = quoted(name, 60);
            nearest(name, known.iter().map(AsRef::as_ref)).map_or_else(
                || format!("there is no field `{shown}` here"),
                |nearest| format!("there is no field `{shown}` here; did you mean `{nearest}`?"),
            )
        }
        Flaw::Duplicate => "the field is given twice, and only the last one counts".to_owned(),
        Flaw::Type { expected, found } => format!("the field takes {expected}, not {found}"),
        Flaw::Required => "the field must be there".to_owned(),
        Flaw::Invalid(what) => what.to_string(),
    };
    document.fail(problem.field.clone(), message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::Kind;

    #[test]
    fn an_unknown_field_names_the_nearest_one_and_where_it_stands() {
        let case = Case::of(&CHECK).container(json!({"imagePullPolciy": "Always"})).written("apps/v1");
        assert_eq!(case.fields(), ["spec.template.spec.containers[0].imagePullPolciy"]);
        assert_eq!(
            case.message(),
            "there is no field `imagePullPolciy` here; did you mean `imagePullPolicy`?"
        );
    }

    #[test]
    fn what_the_server_has_taken_passes_and_what_has_no_types_is_not_judged() {
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).written("apps/v1").outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).written("apps/v1beta1").outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn what_belongs_to_no_workload_is_told_by_itself_and_a_live_one_not_at_all() {
        let service = json!({"kind": "Service", "metadata": {"name": "alone"}, "spec": {"sepc": 1}});
        // Nobody says that it came from a file.
        assert_eq!(ObjectCase::of(&CHECK, service).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn a_name_for_something_else_belongs_to_no_workload_whatever_it_selects() {
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"type": "ExternalName", "selector": {"app": "web"}, "sepc": 1}});
        let judged = Case::of(&CHECK).with_document(service).judged();
        assert_eq!(judged.findings, [], "it is an orphan, and told as one");
    }

    #[test]
    fn a_service_of_the_same_files_is_looked_at() {
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"selector": {"app.kubernetes.io/name": "web"}, "ports": [{"port": 80, "targetport": 8080}]}});
        let judged = Case::of(&CHECK).with_document(service).judged();
        assert_eq!(judged.findings[0].field, "spec.ports[0].targetport");
        assert!(judged.findings[0].object.is_some());
    }

    #[test]
    fn whatever_belongs_to_the_workload_is_looked_at() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "sepc": 1});
        let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
            "spec": {"volumeName": "disk"}});
        let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disk"},
            "spec": {"claimRef": {"namespace": "shop", "name": "data"}, "hostPaht": 1}});
        let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "keys", "secret": {"secretName": "keys"}}]);
        let case = Case::of(&CHECK).pod(json!({"volumes": volumes}));
        let judged = case.with_document(secret).with_document(claim).with_document(volume).judged();
        let told = judged.findings.iter().map(|one| (one.object.as_ref().unwrap().kind, one.field.as_str()));
        let told: Vec<_> = told.collect();
        assert_eq!(told, [(Kind::PersistentVolume, "spec.hostPaht"), (Kind::Secret, "sepc")]);
    }

    #[test]
    fn every_kind_that_others_define_is_judged_where_it_belongs_to_none() {
        let rule = (CHECK.compile)(&serde_json::Map::new()).unwrap();
        let others = Kind::ALL.iter().filter(|kind| kind.is_of_others());
        let left_out: Vec<_> = others.filter(|kind| rule.on_orphans(**kind).is_none()).collect();
        assert_eq!(left_out, [&Kind::Gateway; 0]);
    }

    #[test]
    fn a_kind_that_others_define_is_judged_by_its_definition_alone() {
        let gateway = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
            "metadata": {"name": "alone"}, "spec": {"sepc": 1}});
        assert_eq!(ObjectCase::of(&CHECK, gateway).outcome(), Outcome::NotApplicable);
    }
}

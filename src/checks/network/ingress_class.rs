use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::class::IngressClass;
use crate::inventory::lookup::Lookup;
use crate::inventory::object::Ingress;

/// Parameters of `ingress-class`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Names of the classes that Ingresses may have; empty for every one.
    allowed: Vec<String>,
    /// Controllers, as in `spec.controller` of a class, that are not maintained any more.
    retired_controllers: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { allowed: Vec::new(), retired_controllers: vec!["k8s.io/ingress-nginx".to_owned()] }
    }
}

check! {
    /// ## What it checks
    /// The IngressClass that an Ingress names in `ingressClassName` exists; of an Ingress that names none, the
    /// cluster has a default class. The class names a controller, and none that is not maintained any more. Of a
    /// class that is named by the old annotation `kubernetes.io/ingress.class` no IngressClass has to exist: its
    /// controller knows the name by itself.
    ///
    /// ## Why it matters
    /// Without a class no controller serves the Ingress, and nobody is told: its hosts get no answer. A
    /// controller without maintainers keeps its next hole open, with the Secrets of every namespace behind it.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   ingressClassName: edge
    ///   defaultBackend: {service: {name: web, port: {number: 80}}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   ingressClassName: edge
    ///   defaultBackend: {service: {name: web, port: {number: 80}}}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: IngressClass
    /// metadata: {name: edge}
    /// spec: {controller: edge.example/ingress}
    /// ```
    ///
    /// ## How to fix
    /// Name a class that the cluster has (`kubectl get ingressclasses`), or create the IngressClass. Move from
    /// a retired controller to one that is maintained, or to the Gateway API.
    ///
    /// ## Parameters
    /// - `allowed`: names of the classes that Ingresses may have (default: every one).
    /// - `retiredControllers`: controllers that are not maintained any more, as in `spec.controller` of a class
    ///   (default `k8s.io/ingress-nginx`).
    ///
    /// ## References
    /// - Kubernetes documentation: Ingress, Ingress class
    /// - Kubernetes blog: Ingress NGINX Retirement
    name: "ingress-class",
    family: Network,
    severity: Medium,
    title: "Every Ingress has a class that a controller serves",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress, IngressClass],
    parameters: Parameters,
    rule: Object([Ingress], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::Ingress(ingress) = subject.object else { return Judgement::default() };
    let Some(name) = ingress.class() else { return of_default(subject, parameters) };
    let is_written = ingress.spec.ingress_class_name.is_some();
    let shown = quoted(name, 63);
    let fail = |message: String| Judgement::fail(at(field(ingress)), message);
    if !parameters.allowed.is_empty() && !parameters.allowed.iter().any(|allowed| allowed == name) {
        return fail(format!("the class {shown} is not among those allowed"));
    }
    match subject.namespace.ingress_class(name) {
        Lookup::Found(class) => of_class(ingress, class, parameters).into_iter().collect(),
        Lookup::Missing if is_written => fail(format!("IngressClass {shown} does not exist")),
        Lookup::Missing => Judgement::pass(),
        Lookup::Unknown(cause) => {
            let message = format!("nothing is known of IngressClass {shown}");
            Statement::unknown(cause, at(field(ingress)), message).into()
        }
    }
}

/// Where the class is named, or should be.
const fn field(ingress: &Ingress) -> &'static str {
    match ingress.spec.ingress_class_name {
        Some(_) => "spec.ingressClassName",
        None => "metadata.annotations[kubernetes.io/ingress.class]",
    }
}

fn of_default(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::Ingress(ingress) = subject.object else { return Judgement::default() };
    let classes = subject.namespace.ingress_classes();
    let field = || at("spec.ingressClassName");
    if !parameters.allowed.is_empty() {
        return Judgement::fail(field(), "the Ingress names none of the classes allowed");
    }
    if let Some(class) = classes.found.iter().find(|class| class.is_default()) {
        return of_class(ingress, class, parameters).into_iter().collect();
    }
    match classes.incomplete {
        None => Judgement::fail(field(), "the Ingress names no class, and the cluster has no default one"),
        Some(cause) => {
            let message = "whether the cluster has a default IngressClass is not known";
            Statement::unknown(cause, field(), message).into()
        }
    }
}

fn of_class(ingress: &Ingress, class: &IngressClass, parameters: &Parameters) -> Option<Statement> {
    let field = match ingress.class() {
        Some(_) => field(ingress),
        None => "spec.ingressClassName",
    };
    let name = quoted(&class.metadata.name, 63);
    let controller = &class.spec.controller;
    if controller.is_empty() {
        return Some(Statement::fail(at(field), format!("IngressClass {name} names no controller")));
    }
    let is_retired = parameters.retired_controllers.contains(controller);
    let message = || format!("the controller {} of IngressClass {name} is retired", quoted(controller, 80));
    is_retired.then(|| Statement::fail(at(field), message()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn ingress(spec: Value) -> ObjectCase {
        ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": {"name": "web"}, "spec": spec}))
    }

    fn class(name: &str, controller: &str, is_default: bool) -> Value {
        let annotations = json!({"ingressclass.kubernetes.io/is-default-class": is_default.to_string()});
        let metadata = json!({"name": name, "annotations": annotations});
        json!({"kind": "IngressClass", "metadata": metadata, "spec": {"controller": controller}})
    }

    fn named() -> ObjectCase {
        ingress(json!({"ingressClassName": "edge"}))
    }

    #[test]
    fn the_class_must_exist_and_have_a_controller() {
        assert_eq!(named().message(), "IngressClass edge does not exist");
        assert_eq!(named().fields(), ["spec.ingressClassName"]);
        assert_eq!(named().with(class("edge", "a.example/b", false)).outcome(), Outcome::Pass);
        assert_eq!(named().with(class("edge", "", false)).message(), "IngressClass edge names no controller");
        let retired = named().with(class("edge", "k8s.io/ingress-nginx", false));
        assert_eq!(retired.message(), "the controller k8s.io/ingress-nginx of IngressClass edge is retired");
        assert_eq!(retired.parameters(json!({"retiredControllers": []})).outcome(), Outcome::Pass);
    }

    #[test]
    fn without_a_class_the_default_one_counts() {
        let none = || ingress(json!({}));
        assert_eq!(none().with(class("edge", "a.example/b", false)).outcome(), Outcome::Fail);
        assert_eq!(none().with(class("edge", "a.example/b", true)).outcome(), Outcome::Pass);
        let retired = none().with(class("edge", "k8s.io/ingress-nginx", true));
        assert_eq!(retired.fields(), ["spec.ingressClassName"]);
    }

    #[test]
    fn a_class_by_annotation_needs_no_object() {
        let metadata = json!({"name": "web", "annotations": {"kubernetes.io/ingress.class": "alb"}});
        let object = json!({"kind": "Ingress", "metadata": metadata, "spec": {}});
        let by_annotation = || ObjectCase::of(&CHECK, object.clone());
        assert_eq!(by_annotation().outcome(), Outcome::Pass);
        let retired = by_annotation().with(class("alb", "k8s.io/ingress-nginx", false));
        assert_eq!(retired.fields(), ["metadata.annotations[kubernetes.io/ingress.class]"]);
    }

    #[test]
    fn a_list_of_classes_is_the_whole_list() {
        let there = || named().with(class("edge", "a.example/b", true));
        assert_eq!(there().parameters(json!({"allowed": ["edge"]})).outcome(), Outcome::Pass);
        assert_eq!(there().parameters(json!({"allowed": ["other"]})).outcome(), Outcome::Fail);
        let none = ingress(json!({})).with(class("edge", "a.example/b", true));
        assert_eq!(none.parameters(json!({"allowed": ["edge"]})).outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_classes_that_were_not_given_are_not_known() {
        assert_eq!(named().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(ingress(json!({})).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}

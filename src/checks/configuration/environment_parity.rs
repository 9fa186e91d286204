use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, WorkloadSubject};
use crate::checks::around::{OUT_OF_SCOPE, listed, quoted};
use crate::checks::helpers::object;
use crate::inventory::Workload;
use crate::inventory::container::{Container, ContainerClass};
use crate::inventory::image::ImageReference;
use crate::inventory::lookup::{Cause, Lookup};

/// Parameters of `environment-parity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Parameters {
    /// Namespaces with the counterparts, the first that has one counts; `{namespace}` stands for the workload's own.
    namespaces: Vec<String>,
}

check! {
    /// ## What it checks
    /// One of `namespaces` has a workload of the same kind and name, with the same containers, of the same images and
    /// with the same probes. Images are the same when their digests are, whatever the registry; of two without a
    /// digest nobody knows. Replicas, resources and settings may differ: that is what makes an environment.
    ///
    /// Only a ClusterReadinessPolicy may ask: one of a namespace does not see others. A workload in one of
    /// `namespaces` is compared with none in its own.
    ///
    /// ## Why it matters
    /// What was tried in staging is only what runs in production if it is the same image, and is taken for ready by
    /// the same question.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.1.0
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop-staging}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop-staging}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    /// ```
    ///
    /// ## How to fix
    /// Roll out to staging first, with each `image` by its digest, and promote that digest.
    ///
    /// ## Parameters
    /// - `namespaces`: namespaces with the counterparts, the first that has one counts; `{namespace}` stands for the
    ///   workload's own name of it (default none, and then nothing is judged).
    ///
    /// ### With parameters
    /// ```yaml
    /// namespaces: ["{namespace}-staging"]
    /// ```
    ///
    /// ## References
    /// - The Twelve-Factor App: Dev/prod parity
    name: "environment-parity",
    family: Configuration,
    severity: Low,
    title: "What runs here was tried in another environment",
    profiles: [],
    reads: [Namespace],
    parameters: Parameters,
    sight: Namesakes,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if parameters.namespaces.is_empty() {
        return Judgement::not_applicable("the policy names no namespaces");
    }
    let own = subject.namespace.name();
    let named = parameters.namespaces.iter().map(|name| name.replace("{namespace}", own));
    let others: Vec<String> = named.filter(|name| name != own).collect();
    if others.is_empty() {
        return Judgement::not_applicable("the workload is what others are compared with");
    }
    let (kind, name) = (subject.workload.kind, &subject.workload.metadata.name);
    let mut doubt = None;
    for other in &others {
        let Some(view) = subject.namespace.elsewhere(other) else {
            return Judgement::not_applicable(OUT_OF_SCOPE);
        };
        match view.workload(kind, name) {
            Lookup::Found(counterpart) => return compare(subject, counterpart, &quoted(other, 63)),
            Lookup::Missing => {}
            Lookup::Unknown(cause) => doubt = doubt.or(Some(cause)),
        }
    }
    let names = listed(others.iter().map(String::as_str));
    let field = object("metadata.name");
    match doubt {
        None => Judgement::fail(field, format!("no {kind} of this name is in {names}")),
        Some(cause) => {
            let message = format!("whether a {kind} of this name is in {names} is not known");
            Statement::unknown(cause, field, message).into()
        }
    }
}

fn compare(subject: &WorkloadSubject<'_>, counterpart: &Workload, place: &str) -> Judgement {
    let is_lasting = |class: ContainerClass| class != ContainerClass::Ephemeral;
    let here = subject.containers().filter(|one| is_lasting(one.class));
    let mut statements: Vec<Statement> =
        here.flat_map(|one| of_container(&one, counterpart, place)).collect();
    let there = counterpart.pod.all_containers().filter(|(class, ..)| is_lasting(*class));
    for (class, _, container) in there {
        let is_here = |one: ContainerSubject<'_>| is_same(one.class, one.container, (class, container));
        if !subject.containers().any(is_here) {
            let message =
                format!("{place} has the {class} {} beside those here", quoted(&container.name, 63));
            statements.push(Statement::fail(Field::Pod(class.list().into()), message));
        }
    }
    statements.into_iter().collect()
}

fn is_same(
    class: ContainerClass,
    own: &Container,
    (other_class, other): (ContainerClass, &Container),
) -> bool {
    class == other_class && own.name == other.name
}

fn of_container(one: &ContainerSubject<'_>, counterpart: &Workload, place: &str) -> Vec<Statement> {
    let at = |field: &str| Field::Object(format!("{}.{field}", one.path()).into());
    let mut there = counterpart.pod.all_containers();
    let own = one.container;
    let Some((_, _, other)) = there.find(|(class, _, other)| is_same(one.class, own, (*class, *other)))
    else {
        return vec![Statement::fail(at("name"), format!("{place} has no {} of this name", one.class))];
    };
    let mut statements: Vec<Statement> =
        of_images(&own.image, &other.image, place, at("image")).into_iter().collect();
    for (field, differs) in [
        ("readinessProbe", own.readiness_probe != other.readiness_probe),
        ("livenessProbe", own.liveness_probe != other.liveness_probe),
        ("startupProbe", own.startup_probe != other.startup_probe),
    ] {
        if differs {
            statements.push(Statement::fail(at(field), format!("{place} has another {field}")));
        }
    }
    statements
}

fn of_images(own: &str, other: &str, place: &str, field: Field) -> Option<Statement> {
    let unknown = |field, message: String| Some(Statement::unknown(Cause::Undecidable, field, message));
    let (Ok(here), Ok(there)) = (ImageReference::parse(own), ImageReference::parse(other)) else {
        return unknown(field, format!("whether {place} has the same image is not known"));
    };
    match (here.digest, there.digest) {
        (Some(here), Some(there)) if here == there => None,
        (None, None) if (&here.path, here.tag) == (&there.path, there.tag) => unknown(
            field,
            format!("{place} has the same tag, and whether that is the same image is not known"),
        ),
        _ => Some(Statement::fail(field, format!("{place} has another image"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::{Case, baseline, merge};
    use crate::inventory::lookup::Coverage;

    fn staging(patch: Value) -> Value {
        let mut object = baseline();
        merge(&mut object, json!({"metadata": {"namespace": "shop-staging"}}));
        merge(&mut object["spec"]["template"]["spec"]["containers"][0], patch);
        object
    }

    fn case() -> Case {
        Case::of(&CHECK).everywhere().parameters(json!({"namespaces": ["{namespace}-staging"]}))
    }

    #[test]
    fn the_counterpart_has_the_same_image_and_probes() {
        assert_eq!(case().with(staging(json!({}))).outcome(), Outcome::Pass);
        assert_eq!(case().message(), "no Deployment of this name is in shop-staging");
        let resources = json!({"resources": {"requests": {"cpu": "10m"}}});
        assert_eq!(case().with(staging(resources)).outcome(), Outcome::Pass);
        let probe = case().with(staging(json!({"readinessProbe": {"periodSeconds": 7}})));
        assert_eq!(probe.fields(), ["spec.template.spec.containers[0].readinessProbe"]);
        assert_eq!(probe.message(), "shop-staging has another readinessProbe");
        let name = case().with(staging(json!({"name": "other"})));
        assert_eq!(name.judged().findings.len(), 2, "one is missing here and one there");
    }

    #[test]
    fn images_are_the_same_by_their_digests() {
        let with = |here: &str, there: &str| {
            case().container(json!({"image": here})).with(staging(json!({"image": there}))).outcome()
        };
        let digest = |first: char| format!("@sha256:{}", first.to_string().repeat(64));
        let a = format!("registry.example/web:1{}", digest('a'));
        let mirrored = format!("mirror.example/web{}", digest('a'));
        let b = format!("registry.example/web:1{}", digest('b'));
        assert_eq!(with(&a, &mirrored), Outcome::Pass);
        assert_eq!(with(&a, &b), Outcome::Fail);
        assert_eq!(with(&a, "registry.example/web:1"), Outcome::Fail);
        assert_eq!(with("registry.example/web:1", "mirror.example/web:1"), Outcome::Unknown);
        assert_eq!(with("registry.example/web:1", "registry.example/web:2"), Outcome::Fail);
        assert_eq!(with("registry.example/web:1", "Not An Image"), Outcome::Unknown);
    }

    #[test]
    fn a_policy_of_a_namespace_sees_no_other() {
        let namespaced = Case::of(&CHECK).parameters(json!({"namespaces": ["shop-staging"]}));
        assert_eq!(namespaced.with(staging(json!({}))).outcome(), Outcome::NotApplicable);
        assert_eq!(Case::of(&CHECK).everywhere().outcome(), Outcome::NotApplicable);
        let itself = Case::of(&CHECK).everywhere().parameters(json!({"namespaces": ["shop"]}));
        assert_eq!(itself.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_a_counterpart_that_was_not_given_is_not_known() {
        assert_eq!(case().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}

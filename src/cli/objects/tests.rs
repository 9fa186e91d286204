use serde_json::{Value, json};

use super::*;
use crate::cli::load::Document;
use crate::inventory::custom::CustomKind;
use crate::inventory::lookup::Lookup;
use crate::inventory::written::Shape;

fn objects(values: impl IntoIterator<Item = Value>) -> Objects {
    let mut objects = Objects::new(Some("shop"), false);
    for (index, value) in values.into_iter().enumerate() {
        let location =
            Location { file: "a.yaml".into(), document: index + 1, position: None, rendered: None };
        take(
            &mut objects,
            Document {
                location,
                value: value.into(),
                places: Places::default(),
                duplicates: Vec::new(),
                comments: Vec::new(),
            },
        );
    }
    objects
}

fn take(objects: &mut Objects, document: Document) {
    let decoded = objects.decoder().read(document);
    objects.take(decoded, 0);
}

fn names(objects: &Objects) -> Vec<String> {
    objects.given.iter().map(|given| given.key.to_string()).collect()
}

#[test]
fn lists_are_unpacked_and_lend_their_kind() {
    let objects = objects([
        json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}},
            {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}}]},
        ]}),
        json!({"apiVersion": "batch/v1", "kind": "JobList", "items": [{"metadata": {"name": "sum"}}]}),
    ]);
    assert_eq!(names(&objects), ["Deployment shop/web", "Pod shop/one", "Job shop/sum"]);
}

#[test]
fn other_versions_of_a_kind_are_the_kind() {
    let objects = objects([
        json!({"apiVersion": "extensions/v1beta1", "kind": "Deployment", "metadata": {"name": "a"}}),
        json!({"apiVersion": "extensions/v1beta1", "kind": "Ingress", "metadata": {"name": "b"}}),
        json!({"apiVersion": "batch/v1beta1", "kind": "CronJob", "metadata": {"name": "c"}}),
    ]);
    assert_eq!(names(&objects), ["Deployment shop/a", "Ingress shop/b", "CronJob shop/c"]);
}

#[test]
fn what_is_no_object_or_of_another_kind_is_counted() {
    let objects = objects([
        json!({"name": "values of a chart"}),
        json!(["a"]),
        json!({"apiVersion": "", "kind": "Pod"}),
        json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}),
    ]);
    assert_eq!((objects.skipped, objects.other_kinds, objects.given.len()), (3, 1, 0));
}

#[test]
fn what_may_become_pods_is_noted_in_its_namespace() {
    let of = |kind: &str, namespace: &str| {
        json!({"apiVersion": "postgresql.cnpg.io/v1", "kind": kind, "metadata": {"name": "w", "namespace": namespace},
            "spec": {}})
    };
    let issuer =
        json!({"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": {"name": "w"}, "spec": {}});
    let objects = objects([of("Pooler", "bank"), of("Cluster", "bank"), of("Cluster", ""), issuer]);
    let maker = |namespace: &str| objects.inventory.namespace(namespace).maker().map(str::to_owned);
    for namespace in ["shop", "bank"] {
        assert_eq!(maker(namespace).as_deref(), Some("Cluster (postgresql.cnpg.io)"), "{namespace}");
    }
    assert_eq!(maker("other"), None);
}

#[test]
fn what_a_server_would_fill_in_is_filled_in() {
    let objects = objects([
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "namespace": "odd"}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "run-"}}),
    ]);
    assert_eq!(names(&objects), ["Namespace shop", "Pod shop/run-"]);
    let Lookup::Found(namespace) = objects.inventory.namespace_metadata("shop") else { panic!("not found") };
    assert_eq!(namespace.labels.get("kubernetes.io/metadata.name"), Some("shop"));
}

#[test]
fn of_an_object_given_twice_each_is_kept_and_it_is_told() {
    let web = |replicas: i64| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": replicas}});
    let objects = objects([web(1), web(2), web(2)]);
    let replicas = objects.given.iter().map(|given| match objects.object(given) {
        Some(Object::Workload(workload)) => workload.replicas,
        _ => None,
    });
    assert_eq!(replicas.collect::<Vec<_>>(), [Some(1), Some(2), Some(2)]);
    let note =
        "Deployment shop/web is given twice, in a.yaml document 1 and a.yaml document 2: each is judged";
    assert_eq!((objects.notes.len(), objects.notes[0].as_str()), (2, note));
}

#[test]
fn those_that_are_alike_are_not_taken_for_one_that_comes_after_them() {
    let spec = |replicas: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": replicas}});
    let two = || spec(json!(2));
    let mut managed = two();
    managed["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "o", "uid": "u", "controller": true}]);
    for (last, expected) in [
        (spec(json!(1)), vec![Some(2), Some(2), Some(1)]),
        (spec(json!("1")), vec![Some(2), Some(2), None]),
        (managed, vec![Some(2), Some(2)]),
    ] {
        let objects = objects([two(), two(), last]);
        let replicas = objects.given.iter().map(|given| match objects.object(given) {
            Some(Object::Workload(workload)) => workload.replicas,
            _ => None,
        });
        assert_eq!(replicas.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn what_another_workload_manages_is_left_out() {
    let owner = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "u", "controller": true});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1-x", "ownerReferences": [owner]}});
    assert!(objects([pod]).given.is_empty());
}

#[test]
fn a_replica_set_of_a_deployment_is_a_revision_of_it_and_not_judged() {
    let owner = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": true}]);
    let set = |name: &str, owners: &Value| {
        let metadata = json!({"name": name, "uid": name, "ownerReferences": owners});
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata})
    };
    let web = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "uid": "d"}});
    let mut objects = objects([web, set("web-1", &owner), set("web-1", &owner), set("own", &json!([]))]);
    objects.settle();
    assert_eq!(names(&objects), ["Deployment shop/web", "ReplicaSet shop/own"]);
    assert!(objects.notes.is_empty() && objects.problems.is_empty());
    assert_eq!(revisions(&objects), ["web-1"]);
}

/// Of what was given first.
fn revisions(objects: &Objects) -> Vec<&str> {
    let Some(Object::Workload(first)) = objects.object(&objects.given[0]) else { panic!("no workload") };
    let known = objects.inventory.namespace("shop").revisions_of(first);
    known.found.iter().map(|one| one.metadata.name.as_str()).collect()
}

#[test]
fn a_controller_revision_is_judged_as_a_manifest_and_is_a_revision_of_what_made_it() {
    let owner = |uid: &str| json!([{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": uid, "controller": true}]);
    let made = |name: &str, uid: &str| {
        let metadata = json!({"name": name, "ownerReferences": owner(uid)});
        json!({"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": metadata, "revision": 1})
    };
    let db = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "uid": "s"}});
    let mut objects = objects([db, made("db-1", "s"), made("db-2", "gone")]);
    objects.settle();
    let given = ["StatefulSet shop/db", "ControllerRevision shop/db-1", "ControllerRevision shop/db-2"];
    assert_eq!(names(&objects), given);
    assert!(objects.notes.is_empty() && objects.problems.is_empty());
    assert_eq!(revisions(&objects), ["db-1"]);
}

#[test]
fn an_object_of_the_wrong_shape_is_a_problem_that_names_the_field_and_stays_in_sight() {
    let containers = |containers: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"containers": containers}}}})
    };
    let objects = objects([containers(json!([{"name": "app", "image": 5}])), containers(json!("x"))]);
    let messages: Vec<&str> = objects.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages.len(), 2);
    assert!(
        messages[0].starts_with("not a Deployment: spec.template.spec.containers[0].image: invalid type"),
        "{messages:?}"
    );
    assert!(messages[1].starts_with("not a Deployment: spec.template.spec.containers: "), "{messages:?}");
    assert!(objects.given.iter().all(|given| matches!(objects.object(given), Some(Object::Broken(..)))));
}

#[test]
fn no_value_of_a_secret_is_told() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": 5, "labels": "hunter2"}});
    let objects = objects([secret]);
    let messages = format!("{:?}", objects.problems);
    assert!(messages.contains("not a Secret: metadata."), "{messages}");
    assert!(!messages.contains("hunter2"), "{messages}");
}

#[test]
fn an_object_without_a_name_is_a_problem() {
    let objects = objects([json!({"apiVersion": "v1", "kind": "Pod"})]);
    assert_eq!(objects.problems[0].message, "Pod without metadata.name");
}

#[test]
fn a_custom_resource_that_a_policy_names_is_a_workload_and_others_are_not() {
    let rollout = |kind: &str| {
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": {"name": "web"},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "app"}]}}}})
    };
    let custom = CustomKind::of("argoproj.io", "Rollout", "spec.template");
    let mut objects = Objects::new(Some("shop"), false).with_custom_kinds([Kind::Custom(custom)].into());
    for kind in ["Rollout", "Experiment"] {
        let location = Location { file: "a.yaml".into(), document: 1, position: None, rendered: None };
        let (value, places) = (rollout(kind), Places::default());
        take(
            &mut objects,
            Document { location, value: value.into(), places, duplicates: Vec::new(), comments: Vec::new() },
        );
    }
    assert_eq!((names(&objects), objects.other_kinds), (vec!["Rollout shop/web".to_owned()], 1));
    let Some(Object::Workload(workload)) = objects.object(&objects.given[0]) else {
        panic!("not a workload")
    };
    assert_eq!((workload.replicas, workload.pod_path()), (Some(2), "spec.template.spec"));
    let written = workload.metadata.written().unwrap();
    assert_eq!(&*written.api_version, "argoproj.io/v1alpha1");
}

/// A definition of a kind whose objects have teeth.
fn definition_of_gears() -> Value {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object",
        "properties": {"teeth": {"type": "integer"}}}}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gears.example.com"}, "spec": {"group": "example.com", "scope": "Cluster",
            "names": {"kind": "Gear", "plural": "gears"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}})
}

/// Each of these, compared with the types of its kind.
fn compared(values: impl IntoIterator<Item = Value>, custom: BTreeSet<Kind>) -> Objects {
    let mut objects = Objects::new(Some("shop"), false).with_shapes(true).with_custom_kinds(custom);
    for (index, value) in values.into_iter().enumerate() {
        let location =
            Location { file: "a.yaml".into(), document: index + 1, position: None, rendered: None };
        let (places, duplicates, comments) = (Places::default(), Vec::new(), Vec::new());
        take(&mut objects, Document { location, value: value.into(), places, duplicates, comments });
    }
    objects.settle();
    objects
}

fn shapes(objects: &Objects) -> Vec<(String, Shape)> {
    let shape = |given: &Given| objects.object(given).unwrap().metadata().written().unwrap().shape.clone();
    objects.given.iter().map(|given| (given.key.to_string(), shape(given))).collect()
}

/// The fields that a document which was compared has something wrong in.
fn problems_of(shape: &Shape) -> Vec<String> {
    let Shape::Compared(problems) = shape else { panic!("{shape:?}") };
    problems.iter().map(|problem| problem.field.clone()).collect()
}

#[test]
fn a_custom_resource_is_compared_with_its_definition_wherever_that_stands() {
    let gear = |name: &str, field: &str| json!({"apiVersion": "example.com/v1", "kind": "Gear", "metadata": {"name": name}, "spec": {field: 1}});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [gear("b", "teeth")]});
    let objects = compared([gear("a", "tooth"), definition_of_gears(), list], BTreeSet::new());
    let shapes = shapes(&objects);
    assert_eq!(objects.other_kinds, 0);
    let of = |name: &str| shapes.iter().find(|(key, _)| key == name).map(|(_, shape)| shape.clone());
    let Some(Shape::Compared(problems)) = of("Gear a") else { panic!("{shapes:?}") };
    assert_eq!(problems[0].field, "spec.tooth");
    assert_eq!(of("Gear b"), Some(Shape::Compared(Box::new([]))));
    assert_eq!(shapes.len(), 3, "the definition itself is one");
}

#[test]
fn a_custom_resource_without_its_definition_is_of_another_kind() {
    let other = json!({"apiVersion": "example.com/v1", "kind": "Wheel", "metadata": {"name": "a"}});
    let objects = compared([definition_of_gears(), other], BTreeSet::new());
    assert_eq!((objects.other_kinds, objects.given.len()), (1, 1));
    assert_eq!(objects.problems, []);
}

#[test]
fn a_custom_resource_that_is_a_workload_stays_one() {
    let gear = |name: &str, image: &str| {
        json!({"apiVersion": "example.com/v1", "kind": "Gear", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}})
    };
    let custom = Kind::Custom(CustomKind::of("example.com", "Gear", "spec.template"));
    let all = [gear("a", "one"), gear("a", "two"), definition_of_gears()];
    let objects = compared(all, BTreeSet::from([custom]));
    let shapes = shapes(&objects);
    let of_gears = shapes.iter().filter(|(key, _)| key == "Gear shop/a").map(|(_, shape)| shape);
    let problems = of_gears.map(|shape| match shape {
        Shape::Compared(problems) => problems.iter().map(|problem| problem.field.as_str()).collect(),
        other => vec![if *other == Shape::Untyped { "untyped" } else { "other" }],
    });
    assert_eq!(problems.collect::<Vec<_>>(), [["spec.template"], ["spec.template"]], "each is judged");
}

#[test]
fn a_kind_that_checks_read_is_compared_and_stays_one_object() {
    let mut definition = definition_of_gears();
    definition["spec"]["group"] = "traefik.io".into();
    definition["spec"]["names"]["kind"] = "TLSOption".into();
    let option = |name: &str, field: &str| json!({"apiVersion": "traefik.io/v1", "kind": "TLSOption", "metadata": {"name": name}, "spec": {field: 1}});
    // The last one counts; what is said of it is not said of the first.
    let all = [option("a", "x"), option("a", "teeth"), option("b", "y"), definition];
    let objects = compared(all, BTreeSet::new());
    let kinds: Vec<Kind> = objects.given.iter().map(|given| given.key.kind).collect();
    assert_eq!(kinds, [Kind::TlsOption, Kind::TlsOption, Kind::TlsOption, Kind::CustomResourceDefinition]);
    assert_eq!(objects.other_kinds, 0);
    let problems: Vec<Vec<String>> =
        shapes(&objects)[..3].iter().map(|(_, shape)| problems_of(shape)).collect();
    assert_eq!(problems, [vec!["spec.x"], vec![], vec!["spec.y"]]);
}

#[test]
fn a_kind_that_checks_read_without_its_definition_is_not_compared() {
    let option = json!({"apiVersion": "traefik.io/v1", "kind": "TLSOption", "metadata": {"name": "a"}, "spec": {"x": 1}});
    let objects = compared([option, definition_of_gears()], BTreeSet::new());
    assert_eq!(shapes(&objects)[0].1, Shape::Untyped);
}

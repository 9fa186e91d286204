use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::object;
use crate::inventory::Kind;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::revision::{Revision, number};

check! {
    /// ## What it checks
    /// A Deployment, StatefulSet or DaemonSet that was changed can go back: the revision before the current one is still
    /// there, and so are the ConfigMaps and Secrets that its pods name, but for those marked `optional` and for Secrets
    /// that the driver of its SecretProviderClasses makes. The revisions of a Deployment are the ReplicaSets that it made,
    /// and the one before is that with the highest number below its own (`deployment.kubernetes.io/revision`). Those of a
    /// StatefulSet or a DaemonSet are the ControllerRevisions that it made: the one with the highest number is its
    /// current template, and the one below that is the one before. It is what `kubectl rollout undo` goes back to. Until
    /// the controller has seen the last change of a StatefulSet or a DaemonSet (`status.observedGeneration`), its current
    /// template may have no revision yet, and the answer is Unknown.
    ///
    /// A workload in its first revision has nothing to go back to yet. With `revisionHistoryLimit: 0` it never has:
    /// that is the business of `revision-history`. Of a manifest that no server has taken there are no revisions. In
    /// files the ReplicaSets and ControllerRevisions count that stand beside the workload, with the uid of that as their
    /// owner's, as `kubectl get -o yaml` writes them; of a changed workload without any, the answer is Unknown.
    ///
    /// It is not looked at whether the ConfigMaps and Secrets hold the keys that the revision takes from them, or what
    /// they held then, whether its images can still be pulled, nor at revisions of Helm or of GitOps.
    ///
    /// ## Why it matters
    /// Rolling back is what is done first when a release fails. Tools that give each version of the configuration a
    /// name of its own delete the old ones: the old pods then hang before their containers start, while the new ones
    /// fail.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   uid: 5f0c1ab2-0000-4000-8000-000000000001
    ///   annotations: {deployment.kubernetes.io/revision: "2"}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.1.0
    /// ---
    /// apiVersion: apps/v1
    /// kind: ReplicaSet
    /// metadata:
    ///   name: web-5d4f8c7b9
    ///   annotations: {deployment.kubernetes.io/revision: "1"}
    ///   ownerReferences:
    ///     - {apiVersion: apps/v1, kind: Deployment, name: web, uid: 5f0c1ab2-0000-4000-8000-000000000001, controller: true}
    /// spec:
    ///   selector: {matchLabels: {app: web, pod-template-hash: 5d4f8c7b9}}
    ///   template:
    ///     metadata: {labels: {app: web, pod-template-hash: 5d4f8c7b9}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    ///           envFrom: [{configMapRef: {name: settings-1}}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   uid: 5f0c1ab2-0000-4000-8000-000000000001
    ///   annotations: {deployment.kubernetes.io/revision: "2"}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.1.0
    /// ---
    /// apiVersion: apps/v1
    /// kind: ReplicaSet
    /// metadata:
    ///   name: web-5d4f8c7b9
    ///   annotations: {deployment.kubernetes.io/revision: "1"}
    ///   ownerReferences:
    ///     - {apiVersion: apps/v1, kind: Deployment, name: web, uid: 5f0c1ab2-0000-4000-8000-000000000001, controller: true}
    /// spec:
    ///   selector: {matchLabels: {app: web, pod-template-hash: 5d4f8c7b9}}
    ///   template:
    ///     metadata: {labels: {app: web, pod-template-hash: 5d4f8c7b9}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    ///           envFrom: [{configMapRef: {name: settings-1}}]
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings-1}
    /// data: {language: en}
    /// ```
    ///
    /// ## How to fix
    /// Keep what the previous revision names until the next release is proven: create the ConfigMap or Secret again, or
    /// have the tool that deletes it keep a few. Do not delete old ReplicaSets or ControllerRevisions by hand. Where nothing
    /// can be brought back, the next release makes the current revision the one to go back to.
    ///
    /// ## References
    /// - Kubernetes documentation: Deployments, Rolling Back a Deployment
    /// - Kubernetes documentation: ControllerRevisions
    name: "rollback-ready",
    family: Availability,
    severity: Medium,
    title: "The previous revision is there, with its configuration",
    profiles: [],
    reads: [Secret, SecretMetadata, Revision, ControllerRevision, ConfigMap, SecretProviderClass],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

/// The field that a finding is about: what would be rolled back.
const TEMPLATE: &str = "spec.template";

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let workload = subject.workload;
    if !matches!(workload.kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet) {
        return Judgement::not_applicable("no revisions are kept of it");
    }
    if workload.rollout.as_ref().is_some_and(|rollout| rollout.revision_history_limit <= 0) {
        return Judgement::not_applicable("no old revision is kept, which revision-history judges");
    }
    let own = match workload.kind {
        Kind::Deployment => Some(number(&workload.metadata)),
        // A manifest that no server has taken, or one that it takes for the first time.
        _ if workload.metadata.uid().is_empty() => Some(0),
        _ if workload.is_unobserved && workload.metadata.generation() <= 1 => Some(0),
        _ => None,
    };
    if own.is_some_and(|own| own <= 1) {
        return first();
    }
    if workload.is_unobserved {
        let message = "whether there is a revision to roll back to is not known: \
            the controller has still to see the last change";
        return Statement::unknown(Cause::Undecidable, object(TEMPLATE), message).into();
    }
    let known = subject.namespace.revisions_of(workload);
    // Its own is there as long as it is: where not even that is known, its revisions were not given.
    let none = known.found.is_empty().then_some(Cause::NotGiven);
    if let Some(cause) = known.incomplete.or(none) {
        let message = "whether there is a revision to roll back to is not known";
        return Statement::unknown(cause, object(TEMPLATE), message).into();
    }
    let highest = known.found.iter().map(|revision| revision.number).max().unwrap_or_default();
    let current = own.unwrap_or(highest);
    if current <= 1 {
        return first();
    }
    let before = known.found.iter().filter(|revision| revision.number < current);
    match before.max_by_key(|revision| revision.number) {
        Some(previous) => of_names(subject, previous).collect(),
        None => Judgement::fail(object(TEMPLATE), "the previous revision, to roll back to, is not there"),
    }
}

fn first() -> Judgement {
    Judgement::not_applicable("there is no revision yet to go back to")
}

/// What the previous revision needs and does not have.
fn of_names<'a>(subject: &'a WorkloadSubject<'_>, previous: &'a Revision) -> impl Iterator<Item = Statement> {
    let maps = previous.config_maps.iter().filter_map(|name| {
        let found = subject.namespace.config_map(name).map(|_| ());
        missing("ConfigMap", name, found)
    });
    let secrets = previous.secrets.iter().filter_map(|name| {
        let found = match subject.namespace.secret(name).map(|_| ()) {
            Lookup::Missing => made(subject, previous, name),
            found => found,
        };
        missing("Secret", name, found)
    });
    maps.chain(secrets)
}

/// Whether the driver of a volume of the revision makes this Secret for its pods.
fn made(subject: &WorkloadSubject<'_>, previous: &Revision, secret: &str) -> Lookup<()> {
    let mut answer = Lookup::Missing;
    for name in &previous.provider_classes {
        match subject.namespace.secret_provider_class(name) {
            Lookup::Found(class)
                if class.spec.secret_objects.iter().any(|made| made.secret_name == *secret) =>
            {
                return Lookup::Found(());
            }
            Lookup::Unknown(cause) => answer = Lookup::Unknown(cause),
            _ => {}
        }
    }
    answer
}

fn missing(kind: &str, name: &str, found: Lookup<()>) -> Option<Statement> {
    let what = format!("{kind} {}", quoted(name, 80));
    match found {
        Lookup::Found(()) => None,
        Lookup::Missing => {
            let message = format!("{what}, which the previous revision needs, does not exist");
            Some(Statement::fail(object(TEMPLATE), message))
        }
        Lookup::Unknown(cause) => {
            let message = format!("whether {what}, which the previous revision needs, exists is not known");
            Some(Statement::unknown(cause, object(TEMPLATE), message))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::{Case, merge};
    use crate::inventory::lookup::Coverage;

    fn changed() -> Case {
        let annotations = json!({"deployment.kubernetes.io/revision": "7"});
        Case::of(&CHECK).workload(json!({"metadata": {"uid": "d", "annotations": annotations}}))
    }

    fn revision(number: i64, pod: Value) -> Value {
        let owner = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": true});
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": format!("web-{number}"),
            "annotations": {"deployment.kubernetes.io/revision": number.to_string()}, "ownerReferences": [owner]},
            "spec": {"template": {"spec": pod}}})
    }

    fn naming(reference: Value) -> Value {
        json!({"containers": [{"name": "app", "envFrom": [reference]}]})
    }

    fn map(name: &str) -> Value {
        json!({"kind": "ConfigMap", "metadata": {"name": name}})
    }

    #[test]
    fn the_revision_before_the_current_one_needs_what_it_names() {
        let needs = |name: &str| naming(json!({"configMapRef": {"name": name}}));
        let case = changed()
            .with(revision(7, needs("new")))
            .with(revision(4, needs("old")))
            .with(revision(3, needs("older")));
        assert_eq!(case.message(), "ConfigMap old, which the previous revision needs, does not exist");
        assert_eq!(case.fields(), ["spec.template"]);
        assert_eq!(case.with(map("old")).outcome(), Outcome::Pass);
        let optional = naming(json!({"configMapRef": {"name": "old", "optional": true}}));
        assert_eq!(changed().with(revision(6, optional)).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_first_revision_and_those_of_which_none_is_kept_have_nothing_to_go_back_to() {
        let numbered = |number: Value| {
            changed()
                .workload(json!({"metadata": {"annotations": {"deployment.kubernetes.io/revision": number}}}))
        };
        for first in [json!("1"), json!("x"), Value::Null] {
            assert_eq!(numbered(first).outcome(), Outcome::NotApplicable);
        }
        let none =
            changed().workload(json!({"spec": {"revisionHistoryLimit": 0}})).with(revision(7, json!({})));
        assert_eq!(none.outcome(), Outcome::NotApplicable);
        let set = changed().workload(json!({"kind": "ReplicaSet", "spec": {"strategy": null}}));
        assert_eq!(set.outcome(), Outcome::NotApplicable);
    }

    fn stateful(kind: &str, generation: i64, observed: Value) -> Case {
        let metadata = json!({"uid": "s", "generation": generation});
        let status = json!({"observedGeneration": observed});
        Case::of(&CHECK).workload(
            json!({"kind": kind, "metadata": metadata, "spec": {"strategy": null}, "status": status}),
        )
    }

    fn controller_revision(kind: &str, number: i64, pod: Value) -> Value {
        let owner =
            json!({"apiVersion": "apps/v1", "kind": kind, "name": "web", "uid": "s", "controller": true});
        json!({"apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": number,
            "metadata": {"name": format!("web-{number}"), "ownerReferences": [owner]},
            "data": {"spec": {"template": {"$patch": "replace", "spec": pod}}}})
    }

    #[test]
    fn of_controller_revisions_the_highest_is_the_current_and_the_next_the_one_before() {
        let needs = |name: &str| naming(json!({"configMapRef": {"name": name}}));
        for kind in ["StatefulSet", "DaemonSet"] {
            let current = || stateful(kind, 9, json!(9)).with(controller_revision(kind, 5, needs("new")));
            let case = || {
                current().with(controller_revision(kind, 4, needs("old"))).with(controller_revision(
                    kind,
                    2,
                    needs("older"),
                ))
            };
            assert_eq!(case().message(), "ConfigMap old, which the previous revision needs, does not exist");
            assert_eq!(case().with(map("old")).outcome(), Outcome::Pass);
            assert_eq!(current().message(), "the previous revision, to roll back to, is not there");
            let mut other = controller_revision(kind, 4, json!({}));
            other["metadata"]["ownerReferences"][0]["uid"] = json!("gone");
            assert_eq!(current().with(other).outcome(), Outcome::Fail);
            let none = current().workload(json!({"spec": {"revisionHistoryLimit": 0}}));
            assert_eq!(none.outcome(), Outcome::NotApplicable);
            // What another kind of the same name made is not its own.
            let another = if kind == "DaemonSet" { "StatefulSet" } else { "DaemonSet" };
            assert_eq!(current().with(controller_revision(another, 4, json!({}))).outcome(), Outcome::Fail);
            for coverage in [Coverage::Partial, Coverage::NotSynced, Coverage::Stale, Coverage::Forbidden] {
                let case = case().coverage_of(Kind::ControllerRevision, coverage);
                assert_eq!(case.outcome(), Outcome::Unknown);
            }
        }
    }

    #[test]
    fn what_the_controller_has_not_seen_may_have_no_revision_yet() {
        let two = |case: Case| {
            case.with(controller_revision("StatefulSet", 2, json!({}))).with(controller_revision(
                "StatefulSet",
                1,
                json!({}),
            ))
        };
        assert_eq!(two(stateful("StatefulSet", 3, json!(3))).outcome(), Outcome::Pass);
        for behind in [json!(2), Value::Null] {
            let case = two(stateful("StatefulSet", 3, behind));
            assert_eq!(case.outcome(), Outcome::Unknown);
            assert!(case.message().ends_with("the controller has still to see the last change"));
        }
        let new = stateful("StatefulSet", 1, Value::Null);
        assert_eq!(new.outcome(), Outcome::NotApplicable, "it was never changed");
        let first =
            stateful("StatefulSet", 4, json!(4)).with(controller_revision("StatefulSet", 1, json!({})));
        assert_eq!(first.outcome(), Outcome::NotApplicable, "scaled, and never changed");
        assert_eq!(
            stateful("StatefulSet", 1, json!(1)).outcome(),
            Outcome::Unknown,
            "not even its own is given"
        );
        let manifest = stateful("StatefulSet", 0, Value::Null).workload(json!({"metadata": {"uid": null}}));
        assert_eq!(manifest.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn where_the_current_revision_is_known_the_previous_one_must_be() {
        assert_eq!(changed().outcome(), Outcome::Unknown, "not even its own is given");
        let current = || changed().with(revision(7, json!({})));
        assert_eq!(current().message(), "the previous revision, to roll back to, is not there");
        assert_eq!(current().outcome(), Outcome::Fail);
        assert_eq!(current().with(revision(6, json!({}))).outcome(), Outcome::Pass);
        // What a Deployment of the same name had that is gone is no way back for this one.
        let mut other = revision(6, json!({}));
        other["metadata"]["ownerReferences"][0]["uid"] = json!("gone");
        assert_eq!(current().with(other).outcome(), Outcome::Fail);
        let unknown = current().with(revision(6, json!({}))).workload(json!({"metadata": {"uid": null}}));
        assert_eq!(unknown.outcome(), Outcome::Unknown, "no server knows it");
    }

    #[test]
    fn rule_44_what_was_not_seen_is_not_known() {
        let needs = naming(json!({"secretRef": {"name": "key"}}));
        let case = || changed().with(revision(7, json!({}))).with(revision(6, needs.clone()));
        assert_eq!(case().outcome(), Outcome::Fail);
        for coverage in [Coverage::Partial, Coverage::NotSynced, Coverage::Stale, Coverage::Forbidden] {
            assert_eq!(case().coverage_of(Kind::Revision, coverage).outcome(), Outcome::Unknown);
            assert_eq!(case().coverage_of(Kind::Secret, coverage).outcome(), Outcome::Unknown);
        }
        let mut broken = revision(5, json!({}));
        merge(&mut broken, json!({"spec": 7}));
        assert_eq!(case().with_broken(broken).outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_the_driver_of_a_volume_makes_is_there_once_its_pods_are() {
        let volume = json!({"name": "s", "csi": {"driver": "secrets-store.csi.k8s.io", "volumeAttributes": {"secretProviderClass": "vault"}}});
        let mut needs = naming(json!({"secretRef": {"name": "key"}}));
        needs["volumes"] = json!([volume]);
        let case = || changed().with(revision(6, needs.clone()));
        let class = |made: &str| {
            json!({"apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass", "metadata": {"name": "vault"},
                "spec": {"secretObjects": [{"secretName": made}]}})
        };
        assert_eq!(case().with(class("key")).outcome(), Outcome::Pass);
        assert_eq!(case().with(class("other")).outcome(), Outcome::Fail);
        assert_eq!(case().outcome(), Outcome::Fail);
        assert_eq!(
            case().coverage_of(Kind::SecretProviderClass, Coverage::Forbidden).outcome(),
            Outcome::Unknown
        );
    }
}

//! An old or the current state of a workload, to which it can be rolled back: a ReplicaSet that a Deployment made, or
//! a ControllerRevision of a StatefulSet or a DaemonSet.
//!
//! Kept is whose it is, its number, and what its pods need by name. What changes with every pod (its status, how many
//! replicas it has, annotations about that) is not, so that a rollout is no change of the revisions before it. It must
//! not be judged itself: its workload is. Next: [`super::snapshot`] finds those of a workload.

use serde::Deserialize;

use super::env::KeyReference;
use super::files::Files;
use super::kind::Kind;
use super::labels::Labels;
use super::lenient::null_is_default;
use super::metadata::{Metadata, OwnerReference};
use super::name::Name;
use super::pod::{PodSpec, PodTemplate};
use super::uid::Uid;

/// The annotation by which a Deployment and its ReplicaSets are numbered.
pub const REVISION: &str = "deployment.kubernetes.io/revision";

/// What a workload made to be rolled back to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Metadata: what it is called, and its uid.
    pub metadata: Metadata,
    /// Kind of the workload.
    pub owner_kind: Kind,
    /// Name of the workload.
    pub owner: Name,
    /// Uid of the workload: one of the same name that was made later has other revisions.
    pub owner_uid: Uid,
    /// Its number; 0 where none is written.
    pub number: i64,
    /// The ConfigMaps without which its pods do not start, in order.
    pub config_maps: Box<[Name]>,
    /// The Secrets without which its pods do not start, or cannot pull their images, in order.
    pub secrets: Box<[Name]>,
    /// The SecretProviderClasses of its volumes, whose driver may make Secrets, in order.
    pub provider_classes: Box<[Name]>,
}

/// `spec` of a ReplicaSet, as far as it is read of a revision.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WrittenSpec {
    #[serde(deserialize_with = "null_is_default")]
    template: PodTemplate,
}

/// A ControllerRevision, as far as it is read of a revision.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WrittenRevision {
    #[serde(deserialize_with = "null_is_default")]
    pub(super) revision: i64,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) data: WrittenData,
}

/// What of a StatefulSet or a DaemonSet a ControllerRevision holds: that is written over it to go back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WrittenData {
    #[serde(deserialize_with = "null_is_default")]
    pub(super) spec: WrittenSpec,
}

impl Revision {
    /// The revision of this owner with this number.
    pub(super) fn of(
        mut metadata: Metadata,
        (owner_kind, owner): (Kind, &OwnerReference),
        number: i64,
        WrittenSpec { template }: WrittenSpec,
    ) -> Self {
        (metadata.labels, metadata.annotations) = (Labels::default(), Labels::default());
        metadata.rare = None;
        if let Some(served) = &mut metadata.served {
            (served.generation, served.created) = (0, None);
        }
        let pod = &template.spec;
        Self {
            metadata,
            owner_kind,
            owner: owner.name.as_str().into(),
            owner_uid: owner.uid.clone(),
            number,
            config_maps: sorted(needed_config_maps(pod)),
            secrets: sorted(needed_secrets(pod)),
            provider_classes: sorted(provider_classes(pod)),
        }
    }

    /// As which kind it is read.
    pub const fn kind(&self) -> Kind {
        kind_of(self.owner_kind)
    }

    /// What it holds that others may hold as well.
    pub(super) fn names_mut(&mut self) -> impl Iterator<Item = &mut Name> {
        let named = [&mut self.config_maps, &mut self.secrets, &mut self.provider_classes];
        named.into_iter().flatten().chain([&mut self.owner])
    }
}

/// As which kind the revisions of workloads of this kind are read.
pub const fn kind_of(owner: Kind) -> Kind {
    match owner {
        Kind::Deployment => Kind::Revision,
        _ => Kind::ControllerRevision,
    }
}

/// The kind of the workload that manages an object which is read as this kind, if it is a revision of that.
pub fn owner_kind(kind: Kind, controller: Option<&OwnerReference>) -> Option<Kind> {
    let owner = controller?;
    let found = Kind::find(owner.group(), &owner.kind)?;
    let has_revisions = matches!(found, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet);
    (has_revisions && kind_of(found) == kind).then_some(found)
}

/// The number of its revision that a Deployment or one of its ReplicaSets has; 0 where none is written.
pub fn number(metadata: &Metadata) -> i64 {
    metadata.annotations.get(REVISION).and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Box<[Name]> {
    let mut names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(Name::from).collect()
}

fn needed_config_maps(pod: &PodSpec) -> impl Iterator<Item = &str> {
    let volumes = pod.volumes.iter().flat_map(|volume| {
        let parts = volume.projected.iter().flat_map(|projected| &projected.sources);
        volume.config_map.iter().chain(parts.filter_map(|part| part.config_map.as_ref()))
    });
    let containers = pod.all_containers().flat_map(|(_, _, container)| {
        let single = container.env.iter().filter_map(|variable| variable.config_map.as_ref());
        single.chain(container.env_from.iter().filter_map(|source| source.config_map.as_ref()))
    });
    needed(volumes, containers)
}

fn needed_secrets(pod: &PodSpec) -> impl Iterator<Item = &str> {
    let volumes = pod.volumes.iter().flat_map(|volume| {
        let parts = volume.projected.iter().flat_map(|projected| &projected.sources);
        volume.secret.iter().chain(parts.filter_map(|part| part.secret.as_ref()))
    });
    let containers = pod.all_containers().flat_map(|(_, _, container)| {
        let single = container.env.iter().filter_map(|variable| variable.secret.as_ref());
        single.chain(container.env_from.iter().filter_map(|source| source.secret.as_ref()))
    });
    let told = pod.volumes.iter().filter_map(|volume| volume.driver.as_ref()?.secret.as_ref());
    let pulled = pod.image_pull_secrets.iter().map(|secret| &*secret.name);
    needed(volumes, containers).chain(told.map(|(_, name)| &**name)).chain(pulled)
}

/// The names of those that are not optional.
fn needed<'a>(
    files: impl Iterator<Item = &'a Box<Files>>,
    keys: impl Iterator<Item = &'a Box<KeyReference>>,
) -> impl Iterator<Item = &'a str> {
    let files = files.filter(|files| !files.optional).map(|files| &*files.name);
    files.chain(keys.filter(|key| !key.optional).map(|key| &*key.name))
}

fn provider_classes(pod: &PodSpec) -> impl Iterator<Item = &str> {
    pod.volumes.iter().filter_map(|volume| volume.driver.as_ref()?.provider_class.as_deref())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::Object;
    use crate::inventory::decode::{decode, decode_or_broken};

    fn replica_set(metadata: Value, spec: Value) -> String {
        let mut whole = json!({"metadata": {"name": "web-1", "namespace": "shop", "uid": "r",
            "annotations": {REVISION: "3"}, "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment",
            "name": "web", "uid": "d", "controller": true}]}, "spec": spec});
        for (key, value) in metadata.as_object().unwrap() {
            whole["metadata"][key] = value.clone();
        }
        whole.to_string()
    }

    fn revision(metadata: Value, spec: Value) -> Revision {
        let json = replica_set(metadata, spec);
        let Ok(Object::Revision(revision)) = decode(Kind::Revision, &json) else { panic!("{json}") };
        *revision
    }

    fn shown(names: &[Name]) -> Vec<&str> {
        names.iter().map(Name::as_str).collect()
    }

    #[test]
    fn it_is_whose_it_is_its_number_and_what_its_pods_need() {
        let container = json!({"name": "app",
            "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "one", "key": "a"}}},
                {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "left", "key": "a", "optional": true}}},
                {"name": "C", "valueFrom": {"secretKeyRef": {"name": "key", "key": "a"}}}],
            "envFrom": [{"configMapRef": {"name": "all"}}, {"secretRef": {"name": "left", "optional": true}},
                {"configMapRef": {"name": "one"}}]});
        let volumes = json!([{"name": "a", "configMap": {"name": "files"}},
            {"name": "b", "projected": {"sources": [{"secret": {"name": "part"}},
                {"configMap": {"name": "left", "optional": true}}, {"configMap": {"name": "part"}}]}},
            {"name": "c", "secret": {"secretName": "files"}}, {"name": "d", "secret": {"secretName": "left", "optional": true}},
            {"name": "e", "csi": {"driver": "secrets-store.csi.k8s.io", "nodePublishSecretRef": {"name": "store"},
                "volumeAttributes": {"secretProviderClass": "vault"}}}]);
        let pod = json!({"initContainers": [container], "containers": [{"name": "b", "envFrom": [{"secretRef": {"name": "all"}}]}],
            "volumes": volumes, "imagePullSecrets": [{"name": "pull"}]});
        let revision = revision(json!({}), json!({"template": {"spec": pod}}));
        assert_eq!((revision.owner_kind, &*revision.owner), (Kind::Deployment, "web"));
        assert_eq!((revision.owner_uid, revision.number), ("d".into(), 3));
        assert_eq!(shown(&revision.config_maps), ["all", "files", "one", "part"]);
        assert_eq!(shown(&revision.secrets), ["all", "files", "key", "part", "pull", "store"]);
        assert_eq!(shown(&revision.provider_classes), ["vault"]);
    }

    fn controller_revision(owner: Value, revision: Value, data: Value) -> String {
        let metadata = json!({"name": "db-1", "namespace": "shop", "annotations": {REVISION: "9"}, "ownerReferences": [owner]});
        json!({"metadata": metadata, "revision": revision, "data": data}).to_string()
    }

    fn owned_by(kind: &str) -> Value {
        json!({"apiVersion": "apps/v1", "kind": kind, "name": "db", "uid": "s", "controller": true})
    }

    #[test]
    fn a_controller_revision_is_one_of_a_stateful_set_or_a_daemon_set() {
        let pod = json!({"containers": [{"name": "app", "envFrom": [{"configMapRef": {"name": "one"}}]}]});
        let data = json!({"spec": {"template": {"$patch": "replace", "spec": pod}}});
        for kind in [Kind::StatefulSet, Kind::DaemonSet] {
            let json = controller_revision(owned_by(kind.as_str()), json!(3), data.clone());
            let Ok(Object::Revision(revision)) = decode(Kind::ControllerRevision, &json) else {
                panic!("{json}")
            };
            assert_eq!((revision.owner_kind, &*revision.owner, revision.number), (kind, "db", 3));
            assert_eq!((revision.kind(), revision.owner_uid.clone()), (Kind::ControllerRevision, "s".into()));
            assert_eq!(shown(&revision.config_maps), ["one"]);
        }
        let empty = controller_revision(owned_by("StatefulSet"), Value::Null, Value::Null);
        assert!(
            matches!(decode(Kind::ControllerRevision, &empty), Ok(Object::Revision(one)) if one.number == 0)
        );
    }

    #[test]
    fn what_else_keeps_controller_revisions_is_not_looked_at() {
        let mut others = owned_by("StatefulSet");
        others["apiVersion"] = json!("apps.kruise.io/v1beta1");
        for owner in [others, owned_by("Deployment"), json!({"apiVersion": "apps/v1", "kind": "StatefulSet"})]
        {
            let json = controller_revision(owner, json!("x"), json!(7));
            assert!(matches!(decode(Kind::ControllerRevision, &json), Ok(Object::Owned(..))), "{json}");
        }
        let broken = controller_revision(owned_by("DaemonSet"), json!(1), json!({"spec": 7}));
        let broken = decode_or_broken(Kind::ControllerRevision, &broken).unwrap();
        assert!(matches!(&broken, Object::Broken(broken) if broken.kind == Kind::ControllerRevision));
    }

    #[test]
    fn what_changes_with_its_pods_is_no_change() {
        let with = |version: &str, replicas: i64| {
            let annotations = json!({"deployment.kubernetes.io/desired-replicas": replicas.to_string()});
            let metadata = json!({"resourceVersion": version, "generation": replicas, "labels": annotations});
            revision(metadata, json!({"replicas": replicas}))
        };
        assert_eq!(with("1", 1), with("2", 5));
        assert_ne!(with("1", 1), revision(json!({"annotations": {REVISION: "4"}}), json!({"replicas": 1})));
    }

    #[test]
    fn what_no_deployment_made_is_none_whatever_stands_in_it() {
        let own = replica_set(json!({"ownerReferences": null}), json!(7));
        let rollout = json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web", "controller": true}]);
        let others = replica_set(json!({"ownerReferences": rollout}), json!(7));
        let no_controller =
            json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d"}]);
        let left = replica_set(json!({"ownerReferences": no_controller}), json!({}));
        for json in [own, others, left] {
            assert!(matches!(decode(Kind::Revision, &json), Ok(Object::Owned(..))), "{json}");
        }
        let broken = decode_or_broken(Kind::Revision, &replica_set(json!({}), json!(7))).unwrap();
        assert!(matches!(&broken, Object::Broken(broken) if broken.kind == Kind::Revision));
    }
}

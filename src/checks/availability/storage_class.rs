use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{at, key_of, quoted};
use crate::checks::helpers::pod;
use crate::checks::labelling::keys;
use crate::inventory::lookup::Lookup;
use crate::inventory::metadata::OwnerReference;
use crate::inventory::storage::StorageClass;
use crate::inventory::volume::EphemeralClaim;
use crate::inventory::{Kind, NamespaceView, Object};

/// Parameters of `storage-class`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Names of the classes that claims may have; empty for every one.
    allowed: Vec<String>,
    /// Whether the class must encrypt what its volumes hold.
    require_encrypted: bool,
    /// Last parts of the names of images that are databases.
    databases: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { allowed: Vec::new(), require_encrypted: false, databases: keys(DATABASES) }
    }
}

const DATABASES: &[&str] = &[
    "cassandra",
    "clickhouse-server",
    "cockroach",
    "couchdb",
    "elasticsearch",
    "etcd",
    "influxdb",
    "mariadb",
    "mongo",
    "mongodb",
    "mysql",
    "mysql-server",
    "neo4j",
    "opensearch",
    "percona-server",
    "postgres",
    "postgresql",
    "redis",
    "scylla",
    "spilo",
    "timescaledb",
    "valkey",
];

check! {
    /// ## What it checks
    /// A PersistentVolumeClaim, mounted by name, made by a StatefulSet or made for a pod (a generic ephemeral volume),
    /// says which StorageClass it wants; the class
    /// exists, is among those allowed, and its volumes are made by a driver outside of Kubernetes (CSI), not by one
    /// of the drivers that were part of it (`kubernetes.io/aws-ebs` and so on). Where an image of the pods is known
    /// as a database (`databases`, by the last part of its name), the class keeps the volume of a claim that
    /// goes: `reclaimPolicy: Retain`; that is not asked of a volume that goes with its pod. A claim that nothing mounts is
    /// judged by itself.
    ///
    /// A claim may want a volume without a class (`storageClassName: ""`), or name the volume that it wants; then
    /// the class is a word that both have in common, and need not exist. Whether a driver of another name is CSI
    /// cannot be told from it.
    ///
    /// ## Why it matters
    /// The default class is another one in each cluster: the same manifest gets a fast disk here and a share of a
    /// spinning one there, and none where nobody chose a default. With `reclaimPolicy: Delete` the data goes with the
    /// claim, and a claim goes with a namespace or a release.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: {name: data}
    /// spec: {accessModes: [ReadWriteOnce]}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: {name: data}
    /// spec: {accessModes: [ReadWriteOnce], storageClassName: fast}
    /// ---
    /// apiVersion: storage.k8s.io/v1
    /// kind: StorageClass
    /// metadata: {name: fast}
    /// provisioner: ebs.csi.aws.com
    /// ```
    ///
    /// ## How to fix
    /// Set `storageClassName` to the name of a StorageClass (`kubectl get storageclasses`). For a database choose a class with
    /// `reclaimPolicy: Retain`; the policy of a volume that is there already is changed on the `PersistentVolume`.
    ///
    /// ## Parameters
    /// - `allowed`: names of the classes that claims may have (default: every one).
    /// - `requireEncrypted`: whether the class must have the parameter `encrypted: "true"` (default false; drivers
    ///   that encrypt in another way do not say so there).
    /// - `databases`: last parts of the names of images that are databases; a list replaces the known ones.
    ///
    /// ## References
    /// - Kubernetes documentation: Storage Classes
    name: "storage-class",
    family: Availability,
    severity: Low,
    title: "Claims name a StorageClass that keeps what matters",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [PersistentVolumeClaim, StorageClass],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [PersistentVolumeClaim] of_orphan,
}

/// What is asked of a class.
#[derive(Clone, Copy)]
struct Request<'a, 'b> {
    namespace: NamespaceView<'a>,
    parameters: &'b Parameters,
    /// The class that is named.
    class: Option<&'a str>,
    /// Whether the claim names its volume.
    has_volume: bool,
    /// Whether the volume must outlive the claim.
    retain: bool,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let (workload, namespace) = (subject.workload, subject.namespace);
    let templates = workload.claims.iter().flat_map(|claims| &claims.templates).enumerate();
    let volumes = subject.pod().volumes.iter().enumerate();
    let mounted: Vec<_> =
        volumes.clone().filter_map(|(index, volume)| Some((index, volume.claim.as_deref()?))).collect();
    let ephemeral: Vec<_> =
        volumes.filter_map(|(index, volume)| Some((index, volume.ephemeral.as_deref()?))).collect();
    if mounted.is_empty() && ephemeral.is_empty() && workload.claims.is_none() {
        return Judgement::not_applicable("the pods mount no PersistentVolumeClaim");
    }
    let retain = is_database(subject, parameters);
    let request = Request { namespace, parameters, class: None, has_volume: false, retain };
    let made = templates.flat_map(|(index, template)| {
        let field = at(format!("spec.volumeClaimTemplates[{index}].spec.storageClassName"));
        let class = template.storage_class_name.as_deref();
        Request { class, ..request }.judge().into_iter().map(move |problem| problem.at(field.clone()))
    });
    let mounted = mounted.into_iter().filter(|(_, name)| !workload.makes_claim(name));
    let mounted = mounted.flat_map(|(index, name)| of_mounted(index, name, request));
    let ephemeral = ephemeral.into_iter().flat_map(|(index, claim)| of_ephemeral(index, claim, request));
    made.chain(mounted).chain(ephemeral).collect()
}

/// The volume goes with its pod whatever the class does: nobody keeps anything in it.
fn of_ephemeral<'a>(index: usize, claim: &'a EphemeralClaim, request: Request<'a, '_>) -> Vec<Statement> {
    let field = pod(format!("volumes[{index}].ephemeral.volumeClaimTemplate.spec.storageClassName"));
    let class = claim.storage_class_name.as_deref();
    let problems = Request { class, retain: false, ..request }.judge().into_iter();
    problems.map(|problem| problem.at(field.clone())).collect()
}

fn of_mounted(index: usize, name: &str, request: Request<'_, '_>) -> Vec<Statement> {
    match request.namespace.persistent_volume_claim(name) {
        Lookup::Found(claim) => {
            let spec = &claim.spec;
            let (class, has_volume) = (spec.storage_class_name.as_deref(), !spec.volume_name.is_empty());
            let problems = Request { class, has_volume, ..request }.judge();
            let key = key_of(Kind::PersistentVolumeClaim, &claim.metadata);
            let said = problems.into_iter().map(|problem| problem.at(at(FIELD)).about(key.clone()));
            said.collect()
        }
        // That it is not there is the business of `config-refs-exist`.
        Lookup::Missing => Vec::new(),
        Lookup::Unknown(cause) => {
            let message = format!("nothing is known of PersistentVolumeClaim {}", quoted(name, 63));
            let field = pod(format!("volumes[{index}].persistentVolumeClaim.claimName"));
            vec![Statement::unknown(cause, field, message)]
        }
    }
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::PersistentVolumeClaim(claim) = subject.object else { return Judgement::default() };
    let is_pod = |owner: &OwnerReference| owner.kind == Kind::Pod.as_str() && owner.group().is_empty();
    if claim.metadata.controller().is_some_and(is_pod) {
        return Judgement::not_applicable("a pod made it, and the pod's template is judged");
    }
    let request = Request {
        namespace: subject.namespace,
        parameters,
        class: claim.spec.storage_class_name.as_deref(),
        has_volume: !claim.spec.volume_name.is_empty(),
        retain: false,
    };
    request.judge().into_iter().map(|problem| problem.at(at(FIELD))).collect()
}

/// Where a claim names its class.
const FIELD: &str = "spec.storageClassName";

/// What is wrong, wherever that is.
struct Problem(Statement);

impl Problem {
    fn at(self, field: Field) -> Statement {
        Statement { field, ..self.0 }
    }
}

impl Request<'_, '_> {
    fn judge(self) -> Vec<Problem> {
        let fail = |message: String| Problem(Statement::fail(at(""), message));
        let Some(name) = self.class else {
            return vec![fail("the claim names no StorageClass".to_owned())];
        };
        let shown = quoted(name, 63);
        let allowed = &self.parameters.allowed;
        if !allowed.is_empty() && !allowed.iter().any(|allowed| allowed == name) {
            let what = if name.is_empty() { "no class".to_owned() } else { format!("StorageClass {shown}") };
            return vec![fail(format!("the claim wants {what}, which is not among those allowed"))];
        }
        if name.is_empty() {
            return Vec::new();
        }
        match self.namespace.storage_class(name) {
            Lookup::Found(class) => {
                let problems = self.of_class(class).into_iter();
                problems.map(|problem| fail(format!("StorageClass {shown} {problem}"))).collect()
            }
            Lookup::Missing if self.has_volume => Vec::new(),
            Lookup::Missing => vec![fail(format!("StorageClass {shown} does not exist"))],
            Lookup::Unknown(cause) => {
                let message = format!("nothing is known of StorageClass {shown}");
                vec![Problem(Statement::unknown(cause, at(""), message))]
            }
        }
    }

    fn of_class(self, class: &StorageClass) -> Vec<&'static str> {
        let built_in = class.provisioner.strip_prefix("kubernetes.io/");
        let encrypted = class.parameters.encrypted.as_deref();
        let problems = [
            built_in
                .is_some_and(|driver| driver != "no-provisioner")
                .then_some("has a driver that was part of Kubernetes and is not maintained any more"),
            (self.parameters.require_encrypted
                && !encrypted.is_some_and(|value| value.eq_ignore_ascii_case("true")))
            .then_some("does not say that its volumes are encrypted"),
            (self.retain && class.reclaim_policy() != "Retain")
                .then_some("deletes the volume of a database with its claim"),
        ];
        problems.into_iter().flatten().collect()
    }
}

fn is_database(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> bool {
    let images = subject.containers().filter_map(|one| one.image().ok());
    images.into_iter().any(|image| {
        let name = image.path.rsplit('/').next().unwrap_or_default();
        parameters.databases.iter().any(|known| known == name)
    })
}

#[cfg(test)]
mod tests;

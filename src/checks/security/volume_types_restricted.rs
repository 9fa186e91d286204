use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::checks::pod_standard::VOLUME_SOURCES;
use crate::inventory::volume::VolumeSource;

/// Parameters of `volume-types-restricted`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Types of volumes that are allowed as well.
    extra: Vec<VolumeSource>,
}

check! {
    /// ## What it checks
    /// Every volume is a `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`, `image`,
    /// `persistentVolumeClaim`, `projected` or `secret`, or of a type in `extra`.
    ///
    /// ## Why it matters
    /// The other types name storage right in the pod: a path of the node, a server, a disk. Whoever may create
    /// pods then mounts whatever the node can reach, past the classes and quotas that claims go through. Most
    /// of them are gone from Kubernetes, or will be.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: data
    ///       nfs:
    ///         server: files.example
    ///         path: /exports/all
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: data
    ///       persistentVolumeClaim:
    ///         claimName: data
    /// ```
    ///
    /// ## How to fix
    /// Let an administrator make a `PersistentVolume` (or a `StorageClass` with a CSI driver) of that storage,
    /// and let the volume be a `persistentVolumeClaim`.
    ///
    /// ## Parameters
    /// - `extra`: types of volumes that are allowed as well, as the API calls them (default none).
    ///
    /// ## References
    /// - Pod Security Standards, Restricted: Volume Types
    name: "volume-types-restricted",
    family: Security,
    severity: Low,
    title: "Volumes are of types that reach nothing beside the pod",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let allowed =
        |source: &VolumeSource| VOLUME_SOURCES.contains(source) || parameters.extra.contains(source);
    let volumes = subject.pod().volumes.iter().enumerate();
    volumes
        .filter_map(|(index, volume)| {
            let source = volume.source.filter(|source| !allowed(source))?;
            let message =
                format!("the volume {} is of type {}, which is not allowed", volume.name, source.as_str());
            Some(Statement::fail(pod(format!("volumes[{index}].{}", source.as_str())), message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn volume(field: &str) -> Case {
        Case::of(&CHECK).pod(json!({"volumes": [{"name": "v", field: {}}]}))
    }

    #[test]
    fn nine_types_pass_and_every_other_fails_where_it_is_set() {
        let passing =
            VolumeSource::ALL.iter().filter(|source| volume(source.as_str()).outcome() == Outcome::Pass);
        assert_eq!(passing.copied().collect::<Vec<_>>(), VOLUME_SOURCES);
        assert_eq!(volume("gitRepo").fields(), ["spec.template.spec.volumes[0].gitRepo"]);
    }

    #[test]
    fn a_volume_without_a_type_is_an_empty_dir_as_for_the_server() {
        assert_eq!(Case::of(&CHECK).pod(json!({"volumes": [{"name": "v"}]})).outcome(), Outcome::Pass);
    }

    #[test]
    fn extra_types_pass_and_must_exist() {
        assert_eq!(volume("nfs").parameters(json!({"extra": ["nfs"]})).outcome(), Outcome::Pass);
        let unknown = json!({"extra": ["NFS"]});
        assert_eq!((CHECK.compile)(unknown.as_object().unwrap()).unwrap_err().key(), "extra");
    }
}

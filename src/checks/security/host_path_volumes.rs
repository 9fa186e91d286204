use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::at;
use crate::checks::helpers::pod;
use crate::checks::host_paths;
use crate::inventory::Object;

/// Parameters of `host-path-volumes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Paths of the node that a pod may mount, with all that lies below them.
    allowed_prefixes: Vec<String>,
}

check! {
    /// ## What it checks
    /// No volume is a `hostPath`, but for paths within `allowedPrefixes`. Paths are compared once they are
    /// clean (`//`, `..` and a slash at the end are gone), and name by name: `/var/logs` is not within
    /// `/var/log`. No claim that a pod mounts, or that a StatefulSet makes, leads to a PersistentVolume of type `hostPath` or
    /// `local` either, with another path: such a volume is told of with the workload, and never refuses anything at
    /// admission. In files it is looked at where the volume is given, and says by `claimRef`, or its claim by
    /// `volumeName`, that the two belong together. A volume that no workload's claim leads to is left alone.
    ///
    /// ## Why it matters
    /// What a pod writes to the node outlives it, is seen by whatever else uses that path, and is how a
    /// container becomes the node: by its logs, its programs or its kubelet's files. And the pod no longer runs
    /// the same on every node.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: logs
    ///       hostPath:
    ///         path: /var/log
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: scratch
    ///       emptyDir: {}
    /// ```
    ///
    /// ## How to fix
    /// Use an `emptyDir` for scratch space, a `PersistentVolumeClaim` for what has to last, a `configMap` or
    /// `secret` for what comes from outside. An agent that must see the node belongs in a namespace of its own,
    /// with the paths it needs in `allowedPrefixes`.
    ///
    /// ## Parameters
    /// - `allowedPrefixes`: paths of the node that a pod may mount, with all that lies below them (default
    ///   none).
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: `HostPath` Volumes
    /// - Kubernetes documentation: Volumes, hostPath
    name: "host-path-volumes",
    family: Security,
    severity: High,
    title: "Pods mount no paths of the node",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [] of_volume,
    judges: [PersistentVolumeClaim, PersistentVolume] of_volume,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let own = host_paths::volumes(subject.pod()).filter(|(_, _, path)| !parameters.allows(path));
    let own = own.map(|(index, volume, path)| {
        let message = format!("the volume {} is the path {path} of the node", volume.name);
        Statement::fail(pod(format!("volumes[{index}].hostPath.path")), message)
    });
    own.collect()
}

/// What is said of a PersistentVolume that a claim of a workload leads to.
fn of_volume(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    // Claims are known for what they lead to.
    let Object::PersistentVolume(volume) = subject.object else { return Judgement::pass() };
    let Some((field, path)) = volume.spec.node_path() else { return Judgement::pass() };
    let path = host_paths::clean(path);
    let message = format!("a claim leads to the path {path} of the node");
    Judgement::require(parameters.allows(&path), at(field), message)
}

impl Parameters {
    fn allows(&self, path: &str) -> bool {
        let mut prefixes = self.allowed_prefixes.iter();
        prefixes.any(|prefix| host_paths::is_within(path, &host_paths::clean(prefix)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::Kind;
    use crate::inventory::lookup::Coverage;

    fn paths(paths: &[&str]) -> Case {
        let volumes: Vec<_> =
            paths.iter().map(|path| json!({"name": "v", "hostPath": {"path": path}})).collect();
        Case::of(&CHECK).pod(json!({ "volumes": volumes }))
    }

    fn volume(name: &str, spec: serde_json::Value) -> serde_json::Value {
        json!({"kind": "PersistentVolume", "metadata": {"name": name, "namespace": ""}, "spec": spec})
    }

    fn claiming(claim: serde_json::Value) -> Case {
        let volumes = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]);
        let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": claim});
        Case::of(&CHECK).pod(json!({ "volumes": volumes })).with(claim)
    }

    #[test]
    fn a_claim_may_lead_to_a_path_of_the_node_from_either_side() {
        let node = json!({"hostPath": {"path": "/data/"}});
        let named = claiming(json!({"volumeName": "pv-1"})).with(volume("pv-1", node.clone()));
        assert_eq!(named.message(), "a claim leads to the path /data of the node");
        assert_eq!(named.judged().findings[0].object.as_ref().unwrap().to_string(), "PersistentVolume pv-1");
        let allowed = json!({"allowedPrefixes": ["/data"]});
        assert_eq!(named.parameters(allowed).outcome(), Outcome::Pass);
        let kept = |spec: serde_json::Value| claiming(json!({})).with(volume("pv-2", spec));
        let claim = |namespace: &str| json!({"namespace": namespace, "name": "data"});
        let local = |namespace: &str| json!({"local": {"path": "/mnt/x"}, "claimRef": claim(namespace)});
        assert_eq!(kept(local("shop")).fields(), ["spec.local.path"]);
        assert_eq!(kept(local("bank")).outcome(), Outcome::Pass);
        assert_eq!(kept(json!({"csi": {}, "claimRef": claim("shop")})).outcome(), Outcome::Pass);
        assert_eq!(kept(node).outcome(), Outcome::Pass, "nobody claims it");
    }

    #[test]
    fn claims_that_a_stateful_set_makes_are_looked_at() {
        let template = json!({"metadata": {"name": "data"}, "spec": {}});
        let spec = json!({"volumeClaimTemplates": [template], "strategy": null});
        let made = |claim: &str| {
            let claim = json!({"namespace": "shop", "name": claim});
            Case::of(&CHECK)
                .workload(json!({"kind": "StatefulSet", "spec": spec}))
                .with(volume("pv", json!({"hostPath": {"path": "/x"}, "claimRef": claim})))
        };
        assert_eq!(made("data-web-0").fields(), ["spec.hostPath.path"]);
        assert_eq!(made("data-api-0").outcome(), Outcome::Pass);
        let hidden = made("data-api-0").coverage_of(Kind::PersistentVolume, Coverage::Forbidden);
        assert_eq!(hidden.outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_a_cluster_does_not_show_is_not_known_and_what_was_not_given_is_not_looked_at() {
        let case = || claiming(json!({"volumeName": "pv-1"}));
        assert_eq!(
            case().coverage_of(Kind::PersistentVolume, Coverage::Forbidden).outcome(),
            Outcome::Unknown
        );
        assert_eq!(case().coverage(Coverage::Partial).outcome(), Outcome::Pass);
        let other = paths(&[]).coverage_of(Kind::PersistentVolume, Coverage::Forbidden);
        assert_eq!(other.outcome(), Outcome::Pass, "it has no claim");
    }

    #[test]
    fn a_volume_that_both_sides_name_is_told_once() {
        let bound = json!({"hostPath": {"path": "/x"}, "claimRef": {"namespace": "shop", "name": "data"}});
        let both = claiming(json!({"volumeName": "pv"})).with(volume("pv", bound));
        assert_eq!(both.fields(), ["spec.hostPath.path"]);
        let partial = both.coverage_of(Kind::PersistentVolume, Coverage::Partial);
        assert_eq!((partial.outcome(), partial.fields().len()), (Outcome::Fail, 1));
    }

    #[test]
    fn volumes_are_judged_and_not_read_and_only_those_of_workloads() {
        let compiled = (CHECK.compile)(&serde_json::Map::new()).unwrap();
        assert_eq!(compiled.reads, [], "so that a path in a pod is refused");
        assert!(compiled.on_objects(Kind::PersistentVolume).is_some());
        assert!(compiled.on_orphans(Kind::PersistentVolume).is_none());
    }

    #[test]
    fn each_path_of_the_node_is_a_finding() {
        let expected = [0, 1].map(|index| format!("spec.template.spec.volumes[{index}].hostPath.path"));
        assert_eq!(paths(&["/var/log", "/data"]).fields(), expected);
        let other = Case::of(&CHECK).pod(json!({"volumes": [{"name": "v", "emptyDir": {}}]}));
        assert_eq!(other.outcome(), Outcome::Pass);
    }

    #[test]
    fn an_allowed_prefix_holds_at_slashes_and_for_clean_paths() {
        let allowed = json!({"allowedPrefixes": ["/var/log/"]});
        for path in ["/var/log", "/var//log/pods/", "/var/lib/../log"] {
            assert_eq!(paths(&[path]).parameters(allowed.clone()).outcome(), Outcome::Pass, "{path}");
        }
        for path in ["/var/logs", "/var", "/var/log/../lib", "/"] {
            assert_eq!(paths(&[path]).parameters(allowed.clone()).outcome(), Outcome::Fail, "{path}");
        }
    }
}

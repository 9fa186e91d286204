use std::ptr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, Statement, WorkloadSubject};
use crate::checks::around::key_of;
use crate::checks::helpers::{object, pod};
use crate::checks::host_paths;
use crate::inventory::Kind;
use crate::inventory::lookup::{Cause, Lookup, Search};
use crate::inventory::storage::PersistentVolume;

/// Parameters of `host-path-volumes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Paths of the node that a pod may mount, with all that lies below them.
    allowed_prefixes: Vec<String>,
    /// Whether PersistentVolumes are looked at that the pods' claims lead to.
    through_claims: bool,
}

check! {
    /// ## What it checks
    /// No volume is a `hostPath`, but for paths within `allowedPrefixes`. Paths are compared once they are
    /// clean (`//`, `..` and a slash at the end are gone), and name by name: `/var/logs` is not within
    /// `/var/log`. With `throughClaims` no claim that a pod mounts, or that a StatefulSet makes, leads to a
    /// PersistentVolume of type `hostPath` or `local` either; the check reads claims and volumes then, so that it
    /// warns at admission instead of refusing.
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
    /// - `throughClaims`: whether PersistentVolumes are looked at that the pods' claims lead to (default false).
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: `HostPath` Volumes
    /// - Kubernetes documentation: Volumes, hostPath
    name: "host-path-volumes",
    family: Security,
    severity: High,
    title: "Pods mount no paths of the node",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [PersistentVolumeClaim, PersistentVolume],
    reads_with: kinds,
    parameters: Parameters,
    rule: Workload(evaluate),
}

const fn kinds(parameters: &Parameters) -> &'static [Kind] {
    if parameters.through_claims { CHECK.reads } else { &[] }
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let own = host_paths::volumes(subject.pod()).filter(|(_, _, path)| !parameters.allows(path));
    let own = own.map(|(index, volume, path)| {
        let message = format!("the volume {} is the path {path} of the node", volume.name);
        Statement::fail(pod(format!("volumes[{index}].hostPath.path")), message)
    });
    let claimed = parameters.through_claims.then(|| through_claims(subject, parameters));
    own.chain(claimed.into_iter().flatten()).collect()
}

impl Parameters {
    fn allows(&self, path: &str) -> bool {
        let mut prefixes = self.allowed_prefixes.iter();
        prefixes.any(|prefix| host_paths::is_within(path, &host_paths::clean(prefix)))
    }
}

fn through_claims(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Vec<Statement> {
    let volumes = subject.pod().volumes.iter().enumerate();
    let named = volumes.filter_map(|(index, volume)| Some((index, volume.claim.as_deref()?)));
    let mut statements: Vec<Statement> = named
        .flat_map(|(index, claim)| {
            let field = format!("volumes[{index}].persistentVolumeClaim.claimName");
            of_claim(subject, parameters, (claim, pod(field)))
        })
        .collect();
    if subject.workload.claims.is_some() {
        let made = subject.namespace.persistent_volumes(|claim| subject.workload.makes_claim(claim));
        statements.extend(told(&made, parameters, object("spec.volumeClaimTemplates")));
    }
    statements
}

fn of_claim(
    subject: &WorkloadSubject<'_>,
    parameters: &Parameters,
    (name, field): (&str, Field),
) -> Vec<Statement> {
    let bound = match subject.namespace.persistent_volume_claim(name) {
        Lookup::Found(claim) => claim.spec.volume_name.as_str(),
        // Whoever gives a volume to a claim that is not there says so by the volume.
        Lookup::Missing => "",
        Lookup::Unknown(cause) => return vec![not_known(cause, field)],
    };
    let mut volumes = subject.namespace.persistent_volumes(|claim| claim == name);
    match subject.namespace.persistent_volume(bound) {
        _ if bound.is_empty() => {}
        Lookup::Found(volume) if !volumes.found.iter().any(|one| ptr::eq(*one, volume)) => {
            volumes.found.push(volume);
        }
        Lookup::Found(_) | Lookup::Missing => {}
        Lookup::Unknown(cause) => volumes.incomplete = volumes.incomplete.or(Some(cause)),
    }
    told(&volumes, parameters, field)
}

fn told(volumes: &Search<&PersistentVolume>, parameters: &Parameters, field: Field) -> Vec<Statement> {
    let of_nodes = volumes.found.iter().filter_map(|volume| Some((volume, volume.spec.node_path()?)));
    let found: Vec<Statement> = of_nodes
        .filter(|(_, (_, path))| !parameters.allows(&host_paths::clean(path)))
        .map(|(volume, (field, path))| {
            let message = format!("a claim leads to the path {} of the node", host_paths::clean(path));
            let statement = Statement::fail(Field::Object(field.into()), message);
            statement.about(key_of(Kind::PersistentVolume, &volume.metadata))
        })
        .collect();
    match volumes.incomplete {
        Some(cause) if found.is_empty() => vec![not_known(cause, field)],
        _ => found,
    }
}

fn not_known(cause: Cause, field: Field) -> Statement {
    Statement::unknown(cause, field, "whether a claim leads to a path of the node is not known")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
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
        let case = Case::of(&CHECK).pod(json!({ "volumes": volumes })).with(claim);
        case.parameters(json!({"throughClaims": true}))
    }

    #[test]
    fn a_claim_may_lead_to_a_path_of_the_node_from_either_side() {
        let node = json!({"hostPath": {"path": "/data/"}});
        let named = claiming(json!({"volumeName": "pv-1"})).with(volume("pv-1", node.clone()));
        assert_eq!(named.message(), "a claim leads to the path /data of the node");
        assert_eq!(named.judged().findings[0].object.as_ref().unwrap().to_string(), "PersistentVolume pv-1");
        assert_eq!(named.clone().parameters(json!({})).outcome(), Outcome::Pass, "only if it is asked for");
        let allowed = json!({"throughClaims": true, "allowedPrefixes": ["/data"]});
        assert_eq!(named.parameters(allowed).outcome(), Outcome::Pass);
        let kept = |spec: serde_json::Value| claiming(json!({})).with(volume("pv-2", spec));
        let claim = |namespace: &str| json!({"namespace": namespace, "name": "data"});
        let local = |namespace: &str| json!({"local": {"path": "/mnt/x"}, "claimRef": claim(namespace)});
        assert_eq!(kept(local("shop")).fields(), ["spec.local.path"]);
        assert_eq!(kept(local("bank")).outcome(), Outcome::Pass);
        assert_eq!(kept(json!({"csi": {}, "claimRef": claim("shop")})).outcome(), Outcome::Pass);
    }

    #[test]
    fn claims_that_a_stateful_set_makes_are_looked_at() {
        let template = json!({"metadata": {"name": "data"}, "spec": {}});
        let spec = json!({"volumeClaimTemplates": [template], "strategy": null});
        let made = |claim: &str| {
            let claim = json!({"namespace": "shop", "name": claim});
            Case::of(&CHECK)
                .workload(json!({"kind": "StatefulSet", "spec": spec}))
                .parameters(json!({"throughClaims": true}))
                .with(volume("pv", json!({"hostPath": {"path": "/x"}, "claimRef": claim})))
        };
        assert_eq!(made("data-web-0").fields(), ["spec.hostPath.path"]);
        assert_eq!(made("data-api-0").outcome(), Outcome::Pass);
        assert_eq!(
            made("data-api-0").coverage_of(Kind::PersistentVolume, Coverage::Forbidden).fields(),
            ["spec.volumeClaimTemplates"]
        );
    }

    #[test]
    fn what_is_not_known_of_claims_and_volumes_is_said() {
        let of = |kind| claiming(json!({"volumeName": "pv-1"})).coverage_of(kind, Coverage::Forbidden);
        let field = "spec.template.spec.volumes[0].persistentVolumeClaim.claimName";
        assert_eq!(
            (of(Kind::PersistentVolume).outcome(), of(Kind::PersistentVolume).fields()),
            (Outcome::Unknown, vec![field.to_owned()])
        );
        let none = Case::of(&CHECK)
            .pod(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "gone"}}]}));
        let none = none.parameters(json!({"throughClaims": true}));
        assert_eq!(none.outcome(), Outcome::Pass);
        assert_eq!(none.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn a_volume_that_both_sides_name_is_told_once_and_beats_what_is_not_known() {
        let bound = json!({"hostPath": {"path": "/x"}, "claimRef": {"namespace": "shop", "name": "data"}});
        let both = claiming(json!({"volumeName": "pv"})).with(volume("pv", bound));
        assert_eq!(both.fields(), ["spec.hostPath.path"]);
        let partial = both.coverage_of(Kind::PersistentVolume, Coverage::Partial);
        assert_eq!((partial.outcome(), partial.fields().len()), (Outcome::Fail, 1));
    }

    #[test]
    fn claims_and_volumes_are_read_only_on_request() {
        let reads = |given: serde_json::Value| (CHECK.compile)(given.as_object().unwrap()).unwrap().reads;
        assert_eq!(reads(json!({})), []);
        assert_eq!(reads(json!({"throughClaims": true})), CHECK.reads);
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

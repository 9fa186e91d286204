use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::inventory::files::FileItem;
use crate::inventory::pod::{PodSpec, Volume};

/// Parameters of `secret-file-mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether files of `ConfigMap`s may be executable.
    executable_config_maps: bool,
}

/// Bits that a file of a Secret may have when a group owns it: readable for the user and that group.
const SECRET_WITH_GROUP: i64 = 0o440;

/// Bits that it may have otherwise.
const SECRET: i64 = 0o400;

/// Bits that a file of a ConfigMap may have.
const CONFIG_MAP: i64 = 0o644;

/// The bits that make a file executable.
const EXECUTABLE: i64 = 0o111;

check! {
    /// ## What it checks
    /// Files of Secrets, in volumes of their own or projected, are readable for their owner only (0400),
    /// and for the group where the pod has an `fsGroup` (0440). Files of `ConfigMap`s may be read by all and
    /// written by their owner (0644). What is not set is 0644. Tokens of `ServiceAccount`s
    /// that a volume projects count like Secrets where nothing but the volume says their mode: with an `fsGroup`, or with
    /// one `runAsUser` for all containers, the kubelet gives them 0600 whatever it says. The volume that the server adds to a
    /// Pod by itself is not looked at.
    ///
    /// ## Why it matters
    /// A file that anybody in the container can read is read by whatever breaks into any of its processes.
    /// Without a group, only the user that the kubelet writes as, root, can read 0400; so a container that
    /// is not root needs `fsGroup`, and then 0440.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: keys
    ///       secret:
    ///         secretName: keys
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     fsGroup: 10001
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   volumes:
    ///     - name: keys
    ///       secret:
    ///         secretName: keys
    ///         defaultMode: 288 # 0440
    /// ```
    ///
    /// ## How to fix
    /// Set `defaultMode: 0440` on the volume and `fsGroup` on the pod (in JSON, 288: it has no octal
    /// numbers).
    ///
    /// ## Parameters
    /// - `executableConfigMaps`: whether files of `ConfigMap`s may be executable, for scripts (default
    ///   false).
    ///
    /// ## References
    /// - Kubernetes documentation: Secrets, Secret files permissions
    /// - Kubernetes API reference: `SecretVolumeSource`
    name: "secret-file-mode",
    family: Secrets,
    severity: Low,
    title: "Files of Secrets are readable for few",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.pod().is_windows() {
        return Judgement::not_applicable("Windows has no such modes");
    }
    let grouped = subject.pod().security_context.fs_group.is_some();
    let secret = if grouped { SECRET_WITH_GROUP } else { SECRET };
    let config_map = if parameters.executable_config_maps { CONFIG_MAP | EXECUTABLE } else { CONFIG_MAP };
    let volumes = subject.pod().volumes.iter().enumerate();
    let moded = !grouped && !has_one_user(subject.pod());
    let files = volumes.flat_map(|(index, volume)| {
        let token = if moded { of_token(index, volume) } else { None };
        files(index, volume).into_iter().chain(token)
    });
    files
        .filter_map(|(path, what, mode)| {
            let allowed = if what == "ConfigMap" { config_map } else { secret };
            (mode & !allowed != 0).then(|| {
                let message =
                    format!("files of a {what} have mode {mode:04o}; at most {allowed:04o} is wanted");
                Statement::fail(pod(path), message)
            })
        })
        .collect()
}

/// Whether all containers run as one user whom the pod names: the kubelet makes tokens theirs then, and nobody else's.
fn has_one_user(pod: &PodSpec) -> bool {
    let containers = pod.containers.iter().chain(&pod.init_containers);
    let mut users = containers
        .map(|container| container.security_context.run_as_user.or(pod.security_context.run_as_user));
    users.next().flatten().is_some_and(|first| users.all(|user| user == Some(first)))
}

/// The mode that a token in a projected volume has if the kubelet does not care.
fn of_token(index: usize, volume: &Volume) -> Option<(String, &'static str, i64)> {
    let projected = volume.projected.as_ref()?;
    projected.sources.iter().find(|source| source.service_account_token.is_some())?;
    Some((format!("volumes[{index}].projected.defaultMode"), "ServiceAccount token", projected.default_mode?))
}

/// The modes that files of a volume have: where each is set or missing, of what, and the mode.
fn files(index: usize, volume: &Volume) -> Vec<(String, &'static str, i64)> {
    let path = format!("volumes[{index}]");
    let mut found = Vec::new();
    for (field, what, files) in
        [("secret", "Secret", &volume.secret), ("configMap", "ConfigMap", &volume.config_map)]
    {
        if let Some(files) = files {
            found.extend(modes(
                &format!("{path}.{field}"),
                &files.items,
                (&format!("{path}.{field}"), files.default_mode),
                what,
            ));
        }
    }
    let Some(projected) = &volume.projected else { return found };
    let own = format!("{path}.projected");
    for (index, source) in projected.sources.iter().enumerate() {
        for (field, what, files) in
            [("secret", "Secret", &source.secret), ("configMap", "ConfigMap", &source.config_map)]
        {
            if let Some(files) = files {
                let path = format!("{own}.sources[{index}].{field}");
                found.extend(modes(&path, &files.items, (&own, projected.default_mode), what));
            }
        }
    }
    found
}

/// Those of single files, and the default if a file has it.
fn modes(
    path: &str,
    items: &[FileItem],
    (volume, default): (&str, Option<i64>),
    what: &'static str,
) -> Vec<(String, &'static str, i64)> {
    let set = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((format!("{path}.items[{index}].mode"), what, item.mode?)));
    let defaulted = items.is_empty() || items.iter().any(|item| item.mode.is_none());
    let default = default.filter(|_| defaulted).map(|mode| (format!("{volume}.defaultMode"), what, mode));
    set.chain(default).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn volume(volume: serde_json::Value) -> Case {
        Case::of(&CHECK).pod(json!({"volumes": [volume]}))
    }

    #[test]
    fn what_is_not_set_is_0644() {
        let case = volume(json!({"secret": {}}));
        assert_eq!(case.message(), "files of a Secret have mode 0644; at most 0440 is wanted");
        assert_eq!(case.fields(), ["spec.template.spec.volumes[0].secret.defaultMode"]);
        assert_eq!(volume(json!({"configMap": {}})).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_group_may_read_where_there_is_one() {
        let case = volume(json!({"secret": {"defaultMode": 0o440}}));
        assert_eq!(case.outcome(), Outcome::Pass);
        let alone = case.pod(json!({"securityContext": {"fsGroup": null}}));
        assert_eq!(alone.message(), "files of a Secret have mode 0440; at most 0400 is wanted");
    }

    #[test]
    fn the_default_counts_for_files_that_have_no_mode_of_their_own() {
        let items =
            |second: serde_json::Value| volume(json!({"secret": {"items": [{"mode": 0o400}, second]}}));
        assert_eq!(
            items(json!({"mode": 0o600})).fields(),
            ["spec.template.spec.volumes[0].secret.items[1].mode"]
        );
        assert_eq!(items(json!({})).fields(), ["spec.template.spec.volumes[0].secret.defaultMode"]);
        assert_eq!(items(json!({"mode": 0o440})).outcome(), Outcome::Pass);
    }

    #[test]
    fn of_a_projected_volume_the_secrets_count_and_the_tokens_do_not() {
        let projected = |source| volume(json!({"projected": {"sources": [source]}}));
        assert_eq!(projected(json!({"serviceAccountToken": {"path": "t"}})).outcome(), Outcome::Pass);
        assert_eq!(
            projected(json!({"secret": {"name": "s"}})).fields(),
            ["spec.template.spec.volumes[0].projected.defaultMode"]
        );
    }

    #[test]
    fn a_token_has_the_mode_of_its_volume_unless_the_kubelet_cares() {
        let source = json!({"serviceAccountToken": {"path": "t", "audience": "a"}});
        let projected = |mode: i64| volume(json!({"projected": {"defaultMode": mode, "sources": [source]}}));
        let nobodys = |case: Case| {
            let none = json!({"securityContext": {"fsGroup": null, "runAsUser": null}});
            case.pod(none).container(json!({"securityContext": {"runAsUser": null}}))
        };
        assert_eq!(projected(0o777).outcome(), Outcome::Pass, "there is an fsGroup");
        let case = nobodys(projected(0o777));
        assert_eq!(case.message(), "files of a ServiceAccount token have mode 0777; at most 0400 is wanted");
        assert_eq!(case.fields(), ["spec.template.spec.volumes[0].projected.defaultMode"]);
        assert_eq!(nobodys(projected(0o400)).outcome(), Outcome::Pass);
        let user = case.pod(json!({"securityContext": {"runAsUser": 1000}}));
        assert_eq!(user.outcome(), Outcome::Pass, "all run as one user");
        let other = user.pod(
            json!({"initContainers": [{"name": "i", "image": "i:1", "securityContext": {"runAsUser": 7}}]}),
        );
        assert_eq!(other.outcome(), Outcome::Fail);
    }

    #[test]
    fn scripts_in_config_maps_are_for_the_policy_to_allow() {
        let case = volume(json!({"configMap": {"defaultMode": 0o755}}));
        assert_eq!(case.outcome(), Outcome::Fail);
        assert_eq!(case.parameters(json!({"executableConfigMaps": true})).outcome(), Outcome::Pass);
    }
}

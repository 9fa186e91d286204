//! What is known of the nodes that may run a pod, and which of their published vulnerabilities the pod could exploit.
//!
//! It must not look at nodes that the pod cannot be placed on. Next: [`crate::inventory::flaw`] for the list.

use crate::catalogue::{ContainerSubject, Field, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::inventory::flaw::{Flaw, Need, Presence};
use crate::inventory::lookup::Cause;
use crate::inventory::node::Node;
use crate::inventory::pod::PodSpec;
use crate::inventory::volume::VolumeMount;

/// The seccomp profile, below the pod or a container.
const SECCOMP: &str = "securityContext.seccompProfile.type";

/// What of a pod lets it exploit a vulnerability.
struct Way {
    field: Field,
    /// Whether the kubelet could be told to close it.
    is_doubtful: bool,
}

/// What there is to say of the nodes that may run the pods.
pub(super) fn statements(subject: &WorkloadSubject<'_>) -> Vec<Statement> {
    if subject.pod().is_windows() {
        return Vec::new();
    }
    Flaw::all().flat_map(|flaw| of_flaw(subject, flaw)).collect()
}

fn of_flaw(subject: &WorkloadSubject<'_>, flaw: &Flaw) -> Vec<Statement> {
    let ways = ways(subject, flaw.needs);
    if ways.is_empty() {
        return Vec::new();
    }
    let nodes = subject.namespace.nodes();
    let eligible = nodes.found.iter().filter(|node| may_run(node, subject.pod()));
    let worst = eligible.map(|node| flaw.on(&node.status.node_info)).max().unwrap_or(Presence::Absent);
    // Its nodes and tolerations are added to the pod's own.
    let is_placed_otherwise = subject.pod().runtime_class_name.is_some();
    let none = nodes.found.is_empty().then_some(Cause::NotGiven);
    let says = format!("the {} of a node that may run it {} ({})", flaw.program(), flaw.says, flaw.id);
    let say = |way: Way| {
        let (cause, why) = match (worst, nodes.incomplete.or(none)) {
            (Presence::Present, _) if way.is_doubtful => {
                (Cause::Undecidable, ": kubelets may have a default seccompProfile")
            }
            (Presence::Present, _) if is_placed_otherwise => {
                (Cause::Undecidable, ": a RuntimeClass may choose nodes")
            }
            (Presence::Present, _) => return Some(Statement::fail(way.field, says.clone())),
            (_, Some(cause)) => (cause, ""),
            (Presence::Possible, None) => (Cause::Undecidable, ": its vendor may have mended it"),
            (Presence::NotTold, None) => (Cause::NotGiven, ": it tells no version"),
            (Presence::Absent, None) => return None,
        };
        Some(Statement::unknown(cause, way.field, format!("whether {says} is not known{why}")))
    };
    ways.into_iter().filter_map(say).collect()
}

/// Whether a node may run such a pod. A RuntimeClass may bring tolerations of its own.
fn may_run(node: &Node, spec: &PodSpec) -> bool {
    match spec.node_name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => node.metadata.name == *name,
        None if spec.runtime_class_name.is_some() => node.is_wanted_by(spec),
        None => node.may_take(spec),
    }
}

fn ways(subject: &WorkloadSubject<'_>, needs: Need) -> Vec<Way> {
    match needs {
        Need::Nothing => vec![Way { field: pod("containers"), is_doubtful: false }],
        Need::SubPath => subject.containers().flat_map(|container| parts(&container)).collect(),
        Need::UserNamespaces => {
            let mut ways: Vec<Way> = Vec::new();
            for way in subject.containers().filter_map(|container| namespaces(&container)) {
                // Several containers may have the pod's.
                if ways.iter().all(|other| other.field != way.field) {
                    ways.push(way);
                }
            }
            ways
        }
    }
}

/// The mounts of parts of volumes.
fn parts(container: &ContainerSubject<'_>) -> Vec<Way> {
    let mounts = container.container.volume_mounts.iter().enumerate().filter(|(_, mount)| mount.is_of_part());
    let way = |(index, mount): (usize, &VolumeMount)| {
        let key = if mount.has_sub_path_expr { "subPathExpr" } else { "subPath" };
        Way { field: below(container, &format!("volumeMounts[{index}].{key}")), is_doubtful: false }
    };
    mounts.map(way).collect()
}

/// What lets a container make user namespaces, if something does. `Localhost` is taken to be a profile that does not.
fn namespaces(container: &ContainerSubject<'_>) -> Option<Way> {
    let context = &container.container.security_context;
    let certain = |path: &str| Some(Way { field: below(container, path), is_doubtful: false });
    if context.privileged == Some(true) {
        return certain("securityContext.privileged");
    }
    let added = context
        .capabilities
        .as_ref()
        .and_then(|capabilities| capabilities.add.iter().position(|name| is_enough(name)));
    if let Some(index) = added {
        return certain(&format!("securityContext.capabilities.add[{index}]"));
    }
    let own = context.seccomp_profile.as_deref();
    let of_pod = container.pod().security_context.seccomp_profile.as_deref();
    let (field, profile) = match own {
        Some(_) => (below(container, SECCOMP), own),
        None if of_pod.is_some() => (pod(SECCOMP), of_pod),
        None => (below(container, SECCOMP), None),
    };
    let is_open = profile.is_none_or(|profile| profile.kind == "Unconfined");
    is_open.then_some(Way { field, is_doubtful: profile.is_none() })
}

/// Whether a capability is enough to make namespaces. Runtimes read any case and a prefix.
fn is_enough(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    matches!(upper.strip_prefix("CAP_").unwrap_or(&upper), "SYS_ADMIN" | "ALL")
}

fn below(container: &ContainerSubject<'_>, path: &str) -> Field {
    pod(format!("{}[{}].{path}", container.class.list(), container.index))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::catalogue::Outcome;
    use crate::checks::testing::{Case, merge};
    use crate::inventory::lookup::Coverage;

    const CURRENT: [&str; 3] = ["v1.34.0", "6.12.1", "containerd://2.1.0"];

    fn node(name: &str, [kubelet, kernel, runtime]: [&str; 3]) -> Value {
        json!({"kind": "Node", "metadata": {"name": name}, "status": {"nodeInfo": {"operatingSystem": "linux",
            "kubeletVersion": kubelet, "kernelVersion": kernel, "containerRuntimeVersion": runtime}}})
    }

    fn asked() -> Case {
        let check = crate::checks::find("known-exploit-config").unwrap();
        Case::of(check).parameters(json!({"lookAtNodes": true})).with(node("current", CURRENT))
    }

    fn mounting(mount: Value) -> Value {
        let mut full = json!({"name": "data", "mountPath": "/data"});
        merge(&mut full, mount);
        json!({"volumeMounts": [full]})
    }

    fn flawed(kubelet: &str) -> Value {
        node("flawed", [kubelet, CURRENT[1], CURRENT[2]])
    }

    #[test]
    fn a_part_of_a_volume_and_a_kubelet_that_follows_links_fail() {
        let field = |key: &str| vec![format!("spec.template.spec.containers[0].volumeMounts[0].{key}")];
        let of = |mount: Value, version: &str| asked().container(mounting(mount)).with(flawed(version));
        let failing = of(json!({"subPath": "a"}), "v1.22.1");
        assert_eq!((failing.outcome(), failing.fields()), (Outcome::Fail, field("subPath")));
        assert_eq!(
            failing.message(),
            "the kubelet of a node that may run it lets a container reach the node's files by a symbolic link \
             behind a subPath (CVE-2021-25741)"
        );
        assert_eq!(of(json!({"subPathExpr": "$(POD)"}), "v1.22.1").fields(), field("subPathExpr"));
        assert_eq!(of(json!({"subPath": "a"}), "v1.22.2").outcome(), Outcome::Pass);
        assert_eq!(of(json!({"subPath": "a"}), "v1.22.1-gke.100").outcome(), Outcome::Unknown);
        assert_eq!(of(json!({"subPath": ""}), "v1.22.1").outcome(), Outcome::Pass, "all of it");
        assert_eq!(failing.parameters(json!({})).outcome(), Outcome::Pass, "nobody asked");
    }

    #[test]
    fn who_may_make_user_namespaces_and_a_kernel_that_lets_them_out_fail() {
        let of = |context: Value, version: &str| {
            let container = json!({ "securityContext": context });
            asked().container(container).with(node("flawed", [CURRENT[0], version, CURRENT[2]]))
        };
        let path = "spec.template.spec.containers[0].securityContext";
        for (context, field) in [
            (json!({"capabilities": {"add": ["CHOWN", "SYS_ADMIN"]}}), "capabilities.add[1]"),
            (json!({"capabilities": {"add": ["cap_sys_admin"]}}), "capabilities.add[0]"),
            (json!({"privileged": true}), "privileged"),
            (json!({"seccompProfile": {"type": "Unconfined"}}), "seccompProfile.type"),
        ] {
            let case = of(context.clone(), "5.15.15");
            assert_eq!(
                (case.outcome(), case.fields()),
                (Outcome::Fail, vec![format!("{path}.{field}")]),
                "{context}"
            );
            assert_eq!(of(context.clone(), "5.15.16").outcome(), Outcome::Pass, "{context}");
            assert_eq!(of(context, "5.15.0-90-generic").outcome(), Outcome::Unknown);
        }
        let confined = of(json!({"seccompProfile": {"type": "RuntimeDefault"}}), "5.15.15");
        assert_eq!(confined.outcome(), Outcome::Pass);
    }

    #[test]
    fn the_profile_in_effect_is_what_counts() {
        let of = |own: Value, pod: Value| {
            let profile = |kind: Value| json!({"securityContext": {"seccompProfile": kind}});
            asked()
                .container(profile(own))
                .pod(profile(pod))
                .with(node("flawed", [CURRENT[0], "5.15.15", CURRENT[2]]))
        };
        let kind = |kind: &str| json!({ "type": kind });
        let of_pod = of(Value::Null, kind("Unconfined"));
        assert_eq!(of_pod.fields(), ["spec.template.spec.securityContext.seccompProfile.type"]);
        assert_eq!(of(kind("RuntimeDefault"), kind("Unconfined")).outcome(), Outcome::Pass);
        assert_eq!(of(Value::Null, kind("RuntimeDefault")).outcome(), Outcome::Pass);
        let unset = of(Value::Null, Value::Null);
        assert_eq!(unset.outcome(), Outcome::Unknown, "the kubelet may have a default");
        assert!(unset.message().ends_with("kubelets may have a default seccompProfile"));
        assert_eq!(unset.fields(), ["spec.template.spec.containers[0].securityContext.seccompProfile.type"]);
    }

    #[test]
    fn what_several_containers_have_of_the_pod_is_told_once_and_what_each_has_by_itself_of_each() {
        let of = |context: Value, pod: Value| {
            let containers = ["one", "two"].map(|name| {
                json!({"name": name, "image": "registry.example/app:1.0.0", "securityContext": context})
            });
            let pod = json!({"securityContext": pod, "containers": containers});
            asked().pod(pod).with(node("flawed", [CURRENT[0], "5.15.15", CURRENT[2]])).fields()
        };
        let unconfined = json!({"seccompProfile": {"type": "Unconfined"}});
        let path = |place: &str| format!("spec.template.spec.{place}securityContext");
        assert_eq!(of(json!({"seccompProfile": null}), unconfined), [path("") + ".seccompProfile.type"]);
        let each = ["containers[0].", "containers[1]."].map(|place| path(place) + ".privileged");
        assert_eq!(of(json!({"privileged": true}), json!({})), each);
    }

    #[test]
    fn any_pod_can_exploit_a_runtime() {
        let of = |version: &str| asked().with(node("flawed", [CURRENT[0], CURRENT[1], version]));
        assert_eq!(of("containerd://1.5.9").fields(), ["spec.template.spec.containers"]);
        assert_eq!(of("containerd://1.5.9").outcome(), Outcome::Fail);
        assert_eq!(of("containerd://1.5.10").outcome(), Outcome::Pass);
        assert_eq!(of("containerd://1.5.9-0ubuntu3").outcome(), Outcome::Unknown);
        assert_eq!(of("").outcome(), Outcome::Unknown);
        let windows = of("containerd://1.5.9").pod(json!({"os": {"name": "windows"}}));
        assert_eq!(windows.outcome(), Outcome::Pass);
    }

    #[test]
    fn only_nodes_that_may_run_it_count() {
        let of = |pod: Value, patch: Value| {
            let mut node = node("flawed", [CURRENT[0], CURRENT[1], "containerd://1.5.9"]);
            merge(&mut node, patch);
            asked().pod(pod).with(node).outcome()
        };
        let tainted = || json!({"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}});
        assert_eq!(of(json!({"nodeSelector": {"disk": "ssd"}}), json!({})), Outcome::Pass);
        let labelled = json!({"metadata": {"labels": {"disk": "ssd"}}});
        assert_eq!(of(json!({"nodeSelector": {"disk": "ssd"}}), labelled), Outcome::Fail);
        assert_eq!(of(json!({}), tainted()), Outcome::Pass);
        let tolerations = json!({"tolerations": [{"key": "gpu", "operator": "Exists"}]});
        assert_eq!(of(tolerations, tainted()), Outcome::Fail);
        assert_eq!(of(json!({"runtimeClassName": "gvisor"}), tainted()), Outcome::Unknown);
        assert_eq!(
            of(json!({}), json!({"spec": {"unschedulable": true}})),
            Outcome::Fail,
            "it comes and goes"
        );
        assert_eq!(of(json!({"nodeName": "current"}), json!({})), Outcome::Pass);
        assert_eq!(of(json!({"nodeName": "flawed"}), tainted()), Outcome::Fail);
    }

    #[test]
    fn nodes_that_were_not_given_leave_it_open_for_those_who_ask() {
        let check = crate::checks::find("known-exploit-config").unwrap();
        let alone = Case::of(check);
        assert_eq!(alone.clone().outcome(), Outcome::Pass);
        assert_eq!(alone.parameters(json!({"lookAtNodes": true})).outcome(), Outcome::Unknown);
        for coverage in [Coverage::Partial, Coverage::Forbidden] {
            assert_eq!(asked().coverage(coverage).outcome(), Outcome::Unknown, "{coverage:?}");
        }
        let bad = asked().with(node("flawed", [CURRENT[0], CURRENT[1], "containerd://1.5.9"]));
        assert_eq!(bad.coverage(Coverage::Partial).outcome(), Outcome::Fail, "one is enough");
        let reads = |given: Value| (check.compile)(given.as_object().unwrap()).unwrap().reads;
        assert_eq!((reads(json!({})), reads(json!({"lookAtNodes": true}))), (&[][..], check.reads));
    }
}

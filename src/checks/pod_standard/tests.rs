//! Versions, levels and what stands for what; the end-to-end suite compares whole pods with the server.

use serde_json::{Value, json};

use super::*;
use crate::inventory::decode::decode;
use crate::inventory::{Kind, Object};

/// A pod that Restricted lets in at every version, with a patch.
fn pod(patch: Value) -> Workload {
    let mut pod = json!({
        "metadata": {"name": "web"},
        "spec": {
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "app",
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    });
    crate::checks::testing::merge(&mut pod, patch);
    match decode(Kind::Pod, &pod.to_string()).unwrap() {
        Object::Workload(workload) => *workload,
        other => panic!("not a workload: {other:?}"),
    }
}

/// Controls that refuse the pod.
fn controls(pod: &Workload, level: Level, minor: u8) -> Vec<&'static str> {
    refusals(pod, level, Version::minor(minor)).into_iter().map(|refusal| refusal.control).collect()
}

/// The minors at which a level refuses the pod, as the first and the last of them.
fn refused(patch: Value, level: Level) -> Option<(u8, u8)> {
    let pod = pod(patch);
    let minors: Vec<u8> = (0..=37).filter(|minor| !controls(&pod, level, *minor).is_empty()).collect();
    let (first, last) = (*minors.first()?, *minors.last()?);
    assert_eq!(minors.len(), usize::from(last - first) + 1, "{minors:?}");
    Some((first, last))
}

fn container(patch: Value) -> Value {
    let mut app = json!({
        "name": "app",
        "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
    });
    crate::checks::testing::merge(&mut app, patch);
    json!({"spec": {"containers": [app]}})
}

fn own(security: Value) -> Value {
    container(json!({ "securityContext": security }))
}

fn of_pod(security: Value) -> Value {
    json!({"spec": {"securityContext": security}})
}

#[test]
fn a_hardened_pod_is_let_in_at_every_version() {
    assert_eq!(refused(json!({}), Level::Restricted), None);
    assert_eq!(refusals(&pod(json!({})), Level::Restricted, Version::LATEST), []);
}

#[test]
fn each_control_of_restricted_begins_at_its_version() {
    for (patch, first) in [
        (own(json!({"allowPrivilegeEscalation": null})), 8),
        (own(json!({"capabilities": null})), 22),
        (own(json!({"capabilities": {"add": ["CHOWN"]}})), 22),
        (of_pod(json!({"runAsUser": 0})), 23),
        (of_pod(json!({"seccompProfile": null})), 19),
        (of_pod(json!({"runAsNonRoot": null})), 0),
        (json!({"spec": {"volumes": [{"name": "v", "nfs": {}}]}}), 0),
    ] {
        assert_eq!(refused(patch.clone(), Level::Restricted), Some((first, 37)), "{patch}");
        assert_eq!(refused(patch.clone(), Level::Baseline), None, "{patch}");
    }
}

#[test]
fn each_control_of_baseline_begins_and_changes_at_its_version() {
    let sysctl = |name: &str| of_pod(json!({"sysctls": [{"name": name, "value": "1"}]}));
    for (patch, expected) in [
        (json!({"spec": {"hostNetwork": true}}), (0, 37)),
        (json!({"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/x"}}]}}), (0, 37)),
        (container(json!({"ports": [{"containerPort": 80, "hostPort": 80}]})), (0, 37)),
        (container(json!({"livenessProbe": {"tcpSocket": {"host": "a", "port": 80}}})), (34, 37)),
        (container(json!({"lifecycle": {"preStop": {"httpGet": {"host": "a", "port": 80}}}})), (34, 37)),
        (own(json!({"privileged": true})), (0, 37)),
        (own(json!({"capabilities": {"add": ["NET_RAW"]}})), (0, 37)),
        (own(json!({"procMount": "Unmasked"})), (0, 37)),
        (own(json!({"seLinuxOptions": {"type": "container_engine_t"}})), (0, 30)),
        (own(json!({"seLinuxOptions": {"type": "spc_t"}})), (0, 37)),
        (own(json!({"seLinuxOptions": {"user": "u"}})), (0, 37)),
        (own(json!({"seLinuxOptions": {"role": "r"}})), (0, 37)),
        (of_pod(json!({"seccompProfile": {"type": "Unconfined"}})), (19, 37)),
        (of_pod(json!({"appArmorProfile": {"type": "Unconfined"}})), (0, 37)),
        (of_pod(json!({"windowsOptions": {"hostProcess": true}})), (0, 37)),
        (own(json!({"windowsOptions": {"hostProcess": true}})), (0, 37)),
        (sysctl("kernel.msgmax"), (0, 37)),
        (sysctl("net.ipv4.ip_local_reserved_ports"), (0, 26)),
        (sysctl("net.ipv4.tcp_fin_timeout"), (0, 28)),
        (sysctl("net.ipv4.tcp_rmem"), (0, 31)),
        (sysctl("net.ipv4.tcp_notsent_lowat"), (0, 36)),
    ] {
        assert_eq!(refused(patch.clone(), Level::Baseline), Some(expected), "{patch}");
        let (first, last) = refused(patch.clone(), Level::Restricted).unwrap();
        assert!(first <= expected.0 && last >= expected.1, "{patch}");
    }
}

#[test]
fn what_confines_is_let_in_at_every_version() {
    for patch in [
        own(json!({"seLinuxOptions": {"level": "s0"}})),
        own(json!({"seLinuxOptions": {"type": "container_t"}})),
        own(json!({"seLinuxOptions": {"type": "container_init_t"}})),
        of_pod(json!({"seLinuxOptions": {"type": "container_kvm_t"}})),
        own(json!({"windowsOptions": {"hostProcess": false}})),
        of_pod(json!({"windowsOptions": {"hostProcess": false}})),
        own(json!({"privileged": false, "procMount": "Default", "runAsUser": 1})),
        own(json!({"appArmorProfile": {"type": "RuntimeDefault"}})),
        of_pod(json!({"appArmorProfile": {"type": "Localhost", "localhostProfile": "web"}})),
    ] {
        assert_eq!(refused(patch.clone(), Level::Restricted), None, "{patch}");
    }
    let mut of_container = own(json!({"seccompProfile": {"type": "RuntimeDefault"}, "runAsNonRoot": true}));
    of_container["spec"]["securityContext"] = json!({"seccompProfile": null, "runAsNonRoot": null});
    assert_eq!(refused(of_container, Level::Restricted), None);
}

#[test]
fn annotations_that_confine_are_let_in() {
    for (key, values) in [
        ("container.apparmor.security.beta.kubernetes.io/x", ["", "runtime/default", "localhost/web"]),
        ("seccomp.security.alpha.kubernetes.io/pod", ["docker/default", "runtime/default", "localhost/web"]),
    ] {
        for value in values {
            let patch = json!({"metadata": {"annotations": {key: value}}});
            assert_eq!(refused(patch, Level::Baseline), None, "{key}: {value}");
        }
    }
}

#[test]
fn annotations_name_seccomp_profiles_before_the_fields_do() {
    let annotated = |key: &str| json!({"metadata": {"annotations": {key: "unconfined"}}});
    let keys =
        ["seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/app"];
    for key in keys {
        assert_eq!(refused(annotated(key), Level::Restricted), Some((0, 18)), "{key}");
        assert_eq!(refused(annotated(key), Level::Baseline), Some((0, 18)), "{key}");
    }
    assert_eq!(
        refused(annotated("container.seccomp.security.alpha.kubernetes.io/x"), Level::Restricted),
        None
    );
    let key = "container.apparmor.security.beta.kubernetes.io/app";
    let refusals = refusals(&pod(annotated(key)), Level::Baseline, Version::LATEST);
    assert_eq!(refusals.len(), 1);
    let key = "container.apparmor.security.beta.kubernetes.io/x";
    let of_nobody = super::refusals(&pod(annotated(key)), Level::Baseline, Version::LATEST);
    assert_eq!(of_nobody[0].field, Field::Object(format!("metadata.annotations[{key}]").into()));
}

#[test]
fn disagreement_12_windows_is_exempt_from_three_controls_from_1_25_on() {
    let windows = json!({"spec": {
        "os": {"name": "windows"},
        "securityContext": {"seccompProfile": null},
        "containers": [{"name": "app"}],
    }});
    assert_eq!(refused(windows.clone(), Level::Restricted), Some((8, 24)));
    let expected = ["allowPrivilegeEscalation", "capabilities_restricted", "seccompProfile_restricted"];
    assert_eq!(controls(&pod(windows), Level::Restricted, 24), expected);
}

#[test]
fn disagreement_13_a_user_namespace_relaxes_three_controls_from_1_35_on() {
    let patch = |security: Value| {
        let mut patch = own(security);
        patch["spec"]["hostUsers"] = json!(false);
        patch
    };
    assert_eq!(refused(patch(json!({"runAsNonRoot": false})), Level::Restricted), Some((0, 34)));
    assert_eq!(refused(patch(json!({"runAsUser": 0})), Level::Restricted), Some((23, 34)));
    let unmasked = patch(json!({"procMount": "Unmasked"}));
    assert_eq!(refused(unmasked.clone(), Level::Baseline), Some((0, 34)));
    assert_eq!(refused(unmasked.clone(), Level::Restricted), Some((0, 37)));
    assert_eq!(controls(&pod(unmasked), Level::Restricted, 37), ["procMount_restricted"]);
}

#[test]
fn disagreement_1_an_explicit_false_at_pod_level_is_refused_whatever_containers_say() {
    let mut patch = own(json!({"runAsNonRoot": true}));
    patch["spec"]["securityContext"] = json!({"runAsNonRoot": false});
    assert_eq!(refused(patch, Level::Restricted), Some((0, 37)));
}

#[test]
fn a_control_of_restricted_stands_for_that_of_baseline() {
    let host_path = pod(json!({"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/x"}}]}}));
    assert_eq!(controls(&host_path, Level::Restricted, 37), ["restrictedVolumes"]);
    assert_eq!(controls(&host_path, Level::Baseline, 37), ["hostPathVolumes"]);
    let adding = pod(own(json!({"capabilities": {"add": ["SYS_TIME"]}})));
    assert_eq!(controls(&adding, Level::Restricted, 21), ["capabilities_baseline"]);
    assert_eq!(controls(&adding, Level::Restricted, 22), ["capabilities_restricted"]);
}

#[test]
fn a_refusal_names_the_first_place() {
    let unset = pod(json!({"spec": {"initContainers": [{"name": "init"}]}}));
    let first = &refusals(&unset, Level::Restricted, Version::LATEST)[0];
    let field = "initContainers[0].securityContext.allowPrivilegeEscalation";
    assert_eq!(first.field, Field::Pod(field.to_owned().into()));
}
